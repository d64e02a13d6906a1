"""The records of a history, newest change first."""

from __future__ import annotations

import os
from collections import deque
from contextlib import closing
from functools import partial
from itertools import chain, dropwhile, islice
from typing import TYPE_CHECKING

from msgspec.structs import replace

from whygate.errors import InputError, UndecidedError
from whygate.git.log import NAMES, read_log, read_paths, to_commit
from whygate.history.pool import Pending, ReadingPool
from whygate.history.recorder import Recorder
from whygate.history.requests import name_home
from whygate.history.store import (
    LastWalk,
    RecordCache,
    cache_directory,
    code_key_once,
    policy_key,
    unpack,
)
from whygate.history.target import Unit
from whygate.text.commit import commit_part, to_change, union_change
from whygate.text.message import is_merge_subject

if TYPE_CHECKING:
    from collections.abc import (
        Callable,
        Container,
        Generator,
        Iterable,
        Iterator,
        Mapping,
        Sequence,
    )
    from datetime import date
    from pathlib import Path

    from whygate.audit.areas import FindArea
    from whygate.audit.record import Record
    from whygate.git.log import LoggedCommit
    from whygate.git.run import Git
    from whygate.history.outcomes import Written
    from whygate.history.requests import Descriptions
    from whygate.history.target import Target, Walk
    from whygate.model import Change
    from whygate.outcomes.ledger import Kept
    from whygate.policy.policy import Policy

_SLICE = 24  # commits that one process reads at a time
_MOST_WAITING = 24  # lists of records that wait for a reading before the next one is taken
_SHORT = 12
_AT_ONCE = 1_000  # known records
_OF_ONE = 2  # a walk, and that it is the last one


def open_cache(target: Target, own: Path | None = None) -> RecordCache:
    """Return the user's cache for one policy and what it was read with.

    `own` is a directory for this repository alone: there its last walk is kept, and no more.
    """
    variant = " ".join(["paths"] * (target.find_area is not None) + ["words"] * target.keeps_words)
    key = policy_key(target.policy, code=f"{code_key_once()} {variant}")
    if own is not None:
        return RecordCache(own, key, most_walks=_OF_ONE, keeps_each=False)
    try:
        directory: Path | None = cache_directory(os.environ)
    except InputError:  # the history is read all the same
        directory = None
    return RecordCache(directory, key)


def walk_key(target: Target, written: Written) -> str:
    """Return what names a walk, and what its records were read with, in the cache."""
    return f"{target.walk_key}{written.key}"


def read_records(
    target: Target,
    written: Written,
    cache: RecordCache | None,
    *,
    jobs: int,
    limit: int | None = None,
) -> Iterator[list[Record]]:
    """Yield the records of a walk, many at a time, the newest `limit` of them.

    A walk that was read to its end before comes from the cache as a whole; of one that went on
    since, what is new is read, and what is told of anew. Raises UndecidedError when git fails.
    """
    key = walk_key(target, written)
    if cache is not None and (known := cache.find_walk(key)) is not None:
        yield from known
        return
    earlier = _Earlier(target, written, cache)
    reader = Reader(
        target.git,
        target.policy,
        target.today,
        jobs=jobs,
        find_area=target.find_area,
        cache=None if target.unit is Unit.MERGED else cache,
        kept=written.kept,
        keeps_words=target.keeps_words,
        descriptions=written.descriptions,
    )
    kept: list[Record] = []
    for batch in earlier.follow(reader, target.walk(limit)):
        if cache is not None and limit is None:
            kept += batch
        yield batch
    if cache is not None and kept and all(record.day is not None for record in kept):
        cache.keep_walk(key, kept)
        earlier.keep(key, kept)


class _Earlier:
    """The records of a repository's last walk that hold as they are: of a change and all behind it.

    The changes of a branch behind one of them are always the same, and so is what their merges
    brought. `shas` are those changes; where the walk comes to one of them, the rest is known. A
    record that rests on a kept context or an imported description holds while that does.
    """

    def __init__(self, target: Target, written: Written, cache: RecordCache | None) -> None:
        self.shas: set[str] = set()
        self._written = written
        self._cache = cache
        self._parts: list[memoryview] = []  # of the last walk, which another run may forget
        if cache is None or target.unit is Unit.COMMITS or target.span.base or target.within:
            self._cache = None
            return
        self._name = repr((name_home(target.git), str(target.unit), target.area_key))
        last = cache.find_last(self._name)
        if last is not None:
            self._parts = cache.find_parts(last.walk)
            self._find_valid(last.witnesses)

    def _find_valid(self, witnesses: Mapping[str, str]) -> None:
        for record in chain.from_iterable(map(unpack, self._parts)):
            if witnesses.get(record.sha, "") == self._written.witness(record):
                self.shas.add(record.sha)
            else:  # the walk must come by here again
                self.shas.clear()

    def follow(self, reader: Reader, walk: Walk) -> Iterator[list[Record]]:
        """Yield what is read, then what is known from the change on at which the reading ended."""
        count = 0
        for batch in reader.read(walk, until=self.shas):
            count += len(batch)
            yield batch
        if self._cache is not None:
            self._cache.fresh += count
        if not reader.stopped:
            return
        records = chain.from_iterable(map(unpack, self._parts))
        known = dropwhile(lambda record: record.sha != reader.stopped, records)
        rest = islice(known, None if walk.limit is None else walk.limit - count)
        while batch := list(islice(rest, _AT_ONCE)):
            yield batch

    def keep(self, walk: str, records: Iterable[Record]) -> None:
        """Remember a walk that was read to its end as the last one."""
        if self._cache is not None:
            told = ((r.sha, self._written.witness(r)) for r in records)
            self._cache.keep_last(self._name, LastWalk(walk, {s: w for s, w in told if w}))


