"""Outcomes in time: one square for each plan in the month of its day, and before and after."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from msgspec import Struct

from whygate.metrics.reading import plain
from whygate.outcomes.promises import read_aim, read_value
from whygate.outcomes.state import OutcomeState
from whygate.reporters.series_chart import Mark, Series, mark_of, read_points
from whygate.text.clean import clean_line
from whygate.values.comparison import comparable
from whygate.values.quantities import Quantity

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date

    from whygate.outcomes.outcome import Outcome
    from whygate.outcomes.promises import Promise
    from whygate.outcomes.result import Result

# What became of a plan, in the order in which its squares stand: the settled ones below.
LOOKS = ("met", "missed", "undecided", "overdue", "due", "planned")
_LOOK_OF = {
    OutcomeState.MET: "met",
    OutcomeState.GUARDRAIL_BROKEN: "met",
    OutcomeState.MISSED: "missed",
    OutcomeState.INCONCLUSIVE: "undecided",
    OutcomeState.ABANDONED: "undecided",
    OutcomeState.OVERDUE: "overdue",
    OutcomeState.DUE: "due",
    OutcomeState.PLANNED: "planned",
}
_MONTHS_BACK, _MONTHS_AHEAD = 17, 6
_WIDTH, _NARROWEST, _WIDEST = 680.0, 26.0, 56.0
_LEFT, _TOP, _BOTTOM = 6.0, 20.0, 22.0
_SIDE, _GAP, _ROWS = 12.0, 2.0, 9
_LABELLED = 3  # months between two labels
_FEWEST_POINTS = 2
_PLOT = (8.0, 20.0, 292.0, 84.0)  # left, top, right, bottom of a small chart
_SIZE = (300, 104)


class Square(Struct, frozen=True):
    """One plan, or the plans of one look where a month has too many to draw each."""

    look: str
    x: float
    y: float
    width: float
    height: float
    title: str
    sha: str = ""


class Timeline(Struct, frozen=True):
    """The drawn months, and how many plans of each look there are."""

    width: float
    height: float
    base: float
    today: float
    squares: tuple[Square, ...]
    labels: tuple[tuple[float, str], ...]
    counts: tuple[tuple[str, int], ...]
    earlier: int
    later: int

    @property
    def words(self) -> str:
        """Return the counts as a sentence."""
        return ", ".join(f"{count} {look}" for look, count in self.counts)


def look_of(outcome: Outcome) -> str:
    """Return how an outcome is drawn, empty when its plan has no day."""
    return _LOOK_OF.get(outcome.state, "")


def draw_timeline(outcomes: Sequence[Outcome], today: date) -> Timeline | None:
    """Return the months around a day with the plans that fall into them, None without any.

    A plan stands in the month of its result, or of its day where it has none.
    """
    placed: dict[int, dict[str, list[Outcome]]] = {}
    for outcome in outcomes:
        look, day = look_of(outcome), _day_of(outcome)
        if look and day is not None:
            placed.setdefault(_ordinal(day), {}).setdefault(look, []).append(outcome)
    if not placed:
        return None
    now = _ordinal(today)
    first = max(min(*placed, now - 5), now - _MONTHS_BACK)
    last = min(max(*placed, now + 1), now + _MONTHS_AHEAD)
    months = range(first, last + 1)
    slot = min(_WIDEST, max(_NARROWEST, _WIDTH / len(months)))
    most = max((sum(map(len, placed.get(m, {}).values())) for m in months), default=0)
    base = _TOP + _ROWS * (_SIDE + _GAP)
    counts = {look: sum(len(p.get(look, ())) for p in placed.values()) for look in LOOKS}
    return Timeline(
        width=round(2 * _LEFT + len(months) * slot, 1),
        height=base + _BOTTOM,
        base=base,
        today=round(_LEFT + (now - first + (today.day - 1) / 31) * slot, 1),
        squares=tuple(
            square
            for n, month in enumerate(months)
            for square in _stack(placed.get(month, {}), (_LEFT + n * slot, slot), base, most)
        ),
        labels=tuple(
            (round(_LEFT + n * slot + slot / 2, 1), f"{month // 12:04}-{month % 12 + 1:02}")
            for n, month in enumerate(months)
            if month % _LABELLED == 0
        ),
        counts=tuple((look, count) for look, count in counts.items() if count),
        earlier=sum(sum(map(len, p.values())) for m, p in placed.items() if m < first),
        later=sum(sum(map(len, p.values())) for m, p in placed.items() if m > last),
    )


def _stack(
    looks: dict[str, list[Outcome]], place: tuple[float, float], base: float, most: int
) -> Iterator[Square]:
    """Yield the squares of one month from the bottom up: one a plan, or bars where one has many."""
    left, y = place[0] + (place[1] - _SIDE) / 2, base
    unit = (_SIDE + _GAP) * min(1.0, _ROWS / max(1, most))
    for look in LOOKS:
        found = looks.get(look, [])
        if most <= _ROWS:
            for outcome in found:
                y -= unit
                title, sha = _title(outcome, look), outcome.plan.sha
                yield Square(look, round(left, 1), round(y, 1), _SIDE, _SIDE, title, sha)
        elif found:
            y -= unit * len(found)
            height = max(1.0, round(unit * len(found) - 0.5, 1))
            title = f"{len(found)} {look}"
            yield Square(look, round(left, 1), round(y, 1), _SIDE, height, title)


def _title(outcome: Outcome, look: str) -> str:
    result, day = outcome.result, _day_of(outcome)
    value = f": {result.value}" if result is not None and result.value else ""
    return clean_line(f"{outcome.name} {outcome.plan.title}, {look} {day}{value}")


def _day_of(outcome: Outcome) -> date | None:
    return outcome.result.at if outcome.result is not None else outcome.due


def _ordinal(day: date) -> int:
    return day.year * 12 + day.month - 1


def find_series(outcome: Outcome) -> Series | None:
    """Return what a chart shows of a measured outcome: its series, else its baseline and its value.

    None where these are no two numbers of one scale.
    """
    every = (*(c.wrong for c in outcome.corrected), *outcome.results)
    drawn = [result for result in every if result.series]
    # What a machine measured stays to be seen where a person's result counts.
    result, plan = drawn[-1] if outcome.result and drawn else outcome.result, outcome.plan
    if result is None:
        return None
    value, aim = read_value(result.value), read_aim(plan)
    points = read_points(result.series)
    if len(points) < _FEWEST_POINTS:
        points = _ends(plan, result, value)
    if len(points) < _FEWEST_POINTS:
        return None
    days = [day for day, _ in points]
    is_line = isinstance(aim, Quantity) and value is not None and comparable(value, aim)
    return Series(
        title=f"{outcome.name}: {plan.metric}",
        points=points,
        unit=(value.unit or value.noun) if value is not None else "",
        target=_in_unit(aim, value) if isinstance(aim, Quantity) and value and is_line else None,
        marks=(
            *mark_of("merged", plan.merged, days),
            *mark_of("released", plan.released, days),
            *mark_of("looked at", outcome.due, days),
        ),
    )


def _ends(
    plan: Promise, result: Result, value: Quantity | None
) -> tuple[tuple[date, Decimal | None], ...]:
    """Return the baseline on the day of the merge and the value on that of the result."""
    start = read_value(plan.baseline)
    if start is None or value is None or not comparable(start, value) or plan.merged is None:
        return ()
    first = min(plan.merged, result.at)
    return ((first, _in_unit(start, value)), (result.at, value.low))


def _in_unit(quantity: Quantity, like: Quantity) -> Decimal:
    """Return a number in the unit of another: 2 s beside 400 ms is 2000."""
    return (
        quantity.low if quantity.unit == like.unit else quantity.low * quantity.scale / like.scale
    )


class Dot(Struct, frozen=True):
    """A number of a small chart: where it stands, and what it says."""

    x: float
    y: float
    title: str


class SmallChart(Struct, frozen=True):
    """A small chart of one outcome, before and after."""

    line: str
    dots: tuple[Dot, ...]
    target: float | None
    marks: tuple[tuple[float, str], ...]
    start: str
    end: str
    words: str
    width: int = _SIZE[0]
    height: int = _SIZE[1]


def draw_small(series: Series) -> SmallChart | None:
    """Return the small chart of a series, None without two numbers."""
    known = [(day, number) for day, number in series.points if number is not None]
    if len(known) < _FEWEST_POINTS:
        return None
    left, top, right, bottom = _PLOT
    numbers = [number for _, number in known]
    goals = [series.target] if series.target is not None else []
    low, high = min(*numbers, *goals), max(*numbers, *goals)
    low -= (high - low) / 4  # the numbers stand beside it: their distance is what is drawn
    height = (high - low) or Decimal(1)
    days = [day for day, _ in known] + [mark.day for mark in series.marks]
    first, last = min(days), max(days)

    def x(day: date) -> float:
        return round(left + (right - left) * (day - first).days / max(1, (last - first).days), 1)

    def y(number: Decimal) -> float:
        return round(bottom - (bottom - top) * float((number - low) / height), 1)

    unit = f" {series.unit}" if series.unit else ""
    said = [f"{day}: {plain(number)}{unit}" for day, number in known]
    dots = tuple(Dot(x(day), y(n), text) for (day, n), text in zip(known, said, strict=True))
    return SmallChart(
        line=" ".join(f"{dot.x},{dot.y}" for dot in dots),
        dots=dots,
        target=y(series.target) if series.target is not None else None,
        marks=tuple((x(mark.day), mark.name) for mark in _first(series.marks)),
        start=f"{plain(numbers[0])}{unit}",
        end=f"{plain(numbers[-1])}{unit}",
        words="; ".join(said),
    )


def _first(marks: Sequence[Mark]) -> Iterator[Mark]:
    """Yield the mark of the merge, which tells before from after."""
    yield from (mark for mark in marks if mark.name == "merged")
