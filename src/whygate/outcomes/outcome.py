"""An outcome: a plan, the changes that share it, and what came of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from datetime import date

    from whygate.model import Finding
    from whygate.outcomes.ledger import Correction
    from whygate.outcomes.promises import Promise
    from whygate.outcomes.result import Result
    from whygate.outcomes.state import OutcomeState, Standing


class ChangeOf(Struct, frozen=True):
    """A change that shares a plan, as every report names it."""

    identity: str
    sha: str
    title: str
    day: date | None
    kind: str
    author: str = ""
    area: str = ""
    url: str = ""


class Moved(Struct, frozen=True):
    """An answer of the plan that differs from the one at the merge: the field, then and now."""

    field: str
    then: str
    now: str
    where: str = ""


class Outcome(Struct, frozen=True):
    """One plan and where it stands.

    `changes` are those that share it, the newest first; a plan of its own has one. `results`
    are all that concern it, the deciding one last; `moved` what was changed after the merge;
    `corrected` are the results that a later one took the place of; they count for nothing.
    `findings` what the rules of the family WG6 say, weighed by the policy; `remarks` are whole
    sentences about what was set aside.
    """

    plan: Promise
    standing: Standing
    changes: tuple[ChangeOf, ...] = ()
    results: tuple[Result, ...] = ()
    corrected: tuple[Correction, ...] = ()
    moved: tuple[Moved, ...] = ()
    findings: tuple[Finding, ...] = ()
    remarks: tuple[str, ...] = ()

    @property
    def state(self) -> OutcomeState:
        """Return the state."""
        return self.standing.state

    @property
    def due(self) -> date | None:
        """Return the day somebody looks, extensions counted in."""
        return self.standing.due

    @property
    def days_late(self) -> int:
        """Return how many days that has passed without a result."""
        return self.standing.days_late

    @property
    def result(self) -> Result | None:
        """Return the result that settled the plan."""
        return self.standing.result

    @property
    def name(self) -> str:
        """Return the name a result is recorded by."""
        return self.plan.identity

    @property
    def area(self) -> str:
        """Return the area of the newest change, empty when paths were not read."""
        return self.changes[0].area if self.changes else ""

    @property
    def url(self) -> str:
        """Return the address of the newest change, empty when the forge is not known."""
        return self.changes[0].url if self.changes else ""


class Outcomes(Struct, frozen=True):
    """Every outcome of a history, by due day; `unmatched` are results that fit no plan.

    `notes` say in whole sentences what the clock of a release rests on.
    """

    outcomes: tuple[Outcome, ...] = ()
    unmatched: tuple[Result, ...] = ()
    notes: tuple[str, ...] = ()
