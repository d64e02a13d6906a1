"""An audit as CSV that a spreadsheet shows and does not obey."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

from whygate.text.clean import clean_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from whygate.audit.record import Record

HEAD = (
    *("id", "sha", "date", "kind", "state", "reason", "blind", "title", "fields", "labels"),
    *("forms", "rules", "area", "author", "url", "by_agent"),
)
# A spreadsheet takes a cell that starts so for a formula (OWASP, "CSV Injection").
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def render_csv(records: Iterable[Record], *, raw: bool = False) -> Iterator[str]:
    """Yield the head, then one row for each record (RFC 4180, lines end in a line feed).

    A cell that a spreadsheet would take for a formula gets an apostrophe in front, unless `raw`.
    """
    line = io.StringIO()
    writer = csv.writer(line, lineterminator="\n")
    for row in _rows(records):
        writer.writerow([cell if raw else disarm(cell) for cell in row])
        yield line.getvalue()
        line.seek(0)
        line.truncate()


def _rows(records: Iterable[Record]) -> Iterator[tuple[str, ...]]:
    yield HEAD
    for record in records:
        yield (
            record.identity,
            record.sha,
            record.day.isoformat() if record.day is not None else "",
            record.kind,
            record.state,
            record.reason,
            "yes" if record.is_blind else "no",
            record.title,
            "; ".join(name for name, _ in record.answers),
            "; ".join(label for _, label in record.answers),
            "; ".join(record.forms),
            "; ".join(f"{rule} {severity}" for rule, severity in record.rules),
            record.area,
            record.author,
            record.url,
            "yes" if record.by_agent else "no",
        )


def disarm(cell: str) -> str:
    """Return a cell on one line, no formula; a tab or a return in front counts before it goes."""
    is_formula = cell.lstrip(" ").startswith(_FORMULA) or cell.lstrip().startswith(_FORMULA)
    return f"'{clean_line(cell)}" if is_formula else clean_line(cell)
