"""Turn one `git log -z` stream into entries, many at a time and nothing decoded."""

from __future__ import annotations

from itertools import starmap
from typing import TYPE_CHECKING, NamedTuple

from whygate.git.entry import Entry

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Iterator, Sequence

    from whygate.git.git import Git

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


class Range(NamedTuple):
    """The commits that can be reached from `tip` and not from `base`, both full hashes."""

    base: str | None
    tip: str


def read_entries(  # noqa: PLR0913 - one for each choice git offers
    git: Git,
    revs: Range | Sequence[str],
    *,
    first_parent: bool,
    limit: int | None = None,
    rows: str = "",
    within: Sequence[str] = (),
    children_first: bool = False,
    grep: Sequence[str] = (),
) -> Generator[list[Entry]]:
    """Yield the commits of a range, newest first, or exactly the listed hashes, in order.

    One git process; a list holds what one read of its pipe completes, about 1 MiB. `limit` is
    the greatest number of commits. `rows` is `NAMES` or `LINES` to ask for the changed paths,
    or their numbers of lines as well, against the first parent. `within` keeps the commits that
    touch one of these paths (git-log, `-- <path>...`), which git takes literally and from the
    directory it runs in. `children_first` keeps every commit behind all that build on it,
    whatever their dates, at the price of a slow start. `grep` keeps the commits of which a line
    matches one of these basic regular expressions, whatever its case. Raises UndecidedError when
    git fails or falls silent.
    """
    if not isinstance(revs, Range) and not revs:
        return
    command = [*_LOG, *_walk(revs, first_parent=first_parent, limit=limit)]
    if children_first:
        command.append("--topo-order")
    if grep:
        command += ["--basic-regexp", "--regexp-ignore-case", *(f"--grep={g}" for g in grep)]
    if rows:
        command += [rows, "--diff-merges=first-parent", "--format=%x00" + "%x00".join(_FIELDS)]
    else:
        command.append("--format=" + "%x00".join(_FIELDS))
    chunks = git.stream(*command, "--end-of-options", *_hashes(revs), "--", *within)
    yield from _parse_with_rows(chunks) if rows else _parse(chunks)


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


def _parse(chunks: Iterable[bytes]) -> Iterator[list[Entry]]:
    """Yield commits from an endless run of fields, seven for each commit."""
    waiting: list[bytes] = []
    for fields in _fields(chunks):
        waiting += fields
        whole = len(waiting) - len(waiting) % _WIDTH
        one = iter(waiting[:whole])
        yield list(starmap(Entry, zip(*[one] * _WIDTH, strict=True)))
        del waiting[:whole]


def _parse_with_rows(chunks: Iterable[bytes]) -> Iterator[list[Entry]]:
    """Yield commits that start with an empty field and end with any number of paths.

    A path is never empty, so the first empty field after the seven begins the next commit.
    """
    waiting: list[bytes] = []
    searched = 0
    for fields in _fields(chunks):
        waiting += fields
        start = 0
        entries: list[Entry] = []
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


def _with_rows(fields: list[bytes]) -> Entry:
    rows = fields[1 + _WIDTH :]
    if rows:
        rows[0] = rows[0].removeprefix(b"\n")  # git's empty line between message and paths
    return Entry._make((*fields[1 : 1 + _WIDTH], tuple(rows), ()))
