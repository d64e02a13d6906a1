"""`whygate measure --propose` in a scheduled pipeline of GitLab: one branch, one merge request."""

from __future__ import annotations

import json
from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest
from tests.fake_gitlab import JOB_TOKEN, PROJECT, TOKEN, serve
from tests.fake_server import Fault
from tests.forges.conftest import Propose, Ran

from whygate.cli import main
from whygate.loop.measure import BRANCH, MESSAGE, TITLE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.conftest import Repo
    from tests.fake_gitlab import FakeGitLab

LEDGER = ".whygate/results.jsonl"
CATALOGUE = """\
version: 1
backends:
  data: {type: files, path: data/*.csv}
  gone: {type: prometheus, url: "http://127.0.0.1:1"}
metrics:
  row-tickets:
    title: tickets about missing rows, weekly
    backend: data
    query: select sum(tickets) from data where day >= :start and day < :end
    window: 7d
    unit: tickets
"""
BEFORE = '{"v":1,"for":"#3","at":"2025-01-01","state":"met"}\n'
BY_HAND = '{"v":1,"for":"#12","at":"2025-03-10","state":"missed","by":"@jo"}\n'


def plan(number: int, title: str = "write every row") -> str:
    return (
        f"feat(export): {title} (!{number})\n\nProblem: rows are cut off at 100\n"
        "Metric: row-tickets\nBaseline: 21 tickets\nTarget: <= 7 tickets\n"
        "Evaluate-By: 2025-03-10\n"
    )


@pytest.fixture
def gitlab() -> Iterator[FakeGitLab]:
    with serve() as state:
        yield state


@pytest.fixture
def shop(repo: Repo) -> Repo:
    """Give a repository whose tickets fell from 3 a day to 1, with one plan that is due."""
    days = [date(2024, 1, 1) + timedelta(days=n) for n in range(440)]
    rows = "".join(f"{day},{1 if day >= date(2025, 1, 15) else 3}\n" for day in days)
    files = {".whygate/metrics.yml": CATALOGUE, "data/days.csv": f"day,tickets\n{rows}"}
    repo.commit("chore: begin\n", files)
    repo.commit(plan(12))
    return repo


