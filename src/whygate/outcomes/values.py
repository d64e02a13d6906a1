"""Hold what was measured against what was promised."""

from __future__ import annotations

import re
from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING

from msgspec import Struct

from whygate.values.baseline_target import Answer, parse_baseline, parse_target
from whygate.values.quantities import Quantity, find_quantities, is_met, resolve_target

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from whygate.outcomes.plan import OutcomePlan

BROKEN, KEPT = "broken", "kept"
_WORD = re.compile(r"[^\W_]+")


class Line(Struct, frozen=True):
    """The line a result must cross: a quantity or an answer, None when none can be read."""

    target: Quantity | Answer | None
    direction: str = ""


def read_line(plan: OutcomePlan) -> Line:
    """Return the target of a plan, a relative one reckoned from its baseline."""
    return _read_line(plan.baseline, plan.target, plan.direction)


@lru_cache(maxsize=512)
def _read_line(baseline_text: str, target_text: str, direction: str) -> Line:
    target = parse_target(target_text) if target_text else None
    if not isinstance(target, Quantity):
        return Line(target, direction)
    baseline = parse_baseline(baseline_text, date.min) if baseline_text else None
    number = baseline if isinstance(baseline, Quantity) else None
    return Line(resolve_target(target, number), direction)


def read_value(text: str) -> Quantity | None:
    """Return the quantity that was measured; words around it are fine, a second number is not."""
    found = parse_baseline(text, date.min) if text else None
    return found if isinstance(found, Quantity) else None


def reaches(plan: OutcomePlan, value: str) -> bool | None:
    """Tell whether what was measured reaches the target; None when that cannot be told."""
    line = read_line(plan)
    if isinstance(line.target, Answer):
        return _answers(value, line.target.expected)
    measured = read_value(value)
    if measured is None or line.target is None:
        return None
    return is_met(measured, line.target, line.direction or None)


def breaks_guardrail(plan: OutcomePlan, measured: Sequence[str]) -> str:
    """Return the first guardrail that what was measured for it breaks, empty when none does.

    `measured` stands in the order of the guardrails; `broken` and `kept` are answers too.
    """
    return next(_broken(plan.guardrails, measured), "")


def _broken(guardrails: Sequence[str], measured: Sequence[str]) -> Iterator[str]:
    for number, value in enumerate(measured):
        guardrail = guardrails[number] if number < len(guardrails) else value
        word = value.strip().lower()
        if word == BROKEN or (word != KEPT and _keeps_limit(guardrail, value) is False):
            yield guardrail


def _keeps_limit(guardrail: str, value: str) -> bool | None:
    found = [quantity for _, _, quantity in find_quantities(guardrail, bare=True)]
    limit = next((q for q in found if q.comparator), found[-1] if found else None)
    measured = read_value(value)
    return is_met(measured, limit, None) if measured is not None and limit is not None else None


def _answers(value: str, expected: str) -> bool | None:
    """Compare the first word of an answer: `yes, all three` says yes."""
    said, wanted = _WORD.findall(value.casefold()), _WORD.findall(expected.casefold())
    if not said or not wanted:
        return None
    if wanted[0] in ("yes", "no") and said[0] not in ("yes", "no"):
        return None
    return said[: len(wanted)] == wanted
