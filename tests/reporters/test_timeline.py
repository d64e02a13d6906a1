"""Outcomes in time: which month a plan stands in, and what its small chart shows."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from tests.outcomes.conftest import make_outcome, make_result
from tests.reporters.outcome_sample import TODAY, sample_outcomes

from whygate.reporters.timeline import draw_small, draw_timeline, find_series


def test_every_plan_with_a_day_has_its_square() -> None:
    drawn = draw_timeline(sample_outcomes().outcomes, TODAY)

    assert drawn is not None
    assert dict(drawn.counts) == {
        "met": 4,
        "missed": 2,
        "undecided": 3,
        "overdue": 2,
        "due": 1,
        "planned": 2,
    }
    assert len(drawn.squares) + drawn.earlier + drawn.later >= 6
    assert all(s.x >= 0 and s.x + s.width <= drawn.width for s in drawn.squares)
    assert all(s.y + s.height <= drawn.base + 0.1 for s in drawn.squares)


def test_month_with_many_plans_is_a_bar() -> None:
    made = [make_outcome(n, today=TODAY, due=date(2025, 5, 1)) for n in range(40)]

    drawn = draw_timeline(made, TODAY)

    assert drawn is not None
    assert [square.title for square in drawn.squares] == ["40 planned"]
    assert min(square.y for square in drawn.squares) >= 0


def test_far_plans_are_counted_and_not_drawn() -> None:
    made = [
        make_outcome(1, today=TODAY, due=date(2031, 5, 1)),
        make_outcome(2, [make_result("met", "2019-02-01", value="1 ticket")], today=TODAY),
    ]

    drawn = draw_timeline(made, TODAY)

    assert drawn is not None
    assert (drawn.earlier, drawn.later, drawn.squares) == (1, 1, ())


def test_nothing_planned_has_no_timeline() -> None:
    assert draw_timeline([], TODAY) is None


@pytest.mark.parametrize(
    ("plan", "value", "series", "expected"),
    [
        pytest.param({}, "3 tickets", (), [9, 3], id="baseline-and-value"),
        pytest.param(
            {},
            "3 tickets",
            (("2025-01-01", "8"), ("2025-01-08", "5"), ("2025-02-01", "3")),
            [8, 5, 3],
            id="series",
        ),
        pytest.param(
            {"baseline": "2 s", "target": "300 ms"}, "400 ms", (), [2000, 400], id="two-units"
        ),
        pytest.param({"baseline": "unknown"}, "3 tickets", (), None, id="no-baseline"),
        pytest.param({"baseline": "9 s"}, "3 tickets", (), None, id="two-scales"),
        pytest.param({}, "", (), None, id="no-value"),
    ],
)
def test_chart_shows_before_and_after(
    plan: dict[str, str],
    value: str,
    series: tuple[tuple[str, str], ...],
    expected: list[int] | None,
) -> None:
    outcome = make_outcome(1, [make_result("met", value=value, series=series)], today=TODAY, **plan)  # type: ignore[arg-type]

    found = find_series(outcome)

    if expected is None:
        assert found is None
    else:
        assert found is not None
        assert [number for _, number in found.points] == [Decimal(n) for n in expected]
        chart = draw_small(found)
        assert chart is not None
        assert len(chart.dots) == len(expected)
        assert all(0 <= dot.y <= chart.height for dot in chart.dots)
