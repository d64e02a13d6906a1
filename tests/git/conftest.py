"""Strange repositories: what git can hold and a tool must survive."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import pytest

from whygate.git.run import Git

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import MakeRepo, Repo

EMPTY_TREE = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"
GOOD = b"A <a@x> 1735732800 +0000"


class WriteCommit(Protocol):
    """Writes a commit object byte for byte and returns its hash; no branch moves."""

    def __call__(
        self,
        message: bytes,
        *,
        author: bytes = GOOD,
        committer: bytes = GOOD,
        headers: bytes = b"",
    ) -> str: ...


class FakeGit(Protocol):
    """Gives a Git whose program is a shell script, with a short time limit."""

    def __call__(self, script: str, timeout: float = 0.2) -> Git: ...


@pytest.fixture
def git(repo: Repo) -> Git:
    """Give the Git of a repository with one commit."""
    return Git(repo.path, environ=repo.environ)


@pytest.fixture
def fake_git(tmp_path: Path, git_environ: dict[str, str]) -> FakeGit:
    """Give a maker of a Git that runs `script` instead of git."""

    def make(script: str, timeout: float = 0.2) -> Git:
        program = tmp_path / "bin" / "git"
        program.parent.mkdir()
        program.write_text(f"#!/bin/sh\n{script}\n")
        program.chmod(0o755)
        path = f"{program.parent}:{git_environ['PATH']}"
        return Git(environ={**git_environ, "PATH": path}, timeout=timeout)

    return make


@pytest.fixture
def write_commit(repo: Repo) -> WriteCommit:
    """Give a writer of commits that `git commit` would not make."""

    def write(
        message: bytes, *, author: bytes = GOOD, committer: bytes = GOOD, headers: bytes = b""
    ) -> str:
        repo.git("hash-object", "-t", "tree", "-w", "--stdin")
        lines = (b"tree " + EMPTY_TREE.encode(), b"author " + author, b"committer " + committer)
        data = b"\n".join(lines) + b"\n" + headers + b"\n" + message
        return repo.git("hash-object", "-t", "commit", "-w", "--literally", "--stdin", data=data)

    return write


@pytest.fixture
def long_repo(repo: Repo) -> Repo:
    """Give a repository with three commits that change files."""
    repo.commit("Second\n", {"a.txt": "1\n"})
    repo.commit("Third\n", {"a.txt": "2\n", "b.txt": "1\n"})
    return repo


@pytest.fixture
def shallow(long_repo: Repo, tmp_path: Path) -> Git:
    """Give the Git of a clone that holds only the last commit."""
    return _clone(long_repo, tmp_path / "shallow", "--depth=1")


@pytest.fixture
def blobless(long_repo: Repo, tmp_path: Path) -> Git:
    """Give the Git of a bare partial clone without file contents."""
    long_repo.git("config", "uploadpack.allowFilter", "true")
    return _clone(long_repo, tmp_path / "blobless", "--bare", "--filter=blob:none")


@pytest.fixture
def treeless(long_repo: Repo, tmp_path: Path) -> Git:
    """Give the Git of a bare partial clone that has only commits."""
    long_repo.git("config", "uploadpack.allowFilter", "true")
    return _clone(long_repo, tmp_path / "treeless", "--bare", "--filter=tree:0")


@pytest.fixture
def sha256(make_repo: MakeRepo) -> Git:
    """Give the Git of a SHA-256 repository with one commit."""
    repo = make_repo("sha256", "--object-format=sha256")
    repo.commit("Long hash\n", {"f": "x\n"})
    return Git(repo.path, environ=repo.environ)


def _clone(origin: Repo, target: Path, *options: str) -> Git:
    origin.git("clone", "--quiet", *options, f"file://{origin.path}", str(target))
    return Git(target, environ=origin.environ)
