"""`whygate measure --propose`: one branch, one pull request, and nothing else is touched."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import yaml
from tests.forges.conftest import Propose, Ran

from whygate.cli import main
from whygate.loop.measure import BRANCH, TITLE, compose_ledger
from whygate.setup.workflows import render_outcomes

if TYPE_CHECKING:
    from tests.conftest import Repo
    from tests.fake_github import FakeGitHub

ROOT = Path(__file__).parents[2]
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
  lost: {title: a lost source, backend: gone, window: 7d, query: up, unit: tickets}
"""
TODAY = "2025-03-20"
WRITES = ("POST", "PUT", "PATCH")


def plan(number: int, metric: str, title: str = "write every row") -> str:
    return (
        f"feat(export): {title} (#{number})\n\nProblem: rows are cut off at 100\n"
        f"Metric: {metric}\nBaseline: 21 tickets\nTarget: <= 7 tickets\nEvaluate-By: 2025-03-10\n"
    )


@pytest.fixture
def shop(repo: Repo) -> Repo:
    """Give a repository whose tickets fell from 3 a day to 1, with one plan that is due."""
    days = [date(2024, 1, 1) + timedelta(days=n) for n in range(440)]
    rows = "".join(f"{day},{1 if day >= date(2025, 1, 15) else 3}\n" for day in days)
    files = {".whygate/metrics.yml": CATALOGUE, "data/days.csv": f"day,tickets\n{rows}"}
    repo.commit("chore: begin\n", files)
    repo.commit(plan(12, "row-tickets"))
    return repo


