"""What git is doing, and where hooks are, read from the files of a repository."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from whygate.git.hooks import (
    HooksDirectory,
    find_hooks_directory,
    find_manager,
    find_operation,
    read_head_branch,
)
from whygate.git.repository import Repository, find_repository
from whygate.git.run import Git

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


def git_of(repo: Repo) -> Git:
    return Git(directory=repo.path, environ=repo.environ)


def test_bare_repository_counts_from_its_own_directory(make_repo: MakeRepo) -> None:
    bare = make_repo("bare.git", "--bare")
    bare.git("config", "core.hooksPath", "own")
    found = find_hooks_directory(repository_of(bare), git_of(bare))

    assert found == HooksDirectory(bare.path / "own", inside=True)
    assert find_manager(repository_of(bare), found) == ""


@pytest.mark.parametrize(
    ("value", "directory", "inside"),
    [
        pytest.param(None, "{top}/.git/hooks", True, id="not set"),
        pytest.param("tools", "{top}/tools", True, id="relative"),
        pytest.param("./a/../tools/", "{top}/tools", True, id="roundabout"),
        pytest.param("{top}/tools", "{top}/tools", True, id="absolute"),
        pytest.param("", "/", False, id="empty: git looks at the root"),
        pytest.param("~/tools", "{home}/tools", False, id="home"),
        pytest.param("~root/tools", "{root}/tools", False, id="somebody's home"),
        pytest.param("%(prefix)/tools", "{prefix}/tools", False, id="where git is installed"),
    ],
)
@pytest.mark.parametrize("below", [False, True], ids=["top", "below"])
def test_hooks_are_where_git_looks(
    repo: Repo, value: str | None, directory: str, inside: bool, below: bool
) -> None:
    prefix = subprocess.run(
        ["git", "-c", "x.y=%(prefix)/", "config", "--type=path", "x.y"],
        env=repo.environ,
        check=True,
        capture_output=True,
        text=True,
    ).stdout.strip()
    known = {
        "top": repo.path,
        "home": repo.environ["HOME"],
        "root": Path("~root").expanduser(),
        "prefix": prefix.rstrip("/"),
    }
    if value is not None:
        repo.git("config", "core.hooksPath", value.format_map(known))
    repo.write("sub/x")
    git = Git(directory=repo.path / "sub" if below else repo.path, environ=repo.environ)
    found = find_hooks_directory(repository_of(repo), git)

    assert found == HooksDirectory(Path(directory.format_map(known)), inside=inside)


@pytest.mark.parametrize("name", ["lefthook.yml", ".lefthook.toml"])
def test_lefthook_is_known_by_its_files(repo: Repo, name: str) -> None:
    repo.write(name)
    directory = find_hooks_directory(repository_of(repo), git_of(repo))

    assert directory == HooksDirectory(repo.path / ".git" / "hooks")
    assert find_manager(repository_of(repo), directory) == "lefthook"
