"""How far a result lies beyond or short of its target, of the way it was to go."""

from __future__ import annotations

import pytest
from tests.outcomes.conftest import make_plan

from whygate.outcomes.scorecard import measure_effect


@pytest.mark.parametrize(
    ("baseline", "target", "value", "effect"),
    [
        ("38 %", "45 %", "46 %", 1.14),
        ("38 %", "45 %", "45 %", 1.0),
        ("38 %", "45 %", "38 %", 0.0),
        ("38 %", "+5 pp", "40 %", 0.4),
        ("9 tickets", "<= 1 ticket", "3 tickets", 0.75),
        ("9 tickets", "<= 1 ticket", "0", 1.12),
        ("9 tickets", "<= 1 ticket", "11 tickets", -0.25),
        ("450 ms", "-30%", "300 ms", 1.11),
        ("450 ms", "300 ms", "0.5 s", -0.33),
        ("10", "2x", "25", 1.5),
        ("-12", "0", "-6", 0.5),
        ("0 users", ">= 10 users", "5 users", 0.5),
    ],
    ids=[
        *("beyond", "at it", "not a step", "points", "limit", "bare zero", "wrong way"),
        *("relative", "other unit", "factor", "below zero", "from zero"),
    ],
)
def test_effect_is_the_part_of_the_way(
    baseline: str, target: str, value: str, effect: float
) -> None:
    plan = make_plan(baseline=baseline, target=target)

    assert measure_effect(plan, value) == effect


@pytest.mark.parametrize(
    ("baseline", "target", "value", "effect"),
    [
        ("38 %", "40-45 %", "42 %", 2.0),
        ("45 %", "30-40 %", "40 %", 1.0),
        ("9 tickets", "<= 1 ticket", "2 to 4 tickets", 0.62),
        ("8 to 10 tickets", "<= 1 ticket", "1 ticket", 1.0),
    ],
    ids=["near bound going up", "near bound going down", "far bound", "middle of the baseline"],
)
def test_effect_of_a_range_takes_the_bound_that_is_harder(
    baseline: str, target: str, value: str, effect: float
) -> None:
    plan = make_plan(baseline=baseline, target=target)

    assert measure_effect(plan, value) == effect


@pytest.mark.parametrize(
    ("baseline", "target", "value", "effect"),
    [
        ("9 tickets per week", "<= 1 ticket per week", "1 ticket per week", 1.0),
        ("9 tickets per week", "<= 1 ticket per week", "10 tickets per month", 0.84),
        ("9 tickets", "<= 1 ticket per week", "3 tickets", 0.75),
    ],
    ids=["same", "converted", "named once"],
)
def test_effect_counts_a_window_where_all_name_one(
    baseline: str, target: str, value: str, effect: float
) -> None:
    plan = make_plan(baseline=baseline, target=target)

    assert measure_effect(plan, value) == effect


@pytest.mark.parametrize(
    ("baseline", "target", "value"),
    [
        ("new", "45 %", "50 %"),
        ("", "45 %", "50 %"),
        ("38 %", "", "50 %"),
        ("38 %", "45 %", ""),
        ("38 %", "45 %", "it went well"),
        ("unknown", "answer: yes", "yes"),
        ("38 %", "300 ms", "200 ms"),
        ("38 %", "45 %", "200 ms"),
        ("10", "10", "11"),
        ("250 ms", "<= 300 ms", "280 ms"),
        ("10", ">= 8", "9"),
    ],
    ids=[
        *("new", "no baseline", "no target", "no value", "words", "answer", "other target"),
        *("other value", "no way", "upper limit kept", "lower limit kept"),
    ],
)
def test_effect_is_unknown_without_a_way(baseline: str, target: str, value: str) -> None:
    plan = make_plan(baseline=baseline, target=target)

    assert measure_effect(plan, value) is None
