"""Turn the names people use for a change (`#123`, a hash, a title) into changes of a history."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import date

    from whygate.outcomes.promises import Promise
    from whygate.outcomes.result import Result

_LEAST_DIGITS = 7
_SHA = re.compile(r"[0-9a-f]{7,64}")
_NUMBERED = re.compile(r"[ \t]*\(#[0-9]{1,10}\)\Z")


class Told(Protocol):
    """A change of a history as far as outcomes are made of it; an audit's record is one.

    `plans` are its own, `results` those its message records, `reverts` the names of what it
    takes back, `shares` the bet or the `#123` whose plan it shares.
    """

    @property
    def identity(self) -> str: ...  # noqa: D102 - as in every report
    @property
    def sha(self) -> str: ...  # noqa: D102
    @property
    def title(self) -> str: ...  # noqa: D102
    @property
    def day(self) -> date | None: ...  # noqa: D102
    @property
    def kind(self) -> str: ...  # noqa: D102
    @property
    def author(self) -> str: ...  # noqa: D102
    @property
    def area(self) -> str: ...  # noqa: D102
    @property
    def url(self) -> str: ...  # noqa: D102
    @property
    def plans(self) -> tuple[Promise, ...]: ...  # noqa: D102
    @property
    def results(self) -> tuple[Result, ...]: ...  # noqa: D102
    @property
    def reverts(self) -> tuple[str, ...]: ...  # noqa: D102
    @property
    def shares(self) -> str: ...  # noqa: D102


class Directory:
    """Finds the changes of one history by name."""

    def __init__(self, changes: Sequence[Told]) -> None:
        self.changes = changes
        self._by_name: dict[str, list[Told]] = {}
        self._by_start: dict[str, list[Told]] = {}
        self._by_title: dict[str, list[Told]] = {}
        for change in changes:
            self._by_start.setdefault(change.sha[:_LEAST_DIGITS], []).append(change)
            for name in _names(change):
                self._by_name.setdefault(name, []).append(change)

    def find(self, name: str) -> list[Told]:
        """Return the changes that a name means, in the order they were given.

        A name is `#123`, a Gerrit Change-Id, or at least seven digits of a hash, whatever its
        case. Several changes may bear one number: a request that was merged to two branches.
        """
        wanted = name.strip().lower()
        if found := self._by_name.get(wanted):
            return found
        if not _SHA.fullmatch(wanted):
            return []
        near = self._by_start.get(wanted[:_LEAST_DIGITS], ())
        return [change for change in near if change.sha.startswith(wanted)]

    def find_title(self, title: str) -> list[Told]:
        """Return the changes with a title, a number behind it set aside."""
        if not self._by_title:
            for change in self.changes:
                self._by_title.setdefault(_plain(change.title), []).append(change)
        return self._by_title.get(_plain(title), [])

    def names(self) -> Iterable[str]:
        """Return every name a change can be found by, hashes aside."""
        return self._by_name.keys()


def _names(change: Told) -> Iterator[str]:
    if change.identity and not change.sha.startswith(change.identity):
        yield change.identity.lower()
    for name in dict.fromkeys(name.lower() for plan in change.plans for name in plan.names):
        if name != change.identity.lower():
            yield name


def _plain(title: str) -> str:
    return _NUMBERED.sub("", title.strip())
