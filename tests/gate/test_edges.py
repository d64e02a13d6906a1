"""The action at its limits: odd answers, large texts, files that cannot be written."""

from __future__ import annotations

import errno
import tempfile
from typing import TYPE_CHECKING, NoReturn

import pytest

from whygate.reporters.markdown import COMMENT_LIMIT, SUMMARY_LIMIT, Page

if TYPE_CHECKING:
    from pathlib import Path

    from tests.fake_github import FakeGitHub, Json
    from tests.gate.conftest import Machine, RunStep


@pytest.mark.parametrize(
    "changes",
    [
        {"number": 8},
        {"body": "x" * 262_145},
        {"state": "unknown"},
        {"base": {"sha": "main"}},
        {"base": None},
    ],
    ids=["another one", "too long", "no state", "no hash", "no base"],
)
def test_gate_believes_no_odd_pull_request(
    gate: RunStep, github: FakeGitHub, event: Json, changes: Json
) -> None:
    github.pulls[7] |= changes

    step = gate("pull_request", event)

    assert (step.status, step.outputs["verdict"]) == (3, "undecided")


def test_gate_reads_as_much_of_the_commit_messages_as_it_has_time_for_and_says_so(
    gate: RunStep, github: FakeGitHub, event: Json
) -> None:
    github.add_pull(commits=5)
    github.commits[7] = [github.commit("x" * 40_000, f"{n:040x}") for n in range(5)]

    step = gate("pull_request", event)

    assert "has 5 commits; the messages of 3 were read" in step.commands[0][1]


def test_gate_answers_when_the_api_is_down(
    gate: RunStep, event: Json, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("whygate.forges.rest._FIRST_PAUSE", 0.001)

    step = gate("pull_request", event, GITHUB_API_URL="http://127.0.0.1:9")

    assert (step.status, step.outputs["verdict"]) == (3, "undecided")
    assert "## whygate: nothing to judge" in step.summary
    assert "refused" in step.summary


def test_gate_says_which_permission_lacks(gate: RunStep, github: FakeGitHub, event: Json) -> None:
    github.fail("/pulls/7$", status=403, body=b'{"message": "Resource not accessible"}')

    step = gate("pull_request", event)

    assert (step.status, step.outputs["verdict"]) == (3, "undecided")
    assert "`contents: read` and `pull-requests: read`" in step.commands[0][1]


def test_gate_needs_no_workspace(gate: RunStep, machine: Machine, event: Json) -> None:
    step = gate("pull_request", event, GITHUB_WORKSPACE=str(machine.directory / "nowhere"))

    assert (step.status, step.outputs["verdict"]) == (0, "ok")


def test_gate_ignores_a_repository_around_the_workspace(
    gate: RunStep, machine: Machine, event: Json, github: FakeGitHub
) -> None:
    (machine.directory / ".git").mkdir()
    (machine.directory / ".git/HEAD").write_text("ref: refs/heads/main\n")
    for name in ("objects", "refs"):
        (machine.directory / ".git" / name).mkdir()

    step = gate("pull_request", event)

    assert (step.status, step.outputs["verdict"]) == (0, "ok")
    assert any("git/trees" in path for path in github.paths())


def test_gate_shows_what_an_exemption_excuses(
    gate: RunStep, github: FakeGitHub, event: Json
) -> None:
    body = (
        "## Problem\nEvery grammar change forces a re-read of 900 lines.\n"
        "## Product context\nexempt internal; all 412 golden outputs are byte-identical\n"
    )
    github.add_pull(title="refactor: split the parser", body=body)

    step = gate("pull_request", event)

    assert (step.status, step.outputs["verdict"]) == (0, "exempt")
    assert "Exempt (`internal`): `all 412 golden outputs are byte-identical`" in step.summary


def test_gate_shows_what_was_suppressed_and_why(
    gate: RunStep, github: FakeGitHub, event: Json
) -> None:
    github.write(
        ".whygate.yml",
        "version: 1\nrules:\n  WG103: {severity: 'off', reason: we measure nothing yet}\n",
    )
    github.add_pull(body="")

    step = gate("pull_request", event)

    assert "- `WG103` `measurement-missing`: `we measure nothing yet`" in step.summary


def test_gate_shows_ten_annotations_at_most(gate: RunStep, github: FakeGitHub) -> None:
    github.pulls[7]["body"] = ""
    for number in range(10, 16):
        github.add_pull(number, body="")
        github.compared.append(github.commit("feat: queued", f"{number:040x}"))
        github.belonging[f"{number:040x}"] = [number]
    github.compared.append(github.commit("feat: rows", "e" * 40))
    group = {
        "head_ref": "refs/heads/gh-readonly-queue/main/pr-7-" + "d" * 40,
        "head_sha": "e" * 40,
        "base_ref": "refs/heads/main",
        "base_sha": github.base_sha,
    }

    step = gate("merge_group", {"action": "checks_requested", "merge_group": group})

    errors = [data for name, data in step.commands if name == "error"]
    assert (len(errors), errors[-1]) == (10, "12 more are in the job summary")


def test_summary_and_comment_have_an_end(
    gate: RunStep, github: FakeGitHub, event: Json, monkeypatch: pytest.MonkeyPatch
) -> None:
    github.add_pull(body="")
    monkeypatch.setattr("whygate.reporters.markdown.SUMMARY_LIMIT", 1_500)
    monkeypatch.setattr("whygate.reporters.markdown.COMMENT_LIMIT", 900)

    step = gate("pull_request", event, WHYGATE_COMMENT="true")

    assert len(step.summary) <= 1_500
    assert "1 more do not fit on this page" in step.summary
    body = str(github.comments[7][0]["body"])
    assert len(body) <= 900
    assert body.startswith("<!-- whygate:default -->\n### `#7` incomplete")
    assert (SUMMARY_LIMIT, COMMENT_LIMIT) == (900_000, 65_536)
    assert Page() == Page()


def test_comment_says_where_to_look_when_notes_leave_no_room(
    gate: RunStep, github: FakeGitHub, event: Json, monkeypatch: pytest.MonkeyPatch
) -> None:
    github.add_pull(body="", commits=900)
    monkeypatch.setattr("whygate.reporters.markdown.COMMENT_LIMIT", 300)

    gate("pull_request", event, WHYGATE_COMMENT="true")

    assert "The job summary says what lacks." in str(github.comments[7][0]["body"])


def test_gate_runs_without_a_summary_and_a_temporary_directory(gate: RunStep, event: Json) -> None:
    step = gate("pull_request", event, RUNNER_TEMP="", GITHUB_STEP_SUMMARY="")

    assert (step.status, step.outputs["verdict"]) == (0, "ok")


@pytest.mark.parametrize("name", ["GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY"])
def test_gate_says_which_file_cannot_be_written(
    gate: RunStep, event: Json, tmp_path: Path, name: str
) -> None:
    step = gate("pull_request", event, **{name: str(tmp_path)})

    assert step.status == 2
    assert "cannot be written" in step.err


def test_gate_says_that_the_report_cannot_be_written(
    gate: RunStep, event: Json, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(**_: object) -> NoReturn:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(tempfile, "mkstemp", refuse)

    step = gate("pull_request", event)

    assert step.status == 2
    assert "the report cannot be written: No space left on device" in step.err
