from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from whygate.context.extract import extract_context
from whygate.model import Change, Origin, Part
from whygate.schema.document import bundled_schema
from whygate.text import written
from whygate.text.document import parse_document
from whygate.text.labels import may_hold_sections

if TYPE_CHECKING:
    from whygate.model import Context
    from whygate.text.document import Document

SCHEMA = bundled_schema()
PARTS = SCHEMA.vocabulary.parts
LABELS = frozenset(SCHEMA.vocabulary.labels)


def find_anything(text: str, skip_lines: frozenset[int] = frozenset()) -> bool:
    document: Document = parse_document(text, LABELS, parts=PARTS, skip_lines=skip_lines)
    return bool(document.sections or document.fences or document.hidden or document.unclosed)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="nothing"),
        pytest.param("\n\n", id="blank-lines"),
        pytest.param("The storage answers 503 for a while, so it is asked again.", id="prose"),
        pytest.param("It fails:\n\n    make: [all] Error 2\n", id="code"),
        pytest.param("- one thing\n- another one: a third\n\n1. first\n", id="lists"),
        pytest.param("Reviewed by: Ada\nSee: https://example.org/a?b=1", id="unknown-labels"),
        pytest.param("#12 broke it, and so did\n#hashtag", id="no-heading"),
        pytest.param("> quoted words\n\n<b>bold</b> &amp; *slanted*, `code`", id="inline"),
        pytest.param("the problem is that nobody looks", id="label-in-prose"),
        pytest.param("a -- b\n\n* * *\n", id="dashes"),
        pytest.param(
            "**/*.c is found\n__init x\n***\n____\na ** * ** b\nsee __init__ there\n", id="no-bold"
        ),
        pytest.param("|a|b|\n|-|-|\n|1|2|\n", id="table"),
    ],
)
def test_may_hold_sections_without_a_trace_of_one(text: str) -> None:
    assert not may_hold_sections(text, LABELS)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("words\n\n## Anything\n", id="atx"),
        pytest.param("   #\n", id="empty-atx"),
        pytest.param("Anything\n===\n", id="setext-equals"),
        pytest.param("Anything\n  -  \n", id="setext-dash"),
        pytest.param("**Anything**\n", id="bold"),
        pytest.param("\U0001f4a5 **Problem** x", id="emoji-before-bold"),
        pytest.param("a\n\n__Anything__\n", id="bold-underscores"),
        pytest.param("Problem: nobody looks", id="label"),
        pytest.param("Problem\uff1anobody looks", id="wide-colon"),
        pytest.param("_Problem:_ nobody looks", id="slanted-label"),
        pytest.param("a\n\nPROBLEM\n\nnobody looks", id="bare"),
        pytest.param("1. Problem\n", id="numbered"),
        pytest.param("(1) Problem: x\n", id="number-in-brackets"),
        pytest.param("\U0001f4a5 Problem: x\n", id="emoji"),
        pytest.param(":boom: Problem\n", id="shortcode"),
        pytest.param("Pro*ble*m: x\n", id="joined-by-emphasis"),
        pytest.param("Pro<b></b>blem: x\n", id="joined-by-tags"),
        pytest.param("Prob![a](b)lem: x\n", id="joined-by-image"),
        pytest.param("Pro&shy;blem: x\n", id="joined-by-entity"),
        pytest.param("Pro\u200bblem: x\n", id="joined-by-invisible-character"),
        pytest.param("\uff30roblem: x\n", id="compatibility-letter"),
        pytest.param("[Problem](#why): x\n", id="link"),
        pytest.param("\u00a0" * 200 + "Problem: x\n", id="odd-white-space"),
        pytest.param("\x0cProblem: x\n", id="form-feed"),
        pytest.param("> Problem\n", id="quoted"),
        pytest.param("> " * 150 + "Problem\n", id="quoted-often"),
        pytest.param("> Problem --> nobody looks: ever\n", id="quoted-before-arrow"),
        pytest.param("a\n\n    # 1. Problem\n", id="code"),
        pytest.param("- a\nProblem: x\n", id="below-a-list"),
        pytest.param("<details>\nProblem\n</details>\n", id="details"),
        pytest.param("<!-- a -->", id="comment"),
        pytest.param("<!DOCTYPE html", id="declaration"),
        pytest.param("~~~\nx\n~~~\n", id="fence"),
        pytest.param("`" * 4, id="unclosed-fence"),
    ],
)
def test_may_hold_sections_with_a_trace_of_one(text: str) -> None:
    assert may_hold_sections(text, LABELS)


