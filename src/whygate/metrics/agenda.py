"""Which plans a machine can measure, what it asks for them, and what follows from the answers."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from msgspec import Struct

from whygate.catalogue import CATALOGUE_PATH
from whygate.catalogue.catalogue import Metric, Named, find_named, looks_named
from whygate.catalogue.file import find_bound
from whygate.metrics.reading import Reading, ReadingState, show_value
from whygate.metrics.windows import (
    Span,
    Window,
    as_far,
    charted,
    settled_on,
    span_of,
    window_before,
    window_of,
)
from whygate.outcomes.promises import reaches, read_aim, read_value
from whygate.outcomes.result import ResultState
from whygate.values.quantities import Quantity

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from whygate.catalogue.catalogue import Catalogue
    from whygate.metrics.sources import Key, Sources
    from whygate.outcomes.outcome import Outcome
    from whygate.outcomes.promises import Promise

    # The definition of a metric as it was at a commit, empty where it had none.
    FindDefinition = Callable[[str, str], str]

_MIDNIGHT = timedelta(days=1)


class Limit(Struct, frozen=True):
    """A guardrail that names a metric: its place among the guardrails, and the metric."""

    place: int
    text: str
    metric: Metric


class Question(Struct, frozen=True):
    """One plan that a machine can measure: its metric, the windows, and the guardrails it can ask.

    `day` is the one the plan is looked at, or the last whole one before today. `definition` is a
    hash of the metric's definition now, `then` of the one at the merge (empty: it had none).
    """

    outcome: Outcome
    metric: Metric
    day: date
    span: Span
    definition: str
    then: str = ""
    limits: tuple[Limit, ...] = ()

    @property
    def plan(self) -> Promise:
        """Return the plan."""
        return self.outcome.plan

    @property
    def window(self) -> Window:
        """Return the window the value is of."""
        return self.span.windows[-1]

    def window_of(self, metric: Metric) -> Window:
        """Return the window of another metric, such as a guardrail's, that ends on the same day."""
        return window_of(self.day, metric.hours)

    @property
    def has_moved(self) -> bool:
        """Tell whether the metric means something else than when the plan was merged."""
        return bool(self.then) and self.then != self.definition


class Skipped(Struct, frozen=True):
    """A plan that is not asked about, and why. `failed`: it should have been."""

    outcome: Outcome
    reason: str
    failed: bool = False


class Agenda(Struct, frozen=True):
    """What a run asks, and which plans it leaves to people or to a later day."""

    questions: tuple[Question, ...] = ()
    skipped: tuple[Skipped, ...] = ()


class Measured(Struct, frozen=True):
    """What came of one question.

    `value` is the number in the unit of the plan, empty without one; `state` what that means for
    the plan (empty: nothing was decided, `reason` says why). `numbers` are those of the windows.
    `chance` tells in how many earlier stretches, of how many, the metric moved as far by itself.
    `limits` are what was measured for the guardrails, in their order, empty where nothing was.
    """

    question: Question
    readings: tuple[Reading, ...]
    value: str = ""
    state: ResultState | None = None
    reason: str = ""
    chance: tuple[int, int] | None = None
    limits: tuple[str, ...] = ()

    @property
    def is_read(self) -> bool:
        """Tell whether every source that was asked gave an answer."""
        return self.state is not None

    @property
    def points(self) -> tuple[tuple[Window, Reading], ...]:
        """Return what a chart shows: eight windows before the merge to the last one."""
        span = self.question.span
        first = charted(span)
        return tuple(zip(span.windows[first:], self.readings[first:], strict=True))


def plan_due(
    outcomes: Iterable[Outcome], catalogue: Catalogue | None, today: date, then: FindDefinition
) -> Agenda:
    """Return the questions of the plans whose day has passed without a result."""
    open_plans = [
        o
        for o in outcomes
        if o.state.is_open and not o.plan.is_deferral and o.due is not None and o.due < today
    ]
    return _make_agenda(open_plans, catalogue, today, then, is_due=True)


