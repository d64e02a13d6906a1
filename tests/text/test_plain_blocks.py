"""What is read without the parser library is what the parser library reads."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from tests.text.test_commonmark_headings import load_examples

from whygate.text.block_library import assemble, block_parser
from whygate.text.inline import InlineReader, Run, _read_plain_spans
from whygate.text.layout import Block, Kind, Layout, parse_blocks, split_lines
from whygate.text.plain_blocks import read_plain_block

LINES = (
    *("", " ", "## Problem", "# a #", "#", "####### b", "###### `x`", "## [ ] a", "#a"),
    *("- Metric: x", "- **Target:** 5", "* other", "-", "- ", "-  two", "- 1. x", "  - nested"),
    *("<!-- how? -->", "<!-- open", "end --> tail", "<!-->", "<!-- a --> b", "<details>"),
    *("Words.", "words *here*", "**Bold**: x", "`code` first", "[a](https://x.org)", "(a)"),
    *("---", "===", "1. one", "> quote", "    code", "\tcode", "a | b", "|-|-|", "```", "+ plus"),
    *("[a]: https://x.org", "[a]", "trailing  ", "back\\", "*** x", "**", "__b__", "é", "a\u2028b"),
    *(
        "1. first",
        "2) second",
        "12. more  ",
        "   goes on",
        " lazy  ",
        "- [ ] box",
        "- [a] | b",
        "\t",
    ),
    *(
        "- `code`",
        "# a | b",
        "<!-- a | b -->",
        "## \u00a0",
        "* a\u00a0",
        "[a",
        "b]: x",
        "~~~",
        "  - b",
    ),
)
PLAIN = (
    *("", "## Problem", "- Metric: x", "- Target", "Words.", "**B** x", "<!-- a -->", "`c` d"),
    *("1. one", "2. two", "3) three", "  goes on", "     far in  ", "- [ ] box", "a | b", "*"),
)


def parse_marked(lines: tuple[str, ...], breaks: tuple[int, ...] = ()) -> Layout:
    """Return the blocks that the parser library alone reads."""
    parser = block_parser()
    env: dict[str, dict[str, object]] = {"references": {}}
    blocks: list[Block] = []
    starts = sorted({0, *breaks})
    for start, end in zip(starts, [*starts[1:], len(lines)], strict=True):
        source = "\n".join(lines[start:end]) + "\n"
        blocks.extend(assemble(parser.block.parse(source, parser, env, []) or [], start))
    return Layout(lines, tuple(blocks), env["references"])


def content_of(layout: Layout) -> tuple[tuple[Block, ...], dict[str, tuple[object, object]]]:
    """Return the blocks of a text and its links; the library counts their lines from anywhere."""
    links = {
        label: (link["href"], link["title"])
        for label, link in layout.references.items()
        if isinstance(link, dict)
    }
    return layout.blocks, links


def read_plainly(lines: tuple[str, ...]) -> tuple[Block, ...]:
    """Return the blocks of a text that none of them needs the parser library for."""
    blocks: list[Block] = []
    at = 0
    while at < len(lines):
        if lines[at]:
            block = read_plain_block(lines, at)
            assert block is not None
            blocks.append(block)
        at = blocks[-1].end if lines[at] else at + 1
    return tuple(blocks)


def test_blocks_of_the_specification_are_those_of_the_parser() -> None:
    for markdown, _ in load_examples():
        lines = split_lines(markdown)

        assert content_of(parse_blocks(lines)) == content_of(parse_marked(lines))


@given(st.lists(st.sampled_from(LINES), min_size=1, max_size=7).map(tuple))
@example(("- a", "", "b", ""))
@example(("[a]", "", "Words.", "", "> [a]: https://x.org"))
@settings(max_examples=300, deadline=None)
def test_blocks_are_those_of_the_parser(lines: tuple[str, ...]) -> None:
    assert content_of(parse_blocks(lines)) == content_of(parse_marked(lines))


@given(st.lists(st.sampled_from(PLAIN), min_size=1, max_size=9).map(tuple))
@example(("- a", "b", " c", "    d  ", "- e", "", "f"))
@settings(max_examples=300, deadline=None)
def test_plain_lines_are_those_of_the_parser(lines: tuple[str, ...]) -> None:
    assert content_of(parse_blocks(lines)) == content_of(parse_marked(lines))


@given(st.lists(st.sampled_from(LINES + PLAIN), min_size=3, max_size=9).map(tuple), st.data())
@settings(max_examples=100, deadline=None)
def test_every_break_ends_what_is_open(lines: tuple[str, ...], data: st.DataObject) -> None:
    breaks = tuple(sorted(data.draw(st.sets(st.integers(1, len(lines) - 1), max_size=2))))

    assert content_of(parse_blocks(lines, breaks)) == content_of(parse_marked(lines, breaks))


def test_a_template_with_answers_is_read_without_the_parser() -> None:
    lines = ("## Problem", "", "<!-- Who?", "", "How do you know? -->", "TBD", "- Metric: x", "")
    item = Block(Kind.PARAGRAPH, 6, 7, "Metric: x")

    assert read_plainly(lines) == (
        Block(Kind.HEADING, 0, 1, "Problem", 2),
        Block(Kind.HTML, 2, 5, "<!-- Who?\n\nHow do you know? -->\n"),
        Block(Kind.PARAGRAPH, 5, 6, "TBD"),
        Block(Kind.LIST, 6, 8, children=(Block(Kind.ITEM, 6, 8, children=(item,)),)),
    )


def test_wrapped_items_are_read_without_the_parser() -> None:
    lines = ("1. a", "b  ", "     c", "2. [ ] d", "", "Words.")
    first = Block(Kind.PARAGRAPH, 0, 3, "a\nb  \n  c")
    second = Block(Kind.PARAGRAPH, 3, 4, "[ ] d")
    items = (
        Block(Kind.ITEM, 0, 3, children=(first,)),
        Block(Kind.ITEM, 3, 5, children=(second,)),
    )

    assert read_plainly(lines) == (
        Block(Kind.LIST, 0, 5, children=items),
        Block(Kind.PARAGRAPH, 5, 6, "Words."),
    )


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("- a\n\n- b", id="loose list"),
        pytest.param("- a\n1. b", id="a number behind a bullet"),
        pytest.param("- a\n  - b", id="nested list"),
        pytest.param("a\n2. b", id="a number that ends no paragraph"),
        pytest.param("- [a\n  b]: c", id="definition in an item"),
        pytest.param("<!-- a\n\x0b -->", id="control in a comment"),
        pytest.param("- a\n* b", id="two lists"),
        pytest.param("- a\n\n  b", id="item goes on"),
        pytest.param("a\n---", id="underlined"),
        pytest.param("<!-- b", id="comment without end"),
        pytest.param("\u2028", id="separator"),
        pytest.param("## a |", id="pipe"),
    ],
)
def test_what_could_be_more_is_left_to_the_parser(text: str) -> None:
    assert read_plain_block(text.split("\n"), 0) is None


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
