"""What git is in the middle of, and where a repository has its hooks."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from whygate.git.repository import Repository
    from whygate.git.run import Git

HOOK = "commit-msg"

# gitrepository-layout, and git's wt-status.c: these exist while the operation waits for a commit.
_OPERATIONS = (
    ("rebase-merge", "a rebase is in progress"),
    ("rebase-apply/applying", "`git am` is in progress"),
    ("rebase-apply", "a rebase is in progress"),
    ("CHERRY_PICK_HEAD", "a cherry-pick is in progress"),
    ("REVERT_HEAD", "a revert is in progress"),
    ("MERGE_HEAD", "a merge is in progress"),
)
_ON_BRANCH = "ref: refs/heads/"
_HEAD_LIMIT = 4_096
# Files by which each manager is configured; it writes the hooks itself, again and again.
_MANAGERS = {
    "lefthook": tuple(
        f"{dot}lefthook.{ending}" for dot in ("", ".") for ending in ("yml", "yaml", "toml", "json")
    ),
    "pre-commit": (".pre-commit-config.yaml",),
}


class HooksDirectory(Struct, frozen=True):
    """Where git looks for hooks.

    `inside` tells that it lies in the repository, so that no other repository uses it.
    """

    path: Path
    inside: bool = True


def find_operation(git_dir: Path) -> str:
    """Return what git is in the middle of, as a clause; empty when nothing.

    `git_dir` is the worktree's own directory: each worktree has its own operations.
    """
    return next((clause for name, clause in _OPERATIONS if (git_dir / name).exists()), "")


def read_head_branch(git_dir: Path) -> str:
    """Return the branch HEAD is on without a git process; empty when detached or not known.

    A repository in the reftable format says `.invalid` here, which no branch may be called.
    """
    try:
        with (git_dir / "HEAD").open("rb") as stream:
            head = os.fsdecode(stream.read(_HEAD_LIMIT)).removesuffix("\n")
    except OSError:
        return ""
    name = head.removeprefix(_ON_BRANCH)
    return "" if name in (head, ".invalid") else name


def find_hooks_directory(repository: Repository, git: Git) -> HooksDirectory:
    """Return the directory in which git looks for the hooks of a repository, as git says it.

    Raises UndecidedError when git cannot say.
    """
    here = git.directory or Path.cwd()
    path = Path(os.path.normpath((here / git.hook_path(HOOK)).parent))
    top = repository.worktree or repository.git_dir
    real = path.resolve()
    homes = (top.resolve(), repository.common_dir.resolve())
    return HooksDirectory(path, inside=any(real.is_relative_to(place) for place in homes))


def find_manager(repository: Repository, directory: HooksDirectory) -> str:
    """Return the tool that manages the hooks of a repository, empty when none is known."""
    if ".husky" in directory.path.parts:
        return "husky"
    top = repository.worktree
    if top is None:
        return ""
    return next(
        (tool for tool, names in _MANAGERS.items() if any((top / n).is_file() for n in names)), ""
    )
