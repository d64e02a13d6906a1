"""Family 2xx: the measurement is there, but it cannot be evaluated later."""

from __future__ import annotations

from typing import TYPE_CHECKING

from whygate.context.fill import is_filled
from whygate.context.plan import Plan, find_part
from whygate.judge.rules.plans import (
    asked_items,
    asked_plans,
    part_missing,
    problem_at,
    weight_of,
)
from whygate.model import Severity, Statement
from whygate.values.baseline_target import UnknownUntil
from whygate.values.quantities import (
    Quantity,
    comparable,
    contradicts,
    explain_relative,
    nouns_differ,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from whygate.judge.case import Case
    from whygate.judge.rule import Problem

# The parts whose absence has a rule of its own.
_OWN_RULE = frozenset({"metric", "baseline", "target", "evaluate_by"})


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
    items = (
        item
        for item, plan in asked_plans(case)
        if not (plan.is_observation and is_filled(item.prose))
    )
    yield from part_missing(case, items, "metric", "does not say what is counted")


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
    plans = [(item, plan) for item, plan in asked_plans(case) if not plan.is_observation]
    items = (item for item, _ in plans)
    yield from part_missing(case, items, "baseline", "does not say what the number is today")
    for item, plan in plans:
        statement = find_part(item, "baseline")
        if statement is not None and says_unknown(statement) and not _has_day(plan):
            yield problem_at(
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
    yield from part_missing(
        case, asked_items(case), "target", "does not say which number means success"
    )


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
    for item, plan in asked_plans(case):
        target = plan.target
        statement = find_part(item, "target")
        if statement is None or not isinstance(target, Quantity):
            continue
        if target.relative and not isinstance(plan.baseline, Quantity):
            if not isinstance(plan.baseline, UnknownUntil):
                yield problem_at(
                    case,
                    statement,
                    f"`{target.text}` is relative, and the baseline is no number to compute from",
                    weight_of(case, statement),
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
    for item, plan in asked_plans(case):
        statement = find_part(item, "target")
        if statement is None or not isinstance(plan.target, Quantity):
            continue
        baseline = plan.baseline if isinstance(plan.baseline, Quantity) else None
        if contradicts(plan.direction, baseline, plan.target):
            message = _explain_direction(plan, baseline, statement)
            yield problem_at(case, statement, message, weight_of(case, statement))


def plan_part_missing(case: Case) -> Iterator[Problem]:
    """A part of the plan that this kind of change needs is not there.

    Why: an experiment is decided by its numbers, so what must not get worse and what follows
    from the answer are agreed before it runs. The same rule asks for the parts that a team adds
    to its schema.

    Bad:
        title: experiment(export): write the rows in pages

        ## Measurement
        - Metric: tickets about missing rows, weekly
        - Baseline: 9 tickets
        - Target: 1 ticket
        - Evaluate by: +30d

    Good:
        title: experiment(export): write the rows in pages

        ## Measurement
        - Metric: tickets about missing rows, weekly
        - Baseline: 9 tickets
        - Target: 1 ticket
        - Evaluate by: +30d
        - Guardrail: p95 export time <= 2 s
        - Decision: keep at 4 tickets or fewer, else roll back
    """
    for name in case.needs:
        key = name.removeprefix("measurement.")
        if key == name or key in _OWN_RULE or not case.has_field(name):
            continue
        title = case.find_field(name).title
        sentence = f"does not say its {title.lower()}"
        yield from part_missing(case, asked_items(case), key, sentence)


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
    for item, plan in asked_plans(case):
        if plan.is_observation:
            continue
        for key, value in (("baseline", plan.baseline), ("target", plan.target)):
            statement = find_part(item, key)
            if statement is None or value is not None or not is_filled(statement):
                continue
            yield problem_at(case, statement, f"`{statement.text[:60]}` holds no number to compare")


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
    for item, plan in asked_plans(case):
        statement = find_part(item, "target")
        if statement is None or not isinstance(plan.target, Quantity):
            continue
        if isinstance(plan.baseline, Quantity) and plan.target.relative:
            explained = explain_relative(plan.target, plan.baseline)
            if explained:
                yield problem_at(case, statement, explained)


def says_unknown(statement: Statement) -> bool:
    """Tell whether a baseline says that nobody knows it yet (WG202 asks until when)."""
    is_baseline = statement.field.endswith(".baseline")
    return is_baseline and statement.text.casefold().startswith(("unknown", "not known"))


def _compare(case: Case, statement: Statement, baseline: Quantity, plan: Plan) -> Iterator[Problem]:
    target = plan.resolved
    if target is None or not comparable(baseline, target):
        message = f"from {baseline.text} to {statement.text} cannot be compared"
        yield problem_at(case, statement, message, weight_of(case, statement))
    elif nouns_differ(baseline, target):
        message = f"the baseline counts {baseline.noun}, the target {target.noun}"
        yield problem_at(case, statement, message, Severity.WARNING)


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


def _has_day(plan: Plan) -> bool:
    """Tell whether the baseline is known, or the day is by which it will be."""
    if isinstance(plan.baseline, UnknownUntil):
        return plan.baseline.day is not None
    return plan.baseline is not None
