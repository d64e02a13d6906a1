"""What a foreign `.git` may hold that git must not open: pipes and devices, which hang or fill it.

git opens what it finds (gitrepository-layout, git-config "Includes"). A pipe in the place of a
file makes it wait for ever, a device such as `/dev/zero` makes it read until memory ends. Both can
only come with a directory that was copied or unpacked, as git itself never writes them.
"""

from __future__ import annotations

import os
import re
import stat
from typing import TYPE_CHECKING

from whygate.errors import UndecidedError
from whygate.text.patterns import later

if TYPE_CHECKING:
    from whygate.git.repository import Repository

# Never opened by a question of ours: programs, other worktrees' and submodules' repositories.
_UNREAD = frozenset(("hooks", "modules", "worktrees", "lfs", "fsmonitor--daemon"))
_BESIDE = (".gitattributes", ".gitmodules", ".mailmap")
_CONFIGS = ("config", "config.worktree")
_ALTERNATES = ("objects", "info", "alternates")
_INCLUDED = later(r'^[ \t]*path[ \t]*=[ \t]*"?([^"\n#;]+)"?', re.IGNORECASE | re.MULTILINE)
_LIMIT = 1 << 20  # bytes of a configuration file or a list that are looked at
_MOST_STEPS = 10  # from one file to the next; git stops at as many includes, and at 5 alternates


def require_plain_files(repository: Repository) -> None:
    """Raise UndecidedError where a pipe or a device stands in a place that git may open.

    Looked at, and never opened, are the git directory with all that is in it, what its
    configuration includes, and the object directories it borrows from.
    """
    for top in dict.fromkeys((repository.git_dir, repository.common_dir)):
        _require_directory(str(top), seen=set())
        for name in _CONFIGS:
            _require_config(str(top / name))
    _require_alternates(str(repository.common_dir.joinpath(*_ALTERNATES)))
    if repository.worktree is not None:
        for name in _BESIDE:
            _require_file(str(repository.worktree / name))


def _require_directory(directory: str, *, seen: set[str]) -> None:
    real = os.path.realpath(directory)
    if real in seen:  # a link to a directory above
        return
    seen.add(real)
    try:
        entries = list(os.scandir(directory))
    except OSError:  # git has its own words for what it cannot read
        return
    for entry in entries:
        if entry.is_dir():
            if entry.name not in _UNREAD:
                _require_directory(entry.path, seen=seen)
        elif not entry.is_file(follow_symlinks=False):
            _require_file(entry.path)


def _require_config(path: str, step: int = 0) -> None:
    _require_file(path)
    for found in _INCLUDED.finditer(_read(path)):
        target = os.path.expanduser(found[1].strip())  # noqa: PTH111 - never raises
        target = os.path.join(os.path.dirname(path), target)  # noqa: PTH118, PTH120
        if step < _MOST_STEPS:
            _require_config(target, step + 1)


def _require_alternates(path: str, step: int = 0) -> None:
    _require_file(path)
    for line in _read(path).split("\n"):
        if line and not line.startswith("#") and step < _MOST_STEPS:
            objects = os.path.join(os.path.dirname(path), "..", line.strip('"'))  # noqa: PTH118, PTH120
            _require_directory(objects, seen=set())
            _require_alternates(os.path.join(objects, "info", "alternates"), step + 1)  # noqa: PTH118


def _require_file(path: str) -> None:
    try:
        found = os.stat(path)  # noqa: PTH116
    except (OSError, ValueError):  # absent, a link that leads nowhere, or no name of a file
        return
    mode = found.st_mode
    if stat.S_ISCHR(mode) and found.st_rdev == os.stat(os.devnull).st_rdev:  # noqa: PTH116
        return  # an empty file
    is_pipe = stat.S_ISFIFO(mode)
    if is_pipe or stat.S_ISCHR(mode) or stat.S_ISBLK(mode):
        shown = "".join(mark if mark.isprintable() else "?" for mark in path)
        raise UndecidedError(
            f"`{shown}` is a {'pipe' if is_pipe else 'device'}: git would wait for it for ever",
            hint="remove it, or clone the repository anew",
        )


def _read(path: str) -> str:
    """Return the start of a plain file, empty when it is none or cannot be read."""
    try:
        if not stat.S_ISREG(os.stat(path).st_mode):  # noqa: PTH116
            return ""
        with open(path, "rb") as stream:  # noqa: PTH123
            return os.fsdecode(stream.read(_LIMIT))
    except (OSError, ValueError):
        return ""
