from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from whygate.audit.coverage import Tally
from whygate.reporters.trend_chart import MOST_MONTHS, TrendChart, draw_trend


def months(*names: str, **states: int) -> list[tuple[str, Tally]]:
    return [(name, Tally(**(states or {"missing": 3}))) for name in names]


def draw(groups: list[tuple[str, Tally]]) -> TrendChart:
    chart = draw_trend(groups)

    assert chart is not None
    return chart


@pytest.mark.parametrize("names", [(), ("unknown",)], ids=["no-change", "no-date"])
def test_draw_trend_without_a_known_month(names: tuple[str, ...]) -> None:
    assert draw_trend(months(*names)) is None


def test_draw_trend_month_without_changes_keeps_its_place() -> None:
    chart = draw(months("2025-11", "2026-02", "unknown"))

    assert [bar.month for bar in chart.bars] == ["2025-11", "2025-12", "2026-01", "2026-02"]
    assert chart.is_calendar
    assert [len(bar.segments) for bar in chart.bars] == [1, 0, 0, 1]
    assert [bar.count for bar in chart.bars] == ["3", "", "", "3"]


def test_draw_trend_absurd_date_leaves_the_others_on_the_page() -> None:
    chart = draw(months("1970-01", "2026-01", "2026-02", "9999-12"))

    assert [bar.month for bar in chart.bars] == ["1970-01", "2026-01", "2026-02", "9999-12"]
    assert not chart.is_calendar


def test_draw_trend_many_months_shows_the_last_ones() -> None:
    names = [f"{year}-{month:02}" for year in range(2010, 2027) for month in range(1, 13)]

    chart = draw(months(*names))

    assert [bar.month for bar in chart.bars] == names[-MOST_MONTHS:]
    assert [bar.label for bar in chart.bars if bar.label][:2] == ["2022-01", "2022-07"]
    assert {bar.count for bar in chart.bars} == {""}


def test_draw_trend_stacks_from_the_base_without_gaps() -> None:
    states = {"complete": 1, "partial": 2, "missing": 3, "exempt": 4, "skipped": 90}

    chart = draw(months("2026-01", **states))
    segments = chart.bars[0].segments

    assert [part.state for part in segments] == ["complete", "partial", "missing", "exempt"]
    assert segments[0].y + segments[0].height == pytest.approx(chart.base)
    for lower, upper in pairwise(segments):
        assert upper.y + upper.height == pytest.approx(lower.y, abs=0.02)


def test_draw_trend_only_skipped_changes() -> None:
    chart = draw(months("2026-01", skipped=7))

    assert chart.bars[0].segments == ()
    assert [tick.changes for tick in chart.ticks] == [0, 1]


@settings(deadline=None, max_examples=100)
@given(st.lists(st.integers(0, 100_000), min_size=1, max_size=80))
def test_draw_trend_stays_inside_its_frame(counts: list[int]) -> None:
    groups = [
        (f"{2000 + n // 12}-{n % 12 + 1:02}", Tally(missing=count, complete=1))
        for n, count in enumerate(counts)
    ]

    chart = draw(groups)

    assert 2 <= len(chart.ticks) <= 7
    assert chart.ticks[-1].changes >= max(bar.tally.judged for bar in chart.bars)
    for bar in chart.bars:
        assert chart.left <= bar.x
        assert bar.x + bar.width <= chart.right + 0.1
        assert all(0 <= part.y <= chart.base for part in bar.segments)
