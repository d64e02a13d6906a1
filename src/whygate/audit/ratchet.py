"""The changes that lack an answer today, listed so that only a new one fails."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from msgspec import Struct

from whygate.audit.coverage import SKIPPED, Coverage, share
from whygate.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from whygate.audit.record import Record

VERSION = 1
BASELINE_LIMIT = 64 << 20  # bytes


class Debt(Struct, frozen=True, order=True):
    """A rule of severity error that a change breaks; `change` is its hash or its identity."""

    change: str
    rule: str


def find_debts(records: Iterable[Record]) -> tuple[tuple[Debt, Record], ...]:
    """Return every debt of the judged records with its record, in their order."""
    return tuple(
        (Debt(record.sha, rule), record)
        for record in records
        if record.state != SKIPPED
        for rule, severity in record.rules
        if severity == "error"
    )


def find_new_debts(
    records: Iterable[Record], known: frozenset[Debt]
) -> tuple[tuple[Debt, Record], ...]:
    """Return the debts that the baseline does not list under the change's hash or identity.

    A rewritten history keeps the numbers of its pull requests, so either of the two excuses.
    """
    return tuple(
        (debt, record)
        for debt, record in find_debts(records)
        if debt not in known and Debt(record.identity, debt.rule) not in known
    )


def render_baseline(records: Iterable[Record]) -> str:
    """Return the baseline file of records: JSON, sorted, one debt a line."""
    debts = sorted({debt for debt, _ in find_debts(records)})
    lines = ",\n".join(f"    {json.dumps([debt.change, debt.rule])}" for debt in debts)
    return f'{{\n  "version": {VERSION},\n  "debts": [\n{lines}\n  ]\n}}\n'


def parse_baseline(text: str, path: str) -> frozenset[Debt]:
    """Return the debts a baseline file lists.

    Raises InputError when it is no baseline of this version.
    """
    hint = "write it again with --write-baseline"
    try:
        held = json.loads(text)
    except (ValueError, RecursionError):
        raise InputError(f"`{path}` is not JSON", hint=hint) from None
    if not isinstance(held, dict) or held.get("version") != VERSION:
        raise InputError(f"`{path}` is not a baseline of version {VERSION}", hint=hint)
    debts = held.get("debts")
    if not isinstance(debts, list) or not all(map(_is_debt, debts)):
        raise InputError(f"`{path}` does not list its debts as [change, rule]", hint=hint)
    return frozenset(Debt(change, rule) for change, rule in debts)


def measure(coverage: Coverage, field: str = "") -> tuple[int, int]:
    """Return how many changes count as answered, and of how many.

    Without a field: the complete of those that had to answer (exempt ones need not). With one:
    those that answer it, of all judged.
    """
    if field:
        return coverage.fields[field], coverage.total.judged
    return coverage.total.complete, coverage.total.asked


def is_under(part: int, whole: int, percent: float) -> bool | None:
    """Tell whether a share is below a percentage; None when they are too few to say."""
    rate = share(part, whole)
    return None if rate is None else rate < percent


def _is_debt(value: object) -> bool:
    match value:
        case [str(), str()]:
            return True
    return False
