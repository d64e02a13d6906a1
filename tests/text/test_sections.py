"""Sections begin at headings and labels, and end where a reader sees them end."""

from __future__ import annotations

import pytest

from whygate.text.document import Document, Section, parse_document
from whygate.text.labels import normalise_label
from whygate.text.marks import Style

KNOWN = frozenset(
    map(
        normalise_label,
        ("Problem", "Why", "Because", "Outcome", "Measurement", "What it does / why we need it"),
    )
)
PARTS = frozenset(map(normalise_label, ("Metric", "Baseline", "Target", "Evaluate by", "Before")))


def read(text: str) -> Document:
    return parse_document(text, KNOWN, parts=PARTS)


def outline(text: str) -> list[tuple[str, str]]:
    return [(section.key, section.prose.text) for section in read(text).sections]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("# Problem\na", [("problem", "a")], id="level 1"),
        pytest.param("###### Problem\na", [("problem", "a")], id="level 6"),
        pytest.param("####### Problem\na", [], id="level 7 is text"),
        pytest.param("#Problem\na", [], id="no space is text"),
        pytest.param("   ## Problem\na", [("problem", "a")], id="three spaces"),
        pytest.param("    ## Problem\na", [], id="four spaces are code"),
        pytest.param("## Problem ##\na", [("problem", "a")], id="closed"),
        pytest.param("## problem:\na", [("problem", "a")], id="lower case, colon"),
        pytest.param("## \U0001f680 1. **Why?** <!-- x -->\na", [("why", "a")], id="decorated"),
        pytest.param("Problem\n=======\na", [("problem", "a")], id="setext 1"),
        pytest.param("Problem\n---\na", [("problem", "a")], id="setext 2"),
        pytest.param("a\n## Problem\nb", [("problem", "b")], id="heading ends a paragraph"),
        pytest.param("- a\n## Problem\nb", [("problem", "b")], id="heading ends a list"),
        pytest.param("## \u03a1roblem\na", [("\u03c1roblem", "a")], id="Greek Rho is unknown"),
        pytest.param("## Problem", [("problem", "")], id="heading at the end"),
        pytest.param("## Problem\n<!-- say why -->\n", [("problem", "")], id="only a comment"),
        pytest.param("##\na", [("", "a")], id="heading without words"),
        pytest.param("- ## Problem\n  a", [], id="heading in a list"),
        pytest.param("Problem |\n---\na", [("problem", "a")], id="setext, no table of one column"),
        pytest.param("| Problem |\n|---|\n| a |", [], id="table of one column"),
    ],
)
def test_sections_headings(text: str, expected: list[tuple[str, str]]) -> None:
    assert outline(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("**Problem**\na", [("problem", "a")], id="bold line"),
        pytest.param("__Why?__\n\na", [("why", "a")], id="bold underscores"),
        pytest.param("***Why***\na", [("why", "a")], id="bold italics"),
        pytest.param("**Why?** \U0001f914\na", [("why", "a")], id="emoji behind"),
        pytest.param("\u2728 **Why?**\na", [("why", "a")], id="emoji before"),
        pytest.param("\u2728 **Why:** a", [("why", "a")], id="emoji before a colon"),
        pytest.param(
            "## Problem\nx\ny\n**Outcome:** a",
            [("problem", "x y"), ("outcome", "a")],
            id="below the prose of a section",
        ),
        pytest.param("**Problem** (required)\na", [("problem", "a")], id="required"),
        pytest.param("**Problem** <!-- x -->\na", [("problem", "a")], id="comment behind"),
        pytest.param("**Why?**\n- a\n- b", [("why", "a\nb")], id="before a list"),
        pytest.param("x\n**Why?**\na", [("why", "a")], id="inside a paragraph"),
        pytest.param("  **Why:** a", [("why", "a")], id="indented"),
        pytest.param("**Why:** a\n**Outcome**: b", [("why", "a"), ("outcome", "b")], id="colons"),
        pytest.param("x\ny\n**Why:** a\nb", [("why", "a b")], id="label in prose"),
        pytest.param("**Why\uff1a** a", [("why", "a")], id="full-width colon"),
        pytest.param("**Why?** a", [("why", "a")], id="question, then text"),
        pytest.param("**Why:** ![a](b)", [("why", "")], id="image behind"),
        pytest.param("**Why** ![a](b)", [], id="image and no colon"),
        pytest.param("**Outcome**:b", [("outcome", "b")], id="no space behind the colon"),
        pytest.param("**Outcome**: X rows", [("outcome", "X rows")], id="colon, then X"),
        pytest.param("**Why:** X rows", [("why", "X rows")], id="bold colon, then X"),
        pytest.param(
            "## Problem\na\n**Solution**\nb",
            [("problem", "a"), ("solution", "b")],
            id="unknown, but another topic",
        ),
        pytest.param(
            "## Problem\n- **Solution**\n- b",
            [("problem", "Solution\nb")],
            id="another topic as an item",
        ),
        pytest.param("**Why** a", [], id="no colon"),
        pytest.param("**Why", [], id="not closed"),
        pytest.param("x **Why:** a", [], id="not at the start"),
        pytest.param("**\U0001f680**\na", [], id="no words"),
        pytest.param("**\U0001f680:** a", [], id="no words, a colon"),
        pytest.param("x\n**One more thing to say:** a", [], id="unknown below prose"),
        pytest.param("**Notes**\n\na", [("notes", "a")], id="unknown, a whole paragraph"),
        pytest.param("**Notes**\na", [], id="unknown, first line only"),
        pytest.param("**Notes:** a", [], id="unknown label line"),
        pytest.param("**Carts are lost.**", [], id="bold sentence"),
        pytest.param("**Carts of all of our shoppers are lost**", [], id="long bold text"),
        pytest.param("**Problem**\n---\na", [("problem", "a")], id="bold setext"),
    ],
)
def test_sections_bold_labels(text: str, expected: list[tuple[str, str]]) -> None:
    assert outline(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("Problem: a", [("problem", "a")], id="label line"),
        pytest.param("Problem: OS X", [("problem", "OS X")], id="label line that ends in X"),
        pytest.param("problem:a", [("problem", "a")], id="no space"),
        pytest.param("Problem\uff1aa", [("problem", "a")], id="full-width colon"),
        pytest.param("_Problem:_ a", [("problem", "a")], id="italics over the colon"),
        pytest.param("`Problem`: a", [("problem", "a")], id="as code"),
        pytest.param("Problem: a\nb\n\nc", [("problem", "a b\nc")], id="goes on"),
        pytest.param("Why: a\nOutcome: b", [("why", "a"), ("outcome", "b")], id="two lines"),
        pytest.param("Ticket: 1\nWhy: a", [("why", "a")], id="below another label"),
        pytest.param("a\nWhy: b", [], id="below prose"),
        pytest.param("There is one more thing: a\nWhy: b", [], id="below prose with a colon"),
        pytest.param("Why: a\nb\nOutcome: c", [("why", "a b Outcome: c")], id="prose between"),
        pytest.param(" Why: a", [], id="column 2"),
        pytest.param("Notes: a", [], id="unknown"),
        pytest.param("Why::a", [], id="two colons"),
        pytest.param("Why://a", [], id="like a URL"),
        pytest.param("Because\n\n* a\n* b", [("because", "a\nb")], id="bare, then a list"),
        pytest.param("Because\na", [("because", "a")], id="bare, then prose"),
        pytest.param("Because\nwe can", [("because", "we can")], id="bare first line of prose"),
        pytest.param("Why?\n- a", [("why", "a")], id="bare with ?"),
        pytest.param("Why:\n\na", [("why", "a")], id="bare with :"),
        pytest.param("a\nBecause\nb", [], id="bare inside prose"),
        pytest.param("Because of this", [], id="bare label in a sentence"),
        pytest.param("We fix the\n\n    a\n\nproblem.", [], id="last word behind a quotation"),
        pytest.param("Because.\n\na", [("because", "a")], id="bare with a full stop"),
        pytest.param(
            "What it does / why we need it:\n\na",
            [("what it does why we need it", "a")],
            id="long label",
        ),
    ],
)
def test_sections_plain_labels(text: str, expected: list[tuple[str, str]]) -> None:
    assert outline(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(
            "## Problem\na\n## Outcome\nb", [("problem", "a"), ("outcome", "b")], id="same level"
        ),
        pytest.param(
            "## Problem\na\n#### Outcome\nb",
            [("problem", "a"), ("outcome", "b")],
            id="known deeper",
        ),
        pytest.param(
            "### Problem\na\n# Outcome\nb", [("problem", "a"), ("outcome", "b")], id="known higher"
        ),
        pytest.param(
            "## Problem\na\n### Notes\nb", [("problem", "a\nb")], id="unknown deeper stays"
        ),
        pytest.param(
            "## Problem\na\n## Notes\nb", [("problem", "a"), ("notes", "b")], id="unknown same"
        ),
        pytest.param(
            "### Problem\na\n## Notes\nb", [("problem", "a"), ("notes", "b")], id="unknown higher"
        ),
        pytest.param(
            "## Problem\na\n\n**Notes**\n\nb", [("problem", "a\nNotes\nb")], id="bold stays"
        ),
        pytest.param(
            "**Problem**\na\n\n**Notes**\n\nb",
            [("problem", "a"), ("notes", "b")],
            id="bold ends bold",
        ),
        pytest.param(
            "Problem: a\n\n###### Notes\nb",
            [("problem", "a"), ("notes", "b")],
            id="heading ends label",
        ),
        pytest.param(
            "## Problem\n**Outcome:** a", [("problem", ""), ("outcome", "a")], id="label in section"
        ),
        pytest.param(
            "## Problem\nBefore: a\n**Target:** b",
            [("problem", "Before: a\nTarget: b")],
            id="part never ends",
        ),
        pytest.param(
            "## Problem\na\n## Metric\nb", [("problem", "a"), ("metric", "b")], id="part as heading"
        ),
        pytest.param("## Why\na\n## Why\nb", [("why", "a"), ("why", "b")], id="twice"),
    ],
)
def test_sections_where_they_end(text: str, expected: list[tuple[str, str]]) -> None:
    assert outline(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("```\n## Problem\na\n```", id="fence"),
        pytest.param(
            "~~~~ md\n## Problem\n~~~\n**Why:** a\n~~~~", id="tilde fence, shorter inside"
        ),
        pytest.param("````\n```\n## Problem\n````", id="longer fence"),
        pytest.param("```sh\n# Problem\n", id="open fence"),
        pytest.param("<!--\n## Problem\n\n**Why:** a\n-->", id="comment"),
        pytest.param("<!-- a\n\n## Problem", id="open comment"),
        pytest.param("a <!-- b\n**Why:** c\n--> d", id="comment in a paragraph"),
        pytest.param("a `b\n**Why:** c` d", id="code span over lines"),
        pytest.param("> ## Problem\n> a", id="quote"),
        pytest.param("<details>\n\n## Problem\na\n\n</details>", id="details"),
        pytest.param(
            "<details><summary>b</summary>\n\n<details>\n\n</details>\n\n## Problem", id="nested"
        ),
        pytest.param("text <details>\n\n## Problem\n\na </details>", id="details in a paragraph"),
        pytest.param("<div>\n## Problem\n</div>", id="raw HTML"),
        pytest.param("<div>\n<!--\n\n## Problem\n\na", id="comment open in raw HTML"),
        pytest.param("    Problem: a", id="indented code"),
        pytest.param("\\## Problem", id="escaped"),
        pytest.param("", id="empty"),
    ],
)
def test_sections_none_where_no_reader_sees_one(text: str) -> None:
    assert read(text).sections == ()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("``` a ``` b\n## Problem\nc", [("problem", "c")], id="span like a fence"),
        pytest.param("`<!--` a\n## Problem\nc", [("problem", "c")], id="comment in a span"),
        pytest.param("\\`a\n**Why:** c` d", [("why", "c` d")], id="escaped backtick"),
        pytest.param("a `b\nc` d `e\nf` g\n**Why:** h", [("why", "h")], id="after two spans"),
        pytest.param("a `b\nc` d\ne `f\n**Why:** g` h", [], id="in the second span"),
        pytest.param("x\na `b\nc` d\ne `f\n**Why:** g` h", [], id="in a span further down"),
        pytest.param(
            "a <!-- b\n--> c\n**Why:** d <!-- e -->", [("why", "d")], id="between two comments"
        ),
        pytest.param("a <!-- b\nc --> d\ne <!-- f\n**Why:** g --> h", [], id="second comment"),
        pytest.param("a ``b\n**Why:** c` d", [("why", "c` d")], id="backticks without partner"),
        pytest.param("a <!-- b\n**Why:** c", [("why", "c")], id="comment closed nowhere in it"),
        pytest.param("```\na\n```\n## Problem\nc", [("problem", "c")], id="after a fence"),
        pytest.param("<!-- a --> \n## Problem\nc", [("problem", "c")], id="after a comment"),
        pytest.param("<!-->\n## Problem\nc", [("problem", "c")], id="after a short comment"),
        pytest.param(
            "<details>\n\na\n</details>\n\n## Problem\nc", [("problem", "c")], id="after details"
        ),
        pytest.param("`<details>` a\n\n## Problem\nc", [("problem", "c")], id="tag as code"),
        pytest.param(
            "## Problem\n<details>\n\n# Why\nc\n\n</details>",
            [("problem", "c")],
            id="words in details",
        ),
        pytest.param("## Problem\n> ## Why\n> c", [("problem", "")], id="words in a quote"),
        pytest.param(
            "<div>\n<!--\n\n## Why\n\n<p>-->\n\n## Problem\nc", [("problem", "c")], id="later -->"
        ),
    ],
)
def test_sections_seen_again_behind_hidden_text(text: str, expected: list[tuple[str, str]]) -> None:
    assert outline(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(
            "Why:\n- a\nOutcome:\n- b", [("why", "a"), ("outcome", "b")], id="bare with colon"
        ),
        pytest.param("- a\n  b\n**Why:** c\n- d", [("why", "c\nd")], id="bold"),
        pytest.param("- a\n  Why: b", [], id="indented, part of the item"),
        pytest.param("- a\nNotes: b", [], id="unknown"),
        pytest.param("- a\nand Why: b", [], id="prose"),
        pytest.param("> a\nWhy: b", [], id="quote goes on"),
        pytest.param("- a\nWhy: b", [("why", "b")], id="label line"),
        pytest.param("- panics on an `Err`\nwhy: b", [], id="wrapped at a word with a colon"),
        pytest.param("- nobody knows\nwhy.", [], id="wrapped at the last word"),
        pytest.param("- nobody knows\nBecause.", [], id="wrapped at a capital"),
        pytest.param("- nobody knows\nBecause. \n- b", [], id="wrapped, a space behind"),
        pytest.param("- nobody knows\nBecause,\n- b", [], id="wrapped at a comma"),
        pytest.param("- (nobody knows\nBecause)\n- b", [], id="wrapped at a bracket"),
        pytest.param("- a\nWhy: b.", [("why", "b.")], id="label line with a sentence"),
        pytest.param("- a\nBecause\n- b", [("because", "b")], id="bare"),
        pytest.param("- a\nb\nWhy: c", [("why", "c")], id="below a line of the item"),
    ],
)
def test_sections_known_label_right_below_a_list(
    text: str, expected: list[tuple[str, str]]
) -> None:
    assert outline(text) == expected


