"""Turn what was promised and what was measured into how much of the promised way was made."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from whygate.outcomes.promises import read_aim, read_value
from whygate.values.comparison import comparable
from whygate.values.quantities import Quantity

if TYPE_CHECKING:
    from whygate.outcomes.promises import Promise

_PLACES = 2


def measure_effect(plan: Promise, value: str) -> float | None:
    """Return which part of the way from baseline to target was made: 1 at the target.

    More than 1 lies beyond it, less falls short, below 0 went the wrong way. Of a range the
    bound that is harder to reach counts: the near one of a target, the far one of what was
    measured. None when a number is missing, when they stand on different scales, or when there is
    no way: the target is where the baseline is, or a limit that it keeps already.
    """
    target = read_aim(plan)
    found = (read_value(plan.baseline), target, read_value(value))
    if not all(isinstance(quantity, Quantity) for quantity in found):
        return None
    return _part([quantity for quantity in found if isinstance(quantity, Quantity)])


def _part(found: list[Quantity]) -> float | None:
    start, goal, end = found
    if not (comparable(start, goal) and comparable(end, goal) and comparable(start, end)):
        return None
    # A window counts only where all three name one, as when a result is held against its target.
    has_window = all(quantity.per for quantity in found)
    pairs = [(q if has_window else replace(q, per="")).base for q in found]
    (start_low, start_high), (goal_low, goal_high), (end_low, end_high) = pairs
    begin = (start_low + start_high) / 2
    is_rising = goal_low + goal_high > 2 * begin
    if _is_limit(goal.comparator, is_rising=is_rising):
        return None
    line, reached = (goal_low, end_low) if is_rising else (goal_high, end_high)
    return round(float((reached - begin) / (line - begin)), _PLACES) if line != begin else None


def _is_limit(comparator: str, *, is_rising: bool) -> bool:
    """Tell whether the baseline keeps the target already: from 250 ms, `<= 300 ms` is no way."""
    return comparator.startswith("<" if is_rising else ">")
