"""Turn the records of a history into JSON, one change a line."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from whygate.audit.record import Record


def render_ndjson(records: Iterable[Record]) -> Iterator[str]:
    """Yield one line for each record, of the shape `change` in audit.schema.json."""
    return (f"{record_line(record)}\n" for record in records)


def record_line(record: Record) -> str:
    """Return a record as one line of ASCII JSON that no CI runner takes for a command."""
    line = json.dumps(_record(record), ensure_ascii=True, separators=(", ", ": "))
    return line.replace("##[", "##\\u005b")


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
        "answers": [{"field": name, "label": label} for name, label in record.answers],
        "forms": list(record.forms),
        "rules": [{"rule": rule, "severity": severity} for rule, severity in record.rules],
        "area": record.area,
        "url": record.url,
    }
