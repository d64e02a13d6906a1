"""What is due as JSON (due.schema.json)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from whygate.reporters.due import GROUPS
from whygate.reporters.json_ import dump_json
from whygate.version import __version__

if TYPE_CHECKING:
    from whygate.model import Finding
    from whygate.outcomes.ledger import Damage
    from whygate.outcomes.outcome import ChangeOf
    from whygate.outcomes.result import Result
    from whygate.reporters.due import DueItem, DueList

REPORT_VERSION = 1

Json = dict[str, object]


def render_due_json(due: DueList) -> str:
    """Return the report of due.schema.json version 1, ending in a newline."""
    return dump_json(
        {
            "version": REPORT_VERSION,
            "tool": {"name": "whygate", "version": __version__},
            "today": due.today.isoformat(),
            "within": due.within,
            "counts": {group: len(due.group(group)) for group in GROUPS},
            "items": [_item(item) for item in due.items],
            "findings": [_finding(finding) for finding in due.findings],
            "unmatched": [describe_result(result) for result in due.unmatched],
            "damages": [_damage(damage) for damage in due.damages],
            "remarks": list(due.remarks),
            "notes": list(due.notes),
        }
    )


def _item(item: DueItem) -> Json:
    outcome = item.outcome
    plan = outcome.plan
    return {
        "group": item.group,
        "state": str(outcome.state),
        "change": plan.identity,
        "sha": plan.sha,
        "title": plan.title,
        "kind": plan.kind,
        "merged": plan.merged.isoformat() if plan.merged is not None else None,
        "index": plan.index,
        "deferred": plan.is_deferral,
        "metric": plan.metric,
        "baseline": plan.baseline,
        "target": plan.target,
        "direction": plan.direction,
        "source": plan.source,
        "guardrails": list(plan.guardrails),
        "decision": plan.decision,
        "owner": plan.owner,
        "owner_named": plan.owner_named,
        "waits_for_release": plan.waits,
        "release": plan.release,
        "due": outcome.due.isoformat() if outcome.due is not None else None,
        "days_late": outcome.days_late,
        "extended": len(outcome.standing.extended),
        "bet": plan.bet,
        "area": outcome.area,
        "url": outcome.url,
        "read": {"form": plan.form, "label": plan.label, "path": plan.path, "line": plan.line},
        "changes": [_change(change) for change in outcome.changes],
        "command": item.command,
    }


def describe_result(result: Result) -> Json:
    """Return a result as plain values, with where it was read."""
    return {
        "change": result.change,
        "at": result.at.isoformat(),
        "state": str(result.state),
        "metric": result.metric,
        "value": result.value,
        "evidence": result.evidence,
        "by": result.by,
        "note": result.note,
        "source": str(result.source),
        "path": result.path,
        "line": result.line,
    }


def _change(change: ChangeOf) -> Json:
    return {
        "change": change.identity,
        "sha": change.sha,
        "title": change.title,
        "day": change.day.isoformat() if change.day is not None else None,
        "url": change.url,
    }


def _finding(finding: Finding) -> Json:
    return {
        "rule": finding.rule,
        "name": finding.name,
        "severity": str(finding.severity),
        "message": finding.message,
        "path": finding.location.path,
        "line": finding.location.line,
        "question": finding.question,
        "paste": finding.paste,
    }


def _damage(damage: Damage) -> Json:
    return {
        "path": damage.path,
        "line": damage.line,
        "message": damage.message,
        "hint": damage.hint,
    }
