"""The texts that a ref of git notes keeps beside commits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from whygate.git.tree import read_objects

if TYPE_CHECKING:
    from whygate.git.run import Git

CONTEXT_REF = "refs/notes/product-context"
RESULTS_REF = "refs/notes/product-results"
FETCH_COMMAND = "git fetch {remote} 'refs/notes/*:refs/notes/*'"
_NOTE_LIMIT = 1 << 20  # bytes of one note; a larger one is left out and named


class Note(Struct, frozen=True):
    """The text of one note and the full hash of the commit it is attached to."""

    sha: str
    text: str


class Notes(Struct, frozen=True):
    """The notes of one ref: `tip` is its commit (empty: there is no such ref).

    `too_large` are the commits whose notes were not read.
    """

    ref: str
    tip: str = ""
    notes: tuple[Note, ...] = ()
    too_large: tuple[str, ...] = ()


def read_notes(git: Git, ref: str) -> Notes:
    """Return every note of a ref, in the order of the commits' hashes, with three git processes.

    Bytes that are no UTF-8 become lone surrogates, so that a reader of lines can tell which one
    is damaged.
    """
    tip = git.run("for-each-ref", "--format=%(objectname)", ref).decode("ascii").strip()
    if not tip:
        return Notes(ref)
    listed = git.run("notes", f"--ref={ref}", "list").decode("ascii", "replace")
    pairs = sorted((sha, blob) for blob, sha in (row.split(" ", 1) for row in listed.splitlines()))
    found = read_objects(git, [blob for _, blob in pairs], limit=_NOTE_LIMIT)
    notes = tuple(
        Note(sha, found[blob].decode("utf-8", "surrogateescape"))
        for sha, blob in pairs
        if blob in found
    )
    return Notes(ref, tip, notes, tuple(sha for sha, blob in pairs if blob not in found))