def plan_change(
    outcomes: Iterable[Outcome], catalogue: Catalogue | None, today: date, then: FindDefinition
) -> Agenda:
    """Return the questions of the plans of one change, whenever they are due."""
    planned = [o for o in outcomes if not o.plan.is_deferral]
    return _make_agenda(planned, catalogue, today, then, is_due=False)


def plan_baselines(outcomes: Iterable[Outcome], catalogue: Catalogue | None, today: date) -> Agenda:
    """Return the questions of the open plans whose time before the merge nobody asked about."""
    asked = [
        o
        for o in outcomes
        if o.state.is_open
        and not o.plan.is_deferral
        and o.plan.merged is not None
        and o.plan.merged <= today
        and all(result.state is not ResultState.BASELINE for result in o.results)
    ]
    questions: list[Question] = []
    skipped: list[Skipped] = []
    for outcome in asked:
        named = _named(catalogue, outcome.plan)
        if catalogue is None or named is None or named.metric is None:
            skipped += _left(outcome, named, catalogue)
            continue
        merged = outcome.plan.merged
        assert merged is not None  # noqa: S101 - asked above
        window = window_before(merged, named.metric.hours)
        if settled_on(window, named.metric.settle) > _start(today):
            skipped.append(_too_early(outcome, settled_on(window, named.metric.settle)))
            continue
        definition = catalogue.definition(named.metric)
        day = window.last_day
        questions.append(Question(outcome, named.metric, day, Span((window,)), definition))
    return Agenda(tuple(questions), tuple(skipped))


def wants_catalogue(outcomes: Iterable[Outcome]) -> bool:
    """Tell whether a plan without a result names a metric that only a catalogue could explain."""
    plans = (o.plan for o in outcomes if o.state.is_open and not o.plan.is_deferral)
    return any(looks_named(plan.metric, plan.source) for plan in plans)


def _make_agenda(
    outcomes: Sequence[Outcome],
    catalogue: Catalogue | None,
    today: date,
    then: FindDefinition,
    *,
    is_due: bool,
) -> Agenda:
    questions: list[Question] = []
    skipped: list[Skipped] = []
    for outcome in outcomes:
        plan = outcome.plan
        named = _named(catalogue, plan)
        if catalogue is None or named is None or named.metric is None:
            skipped += _left(outcome, named, catalogue)
            continue
        metric = named.metric
        day = _last_day(outcome, metric, today, is_due=is_due)
        if day is None or (plan.merged is not None and day < plan.merged and not is_due):
            day = today - _MIDNIGHT
        settled = settled_on(window_of(day, metric.hours), metric.settle)
        if is_due and settled > _start(today):
            skipped.append(_too_early(outcome, settled))
            continue
        questions.append(
            Question(
                outcome,
                metric,
                day,
                span_of(day, metric.hours, plan.merged),
                catalogue.definition(metric),
                then(plan.sha, metric.slug),
                tuple(_limits(catalogue, plan)),
            )
        )
    return Agenda(tuple(questions), tuple(skipped))


def _last_day(outcome: Outcome, metric: Metric, today: date, *, is_due: bool) -> date | None:
    """Return the day whose window is read: the plan's, or the last whole one that has settled."""
    if is_due:
        return outcome.due
    newest = today - _MIDNIGHT - timedelta(hours=metric.settle)
    return min(outcome.due, newest) if outcome.due is not None else newest


def _named(catalogue: Catalogue | None, plan: Promise) -> Named | None:
    return find_named(catalogue, plan.metric, plan.source)


def _left(outcome: Outcome, named: Named | None, catalogue: Catalogue | None) -> Iterator[Skipped]:
    if named is None:
        yield Skipped(outcome, "it names no metric of the catalogue, so a person looks")
    elif catalogue is None:
        yield Skipped(
            outcome, f"it names `{named.name}`, and there is no {CATALOGUE_PATH}", failed=True
        )
    else:
        near = catalogue.suggest(named.name)
        hint = f"; did it mean `{near[0]}`?" if near else ""
        yield Skipped(outcome, f"the catalogue has no metric `{named.name}`{hint}", failed=True)


