"""Read `.whygate/results.jsonl`, and append to it without touching what it holds."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from whygate.errors import InputError
from whygate.loop.file_lock import locked_file
from whygate.outcomes.ledger import LEDGER_PATH

if TYPE_CHECKING:
    from pathlib import Path

    from whygate.git.run import Git

_CONFLICT = b"<<<<<<<"


def append_line(root: Path, line: str) -> int:
    """Append one line to the ledger of a repository and return its number.

    What is there is never written again: a last line without an end gets one first. The line is
    on the disk when this returns. Raises InputError when the file or its directory is a symbolic
    link, cannot be written, or holds a merge conflict that nobody has resolved.
    """
    path = root / LEDGER_PATH
    _require_directory(path.parent)
    with locked_file(path) as handle:
        os.lseek(handle, 0, os.SEEK_SET)
        with os.fdopen(os.dup(handle), "rb") as stream:
            known = stream.read()
        if known.startswith(_CONFLICT) or b"\n" + _CONFLICT in known:
            raise InputError(
                f"`{LEDGER_PATH}` holds a merge conflict",
                hint="keep the lines of both sides, delete the marks, and record again",
            )
        start = b"\n" if known and not known.endswith(b"\n") else b""
        try:
            os.lseek(handle, 0, os.SEEK_END)
            _write_all(handle, start + line.encode("utf-8") + b"\n")
            os.fsync(handle)
        except OSError as error:
            raise InputError(f"`{path}` cannot be written: {error.strerror}") from None
    return known.count(b"\n") + len(start) + 1


def merges_by_union(git: Git) -> bool:
    """Tell whether git merges the ledger line by line (gitattributes, `merge=union`)."""
    told = git.run("check-attr", "-z", "merge", "--", LEDGER_PATH)
    return told.split(b"\0")[2:3] == [b"union"]


def _require_directory(directory: Path) -> None:
    if directory.is_symlink():
        raise InputError(f"`{directory}` is a symbolic link", hint="put the directory itself there")
    try:
        directory.mkdir(exist_ok=True)
    except OSError as error:
        raise InputError(f"`{directory}` cannot be made: {error.strerror}") from None


def _write_all(handle: int, data: bytes) -> None:
    while data:
        data = data[os.write(handle, data) :]
