"""The counts of a history: every change is in exactly one place of every sum."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from whygate.audit.coverage import (
    UNKNOWN_MONTH,
    Coverage,
    answered_fields,
    as_report,
    count_coverage,
    share,
)
from whygate.judge.check import check
from whygate.model import Author, Change, Origin, Part, Verdict
from whygate.policy.policy import Policy
from whygate.policy.presets import resolve_config
from whygate.schema.document import bundled_schema
from whygate.schema.files import read_presets

POLICY = Policy(config=resolve_config(read_presets(), None, None), schema=bundled_schema())
TODAY = date(2026, 12, 1)

PROBLEM = "Problem: exports stop at row 100, so 40 accountants retype the rest\n"
OUTCOME = "Outcome: they close the month without retyping a single row\n"
PLAN = "Metric: retyped rows per accountant\nBaseline: 30\nTarget: 0\nEvaluate-By: +30d\n"
EXEMPT = "Product-Context: exempt not-measurable; fewer than ten firms use this export\n"

COMPLETE = f"feat: all\n\n{PROBLEM}{OUTCOME}{PLAN}Refs: #1\n"
PARTIAL = f"feat: some\n\n{PROBLEM}"
NO_DATE = f"feat: most\n\n{PROBLEM}{OUTCOME}Metric: retyped rows\nTarget: 0\n"
EMPTY = "feat: none\n\nProblem: TBD\n"
BLIND = "feat: none\n"
EXEMPTED = f"feat: tiny\n\n{PROBLEM}{OUTCOME}{EXEMPT}"
EXEMPTED_FIX = f"fix: tiny\n\n{PROBLEM}{EXEMPT}"
REFUSED = f"feat: tiny\n\n{OUTCOME}Product-Context: exempt internal; nobody ever sees this part\n"
MERGE = "Merge branch 'topic'\n"
FIXUP = "fixup! feat: all\n"
ALL = [COMPLETE, PARTIAL, NO_DATE, EMPTY, BLIND, EXEMPTED, EXEMPTED_FIX, REFUSED, MERGE, FIXUP]


def judge(text: str, *, day: date | None = TODAY, author: Author | None = None) -> Verdict:
    part = Part(Origin.MESSAGE, "0a1b2c", text)
    change = Change("0a1b2c", text.partition("\n")[0], (part,), day=day, author=author or Author())
    return check(change, POLICY, TODAY)


def count(*texts: str) -> Coverage:
    return count_coverage(map(judge, texts))


@pytest.mark.parametrize(
    ("text", "state"),
    [
        (COMPLETE, "complete"),
        (PARTIAL, "partial"),
        (NO_DATE, "partial"),
        (EMPTY, "missing"),
        (BLIND, "missing"),
        (EXEMPTED, "exempt"),
        (REFUSED, "partial"),
    ],
    ids=["complete", "partial", "no-date", "placeholder", "blind", "exempt", "refused"],
)
def test_change_is_counted_in_one_state(text: str, state: str) -> None:
    total = as_report(count(text))["total"]

    assert total == {"complete": 0, "partial": 0, "missing": 0, "exempt": 0} | {state: 1}


def test_skipped_changes_are_counted_by_reason_and_not_judged() -> None:
    bot = judge(COMPLETE, author=Author(login="dependabot[bot]", is_bot=True))
    coverage = count_coverage([judge(MERGE), judge(FIXUP), bot, judge(FIXUP)])

    assert coverage.skipped == {"merge": 1, "fixup": 2, "bot": 1}
    assert (coverage.changes, coverage.judged, coverage.blind) == (4, 0, 0)


def test_blind_is_a_subject_and_nothing_else() -> None:
    assert count(BLIND, "feat: none\n\n\n", EMPTY, COMPLETE, MERGE).blind == 2


def test_fields_and_forms_are_counted_once_for_each_change() -> None:
    coverage = count(COMPLETE, PARTIAL, EMPTY, MERGE)

    assert coverage.fields == {"problem": 2, "outcome": 1, "measurement": 1, "links": 1}
    assert coverage.forms == {"trailer": 2}


def test_answered_fields_are_singles_items_and_lists() -> None:
    assert answered_fields(judge(COMPLETE)) == ("problem", "outcome", "measurement", "links")
    assert answered_fields(judge("feat: x\n\nMeasurement: we watch it\nRefs: TBD\n")) == (
        "measurement",
    )


def test_months_are_those_of_the_changes() -> None:
    days = [date(2026, 1, 31), date(2026, 2, 1), None]
    coverage = count_coverage(judge(BLIND, day=day) for day in days)

    assert sorted(coverage.months) == ["2026-01", "2026-02", UNKNOWN_MONTH]
    assert {tally.judged for tally in coverage.months.values()} == {1}


def test_rules_are_counted_once_for_each_change_with_the_first_as_example() -> None:
    verdicts = [judge(BLIND), judge(EMPTY)]
    coverage = count_coverage(verdicts)

    assert coverage.rules["WG102"] == 2
    assert coverage.examples["WG102"] == "0a1b2c"


def test_only_exempt_features_are_listed() -> None:
    assert count(EXEMPTED, EXEMPTED_FIX, REFUSED).exempt_features == ["0a1b2c feat: tiny"]


@pytest.mark.parametrize(
    ("part", "whole", "rate"), [(1, 4, None), (0, 0, None), (1, 5, 20.0), (5, 5, 100.0)]
)
def test_share_of_few_says_nothing(part: int, whole: int, rate: float | None) -> None:
    assert share(part, whole) == rate


@settings(max_examples=100, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(ALL),
            st.sampled_from([None, date(2026, 1, 1), date(2026, 2, 1), date(2026, 3, 1)]),
        ),
        max_size=15,
    )
)
def test_counts_add_up(history: list[tuple[str, date | None]]) -> None:
    coverage = count_coverage(judge(text, day=day) for text, day in history)
    total = coverage.total

    assert coverage.changes == len(history) == coverage.judged + coverage.skipped.total()
    assert coverage.kinds.total() == coverage.changes
    assert total.judged == total.complete + total.partial + total.missing + total.exempt
    assert sum(t.judged for t in coverage.months.values()) == coverage.judged
    for state in ("complete", "partial", "missing", "exempt"):
        assert sum(getattr(t, state) for t in coverage.months.values()) == getattr(total, state)
    assert all(n <= coverage.judged for n in coverage.fields.values())
    assert all(n <= coverage.judged for n in coverage.rules.values())
    assert coverage.blind <= total.missing
    assert len(coverage.exempt_features) <= total.exempt
    assert set(coverage.examples) == set(coverage.rules)


@settings(max_examples=50, deadline=None)
@given(st.permutations(ALL))
def test_report_does_not_depend_on_the_order(texts: list[str]) -> None:
    assert as_report(count(*texts)) == as_report(count(*ALL))
