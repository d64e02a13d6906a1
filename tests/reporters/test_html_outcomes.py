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


def section(looked: Looked | None, name: str = "outcomes") -> Element:
    root: Element = html5lib.parse(page(looked), treebuilder="etree", namespaceHTMLElements=False)
    found = root.find(f".//section[@aria-labelledby='{name}']")
    assert found is not None
    return found


def items_of(part: Element, kind: str) -> list[str]:
    """Return the texts of the items of each list of a class."""
    return [
        text_of(item) for found in part.iter("ul") if found.get("class") == kind for item in found
    ]


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


def test_what_waits_stands_by_owner_the_longest_overdue_first() -> None:
    part = section(sample_card(), "due")
    owners = [text_of(head) for head in part.iter("h3")]
    items = items_of(part, "due-list")

    assert owners == ["Ada Lovelace 1", "@lena 2", "nobody 1"]
    assert [item.split(" #")[0] for item in items] == [
        "14 days late 2025-02-15",
        "9 days late 2025-02-20",
        "in 9 days 2025-03-10",
        "in 2 days 2025-03-03",
    ]
    assert items[0].endswith(
        "#6 feat: change 6 support tickets about missing rows, weekly: "
        "9 tickets → <= 1 ticket data for #6"
    )
    assert text_of(part).count("whygate record") == 1


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


def test_results_say_what_was_measured_and_learned() -> None:
    items = {
        item.split()[0]: item for item in items_of(section(sample_card(), "came-of-it"), "results")
    }

    assert "met 2025-02-14" in items["#1"]
    assert "9 tickets → 0 tickets, target <= 1 ticket 12 % beyond evidence for #1" in items["#1"]
    assert items["#1"].endswith(LEARNED)
    assert "at the target a guardrail broke: p95 export <= 2 s" in items["#4"]
    assert "no number" in items["#5"]
    assert "recorded against the number: nobody counts them now" in items["#5"]
    assert items["#3"].endswith("nothing was written down")
    assert items["#2"].endswith("lost elsewhere")


def test_measured_outcome_has_a_chart_before_and_after() -> None:
    part = section(sample_card(), "came-of-it")
    charts = {c.get("aria-label") for c in part.iter("{http://www.w3.org/2000/svg}svg")}
    charts |= {c.get("aria-label") for c in part.iter("svg")}

    assert any(
        label and label.startswith("#2, before and after: ") and "3 ticket" in label
        for label in charts
    )
    assert any(label and label.startswith("Plans by the month") for label in charts)


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
    assert "No change has a plan yet, so nothing can come due" in shown


def test_nothing_that_waits_is_said() -> None:
    card, _ = sample_card()

    assert "Nothing is overdue, due" in text_of(section((card, empty_card()[1]), "due"))


def test_addresses_are_https_or_no_links() -> None:
    links = [a.get("href", "") for a in section(sample_card(), "due").iter("a")]

    assert "https://bi.example.org/4" in links
    assert all(link.startswith(("https://", "#c-")) for link in links)


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
    looked = card, list_due(found, today=TODAY, within=14)

    for part in (section(looked, name) for name in ("came-of-it", "due", "outcomes")):
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
