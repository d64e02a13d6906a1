"""A document tells its sections, its fences, and what it hides or leaves open."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from whygate.text.document import Document, Fence, Hidden, Section, Unclosed, parse_document

KNOWN = frozenset({"problem", "why", "outcome", "measurement"})
PARTS = frozenset({"metric", "target"})
LINE_END = re.compile(r"\r\n|\n|\r")

GOOD = """\
## Problem
Shoppers lose the cart.

## Outcome
They keep it.
"""


def keys(document: Document) -> list[str]:
    return [section.key for section in document.sections]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(GOOD, ["problem", "outcome"], id="good"),
        pytest.param(GOOD.replace("\n", "\r\n"), ["problem", "outcome"], id="CRLF"),
        pytest.param(GOOD.replace("\n", "\r"), ["problem", "outcome"], id="CR"),
        pytest.param(GOOD.replace("##", "####"), ["problem", "outcome"], id="other level"),
        pytest.param(re.sub("## (.*)", r"**\1**", GOOD), ["problem", "outcome"], id="bold"),
        pytest.param(GOOD.replace("## ", "## \U0001f680 "), ["problem", "outcome"], id="emoji"),
        pytest.param(GOOD.lower(), ["problem", "outcome"], id="lower case"),
        pytest.param(re.sub("## (.*)", r"\1\n---", GOOD), ["problem", "outcome"], id="setext"),
        pytest.param("\ufeff" + GOOD, ["problem", "outcome"], id="byte order mark"),
        pytest.param(GOOD.replace("\n", "\x0c\n"), ["problem", "outcome"], id="form feeds"),
        pytest.param("```\n" + GOOD + "```", [], id="in a fence"),
        pytest.param("<!--\n" + GOOD + "-->", [], id="in a comment"),
        pytest.param("Cart\n\n<!-- why?\n\n" + GOOD, [], id="behind an open comment"),
        pytest.param("fix bug", [], id="headings deleted"),
        pytest.param("", [], id="empty"),
    ],
)
def test_parse_document_of_one_body_in_many_dresses(text: str, expected: list[str]) -> None:
    assert keys(parse_document(text, KNOWN)) == expected


def test_parse_document_other_separators_end_no_line() -> None:
    document = parse_document("a\u2028## Problem\x0bb\x85**Why:** c\n\n## Outcome", KNOWN)

    assert (keys(document), document.sections[0].line) == (["outcome"], 3)


@pytest.mark.parametrize(
    ("text", "count"),
    [
        pytest.param("", 1, id="empty"),
        pytest.param("a", 1, id="no line end"),
        pytest.param("a\n", 1, id="line end"),
        pytest.param("a\r\n\rb\n\n", 4, id="mixed line ends"),
    ],
)
def test_parse_document_line_count(text: str, count: int) -> None:
    assert parse_document(text).line_count == count


@pytest.mark.parametrize(
    ("text", "fence"),
    [
        pytest.param(
            "```yaml a\nb: c\n```", Fence("yaml a", "b: c\n", 2, 1, closed=True), id="backticks"
        ),
        pytest.param(
            "x\r\n~~~\r\na\r\n\r\nb\r\n~~~~", Fence("", "a\n\nb\n", 3, 1, closed=True), id="CRLF"
        ),
        pytest.param("```\na", Fence("", "a\n", 2, 1, closed=False), id="open"),
        pytest.param("a\n\n```", Fence("", "", 4, 1, closed=False), id="open and empty"),
        pytest.param("```\n```", Fence("", "", 2, 1, closed=True), id="empty"),
        pytest.param("```\n\n```", Fence("", "\n", 2, 1, closed=True), id="blank"),
        pytest.param(
            "- a\n  ```x\n  b\n    c\n  ```", Fence("x", "b\n  c\n", 3, 3, closed=True), id="list"
        ),
        pytest.param("  ```\n   a\n  ```", Fence("", " a\n", 2, 3, closed=True), id="indented"),
        pytest.param(
            "- ```\n  a\n\nb", Fence("", "a\n\n", 2, 3, closed=False), id="ended by its item"
        ),
        pytest.param("``` a\\*b &amp;\n```", Fence("a*b &", "", 2, 1, closed=True), id="escapes"),
        pytest.param(
            "<details>\n\n```\na\n```\n", Fence("", "a\n", 4, 1, closed=True), id="details"
        ),
    ],
)
def test_parse_document_fences(text: str, fence: Fence) -> None:
    assert parse_document(text).fences == (fence,)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("> ```\n> a\n> ```", id="quote"),
        pytest.param("<!--\n```\na\n```\n-->", id="comment"),
        pytest.param("<div>\n<!--\n\n```\na\n```\n", id="comment open in raw HTML"),
        pytest.param("    ```\n    a\n", id="indented code"),
        pytest.param("``` a`b\nc", id="backtick in the info string"),
    ],
)
def test_parse_document_no_fences(text: str) -> None:
    assert parse_document(text).fences == ()


def test_parse_document_fence_behind_a_quote_in_an_item() -> None:
    document = parse_document("- > ```\n  > a\n  > ```\n\n  ```\n  b\n  ```")

    assert [fence.text for fence in document.fences] == ["b\n"]


@pytest.mark.parametrize(
    ("text", "hidden"),
    [
        pytest.param(
            "<!--\n## Problem\nx\n-->", Hidden("Problem", "problem", 2, "comment"), id="comment"
        ),
        pytest.param(
            "<!-- ## Problem -->", Hidden("Problem", "problem", 1, "comment"), id="one line"
        ),
        pytest.param(
            "<div>\n<!-- a\n**Why:** b -->\n</div>",
            Hidden("Why", "why", 3, "comment"),
            id="in HTML",
        ),
        pytest.param(
            "<!-- Why: a: b -->", Hidden("Why", "why", 1, "comment"), id="two colons in a comment"
        ),
        pytest.param(
            "<!-- Why\uff1aa -->", Hidden("Why", "why", 1, "comment"), id="full-width colon"
        ),
        pytest.param("a <!--\nWhy: b -->", Hidden("Why", "why", 2, "comment"), id="in a paragraph"),
        pytest.param(
            "<div><!--\n\n## Problem", Hidden("Problem", "problem", 3, "comment"), id="swallowed"
        ),
        pytest.param("```\nWhy:\n```", Hidden("Why", "why", 2, "fence"), id="fence"),
        pytest.param("- ~~~\n  **Why?**", Hidden("Why?", "why", 2, "fence"), id="fence in a list"),
        pytest.param("    Why: b", Hidden("Why", "why", 1, "fence"), id="indented code"),
        pytest.param("> # Problem", Hidden("Problem", "problem", 1, "quote"), id="quote"),
        pytest.param(
            "> ```\n> # Problem", Hidden("Problem", "problem", 2, "quote"), id="fence in a quote"
        ),
        pytest.param(
            "<details>\n\n## Problem\n", Hidden("Problem", "problem", 3, "details"), id="details"
        ),
        pytest.param(
            "<details>\n## Problem\n",
            Hidden("Problem", "problem", 2, "details"),
            id="in the tag's block",
        ),
    ],
)
def test_parse_document_hidden(text: str, hidden: Hidden) -> None:
    (found,) = parse_document(text, KNOWN).hidden

    assert found.source == text.split("\n")[found.line - 1]
    assert replace(found, source="") == hidden


@pytest.mark.parametrize(
    ("text", "hidden"),
    [
        pytest.param(
            "x\n\n<div>\n<!-- ## Problem -->\n<!--\n## Why\n-->\n## Outcome\n</div>\n\nBecause\n",
            [("problem", 4), ("why", 6)],
            id="comments between tags",
        ),
        pytest.param("## Problem\na\n\n```\n## Why\n```\n", [("why", 5)], id="below a heading"),
        pytest.param(
            "- a\n  <!--\n  ## Why\n  -->\n  ## Outcome\n", [("why", 3)], id="inside a list item"
        ),
        pytest.param(
            "<!--\n\n## Problem\n\n## Why\n-->\n\n<!-- open\n## Outcome",
            [("problem", 3), ("why", 5), ("outcome", 9)],
            id="an open comment behind a closed one",
        ),
    ],
)
def test_parse_document_hidden_lines(text: str, hidden: list[tuple[str, int]]) -> None:
    assert [(h.key, h.line) for h in parse_document(text, KNOWN).hidden] == hidden


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("## Problem\na", id="visible"),
        pytest.param("```\nthe problem: a\n```", id="words in code"),
        pytest.param("<!-- say why -->", id="words in a comment"),
        pytest.param("a `b\n**Why:** c`", id="code span"),
        pytest.param("<?a\nWhy: b", id="processing instruction"),
    ],
)
def test_parse_document_nothing_hidden(text: str) -> None:
    assert parse_document(text, KNOWN).hidden == ()


def test_parse_document_hides_nothing_when_nothing_is_known() -> None:
    assert parse_document("<!--\n## Problem\n-->").hidden == ()


@pytest.mark.parametrize(
    ("text", "unclosed"),
    [
        pytest.param("a\n```\nb", (Unclosed("fence", 2),), id="fence"),
        pytest.param("```\n~~~\n``", (Unclosed("fence", 1),), id="other closers"),
        pytest.param("a\n\n<!-- b\n\nc", (Unclosed("comment", 3),), id="comment"),
        pytest.param("<div>\n<!-- a --><!-- b\n", (Unclosed("comment", 2),), id="comment in HTML"),
        pytest.param("- ```\n  a", (Unclosed("fence", 1),), id="fence in a list"),
        pytest.param("```\na\n```", (), id="closed fence"),
        pytest.param("<!-- a -->", (), id="closed comment"),
        pytest.param("<!-->\na", (), id="short comment"),
        pytest.param("<!--->\na", (), id="short comment with a dash"),
        pytest.param("a <!-- b", (), id="no comment"),
        pytest.param("`<!--`", (), id="code"),
    ],
)
def test_parse_document_unclosed(text: str, unclosed: tuple[Unclosed, ...]) -> None:
    assert parse_document(text).unclosed == unclosed


def test_parse_document_skipped_lines_are_absent() -> None:
    text = "## Problem\na\n\nOutcome: b\nSigned-off-by: c"

    document = parse_document(text, KNOWN, skip_lines={4, 5})

    assert keys(document) == ["problem"]
    assert (document.sections[0].raw, document.line_count) == ("a", 5)


def test_parse_document_deep_lists_hide_nothing_behind_them() -> None:
    text = "- " * 40 + "a\n\n## Problem\nb"

    assert keys(parse_document(text, KNOWN)) == ["problem"]


FULL = 65_536


def fill(pattern: str) -> str:
    return (pattern * (FULL // len(pattern) + 1))[:FULL]


@pytest.mark.parametrize(
    ("text", "sections"),
    [
        pytest.param(fill(">"), 0, id="quotes"),
        pytest.param(fill("> - "), 0, id="quotes and lists"),
        pytest.param(fill("["), 0, id="brackets"),
        pytest.param(fill("!["), 0, id="image openers"),
        pytest.param(fill("[a]("), 0, id="link openers"),
        pytest.param("[" * 32_000 + "]" * 32_000, 0, id="nested brackets"),
        pytest.param(fill("*"), 0, id="stars"),
        pytest.param(fill("*a **b "), 0, id="open emphasis"),
        pytest.param(fill("`a ``b "), 0, id="backticks"),
        pytest.param(fill("<!--"), 0, id="open comments"),
        pytest.param(fill("a <!-- b\n"), 0, id="open comments in a paragraph"),
        pytest.param(fill("<a "), 0, id="open tags"),
        pytest.param(fill("<div><!--\n\n"), 0, id="comments over blocks"),
        pytest.param(fill("<details>\n\n"), 0, id="details"),
        pytest.param(fill("```\n"), 0, id="fences"),
        pytest.param(fill("- x\n"), 0, id="items"),
        pytest.param("\n".join("  " * i + "- a:" for i in range(240)), 0, id="nested items"),
        pytest.param("|a|b|\n|-|-|\n" + fill("|a|b|\n"), 0, id="table of many rows"),
        pytest.param(
            "|" + "a|" * 200 + "\n|" + "-|" * 200 + "\n" + fill("|a\n"), 0, id="wide table"
        ),
        pytest.param(fill("# a\n"), FULL // 4, id="headings"),
        pytest.param(fill("a\n=\n"), FULL // 4, id="setext headings"),
        pytest.param(fill("Why: x\n"), FULL // 7, id="label lines"),
        pytest.param(fill("- a\nWhy: x\n"), 200, id="labels below items"),
        pytest.param(fill("[a]: b\n"), 0, id="link definitions"),
        pytest.param(fill("\u3164"), 0, id="invisible filler"),
        pytest.param(fill("\0"), 0, id="NUL"),
    ],
)
def test_parse_document_hostile_text_comes_to_an_end(text: str, sections: int) -> None:
    found = len(parse_document(text, KNOWN, parts=PARTS).sections)

    assert found == sections  # a count alone: the text of a whole document takes gigabytes to show


PIECES = st.sampled_from(
    """\
