"""Plan, results, reverts and day to a state: every way through."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.outcomes.conftest import make_plan, make_result

from whygate.outcomes.result import Result, Source
from whygate.outcomes.state import OutcomeState, Standing, state_of

if TYPE_CHECKING:
    from whygate.outcomes.promises import Promise

DUE = date(2025, 2, 15)


def stand(
    *results: Result,
    plan: Promise | None = None,
    today: str = "2025-06-01",
    reverted: bool = False,
) -> Standing:
    day = date.fromisoformat(today)
    return state_of(plan or make_plan(), results, reverted=reverted, today=day, grace=7)


@pytest.mark.parametrize(
    ("today", "state", "late"),
    [
        ("2025-01-01", "planned", 0),
        ("2025-02-07", "planned", 0),
        ("2025-02-08", "due", 0),
        ("2025-02-15", "due", 0),
        ("2025-02-16", "due", 1),
        ("2025-02-22", "due", 7),
        ("2025-02-23", "overdue", 8),
        ("2026-02-15", "overdue", 365),
    ],
)
def test_open_plan_stands_by_the_day(today: str, state: str, late: int) -> None:
    found = stand(today=today)

    assert (found.state, found.days_late) == (state, late)
    assert found.state.is_open


def test_without_a_plan_there_is_none() -> None:
    found = state_of(None, (), reverted=True, today=DUE, grace=7)

    assert found == Standing(OutcomeState.NONE)


def test_exempt_change_is_exempt() -> None:
    assert stand(plan=make_plan(exempt="internal")).state is OutcomeState.EXEMPT


@pytest.mark.parametrize(
    ("today", "state"),
    [("2025-02-14", "planned"), ("2025-02-15", "planned"), ("2025-02-16", "overdue")],
)
def test_deferred_plan_is_overdue_the_day_after(today: str, state: str) -> None:
    assert stand(plan=make_plan(exempt="deferred"), today=today).state == state


def test_plan_without_a_day_is_none_until_a_result() -> None:
    plan = make_plan(due=None)

    assert stand(plan=plan).state is OutcomeState.NONE
    assert stand(make_result("missed"), plan=plan).state is OutcomeState.MISSED


@pytest.mark.parametrize(
    ("said", "value", "state", "contradicts"),
    [
        ("met", "1 ticket", "met", False),
        ("met", "0", "met", False),
        ("met", "3 tickets", "missed", True),
        ("missed", "1 ticket", "met", True),
        ("missed", "3 tickets", "missed", False),
        ("met", "", "met", False),
        ("met", "far fewer", "met", False),
        ("missed", "46 %", "missed", False),
        ("inconclusive", "1 ticket", "inconclusive", False),
        ("abandoned", "", "abandoned", False),
    ],
)
def test_number_decides_where_it_can_be_read(
    said: str, value: str, state: str, *, contradicts: bool
) -> None:
    found = stand(make_result(said, value=value))

    assert (found.state, found.contradicts) == (state, contradicts)
    assert not found.state.is_open
    assert found.days_late == 0


@pytest.mark.parametrize(
    ("target", "baseline", "direction", "value", "state"),
    [
        ("45 %", "38 %", "up", "46 %", "met"),
        ("45 %", "38 %", "up", "44.9 %", "missed"),
        ("-30%", "100 ms", "down", "70 ms", "met"),
        ("-30%", "100 ms", "down", "0.08 s", "missed"),
        ("2x", "10 orders", "up", "20 orders", "met"),
        ("40-45 %", "38 %", "up", "40 %", "met"),
        ("answer: yes", "", "", "yes, all three", "met"),
        ("answer: yes", "", "", "No", "missed"),
        ("answer: yes", "", "", "perhaps", "met"),
        ("nicer", "", "", "46 %", "met"),
    ],
)
def test_target_of_every_form_is_compared(
    target: str, baseline: str, direction: str, value: str, state: str
) -> None:
    plan = make_plan(target=target, baseline=baseline, direction=direction)

    assert stand(make_result("met", value=value), plan=plan).state == state


def test_forced_contradiction_stands_as_said() -> None:
    found = stand(make_result("met", value="3 tickets", forced="two of them were tests"))

    assert found.state is OutcomeState.MET
    assert found.contradicts


@pytest.mark.parametrize(
    ("guardrail", "measured", "broken"),
    [
        ("p95 cart load <= 300 ms", "350 ms", True),
        ("p95 cart load <= 300 ms", "0.3 s", False),
        ("p95 cart load <= 300 ms", "broken", True),
        ("p95 cart load <= 300 ms", "Kept", False),
        ("no complaints", "some", False),
        ("error rate below 1 %", "2 %", True),
    ],
)
def test_broken_guardrail_shows(guardrail: str, measured: str, *, broken: bool) -> None:
    plan = make_plan(guardrails=(guardrail,))
    found = stand(make_result("met", value="1 ticket", guardrails=(measured,)), plan=plan)

    assert found.state == ("met, guardrail broken" if broken else "met")
    assert found.broken == (guardrail if broken else "")


def test_guardrail_that_nobody_planned_can_break_too() -> None:
    assert stand(make_result("met", guardrails=("broken",))).broken == "broken"


def test_missed_outcome_stays_missed_when_a_guardrail_breaks() -> None:
    assert stand(make_result("missed", guardrails=("broken",))).state is OutcomeState.MISSED


def test_newest_result_decides() -> None:
    old, new = make_result("met", "2025-02-14"), make_result("missed", "2025-03-01")

    assert stand(new, old).result is new


@pytest.mark.parametrize(
    ("first", "second", "winner"),
    [
        (Source.TRAILER, Source.LEDGER, Source.TRAILER),
        (Source.NOTE, Source.LEDGER, Source.LEDGER),
        (Source.NOTE, Source.TRAILER, Source.TRAILER),
    ],
)
def test_on_one_day_the_carrier_decides(first: Source, second: Source, winner: Source) -> None:
    results = make_result("met", source=first), make_result("missed", source=second)

    for order in (results, results[::-1]):
        found = stand(*order).result
        assert found is not None
        assert found.source is winner


def test_of_two_in_one_place_the_later_decides() -> None:
    assert stand(make_result("met"), make_result("missed")).state is OutcomeState.MISSED


@pytest.mark.parametrize(
    ("metric", "state", "index", "counts"),
    [
        (0, "met", 1, True),
        (0, "met", 2, False),
        (2, "met", 2, True),
        (2, "met", 1, False),
        (0, "abandoned", 2, True),
        (1, "abandoned", 2, False),
    ],
)
def test_result_counts_for_its_measurement(
    metric: int, state: str, index: int, *, counts: bool
) -> None:
    found = stand(make_result(state, metric=metric), plan=make_plan(index=index))

    assert found.state.is_open != counts


def extend(at: str, until: str, **values: object) -> Result:
    return make_result("extended", at, until=date.fromisoformat(until), **values)


def test_extension_moves_the_day() -> None:
    found = stand(extend("2025-02-14", "2025-04-01"), today="2025-04-03")

    assert (found.state, found.due, found.days_late) == ("due", date(2025, 4, 1), 2)


def test_third_extension_does_not_move_the_day() -> None:
    days = [
        ("2025-02-14", "2025-03-01"),
        ("2025-03-01", "2025-04-01"),
        ("2025-04-01", "2025-09-01"),
    ]
    found = stand(*(extend(at, until) for at, until in days))

    assert (found.state, found.due) == ("overdue", date(2025, 4, 1))
    assert [result.until for result in found.ignored] == [date(2025, 9, 1)]


def test_third_extension_counts_when_it_is_forced() -> None:
    days = [("2025-02-14", "2025-03-01"), ("2025-03-01", "2025-04-01")]
    third = extend("2025-04-01", "2025-09-01", forced="the vendor is late")
    found = stand(*(extend(at, until) for at, until in days), third)

    assert (found.state, found.due, found.ignored) == ("planned", date(2025, 9, 1), ())


def test_extension_behind_a_result_opens_the_plan_again() -> None:
    found = stand(make_result("met"), extend("2025-05-01", "2025-09-01"))

    assert (found.state, found.due) == ("planned", date(2025, 9, 1))


def test_reverted_change_is_abandoned() -> None:
    assert stand(reverted=True).state is OutcomeState.ABANDONED
    assert stand(extend("2025-02-14", "2025-09-01"), reverted=True).state is OutcomeState.ABANDONED


def test_result_stands_although_the_change_was_reverted() -> None:
    assert stand(make_result("missed"), reverted=True).state is OutcomeState.MISSED


def test_day_at_the_start_of_the_calendar_is_no_problem() -> None:
    plan = make_plan(due=date.min)
    assert state_of(plan, (), reverted=False, today=date.min, grace=0).state is OutcomeState.DUE


@given(st.dates(), st.dates(), st.integers(0, 60), st.sampled_from(["", "deferred"]))
def test_every_open_state_agrees_with_the_calendar(
    due: date, today: date, grace: int, exempt: str
) -> None:
    plan, deferred = make_plan(due=due, exempt=exempt), bool(exempt)
    found = state_of(plan, (), reverted=False, today=today, grace=grace)

    is_late = today > due and (today - due) > timedelta(days=0 if deferred else grace)
    assert (found.state is OutcomeState.OVERDUE) == is_late
    assert found.days_late == max(0, (today - due).days)
