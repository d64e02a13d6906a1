"""A release: its notes, its image, and the workflow that publishes it. `.ci/run` builds one."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml
from release import find_notes, main

from whygate.version import __version__

ROOT = Path(__file__).parents[1]
LOG = "# Changes\n\n## Unreleased\n\n- b\n\n## 0.1.0 (2026-12-01)\n\n- a\n\n### More\n\n- c\n"
LOG += "\n## 0.0.9\n"


@pytest.mark.parametrize(
    ("name", "notes"),
    [("Unreleased", "- b"), ("0.1.0", "- a\n\n### More\n\n- c"), ("0.0.9", ""), ("0.1", "")],
)
def test_notes_are_the_part_of_the_change_log_with_that_name(name: str, notes: str) -> None:
    assert find_notes(LOG, name) == notes


@pytest.mark.parametrize(
    ("argv", "status", "said"),
    [
        (["check", "Unreleased"], 0, "fits"),
        (["check", "v9.9.9"], 1, "says nothing below `## 9.9.9`"),
        (["notes", "Unreleased"], 0, "- "),
        (["publish"], 2, "scripts/release.py check"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_tag_is_checked_before_anything_is_built(
    argv: list[str], status: int, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(argv) == status
    shown = capsys.readouterr()
    assert said in shown.out + shown.err


def test_tag_of_another_version_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "CHANGELOG.md").write_text("## 9.9.9\n\n- all new\n", encoding="utf-8")
    monkeypatch.setattr("release.ROOT", tmp_path)

    assert main(["check", "v9.9.9"]) == 1
    assert f"the package is {__version__}" in capsys.readouterr().err


def test_image_is_pinned_and_nobody_is_root_in_it() -> None:
    lines = (ROOT / "Dockerfile").read_text(encoding="utf-8").splitlines()
    bases = [line.split()[1] for line in lines if line.startswith("FROM ")]
    (user,) = (line.split()[1] for line in lines if line.startswith("USER "))

    assert len(bases) == 2
    assert all(re.fullmatch(r"python:[\d.]+-slim@sha256:[0-9a-f]{64}", base) for base in bases)
    assert bases[0] == bases[1]
    assert not user.startswith(("0", "root"))


def test_image_needs_no_file_that_the_build_does_not_hand_on() -> None:
    copied = re.findall(r"^COPY (?!--from)(.*) \S+$", (ROOT / "Dockerfile").read_text(), re.M)
    sent = {
        line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line[0] == "!"
    }
    release = yaml.safe_load((ROOT / ".github/workflows/release.yml").read_text())
    kept = release["jobs"]["build"]["steps"][-1]["with"]["path"].split()

    for name in copied[0].split():
        assert name in sent
        assert name in kept or name.partition("/")[0] in kept


def test_only_the_jobs_that_publish_may_write() -> None:
    release = yaml.safe_load((ROOT / ".github/workflows/release.yml").read_text())
    may_write = {
        name
        for name, job in release["jobs"].items()
        if any(value == "write" for value in (job["permissions"] or {}).values())
    }

    assert release["permissions"] == {}
    assert may_write == {"attest", "pypi", "image", "release"}
    for name in may_write:
        steps = release["jobs"][name]["steps"]
        assert not any("checkout" in step.get("uses", "") for step in steps)
