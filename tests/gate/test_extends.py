"""What the base's configuration extends counts in the gate; what a request extends never does."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.conftest import MakeRepo
    from tests.fake_github import FakeGitHub, Json
    from tests.gate.conftest import Machine, RunStep

POLICY = "9" * 40  # a commit that keeps a policy
STRICT = "version: 1\nmax_severity: error\nkinds:\n  feature:\n    need: {rollout: error}\n"


@pytest.fixture
def pinned(github: FakeGitHub, machine: Machine) -> str:
    """Give the address of a strict policy on the job's own server."""
    machine.environ["GITHUB_SERVER_URL"] = github.url
    github.trees[POLICY] = {"org.yml": ("100644", STRICT.encode())}
    host = github.url.removeprefix("http://")
    return f"github://{host}/{github.repository}@{POLICY}:org.yml"


def read_policies(github: FakeGitHub) -> list[str]:
    return [asked.path for asked in github.asked if asked.path.endswith(POLICY)]


def test_gate_judges_by_what_the_base_extends(
    gate: RunStep, github: FakeGitHub, event: Json, pinned: str
) -> None:
    github.write(".whygate.yml", f"version: 1\nextends: {pinned}\n")

    step = gate("pull_request", event)

    assert (step.status, step.outputs["verdict"]) == (1, "failed")
    assert "Rollout" in step.summary
    assert f", over {pinned}" in step.summary
    assert len(read_policies(github)) == 1


def test_gate_extends_a_file_of_the_base(gate: RunStep, github: FakeGitHub, event: Json) -> None:
    github.write("policy/org.yml", STRICT)
    github.write(".whygate.yml", "version: 1\nextends: policy/org.yml\n")
    github.files[7] = [github.file("policy/org.yml")]

    step = gate("pull_request", event)

    assert (step.status, step.outputs["verdict"]) == (1, "failed")
    assert "#7 changes policy/org.yml: it is judged by .whygate.yml of" in step.summary
    assert ", over policy/org.yml, and the change counts for what comes after it" in step.summary


def test_gate_without_what_the_base_extends_gives_no_verdict(
    gate: RunStep, github: FakeGitHub, event: Json, pinned: str
) -> None:
    del github.trees[POLICY]
    github.write(".whygate.yml", f"version: 1\nextends: {pinned}\n")

    step = gate("pull_request", event)

    assert (step.status, step.outputs["verdict"]) == (3, "undecided")
    assert "which cannot be read" in step.summary


def test_gate_reads_a_commit_that_a_step_before_fetched(
    gate: RunStep, github: FakeGitHub, event: Json, machine: Machine, make_repo: MakeRepo
) -> None:
    policy = make_repo("policy")
    sha = policy.commit("Begin", {"org.yml": STRICT})
    clone = Path(machine.environ["GITHUB_WORKSPACE"])
    for argv in (("init", "--quiet"), ("fetch", "--quiet", str(policy.path), sha)):
        subprocess.run(["git", "-C", str(clone), *argv], env=machine.environ, check=True)
    github.write(".whygate.yml", f"version: 1\nextends: gitlab:acme/policy@{sha}:org.yml\n")

    step = gate("pull_request", event)

    assert (step.status, step.outputs["verdict"]) == (1, "failed")
    assert "Rollout" in step.summary


def test_gate_takes_no_copy_that_an_earlier_job_kept(
    gate: RunStep,
    github: FakeGitHub,
    event: Json,
    pinned: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("WHYGATE_CACHE_DIR", str(tmp_path / "cache"))
    github.write(".whygate.yml", f"version: 1\nextends: {pinned}\n")

    statuses = [gate("pull_request", event).status for _ in range(2)]

    assert statuses == [1, 1]
    assert len(read_policies(github)) == 2
    assert not (tmp_path / "cache" / "extended").exists()


def test_gate_fetches_nothing_that_a_request_names(
    gate: RunStep, github: FakeGitHub, event: Json, pinned: str
) -> None:
    head = dict(github.trees["b" * 40])
    head[".whygate.yml"] = ("100644", f"version: 1\nextends: {pinned}\n".encode())
    github.trees[github.head_sha] = head
    github.files[7] = [github.file(".whygate.yml")]

    step = gate("pull_request", event)

    assert (step.status, step.outputs["verdict"]) == (0, "ok")
    assert "a request's own configuration fetches nothing" in step.summary
    assert read_policies(github) == []


def test_gate_foretells_by_what_base_and_request_both_extend(
    gate: RunStep, github: FakeGitHub, event: Json, pinned: str
) -> None:
    github.write(".whygate.yml", f"version: 1\nextends: {pinned}\n")
    head = dict(github.trees["b" * 40])
    looser = f"version: 1\nextends: {pinned}\npreset: adopt\nmax_severity: warning\n"
    head[".whygate.yml"] = ("100644", looser.encode())
    github.trees[github.head_sha] = head
    github.files[7] = [github.file(".whygate.yml")]

    step = gate("pull_request", event)

    assert (step.status, step.outputs["verdict"]) == (1, "failed")
    assert "the rules that #7 brings are well formed: ok, 0 errors" in step.summary
    assert len(read_policies(github)) == 1
