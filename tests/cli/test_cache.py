"""`whygate show store`: where it is, how much it is, and away with it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from whygate.history.store import FILE_NAME
from whygate.world.kept import EXTENDED, POLICIES, SAID, place_in_cache, write_own

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Run
    from tests.conftest import Repo


@pytest.fixture
def path(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:  # noqa: ARG001
    monkeypatch.setenv("WHYGATE_CACHE_DIR", str(tmp_path / "cache"))
    return tmp_path / "cache" / FILE_NAME


def test_path_is_told_whether_it_is_there_or_not(run: Run, path: Path) -> None:
    assert run("show", "store") == (0, f"{path}\n0 bytes\n", "")
    assert not path.exists()


def test_size_and_clear(run: Run, repo: Repo, path: Path) -> None:
    run("audit", "-C", str(repo.path))
    known = json.loads(run("show", "store", "--format", "json").out)
    shown = run("show", "store")
    cleared = run("show", "store", "--clear")

    assert known["path"] == str(path)
    assert known["bytes"] > 0
    assert known["written"].startswith("20")
    assert known["written"] in shown.out
    assert cleared.out.endswith(f"\n{known['bytes']} bytes freed\n")
    assert not path.exists()
    assert run("show", "store", "--clear").out == f"{path}\n0 bytes freed\n"


def test_clear_deletes_what_is_kept_beside_it(run: Run, path: Path, tmp_path: Path) -> None:
    foreign = tmp_path / "foreign"
    foreign.mkdir()
    (foreign / "notes.json").write_text("{}", encoding="utf-8")
    environ = {"WHYGATE_CACHE_DIR": str(path.parent)}
    for kind in (EXTENDED, POLICIES):
        write_own(place_in_cache(environ, kind, "github:lab/policy@1:a.yml") or "", b"12345")
    (path.parent / SAID).symlink_to(foreign)

    assert run("show", "store", "--clear").out == f"{path}\n10 bytes freed\n"
    assert [file for file in path.parent.rglob("*.json") if file.is_file()] == []
    assert (foreign / "notes.json").is_file()


def test_clear_that_is_refused_says_why(
    run: Run, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: Path) -> int:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("whygate.history.store.remove_cache", refuse)
    result = run("show", "store", "--clear")

    assert (result.status, result.out) == (2, "")
    assert result.err == f"whygate: `{path}` cannot be deleted: Permission denied\n"
