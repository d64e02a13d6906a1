"""How often people looked, what came out, and how much of the promised way was made."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct, field
from msgspec.structs import replace

from whygate.outcomes.outcome import Outcomes
from whygate.outcomes.promises import read_aim, read_value
from whygate.outcomes.state import OutcomeState
from whygate.values.comparison import comparable
from whygate.values.quantities import Quantity

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator
    from datetime import date

    from whygate.outcomes.outcome import Outcome
    from whygate.outcomes.promises import Promise
    from whygate.outcomes.result import Result

_PLACES = 2
NO_OWNER, NO_AREA, NO_QUARTER = "no owner", "no area", "no day"
_MET = (OutcomeState.MET, OutcomeState.GUARDRAIL_BROKEN)


def measure_effect(plan: Promise, value: str) -> float | None:
    """Return which part of the way from baseline to target was made: 1 at the target.

    More than 1 lies beyond it, less falls short, below 0 went the wrong way. Of a range the
    bound that is harder to reach counts: the near one of a target, the far one of what was
    measured. None when a number is missing, when they stand on different scales, or when there is
    no way: the target is where the baseline is, or a limit that it keeps already.
    """
    target = read_aim(plan)
    found = (read_value(plan.baseline), target, read_value(value))
    if not all(isinstance(quantity, Quantity) for quantity in found):
        return None
    return _part([quantity for quantity in found if isinstance(quantity, Quantity)])


def _part(found: list[Quantity]) -> float | None:
    start, goal, end = found
    if not (comparable(start, goal) and comparable(end, goal) and comparable(start, end)):
        return None
    # A window counts only where all three name one, as when a result is held against its target.
    has_window = all(quantity.per for quantity in found)
    pairs = [(q if has_window else replace(q, per="")).base for q in found]
    (start_low, start_high), (goal_low, goal_high), (end_low, end_high) = pairs
    begin = (start_low + start_high) / 2
    is_rising = goal_low + goal_high > 2 * begin
    if _is_limit(goal.comparator, is_rising=is_rising):
        return None
    line, reached = (goal_low, end_low) if is_rising else (goal_high, end_high)
    return round(float((reached - begin) / (line - begin)), _PLACES) if line != begin else None


def _is_limit(comparator: str, *, is_rising: bool) -> bool:
    """Tell whether the baseline keeps the target already: from 250 ms, `<= 300 ms` is no way."""
    return comparator.startswith("<" if is_rising else ">")


class Score(Struct):
    """The plans of one group by what became of them.

    Every plan is in one of results, reverted (taken back before anybody looked), waiting and
    undated (no day can be read). `passed` are the plans whose day has passed, the reverted
    aside; `evaluated` those of them with a result, `early` the results that came before the
    day. `met` counts those with a broken guardrail too, which `broken` counts alone.
    """

    plans: int = 0
    passed: int = 0
    evaluated: int = 0
    early: int = 0
    met: int = 0
    broken: int = 0
    missed: int = 0
    inconclusive: int = 0
    abandoned: int = 0
    reverted: int = 0
    undated: int = 0
    overdue: int = 0

    @property
    def results(self) -> int:
        """Return how many plans somebody looked at, or gave up with a word."""
        return self.met + self.missed + self.inconclusive + self.abandoned

    @property
    def waiting(self) -> int:
        """Return how many plans have a day and no result."""
        return self.plans - self.results - self.reverted - self.undated

    @property
    def decided(self) -> int:
        """Return how many plans were met or missed, which is what a hit rate is of."""
        return self.met + self.missed


class Finished(Struct, frozen=True):
    """An outcome that was met or missed, and which part of the promised way was made."""

    outcome: Outcome
    effect: float | None

    @property
    def learned(self) -> str:
        """Return what was written down about it, empty when nothing was."""
        result = self.outcome.result
        return result.note if result is not None else ""


class Shipped(Struct, frozen=True):
    """The changes of the history: how many were asked why, and who was let off, by name.

    An exempt feature is (identity, title, class), a waived change (identity, title, whose waiver).
    """

    changes: int = 0
    exempt_features: tuple[tuple[str, str, str], ...] = ()
    waived: tuple[tuple[str, str, str], ...] = ()


class Scorecard(Struct, frozen=True):
    """What came of the changes of a history.

    `areas` are empty when paths were not read, `owners` unless they were asked for, `writers`
    (agent and person) where no agent wrote a plan. `hits` stand with the one first that went
    farthest beyond its target, `misses` with the one that fell shortest of it. `given_up` were
    abandoned or reverted. An outcome may be in `broken` and `moved` besides, and in `remarked`
    when something stands beside its result: one that was corrected, or what a machine measured
    where a person's counts. `unmatched` are results that fit no plan; `outcomes` are all,
    promised plans among them.
    """

    today: date
    total: Score
    shipped: Shipped
    kinds: dict[str, Score] = field(default_factory=dict)
    areas: dict[str, Score] = field(default_factory=dict)
    quarters: dict[str, Score] = field(default_factory=dict)
    owners: dict[str, Score] = field(default_factory=dict)
    writers: dict[str, Score] = field(default_factory=dict)
    hits: tuple[Finished, ...] = ()
    misses: tuple[Finished, ...] = ()
    inconclusive: tuple[Outcome, ...] = ()
    given_up: tuple[Outcome, ...] = ()
    broken: tuple[Outcome, ...] = ()
    moved: tuple[Outcome, ...] = ()
    remarked: tuple[Outcome, ...] = ()
    unmatched: tuple[Result, ...] = ()
    outcomes: tuple[Outcome, ...] = ()


def keep_score(
    found: Outcomes, today: date, shipped: Shipped, *, by_owner: bool = False
) -> Scorecard:
    """Return the scorecard of a history's outcomes on a day.

    A plan counts in the groups of its own kind, area and owner, and in the quarter of its day,
    so that the plans of a quarter stay together however late a result comes.
    """
    plans = [outcome for outcome in found.outcomes if not outcome.plan.exempt]
    has_areas = any(outcome.area for outcome in plans)
    has_agents = any(outcome.plan.by_agent for outcome in plans)
    return Scorecard(
        today=today,
        total=_add_up(plans, today),
        shipped=shipped,
        kinds=_group(plans, today, lambda outcome: outcome.plan.kind),
        areas=_group(plans, today, lambda o: o.area or NO_AREA) if has_areas else {},
        quarters=_group(plans, today, _quarter),
        owners=_group(plans, today, lambda o: o.plan.owner or NO_OWNER) if by_owner else {},
        writers=_group(plans, today, _writer) if has_agents else {},
        hits=_rank(_finish(plans, _MET), sign=-1),
        misses=_rank(_finish(plans, (OutcomeState.MISSED,)), sign=1),
        inconclusive=_pick(plans, OutcomeState.INCONCLUSIVE),
        given_up=_pick(plans, OutcomeState.ABANDONED),
        broken=tuple(outcome for outcome in plans if outcome.standing.broken),
        moved=tuple(outcome for outcome in plans if outcome.moved),
        remarked=tuple(outcome for outcome in plans if outcome.remarks),
        unmatched=found.unmatched,
        outcomes=found.outcomes,
    )


def restrict_outcomes(found: Outcomes, shas: Collection[str]) -> Outcomes:
    """Return the outcomes of some changes; whose the other results are can no longer be told."""
    return Outcomes(tuple(o for o in found.outcomes if any(c.sha in shas for c in o.changes)))


def _writer(outcome: Outcome) -> str:
    return "agent" if outcome.plan.by_agent else "person"


def _add_up(outcomes: Iterable[Outcome], today: date) -> Score:
    score = Score()
    for outcome in outcomes:
        _add(score, outcome, today)
    return score


def _group(
    outcomes: Iterable[Outcome], today: date, name_of: Callable[[Outcome], str]
) -> dict[str, Score]:
    """Return the scores of groups, in the order of their names."""
    groups: dict[str, Score] = {}
    for outcome in outcomes:
        _add(groups.setdefault(name_of(outcome), Score()), outcome, today)
    return dict(sorted(groups.items()))


def _add(score: Score, outcome: Outcome, today: date) -> None:
    state, has_result = outcome.state, outcome.result is not None
    is_reverted = state is OutcomeState.ABANDONED and not has_result
    has_passed = outcome.due is not None and outcome.due < today and not is_reverted
    score.plans += 1
    score.passed += has_passed
    score.evaluated += has_passed and has_result
    score.early += has_result and not has_passed and outcome.due is not None
    score.met += state in _MET
    score.broken += state is OutcomeState.GUARDRAIL_BROKEN
    score.missed += state is OutcomeState.MISSED
    score.inconclusive += state is OutcomeState.INCONCLUSIVE
    score.abandoned += state is OutcomeState.ABANDONED and has_result
    score.reverted += is_reverted
    score.undated += state is OutcomeState.NONE
    score.overdue += state is OutcomeState.OVERDUE


def _quarter(outcome: Outcome) -> str:
    """Return the quarter of the day somebody was to look, or looked when no day was named."""
    day = outcome.due or (outcome.result.at if outcome.result is not None else None)
    return f"{day.year:04}-Q{(day.month + 2) // 3}" if day is not None else NO_QUARTER


def _finish(outcomes: Iterable[Outcome], states: tuple[OutcomeState, ...]) -> Iterator[Finished]:
    for outcome in outcomes:
        if outcome.state in states and outcome.result is not None:
            yield Finished(outcome, measure_effect(outcome.plan, outcome.result.value))


def _rank(finished: Iterable[Finished], *, sign: int) -> tuple[Finished, ...]:
    """Return results by effect times `sign`, those without a number last, then the newest."""

    def key(entry: Finished) -> tuple[bool, float, int, str, int]:
        effect, result, plan = entry.effect, entry.outcome.result, entry.outcome.plan
        newest = -result.at.toordinal() if result is not None else 0
        return effect is None, sign * (effect or 0.0), newest, plan.identity, plan.index

    return tuple(sorted(finished, key=key))


def _pick(outcomes: Iterable[Outcome], state: OutcomeState) -> tuple[Outcome, ...]:
    return tuple(outcome for outcome in outcomes if outcome.state is state)
