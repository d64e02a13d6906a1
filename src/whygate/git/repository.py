"""Where the repository around a directory keeps its things, found without a git process."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Mapping

_GITFILE_LIMIT = 64 * 1024


class Repository(Struct, frozen=True):
    """Where a repository keeps its things.

    `worktree` is the top of the checked-out files (None: bare). `git_dir` is this worktree's
    own directory (HEAD, COMMIT_EDITMSG), `common_dir` the one that all worktrees share.
    """

    worktree: Path | None
    git_dir: Path
    common_dir: Path


def find_repository(start: Path, *, environ: Mapping[str, str] | None = None) -> Repository | None:
    """Return the repository that `start` (a directory) lies in, None when there is none.

    `environ` may name it as git does for its hooks (GIT_DIR, GIT_WORK_TREE). Ownership is not
    checked: a git process that reads the repository still does that. The order is git's own
    (gitrepository-layout, git's setup.c): `.git` of a directory, the directory itself as a bare
    repository, then its parent. A `.git` file that leads nowhere ends the search, as in git.
    """
    named = (environ or {}).get("GIT_DIR", "")
    if named:
        return _find_named(start, named, (environ or {}).get("GIT_WORK_TREE", ""))
    top = start.absolute()
    for directory in (top, *top.parents):
        dot_git = directory / ".git"
        if dot_git.is_file():
            return _open(_follow(dot_git), worktree=directory)
        if _is_git_dir(dot_git):
            return _open(dot_git, worktree=directory)
        if _is_git_dir(directory):
            return _open(directory, worktree=None)
    return None


def _find_named(start: Path, git_dir: str, worktree: str) -> Repository | None:
    """Return the repository that GIT_DIR names; without GIT_WORK_TREE `start` is the top."""
    found = Path(os.path.normpath(start.absolute() / git_dir))
    if found.is_file():
        found = _follow(found) or found
    if worktree:
        return _open(found, worktree=Path(os.path.normpath(start.absolute() / worktree)))
    inside = start.absolute() == found
    return _open(found, worktree=None if inside else start.absolute())


def _open(git_dir: Path | None, *, worktree: Path | None) -> Repository | None:
    if git_dir is None or not _is_git_dir(git_dir):
        return None
    return Repository(worktree, git_dir, _common_dir(git_dir))


def _follow(gitfile: Path) -> Path | None:
    """Return the directory a `.git` file names: its only line is `gitdir: <path>`."""
    content = _read_start(gitfile)
    if not content.startswith("gitdir: "):
        return None
    target = content.removeprefix("gitdir: ").rstrip("\r\n")
    return Path(os.path.normpath(gitfile.parent / target)) if "\0" not in target else None


def _common_dir(git_dir: Path) -> Path:
    """Return where refs and objects are: a linked worktree says so in its `commondir` file."""
    content = _read_start(git_dir / "commondir").rstrip("\r\n")
    if not content or "\0" in content:
        return git_dir
    return Path(os.path.normpath(git_dir / content))


def _is_git_dir(path: Path) -> bool:
    """Tell whether git would take `path` for a repository: HEAD, objects and refs are there."""
    if not os.path.lexists(path / "HEAD"):
        return False
    common = _common_dir(path)
    return (common / "objects").is_dir() and (common / "refs").is_dir()


def _read_start(path: Path) -> str:
    """Return the text of a small regular file, empty when it is none or cannot be read."""
    if not path.is_file():
        return ""
    try:
        with path.open("rb") as stream:
            return os.fsdecode(stream.read(_GITFILE_LIMIT))
    except OSError:
        return ""
