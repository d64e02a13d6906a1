"""What is read without the parser library is what the parser library reads."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from whygate.text.inline import InlineReader, Run, _read_plain_spans
from whygate.text.layout import Block, Kind, parse_marked
from whygate.text.plain_blocks import read_plain_blocks

LINES = (
    *("", " ", "## Problem", "# a #", "#", "####### b", "###### `x`", "## [ ] a", "#a"),
    *("- Metric: x", "- **Target:** 5", "* other", "-", "- ", "-  two", "- 1. x", "  - nested"),
    *("<!-- how? -->", "<!-- open", "end --> tail", "<!-->", "<!-- a --> b", "<details>"),
    *("Words.", "words *here*", "**Bold**: x", "`code` first", "[a](https://x.org)", "(a)"),
    *("---", "===", "1. one", "> quote", "    code", "\tcode", "a | b", "|-|-|", "```", "+ plus"),
    *("[a]: https://x.org", "[a]", "trailing  ", "back\\", "*** x", "**", "__b__", "é", "a\u2028b"),
)
PLAIN = ("", "## Problem", "- Metric: x", "- Target", "Words.", "**B** x", "<!-- a -->", "`c` d")


@given(st.lists(st.sampled_from(LINES), min_size=1, max_size=7).map(tuple))
@example(("- a", "", "b", ""))
@settings(max_examples=300, deadline=None)
def test_blocks_are_those_of_the_parser(lines: tuple[str, ...]) -> None:
    plain = read_plain_blocks(lines)

    assert plain is None or plain == parse_marked(lines).blocks


@given(st.lists(st.sampled_from(PLAIN), min_size=1, max_size=9).map(tuple))
@settings(max_examples=300, deadline=None)
def test_plain_lines_are_those_of_the_parser(lines: tuple[str, ...]) -> None:
    plain = read_plain_blocks(lines)

    assert plain is None or plain == parse_marked(lines).blocks


def test_a_template_with_answers_is_read_without_the_parser() -> None:
    lines = ("## Problem", "", "<!-- Who?", "", "How do you know? -->", "TBD", "- Metric: x", "")
    item = Block(Kind.PARAGRAPH, 6, 7, "Metric: x")

    assert read_plain_blocks(lines) == (
        Block(Kind.HEADING, 0, 1, "Problem", 2),
        Block(Kind.HTML, 2, 5, "<!-- Who?\n\nHow do you know? -->\n"),
        Block(Kind.PARAGRAPH, 5, 6, "TBD"),
        Block(Kind.LIST, 6, 8, children=(Block(Kind.ITEM, 6, 8, children=(item,)),)),
    )


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("- a\n\n- b", id="loose list"),
        pytest.param("- a\nb", id="lazy line"),
        pytest.param("- a\n* b", id="two lists"),
        pytest.param("- a\n\n  b", id="item goes on"),
        pytest.param("a\n---", id="underlined"),
        pytest.param("## a\n<!-- b", id="comment without end"),
        pytest.param("## a\n\u2028", id="separator"),
        pytest.param("## a |", id="pipe"),
    ],
)
def test_what_could_be_more_is_left_to_the_parser(text: str) -> None:
    assert read_plain_blocks(text.split("\n")) is None


PIECES = st.sampled_from(
    (
        *("word", " ", "\n", "**bold**", "*em*", "**Label:**", "`code`", "`a*b`", "**", "*", "`"),
        *("[text](https://x.org/a)", "[text]", "(", ")", "(https://x.org)", "!", ".", ":", "_"),
        *("\\", "<b>", "&amp;", "[a b](http://y)", "é", "5", "  ", "~", "www.x.org", "a*b*c", "``"),
        *("[", "]", "[x]: ", "\u3000", "https://z.org", "'", "**a b.c**", "*a:*", "#", "“"),
    )
)


@given(st.lists(PIECES, min_size=1, max_size=8).map("".join))
@example("**a:**, b")
@example("[a](https://x.org)[b](https://x.org)")
@settings(max_examples=300, deadline=None)
def test_spans_are_those_of_the_parser(markdown: str) -> None:
    text = markdown.strip()
    plain = _read_plain_spans(text)

    assert plain is None or plain == InlineReader()._parse(text)


def test_spans_of_a_plain_paragraph_are_read_without_the_parser() -> None:
    text = "Users are **happier** with the\n[cart](https://shop.example.org/cart), see `keys.py`."
    words = "Users are happier with the cart, see keys.py."

    assert _read_plain_spans(text) == Run(words, words.replace("cart", " "), links=1)
