"""A scorecard as text, Markdown, JSON (scorecard.schema.json), or the page of an audit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from whygate.audit.coverage import share
from whygate.reporters.coverage_json import describe_basis
from whygate.reporters.due import GROUPS, per_met, show_owner
from whygate.reporters.json_ import dump_json
from whygate.version import __version__

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from whygate.audit.coverage import Coverage
    from whygate.audit.record import Basis, Record
    from whygate.outcomes.outcome import Moved, Outcome
    from whygate.outcomes.result import Result
    from whygate.outcomes.scorecard import Finished, Score, Scorecard
    from whygate.reporters.due import DueItem, DueList

FORMATS = ("text", "json", "markdown", "html")
_TITLE = "What came of the changes"
_NO_PLAN = "no change has a plan yet: nothing can come due, and nothing can be learned from it"
REPORT_VERSION = 1

Json = dict[str, object]


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


def render_scorecard_json(basis: Basis, card: Scorecard, due: DueList) -> str:
    """Return the report of scorecard.schema.json version 1, ending in a newline."""
    return dump_json(
        {
            "version": REPORT_VERSION,
            "tool": {"name": "whygate", "version": __version__},
            "basis": describe_basis(basis),
            "outcomes": describe_scorecard(card, due),
            "exempt_features": [
                {"id": identity, "title": title, "class": reason}
                for identity, title, reason in card.shipped.exempt_features
            ],
            "waived": [
                {"id": identity, "title": title, "waiver": said}
                for identity, title, said in card.shipped.waived
            ],
        }
    )


def describe_scorecard(card: Scorecard, due: DueList) -> Json:
    """Return a scorecard, and what waits for a result, as plain values."""
    return {
        "today": card.today.isoformat(),
        "within": due.within,
        "total": _score(card.total),
        "shipped": {
            "changes": card.shipped.changes,
            "met": card.total.met,
            "for_each_met": _rounded(per_met(card)),
        },
        "waiting": {name: len(due.group(name)) for name in GROUPS},
        "due": [_due(item) for item in due.items],
        "quarters": _groups(card.quarters),
        "kinds": _groups(card.kinds),
        "areas": _groups(card.areas),
        "owners": _groups(card.owners),
        "writers": _groups(card.writers),
        "hits": [_finished(entry) for entry in card.hits],
        "misses": [_finished(entry) for entry in card.misses],
        "inconclusive": [_outcome(outcome) for outcome in card.inconclusive],
        "given_up": [_outcome(outcome) for outcome in card.given_up],
        "broken": [_outcome(outcome) for outcome in card.broken],
        "moved": [_outcome(outcome) for outcome in card.moved],
        "remarked": [_outcome(outcome) for outcome in card.remarked],
        "unmatched": [_unmatched(result) for result in card.unmatched],
    }


def _groups(groups: Mapping[str, Score]) -> list[Json]:
    return [{"name": name, **_score(score)} for name, score in groups.items()]


def _score(score: Score) -> Json:
    return {
        "plans": score.plans,
        "passed": score.passed,
        "evaluated": score.evaluated,
        "evaluated_share": _rounded(share(score.evaluated, score.passed)),
        "met": score.met,
        "missed": score.missed,
        "met_share": _rounded(share(score.met, score.decided)),
        "broken": score.broken,
        "inconclusive": score.inconclusive,
        "abandoned": score.abandoned,
        "reverted": score.reverted,
        "undated": score.undated,
        "results": score.results,
        "early": score.early,
        "waiting": score.waiting,
        "overdue": score.overdue,
    }


def _due(item: DueItem) -> Json:
    outcome = item.outcome
    plan = outcome.plan
    return {
        "group": item.group,
        "change": outcome.name,
        "index": plan.index,
        "title": plan.title,
        "kind": plan.kind,
        "deferred": plan.is_deferral,
        "metric": plan.metric,
        "baseline": plan.baseline,
        "target": plan.target,
        "owner": show_owner(plan.owner) if plan.owner else "",
        "due": _day(outcome.due),
        "days_late": outcome.days_late,
        "url": outcome.url,
        "command": item.command,
    }


def _finished(entry: Finished) -> Json:
    return {**_outcome(entry.outcome), "effect": entry.effect}


def _outcome(outcome: Outcome) -> Json:
    plan, result = outcome.plan, outcome.result
    return {
        "change": outcome.name,
        "index": plan.index,
        "sha": plan.sha,
        "title": plan.title,
        "kind": plan.kind,
        "area": outcome.area,
        "bet": plan.bet,
        "url": outcome.url,
        "metric": plan.metric,
        "baseline": plan.baseline,
        "target": plan.target,
        "due": _day(outcome.due),
        "state": str(outcome.state),
        "at": _day(result.at) if result is not None else None,
        "value": result.value if result is not None else "",
        "evidence": result.evidence if result is not None else "",
        "learned": result.note if result is not None else "",
        "forced": result.forced if result is not None else "",
        "guardrail": outcome.standing.broken,
        "moved": [_moved(move) for move in outcome.moved],
        "remarks": list(outcome.remarks),
    }


def _moved(move: Moved) -> Json:
    return {"field": move.field, "then": move.then, "now": move.now, "where": move.where}


def _unmatched(result: Result) -> Json:
    return {
        "change": result.change,
        "state": str(result.state),
        "at": result.at.isoformat(),
        "path": result.path,
        "line": result.line,
    }


def _day(day: date | None) -> str | None:
    return day.isoformat() if day is not None else None


def _rounded(rate: float | None) -> float | None:
    return None if rate is None else round(rate, 1)
