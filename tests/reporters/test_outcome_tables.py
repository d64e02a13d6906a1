"""The tables of a scorecard, as columns and as Markdown: the numbers, and nothing that runs."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from msgspec.structs import replace
from tests.outcomes.conftest import make_outcome, make_result
from tests.reporters.outcome_sample import LEARNED, TODAY, empty_card, sample_card

from whygate.outcomes.outcome import Outcomes
from whygate.outcomes.scorecard import Shipped, keep_score
from whygate.reporters.due import list_due
from whygate.reporters.outcome_tables import outcome_tables
from whygate.reporters.tables import render_markdown_tables, render_plain_tables

if TYPE_CHECKING:
    from whygate.reporters.tables import Table

RATES = """\
Outcomes
                                          count  of   share
evaluated, of those whose day has passed      7   8  87.5 %
met, of those met or missed                   4   6  66.7 %
a guardrail broke, of those met               1   4       -
plans                                        14
results                                       8
missed                                        2
results before the day                        1
inconclusive                                  1
abandoned                                     1
reverted before anybody looked                1
without a day that can be read                1
waiting for their day or a result             4
overdue, promised plans too                   2
due now                                       1
coming within 14 days                         1
changes shipped that were asked why          40
changes shipped for each outcome met          -
"""


def tables(*, by_owner: bool = False) -> dict[str, Table]:
    return {table.title: table for table in outcome_tables(*sample_card(by_owner=by_owner))}


def test_rates_say_first_who_looked() -> None:
    brief = tuple(outcome_tables(*sample_card(), brief=True))

    assert render_plain_tables((), brief).strip() == RATES.strip()


def test_rows_that_count_nothing_are_left_out() -> None:
    found = Outcomes((make_outcome(1, today=TODAY),))
    card = keep_score(found, TODAY, Shipped(1))
    (table,) = outcome_tables(card, list_due(found, today=TODAY, within=14), brief=True)

    assert [row[0] for row in table.rows] == [
        "evaluated, of those whose day has passed",
        "met, of those met or missed",
        "plans",
        "results",
        "missed",
        "waiting for their day or a result",
        "overdue, promised plans too",
        "due now",
        "coming within 14 days",
        "changes shipped that were asked why",
        "changes shipped for each outcome met",
    ]


def test_history_without_a_plan_has_no_table() -> None:
    assert tuple(outcome_tables(*empty_card())) == ()


def test_hits_and_misses_say_what_was_learned() -> None:
    found = tables()
    hits = found["Hits, the farthest beyond the target first"].rows
    misses = found["Misses, the farthest from the target first"].rows

    assert hits[0][0] == "#1"
    assert hits[0][3:] == ("<= 1 ticket", "0 tickets", "12 % beyond", LEARNED)
    assert [row[0] for row in hits] == ["#1", "#4", "#15", "#5"]
    assert [(row[0], row[5], row[6]) for row in misses] == [
        ("#3", "25 % the wrong way", "nothing was written down"),
        ("#2", "25 % short", "lost elsewhere"),
    ]


def test_what_did_not_end_is_listed_with_its_reason() -> None:
    found = tables()

    assert [(row[0], row[2]) for row in found["Abandoned and reverted"].rows] == [
        ("#10", "reverted before anybody looked"),
        ("#11", "we sell it no more"),
    ]
    assert [row[2] for row in found["Inconclusive"].rows] == ["the log was off for a week"]
    assert [row[2] for row in found["Guardrails broken"].rows] == ["p95 export <= 2 s"]
    assert [row[2:] for row in found["Moved after the merge"].rows] == [
        ("target", "45 %", "40 %", ".whygate/bets/x.yml")
    ]
    assert found["Exempt features"].rows == (("#5", "tiny export", "internal"),)


def test_groups_give_no_rate_of_fewer_than_five() -> None:
    found = tables(by_owner=True)

    assert found["By quarter of the day to look"].rows[0] == (
        *("2025-Q1", "11", "8", "7", "87.5 %", "3", "2", "60.0 %"),
    )
    assert found["Outcomes by kind"].rows[1] == ("fix", "1", "1", "1", "-", "0", "1", "-")
    assert [row[0] for row in found["Outcomes by area"].rows] == ["no area", "src", "web"]
    assert "Ada Lovelace <ada@example.org>" in {row[0] for row in found["Outcomes by owner"].rows}


def test_nobody_is_counted_unless_it_is_asked() -> None:
    assert "Outcomes by owner" not in tables()


def test_long_lists_are_cut_and_say_so() -> None:
    told = [make_result("met", value="1 ticket")]
    found = Outcomes(tuple(make_outcome(n, told, today=TODAY) for n in range(1, 13)))
    card = keep_score(found, TODAY, Shipped(12))
    due = list_due(found, today=TODAY, within=14)
    table = list(outcome_tables(card, due))[-1]

    assert table.title == "Hits, the farthest beyond the target first (10 of 12)"
    assert len(table.rows) == 10


def test_hostile_title_is_harmless_in_markdown() -> None:
    hostile = "feat: @acme/all <img src=x> | `a` [b](javascript:x)\n## c \x1b[31m"
    told = [make_result("met", value=hostile, note=hostile)]
    outcome = make_outcome(1, told, today=TODAY, title=hostile, metric=hostile, kind=hostile)
    card = keep_score(Outcomes((outcome,)), TODAY, Shipped())
    due = list_due(Outcomes((outcome,)), today=TODAY, within=14)
    whole = render_markdown_tables("x", (), outcome_tables(card, due))
    text = re.sub(r"(`+)(?!`).*?(?<!`)\1(?!`)", "", whole)  # what stands in code is no mention

    assert "``feat: @acme/all" in whole
    assert "@acme" not in text
    assert "<img" not in text
    assert "](" not in text
    assert "\x1b" not in whole
    assert "\n## c" not in text


def test_sample_is_the_same_twice() -> None:
    assert tuple(outcome_tables(*sample_card())) == tuple(outcome_tables(*sample_card()))


def test_end_stands_below_the_tables() -> None:
    table = replace(next(iter(tables().values())), rows=())

    assert render_plain_tables((("a", "b"),), [table], "the end").endswith("\n\nthe end\n")
    assert render_markdown_tables("x", (), [table], "The end").endswith("\n\nThe end\n")
