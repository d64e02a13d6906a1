"""Real hook managers that run a snapshot of this checkout in repositories of their own."""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import subprocess
import sys
import venv
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, Protocol

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tests.conftest import Repo

GOOD = """\
feat(export): write every row

Problem: exports stop at row 100, so 40 accountants retype the rest every month
Audience: accountants at firms with more than ten clients
Outcome: they close the month without retyping a single row
Measurement: retyped rows per accountant goes from 30 to 0 by +30d
"""

ROOT = Path(__file__).parents[2]
HINTS = {
    "pre-commit": "pip install pre-commit",
    "prek": "pip install prek",
    "lefthook": "npm install --no-save --ignore-scripts lefthook, its node_modules/.bin on PATH",
    "husky": "npm install --no-save husky, its node_modules/.bin on PATH",
}
HOOKS = ("commit-msg", "prepare-commit-msg", "pre-push")
RETRY = re.compile(r"(?:^|[ \t])(git (?:-C \S+ )?commit --edit .*)$", re.MULTILINE)


class Done(NamedTuple):
    """How a command ended, and everything it and its hooks said."""

    status: int
    said: str

    @property
    def retry(self) -> str:
        """Return the command that is said to go on with the commit."""
        found = RETRY.search(self.said)
        assert found is not None, self.said
        return found[1]


def run(*command: str | Path, cwd: Path, environ: Mapping[str, str]) -> Done:
    """Run a command that may fail and never asks."""
    done = subprocess.run(
        [str(word) for word in command],
        cwd=cwd,
        env=environ,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
        timeout=300,
    )
    return Done(done.returncode, done.stdout.decode("utf-8", "replace"))


def run_well(*command: str | Path, cwd: Path, environ: Mapping[str, str]) -> str:
    """Run a command that has to succeed and return what it says."""
    done = run(*command, cwd=cwd, environ=environ)
    assert done.status == 0, f"{' '.join(map(str, command))}: {done.said}"
    return done.said


@dataclass(frozen=True)
class Tools:
    """What is installed once: the snapshot, whygate in an environment, what managers cached.

    `outside` is the environment of the machine, which knows how to reach package registries,
    without its git configuration.
    """

    home: Path
    outside: Mapping[str, str]
    snapshot: Path
    rev: str

    def find(self, name: str) -> str:
        """Return the program of a hook manager; the test fails without it."""
        path = os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"]))
        found = shutil.which(name, path=path)
        if found is None:
            pytest.fail(f"{name} is not installed: {HINTS[name]}")
        return found

    @property
    def whygate(self) -> Path:
        """Return the program of an installed whygate, which is not the checkout's."""
        scripts = self.home / "venv" / ("Scripts" if os.name == "nt" else "bin")
        with once(self.home / "venv.done") as is_missing:
            if is_missing:
                venv.create(scripts.parent, with_pip=True)
                pip = (scripts / "python", "-m", "pip", "install", "--quiet", self.snapshot)
                run_well(*pip, cwd=self.home, environ=self.outside)
        return scripts / "whygate"

    @property
    def cached(self) -> dict[str, str]:
        """Return the variables that tell pre-commit and prek where they keep environments."""
        return {
            "PRE_COMMIT_HOME": str(self.home / "pre-commit"),
            "PREK_HOME": str(self.home / "prek"),
        }


@pytest.fixture(scope="session")
def tools(tmp_path_factory: pytest.TempPathFactory) -> Tools:
    """Give the tools, with a repository that holds what this checkout holds now."""
    home = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:  # what is installed is shared by the workers
        home = home.parent
    outside = {
        **{k: v for k, v in os.environ.items() if not k.startswith(("GIT_", "PYTHON", "COV"))},
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": str(home / "gitconfig"),
        **{f"GIT_{who}_NAME": "Ada" for who in ("AUTHOR", "COMMITTER")},
        **{f"GIT_{who}_EMAIL": "ada@example.org" for who in ("AUTHOR", "COMMITTER")},
    }
    snapshot = home / "snapshot"
    with once(home / "snapshot.done") as is_missing:
        if is_missing:
            _copy_checkout(snapshot, outside)
    rev = run_well("git", "rev-parse", "HEAD", cwd=snapshot, environ=outside).strip()
    return Tools(home, outside, snapshot, rev)


