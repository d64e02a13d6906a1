"""Files in the user's cache that nobody else wrote: found, read, and written whole.

Every commit loads this module, so it loads nothing that Python has not loaded itself.
"""

from __future__ import annotations

import binascii
import os

# The module `typing` costs 8 ms to import; type checkers know this name.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

# A directory each.
POLICIES, SAID, EXTENDED, PATTERNS = KINDS = ("policies", "said", "extended", "patterns")
_LIMIT = 4 << 20
_REGULAR, _DIRECTORY, _KIND = 0o100000, 0o040000, 0o170000
_OTHERS_MAY_WRITE = 0o022


def place_in_cache(environ: Mapping[str, str], kind: str, subject: str) -> str | None:
    """Return where the user's cache keeps one kind of file about a subject, None without one."""
    home = environ.get("XDG_CACHE_HOME", "") or os.path.join(os.path.expanduser("~"), ".cache")
    cache = os.path.expanduser(environ.get("WHYGATE_CACHE_DIR", ""))
    cache = cache or os.path.join(home, "whygate")
    name = f"{binascii.crc32(os.fsencode(subject)):08x}.json"
    return os.path.join(cache, kind, name) if os.path.isabs(cache) else None


def read_own(path: str) -> bytes | None:
    """Return a file that only the user can have written, in a directory of which that is true.

    The file is opened first and looked at then, so that no other takes its place meanwhile; a
    link is not followed, and a pipe is not waited for. None when there is none.
    """
    try:
        if not _is_own(os.lstat(os.path.dirname(path)), _DIRECTORY):
            return None
        flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
        descriptor = os.open(path, flags | getattr(os, "O_BINARY", 0))
    except OSError:
        return None
    with os.fdopen(descriptor, "rb") as stream:
        if not _is_own(os.fstat(descriptor), _REGULAR):
            return None
        data = stream.read(_LIMIT)
    if len(data) == _LIMIT:
        raise ValueError(path)
    return data


def _is_own(found: os.stat_result, kind: int) -> bool:
    if found.st_mode & _KIND != kind:
        return False
    owner = getattr(os, "geteuid", None)
    if owner is not None and found.st_uid != owner():
        return False
    return os.name == "nt" or not found.st_mode & _OTHERS_MAY_WRITE


def write_own(path: str, data: bytes) -> None:
    """Write a file that only the user can read and write, whole or not at all.

    Where others may write (a shared cache directory), a name that is there already is neither
    opened nor followed.
    """
    home = os.path.dirname(path)
    os.makedirs(home, mode=0o700, exist_ok=True)
    if not _is_own(os.lstat(home), _DIRECTORY):
        return
    draft = f"{path}.{os.urandom(8).hex()}"
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0)
    descriptor = os.open(draft, flags | getattr(os, "O_BINARY", 0), 0o600)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(data)
        os.replace(draft, path)
    except OSError:
        os.unlink(draft)
        raise


def remove_kept(environ: Mapping[str, str]) -> int:
    """Delete every file of every kind that the user's cache keeps; return the bytes freed.

    A directory that is a link is left alone. Raises OSError when a file cannot be deleted.
    """
    freed = 0
    for kind in KINDS:
        home = os.path.dirname(place_in_cache(environ, kind, "") or "")
        if not os.path.isdir(home) or os.path.islink(home):
            continue
        for file in list(os.scandir(home)):
            if not file.is_dir(follow_symlinks=False):
                freed += file.stat(follow_symlinks=False).st_size
                os.unlink(file.path)
    return freed