def test_sections_end_at_a_deeper_heading_of_another_topic() -> None:
    text = "## Problem\na\n### Details\nb\n### Proposed solution\nc"

    assert outline(text) == [("problem", "a\nb"), ("proposed solution", "c")]


def test_sections_name_the_style_of_their_heading() -> None:
    text = (
        "## Problem\n\nWhy\n---\n\n**Outcome:** a\n\n**Outcome**: a\n\n**Outcome**\na\n\n"
        "Outcome: a\n\nOutcome:\n\nBecause\n\n**Notes**\n\nb"
    )

    assert [section.style for section in read(text).sections] == [
        *(Style.ATX, Style.SETEXT, Style.BOLD, Style.BOLD, Style.BOLD),
        *(Style.LABEL, Style.BARE, Style.BARE, Style.BOLD),
    ]


def test_sections_positions_point_into_the_text() -> None:
    text = (
        "intro\r\n\r\n  ## Problem\r\n\r\n\r\ncarts\r\n\r\n"
        "  **Why:** a\r\nb\r\n\r\nBecause\r\n* c\r\n\r\n"
    )

    found = [
        (s.key, s.level, s.style, s.line, s.column, s.raw, s.raw_line, s.raw_column)
        for s in read(text).sections
    ]

    assert found == [
        ("problem", 2, Style.ATX, 3, 3, "carts", 6, 1),
        ("why", 7, Style.BOLD, 8, 3, "a\nb", 8, 12),
        ("because", 7, Style.BARE, 11, 1, "* c", 12, 1),
    ]


