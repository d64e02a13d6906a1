"""Repositories whose hooks are whygate's, and a git that may fail, with or without an editor."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, Protocol

import pytest
from msgspec import Struct
from tests.cli.conftest import run, spawn  # noqa: F401  (fixtures)

import whygate
from whygate.setup.hook_script import Interpreter, install_hook

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.conftest import MakeRepo, Repo

PLAN = """\
Problem: exports stop at row 100, so 40 accountants retype the rest every month
Audience: accountants at firms with more than ten clients
Outcome: they close the month without retyping a single row
Measurement: retyped rows per accountant goes from 30 to 0 by +30d
"""

SOURCES = Path(whygate.__file__).parents[1]
THIS = Interpreter(Path(sys.executable), Path(whygate.__file__))


class Done(NamedTuple):
    """How a git command ended, and everything it and its hooks said."""

    status: int
    said: str


class Hooked(Struct):
    """A repository with hooks installed; `git` may fail, `repo.git` may not."""

    repo: Repo
    environ: Mapping[str, str]
    scripts: Path

    def git(self, *args: str, cwd: Path | None = None, **environ: str | None) -> Done:
        """Run git with the hooks' environment; a variable that is None is taken away."""
        wanted = {**self.environ, **{k: v for k, v in environ.items() if v is not None}}
        done = subprocess.run(
            ["git", *args],
            cwd=cwd or self.repo.path,
            env={k: v for k, v in wanted.items() if environ.get(k, v) is not None},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
        )
        return Done(done.returncode, (done.stdout + done.stderr).decode("utf-8", "replace"))

    def commit(self, *args: str, cwd: Path | None = None, **environ: str | None) -> Done:
        """Run `git commit --allow-empty` with further arguments."""
        return self.git("commit", "--allow-empty", *args, cwd=cwd, **environ)

    def editor(self, script: str) -> str:
        """Return a value for GIT_EDITOR: a shell script that is given the file as $1."""
        path = self.scripts / f"editor-{len(list(self.scripts.iterdir()))}.sh"
        path.write_text(f"#!/bin/sh\nset -e\n{script}\n")
        path.chmod(0o755)
        return str(path)

    def typing(self, text: str) -> str:
        """Return an editor that puts `text` in front of what the file holds."""
        source = self.scripts / f"typed-{len(list(self.scripts.iterdir()))}.txt"
        source.write_text(text)
        return self.editor(f'cp "$1" "$1.seen"; cat "{source}" "$1.seen" > "$1"')

    def shell(self, command: str, cwd: Path | None = None, **environ: str) -> Done:
        """Run a line as a user would paste it."""
        done = subprocess.run(
            ["sh", "-c", command],
            cwd=cwd or self.repo.path,
            env={**self.environ, **environ},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
        )
        return Done(done.returncode, (done.stdout + done.stderr).decode("utf-8", "replace"))

    def message(self, rev: str = "HEAD") -> str:
        """Return the message of a commit as git shows it."""
        return self.repo.git("log", "-1", "--format=%B", rev)

    @property
    def file(self) -> Path:
        """Return the path of the message file."""
        return self.repo.path / ".git" / "COMMIT_EDITMSG"


class Hook(Protocol):
    """Installs hooks (default: commit-msg) into a repository."""

    def __call__(self, repo: Repo, *names: str) -> Hooked: ...


@pytest.fixture
def hook(tmp_path: Path, git_environ: dict[str, str]) -> Hook:
    """Give an installer of hooks that run this checkout."""

    def hook(repo: Repo, *names: str) -> Hooked:
        hooks = repo.path / repo.git("rev-parse", "--git-path", "hooks")
        for name in names or ("commit-msg",):
            install_hook(hooks, name, THIS)
        scripts = tmp_path / "scripts"
        scripts.mkdir(exist_ok=True)
        coverage = {k: v for k, v in os.environ.items() if k.startswith(("COV", "PYTHON"))}
        path = {"PYTHONPATH": str(SOURCES), "GIT_EDITOR": "false"}
        return Hooked(repo, {**coverage, **git_environ, **path}, scripts)

    return hook


@pytest.fixture
def hooked(repo: Repo, hook: Hook) -> Hooked:
    """Give a repository on the new branch `work` of `main`, with the commit-msg hook."""
    repo.git("switch", "--quiet", "--create", "work")
    return hook(repo)


@pytest.fixture
def on_main(repo: Repo, hook: Hook) -> Hooked:
    """Give a repository on `main`, where each commit is a change."""
    return hook(repo)


@pytest.fixture
def unborn(make_repo: MakeRepo, hook: Hook) -> Hooked:
    """Give a repository without a commit, with the commit-msg hook."""
    return hook(make_repo("unborn"))
