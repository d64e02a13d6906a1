"""Family 2xx, the rest: nobody looks, or never."""

from __future__ import annotations

from typing import TYPE_CHECKING

from whygate.context.plan import find_part
from whygate.judge.rules.plans import (
    asked_items,
    asked_plans,
    part_missing,
    problem_at,
    weight_of,
)
from whygate.text.content import is_owner_placeholder
from whygate.values.dates import DateProblem
from whygate.values.owners import parse_owner

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from whygate.judge.case import Case
    from whygate.judge.rule import Problem
    from whygate.model import Statement

_REASONS = {
    "ambiguous": "read as two different days",
    "vague": "no day",
    "year-missing": "a day of no year",
    "impossible": "not in the calendar",
    "unknown": "not a date that can be read",
}


def date_missing(case: Case) -> Iterator[Problem]:
    """The measurement has no day on which somebody looks.

    Why: a measurement without a date is never made. A day (`2027-02-15`) or a distance from
    the merge (`+30d`, `2 weeks after release`) puts it on the list of `whygate due`.

    Bad:
        ## Measurement
        - Metric: retyped rows per accountant, monthly
        - Baseline: 30
        - Target: 0

    Good:
        ## Measurement
        - Metric: retyped rows per accountant, monthly
        - Baseline: 30
        - Target: 0
        - Evaluate by: 30 days after release
    """
    yield from part_missing(case, asked_items(case), "evaluate_by", "does not say when to look")


def date_unparsable(case: Case) -> Iterator[Problem]:
    """The date is not one that can come due.

    Why: "soon" never arrives, and 02/03/2027 is in February or in March. Dates are written
    `2027-02-15`, `15 Feb 2027`, `2027-Q1`, `2027-W07`, `+30d`, or `30 days after release`.

    Bad:
        ## Measurement
        - Metric: retyped rows per accountant, monthly
        - Baseline: 30
        - Target: 0
        - Evaluate by: next sprint

    Good:
        ## Measurement
        - Metric: retyped rows per accountant, monthly
        - Baseline: 30
        - Target: 0
        - Evaluate by: +2w
    """
    for item, plan in asked_plans(case):
        statement = find_part(item, "evaluate_by")
        if statement is not None and isinstance(plan.due, DateProblem):
            reason, suggestion = _REASONS[plan.due.reason], plan.due.suggestion
            message = f"`{statement.text[:60]}` is {reason}; write {suggestion}"
            yield problem_at(case, statement, message, weight_of(case, statement))


def date_in_past(case: Case) -> Iterator[Problem]:
    """The date has passed before the change is merged.

    Why: a past date is a stale copy of another change; nobody will look again.

    Bad:
        ## Measurement
        - Metric: retyped rows per accountant, monthly
        - Baseline: 30
        - Target: 0
        - Evaluate by: 2020-01-31

    Good:
        ## Measurement
        - Metric: retyped rows per accountant, monthly
        - Baseline: 30
        - Target: 0
        - Evaluate by: +30d
    """
    for statement, day in _due_days(case):
        if day < case.today:
            message = f"{day} was before {case.today}, the day of this change"
            yield problem_at(case, statement, message, weight_of(case, statement))


def date_too_far(case: Case) -> Iterator[Problem]:
    """The date is so far away that nobody will remember.

    Why: after half a year the people and the reasons have moved on. The most is `dates:
    max_days` in the configuration, 180 days unless you say otherwise.

    Bad:
        ## Measurement
        - Metric: retyped rows per accountant, monthly
        - Baseline: 30
        - Target: 0
        - Evaluate by: +2y

    Good:
        ## Measurement
        - Metric: retyped rows per accountant, monthly
        - Baseline: 30
        - Target: 0
        - Evaluate by: +3m
    """
    limit = case.policy.config.max_days
    for statement, day in _due_days(case):
        if (day - case.today).days > limit:
            yield problem_at(case, statement, f"{day} is {(day - case.today).days} days away")


def owner_unusable(case: Case) -> Iterator[Problem]:
    """The owner is nobody in particular, or a bot.

    Why: what everybody owns nobody looks at. No owner is fine: the author looks then. Write
    `@handle`, `@org/team`, a mail address, or `Name <mail>`.

    Bad:
        ## Measurement
        - Metric: retyped rows per accountant, monthly
        - Baseline: 30
        - Target: 0
        - Evaluate by: +30d
        - Owner: the team

    Good:
        ## Measurement
        - Metric: retyped rows per accountant, monthly
        - Baseline: 30
        - Target: 0
        - Evaluate by: +30d
        - Owner: @lena
    """
    for item in asked_items(case):
        statement = find_part(item, "owner")
        if statement is None or not statement.text:
            continue
        owner = parse_owner(statement.text)
        if is_owner_placeholder(statement.text):
            yield problem_at(case, statement, f"`{statement.text[:40]}` is nobody in particular")
        elif owner is None:
            yield problem_at(case, statement, f"`{statement.text[:40]}` cannot be reached")
        elif owner.is_bot:
            yield problem_at(
                case, statement, f"`{statement.text[:40]}` is a bot, and bots do not look"
            )


def _due_days(case: Case) -> Iterator[tuple[Statement, date]]:
    for item, plan in asked_plans(case):
        statement = find_part(item, "evaluate_by")
        day = plan.due_day
        if statement is not None and day is not None:
            yield statement, day
