"""The JSON report: every one is valid under its schema, and every key is documented there."""

from __future__ import annotations

import json
from datetime import date
from typing import TYPE_CHECKING

import jsonschema_rs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.cli.conftest import PLAN as SAMPLE

from whygate.authoring.skeleton import render_skeleton
from whygate.judge.check import check
from whygate.model import Change, Origin, Part, Status
from whygate.policy.policy import Policy
from whygate.policy.presets import resolve_config
from whygate.reporters.json_ import REPORT_VERSION, dump_json, render_json
from whygate.reporters.text import Shown
from whygate.schema.document import bundled_schema
from whygate.schema.files import REPORT, read_bundled, read_presets

if TYPE_CHECKING:
    from collections.abc import Iterator

SCHEMA = json.loads(read_bundled(REPORT))
VALIDATOR = jsonschema_rs.Draft202012Validator(SCHEMA, validate_formats=True)
POLICY = Policy(config=resolve_config(read_presets(), None, None), schema=bundled_schema())
TODAY = date(2026, 12, 1)

PLAN = f"""\
{SAMPLE}Guardrail: p95 export time <= 2 s
Refs: #12
"""
EXEMPT = """\
Problem: every grammar change forces a re-read of 900 tokenizer lines
Product-Context: exempt internal; all 412 golden outputs are byte-identical
"""
CHANGES = {
    Status.OK: f"feat: write every row\n\n{PLAN}",
    Status.FAILED: "feat: write every row\n\nProblem: TBD\n",
    Status.EXEMPT: f"refactor: split the parser\n\n{EXEMPT}",
    Status.SKIPPED: "Merge branch 'topic'\n",
}


def judge(text: str) -> Shown:
    title = text.partition("\n")[0]
    verdict = check(Change("m", title, (Part(Origin.MESSAGE, "m", text),)), POLICY, TODAY)
    return Shown(verdict, render_skeleton(verdict, POLICY) if not verdict.ok else "")


def report(*texts: str) -> dict[str, object]:
    shown = [judge(text) for text in texts]
    rendered = json.loads(render_json(shown, POLICY.schema, TODAY))
    assert isinstance(rendered, dict)
    return rendered


@pytest.mark.parametrize("status", CHANGES)
def test_report_of_every_state_is_valid(status: Status) -> None:
    found = report(CHANGES[status])
    VALIDATOR.validate(found)

    assert _change(found)["status"] == status
    assert found["ok"] is (status is not Status.FAILED)
    assert (_change(found)["skeleton"] != "") is (status is Status.FAILED)


def test_report_of_a_range_counts_every_state() -> None:
    found = report(*CHANGES.values())
    VALIDATOR.validate(found)

    counts = found["counts"]
    assert isinstance(counts, dict)
    assert [counts[status] for status in Status] == [1, 1, 1, 1]
    assert counts["changes"] == 4
    assert found["ok"] is False


def test_report_of_nothing_is_valid() -> None:
    VALIDATOR.validate(report())


def test_report_says_its_version() -> None:
    assert report()["version"] == REPORT_VERSION == SCHEMA["properties"]["version"]["const"]


def test_report_holds_what_was_read_and_where() -> None:
    change = _change(report(CHANGES[Status.OK]))

    assert change["document"] == {
        "problem": "exports stop at row 100, so 40 accountants retype the rest every month",
        "audience": "accountants at firms with more than ten clients",
        "outcome": "they close the month without retyping a single row",
        "measurement": [
            {
                "metric": "retyped rows per accountant, monthly",
                "baseline": "30",
                "target": "0",
                "evaluate_by": "+30d",
                "guardrail": ["p95 export time <= 2 s"],
            }
        ],
        "links": ["#12"],
    }
    statements = change["statements"]
    assert isinstance(statements, list)
    assert statements[0] == {
        "field": "problem",
        "text": "exports stop at row 100, so 40 accountants retype the rest every month",
        "raw": "exports stop at row 100, so 40 accountants retype the rest every month",
        "form": "trailer",
        "origin": "message",
        "label": "Problem",
        "location": {"path": "m", "line": 3, "column": 10},
    }


def test_every_key_of_a_report_is_documented() -> None:
    found = report(*CHANGES.values(), CHANGES[Status.OK] + "Metric: second\n")

    undocumented = sorted(set(_undocumented(found, SCHEMA, "report")))

    assert undocumented == []


def test_schema_of_the_report_is_valid_and_describes_every_key() -> None:
    jsonschema_rs.meta.validate(SCHEMA)
    objects = [SCHEMA, *SCHEMA["$defs"].values()]

    nameless = [
        name
        for spec in objects
        for name, inner in spec["properties"].items()
        if "description" not in inner and "$ref" not in inner
    ]

    assert nameless == []


@settings(max_examples=200, deadline=None)
@given(st.recursive(st.text(st.characters(exclude_categories=())) | st.integers(), st.lists))
def test_dump_is_ascii_and_commands_nothing(value: object) -> None:
    dumped = dump_json({"key": value})

    assert dumped.isascii()
    assert "##[" not in dumped
    assert dumped.endswith("}\n")
    assert json.loads(dumped)["key"] is not None
    assert not any(line.startswith("::") for line in dumped.split("\n"))


def test_dump_replaces_half_pairs_and_keeps_whole_ones() -> None:
    dumped = dump_json({"a\udcff": ["\ud83d", ("\U0001f389", "##[x]"), None, True, 1.5]})

    assert json.loads(dumped) == {"a\ufffd": ["\ufffd", ["\U0001f389", "##[x]"], None, True, 1.5]}


def _change(found: dict[str, object]) -> dict[str, object]:
    changes = found["changes"]
    assert isinstance(changes, list)
    change = changes[0]
    assert isinstance(change, dict)
    return change


def _undocumented(value: object, spec: dict[str, object], place: str) -> Iterator[str]:
    """Yield the keys of a value that its schema does not name; the document has its own."""
    reference = spec.get("$ref")
    if isinstance(reference, str):
        spec = SCHEMA["$defs"][reference.rpartition("/")[2]]
    if isinstance(value, list) and isinstance(items := spec.get("items"), dict):
        for inner in value:
            yield from _undocumented(inner, items, place)
    if isinstance(value, dict) and not place.endswith(".document"):
        known = spec.get("properties", {})
        assert isinstance(known, dict)
        for key, inner in value.items():
            if key not in known:
                yield f"{place}.{key}"
            else:
                yield from _undocumented(inner, known[key], f"{place}.{key}")


def test_fingerprint_stays_when_the_line_moves() -> None:
    plain = "feat: write every row\n\n## Problem\nTBD\n\n## Problem\nTBD\n"
    moved = plain.replace("\n\n", "\n\nSome words of an introduction.\n\n", 1)

    def marks(text: str) -> list[tuple[str, str]]:
        findings = _change(report(text))["findings"]
        assert isinstance(findings, list)
        return [(found["rule"], found["fingerprint"]) for found in findings]

    first, second = marks(plain), marks(moved)

    assert first == second
    assert len(set(first)) == len(first) > 3


def test_answered_names_what_counts_as_said() -> None:
    found = _change(report("feat: x\n\n## Problem\nTBD\n\n## Outcome\nPeople retype no row.\n"))

    assert found["answered"] == ["outcome"]
