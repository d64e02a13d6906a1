"""What the rules of the measurement share: the plans they look at, and how they say it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from whygate.context.plan import Plan, find_part
from whygate.judge.rule import Problem
from whygate.model import Severity

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from whygate.judge.case import Case
    from whygate.model import Item, Location, Statement


def asked_plans(case: Case) -> Iterator[tuple[Item, Plan]]:
    """Yield the entries that are asked for and say something, with their values read."""
    if "measurement" in case.needs:
        yield from case.plans


def asked_items(case: Case) -> Iterator[Item]:
    """Yield the same entries without their values."""
    return (item for item, _ in asked_plans(case))


def find_text(item: Item) -> Statement | None:
    """Return the text of an entry that names no target and no day; its metric if it has one."""
    if any(find_part(item, key) is not None for key in ("target", "evaluate_by")):
        return None
    return find_part(item, "metric") or item.prose


def part_missing(case: Case, items: Iterable[Item], key: str, sentence: str) -> Iterator[Problem]:
    """Yield the problem of each entry without a needed part; where all are, the first one's.

    The rows of a table lack the same columns, and nobody reads the same sentence ten times.
    """
    name = f"measurement.{key}"
    if name not in case.needs:
        return
    listed = tuple(items)
    lacking = [i for i in listed if find_part(i, key) is None and not i.lists.get(name)]
    others = len(listed) - 1
    if others > 0 and len(lacking) == len(listed):
        lacking = lacking[:1]
        rest = f"do the {others} other entries" if others > 1 else "does the other entry"
        sentence = f"{sentence} (nor {rest})"
    for item in lacking:
        yield Problem(
            f"the measurement {sentence}",
            place_of(case, item),
            field=name,
            question=case.question(name),
            paste=case.paste_line(name),
            severity=case.needs[name],
        )


def problem_at(
    case: Case, statement: Statement, message: str, severity: Severity | None = None
) -> Problem:
    """Return a problem at a statement, with its question and the line to paste."""
    return Problem(
        message,
        statement.location,
        field=statement.field,
        question=case.question(statement.field),
        paste=case.paste_line(statement.field),
        severity=severity,
    )


def weight_of(case: Case, statement: Statement) -> Severity | None:
    """Return the weight of a wrong part: what the kind gives its absence where that is less.

    Whoever need not give a date is not refused for giving one that cannot be read. None where
    the rule's own weight applies.
    """
    need = case.needs.get(statement.field, case.needs["measurement"])
    return None if need is Severity.ERROR else need


def place_of(case: Case, item: Item) -> Location:
    """Return where an entry stands: its text, or the first of its parts; one may be empty."""
    first = item.prose or next(item.statements(), None)
    return first.location if first is not None else case.start
