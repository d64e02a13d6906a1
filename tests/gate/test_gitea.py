"""The gate in a job of Gitea's or Forgejo's Actions, where a commit status holds a request back."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Protocol

import pytest
from tests import fake_gitea

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.fake_gitea import FakeGitea
    from tests.fake_server import Json
    from tests.gate.conftest import RunCi


class Job(Protocol):
    """Runs `whygate ci` in a job and returns its status and its log."""

    def __call__(self, **variables: str) -> tuple[int, str]: ...


@pytest.fixture
def gitea() -> Iterator[FakeGitea]:
    """Give a running Gitea below a path, with one pull request that says everything."""
    with fake_gitea.serve() as state:
        yield state


@pytest.fixture
def job(tmp_path: Path, gitea: FakeGitea, run_ci: RunCi) -> Job:
    """Give a job whose event is old: its text must not count."""
    event = tmp_path / "event.json"
    old = gitea.pull | {"body": "", "title": "feat: old"}
    event.write_text(json.dumps({"action": "edited", "pull_request": old}))
    (tmp_path / "output").touch()
    known = {
        "GITHUB_ACTIONS": "true",
        "GITEA_ACTIONS": "true",
        "GITHUB_API_URL": gitea.url,
        "GITHUB_EVENT_NAME": "pull_request",
        "GITHUB_EVENT_PATH": str(event),
        "GITHUB_OUTPUT": str(tmp_path / "output"),
        "GITHUB_REPOSITORY": fake_gitea.REPOSITORY,
        "GITHUB_WORKSPACE": str(tmp_path),
        "WHYGATE_TOKEN": fake_gitea.TOKEN,
    }
    return lambda **variables: run_ci(known | variables)


@pytest.mark.parametrize("runner", ["GITEA_ACTIONS", "FORGEJO_ACTIONS"])
@pytest.mark.parametrize(
    ("body", "status", "state"),
    [(fake_gitea.GOOD_BODY, 0, "success"), ("none", 1, "failure")],
    ids=["complete", "empty"],
)
def test_status_is_pending_before_anything_is_read(
    gitea: FakeGitea, job: Job, *, runner: str, body: str, status: int, state: str
) -> None:
    gitea.pull["body"] = body

    found, out = job(**{"GITEA_ACTIONS": "", runner: "true"})

    assert found == status, out
    assert (
        gitea.asked[0].line == f"POST {fake_gitea.PREFIX}/repos/lab/shop/statuses/{fake_gitea.HEAD}"
    )
    assert [told["state"] for told in gitea.statuses] == ["pending", state]
    assert {told["context"] for told in gitea.statuses} == {"whygate"}


@pytest.mark.parametrize("refused", ["/statuses/", "/pulls/31", "/branches/", "/git/trees/"])
def test_what_is_refused_is_no_verdict(gitea: FakeGitea, job: Job, refused: str) -> None:
    gitea.refused = refused

    status, out = job()

    assert status == 3, out
    assert fake_gitea.TOKEN not in out
    states = [told["state"] for told in gitea.statuses]
    assert states == ([] if refused == "/statuses/" else ["pending", "error"])


@pytest.mark.parametrize(
    "took", [{"state": "pending"}, {"status": "warning"}], ids=["no status", "another"]
)
def test_status_that_was_taken_for_another_is_no_verdict(
    gitea: FakeGitea, job: Job, took: Json
) -> None:
    gitea.took = took

    status, out = job()

    assert status == 3, out


def test_wrong_input_leaves_no_status_of_an_earlier_job(gitea: FakeGitea, job: Job) -> None:
    job()
    status, out = job(WHYGATE_PRESET="strickt")

    assert status == 2, out
    assert [told["state"] for told in gitea.statuses[2:]] == ["pending", "error"]


@pytest.mark.parametrize(
    ("file", "status"),
    [
        ({"additions": 12, "deletions": 8}, 0),
        ({"additions": 13, "deletions": 8}, 1),
        ({"additions": 0, "deletions": 0}, 1),
        ({"previous_filename": "src/mark.py", "additions": 400}, 1),
        ({"previous_filename": "src/mark.py"}, 1),
    ],
    ids=["20", "21", "binary", "moved and rewritten", "moved, perhaps binary"],
)
def test_trivial_needs_the_lines_that_gitea_counts(
    gitea: FakeGitea, job: Job, file: Json, status: int
) -> None:
    gitea.files = [{"filename": "src/label.py", **file}]
    gitea.pull |= {
        "title": "fix: correct the sign",
        "body": "Product-Context: exempt trivial; the sign said mial for years",
    }

    found, out = job()

    assert found == status, out


def test_configuration_is_that_of_the_base_branch(gitea: FakeGitea, job: Job) -> None:
    gitea.tree[".whygate.yml"] = b"version: 1\npreset: adopt\n"
    gitea.pull["body"] = "none"

    assert job()[0] == 0


def test_files_exempt_only_when_all_of_them_came(gitea: FakeGitea, job: Job) -> None:
    gitea.tree[".whygate.yml"] = b"version: 1\nexempt:\n  paths: ['docs/**']\n"
    gitea.pull |= {"body": "none", "changed_files": 70}
    gitea.files = [{"filename": f"docs/{n}.md"} for n in range(70)]
    known = job()[0]
    gitea.pull["changed_files"] = 71
    unknown = job()[0]

    assert (known, unknown) == (0, 1)


def test_branch_of_a_fork_exempts_nothing(gitea: FakeGitea, job: Job) -> None:
    gitea.tree[".whygate.yml"] = b"version: 1\nexempt:\n  branches: [floor]\n"
    gitea.pull["body"] = "none"
    own = job()[0]
    gitea.pull["head"] = {"ref": "floor", "sha": fake_gitea.HEAD, "repo": {"full_name": "x/shop"}}
    fork = job()[0]

    assert (own, fork) == (0, 1)


def test_job_of_an_older_commit_gives_no_verdict_about_a_newer_one(
    gitea: FakeGitea, job: Job
) -> None:
    gitea.pull["head"] = {"ref": "floor", "sha": "e" * 40, "repo": {"full_name": "lab/shop"}}

    status, out = job()

    assert status == 3
    assert "#31 has other commits than dddddddddddd, for which this job was started" in out
    assert [told["state"] for told in gitea.statuses] == ["pending", "error"]


def test_event_that_is_no_request_is_a_wrong_setup(job: Job) -> None:
    status, out = job(GITHUB_EVENT_NAME="push")

    assert status == 2
    assert "the event `push` brings nothing to judge" in out


def test_file_that_is_not_what_its_directory_names_is_no_verdict(
    gitea: FakeGitea, job: Job
) -> None:
    gitea.tree[".whygate.yml"] = b"version: 1\n"
    gitea.sent = b"version: 2\n"

    status, out = job()

    assert status == 3
    assert "what Gitea sent is not what `.whygate.yml` holds: its hash is another" in out


def test_request_that_is_closed_is_judged_when_it_is_opened_again(
    gitea: FakeGitea, job: Job
) -> None:
    gitea.pull |= {"body": "none", "state": "closed"}

    status, out = job()

    assert status == 0
    assert "#31 is closed: there is nothing to hold back" in out
