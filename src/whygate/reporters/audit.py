"""The formats of an audit: one row a format, which names what it needs and who writes it."""

from __future__ import annotations

import json
from html import escape
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from whygate.audit.coverage import share, show_share
from whygate.history.outcomes import NEXT_DAYS
from whygate.outcomes.scorecard import Shipped, keep_score
from whygate.reporters.due import list_due

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from datetime import date

    from whygate.audit.record import Record
    from whygate.history.run import Audited
    from whygate.reporters.html_ import Looked

# https://docs.github.com/en/code-security/reference/code-scanning/sarif-files/troubleshoot-sarif-uploads/results-exceed-limit
_MOST_RESULTS = 25_000
LABEL = "product context"
TOO_FEW = "too few changes"
_COLORS = ((80, "brightgreen", "#3a7d1e"), (50, "yellow", "#8a6d00"), (0, "orange", "#b04a00"))
_GREY = ("lightgrey", "#5c5c5c")
_LETTER = 7  # pixels of a letter, with room; a picture cannot measure its font
_MARGIN = 10


class Page(Struct, frozen=True):
    """An audit to show, and how: `width` is that of the terminal, None for a file or a pipe."""

    audited: Audited
    today: date
    by_owner: bool = False
    raw_csv: bool = False
    width: int | None = None
    color: bool = False

    @property
    def looked(self) -> Looked | None:
        """Return what came of the plans and what waits for a result, None when nothing did."""
        found = self.audited.outcomes
        if found is None:
            return None
        coverage = self.audited.coverage
        shipped = Shipped(coverage.judged, tuple(coverage.exempt_features), tuple(coverage.waived))
        card = keep_score(found, self.today, shipped, by_owner=self.by_owner)
        return card, list_due(found, today=self.today, within=NEXT_DAYS)


class Format(Struct, frozen=True):
    """A format: who writes it, piece by piece; whether it shows records, outcomes, and answers."""

    render: Callable[[Page], Iterable[str]]
    needs_records: bool = True
    shows_outcomes: bool = False
    shows_words: bool = False


def name_excess(records: Sequence[Record]) -> str:
    """Return what to do when a SARIF log of the records is too long to be uploaded, or ""."""
    count = sum(len(record.rules) for record in records)
    if count <= _MOST_RESULTS:
        return ""
    return (
        f"the log holds {count} results, and GitHub's code scanning refuses one with more than "
        f"{_MOST_RESULTS}: audit a part of the history, such as --since or --last"
    )


# A reporter is imported when its format is asked for.


def _text(page: Page) -> Iterable[str]:
    from whygate.reporters.coverage import render_rich, render_text  # noqa: PLC0415
    from whygate.reporters.outcome_tables import outcome_tables  # noqa: PLC0415

    looked, audited = page.looked, page.audited
    more = tuple(outcome_tables(*looked, brief=True)) if looked is not None else ()
    if page.width is None:
        return (render_text(audited.basis, audited.coverage, more),)
    return (render_rich(audited.basis, audited.coverage, more, width=page.width, color=page.color),)


def _markdown(page: Page) -> Iterable[str]:
    from whygate.reporters.coverage import render_markdown  # noqa: PLC0415
    from whygate.reporters.outcome_tables import outcome_tables  # noqa: PLC0415

    looked = page.looked
    more = tuple(outcome_tables(*looked, brief=True)) if looked is not None else ()
    return (render_markdown(page.audited.basis, page.audited.coverage, more),)


def _json(page: Page) -> Iterable[str]:
    from whygate.reporters.coverage_json import render_coverage_json  # noqa: PLC0415
    from whygate.reporters.scorecard import describe_scorecard  # noqa: PLC0415

    looked, audited = page.looked, page.audited
    outcomes = describe_scorecard(*looked) if looked is not None else None
    return render_coverage_json(audited.basis, audited.coverage, audited.records, outcomes)


def _ndjson(page: Page) -> Iterable[str]:
    from whygate.reporters.coverage_json import render_ndjson  # noqa: PLC0415

    return render_ndjson(page.audited.records)


def _csv(page: Page) -> Iterable[str]:
    from whygate.reporters.csv_ import render_csv  # noqa: PLC0415

    return render_csv(page.audited.records, raw=page.raw_csv)


def _html(page: Page) -> Iterable[str]:
    from whygate.reporters.html_ import render_html  # noqa: PLC0415

    audited = page.audited
    return (render_html(audited.basis, audited.coverage, audited.records, page.looked),)


def _sarif(page: Page) -> Iterable[str]:
    from whygate.reporters.sarif import render_sarif  # noqa: PLC0415

    basis, records = page.audited.basis, page.audited.records
    if warning := name_excess(records):
        basis = replace(basis, notes=(*basis.notes, warning))
    return (render_sarif(basis, records),)


def _junit(page: Page) -> Iterable[str]:
    from whygate.reporters.junit import render_junit  # noqa: PLC0415

    return (render_junit(page.audited.basis, page.audited.records),)


FORMATS: dict[str, Format] = {
    "text": Format(_text, needs_records=False, shows_outcomes=True),
    "json": Format(_json, shows_outcomes=True),
    "ndjson": Format(_ndjson),
    "csv": Format(_csv),
    "markdown": Format(_markdown, needs_records=False, shows_outcomes=True),
    "html": Format(_html, shows_outcomes=True, shows_words=True),
    "sarif": Format(_sarif),
    "junit": Format(_junit),
}


def render_badge_json(part: int, whole: int, *, label: str = LABEL) -> str:
    """Return the JSON that shields.io's endpoint badge reads (https://shields.io/endpoint)."""
    message, (color, _) = _message(part, whole), _color(part, whole)
    held = {"schemaVersion": 1, "label": label, "message": message, "color": color}
    return json.dumps(held, indent=2) + "\n"


def render_badge(part: int, whole: int, *, label: str = LABEL) -> str:
    """Return an SVG badge that says its words to a screen reader too, and loads nothing."""
    message, (_, color) = _message(part, whole), _color(part, whole)
    left, right = (2 * _MARGIN + _LETTER * len(text) for text in (label, message))
    words = escape(f"{label}: {message}")
    return f"""\
<svg xmlns="http://www.w3.org/2000/svg" width="{left + right}" height="20" role="img" \
aria-label="{words}">
<title>{words}</title>
<rect width="{left}" height="20" fill="#444"/>
<rect x="{left}" width="{right}" height="20" fill="{color}"/>
<g fill="#fff" text-anchor="middle" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11">
<text x="{left // 2}" y="14">{escape(label)}</text>
<text x="{left + right // 2}" y="14">{escape(message)}</text>
</g>
</svg>
"""


def _message(part: int, whole: int) -> str:
    shown = show_share(part, whole)
    return f"{shown} of {whole}" if shown else TOO_FEW


def _color(part: int, whole: int) -> tuple[str, str]:
    rate = share(part, whole)
    if rate is None:
        return _GREY
    return next((name, color) for least, name, color in _COLORS if rate >= least)
