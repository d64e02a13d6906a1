"""Turn one `git log` stream into commits, and commits into the changes to judge."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from whygate.audit.entry import name_change, utc_day
from whygate.errors import InputError, UndecidedError
from whygate.model import Author, Change, Origin, Part
from whygate.sources.git import SHALLOW_HINT
from whygate.sources.log import LINES, NAMES, Range, read_entries
from whygate.text.message import decode, is_fixup, split_subject

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import date

    from whygate.audit.entry import Entry
    from whygate.sources.git import Git

_SHORT = 12

__all__ = [
    "Commit",
    "Range",
    "parse_range",
    "parse_since_tag",
    "read_commits",
    "to_change",
    "to_commit",
    "union_change",
]


class Commit(Struct, frozen=True):
    """A commit as its author left it: the message in bytes, everything else as text.

    `committed` is the UTC day of the committer date, None when git cannot read the date or no
    calendar holds it. `encoding` is the commit's header; the message is UTF-8 already when git
    knows that encoding. `paths` and `lines_changed` are None when they were not asked for.
    """

    sha: str
    parents: tuple[str, ...]
    author_name: str
    author_mail: str
    committed: date | None
    message: bytes
    encoding: str = ""
    paths: tuple[str, ...] | None = None
    lines_changed: int | None = None

    @property
    def short_sha(self) -> str:
        """Return the first twelve digits of the hash."""
        return self.sha[:_SHORT]


def read_commits(
    git: Git,
    revs: Range | Sequence[str],
    *,
    first_parent: bool,
    limit: int | None = None,
    paths: bool = False,
    lines: bool = False,
) -> Iterator[Commit]:
    """Yield the commits of a range, newest first, or exactly the listed hashes, in order.

    One git process, one commit in memory at a time. `limit` is the greatest number of commits.
    `paths` asks for the changed paths and `lines` for the number of added and deleted lines as
    well (text files only), both against the first parent; `lines` costs a diff per commit.
    Raises UndecidedError when git fails or falls silent.
    """
    rows = LINES if lines else NAMES if paths else ""
    entries = read_entries(git, revs, first_parent=first_parent, limit=limit, rows=rows)
    for batch in entries:
        yield from (to_commit(entry, numstat=lines) for entry in batch)


def parse_range(git: Git, text: str) -> Range:
    """Return the range that `text` names: `A..B`, `A...B` (since they parted), or `B` alone.

    An empty side is HEAD (gitrevisions). In a shallow clone both sides must have a common
    ancestor, else the range would silently lack or gain commits. Raises InputError for an
    unknown revision, UndecidedError when the clone is too shallow or the sides are unrelated.
    """
    start, dots, end = text.partition("...") if "..." in text else text.partition("..")
    tip = git.resolve(end or "HEAD") if dots else git.resolve(text)
    if not dots:
        return Range(None, tip)
    base = git.resolve(start or "HEAD")
    if dots == ".." and not git.is_shallow():
        return Range(base, tip)
    common = git.merge_base(base, tip)
    if common is not None:
        return Range(base if dots == ".." else common, tip)
    sides = f"`{start or 'HEAD'}` and `{end or 'HEAD'}` have no common ancestor"
    if git.is_shallow():
        raise UndecidedError(f"{sides} in this shallow clone", hint=SHALLOW_HINT)
    raise UndecidedError(sides, hint="name two revisions of one history")


def parse_since_tag(git: Git, tag: str, tip: str) -> tuple[str, Range]:
    """Return a tag and the range since it; an empty `tag` means the newest one behind `tip`.

    The newest is the nearest one that `git describe --tags` finds. Raises InputError when there
    is none, or none of that name.
    """
    name = tag
    if not name:
        told = git.run("describe", "--tags", "--abbrev=0", tip, ok=(0, 128))
        name = told.decode("utf-8", "replace").strip()
    if not name:
        raise InputError("no tag leads to this commit", hint="name a revision: `v1.0..HEAD`")
    return name, Range(git.resolve(f"refs/tags/{name}"), tip)


def to_commit(entry: Entry, *, numstat: bool = False) -> Commit:
    """Return what an entry of the stream says; `numstat` tells what its rows are."""
    sha, parents, name, mail, seconds, encoding, message, rows, _ = entry
    commit = Commit(
        sha.decode("ascii"),
        tuple(parents.decode("ascii").split()),
        name.decode("utf-8", "replace"),
        mail.decode("utf-8", "replace"),
        utc_day(seconds),
        message,
        encoding.decode("utf-8", "replace"),
    )
    if rows is None:
        return commit
    return _with_lines(commit, rows) if numstat else replace(commit, paths=_texts(rows))


def to_change(commit: Commit, *, identity: str = "") -> Change:
    """Return a commit of the history as the change to judge; its one part is the whole message.

    The identity is `identity`, else the one of `name_change`; so is the title.
    """
    text = decode(commit.message)
    known, title = name_change(*split_subject(text), commit.sha)
    return Change(
        identity=identity or known,
        title=title,
        parts=(Part(Origin.MESSAGE, commit.short_sha, text),),
        author=_author(commit),
        paths=commit.paths,
        lines_changed=commit.lines_changed,
        day=commit.committed,
        parents=len(commit.parents),
    )


def union_change(
    commits: Iterable[Commit],
    *,
    pending: Change | None = None,
    identity: str = "",
    branch: str = "",
) -> Change:
    """Return the commits of a branch, newest first, taken together as one change.

    `pending` is the commit being written: its parts come before all others. Title and author
    are those of the oldest commit that is no fixup, because it began the work. Raises
    InputError when there is nothing to judge.
    """
    listed = tuple(commits)
    known = tuple(to_change(commit) for commit in listed)
    everything = known if pending is None else (pending, *known)
    if not everything:
        raise InputError("there is no commit to judge in this range")
    first = next(
        (change for change in reversed(everything) if not is_fixup(change.title)), everything[-1]
    )
    return Change(
        identity=identity or everything[0].identity,
        title=first.title,
        parts=(*(pending.parts if pending else ()), *map(commit_part, known)),
        author=first.author,
        branch=branch or (pending.branch if pending else ""),
        paths=_all_paths(everything),
        lines_changed=_all_lines(everything),
        day=everything[0].day,
    )


def _with_lines(commit: Commit, rows: Iterable[bytes]) -> Commit:
    counts = [row.split(b"\t", 2) for row in rows]
    return replace(
        commit,
        paths=_texts(path for _, _, path in counts),
        # a binary file has `-` for both numbers
        lines_changed=sum(int(n) for added, gone, _ in counts for n in (added, gone) if n != b"-"),
    )


def _texts(values: Iterable[bytes]) -> tuple[str, ...]:
    return tuple(value.decode("utf-8", "replace") for value in values)


def _author(commit: Commit) -> Author:
    return Author(commit.author_name, commit.author_mail)


def commit_part(change: Change) -> Part:
    """Return the text of a commit as a part of the change it belongs to."""
    part = change.parts[0]
    return Part(Origin.COMMIT, part.path, part.text)


def _all_paths(changes: Iterable[Change]) -> tuple[str, ...] | None:
    found: dict[str, None] = {}
    for change in changes:
        if change.paths is None:
            return None
        found.update(dict.fromkeys(change.paths))
    return tuple(found)


def _all_lines(changes: Iterable[Change]) -> int | None:
    total = 0
    for change in changes:
        if change.lines_changed is None:
            return None
        total += change.lines_changed
    return total