@contextmanager
def once(done: Path) -> Iterator[bool]:
    """Tell whether something is still to be done, and note that it was; one process at a time."""
    with done.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield not done.exists()
        done.touch()


def _copy_checkout(snapshot: Path, environ: Mapping[str, str]) -> None:
    for name in _list_files(environ):
        (snapshot / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, snapshot / name, follow_symlinks=False)
    for command in ("init --quiet", "add --all --force", "commit --quiet --message snapshot"):
        run_well("git", *command.split(), cwd=snapshot, environ=environ)


def _list_files(environ: Mapping[str, str]) -> list[str]:
    """Return the files of the checkout that are tracked or could be."""
    which = ("-z", "--cached", "--others", "--exclude-standard", "--deduplicate")
    found = run_well("git", "ls-files", *which, cwd=ROOT, environ=environ)
    return [name for name in found.split("\0") if name and (ROOT / name).is_file()]


@dataclass(frozen=True)
class Managed:
    """A repository on the branch `work` of `main` whose hooks a manager runs."""

    manager: str
    repo: Repo
    environ: Mapping[str, str]
    scripts: Path
    tools: Tools

    def git(self, *args: str, cwd: Path | None = None, editor: str = "false") -> Done:
        """Run git with hooks; it may fail."""
        environ = {**self.environ, "GIT_EDITOR": editor}
        return run("git", *args, cwd=cwd or self.repo.path, environ=environ)

    def commit(self, *args: str, cwd: Path | None = None, editor: str = "false") -> Done:
        """Run `git commit --allow-empty` with hooks; it may fail."""
        return self.git("commit", "--allow-empty", *args, cwd=cwd, editor=editor)

    def shell(self, line: str, cwd: Path | None = None, editor: str = "false") -> Done:
        """Run a line as it would be pasted."""
        environ = {**self.environ, "GIT_EDITOR": editor}
        return run("sh", "-c", line, cwd=cwd or self.repo.path, environ=environ)

    def record(self, message: str) -> None:
        """Make a commit of long ago, without hooks."""
        when = "1735732800 +0000"
        command = ("commit", "--quiet", "--allow-empty", "-m", message)
        silent = ("-c", "core.hooksPath=/dev/null")
        self.repo.git(*silent, *command, GIT_AUTHOR_DATE=when, GIT_COMMITTER_DATE=when)

    def stage(self, name: str, content: str) -> None:
        """Write a file and add it to the index."""
        self.repo.write(name, content)
        self.repo.git("add", "--", name)

    def editor(self, script: str) -> str:
        """Return a value for GIT_EDITOR: a shell script that is given the file as $1."""
        path = self.scripts / f"editor-{len(list(self.scripts.iterdir()))}.sh"
        path.write_text(f"#!/bin/sh\nset -e\n{script}\n")
        path.chmod(0o755)
        return str(path)

    def typing(self, text: str) -> str:
        """Return an editor that puts `text` in front of what the file holds, which it keeps."""
        typed = self.scripts / f"typed-{len(list(self.scripts.iterdir()))}.txt"
        typed.write_text(text)
        return self.editor(f'cp "$1" "{self.seen}"; cat "{typed}" "{self.seen}" > "$1"')

    def answering(self, text: str) -> str:
        """Return an editor that puts a paragraph below the first line."""
        answer = self.scripts / f"answer-{len(list(self.scripts.iterdir()))}.txt"
        answer.write_text(f"\n{text}")
        return self.editor(f'sed -i "1r {answer}" "$1"')

    @property
    def seen(self) -> Path:
        """Return the path of what an editor was shown last."""
        return self.scripts / "seen"

    def message(self, rev: str = "HEAD") -> str:
        """Return the message of a commit as git shows it."""
        return self.repo.git("log", "-1", "--format=%B", rev)

    def count(self) -> int:
        """Return the number of commits that HEAD can reach."""
        return int(self.repo.git("rev-list", "--count", "HEAD"))

    def install(self, cwd: Path | None = None) -> None:
        """Make the manager write its hooks, as its documentation says."""
        commands: dict[str, tuple[str | Path, ...]] = {
            "plain": (self.tools.whygate, "hook", "install", *_each("--hook", HOOKS)),
            "husky": ("husky",),
        }
        command = commands.get(self.manager, (self.manager, "install"))
        run_well(*command, cwd=cwd or self.repo.path, environ=self.environ)


