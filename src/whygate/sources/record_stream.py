"""Turn the history of a repository into records: quick glances here, full readings in a pool."""

from __future__ import annotations

from collections import deque
from enum import StrEnum
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from whygate.audit.entry import read_paths
from whygate.audit.recorder import Recorder
from whygate.errors import UndecidedError
from whygate.sources.log import NAMES, Range, read_entries
from whygate.sources.merged import fold_merges, merged_change
from whygate.sources.reading_pool import Pending, ReadingPool, entry_change

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
    from datetime import date

    from whygate.audit.areas import FindArea
    from whygate.audit.entry import Entry
    from whygate.audit.record import Record
    from whygate.outcomes.event import Kept
    from whygate.policy.policy import Policy
    from whygate.sources.git import Git
    from whygate.sources.record_cache import RecordCache

_SLICE = 24  # commits that one process reads at a time
_MOST_WAITING = 24  # lists of records that wait for a reading before the next one is taken
_BATCH = 512
_SHORT = 12


class Unit(StrEnum):
    """What counts as one change of a history."""

    FIRST_PARENT = "first-parent changes"
    MERGED = "first-parent changes with the commits they merged"
    COMMITS = "commits"


class Walk(Struct, frozen=True):
    """Which changes of a history to read: `within` are paths, `limit` the most of them."""

    span: Range
    unit: Unit = Unit.FIRST_PARENT
    within: tuple[str, ...] = ()
    limit: int | None = None


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
        self._find_area = find_area
        self._cache = cache
        self._kept = kept or {}
        self._recorder = Recorder(policy, today, entry_change, find_area=find_area, kept=kept)
        self._pool = ReadingPool(policy, today, jobs=jobs, kept=kept)

    def read(self, walk: Walk) -> Iterator[list[Record]]:
        """Yield the records of a walk in its order, many at a time.

        Raises UndecidedError, which says how far it came, when git fails on the way.
        """
        if walk.unit is Unit.MERGED:
            yield from self._read_merged(walk)
            return
        batches = _report_progress(
            read_entries(
                self._git,
                walk.span,
                first_parent=walk.unit is Unit.FIRST_PARENT,
                limit=walk.limit,
                rows=NAMES if self._find_area is not None else "",
                within=walk.within,
            )
        )
        waiting: deque[tuple[list[Record | None], _Reading]] = deque()
        with self._pool:
            for batch in batches:
                waiting.append(self._take(batch))
                while waiting and (len(waiting) > _MOST_WAITING or waiting[0][1].is_ready):
                    yield _complete(*waiting.popleft())
            while waiting:
                yield _complete(*waiting.popleft())

    def _take(self, batch: list[Entry]) -> tuple[list[Record | None], _Reading]:
        """Return the records of a batch as far as a glance gives them, and the rest's reading."""
        records = list(map(self._recorder.glance, batch))
        rest = [entry for entry, record in zip(batch, records, strict=True) if record is None]
        return records, _Reading(rest, self._pool, self._cache, self._find_area, self._kept)

    def _read_merged(self, walk: Walk) -> Iterator[list[Record]]:
        batches = _report_progress(
            read_entries(
                self._git,
                walk.span,
                first_parent=False,
                within=walk.within,
                children_first=True,
            )
        )
        records: list[Record] = []
        for merged in fold_merges(batches, walk.span.tip, self._recorder.is_silent):
            if walk.limit is not None and len(records) == walk.limit:
                break
            record = self._recorder.glance(merged.entry) if not merged.commits else None
            if record is None:
                record = self._recorder.judge(merged_change(merged), merged.entry)
            records.append(record)
        for start in range(0, len(records), _BATCH):
            yield records[start : start + _BATCH]


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
        self._kept = kept
        shas = [entry.sha.decode("ascii") for entry in entries]
        lasting = [sha for sha in shas if sha not in kept]
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
            lasting = [r for r in fresh if r.day is not None and r.sha not in self._kept]
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
