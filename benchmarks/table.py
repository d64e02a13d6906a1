"""Turn measured rows into an aligned table of text."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


def render_table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return lines of columns as wide as their widest cell: the first left, all others right."""
    table = [head, ["-" * len(cell) for cell in head], *rows]
    widths = [max(len(row[column]) for row in table) for column in range(len(head))]
    return "\n".join(_render_row(row, widths).rstrip() for row in table)


def judge_ratio(name: str, ratio: float, budget: float) -> str:
    """Return one line that holds a ratio against its budget."""
    state = "within" if ratio <= budget else "OVER"
    return f"{name}: {ratio:.2f}, {state} the budget of {budget:.2f}"


def judge_between(name: str, ratio: float, budget: tuple[float, float]) -> str:
    """Return one line that holds a ratio against the two bounds of its budget."""
    least, most = budget
    state = "within" if least <= ratio <= most else "BELOW" if ratio < least else "OVER"
    return f"{name}: {ratio:.2f}, {state} the budget of {least:.2f} to {most:.2f}"


def _render_row(row: Sequence[str], widths: Sequence[int]) -> str:
    first = row[0].ljust(widths[0])
    return "  ".join((first, *(c.rjust(w) for c, w in zip(row[1:], widths[1:], strict=True))))