class Manage(Protocol):
    """Puts the hooks of a repository into the hands of a manager."""

    def __call__(self, manager: str, repo: Repo) -> Managed: ...


@pytest.fixture
def manage(tools: Tools, tmp_path: Path) -> Manage:
    """Give what sets a manager up as docs/hooks.md says."""

    def manage(manager: str, repo: Repo) -> Managed:
        scripts = tmp_path / "scripts"
        scripts.mkdir(exist_ok=True)
        managed = Managed(manager, repo, _environ(manager, repo, tools), scripts, tools)
        for name, content in configuration(manager, tools).items():
            managed.stage(name, content)
        managed.record("chore: set up hooks")
        repo.git("switch", "--quiet", "--create", "work")
        managed.install()
        if manager in ("pre-commit", "prek"):
            prepare_environment(managed)
        repo.environ = managed.environ
        return managed

    return manage


def prepare_environment(managed: Managed) -> None:
    """Install what the hooks need, where the tests of a session share it."""
    with once(managed.tools.home / f"{managed.manager}.done") as is_missing:
        if is_missing:
            command = "install-hooks" if managed.manager == "pre-commit" else "prepare-hooks"
            environ = {**managed.tools.outside, **managed.tools.cached}
            program = managed.tools.find(managed.manager)
            run_well(program, command, cwd=managed.repo.path, environ=environ)


def configuration(manager: str, tools: Tools) -> dict[str, str]:
    """Return the files that configure a manager, taken from docs/hooks.md."""
    if manager in ("pre-commit", "prek"):
        text = _recipe("pre-commit", "yaml")
        text = text.replace("<the address of this repository>", str(tools.snapshot))
        return {".pre-commit-config.yaml": text.replace("<a tag or a commit>", tools.rev)}
    if manager == "lefthook":
        return {"lefthook.yml": _recipe("lefthook", "yaml")}
    if manager == "husky":
        scripts = re.split(r"^# (\.husky/\S+)\n", _recipe("husky", "sh"), flags=re.MULTILINE)
        return dict(zip(scripts[1::2], scripts[2::2], strict=True))
    return {}


def _recipe(manager: str, language: str) -> str:
    """Return the first code block behind `With <manager>`, whose name may be a link."""
    text = (ROOT / "docs" / "hooks.md").read_text()
    pattern = rf"^With \[?{manager}\b.*?^```{language}\n(.*?)^```"
    found = re.search(pattern, text, re.MULTILINE | re.DOTALL)
    assert found is not None, f"docs/hooks.md has no recipe for {manager}"
    return found[1]


def _environ(manager: str, repo: Repo, tools: Tools) -> dict[str, str]:
    """Return an environment in which the manager is found, and only what it may use."""
    path = [os.environ["PATH"]]
    if manager in HINTS:
        path.insert(0, str(Path(tools.find(manager)).parent))
    if manager in ("lefthook", "husky"):
        path.insert(0, str(tools.whygate.parent))
    environ = {k: v for k, v in repo.environ.items() if not k.endswith("_DATE")}
    return {**environ, **tools.cached, "PATH": os.pathsep.join(path)}


def _each(option: str, values: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(word for value in values for word in (option, value))
