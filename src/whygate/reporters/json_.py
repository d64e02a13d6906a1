"""Verdicts as JSON (report.schema.json)."""

from __future__ import annotations

import json
import re
from collections import Counter
from hashlib import blake2b
from typing import TYPE_CHECKING

from whygate.context.fill import build_document, find_answers, is_answered, read_item
from whygate.model import (
    Edit,
    Finding,
    KindDecision,
    Location,
    Severity,
    Statement,
    Status,
    Verdict,
)
from whygate.reporters.links import rule_link
from whygate.schema.fields import MEASUREMENT
from whygate.values.dates import DateValue
from whygate.values.plans import Answer, New, Plan, Unclear, UnknownUntil
from whygate.values.quantities import Quantity
from whygate.version import __version__

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date
    from decimal import Decimal

    from whygate.reporters.text import Shown
    from whygate.schema.document import DocumentSchema
    from whygate.values.dates import DateProblem
    from whygate.values.plans import Baseline, Target

REPORT_VERSION = 1
_SURROGATE = re.compile("[\ud800-\udfff]")
_LINE = re.compile(r"\blines? \d+")  # a message may name another place
_RUNNER = re.compile(r"##(?=[A-Za-z]{0,20}\[)")

Report = dict[str, object]


def render_json(shown: Sequence[Shown], schema: DocumentSchema, today: date) -> str:
    """Return the report of report.schema.json version 1, ending in a newline."""
    return dump_json(build_report(shown, schema, today))


def dump_json(value: object, indent: int | None = 2) -> str:
    """Return a value as ASCII JSON that parsers accept and CI runners do not obey.

    Half a surrogate pair, which a file name or a YAML escape may hold, becomes U+FFFD;
    what a runner obeys (`##[`, `##vso[`) can only stand inside a string, and gets an escape.
    """
    separators = (",", ": " if indent else ":")
    whole = json.dumps(_well_formed(value), indent=indent, separators=separators, ensure_ascii=True)
    return disarm_json(whole) + "\n"


def disarm_json(text: str) -> str:
    """Return JSON in which no CI runner finds a command: the same JSON, with an escape more."""
    return _RUNNER.sub(r"\\u0023#", text)


def _well_formed(value: object) -> object:
    match value:
        case str():
            return _SURROGATE.sub("\ufffd", value)
        case dict():
            return {str(_well_formed(key)): _well_formed(inner) for key, inner in value.items()}
        case list() | tuple():
            return [_well_formed(inner) for inner in value]
    return value


def build_report(shown: Sequence[Shown], schema: DocumentSchema, today: date) -> Report:
    """Return the report as plain values: what was judged, how, and every finding."""
    verdicts = [entry.verdict for entry in shown]
    return {
        "version": REPORT_VERSION,
        "tool": {"name": "whygate", "version": __version__},
        "today": today.isoformat(),
        "schema": schema.name,
        "ok": all(v.ok for v in verdicts),
        "counts": _counts(verdicts),
        "changes": [_change(entry, schema, today) for entry in shown],
    }


def _counts(verdicts: Sequence[Verdict]) -> Report:
    states = Counter(v.status for v in verdicts)
    weights = Counter(f.severity for v in verdicts for f in v.findings)
    return {
        "changes": len(verdicts),
        **{str(status): states[status] for status in Status},
        "errors": weights[Severity.ERROR],
        "warnings": weights[Severity.WARNING],
        "information": weights[Severity.INFO],
        "suppressed": sum(len(v.suppressed) for v in verdicts),
    }


def _change(entry: Shown, schema: DocumentSchema, today: date) -> Report:
    verdict = entry.verdict
    exemption = verdict.exemption
    return {
        "id": verdict.change.identity,
        "title": verdict.change.title,
        "status": str(verdict.status),
        "kind": _kind(verdict.kind),
        "exemption": None
        if exemption is None
        else {"class": exemption.name, "reason": exemption.reason},
        "document": build_document(verdict.context, schema),
        "plans": [_plan(plan) for plan in _plans(verdict, verdict.change.day or today)],
        "statements": [_statement(s) for s in verdict.context.statements()],
        "answered": [name for name, _ in find_answers(verdict.context)],
        "findings": _findings(verdict.findings),
        "suppressed": _findings(verdict.suppressed),
        "skeleton": entry.skeleton,
    }


