"""A report reaches its file wholly or not at all, and only a file that is its own."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from whygate.errors import InputError
from whygate.terminal.output import read_file, write_file

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.cli.conftest import Run
    from tests.conftest import Repo


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_file_is_written_piece_by_piece_as_utf_8(tmp_path: Path) -> None:
    path = tmp_path / "report"
    write_file(path, ["é\r\n", "", "\ud800\n"])

    assert path.read_bytes() == b"\xc3\xa9\r\n\\ud800\n"
    assert list(tmp_path.iterdir()) == [path]


def test_new_file_has_the_mode_the_umask_leaves(tmp_path: Path) -> None:
    path = tmp_path / "report"
    mask = os.umask(0o027)
    try:
        write_file(path, ["x"])
    finally:
        os.umask(mask)

    assert _mode(path) == 0o640


def test_replaced_file_keeps_its_mode(tmp_path: Path) -> None:
    path = tmp_path / "report"
    path.write_text("a longer text")
    path.chmod(0o600)
    write_file(path, ["new"])

    assert (path.read_text(), _mode(path)) == ("new", 0o600)


def test_report_that_breaks_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "report"
    path.write_text("old")

    def broken() -> Iterator[str]:
        yield "half"
        raise InputError("it broke")

    with pytest.raises(InputError, match="it broke"):
        write_file(path, broken())
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("kind", ["link", "dangling link", "directory", "pipe"])
def test_what_is_no_plain_file_is_not_written(tmp_path: Path, kind: str) -> None:
    path, treasure = tmp_path / "report", tmp_path / "treasure"
    treasure.write_text("gold")
    match kind:
        case "link":
            path.symlink_to(treasure)
        case "dangling link":
            path.symlink_to(tmp_path / "nowhere")
        case "directory":
            path.mkdir()
        case _:
            os.mkfifo(path)
    before = path.lstat().st_ino

    with pytest.raises(InputError, match=r"symbolic link|not a plain file"):
        write_file(path, ["x"])
    assert path.lstat().st_ino == before
    assert treasure.read_text() == "gold"
    assert sorted(tmp_path.iterdir()) == [path, treasure]


def test_file_in_no_directory_is_not_written(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be written: No such file or directory"):
        write_file(tmp_path / "none" / "report", ["x"])


def test_file_is_read_without_its_byte_order_mark(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"\xef\xbb\xbfa\xff")

    assert read_file(path, 5) == "a\ufffd"
    with pytest.raises(InputError, match="larger than 4 bytes"):
        read_file(path, 4)


def test_what_is_no_plain_file_is_not_read(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="not a plain file"):
        read_file(tmp_path, 9)
    with pytest.raises(InputError, match="cannot be read: No such file or directory"):
        read_file(tmp_path / "none", 9)


def test_audit_writes_the_report_it_would_print(run: Run, repo: Repo, tmp_path: Path) -> None:
    printed = run("audit", "-C", str(repo.path))
    result = run("audit", "-C", str(repo.path), "--output", "report.txt")

    assert result == (0, "", "")
    assert (tmp_path / "report.txt").read_text() == printed.out


@pytest.mark.parametrize("option", ["--output", "--write-baseline", "--badge", "--badge-json"])
def test_audit_refuses_a_link(run: Run, repo: Repo, tmp_path: Path, option: str) -> None:
    (tmp_path / "treasure").write_text("gold")
    (tmp_path / "link").symlink_to(tmp_path / "treasure")
    result = run("audit", "-C", str(repo.path), option, "link")

    assert result.status == 2
    assert "`link` is a symbolic link" in result.err
    assert (tmp_path / "treasure").read_text() == "gold"


@pytest.mark.parametrize("encoding", ["cp1252", "ascii", "utf-16", "latin-1:strict"])
@pytest.mark.parametrize("form", ["junit", "csv", "ndjson", "text"])
def test_report_for_programs_is_utf_8_whatever_a_console_would_take(
    repo: Repo, encoding: str, form: str
) -> None:
    repo.commit("feat(cart): give \u5c0e \u2014 as a gift\n")
    command = [sys.executable, "-m", "whygate", "audit", "--no-cache", "--format", form]
    environ = {**repo.environ, "PYTHONIOENCODING": encoding, "PYTHONUTF8": "0"}
    done = subprocess.run(command, cwd=repo.path, env=environ, capture_output=True, check=True)

    said = done.stdout.decode("utf-8")
    said = json.loads(said.splitlines()[0])["title"] if form == "ndjson" else said
    assert "\u5c0e \u2014" in said
    assert b"\r" not in done.stdout
