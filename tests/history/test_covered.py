"""`Covered by #12` where the history is at hand: the change, its plan, and what was kept of it."""

from __future__ import annotations

import json
from datetime import date
from typing import TYPE_CHECKING

import pytest

from whygate.cli import main
from whygate.outcomes.ledger import render_kept

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conftest import Repo

PLAN = "Metric: retyped rows, weekly\nBaseline: 30\nTarget: 0\nEvaluate-By: +30d\n"
KEPT = {"measurement": [{"metric": "rows", "target": "0", "evaluate_by": "+30d"}]}
CONFIG = {".whygate.yml": "version: 1\n"}


def fix(pointer: str) -> str:
    return (
        "fix(export): write every row\n\nProblem: exports stop at row 100 for 40 accountants\n"
        f"Product-Context: exempt covered-by {pointer}\n"
    )


@pytest.fixture
def judge(repo: Repo, capfd: pytest.CaptureFixture[str]) -> Callable[..., list[str]]:
    def run(pointer: str, *options: str, files: dict[str, str] | None = None) -> list[str]:
        repo.commit(fix(pointer), {"src/export.py": pointer, **(files or {})})
        capfd.readouterr()
        where = ("-C", str(repo.path), "--format", "json")
        main(["check", "--range", "HEAD~1..HEAD", *where, *options])
        report = json.loads(capfd.readouterr().out)
        (change,) = report["changes"]
        return [
            f"{f['severity']}: {f['message']}" for f in change["findings"] if f["rule"] == "WG405"
        ]

    return run


@pytest.mark.parametrize(
    "subject",
    [
        "feat: more rows (#12)",
        "Merge pull request #12 from ada/rows\n\nfeat: more rows",
        "Auto merge of #12 - ada:rows, r=olaf\n\nfeat: more rows",
        "Merge branch 'rows' into 'main'\n\nfeat: more rows\n\nSee merge request a/b!12",
        "feat: more rows (!12)",
        "Merged PR 12: feat: more rows",
        "feat: more rows (pull request #12)",
        "Merge pull request 'more rows' (#12) from rows into main",
    ],
    ids=["squash", "merge", "bors", "gitlab", "gitlab squash", "azure", "bitbucket", "gitea"],
)
def test_plan_of_a_merged_request_covers_a_change(
    repo: Repo, judge: Callable[..., list[str]], subject: str
) -> None:
    repo.commit(f"{subject}\n\nIt writes more.\n\n{PLAN}", CONFIG)

    assert judge("#12") == []
    assert judge("!12") == []
    assert judge("#12", "--preset", "strict") == []


def test_plan_of_a_commit_covers_a_change(repo: Repo, judge: Callable[..., list[str]]) -> None:
    sha = repo.commit(f"feat: more rows\n\n{PLAN}", CONFIG)

    assert judge(sha) == []
    assert judge(sha[:9]) == []
    assert judge(f"commit {sha[:12].upper()}") == []


def test_bet_of_the_name_of_a_commit_comes_first(
    repo: Repo, judge: Callable[..., list[str]]
) -> None:
    bet = "problem: exports stop at row 100 for 40 accountants\n"
    repo.commit("chore: begin", {".whygate/bets/1a2b3c4d.yml": f"version: 1\n{bet}"})

    assert judge("1a2b3c4d") == []


@pytest.mark.parametrize("place", ["ledger", "note", "note of a commit without its number"])
def test_plan_that_was_kept_at_the_merge_counts(
    repo: Repo, judge: Callable[..., list[str]], place: str
) -> None:
    sha = repo.commit("feat: more rows" + (" (#12)" if "without" not in place else ""), CONFIG)
    line = render_kept("#12", sha, date(2026, 1, 1), KEPT)
    if place == "ledger":
        repo.commit("chore: keep", {".whygate/results.jsonl": f"{line}\n"})
    else:
        repo.git("notes", "--ref=product-context", "add", "-m", line, sha)

    assert judge("#12") == []


@pytest.mark.parametrize(
    ("pointer", "said"),
    [
        ("#99", "error: there is no change `#99` in the history"),
        ("#13", "error: `#13` ({}) has no plan of its own: no metric, target and day"),
        ("0123456789", "error: there is no change `0123456789` in the history"),
        ("#1", "error: there is no change `#1` in the history"),
        ("other/repo#13", "info: the plan `other/repo#13` was not looked up here"),
    ],
    ids=["none", "no plan", "no commit", "part of a number", "another repository"],
)
def test_pointer_to_no_plan_covers_nothing(
    repo: Repo, judge: Callable[..., list[str]], pointer: str, said: str
) -> None:
    repo.commit(f"feat: more rows (#12)\n\n{PLAN}", CONFIG)
    sha = repo.commit("fix: rows (#13)")

    assert judge(pointer) == [said.format(sha[:12])]


def test_commit_of_another_branch_covers_nothing(
    repo: Repo, judge: Callable[..., list[str]]
) -> None:
    repo.commit("chore: begin", CONFIG)
    repo.git("checkout", "-q", "-b", "other")
    sha = repo.commit(f"feat: more rows\n\n{PLAN}")
    repo.git("checkout", "-q", "main")

    assert judge(sha[:12]) == [f"error: there is no change `{sha[:12]}` in the history"]


def test_text_alone_is_judged_without_a_history(
    repo: Repo, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(repo.path)
    message = repo.path / "message"
    message.write_text(fix("#99"))

    assert main(["check", str(message)]) == 0
    assert "the plan `#99` was not looked up here" in capfd.readouterr().out


def test_audit_names_pointers_to_no_plan_and_believes_the_others(
    repo: Repo, capfd: pytest.CaptureFixture[str]
) -> None:
    repo.commit(f"feat: more rows (#12)\n\n{PLAN}", CONFIG)
    repo.commit(fix("#12"))
    repo.commit(fix("#99"))
    capfd.readouterr()
    main(["audit", "-C", str(repo.path), "--format", "json", "--no-cache"])
    report = json.loads(capfd.readouterr().out)
    notes = [note for note in report["basis"]["notes"] if "covered by" in note]

    assert len(notes) == 1
    assert notes[0].endswith("in this history: " + report["changes"][0]["id"] + " by #99")
    assert not [r for r in report["coverage"]["rules"] if r["rule"] == "WG405"]