@pytest.fixture
def propose(
    shop: Repo,
    github: FakeGitHub,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Propose:
    monkeypatch.setattr("whygate.metrics.sources._WAIT", 0)
    given = {
        "WHYGATE_TOKEN": github.token,
        "GITHUB_REPOSITORY": github.repository,
        "GITHUB_API_URL": github.url,
    }

    def go(**environ: str) -> Ran:
        for name, value in {**given, **shop.environ, **environ}.items():
            monkeypatch.setenv(name, value)
        where = ("-C", str(shop.path), "--no-cache", "--today", TODAY)
        status = main(["measure", "--due", "--propose", *where])
        return Ran(status, *capsys.readouterr())

    return go


def ours(github: FakeGitHub) -> list[dict[str, object]]:
    return [p for p in github.pulls.values() if p["head"]["ref"] == BRANCH]  # type: ignore[index]


def lines(github: FakeGitHub) -> list[dict[str, object]]:
    text = github.files_of(BRANCH)[LEDGER].decode()
    return [json.loads(line) for line in text.splitlines()]


def writes(github: FakeGitHub) -> list[str]:
    return [path for path in github.paths() if path.startswith(WRITES)]


def test_results_are_one_request_with_the_ledger_alone(
    propose: Propose, github: FakeGitHub, shop: Repo
) -> None:
    github.write(LEDGER, '{"v":1,"for":"#3","at":"2025-01-01","state":"met"}\n')
    github.write("src/app.py", "app\n")

    done = propose()

    assert (done.status, done.err) == (0, "1 results: request #8 was created\n")
    (pull,) = ours(github)
    assert (pull["title"], pull["base"]["ref"], pull["state"]) == (TITLE, "main", "open")  # type: ignore[index]
    assert "`21 tickets` | 2025-03-04/2025-03-11 | `7 tickets` █" in str(pull["body"])
    assert [(line["for"], line["state"]) for line in lines(github)] == [
        ("#3", "met"),
        ("#12", "met"),
    ]
    before, after = github.files_of("main"), github.files_of(BRANCH)
    assert {path for path in after if before.get(path) != after[path]} == {LEDGER}
    assert after[LEDGER].startswith(before[LEDGER])
    assert shop.git("status", "--porcelain") == ""


def test_second_run_without_news_writes_nothing(propose: Propose, github: FakeGitHub) -> None:
    propose()
    github.asked.clear()

    done = propose()

    assert (done.status, done.err) == (0, "1 results: request #8 was kept\n")
    assert writes(github) == []


def test_request_is_brought_up_to_date_and_keeps_what_is_not_read_today(
    propose: Propose, github: FakeGitHub, shop: Repo
) -> None:
    propose()
    shop.commit(plan(13, "row-tickets"))
    gone = CATALOGUE.replace("backend: data\n", "backend: gone\n", 1)
    github.move_on("src/other.py", "somebody else went on\n")
    done = propose()
    assert (done.err, len(ours(github))) == ("2 results: request #8 was edited\n", 1)

    shop.commit("chore: lose it\n", {".whygate/metrics.yml": gone})
    shop.commit(plan(14, "smiles"))
    lost = propose()

    assert lost.status == 3
    assert [line["for"] for line in lines(github)] == ["#12", "#13"]
    assert "src/other.py" in github.files_of(BRANCH)


def test_branch_that_moves_meanwhile_is_read_again(propose: Propose, github: FakeGitHub) -> None:
    propose()
    github.pulls[8]["title"] = "edited by hand"
    github.move_on(LEDGER, '{"v":1,"for":"#3","at":"2025-01-01","state":"met"}\n')
    github.fail("/git/refs/heads/", status=422, method="PATCH")

    done = propose()

    assert done.status == 0
    assert [line["for"] for line in lines(github)] == ["#3", "#12"]
    assert ours(github)[0]["title"] == TITLE


def test_line_of_a_person_in_the_request_stays(propose: Propose, github: FakeGitHub) -> None:
    propose()
    by_hand = '{"v":1,"for":"#12","at":"2025-03-10","state":"missed","by":"@jo"}\n'
    tree = github.trees[str(github.made[github.refs[f"refs/heads/{BRANCH}"]]["tree"]["sha"])]  # type: ignore[index]
    tree[LEDGER] = ("100644", tree[LEDGER][1] + by_hand.encode())
    github.move_on("src/other.py", "somebody else went on\n")
    github.move_on(LEDGER, '{"v":1,"for":"#3","at":"2025-01-01","state":"met"}\n')

    assert propose().status == 0
    assert [line.get("by") for line in lines(github)] == [None, "whygate", "@jo"]


def test_branch_with_another_file_is_left_alone(propose: Propose, github: FakeGitHub) -> None:
    propose()
    tree = github.trees[str(github.made[github.refs[f"refs/heads/{BRANCH}"]]["tree"]["sha"])]  # type: ignore[index]
    tree["src/mine.py"] = ("100644", b"mine\n")
    github.asked.clear()

    done = propose()

    assert done.status == 3
    assert f"the branch `{BRANCH}` changes `src/mine.py`" in done.err
    assert writes(github) == []


def test_closed_request_is_followed_by_a_new_one_without_its_commits(
    propose: Propose, github: FakeGitHub
) -> None:
    propose()
    github.pulls[8]["state"] = "closed"
    github.move_on("src/other.py", "somebody else went on\n")

    assert propose().err == "1 results: request #9 was created\n"
    head = github.made[github.refs[f"refs/heads/{BRANCH}"]]
    assert head["parents"] == [{"sha": github.branches["main"]}]


def test_branch_of_a_fork_is_none_of_ours(propose: Propose, github: FakeGitHub) -> None:
    fork = {"ref": BRANCH, "sha": "d" * 40, "repo": {"full_name": "octo-org/fork"}}
    github.add_pull(20, head=fork)

    assert propose().err == "1 results: request #21 was created\n"


HOSTILE = "[x](http://evil) @octo-org/all #1 ::error::x | \u202e <img src=x> `y`"


def test_text_of_a_change_stays_text(propose: Propose, github: FakeGitHub, shop: Repo) -> None:
    shop.commit(plan(13, "row-tickets", HOSTILE))

    assert propose().status == 0
    (row,) = [line for line in str(ours(github)[0]["body"]).splitlines() if "evil" in line]
    assert row.count(" | ") == 6
    assert "`feat(export): [x](http://evil) @octo-org/all #1" in row
    assert "\u202e" not in row
    assert "<U+202E>" in row


REFUSED = {
    "may not write": ("/git/blobs", 403, "create pull requests; or give it the token of a GitHub"),
    "expired token": ("/octo-repo$", 401, "GitHub does not accept the token"),
    "out of order": ("/git/trees", 500, "the GitHub API is out of order"),
    "another host": ("/octo-repo$", 302, "leads to another host"),
    "no such answer": ("/git/commits", 200, "is not what it documents"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_forge_that_refuses_is_3_and_the_token_is_not_shown(
    propose: Propose, github: FakeGitHub, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setattr("whygate.forges.rest.random.random", lambda: 0)
    monkeypatch.setattr("whygate.forges.rest._FIRST_PAUSE", 0)
    path, status, reason = REFUSED[name]
    moved = {"Location": "http://169.254.169.254/latest/meta-data"}
    for _ in range(4):
        body = json.dumps({"message": f"no {github.token}"}).encode()
        github.fail(path, status=status, body=body, headers=moved)

    done = propose()

    assert done.status == 3
    assert reason in done.err
    assert "#12 feat(export): write every row (#12)" in done.out
    assert github.token not in done.out + done.err
    assert ours(github) == []


MISSING = {
    "no token": ({"WHYGATE_TOKEN": ""}, 3, "no pull request can be opened without a token"),
    "no repository": ({"GITHUB_REPOSITORY": ""}, 2, "GITHUB_REPOSITORY does not say where"),
}


@pytest.mark.parametrize("name", MISSING)
def test_what_the_job_lacks_is_said(propose: Propose, github: FakeGitHub, name: str) -> None:
    environ, status, reason = MISSING[name]

    done = propose(**environ)

    assert (done.status, reason in done.err) == (status, True)
    assert github.asked == []


def test_nothing_is_asked_of_the_forge_without_a_result(
    propose: Propose, github: FakeGitHub, shop: Repo
) -> None:
    text = CATALOGUE.replace("backend: data\n", "backend: gone\n").replace(
        "query: select", "query: up #"
    )
    shop.commit("chore: lose it\n", {".whygate/metrics.yml": text})

    done = propose()

    assert (done.status, done.err.splitlines()[-1]) == (3, "nothing to propose")
    assert github.asked == []


def read_step() -> dict[str, object]:
    """Return the last step of the scheduled workflow, as `whygate init` writes it."""
    text = render_outcomes("whygate/whygate", "v0.1.0", ("PROM_URL", "WAREHOUSE_URL"))
    (job,) = yaml.safe_load(text)["jobs"].values()
    step: dict[str, object] = job["steps"][-1]
    return step


def test_job_of_init_opens_one_request(shop: Repo, github: FakeGitHub, tmp_path: Path) -> None:
    step = read_step()
    assert isinstance(step["env"], dict)
    (tmp_path / "venv").symlink_to(sys.prefix)
    (shop.path / ".whygate-program").symlink_to(ROOT)
    values = {"${{ github.token }}": github.token}
    named = {str(key): str(values.get(text, text)) for key, text in step["env"].items()}
    environ: dict[str, str] = {
        **shop.environ,
        **named,
        "RUNNER_TEMP": str(tmp_path),
        "GITHUB_REPOSITORY": github.repository,
        "GITHUB_API_URL": github.url,
    }
    for _ in range(2):
        done = subprocess.run(
            [shutil.which("bash") or "bash", "-e", "-c", str(step["run"])],
            cwd=shop.path,
            env=environ,
            capture_output=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr.decode()
        assert github.token.encode() not in done.stdout + done.stderr

    assert [line["for"] for line in lines(github)] == ["#12"]
    assert len(ours(github)) == 1


ONE = '{"v":1,"for":"#1","at":"2025-01-01","state":"met","value":"1","by":"whygate"}'
TWO = ONE.replace('"1","by', '"2","by')
HAND = ONE.replace('"by":"whygate"', '"by":"@jo"')
COMPOSED: dict[str, tuple[str, str | None, tuple[str, ...], str]] = {
    "first": ("", None, (ONE,), f"{ONE}\n"),
    "open end": ("x", None, (ONE,), f"x\n{ONE}\n"),
    "measured anew": ("", f"{ONE}\n", (TWO,), f"{TWO}\n"),
    "beside a person's": ("", f"{HAND}\n", (ONE,), f"{HAND}\n{ONE}\n"),
    "known": (f"{ONE}\n", f"{ONE}\n", (ONE,), f"{ONE}\n"),
    "not read today": ("", f"{ONE}\n", (), f"{ONE}\n"),
    "no line of ours": ("", "nonsense\n", (ONE,), f"nonsense\n{ONE}\n"),
    "line end of Windows": (f"{HAND}\r\n", None, (ONE,), f"{HAND}\r\n{ONE}\n"),
}


@pytest.mark.parametrize("name", COMPOSED)
def test_ledger_is_composed_by_appending(name: str) -> None:
    old, brought, added, expected = COMPOSED[name]

    found = compose_ledger(old.encode(), brought.encode() if brought is not None else None, added)

    assert found.decode() == expected
    assert found.startswith(old.encode())
