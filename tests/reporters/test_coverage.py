"""A coverage for a terminal and as Markdown: the same tables, aligned, drawn or escaped."""

from __future__ import annotations

import re
from datetime import date
from html.parser import HTMLParser
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from markdown_it import MarkdownIt
from tests.reporters.conftest import ANY_HISTORY, make_basis, make_record, small_history

from whygate.audit.coverage import Coverage, Tally, count_coverage
from whygate.reporters.coverage import (
    coverage_tables,
    render_markdown,
    render_rich,
    render_text,
    render_trend,
)

if TYPE_CHECKING:
    from whygate.audit.record import Record

HARMLESS = {"h1", "h2", "ul", "li", "strong", "code", "p"}
HARMLESS |= {"table", "thead", "tbody", "tr", "th", "td"}
TEXT = """\
repository: acme/shop
range: v1..main
head: 0123456789abcdef0123456789abcdef01234567
unit: first-parent changes
today: 2026-03-09 (UTC)
configuration: .whygate.yml, preset adopt
schema: product-context 1

Changes
                                                   changes
all                                                     10
not asked: merge of branches                             2
not asked: bot (by the author's name, unverified)        1
blind: the description is on the forge                   1
judged                                                   6
exempt: internal                                         1
had to answer                                            5

Coverage
state     changes  of   share
complete        2   5  40.0 %
partial         1   5  20.0 %
missing         2   5  40.0 %
exempt          1   6  16.7 %

Fields
field        changes  of   share  read under
problem            3   6  50.0 %  Why 2, Problem 1
audience           0   6   0.0 %
outcome            0   6   0.0 %
measurement        2   6  33.3 %  Metric 2

Read from
form     changes  of   share
section        2   6  33.3 %
trailer        1   6  16.7 %

By month
month   changes judged complete partial missing exempt blind   not complete
                                                             asked of asked
2026-02       4      2        1       0       1      0     1     1        -
2026-03       5      4        1       1       1      1     0     1        -
unknown       1      0        0       0       0      0     0     1        -

By kind
kind    changes judged complete partial missing exempt blind   not complete
                                                             asked of asked
feature       6      5        2       1       1      1     0     1        -
fix           2      1        0       0       1      0     1     0        -
merge         2      0        0       0       0      0     0     2        -

What fails most
rule   name                 changes  errors  of   share  such as
WG103  measurement-missing        2       2   6  33.3 %  #8 change 8
WG104  audience-missing           1       0   6  16.7 %  #6 a|b <i>

Exempt features
change  title        class
#5      tiny export  internal
"""


class Reader(HTMLParser):
    """Collects the tags and the cells of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.names: set[str] = set()
        self.cells: list[str] = []
        self.is_in_cell = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.names |= {name for name, _ in attrs}
        if tag == "td":
            self.cells.append("")
            self.is_in_cell = True

    def handle_endtag(self, tag: str) -> None:
        self.is_in_cell = self.is_in_cell and tag != "td"

    def handle_data(self, data: str) -> None:
        if self.is_in_cell:
            self.cells[-1] += data


def grouped(history: list[Record]) -> Coverage:
    return count_coverage(history, adopted=date(2026, 1, 15), by_area=True, by_author=True)


def read_page(markdown: str) -> Reader:
    reader = Reader()
    rules = ["table", "strikethrough"]
    reader.feed(MarkdownIt("commonmark").enable(rules).render(markdown))
    return reader


def test_text_of_a_history() -> None:
    assert render_text(make_basis(), count_coverage(small_history())) == TEXT


@pytest.mark.parametrize("history", [[], [make_record(1, "skipped", reason="docs")]])
def test_history_with_nothing_to_judge_says_so(history: list[Record]) -> None:
    coverage = count_coverage(history)

    assert render_text(make_basis(), coverage).endswith("\n\nnothing to judge\n")
    assert render_markdown(make_basis(), coverage).endswith("\n\nNothing to judge.\n")


@settings(max_examples=60, deadline=None)
@given(ANY_HISTORY)
def test_text_obeys_nobody(history: list[Record]) -> None:
    lines = render_text(make_basis(), grouped(history)).split("\n")

    assert all(line.isprintable() and line == line.rstrip(" ") for line in lines)
    assert not [line for line in lines if line.startswith("::") or "##[" in line]


def test_markdown_starts_with_the_basis_and_aligns_numbers() -> None:
    lines = render_markdown(make_basis(), count_coverage(small_history())).split("\n")

    assert lines[:3] == ["# Product context of the history", "", "- **repository:** acme/shop"]
    assert lines[lines.index("## Coverage") + 2 :][:3] == [
        "| state | changes | of | share |",
        "| --- | ---: | ---: | ---: |",
        "| complete | 2 | 5 | 40.0 % |",
    ]
    assert "#6 a¦b <i>" in read_page("\n".join(lines)).cells  # in code, where a bar ends a cell


@settings(max_examples=100, deadline=None)
@given(ANY_HISTORY)
def test_markdown_shows_the_words_and_makes_nothing_of_them(history: list[Record]) -> None:
    coverage = grouped(history)
    page = read_page(render_markdown(make_basis(), coverage))
    cells = [cell for t in coverage_tables(coverage) for row in t.rows for cell in row]

    assert page.tags <= HARMLESS
    assert page.names <= {"style"}  # the alignment of a column
    shown = [cell.replace("¦", "|").strip() for cell in page.cells]
    assert shown == [cell.replace("¦", "|").strip() for cell in cells]


def test_markdown_mentions_nobody_and_links_no_issue() -> None:
    history = [make_record(rules=(("WG101", "error"),), title="@lena #12 https://example.org")]
    text = render_markdown(make_basis(notes=("by @lena",)), count_coverage(history))

    outside = re.sub("`[^`]*`", "", text)
    assert "`by @lena`" in text
    assert "@" not in outside
    assert "#12" not in outside
    assert "://" not in outside


@pytest.mark.parametrize("width", [40, 80, 200])
@pytest.mark.parametrize("color", [True, False])
def test_drawn_page_fits_the_terminal(width: int, *, color: bool) -> None:
    page = render_rich(make_basis(), grouped(small_history()), width=width, color=color)

    assert ("\x1b[" in page) == color
    if not color:
        assert max(map(len, page.split("\n"))) <= width
        assert "complete, month by month: " in page.replace("\n", " ")


def test_drawn_page_takes_no_markup_from_the_history() -> None:
    history = [make_record(rules=(("WG101", "error"),), title="[red]a[/] :bug: [link=x]b")]
    page = render_rich(make_basis(), count_coverage(history), width=200, color=False)

    assert "[red]a[/] :bug: [link=x]b" in page


def test_trend_is_a_bar_a_month_and_a_gap_under_five() -> None:
    months = {
        "2026-01": Tally(missing=5),
        "2026-02": Tally(complete=4),
        "2026-03": Tally(complete=5, missing=5),
        "2026-04": Tally(complete=9),
    }
    coverage = Coverage(months=months)

    assert render_trend(coverage) == "complete, month by month: \u2581 \u2585\u2588"


def test_trend_shows_four_years() -> None:
    months = {f"{2000 + n // 12}-{n % 12 + 1:02}": Tally(complete=5) for n in range(60)}

    assert render_trend(Coverage(months=months)).endswith(": " + "\u2588" * 48)
