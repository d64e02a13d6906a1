"""Let one process at a time write a file that others may be writing too."""

from __future__ import annotations

import os
import stat
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

from whygate.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_NEW_FILE = 0o666
# A link at the last step could lead the writer out of the repository.
_FLAGS = os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)


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
