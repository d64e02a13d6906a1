"""What a terminal or a CI runner would obey is written out; everything else stays."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from whygate.text.clean import clean, clean_line

ROWS = [
    ("plain text, tab\tand\nnewline", "plain text, tab\tand\nnewline"),
    ("\x1b[31mred\x1b[0m", "<U+001B>[31mred<U+001B>[0m"),
    ("\x9b31m", "<U+009B>31m"),
    ("ring\x07", "ring<U+0007>"),
    ("over\rwritten", "over<U+000D>written"),
    ("user\u202e", "user<U+202E>"),
    ("a\u2066b\u2069", "a<U+2066>b<U+2069>"),
    ("zero\u200bwidth", "zero<U+200B>width"),
    ("soft\u00adhyphen", "soft<U+00AD>hyphen"),
    ("line\u2028para\u2029next\x85", "line<U+2028>para<U+2029>next<U+0085>"),
    ("tag\U000e0041", "tag<U+E0041>"),
    ("half\udcff", "half<U+DCFF>"),
    ("Grüße, 日本語, ٣, 🎉, e\u0301", "Grüße, 日本語, ٣, 🎉, e\u0301"),
    ("::error file=a::b", ": :error file=a::b"),
    ("ok\n \t::stop-commands::x", "ok\n \t: :stop-commands::x"),
    ("\u3000::add-mask::x", "\u3000: :add-mask::x"),
    (":::x", ": ::x"),
    ("std::vector and a ## [x]", "std::vector and a ## [x]"),
    ("##[error]b ###[x]", "## [error]b ### [x]"),
]


@pytest.mark.parametrize(("text", "shown"), ROWS, ids=[ascii(row[0]) for row in ROWS])
def test_clean_writes_out_what_would_be_obeyed(text: str, shown: str) -> None:
    assert clean(text) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [("a\r\nb\nc\td", "a b c d"), ("a\rb", "a<U+000D>b"), ("x\n::y", "x ::y"), ("::y", ": :y")],
    ids=ascii,
)
def test_clean_line_is_one_line(text: str, shown: str) -> None:
    assert clean_line(text) == shown


@settings(max_examples=300, deadline=None)
@given(st.text(st.characters(exclude_categories=())))
def test_clean_leaves_nothing_unprintable_and_changes_nothing_twice(text: str) -> None:
    shown = clean(text)

    assert not {
        unicodedata.category(mark) for mark in shown.replace("\n", "").replace("\t", "")
    } & {
        "Cc",
        "Cs",
        "Zl",
        "Zp",
    }
    assert clean(shown) == shown
    assert "##[" not in shown
    assert not any(line.lstrip().startswith("::") for line in shown.split("\n"))
    assert "\n" not in clean_line(text)
