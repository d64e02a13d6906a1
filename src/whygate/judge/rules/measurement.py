"""Family 2xx: the measurement is there, but it cannot be evaluated later."""

from __future__ import annotations

from typing import TYPE_CHECKING

from whygate.context.dates import DateProblem
from whygate.context.fill import is_filled
from whygate.context.owners import parse_owner
from whygate.context.plan import Plan, find_part
from whygate.context.quantities import (
    Quantity,
    comparable,
    contradicts,
    explain_relative,
    nouns_differ,
)
from whygate.context.values import UnknownUntil
from whygate.judge.rule import Problem
from whygate.model import Item, Location, Severity, Statement
from whygate.text.content import is_owner_placeholder

if TYPE_CHECKING:
    from whygate.judge.case import Case
    from collections.abc import Iterator
    from datetime import date


def metric_missing(case: Case) -> Iterator[Problem]:
    """The measurement does not say what is counted.

    Why: "we will monitor it" cannot come true or false. A metric names what is counted, of
    whom, and in which window.

    Bad:
        ## Measurement
        We will monitor it closely.

    Good:
        ## Measurement
        - Metric: retyped rows per accountant, monthly
        - Baseline: 30
        - Target: 0
        - Evaluate by: +30d
    """
    for item, plan in _plans(case):
        if not (plan.is_observation and is_filled(item.prose)):
            yield from _part_missing(case, item, "metric", "does not say what is counted")


def baseline_missing(case: Case) -> Iterator[Problem]:
    """The number of today is not given.

    Why: without a before there is no after. Write `new` when nothing exists yet, or
    `unknown until <date>; <how it will be found>` when nobody has looked: never a guess.

    Bad:
        ## Measurement
        - Metric: retyped rows per accountant, monthly
        - Target: 0 rows
        - Evaluate by: +30d

    Good:
        ## Measurement
        - Metric: retyped rows per accountant, monthly
        - Baseline: unknown until +14d; counted from the import log
        - Target: 0 rows
        - Evaluate by: +30d
    """
    for item, plan in _plans(case):
        if plan.is_observation:
            continue
        yield from _part_missing(case, item, "baseline", "does not say what the number is today")
        statement = find_part(item, "baseline")
        if statement is not None and says_unknown(statement) and not _has_day(plan):
            yield _at(
                case,
                statement,
                "the baseline is unknown without a date; say until when, and how it will be found",
                case.needs.get(statement.field),
            )


def target_missing(case: Case) -> Iterator[Problem]:
    """The measurement draws no line to cross.

    Why: without a target every number is a success. A target is a number in the unit of the
    baseline, relative to it (`-30%`, `2x`), or `answer: yes` for an observation.

    Bad:
        ## Measurement
        - Metric: retyped rows per accountant, monthly
        - Baseline: 30
        - Evaluate by: +30d

    Good:
        ## Measurement
        - Metric: retyped rows per accountant, monthly
        - Baseline: 30
        - Target: -90%
        - Evaluate by: +30d
    """
    for item, _plan in _plans(case):
        yield from _part_missing(case, item, "target", "does not say which number means success")


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
    for item, _plan in _plans(case):
        yield from _part_missing(case, item, "evaluate_by", "does not say when to look")


def target_not_comparable(case: Case) -> Iterator[Problem]:
    """The target cannot be compared with the baseline.

    Why: from 38 % to 300 ms is no distance. A relative target needs a baseline that is a
    number. Two different things counted (tickets, users) are a warning.

    Bad:
        ## Measurement
        - Metric: share of exports that are complete
        - Baseline: 38 %
        - Target: 300 ms
        - Evaluate by: +30d

    Good:
        ## Measurement
        - Metric: share of exports that are complete
        - Baseline: 38 %
        - Target: 95 %
        - Evaluate by: +30d
    """
    for item, plan in _plans(case):
        target = plan.target
        statement = find_part(item, "target")
        if statement is None or not isinstance(target, Quantity):
            continue
        if target.relative and not isinstance(plan.baseline, Quantity):
            if plan.baseline is None or not isinstance(plan.baseline, UnknownUntil):
                yield _at(
                    case,
                    statement,
                    f"`{target.text}` is relative, and the baseline is no number to compute from",
                )
        elif isinstance(plan.baseline, Quantity):
            yield from _compare(case, statement, plan.baseline, plan)


def target_contradicts_direction(case: Case) -> Iterator[Problem]:
    """The target goes the other way than the direction, or nowhere.

    Why: it is arithmetic. Only a guardrail or a measurement with `Direction: hold` may stay
    where it is.

    Bad:
        ## Measurement
        - Metric: share of exports that are complete
        - Baseline: 45 %
        - Target: 38 %
        - Direction: up
        - Evaluate by: +30d

    Good:
        ## Measurement
        - Metric: share of exports that are complete
        - Baseline: 38 %
        - Target: 45 %
        - Direction: up
        - Evaluate by: +30d
    """
    for item, plan in _plans(case):
        statement = find_part(item, "target")
        if statement is None or not isinstance(plan.target, Quantity):
            continue
        baseline = plan.baseline if isinstance(plan.baseline, Quantity) else None
        if contradicts(plan.direction, baseline, plan.target):
            yield _at(case, statement, _explain_direction(plan, baseline, statement))


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
    for item, plan in _plans(case):
        statement = find_part(item, "evaluate_by")
        if statement is not None and isinstance(plan.due, DateProblem):
            hint = f"; {plan.due.suggestion}" if plan.due.suggestion else ""
            yield _at(
                case, statement, f"`{statement.text[:60]}` is {_REASONS[plan.due.reason]}{hint}"
            )


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
            yield _at(case, statement, f"{day} was before {case.today}, the day of this change")


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
            yield _at(case, statement, f"{day} is {(day - case.today).days} days away")


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
    for item, _plan in _plans(case):
        statement = find_part(item, "owner")
        if statement is None or not statement.text:
            continue
        owner = parse_owner(statement.text)
        if is_owner_placeholder(statement.text):
            yield _at(case, statement, f"`{statement.text[:40]}` is nobody in particular")
        elif owner is None:
            yield _at(case, statement, f"`{statement.text[:40]}` cannot be reached")
        elif owner.is_bot:
            yield _at(case, statement, f"`{statement.text[:40]}` is a bot, and bots do not look")


