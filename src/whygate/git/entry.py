"""One commit of a `git log` stream, as git printed it."""

from __future__ import annotations

from typing import NamedTuple


class Entry(NamedTuple):
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
    brought: tuple[Entry, ...] = ()


def read_paths(entry: Entry) -> tuple[str, ...]:
    """Return the changed paths of an entry that was read with their names."""
    return tuple(row.decode("utf-8", "replace") for row in entry.rows or ())
