"""Blocks and words are CommonMark's: every example of the specification, and GitHub's tables."""

from __future__ import annotations

import os
import re
from html import escape, unescape
from pathlib import Path

import cmarkgfm  # type: ignore[import-untyped]
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from whygate.text.document import headings
from whygate.text.markup import Block, Layout, Span, parse_blocks, split_lines

ROOT = Path(__file__).resolve().parents[2]
INSTALLED = ROOT / "node_modules" / "commonmark-spec" / "spec.txt"
EXAMPLE = re.compile(r"^`{32} example\n(.*?)^\.\n(.*?)^`{32}$", re.MULTILINE | re.DOTALL)
HEADING = re.compile(r"<h([1-6])>(.*?)</h\1>", re.DOTALL)
TAG = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9-]*)\b[^<>]*>")
# What a block shows as; rules, emphasis and the parts of a table are no blocks of ours.
NAMES = {"quote": "blockquote", "list": "ul", "item": "li", "table": "table"}
NAMES |= {"row": "tr", "cell": "td", "paragraph": "p"}
LEFT_OUT = frozenset(("em", "strong", "hr", "br", "tbody", "thead", "del"))
SAME = {"ol": "ul", "th": "td"}
SPANS = {"link": "<a>", "end": "</a>", "image": "<img>"}


def load_examples() -> list[tuple[str, str]]:
    """Return (Markdown, HTML) of each example; arrows in the specification stand for tabs."""
    path = Path(os.environ.get("WHYGATE_COMMONMARK_SPEC") or INSTALLED)
    if not path.is_file():
        pytest.fail(
            f"{path} is missing: run `npm install --no-save commonmark-spec@0.31.2`, or set "
            "WHYGATE_COMMONMARK_SPEC to its spec.txt"
        )
    text = path.read_text(encoding="utf-8").partition("<!-- END TESTS -->")[0]
    return [
        (markdown.replace("\u2192", "\t"), html.replace("\u2192", "\t"))
        for markdown, html in EXAMPLE.findall(text)
    ]


def render(block: Block) -> str:
    """Return a block as HTML, with the words of its spans."""
    if block.kind in ("fence", "code"):
        return f"<pre><code>{escape(block.text)}</code></pre>"
    if block.kind == "html":
        return block.text
    name = f"h{block.level}" if block.kind == "heading" else NAMES[block.kind]
    return f"<{name}>{''.join(map(render, block.children))}{render_spans(block)}</{name}>"


def render_spans(block: Block) -> str:
    return "".join(map(render_span, block.spans))


def render_span(span: Span) -> str:
    _, _, what, text = span
    if what == "code":
        return f"<code>{escape(text)}</code>"
    if what == "text":
        return escape(text)
    return SPANS.get(what, text)


def outline(html: str) -> str:
    """Return HTML with the tags of blocks and links only, and white space folded.

    In a list item no paragraph is told from plain words: that is what makes a list tight.
    """
    items = 0

    def fold(found: re.Match[str]) -> str:
        nonlocal items
        name = SAME.get(found[2], found[2])
        if name == "li":
            items += -1 if found[1] else 1
        if name in LEFT_OUT or (name == "p" and items):
            return " " if name in ("br", "p") else ""
        return f"<{found[1]}{name}>"

    plain = unescape(TAG.sub(fold, html.replace("&lt;", "\0").replace("&gt;", "\1")))
    return re.sub(r"\s*(</?(?!a>|/a>|code>)[a-z0-9]+>)\s*", r"\1", " ".join(plain.split()))


def parse(markdown: str) -> Layout:
    return parse_blocks(split_lines(markdown))


def shown(markdown: str) -> str:
    return outline("".join(map(render, parse(markdown).blocks)))


def test_blocks_all_examples_of_the_specification() -> None:
    examples = load_examples()

    wrong = {
        number: (markdown, shown(markdown), outline(html))
        for number, (markdown, html) in enumerate(examples, 1)
        if shown(markdown) != outline(html)
    }

    assert len(examples) == 652
    assert wrong == {}


def test_headings_all_examples_of_the_specification() -> None:
    def expected(html: str) -> list[tuple[int, str]]:
        found = HEADING.findall(html)
        return [(int(n), " ".join(unescape(re.sub("<[^>]*>", "", t)).split())) for n, t in found]

    wrong = {
        number: (markdown, found, expected(html))
        for number, (markdown, html) in enumerate(load_examples(), 1)
        if (found := [(h.level, h.text) for h in headings(markdown)]) != expected(html)
    }

    assert wrong == {}