def _too_early(outcome: Outcome, settled: datetime) -> Skipped:
    day = settled.date() if settled.time() == datetime.min.time() else settled.date() + _MIDNIGHT
    return Skipped(outcome, f"late rows are waited for until {day}")


def _limits(catalogue: Catalogue, plan: Promise) -> Iterator[Limit]:
    """Yield the guardrails that begin with the name of a metric, or hold `metric:NAME`."""
    for place, text in enumerate(plan.guardrails):
        words = re.split(r"[\s`<>=~:;,()]+", text.removeprefix("metric:").strip(" `"))
        named = find_named(catalogue, "", text) or find_named(catalogue, words[0], "")
        if named is not None and named.metric is not None:
            yield Limit(place, text, named.metric)


def _start(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def measure(
    agenda: Agenda, sources: Sources, told: Callable[[int, int], None] | None = None
) -> tuple[Measured, ...]:
    """Return what came of every question, in their order; a source that fails stops no other."""
    asked: list[tuple[Metric, tuple[Window, ...]]] = []
    for question in agenda.questions:
        asked.append((question.metric, question.span.windows))
        asked += ((limit.metric, (question.window_of(limit.metric),)) for limit in question.limits)
    found = sources.read_all(asked, told)
    return tuple(_decide(question, found) for question in agenda.questions)


def _decide(question: Question, found: dict[Key, tuple[Reading, ...]]) -> Measured:
    plan, metric = question.plan, question.metric
    readings = found[metric.slug, question.span.windows]
    last = readings[-1]
    limits = [""] * len(plan.guardrails)
    unread = "" if last.answered else last.reason
    for limit in question.limits:
        reading = found[limit.metric.slug, (question.window_of(limit.metric),)][0]
        if reading.number is not None:
            limits[limit.place] = show_value(limit.metric, reading.number, read_value(limit.text))
        elif not reading.answered:
            unread = unread or f"guardrail {limit.text}: {reading.reason}"
    while limits and not limits[-1]:
        limits.pop()
    value = ""
    if last.number is not None:
        aim = read_aim(plan)
        value = show_value(metric, last.number, aim if isinstance(aim, Quantity) else None)
    chance = as_far([reading.number for reading in readings], question.span)
    common = {"value": value, "chance": chance, "limits": tuple(limits)}
    if unread:
        return Measured(question, readings, reason=unread, **common)  # type: ignore[arg-type]
    state, reason = _verdict(question, last, value)
    return Measured(question, readings, state=state, reason=reason, **common)  # type: ignore[arg-type]


def _verdict(question: Question, last: Reading, value: str) -> tuple[ResultState, str]:
    if last.state is not ReadingState.VALUE:
        return ResultState.INCONCLUSIVE, last.reason
    if question.has_moved:
        return ResultState.INCONCLUSIVE, (
            f"the definition of {question.metric.slug} changed since the plan: it was "
            f"{question.then}, and is {question.definition}"
        )
    reached = reaches(question.plan, value)
    if reached is None:
        target = question.plan.target
        said = f"the target `{target}`" if target else "a target, since there is none"
        return ResultState.INCONCLUSIVE, f"{value} cannot be held against {said}"
    return (ResultState.MET if reached else ResultState.MISSED), ""


def resolve_query(question: Question) -> str:
    """Return what a source would be asked, with the window filled in, and no secret."""
    metric, window = question.metric, question.window
    if metric.backend.type == "prometheus":
        query = metric.query.replace("${window}", metric.window).replace("$window", metric.window)
        return f"{query} @ {window.end:%Y-%m-%dT%H:%M:%SZ}"
    if metric.query:
        values = {"start": window.start, "end": window.end}
        bound = ", ".join(
            f":{name} = {values[name]:%Y-%m-%d %H:%M}" for name in find_bound(metric.query)
        )
        return f"{metric.query}\n[{bound}]"
    params = "&".join(f"{key}={value}" for key, value in metric.params)
    return f"GET {metric.resource or '/'}{f'?{params}' if params else ''} {metric.value}"