# ## ### #### **Why?** **Metric:** Problem: Outcome Why: Target: a b. `c` ``` ~~~ <!-- --> > -
* 1. <details> </details> <div> | |-|-| --- === [x] [ ] [a](b) ![c](d) https://e.f &amp; \\ \u200b
\u4e2d""".replace("\n", " ").split(" ")
)
SPACES = st.sampled_from((" ", "\n", "\n\n", "", "\n  ", "\t"))
TEXTS = st.lists(st.tuples(PIECES, SPACES), max_size=24).map(
    lambda parts: "".join(piece + space for piece, space in parts)
)


@given(st.one_of(TEXTS, st.text(max_size=60)))
@settings(max_examples=300, deadline=None)
def test_parse_document_positions_are_inside_any_text(text: str) -> None:
    document = parse_document(text, KNOWN, parts=PARTS)

    lines = LINE_END.split(text)
    places = [(s.line, s.column) for s in document.sections]
    places += [(e.line, e.column) for s in document.sections for e in s.entries]
    places += [(e.line, e.column) for e in document.entries]
    assert all(1 <= line <= document.line_count for line, _ in places)
    assert all(1 <= column <= len(lines[line - 1]) + 1 for line, column in places)
    assert all(2 <= fence.line <= document.line_count + 1 for fence in document.fences)
    others = [other.line for other in document.hidden]
    others += [other.line for other in document.unclosed]
    assert all(1 <= line <= document.line_count for line in others)


@given(TEXTS)
@settings(max_examples=200, deadline=None)
def test_parse_document_bodies_stand_where_they_say(text: str) -> None:
    lines = LINE_END.split(text)

    for section in parse_document(text, KNOWN, parts=PARTS).sections:
        first = section.raw.partition("\n")[0]
        assert lines[section.raw_line - 1][section.raw_column - 1 :].startswith(first)


@given(TEXTS)
@settings(max_examples=200, deadline=None)
def test_parse_document_crlf_changes_nothing(text: str) -> None:
    crlf = parse_document(text.replace("\n", "\r\n"), KNOWN, parts=PARTS)
    plain = parse_document(text, KNOWN, parts=PARTS)

    assert [told(section) for section in crlf.sections] == [told(s) for s in plain.sections]
    assert crlf.entries == plain.entries
    assert crlf.preamble == plain.preamble
    assert (crlf.fences, crlf.hidden, crlf.unclosed) == (
        plain.fences,
        plain.hidden,
        plain.unclosed,
    )


def told(section: Section) -> tuple[object, ...]:
    """Return what a section says, and where."""
    place = section.line, section.column, section.raw_line, section.raw_column
    return section.label, section.level, section.style, place, section.raw, section.entries


BLOCKS = (
    "## Problem",
    "### Notes",
    "Why\n===",
    "**Outcome**",
    "**Notes**",
    "Why: carts are `lost`",
    "carts\nare lost",
    "- Metric: a\n- Target: b",
    "1. one\n2. two",
    "> quoted\n> ## Why",
    "```\n## Problem\n```",
    "| Metric | Target |\n|---|---|\n| a | b |",
    "<details>\n\n## Why\n\n</details>",
    "---",
)


@given(st.lists(st.sampled_from(BLOCKS), max_size=8), st.integers(0, 8))
@settings(max_examples=200, deadline=None)
def test_parse_document_comment_between_blocks_changes_nothing(blocks: list[str], at: int) -> None:
    commented = [*blocks[:at], "<!-- a note -->", *blocks[at:]]

    plain = parse_document("\n\n".join(blocks), KNOWN, parts=PARTS)
    other = parse_document("\n\n".join(commented), KNOWN, parts=PARTS)

    def shape(document: Document) -> list[tuple[str, str]]:
        return [("", document.preamble.text), *((s.key, s.prose.text) for s in document.sections)]

    assert shape(other) == shape(plain)


@pytest.mark.parametrize(
    ("written", "info"), [("a\\*b &amp; c", "a*b & c"), ("a&amp;b", "a&b"), ("a\\*b", "a*b")]
)
def test_parse_document_reads_the_info_of_a_fence_as_text(written: str, info: str) -> None:
    assert [fence.info for fence in parse_document(f"``` {written}\nx\n```").fences] == [info]
