"""The numbers of one metric before and after a change, as an SVG picture with its table."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from html import escape
from typing import TYPE_CHECKING

from msgspec import Struct

from whygate.metrics.reading import plain
from whygate.text.clean import clean_line

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_WIDTH, _HEIGHT = 720, 300
_LEFT, _RIGHT, _TOP, _BOTTOM = 72, 56, 64, 44
_TICKS = 4
_MOST_LABELS = 6
_LARGEST = Decimal(10) ** 15
_BARS = "▁▂▃▄▅▆▇█"


class Mark(Struct, frozen=True):
    """A day that a chart marks: the merge, the release, the day the plan is looked at."""

    name: str
    day: date


class Series(Struct, frozen=True):
    """What a chart shows.

    `points` are the last day of each window, oldest first, and its number (None: there is none).
    `target` is the line to cross, `unit` what is counted.
    """

    title: str
    points: tuple[tuple[date, Decimal | None], ...]
    unit: str = ""
    target: Decimal | None = None
    marks: tuple[Mark, ...] = ()


def render_sparkline(numbers: Sequence[Decimal | None]) -> str:
    """Return numbers as one line of bars; a dot stands where there is none."""
    known = [number for number in numbers if number is not None]
    if not known:
        return "·" * len(numbers)
    low, high = min(known), max(known)
    width = high - low
    top = len(_BARS) - 1
    return "".join(
        "·" if n is None else _BARS[int((n - low) * top / width) if width else top // 2]
        for n in numbers
    )


def render_svg(series: Series, name: str = "whygate") -> str:
    """Return the chart as a picture that stands alone; `name` begins the ids it uses.

    It has a title and a description, the numbers again as text behind it (`desc`), and colours
    that hold on a light page and on a dark one. Every text is escaped.
    """
    scale = _Scale(series)
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" '
        f'role="img" aria-labelledby="{name}-title {name}-desc" '
        'font-family="system-ui, sans-serif" font-size="12">',
        f'<title id="{name}-title">{_text(series.title)}</title>',
        f'<desc id="{name}-desc">{_text(describe(series))}</desc>',
        f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="#ffffff"/>',
        f'<text x="{_LEFT}" y="22" font-size="14" font-weight="600" fill="#1f2328">'
        f"{_text(series.title)}</text>",
        *_grid(scale, series.unit),
        *_days(scale, series),
        *_target(scale, series),
        *_marks(scale, series),
        *_line(scale, series),
        "</svg>",
    ]
    return "\n".join(lines) + "\n"


def describe(series: Series) -> str:
    """Return the chart in words: its marks, its target and every number."""
    unit = f" {series.unit}" if series.unit else ""
    said = [
        f"{day}: {plain(n)}{unit}" if n is not None else f"{day}: none" for day, n in series.points
    ]
    marks = [f"{mark.name} {mark.day}" for mark in series.marks]
    target = [f"target {plain(series.target)}{unit}"] if series.target is not None else []
    return "; ".join([*marks, *target, "windows that end on " + ", ".join(said)])


class _Scale:
    """Where days and numbers stand in the picture."""

    def __init__(self, series: Series) -> None:
        numbers = [number for _, number in series.points if number is not None]
        numbers += [series.target] if series.target is not None else []
        low, high = min(numbers, default=Decimal(0)), max(numbers, default=Decimal(1))
        low = min(low, Decimal(0)) if low >= 0 or high <= 0 else low
        high = max(high, Decimal(0))
        self.low = low
        self.high = high if high > low else low + 1
        days = [day for day, _ in series.points] + [mark.day for mark in series.marks]
        self.first = min(days, default=datetime.now(UTC).date())
        self.last = max(days, default=self.first)
        self.step = (self.high - self.low) / _TICKS

    def x(self, day: date) -> str:
        """Return the horizontal place of a day."""
        width = max(1, (self.last - self.first).days)
        return f"{_LEFT + (_WIDTH - _LEFT - _RIGHT) * (day - self.first).days / width:.1f}"

    def y(self, number: Decimal) -> str:
        """Return the vertical place of a number."""
        share = float((number - self.low) / (self.high - self.low))
        return f"{_HEIGHT - _BOTTOM - (_HEIGHT - _TOP - _BOTTOM) * share:.1f}"


def _grid(scale: _Scale, unit: str) -> Iterator[str]:
    for tick in range(_TICKS + 1):
        number = scale.low + scale.step * tick
        y = scale.y(number)
        yield (
            f'<line x1="{_LEFT}" y1="{y}" x2="{_WIDTH - _RIGHT}" y2="{y}" stroke="#d8dee4"/>'
            f'<text x="{_LEFT - 8}" y="{y}" dy="4" text-anchor="end" fill="#59636e">'
            f"{_text(plain(number))}</text>"
        )
    if unit:
        yield f'<text x="{_LEFT}" y="{_TOP - 24}" fill="#59636e">{_text(unit)}</text>'


def _days(scale: _Scale, series: Series) -> Iterator[str]:
    every = max(1, -(-len(series.points) // _MOST_LABELS))
    for day, _ in list(reversed(series.points))[::every]:
        yield (
            f'<text x="{scale.x(day)}" y="{_HEIGHT - _BOTTOM + 18}" text-anchor="middle" '
            f'fill="#59636e">{day.isoformat()}</text>'
        )


def _target(scale: _Scale, series: Series) -> Iterator[str]:
    if series.target is not None:
        y = scale.y(series.target)
        yield (
            f'<line x1="{_LEFT}" y1="{y}" x2="{_WIDTH - _RIGHT}" y2="{y}" stroke="#1a7f37" '
            'stroke-width="1.5" stroke-dasharray="6 4"/>'
            f'<text x="{_LEFT + 6}" y="{y}" dy="-5" fill="#1a7f37">'
            f"target {_text(plain(series.target))}</text>"
        )


def _marks(scale: _Scale, series: Series) -> Iterator[str]:
    for number, mark in enumerate(series.marks):
        x, y = scale.x(mark.day), _TOP - 8 - 12 * (number % 2)
        yield (
            f'<line x1="{x}" y1="{y + 3}" x2="{x}" y2="{_HEIGHT - _BOTTOM}" stroke="#8250df"/>'
            f'<text x="{x}" y="{y}" text-anchor="middle" fill="#8250df">{_text(mark.name)}</text>'
        )


def _line(scale: _Scale, series: Series) -> Iterator[str]:
    run: list[str] = []
    for day, number in [*series.points, (date.max, None)]:
        if number is not None:
            run.append(f"{scale.x(day)},{scale.y(number)}")
            continue
        if len(run) > 1:
            places = " ".join(run)
            yield f'<polyline points="{places}" fill="none" stroke="#0969da" stroke-width="2"/>'
        run = []
    for day, number in series.points:
        if number is not None:
            name = f"{day}: {plain(number)} {series.unit}".strip()
            yield (
                f'<circle cx="{scale.x(day)}" cy="{scale.y(number)}" r="4" fill="#0969da">'
                f"<title>{_text(name)}</title></circle>"
            )


def _text(text: str) -> str:
    short = text if len(text) <= 4_000 else f"{text[:3_999]}…"
    return escape(clean_line(short))


def read_points(pairs: Sequence[tuple[str, str]]) -> tuple[tuple[date, Decimal | None], ...]:
    """Return the points of a ledger line; what is no day and no number is left out."""
    points = []
    for day, number in pairs:
        try:
            value = Decimal(number)
            if value.is_finite() and abs(value) < _LARGEST:
                points.append((date.fromisoformat(day), value))
        except (ValueError, ArithmeticError):
            continue
    return tuple(sorted(points))


def mark_of(name: str, day: date | None, series: Sequence[date]) -> tuple[Mark, ...]:
    """Return a mark where its day lies near what a chart shows, none where it does not."""
    if day is None or not series:
        return ()
    margin = timedelta(days=max(7, (series[-1] - series[0]).days // 4))
    is_near = series[0] - margin <= day <= series[-1] + margin
    return (Mark(name, day),) if is_near else ()
