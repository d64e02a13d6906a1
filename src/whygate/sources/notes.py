"""Turn git notes into the texts they hold, and add one line to a note."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from whygate.sources.file_lock import locked_file
from whygate.sources.objects import read_objects

if TYPE_CHECKING:
    from pathlib import Path

    from whygate.sources.git import Git

CONTEXT_REF = "refs/notes/product-context"
RESULTS_REF = "refs/notes/product-results"
FETCH_COMMAND = "git fetch origin 'refs/notes/*:refs/notes/*'"
_NOTE_LIMIT = 1 << 20  # bytes of one note; a larger one is left out and named
_LOCK_NAME = "whygate-notes.lock"


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


def append_note(git: Git, common_dir: Path, ref: str, sha: str, line: str) -> None:
    """Add one line to the note of a commit; what it holds already stays as it is.

    Two runs of whygate take turns; `notes.mergeStrategy = cat_sort_uniq` merges what two clones
    wrote (git-notes). Raises UndecidedError when git fails, InputError when the lock cannot be
    taken.
    """
    with locked_file(common_dir / _LOCK_NAME):
        blob = git.run("notes", f"--ref={ref}", "list", sha, ok=(0, 1)).decode("ascii").strip()
        old = git.run("cat-file", "blob", blob) if blob else b""
        if old and not old.endswith(b"\n"):
            old += b"\n"
        data = old + line.encode("utf-8") + b"\n"
        new = git.run("hash-object", "-w", "--stdin", input=data).decode("ascii").strip()
        git.run("notes", f"--ref={ref}", "add", "-f", "-C", new, sha)
