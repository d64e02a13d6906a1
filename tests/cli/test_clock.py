"""The clock of a plan: a merge, a plain day, or the release that brings the change to people."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.cli.conftest import Run
    from tests.conftest import Repo

WHERE = ("--no-cache", "--today")


def plan(number: int, due: str) -> str:
    return (
        f"feat(export): write every row (#{number})\n\nProblem: rows are cut off at row 100\n"
        f"Metric: tickets about rows\nBaseline: 9\nTarget: <= 1\nEvaluate-By: {due}\n"
    )


@pytest.fixture
def released(repo: Repo) -> Repo:
    """Give #1 of 2025-01-02 in v1.0 of 2025-03-01, and #2 of 2025-01-03 in no release."""
    repo.commit(plan(1, "30 days after release"))
    repo.git("tag", "-a", "-m", "x", "v1.0", GIT_COMMITTER_DATE="2025-03-01T12:00:00+0000")
    repo.commit(plan(2, "2 weeks after deploy"))
    repo.commit(plan(3, "+30d"))
    repo.commit(plan(4, "30 days after merge"))
    return repo


def items(run: Run, repo: Repo, today: str) -> dict[str, dict[str, object]]:
    argv = ("due", "--within", "1y", "--format", "json", "-C", str(repo.path), *WHERE, today)
    report = json.loads(run(*argv).out)
    return {item["change"]: item for item in report["items"]}


def test_release_is_the_first_tag_that_holds_the_change(run: Run, released: Repo) -> None:
    found = items(run, released, "2025-01-20")

    assert {name: (i["group"], i["due"], i["release"]) for name, i in found.items()} == {
        "#1": ("coming", "2025-03-31", "v1.0 of 2025-03-01"),
        "#2": ("unreleased", None, ""),
        "#3": ("coming", "2025-02-03", ""),
        "#4": ("coming", "2025-02-04", ""),
    }
    assert found["#2"]["state"] == "waiting for a release"


def test_plan_without_a_release_is_never_due(run: Run, released: Repo) -> None:
    found = items(run, released, "2030-01-01")

    assert {name: item["group"] for name, item in found.items()} == {
        "#1": "overdue",
        "#2": "unreleased",
        "#3": "overdue",
        "#4": "overdue",
    }


@pytest.mark.parametrize("form", ["text", "markdown"])
def test_list_says_which_clock_and_how_long_it_waits(run: Run, released: Repo, form: str) -> None:
    argv = ("due", "--within", "1y", "--format", form, "-C", str(released.path))

    out = run(*argv, *WHERE, "2025-01-22").out

    assert "2025-03-31 (30 days after release: v1.0 of 2025-03-01)" in out
    assert "aiting for a release" in out
    assert "2 weeks after deploy, 19 days since the merge" in out


def test_calendar_holds_nothing_that_has_no_day(run: Run, released: Repo) -> None:
    argv = ("due", "--within", "1y", "--format", "ical", "-C", str(released.path))

    out = run(*argv, *WHERE, "2025-01-22").out

    assert out.count("BEGIN:VEVENT") == 3
    assert "DTSTART;VALUE=DATE:20250331" in out


def test_result_settles_a_plan_that_still_waits(run: Run, released: Repo) -> None:
    argv = ("record", "#2", "met", "--value", "0", "--by", "@jo", "-C", str(released.path))
    assert run(*argv, "--today", "2025-02-01").status == 0

    assert "#2" not in items(run, released, "2025-02-02")


def test_extension_gives_a_day_to_a_plan_that_waits(run: Run, released: Repo) -> None:
    argv = ("record", "#2", "extended", "--until", "2025-05-01", "--note", "it ships in May")
    assert run(*argv, "-C", str(released.path), "--today", "2025-02-01").status == 0

    assert items(run, released, "2025-02-02")["#2"]["due"] == "2025-05-01"


def test_tags_of_a_team_are_configured(run: Run, released: Repo) -> None:
    released.write(".whygate.yml", "release:\n  tags: [live-*]\n")
    released.git("tag", "live-7", "HEAD")

    found = items(run, released, "2025-01-20")

    assert found["#1"]["release"] == "live-7 of 2025-01-05"
    assert found["#2"]["due"] == "2025-01-19"


def test_reports_count_what_waits(run: Run, released: Repo) -> None:
    where = ("-C", str(released.path), *WHERE, "2025-01-20")

    card = json.loads(run("scorecard", "--format", "json", *where).out)
    page = run("audit", "--format", "html", *where).out

    assert "of these waiting for a release" in run("scorecard", *where).out
    assert card["outcomes"]["waiting"]["unreleased"] == 1
    assert "waiting for a release" in page


def test_bet_waits_for_its_first_change(run: Run, repo: Repo) -> None:
    bet = (
        "version: 1\nproblem: rows are cut off\noutcome: nobody retypes a row\n"
        "measurement:\n"
        "  - {metric: rows, baseline: 9, target: 1, evaluate_by: 30 days after release}\n"
    )
    repo.commit("feat: rows (#1)\n\nBet: every-row\n", {".whygate/bets/every-row.yml": bet})
    assert items(run, repo, "2025-02-01")["every-row"]["group"] == "unreleased"

    repo.git("tag", "v1.0")

    assert items(run, repo, "2025-01-20")["every-row"]["due"] == "2025-02-01"


BODY = """\
## Problem
Rows are cut off at row 100 each month.
## Who it helps
Accountants.
## Outcome
They retype no row at all.
## Measurement
- Metric: rows
- Baseline: 9
- Target: 1
- Evaluate by: 30 days after release
"""


def test_request_is_judged_from_today_whatever_its_clock(run: Run, released: Repo) -> None:
    body = str(released.write("body.md", BODY))
    argv = ("check", "--description", body, "--title", "feat: rows", "--today", "2025-01-20")

    assert run(*argv, "-C", str(released.path)).status == 0
