"""One deadline for a run of the gate: whatever it waits for, it ends with a sentence and 3."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.fake_github import FakeGitHub, Json
    from tests.gate.conftest import RunStep, Step

LATE = "the 0.05 seconds for reading and judging are over"

pytestmark = pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="a system without alarms")


@pytest.fixture(autouse=True)
def _hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("whygate.gate.run.SECONDS", 0.05)


def group(github: FakeGitHub) -> Json:
    members = range(8, 14)
    for number in members:
        github.add_pull(number, body="")
    heads = {number: str(github.pulls[number]["head"]["sha"]) for number in members}  # type: ignore[index]
    github.compared = [github.commit(f"feat: {n}", sha) for n, sha in heads.items()]
    github.belonging = {sha: [number] for number, sha in heads.items()}
    told = {
        "head_ref": "refs/heads/gh-readonly-queue/main/pr-13-" + "d" * 40,
        "head_sha": heads[13],
        "base_ref": "refs/heads/main",
        "base_sha": github.base_sha,
    }
    return {"action": "checks_requested", "merge_group": told}


def expect_late(step: Step) -> None:
    assert (step.status, step.outputs["verdict"]) == (3, "undecided")
    assert next(text for name, text in step.commands if name == "error").startswith(LATE)
    assert LATE in step.summary


def test_group_of_six_with_slow_answers_is_undecided(gate: RunStep, github: FakeGitHub) -> None:
    event = group(github)
    for _ in range(20):
        github.fail("/pulls/", status=200, delay=0.2)

    expect_late(gate("merge_group", event))


@pytest.mark.parametrize("place", ["judge_all", "find_tip", "BasePolicy.load"])
def test_endless_work_is_undecided(
    gate: RunStep, github: FakeGitHub, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    def work(*_: object, **__: object) -> None:
        while True:
            try:
                sum(range(1_000))
            except Exception:
                continue

    monkeypatch.setattr(f"whygate.gate.gate.{place}", work)

    expect_late(gate("pull_request", github.event()))


def test_git_that_hangs_is_undecided_and_gone(
    gate: RunStep, github: FakeGitHub, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    workspace = tmp_path / "checkout"
    (workspace / ".git" / "objects").mkdir(parents=True)
    (workspace / ".git" / "refs").mkdir()
    (workspace / ".git" / "HEAD").write_text("ref: refs/heads/main\n")
    programs = tmp_path / "programs"
    programs.mkdir()
    told = programs / "pid"
    git = programs / "git"
    git.write_text(f"#!/bin/sh\necho $$ > {told}\nexec sleep 1000\n")
    git.chmod(0o755)
    monkeypatch.setattr("whygate.gate.run.SECONDS", 2.0)

    step = gate(
        "pull_request",
        github.event(),
        GITHUB_WORKSPACE=str(workspace),
        PATH=f"{programs}:/usr/bin:/bin",
    )

    assert (step.status, step.outputs["verdict"]) == (3, "undecided")
    with pytest.raises(ProcessLookupError):
        os.kill(int(told.read_text()), 0)


def test_alarm_is_off_and_the_old_handler_back_after_a_run(
    gate: RunStep, github: FakeGitHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("whygate.gate.run.SECONDS", 60.0)
    before = signal.getsignal(signal.SIGALRM)

    gate("pull_request", github.event())

    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)
    assert signal.getsignal(signal.SIGALRM) == before
