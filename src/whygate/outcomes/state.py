"""In which state an outcome is on a day: planned, due, overdue, met, missed ..."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from msgspec import Struct

from whygate.outcomes.promises import breaks_guardrail, reaches
from whygate.outcomes.result import Result, ResultState, in_order

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date

    from whygate.outcomes.promises import Promise

SOON = 7  # days before the day somebody looks in which the outcome is due already
MOST_EXTENSIONS = 2


class OutcomeState(StrEnum):
    """Where an outcome stands."""

    NONE = "none"
    EXEMPT = "exempt"
    PLANNED = "planned"
    UNRELEASED = "waiting for a release"
    DUE = "due"
    OVERDUE = "overdue"
    MET = "met"
    GUARDRAIL_BROKEN = "met, guardrail broken"
    MISSED = "missed"
    INCONCLUSIVE = "inconclusive"
    ABANDONED = "abandoned"

    @property
    def is_open(self) -> bool:
        """Tell whether a result is still to come."""
        return self in _OPEN


_OPEN = (
    *(OutcomeState.PLANNED, OutcomeState.UNRELEASED),
    *(OutcomeState.DUE, OutcomeState.OVERDUE),
)
_AS_SAID = {
    ResultState.MET: OutcomeState.MET,
    ResultState.MISSED: OutcomeState.MISSED,
    ResultState.INCONCLUSIVE: OutcomeState.INCONCLUSIVE,
    ResultState.ABANDONED: OutcomeState.ABANDONED,
}


class Standing(Struct, frozen=True):
    """The state of an outcome and what decided it.

    `due` is the day somebody looks, extensions counted in; `days_late` how long it has passed
    without a result. `result` is the one that settled the plan, `reached` whether its value
    reaches the target (None: that cannot be told), `broken` the guardrail it breaks. `extended`
    are the extensions that moved the day, `ignored` those that came after the last one allowed.
    """

    state: OutcomeState
    due: date | None = None
    days_late: int = 0
    result: Result | None = None
    reached: bool | None = None
    broken: str = ""
    extended: tuple[Result, ...] = ()
    ignored: tuple[Result, ...] = ()

    @property
    def contradicts(self) -> bool:
        """Tell whether the result says met and its value says missed, or the other way round."""
        if self.result is None or self.reached is None:
            return False
        return self.reached != (self.result.state is ResultState.MET)


def state_of(
    plan: Promise | None,
    results: Iterable[Result],
    *,
    reverted: bool,
    today: date,
    grace: int,
) -> Standing:
    """Return where a plan stands on a day.

    The newest result decides. `met` and `missed` are what value and target say where both can
    be read, unless the contradiction was recorded on purpose. An extension moves the day, twice
    at most. A plan whose change was reverted without a result is abandoned. One that counts from
    a release waits until there is one. It is due from seven
    days before its day until `grace` days after it, then overdue. A deferred plan is overdue the
    day after the one it was promised for.
    """
    if plan is None or (plan.exempt and not plan.is_deferral):
        return Standing(OutcomeState.NONE if plan is None else OutcomeState.EXEMPT)
    concerning = (result for result in results if result.concerns(plan.index))
    ordered = in_order(r for r in concerning if r.state is not ResultState.BASELINE)
    extended, ignored = _split_extensions(ordered)
    due = extended[-1].until if extended else plan.due
    newest = ordered[-1] if ordered else None
    if newest is not None and newest.settles:
        return _settle(plan, newest, due, extended, ignored)
    if reverted:
        return Standing(OutcomeState.ABANDONED, due, extended=extended, ignored=ignored)
    if due is None:
        return Standing(OutcomeState.UNRELEASED if plan.waits else OutcomeState.NONE)
    state = _by_day(due, today, grace=0 if plan.is_deferral else grace, soon=not plan.is_deferral)
    late = max(0, (today - due).days)
    return Standing(state, due, late, extended=extended, ignored=ignored)


def _split_extensions(
    ordered: Sequence[Result],
) -> tuple[tuple[Result, ...], tuple[Result, ...]]:
    """Return the extensions that count and those that do not; a forced one always counts."""
    counted: list[Result] = []
    ignored: list[Result] = []
    for result in ordered:
        if result.state is ResultState.EXTENDED:
            counts = len(counted) < MOST_EXTENSIONS or result.forced
            (counted if counts else ignored).append(result)
    return tuple(counted), tuple(ignored)


def _settle(
    plan: Promise,
    result: Result,
    due: date | None,
    extended: tuple[Result, ...],
    ignored: tuple[Result, ...],
) -> Standing:
    state, reached = _AS_SAID[result.state], None
    if result.state in (ResultState.MET, ResultState.MISSED):
        reached = reaches(plan, result.value)
        if reached is not None and not result.forced:
            state = OutcomeState.MET if reached else OutcomeState.MISSED
    broken = breaks_guardrail(plan, result.guardrails)
    if state is OutcomeState.MET and broken:
        state = OutcomeState.GUARDRAIL_BROKEN
    return Standing(
        state,
        due,
        result=result,
        reached=reached,
        broken=broken,
        extended=extended,
        ignored=ignored,
    )


def _by_day(due: date, today: date, *, grace: int, soon: bool) -> OutcomeState:
    if (today - due).days > grace:
        return OutcomeState.OVERDUE
    if soon and today >= due - timedelta(days=min(SOON, due.toordinal() - 1)):
        return OutcomeState.DUE
    return OutcomeState.PLANNED
