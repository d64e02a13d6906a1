"""The issue about what is due: its title counts, its text fits, and its words are inert."""

from __future__ import annotations

import re
from datetime import date

import pytest
from tests.outcomes.conftest import make_outcome
from tests.reporters.outcome_sample import HOSTILE, TODAY, sample_outcomes

from whygate.outcomes.ledger import Damage
from whygate.outcomes.outcome import Outcomes
from whygate.reporters.due import ISSUE_LIMIT, DueList, list_due, render_due_issue


def due_of(count: int = 1, **plan: object) -> DueList:
    made = tuple(make_outcome(n, today=TODAY, **plan) for n in range(1, count + 1))  # type: ignore[arg-type]
    return list_due(Outcomes(made), today=TODAY, within=0)


def outside_code(text: str) -> str:
    return re.sub(r"(`+)(?:(?!\1).)*\1", "", text)


def test_title_counts_what_there_is() -> None:
    due = list_due(sample_outcomes(), today=TODAY, within=0)

    assert render_due_issue(due).title == "Outcomes to look at: 2 overdue, 1 due"
    assert render_due_issue(due_of(count=0)).title == "Outcomes to look at: none"


def test_promise_of_today_is_in_the_list() -> None:
    due = due_of(due=TODAY, exempt="deferred")
    page = render_due_issue(due)

    assert page.title == "Outcomes to look at: 1 due today"
    assert "the plan that was promised" in page.text


def test_rows_link_to_the_change_and_name_who_looks() -> None:
    text = render_due_issue(list_due(sample_outcomes(), today=TODAY, within=0)).text

    assert "| 2025-02-15, 14 days late | [`#6`](<https://github.com/acme/shop/pull/6>)" in text
    assert "| `Ada Lovelace` |" in text
    assert "| `nobody` |" in text
    assert "ada@example.org" not in text
    assert "javascript:" not in outside_code(text)


def test_hostile_words_stand_in_code() -> None:
    text = render_due_issue(due_of(title=HOSTILE, metric=HOSTILE, target=HOSTILE)).text

    assert "<b>" not in outside_code(text)
    assert "@acme" not in outside_code(text)
    assert "\u202e" not in text


@pytest.mark.parametrize(
    ("owner", "named", "mentioned"),
    [
        ("@lena", True, True),
        ("@acme/growth", True, True),
        ("@lena", False, False),
        ("Ada <ada@example.org>", True, False),
        ("@lena_x", True, False),
        ("@a/b/c", True, False),
    ],
    ids=["person", "team", "the author", "a name", "no login", "no team"],
)
def test_mention_is_of_a_named_handle_only(owner: str, *, named: bool, mentioned: bool) -> None:
    due = due_of(owner=owner, owner_named=named)

    assert "@" not in outside_code(render_due_issue(due).text)
    assert (f"| {owner} |" in render_due_issue(due, mention=True).text) is mentioned


@pytest.mark.parametrize("length", [0, 200, 2_000])
def test_long_list_is_cut_and_says_so(length: int) -> None:
    due = due_of(count=400, metric="tickets " * length, target="`" * 50, title="t" * length)
    text = render_due_issue(due).text
    left = re.search(r"\n(\d+) more do not fit here: `whygate due` lists them\.\n", text)

    assert len(text) <= ISSUE_LIMIT - 500
    assert "### Overdue (400)" in text
    assert left is not None
    assert text.count("\n| 20") + int(left[1]) == 400


def test_results_to_correct_are_counted() -> None:
    found = Outcomes((make_outcome(1, today=TODAY),))
    damage = Damage(".whygate/results.jsonl", 3, "this is not JSON")
    due = list_due(found, today=TODAY, within=0, damages=(damage,))

    assert "Results to correct: 1; `whygate due`" in render_due_issue(due).text


def test_nothing_due_says_so() -> None:
    text = render_due_issue(due_of(due=date(2999, 1, 1))).text

    assert text.startswith("Nothing is overdue or due.\n")