def _plans(verdict: Verdict, today: date) -> Iterator[Plan]:
    """Yield the measurements of a change with their values read, as the rules read them."""
    for item in verdict.context.items.get(MEASUREMENT, ()):
        if is_answered(item):
            yield read_item(item, today)


def _plan(plan: Plan) -> Report:
    owner = plan.owner
    return {
        "metric": plan.metric,
        "baseline": _value(plan.baseline),
        "target": _value(plan.target),
        "resolved": _value(plan.resolved),
        "direction": plan.direction,
        "due": plan.due_day.isoformat() if plan.due_day is not None else None,
        "due_from": _clock(plan.due),
        "owner": None
        if owner is None
        else {"handle": owner.handle, "mail": owner.mail, "name": owner.name},
        "method": plan.method,
    }


def _clock(due: DateValue | DateProblem | None) -> str:
    """Return what a day counts from: nothing ("calendar"), the merge, a release; "" for no day."""
    if not isinstance(due, DateValue):
        return ""
    if due.relative is None:
        return "calendar"
    return "release" if due.waits_for_release else "merge"


def _value(value: Baseline | Target | None) -> Report | None:
    """Return a value of a plan by its kind, None where nothing can be read."""
    match value:
        case Quantity():
            return {
                "kind": "quantity",
                "text": value.text,
                "low": _number(value.low),
                "high": _number(value.high),
                "unit": value.unit,
                "dimension": str(value.dimension),
                "noun": value.noun,
                "per": value.per,
                "statistic": value.statistic,
                "comparator": value.comparator,
                "relative": value.relative,
            }
        case UnknownUntil():
            until = value.day.isoformat() if value.day is not None else None
            return {"kind": "unknown", "until": until, "how": value.how}
        case New():
            return {"kind": "new", "text": value.text}
        case Answer():
            return {"kind": "answer", "expected": value.expected}
        case Unclear():
            return {"kind": "unclear", "text": value.text, "readings": list(value.readings)}
    return None


def _number(value: Decimal) -> int | float:
    return int(value) if value == value.to_integral_value() else float(value)


def _kind(kind: KindDecision) -> Report:
    return {"name": kind.name, "source": kind.source, "claimed": kind.claimed, "note": kind.note}


def _statement(statement: Statement) -> Report:
    return {
        "field": statement.field,
        "text": statement.text,
        "raw": statement.raw,
        "form": str(statement.form),
        "origin": str(statement.origin),
        "label": statement.label,
        "location": _location(statement.location),
    }


def _findings(findings: Sequence[Finding]) -> list[Report]:
    """Return findings, each with a fingerprint that it keeps wherever its line moves.

    Of several that say the same of one text, each has its own.
    """
    seen: Counter[str] = Counter()
    found = []
    for finding in findings:
        words = _LINE.sub("line", finding.message)
        said = "\0".join((finding.rule, finding.location.path, finding.field, words))
        seen[said] += 1
        data = f"{said}\0{seen[said]}".encode("utf-8", "replace")
        found.append(_finding(finding, blake2b(data, digest_size=16).hexdigest()))
    return found


def _finding(finding: Finding, fingerprint: str) -> Report:
    return {
        "rule": finding.rule,
        "name": finding.name,
        "severity": str(finding.severity),
        "message": finding.message,
        "field": finding.field,
        "question": finding.question,
        "paste": finding.paste,
        "reason": finding.reason,
        "url": rule_link(finding.rule),
        "fingerprint": fingerprint,
        "edit": None if finding.edit is None else _edit(finding.edit),
        "location": _location(finding.location),
    }


def _edit(edit: Edit) -> Report:
    """Return the mend of a finding; it never goes over the end of a line."""
    place = edit.location
    return {
        "line": place.line,
        "column": place.column,
        "end_column": place.column + len(edit.old),
        "start": edit.start,
        "end": edit.end,
        "old": edit.old,
        "new": edit.new,
    }


def _location(location: Location) -> Report:
    return {"path": location.path, "line": location.line, "column": location.column}
