"""Family 2xx: the measurement is there, but nobody can or will evaluate it later."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from msgspec.structs import replace

from whygate.context.fill import find_part, is_filled
from whygate.judge.case import Problem
from whygate.judge.edits import edit_in
from whygate.model import Severity, Statement
from whygate.schema.fields import MEASUREMENT
from whygate.text.content import is_owner_placeholder
from whygate.values.comparison import (
    comparable,
    contradicts,
    explain_computed,
    explain_relative,
    nouns_differ,
)
from whygate.values.dates import DateProblem, DateValue, parse_date
from whygate.values.owners import parse_owner
from whygate.values.plans import Plan, Unclear, UnknownUntil
from whygate.values.quantities import Quantity

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from whygate.judge.case import Case
    from whygate.model import Item, Location, Statement

# The parts whose absence has a rule of its own.
_OWN_RULE = frozenset({"metric", "baseline", "target", "evaluate_by", "source"})
_UNITS = {"d": "day", "w": "week", "m": "month", "y": "year"}
_ANY_DAY = date(2000, 1, 1)  # what a distance counts from is the same on each
_REASONS = {
    "ambiguous": "is read as two different days",
    "vague": "is no day",
    "no-start": "does not say from which day they count",
    "unseen": "counts from an event that whygate does not see",
    "year-missing": "is a day of no year",
    "impossible": "is not in the calendar",
    "unknown": "is not a date that can be read",
}


def asked_items(case: Case) -> Iterator[Item]:
    """Yield the same entries without their values."""
    return (item for item, _ in case.asked_plans)


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
    need = case.needs.get(statement.field, case.needs[MEASUREMENT])
    return None if need is Severity.ERROR else need


def place_of(case: Case, item: Item) -> Location:
    """Return where an entry stands: its text, or the first of its parts; one may be empty."""
    first = item.prose or next(item.statements(), None)
    return first.location if first is not None else case.start


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
        for item, plan in case.asked_plans
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
    plans = [(item, plan) for item, plan in case.asked_plans if not plan.is_observation]
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
    for item, plan in case.asked_plans:
        target = plan.target
        statement = find_part(item, "target")
        if statement is None or not isinstance(target, Quantity):
            continue
        if target.relative and not isinstance(plan.baseline, Quantity):
            if not isinstance(plan.baseline, (UnknownUntil, Unclear)):
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
    for item, plan in case.asked_plans:
        statement = find_part(item, "target")
        if statement is None or not isinstance(plan.target, Quantity):
            continue
        baseline = plan.baseline if isinstance(plan.baseline, Quantity) else None
        if contradicts(plan.direction, baseline, plan.target):
            message = _explain_direction(plan, baseline, statement)
            yield problem_at(case, statement, message, weight_of(case, statement))


def plan_part_missing(case: Case) -> Iterator[Problem]:
    """A part of the plan that this kind of change needs is not there.

    Why: what must not get worse, and what follows from the answer, are agreed before an experiment
    runs. The rule also asks for the parts that a team adds to its schema.

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
    """The baseline or the target holds no number, or one that can be read in two ways.

    Why: "a bit faster" cannot be judged later, and `1.200` is two numbers to two readers. Write a
    number with its unit, `answer: yes` for an observation, `new` or `unknown until <date>; <how>`
    for a baseline.

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
    for item, plan in case.asked_plans:
        if plan.is_observation:
            continue
        for key, value in (("baseline", plan.baseline), ("target", plan.target)):
            statement = find_part(item, key)
            if statement is None or not is_filled(statement):
                continue
            if isinstance(value, Unclear):
                message = f"`{value.text[:60]}` may mean two numbers; write {_either(value)}"
                yield problem_at(case, statement, message)
            elif value is None:
                message = f"`{statement.text[:60]}` holds no number to compare"
                yield problem_at(case, statement, message)


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
    for item, plan in case.asked_plans:
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
    if isinstance(plan.target, Quantity):
        shown = explain_relative(plan.target, baseline) or explain_computed(plan.target, baseline)
        computed = f" ({shown})" if shown else ""
    if isinstance(plan.target, Quantity) and not contradicts("hold", baseline, plan.target):
        return (
            f"the target {statement.text} is where the baseline {baseline.text} already is"
            f"{computed}; write `Direction: hold` if it must only not move"
        )
    return f"from {baseline.text} to {statement.text} does not go {plan.direction}{computed}"


def _either(value: Unclear) -> str:
    return " or ".join(f"`{reading[:60]}`" for reading in value.readings)


def _has_day(plan: Plan) -> bool:
    """Tell whether the baseline is known, or the day is by which it will be."""
    if isinstance(plan.baseline, UnknownUntil):
        return plan.baseline.day is not None
    return plan.baseline is not None


def date_missing(case: Case) -> Iterator[Problem]:
    """The measurement has no day on which somebody looks.

    Why: a measurement without a date is never made. A day (`2027-02-15`) or a distance from
    the merge (`+30d`) or from the first release with the change (`2 weeks after release`) puts it
    on the list of `whygate due`.

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
        - Evaluate by: 30 days after merge
    """
    yield from part_missing(case, asked_items(case), "evaluate_by", "does not say when to look")


def date_unparsable(case: Case) -> Iterator[Problem]:
    """The date is not one that can come due.

    Why: "soon" never arrives, and 02/03/2027 is in February or in March. Dates are written
    `2027-02-15`, `15 Feb 2027`, `2027-Q1`, `2027-W07`, `+30d`, or `30 days after release`. What can
    be one day only, such as `60 days`, is written as `+60d` by `check --fix`.

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
    for item, plan in case.asked_plans:
        statement = find_part(item, "evaluate_by")
        if statement is not None and isinstance(plan.due, DateProblem):
            reason, suggestion = _REASONS[plan.due.reason], plan.due.suggestion
            message = f"`{statement.text[:60]}` {reason}; write {_explain(suggestion)}"
            problem = problem_at(case, statement, message, weight_of(case, statement))
            edit = edit_in(case, statement, plan.due.certain, suggestion)
            yield replace(problem, edit=edit)


def _explain(suggestion: str) -> str:
    """Return a day to write, and what it counts from where that is the merge: `+30d`."""
    value = parse_date(suggestion, _ANY_DAY)
    if not isinstance(value, DateValue) or value.relative is None or value.relative.anchor:
        return suggestion
    count, unit = value.relative.amount, _UNITS[value.relative.unit]
    return f"{suggestion} ({count} {unit}{'' if count == 1 else 's'} after the merge)"


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
    for item, plan in case.asked_plans:
        statement = find_part(item, "evaluate_by")
        day = plan.due_day
        if statement is not None and day is not None:
            yield statement, day
