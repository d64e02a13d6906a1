"""Run the command line in this process or in one of its own, far from the machine's git."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple, Protocol

import pytest

import whygate
from whygate.cli import main

PLAN = """\
Problem: exports stop at row 100, so 40 accountants retype the rest every month
Audience: accountants at firms with more than ten clients
Outcome: they close the month without retyping a single row
Metric: retyped rows per accountant, monthly
Baseline: 30
Target: 0
Evaluate-By: +30d
"""

SOURCES = Path(whygate.__file__).parents[1]


class Result(NamedTuple):
    """What a run left behind."""

    status: int
    out: str
    err: str


class Run(Protocol):
    """Runs `whygate *argv` in this process."""

    def __call__(self, *argv: str, stdin: bytes | None = None) -> Result: ...


class Spawn(Protocol):
    """Starts `python -m whygate *argv` and returns at once."""

    def __call__(
        self, *argv: str, stdin: int | None = None, stdout: int | None = None, **environ: str
    ) -> subprocess.Popen[bytes]: ...


@pytest.fixture
def run(
    tmp_path: Path,
    git_environ: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Run:
    """Give a runner that starts in an empty directory outside of any repository."""
    for name, value in git_environ.items():
        monkeypatch.setenv(name, value)
    for name in ("NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)

    def run(*argv: str, stdin: bytes | None = None) -> Result:
        if stdin is None:
            monkeypatch.setattr(sys, "stdin", _Untouchable())
        else:
            monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        capsys.readouterr()
        status = main(argv)
        return Result(status, *capsys.readouterr())

    return run


@pytest.fixture
def spawn(tmp_path: Path, git_environ: dict[str, str]) -> Spawn:
    """Give a starter of real processes; they begin in the test's directory."""

    def spawn(
        *argv: str, stdin: int | None = None, stdout: int | None = None, **environ: str
    ) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, "-m", "whygate", *argv],
            cwd=tmp_path,
            # unbuffered, Python forgets what a pipe did not take at once
            env={
                **os.environ,
                **git_environ,
                "PYTHONPATH": str(SOURCES),
                "PYTHONUNBUFFERED": "",
                **environ,
            },
            stdin=subprocess.DEVNULL if stdin is None else stdin,
            stdout=subprocess.PIPE if stdout is None else stdout,
            stderr=subprocess.PIPE,
            # a shell that runs the tests in the background makes its children deaf to Ctrl-C
            preexec_fn=lambda: signal.signal(  # noqa: PLW1509 - one call, no lock
                signal.SIGINT, signal.SIG_DFL
            ),
        )

    return spawn


class _Untouchable:
    """A stdin that nobody asked to be read."""

    @property
    def buffer(self) -> io.BytesIO:
        raise AssertionError("stdin was read although nobody asked for it")
