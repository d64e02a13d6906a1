"""Whatever we started ends when we are killed, and nothing else does."""

from __future__ import annotations

import os
import select
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.conftest import Repo

SOURCES = Path(__file__).parents[2] / "src"
# Asks git for what it waits for: a FIFO that nobody writes to.
WAITING = """
import os
import sys
from pathlib import Path
import whygate.git.run as run
git = run.Git(directory=Path(sys.argv[1]), environ=os.environ)
git.run("rev-parse", "HEAD")  # one that has ended
tell = run.guard
def guard(group):
    tell(group)
    print("guarded", flush=True)
run.guard = guard
{call}
"""
CALLS = {
    "short": 'git.run("hash-object", "--no-filters", "alive")',
    "stream": 'list(git.stream("hash-object", "--no-filters", "alive"))',
    "thread": (
        "import threading\n"
        'threading.Thread(target=git.run, args=("hash-object", "--no-filters", "alive")).start()'
    ),
}


def ends(pipe: int) -> bool:
    """Tell whether all who write to a pipe are gone; a minute is more than enough."""
    ready, _, _ = select.select([pipe], [], [], 60)
    return bool(ready) and os.read(pipe, 1) == b""


@pytest.fixture
def git_that_tells(repo: Repo, tmp_path: Path) -> tuple[dict[str, str], Path]:
    """Give an environment whose git holds a pipe open as long as it lives, and the pipe."""
    alive = tmp_path / "lives"
    os.mkfifo(alive)
    stand_in = tmp_path / "bin" / "git"
    stand_in.parent.mkdir()
    real = shutil.which("git", path=repo.environ["PATH"])
    stand_in.write_text(
        f'#!/bin/sh\ncase " $* " in *" hash-object "*) exec {real} "$@" 9>{alive};; esac\n'
        f'exec {real} "$@"\n'
    )
    stand_in.chmod(0o755)
    path = f"{stand_in.parent}:{repo.environ['PATH']}"
    return {**repo.environ, "PATH": path, "PYTHONPATH": str(SOURCES)}, alive


@pytest.mark.parametrize("how", CALLS)
@pytest.mark.parametrize("death", [signal.SIGKILL, signal.SIGTERM, signal.SIGHUP], ids=str)
def test_git_that_blocks_ends_when_we_are_killed(
    repo: Repo, git_that_tells: tuple[dict[str, str], Path], how: str, death: signal.Signals
) -> None:
    environ, alive = git_that_tells
    os.mkfifo(repo.path / "alive")  # a real git waits for ever to open it
    code = WAITING.format(call=CALLS[how])
    command = [sys.executable, "-c", code, str(repo.path)]
    with subprocess.Popen(command, env=environ, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"guarded\n"
        pipe = os.open(alive, os.O_RDONLY)  # once git has opened it
        process.send_signal(death)

    is_gone = ends(pipe)
    os.close(pipe)

    assert is_gone


def test_processes_that_read_end_when_we_are_killed(repo: Repo, tmp_path: Path) -> None:
    alive = tmp_path / "lives"
    os.mkfifo(alive)
    for number in range(5):
        repo.commit(f"fix: row {number}\n\nProblem: exports stop at row 100 for accountants\n")
    code = (
        "import os, sys, time\n"
        "import whygate.history.pool as pool\n"
        f"pipe = os.open({str(alive)!r}, os.O_WRONLY)\n"  # which copies of this process hold, too
        "def stop(*_): os.kill(os.getpid(), 19)\n"
        "pool.ReadingPool.help_out = stop\n"
        "from whygate.cli import main\n"
        "main(['audit', '--no-cache', '--jobs', '3'])\n"
        "stop()\n"
    )
    environ = {**repo.environ, "PYTHONPATH": str(SOURCES)}
    with subprocess.Popen([sys.executable, "-c", code], cwd=repo.path, env=environ) as process:
        pipe = os.open(alive, os.O_RDONLY)
        os.waitid(os.P_PID, process.pid, os.WSTOPPED | os.WNOWAIT)
        process.send_signal(signal.SIGKILL)

    is_gone = ends(pipe)
    os.close(pipe)

    assert is_gone


def test_guard_leaves_alone_what_it_was_told_has_ended(tmp_path: Path) -> None:
    code = (
        "import subprocess, sys\n"
        "from whygate.git.guard import guard, release\n"
        "kept = subprocess.Popen(['sleep', '1000'], start_new_session=True)\n"
        "lost = subprocess.Popen(['sleep', '1000'], start_new_session=True)\n"
        "guard(lost.pid)\n"
        "import whygate.git.guard as told\n"
        "for unknown in range(2_000): told._tell(f'-{10_000_000 + unknown}\\n')\n"
        "guard(kept.pid); release(kept.pid)\n"
        "print(kept.pid, lost.pid, flush=True)\n"
        "import os, signal\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    environ = {"PYTHONPATH": str(SOURCES), "PATH": os.defpath}
    with (tmp_path / "told").open("w") as told:  # no pipe, which the sleepers would hold open
        command = [sys.executable, "-c", code]
        done = subprocess.run(command, env=environ, stdout=told, check=False)
    kept, lost = map(int, (tmp_path / "told").read_text().split())

    assert done.returncode == -signal.SIGKILL
    for _ in range(100_000):  # the guard needs a moment
        if not _is_alive(lost):
            break
    assert not _is_alive(lost)
    os.kill(kept, signal.SIGKILL)  # raises if it was killed


def _is_alive(pid: int) -> bool:
    try:
        return b"Z" not in Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2][:3]
    except OSError:
        return False


def test_without_a_shell_git_runs_all_the_same(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    from whygate.git import guard  # noqa: PLC0415
    from whygate.git.run import Git  # noqa: PLC0415

    monkeypatch.setattr(guard, "_SHELL", "/no/such/shell")
    monkeypatch.setattr(guard, "_pipes", {})

    assert Git(directory=repo.path, environ=repo.environ).is_bare() is False
