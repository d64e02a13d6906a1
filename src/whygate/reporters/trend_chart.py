"""The months of an audit as a stacked bar chart, in SVG user units."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from msgspec import Struct

from whygate.audit.coverage import UNKNOWN_MONTH, Tally

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

# The states of a judged change, the best first, which stands at the bottom of a bar.
STATES = ("complete", "partial", "missing", "exempt")

MOST_MONTHS = 60
_PLOT_WIDTH = 880
_NARROWEST, _WIDEST = 14.0, 56.0
_PLOT_HEIGHT = 220
_LEFT, _TOP, _RIGHT, _BOTTOM = 52, 22, 24, 30
_LABEL_WIDTH = 54
_COUNT_WIDTH = 22
_STEPS = (1, 2, 3, 6, 12)
_TICKS = 4


class Segment(Struct, frozen=True):
    """The changes of one state in one month."""

    state: str
    y: float
    height: float


class Bar(Struct, frozen=True):
    """One month; `label` and `count` are empty where there is no room for them."""

    month: str
    tally: Tally
    x: float
    width: float
    top: float
    segments: tuple[Segment, ...]
    label: str
    count: str

    @property
    def middle(self) -> float:
        """Return the horizontal middle."""
        return _round(self.x + self.width / 2)


class Tick(Struct, frozen=True):
    """A line of the grid and the number of changes it stands for."""

    y: float
    changes: int


class TrendChart(Struct, frozen=True):
    """A drawn chart; `is_calendar` tells that months without changes have a place too."""

    width: float
    height: float
    left: float
    right: float
    base: float
    bars: tuple[Bar, ...]
    ticks: tuple[Tick, ...]
    is_calendar: bool


def draw_trend(months: Sequence[tuple[str, Tally]]) -> TrendChart | None:
    """Return the chart of the judged changes by month (in order), or None when none is known.

    Every month from the first to the last when these are at most `MOST_MONTHS`, else the last
    `MOST_MONTHS` that have changes: one absurd date must not push the others off the page.
    """
    known = [month for month in months if month[0] != UNKNOWN_MONTH]
    if not known:
        return None
    shown, is_calendar = _axis(known)
    slot = min(_WIDEST, max(_NARROWEST, _PLOT_WIDTH / len(shown)))
    most = max(tally.judged for _, tally in shown)
    step = _tick_step(most)
    top = step * max(1, math.ceil(most / step))
    base = _TOP + _PLOT_HEIGHT
    right = _LEFT + slot * len(shown)
    return TrendChart(
        width=_round(right + _RIGHT),
        height=base + _BOTTOM,
        left=_LEFT,
        right=_round(right),
        base=base,
        bars=tuple(_bars(shown, slot, _PLOT_HEIGHT / top, is_calendar=is_calendar)),
        ticks=tuple(
            Tick(_round(base - n * _PLOT_HEIGHT / top), n) for n in range(0, top + 1, step)
        ),
        is_calendar=is_calendar,
    )


def _axis(known: list[tuple[str, Tally]]) -> tuple[list[tuple[str, Tally]], bool]:
    first, last = _ordinal(known[0][0]), _ordinal(known[-1][0])
    if last - first >= MOST_MONTHS:
        return known[-MOST_MONTHS:], False
    by_name = dict(known)
    names = (f"{n // 12:04}-{n % 12 + 1:02}" for n in range(first, last + 1))
    return [(name, by_name.get(name, Tally())) for name in names], True


def _ordinal(name: str) -> int:
    year, _, month = name.partition("-")
    return int(year) * 12 + int(month) - 1


def _tick_step(most: int) -> int:
    """Return 1, 2 or 5 times a power of ten, so that about four lines reach the highest bar."""
    rough = max(1, math.ceil(most / _TICKS))
    power: int = 10 ** (len(str(rough)) - 1)
    return next(factor * power for factor in (1, 2, 5, 10) if factor * power >= rough)


def _bars(
    shown: list[tuple[str, Tally]], slot: float, scale: float, *, is_calendar: bool
) -> Iterator[Bar]:
    every = next(n for n in _STEPS if n * slot >= _LABEL_WIDTH)
    gap = max(2.0, slot * 0.2)
    for index, (month, tally) in enumerate(shown):
        segments = tuple(_segments(tally, scale))
        place = _ordinal(month) if is_calendar else index
        yield Bar(
            month=month,
            tally=tally,
            x=_round(_LEFT + index * slot + gap / 2),
            width=_round(slot - gap),
            top=min((s.y for s in segments), default=_TOP + _PLOT_HEIGHT),
            segments=segments,
            label=month if place % every == 0 else "",
            count=f"{tally.judged}" if tally.judged and slot >= _COUNT_WIDTH else "",
        )


def _segments(tally: Tally, scale: float) -> Iterator[Segment]:
    bottom = float(_TOP + _PLOT_HEIGHT)
    for state in STATES:
        height = getattr(tally, state) * scale
        if height:
            bottom -= height
            yield Segment(state, _round(bottom), _round(height))


def _round(value: float) -> float:
    return round(value, 2)
