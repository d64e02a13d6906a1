"""Append to `.whygate/results.jsonl`, one writer at a time, without touching what it holds."""

from __future__ import annotations

import os
import stat
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

from whygate.errors import InputError
from whygate.outcomes.ledger import LEDGER_PATH

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from whygate.git.run import Git

_NEW_FILE = 0o666
# A link at the last step could lead the writer out of the repository.
_FLAGS = os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
_CONFLICT = b"<<<<<<<"


@contextmanager
def locked_file(path: Path) -> Iterator[int]:
    """Give the descriptor of a plain file, made if it is absent, that nobody else has locked.

    The lock is the operating system's and falls when the process ends, however it ends. Raises
    InputError when `path` is a link, no plain file, or cannot be opened for writing.
    """
    if path.is_symlink():
        raise InputError(f"`{path}` is a symbolic link", hint="put the file itself there")
    try:
        handle = os.open(path, _FLAGS, _NEW_FILE)
    except OSError as error:
        raise InputError(f"`{path}` cannot be written: {error.strerror}") from None
    try:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise InputError(f"`{path}` is not a plain file")
        _lock(handle, path)
        yield handle
    finally:
        os.close(handle)


def _lock(handle: int, path: Path) -> None:
    try:
        if sys.platform == "win32":
            import msvcrt  # noqa: PLC0415

            # The byte far behind the end: what others read or append is not in the way.
            os.lseek(handle, 1 << 40, os.SEEK_SET)
            msvcrt.locking(handle, msvcrt.LK_LOCK, 1)
        else:
            import fcntl  # noqa: PLC0415

            fcntl.flock(handle, fcntl.LOCK_EX)
    except OSError as error:
        raise InputError(f"`{path}` cannot be locked: {error.strerror}") from None


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