def number_unparsable(case: Case) -> Iterator[Problem]:
    """The baseline or the target holds no number.

    Why: "a bit faster" cannot be judged later. Write a number with its unit, `answer: yes` for
    an observation, `new` or `unknown until <date>; <how>` for a baseline.

    Bad:
        ## Measurement
        - Metric: time to open a report
        - Baseline: 820 ms
        - Target: a bit faster
        - Evaluate by: +30d

    Good:
        ## Measurement
        - Metric: time to open a report
        - Baseline: 820 ms
        - Target: <= 300 ms
        - Evaluate by: +30d
    """
    for item, plan in _plans(case):
        if plan.is_observation:
            continue
        for key, value in (("baseline", plan.baseline), ("target", plan.target)):
            statement = find_part(item, key)
            if statement is None or value is not None or not is_filled(statement):
                continue
            yield _at(case, statement, f"`{statement.text[:60]}` holds no number to compare")


def says_unknown(statement: Statement) -> bool:
    """Tell whether a baseline says that nobody knows it yet (WG202 asks until when)."""
    is_baseline = statement.field.endswith(".baseline")
    return is_baseline and statement.text.casefold().startswith(("unknown", "not known"))


def target_relative_share(case: Case) -> Iterator[Problem]:
    """A percentage of a percentage may have been meant as points.

    Why: from 38 %, `-30%` is 26.6 %, and `-30 pp` is 8 %. The first reading is used; the
    finding shows the number, so that the author sees which one was meant.

    Bad:
        ## Measurement
        - Metric: share of exports that are cut off
        - Baseline: 38 %
        - Target: -30%
        - Evaluate by: +30d

    Good:
        ## Measurement
        - Metric: share of exports that are cut off
        - Baseline: 38 %
        - Target: -30 pp
        - Evaluate by: +30d
    """
    for item, plan in _plans(case):
        statement = find_part(item, "target")
        if statement is None or not isinstance(plan.target, Quantity):
            continue
        if isinstance(plan.baseline, Quantity) and plan.target.relative:
            explained = explain_relative(plan.target, plan.baseline)
            if explained:
                yield _at(case, statement, explained)


_REASONS = {
    "ambiguous": "read as two different days",
    "vague": "no day",
    "year-missing": "a day of no year",
    "impossible": "not in the calendar",
    "unknown": "not a date that can be read",
}


def _plans(case: Case) -> Iterator[tuple[Item, Plan]]:
    """Yield the entries that are asked for and say something, with their values read."""
    if "measurement" not in case.needs:
        return
    for item, plan in case.plans:
        if not _is_excused(case, item):
            yield item, plan


def _is_excused(case: Case, item: Item) -> bool:
    return case.exemption is not None and "measurement" in case.exemption.excuses and not item.parts


def _part_missing(case: Case, item: Item, key: str, sentence: str) -> Iterator[Problem]:
    name = f"measurement.{key}"
    if name not in case.needs or find_part(item, key) is not None:
        return
    yield Problem(
        f"the measurement {sentence}",
        _place(case, item),
        field=name,
        question=case.question(name),
        paste=case.paste_line(name),
        severity=case.needs[name],
    )


def _place(case: Case, item: Item) -> Location:
    first = item.prose or next(item.statements(), None)
    return first.location if first is not None else case.start


def _at(
    case: Case, statement: Statement, message: str, severity: Severity | None = None
) -> Problem:
    return Problem(
        message,
        statement.location,
        field=statement.field,
        question=case.question(statement.field),
        paste=case.paste_line(statement.field),
        severity=severity,
    )


def _compare(case: Case, statement: Statement, baseline: Quantity, plan: Plan) -> Iterator[Problem]:
    target = plan.resolved
    if target is None or not comparable(baseline, target):
        yield _at(case, statement, f"from {baseline.text} to {statement.text} cannot be compared")
    elif nouns_differ(baseline, target):
        message = f"the baseline counts {baseline.noun}, the target {target.noun}"
        yield _at(case, statement, message, Severity.WARNING)


def _explain_direction(plan: Plan, baseline: Quantity | None, statement: Statement) -> str:
    if baseline is None:
        return f"the target {statement.text} does not go {plan.direction}"
    computed = ""
    if isinstance(plan.target, Quantity) and (shown := explain_relative(plan.target, baseline)):
        computed = f" ({shown})"
    if isinstance(plan.target, Quantity) and not contradicts("hold", baseline, plan.target):
        return (
            f"the target {statement.text} is where the baseline {baseline.text} already is"
            f"{computed}; write `Direction: hold` if it must only not move"
        )
    return f"from {baseline.text} to {statement.text} does not go {plan.direction}{computed}"


def _due_days(case: Case) -> Iterator[tuple[Statement, date]]:
    for item, plan in _plans(case):
        statement = find_part(item, "evaluate_by")
        day = plan.due_day
        if statement is not None and day is not None:
            yield statement, day


def _has_day(plan: Plan) -> bool:
    """Tell whether the baseline is known, or the day is by which it will be."""
    if isinstance(plan.baseline, UnknownUntil):
        return plan.baseline.day is not None
    return plan.baseline is not None
