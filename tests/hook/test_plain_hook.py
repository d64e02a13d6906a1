"""The hook as git calls it says what the same command says through the parser."""

from __future__ import annotations

import gc
import io
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from whygate.cli import _is_plain, main
from whygate.terminal.failure import run_guarded, write_error

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.cli.conftest import Run

FAILING = "feat(export): write every row\n\n## Problem\n\nTBD\n"


@pytest.mark.parametrize(
    ("args", "environ", "expected"),
    [
        (("hook", "commit-msg", "m"), {}, True),
        (("hook", "commit-msg", "m"), {"WHYGATE_VERBOSE": "1"}, False),
        (("hook", "commit-msg", "m"), {"_WHYGATE_COMPLETE": "bash_source"}, True),
        (("hook", "commit-msg", "--help"), {}, False),
        (("hook", "commit-msg", ""), {}, False),
        (("hook", "commit-msg", "a\0b"), {}, False),
        (("hook", "commit-msg", "\ud800"), {}, False),
        (("hook", "commit-msg"), {}, False),
        (("hook", "commit-msg", "m", "-v"), {}, False),
        (("hook", "pre-push", "m"), {}, False),
    ],
)
def test_only_the_plain_command_spares_the_parser(
    args: tuple[str, ...], environ: dict[str, str], expected: bool
) -> None:
    assert _is_plain(args, environ) is expected


@pytest.mark.parametrize(
    ("name", "content"),
    [
        pytest.param("m", FAILING, id="fails"),
        pytest.param("m", "chore: tidy up\n", id="passes"),
        pytest.param("absent", "", id="absent"),
        pytest.param(".", "", id="directory"),
        pytest.param("a\x1b[31m", "", id="odd name"),
    ],
)
def test_answer_is_that_of_the_parsed_command(run: Run, name: str, content: str) -> None:
    if content:
        Path(name).write_text(content)
    plain, parsed = run("hook", "commit-msg", name), run("hook", "commit-msg", "--", name)

    assert plain == parsed


def test_broken_configuration_is_explained(run: Run, tmp_path: Path) -> None:
    subprocess.run(["git", "init", "--quiet"], check=True)
    (tmp_path / ".whygate.yml").write_text("version: 1\npresett: strict\n")
    (tmp_path / "m").write_text(FAILING)
    plain, parsed = run("hook", "commit-msg", "m"), run("hook", "commit-msg", "--", "m")

    assert plain == parsed
    assert (plain.status, ".whygate.yml:2: " in plain.err) == (2, True)


@pytest.mark.parametrize(
    ("error", "status", "said"),
    [
        pytest.param(KeyboardInterrupt(), 130, "whygate: interrupted\n", id="interrupted"),
        pytest.param(OSError(28, "no room"), 3, "the output cannot be written: no room", id="room"),
        pytest.param(BrokenPipeError(), 141, "", id="closed pipe"),
        pytest.param(ZeroDivisionError(), 70, "this is a bug in whygate; the report", id="bug"),
    ],
)
def test_every_end_has_its_status(
    run: Run,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    error: BaseException,
    status: int,
    said: str,
) -> None:
    def broken(*_: object, **__: object) -> int:
        raise error

    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setattr("whygate.hook.commit.run_commit_msg", broken)
    monkeypatch.setattr("whygate.terminal.failure._discard_stdout", lambda: None)
    done = run("hook", "commit-msg", "m")

    assert done.status == status
    assert said in done.err


def test_gone_directory_is_said(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def gone() -> Path:
        raise FileNotFoundError

    monkeypatch.setattr("pathlib.Path.cwd", gone)
    done = run("hook", "commit-msg", "m")

    assert done.status == 2
    assert "the current directory does not exist any more" in done.err


def test_letters_reach_a_stream_for_ascii(monkeypatch: pytest.MonkeyPatch) -> None:
    raw = io.BytesIO()
    monkeypatch.setattr(sys, "stderr", io.TextIOWrapper(raw, encoding="ascii"))
    write_error("Gr\u00f6\u00dfe")

    assert raw.getvalue() == "Gr\u00f6\u00dfe\n".encode()


def test_nothing_is_said_without_a_stream(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", None)

    write_error("x")
    status = run_guarded(lambda: 7, ())
    sys.stderr.close()

    assert status == 7


@pytest.fixture
def _collector() -> Iterator[None]:
    threshold = gc.get_threshold()
    yield
    gc.unfreeze()
    gc.set_threshold(*threshold)


@pytest.mark.usefixtures("_collector")
def test_own_process_answers_as_well(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    run("rules")  # in the runner's empty directory
    monkeypatch.setattr(sys, "argv", ["whygate", "hook", "commit-msg", "absent"])

    assert main() == 2