@pytest.mark.parametrize(
    ("text", "raw", "line", "column"),
    [
        pytest.param("## Problem", "", 1, 1, id="nothing below"),
        pytest.param("x\n\n ## Problem\n\n\t\n", "", 3, 2, id="only blank lines below"),
        pytest.param("Two\nlines\n===\na", "a", 4, 1, id="setext of two lines"),
        pytest.param("Problem:   a", "a", 1, 12, id="spaces behind the colon"),
        pytest.param("**Problem:**\n\n  a", "  a", 3, 1, id="body below a label"),
        pytest.param("## Problem\na\n## Why\nb", "a", 2, 1, id="another heading right below"),
        pytest.param("## Problem\nX", "X", 2, 1, id="one letter"),
        pytest.param("x\ny\n**Why:** a", "a", 3, 10, id="label below prose"),
        pytest.param("**Why?**\n  a\nb", "a\nb", 2, 3, id="body on the next line"),
        pytest.param("x\n**Why?**\n a", "a", 3, 2, id="body on the line below a label below prose"),
        pytest.param("## Problem\n\u00a0\na", "\u00a0\na", 2, 1, id="no-break space"),
    ],
)
def test_sections_body_position(text: str, raw: str, line: int, column: int) -> None:
    section = read(text).sections[0]

    assert (section.raw, section.raw_line, section.raw_column) == (raw, line, column)


def test_sections_link_definitions_count_in_the_whole_text() -> None:
    section: Section = read("## Problem\nsee [plan]\n\n## Links\n[plan]: https://a.b").sections[0]

    assert (section.prose.text, section.prose.unlinked, section.prose.links) == (
        "see plan",
        "see",
        1,
    )


def test_a_thousand_labels_below_one_list_item_are_all_read() -> None:
    """Each that ends the list copies what stands below it, so only the first ones do."""
    sections = parse_document("- a\n" + "Outcome: b\n" * 1_000, {"outcome"}).sections

    assert [section.raw for section in sections] == ["b"] * 1_000
