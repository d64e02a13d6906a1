"""Turn the coverage of a history into text for a terminal, and into Markdown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from whygate.audit.coverage import share
from whygate.reporters.table_text import (
    render_drawn_tables,
    render_markdown_tables,
    render_plain_tables,
)
from whygate.reporters.tables import BY_MONTH, Table, basis_lines, coverage_tables, order_months

if TYPE_CHECKING:
    from collections.abc import Sequence

    from whygate.audit.coverage import Coverage
    from whygate.audit.record import Basis

_BARS = "\u2581\u2582\u2583\u2584\u2585\u2586\u2587\u2588"
_MOST_BARS = 48
_TITLE = "Product context of the history"


def render_text(basis: Basis, coverage: Coverage, more: Sequence[Table] = ()) -> str:
    """Return the counts as aligned columns: no colour, no width, the same everywhere.

    `more` are tables to stand behind those of the coverage.
    """
    end = "" if coverage.judged else "nothing to judge"
    tables = (*coverage_tables(coverage), *more)
    return render_plain_tables(tuple(basis_lines(basis)), tables, end)


def render_rich(
    basis: Basis, coverage: Coverage, more: Sequence[Table] = (), *, width: int, color: bool
) -> str:
    """Return the counts as drawn tables and a trend, for a terminal of `width` columns."""
    tables = (*coverage_tables(coverage), *more)
    by_month = (table.title for table in tables if table.title.startswith(BY_MONTH))
    below = dict.fromkeys(by_month, render_trend(coverage))
    facts = tuple(basis_lines(basis))
    return render_drawn_tables(facts, tables, below=below, width=width, color=color)


def render_markdown(basis: Basis, coverage: Coverage, more: Sequence[Table] = ()) -> str:
    """Return the counts as GitHub tables, every word of the history made harmless."""
    end = "" if coverage.judged else "Nothing to judge."
    tables = (*coverage_tables(coverage), *more)
    return render_markdown_tables(_TITLE, tuple(basis_lines(basis)), tables, end)


def render_trend(coverage: Coverage) -> str:
    """Return one bar a month for the share of complete changes, a gap under five of them."""
    bars = [_bar(t.complete, t.asked) for _, t in order_months(coverage.months)][-_MOST_BARS:]
    return f"complete, month by month: {''.join(bars)}"


def _bar(part: int, whole: int) -> str:
    rate = share(part, whole)
    return " " if rate is None else _BARS[min(int(rate * len(_BARS) / 100), len(_BARS) - 1)]
