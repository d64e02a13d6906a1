"""Turn a whole walk of the history into first-parent changes that hold the commits they merged."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from whygate.model import Change, Origin, Part
from whygate.sources.history import to_change, to_commit, union_change
from whygate.text.message import is_merge_subject

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from whygate.audit.entry import Entry


class Merged(NamedTuple):
    """A change of the branch, and the commits it brought in, the newest first."""

    entry: Entry
    commits: tuple[Entry, ...]


def fold_merges(
    batches: Iterable[list[Entry]], tip: str, is_silent: Callable[[bytes], bool]
) -> Iterator[Merged]:
    """Yield the first-parent changes of a walk in which children come first, newest first.

    A merge brings in what no older change of the branch holds. Commits that say nothing keep
    only their subject: the change of a merge without words of its own is named after the first.
    """
    expected = tip.encode("ascii")
    chain: list[Entry] = []
    others: dict[bytes, Entry] = {}
    for batch in batches:
        for entry in batch:
            if entry.sha == expected:
                chain.append(entry)
                expected = entry.parents.partition(b" ")[0]
            elif is_silent(entry.message):
                others[entry.sha] = entry._replace(message=entry.message.partition(b"\n\n")[0])
            else:
                others[entry.sha] = entry
    brought = _assign(chain, others)
    for entry in chain:
        yield Merged(entry, brought.get(entry.sha, ()))


def merged_change(merged: Merged) -> Change:
    """Return a change with the texts of the commits it merged, weaker than its own.

    A merge whose subject a tool wrote (`Merge branch 'x'`) is named after the oldest commit.
    """
    change = to_change(to_commit(merged.entry))
    if not merged.commits:
        return change
    commits = tuple(to_commit(entry) for entry in merged.commits)
    if is_merge_subject(change.title):
        return union_change(commits, pending=change)
    parts = tuple(to_change(commit).parts[0] for commit in commits)
    return Change(
        identity=change.identity,
        title=change.title,
        parts=(*change.parts, *(Part(Origin.COMMIT, part.path, part.text) for part in parts)),
        author=change.author,
        day=change.day,
        parents=change.parents,
    )


def _assign(chain: list[Entry], others: dict[bytes, Entry]) -> dict[bytes, tuple[Entry, ...]]:
    """Return for each merge of the branch, oldest first, the commits that came with it."""
    order = {sha: number for number, sha in enumerate(others)}
    free = set(others)
    brought: dict[bytes, tuple[Entry, ...]] = {}
    for merge in reversed(chain):
        waiting = merge.parents.split(b" ")[1:]
        found: list[bytes] = []
        while waiting:
            sha = waiting.pop()
            if sha in free:
                free.discard(sha)
                found.append(sha)
                waiting += others[sha].parents.split(b" ")
        if found:
            brought[merge.sha] = tuple(others[sha] for sha in sorted(found, key=order.__getitem__))
    return brought
