"""Turn outcomes into the list of what is due: who looks at what, and how to record it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from msgspec import Struct

from whygate.outcomes.rules import record_command
from whygate.outcomes.state import OutcomeState

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import date

    from whygate.model import Finding
    from whygate.outcomes.event import Damage
    from whygate.outcomes.outcome import Outcome, Outcomes
    from whygate.outcomes.result import Result

GROUPS = ("overdue", "due", "coming")
_OVERDUE = "WG601"


class DueItem(Struct, frozen=True):
    """One line of the list; `group` is overdue, due or coming."""

    outcome: Outcome
    group: str
    command: str

    @property
    def summary(self) -> str:
        """Return what is counted, from where to where."""
        plan = self.outcome.plan
        if plan.is_deferral:
            return "the plan that was promised when it was merged"
        steps = " to ".join(text for text in (plan.baseline, plan.target) if text)
        return f"{plan.metric}: {steps}" if plan.metric and steps else plan.metric or steps


class DueList(Struct, frozen=True):
    """What is due on a day, what is wrong with what was written, and what could not be read.

    `findings` are those of every outcome but for being overdue; `unmatched` results fit no plan.
    """

    today: date
    within: int
    items: tuple[DueItem, ...] = ()
    findings: tuple[Finding, ...] = ()
    unmatched: tuple[Result, ...] = ()
    damages: tuple[Damage, ...] = ()
    remarks: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    def group(self, name: str) -> Sequence[DueItem]:
        """Return the items of one group."""
        return [item for item in self.items if item.group == name]


def list_due(
    outcomes: Outcomes,
    *,
    today: date,
    within: int,
    owner: str = "",
    damages: tuple[Damage, ...] = (),
    notes: tuple[str, ...] = (),
) -> DueList:
    """Return what is overdue, due, or comes due `within` days, the longest overdue first.

    `owner` keeps the items whose owner contains it, whatever the case; what is wrong with the
    results is told to everybody.
    """
    chosen = [o for o in outcomes.outcomes if owner.casefold() in o.plan.owner.casefold()]
    return DueList(
        today=today,
        within=within,
        items=tuple(_items(chosen, today, within)),
        findings=tuple(f for o in outcomes.outcomes for f in o.findings if f.rule != _OVERDUE),
        unmatched=outcomes.unmatched,
        damages=damages,
        remarks=tuple(f"{o.name}: {remark}" for o in outcomes.outcomes for remark in o.remarks),
        notes=notes,
    )


def _items(outcomes: Iterable[Outcome], today: date, within: int) -> Iterator[DueItem]:
    for outcome in outcomes:
        group = _group(outcome, today, within)
        if group:
            yield DueItem(outcome, group, record_command(outcome.plan))


def _group(outcome: Outcome, today: date, within: int) -> str:
    if outcome.state is OutcomeState.OVERDUE:
        return GROUPS[0]
    if outcome.state is OutcomeState.DUE:
        return GROUPS[1]
    if outcome.state is not OutcomeState.PLANNED or outcome.due is None:
        return ""
    return GROUPS[2] if outcome.due - today <= timedelta(days=within) else ""
