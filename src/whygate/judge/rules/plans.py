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

_COUNTED = ("does the other entry", "do the {} other entries")


def asked_plans(case: Case) -> Iterator[tuple[Item, Plan]]:
    """Yield the entries that are asked for and say something, with their values read."""
    if "measurement" in case.needs:
        yield from case.plans


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
    others = len(lacking) - 1
    is_common = others > 0 and len(lacking) == len(listed)
    more = f" (nor {_COUNTED[others > 1].format(others)})" if is_common else ""
    for item in lacking[:1] if is_common else lacking:
        yield Problem(
            f"the measurement {sentence}{more}",
            place_of(item) or case.start,
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


def place_of(item: Item) -> Location | None:
    """Return where an entry stands, its text or the first of its parts; None when it is empty."""
    first = item.prose or next(item.statements(), None)
    return first.location if first is not None else None
