"""The ledger and the lock: what cannot be written is told, and what is there stays."""

from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING

import pytest

from whygate.errors import InputError
from whygate.git.run import Git
from whygate.git.tree import Worktree, read_objects
from whygate.history.outcomes import read_ledger
from whygate.loop import ledger
from whygate.loop.ledger import append_line, locked_file
from whygate.outcomes.ledger import LEDGER_PATH

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Repo


def test_line_is_appended_and_read(tmp_path: Path) -> None:
    assert read_ledger(Worktree(tmp_path)) is None
    assert append_line(tmp_path, '{"a": "\u00e9"}') == 1
    assert append_line(tmp_path, "{}") == 2
    assert read_ledger(Worktree(tmp_path)) == '{"a": "\u00e9"}\n{}\n'


def test_second_writer_waits_for_the_first(tmp_path: Path) -> None:
    append_line(tmp_path, "first")
    started = threading.Event()

    def write() -> None:
        started.set()
        append_line(tmp_path, "second")

    writer = threading.Thread(target=write)
    with locked_file(tmp_path / LEDGER_PATH) as handle:
        writer.start()
        started.wait()
        os.lseek(handle, 0, os.SEEK_END)
        os.write(handle, b"while it waits\n")
    writer.join()

    assert (tmp_path / LEDGER_PATH).read_bytes() == b"first\nwhile it waits\nsecond\n"


def test_lock_that_the_system_refuses_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import fcntl  # noqa: PLC0415 - not on Windows

    def refuse(_handle: int, _how: int) -> None:
        raise OSError(37, "No locks available")

    monkeypatch.setattr(fcntl, "flock", refuse)

    with pytest.raises(InputError, match="cannot be locked: No locks available"):
        append_line(tmp_path, "{}")


def test_full_disk_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", refuse)

    with pytest.raises(InputError, match="cannot be written: No space left on device"):
        append_line(tmp_path, "{}")


def test_write_that_takes_several_turns_is_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = os.write
    monkeypatch.setattr(os, "write", lambda handle, data: write(handle, data[:3]))
    append_line(tmp_path, '{"v": 1}')

    assert (tmp_path / LEDGER_PATH).read_bytes() == b'{"v": 1}\n'


@pytest.mark.parametrize("what", ["pipe", "directory", "link", "no directory"])
def test_lock_of_what_is_no_plain_file_is_refused(tmp_path: Path, what: str) -> None:
    path = tmp_path / "lock"
    match what:
        case "pipe":
            os.mkfifo(path)
        case "directory":
            path.mkdir()
        case "link":
            path.symlink_to(tmp_path / "elsewhere")
        case _:
            path = path / "below"

    with pytest.raises(InputError), locked_file(path):
        pass
    assert not (tmp_path / "elsewhere").exists()


def test_no_link_is_followed_by_the_open_itself() -> None:
    assert ledger._FLAGS & os.O_NOFOLLOW


def test_objects_are_read_by_whatever_names_them(repo: Repo) -> None:
    sha = repo.commit("more\n", {"a b.txt": "text\n\n", "big.txt": "x" * 200, "empty": ""})
    git = Git(repo.path, environ=repo.environ)
    blob = repo.git("rev-parse", f"{sha}:a b.txt")
    names = [f"{sha}:a b.txt", f"{sha}:big.txt", f"{sha}:gone", f"{sha}:empty", sha, blob]

    assert read_objects(git, names, limit=100) == {
        f"{sha}:a b.txt": b"text\n\n",
        f"{sha}:empty": b"",
        blob: b"text\n\n",
    }
    assert read_objects(git, [f"{sha}:gone"], limit=100) == {}
    assert read_objects(git, [], limit=100) == {}
