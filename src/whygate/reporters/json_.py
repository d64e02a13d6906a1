"""Verdicts as JSON (report.schema.json)."""

from __future__ import annotations

import json
import re
from collections import Counter
from typing import TYPE_CHECKING

from whygate.context.fill import build_document
from whygate.model import Finding, Location, Severity, Statement, Status, Verdict
from whygate.reporters.links import rule_link
from whygate.version import __version__

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from whygate.reporters.text import Shown
    from whygate.schema.document import DocumentSchema

REPORT_VERSION = 1
_SURROGATE = re.compile("[\ud800-\udfff]")
_RUNNER = re.compile(r"##(?=[A-Za-z]{0,20}\[)")

Report = dict[str, object]


def render_json(shown: Sequence[Shown], schema: DocumentSchema, today: date) -> str:
    """Return the report of report.schema.json version 1, ending in a newline."""
    return dump_json(build_report(shown, schema, today))


def dump_json(value: object) -> str:
    """Return a value as ASCII JSON that parsers accept and CI runners do not obey.

    Half a surrogate pair, which a file name or a YAML escape may hold, becomes U+FFFD;
    what a runner obeys (`##[`, `##vso[`) can only stand inside a string, and gets an escape.
    """
    whole = json.dumps(_well_formed(value), indent=2, ensure_ascii=True)
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
        "changes": [_change(entry, schema) for entry in shown],
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


def _change(entry: Shown, schema: DocumentSchema) -> Report:
    verdict = entry.verdict
    exemption = verdict.exemption
    return {
        "id": verdict.change.identity,
        "title": verdict.change.title,
        "status": str(verdict.status),
        "kind": {"name": verdict.kind.name, "source": verdict.kind.source},
        "exemption": None
        if exemption is None
        else {"class": exemption.name, "reason": exemption.reason},
        "document": build_document(verdict.context, schema),
        "statements": [_statement(s) for s in verdict.context.statements()],
        "findings": [_finding(f) for f in verdict.findings],
        "suppressed": [_finding(f) for f in verdict.suppressed],
        "skeleton": entry.skeleton,
    }


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


def _finding(finding: Finding) -> Report:
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
        "location": _location(finding.location),
    }


def _location(location: Location) -> Report:
    return {"path": location.path, "line": location.line, "column": location.column}
