"""The part of the audit's page about outcomes: the numbers of the text, and nothing runs."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import html5lib
import pytest
from tests.outcomes.conftest import make_outcome, make_result
from tests.reporters.conftest import HOSTILE, make_basis, small_history
from tests.reporters.outcome_sample import LEARNED, TODAY, empty_card, sample_card

from whygate.audit.coverage import count_coverage
from whygate.outcomes.outcome import Moved, Outcomes
from whygate.outcomes.scorecard import Shipped, keep_score
from whygate.reporters.due import list_due
from whygate.reporters.html_ import render_html
from whygate.reporters.outcome_tables import outcome_tables

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

    from whygate.reporters.html_ import Looked


def page(looked: Looked | None) -> str:
    history = small_history()
    return render_html(make_basis(today=TODAY), count_coverage(history), history, looked)


def section(looked: Looked | None) -> Element:
    root: Element = html5lib.parse(page(looked), treebuilder="etree", namespaceHTMLElements=False)
    found = root.find(".//section[@aria-labelledby='outcomes']")
    assert found is not None
    return found


def text_of(element: Element) -> str:
    return " ".join(" ".join(element.itertext()).split())


def tables_of(part: Element) -> dict[str, list[list[str]]]:
    """Return the texts of the cells of each table by its caption."""
    found = {}
    for table in part.iter("table"):
        caption = table.find("caption")
        assert caption is not None
        rows = table.findall("./tbody/tr")
        found[text_of(caption)] = [[text_of(cell) for cell in row] for row in rows]
    return found


def test_what_is_overdue_stands_first() -> None:
    tables = tables_of(section(sample_card()))
    waiting = next(iter(tables.values()))

    assert next(iter(tables)).startswith("Measurements that wait for somebody to look")
    assert [row[0] for row in waiting] == [
        "overdue 2025-02-15 14 days late",
        "overdue 2025-02-20 9 days late",
        "due 2025-03-03 in 2 days",
        "coming 2025-03-10 in 9 days",
    ]
    assert [row[1] for row in waiting] == ["Ada Lovelace", "@lena", "nobody", "@lena"]
    assert waiting[0][2:] == [
        "#6 feat: change 6",
        "support tickets about missing rows, weekly data for #6",
        "9 tickets → <= 1 ticket",
    ]


def test_numbers_are_those_of_the_text() -> None:
    card, due = sample_card()
    (rates,) = outcome_tables(card, due, brief=True)
    told = {row[0].partition(",")[0]: row[1:] for row in rates.rows}
    shown = {
        row[0]: row[1:3] for row in tables_of(section((card, due)))["Plans by what became of them"]
    }

    assert shown["evaluated"] == [told["evaluated"][0], "87.5 % (7 of 8)"]
    assert shown["met"] == [told["met"][0], "66.7 % (4 of 6)"]
    assert shown["missed"] == [told["missed"][0], "33.3 % (2 of 6)"]
    assert shown["All"][0] == told["plans"][0]
    assert shown["Their day has passed"][0] == told["evaluated"][1]


def test_evaluated_stands_before_met() -> None:
    words = text_of(section(sample_card()))

    assert words.index("evaluated") < words.index("Met or missed")


def test_hits_and_misses_say_what_was_learned() -> None:
    tables = tables_of(section(sample_card()))
    hits = tables["Targets that were met, the farthest beyond first"]
    misses = tables["Targets that were missed, the farthest from it first"]

    assert hits[0][3:] == ["0 tickets 12 % beyond evidence for #1", LEARNED]
    assert hits[1][3] == "1 ticket at the target a guardrail broke: p95 export <= 2 s"
    assert hits[3][3] == "no number recorded against the number: nobody counts them now"
    assert [row[4] for row in misses] == ["nothing was written down", "lost elsewhere"]


def test_what_did_not_end_is_listed() -> None:
    words = text_of(section(sample_card()))

    for part in (
        "#10 feat: change 10: reverted before anybody looked",
        "#11 feat: change 11: we sell it no more",
        "#9 feat: change 9: the log was off for a week",
        "#4 feat: change 4: p95 export <= 2 s",
        "#12 feat: change 12: target was 45 %, now 40 % (.whygate/bets/x.yml)",
    ):
        assert part in words


def test_what_to_do_next_names_the_overdue() -> None:
    assert "1 measurement</a> had a day, and nobody has said" in page(sample_card())


def test_owners_are_counted_only_when_asked() -> None:
    assert "Plans by owner" not in tables_of(section(sample_card()))
    assert "Plans by owner" in tables_of(section(sample_card(by_owner=True)))


def test_history_without_a_plan_has_no_such_part() -> None:
    shown = page(None)

    assert 'id="outcomes"' not in shown
    assert 'href="#outcomes"' not in shown


def test_nothing_that_waits_is_said() -> None:
    card, _ = sample_card()

    assert "Nothing is overdue, due" in text_of(section((card, empty_card()[1])))


def test_addresses_are_https_or_no_links() -> None:
    links = [a.get("href", "") for a in section(sample_card()).iter("a")]

    assert "https://bi.example.org/4" in links
    assert all(link.startswith("https://") for link in links)


@pytest.mark.parametrize("text", [*HOSTILE, "</script><img src=x onerror=alert(1)>", "{{ 7*7 }}"])
def test_hostile_text_is_only_text(text: str) -> None:
    told = [make_result("met", value=text, note=text, evidence=text, forced=text)]
    missed = [make_result("missed", note=text, evidence=text, guardrails=("broken",))]
    gone = [make_result("abandoned", note=text)]
    more: dict[str, object] = {
        **dict.fromkeys(("title", "metric", "target", "baseline", "owner", "source", "kind"), text),
        "guardrails": (text,),
        "area": text,
        "url": text,
        "moved": (Moved(text, text, text, text),),
    }
    made = [
        make_outcome(n, results, today=TODAY, **more)  # type: ignore[arg-type]
        for n, results in enumerate((told, missed, gone, []), 1)
    ]
    found = Outcomes(tuple(made))
    card = keep_score(found, TODAY, Shipped(), by_owner=True)
    part = section((card, list_due(found, today=TODAY, within=14)))

    tags = {element.tag for element in part.iter()}
    names = {name for element in part.iter() for name in element.attrib}
    assert not tags & {"script", "img", "iframe", "object", "style", "b", "i"}
    assert not {name for name in names if name.startswith("on")}
    assert "49" not in text_of(part) or "7*7" in text_of(part)


def test_page_keeps_its_policy_and_loads_nothing() -> None:
    shown = page(sample_card())

    assert "default-src 'none'" in shown
    assert not re.search(r"<[^>]+\s(?:style|onclick|src)=", shown)
    assert page(sample_card()) == shown
