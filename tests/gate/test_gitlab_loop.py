"""What GitLab tells the loop: plans of others, what is due, what was merged, what is deployed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import pytest
from tests.fake_gitlab import BASE, GOOD_BODY, HEAD, JOB_TOKEN, PROJECT, TOKEN, serve
from tests.fake_server import Fault

from whygate.cli import main
from whygate.history.deployments import FILE_NAME

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.conftest import Repo
    from tests.fake_gitlab import FakeGitLab

LEDGER = ".whygate/results.jsonl"
MARKER = "<!-- whygate:due -->"
PLAN = "Metric: retyped rows, weekly\nBaseline: 30\nTarget: 0\nEvaluate-By: +30d\n"
DUE = """\
feat: write every row (!12)

Problem: the export stops at row 100, so accountants retype the rest
Metric: support tickets about missing rows, weekly
Baseline: 9 tickets
Target: <= 1 ticket
Evaluate-By: 2025-02-15
"""
DONE = '{"v":1,"for":"!12","at":"2025-02-15","state":"met","value":"1 ticket"}\n'
SHA, OTHER = "5" * 40, "6" * 40


class Ran(NamedTuple):
    """What a run left behind."""

    status: int
    out: str
    report: Any


class Job(Protocol):
    """Runs `whygate ci` in a job; an empty variable counts as unset."""

    def __call__(self, **variables: str) -> Ran: ...


@pytest.fixture
def gitlab() -> Iterator[FakeGitLab]:
    with serve() as state:
        yield state


@pytest.fixture
def job(
    gitlab: FakeGitLab,
    repo: Repo,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> Job:
    """Give a job on the default branch in a clone."""
    monkeypatch.setattr("whygate.forges.rest._FIRST_PAUSE", 0.0001)
    known = dict(repo.environ) | {
        "GITLAB_CI": "true",
        "CI_API_V4_URL": gitlab.url,
        "CI_PROJECT_ID": str(PROJECT),
        "CI_PROJECT_DIR": str(repo.path),
        "CI_JOB_TOKEN": JOB_TOKEN,
        "CI_COMMIT_BRANCH": "main",
        "CI_DEFAULT_BRANCH": "main",
        "WHYGATE_TOKEN": TOKEN,
        "NO_PROXY": "127.0.0.1",
    }

    def run(**variables: str) -> Ran:
        for name, value in (known | variables).items():
            if value:
                monkeypatch.setenv(name, value)
            else:
                monkeypatch.delenv(name, raising=False)
        capfd.readouterr()
        status = main(["ci"])
        out, err = capfd.readouterr()
        report = repo.path / "whygate-report.json"
        return Ran(status, out + err, json.loads(report.read_text()) if report.exists() else None)

    return run


# --- covered by another request --------------------------------------------------------------


def merge_request(gitlab: FakeGitLab, number: int, **changes: object) -> None:
    """Add a merge request besides !12 that has a plan."""
    gitlab.others[number] = gitlab.request | {"iid": number, "description": GOOD_BODY} | changes
    gitlab.others_commits[number] = []


def judge(job: Job, gitlab: FakeGitLab, pointer: str) -> list[str]:
    gitlab.write(".whygate.yml", "version: 1\npreset: standard\n")
    gitlab.request |= {
        "title": "fix(export): write every row",
        "description": "## Problem\nExports stop at row 100 for 40 accountants.\n\n"
        f"## Measurement\n{pointer}\n",
    }
    done = job(
        CI_PIPELINE_SOURCE="merge_request_event",
        CI_MERGE_REQUEST_IID="12",
        CI_MERGE_REQUEST_PROJECT_ID=str(PROJECT),
        CI_MERGE_REQUEST_SOURCE_PROJECT_ID=str(PROJECT),
        CI_MERGE_REQUEST_TARGET_BRANCH_NAME="main",
        CI_COMMIT_BRANCH="",
    )
    assert done.status in (0, 1), done.out
    (change,) = done.report["changes"]
    return [f["message"] for f in change["findings"] if f["rule"] == "WG405"]


@pytest.mark.parametrize("pointer", ["Covered by !13", "Covered by #13", f"Covered by {SHA[:9]}"])
@pytest.mark.parametrize("state", ["opened", "merged"])
def test_plan_of_a_request_covers_another(
    job: Job, gitlab: FakeGitLab, pointer: str, state: str
) -> None:
    merge_request(gitlab, 13, state=state)
    gitlab.messages[SHA] = "feat: rows"
    gitlab.associated[SHA] = [13]

    assert judge(job, gitlab, pointer) == []


def test_plan_in_a_commit_of_the_other_request_counts(job: Job, gitlab: FakeGitLab) -> None:
    merge_request(gitlab, 13, description="")
    gitlab.others_commits[13] = [{"id": SHA, "message": f"feat: rows\n\n{PLAN}"}]

    assert judge(job, gitlab, "Covered by !13") == []


def test_plan_of_a_commit_counts_if_the_target_branch_holds_it(
    job: Job, gitlab: FakeGitLab
) -> None:
    gitlab.trees[SHA] = {}
    gitlab.messages |= {SHA: f"feat: rows\n\n{PLAN}", OTHER: f"feat: more\n\n{PLAN}"}
    gitlab.parents[BASE] = SHA

    assert judge(job, gitlab, f"Covered by {SHA}") == []
    assert judge(job, gitlab, f"Covered by {OTHER}") == [f"there is no change `{OTHER}`"]


@pytest.mark.parametrize(
    ("pointer", "said"),
    [
        ("Covered by !99", "there is no change `!99`"),
        ("Covered by !14", "`!14` has no plan of its own: no metric, target and day"),
        ("Covered by #14", "`#14` (!14) has no plan of its own"),
        ("Covered by !15", "!15 was closed without being merged"),
        ("Covered by !12", "a change cannot be covered by its own plan"),
        ("Covered by 7777777", "there is no change `7777777`"),
        ("Covered by shop/other!3", "the plan `shop/other!3` was not looked up here"),
    ],
)
def test_pointer_without_a_plan_is_said(
    job: Job, gitlab: FakeGitLab, pointer: str, said: str
) -> None:
    merge_request(gitlab, 14, description="words")
    merge_request(gitlab, 15, state="closed")

    (message,) = judge(job, gitlab, pointer)
    assert message.startswith(said)


# --- what is due -----------------------------------------------------------------------------


def schedule(job: Job, **variables: str) -> Ran:
    return job(CI_PIPELINE_SOURCE="schedule", WHYGATE_DUE_ISSUE="true", **variables)


def test_issue_lives_with_the_list(job: Job, gitlab: FakeGitLab, repo: Repo) -> None:
    repo.commit(DUE)
    created, kept = schedule(job), schedule(job)
    (issue,) = gitlab.written
    title, text = issue["title"], str(issue["description"])
    issue["title"] = "by hand"
    edited = schedule(job)
    repo.commit("chore: record\n", {LEDGER: DONE})
    closed, none = schedule(job), schedule(job)
    state, notes = issue["state"], issue["notes"]
    repo.commit(DUE.replace("!12", "!13"))
    reopened = schedule(job)

    assert (created.status, title) == (0, "Outcomes to look at: 1 overdue")
    assert text.startswith(f"{MARKER}\nSomebody wrote down to look at these.")
    assert "`whygate record '!12' --value" in text
    runs = (created, kept, edited, closed, none, reopened)
    said = [run.out.partition("to look at: ")[2].splitlines()[0] for run in runs]
    assert said == [
        "issue #1 was created",
        "issue #1 was kept",
        "issue #1 was edited",
        "issue #1 was closed",
        "no issue is needed",
        "issue #1 was reopened",
    ]
    assert (state, len(notes), gitlab.written[0]["state"]) == ("closed", 1, "opened")  # type: ignore[arg-type]


def test_issue_of_a_stranger_is_not_ours(job: Job, gitlab: FakeGitLab, repo: Repo) -> None:
    repo.commit(DUE)
    stranger = {"id": 66, "username": "eve"}
    copied = {"iid": 1, "title": "x", "description": f"{MARKER}\nx", "state": "opened"}
    gitlab.written = [copied | {"author": stranger, "notes": []}]
    schedule(job)

    assert len(gitlab.written) == 2
    assert gitlab.written[0]["title"] == "x"


@pytest.mark.parametrize(
    ("variables", "status", "said"),
    [
        ({"WHYGATE_DUE_ISSUE": ""}, 2, "WHYGATE_DUE_ISSUE=true"),
        ({"WHYGATE_TOKEN": ""}, 3, "no issue can be kept without WHYGATE_TOKEN"),
        ({"CI_COMMIT_BRANCH": "topic"}, 0, "this is not the default branch"),
        ({"CI_PIPELINE_SOURCE": "web"}, 2, "this is no pipeline of a merge request"),
    ],
    ids=["not asked for", "no token", "another branch", "by hand"],
)
def test_schedule_that_keeps_no_issue_says_why(
    job: Job, gitlab: FakeGitLab, repo: Repo, variables: dict[str, str], status: int, said: str
) -> None:
    repo.commit(DUE)
    known = {"CI_PIPELINE_SOURCE": "schedule", "WHYGATE_DUE_ISSUE": "true"}
    done = job(**(known | variables))

    assert (done.status, said in done.out) == (status, True), done.out
    assert gitlab.written == []


def test_token_that_may_not_write_issues_says_what_to_grant(
    job: Job, gitlab: FakeGitLab, repo: Repo
) -> None:
    repo.commit(DUE)
    gitlab.token_scope = "read_api"
    done = schedule(job)

    assert done.status == 3
    assert "scope `api`, role Reporter" in done.out


def test_schedule_without_the_whole_history_is_no_list(job: Job, repo: Repo, tmp_path: Any) -> None:
    repo.commit(DUE)
    repo.commit("fix: more\n", {"a": "1"})
    source = f"file://{repo.path}"
    repo.git("clone", "--quiet", "--depth", "1", source, str(tmp_path / "cut"))
    done = schedule(job, CI_PROJECT_DIR=str(tmp_path / "cut"))

    assert (done.status, "its history is cut off" in done.out) == (3, True)


# --- what was merged -------------------------------------------------------------------------


def push(job: Job, before: str, after: str, **variables: str) -> Ran:
    known = {"CI_COMMIT_BEFORE_SHA": before, "CI_COMMIT_SHA": after}
    return job(CI_PIPELINE_SOURCE="push", **(known | variables))


@pytest.mark.parametrize("became", ["merge_commit_sha", "squash_commit_sha", "sha"])
def test_push_keeps_the_plan_of_the_request_in_the_ledger(
    job: Job, gitlab: FakeGitLab, repo: Repo, became: str
) -> None:
    before = repo.commit("chore: begin\n", {"a": "1"})
    after = repo.commit("feat(login): send the mail again\n", {"a": "2"})
    gitlab.write(LEDGER, DONE)
    gitlab.request |= {"state": "merged", became: after}
    gitlab.associated[after] = [12]
    done = push(job, before, after, WHYGATE_KEEP_PLAN="ledger")
    again = push(job, before, after, WHYGATE_KEEP_PLAN="ledger")
    first, kept = gitlab.files_of("main")[LEDGER].decode().splitlines()

    assert (done.status, again.status) == (0, 0), done.out
    assert "kept the context of 1 merged changes" in done.out
    assert f"{first}\n" == DONE
    assert (json.loads(kept)["for"], json.loads(kept)["sha"]) == ("!12", after)
    assert len(gitlab.messages) == 1
    assert "[skip ci]" in gitlab.messages[gitlab.branches["main"]]
    assert "kept before" in again.out


def test_commit_that_is_no_request_is_judged_by_its_message(
    job: Job, gitlab: FakeGitLab, repo: Repo
) -> None:
    before = repo.commit("chore: begin\n", {"a": "1"})
    after = repo.commit("feat: nobody asked\n", {"a": "2"})
    gitlab.request |= {"state": "merged", "merge_commit_sha": HEAD}
    gitlab.associated[after] = [12]
    done = push(job, before, after)

    assert done.status == 0
    assert [change["title"] for change in done.report["changes"]] == ["feat: nobody asked"]


def test_push_is_read_from_the_api_where_the_clone_is_cut_off(job: Job, gitlab: FakeGitLab) -> None:
    gitlab.push("main", "a.py", "1")
    after = gitlab.branches["main"]
    gitlab.messages[after] = "feat: nobody asked\n"
    done = push(job, BASE, after)

    assert done.status == 0, done.out
    assert [change["title"] for change in done.report["changes"]] == ["feat: nobody asked"]


@pytest.mark.parametrize(
    ("where", "said"),
    [
        ("note", "the API of GitLab writes no git notes"),
        ("ledger", "a role that may push to the default branch"),
    ],
)
def test_plans_that_cannot_be_kept_are_said_and_change_nothing(
    job: Job, gitlab: FakeGitLab, repo: Repo, where: str, said: str
) -> None:
    before = repo.commit("chore: begin\n", {"a": "1"})
    after = repo.commit("feat(login): send the mail again\n", {"a": "2"})
    gitlab.request |= {"state": "merged", "merge_commit_sha": after}
    gitlab.associated[after] = [12]
    gitlab.faults.append(Fault("/repository/commits", 403, least=0, token=TOKEN))
    gitlab.job_reads = ("merge_requests", "repository")
    gitlab.token_scope = "read_api"
    done = push(job, before, after, WHYGATE_KEEP_PLAN=where)

    assert done.status == 0, done.out
    assert "the plans were not kept" in done.out
    assert said in done.out


@pytest.mark.parametrize("before", ["0" * 40, ""])
def test_branch_that_is_new_is_not_judged(job: Job, before: str) -> None:
    done = push(job, before, HEAD)

    assert (done.status, "the branch is new" in done.out) == (0, True)


# --- the clock by deployments ----------------------------------------------------------------


@pytest.fixture
def shop(repo: Repo) -> Repo:
    config = "version: 1\nrelease: {environment: production, tags: [never]}\n"
    repo.commit("chore: begin\n", {".whygate.yml": config})
    repo.commit(DUE.replace("Evaluate-By: 2025-02-15", "Evaluate-By: 30 days after release"))
    return repo


@pytest.fixture
def due(
    shop: Repo,
    gitlab: FakeGitLab,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Any:
    """Give `whygate due` in a clone whose remote names the project, outside of a job."""
    base = gitlab.url.removesuffix("/api/v4")
    shop.git("remote", "add", "origin", f"{base}/{gitlab.path}.git")

    def go(**environ: str) -> str:
        given = {"WHYGATE_TOKEN": TOKEN, "GITLAB_HOST": base, "NO_PROXY": "127.0.0.1"}
        for name in ("GITLAB_CI", "GITHUB_REPOSITORY", "CI_API_V4_URL", "CI_PROJECT_ID"):
            monkeypatch.delenv(name, raising=False)
        for name, value in {**shop.environ, **given, **environ}.items():
            monkeypatch.setenv(name, value)
        where = ("-C", str(shop.path), "--no-cache", "--today", "2025-03-20", "--within", "1y")
        assert main(["due", *where]) == 0
        out, err = capsys.readouterr()
        return out + err

    return go


def test_day_counts_from_the_first_deployment_that_holds_the_change(
    due: Any, shop: Repo, gitlab: FakeGitLab
) -> None:
    before, change = shop.git("rev-list", "--reverse", "--max-count=2", "HEAD").split()
    gitlab.deploy(before, "2025-01-10T10:00:00.000Z", "2025-01-10T10:00:00.000Z")
    gitlab.deploy(change, "2025-02-20T10:00:00.000Z", "2025-02-01T23:30:00.000-02:00")
    gitlab.deploy(change, "2025-01-20T10:00:00.000Z", status="failed")
    gitlab.deploy(change, "2025-01-21T10:00:00.000Z", environment={"name": "staging"})

    assert "2025-03-04" in due()  # 30 days after 2025-02-02 in UTC


def test_what_was_told_is_kept_and_only_news_are_asked_for(
    due: Any, shop: Repo, gitlab: FakeGitLab
) -> None:
    before, change = shop.git("rev-list", "--reverse", "--max-count=2", "HEAD").split()
    gitlab.deploy(before, "2025-01-10T10:00:00.001Z", microseconds=400)
    gitlab.deploy(before, "2025-01-10T10:00:00.001Z", microseconds=800)
    waiting = due()
    gitlab.deploy(change, "2025-02-02T10:00:00.000+08:00")
    found = [due() for _ in range(3)]
    queries = [one.query.get("updated_after") for one in gitlab.asked if "deploy" in one.path]
    known = json.loads((shop.path / ".git" / FILE_NAME).read_text())

    assert "waiting" in waiting.lower() or "no release" in waiting.lower()
    assert all("2025-03-04" in text for text in found)
    assert queries[:2] == [None, "2025-01-10T10:00:00.000Z"]
    assert queries[2] == "2025-02-02T01:59:59.999Z"
    assert len(known["settled"]) == 2
    assert len(known["recent"]) == 1
    assert "2025-03-04" in due(WHYGATE_TOKEN="")


def test_deployments_that_cannot_be_read_are_said(due: Any, gitlab: FakeGitLab) -> None:
    gitlab.faults.append(Fault("/deployments", 403))

    assert "the forge does not tell the deployments: the token may not read this" in due()


def test_token_is_not_sent_to_a_host_that_only_the_remote_names(
    due: Any, gitlab: FakeGitLab
) -> None:
    due(GITLAB_HOST="")

    assert gitlab.asked == []
