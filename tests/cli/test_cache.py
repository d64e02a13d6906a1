"""`whygate cache`: where audits keep their verdicts, how much that is, and how to drop it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from whygate.sources.record_cache import FILE_NAME

if TYPE_CHECKING:
    from tests.cli.conftest import Run
    from tests.conftest import Repo


@pytest.fixture
def place(git_environ: dict[str, str]) -> Path:
    """Give the file in which the audits of a test keep their verdicts."""
    return Path(git_environ["WHYGATE_CACHE_DIR"]) / FILE_NAME


@pytest.mark.parametrize("argv", [("cache",), ("cache", "path")], ids=["alone", "path"])
def test_cache_says_where_it_is_and_makes_nothing(
    run: Run, place: Path, argv: tuple[str, ...]
) -> None:
    assert run(*argv) == (0, f"{place}\n", "")
    assert not place.parent.exists()


@pytest.mark.parametrize(("what", "said"), [("size", "0 bytes\n"), ("clear", "0 bytes freed\n")])
def test_cache_that_does_not_exist_is_empty(run: Run, what: str, said: str) -> None:
    assert run("cache", what) == (0, said, "")


def test_cache_clear_frees_what_an_audit_kept(run: Run, place: Path, repo: Repo) -> None:
    first = run("audit", "-C", str(repo.path))
    size = place.stat().st_size

    assert run("cache", "size") == (0, f"{size} bytes\n", "")
    assert run("cache", "clear") == (0, f"{size} bytes freed\n", "")
    assert list(place.parent.iterdir()) == []
    assert run("audit", "-C", str(repo.path)) == first


def test_cache_clear_removes_a_link_and_not_what_it_leads_to(run: Run, place: Path) -> None:
    treasure = Path("treasure")
    treasure.write_text("gold")
    place.parent.mkdir(parents=True)
    place.symlink_to(treasure.absolute())
    result = run("cache", "clear")

    assert result.status == 0
    assert not place.is_symlink()
    assert treasure.read_text() == "gold"


def test_cache_that_cannot_be_deleted_says_why(
    run: Run, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place.parent.mkdir(parents=True)
    place.write_text("x")

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "unlink", refuse)
    result = run("cache", "clear")
    monkeypatch.undo()

    assert (result.status, result.out) == (2, "")
    assert "cannot be deleted: Permission denied" in result.err


def test_cache_refuses_another_word(run: Run) -> None:
    assert run("cache", "burn").status == 2
