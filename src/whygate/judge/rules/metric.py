"""Which metric a plan means, and whether anybody can ask for its number on the day."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from msgspec.structs import replace

from whygate.catalogue import CATALOGUE_PATH, PREFIX
from whygate.context.fill import find_part, is_filled
from whygate.judge.case import Problem
from whygate.judge.edits import edit_in
from whygate.judge.rules.measurement import problem_at, weight_of
from whygate.model import Severity
from whygate.text.labels import allowed_slips, edit_distance
from whygate.text.patterns import later
from whygate.values.quantities import Quantity, render_quantity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from whygate.catalogue.catalogue import Metric, Named
    from whygate.judge.case import Case
    from whygate.model import Item, Statement

# Work that was done, counted; kinds of change whose users are the developers count it rightly.
_OWN_WORK = ("test", "ci", "build", "chore", "refactor", "style", "docs")
_MEASURED = ("feature", "perf", "experiment")
# These are compiled by the first plan that is looked at: most commits have none.
_OUTPUT = later(
    r"(?<![\w-])(?:"
    r"(?:number|count|amount|total|share|percentage|#) of (?:\w+ ){0,2}"
    r"(?:prs?|pull requests?|merge requests?|mrs?|commits?|releases?|deploy(?:ment)?s?|tests?"
    r"|unit tests?|test cases?|story points?|features?|tasks?|sub-?tasks?|lines(?: of code)?"
    r"|files|components|modules|endpoints)"
    r"(?: (?:merged|closed|opened|made|written|added|removed|shipped|released|done|completed"
    r"|delivered|migrated|changed|passing|pass|implemented|refactored|deleted))?"
    r"|(?:prs?|pull requests?|merge requests?|commits?|story points?|features|tasks|lines|files"
    r"|tests|unit tests|endpoints|components|modules)"
    r" (?:are |were |is )?(?:merged|closed|opened|written|added|removed|shipped|released|done"
    r"|completed|delivered|migrated|changed|implemented|refactored|deleted|passing)"
    r"|(?:test|code|line|branch|unit test|statement) coverage|coverage of (?:the )?(?:code|tests?)"
    r"|lines of code|loc|velocity|story points?|burn-?down"
    r")(?![\w-])",
    re.IGNORECASE,
)
# What is counted after all: people, or what happens to them ("of requests", "by customers").
_PEOPLE = later(
    r"(?<![\w-])(?:users?|customers?|people|shoppers?|visitors?|accounts?|tenants?|teams?"
    r"|developers?|engineers?|maintainers?|contributors?|reviewers?|readers?|tickets|complaints?"
    r"|reports?|incidents?|hours?|minutes?|seconds?|days?|rollbacks?|rolled back|reverts?|reverted"
    r"|failed|failing|flaky|retried|requests that|opens?|clicks?|purchases?|orders?)(?![\w-])",
    re.IGNORECASE,
)

_PLACE = r"://|(?<![\w-])[A-Z][A-Z0-9]{1,9}-[0-9]{1,7}(?![\w-])"


def source_missing(case: Case) -> Iterator[Problem]:
    """The plan does not say where the number can be read.

    Why: on the day somebody else may look. Name a dashboard, a query, an event, a link, or
    `metric:NAME`. Asked for under `strict`, by a cell `measurement.source`, and where there is a
    metric catalogue.

    Bad:
        preset: strict

        ## Measurement
        - Metric: tickets about missing rows, weekly
        - Baseline: 9 tickets
        - Target: 1 ticket
        - Evaluate by: +30d

    Good:
        preset: strict

        ## Measurement
        - Metric: tickets about missing rows, weekly
        - Baseline: 9 tickets
        - Target: 1 ticket
        - Evaluate by: +30d
        - Data source: https://support.example.com/views/rows
    """
    name = "measurement.source"
    weight = case.needs.get(name) or _weight_beside_catalogue(case)
    if weight is None or not case.has_field(name):
        return
    lacking = [
        item
        for item, plan in case.asked_plans
        if not plan.is_observation and not _has_source(case, item)
    ]
    for item in lacking[:1]:  # the same sentence for every entry tells nobody more
        statement = find_part(item, "metric") or next(item.statements(), None) or item.prose
        if statement is None:
            continue
        yield Problem(
            "the measurement does not say where the number is read",
            statement.location,
            field=name,
            question=case.question(name),
            paste=case.paste_line(name),
            severity=weight,
        )


def _weight_beside_catalogue(case: Case) -> Severity | None:
    """Return how much a missing source weighs where a machine could read it, None elsewhere."""
    if case.policy.metrics is None:
        return None
    if case.kind.name in _MEASURED:
        return Severity.WARNING
    return Severity.INFO if case.kind.name == "fix" else None


def metric_is_output(case: Case) -> Iterator[Problem]:
    """The metric counts work that was done, and not what came of it.

    Why: merged requests, lines and coverage rise whether or not anybody is better off. Count
    what people do, wait for, or no longer write tickets about.

    Bad:
        ## Measurement
        - Metric: number of pull requests merged
        - Baseline: 9
        - Target: 20
        - Evaluate by: +30d

    Good:
        ## Measurement
        - Metric: tickets about missing rows, weekly
        - Baseline: 9 tickets
        - Target: 1 ticket
        - Evaluate by: +30d
    """
    if case.kind.name in _OWN_WORK:
        return
    for item, _ in case.asked_plans:
        statement = find_part(item, "metric")
        if statement is None or not is_filled(statement):
            continue
        found = _OUTPUT.search(statement.text)
        if found is not None and not _PEOPLE.search(statement.text):
            message = f"`{found[0]}` counts work that was done, and not what came of it"
            yield problem_at(case, statement, message)


def metric_unknown(case: Case) -> Iterator[Problem]:
    """The plan names a metric that the catalogue does not have.

    Why: on the day nothing can be asked. Use the short name or the exact title that `whygate show
    metrics` lists. A metric in words of your own is fine, and a person looks it up.

    Bad:
        metrics: {missing-row-tickets: {title: "tickets about missing rows, weekly", unit: tickets}}

        ## Measurement
        - Metric: missing-rows-tickets
        - Baseline: 9 tickets
        - Target: 1 ticket
        - Evaluate by: +30d

    Good:
        metrics: {missing-row-tickets: {title: "tickets about missing rows, weekly", unit: tickets}}

        ## Measurement
        - Metric: missing-row-tickets
        - Baseline: 9 tickets
        - Target: 1 ticket
        - Evaluate by: +30d
    """
    for _, named, statement in _named(case):
        if named.metric is not None:
            continue
        if case.catalogue is None:
            message = f"`{named.name}` names a metric, and there is no {CATALOGUE_PATH}"
            yield problem_at(case, statement, message)
            continue
        near = case.catalogue.suggest(named.name)
        offered = " or ".join(f"`{name}`" for name in near)
        hint = f"did you mean {offered}?" if near else "`whygate show metrics` lists them"
        message = f"the catalogue has no metric `{named.name[:60]}`; {hint}"
        problem = problem_at(case, statement, message)
        yield _pasting(case, problem, statement, named.name, near) if near else problem


def metric_unit_differs(case: Case) -> Iterator[Problem]:
    """The plan counts in another unit than the metric it names.

    Why: on the day the two numbers cannot be compared. A rate against a count of a window is
    fine: `5 tickets a day` is held against a weekly count.

    Bad:
        metrics: {missing-row-tickets: {title: "tickets about missing rows, weekly", unit: tickets}}

        ## Measurement
        - Metric: missing-row-tickets
        - Baseline: 38 %
        - Target: 5 %
        - Evaluate by: +30d

    Good:
        metrics: {missing-row-tickets: {title: "tickets about missing rows, weekly", unit: tickets}}

        ## Measurement
        - Metric: missing-row-tickets
        - Baseline: 9 tickets
        - Target: 1 ticket
        - Evaluate by: +30d
    """
    plans = dict(_with_values(case))
    for item, named, _ in _named(case):
        if named.metric is None:
            continue
        for key, value in plans.get(id(item), ()):
            statement = find_part(item, key)
            if statement is not None and (message := _difference(named.metric, value)):
                is_noun = not named.metric.differs_from(value)
                severity = Severity.WARNING if is_noun else weight_of(case, statement)
                yield problem_at(case, statement, message, severity)
                break


def _with_values(case: Case) -> Iterator[tuple[int, tuple[tuple[str, Quantity], ...]]]:
    """Yield for each entry the numbers of its plan that stand for themselves."""
    for item, plan in case.asked_plans:
        values = (("target", plan.target), ("baseline", plan.baseline))
        numbers = ((key, v) for key, v in values if isinstance(v, Quantity) and not v.relative)
        yield id(item), tuple(numbers)


def _difference(metric: Metric, written: Quantity) -> str:
    """Return how a number of a plan differs from those of a metric, empty when it does not."""
    unit = "%" if metric.is_ratio else metric.unit
    counted = f"in {unit}" if unit else "a plain number"
    shown = render_quantity(written)
    if metric.differs_from(written):
        return f"`{metric.slug}` is {counted}, and `{shown}` cannot be held against it"
    if metric.names_another(written):
        return f"`{metric.slug}` counts {unit}, and the plan counts {written.noun}"
    return ""


def _named(case: Case) -> Iterator[tuple[Item, Named, Statement]]:
    """Yield the entries that name a metric for a machine, with what they name and where."""
    for item, _ in case.asked_plans:
        metric, source = find_part(item, "metric"), find_part(item, "source")
        texts = [s.text if s is not None and is_filled(s) else "" for s in (metric, source)]
        if not any(texts) or (case.policy.metrics is None and not _refers(texts)):
            continue
        from whygate.catalogue.catalogue import find_named  # noqa: PLC0415  (few plans name one)

        named = find_named(case.catalogue, *texts)
        statement = source if named is not None and named.part == "source" else metric
        if named is not None and statement is not None:
            yield item, named, statement


def _refers(texts: list[str]) -> bool:
    return any(PREFIX in text[:20].lower() for text in texts)


def _has_source(case: Case, item: Item) -> bool:
    """Tell whether a plan says where its number is read: a source, a link, a known metric.

    `Sentry PAY-118 stays at 0` says it too.
    """
    source = find_part(item, "source")
    if source is not None:
        return True
    every = (*item.statements(), *((item.prose,) if item.prose is not None else ()))
    if any(s.prose.links or re.search(_PLACE, s.raw) for s in every):
        return True
    return any(known is item and named.metric is not None for known, named, _ in _named(case))


def _pasting(
    case: Case, problem: Problem, statement: Statement, name: str, near: tuple[str, ...]
) -> Problem:
    """Return a problem whose line to paste names the nearest metric, mended where it is the one."""
    slug = near[0]
    most = allowed_slips(min(len(name), len(slug)))
    is_slip = len(near) == 1 and edit_distance(name.casefold(), slug, most=most) <= most
    edit = edit_in(case, statement, name, slug) if is_slip else None
    problem = replace(problem, edit=edit)
    answer = f"{PREFIX}{slug}" if problem.field.endswith(".source") else slug
    head, mark, _ = problem.paste.partition("<")
    return replace(problem, paste=f"{head}{answer}" if mark else problem.paste)