@pytest.mark.parametrize(
    "markdown",
    [
        pytest.param("| a | b |\n|---|:-:|\n| c | d |\n", id="two columns"),
        pytest.param("a | b\n-|-\nc | d\nlast\n\nno row\n", id="without outer pipes"),
        pytest.param("| a |\n|---|\n| b | too many |\n|\n| c |\n", id="long and short rows"),
        pytest.param("| a | b |\n|---|\n| c |\n", id="rule of another width"),
        pytest.param("| `a \\| b` | \\| |\n|-|-|\n| **c** | [d](e) |\n", id="escaped pipes"),
        pytest.param("a |\n---\n", id="heading with a pipe"),
        pytest.param("words\n| a | b |\n|---|---|\n| c | d |\n", id="below a paragraph"),
        pytest.param("| a | b |\n|---|---|\n| c | d |\n> quote\n", id="ended by a quote"),
        pytest.param("- | a | b |\n  |---|---|\n  | c | d |\n- e\n", id="in a list"),
        pytest.param("> | a |\n> |---|\n> | c |\n", id="in a quote"),
        pytest.param("    | a |\n    |---|\n", id="code"),
        pytest.param("| a |\n|---|\n", id="only a head"),
    ],
)
def test_tables_are_github_s(markdown: str) -> None:
    html = cmarkgfm.github_flavored_markdown_to_html(markdown)

    assert shown(markdown) == outline(html)


def test_blocks_know_their_lines_and_places() -> None:
    layout = parse(
        "text\n\n> # a\n- b\n  ===\n\n- *c*\n  d\\*\n\n```x\n\u00e9\n```\n\n| e |\n|-|\n| f |\n"
    )

    found = [
        (block.kind, block.start, block.end, layout.source[block.offset :][:2])
        for block in layout.walk()
        if block.text
    ]

    assert found == [
        ("paragraph", 0, 1, "te"),
        ("heading", 2, 3, "a\n"),
        ("heading", 3, 5, "b\n"),
        ("paragraph", 6, 8, "*c"),
        ("fence", 9, 12, "\u00e9\n"),
        ("cell", 13, 14, "e "),
        ("cell", 15, 16, "f "),
    ]


LINES = st.sampled_from(
    (
        *("", "", " ", "## Problem", "# a #", "a", "- b", "* *c* d", "1. e", "  f", "    g", "\th"),
        *(
            "> i",
            "> - j",
            "<!-- k",
            "k -->",
            "<details>",
            "</details>",
            "```",
            "~~~ y",
            "---",
            "===",
        ),
        *(
            "`l",
            "m` n",
            "**o**: p",
            "[q](r",
            "s) t",
            "[u]: v",
            "[u][]",
            "| w | x |",
            "|-|-|",
            "y\\",
        ),
        *(
            "z  ",
            "\\*",
            "&amp; \u00e9",
            "\u4e16 \U0001f4a5",
            "a\x0bb",
            "\x0c",
            "\ud800",
            "- [ ] box",
        ),
    )
)


@settings(max_examples=300, deadline=None)
@given(st.lists(LINES, max_size=8).map("\n".join))
def test_text_of_a_block_stands_where_it_says(text: str) -> None:
    layout = parse(text)

    for block in layout.walk():
        assert 0 <= block.start < block.end <= len(layout.lines)
        if block.edges:
            written = [layout.lines[line] for line in range(block.start, block.end)]
            pieces = block.text.split("\n")
            assert len(pieces) == len(block.edges) <= len(written)
            for (begin, end), piece, line in zip(block.edges, pieces, written, strict=False):
                assert block.kind == "cell" or layout.source[begin:end] == piece
                assert block.kind == "cell" or piece in line
            assert list(block.spans) == sorted(block.spans, key=lambda span: span[0])


@pytest.mark.parametrize(
    ("head", "row", "rows", "is_table"),
    [
        pytest.param("|a|b|\n|-|-|\n", "|c|d|\n", 10_000, True, id="full-rows"),
        pytest.param("a|b\n-|-\n", "c|d\n", 10_000, True, id="no-outer-pipes"),
        pytest.param("|a" * 60 + "|\n" + "|-" * 60 + "|\n", "|b|\n", 50, True, id="few-short-rows"),
        pytest.param("|a" * 8 + "|\n" + "|-" * 8 + "|\n", "b\n", 30_000, False, id="bare-lines"),
        pytest.param(
            "> " + "|a" * 60 + "|\n> " + "|-" * 60 + "|\n", "> b\n", 9_000, False, id="in-a-quote"
        ),
        pytest.param(
            "|a" * 500 + "|\n" + "|-" * 500 + "|\n", "|b|\n", 15_000, False, id="wide-head"
        ),
    ],
)
def test_table_holds_no_more_cells_than_the_text_has_letters(
    head: str, row: str, rows: int, is_table: bool
) -> None:
    text = head + row * rows
    blocks = list(parse_blocks(split_lines(text)).walk())

    assert any(block.kind == "table" for block in blocks) is is_table
    assert len(blocks) <= len(text) + 20_000
