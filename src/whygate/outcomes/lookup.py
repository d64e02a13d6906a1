"""Turn what somebody types for a change into the change and its outcomes."""

from __future__ import annotations

import re
from difflib import get_close_matches
from typing import TYPE_CHECKING

from msgspec import Struct

from whygate.outcomes.directory import Directory
from whygate.text.near import edit_distance

if TYPE_CHECKING:
    from collections.abc import Sequence

    from whygate.outcomes.directory import Told
    from whygate.outcomes.outcome import Outcome

_NUMBER = re.compile(r"(?:#|!|PR[ -]?#?|MR[ -]?!?)?([0-9]{1,10})", re.IGNORECASE)
_HASH = re.compile(r"#[0-9]{1,10}")
_SHORTEST_SHA = 7
# https://host/owner/name/pull/12 and https://host/group/name/-/merge_requests/12
_ADDRESS = re.compile(
    r"https?://[^\s/]{1,200}/\S{1,300}?/(?:pull|merge_requests|pulls)/([0-9]{1,10})(?:[/?#]\S*)?"
)
_COMMIT_ADDRESS = re.compile(r"https?://\S{1,300}/commit/([0-9a-f]{7,64})(?:[/?#]\S*)?")


class Found(Struct, frozen=True):
    """A change, and the outcomes it has: one for each of its measurements, in their order."""

    name: str
    sha: str
    title: str
    outcomes: tuple[Outcome, ...] = ()


class Lookup:
    """Finds changes of a history by whatever people call them."""

    def __init__(self, records: Sequence[Told], outcomes: Sequence[Outcome]) -> None:
        self._directory = Directory(records)
        self._outcomes = outcomes
        self._records = records

    def find(self, text: str) -> Found | None:
        """Return the change of `#12`, `12`, `PR 12`, an address, a hash, a Change-Id or a bet.

        Of several changes with one number the oldest that has a plan is meant, as for a result.
        """
        name = read_name(text)
        shared = tuple(o for o in self._outcomes if o.plan.bet == name and o.name == name)
        if shared:
            return _of(shared)
        changes = [*reversed(self._directory.find(name))]
        for change in changes:
            own = self._outcomes_of(change)
            if own:
                return _of(own)
        return Found(changes[0].identity, changes[0].sha, changes[0].title) if changes else None

    def suggest(self, text: str) -> str:
        """Return the known name that is most like a text, empty when none is.

        Of a number that is the one with the fewest other digits, and the nearest of those.
        """
        name = read_name(text)
        known = {o.name for o in self._outcomes} | set(self._directory.names())
        if not name.startswith("#"):
            near = get_close_matches(name, sorted(known), n=1)
            return near[0] if near else ""
        numbers = (other for other in known if _HASH.fullmatch(other))
        ranked = sorted(
            (edit_distance(name, n, most=1), abs(int(n[1:]) - int(name[1:])), n) for n in numbers
        )
        return ranked[0][2] if ranked and ranked[0][0] == 1 else ""

    def _outcomes_of(self, change: Told) -> tuple[Outcome, ...]:
        own = tuple(o for o in self._outcomes if o.plan.sha == change.sha and not _is_shared(o))
        if own or not change.shares:
            return own
        return tuple(o for o in self._outcomes if _is_shared(o) and o.plan.bet == change.shares)


def read_name(text: str) -> str:
    """Return the name a result uses for what somebody typed."""
    written = text.strip().strip("`'\"")
    if found := _ADDRESS.fullmatch(written):
        return f"#{found[1]}"
    if found := _COMMIT_ADDRESS.fullmatch(written):
        return found[1]
    found = _NUMBER.fullmatch(written)
    # seven digits and more may be a hash
    if found and (not written.isdigit() or len(written) < _SHORTEST_SHA):
        return f"#{found[1]}"
    return written


def _is_shared(outcome: Outcome) -> bool:
    return bool(outcome.plan.bet) and outcome.name == outcome.plan.bet


def _of(outcomes: tuple[Outcome, ...]) -> Found:
    plan = outcomes[0].plan
    ordered = sorted(outcomes, key=lambda outcome: outcome.plan.index)
    return Found(plan.identity, plan.sha, plan.title, tuple(ordered))
