"""The numbers on top of a page, at the edges where words contradict themselves."""

from __future__ import annotations

from datetime import date

import pytest
from tests.outcomes.conftest import make_outcome, make_result
from tests.reporters.outcome_sample import TODAY, empty_card, sample_card

from whygate.audit.coverage import Tally
from whygate.outcomes.outcome import Outcomes
from whygate.outcomes.scorecard import Scorecard, Shipped, keep_score
from whygate.reporters.cards import Card, make_cards
from whygate.reporters.coverage import say_coverage
from whygate.reporters.due import DueList, list_due


@pytest.mark.parametrize(
    ("tally", "sentence"),
    [
        pytest.param(Tally(), "There is no change to judge in this range.", id="none"),
        pytest.param(
            Tally(complete=31), "31 changes had to answer, and all say why in full.", id="all"
        ),
        pytest.param(
            Tally(missing=31), "31 changes had to answer, and all answer nothing.", id="nothing"
        ),
        pytest.param(
            Tally(partial=1), "One change had to answer, and it answers a part.", id="one"
        ),
        pytest.param(
            Tally(complete=12, missing=1),
            "13 changes had to answer: 12 say why in full and 1 answers nothing.",
            id="two",
        ),
        pytest.param(
            Tally(complete=1200, partial=2, missing=3, exempt=1),
            "1,205 changes had to answer: 1,200 say why in full, 2 answer a part and 3 answer "
            "nothing; 1 more gives a reason why not.",
            id="every",
        ),
        pytest.param(
            Tally(exempt=2),
            "All 2 changes to judge give a reason why nothing is to be answered.",
            id="excused",
        ),
        pytest.param(
            Tally(blind=430),
            "Nothing could be read: the descriptions of 430 requests are on the forge, and nobody "
            "read them.",
            id="blind",
        ),
        pytest.param(
            Tally(complete=2, blind=7),
            "2 changes had to answer, and all say why in full; the descriptions of 7 requests are "
            "on the forge, and nobody read them.",
            id="partly-blind",
        ),
    ],
)
def test_sentence_holds_at_none_and_at_all(tally: Tally, sentence: str) -> None:
    assert say_coverage(tally) == sentence


def cards(
    tally: Tally | None = None,
    months: dict[str, Tally] | None = None,
    looked: tuple[Scorecard, DueList] | None = None,
) -> dict[str, Card]:
    card, due = looked if looked is not None else (None, None)
    made = make_cards(tally or Tally(), months or {}, TODAY, card, due)
    return {found.key: found for found in made}


def test_cards_of_the_sample_say_who_and_what() -> None:
    found = cards(Tally(complete=3, missing=2), looked=sample_card())

    assert list(found) == ["overdue", "due", "met", "why", "waiting"]
    assert (found["overdue"].value, found["overdue"].of) == ("2", "of 8 whose day has passed")
    assert found["overdue"].more == "Ada Lovelace 1, @lena 1"
    assert (found["due"].value, found["due"].of) == ("1", "1 more within 14 days")
    assert found["due"].more == "nobody 1, @lena 1"
    assert (found["met"].value, found["met"].of) == ("66.7 %", "4 of 6 met or missed")
    assert found["met"].more.startswith("2 missed, 1 inconclusive, 1 abandoned; 7 of 8 looked at")
    assert (found["why"].value, found["why"].of) == ("60.0 %", "3 of 5 that had to answer")


def test_history_without_plans_has_one_card() -> None:
    assert list(cards(Tally(complete=1))) == ["why"]


def test_nothing_at_all_is_said_without_a_percentage() -> None:
    found = cards(looked=empty_card())

    assert not [c for c in found.values() if "%" in c.value + c.of + c.more + c.change]
    assert [c.value for c in found.values()] == ["0", "0", "0", "0", "0"]
    assert [c.trend.words for c in found.values() if c.key == "overdue" and c.trend]


@pytest.mark.parametrize(
    ("complete", "change", "mood"),
    [
        pytest.param((1, 6), "better: 60.0 % (6 of 10) in 3 months", "better", id="better"),
        pytest.param((6, 1), "worse: 10.0 % (1 of 10) in 3 months", "worse", id="worse"),
        pytest.param((5, 5), "as before: 50.0 % (5 of 10) in 3 months", "", id="same"),
    ],
)
def test_share_is_held_against_the_quarter_before(
    complete: tuple[int, int], change: str, mood: str
) -> None:
    before, now = complete
    months = {
        "2024-10": Tally(complete=before, missing=10 - before),
        "2025-01": Tally(complete=now, missing=10 - now),
    }

    found = cards(Tally(complete=before + now, missing=20 - before - now), months)["why"]

    assert found.change.startswith(change)
    assert found.mood == mood
    assert found.trend is not None


def test_few_are_not_compared() -> None:
    months = {"2024-10": Tally(complete=4), "2025-01": Tally(missing=40)}

    found = cards(Tally(complete=4, missing=40), months)["why"]

    assert found.change == "too few to compare with the quarter before"
    assert found.mood == ""


def test_overdue_counts_what_was_open_in_each_month() -> None:
    made = [
        make_outcome(1, [make_result("met", "2025-02-20", value="1 ticket")], today=TODAY),
        make_outcome(2, today=TODAY, due=date(2025, 1, 5)),
    ]
    found = Outcomes(tuple(made))
    looked = keep_score(found, TODAY, Shipped()), list_due(found, today=TODAY, within=14)

    trend = cards(looked=looked)["overdue"].trend

    assert trend is not None
    assert trend.words.endswith("2024-12 0; 2025-01 1; 2025-02 1; 2025-03 1")
