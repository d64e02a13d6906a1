"""Histories as a reader of `git log` sees them, and what comes of them."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, NamedTuple

import pytest
from tests.history.conftest import make_entry, make_policy

from whygate.history.recorder import Recorder
from whygate.history.stream import carried_change
from whygate.outcomes.collect import OutcomeInputs, collect_outcomes
from whygate.outcomes.ledger import parse_ledger
from whygate.outcomes.outcome import ChangeOf, Outcome
from whygate.outcomes.promises import Promise
from whygate.outcomes.result import Result, ResultState, Source
from whygate.outcomes.state import state_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from whygate.audit.record import Record
    from whygate.outcomes.ledger import Kept
    from whygate.outcomes.names import Revert
    from whygate.outcomes.outcome import Moved, Outcomes

TODAY = date(2025, 6, 1)
PLAN = """\
Problem: the export stops at row 100, so accountants retype the rest
Outcome: they close the month without retyping a row
Metric: support tickets about missing rows, weekly
Baseline: 9 tickets
Target: <= 1 ticket
Evaluate-By: 2025-02-15
"""


class History(NamedTuple):
    """Records, the newest first, and how to make outcomes of them."""

    records: tuple[Record, ...]
    bets: Mapping[str, tuple[str, str]] | None

    def collect(
        self,
        ledger: str = "",
        *,
        today: date = TODAY,
        then: Mapping[str, tuple[str, str]] | None = None,
        reverts: tuple[Revert, ...] = (),
    ) -> Outcomes:
        inputs = OutcomeInputs(parse_ledger(ledger).results, reverts, then or {})
        return collect_outcomes(self.records, make_policy(self.bets), today, inputs)

    def one(self, ledger: str = "", *, today: date = TODAY) -> Outcome:
        found = self.collect(ledger, today=today).outcomes
        assert len(found) == 1
        return found[0]


def read_history(
    messages: Sequence[str],
    bets: Mapping[str, tuple[str, str]] | None = None,
    *,
    kept: Callable[[str], Mapping[str, Kept]] | None = None,
) -> History:
    """Return the history of messages, the oldest first, one a day from 2025-01-01."""
    records = []
    for day, message in enumerate(messages):
        entry = make_entry(message, day=day)._replace(sha=b"%07x" % (day + 1) + b"0" * 33)
        known = kept(entry.sha.decode()) if kept is not None else {}
        recorder = Recorder(make_policy(bets), TODAY, carried_change, kept=known)
        records.append(recorder.glance(entry) or recorder.read(entry))
    return History(tuple(reversed(records)), bets)


@pytest.fixture(name="read_history")
def _read_history() -> Callable[..., History]:
    return read_history


def make_plan(**values: object) -> Promise:
    """Return a plan that is due on 2025-02-15, with some values changed."""
    known: dict[str, object] = {
        "identity": "#12",
        "sha": "1" * 40,
        "title": "feat: write every row",
        "merged": date(2025, 1, 1),
        "kind": "feature",
        "metric": "support tickets about missing rows, weekly",
        "baseline": "9 tickets",
        "target": "<= 1 ticket",
        "direction": "down",
        "due": date(2025, 2, 15),
        "due_text": "2025-02-15",
        "owner": "@lena",
    }
    return Promise(**(known | values))  # type: ignore[arg-type]


def make_result(state: str, at: str = "2025-02-14", **values: object) -> Result:
    """Return a result of #12."""
    known: dict[str, object] = {"change": "#12", "at": date.fromisoformat(at)}
    return Result(**(known | {"state": ResultState(state), "source": Source.LEDGER} | values))  # type: ignore[arg-type]


def make_outcome(
    number: int = 12,
    results: Iterable[Result] = (),
    *,
    today: date = TODAY,
    area: str = "",
    reverted: bool = False,
    moved: Iterable[Moved] = (),
    url: str = "https://github.com/acme/shop/pull/{}",
    **plan: object,
) -> Outcome:
    """Return the outcome of the change #`number`, its state as it is on `today`."""
    named = {"identity": f"#{number}", "sha": f"{number:040x}", "title": f"feat: change {number}"}
    made = make_plan(**(named | plan))
    given = tuple(results)
    standing = state_of(made, given, reverted=reverted, today=today, grace=7)
    change = ChangeOf(
        *(made.identity, made.sha, made.title, made.merged, made.kind),
        area=area,
        url=url.format(number),
    )
    return Outcome(made, standing, (change,), given, moved=tuple(moved))
