"""Tables, and how they are written: in plain columns, drawn for a terminal, and in Markdown."""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING

from msgspec import Struct

from whygate.text.clean import code

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

# What Markdown, or a forge, would make something of; an entity stays a character (6.2, 6.1).
_SPECIAL = re.compile(r"[\\`*_\[\]<>#!|~@&$]|:(?=[\w/+-])|(?<=www)\.", re.IGNORECASE)

_LIVE = re.compile(r"@\w|#\w|\bGH-\d|://|\bwww\.", re.IGNORECASE)

Facts = tuple[tuple[str, str], ...]


class Table(Struct, frozen=True):
    """A titled table of plain text; `texts` are the columns that hold words, not numbers."""

    title: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    texts: frozenset[int] = frozenset({0})


def render_plain_tables(facts: Facts, tables: Iterable[Table], end: str = "") -> str:
    """Return facts and tables as aligned columns: no colour, no width, the same everywhere."""
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
        drawn = Drawn(title=Text(table.title), title_justify="left")
        for number, head in enumerate(table.head):
            drawn.add_column(Text(head), justify="left" if number in table.texts else "right")
        for row in table.rows:
            drawn.add_row(*map(Text, row))
        console.print()
        console.print(drawn)
        if below and table.title in below:
            console.print(Text(below[table.title]))
    if end:
        console.print()
        console.print(Text(end))
    return page.getvalue()


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


def _columns(table: Table) -> Iterator[str]:
    grid = [table.head, *table.rows]
    widths = [max(len(row[n]) for row in grid) for n in range(len(table.head))]
    for row in grid:
        cells = (
            cell.ljust(width) if n in table.texts else cell.rjust(width)
            for n, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        yield "  ".join(cells).rstrip()


def _pipes(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _escape(text: str) -> str:
    """Return a text as a cell in which Markdown and forges see nothing but words.

    A mention, a reference or an address is one to a forge even behind an entity, not in code.
    """
    if _LIVE.search(text):
        return code(text, cell=True)
    return _SPECIAL.sub(lambda mark: f"&#{ord(mark[0])};", text)
