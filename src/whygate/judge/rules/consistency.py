"""Family 5xx: two places of one change say different things."""

from __future__ import annotations

from typing import TYPE_CHECKING

from whygate.context.dates import DateValue, parse_date
from whygate.context.fill import is_filled
from whygate.context.owners import parse_owner
from whygate.context.quantities import Quantity, parse_quantity
from whygate.judge.rule import Problem

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from whygate.judge.case import Case
    from whygate.model import Statement


def contradictory_fields(case: Case) -> Iterator[Problem]:
    """Two places give different values for the same field.

    Why: the one who measures later will find only one of them. The stronger place wins (block,
    then trailers, then sections, then commits); make them equal. Different prose is fine.

    Bad:
        ## Measurement
        - Metric: share of exports that are complete
        - Baseline: 38 %
        - Target: 50 %
        - Evaluate by: +30d

        ```yaml product-context
        version: 1
        measurement: [{metric: share of exports that are complete, target: 45 %}]
        ```

    Good:
        ## Measurement
        - Metric: share of exports that are complete
        - Baseline: 38 %
        - Target: 45 %
        - Evaluate by: +30d

        ```yaml product-context
        version: 1
        measurement: [{metric: share of exports that are complete, target: 45 %}]
        ```
    """
    stated: dict[str, list[Statement]] = {}
    for statement in case.context.statements():
        if is_filled(statement):
            stated.setdefault(statement.field, []).append(statement)
    for loser in case.context.others:
        winners = stated.get(loser.field)
        field = case.policy.schema.field(loser.field)
        if not winners or field is None or not field.is_typed or not is_filled(loser):
            continue
        # With several metrics it is enough that one of them agrees: a loser names no metric.
        if any(_same(field.format, winner, loser, case.today) for winner in winners):
            continue
        winner = winners[0]
        yield Problem(
            f"{field.title} is `{winner.text[:40]}` {_place(winner)} and `{loser.text[:40]}` "
            f"{_place(loser)}; the {winner.form} is used",
            loser.location,
            field=loser.field,
            question=field.question,
        )


def _place(statement: Statement) -> str:
    return f"in the {statement.form} on line {statement.location.line}"


def _same(kind: str, one: Statement, other: Statement, today: date) -> bool:
    """Tell whether two texts mean the same value of a format."""
    a, b = _value(kind, one.text, today), _value(kind, other.text, today)
    return a == b


def _value(kind: str, text: str, today: date) -> object:
    if kind == "date":
        parsed = parse_date(text, today)
        return parsed.day if isinstance(parsed, DateValue) else text.casefold()
    if kind in ("baseline", "target"):
        quantity = parse_quantity(text)
        if isinstance(quantity, Quantity):
            return (quantity.comparator, quantity.base, quantity.dimension, quantity.relative)
    if kind == "owner" and (owner := parse_owner(text)) is not None:
        return (owner.handle or owner.mail or owner.name).casefold()
    return " ".join(text.casefold().split())
