"""`check --format` as the jobs of a forge show findings."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import junitparser
import pytest

from whygate.cli import main
from whygate.forges import LOG_FORMATS

if TYPE_CHECKING:
    from pathlib import Path

TITLE = "feat: rows ::error::x ##[add-mask]y"


@pytest.fixture
def body(tmp_path: Path) -> Path:
    """Give a description that answers nothing, and says what a runner would obey."""
    path = tmp_path / "body.md"
    path.write_text("## Test plan\n::set-output name=verdict::ok\n##vso[task.complete]x\n")
    return path


@pytest.mark.parametrize(
    ("form", "error", "warning", "said"),
    [
        ("github", "::error ", "::warning ", "title=WG101 problem-missing::no labelled answer"),
        (
            "azure",
            "##vso[task.logissue type=error]",
            "##vso[task.logissue type=warning]",
            "]WG101 problem-missing: no labelled answer for Problem",
        ),
    ],
    ids=LOG_FORMATS,
)
def test_check_shows_findings_as_the_jobs_of_a_forge_do(
    capfd: pytest.CaptureFixture[str], body: Path, form: str, error: str, warning: str, said: str
) -> None:
    status = main(["check", "--description", str(body), "--title", TITLE, "--format", form])
    out = capfd.readouterr().out

    commands = [line for line in out.split("\n") if line.startswith("::") or "##" in line]
    commands = [line for line in commands if not line.lstrip().startswith("## ")]
    assert status == 1
    assert [line.startswith(error) for line in commands] == [True] * 3 + [False]
    assert commands[3].startswith(warning)
    assert said in commands[0]
    assert not any(mark in "".join(commands)[2:] for mark in ("##[", "##vso[task.complete"))
    assert out.endswith("failed (feature, decided by title): 3 errors, 1 warning, 0 information\n")


def test_check_writes_one_entry_a_finding_for_code_quality(
    capfd: pytest.CaptureFixture[str], body: Path
) -> None:
    argv = ["check", "--description", str(body), "--title", TITLE, "--format", "gitlab"]
    assert main(argv) == 1
    entries = json.loads(capfd.readouterr().out)

    assert [entry["severity"] for entry in entries] == ["major"] * 3 + ["minor"]
    assert len({entry["fingerprint"] for entry in entries}) == 4
    for entry in entries:
        assert entry["description"].startswith(f"{entry['check_name']} ")
        assert entry["location"]["lines"]["begin"] >= 1
        assert entry["location"]["path"].endswith("body.md")


@pytest.mark.parametrize(
    ("title", "text", "failures", "skipped"),
    [
        ("feat: a \x1b b", "nothing said", 1, 0),
        ("refactor: a \x1b b", "Product-Context: exempt internal; the rack is another", 0, 1),
    ],
    ids=["incomplete", "exempt"],
)
def test_check_writes_junit_that_a_parser_counts(
    capfd: pytest.CaptureFixture[str],
    tmp_path: Path,
    title: str,
    text: str,
    failures: int,
    skipped: int,
) -> None:
    path = tmp_path / "body.md"
    path.write_text(f"{text} \x0b\ufffe\n")
    status = main(["check", "--description", str(path), "--title", title, "--format", "junit"])
    read = junitparser.JUnitXml.fromstring(capfd.readouterr().out.encode())

    assert (status, read.tests, read.failures, read.errors) == (failures, 1, failures, 0)
    assert [suite.skipped for suite in read] == [skipped]


def test_check_writes_the_summary_as_markdown(
    capfd: pytest.CaptureFixture[str], body: Path
) -> None:
    argv = ["check", "--description", str(body), "--title", TITLE, "--format", "markdown"]
    assert main(argv) == 1
    out = capfd.readouterr().out

    assert out.startswith("## whygate: ")
    assert "WG101" in out
    assert "##vso[" not in out
