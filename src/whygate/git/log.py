"""The commits of a range as `git log` prints them, and how people name a range."""

from __future__ import annotations

from itertools import starmap
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from msgspec.structs import replace

from whygate.errors import InputError, UndecidedError
from whygate.git.run import SHALLOW_HINT
from whygate.git.staged import count_lines
from whygate.text.commit import Commit, utc_day

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Iterator, Sequence

    from whygate.git.run import Git

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
NAMES, LINES = "--name-only", "--numstat"
_SHORT = 12
_AT_ONCE = 5_000  # hashes on one command line, which is far from its limit


class LoggedCommit(NamedTuple):
    """The bytes of a commit; `seconds` is the committer's Unix time, empty when malformed.

    `message` is UTF-8 already when git knows the encoding of the commit's header. `rows` are
    the lines of `--name-only` or `--numstat`, None when they were not asked for. `brought` are the
    commits that a merge brought in, as far as they are to be read with it.
    """

    sha: bytes
    parents: bytes
    author_name: bytes
    author_mail: bytes
    seconds: bytes
    encoding: bytes
    message: bytes
    rows: tuple[bytes, ...] | None = None
    brought: tuple[LoggedCommit, ...] = ()


def read_paths(entry: LoggedCommit) -> tuple[str, ...]:
    """Return the changed paths of an entry that was read with their names."""
    return tuple(row.decode("utf-8", "replace") for row in entry.rows or ())


class Range(NamedTuple):
    """The commits that can be reached from `tip` and not from `base`, both full hashes."""

    base: str | None
    tip: str


def read_log(  # noqa: PLR0913 - one for each choice git offers
    git: Git,
    revs: Range | Sequence[str],
    *,
    first_parent: bool,
    limit: int | None = None,
    rows: str = "",
    within: Sequence[str] = (),
    children_first: bool = False,
    grep: Sequence[str] = (),
) -> Generator[list[LoggedCommit]]:
    """Yield the commits of a range, newest first, or exactly the listed hashes, in order.

    One git process; a list holds what one read of its pipe completes, about 1 MiB. `limit` is
    the greatest number of commits. `rows` is `NAMES` or `LINES` to ask for the changed paths,
    or their numbers of lines as well, against the first parent. `within` keeps the commits that
    touch one of these paths (git-log, `-- <path>...`), which git takes literally and from the
    directory it runs in. `children_first` keeps every commit behind all that build on it,
    whatever their dates, at the price of a slow start. `grep` keeps the commits of which a line
    matches one of these basic regular expressions, whatever its case. Raises UndecidedError when
    git fails or falls silent, and when the walk comes to where a shallow clone was cut off: what
    lies behind could be a part of it.
    """
    if not isinstance(revs, Range) and not revs:
        return
    options = [*_walk(revs, first_parent=first_parent, limit=limit)]
    if children_first:
        options.append("--topo-order")
    if grep:
        options += ["--basic-regexp", "--regexp-ignore-case", *(f"--grep={g}" for g in grep)]
    if rows and isinstance(revs, Range) and not first_parent:
        # Only --diff-merges shows a merge against its first parent while all parents are walked,
        # and git 2.30 does not know it: first the walk, then its commits.
        wanted = ("--end-of-options", *_hashes(revs), "--", *within)
        listed = git.run("rev-list", *options, *wanted).decode("ascii").split()
        for start in range(0, len(listed), _AT_ONCE):
            some = listed[start : start + _AT_ONCE]
            yield from read_log(git, some, first_parent=True, rows=rows, within=within)
        return
    form: tuple[str, ...] = ("--format=" + "%x00".join(_FIELDS),)
    if rows:
        form = (rows, "-m", "--first-parent", "--format=%x00" + "%x00".join(_FIELDS))
    wanted = (*form, "--end-of-options", *_hashes(revs), "--", *within)
    chunks = git.stream(*_LOG, *options, *wanted)
    yield from _whole(git, _parse_with_rows(chunks) if rows else _parse(chunks))


