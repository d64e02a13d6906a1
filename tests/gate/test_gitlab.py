"""The gate in a merge request pipeline of GitLab."""

from __future__ import annotations

import json
import subprocess
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple, Protocol
from xml.etree import ElementTree

import pytest
from tests import fake_gitlab
from tests.fake_server import Fault, make_certificate

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.fake_gitlab import FakeGitLab
    from tests.gate.conftest import RunCi

STRICT = "version: 1\npreset: strict\n"
EMPTY = {"description": "It sends the mail again."}
CUT = {"CI_MERGE_REQUEST_DESCRIPTION_IS_TRUNCATED": "true"}


class Ran(NamedTuple):
    """What a job left behind."""

    status: int
    out: str
    junit: str
    quality: list[dict[str, object]]


class Job(Protocol):
    """Runs `whygate ci` in a job; an empty variable counts as unset."""

    def __call__(self, **variables: str) -> Ran: ...


@pytest.fixture
def gitlab() -> Iterator[FakeGitLab]:
    """Give a running GitLab below a path, with one merge request that says everything."""
    with fake_gitlab.serve() as state:
        yield state


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Give the directory that the runner made for the job."""
    directory = tmp_path / "builds"
    directory.mkdir()
    return directory


@pytest.fixture
def job(project: Path, gitlab: FakeGitLab, run_ci: RunCi) -> Job:
    """Give a job with both tokens; the variables are those of a merge request pipeline."""
    request = gitlab.request
    known = {
        "CI": "true",
        "GITLAB_CI": "true",
        "CI_API_V4_URL": gitlab.url,
        "CI_PROJECT_ID": str(fake_gitlab.PROJECT),
        "CI_PROJECT_DIR": str(project),
        "CI_JOB_TOKEN": fake_gitlab.JOB_TOKEN,
        "CI_COMMIT_SHA": fake_gitlab.HEAD,
        "CI_PIPELINE_SOURCE": "merge_request_event",
        "CI_MERGE_REQUEST_IID": str(fake_gitlab.IID),
        "CI_MERGE_REQUEST_PROJECT_ID": str(fake_gitlab.PROJECT),
        "CI_MERGE_REQUEST_SOURCE_PROJECT_ID": str(fake_gitlab.PROJECT),
        "CI_MERGE_REQUEST_TITLE": str(request["title"]),
        "CI_MERGE_REQUEST_DESCRIPTION": str(request["description"]),
        "CI_MERGE_REQUEST_DESCRIPTION_IS_TRUNCATED": "false",
        "CI_MERGE_REQUEST_SOURCE_BRANCH_NAME": "mail-again",
        "CI_MERGE_REQUEST_TARGET_BRANCH_NAME": "main",
        "WHYGATE_TOKEN": fake_gitlab.TOKEN,
    }

    def run(**variables: str) -> Ran:
        status, out = run_ci(known | variables)
        junit, quality = project / "whygate-junit.xml", project / "gl-code-quality-report.json"
        return Ran(
            status,
            out,
            junit.read_text() if junit.exists() else "",
            json.loads(quality.read_text()) if quality.exists() else [],
        )

    return run


def test_job_judges_the_live_text_and_leaves_both_reports(gitlab: FakeGitLab, job: Job) -> None:
    complete = job(CI_MERGE_REQUEST_DESCRIPTION="", **CUT)
    gitlab.request |= EMPTY
    failed = job()

    assert complete.status == 0, complete.out
    assert complete.quality == []
    assert ElementTree.fromstring(complete.junit).get("failures") == "0"
    assert failed.status == 1
    suite = ElementTree.fromstring(failed.junit)
    assert suite.get("failures") == "1"
    case = next(suite.iter("testcase"))
    assert case.get("name") == "!12 feat(login): send the mail again"
    problem = failed.quality[0]
    assert str(problem["description"]).startswith("WG101 problem-missing: ")
    assert problem["severity"] == "major"
    assert problem["location"] == {"path": "description", "lines": {"begin": 1}}
    prints = [entry["fingerprint"] for entry in failed.quality]
    assert len(set(prints)) == len(prints) > 2


def test_fingerprints_stay_when_a_description_grows_above_them(
    gitlab: FakeGitLab, job: Job
) -> None:
    gitlab.request |= EMPTY
    before = job()
    gitlab.request["description"] = f"A word before.\n\n{EMPTY['description']}"
    after = job()

    assert [e["fingerprint"] for e in before.quality] == [e["fingerprint"] for e in after.quality]


@pytest.mark.parametrize(
    ("reads", "kinds"),
    [
        (("merge_requests", "repository"), {"JOB-TOKEN"}),
        ((), {"JOB-TOKEN", "PRIVATE-TOKEN"}),
        (("merge_requests",), {"JOB-TOKEN", "PRIVATE-TOKEN"}),
    ],
    ids=["the job's own", "the project's", "each by what it may read"],
)
def test_job_token_is_asked_first_and_the_projects_where_it_may_not(
    gitlab: FakeGitLab, job: Job, reads: tuple[str, ...], kinds: set[str]
) -> None:
    gitlab.job_reads = reads

    ran = job()

    assert ran.status == 0, ran.out
    assert gitlab.asked[0].kind == "JOB-TOKEN"
    assert {asked.kind for asked in gitlab.asked} == kinds


@pytest.mark.parametrize("place", ["merge_requests/12/commits", "merge_requests/12/diffs"])
def test_lists_are_read_over_all_their_pages(gitlab: FakeGitLab, job: Job, place: str) -> None:
    gitlab.commits = [{"id": f"{n:040x}", "message": f"Step {n}"} for n in range(1, 131)]
    gitlab.diffs = [gitlab.diff(f"docs/{n}.md") for n in range(130)]
    gitlab.request |= {"changes_count": "130"}

    ran = job()

    pages = [a.query["page"] for a in gitlab.asked if a.path.endswith(place)]
    assert ran.status == 0
    assert pages == ["1", "2"]


def test_files_that_did_not_all_come_exempt_nothing(gitlab: FakeGitLab, job: Job) -> None:
    gitlab.write(".whygate.yml", "version: 1\nexempt:\n  paths: ['docs/**']\n")
    gitlab.request |= EMPTY
    gitlab.diffs = [gitlab.diff("docs/a.md")]
    known = job()
    gitlab.request["changes_count"] = "1000+"
    unknown = job()

    assert known.status == 0
    assert "exempt" in known.out
    assert unknown.status == 1
    assert "nothing is exempt by its files" in unknown.out


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"diff": "@@ -1 +1,2 @@\n+one\n+two\n"}, 1),
        ({"collapsed": True, "diff": ""}, 1),
        ({"diff": "Binary files a/docs/a.md and b/docs/a.md differ\n"}, 1),
        ({"old_path": "docs/b.md", "too_large": True, "diff": ""}, 1),
        ({"old_path": "docs/b.md", "diff": ""}, 0),
        ({}, 0),
    ],
    ids=["two lines", "not shown", "binary", "moved and not shown", "moved", "one line"],
)
def test_trivial_needs_lines_that_gitlab_shows(
    gitlab: FakeGitLab, job: Job, changes: dict[str, object], status: int
) -> None:
    gitlab.write(".whygate.yml", "version: 1\ntrivial:\n  max_lines: 1\n")
    gitlab.request |= {
        "description": "Product-Context: exempt trivial; the sign said mial for years"
    }
    gitlab.request |= {"title": "fix: correct the sign"}
    gitlab.diffs = [gitlab.diff("docs/a.md", **changes)]

    ran = job()

    assert ran.status == status, ran.out


def test_configuration_comes_from_the_tip_of_the_target_alone(gitlab: FakeGitLab, job: Job) -> None:
    gitlab.write(".whygate.yml", STRICT)
    lax = "version: 1\npreset: adopt\n"
    gitlab.write(".whygate.yml", lax, fake_gitlab.HEAD)
    gitlab.request |= EMPTY
    gitlab.diffs = [gitlab.diff(".whygate.yml")]

    ran = job()

    assert ran.status == 1
    assert "!12 changes .whygate.yml: it is judged by .whygate.yml of the base commit" in ran.out
    assert "the rules that !12 brings are well formed" in ran.out


def test_branch_of_a_fork_exempts_nothing(gitlab: FakeGitLab, job: Job) -> None:
    gitlab.write(".whygate.yml", "version: 1\nexempt:\n  branches: ['mail-*']\n")
    gitlab.request |= EMPTY
    own = job()
    gitlab.request["source_project_id"] = 977
    fork = job()

    assert (own.status, fork.status) == (0, 1)


@pytest.mark.parametrize(
    ("user", "is_bot"),
    [
        ({"id": 9, "username": "project_41_bot_f00"}, True),
        ({"id": 5, "username": "project_41_bot_f00"}, False),
    ],
    ids=["by GitLab's word", "by its name alone"],
)
def test_bot_is_one_only_by_the_word_of_gitlab(
    gitlab: FakeGitLab, job: Job, user: dict[str, object], is_bot: bool
) -> None:
    gitlab.write(".whygate.yml", "version: 1\nexempt:\n  bots: [project_41_bot_f00]\n")
    gitlab.request |= {**EMPTY, "author": user}

    ran = job()

    assert ran.status == (0 if is_bot else 1), ran.out


def test_draft_is_not_held_back(gitlab: FakeGitLab, job: Job) -> None:
    gitlab.write(".whygate.yml", "version: 1\ndrafts: skip\n")
    gitlab.request |= {**EMPTY, "draft": True, "title": "Draft: feat(login): send it again"}

    assert job().status == 0


def test_request_that_is_merged_is_not_held_back(gitlab: FakeGitLab, job: Job) -> None:
    gitlab.request |= {**EMPTY, "state": "merged"}

    ran = job()

    assert ran.status == 0
    assert "!12 is merged: there is nothing to hold back" in ran.out


def test_request_that_is_closed_gets_no_green_that_would_stay(gitlab: FakeGitLab, job: Job) -> None:
    gitlab.request |= {**EMPTY, "state": "closed"}

    ran = job()

    assert ran.status == 3
    assert "!12 is closed: no job would judge it when it is opened again" in ran.out


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"state": "closed"}, "!12 was closed"),
        ({"state": "merged"}, "!12 was merged"),
        ({"target_branch": "release"}, "!12 goes into `release` now"),
        ({"description": ""}, "!12 has another title or description now"),
        ({"sha": "e" * 40}, "!12 has other commits now"),
    ],
    ids=["closed", "merged", "retargeted", "emptied", "pushed"],
)
def test_request_that_changes_while_it_is_judged_has_no_verdict(
    gitlab: FakeGitLab, job: Job, changes: dict[str, object], said: str
) -> None:
    gitlab.after[3] = lambda: gitlab.request.update(changes)

    ran = job()

    assert ran.status == 3
    assert f"{said}: it changed while it was judged" in ran.out
    assert ElementTree.fromstring(ran.junit).get("errors") == "1"


@pytest.mark.parametrize(
    ("variables", "status"),
    [
        ({"CI_MERGE_REQUEST_EVENT_TYPE": "detached"}, 0),
        ({"CI_MERGE_REQUEST_EVENT_TYPE": "detached", "CI_COMMIT_SHA": "e" * 40}, 3),
        ({"CI_MERGE_REQUEST_EVENT_TYPE": "merge_train", "CI_COMMIT_SHA": "e" * 40}, 0),
        ({"CI_MERGE_REQUEST_SOURCE_BRANCH_SHA": "e" * 40}, 3),
        (
            {
                "CI_MERGE_REQUEST_EVENT_TYPE": "merged_result",
                "CI_MERGE_REQUEST_SOURCE_BRANCH_SHA": fake_gitlab.HEAD,
                "CI_COMMIT_SHA": "e" * 40,
            },
            0,
        ),
    ],
    ids=["its head", "older head", "train", "merged results of an older head", "merged results"],
)
def test_job_of_an_older_commit_gives_no_verdict_about_a_newer_one(
    job: Job, variables: dict[str, str], status: int
) -> None:
    ran = job(**variables)

    assert ran.status == status, ran.out
    said = "!12 has other commits than eeeeeeeeeeee, for which this job was started"
    assert (said in ran.out) == (status == 3)


def test_request_without_its_source_branch_has_no_verdict(gitlab: FakeGitLab, job: Job) -> None:
    gitlab.request["sha"] = None

    ran = job()

    assert ran.status == 3
    assert "!12 has no commit: its source branch is gone" in ran.out


def _clone(project: Path, environ: dict[str, str], files: dict[str, str]) -> None:
    """Make a clone as the job has it, with the target branch fetched."""

    def git(*args: str) -> None:
        subprocess.run(["git", "-C", str(project), *args], check=True, env=environ)

    git("init", "-q", "-b", "main")
    for name, text in files.items():
        (project / name).write_text(text)
    git("add", "-A")
    git("commit", "-q", "-m", "chore: begin", "--allow-empty")
    git("update-ref", "refs/remotes/origin/main", "HEAD")
    (project / ".whygate.yml").write_text("version: 1\npreset: adopt\n")
    git("commit", "-q", "-a", "-m", "chore: ask nothing")


def test_variables_and_the_fetched_target_count_when_no_token_may_read(
    gitlab: FakeGitLab, job: Job, project: Path, git_environ: dict[str, str]
) -> None:
    gitlab.job_reads = ()
    _clone(project, git_environ, {".whygate.yml": STRICT})

    complete = job(WHYGATE_TOKEN="")
    emptied = job(WHYGATE_TOKEN="", CI_MERGE_REQUEST_DESCRIPTION="It sends it.")

    assert complete.status == 0, complete.out
    assert "the text of the event" in complete.out or "there is no token" in complete.out
    assert emptied.status == 1


def test_fetched_target_counts_when_only_the_request_may_be_read(
    gitlab: FakeGitLab, job: Job, project: Path, git_environ: dict[str, str]
) -> None:
    gitlab.job_reads = ("merge_requests",)
    _clone(project, git_environ, {".whygate.yml": STRICT})
    gitlab.request |= EMPTY

    ran = job(WHYGATE_TOKEN="")

    assert ran.status == 1
    assert gitlab.asked[0].path.endswith("/merge_requests/12")


@pytest.mark.parametrize(
    ("variables", "status", "said"),
    [
        (CUT, 3, "the description that the job got is cut off"),
        ({"CI_MERGE_REQUEST_TITLE": ""}, 3, "CI_MERGE_REQUEST_TITLE is not set"),
        ({}, 3, "nobody tells which commit is the tip of the base branch `main`"),
    ],
    ids=["cut off", "no title", "no clone"],
)
def test_job_that_may_read_nothing_says_what_to_grant(
    gitlab: FakeGitLab, job: Job, variables: dict[str, str], status: int, said: str
) -> None:
    gitlab.job_reads = ()

    ran = job(WHYGATE_TOKEN="", **variables)

    assert ran.status == status
    assert said in ran.out
    assert "WHYGATE_TOKEN" in ran.out


@pytest.mark.parametrize(
    ("variables", "said"),
    [
        ({"CI_MERGE_REQUEST_IID": ""}, "this is no pipeline of a merge request"),
        ({"CI_MERGE_REQUEST_IID": "12/notes"}, "CI_MERGE_REQUEST_IID is no number"),
        ({"CI_PROJECT_ID": "", "CI_MERGE_REQUEST_PROJECT_ID": ""}, "which project this is"),
        ({"CI_API_V4_URL": "ftp://x"}, "CI_API_V4_URL is not the address of an API"),
        ({"CI_SERVER_TLS_CA_FILE": "/no/such"}, "the certificates in `/no/such` cannot be read"),
        ({"WHYGATE_FAIL_ON": "maybe"}, "the input `fail-on` is one of error, never"),
    ],
    ids=["push", "strange number", "no project", "no address", "no certificates", "input"],
)
def test_job_with_wrong_variables_is_a_wrong_setup(
    job: Job, variables: dict[str, str], said: str
) -> None:
    ran = job(**variables)

    assert ran.status == 2
    assert said in ran.out


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (Fault("", 503), "the GitLab API is out of order"),
        (Fault("", 200, b"<html>"), "came that is no JSON"),
        (Fault("", 200, b'{"iid": 12}'), "is not what it documents"),
        (Fault("", 302, location="http://localhost:9/x"), "leads to another host"),
        (Fault("", 429), "the rate limit of GitLab is used up"),
    ],
    ids=["out of order", "a page", "half an answer", "another host", "too much"],
)
@pytest.mark.parametrize("place", ["/merge_requests/12", "/repository/tree", "/diffs"])
def test_answer_that_is_none_is_no_verdict(
    gitlab: FakeGitLab, job: Job, fault: Fault, said: str, place: str
) -> None:
    times = 1 if fault.status == 429 else 4  # what fails in passing is asked again
    gitlab.faults = [replace(fault, path=place) for _ in range(times)]

    ran = job()

    assert ran.status == 3, ran.out
    assert said in ran.out
    assert fake_gitlab.TOKEN not in ran.out
    assert ElementTree.fromstring(ran.junit).get("errors") == "1"


def test_note_is_written_once_and_edited_in_place(gitlab: FakeGitLab, job: Job) -> None:
    gitlab.request |= EMPTY
    stranger = gitlab.note("<!-- whygate:default -->\nall is well", who=5, id=77)
    gitlab.notes = [stranger]
    first = job(WHYGATE_COMMENT="true")
    gitlab.request["description"] = fake_gitlab.GOOD_BODY
    second = job(WHYGATE_COMMENT="true")

    assert (first.status, second.status) == (1, 0)
    written = [(a.method, a.path) for a in gitlab.asked if a.method != "GET"]
    assert [method for method, _ in written] == ["POST", "PUT"]
    assert len(gitlab.notes) == 2
    assert stranger["body"] == "<!-- whygate:default -->\nall is well"
    assert str(gitlab.notes[1]["body"]).startswith("<!-- whygate:default -->\n")


@pytest.mark.parametrize(
    ("token", "scope"), [("", "api"), (fake_gitlab.TOKEN, "read_api")], ids=["none", "reads only"]
)
def test_note_that_cannot_be_written_changes_no_verdict(
    gitlab: FakeGitLab, job: Job, token: str, scope: str
) -> None:
    gitlab.token_scope = scope
    gitlab.request |= EMPTY

    ran = job(WHYGATE_COMMENT="true", WHYGATE_TOKEN=token)

    assert ran.status == 1
    assert "the comment was not written" in ran.out
    assert "scope `api`" in ran.out


@pytest.mark.parametrize(
    ("name", "status"), [("lena", 0), ("ada", 1), ("olaf", 1)], ids=["may", "author", "stranger"]
)
def test_waiver_counts_by_who_may_write_to_the_project(
    gitlab: FakeGitLab, job: Job, name: str, status: int
) -> None:
    gitlab.request |= EMPTY
    text = "/whygate waive until +7d: the mail server moves this week"
    now = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S}.000Z"
    gitlab.notes = [gitlab.note(text, who=21, name=name, created_at=now, updated_at=now)]

    ran = job()

    assert ran.status == status, ran.out


def test_issue_that_the_request_closes_answers_for_it(gitlab: FakeGitLab, job: Job) -> None:
    gitlab.request |= {"description": "Closes #4", "title": "fix(login): send the mail again"}
    issue = {"iid": 4, "title": "No mail", "description": fake_gitlab.GOOD_BODY}
    gitlab.closes = [issue | {"project_id": fake_gitlab.PROJECT}]
    own = job()
    gitlab.closes = [issue | {"project_id": 3}]
    other = job()

    assert (own.status, other.status) == (0, 1)


@pytest.mark.parametrize("name", ["whygate-junit.xml", "gl-code-quality-report.json"])
def test_report_does_not_follow_a_link_of_the_request(
    job: Job, project: Path, tmp_path: Path, name: str
) -> None:
    victim = tmp_path / "profile"
    victim.write_text("mine")
    (project / name).symlink_to(victim)

    assert job().status == 0
    assert victim.read_text() == "mine"
    assert not (project / name).is_symlink()


def test_log_obeys_nothing_that_a_description_says(gitlab: FakeGitLab, job: Job) -> None:
    evil = "section_start:1:x\r\x1b[0K ##vso[task.complete] \x1b[31m"
    gitlab.request |= {"description": f"## Problem\n{evil}", "title": f"feat: {evil}"}

    ran = job()

    assert ran.status == 1
    assert "\x1b" not in ran.out
    assert "\r" not in ran.out
    assert "##vso[" not in ran.out


def test_ledger_that_a_request_rewrites_fails(gitlab: FakeGitLab, job: Job) -> None:
    line = '{"version": 1}\n'
    ledger = ".whygate/results.jsonl"
    gitlab.write(ledger, line, fake_gitlab.BASE, fake_gitlab.FORK)
    gitlab.write(ledger, "\n", fake_gitlab.HEAD)
    gitlab.diffs = [gitlab.diff(ledger)]

    assert job().status == 1


def test_clone_of_a_fork_says_nothing_about_the_target(
    gitlab: FakeGitLab, job: Job, project: Path, git_environ: dict[str, str]
) -> None:
    gitlab.job_reads = ()
    _clone(project, git_environ, {".whygate.yml": STRICT})

    ran = job(WHYGATE_TOKEN="", CI_PROJECT_ID="977", CI_MERGE_REQUEST_SOURCE_PROJECT_ID="977")

    assert ran.status == 3
    assert "nobody tells which commit is the tip of the base branch `main`" in ran.out


def test_server_is_reached_through_a_proxy_and_by_its_own_authority(
    gitlab: FakeGitLab, job: Job, tmp_path: Path
) -> None:
    proxy = gitlab.url.partition("/gitlab")[0]
    by_proxy = job(CI_API_V4_URL="http://git.invalid/gitlab/api/v4", http_proxy=proxy)
    hosts = {asked.host for asked in gitlab.asked}
    with fake_gitlab.serve(make_certificate(tmp_path)) as secret:
        own = str(tmp_path / "ca.pem")
        trusted = job(CI_API_V4_URL=secret.url, CI_SERVER_TLS_CA_FILE=own, http_proxy="")
        strange = job(CI_API_V4_URL=secret.url, CI_SERVER_TLS_CA_FILE="")

    assert (by_proxy.status, trusted.status, strange.status) == (0, 0, 3), trusted.out
    assert hosts == {"git.invalid"}
    assert "SSL_CERT_FILE" in strange.out


@pytest.mark.parametrize("kind", ["detached", "merged_result", "merge_train"])
@pytest.mark.parametrize("state", ["opened", "locked"])
@pytest.mark.parametrize(("changes", "status"), [({}, 0), (EMPTY, 1)], ids=["complete", "empty"])
def test_pipeline_of_a_merge_train_judges_the_text_of_its_request(
    gitlab: FakeGitLab, job: Job, kind: str, state: str, changes: dict[str, str], *, status: int
) -> None:
    """Its commit is a merge of GitLab's own, and its request is locked while it is merged."""
    gitlab.request |= {"state": state, **changes}
    commit = fake_gitlab.HEAD if kind == "detached" else "9" * 40
    done = job(CI_MERGE_REQUEST_EVENT_TYPE=kind, CI_COMMIT_SHA=commit)

    assert done.status == status, done.out
