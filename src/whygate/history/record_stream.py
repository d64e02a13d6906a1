"""Turn the history of a repository into records: quick glances here, full readings in a pool."""

from __future__ import annotations

from collections import deque
from contextlib import closing
from functools import partial
from typing import TYPE_CHECKING

from msgspec.structs import replace

from whygate.errors import UndecidedError
from whygate.git.entry import read_paths
from whygate.git.log import NAMES, read_entries
from whygate.git.merged import BroughtCommits, carried_change, named_change, with_brought
from whygate.history.reading_pool import Pending, ReadingPool
from whygate.history.recorder import Recorder
from whygate.history.walk import Unit

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
    from datetime import date

    from whygate.audit.areas import FindArea
    from whygate.audit.record import Record
    from whygate.git.entry import Entry
    from whygate.git.git import Git
    from whygate.history.record_cache import RecordCache
    from whygate.history.walk import Walk
    from whygate.outcomes.event import Kept
    from whygate.policy.policy import Policy

_SLICE = 24  # commits that one process reads at a time
_MOST_WAITING = 24  # lists of records that wait for a reading before the next one is taken
_SHORT = 12


class Reader:
    """Reads the records of one repository by one policy.

    `find_area` names the area of changed paths, which are read only with it; then the kinds and
    rules that look at paths are judged by them as well. `cache` holds records of commits that
    were read in full before. `kept` holds the contexts that were kept at merges, by full hash:
    they change, so the records of their commits are not cached.
    """

    def __init__(  # noqa: PLR0913 - what a reading depends on
        self,
        git: Git,
        policy: Policy,
        today: date,
        *,
        jobs: int = 1,
        find_area: FindArea | None = None,
        cache: RecordCache | None = None,
        kept: Mapping[str, Kept] | None = None,
    ) -> None:
        self._git = git
        self._policy = policy
        self._today = today
        self._jobs = jobs
        self._find_area = find_area
        self._cache = cache
        self._kept = kept or {}

    def read(self, walk: Walk) -> Iterator[list[Record]]:
        """Yield the records of a walk in its order, many at a time.

        Raises UndecidedError, which says how far it came, when git fails on the way.
        """
        to_change = named_change if walk.unit is Unit.MERGED else carried_change
        recorder = Recorder(
            self._policy, self._today, to_change, find_area=self._find_area, kept=self._kept
        )
        pool = ReadingPool(self._policy, self._today, to_change, jobs=self._jobs, kept=self._kept)
        waiting: deque[tuple[list[Record | None], _Reading]] = deque()
        with pool:
            for batch in self._read_entries(walk, recorder.is_silent):
                records = list(map(recorder.glance, batch))
                rest = [e for e, record in zip(batch, records, strict=True) if record is None]
                reading = _Reading(rest, pool, self._cache, self._find_area, self._kept)
                waiting.append((records, reading))
                while waiting and (len(waiting) > _MOST_WAITING or waiting[0][1].is_ready):
                    yield _complete(*waiting.popleft())
            while waiting:
                yield _complete(*waiting.popleft())

    def _read_entries(
        self, walk: Walk, is_silent: Callable[[bytes], bool]
    ) -> Iterator[list[Entry]]:
        batches = read_entries(
            self._git,
            walk.span,
            first_parent=walk.unit is not Unit.COMMITS,
            limit=walk.limit,
            rows=NAMES if self._find_area is not None else "",
            within=walk.within,
        )
        if walk.unit is Unit.COMMITS:
            yield from _report_progress(batches)
            return
        keep = _keep_said if walk.unit is Unit.FIRST_PARENT else _keep_named
        whole = read_entries(self._git, walk.span, first_parent=False, children_first=True)
        brought = BroughtCommits(whole, walk.span.tip, partial(keep, is_silent))
        with closing(whole):
            yield from _report_progress(with_brought(batches, brought))


def _keep_said(is_silent: Callable[[bytes], bool], entry: Entry) -> Entry | None:
    """Return a commit that says something."""
    return None if is_silent(entry.message) else entry


def _keep_named(is_silent: Callable[[bytes], bool], entry: Entry) -> Entry:
    """Return a commit, of one that says nothing only its subject."""
    if is_silent(entry.message):
        return entry._replace(message=entry.message.partition(b"\n\n")[0])
    return entry


class _Reading:
    """Commits that must be read in full: some known to the cache, the others in the pool."""

    def __init__(
        self,
        entries: Sequence[Entry],
        pool: ReadingPool,
        cache: RecordCache | None,
        find_area: FindArea | None,
        kept: Container[str],
    ) -> None:
        self._entries = entries
        self._cache = cache
        self._find_area = find_area
        shas = [entry.sha.decode("ascii") for entry in entries]
        # What a merge brought in depends on the range as well.
        self._fleeting = {
            sha for e, sha in zip(entries, shas, strict=True) if e.brought or sha in kept
        }
        lasting = [sha for sha in shas if sha not in self._fleeting]
        self._known = cache.find_records(lasting) if cache is not None and lasting else {}
        unknown = [e for e, sha in zip(entries, shas, strict=True) if sha not in self._known]
        self._pending: list[Pending] = [
            pool.submit(unknown[start : start + _SLICE]) for start in range(0, len(unknown), _SLICE)
        ]

    @property
    def is_ready(self) -> bool:
        """Tell whether nobody else has to finish first."""
        return all(pending.is_ready for pending in self._pending)

    def result(self) -> Iterator[Record]:
        """Yield the records in the order of the commits."""
        fresh = [record for pending in self._pending for record in pending.result()]
        if self._cache is not None and fresh:
            lasting = [r for r in fresh if r.day is not None and r.sha not in self._fleeting]
            self._cache.keep_records(lasting)
        found = self._known | {record.sha: record for record in fresh}
        for entry in self._entries:
            record = found[entry.sha.decode("ascii")]
            if self._find_area is not None:
                record = replace(record, area=self._find_area(read_paths(entry)))
            yield record


def _complete(records: list[Record | None], reading: _Reading) -> list[Record]:
    rest = reading.result()
    return [record if record is not None else next(rest) for record in records]


def _report_progress(batches: Iterable[list[Entry]]) -> Iterator[list[Entry]]:
    """Yield the batches; when git fails, say how many commits came before."""
    count, last = 0, b""
    try:
        for batch in batches:
            if batch:
                count, last = count + len(batch), batch[-1].sha
            yield batch
    except UndecidedError as error:
        place = f", the last one {last[:_SHORT].decode('ascii')}" if count else ""
        seen = f"commits read before that: {count}{place}"
        hint = error.hint or "`git fsck` names what is missing; fetch it, or narrow the range"
        raise UndecidedError(f"{error.message}; {seen}", hint=hint) from None
