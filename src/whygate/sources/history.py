"""Turn one `git log` stream into commits, and commits into the changes to judge."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, NamedTuple

from whygate.errors import InputError, UndecidedError
from whygate.model import Author, Change, Origin, Part
from whygate.sources.git import SHALLOW_HINT
from whygate.text.message import decode, is_fixup, split_subject

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from whygate.sources.git import Git

# NUL is the only byte that no commit message, name or path can hold, so it alone separates.
# https://git-scm.com/docs/pretty-formats
_FIELDS = ("%H", "%P", "%an", "%ae", "%ct", "%e", "%B")
_WIDTH = len(_FIELDS)
# --no-mailmap: a bare clone without trees would lack the tree that holds `.mailmap`.
_LOG = (
    *("log", "-z", "--encoding=UTF-8", "--no-color", "--no-decorate", "--no-notes"),
    *(
        "--no-mailmap",
        "--no-show-signature",
        "--no-ext-diff",
        "--no-textconv",
        "--no-renames",
        "--no-relative",
    ),
)
_EPOCH = date(1970, 1, 1).toordinal()
_LAST_DAY = date.max.toordinal() - _EPOCH
_DAY = 86_400
_LONGEST_TIME = 12  # digits; more is far beyond the year 9999
_SHORT = 12
_SQUASHED = re.compile(r"\(#([0-9]{1,10})\)$")
# GitHub's own merge, and bors' (https://bors.tech): the request's title is the next paragraph.
_MERGED = re.compile(r"(?:Merge pull request|Auto merge of) #([0-9]{1,10}) ")


class Range(NamedTuple):
    """The commits that can be reached from `tip` and not from `base`, both full hashes."""

    base: str | None
    tip: str


@dataclass(frozen=True, slots=True)
class Commit:
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
    if not isinstance(revs, Range) and not revs:
        return
    command = [*_LOG, *_walk(revs, first_parent=first_parent, limit=limit)]
    if paths or lines:
        command.append("--numstat" if lines else "--name-only")
        command.append("--diff-merges=first-parent")
        command.append("--format=%x00" + "%x00".join(_FIELDS))
    else:
        command.append("--format=" + "%x00".join(_FIELDS))
    chunks = git.stream(*command, "--end-of-options", *_hashes(revs), "--")
    if paths or lines:
        yield from _parse_with_paths(chunks, numstat=lines)
    else:
        yield from _parse(chunks)


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


def to_change(commit: Commit, *, identity: str = "") -> Change:
    """Return a commit of the history as the change to judge; its one part is the whole message.

    The identity is `identity`, else `#123` from the subject that GitHub writes for a squash
    (`... (#123)`) or a merge (`Merge pull request #123 from ...`), else the short hash. The
    title is the subject; a merge by GitHub or bors keeps the request's as second paragraph.
    """
    text = decode(commit.message)
    title, body = split_subject(text)
    number = _SQUASHED.search(title)
    if merged := _MERGED.match(title):
        number = merged
        title = split_subject(body)[0] or title
    known = f"#{number[1]}" if number else commit.short_sha
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
        parts=(*(pending.parts if pending else ()), *map(_commit_part, known)),
        author=first.author,
        branch=branch or (pending.branch if pending else ""),
        paths=_all_paths(everything),
        lines_changed=_all_lines(everything),
        day=everything[0].day,
    )


def _walk(revs: Range | Sequence[str], *, first_parent: bool, limit: int | None) -> Iterator[str]:
    if not isinstance(revs, Range):
        yield "--no-walk=unsorted"
    elif revs.base is not None:
        yield "--topo-order"  # cheap with a base, and children come first whatever their dates
    if first_parent:
        yield "--first-parent"
    if limit is not None:
        yield f"--max-count={limit:d}"


def _hashes(revs: Range | Sequence[str]) -> Iterator[str]:
    if not isinstance(revs, Range):
        yield from revs
        return
    yield revs.tip
    if revs.base is not None:
        yield f"^{revs.base}"


def _parse(chunks: Iterable[bytes]) -> Iterator[Commit]:
    """Yield commits from an endless run of fields, seven for each commit."""
    waiting: list[bytes] = []
    for fields in _fields(chunks):
        waiting += fields
        whole = len(waiting) - len(waiting) % _WIDTH
        for start in range(0, whole, _WIDTH):
            yield _commit(waiting[start : start + _WIDTH])
        del waiting[:whole]


def _parse_with_paths(chunks: Iterable[bytes], *, numstat: bool) -> Iterator[Commit]:
    """Yield commits that start with an empty field and end with any number of paths.

    A path is never empty, so the first empty field after the seven begins the next commit.
    """
    waiting: list[bytes] = []
    searched = 0
    for fields in _fields(chunks):
        waiting += fields
        start = 0
        while end := _find_empty(waiting, max(searched, start + 1 + _WIDTH)):
            yield _commit_with_paths(waiting[start:end], numstat=numstat)
            start = end
        searched = len(waiting) - start
        del waiting[:start]
    if waiting:
        yield _commit_with_paths(waiting, numstat=numstat)


def _fields(chunks: Iterable[bytes]) -> Iterator[list[bytes]]:
    """Yield the NUL-ended fields that each chunk completes; a field may span many chunks."""
    rest: list[bytes] = []
    for chunk in chunks:
        head, nul, tail = chunk.rpartition(b"\0")
        if not nul:
            rest.append(chunk)
            continue
        yield b"".join((*rest, head)).split(b"\0")
        rest = [tail]


def _find_empty(fields: list[bytes], start: int) -> int:
    try:
        return fields.index(b"", start)
    except ValueError:
        return 0


def _commit_with_paths(fields: list[bytes], *, numstat: bool) -> Commit:
    commit = _commit(fields[1 : 1 + _WIDTH])
    rows = fields[1 + _WIDTH :]
    if rows:
        rows[0] = rows[0].removeprefix(b"\n")  # git's empty line between message and paths
    if not numstat:
        return replace(commit, paths=_texts(rows))
    counts = [row.split(b"\t", 2) for row in rows]
    return replace(
        commit,
        paths=_texts(path for _, _, path in counts),
        # a binary file has `-` for both numbers
        lines_changed=sum(int(n) for added, gone, _ in counts for n in (added, gone) if n != b"-"),
    )


def _commit(fields: list[bytes]) -> Commit:
    sha, parents, name, mail, seconds, encoding, message = fields
    return Commit(
        sha.decode("ascii"),
        tuple(parents.decode("ascii").split()),
        name.decode("utf-8", "replace"),
        mail.decode("utf-8", "replace"),
        _utc_day(seconds),
        message,
        encoding.decode("utf-8", "replace"),
    )


def _utc_day(seconds: bytes) -> date | None:
    """Return the day of a Unix time; git leaves it empty when the commit's date is malformed."""
    if not seconds.isdigit() or len(seconds) > _LONGEST_TIME:
        return None
    days = int(seconds) // _DAY
    return date.fromordinal(_EPOCH + days) if days <= _LAST_DAY else None


def _texts(values: Iterable[bytes]) -> tuple[str, ...]:
    return tuple(value.decode("utf-8", "replace") for value in values)


def _author(commit: Commit) -> Author:
    return Author(commit.author_name, commit.author_mail)


def _commit_part(change: Change) -> Part:
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
