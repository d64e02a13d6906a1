"""What came of the plans, in words and tables that every report shares."""

from __future__ import annotations

from typing import TYPE_CHECKING

from whygate.audit.coverage import show_share
from whygate.reporters.coverage import waived_table
from whygate.reporters.due import (
    GROUPS,
    NOTHING_LEARNED,
    reason_given_up,
    show_effect,
    show_per_met,
)
from whygate.reporters.tables import Table, clip
from whygate.text.clean import clean_line

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from whygate.outcomes.outcome import Outcome
    from whygate.outcomes.scorecard import Finished, Score, Scorecard
    from whygate.reporters.due import DueList

_TOP = 10
_TITLE = 60
_LEARNED = 120
_WORDS = frozenset(range(7))
_GROUP_HEAD = (
    *("plans", "day passed", "evaluated", "of passed"),
    *("met", "missed", "share met"),
)


def outcome_tables(card: Scorecard, due: DueList, *, brief: bool = False) -> Iterator[Table]:
    """Yield what a scorecard says, who looked before what came out; empty tables left out.

    `brief` gives the rates alone.
    """
    if not card.total.plans and not due.items:
        if card.shipped.waived and not brief:
            yield waived_table(card.shipped.waived)
        return
    yield _rates(card, due)
    if brief:
        return
    groups = {
        "By quarter of the day to look": card.quarters,
        "Outcomes by kind": card.kinds,
        "Outcomes by area": card.areas,
        "Outcomes by owner": card.owners,
        "Outcomes by agents and people": card.writers,
    }
    for title, group in groups.items():
        if group:
            yield _group(title, group)
    yield from _finished("Hits, the farthest beyond the target first", card.hits)
    yield from _finished("Misses, the farthest from the target first", card.misses)
    yield from _told(card)


def _rates(card: Scorecard, due: DueList) -> Table:
    total = card.total
    rows = [
        _rate("evaluated, of those whose day has passed", total.evaluated, total.passed),
        _rate("met, of those met or missed", total.met, total.decided),
    ]
    if total.broken:
        rows.append(_rate("a guardrail broke, of those met", total.broken, total.met))
    counts = {"plans": total.plans, "results": total.results, "missed": total.missed}
    rare = {
        "results before the day": total.early,
        "inconclusive": total.inconclusive,
        "abandoned": total.abandoned,
        "reverted before anybody looked": total.reverted,
        "without a day that can be read": total.undated,
    }
    counts |= {name: count for name, count in rare.items() if count}
    counts["waiting for their day or a result"] = total.waiting
    if waiting := len(due.group(GROUPS[3])):
        counts["of these waiting for a release"] = waiting
    counts |= {_GROUPS[name].format(due.within): len(due.group(name)) for name in GROUPS[:3]}
    counts["changes shipped that were asked why"] = card.shipped.changes
    if card.shipped.waived:
        counts["of these waived by a maintainer"] = len(card.shipped.waived)
    rows += [(name, str(count), "", "") for name, count in counts.items()]
    rows.append(("changes shipped for each outcome met", show_per_met(card) or "-", "", ""))
    return Table("Outcomes", ("", "count", "of", "share"), tuple(rows))


_GROUPS = {
    "overdue": "overdue, promised plans too",
    "due": "due now",
    "coming": "coming within {} days",
}


def _group(title: str, group: Mapping[str, Score]) -> Table:
    rows = tuple(_score_row(name, score) for name, score in group.items())
    return Table(title, ("", *_GROUP_HEAD), rows)


def _score_row(name: str, score: Score) -> tuple[str, ...]:
    return (
        clean_line(name),
        str(score.plans),
        str(score.passed),
        str(score.evaluated),
        show_share(score.evaluated, score.passed) or "-",
        str(score.met),
        str(score.missed),
        show_share(score.met, score.decided) or "-",
    )


def _finished(title: str, entries: Sequence[Finished]) -> Iterator[Table]:
    if not entries:
        return
    head = ("change", "title", "metric", "target", "measured", "effect", "learned")
    yield Table(_cut(title, entries), head, tuple(map(_finished_row, entries[:_TOP])), _WORDS)


def _finished_row(entry: Finished) -> tuple[str, ...]:
    plan, result = entry.outcome.plan, entry.outcome.result
    return (
        clean_line(entry.outcome.name),
        clip(plan.title, _TITLE),
        clip(plan.metric, _TITLE),
        clip(plan.target, _TITLE),
        clip(result.value, _TITLE) if result is not None else "",
        show_effect(entry.effect),
        clip(entry.learned or NOTHING_LEARNED, _LEARNED),
    )


def _told(card: Scorecard) -> Iterator[Table]:
    """Yield what was given up, moved or broken, and who was never asked."""
    head = ("change", "title", "why")
    for title, outcomes in (
        ("Abandoned and reverted", card.given_up),
        ("Inconclusive", card.inconclusive),
    ):
        if outcomes:
            rows = tuple(_row(o, reason_given_up(o)) for o in outcomes[:_TOP])
            yield Table(_cut(title, outcomes), head, rows, _WORDS)
    if card.broken:
        rows = tuple(_row(o, o.standing.broken) for o in card.broken[:_TOP])
        yield Table(
            _cut("Guardrails broken", card.broken), ("change", "title", "guardrail"), rows, _WORDS
        )
    if card.moved:
        rows = tuple(
            (
                *_row(o, move.field),
                clip(move.then, _TITLE),
                clip(move.now, _TITLE),
                clip(move.where, _TITLE),
            )
            for o in card.moved[:_TOP]
            for move in o.moved
        )
        moved_head = ("change", "title", "answer", "at the merge", "now", "where")
        yield Table(_cut("Moved after the merge", card.moved), moved_head, rows, _WORDS)
    if card.remarked:
        rows = tuple(_row(o, remark) for o in card.remarked[:_TOP] for remark in o.remarks)
        title = _cut("Beside the results", card.remarked)
        yield Table(title, ("change", "title", "remark"), rows, _WORDS)
    features = card.shipped.exempt_features
    if features:
        rows = tuple((clean_line(i), clip(title, _TITLE), reason) for i, title, reason in features)
        yield Table("Exempt features", ("change", "title", "class"), rows, _WORDS)
    if card.shipped.waived:
        yield waived_table(card.shipped.waived)


def _row(outcome: Outcome, text: str) -> tuple[str, ...]:
    return clean_line(outcome.name), clip(outcome.plan.title, _TITLE), clip(text, _LEARNED)


def _rate(name: str, part: int, whole: int) -> tuple[str, str, str, str]:
    return name, str(part), str(whole), show_share(part, whole) or "-"


def _cut(title: str, entries: Sequence[object]) -> str:
    left = f" ({_TOP} of {len(entries)})" if len(entries) > _TOP else ""
    return f"{title}{left}"
