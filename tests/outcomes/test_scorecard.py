"""The scorecard: every plan is counted once, and who looked stands before what came out."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.outcomes.conftest import make_outcome, make_result

from whygate.outcomes.outcome import Moved, Outcomes
from whygate.outcomes.scorecard import (
    NO_AREA,
    NO_OWNER,
    NO_QUARTER,
    Score,
    Scorecard,
    Shipped,
    keep_score,
    restrict_outcomes,
)

if TYPE_CHECKING:
    from whygate.outcomes.outcome import Outcome

TODAY = date(2025, 3, 1)
SHIPPED = Shipped(40, (("#5", "tiny export", "internal"),))
SUMS = ("plans", "passed", "evaluated", "met", "missed", "overdue", "early", "waiting")


def score_of(*outcomes: Outcome, by_owner: bool = False) -> Scorecard:
    return keep_score(Outcomes(outcomes), TODAY, SHIPPED, by_owner=by_owner)


def outcome(number: int, *results: tuple[str, str], **more: object) -> Outcome:
    told = [make_result(state, value=value) for state, value in results]
    return make_outcome(number, told, today=TODAY, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("given_one", "counted"),
    [
        (outcome(1, ("met", "1 ticket")), ("passed", "evaluated", "met")),
        (outcome(1, ("missed", "3 tickets")), ("passed", "evaluated", "missed")),
        (outcome(1, ("inconclusive", "")), ("passed", "evaluated", "inconclusive")),
        (outcome(1, ("abandoned", "")), ("passed", "evaluated", "abandoned")),
        (outcome(1), ("passed", "overdue")),
        (outcome(1, due=TODAY - timedelta(days=3)), ("passed",)),
        (outcome(1, due=TODAY), ()),
        (outcome(1, due=TODAY + timedelta(days=90)), ()),
        (outcome(1, reverted=True), ("reverted",)),
        (outcome(1, due=None), ("undated",)),
        (outcome(1, ("met", "1 ticket"), due=None), ("met",)),
        (outcome(1, ("met", "1 ticket"), due=date(2025, 4, 1)), ("met", "early")),
        (outcome(1, ("met", "1 ticket"), reverted=True), ("passed", "evaluated", "met")),
    ],
    ids=[
        *("met", "missed", "inconclusive", "abandoned", "overdue", "grace", "today", "planned"),
        *("reverted", "undated", "undated with a result", "early", "reverted after a result"),
    ],
)
def test_plan_is_counted_by_what_became_of_it(given_one: Outcome, counted: tuple[str, ...]) -> None:
    score = score_of(given_one).total

    assert score == Score(plans=1, **dict.fromkeys(counted, 1))


def test_number_decides_against_the_word() -> None:
    card = score_of(outcome(1, ("met", "3 tickets")))

    assert (card.total.met, card.total.missed) == (0, 1)
    assert [entry.effect for entry in card.misses] == [0.75]


def test_broken_guardrail_is_met_and_named() -> None:
    told = [make_result("met", value="1 ticket", guardrails=("broken",))]
    card = score_of(make_outcome(1, told, today=TODAY, guardrails=("p95 <= 2 s",)))

    assert (card.total.met, card.total.broken, card.total.decided) == (1, 1, 1)
    assert [o.standing.broken for o in card.broken] == ["p95 <= 2 s"]
    assert len(card.hits) == 1


def test_exempt_and_promised_plans_are_no_plans() -> None:
    card = score_of(outcome(1, exempt="deferred"), outcome(2, exempt="internal"))

    assert card.total == Score()


def test_hits_and_misses_stand_by_effect_then_by_day() -> None:
    late = make_result("met", "2025-02-20", value="it works", forced="no number")
    card = score_of(
        outcome(1, ("met", "1 ticket")),
        outcome(2, ("met", "0 tickets")),
        outcome(3, ("met", "")),
        make_outcome(4, [late], today=TODAY),
        outcome(5, ("missed", "3 tickets")),
        outcome(6, ("missed", "12 tickets")),
        outcome(7, ("missed", "")),
    )

    assert [entry.outcome.name for entry in card.hits] == ["#2", "#1", "#4", "#3"]
    assert [entry.outcome.name for entry in card.misses] == ["#6", "#5", "#7"]


def test_what_was_learned_stands_with_the_result() -> None:
    told = make_result("missed", value="3 tickets", note="the rows get lost elsewhere")
    (entry,) = score_of(make_outcome(1, [told], today=TODAY)).misses

    assert entry.learned == "the rows get lost elsewhere"


def test_groups_keep_their_plans() -> None:
    card = score_of(
        outcome(1, ("met", "1 ticket"), area="src", owner="@lena"),
        outcome(2, kind="fix", due=date(2025, 4, 1), owner=""),
        outcome(3, ("met", "1 ticket"), due=None),
        outcome(4, due=None),
        by_owner=True,
    )

    assert {name: score.plans for name, score in card.kinds.items()} == {"feature": 3, "fix": 1}
    assert {name: score.plans for name, score in card.areas.items()} == {NO_AREA: 3, "src": 1}
    assert {name: score.plans for name, score in card.owners.items()} == {"@lena": 3, NO_OWNER: 1}
    assert {name: score.plans for name, score in card.quarters.items()} == {
        "2025-Q1": 2,
        "2025-Q2": 1,
        NO_QUARTER: 1,
    }


def test_groups_nobody_asked_for_are_empty() -> None:
    card = score_of(outcome(1))

    assert (card.areas, card.owners) == ({}, {})


@pytest.mark.parametrize(
    ("month", "quarter"),
    [(1, "2025-Q1"), (3, "2025-Q1"), (4, "2025-Q2"), (9, "2025-Q3"), (12, "2025-Q4")],
)
def test_quarter_is_that_of_the_day(month: int, quarter: str) -> None:
    card = score_of(outcome(1, due=date(2025, month, 28)))

    assert list(card.quarters) == [quarter]


def test_late_result_stays_in_the_quarter_of_its_day() -> None:
    late = make_result("met", "2025-05-20", value="1 ticket")
    card = score_of(make_outcome(1, [late], today=TODAY))

    assert list(card.quarters) == ["2025-Q1"]


def test_given_up_and_moved_are_listed() -> None:
    moved = Moved("target", "45 %", "40 %", ".whygate/bets/x.yml")
    card = score_of(
        outcome(1, ("abandoned", "")),
        outcome(2, reverted=True),
        outcome(3, ("inconclusive", "")),
        outcome(4, moved=(moved,)),
    )

    assert [o.name for o in card.given_up] == ["#1", "#2"]
    assert [o.name for o in card.inconclusive] == ["#3"]
    assert [o.moved for o in card.moved] == [(moved,)]


def test_restricted_outcomes_are_those_of_the_changes() -> None:
    found = Outcomes((outcome(1), outcome(2)), (make_result("met"),))

    kept = restrict_outcomes(found, {f"{2:040x}"})

    assert [o.name for o in kept.outcomes] == ["#2"]
    assert kept.unmatched == ()


@st.composite
def any_outcome(draw: st.DrawFn) -> Outcome:
    """Draw an outcome of any state."""
    state = draw(st.sampled_from(["", "met", "missed", "inconclusive", "abandoned"]))
    value = draw(st.sampled_from(["", "0 tickets", "1 ticket", "12 tickets", "45 %"]))
    return outcome(
        draw(st.integers(1, 9)),
        *([(state, value)] if state else []),
        due=draw(st.sampled_from([None, date(2025, 2, 1), TODAY, date(2025, 6, 1)])),
        reverted=draw(st.booleans()),
        kind=draw(st.sampled_from(["feature", "fix"])),
        area=draw(st.sampled_from(["", "src"])),
        exempt=draw(st.sampled_from(["", "", "", "deferred"])),
    )


@given(st.lists(any_outcome(), max_size=12))
def test_every_plan_is_counted_once(outcomes: list[Outcome]) -> None:
    card = score_of(*outcomes, by_owner=True)
    total = card.total

    assert total.plans == sum(not o.plan.exempt for o in outcomes)
    assert total.plans == total.results + total.reverted + total.undated + total.waiting
    assert 0 <= total.evaluated <= total.passed <= total.plans
    assert total.overdue <= total.passed - total.evaluated <= total.waiting
    assert (len(card.hits), len(card.misses)) == (total.met, total.missed)
    assert len(card.given_up) == total.abandoned + total.reverted
    for groups in (card.kinds, card.quarters, card.owners, card.areas or {"": total}):
        for name in SUMS:
            assert sum(getattr(score, name) for score in groups.values()) == getattr(total, name)


def test_agents_and_people_have_hit_rates_of_their_own() -> None:
    met, missed = ("met", "1 ticket"), ("missed", "3 tickets")
    card = score_of(outcome(1, met), outcome(2, missed, by_agent=True), outcome(3, by_agent=True))

    rates = {name: (score.met, score.decided) for name, score in card.writers.items()}
    assert rates == {"person": (1, 1), "agent": (0, 1)}
    assert score_of(outcome(1, met)).writers == {}
