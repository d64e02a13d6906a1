"""The commits of a range, and how people name a range."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from whygate.errors import InputError, UndecidedError
from whygate.git.git import SHALLOW_HINT
from whygate.git.log import LINES, NAMES, Range, read_entries
from whygate.text.commit import Commit, utc_day

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from whygate.git.entry import Entry
    from whygate.git.git import Git


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
