"""Finding a repository gives what git itself would say."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from whygate.git.repository import Repository, find_repository

if TYPE_CHECKING:
    from tests.conftest import MakeRepo, Repo


def _ask_git(repo: Repo, start: Path) -> Repository:
    def ask(option: str) -> Path:
        shown = repo.git("-C", str(start), "rev-parse", "--path-format=absolute", option)
        return Path(shown)

    bare = repo.git("-C", str(start), "rev-parse", "--is-inside-work-tree") == "false"
    top = None if bare else ask("--show-toplevel")
    return Repository(top, ask("--git-dir"), ask("--git-common-dir"))


def test_find_repository_in_a_subdirectory(repo: Repo) -> None:
    start = repo.path / "deep" / "er"
    start.mkdir(parents=True)

    assert find_repository(start) == _ask_git(repo, start)


def test_find_repository_without_a_commit(empty_repo: Repo) -> None:
    assert find_repository(empty_repo.path) == _ask_git(empty_repo, empty_repo.path)


def test_find_repository_bare(make_repo: MakeRepo) -> None:
    bare = make_repo("bare.git", "--bare")

    found = find_repository(bare.path / "refs")

    assert found == Repository(None, bare.path, bare.path)
    assert found == _ask_git(bare, bare.path / "refs")


def test_find_repository_inside_git_dir(repo: Repo) -> None:
    found = find_repository(repo.path / ".git")

    assert found == Repository(None, repo.path / ".git", repo.path / ".git")


def test_find_repository_linked_worktree(repo: Repo, tmp_path: Path) -> None:
    linked = tmp_path / "linked"
    repo.git("worktree", "add", "--quiet", str(linked))

    found = find_repository(linked)

    assert found == _ask_git(repo, linked)
    assert found == Repository(linked, repo.path / ".git/worktrees/linked", repo.path / ".git")


def test_find_repository_submodule(repo: Repo, make_repo: MakeRepo) -> None:
    inner = make_repo("inner")
    inner.commit("Inner\n")
    allowed = ("-c", "protocol.file.allow=always")
    repo.git(*allowed, "submodule", "--quiet", "add", str(inner.path), "sub")

    found = find_repository(repo.path / "sub")

    assert found == _ask_git(repo, repo.path / "sub")
    assert found is not None
    assert found.git_dir == repo.path / ".git/modules/sub"


def test_find_repository_nowhere(tmp_path: Path) -> None:
    assert find_repository(tmp_path) is None


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"gitdir: /nowhere\n", id="leads-nowhere"),
        pytest.param(b"hello\n", id="no-gitfile"),
        pytest.param(b"gitdir: a\0b\n", id="nul"),
        pytest.param(b"gitdir: \xff\xfe\n", id="not-utf-8"),
    ],
)
def test_find_repository_broken_gitfile_ends_search(repo: Repo, content: bytes) -> None:
    repo.write("sub/.git", content)

    assert find_repository(repo.path / "sub") is None


def test_find_repository_passes_over_empty_git_directory(repo: Repo) -> None:
    (repo.path / "sub" / ".git").mkdir(parents=True)

    assert find_repository(repo.path / "sub") == _ask_git(repo, repo.path / "sub")


def test_find_repository_unreadable_commondir(repo: Repo) -> None:
    repo.write(".git/commondir", b"a\0b")

    assert find_repository(repo.path) == Repository(
        repo.path, repo.path / ".git", repo.path / ".git"
    )


def test_find_repository_named_by_hook(repo: Repo, tmp_path: Path) -> None:
    found = find_repository(repo.path, environ={"GIT_DIR": ".git"})

    assert found == Repository(repo.path, repo.path / ".git", repo.path / ".git")
    assert find_repository(tmp_path, environ={"GIT_DIR": "nowhere"}) is None


def test_find_repository_named_by_hook_of_bare_repository(make_repo: MakeRepo) -> None:
    bare = make_repo("bare.git", "--bare")

    assert find_repository(bare.path, environ={"GIT_DIR": "."}) == Repository(
        None, bare.path, bare.path
    )


def test_find_repository_with_work_tree_apart(make_repo: MakeRepo, tmp_path: Path) -> None:
    bare = make_repo("dotfiles", "--bare")
    environ = {"GIT_DIR": str(bare.path), "GIT_WORK_TREE": "home"}

    assert find_repository(tmp_path, environ=environ) == Repository(
        tmp_path / "home", bare.path, bare.path
    )


def test_find_repository_named_by_gitfile(repo: Repo, tmp_path: Path) -> None:
    linked = tmp_path / "linked"
    repo.git("worktree", "add", "--quiet", str(linked))

    found = find_repository(linked, environ={"GIT_DIR": ".git"})

    assert found == find_repository(linked)
