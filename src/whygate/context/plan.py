"""The plan that an entry of the measurement makes, read from its parts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from whygate.context.fill import is_filled
from whygate.values.plans import PLAN_PARTS, Plan, read_plan

if TYPE_CHECKING:
    from datetime import date

    from whygate.model import Item, Statement


def read_item(item: Item, today: date) -> Plan:
    """Return the plan of a measurement entry; relative dates count from `today`."""
    return read_plan({key: _text(item, key) for key in PLAN_PARTS}, today)


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
