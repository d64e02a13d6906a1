"""The few numbers on top of a page: what is due, what came of it, and whether it gets better."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from typing import TYPE_CHECKING

from msgspec import Struct

from whygate.audit.coverage import LEAST, UNKNOWN_MONTH, Tally, share, show_share
from whygate.outcomes.state import SOON, OutcomeState
from whygate.reporters.due import show_owner

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from whygate.outcomes.outcome import Outcome
    from whygate.outcomes.scorecard import Scorecard
    from whygate.reporters.due import DueItem, DueList

MONTHS = 12  # a trend shows so many
_WINDOW = 3  # months that a rate is of
_NAMES = 3  # owners on a card
_MET = (OutcomeState.MET, OutcomeState.GUARDRAIL_BROKEN)
_WIDTH, _HEIGHT, _EDGE = 120.0, 32.0, 3.0

Point = tuple[str, float | None]


class Trend(Struct, frozen=True):
    """A line of months, oldest first: `lines` are runs of `x,y`, a gap where there is no number.

    `end` is the place of the newest number; `words` say the numbers.
    """

    lines: tuple[str, ...]
    end: tuple[float, float]
    words: str
    width: float = _WIDTH
    height: float = _HEIGHT


class Card(Struct, frozen=True):
    """One number: its name, what it is a part of, more about it, and how it moved.

    `mood` is better, worse or empty; `target` the part of the page that tells the rest.
    """

    key: str
    name: str
    value: str
    of: str
    more: str
    change: str
    mood: str
    target: str
    trend: Trend | None


def make_cards(
    total: Tally,
    months: Mapping[str, Tally],
    today: date,
    card: Scorecard | None,
    due: DueList | None,
) -> tuple[Card, ...]:
    """Return the cards of a page; those about outcomes only where a change has a plan."""
    ends = _month_ends(today)
    says = _says_why(total, months, ends)
    if card is None or due is None:
        return (says,)
    plans = card.outcomes
    return (
        _overdue(card, due, _count_at(plans, ends, _is_overdue)),
        _due(due, _count_at(plans, ends, _falls_in_month)),
        _met(card, ends),
        says,
        _waiting(due, _count_at(plans, ends, _is_waiting)),
    )


def _overdue(card: Scorecard, due: DueList, past: list[int]) -> Card:
    items = due.group("overdue")
    counts = [*past[:-1], len(items)]
    passed = card.total.passed
    change, mood = _compare_counts(counts, worse=1)
    return Card(
        key="overdue",
        name="Overdue",
        value=str(len(items)),
        of=f"of {passed:,} whose day has passed",
        more=_name_owners(items) or "nobody has to catch up",
        change=change,
        mood=mood,
        target="due",
        trend=_trend(_points(counts, due.today)),
    )


def _due(due: DueList, past: list[int]) -> Card:
    items, coming = due.group("due"), due.group("coming")
    return Card(
        key="due",
        name="Due now",
        value=str(len(items)),
        of=f"{len(coming)} more within {due.within} days",
        more=_name_owners((*items, *coming)) or "nobody has to look",
        change=f"{past[-1]} with a day in this month, {past[-2]} in the last",
        mood="",
        target="due",
        trend=_trend(_points(past, due.today)),
    )


def _met(card: Scorecard, ends: Sequence[date]) -> Card:
    total = card.total
    rest = {
        "missed": total.missed,
        "inconclusive": total.inconclusive,
        "abandoned": total.abandoned,
    }
    told = [f"{n} {name}" for name, n in rest.items() if n]
    looked = f"{total.evaluated} of {total.passed} looked at"
    windows = [_decided_in(card.outcomes, _before(end), end) for end in ends]
    change, mood = _compare_rates(windows)
    return Card(
        key="met",
        name="Targets met",
        value=show_share(total.met, total.decided) or f"{total.met}",
        of=f"{total.met} of {total.decided} met or missed",
        more="; ".join([", ".join(told), looked] if told else [looked]),
        change=change,
        mood=mood,
        target="came-of-it",
        trend=_trend(_rates(windows, card.today)),
    )


def _says_why(total: Tally, months: Mapping[str, Tally], ends: Sequence[date]) -> Card:
    windows = [_tally_in(months, _before(end), end) for end in ends]
    change, mood = _compare_rates(windows)
    rest = {"in part": total.partial, "not at all": total.missing, "excused": total.exempt}
    rest["not read"] = total.blind
    told = [f"{n:,} {name}" for name, n in rest.items() if n]
    return Card(
        key="why",
        name="Say why",
        value=show_share(total.complete, total.asked) or f"{total.complete}",
        of=f"{total.complete:,} of {total.asked:,} that had to answer",
        more=", ".join(told) or "nothing was left open",
        change=change,
        mood=mood,
        target="asked",
        trend=_trend(_rates(windows, ends[-1])),
    )


def _waiting(due: DueList, past: list[int]) -> Card:
    items = due.group("unreleased")
    merged = [item.outcome.plan.merged for item in items]
    days = max(((due.today - day).days for day in merged if day is not None), default=None)
    longest = f"the longest for {_count(days, 'day')}" if days is not None else "none waits"
    counts = [*past[:-1], len(items)]
    change, mood = _compare_counts(counts, worse=0)
    return Card(
        key="waiting",
        name="Wait for a release",
        value=str(len(items)),
        of="merged, and not yet released",
        more=longest if items else "nothing waits",
        change=change,
        mood=mood,
        target="due",
        trend=_trend(_points(counts, due.today)),
    )


def _name_owners(items: Iterable[DueItem]) -> str:
    """Return who looks and at how many, in the order of the days; nobody is ranked."""
    counts = Counter(show_owner(item.outcome.plan.owner) for item in items)
    named = [f"{owner} {n}" for owner, n in list(counts.items())[:_NAMES]]
    more = len(counts) - len(named)
    return ", ".join([*named, f"{more} more"] if more else named)


def _month_ends(today: date) -> tuple[date, ...]:
    """Return the last days of the latest months, the day itself last."""
    ends = [today]
    while len(ends) < MONTHS and (ends[0].year, ends[0].month) > (1, 1):
        ends.insert(0, ends[0].replace(day=1) - timedelta(days=1))
    return tuple(ends)


def _before(end: date) -> date:
    """Return the day before the first of the months that a rate of that day is of."""
    month = end.year * 12 + end.month - 1 - (_WINDOW - 1)
    return date(max(1, month // 12), month % 12 + 1, 1) - timedelta(days=1 if month > 12 else 0)


def _count_at(
    outcomes: Sequence[Outcome], ends: Sequence[date], holds: Callable[[Outcome, date], bool]
) -> list[int]:
    return [sum(holds(outcome, end) for outcome in outcomes) for end in ends]


def _is_open_at(outcome: Outcome, day: date) -> bool:
    """Tell whether an outcome was promised and not settled on a day, as far as is known."""
    plan, result = outcome.plan, outcome.result
    if (plan.exempt and not plan.is_deferral) or (plan.merged is not None and plan.merged > day):
        return False
    return result.at > day if result is not None else outcome.state is not OutcomeState.ABANDONED


def _is_overdue(outcome: Outcome, day: date) -> bool:
    late = (day - outcome.due).days if outcome.due is not None else 0
    return late > (0 if outcome.plan.is_deferral else SOON) and _is_open_at(outcome, day)


def _falls_in_month(outcome: Outcome, day: date) -> bool:
    due = outcome.due
    return due is not None and (due.year, due.month) == (day.year, day.month)


def _is_waiting(outcome: Outcome, day: date) -> bool:
    plan = outcome.plan
    if not plan.waits or not _is_open_at(outcome, day):
        return False
    return not plan.release or day < date.fromisoformat(plan.release[-10:])


def _decided_in(outcomes: Sequence[Outcome], after: date, until: date) -> tuple[int, int]:
    """Return how many were met, and how many met or missed, in a time."""
    states = [
        outcome.state
        for outcome in outcomes
        if outcome.result is not None and after < outcome.result.at <= until
    ]
    met = sum(state in _MET for state in states)
    return met, met + states.count(OutcomeState.MISSED)


def _tally_in(months: Mapping[str, Tally], after: date, until: date) -> tuple[int, int]:
    first, last = f"{after + timedelta(days=1):%Y-%m}", f"{until:%Y-%m}"
    found = [t for name, t in months.items() if name != UNKNOWN_MONTH and first <= name <= last]
    return sum(t.complete for t in found), sum(t.asked for t in found)


def _rates(windows: Sequence[tuple[int, int]], today: date) -> list[Point]:
    names = [f"{end:%Y-%m}" for end in _month_ends(today)]
    return [(name, share(part, whole)) for name, (part, whole) in zip(names, windows, strict=True)]


def _points(counts: Sequence[int], today: date) -> list[Point]:
    return [(f"{end:%Y-%m}", n) for end, n in zip(_month_ends(today), counts, strict=True)]


def _compare_rates(windows: Sequence[tuple[int, int]]) -> tuple[str, str]:
    """Return how the last three months stand to the three before them, in words."""
    now, before = windows[-1], windows[-1 - _WINDOW] if len(windows) > _WINDOW else (0, 0)
    if now[1] < LEAST or before[1] < LEAST:
        return "too few to compare with the quarter before", ""
    shown = f"{show_share(*now)} ({now[0]} of {now[1]}) in 3 months"
    then = f"{show_share(*before)} ({before[0]} of {before[1]}) in those before"
    step = round(100 * now[0] / now[1], 1) - round(100 * before[0] / before[1], 1)
    word = "better" if step > 0 else "worse" if step < 0 else "as before"
    return f"{word}: {shown}, {then}", word if step else ""


def _compare_counts(counts: Sequence[int], *, worse: int) -> tuple[str, str]:
    """Return how a count stands to that of three months ago; `worse` is 1 where more is worse."""
    if len(counts) <= _WINDOW:
        return "", ""
    step = counts[-1] - counts[-1 - _WINDOW]
    if not step:
        return "as many as 3 months ago", ""
    words = f"{abs(step)} {'more' if step > 0 else 'fewer'} than 3 months ago"
    return words, ("worse" if step > 0 else "better") if worse else ""


def _trend(points: Sequence[Point]) -> Trend | None:
    """Return the line of some numbers, None where there are no two of them."""
    known = [number for _, number in points if number is not None]
    if len(known) < 2:
        return None
    top = max(known) or 1.0
    step = (_WIDTH - 2 * _EDGE) / (len(points) - 1)
    places = [
        None
        if number is None
        else (_EDGE + n * step, _HEIGHT - _EDGE - (_HEIGHT - 2 * _EDGE) * number / top)
        for n, (_, number) in enumerate(points)
    ]
    runs: list[list[str]] = [[]]
    for place in places:
        if place is None:
            runs.append([])
        else:
            runs[-1].append(f"{place[0]:.1f},{place[1]:.1f}")
    end = next(place for place in reversed(places) if place is not None)
    said = [f"{name} {number:.3g}" for name, number in points if number is not None]
    return Trend(
        lines=tuple(" ".join(run) for run in runs if len(run) > 1),
        end=(round(end[0], 1), round(end[1], 1)),
        words="; ".join(said),
    )


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
