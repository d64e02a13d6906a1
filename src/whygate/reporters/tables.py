"""Tables, and how they are written: in plain columns, drawn for a terminal, and in Markdown."""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING

from msgspec import Struct

from whygate.text.clean import clean_line, code

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from rich.console import Console

# What Markdown, or a forge, would make something of; an entity stays a character (6.2, 6.1).
_SPECIAL = re.compile(r"[\\`*_\[\]<>#!|~@&$]|:(?=[\w/+-])|(?<=www)\.", re.IGNORECASE)

_LIVE = re.compile(r"@\w|#\w|\bGH-\d|://|\bwww\.", re.IGNORECASE)

WIDTH = 80
_MANY = 7  # columns, beyond which the gaps between them take too much
_NARROWEST = (12, 8, 5)  # columns that words keep, fewer where there are many of them

Facts = tuple[tuple[str, str], ...]


class Table(Struct, frozen=True):
    """A titled table of plain text; `texts` are the columns that hold words, not numbers."""

    title: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    texts: frozenset[int] = frozenset({0})


def clip(text: str, longest: int) -> str:
    """Return a stranger's text on one line, cut where it is longer."""
    shown = clean_line(text)
    return shown if len(shown) <= longest else f"{shown[: longest - 1]}…"


def render_plain_tables(facts: Facts, tables: Iterable[Table], end: str = "") -> str:
    """Return facts and tables as aligned columns of 80 at most: no colour, the same everywhere."""
    lines = [f"{name}: {value}" for name, value in facts]
    for table in tables:
        lines += ["", table.title, *_columns(table)]
    lines += ["", end] if end else []
    return "\n".join(lines) + "\n"


def render_drawn_tables(
    facts: Facts,
    tables: Iterable[Table],
    end: str = "",
    *,
    below: Mapping[str, str] | None = None,
    width: int,
    color: bool,
) -> str:
    """Return facts and drawn tables for a terminal of `width` columns.

    `below` holds a line to stand below the table of that title.
    """
    from rich.console import Console  # noqa: PLC0415  (slow, and only a terminal shows it)
    from rich.table import Table as Drawn  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    page = io.StringIO()
    console = Console(
        file=page, width=width, force_terminal=color, no_color=not color, legacy_windows=False
    )
    for name, value in facts:
        console.print(Text.assemble((f"{name}: ", "bold"), value))
    for table in tables:
        console.print()
        lines = _plain_where_drawn_is_too_wide(table, width)
        if lines:
            console.print(Text(table.title, style="italic"))
            console.print(Text("\n".join(lines)), soft_wrap=True)
            _print_below(console, table, below)
            continue
        drawn = Drawn(title=Text(table.title), title_justify="left")
        for number, head in enumerate(table.head):
            drawn.add_column(Text(head), justify="left" if number in table.texts else "right")
        for row in table.rows:
            drawn.add_row(*map(Text, row))
        console.print(drawn)
        _print_below(console, table, below)
    if end:
        console.print()
        console.print(Text(end))
    return page.getvalue()


def _print_below(console: Console, table: Table, below: Mapping[str, str] | None) -> None:
    from rich.text import Text  # noqa: PLC0415  (as above)

    if below and table.title in below:
        console.print(Text(below[table.title]))


def _plain_where_drawn_is_too_wide(table: Table, room: int) -> list[str]:
    """Return the lines of a table whose frame has no room, if its columns have; else none."""
    rows = (table.head, *table.rows)
    widths = (max(text_width(row[n]) for row in rows) for n in range(len(table.head)))
    if sum(width + 3 for width in widths) + 1 <= room:
        return []
    lines = list(_columns(table, room))
    return lines if all(text_width(line) <= room for line in lines) else []


def render_markdown_tables(title: str, facts: Facts, tables: Iterable[Table], end: str = "") -> str:
    """Return facts and GitHub tables, every word of the history made harmless."""
    lines = [f"# {title}", ""]
    lines += [f"- **{name}:** {_escape(value)}" for name, value in facts]
    for table in tables:
        marks = ("---" if n in table.texts else "---:" for n in range(len(table.head)))
        lines += ["", f"## {table.title}", "", _pipes(table.head), _pipes(marks)]
        lines += [_pipes(map(_escape, row)) for row in table.rows]
    lines += ["", end] if end else []
    return "\n".join(lines) + "\n"


