"""`whygate check --fix` and `--diff`: what is written, what is printed, and what stays."""

from __future__ import annotations

import json
import os
import subprocess
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Run

TODAY = ("--today", "2026-12-01")
BROKEN = (
    b"\xef\xbb\xbf## Probem\r\nForty accountants retype the rows, because the export stops.\r\n"
    b"## Measurement\r\n- Metric: rows  \r\n- Baseline: 30\r\n- Target: 0\r\n- Evalute by: 60 days"
)
WHOLE = BROKEN.replace(b"Probem", b"Problem").replace(b"Evalute by: 60 days", b"Evaluate by: +60d")
MESSAGE = b"fix: x\n\n# a comment\nProbem: forty accountants retype rows, the export stops\n"


def test_fix_writes_what_is_certain_and_keeps_every_other_byte(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "body.md"
    file.write_bytes(BROKEN)
    file.chmod(0o640)
    asked = ("check", "--description", str(file), "--title", "fix: x", *TODAY, "--fix")
    first = run(*asked)
    assert file.read_bytes() == WHOLE
    assert file.stat().st_mode & 0o777 == 0o640
    assert first.status == 0
    assert "Probem -> Problem" in first.out
    assert "mended 3 places" in first.out
    second = run(*asked)
    assert file.read_bytes() == WHOLE
    assert "mended" not in second.out


def test_diff_prints_what_fix_would_write_and_changes_nothing(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "body.md"
    file.write_bytes(BROKEN)
    found = run("check", "--description", str(file), "--title", "fix: x", *TODAY, "--diff")
    assert file.read_bytes() == BROKEN
    assert "-\ufeff## Probem\r\n+\ufeff## Problem\r\n" in found.out
    assert "-- Evalute by: 60 days\n\\ No newline at end of file\n" in found.out
    assert found.status == 1
    file.write_bytes(WHOLE)
    nothing = run("check", "--description", str(file), "--title", "fix: x", *TODAY, "--diff")
    assert (nothing.status, nothing.out) == (0, "")


def test_diff_is_one_that_git_applies(
    run: Run, tmp_path: Path, git_environ: dict[str, str]
) -> None:
    file = tmp_path / "body.md"
    file.write_bytes(BROKEN)
    found = run("check", "--description", "body.md", "--title", "fix: x", *TODAY, "--diff")
    environ = {**os.environ, **git_environ}
    subprocess.run(
        ["git", "apply", "-p0", "--whitespace=nowarn", "-"],
        input=found.out.encode(), cwd=tmp_path, env=environ, check=True,
    )  # fmt: skip
    assert file.read_bytes() == WHOLE


def test_fix_of_stdin_prints_the_mended_text_and_reports_beside_it(run: Run) -> None:
    found = run("check", "-", "--fix", *TODAY, stdin=MESSAGE)
    assert found.out == MESSAGE.decode().replace("Probem", "Problem")
    assert "mended 1 place\n" in found.err


def test_fix_of_a_message_file_keeps_its_comments(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "MSG"
    file.write_bytes(MESSAGE)
    run("check", str(file), "--fix", *TODAY)
    assert file.read_bytes() == MESSAGE.replace(b"Probem", b"Problem")


@pytest.mark.parametrize(
    ("data", "said"),
    [(b"fix: caf\xe9\n\nProbem: rows are lost\n", "is not UTF-8"), (None, "there is no file")],
)
def test_fix_of_what_cannot_be_read_changes_nothing(
    run: Run, tmp_path: Path, data: bytes | None, said: str
) -> None:
    file = tmp_path / "MSG"
    if data is not None:
        file.write_bytes(data)
    found = run("check", str(file), "--fix", *TODAY)
    assert said in found.err
    assert found.status == 2
    assert data is None or file.read_bytes() == data


def test_fix_of_a_link_is_refused(run: Run, tmp_path: Path) -> None:
    (tmp_path / "MSG").write_bytes(MESSAGE)
    (tmp_path / "link").symlink_to("MSG")
    found = run("check", str(tmp_path / "link"), "--fix", *TODAY)
    assert "symbolic link" in found.err
    assert (tmp_path / "MSG").read_bytes() == MESSAGE


@pytest.mark.parametrize("option", ["--fix", "--diff"])
def test_fix_of_a_range_is_refused(run: Run, option: str) -> None:
    found = run("check", "--range", "main..HEAD", option)
    assert found.status == 2
    assert "amending" in found.err


def test_report_and_sarif_name_the_place_of_a_mend(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "body.md"
    file.write_bytes(BROKEN)
    asked = ("check", "--description", "body.md", "--title", "fix: x", *TODAY, "--format")
    report = json.loads(run(*asked, "json").out)
    edits = [f["edit"] for f in report["changes"][0]["findings"] if f["edit"]]
    text = BROKEN.decode("utf-8-sig")
    assert [text[e["start"] : e["end"]] for e in edits] == [e["old"] for e in edits]
    assert [(e["line"], e["column"], e["end_column"]) for e in edits] == [(1, 4, 10), (7, 3, 10)]
    log = json.loads(run(*asked, "sarif").out)
    fixes = [fix for result in log["runs"][0]["results"] for fix in result.get("fixes", ())]
    change = fixes[0]["artifactChanges"][0]
    assert change["artifactLocation"]["uri"] == "body.md"
    region = {"startLine": 1, "startColumn": 4, "endColumn": 10}
    wanted = [{"deletedRegion": region, "insertedContent": {"text": "Problem"}}]
    assert change["replacements"] == wanted
