"""Turn the coverage of a history into text for a terminal, and into Markdown."""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING

from whygate.audit.coverage import share
from whygate.reporters.tables import BY_MONTH, Table, basis_lines, coverage_tables, order_months

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from whygate.audit.coverage import Coverage
    from whygate.audit.record import Basis

_BARS = "\u2581\u2582\u2583\u2584\u2585\u2586\u2587\u2588"
_MOST_BARS = 48
# What Markdown, or a forge, would make something of; an entity stays a character (6.2, 6.1).
_SPECIAL = re.compile(r"[\\`*_\[\]<>#!|~@&$]|:(?=[\w/+-])|(?<=www)\.", re.IGNORECASE)


def render_text(basis: Basis, coverage: Coverage) -> str:
    """Return the counts as aligned columns: no colour, no width, the same everywhere."""
    lines = [f"{name}: {value}" for name, value in basis_lines(basis)]
    for table in coverage_tables(coverage):
        lines += ["", table.title, *_columns(table)]
    if not coverage.judged:
        lines += ["", "nothing to judge"]
    return "\n".join(lines) + "\n"


def render_rich(basis: Basis, coverage: Coverage, *, width: int, color: bool) -> str:
    """Return the counts as drawn tables and a trend, for a terminal of `width` columns."""
    from rich.console import Console  # noqa: PLC0415  (slow, and only a terminal shows it)
    from rich.table import Table as Drawn  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    page = io.StringIO()
    console = Console(
        file=page, width=width, force_terminal=color, no_color=not color, legacy_windows=False
    )
    for name, value in basis_lines(basis):
        console.print(Text.assemble((f"{name}: ", "bold"), value))
    for table in coverage_tables(coverage):
        drawn = Drawn(title=Text(table.title), title_justify="left")
        for number, head in enumerate(table.head):
            drawn.add_column(Text(head), justify="left" if number in table.texts else "right")
        for row in table.rows:
            drawn.add_row(*map(Text, row))
        console.print()
        console.print(drawn)
        if table.title.startswith(BY_MONTH):
            console.print(Text(render_trend(coverage)))
    return page.getvalue()


def render_markdown(basis: Basis, coverage: Coverage) -> str:
    """Return the counts as GitHub tables, every word of the history made harmless."""
    lines = ["# Product context of the history", ""]
    lines += [f"- **{name}:** {_escape(value)}" for name, value in basis_lines(basis)]
    for table in coverage_tables(coverage):
        marks = ("---" if n in table.texts else "---:" for n in range(len(table.head)))
        lines += ["", f"## {table.title}", "", _pipes(table.head), _pipes(marks)]
        lines += [_pipes(map(_escape, row)) for row in table.rows]
    if not coverage.judged:
        lines += ["", "Nothing to judge."]
    return "\n".join(lines) + "\n"


def render_trend(coverage: Coverage) -> str:
    """Return one bar a month for the share of complete changes, a gap under five of them."""
    bars = [_bar(t.complete, t.asked) for _, t in order_months(coverage.months)][-_MOST_BARS:]
    return f"complete, month by month: {''.join(bars)}"


def _bar(part: int, whole: int) -> str:
    rate = share(part, whole)
    return " " if rate is None else _BARS[min(int(rate * len(_BARS) / 100), len(_BARS) - 1)]


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
    return _SPECIAL.sub(lambda mark: f"&#{ord(mark[0])};", text)
