"""Entries are the labelled values of a section: in lists, lines, tables and deeper headings."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from whygate.text.document import parse_document
from whygate.text.labels import normalise_label

if TYPE_CHECKING:
    from whygate.text.document import Document

KNOWN = frozenset(map(normalise_label, ("Problem", "Outcome", "Measurement")))
PARTS = frozenset(map(normalise_label, ("Metric", "Baseline", "Target", "Evaluate by", "Before")))


def read(text: str) -> Document:
    return parse_document(text, KNOWN, parts=PARTS)


def entries(text: str) -> list[tuple[str, str]]:
    """Return the entries of a text that is one Measurement section, or has no section."""
    document = read(text)
    found = document.sections[0].entries if document.sections else document.entries
    return [(entry.key, entry.prose.text) for entry in found]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        pytest.param(
            "- Metric: a\n- Target: 4 %", [("metric", "a"), ("target", "4 %")], id="bullets"
        ),
        pytest.param(
            "- **Metric:** a\n- __Target__: b",
            [("metric", "a"), ("target", "b")],
            id="bold bullets",
        ),
        pytest.param(
            "* `metric`: a\n1. _Target:_ b", [("metric", "a"), ("target", "b")], id="other marks"
        ),
        pytest.param("- Metric\uff1aa", [("metric", "a")], id="full-width colon"),
        pytest.param("Metric: a\nTarget: b", [("metric", "a"), ("target", "b")], id="lines"),
        pytest.param(
            "**Metric:** a\n**Target:** b", [("metric", "a"), ("target", "b")], id="bold lines"
        ),
        pytest.param("Metric: a\nb\nTarget: c", [("metric", "a b Target: c")], id="prose between"),
        pytest.param("x\n**Metric:** a", [("metric", "a")], id="bold below prose"),
        pytest.param("Metric: a\n\nb", [("metric", "a")], id="value ends with its paragraph"),
        pytest.param(
            "Metric:\n- a\n- b\n\nTarget: c",
            [("metric", "a\nb"), ("target", "c")],
            id="value below",
        ),
        pytest.param("**Metric**\n\na\n\n- b", [("metric", "a\nb")], id="part alone in bold"),
        pytest.param(
            "### Metric\na\n#### Note\nb\n### Target\nc",
            [("metric", "a\nb"), ("note", "b"), ("target", "c")],
            id="deeper headings",
        ),
        pytest.param(
            "### Plan\n- Metric: a\n\nTarget: b",
            [("plan", "Metric: a\nTarget: b"), ("metric", "a"), ("target", "b")],
            id="below a heading",
        ),
        pytest.param(
            "- Metric: a\n  b\n\n  c", [("metric", "a b\nc")], id="item of several paragraphs"
        ),
        pytest.param(
            "- Metric: a\n  Target: b",
            [("metric", "a"), ("target", "b")],
            id="two labels, one item",
        ),
        pytest.param("- Metric:\n  - a\n  - b", [("metric", "a\nb")], id="value in a nested list"),
        pytest.param(
            "- Metric: a\n  - Target: b\n  - c",
            [("metric", "a"), ("target", "b")],
            id="labels below one",
        ),
        pytest.param(
            "- Plan:\n  - Metric: a",
            [("plan", "Metric: a"), ("metric", "a")],
            id="label around labels",
        ),
        pytest.param("- x\n  - Metric: a", [("metric", "a")], id="label below prose"),
        pytest.param(
            "- [x] Metric: a\n- [ ] Target: b", [("metric", "a")], id="unticked is no value"
        ),
        pytest.param("- Evalute by: a", [("evalute by", "a")], id="unknown labels are kept"),
        pytest.param("- https://a.b\n- std::vec\n- 12:30", [], id="colons inside words"),
        pytest.param("- a - b", [], id="no colon"),
        pytest.param("- one two three four five six seven: a", [], id="long unknown label"),
        pytest.param("- ```\n  Metric: a\n  ```\n-", [], id="item with code, empty item"),
        pytest.param("> - Metric: a", [], id="quoted"),
        pytest.param("<details>\n\n- Metric: a\n\n</details>", [], id="folded away"),
    ],
)
def test_entries(body: str, expected: list[tuple[str, str]]) -> None:
    assert entries(f"## Measurement\n{body}") == expected


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        pytest.param(
            "| Metric | Target |\n|---|---|\n| a | `4` % |\n| b | |",
            [("metric", "a", 1), ("target", "4 %", 1), ("metric", "b", 2)],
            id="one item per row",
        ),
        pytest.param(
            "| | Metric | Where |\n|---|---|---|\n| 1 | a | c |",
            [("metric", "a", 1), ("where", "c", 1)],
            id="column without a label",
        ),
        pytest.param(
            "| Part | Value |\n|---|---|\n| **Metric** | a |\n| Target: | b |\n| | c |",
            [("metric", "a", 0), ("target", "b", 0)],
            id="label and value",
        ),
        pytest.param(
            "| Metric | a |\n|---|---|\n| Target | b |",
            [("metric", "a", 0), ("target", "b", 0)],
            id="label and value from the first row on",
        ),
        pytest.param(
            "| Metric | Target |\n|---|---|\n| Baseline | b |",
            [("metric", "Baseline", 1), ("target", "b", 1)],
            id="two labels on top win",
        ),
        pytest.param("| File | Change |\n|---|---|\n| a | b |", [], id="no known label"),
        pytest.param("| Metric |\n|---|", [], id="no rows"),
        pytest.param(
            "| Metric | Where |\n|---|---|\n| a | c |\n\n- x\n\n"
            "| Metric | Where |\n|---|---|\n| b | d |",
            [("metric", "a", 1), ("where", "c", 1), ("metric", "b", 2), ("where", "d", 2)],
            id="rows of two tables are different items",
        ),
    ],
)
def test_entries_of_tables(rows: str, expected: list[tuple[str, str, int]]) -> None:
    section = read(f"## Measurement\n\n{rows}\n").sections[0]

    assert [(e.key, e.prose.text, e.group) for e in section.entries] == expected


def test_entries_without_vocabulary_reads_any_table() -> None:
    text = "## A\n\n| b | c | d |\n|-|-|-|\n| 1 | 2 | 3 |\n\n| e | f |\n|-|-|\n| g | 4 |"

    found = [(e.key, e.raw) for e in parse_document(text).sections[0].entries]

    assert found == [("b", "1"), ("c", "2"), ("d", "3"), ("e", "f"), ("g", "4")]


def test_entries_point_at_their_labels() -> None:
    text = (
        "## Measurement\n\n- **Metric:** a\n\t- [x] Target: b\n\nBefore: c\n\n"
        "| Metric | Target |\n|-|-|\n| a\\|b | 4 |"
    )

    found = [(e.key, e.raw, e.line, e.column) for e in read(text).sections[0].entries]

    assert found == [
        ("metric", "a", 3, 3),
        ("target", "b", 4, 8),
        ("before", "c", 6, 1),
        ("metric", "a|b", 10, 3),
        ("target", "4", 10, 10),
    ]


def test_entries_below_a_heading_are_kept_as_written() -> None:
    text = "## Measurement\n### Metric\n- a\n- b\n\nrows of OS X\n### Target\n4"

    assert [(e.key, e.raw) for e in read(text).sections[0].entries] == [
        ("metric", "- a\n- b\n\nrows of OS X"),
        ("target", "4"),
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("**Notes:** a", [("notes", "a", 2)], id="unknown label"),
        pytest.param("x\n**One more:** a", [], id="unknown label below prose"),
        pytest.param("\n**Target**\n\n4", [("target", "4", 3)], id="part alone on its line"),
        pytest.param("- **Notes**\n  a", [], id="unknown bold words of an item"),
        pytest.param("- **Metric**\n  a", [("metric", "a", 2)], id="known bold words of an item"),
    ],
)
def test_entries_of_bold_labels(text: str, expected: list[tuple[str, str, int]]) -> None:
    document = read(f"## Measurement\n{text}")

    assert [section.key for section in document.sections] == ["measurement"]
    assert [(e.key, e.raw, e.line) for e in document.sections[0].entries] == expected


def test_entries_last_label_of_an_item_takes_the_list_below_it() -> None:
    text = "## Measurement\n- **Metric:** a\n  **Target:**\n  - 4"

    assert [(e.key, e.raw) for e in read(text).sections[0].entries] == [
        ("metric", "a"),
        ("target", "- 4"),
    ]


def test_entries_name_the_label_of_a_column() -> None:
    section = read("## Measurement\n\n| **Metric** | Target |\n|-|-|\n| a | 4 |").sections[0]

    assert [e.label for e in section.entries] == ["Metric", "Target"]


@pytest.mark.parametrize(
    ("table", "places"),
    [
        ("| Metric | Target |\n|-|-|\n| a | 4 |", [("a", 5, 3), ("4", 5, 7)]),
        ("| Metric | Target |\n|-|-|\n| 4 | 4 |", [("4", 5, 3), ("4", 5, 7)]),
        ("| Metric | rows |\n|-|-|\n| Target | 4 |", [("rows", 3, 12), ("4", 5, 12)]),
        ("| Metric |\n|-|\n| a |", [("a", 5, 3)]),
    ],
)
def test_entries_place_of_a_cell(table: str, places: list[tuple[str, int, int]]) -> None:
    section = read(f"## Measurement\n\n{table}").sections[0]

    assert [(e.raw, e.line, e.column) for e in section.entries] == places


def test_entries_in_front_of_all_sections() -> None:
    document = read("Cart sync.\n\n- **Metric:** lost carts\n- Bet: cart\n\n## Outcome\nkept")

    assert [(e.key, e.raw) for e in document.entries] == [
        ("metric", "lost carts"),
        ("bet", "cart"),
    ]
    assert document.preamble.text == "Cart sync.\nMetric: lost carts\nBet: cart"
