"""A result: what somebody found when a measurement came due."""

from __future__ import annotations

from datetime import date  # noqa: TC003 - msgspec reads the types of what is cached
from enum import StrEnum
from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Iterable


class ResultState(StrEnum):
    """What a result may say.

    `extended` moves the day; `baseline` is what a source said of the time before the merge, and
    settles nothing; the others settle the plan.
    """

    MET = "met"
    MISSED = "missed"
    INCONCLUSIVE = "inconclusive"
    ABANDONED = "abandoned"
    EXTENDED = "extended"
    BASELINE = "baseline"


class Source(StrEnum):
    """Where a result is written; of two on one day the first of these wins."""

    TRAILER = "trailer"
    LEDGER = "ledger"
    NOTE = "note"


BY_MACHINE = "whygate"  # who looked where `whygate measure` did
_STRENGTH = {Source.TRAILER: 2, Source.LEDGER: 1, Source.NOTE: 0}


class Result(Struct, frozen=True):
    """One event of the loop.

    `change` is what it is about as written (`#123`, a hash, a Change-Id or a bet), `sha` the
    commit it was resolved to, if known. `metric` is the number of the measurement; 0 stands for
    the first one, and for all of them where the whole change is abandoned, inconclusive or
    extended. `value` is what was measured, `target` what it was held against when it was
    recorded, `guardrails` what was measured for each guardrail, in their order. What a machine
    measured names the `window`, a hash of the `query`, and a `series` of days and numbers that
    ends with the value. `corrects` names the result that it takes the place of. `until` is the
    new day of an extension. `forced` says why a contradiction was recorded all the same. `extra`
    holds the keys nobody knows yet, each with its value as JSON, so that nothing is lost.
    """

    change: str
    at: date
    state: ResultState
    sha: str = ""
    metric: int = 0
    value: str = ""
    target: str = ""
    evidence: str = ""
    by: str = ""
    note: str = ""
    until: date | None = None
    guardrails: tuple[str, ...] = ()
    forced: str = ""
    corrects: str = ""
    window: str = ""
    query: str = ""
    series: tuple[tuple[str, str], ...] = ()
    extra: tuple[tuple[str, str], ...] = ()
    source: Source = Source.LEDGER
    path: str = ""
    line: int = 1

    @property
    def settles(self) -> bool:
        """Tell whether the plan is settled by it, not only put off."""
        return self.state not in (ResultState.EXTENDED, ResultState.BASELINE)

    @property
    def is_measured(self) -> bool:
        """Tell whether a machine looked, and no person."""
        return self.by == BY_MACHINE

    def concerns(self, index: int) -> bool:
        """Tell whether it is about the measurement with that number."""
        if self.metric:
            return self.metric == index
        of_one = (ResultState.MET, ResultState.MISSED, ResultState.BASELINE)
        return index == 1 or self.state not in of_one


def in_order(results: Iterable[Result]) -> list[Result]:
    """Return results with the one that decides last.

    The newest day decides; on one day what a person wrote before what a machine measured, then a
    trailer, the ledger, a note; of two in one place the one that was read later.
    """
    return sorted(
        results, key=lambda result: (result.at, not result.is_measured, _STRENGTH[result.source])
    )