def _whole(git: Git, batches: Iterable[list[LoggedCommit]]) -> Iterator[list[LoggedCommit]]:
    """Yield the batches; refuse a commit that has no parents only because they were cut off."""
    edges: frozenset[bytes] | None = None
    for batch in batches:
        for entry in batch:
            if not entry.parents:
                edges = git.shallow_edges() if edges is None else edges
                if entry.sha in edges:
                    short = entry.sha[:_SHORT].decode("ascii")
                    raise UndecidedError(
                        f"this shallow clone is cut off at {short}, where the range goes on",
                        hint=SHALLOW_HINT,
                    )
        yield batch


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


def _parse(chunks: Iterable[bytes]) -> Iterator[list[LoggedCommit]]:
    """Yield commits from an endless run of fields, seven for each commit."""
    waiting: list[bytes] = []
    for fields in _fields(chunks):
        waiting += fields
        whole = len(waiting) - len(waiting) % _WIDTH
        one = iter(waiting[:whole])
        yield list(starmap(LoggedCommit, zip(*[one] * _WIDTH, strict=True)))
        del waiting[:whole]


def _parse_with_rows(chunks: Iterable[bytes]) -> Iterator[list[LoggedCommit]]:
    """Yield commits that start with an empty field and end with any number of paths.

    A path is never empty, so the first empty field after the seven begins the next commit.
    """
    waiting: list[bytes] = []
    searched = 0
    for fields in _fields(chunks):
        waiting += fields
        start = 0
        entries: list[LoggedCommit] = []
        while end := _find_empty(waiting, max(searched, start + 1 + _WIDTH)):
            entries.append(_with_rows(waiting[start:end]))
            start = end
        yield entries
        searched = len(waiting) - start
        del waiting[:start]
    if waiting:
        yield [_with_rows(waiting)]


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


def _with_rows(fields: list[bytes]) -> LoggedCommit:
    rows = fields[1 + _WIDTH :]
    if rows:
        rows[0] = rows[0].removeprefix(b"\n")  # git's empty line between message and paths
    return LoggedCommit._make((*fields[1 : 1 + _WIDTH], tuple(rows), ()))


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
    entries = read_log(git, revs, first_parent=first_parent, limit=limit, rows=rows)
    for batch in entries:
        yield from (to_commit(entry, numstat=lines) for entry in batch)


def parse_range(git: Git, text: str) -> Range:
    """Return the range that `text` names: `A..B`, `A...B` (since they parted), or `B` alone.

    An empty side is HEAD (gitrevisions). In a shallow clone both sides must have a common
    ancestor, else the range would silently lack or gain commits. Raises InputError for an
    unknown revision and for a path, with the option that takes it; UndecidedError when the clone
    is too shallow or the sides are unrelated.
    """
    try:
        return _parse_range(git, text)
    except InputError:
        if path_hint := _name_path(text):
            raise InputError(f"`{text}` is a path and no commit", hint=path_hint) from None
        raise


def _name_path(text: str) -> str:
    """Return how to name a path that stands where commits are named, "" when it is none."""
    path = Path(text)
    try:
        if not path.exists():
            return ""
        is_repository = (path / ".git").exists() or (path / "objects").is_dir()
    except (OSError, ValueError):  # too long, or not a name at all
        return ""
    if is_repository:
        return f"`-C {text}` reads the repository there"
    return f"name commits, such as main..HEAD; `whygate audit --path {text}` takes what touches it"


def _parse_range(git: Git, text: str) -> Range:
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


def to_commit(entry: LoggedCommit, *, numstat: bool = False) -> Commit:
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
        lines_changed=count_lines((added, gone) for added, gone, _ in counts),
    )


def _texts(values: Iterable[bytes]) -> tuple[str, ...]:
    return tuple(value.decode("utf-8", "replace") for value in values)
