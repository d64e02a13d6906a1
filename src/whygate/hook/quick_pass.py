"""Let a plain commit message pass from the stored plan, before anything else is imported.

The plan says of each file and directory it was made from what was in them, and counts only while
all of that is still so. A message that it does not accept is judged properly.
"""

from __future__ import annotations

import os
import sys

from whygate.hook.quick import VERSION, accepts
from whygate.version import __version__

# The module `typing` costs 8 ms to import; type checkers know this name.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from whygate.hook.quick import Plan

_MESSAGE_LIMIT = 16_385
_PLAN_LIMIT = 1 << 20
_NO_EDITOR = ":"
_REGULAR, _KIND = 0o100000, 0o170000
_OTHERS_MAY_WRITE = 0o022


def passes_quickly(args: Sequence[str], environ: Mapping[str, str]) -> bool:
    """Tell whether these arguments ask a commit-msg hook about a message that certainly passes."""
    if len(args) != 3 or list(args[:2]) != ["hook", "commit-msg"] or "WHYGATE_VERBOSE" in environ:
        return False
    try:
        stored = read_stored(environ, os.getcwd())
        plan = stored.get("plan") if stored is not None else None
        data = _read(args[2], _MESSAGE_LIMIT) if plan is not None else None
    except (OSError, ValueError, RecursionError):
        return False
    if not isinstance(plan, dict) or data is None:
        return False
    import time  # noqa: PLC0415  (built in)

    today = time.strftime("%Y-%m-%d", time.gmtime())
    is_edited = environ.get("GIT_EDITOR", "") != _NO_EDITOR
    return accepts(data, plan, today=today, is_edited=is_edited)


def read_stored(environ: Mapping[str, str], directory: str) -> Plan | None:
    """Return what is stored for a directory if everything it was made from is unchanged.

    `plan` is the plan or None, `layers` the configuration's. Raises OSError, ValueError or
    RecursionError for a file that cannot be read.
    """
    path = plan_path(environ, directory)
    if path is None or not _is_private(path):
        return None
    import json  # noqa: PLC0415  (2 ms, and only where there is a plan)

    stored = json.loads(_read(path, _PLAN_LIMIT) or b"null")
    if not isinstance(stored, dict) or stored.get("key") != plan_key(environ, directory):
        return None
    inputs = stored.get("inputs")
    if not isinstance(inputs, list) or not all(map(_is_unchanged, inputs)):
        return None
    return stored


def plan_path(environ: Mapping[str, str], directory: str) -> str | None:
    """Return where the plan of a directory is stored, None when plans are switched off.

    In WHYGATE_CACHE_DIR, else the user's cache directory (XDG Base Directory). None in a
    checkout of whygate itself, whose code changes without a new version.
    """
    if not is_installed():
        return None
    home = environ.get("XDG_CACHE_HOME", "") or os.path.join(os.path.expanduser("~"), ".cache")
    cache = environ.get("WHYGATE_CACHE_DIR", "") or os.path.join(home, "whygate")
    import binascii  # noqa: PLC0415  (built in)

    name = f"{binascii.crc32(os.fsencode(directory)):08x}.json"
    return os.path.join(cache, "plans", name) if os.path.isabs(cache) else None


def is_installed() -> bool:
    """Tell whether this code is an installed package and no checkout."""
    package = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    return os.path.isdir(os.path.join(package, "schemas"))


def plan_key(environ: Mapping[str, str], directory: str) -> list[str]:
    """Return what a plan is for: the code, the directory, and the repository git names."""
    code = os.stat(__file__)
    return [
        f"{__version__} {VERSION} {sys.hexversion:x} {code.st_mtime_ns} {code.st_size}",
        os.path.abspath(__file__),
        directory,
        environ.get("GIT_DIR", ""),
        environ.get("GIT_WORK_TREE", ""),
    ]


def list_names(directory: str) -> list[str] | None:
    """Return the sorted names in a directory, None when there is none."""
    try:
        return sorted(os.listdir(directory))
    except (FileNotFoundError, NotADirectoryError):
        return None


def _is_unchanged(entry: object) -> bool:
    """Tell whether a directory has the same names, or a file the same bytes, as in the plan."""
    if not isinstance(entry, list) or len(entry) != 3:
        return False
    kind, path, known = entry
    if not isinstance(path, str):
        return False
    if kind == "names":
        return bool(list_names(path) == known)
    data = _read(path, _PLAN_LIMIT)
    return bool((None if data is None else data.decode("utf-8", "surrogateescape")) == known)


def _is_private(path: str) -> bool:
    """Tell whether only the user can have written the plan."""
    try:
        found = os.stat(path)
    except OSError:
        return False
    owner = getattr(os, "geteuid", None)
    if owner is not None and found.st_uid != owner():
        return False
    return os.name == "nt" or not found.st_mode & _OTHERS_MAY_WRITE


def _read(path: str, limit: int) -> bytes | None:
    """Return the bytes of a regular file, None when there is none; a pipe could wait for ever."""
    try:
        if os.stat(path).st_mode & _KIND != _REGULAR:
            raise ValueError(path)
        with open(path, "rb") as stream:
            data = stream.read(limit)
    except (FileNotFoundError, NotADirectoryError):
        return None
    if len(data) == limit:
        raise ValueError(path)
    return data
