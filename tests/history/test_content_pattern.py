"""Traces: a pattern that finds whatever could be a heading, a label or a trailer of ours."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from whygate.history.glance import compile_search, content_pattern
from whygate.schema.document import bundled_schema
from whygate.text.labels import closest_label

LABELS = (
    "problem",
    "the problem",
    "trade off",
    "how will we know",
    "2nd thoughts",
    "whos affected",
)
KEYS = ("problem", "evaluate-by", "bet")
PATTERN = content_pattern(LABELS, KEYS)
has_trace = compile_search(PATTERN)


@pytest.mark.parametrize(
    "line",
    [
        *("Problem", "PROBLEM:", "- Problem: x", "1. Problem", "> `Problem`", '"Problem": x'),
        *("Problem (optional)", "Problem --> x", "the  problem", "Trade-off: x", "trade_off"),
        *("How will we know that it works?", "2nd thoughts: x", "Who's affected: x", "P'roblem"),
        *("[Problem](x)", "[](x) Problem", "![x](y) Problem", ":bug: Problem", ":: Problem"),
        *(
            "Pro*blem*",
            "P<!-- -->roblem",
            "Pr&ouml;blem",
            "\xd0\x9f",
            "the \xd0\x9f",
            "<b>Problem</b>",
        ),
        *(
            "# x",
            "   ###### x",
            "#",
            "**x**",
            "****x****",
            "- __x__ y",
            "- **x**",
            "1) __x__",
            "```",
            "> ~~~",
            "a\rb",
            "x <!",
        ),
        *("===", " ---", "Probelm: x", "evalute-by : x", "bat: x"),
    ],
)
def test_trace_is_found(line: str) -> None:
    assert has_trace(f"Add it\n\nText\n{line}\nmore")
    assert has_trace(f"Add it\n\nText\n{line}")


BUNDLED = bundled_schema().vocabulary
has_bundled_trace = compile_search(content_pattern(BUNDLED.labels, BUNDLED.trailers))
EDITS = st.lists(
    st.tuples(st.integers(0, 14), st.integers(0, 1), st.sampled_from(["", "-by", *"-bysx0"])),
    max_size=2,
)


@settings(max_examples=500, deadline=None)
@given(st.sampled_from(sorted(BUNDLED.trailers)), EDITS)
def test_key_that_resembles_one_of_ours_is_found(
    key: str, edits: list[tuple[int, int, str]]
) -> None:
    written = key
    for at, width, letters in edits:
        written = written[:at] + letters + written[at + width :]

    is_near = written in BUNDLED.trailers or closest_label(written, BUNDLED.trailers)[0] != ""
    assert has_bundled_trace(f"Add it\n\n{written}: x") or not is_near


@pytest.mark.parametrize("letter", "abcdefghijklmnopqrstuvwxyz0123456789-")
@pytest.mark.parametrize(
    ("ours", "written"), [("progre{}s", "progre{}y"), ("progr{}ss", "progr{}by")]
)
def test_key_that_ends_nearly_as_a_signature_is_found(ours: str, written: str, letter: str) -> None:
    key, near = ours.format(letter), written.format(letter)
    has_one = compile_search(content_pattern((), (key,)))

    assert has_one(f"Add it\n\n{near.upper()}: x") or closest_label(near, {key: ""}) == ("", "")


@pytest.mark.parametrize("key", ["Acked-by", "Mentored-by", "ASSISTED-BY", "Reviewed-by"])
def test_signature_leaves_no_trace(key: str) -> None:
    assert not has_bundled_trace(f"Add it\n\n{key}: Ada <a@b.c>")


@pytest.mark.parametrize(
    "line",
    [
        *(
            "",
            "Problems are solved",
            "the cache",
            "The problem is solved",
            "it's slow",
            "I don't know",
        ),
        *("* one", "1. two", "- x: y", "> quoted", "[1] https://example.org", "[x] done", "[a: b]"),
        *("Signed-off-by: Ada <a@b.c>", "See the **problem**", "x --- y", "#12", "####### x"),
        *("**", "***", "____", "** x", "__init x", "a ** b", "* ** * **"),
        *("trade the old one", "how do you know", "a_problem:", "2 problems", "known: problem"),
    ],
)
def test_prose_leaves_none(line: str) -> None:
    assert not has_trace(f"Add it\n\nText\n{line}\nmore")
    assert not has_trace(f"Add it\n\nText\n{line}")


@pytest.mark.parametrize("subject", ["Problem: x", "# x", "**x**", "Bet: x"])
def test_subject_leaves_none(subject: str) -> None:
    assert not has_trace(f"{subject}\n\nText\n")


def test_rule_below_a_blank_line_underlines_nothing() -> None:
    assert not has_trace("Add it\n\nText\n\n---\n\nMore\n")


def test_pattern_without_words_finds_markup_alone() -> None:
    found = compile_search(content_pattern((), ()))

    assert [found("a\n\n# b"), found("a\n\nProblem: b")] == [True, False]


@settings(max_examples=200, deadline=None)
@given(st.text("aA pPrRoOblLeEmM:\n#*_`-=<!&[]()'\\1\x80\xff\r~", max_size=40))
@example("\n---")
@example("\nproblem")
def test_engine_finds_what_the_standard_library_finds(text: str) -> None:
    assert has_trace(text) == bool(re.search(PATTERN.replace("$", r"\Z"), text))
