"""Turn the records of a walk into those that were asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import date

    from whygate.audit.record import Record


class Selection(Struct, frozen=True):
    """Which records count: days (both included), a part of the author, kinds, the newest N.

    `author` is looked for in `Name <mail>`, whatever its case. A record without a day is in no
    period.
    """

    since: date | None = None
    until: date | None = None
    author: str = ""
    kinds: tuple[str, ...] = ()
    last: int | None = None

    @property
    def is_plain(self) -> bool:
        """Tell whether every record counts, up to the newest N."""
        return not (self.since or self.until or self.author or self.kinds)

    def describe(self) -> Iterator[str]:
        """Yield each condition in words."""
        if self.since is not None:
            yield f"since {self.since.isoformat()}"
        if self.until is not None:
            yield f"until {self.until.isoformat()}"
        if self.author:
            yield f"author {self.author}"
        if self.kinds:
            yield f"kind {' or '.join(self.kinds)}"
        if self.last is not None:
            yield f"the last {self.last}"


class Selector:
    """Picks records; `undated` counts those that a period left out because they have no day."""

    def __init__(self, selection: Selection) -> None:
        self.undated = 0
        self._selection = selection
        self._author = selection.author.casefold()

    def pick(self, batches: Iterable[list[Record]]) -> Iterator[list[Record]]:
        """Yield what is selected of each list, and stop once there are enough."""
        left = self._selection.last
        for batch in batches:
            picked = batch if self._selection.is_plain else list(filter(self._fits, batch))
            if left is not None:
                picked = picked[:left]
                left -= len(picked)
            yield picked
            if left == 0:
                return

    def _fits(self, record: Record) -> bool:
        wanted = self._selection
        if wanted.kinds and record.kind not in wanted.kinds:
            return False
        if self._author and self._author not in record.author.casefold():
            return False
        return self._is_in_time(record.day)

    def _is_in_time(self, day: date | None) -> bool:
        since, until = self._selection.since, self._selection.until
        if since is None and until is None:
            return True
        if day is None:
            self.undated += 1
            return False
        return (since is None or day >= since) and (until is None or day <= until)
