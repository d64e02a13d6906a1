"""The JSON report of an audit: valid under its schema, whatever a history says."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import jsonschema_rs
from hypothesis import given, settings
from tests.reporters.conftest import ANY_HISTORY, make_basis, make_record, small_history

from whygate.audit.coverage import LEAST, count_coverage
from whygate.reporters.coverage_json import REPORT_VERSION, record_line, render_coverage_json
from whygate.schema.files import AUDIT, read_bundled
from whygate.version import __version__

if TYPE_CHECKING:
    from collections.abc import Iterator

    from whygate.audit.record import Record

SCHEMA = json.loads(read_bundled(AUDIT))
VALIDATOR = jsonschema_rs.Draft202012Validator(SCHEMA, validate_formats=True)


def render(history: list[Record]) -> str:
    coverage = count_coverage(
        history, adopted=make_record().day, by_area=True, by_author=bool(history)
    )
    return "".join(render_coverage_json(make_basis(), coverage, history))


def rates(value: object) -> Iterator[tuple[int, float | None]]:
    """Yield every share with what it is a part of."""
    if isinstance(value, dict):
        if "share" in value:
            yield value["of"] if "of" in value else value["asked"], value["share"]
        for part in value.values():
            yield from rates(part)
    elif isinstance(value, list):
        for part in value:
            yield from rates(part)


def test_schema_is_one() -> None:
    jsonschema_rs.meta.validate(SCHEMA)

    assert SCHEMA["properties"]["version"]["const"] == REPORT_VERSION


def test_report_says_what_was_counted() -> None:
    held = json.loads(render(small_history()))
    coverage = held["coverage"]

    assert held["tool"] == {"name": "whygate", "version": __version__}
    assert held["basis"]["today"] == "2026-03-09"
    assert coverage["total"] == {
        "changes": 10,
        "judged": 6,
        "asked": 5,
        "complete": 2,
        "partial": 1,
        "missing": 2,
        "exempt": 1,
        "skipped": 3,
        "blind": 1,
        "share": 40.0,
    }
    assert list(coverage["skipped"].items()) == [("merge", 2), ("bot", 1)]
    assert coverage["exempt"] == {"internal": 1}
    assert coverage["fields"][0] == {
        "name": "problem",
        "changes": 3,
        "of": 6,
        "share": 50.0,
        "labels": [{"label": "Why", "changes": 2}, {"label": "Problem", "changes": 1}],
    }
    assert [group["name"] for group in coverage["months"]] == ["2026-02", "2026-03", "unknown"]
    assert [group["name"] for group in coverage["phases"]] == ["before", "since", "unknown"]
    assert coverage["exempt_features"] == [
        {"id": "#5", "title": "tiny export", "class": "internal"}
    ]


def test_rule_is_counted_with_its_newest_change() -> None:
    rules = json.loads(render([*small_history(), make_record(rules=(("WG999", "error"),))]))
    known, _, strange = rules["coverage"]["rules"]

    assert known == {
        "rule": "WG103",
        "name": "measurement-missing",
        "changes": 2,
        "errors": 2,
        "of": 7,
        "share": 28.6,
        "example": {"id": "#8", "title": "change 8"},
    }
    assert (strange["rule"], strange["name"]) == ("WG999", "")


def test_changes_come_one_a_line() -> None:
    history = small_history()
    lines = render(history).split("\n")
    start = lines.index('  "changes": [')
    shown = [line.strip().removesuffix(",") for line in lines[start + 1 : -3]]

    assert shown == [record_line(record) for record in history]
    assert lines[-3:] == ["  ]", "}", ""]


def test_report_of_nothing_is_valid() -> None:
    text = render([])
    held = json.loads(text)

    VALIDATOR.validate(held)
    assert text.endswith('  "changes": []\n}\n')
    assert held["changes"] == []
    assert held["coverage"]["total"]["share"] is None


def test_every_key_is_in_the_schema() -> None:
    held = json.loads(render(small_history()))

    assert [*held, "outcomes"] == sorted(SCHEMA["properties"], key=[*held, "outcomes"].index)
    for name in ("basis", "coverage"):
        assert list(held[name]) == list(SCHEMA["$defs"][name]["properties"])


def test_changes_are_read_one_at_a_time() -> None:
    history = small_history()
    left = iter(history)
    pieces = render_coverage_json(make_basis(), count_coverage(history), left)
    next(pieces)
    next(pieces)

    assert next(left).identity == "#8"


@settings(max_examples=100, deadline=None)
@given(ANY_HISTORY)
def test_report_of_any_history_is_valid(history: list[Record]) -> None:
    text = render(history)
    held = json.loads(text)

    VALIDATOR.validate(held)
    assert text.isascii()
    assert "##[" not in text
    assert [change["title"] for change in held["changes"]] == [r.title for r in history]
    assert all((share is None) == (whole < LEAST) for whole, share in rates(held))


@settings(max_examples=50, deadline=None)
@given(ANY_HISTORY)
def test_bytes_are_those_of_the_same_history(history: list[Record]) -> None:
    assert render(history) == render(list(history))


@settings(max_examples=50, deadline=None)
@given(ANY_HISTORY)
def test_groups_do_not_depend_on_the_order_of_changes(history: list[Record]) -> None:
    one, other = (json.loads(render(h))["coverage"] for h in (history, history[::-1]))

    for name in ("total", "skipped", "exempt", "fields", "months", "kinds", "areas", "authors"):
        assert json.dumps(one[name]) == json.dumps(other[name])
