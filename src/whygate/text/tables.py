"""Turn a table into labelled cells, whether its labels stand on top or at the side."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from whygate.text.labels import normalise_label

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from whygate.text.layout import Block
    from whygate.text.marks import Vocabulary

_VALUE_HEADERS = frozenset({"", "value", "values", "answer"})


class LabelledCell(Struct, frozen=True):
    """The Markdown of one cell and of its label; `row` is 0 when the label stands beside it."""

    label: str
    value: str
    line: int
    column: int
    row: int = 0


def read_table(
    table: Block, lines: Sequence[str], vocabulary: Vocabulary, *, first_row: int
) -> Iterator[LabelledCell]:
    """Yield the filled cells of a table (GFM 4.10) that have a label.

    A table of two columns with a label at the head of its rows holds one value per row;
    any other holds one item per row below the labels of its header, counted from `first_row`.
    A table without any known label yields nothing, unless the vocabulary is empty.
    """
    header, body = table.children[0], table.children[1:]
    keys = [normalise_label(cell.text) for cell in header.children]
    if _is_labelled_beside(keys, body, vocabulary):
        rows = body if len(keys) > 1 and keys[1] in _VALUE_HEADERS else table.children
        yield from _cells_beside(rows, lines)
    elif not vocabulary or any(key in vocabulary for key in keys):
        for number, row in enumerate(body, first_row):
            yield from _cells_below(header, row, lines, number)


def _is_labelled_beside(keys: list[str], body: Sequence[Block], vocabulary: Vocabulary) -> bool:
    if len(keys) != 2 or keys[1] in vocabulary:
        return False
    return not vocabulary or any(
        normalise_label(row.children[0].text) in vocabulary for row in body
    )


def _cells_beside(rows: Sequence[Block], lines: Sequence[str]) -> Iterator[LabelledCell]:
    for row in rows:
        label, value = row.children
        if normalise_label(label.text) and value.text:
            columns = _columns(row, lines[row.start])
            yield LabelledCell(label.text, value.text, row.start + 1, columns[1])


def _cells_below(
    header: Block, row: Block, lines: Sequence[str], number: int
) -> Iterator[LabelledCell]:
    columns = _columns(row, lines[row.start])
    for label, value, column in zip(header.children, row.children, columns, strict=True):
        if normalise_label(label.text) and value.text:
            yield LabelledCell(label.text, value.text, row.start + 1, column, number)


def _columns(row: Block, line: str) -> list[int]:
    """Return the column of each cell's text; 1 from the first cell on that is not found.

    The parser takes the backslash off an escaped pipe, so such a text is not in the line.
    """
    columns: list[int] = []
    position = 0
    for cell in row.children:
        found = line.find(cell.text, position) if position >= 0 else -1
        columns.append(max(found, 0) + 1)
        position = found + len(cell.text) if found >= 0 else -1
    return columns
