"""Bring the requests of a forge into the store: go on where it stopped, then what is new."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Protocol

from msgspec import Struct
from msgspec.structs import replace

from whygate.history.requests import Progress

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from whygate.forges.port import MergedRequest, RequestPage
    from whygate.history.requests import RequestStore

_NEW, _OLD = "new", "old"
_AT_ONCE = 500


def tell_time() -> str:
    """Return the time of now (UTC, ISO 8601)."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


class Source(Protocol):
    """A forge that tells of its merged requests, the ones updated last first."""

    def read_page(self, cursor: str) -> RequestPage:
        """Return the requests behind a cursor, "" for the first."""
        ...


class Fetched(Struct):
    """What an import brought: requests in all, and those that were not held before."""

    requests: int = 0
    new: int = 0


def import_listed(
    store: RequestStore, requests: Sequence[MergedRequest], source: str, now: str
) -> Fetched:
    """Keep requests that are all here, as in a file; how far an import came is not touched."""
    fetched = Fetched()
    progress = store.progress()
    progress = replace(progress, source=progress.source or source, fetched=now)
    for start in range(0, len(requests), _AT_ONCE):
        some = requests[start : start + _AT_ONCE]
        fetched.new += store.keep(some, progress)
        fetched.requests += len(some)
    return fetched


class Import:
    """One import from a forge; `fetched` counts, also when it is stopped on the way.

    `since` is a day as in ISO 8601; what was updated before is left out. "" means as before, at
    first everything. `tell` is called after each page, which is kept by then.
    """

    def __init__(
        self,
        store: RequestStore,
        source: Source,
        name: str,
        since: str,
        now: Callable[[], str],
        tell: Callable[[int], None] = lambda _: None,
    ) -> None:
        self.fetched = Fetched()
        self._store = store
        self._source = source
        self._since = since
        self._now = now
        self._tell = tell
        known = store.progress()
        if known.source != name:  # a file, or another project
            known = Progress()
        self._progress = replace(known, source=name)

    @property
    def goes_on(self) -> bool:
        """Tell whether an earlier import was stopped on its way."""
        return bool(self._progress.walk)

    @property
    def is_first(self) -> bool:
        """Tell whether nothing was brought before."""
        return not self._progress.newest and not self.goes_on

    def run(self) -> Fetched:
        """Bring everything that is asked for; raises ForgeError when the forge does not answer.

        First the walk that was stopped, then what was updated since the last one, then what is
        older than was asked for before.
        """
        progress = self._progress
        if progress.walk == _NEW and not progress.newest and self._since:
            self._progress = replace(progress, stop=self._since)  # the first one may end elsewhere
        if self.goes_on:
            self._walk()
        self._begin(_NEW, stop=self._progress.newest or self._since)
        self._walk()
        floor = self._progress.floor
        if floor and self._since and self._since < floor:
            self._begin(_OLD, stop=self._since, cursor=self._progress.bottom)
            self._walk()
        return self.fetched

    def _begin(self, walk: str, *, stop: str, cursor: str = "") -> None:
        self._progress = replace(self._progress, walk=walk, stop=stop, cursor=cursor, top="")

    def _walk(self) -> None:
        while self._progress.walk:
            progress = self._progress
            page = self._source.read_page(progress.cursor)
            wanted = [r for r in page.requests if r.updated >= progress.stop]
            is_over = len(wanted) < len(page.requests) or not page.cursor
            top = progress.top or (page.requests[0].updated if page.requests else "")
            after = replace(progress, top=top, fetched=self._now())
            if is_over:
                after = _end(after, whole=not page.cursor and len(wanted) == len(page.requests))
            else:
                after = replace(after, cursor=page.cursor)
            self.fetched.new += self._store.keep(wanted, after)
            self.fetched.requests += len(wanted)
            self._progress = after
            self._tell(len(wanted))


def _end(progress: Progress, *, whole: bool) -> Progress:
    """Return the progress behind the last page of a walk; `whole`: there is nothing older."""
    is_first = not progress.newest
    newest = max(progress.newest, progress.top) if progress.walk == _NEW else progress.newest
    floor, bottom = progress.floor, progress.bottom
    if whole:
        floor, bottom = "", ""
    elif progress.walk == _OLD or is_first:
        floor, bottom = progress.stop, progress.cursor
    return replace(
        progress, newest=newest, floor=floor, bottom=bottom, walk="", cursor="", top="", stop=""
    )