def _columns(table: Table, room: int = WIDTH) -> Iterator[str]:
    """Yield the lines of a table; where it is wider than `room`, heads and words are folded."""
    widths, gap = _fit(table, room)
    for row in (table.head, *table.rows):
        cells = [fold(cell, width) for cell, width in zip(row, widths, strict=True)]
        for line in range(max(map(len, cells))):
            parts = (
                pad(cell[line] if line < len(cell) else "", width, is_text=n in table.texts)
                for n, (cell, width) in enumerate(zip(cells, widths, strict=True))
            )
            yield (" " * gap).join(parts).rstrip()


def _fit(table: Table, room: int) -> tuple[list[int], int]:
    """Return the widths of the columns and of the gaps between them.

    Where it is too wide, the heads of numbers are narrowed first, then the gaps, then the words:
    to their longest word, and below it only where a table has no room for whole words.
    """
    gap = 2
    count = len(table.head)
    widths = [max(text_width(row[n]) for row in (table.head, *table.rows)) for n in range(count)]
    for n in range(count):
        if _excess(widths, gap, room) > 0 and n not in table.texts:
            words = max(map(text_width, table.head[n].split(" ")))
            widths[n] = max(words, *(text_width(row[n]) for row in table.rows), 0)
    if _excess(widths, gap, room) > 0 and len(widths) > _MANY:
        gap = 1
    words_in = [n for n in range(count) if n in table.texts]
    floors = {n: max(_NARROWEST[0], _longest_word(table, n)) for n in words_in}
    for least in (floors, *(dict.fromkeys(words_in, columns) for columns in _NARROWEST)):
        for _ in range(max(_excess(widths, gap, room), 0)):  # a column each time from the widest
            roomy = [n for n in words_in if widths[n] > least[n]]
            if not roomy:
                break
            widths[max(roomy, key=widths.__getitem__)] -= 1
    return widths, gap


def _longest_word(table: Table, column: int) -> int:
    words = (word for row in (table.head, *table.rows) for word in row[column].split(" "))
    return max(map(text_width, words))


def _excess(widths: list[int], gap: int, room: int) -> int:
    return sum(widths) + gap * (len(widths) - 1) - room


def fold(text: str, width: int) -> list[str]:
    """Return a text in lines of `width` columns, broken between words where there are such."""
    if text_width(text) <= width:
        return [text]
    lines = [""]
    for word in text.split(" "):
        joined = f"{lines[-1]} {word}" if lines[-1] else word
        if text_width(joined) <= width:
            lines[-1] = joined
            continue
        lines += [""] * bool(lines[-1])
        for mark in word:  # a word that is longer than a line, such as Chinese
            if text_width(lines[-1] + mark) > width:
                lines.append("")
            lines[-1] += mark
    return lines


def pad(text: str, width: int, *, is_text: bool = True) -> str:
    """Return a text filled up to some columns: a word on its right, a number on its left."""
    gap = " " * (width - text_width(text))
    return f"{text}{gap}" if is_text else f"{gap}{text}"


def text_width(text: str) -> int:
    """Return the columns a text takes on a terminal: two for a wide letter, none for a mark."""
    if text.isascii():
        return len(text)
    from rich.cells import cell_len  # noqa: PLC0415  (few histories have wide letters)

    return cell_len(text)


def shorten(text: str, width: int) -> str:
    """Return a text in at most `width` columns, cut with a sign where it is longer."""
    if text_width(text) <= width:
        return text
    text = text[: 4 * width]  # marks take no column
    while text and text_width(text) > width - 1:
        text = text[:-1]
    return f"{text.rstrip()}…"


def _pipes(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _escape(text: str) -> str:
    """Return a text as a cell in which Markdown and forges see nothing but words.

    A mention, a reference or an address is one to a forge even behind an entity, not in code.
    """
    if _LIVE.search(text):
        return code(text, cell=True)
    return _SPECIAL.sub(lambda mark: f"&#{ord(mark[0])};", text)
