from __future__ import annotations

import json
from datetime import date
from typing import TYPE_CHECKING

import pytest

from whygate.errors import SchemaError
from whygate.judge.check import check
from whygate.model import Change, Origin, Part, Status
from whygate.policy.policy import Policy
from whygate.policy.presets import resolve_config
from whygate.schema import files
from whygate.schema.document import (
    MAX_SCHEMA_BYTES,
    DocumentSchema,
    bundled_schema,
    load_user_schema,
    parse_schema,
)
from whygate.schema.files import read_bundled, read_presets

if TYPE_CHECKING:
    from pathlib import Path

    from whygate.model import Verdict

TEAM = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "$id": "https://team.example/context",
    "$ref": "urn:whygate:product-context:1#/$defs/document",
    "required": ["risk"],
    "properties": {
        "risk": {
            "title": "What may go wrong",
            "description": "The worst that is likely. Say how you would notice.",
            "type": "string",
            "x-question": "What may go wrong, and how would you notice?",
            "x-aliases": ["Danger"],
            "x-trailer": "Risk",
            "x-min-words": 3,
        },
        "severity": {"type": "string", "enum": ["low", "high"]},
    },
    "unevaluatedProperties": False,
}
DESCRIPTION = """\
## Problem
Exports stop at row 100, and support hears about it nine times a week.

## Outcome
Accountants close the month from one file.

## Who it helps
Accountants with more than ten clients.

## Measurement
Tickets about lost rows go from 9 to 1 by 2026-12-24.
"""


@pytest.fixture
def team() -> DocumentSchema:
    return load_user_schema(json.dumps(TEAM), "docs/context.schema.json")


def judge(text: str, schema: DocumentSchema, title: str = "feat: longer exports") -> Verdict:
    policy = Policy(resolve_config(read_presets()), schema)
    change = Change("#1", title, (Part(Origin.DESCRIPTION, "body.md", text),))
    return check(change, policy, date(2026, 11, 23))


def test_required_field_of_a_team_is_asked_for(team: DocumentSchema) -> None:
    verdict = judge(DESCRIPTION, team)
    (finding,) = verdict.findings

    assert verdict.status is Status.FAILED
    assert (finding.rule, finding.field) == ("WG105", "risk")
    assert finding.message == "no labelled answer for What may go wrong"
    assert finding.question == "What may go wrong, and how would you notice?"
    assert finding.paste == "**What may go wrong:** <the worst that is likely>"


@pytest.mark.parametrize(
    "answer",
    [
        "## What may go wrong\nLong files take minutes.\n",
        "## Danger\nLong files take minutes.\n",
        "**Danger:** Long files take minutes.\n",
        "\nRisk: Long files take minutes.\n",
        "```yaml product-context\nrisk: Long files take minutes.\n```\n",
    ],
)
def test_field_of_a_team_is_answered_in_every_form(team: DocumentSchema, answer: str) -> None:
    verdict = judge(f"{DESCRIPTION}\n{answer}", team)

    assert verdict.status is Status.OK
    assert verdict.context.fields["risk"].text == "Long files take minutes."


@pytest.mark.parametrize(
    ("answer", "rule"),
    [("TBD", "WG112"), ("Slow.", "WG114"), ("<!-- -->", "WG111"), ("See #12", "WG116")],
)
def test_answer_to_a_team_is_judged_like_any_other(
    team: DocumentSchema, answer: str, rule: str
) -> None:
    verdict = judge(f"{DESCRIPTION}\n## Danger\n{answer}\n", team)

    assert rule in [finding.rule for finding in verdict.findings if finding.field == "risk"]


def test_value_outside_a_teams_choices_is_named(team: DocumentSchema) -> None:
    verdict = judge(f"{DESCRIPTION}\n## Danger\nLong files take hours.\n## Severity\nbad\n", team)
    (finding,) = verdict.findings

    assert finding.rule == "WG309"
    assert finding.message == "Severity is not one of low, high"
    assert finding.location.line == 15


def test_schema_that_requires_a_nested_part_names_it() -> None:
    source = {
        "properties": {
            "plan": {
                "type": "array",
                "items": {"properties": {"what": {}, "when": {}}, "required": ["when"]},
            }
        }
    }
    schema = load_user_schema(json.dumps(source), "s.json")
    verdict = judge("```yaml product-context\nplan: [{what: rows}]\n```\n", schema)

    assert [(f.field, f.message) for f in verdict.findings] == [
        ("plan.0.when", "the schema asks for `plan.0.when`")
    ]


