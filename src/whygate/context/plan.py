"""Turn an entry of the measurement into a plan: typed values, and what could not be read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from whygate.context.fill import is_filled
from whygate.values.baseline_target import Answer, New, UnknownUntil, parse_baseline, parse_target
from whygate.values.dates import DateProblem, DateValue, parse_date
from whygate.values.quantities import (
    Quantity,
    derive_direction,
    resolve_target,
)

if TYPE_CHECKING:
    from datetime import date

    from whygate.model import Item, Statement

_DIRECTIONS = ("up", "down", "hold")

Baseline = Quantity | UnknownUntil | New
Target = Quantity | Answer


class Plan(Struct, frozen=True):
    """One measurement with its values read.

    A value is None when it is absent or cannot be read; `resolved` is the target with a
    relative one ("-30%") computed from the baseline; `due` a date or what is wrong with it.
    `direction` is "", up, down or hold.
    """

    baseline: Baseline | None = None
    target: Target | None = None
    resolved: Quantity | None = None
    due: DateValue | DateProblem | None = None
    direction: str = ""
    method: str = "metric"

    @property
    def is_observation(self) -> bool:
        """Tell whether people, not numbers, give the answer."""
        return self.method in ("observation", "survey") or isinstance(self.target, Answer)

    @property
    def due_day(self) -> date | None:
        """Return the day of a due date that could be read."""
        return self.due.day if isinstance(self.due, DateValue) else None


def read_plan(item: Item, today: date) -> Plan:
    """Return the plan of a measurement entry; relative dates count from `today`."""
    baseline_text, target_text = _text(item, "baseline"), _text(item, "target")
    baseline = parse_baseline(baseline_text, today) if baseline_text else None
    target = parse_target(target_text) if target_text else None
    due_text = _text(item, "evaluate_by")
    number = baseline if isinstance(baseline, Quantity) else None
    resolved = resolve_target(target, number) if isinstance(target, Quantity) else None
    direction = _text(item, "direction").casefold()
    if direction not in _DIRECTIONS:
        direction = ""  # the schema says what is wrong with it
    if not direction and isinstance(target, Quantity) and resolved is not None:
        direction = derive_direction(number, target) or ""
    return Plan(
        baseline=baseline,
        target=target,
        resolved=resolved,
        due=parse_date(due_text, today) if due_text else None,
        direction=direction,
        method=_text(item, "method").casefold() or "metric",
    )


def find_part(item: Item, key: str) -> Statement | None:
    """Return an entry's statement by the last step of its field name."""
    ending = f".{key}"
    for name, statement in item.parts.items():
        if name.endswith(ending):
            return statement
    return None


def _text(item: Item, key: str) -> str:
    statement = find_part(item, key)
    return statement.text if statement is not None and is_filled(statement) else ""
