"""Family 4xx: an exemption that is not honest, not allowed, or not needed."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from msgspec.structs import replace

from whygate.context.fill import Fill, find_part, is_filled
from whygate.judge.case import Problem
from whygate.judge.edits import edit_in
from whygate.judge.rules.emptiness import asks_for_exemption
from whygate.model import Context, Location, Origin, Severity, Statement
from whygate.policy.exemptions import (
    EXAMPLES,
    EXCUSES,
    MAX_DEFERRED_DAYS,
    ExemptClass,
    names_change,
    say_what_lacks,
)
from whygate.policy.globs import matches_any
from whygate.schema.fields import EXEMPT, MEASUREMENT
from whygate.text.labels import allowed_slips, edit_distance
from whygate.text.patterns import later
from whygate.values.dates import DateValue, parse_date

if TYPE_CHECKING:
    from collections.abc import Iterator

    from whygate.judge.case import Case
    from whygate.model import Edit

_SHORT = 12  # digits by which a part of a change names its commit
_CLASS = later(r"exempt:? ([\w-]{4,20})(?=[;,:])", re.IGNORECASE)
_PLAN_PARTS = ("metric", "target", "evaluate_by")


def exempt_without_reason(case: Case) -> Iterator[Problem]:
    """A field is waved away without a class and a reason.

    Why: a free "n/a" kills the field: where one tick excuses, everybody ticks. An exemption
    names a class, and a reason of at least four words, and is counted in every report.

    Bad:
        ## Measurement
        N/A

    Good:
        ## Measurement
        Not measurable because fewer than ten firms use it; we will ask three by +30d
    """
    for statement, fill in case.unanswered:
        if fill is Fill.PLACEHOLDER and asks_for_exemption(case, statement):
            shown = case.find_field(statement.field).title
            message = f"{shown} says `{statement.text}` without a reason"
            yield _problem(case, statement.location, message, severity=case.needs[statement.field])
    written = case.context.fields.get(EXEMPT)
    if written is None or case.asked is None:
        return
    if case.asked.name is None:
        classes = ", ".join(ExemptClass)
        message = f"the exemption names no class; there are {classes}"
        problem = _problem(case, written.location, message)
        yield replace(problem, edit=_mend_class(case, written))
        return
    problems = list(_judge_deferral(case, written))  # without a day, the reason was read as one
    if not problems and not case.has_reason:
        problems = [_problem(case, written.location, _weak_reason(case))]
    yield from problems


def _mend_class(case: Case, written: Statement) -> Edit | None:
    """Return the edit of a class with a slip in it: `exempt intrnal; the public API stays`."""
    found = _CLASS.match(written.text)
    if found is None:
        return None
    word = found[1].casefold()
    most = allowed_slips(len(word))
    near = [c for c in ExemptClass if edit_distance(word, c, most=most) <= most]
    return edit_in(case, written, found[1], near[0]) if len(near) == 1 else None


def exempt_class_not_allowed(case: Case) -> Iterator[Problem]:
    """This kind of change may not claim that exemption.

    Why: a feature is made for people, so it is not internal; an experiment without a
    measurement is no experiment. The table is `kinds: <kind>: exemptions` in the configuration.

    Bad:
        title: feat: export more than 100 rows

        ## Measurement
        Internal refactor: no user-facing outcome, because the public API is unchanged

    Good:
        title: refactor: split the exporter from the writer

        ## Measurement
        Internal refactor: no user-facing outcome, because the public API is unchanged
    """
    statement = case.context.fields.get(EXEMPT)
    if statement is None or case.asked is None or case.asked.name is None:
        return
    allowed = case.policy.config.kind(case.kind.name).exemptions
    if case.asked.name not in allowed:
        offer = f"; {case.kind.name} may be {', '.join(allowed)}" if allowed else ""
        yield _problem(
            case,
            statement.location,
            f"a change of kind {case.kind.name} ({_decided(case)}) cannot be "
            f"{case.asked.name}{offer}",
            severity=_cost_of_silence(case),
        )
    elif case.asked.name is ExemptClass.TRIVIAL:
        yield from _judge_trivial(case, statement)


def exempt_contradicts_paths(case: Case) -> Iterator[Problem]:
    """The change is called internal, but touches what users see.

    Why: what lies under `product_paths` of the configuration reaches people. Silent when that
    list is empty, or when nobody knows the changed paths.

    Bad:
        title: refactor: split the exporter from the writer
        paths: src/ui/export.ts
        product_paths: [src/ui/**]

        ## Measurement
        Internal refactor: no user-facing outcome, because the public API is unchanged

    Good:
        title: refactor: split the exporter from the writer
        paths: src/core/export.ts
        product_paths: [src/ui/**]

        ## Measurement
        Internal refactor: no user-facing outcome, because the public API is unchanged
    """
    statement = case.context.fields.get(EXEMPT)
    if statement is None or case.asked is None or case.asked.name is not ExemptClass.INTERNAL:
        return
    patterns = case.policy.config.product_paths
    seen = [path for path in case.change.paths or () if matches_any(path, patterns)]
    if seen:
        message = f"it is called internal, and changes `{seen[0]}`, which users see"
        yield _problem(case, statement.location, message)


def exempt_and_plan(case: Case) -> Iterator[Problem]:
    """The change carries an exemption and a complete plan.

    Why: the two contradict each other. The plan is used; delete the exemption.

    Bad:
        ## Product context
        exempt not-measurable; fewer than ten firms use this export

    Good:
        ## Product context
        (no such section)
    """
    statement = case.context.fields.get(EXEMPT)
    if statement is None or case.asked is None or not has_complete_measurement(case.context):
        return
    message = "there is an exemption and a complete plan; the plan is used"
    yield Problem(message, statement.location, field=EXEMPT)


def covered_by_unresolved(case: Case) -> Iterator[Problem]:
    """The plan that covers this change cannot be found.

    Why: a pointer to nothing excuses everything. A bet is a file in `.whygate/bets/`; `#1234` and
    a commit are looked up on the forge, in the history and in the notes, and must carry a plan
    of their own. Information where nobody could look.

    Bad:
        title: fix: keep the order of exported rows

        ## Measurement
        Covered by bet no-such-bet

    Good:
        title: fix: keep the order of exported rows

        ## Measurement
        Covered by bet export-rows
    """
    statement = case.context.fields.get(EXEMPT) or case.context.fields.get("bet")
    plan = _named_plan(case)
    if statement is None or not plan:
        return
    bets = case.policy.bets
    if bets is not None and plan in bets:
        return
    if names_change(plan):
        said = _judge_pointer(case, plan)
        if said is None:
            said = f"the plan `{plan}` was not looked up here"
            yield _problem(case, statement.location, said, severity=Severity.INFO)
        elif said:
            yield _problem(case, statement.location, said)
    elif bets is None:
        message = f"the plan `{plan}` was not looked up here"
        yield _problem(case, statement.location, message, severity=Severity.INFO)
    else:
        known = f"; there are {', '.join(sorted(bets)[:5])}" if bets else "; there is no bet yet"
        yield _problem(case, statement.location, f"the bet `{plan}` does not exist{known}")


def _judge_pointer(case: Case, plan: str) -> str | None:
    """Return why the plan of another change does not hold, "" when it does, None for no answer."""
    commits = (part.path for part in case.change.parts if part.origin is not Origin.DESCRIPTION)
    if plan == case.change.identity or any(
        sha.startswith(plan) or plan.startswith(sha) for sha in commits if len(sha) >= _SHORT
    ):
        return "a change cannot be covered by its own plan that it does not have"
    return case.look_up(plan) if case.look_up is not None else None


def is_small(case: Case) -> bool:
    """Tell whether a change is known to be small enough to be trivial.

    Lines are not known where only a text is judged, and where a binary file changes.
    """
    lines = case.change.lines_changed
    return lines is not None and lines <= case.policy.config.trivial_max_lines


def has_complete_measurement(context: Context) -> bool:
    """Tell whether some measurement names its metric, its target and its day."""
    return any(
        all(is_filled(find_part(item, key)) for key in _PLAN_PARTS)
        for item in context.items.get(MEASUREMENT, ())
    )


def _named_plan(case: Case) -> str:
    if case.asked is not None and case.asked.name is ExemptClass.COVERED_BY:
        return (case.asked.plan or case.asked.reason) if case.has_reason else ""
    bet = case.context.fields.get("bet")
    return bet.text if bet is not None and is_filled(bet) else ""


def _weak_reason(case: Case) -> str:
    assert case.asked is not None  # noqa: S101  (callers hold an exemption)
    if case.asked.name is ExemptClass.COVERED_BY:
        return "`covered-by` names no plan: write `Covered by bet <slug>` or `Covered by #<number>`"
    name = case.asked.name
    if case.asked.has_reason:
        return f"the reason for `{name}` says no more than the title"
    return f"the reason for `{name}` {say_what_lacks(case.asked.reason)}"


def _judge_deferral(case: Case, statement: Statement) -> Iterator[Problem]:
    assert case.asked is not None  # noqa: S101  (callers hold an exemption)
    if case.asked.name is not ExemptClass.DEFERRED or not case.asked.until:
        return
    cost = _cost_of_silence(case)
    until = parse_date(case.asked.until, case.today)
    if not isinstance(until, DateValue) or until.day is None:
        message = f"a deferral needs a day, and `{case.asked.until}` is no day"
        yield _problem(case, statement.location, message, severity=cost)
        return
    days = (until.day - case.today).days
    if days > MAX_DEFERRED_DAYS:
        message = f"a plan can wait {MAX_DEFERRED_DAYS} days, and {until.day} is {days} days away"
        yield _problem(case, statement.location, message, severity=cost)
    elif days < 0:
        message = f"the deferral ran out on {until.day}, before the day of this change"
        yield _problem(case, statement.location, message, severity=cost)


def _judge_trivial(case: Case, statement: Statement) -> Iterator[Problem]:
    if is_small(case):
        return
    limit, lines = case.policy.config.trivial_max_lines, case.change.lines_changed
    message = f"`trivial` is for at most {limit} changed lines, and this changes {lines}"
    if lines is None:
        message = f"`trivial` is for at most {limit} changed lines, and nobody knows how many"
    yield _problem(case, statement.location, message, severity=_cost_of_silence(case))


def _cost_of_silence(case: Case) -> Severity:
    """Return what it would weigh to say nothing where the exemption stands.

    An exemption with a reason that does not hold weighs no more: who says honestly why there is
    no plan is never worse off than who says nothing.
    """
    asked = case.asked.name if case.asked is not None else None
    excused = EXCUSES[asked] if asked is not None else EXCUSES[ExemptClass.INTERNAL]
    needs = case.policy.needs(case.kind.name)
    weights = (
        weight
        for name, weight in needs.items()
        if "*" in excused or name.partition(".")[0] in excused
    )
    return max(weights, key=lambda weight: weight.rank, default=Severity.INFO)


def _decided(case: Case) -> str:
    return f"decided by {case.kind.source}"


def _problem(
    case: Case, location: Location, message: str, *, severity: Severity | None = None
) -> Problem:
    name = _offered(case)
    return Problem(
        message,
        location,
        field=EXEMPT,
        question=case.question(EXEMPT) if case.has_field(EXEMPT) else "",
        paste=EXAMPLES[name] if name is not None else "",
        severity=severity,
    )


def _offered(case: Case) -> ExemptClass | None:
    """Return the class whose example helps most: the one asked for if allowed, else the first."""
    allowed = case.policy.config.kind(case.kind.name).exemptions
    if case.asked is not None and case.asked.name is not None and case.asked.name in allowed:
        return case.asked.name
    return ExemptClass(allowed[0]) if allowed else None
