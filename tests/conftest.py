"""Real git for every test that asks: hermetic, with fixed identities and dates."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import hypothesis.internal.entropy  # noqa: F401 - registers generators that gc.freeze would hide
import pytest

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from _pytest.terminal import TerminalReporter

FIRST_DAY = 1_735_732_800  # 2025-01-01 12:00 UTC; each commit is a day later


@dataclass
class Repo:
    """A repository under test; `environ` is all that git, and the code under test, may see."""

    path: Path
    environ: Mapping[str, str]
    commits: int = 0

    def git(self, *args: str, data: bytes | None = None, **environ: str) -> str:
        """Run git here, fail the test when it fails, and return what it prints, stripped."""
        done = subprocess.run(
            ["git", "-C", str(self.path), *args],
            input=b"" if data is None else data,
            capture_output=True,
            check=False,
            env={**self.environ, **environ},
        )
        assert done.returncode == 0, done.stderr.decode("utf-8", "replace")
        return done.stdout.decode("utf-8", "surrogateescape").strip()

    def write(self, name: str, content: str | bytes = "") -> Path:
        """Write a file of the worktree and return its path."""
        path = self.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    def commit(self, message: str, files: Mapping[str, str] | None = None, **environ: str) -> str:
        """Commit `files` (none: an empty commit) one day after the last, and return the hash."""
        for name, content in (files or {}).items():
            self.write(name, content)
        self.git("add", "--all")
        when = f"{FIRST_DAY + 86_400 * self.commits} +0000"
        dates = {"GIT_AUTHOR_DATE": when, "GIT_COMMITTER_DATE": when}
        options = ("--quiet", "--allow-empty", "--no-verify", "--cleanup=verbatim")
        self.git("commit", *options, "--file=-", data=message.encode(), **(dates | environ))
        self.commits += 1
        return self.head()

    def head(self) -> str:
        """Return the hash of HEAD."""
        return self.git("rev-parse", "HEAD")


class MakeRepo(Protocol):
    """Makes a new repository below tmp_path with `git init` and the given options."""

    def __call__(self, name: str = "repo", *options: str) -> Repo: ...


@pytest.fixture
def git_environ(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Give an environment in which git knows nothing of this machine but its program."""
    home = tmp_path_factory.mktemp("home")
    (home / "templates").mkdir()
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "XDG_CONFIG_HOME": str(home / "config"),
        "WHYGATE_CACHE_DIR": str(home / "cache"),
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": str(home / "gitconfig"),
        "GIT_TEMPLATE_DIR": str(home / "templates"),
        "GIT_AUTHOR_NAME": "Ada Author",
        "GIT_AUTHOR_EMAIL": "ada@example.org",
        "GIT_COMMITTER_NAME": "Cleo Committer",
        "GIT_COMMITTER_EMAIL": "cleo@example.org",
        "GIT_AUTHOR_DATE": f"{FIRST_DAY} +0000",
        "GIT_COMMITTER_DATE": f"{FIRST_DAY} +0000",
        "LC_ALL": "C.UTF-8",
        "TZ": "UTC",
    }


@pytest.fixture(autouse=True)
def _no_git_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take away what a hook or a shell around the tests would tell git."""
    for name in tuple(os.environ):
        if name.startswith("GIT_"):
            monkeypatch.delenv(name)


@pytest.fixture(autouse=True)
def _no_cache_outside(
    monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Keep what whygate stores out of the user's own cache."""
    monkeypatch.setenv("WHYGATE_CACHE_DIR", str(tmp_path_factory.getbasetemp() / "cache"))


@pytest.fixture
def make_repo(tmp_path: Path, git_environ: dict[str, str]) -> MakeRepo:
    """Give a maker of empty repositories whose first branch is `main`."""

    def make(name: str = "repo", *options: str) -> Repo:
        repo = Repo(tmp_path / name, git_environ)
        repo.path.mkdir(parents=True)
        repo.git("init", "--quiet", "--initial-branch=main", *options)
        return repo

    return make


@pytest.fixture
def empty_repo(make_repo: MakeRepo) -> Repo:
    """Give a repository without a commit."""
    return make_repo()


@pytest.fixture
def repo(empty_repo: Repo) -> Repo:
    """Give a repository with one commit on `main`."""
    empty_repo.commit("Begin\n", {"README.md": "hello\n"})
    return empty_repo


_crashed: list[str] = []  # tests during which a process that runs tests died


@pytest.hookimpl(optionalhook=True)
def pytest_handlecrashitem(crashitem: str, report: pytest.TestReport, sched: Any) -> None:
    """Run a test once more whose process died, and say so; a second death is a failure.

    Seen once in some 80,000 tests on Python 3.11.2, without a trace: what a test finds is an
    exception, and never ends the process it runs in. (pytest-xdist, newhooks.py)
    """
    if crashitem not in _crashed:
        _crashed.append(crashitem)
        report.outcome = "rerun"  # type: ignore[assignment]
        sched.mark_test_pending(crashitem)


def pytest_terminal_summary(terminalreporter: TerminalReporter) -> None:
    """Name each test that was run twice."""
    for test in _crashed:
        terminalreporter.write_line(f"The process that ran {test} died. The test was run again.")