def test_schema_may_leave_out_what_the_rules_look_at() -> None:
    schema = load_user_schema('{"properties": {"risk": {"type": "string"}}}', "s.json")

    assert judge("", schema).status is Status.OK
    assert judge("## Risk\nSlow.\n", schema).status is Status.OK


TEXTS = [
    ("not JSON", "{", "s.json:1:2 is not JSON"),
    ("not JSON further down", '{\n  "a": 1,\n}', "s.json:3:1 is not JSON"),
    ("a list", "[]", "must be a JSON object"),
    ("a word", '"x"', "must be a JSON object"),
    ("true", "true", "must be a JSON object"),
    ("no properties", "{}", "describes no properties"),
    ("odd properties", '{"properties": []}', "describes no properties"),
    ("not a number", '{"properties": {"a": NaN}}', "not valid JSON Schema"),
    ("too large", '"' + "x" * MAX_SCHEMA_BYTES + '"', "larger than 262,144 bytes"),
    ("too deep", "[" * 100_000, "nested too deeply"),
    ("bad type", '{"properties": {"a": {"type": "text"}}}', "not valid JSON Schema"),
    ("bad pattern", '{"properties": {"a": {"pattern": "("}}}', "not valid JSON Schema"),
    ("other dialect", '{"$schema": "urn:x", "properties": {"a": {}}}', "not supported"),
    ("foreign", '{"properties": {"a": {"$ref": "http://x.example/a"}}}', "`http://x.example/a`"),
]


@pytest.mark.parametrize(
    ("text", "sentence"), [pytest.param(text, s, id=about) for about, text, s in TEXTS]
)
def test_unusable_schema_is_refused_in_one_sentence(text: str, sentence: str) -> None:
    with pytest.raises(SchemaError) as caught:
        load_user_schema(text, "s.json")

    assert sentence in caught.value.message
    assert "\n" not in caught.value.message


def test_bundled_schema_is_read_once_and_valid() -> None:
    schema = bundled_schema()
    schema.check()

    assert schema is bundled_schema()
    assert schema.required == ()
    assert schema.field("measurement.target") is not None
    assert schema.field("nothing") is None
    assert schema.validate({"bet": "Cart Sync!"})[0].keyword == "pattern"


def test_unknown_properties_break_the_bundled_schema() -> None:
    (problem,) = bundled_schema().validate({"probelm": "rows"})

    assert (problem.keyword, problem.member) == ("unevaluatedProperties", "probelm")


def test_two_schemas_are_never_one_key() -> None:
    one = parse_schema('{"properties": {"a": {}}}', "s.json", {})
    other = parse_schema('{"properties": {"a": {"type": "integer"}}}', "s.json", {})

    assert len({one: 1, other: 2}) == 2
    assert one.validate({"a": "x"}) == ()
    assert other.validate({"a": "x"}) != ()


def test_schemas_of_an_installed_package_come_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "package" / "schemas").mkdir(parents=True)
    monkeypatch.setattr(files, "_PACKAGE", tmp_path / "package")

    assert files.schema_directory() == tmp_path / "package" / "schemas"
    with pytest.raises(SchemaError, match=r"`config\.schema\.json` cannot be read") as caught:
        read_bundled("config.schema.json")
    assert caught.value.hint == "install whygate again"


# --- a team's own labels ---------------------------------------------------------------------


def test_alias_names_the_field_and_every_other_name_stays_readable() -> None:
    schema = bundled_schema().with_aliases(
        {"problem": ("Pourquoi", "Contexte"), "measurement.target": ("Cible",)}
    )
    labels, inner = schema.vocabulary.labels, schema.vocabulary.inner["measurement"]
    problem = schema.field("problem")

    assert problem is not None
    assert problem.title == "Pourquoi"
    assert {labels[key] for key in ("pourquoi", "contexte", "problem", "motivation")} == {"problem"}
    assert (inner["cible"], inner["target"]) == ("measurement.target", "measurement.target")
    assert "cible" not in labels


def test_alias_is_taken_from_the_field_that_had_it() -> None:
    assert bundled_schema().vocabulary.labels["goal"] == "outcome"
    schema = bundled_schema().with_aliases({"problem": ("Goal",)})

    assert schema.vocabulary.labels["goal"] == "problem"
    assert bundled_schema().vocabulary.labels["goal"] == "outcome"


def test_weak_label_that_is_an_alias_is_read() -> None:
    assert "context" in bundled_schema().vocabulary.weak
    schema = bundled_schema().with_aliases({"problem": ("Context",)})

    assert schema.vocabulary.labels["context"] == "problem"
    assert "context" not in schema.vocabulary.weak
