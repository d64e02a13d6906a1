"""The words for an outcome, the same in every report."""

from __future__ import annotations

from datetime import date

import pytest
from tests.outcomes.conftest import make_outcome, make_result
from tests.reporters.outcome_sample import TODAY

from whygate.outcomes.outcome import Outcomes
from whygate.outcomes.scorecard import Shipped, keep_score
from whygate.reporters.due import (
    NOTHING_LEARNED,
    per_met,
    reason_given_up,
    show_effect,
    show_owner,
    show_per_met,
    show_wait,
)


@pytest.mark.parametrize(
    ("effect", "shown"),
    [
        (None, ""),
        (1.0, "at the target"),
        (1.14, "14 % beyond"),
        (0.75, "25 % short"),
        (0.0, "100 % short"),
        (-0.25, "25 % the wrong way"),
    ],
)
def test_effect_says_where_the_target_was(effect: float | None, shown: str) -> None:
    assert show_effect(effect) == shown


@pytest.mark.parametrize(
    ("owner", "shown"),
    [
        ("Ada Lovelace <ada@example.org>", "Ada Lovelace"),
        ("ada@example.org", "ada@example.org"),
        ("@lena", "@lena"),
        ("@acme/growth", "@acme/growth"),
        ("", "nobody"),
        ("TBD", "nobody"),
    ],
    ids=["name and mail", "mail", "handle", "team", "empty", "placeholder"],
)
def test_owner_is_shown_without_an_address_where_a_name_is_known(owner: str, shown: str) -> None:
    assert show_owner(owner) == shown


@pytest.mark.parametrize(
    ("day", "shown"),
    [
        (date(2025, 2, 27), "2 days late"),
        (date(2025, 2, 28), "1 day late"),
        (TODAY, "today"),
        (date(2025, 3, 2), "in 1 day"),
        (date(2025, 3, 15), "in 14 days"),
    ],
)
def test_wait_counts_days(day: date, shown: str) -> None:
    assert show_wait(day, TODAY) == shown


def test_reason_is_the_note_or_the_revert() -> None:
    noted = make_outcome(1, [make_result("abandoned", note="we sell it no more")])
    silent = make_outcome(2, [make_result("abandoned")])

    assert reason_given_up(noted) == "we sell it no more"
    assert reason_given_up(silent) == NOTHING_LEARNED
    assert "reverted" in reason_given_up(make_outcome(3, reverted=True))


@pytest.mark.parametrize(("met", "rate", "shown"), [(4, None, ""), (5, 8.6, "8.6")])
def test_changes_for_each_outcome_met_need_five(met: int, rate: float | None, shown: str) -> None:
    told = [make_outcome(n, [make_result("met", value="1 ticket")]) for n in range(met)]
    card = keep_score(Outcomes(tuple(told)), TODAY, Shipped(43))

    assert per_met(card) == rate
    assert show_per_met(card) == shown
