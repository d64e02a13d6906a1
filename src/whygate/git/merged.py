"""Find the commits that the merges of a branch brought in, while its history is being walked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from whygate.git.history import to_commit
from whygate.text.commit import commit_part, to_change, union_change
from whygate.text.message import is_merge_subject

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from whygate.git.entry import Entry
    from whygate.model import Change


class BroughtCommits:
    """The commits each merge brought in: what no older change of the branch holds.

    `batches` walk the whole history behind `tip`, children first; they are asked for when a merge
    is. `keep` returns what to remember of a commit, None for nothing.
    """

    def __init__(
        self, batches: Iterator[list[Entry]], tip: str, keep: Callable[[Entry], Entry | None]
    ) -> None:
        self._batches = batches
        self._keep = keep
        self._expected = tip.encode("ascii")  # the next change of the branch
        self._numbers: dict[bytes, int] = {}  # the changes seen, counted from the newest
        self._owners: dict[bytes, int] = {}  # of the parents that are not seen yet
        self._open: dict[int, int] = {}  # how many of them a change has
        self._brought: dict[int, list[Entry]] = {}

    def of(self, sha: bytes) -> tuple[Entry, ...]:
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

    def _see(self, entry: Entry) -> None:
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


def with_brought(batches: Iterable[list[Entry]], brought: BroughtCommits) -> Iterator[list[Entry]]:
    """Yield the changes of a branch; merges hold the commits they brought in."""
    for batch in batches:
        yield [
            entry._replace(brought=brought.of(entry.sha)) if b" " in entry.parents else entry
            for entry in batch
        ]


def carried_change(entry: Entry) -> Change:
    """Return an entry of the stream as the change to judge.

    A merge carries the texts of the commits it brought in, weaker than its own.
    """
    return _carry(to_change(to_commit(entry)), entry)


def named_change(entry: Entry) -> Change:
    """Return the same, but a merge whose subject a tool wrote is named after its oldest commit."""
    change = to_change(to_commit(entry))
    if entry.brought and is_merge_subject(change.title):
        return union_change(map(to_commit, entry.brought), pending=change)
    return _carry(change, entry)


def _carry(change: Change, entry: Entry) -> Change:
    if not entry.brought:
        return change
    parts = (commit_part(to_change(to_commit(commit))) for commit in entry.brought)
    return replace(change, parts=(*change.parts, *parts))
