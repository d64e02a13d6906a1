"""Results of many changes from one table: a CSV file, read whole before anything is written."""

from __future__ import annotations

import csv
from datetime import date
from typing import TYPE_CHECKING

from whygate.errors import InputError
from whygate.loop.record import Wanted
from whygate.outcomes.result import ResultState

if TYPE_CHECKING:
    from collections.abc import Iterator

LIMIT = 1 << 20
MOST_ROWS = 2_000
_COLUMNS = ("change", "state", "value", "evidence", "note", "metric", "until", "by", "at")
_DELIMITERS = (",", ";", "\t")
# What spreadsheets are told to take for text: https://owasp.org/www-community/attacks/CSV_Injection
_FORMULAS = ("'=", "'+", "'-", "'@")


def read_rows(text: str, path: str) -> list[tuple[int, Wanted | str]]:
    """Return each row's line (from 1) with what it says, or with the sentence that refuses it.

    The first row names the columns, `change` and others of `record`; the delimiter is that of
    the first row. Empty rows are passed over. Raises InputError when that row is not what it
    should be, or there are more rows than MOST_ROWS.
    """
    if "\ufffd" in text:
        raise InputError(f"{path} is not UTF-8", hint="save it as `CSV UTF-8`")
    head = text.partition("\n")[0]
    delimiter = max(_DELIMITERS, key=head.count)
    reader = csv.reader(text.splitlines(keepends=True), delimiter=delimiter, strict=True)
    rows = list(_read(reader, path))
    names = [name.strip().lower() for name in rows[0][1]] if rows else []
    unknown = [name for name in names if name not in _COLUMNS]
    if "change" not in names or unknown or len(set(names)) < len(names):
        said = f"has a column `{unknown[0][:40]}`" if unknown else "does not name its columns once"
        raise InputError(
            f"{path}:1: the first row {said}", hint=f"columns are {', '.join(_COLUMNS)}"
        )
    if len(rows) - 1 > MOST_ROWS:
        raise InputError(f"{path} has more than {MOST_ROWS} rows", hint="record them in two files")
    return [(line, _to_wanted(cells, names)) for line, cells in rows[1:]]


def _read(reader: Iterator[list[str]], path: str) -> Iterator[tuple[int, list[str]]]:
    line = 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield line, cells
            line = getattr(reader, "line_num", line) + 1
    except csv.Error as error:
        raise InputError(f"{path}:{line}: this is not CSV: {error}") from None


def _to_wanted(cells: list[str], names: list[str]) -> Wanted | str:
    row = {name: _plain(cell) for name, cell in zip(names, cells, strict=False)}
    if len(cells) != len(names):
        return f"has {len(cells)} cells where the first row has {len(names)}"
    state, metric, at = (row.get(name, "") for name in ("state", "metric", "at"))
    if not row["change"]:
        return "names no change"
    if state and state not in set(ResultState):
        return f"`{state[:40]}` is none of {', '.join(ResultState)}"
    if metric and not (metric.isascii() and metric.isdigit() and 1 <= int(metric[:9]) <= 99):
        return f"`{metric[:40]}` is no number of a metric"
    try:
        day = date.fromisoformat(at) if at else None
    except ValueError:
        return f"`{at[:40]}` is not a day; write 2027-02-15"
    return Wanted(
        change=row["change"],
        state=state,
        value=row.get("value", ""),
        evidence=row.get("evidence", ""),
        note=row.get("note", ""),
        metric=int(metric) if metric else None,
        until=row.get("until", ""),
        guardrails=(),
        by=row.get("by", ""),
        at=day,
        forced="",
        correct=False,
        carrier="ledger",
        commit=False,
        dry_run=False,
    )


def _plain(cell: str) -> str:
    """Return a cell without what keeps a spreadsheet from taking it for a formula."""
    cell = cell.strip()
    return cell[1:] if cell.startswith(_FORMULAS) else cell
