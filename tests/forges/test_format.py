"""`check --format` as the jobs of a forge show findings."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from whygate.cli import main
from whygate.forges import FORMATS

if TYPE_CHECKING:
    from pathlib import Path

TITLE = "feat: rows ::error::x ##[add-mask]y"


@pytest.fixture
def body(tmp_path: Path) -> Path:
    """Give a description that answers nothing, and says what a runner would obey."""
    path = tmp_path / "body.md"
    path.write_text("## Test plan\n::set-output name=verdict::ok\n##vso[task.complete]x\n")
    return path


@pytest.mark.parametrize("form", FORMATS)
def test_check_shows_findings_as_the_jobs_of_a_forge_do(
    capfd: pytest.CaptureFixture[str], body: Path, form: str
) -> None:
    status = main(["check", "--description", str(body), "--title", TITLE, "--format", form])
    out = capfd.readouterr().out

    commands = [line for line in out.split("\n") if line.startswith("::") or "##[" in line]
    assert status == 1
    assert [line.split(" ")[0] for line in commands] == ["::error"] * 3 + ["::warning"]
    assert "title=WG101 problem-missing::no labelled answer for Problem" in commands[0]
    assert "##vso[" not in out
    assert out.endswith("failed (feature, decided by title): 3 errors, 1 warning, 0 information\n")
