"""The JSON of a scorecard: valid under its schema, with the numbers of every other report."""

from __future__ import annotations

import json

import jsonschema_rs
import pytest
from tests.reporters.conftest import make_basis, small_history
from tests.reporters.outcome_sample import LEARNED, empty_card, sample_card

from whygate.audit.coverage import count_coverage
from whygate.reporters.coverage_json import render_coverage_json
from whygate.reporters.scorecard import (
    REPORT_VERSION,
    describe_scorecard,
    render_scorecard_json,
)
from whygate.schema.files import AUDIT, SCORECARD, read_bundled

SCHEMA = json.loads(read_bundled(SCORECARD))
AUDIT_SCHEMA = json.loads(read_bundled(AUDIT))


def validate(schema: object, text: str) -> dict[str, object]:
    assert isinstance(schema, dict)
    held: dict[str, object] = json.loads(text)
    jsonschema_rs.Draft202012Validator(schema, validate_formats=True).validate(held)
    return held


def test_schema_is_one() -> None:
    jsonschema_rs.meta.validate(SCHEMA)

    assert SCHEMA["properties"]["version"]["const"] == REPORT_VERSION


def test_both_schemas_say_the_same_of_what_both_reports_hold() -> None:
    shared = set(SCHEMA["$defs"]) & set(AUDIT_SCHEMA["$defs"])

    assert {"outcomes", "score", "due", "result", "basis"} <= shared
    for name in shared:
        assert SCHEMA["$defs"][name] == AUDIT_SCHEMA["$defs"][name]


@pytest.mark.parametrize("by_owner", [False, True])
def test_report_keeps_to_its_schema(by_owner: bool) -> None:
    held = validate(SCHEMA, render_scorecard_json(make_basis(), *sample_card(by_owner=by_owner)))

    assert held["exempt_features"] == [{"id": "#5", "title": "tiny export", "class": "internal"}]
    assert bool(held["outcomes"]["owners"]) is by_owner  # type: ignore[index]


def test_report_of_nothing_keeps_to_its_schema() -> None:
    held = validate(SCHEMA, render_scorecard_json(make_basis(), *empty_card()))

    assert held["outcomes"]["total"]["evaluated_share"] is None  # type: ignore[index]


def test_audit_holds_the_same_object() -> None:
    history = small_history()
    outcomes = describe_scorecard(*sample_card())
    chunks = render_coverage_json(make_basis(), count_coverage(history), history, outcomes)
    held = validate(AUDIT_SCHEMA, "".join(chunks))

    assert held["outcomes"] == json.loads(json.dumps(outcomes))


def test_audit_without_a_plan_says_nothing_of_outcomes() -> None:
    held = validate(
        AUDIT_SCHEMA, "".join(render_coverage_json(make_basis(), count_coverage([]), []))
    )

    assert "outcomes" not in held


def test_schema_refuses_what_is_no_score() -> None:
    broken = json.loads(render_scorecard_json(make_basis(), *sample_card()))
    broken["outcomes"]["total"]["met"] = -1

    with pytest.raises(jsonschema_rs.ValidationError):
        validate(SCHEMA, json.dumps(broken))


def test_numbers_are_those_of_the_scorecard() -> None:
    card, due = sample_card()
    held = json.loads(render_scorecard_json(make_basis(), card, due))["outcomes"]

    assert held["total"]["passed"] == card.total.passed == 8
    assert (held["total"]["evaluated_share"], held["total"]["met_share"]) == (87.5, 66.7)
    assert held["shipped"] == {"changes": 40, "met": 4, "for_each_met": None}
    assert held["waiting"] == {"overdue": 2, "due": 1, "coming": 1, "unreleased": 0}
    assert [(d["change"], d["group"], d["days_late"]) for d in held["due"]] == [
        ("#6", "overdue", 14),
        ("#14", "overdue", 9),
        ("#8", "due", 0),
        ("#7", "coming", 0),
    ]
    assert [d["owner"] for d in held["due"]] == ["Ada Lovelace", "@lena", "", "@lena"]
    assert [h["effect"] for h in held["hits"]] == [1.12, 1.0, 1.0, None]
    assert (held["hits"][0]["learned"], held["hits"][0]["value"]) == (LEARNED, "0 tickets")
    assert held["hits"][3]["forced"] == "nobody counts them now"
    assert held["unmatched"][0]["change"] == "#99"
