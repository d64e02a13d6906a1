"""A scorecard as text, Markdown, JSON, or the page of an audit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Sequence

    from whygate.audit.coverage import Coverage
    from whygate.audit.record import Basis, Record
    from whygate.outcomes.scorecard import Scorecard
    from whygate.reporters.due import DueList

FORMATS = ("text", "json", "markdown", "html")
_TITLE = "What came of the changes"
_NO_PLAN = "no change has a plan yet: nothing can come due, and nothing can be learned from it"


class Scored(Struct, frozen=True):
    """A scorecard, what waits for a result, and the history that both rest on."""

    basis: Basis
    card: Scorecard
    due: DueList
    coverage: Coverage
    records: Sequence[Record]


def render_scorecard(scored: Scored, form: str, *, width: int | None, color: bool) -> str:
    """Return a scorecard in one of FORMATS; `width` is the terminal's, None for a file."""
    basis, card, due = scored.basis, scored.card, scored.due
    if form == "json":
        from whygate.reporters.scorecard_json import render_scorecard_json  # noqa: PLC0415

        return render_scorecard_json(basis, card, due)
    if form == "html":
        from whygate.reporters.html_ import render_html  # noqa: PLC0415

        return render_html(basis, scored.coverage, scored.records, (card, due))
    from whygate.reporters.coverage import basis_lines  # noqa: PLC0415
    from whygate.reporters.outcome_tables import outcome_tables  # noqa: PLC0415
    from whygate.reporters.tables import (  # noqa: PLC0415
        render_drawn_tables,
        render_markdown_tables,
        render_plain_tables,
    )

    facts, tables = tuple(basis_lines(basis)), tuple(outcome_tables(card, due))
    end = "" if tables else _NO_PLAN
    if form == "markdown":
        return render_markdown_tables(_TITLE, facts, tables, end)
    if width is not None:
        return render_drawn_tables(facts, tables, end, width=width, color=color)
    return render_plain_tables(facts, tables, end)