def test_may_hold_sections_in_skipped_lines_only() -> None:
    text = "## Problem\nnobody looks\n\nOutcome: somebody does"

    assert may_hold_sections(text, LABELS, skip_lines={1})
    assert not may_hold_sections(text, LABELS, skip_lines={1, 4})


def test_may_hold_sections_without_a_vocabulary() -> None:
    assert not may_hold_sections("Problem: nobody looks", frozenset())
    assert may_hold_sections("# Problem", frozenset())


KNOWN = sorted(LABELS)
PIECES = st.sampled_from(
    (
        *("problem", "Problem", "OUTCOME", "Why", "What's the problem", "Who", "word", "words."),
        *(":", ": ", "\uff1a", "?", "-->", "->", "(optional)", ". ", "'", "#1", "\u20e3", ":x:"),
        *("*", "_", "__", "**", "`", "~", "[", "](x)", "![a](b)", "<b>", "</b>", "<", ">", "&amp;"),
        *("x_", "_x", "problem_x", "why_"),
        *("&shy;", "\u200b", "\u00a0", "\u2028", "\x0c", "\x85", "\U0001f4a5", "\ufe0f", "\uff30"),
        *(" ", "  ", "\t", "    ", "1. ", "(2) ", "3", "\\", "|", "é", "\u0301"),
    )
)
FRONTS = st.sampled_from(
    (
        *("", "", "", " ", "    ", "\t", "> ", ">", ">>> ", "- ", "  - ", "* ", "1. ", "> - "),
        *("#", "# ", "###### ", "####### ", "    # ", "> ## ", "- [ ] ", "| ", "   ", "\u00a0"),
    )
)
LINES = st.one_of(
    st.builds(
        "{}{}{}".format,
        FRONTS,
        st.sampled_from(KNOWN),
        st.sampled_from(("", ":", ": x", " y", "?")),
    ),
    st.builds(lambda front, pieces: front + "".join(pieces), FRONTS, st.lists(PIECES, max_size=5)),
    st.sampled_from(("", "", "---", "===", "- - -", "~~", "<details>", "</details>", "|-|-|")),
    st.sampled_from(("[a]: /url", "<div>", "<pre>", "</pre>", "plain words and no more", "<?php")),
)
TEXTS = st.lists(LINES, max_size=7).map("\n".join)


@settings(max_examples=300, deadline=None)
@given(TEXTS, st.frozensets(st.integers(1, 7), max_size=2))
def test_may_hold_sections_is_never_wrong_to_say_no(text: str, skipped: frozenset[int]) -> None:
    found = find_anything(text, skipped)

    assert may_hold_sections(text, LABELS, skip_lines=skipped) or not found


def extract_all(change: Change) -> Context:
    """Return the context as it is read when every text is parsed as Markdown."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(written, "may_hold_sections", lambda *_args, **_options: True)
        return extract_context(change, SCHEMA)


@settings(max_examples=200, deadline=None)
@given(TEXTS, st.sampled_from((Origin.MESSAGE, Origin.DESCRIPTION)), st.lists(LINES, max_size=2))
def test_extract_context_is_the_same_without_markdown(
    text: str, origin: Origin, removed: list[str]
) -> None:
    comments = tuple((at, f"# {line}") for at, line in enumerate(removed, 1))
    change = Change("x", "title", (Part(origin, "x", text, removed=comments),))

    assert extract_context(change, SCHEMA) == extract_all(change)
