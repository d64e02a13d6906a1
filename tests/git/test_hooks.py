"""What git is doing, and where hooks are, read from the files of a repository."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from whygate.git.hooks import (
    HooksDirectory,
    find_hooks_directory,
    find_manager,
    find_operation,
    find_user_home,
    read_head_branch,
)
from whygate.git.repository import Repository, find_repository

if TYPE_CHECKING:
    from tests.conftest import MakeRepo, Repo


def repository_of(repo: Repo) -> Repository:
    found = find_repository(repo.path)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("rebase-merge/done", "a rebase"),
        ("rebase-apply/patch", "a rebase"),
        ("rebase-apply/applying", "`git am`"),
        ("CHERRY_PICK_HEAD", "a cherry-pick"),
        ("REVERT_HEAD", "a revert"),
        ("MERGE_HEAD", "a merge"),
        ("ORIG_HEAD", ""),
    ],
)
def test_operation_is_found(tmp_path: Path, name: str, words: str) -> None:
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    path.write_text("x")

    assert find_operation(tmp_path) == (f"{words} is in progress" if words else "")


@pytest.mark.parametrize(
    ("head", "branch"),
    [
        ("ref: refs/heads/main\n", "main"),
        ("ref: refs/heads/feat/é\n", "feat/é"),
        ("ref: refs/heads/.invalid\n", ""),
        ("ref: refs/remotes/origin/x\n", ""),
        ("1" * 40 + "\n", ""),
        (None, ""),
    ],
    ids=["main", "nested", "reftable", "other", "detached", "absent"],
)
def test_branch_is_read_from_head(tmp_path: Path, head: str | None, branch: str) -> None:
    if head is not None:
        (tmp_path / "HEAD").write_text(head)

    assert read_head_branch(tmp_path) == branch


def test_bare_repository_counts_from_its_own_directory(make_repo: MakeRepo) -> None:
    bare = make_repo("bare.git", "--bare")
    found = find_hooks_directory(repository_of(bare), "own", Path("/home"))

    assert found == HooksDirectory(bare.path / "own", configured=True, inside=True)
    assert find_manager(repository_of(bare), found) == ""


@pytest.mark.parametrize("name", ["lefthook.yml", ".lefthook.toml"])
def test_lefthook_is_known_by_its_files(repo: Repo, name: str) -> None:
    repo.write(name)
    directory = find_hooks_directory(repository_of(repo), "", Path("/home"))

    assert directory == HooksDirectory(repo.path / ".git" / "hooks")
    assert find_manager(repository_of(repo), directory) == "lefthook"


def test_home_is_the_environments() -> None:
    assert find_user_home({"HOME": "/there"}) == Path("/there")
    assert find_user_home({}) == Path.home()
