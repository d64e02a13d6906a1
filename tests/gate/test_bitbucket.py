"""The gate in a step of Bitbucket Pipelines, with a Code Insights report."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

import pytest
from tests import fake_bitbucket
from tests.fake_server import Fault

from whygate.forges.bitbucket import insights

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.fake_bitbucket import FakeBitbucket
    from tests.gate.conftest import RunCi

EMPTY = {"description": "It reads them."}
REPORT = f"/2.0/repositories/lab/shop/commit/{fake_bitbucket.HEAD}/reports/whygate"


class Job(Protocol):
    """Runs `whygate ci` in a step and returns its status and its log."""

    def __call__(self, **variables: str) -> tuple[int, str]: ...


@pytest.fixture
def bitbucket() -> Iterator[FakeBitbucket]:
    """Give a running Bitbucket with one pull request that says everything."""
    with fake_bitbucket.serve() as state:
        yield state


@pytest.fixture
def job(
    tmp_path: Path, bitbucket: FakeBitbucket, run_ci: RunCi, monkeypatch: pytest.MonkeyPatch
) -> Job:
    """Give a step of the pipeline of a pull request."""
    monkeypatch.setattr("whygate.forges.bitbucket.forge.HOST", bitbucket.url)
    here = bitbucket.url.removesuffix("/2.0")
    known = bitbucket.variables(tmp_path)

    def run(**variables: str) -> tuple[int, str]:
        proxy = here if bitbucket.has_proxy else "http://127.0.0.1:9"
        monkeypatch.setattr("whygate.forges.bitbucket.forge.PROXY", proxy)
        status, out = run_ci(known | variables)
        assert fake_bitbucket.TOKEN not in out
        return status, out

    return run


@pytest.mark.parametrize(
    ("text", "status", "result", "details"),
    [
        (fake_bitbucket.GOOD_BODY, 0, "PASSED", "ok"),
        ("none", 1, "FAILED", "failed: 3 errors"),
    ],
    ids=["complete", "empty"],
)
def test_report_is_pending_before_anything_is_read(
    bitbucket: FakeBitbucket, job: Job, *, text: str, status: int, result: str, details: str
) -> None:
    bitbucket.pull["description"] = text

    found, out = job()

    assert found == status, out
    assert [a.line for a in bitbucket.asked[:2]] == [f"DELETE {REPORT}", f"PUT {REPORT}"]
    assert [told["result"] for told in bitbucket.reports] == ["PENDING", result]
    assert bitbucket.asked[-1].line == f"PUT {REPORT}"
    assert bitbucket.reports[-1]["details"] == details
    link = "https://bitbucket.org/lab/shop/pipelines/results/977"
    assert {told["link"] for told in bitbucket.reports} == {link}


def test_findings_are_annotations_that_a_later_run_replaces(
    bitbucket: FakeBitbucket, job: Job, tmp_path: Path
) -> None:
    bitbucket.pull |= EMPTY
    job()
    first = list(bitbucket.annotations)
    bitbucket.pull["description"] = fake_bitbucket.GOOD_BODY
    job()

    assert [row["severity"] for row in first] == ["HIGH"] * 3 + ["MEDIUM"]
    start = "WG101 problem-missing: no labelled answer for Problem (#21 description:1)"
    assert first[0]["summary"] == start
    assert first[0]["external_id"] == "whygate-1"
    assert "path" not in first[0]
    assert bitbucket.annotations == []
    assert (tmp_path / "whygate-report.json").is_file()


def test_annotations_are_sent_in_parts_that_are_taken(
    bitbucket: FakeBitbucket, job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(insights, "AT_ONCE", 2)
    monkeypatch.setattr(insights, "MOST", 3)
    bitbucket.pull |= EMPTY

    job()

    sent = [len(a.body) for a in bitbucket.asked if a.method == "POST" and a.body is not None]  # type: ignore[arg-type]
    assert sent == [2, 1]


def test_report_needs_no_token_and_the_description_does(bitbucket: FakeBitbucket, job: Job) -> None:
    status, out = job(WHYGATE_TOKEN="")

    assert status == 3
    assert "secured variable WHYGATE_TOKEN" in out
    assert [told["result"] for told in bitbucket.reports] == ["PENDING", "FAILED"]
    assert str(bitbucket.reports[-1]["details"]).startswith("the token may not do this")


def test_public_repository_is_read_without_a_token(bitbucket: FakeBitbucket, job: Job) -> None:
    bitbucket.is_public = True

    assert job(WHYGATE_TOKEN="")[0] == 0


@pytest.mark.parametrize(("may_write", "status"), [(True, 0), (False, 3)], ids=["may", "may not"])
def test_token_publishes_where_no_proxy_listens(
    bitbucket: FakeBitbucket, job: Job, may_write: bool, status: int
) -> None:
    bitbucket.has_proxy = False
    bitbucket.may_write = may_write

    found, out = job()

    assert found == status, out
    assert [told["result"] for told in bitbucket.reports] == ["PENDING", "PASSED"] * may_write


@pytest.mark.parametrize(
    "place", ["/reports/whygate", "/pullrequests/21", "/refs/branches/", "/src/", "/diffstat"]
)
def test_what_is_refused_is_no_verdict(bitbucket: FakeBitbucket, job: Job, place: str) -> None:
    refused = Fault(place, 403, b'{"type": "error", "error": {"message": "Forbidden \\u001b[31m"}}')
    # The first two questions bring the report into being.
    bitbucket.faults = [refused] * (2 if "report" in place else 1)
    status, out = job()

    assert status == 3, out
    assert "Forbidden" in out
    assert "\x1b" not in out


def test_verdict_that_cannot_be_published_is_none(bitbucket: FakeBitbucket, job: Job) -> None:
    bitbucket.after[3] = lambda: bitbucket.faults.extend([Fault("/reports/", 403)] * 2)

    status, out = job()

    assert status == 3, out
    assert [told["result"] for told in bitbucket.reports] == ["PENDING"]


@pytest.mark.parametrize(
    "took", [b"{}", b'{"result": "PENDING"}'], ids=["any object", "another result"]
)
def test_report_that_was_taken_for_another_is_no_verdict(
    bitbucket: FakeBitbucket, job: Job, took: bytes
) -> None:
    bitbucket.after[3] = lambda: bitbucket.faults.append(Fault("/reports/", 200, took))

    status, out = job()

    assert status == 3, out


def test_wrong_input_leaves_no_report_of_an_earlier_run(bitbucket: FakeBitbucket, job: Job) -> None:
    job()
    status, out = job(WHYGATE_PRESET="strickt")

    assert status == 2, out
    assert [told["result"] for told in bitbucket.reports[2:]] == ["PENDING", "FAILED"]


@pytest.mark.parametrize(
    ("file", "status"),
    [
        ({"lines_added": 12, "lines_removed": 8}, 0),
        ({"lines_added": 13, "lines_removed": 8}, 1),
        ({"lines_added": 0, "lines_removed": 0}, 1),
        ({"old": {"path": "src/way.py"}, "lines_added": 400, "lines_removed": 1}, 1),
        ({"old": {"path": "src/way.py"}, "lines_added": 0, "lines_removed": 0}, 1),
    ],
    ids=["20", "21", "binary", "moved and rewritten", "moved, perhaps binary"],
)
def test_trivial_needs_the_lines_that_bitbucket_counts(
    bitbucket: FakeBitbucket, job: Job, file: dict[str, object], status: int
) -> None:
    bitbucket.files = [bitbucket.file("src/probe.py", "src/probe.py") | file]
    bitbucket.pull |= {
        "title": "fix: correct the sign",
        "description": "Product-Context: exempt trivial; the sign said mial for years",
    }

    found, out = job()

    assert found == status, out


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (Fault("", 503), "the Bitbucket API is out of order"),
        (Fault("", 200, b"<html>"), "came that is no JSON"),
        (Fault("", 200, b'{"id": 21, "values": 3}'), "is not what it documents"),
        (Fault("", 200, b"[]"), "is not what it documents"),
        (Fault("", 302, location="http://localhost:9/x"), "leads to another host"),
        (Fault("", 429), "the rate limit of Bitbucket is used up"),
    ],
    ids=["down", "a page", "half", "a list", "another host", "limit"],
)
@pytest.mark.parametrize("place", ["/pullrequests/21", "/src/", "/diffstat", "/refs/", "/commits"])
def test_answer_that_is_none_is_no_verdict(
    bitbucket: FakeBitbucket, job: Job, fault: Fault, said: str, place: str
) -> None:
    times = 1 if fault.status == 429 else 4  # what fails in passing is asked again
    bitbucket.faults = [replace(fault, path=place) for _ in range(times)]

    status, out = job()

    assert status == 3, out
    assert said in out
    assert bitbucket.reports[-1]["result"] == "FAILED"


def test_list_that_goes_on_at_another_host_is_no_verdict(
    bitbucket: FakeBitbucket, job: Job
) -> None:
    page = b'{"values": [], "next": "https://elsewhere.example/2.0/x"}'
    bitbucket.faults = [Fault("/commits", 200, page)]

    status, out = job()

    assert status == 3
    assert "goes on at another host" in out


def test_configuration_comes_from_the_tip_of_the_target_alone(
    bitbucket: FakeBitbucket, job: Job
) -> None:
    bitbucket.write(".whygate.yml", "version: 1\nschema: .whygate/own/schema.json\n")
    ref = '{"$ref": "urn:whygate:product-context:1#/$defs/document"}'
    bitbucket.write(".whygate/own/schema.json", ref)
    bitbucket.write(".whygate.yml", "version: 1\npreset: adopt\n", fake_bitbucket.HEAD)
    bitbucket.pull |= EMPTY
    bitbucket.files = [bitbucket.file(".whygate.yml")]

    status, out = job()

    assert status == 1, out
    assert "#21 changes .whygate.yml: it is judged by .whygate.yml of the base commit" in out
    assert "the rules that #21 brings are well formed" in out


@pytest.mark.parametrize(
    ("attributes", "status"),
    [([], 1), (["executable"], 1), (["link"], 2), (["lfs"], 2)],
    ids=["plain", "executable", "link", "kept elsewhere"],
)
def test_configuration_is_a_plain_file(
    bitbucket: FakeBitbucket, job: Job, attributes: list[str], status: int
) -> None:
    bitbucket.write(".whygate.yml", "version: 1\n")
    bitbucket.attributes[".whygate.yml"] = attributes
    bitbucket.pull |= EMPTY

    assert job()[0] == status


def test_file_that_does_not_come_as_a_whole_is_no_verdict(
    bitbucket: FakeBitbucket, job: Job
) -> None:
    bitbucket.write(".whygate.yml", "version: 1\npreset: strict\n")
    bitbucket.faults = [
        Fault("/src/" + fake_bitbucket.BASE + "/.whygate.yml", 200, b"version: 1\n")
    ]

    status, out = job()

    assert status == 3
    assert "Bitbucket did not send `.whygate.yml` as a whole: 11 bytes came of 26" in out


def test_every_file_counts_over_all_pages_and_by_both_names(
    bitbucket: FakeBitbucket, job: Job
) -> None:
    bitbucket.write(".whygate.yml", "version: 1\nexempt:\n  paths: ['docs/**']\n")
    bitbucket.pull |= EMPTY
    bitbucket.files = [bitbucket.file(f"docs/{n}.md") for n in range(5)]
    inside = job()[0]
    bitbucket.files[4] = bitbucket.file("docs/4.md", "src/4.py")
    moved = job()[0]
    bitbucket.files[4] = bitbucket.file("", "src/4.py")
    deleted = job()[0]
    bitbucket.files[4] = bitbucket.file()
    unknown = job()

    assert (inside, moved, deleted, unknown[0]) == (0, 1, 1, 1)
    assert "not every file of #21 is known" in unknown[1]


def test_commits_are_read_over_all_their_pages(bitbucket: FakeBitbucket, job: Job) -> None:
    bitbucket.pull |= {"description": "", "title": "fix(probe): read the soil from home"}
    bitbucket.commits = [{"hash": f"{n:040x}", "message": f"Step {n}"} for n in range(1, 5)]
    last = "Last step\n\nProblem: growers drive 70 km a week to read the probes\n"
    bitbucket.commits.append({"hash": "5" * 40, "message": last})

    status, out = job()

    assert status == 0, out


def test_branch_with_a_slash_is_found(bitbucket: FakeBitbucket, job: Job) -> None:
    bitbucket.branches = {"release/2 %": fake_bitbucket.BASE}
    bitbucket.pull["destination"] = {"branch": {"name": "release/2 %"}}

    assert job()[0] == 0


def test_branch_of_a_fork_exempts_nothing(bitbucket: FakeBitbucket, job: Job) -> None:
    bitbucket.write(".whygate.yml", "version: 1\nexempt:\n  branches: [probes]\n")
    bitbucket.pull |= EMPTY
    own = job()[0]
    source = {"branch": {"name": "probes"}, "commit": {"hash": fake_bitbucket.HEAD[:12]}}
    bitbucket.pull["source"] = source | {"repository": {"full_name": "x/shop"}}
    fork = job()[0]
    bitbucket.pull["source"] = source | {"repository": None}
    gone = job()[0]

    assert (own, fork, gone) == (0, 1, 1)


@pytest.mark.parametrize(("kind", "status"), [("app_user", 0), ("user", 1)])
def test_app_is_a_bot_by_the_word_of_bitbucket(
    bitbucket: FakeBitbucket, job: Job, kind: str, status: int
) -> None:
    bitbucket.write(".whygate.yml", "version: 1\nexempt:\n  bots: [robo]\n")
    who = {"type": kind, "display_name": "Robo", "nickname": "robo"}
    bitbucket.pull |= {**EMPTY, "author": who}

    assert job()[0] == status


def test_draft_is_not_held_back(bitbucket: FakeBitbucket, job: Job) -> None:
    bitbucket.write(".whygate.yml", "version: 1\ndrafts: skip\n")
    bitbucket.pull |= {**EMPTY, "draft": True}

    assert job()[0] == 0


@pytest.mark.parametrize(
    ("told", "status", "said"),
    [
        ("MERGED", 0, "#21 is merged: there is nothing to hold back"),
        ("DECLINED", 3, "#21 is closed: no job would judge it"),
        ("SUPERSEDED", 3, "#21 is closed: no job would judge it"),
    ],
)
def test_request_that_is_over_passes_only_when_it_is_merged(
    bitbucket: FakeBitbucket, job: Job, told: str, status: int, said: str
) -> None:
    bitbucket.pull |= {**EMPTY, "state": told, "merge_commit": {"hash": "c" * 12}}

    found, out = job()

    assert found == status
    assert said in out


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"state": "DECLINED"}, "#21 was closed"),
        ({"state": "MERGED"}, "#21 was merged"),
        ({"destination": {"branch": {"name": "release"}}}, "#21 goes into `release` now"),
        ({"description": ""}, "#21 has another title or description now"),
    ],
    ids=["declined", "merged", "retargeted", "emptied"],
)
def test_request_that_changes_while_it_is_judged_has_no_verdict(
    bitbucket: FakeBitbucket, job: Job, changes: dict[str, object], said: str
) -> None:
    bitbucket.after[3] = lambda: bitbucket.pull.update(changes)

    status, out = job()

    assert status == 3
    assert f"{said}: it changed while it was judged" in out
    assert bitbucket.reports[-1]["result"] == "FAILED"


def test_step_of_an_older_commit_gives_no_verdict_about_a_newer_one(
    bitbucket: FakeBitbucket, job: Job
) -> None:
    before = job()[0]
    bitbucket.pull["source"] = {"branch": {"name": "probes"}, "commit": {"hash": "e" * 12}}

    status, out = job()

    assert (before, status) == (0, 3)
    assert "#21 has other commits than dddddddddddd, for which this job was started" in out
    assert bitbucket.reports[-1]["result"] == "FAILED"


def test_request_without_its_source_branch_has_no_verdict(
    bitbucket: FakeBitbucket, job: Job
) -> None:
    bitbucket.pull["source"] = {"branch": {"name": "probes"}, "commit": None}

    status, out = job()

    assert status == 3
    assert "#21 has no commit: its source branch is gone" in out


def test_target_branch_that_is_gone_has_no_verdict(bitbucket: FakeBitbucket, job: Job) -> None:
    bitbucket.branches = {}

    status, out = job()

    assert status == 3
    assert "No such branch" in out


@pytest.mark.parametrize(
    ("given", "status"),
    [({"summary": {"raw": fake_bitbucket.GOOD_BODY}}, 0), ({}, 3)],
    ids=["as documented", "nowhere"],
)
def test_description_is_read_where_it_stands(
    bitbucket: FakeBitbucket, job: Job, given: dict[str, object], status: int
) -> None:
    del bitbucket.pull["description"]
    bitbucket.pull |= given

    assert job()[0] == status


@pytest.mark.parametrize(
    ("variables", "said"),
    [
        ({"BITBUCKET_PR_ID": ""}, "this is no pipeline of a pull request"),
        ({"BITBUCKET_PR_ID": "21/x"}, "BITBUCKET_PR_ID is no number"),
        ({"BITBUCKET_COMMIT": "d" * 12}, "BITBUCKET_COMMIT does not say which commit"),
        ({"BITBUCKET_REPO_FULL_NAME": "lab"}, "does not say which repository this is"),
        ({"BITBUCKET_REPO_FULL_NAME": "lab/.."}, "does not say which repository this is"),
        ({"WHYGATE_TOKEN": "two words"}, "the token holds characters that no token has"),
        ({"WHYGATE_FAIL_ON": "maybe"}, "the input `fail-on` is one of error, never"),
    ],
    ids=["push", "number", "cut commit", "repository", "up", "token", "input"],
)
def test_step_with_wrong_variables_is_a_wrong_setup(
    job: Job, variables: dict[str, str], said: str
) -> None:
    status, out = job(**variables)

    assert status == 2, out
    assert said in out


def test_log_and_report_obey_nothing_that_a_request_says(
    bitbucket: FakeBitbucket, job: Job
) -> None:
    evil = "##vso[task.complete] \x1b[31m <script>\r\n::stop::"
    bitbucket.pull |= {"description": f"## Problem\n{evil}", "title": f"feat: {evil}"}
    bitbucket.commits = [{"hash": fake_bitbucket.HEAD, "message": evil}]

    status, out = job()

    assert status == 1
    told = str(bitbucket.annotations) + str(bitbucket.reports)
    for text in (out, told):
        assert "\x1b" not in text
        assert "##vso[" not in text
        assert "\r" not in text


def test_ledger_that_a_request_rewrites_fails(bitbucket: FakeBitbucket, job: Job) -> None:
    ledger = ".whygate/results.jsonl"
    base, fork, head = fake_bitbucket.BASE, fake_bitbucket.FORK, fake_bitbucket.HEAD
    bitbucket.write(ledger, '{"version": 1}\n', base, fork)
    bitbucket.write(ledger, "\n", head)
    bitbucket.files = [bitbucket.file(ledger)]

    assert job()[0] == 1
