"""A foreign `.git` can neither hang git, nor fill the memory, nor have files of ours quoted."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.cli.conftest import run  # noqa: F401  (a fixture)

import whygate
from whygate.errors import UndecidedError
from whygate.git.foreign import require_plain_files
from whygate.git.repository import find_repository
from whygate.git.run import Git

if TYPE_CHECKING:
    from tests.cli.conftest import Run
    from tests.conftest import Repo

pytestmark = pytest.mark.skipif(os.name == "nt", reason="there are no pipes in directories")

SOURCES = Path(whygate.__file__).parents[1]
SECRET = "machine shop.example login mara password hunter2"
PLACES = (
    *(".git/packed-refs", ".git/config", ".git/config.worktree", ".git/shallow", ".git/index"),
    *(".git/refs/heads/other", ".git/refs/heads/a/b", ".git/refs/tags/v1"),
    *(".git/objects/info/alternates", ".git/objects/pack/pack-1.idx", ".git/objects/00/11"),
    *(".git/info/grafts", ".git/logs/refs/heads/work", ".gitattributes", ".mailmap"),
)


def put(repo: Repo, place: str) -> Path:
    """Return a place of a repository where nothing stands."""
    path = repo.path / place
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    return path


def look(repo: Repo) -> None:
    """Look at the files of a repository."""
    found = find_repository(repo.path)
    assert found is not None
    require_plain_files(found)


@pytest.mark.parametrize("place", PLACES)
def test_pipe_is_refused_before_git_runs(
    run: Run,  # noqa: F811
    repo: Repo,
    place: str,
) -> None:
    os.mkfifo(put(repo, place))
    done = run("audit", "-C", str(repo.path), "--no-cache")

    assert done.status == 3
    assert f"{place}` is a pipe: git would wait for it for ever" in done.err


def test_every_question_about_a_directory_looks_first(repo: Repo) -> None:
    os.mkfifo(put(repo, ".git/packed-refs"))

    with pytest.raises(UndecidedError, match="packed-refs` is a pipe"):
        Git(repo.path, environ=repo.environ).is_shallow()


@pytest.mark.parametrize("place", ["HEAD", "config", "packed-refs", "objects/info/alternates"])
def test_link_to_a_device_is_refused_and_one_to_nothing_is_not(repo: Repo, place: str) -> None:
    look(repo)
    path = put(repo, f".git/{place}")
    path.symlink_to("/dev/zero")

    with pytest.raises(UndecidedError, match="is a device"):
        look(repo)

    path.unlink()
    path.symlink_to(os.devnull)
    look(repo)


def test_what_the_configuration_includes_is_looked_at(repo: Repo, tmp_path: Path) -> None:
    one, two, pipe = (tmp_path / name for name in ("one", "two", "pipe"))
    repo.git("config", "include.path", str(one))
    one.write_text(f'[includeIf "gitdir:/x"]\n\tPath = "{two}"\n')
    two.write_text("[include]\n\tpath = pipe\n\tpath = absent\n")
    look(repo)
    os.mkfifo(pipe)

    with pytest.raises(UndecidedError, match="pipe` is a pipe"):
        look(repo)


def test_objects_that_are_borrowed_are_looked_at(repo: Repo, tmp_path: Path) -> None:
    (tmp_path / "lent" / "pack").mkdir(parents=True)
    put(repo, ".git/objects/info/alternates").write_text("../../../lent\n")
    look(repo)
    os.mkfifo(tmp_path / "lent" / "pack" / "pack-1.idx")

    with pytest.raises(UndecidedError, match="is a pipe"):
        look(repo)


def test_files_that_lead_to_each_other_are_read_once(repo: Repo) -> None:
    repo.git("config", "include.path", "config")
    put(repo, ".git/objects/info/alternates").write_text("../objects\n")
    put(repo, ".git/refs/heads/loop").symlink_to("../..")

    look(repo)


def test_socket_of_the_file_system_monitor_is_no_pipe(
    repo: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    import socket  # noqa: PLC0415

    place = put(repo, ".git/fsmonitor--daemon.ipc")
    with socket.socket(socket.AF_UNIX) as served:
        monkeypatch.chdir(place.parent)  # names of sockets are short
        served.bind(place.name)
        look(repo)


@pytest.mark.parametrize(
    "place", ["packed-refs", "shallow", "objects/info/alternates", "config", "HEAD"]
)
def test_line_of_a_file_that_git_is_led_to_is_not_quoted(
    run: Run,  # noqa: F811
    repo: Repo,
    tmp_path: Path,
    place: str,
) -> None:
    (tmp_path / "netrc").write_text(f"{SECRET}\n")
    put(repo, f".git/{place}").symlink_to(tmp_path / "netrc")
    done = run("audit", "-C", str(repo.path), "--no-cache")

    assert "hunter2" not in done.out + done.err
    assert done.status in (0, 3)


def test_value_of_the_configuration_is_not_quoted(
    run: Run,  # noqa: F811
    repo: Repo,
) -> None:
    repo.git("config", "core.compression", "hunter2")
    done = run("audit", "-C", str(repo.path), "--no-cache")

    assert done.status == 3
    assert "the value of `core.compression`" in done.err
    assert "hunter2" not in done.err
