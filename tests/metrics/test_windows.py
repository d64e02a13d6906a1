"""Windows of a plan's day and before it, and how far a metric moves by itself."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from whygate.metrics.windows import (
    EARLIER,
    ENOUGH,
    MOST_AFTER,
    Span,
    as_far,
    charted,
    settled_on,
    span_of,
    window_before,
    window_of,
)

DAY = date(2027, 2, 15)
WEEK = 168
DAYS = st.dates(date(2000, 1, 1), date(2100, 1, 1))
HOURS = st.sampled_from([1, 24, 36, 168, 720])
NUMBERS = st.decimals(-1_000_000, 1_000_000, places=3)


@pytest.mark.parametrize(
    ("hours", "shown"),
    [(168, "2027-02-09/2027-02-16"), (24, "2027-02-15/2027-02-16")],
    ids=["week", "day"],
)
def test_window_ends_at_midnight_after_the_day(hours: int, shown: str) -> None:
    window = window_of(DAY, hours)

    assert window.end == datetime(2027, 2, 16, tzinfo=UTC)
    assert str(window) == shown
    assert window.last_day == DAY


def test_window_of_hours_is_shown_with_them() -> None:
    assert str(window_of(DAY, 36)) == "2027-02-14T12:00Z/2027-02-16"


def test_window_before_a_merge_holds_nothing_of_its_day() -> None:
    assert str(window_before(DAY, WEEK)) == "2027-02-08/2027-02-15"


def test_late_rows_are_waited_for() -> None:
    assert settled_on(window_of(DAY, WEEK), 48) == datetime(2027, 2, 18, tzinfo=UTC)


def test_span_shows_where_the_merge_was() -> None:
    span = span_of(DAY, WEEK, date(2027, 1, 20))

    assert span.merged is not None
    assert str(span.windows[span.merged]) == "2027-01-12/2027-01-19"
    assert str(span.windows[-1]) == "2027-02-09/2027-02-16"
    assert (span.distance, len(span.windows)) == (4, EARLIER + 5)
    assert charted(span) == span.merged - 7


@given(DAYS, st.integers(0, 700), HOURS)
def test_span_is_even_and_knows_its_merge(day: date, back: int, hours: int) -> None:
    merged = day - timedelta(days=back)
    span = span_of(day, hours, merged)
    steps = {b.end - a.end for a, b in zip(span.windows, span.windows[1:], strict=False)}
    start = datetime(merged.year, merged.month, merged.day, tzinfo=UTC)

    assert steps == {timedelta(hours=hours) * span.stride}
    assert span.windows[-1] == window_of(day, hours)
    assert span.merged is not None
    assert span.windows[span.merged].end <= start
    assert span.windows[span.merged + 1].end > start
    assert 1 <= span.distance <= MOST_AFTER
    assert span.merged == EARLIER


def test_span_without_a_merge_is_told_nothing_about() -> None:
    assert span_of(DAY, WEEK, None).merged is None
    assert span_of(DAY, WEEK, DAY + timedelta(days=1)).merged is None
    assert as_far([Decimal(1)] * (EARLIER + 1), span_of(DAY, WEEK, None)) is None


def test_span_at_the_beginning_of_the_calendar_has_what_there_is() -> None:
    assert len(span_of(date(1, 1, 9), WEEK, None).windows) == 1


def span(before: int, after: int) -> Span:
    """Return a span with so many windows up to the merge, and after it."""
    windows = tuple(window_of(DAY + timedelta(days=7 * n), WEEK) for n in range(before + after))
    return Span(windows, before - 1)


def test_move_is_held_against_earlier_stretches_of_its_length() -> None:
    before = [Decimal(n) for n in (9, 9, 8, 10, 9, 9, 3, 9, 9, 9, 8, 9, 9, 9, 9)]

    assert as_far([*before, Decimal(3)], span(15, 1)) == (2, 14)
    assert as_far([*before, Decimal(9)], span(15, 1)) == (14, 14)
    assert as_far([*before, Decimal(8), Decimal(3)], span(15, 2)) == (2, 13)


@pytest.mark.parametrize("hole", [0, 11, 12], ids=["first", "merge", "last"])
def test_fewer_than_twelve_stretches_tell_nothing(hole: int) -> None:
    values: list[Decimal | None] = [Decimal(n) for n in range(13)]
    values[hole] = None

    assert as_far(values, span(12, 1)) is None


@st.composite
def histories(draw: st.DrawFn) -> tuple[list[Decimal], Span]:
    before, after = draw(st.integers(ENOUGH, 30)), draw(st.integers(1, 6))
    size = before + after
    return draw(st.lists(NUMBERS, min_size=size, max_size=size)), span(before, after)


@given(histories())
def test_count_is_a_part_of_what_was_looked_at(history: tuple[list[Decimal], Span]) -> None:
    values, where = history
    found = as_far(values, where)
    stretches = (where.merged or 0) + 1 - where.distance

    assert (found is not None) == (stretches >= ENOUGH)
    if found is not None:
        assert 0 <= found[0] <= found[1] == stretches


@given(histories(), NUMBERS, st.sampled_from([Decimal(-3), Decimal("0.5"), Decimal(7)]))
def test_count_is_the_same_in_another_unit(
    history: tuple[list[Decimal], Span], shift: Decimal, scale: Decimal
) -> None:
    values, where = history
    moved = [value * scale + shift for value in values]

    assert as_far(moved, where) == as_far(values, where)


@given(histories())
def test_further_move_is_never_more_common(history: tuple[list[Decimal], Span]) -> None:
    values, where = history
    merged = where.merged or 0
    further = [*values[:-1], values[merged] + 2 * (values[-1] - values[merged])]
    near, far = as_far(values, where), as_far(further, where)

    if near is not None and far is not None:
        assert far[0] <= near[0]


@given(NUMBERS, histories())
def test_steady_metric_never_moves_by_itself(
    level: Decimal, history: tuple[list[Decimal], Span]
) -> None:
    _, where = history
    values = [level] * (len(where.windows) - 1)
    found = as_far([*values, level + 1], where)

    assert found is None or found[0] == 0
