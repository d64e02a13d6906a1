"""The windows a metric is read in: the one of a plan's day, those before it, and their numbers."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Sequence
    from decimal import Decimal

BEFORE = 8  # windows of a chart before the merge
EARLIER = 24  # windows before the merge that tell how far a metric moves by itself
ENOUGH = 12
MOST_AFTER = 40  # windows from the merge to the day; beyond that only every second, third ...


class Window(Struct, frozen=True, order=True):
    """A time from `start` until just before `end`, both in UTC."""

    start: datetime
    end: datetime

    @property
    def last_day(self) -> date:
        """Return the last day of it."""
        return (self.end - timedelta(microseconds=1)).date()

    def __str__(self) -> str:
        """Return it as ISO 8601 writes an interval; whole days as days, the last one excluded."""
        return f"{_iso(self.start)}/{_iso(self.end)}"


class Span(Struct, frozen=True):
    """The windows around a change, the oldest first; the last one is that of the plan's day.

    `merged` is the place of the newest window that ended before the merge (None: the day of the
    merge is not known, or no such window was asked for). `stride` tells how many windows lie
    between two of them.
    """

    windows: tuple[Window, ...]
    merged: int | None = None
    stride: int = 1

    @property
    def distance(self) -> int:
        """Return how many steps lie between the merge and the day, 0 when that is not known."""
        return len(self.windows) - 1 - self.merged if self.merged is not None else 0


def window_of(day: date, hours: int) -> Window:
    """Return the window of a day: it ends at 00:00 UTC after it, and begins `hours` before."""
    end = datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(days=1)
    return Window(end - timedelta(hours=hours), end)


def window_before(day: date, hours: int) -> Window:
    """Return the last window that holds nothing of a day, such as that of a merge."""
    end = datetime(day.year, day.month, day.day, tzinfo=UTC)
    return Window(end - timedelta(hours=hours), end)


def settled_on(window: Window, settle: int) -> datetime:
    """Return when the last rows of a window are there: `settle` hours after its end."""
    return window.end + timedelta(hours=settle)


def span_of(day: date, hours: int, merged: date | None) -> Span:
    """Return the windows that show a change: those before its merge, and on to its day.

    They end one window apart, counted back from the plan's own; between a merge and a day that
    lie many windows apart every second or third one is left out.
    """
    last = window_of(day, hours)
    step = timedelta(hours=hours)
    if merged is None or merged > day:
        return Span(_back(last, step, EARLIER + 1))
    start = datetime(merged.year, merged.month, merged.day, tzinfo=UTC)
    between = max(0, -((start - last.end) // step))
    stride = max(1, -(-between // MOST_AFTER))
    after = -(-between // stride)
    windows = _back(last, step * stride, EARLIER + after + 1)
    return Span(windows, len(windows) - 1 - after, stride)


def as_far(values: Sequence[Decimal | None], span: Span) -> tuple[int, int] | None:
    """Return in how many earlier stretches, of how many, a metric moved as far by itself.

    The change is what lies between the window before the merge and the last one. Held against it
    is every stretch of the same length that ended before the merge, upwards or downwards. None
    when fewer than twelve can be counted, or the change itself cannot.
    """
    merged, distance = span.merged, span.distance
    if merged is None or not distance or len(values) != len(span.windows):
        return None
    before, after = values[merged], values[-1]
    if before is None or after is None:
        return None
    pairs = ((values[at - distance], values[at]) for at in range(distance, merged + 1))
    moves = [abs(b - a) for a, b in pairs if a is not None and b is not None]
    if len(moves) < ENOUGH:
        return None
    return sum(move >= abs(after - before) for move in moves), len(moves)


def charted(span: Span) -> int:
    """Return the place of the first window a chart shows: eight before the merge."""
    merged = span.merged if span.merged is not None else len(span.windows) - 1
    return max(0, merged - BEFORE + 1)


def _back(last: Window, step: timedelta, count: int) -> tuple[Window, ...]:
    try:
        ends = [Window(last.start - step * n, last.end - step * n) for n in range(count)]
    except OverflowError:  # before the first year of the calendar
        return (last,)
    return tuple(reversed(ends))


def _iso(moment: datetime) -> str:
    if moment.hour or moment.minute:
        return moment.strftime("%Y-%m-%dT%H:%MZ")
    return moment.date().isoformat()
