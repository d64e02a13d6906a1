"""The gate in a job of Azure Pipelines, where a pull-request status holds a request back."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple, Protocol

import pytest
from tests import fake_azure
from tests.fake_server import Fault, make_certificate

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.fake_azure import FakeAzure
    from tests.gate.conftest import RunCi

EMPTY = {"description": "It remembers addresses."}
STATUSES = "/pullRequests/12/statuses"


class Ran(NamedTuple):
    """What a job left behind; `issues` are the commands that the agent obeys."""

    status: int
    out: str
    issues: list[str]


class Job(Protocol):
    """Runs `whygate ci` in a job; an empty variable counts as unset."""

    def __call__(self, **variables: str) -> Ran: ...


@pytest.fixture
def azure() -> Iterator[FakeAzure]:
    """Give a running server below a path, with one pull request that says everything."""
    with fake_azure.serve() as state:
        yield state


@pytest.fixture
def sources(tmp_path: Path) -> Path:
    """Give the directory that the agent made for the job."""
    directory = tmp_path / "s"
    directory.mkdir()
    return directory


@pytest.fixture
def job(sources: Path, azure: FakeAzure, run_ci: RunCi) -> Job:
    """Give a job that a build validation policy started."""
    known = azure.variables(sources)

    def run(**variables: str) -> Ran:
        status, out = run_ci(known | variables)
        assert fake_azure.TOKEN not in out
        issues = [line for line in out.split("\n") if "##vso[" in line or "##[" in line]
        return Ran(status, out, issues)

    return run


@pytest.mark.parametrize(
    ("text", "status", "state"),
    [(fake_azure.GOOD_BODY, 0, "succeeded"), ("It remembers.", 1, "failed")],
    ids=["complete", "empty"],
)
def test_status_is_pending_before_anything_is_read(
    azure: FakeAzure, job: Job, text: str, status: int, state: str
) -> None:
    azure.pull["description"] = text

    ran = job()

    assert ran.status == status, ran.out
    assert azure.asked[0].path.endswith("/iterations")  # what the status is for
    assert azure.asked[1].method == "POST"
    assert azure.asked[1].path.endswith(STATUSES)
    assert [told["state"] for told in azure.statuses] == ["pending", state]
    assert azure.asked[-1].path.endswith(STATUSES)
    for told in azure.statuses:
        assert told["context"] == {"genre": "whygate", "name": "product-context"}
        assert told["iterationId"] == 2
        page = "/tfs/Default%20Collection/Shop%20%26%20Store/_build/results?buildId=977"
        assert str(told["targetUrl"]).endswith(page)


def test_findings_are_issues_of_the_log_and_stand_in_the_report(
    azure: FakeAzure, job: Job, sources: Path
) -> None:
    azure.pull |= EMPTY

    ran = job()

    assert len(ran.issues) == 4
    start = "##vso[task.logissue type=error]WG101 problem-missing: no labelled answer for Problem"
    assert ran.issues[0].startswith(f"{start} (!12 description:1)%0A")
    assert ran.issues[3].startswith("##vso[task.logissue type=warning]WG104 ")
    report = json.loads((sources / "whygate-report.json").read_text())
    assert report["changes"][0]["id"] == "!12"
    assert report["base"] == fake_azure.BASE


def test_job_that_only_reports_warns_and_lets_pass(azure: FakeAzure, job: Job) -> None:
    azure.pull |= EMPTY

    ran = job(WHYGATE_FAIL_ON="never")

    assert ran.status == 0
    assert {issue.partition("]")[0] for issue in ran.issues} == {"##vso[task.logissue type=warning"}
    assert azure.statuses[-1]["state"] == "succeeded"


def test_configuration_comes_from_the_tip_of_the_target_alone(azure: FakeAzure, job: Job) -> None:
    azure.write(".whygate.yml", "version: 1\nschema: .whygate/own/schema.json\n")
    azure.write(
        ".whygate/own/schema.json", '{"$ref": "urn:whygate:product-context:1#/$defs/document"}'
    )
    azure.write(".whygate.yml", "version: 1\npreset: adopt\n", fake_azure.HEAD)
    azure.pull |= EMPTY
    azure.changes = [azure.change("/.whygate.yml")]

    ran = job()

    assert ran.status == 1, ran.out
    assert "!12 changes .whygate.yml: it is judged by .whygate.yml of the base commit" in ran.out
    assert "the rules that !12 brings are well formed" in ran.out


def test_every_file_counts_over_all_pages_and_by_both_names(azure: FakeAzure, job: Job) -> None:
    azure.write(".whygate.yml", "version: 1\nexempt:\n  paths: ['docs/**']\n")
    azure.pull |= EMPTY
    azure.changes = [azure.change(f"/docs/{n}.md") for n in range(5)]
    inside = job()
    azure.changes[4] = azure.change("/docs/4.md", "edit, rename", originalPath="/src/4.py")
    moved = job()
    azure.changes[4] = azure.change("/docs/4.md", "rename", sourceServerItem="/src/4.py")
    also = job()

    assert (inside.status, moved.status, also.status) == (0, 1, 1)
    skips = [a.query["$skip"] for a in azure.asked if a.path.endswith("/changes")]
    assert skips == ["0", "2", "4"] * 3


@pytest.mark.parametrize(
    "change",
    [{"has_iterations": False}, {"changes": [{"changeType": "edit", "item": {}}]}],
    ids=["no iterations", "no name"],
)
def test_files_that_are_not_all_known_exempt_nothing(
    azure: FakeAzure, job: Job, change: dict[str, object]
) -> None:
    azure.write(".whygate.yml", "version: 1\nexempt:\n  paths: ['**']\n")
    azure.pull |= EMPTY
    known = job()
    for name, value in change.items():
        setattr(azure, name, value)
    unknown = job()

    assert (known.status, unknown.status) == (0, 1)
    assert "not every file of !12 is known" in unknown.out


def test_commits_are_read_over_all_pages_and_whole_where_a_list_cuts_them(
    azure: FakeAzure, job: Job
) -> None:
    azure.pull |= {"description": "", "title": "fix(till): remember addresses"}
    azure.commits = [{"commitId": f"{n:040x}", "comment": f"Step {n}"} for n in range(1, 5)]
    cut = {"commitId": "5" * 40, "comment": "Last step", "commentTruncated": True}
    azure.commits.append(cut)
    azure.whole["5" * 40] = "Last step\n\nProblem: clerks type 400 addresses a month again\n"

    ran = job()

    assert ran.status == 0, ran.out
    tokens = [a.query.get("continuationToken") for a in azure.asked if a.path.endswith("/commits")]
    assert tokens == [None, "2", "4"]


def test_tip_is_that_of_the_branch_of_the_whole_name(azure: FakeAzure, job: Job) -> None:
    azure.refs = {"main-1": "e" * 40, "main-2": "e" * 40, "main": fake_azure.BASE}

    assert job().status == 0
    assert azure.statuses[-1]["state"] == "succeeded"


def test_branch_of_a_fork_exempts_nothing(azure: FakeAzure, job: Job) -> None:
    azure.write(".whygate.yml", "version: 1\nexempt:\n  branches: ['addr*']\n")
    azure.pull |= EMPTY
    own = job()
    azure.pull["forkSource"] = {"name": "refs/heads/addresses", "repository": {"id": "x"}}
    fork = job()

    assert (own.status, fork.status) == (0, 1)


@pytest.mark.parametrize(
    ("descriptor", "status"), [("svc.YWJj", 0), ("aad.YWJj", 1)], ids=["service", "person"]
)
def test_build_service_is_a_bot_by_the_word_of_azure(
    azure: FakeAzure, job: Job, descriptor: str, status: int
) -> None:
    azure.write(".whygate.yml", "version: 1\nexempt:\n  bots: [Build-1]\n")
    who = {"displayName": "Shop Build", "uniqueName": "Build-1", "descriptor": descriptor}
    azure.pull |= {**EMPTY, "createdBy": who}

    assert job().status == status


def test_label_and_draft_exempt_as_configured(azure: FakeAzure, job: Job) -> None:
    azure.write(".whygate.yml", "version: 1\ndrafts: skip\nexempt:\n  labels: [chore]\n")
    azure.pull |= {**EMPTY, "isDraft": True}
    draft = job()
    azure.pull |= {"isDraft": False, "labels": [{"id": "x", "name": "chore", "active": True}]}
    label = job()
    azure.pull |= {"labels": []}
    neither = job()

    assert (draft.status, label.status, neither.status) == (0, 0, 1)


def test_status_of_other_commits_than_are_judged_is_no_verdict(azure: FakeAzure, job: Job) -> None:
    azure.iterated = "e" * 40

    ran = job()

    assert ran.status == 3
    assert "!12 has other commits than eeeeeeeeeeee, for which this job was started" in ran.out
    assert [(told["state"], told["iterationId"]) for told in azure.statuses] == [
        ("pending", 2),
        ("error", 2),
    ]


def test_request_without_iterations_gets_a_status_of_its_own(azure: FakeAzure, job: Job) -> None:
    azure.has_iterations = False

    ran = job()

    assert ran.status == 0, ran.out
    assert [told["state"] for told in azure.statuses] == ["pending", "succeeded"]
    assert not any("iterationId" in told for told in azure.statuses)


@pytest.mark.parametrize("body", [b"{}", b'{"state": "notSet"}'], ids=["nothing", "another"])
def test_status_that_is_not_the_one_that_was_set_is_no_verdict(
    azure: FakeAzure, job: Job, body: bytes
) -> None:
    azure.after[3] = lambda: azure.faults.append(Fault(STATUSES, 200, body))

    assert job().status == 3


def test_request_that_is_completed_is_not_held_back(azure: FakeAzure, job: Job) -> None:
    azure.pull |= {**EMPTY, "status": "completed", "lastMergeCommit": {"commitId": "c" * 40}}

    ran = job()

    assert ran.status == 0
    assert "!12 is merged: there is nothing to hold back" in ran.out


def test_request_that_is_abandoned_gets_no_green_that_would_stay(
    azure: FakeAzure, job: Job
) -> None:
    azure.pull |= {**EMPTY, "status": "abandoned"}

    ran = job()

    assert ran.status == 3
    assert "!12 is closed: no job would judge it when it is opened again" in ran.out
    assert azure.statuses[-1]["state"] == "error"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"status": "abandoned"}, "!12 was closed"),
        ({"status": "completed"}, "!12 was merged"),
        ({"targetRefName": "refs/heads/release"}, "!12 goes into `release` now"),
        ({"description": None}, "!12 has another title or description now"),
        ({"lastMergeSourceCommit": {"commitId": "e" * 40}}, "!12 has other commits now"),
    ],
    ids=["abandoned", "completed", "retargeted", "emptied", "pushed"],
)
def test_request_that_changes_while_it_is_judged_has_no_verdict(
    azure: FakeAzure, job: Job, changes: dict[str, object], said: str
) -> None:
    azure.after[3] = lambda: azure.pull.update(changes)

    ran = job()

    assert ran.status == 3
    assert f"{said}: it changed while it was judged" in ran.out
    assert azure.statuses[-1]["state"] == "error"


@pytest.mark.parametrize(
    ("length", "status"), [(3_999, 0), (4_000, 3)], ids=["shorter", "as long as is kept"]
)
def test_description_that_may_be_cut_off_has_no_verdict(
    azure: FakeAzure, job: Job, length: int, status: int
) -> None:
    text = f"{fake_azure.GOOD_BODY}## Notes\n"
    rest = length - len(text)
    azure.pull["description"] = text + "\U0001f6d2" * (rest // 2) + "x" * (rest % 2)

    ran = job()

    assert ran.status == status, ran.out
    said = "the description of !12 is as long as Azure DevOps keeps one (4,000 characters)"
    assert (said in ran.out) == (status == 3)


def test_request_without_a_commit_has_no_verdict(azure: FakeAzure, job: Job) -> None:
    del azure.pull["lastMergeSourceCommit"]

    ran = job()

    assert ran.status == 3
    assert "!12 has no commit: its source branch is gone" in ran.out


def test_target_branch_that_is_gone_has_no_verdict(azure: FakeAzure, job: Job) -> None:
    azure.refs = {"main-2": "e" * 40}

    ran = job()

    assert ran.status == 3
    assert "Azure DevOps knows no branch `main`" in ran.out


@pytest.mark.parametrize(
    ("variables", "said"),
    [
        ({"SYSTEM_PULLREQUEST_PULLREQUESTID": ""}, "this run validates no pull request"),
        ({"SYSTEM_PULLREQUEST_PULLREQUESTID": "12/x"}, "PULLREQUESTID is no number"),
        ({"BUILD_REPOSITORY_PROVIDER": "GitHub"}, "is at GitHub, and not in Azure Repos"),
        ({"BUILD_REPOSITORY_ID": "../shop"}, "BUILD_REPOSITORY_ID does not say which"),
        ({"SYSTEM_TEAMPROJECT": ".."}, "SYSTEM_TEAMPROJECT does not say which project"),
        ({"SYSTEM_COLLECTIONURI": "ftp://x"}, "SYSTEM_COLLECTIONURI is not the address"),
        ({"AGENT_CAINFO": "/no/such"}, "the certificates in `/no/such` cannot be read"),
        ({"WHYGATE_FAIL_ON": "maybe"}, "the input `fail-on` is one of error, never"),
    ],
    ids=["push", "number", "other forge", "repository", "project", "address", "ca", "input"],
)
def test_job_with_wrong_variables_is_a_wrong_setup(
    job: Job, variables: dict[str, str], said: str
) -> None:
    ran = job(**variables)

    assert ran.status == 2, ran.out
    assert said in ran.out


def test_wrong_input_leaves_no_status_of_an_earlier_run(azure: FakeAzure, job: Job) -> None:
    job()
    ran = job(WHYGATE_PRESET="strickt")

    assert ran.status == 2, ran.out
    assert [told["state"] for told in azure.statuses[2:]] == ["pending", "error"]


def test_server_is_reached_through_a_proxy_and_by_its_own_authority(
    azure: FakeAzure, job: Job, tmp_path: Path
) -> None:
    behind = {"SYSTEM_COLLECTIONURI": "http://tfs.invalid/tfs/Default Collection"}
    proxy = azure.url.partition("/tfs")[0]
    by_proxy = job(**behind, http_proxy=proxy)
    hosts = {asked.host for asked in azure.asked}
    with fake_azure.serve(make_certificate(tmp_path)) as secret:
        trusted = job(SYSTEM_COLLECTIONURI=secret.url, AGENT_CAINFO=str(tmp_path / "ca.pem"))
        strange = job(SYSTEM_COLLECTIONURI=secret.url)

    assert (by_proxy.status, trusted.status, strange.status) == (0, 0, 3), trusted.out
    assert hosts == {"tfs.invalid"}
    assert "SSL_CERT_FILE" in strange.out


@pytest.mark.parametrize("token", ["", "$(System.AccessToken)"], ids=["none", "not taken"])
def test_job_without_a_token_says_how_to_give_it_one(
    azure: FakeAzure, job: Job, token: str
) -> None:
    ran = job(SYSTEM_ACCESSTOKEN=token)

    assert ran.status == 3
    assert "SYSTEM_ACCESSTOKEN: $(System.AccessToken)" in ran.out
    assert azure.statuses == []


def test_status_that_may_not_be_set_is_no_verdict(azure: FakeAzure, job: Job) -> None:
    azure.may_contribute = False

    ran = job()

    assert ran.status == 3
    assert "TF401027" in ran.out
    assert "contribute to pull requests" in ran.out


def test_verdict_that_cannot_be_published_is_none(azure: FakeAzure, job: Job) -> None:
    azure.after[3] = lambda: setattr(azure, "may_contribute", False)

    ran = job()

    assert ran.status == 3
    assert [told["state"] for told in azure.statuses] == ["pending"]


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (Fault("", 503), "the Azure DevOps API is out of order"),
        (Fault("", 200, b"<html>"), "came that is no JSON"),
        (Fault("", 200, b'{"pullRequestId": 12, "value": 3}'), "is not what it documents"),
        (Fault("", 200, b"[]"), "is not what it documents"),
        (Fault("", 200, b'{"description": "\xed\xa0\x80"}'), "came that is no JSON"),
        (Fault("", 203, fake_azure.SIGN_IN), "the token may not do this"),
        (Fault("", 302, location="http://localhost:9/_signin"), "the token may not do this"),
        (Fault("", 308, location="http://localhost:9/x"), "leads to another host"),
        (Fault("", 429), "the rate limit of Azure DevOps is used up"),
    ],
    ids=[
        "down",
        "a page",
        "half",
        "a list",
        "half a pair",
        "sign in",
        "signed out",
        "another host",
        "limit",
    ],
)
@pytest.mark.parametrize("place", ["/pullRequests/12", "/trees/", "/changes", "/refs", "/commits/"])
def test_answer_that_is_none_is_no_verdict(
    azure: FakeAzure, job: Job, fault: Fault, said: str, place: str
) -> None:
    # What fails in passing is asked again; the status before it went well.
    azure.after[1] = lambda: azure.faults.extend(replace(fault, path=place) for _ in range(4))

    ran = job()

    assert ran.status == 3, ran.out
    assert said in ran.out


def test_file_that_is_not_what_its_directory_names_is_no_verdict(
    azure: FakeAzure, job: Job
) -> None:
    azure.write(".whygate.yml", "version: 1\n")
    azure.faults = [Fault("/blobs/", 200, b"version: 1\npreset: adopt\n")]

    ran = job()

    assert ran.status == 3
    assert "`.whygate.yml`" in ran.out


def test_log_obeys_nothing_that_a_request_says(azure: FakeAzure, job: Job) -> None:
    evil = "##vso[task.complete result=Succeeded]%0A##[error]x \x1b[31m;]\r\n::stop::"
    azure.pull |= {"description": f"## Problem\n{evil}", "title": f"feat: {evil}"}
    azure.commits = [{"commitId": fake_azure.HEAD, "comment": evil}]

    ran = job()

    assert ran.status == 1
    assert "\x1b" not in ran.out
    assert "\r" not in ran.out
    allowed = ("##vso[task.logissue type=error]", "##vso[task.logissue type=warning]")
    for line in ran.issues:
        assert line.startswith(allowed)
        assert line.count("##") == line.count("## ") + 1
        assert "%0A##" not in line


def test_ledger_that_a_request_rewrites_fails(azure: FakeAzure, job: Job) -> None:
    ledger = ".whygate/results.jsonl"
    azure.write(ledger, '{"version": 1}\n', fake_azure.BASE, fake_azure.FORK)
    azure.write(ledger, "\n", fake_azure.HEAD)
    azure.changes = [azure.change(f"/{ledger}")]

    assert job().status == 1


def test_status_is_sent_again_when_the_server_fails_in_passing(azure: FakeAzure, job: Job) -> None:
    azure.faults = [Fault(STATUSES, 503)]

    ran = job()

    assert ran.status == 0, ran.out
    assert [told["state"] for told in azure.statuses] == ["pending", "succeeded"]


def test_list_whose_pages_are_empty_ends(azure: FakeAzure, job: Job) -> None:
    azure.pages = 0

    ran = job()

    assert ran.status == 3
    assert "Azure DevOps knows no branch `main`" in ran.out


def test_report_is_kept_where_nothing_was_checked_out(
    azure: FakeAzure, job: Job, sources: Path
) -> None:
    azure.pull |= EMPTY
    missing = sources / "not" / "there"

    ran = job(BUILD_SOURCESDIRECTORY=str(missing))

    assert ran.status == 1
    assert (missing / "whygate-report.json").is_file()


def test_run_of_another_forge_marks_nothing(azure: FakeAzure, job: Job) -> None:
    ran = job(BUILD_REPOSITORY_PROVIDER="GitHub", BUILD_REPOSITORY_ID="acme/shop")

    assert ran.status == 2
    assert azure.asked == []
    assert "BUILD_REPOSITORY_ID" not in ran.out
