"""An audit as JSON (audit.schema.json), and its changes one a line."""

from __future__ import annotations

import json
from itertools import zip_longest
from typing import TYPE_CHECKING

import msgspec

from whygate.audit.coverage import Coverage, Tally, share
from whygate.audit.record import EDITED, READ
from whygate.judge.rules import find_rule
from whygate.model import Origin
from whygate.reporters.coverage import (
    field_labels,
    field_order,
    order_months,
    order_phases,
    rank,
    rank_groups,
)
from whygate.reporters.json_ import disarm_json, dump_json
from whygate.version import __version__

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from whygate.audit.record import Basis, Record

REPORT_VERSION = 1
_encode = msgspec.json.Encoder().encode
_NO_CHANGES = '  "changes": []\n}\n'


def render_ndjson(records: Iterable[Record]) -> Iterator[str]:
    """Yield one line for each record, of the shape `change` in audit.schema.json."""
    return (f"{record_line(record)}\n" for record in records)


def record_line(record: Record) -> str:
    """Return a record as one line of ASCII JSON that no CI runner takes for a command."""
    return disarm_json(_dump_line(_record(record)))


def _dump_line(value: object) -> str:
    """Return a value as one line of ASCII JSON, by the fast way where nothing is to be escaped."""
    try:
        line = _encode(value)
    except UnicodeEncodeError:  # half a surrogate pair
        line = b"\xff"
    if line.isascii():
        return line.decode("ascii")
    return json.dumps(value, ensure_ascii=True, separators=(",", ":"))


def _record(record: Record) -> dict[str, object]:
    return {
        "id": record.identity,
        "sha": record.sha,
        "title": record.title,
        "date": record.day.isoformat() if record.day is not None else None,
        "author": record.author,
        "kind": record.kind,
        "state": record.state,
        "reason": record.reason,
        "blind": record.is_blind,
        "described": record.described,
        "answers": [
            {"field": name, "label": label, "origin": origin}
            for (name, label), origin in zip_longest(
                record.answers, record.origins[: len(record.answers)], fillvalue=Origin.MESSAGE
            )
        ],
        "forms": list(record.forms),
        "rules": [{"rule": rule, "severity": severity} for rule, severity in record.rules],
        "area": record.area,
        "url": record.url,
        "by_agent": record.by_agent,
    }


def render_coverage_json(
    basis: Basis,
    coverage: Coverage,
    records: Iterable[Record],
    outcomes: Mapping[str, object] | None = None,
) -> Iterator[str]:
    """Yield the report piece by piece: the counts, then one change a line.

    `outcomes` are a scorecard as plain values, None when there is no plan.
    """
    head = {
        "version": REPORT_VERSION,
        "tool": {"name": "whygate", "version": __version__},
        "basis": describe_basis(basis),
        "coverage": _coverage(coverage),
        **({"outcomes": outcomes} if outcomes is not None else {}),
        "changes": [],
    }
    start = dump_json(head)
    yield start.removesuffix(_NO_CHANGES) + '  "changes": ['
    comma = ""
    for record in records:
        yield f"{comma}\n    {record_line(record)}"
        comma = ","
    yield "\n  ]\n}\n" if comma else "]\n}\n"


def describe_basis(basis: Basis) -> dict[str, object]:
    """Return what an audit looked at as plain values."""
    return {
        "repository": basis.repository,
        "revisions": basis.revisions,
        "branch": basis.branch,
        "head": basis.head,
        "unit": basis.unit,
        "today": basis.today.isoformat(),
        "timezone": basis.timezone,
        "config": basis.config,
        "preset": basis.preset,
        "schema": basis.schema,
        "templates": list(basis.templates),
        "filters": list(basis.filters),
        "notes": list(basis.notes),
    }


def _coverage(coverage: Coverage) -> dict[str, object]:
    return {
        "total": _tally(coverage.total),
        "skipped": dict(rank(coverage.skipped)),
        "exempt": dict(rank(coverage.exempt)),
        "fields": [_field(coverage, name) for name in field_order(coverage)],
        "forms": dict(rank(coverage.forms)),
        "origins": dict(rank(coverage.origins)),
        "described": {name: coverage.described[name] for name in (READ, EDITED)},
        "months": _groups(order_months(coverage.months)),
        "kinds": _groups(rank_groups(coverage.kinds)),
        "areas": _groups(rank_groups(coverage.areas)),
        "authors": _groups(rank_groups(coverage.authors)),
        "writers": _groups(rank_groups(coverage.writers)),
        "phases": _groups(order_phases(coverage.phases)),
        "rules": [_rule(coverage, rule) for rule in sorted(coverage.rules)],
        "exempt_features": [
            {"id": identity, "title": title, "class": reason}
            for identity, title, reason in coverage.exempt_features
        ],
        "waived": [
            {"id": identity, "title": title, "waiver": said}
            for identity, title, said in coverage.waived
        ],
    }


def _groups(groups: Iterable[tuple[str, Tally]]) -> list[dict[str, object]]:
    return [{"name": name, **_tally(tally)} for name, tally in groups]


def _tally(tally: Tally) -> dict[str, object]:
    return {
        "changes": tally.changes,
        "judged": tally.judged,
        "asked": tally.asked,
        "complete": tally.complete,
        "partial": tally.partial,
        "missing": tally.missing,
        "exempt": tally.exempt,
        "skipped": tally.skipped,
        "blind": tally.blind,
        "share": round_share(tally.complete, tally.asked),
    }


def _field(coverage: Coverage, name: str) -> dict[str, object]:
    count = coverage.fields[name]
    return {
        "name": name,
        "changes": count,
        "of": coverage.judged,
        "share": round_share(count, coverage.judged),
        "labels": [{"label": label, "changes": n} for label, n in field_labels(coverage, name)],
    }


def _rule(coverage: Coverage, rule: str) -> dict[str, object]:
    count, known = coverage.rules[rule], find_rule(rule)
    return {
        "rule": rule,
        "name": known.name if known is not None else "",
        "changes": count.changes,
        "errors": count.errors,
        "of": coverage.judged,
        "share": round_share(count.changes, coverage.judged),
        "example": {"id": count.example, "title": count.title},
    }


def round_share(part: int, whole: int) -> float | None:
    """Return the percentage that a part is, with one digit; None of too few."""
    rate = share(part, whole)
    return None if rate is None else round(rate, 1)