class Reader:
    """Reads the records of one repository by one policy.

    `find_area` names the area of changed paths, which are read only with it; then the kinds and
    rules that look at paths are judged by them as well. `cache` holds records of commits that
    were read in full before. `kept` holds the contexts that were kept at merges, by full hash:
    they change, so the records of their commits are not cached; nor are those of requests that
    were imported, the `descriptions`. With `keeps_words` records hold the answers themselves.
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
        keeps_words: bool = False,
        descriptions: Descriptions | None = None,
    ) -> None:
        self._git = git
        self._policy = policy
        self._today = today
        self._jobs = jobs
        self._find_area = find_area
        self._cache = cache
        self._kept = kept or {}
        self._keeps_words = keeps_words
        self._descriptions = descriptions
        self.stopped = ""

    def read(self, walk: Walk, until: Container[str] = ()) -> Iterator[list[Record]]:
        """Yield the records of a walk in its order, many at a time.

        Before a change of `until` it ends, which is `stopped` then. Raises UndecidedError, which
        says how far it came, when git fails on the way.
        """
        to_change = named_change if walk.unit is Unit.MERGED else carried_change
        recorder = Recorder(
            self._policy,
            self._today,
            to_change,
            find_area=self._find_area,
            kept=self._kept,
            descriptions=self._descriptions,
        )
        pool = ReadingPool(
            self._policy,
            self._today,
            to_change,
            jobs=self._jobs,
            kept=self._kept,
            keeps_words=self._keeps_words,
            descriptions=self._descriptions,
        )
        waiting: deque[tuple[list[Record | None], _Reading]] = deque()
        with pool:
            for batch in self._read_entries(walk, until, recorder.says_nothing):
                records = list(map(recorder.glance, batch))
                rest = [e for e, record in zip(batch, records, strict=True) if record is None]
                reading = _Reading(rest, pool, self._cache, self._find_area, recorder.is_fleeting)
                waiting.append((records, reading))
                while waiting and (len(waiting) > _MOST_WAITING or waiting[0][1].is_ready):
                    yield _complete(*waiting.popleft())
            while waiting:
                yield _complete(*waiting.popleft())

    def _read_entries(
        self, walk: Walk, until: Container[str], says_nothing: Callable[[bytes], bool]
    ) -> Iterator[list[LoggedCommit]]:
        batches = read_log(
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
        batches = self._stop_before(until, batches) if until else batches
        keep = _keep_said if walk.unit is Unit.FIRST_PARENT else _keep_named
        whole = read_log(self._git, walk.span, first_parent=False, children_first=True)
        brought = BroughtCommits(whole, walk.span.tip, partial(keep, says_nothing))
        with closing(whole), closing(batches):
            yield from _report_progress(with_brought(batches, brought))

    def _stop_before(
        self, until: Container[str], batches: Generator[list[LoggedCommit]]
    ) -> Generator[list[LoggedCommit]]:
        with closing(batches):
            for batch in batches:
                shas = [entry.sha.decode("ascii") for entry in batch]
                end = next((i for i, sha in enumerate(shas) if sha in until), None)
                yield batch[:end]
                if end is not None:
                    self.stopped = shas[end]
                    return


def _keep_said(says_nothing: Callable[[bytes], bool], entry: LoggedCommit) -> LoggedCommit | None:
    """Return a commit that says something."""
    return None if says_nothing(entry.message) else entry


def _keep_named(says_nothing: Callable[[bytes], bool], entry: LoggedCommit) -> LoggedCommit:
    """Return a commit, of one that says nothing only its subject."""
    if says_nothing(entry.message):
        return entry._replace(message=entry.message.partition(b"\n\n")[0])
    return entry


class _Reading:
    """Commits that must be read in full: some known to the cache, the others in the pool."""

    def __init__(
        self,
        entries: Sequence[LoggedCommit],
        pool: ReadingPool,
        cache: RecordCache | None,
        find_area: FindArea | None,
        is_fleeting: Callable[[LoggedCommit], bool],
    ) -> None:
        self._entries = entries
        self._cache = cache
        self._find_area = find_area
        shas = [entry.sha.decode("ascii") for entry in entries]
        # What a merge brought in depends on the range as well.
        self._fleeting = {sha for e, sha in zip(entries, shas, strict=True) if is_fleeting(e)}
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


# How git-log refuses a path before it reads a commit (pathspec.c of git).
_NO_PATHS = ("is outside repository", "is not a valid pathspec")


def _report_progress(batches: Iterable[list[LoggedCommit]]) -> Iterator[list[LoggedCommit]]:
    """Yield the batches; when git fails, say how many commits came before."""
    count, last = 0, b""
    try:
        for batch in batches:
            if batch:
                count, last = count + len(batch), batch[-1].sha
            yield batch
    except UndecidedError as error:
        if any(words in error.message for words in _NO_PATHS):
            raise InputError(
                f"--path names no path of this repository: {error.message}",
                hint="name a file or a folder from its top: --path src",
            ) from None
        place = f", the last one {last[:_SHORT].decode('ascii')}" if count else ""
        seen = f"commits read before that: {count}{place}"
        hint = error.hint or "`git fsck` names what is missing; fetch it, or narrow the range"
        raise UndecidedError(f"{error.message}; {seen}", hint=hint) from None


class BroughtCommits:
    """The commits each merge brought in: what no older change of the branch holds.

    `batches` walk the whole history behind `tip`, children first; they are asked for when a merge
    is. `keep` returns what to remember of a commit, None for nothing.
    """

    def __init__(
        self,
        batches: Iterator[list[LoggedCommit]],
        tip: str,
        keep: Callable[[LoggedCommit], LoggedCommit | None],
    ) -> None:
        self._batches = batches
        self._keep = keep
        self._expected = tip.encode("ascii")  # the next change of the branch
        self._numbers: dict[bytes, int] = {}  # the changes seen, counted from the newest
        self._owners: dict[bytes, int] = {}  # of the parents that are not seen yet
        self._open: dict[int, int] = {}  # how many of them a change has
        self._brought: dict[int, list[LoggedCommit]] = {}

    def of(self, sha: bytes) -> tuple[LoggedCommit, ...]:
        """Return what is kept of the commits that came with a merge of the branch, newest first."""
        while not self._is_complete(sha):
            batch = next(self._batches, None)
            if batch is None:
                break
            for entry in batch:
                self._see(entry)
        return tuple(self._brought.pop(self._numbers.get(sha, 0), ()))

    def _is_complete(self, sha: bytes) -> bool:
        number = self._numbers.get(sha)
        return number is not None and not self._open.get(number)

    def _see(self, entry: LoggedCommit) -> None:
        owner = self._forget(entry.sha)
        parents = entry.parents.split()
        if entry.sha == self._expected:
            owner = self._numbers[entry.sha] = len(self._numbers) + 1
            self._expected = parents[0] if parents else b""
            del parents[:1]
        elif owner and (kept := self._keep(entry)) is not None:
            self._brought.setdefault(owner, []).append(kept)
        for parent in parents:
            self._await(parent, owner)

    def _await(self, parent: bytes, owner: int) -> None:
        """Remember that the oldest change that leads to a commit owns it."""
        if owner > self._owners.get(parent, 0):
            self._forget(parent)
            self._owners[parent] = owner
            self._open[owner] = self._open.get(owner, 0) + 1

    def _forget(self, sha: bytes) -> int:
        owner = self._owners.pop(sha, 0)
        if owner:
            self._open[owner] -= 1
        return owner


def with_brought(
    batches: Iterable[list[LoggedCommit]], brought: BroughtCommits
) -> Iterator[list[LoggedCommit]]:
    """Yield the changes of a branch; merges hold the commits they brought in."""
    for batch in batches:
        yield [
            entry._replace(brought=brought.of(entry.sha)) if b" " in entry.parents else entry
            for entry in batch
        ]


def carried_change(entry: LoggedCommit) -> Change:
    """Return an entry of the stream as the change to judge.

    A merge carries the texts of the commits it brought in, weaker than its own.
    """
    return _carry(to_change(to_commit(entry)), entry)


def named_change(entry: LoggedCommit) -> Change:
    """Return the same, but a merge whose subject a tool wrote is named after its oldest commit."""
    change = to_change(to_commit(entry))
    if entry.brought and is_merge_subject(change.title):
        return union_change(map(to_commit, entry.brought), pending=change)
    return _carry(change, entry)


def _carry(change: Change, entry: LoggedCommit) -> Change:
    if not entry.brought:
        return change
    parts = (commit_part(to_change(to_commit(commit))) for commit in entry.brought)
    return replace(change, parts=(*change.parts, *parts))