@pytest.fixture
def propose(
    shop: Repo,
    gitlab: FakeGitLab,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Propose:
    monkeypatch.setattr("whygate.metrics.sources._WAIT", 0)
    monkeypatch.setattr("whygate.forges.rest._FIRST_PAUSE", 0)
    given = {
        "GITLAB_CI": "true",
        "CI_PROJECT_ID": str(PROJECT),
        "CI_API_V4_URL": gitlab.url,
        "CI_PIPELINE_SOURCE": "schedule",
        "CI_JOB_TOKEN": JOB_TOKEN,
        "WHYGATE_TOKEN": TOKEN,
        "GITLAB_TOKEN": "",
        "CI_SERVER_TLS_CA_FILE": "",
        "CI_MERGE_REQUEST_PROJECT_ID": "",
    }

    def go(**environ: str) -> Ran:
        for name, value in {**given, **shop.environ, **environ}.items():
            monkeypatch.setenv(name, value)
        where = ("-C", str(shop.path), "--no-cache", "--today", "2025-03-20")
        status = main(["measure", "--due", "--propose", *where])
        return Ran(status, *capsys.readouterr())

    return go


def lines(gitlab: FakeGitLab) -> list[dict[str, object]]:
    return [json.loads(line) for line in gitlab.files_of(BRANCH)[LEDGER].decode().splitlines()]


def names(gitlab: FakeGitLab) -> list[object]:
    return [line["for"] for line in lines(gitlab)]


def writes(gitlab: FakeGitLab) -> list[str]:
    return [one.path for one in gitlab.asked if one.method != "GET"]


def commits(gitlab: FakeGitLab) -> list[str]:
    """Return the commits that our branch has and the default branch has not."""
    known = gitlab.history(gitlab.branches["main"])
    return [sha for sha in gitlab.history(gitlab.branches[BRANCH]) if sha not in known]


def test_results_are_one_request_with_the_ledger_alone(
    propose: Propose, gitlab: FakeGitLab, shop: Repo
) -> None:
    gitlab.write(LEDGER, BEFORE)
    gitlab.write("src/app.py", "app\n")
    done = propose()

    assert (done.status, done.err) == (0, "1 results: request !13 was created\n")
    (request,) = gitlab.opened.values()
    assert (request["title"], request["target_branch"]) == (TITLE, "main")
    assert request["remove_source_branch"] is True
    assert "`21 tickets` | 2025-03-04/2025-03-11 | `7 tickets` █" in str(request["description"])
    assert [(line["for"], line["state"]) for line in lines(gitlab)] == [
        ("#3", "met"),
        ("!12", "met"),
    ]
    before, after = gitlab.files_of("main"), gitlab.files_of(BRANCH)
    assert {path for path in after if before.get(path) != after[path]} == {LEDGER}
    assert after[LEDGER].startswith(before[LEDGER])
    assert gitlab.messages[gitlab.branches[BRANCH]] == MESSAGE
    assert {one.kind for one in gitlab.asked if one.method != "GET"} == {"PRIVATE-TOKEN"}
    assert shop.git("status", "--porcelain") == ""


def test_second_run_without_news_writes_nothing(propose: Propose, gitlab: FakeGitLab) -> None:
    propose()
    gitlab.asked.clear()
    done = propose()

    assert (done.status, done.err) == (0, "1 results: request !13 was kept\n")
    assert writes(gitlab) == []


def test_request_goes_forward_while_the_ledger_of_the_default_branch_stands(
    propose: Propose, gitlab: FakeGitLab, shop: Repo
) -> None:
    propose()
    first = gitlab.branches[BRANCH]
    gitlab.push("main", "src/other.py", "somebody else went on\n")
    shop.commit(plan(13))
    done = propose()

    assert done.err == "2 results: request !13 was edited\n"
    assert names(gitlab) == ["!12", "!13"]
    assert first in commits(gitlab)


def test_request_begins_anew_on_a_ledger_that_grew(
    propose: Propose, gitlab: FakeGitLab, shop: Repo
) -> None:
    """Else git would have to merge two lists that grew at the same place."""
    propose()
    gitlab.push(BRANCH, LEDGER, gitlab.files_of(BRANCH)[LEDGER].decode() + BY_HAND)
    gitlab.push("main", LEDGER, BEFORE)
    shop.commit(plan(13))
    done = propose()

    assert done.status == 0
    assert names(gitlab) == ["#3", "!12", "#12", "!13"]
    assert len(commits(gitlab)) == 1
    assert len(gitlab.opened) == 1


def test_request_whose_lines_are_all_there_is_closed(propose: Propose, gitlab: FakeGitLab) -> None:
    propose()
    gitlab.push("main", LEDGER, gitlab.files_of(BRANCH)[LEDGER].decode())

    assert propose().err == "1 results: request !13 was closed\n"
    assert gitlab.opened[13]["state"] == "closed"


@pytest.mark.parametrize(
    "meanwhile",
    [
        pytest.param((BRANCH, LEDGER), id="our branch"),
        pytest.param(("main", LEDGER), id="the default branch"),
    ],
)
def test_what_moves_meanwhile_is_read_again(
    propose: Propose, gitlab: FakeGitLab, shop: Repo, meanwhile: tuple[str, str]
) -> None:
    """The line that somebody adds between our reading and our writing is not lost."""
    gitlab.write(LEDGER, BEFORE)
    propose()
    shop.commit(plan(13))
    commit = gitlab._commit
    branch, path = meanwhile

    def moved(body: dict[str, object]) -> tuple[int, object]:
        gitlab._commit = commit  # type: ignore[method-assign]
        gitlab.push(branch, path, gitlab.files_of(branch)[path].decode() + BY_HAND)
        return commit(body)

    gitlab._commit = moved  # type: ignore[method-assign]
    assert propose().status == 0
    if branch == "main":  # ours was written on the older one: git merges, or the next run does
        assert propose().status == 0
    assert sorted(map(str, names(gitlab))) == ["!12", "!13", "#12", "#3"]


def test_branch_with_another_file_is_left_alone(propose: Propose, gitlab: FakeGitLab) -> None:
    propose()
    gitlab.push(BRANCH, "src/mine.py", "mine\n")
    gitlab.asked.clear()
    done = propose()

    assert done.status == 3
    assert f"the branch `{BRANCH}` changes `src/mine.py`" in done.err
    assert writes(gitlab) == []


def test_closed_request_is_followed_by_a_new_one_without_its_commits(
    propose: Propose, gitlab: FakeGitLab
) -> None:
    propose()
    gitlab.opened[13]["state"] = "closed"
    gitlab.push("main", "src/other.py", "somebody else went on\n")

    assert propose().err == "1 results: request !14 was created\n"
    assert len(commits(gitlab)) == 1


def test_branch_of_a_fork_is_none_of_ours(propose: Propose, gitlab: FakeGitLab) -> None:
    gitlab.opened[13] = {
        "iid": 13,
        "state": "opened",
        "title": TITLE,
        "description": "",
        "source_branch": BRANCH,
        "target_branch": "main",
        "source_project_id": 99,
        "target_project_id": PROJECT,
    }
    gitlab._open({"source_branch": "x"})

    # GitLab itself would take both: the fake refuses a second one from a branch of that name.
    gitlab.opened[13]["source_branch"] = "other"
    assert propose().err == "1 results: request !15 was created\n"


REFUSED = {
    "may not write": ("/repository/commits", 403, "role Developer) as the masked and protected"),
    "expired token": ("/repository/commits", 401, "GitLab does not accept the token"),
    "out of order": ("/merge_requests", 500, "the GitLab API is out of order"),
    "another host": ("/repository/branches", 302, "leads to another host"),
    "no such answer": ("/repository/commits", 200, "is not what it documents"),
    "push rule": ("/repository/commits", 400, "Commit message does not follow"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_forge_that_refuses_is_3_and_the_token_is_not_shown(
    propose: Propose, gitlab: FakeGitLab, name: str
) -> None:
    path, status, reason = REFUSED[name]
    said = f"Commit message does not follow the pattern {TOKEN}"
    body = json.dumps({"message": said}).encode()
    location = "http://169.254.169.254/latest" if status == 302 else ""
    gitlab.faults += [Fault(path, status, body, location) for _ in range(8)]
    done = propose(CI_JOB_TOKEN="")

    assert done.status == 3
    assert reason in done.err
    assert "!12 feat(export): write every row (!12)" in done.out
    assert TOKEN not in done.out + done.err
    assert gitlab.opened == {}


MISSING = {
    "no token": ({"WHYGATE_TOKEN": ""}, 3, "no merge request can be opened without WHYGATE_TOKEN"),
    "no project": ({"CI_PROJECT_ID": ""}, 2, "CI_PROJECT_ID does not say which project"),
    "a token that only reads": ({}, 3, "scope `api`"),
}


@pytest.mark.parametrize("name", MISSING)
def test_what_the_job_lacks_is_said(propose: Propose, gitlab: FakeGitLab, name: str) -> None:
    environ, status, reason = MISSING[name]
    gitlab.token_scope = "read_api"
    done = propose(**environ)

    assert (done.status, reason in done.err) == (status, True)
    assert gitlab.opened == {}
