"""`whygate show metrics`: the names that a plan can use, here and in the shell."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from whygate.catalogue import CATALOGUE_PATH

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Run
    from tests.conftest import Repo

CATALOGUE = """\
version: 1
backends: {db: {type: sql, url_env: DB_URL}}
metrics:
  missing-row-tickets:
    title: tickets about missing rows, weekly
    backend: db
    query: select count(*) from tickets where at >= :start and at < :end
    window: 7d
    unit: tickets
    better: down
    owner: "@support"
  error-share:
    {title: share that fails, backend: db, query: "select :end", window: 24h, scale: ratio}
"""


@pytest.fixture
def repo_with_metrics(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = repo.path / CATALOGUE_PATH
    path.parent.mkdir()
    path.write_text(CATALOGUE)
    monkeypatch.chdir(repo.path)
    return path


def test_metrics_are_listed_with_what_they_count(run: Run, repo_with_metrics: Path) -> None:
    result = run("show", "metrics", "-C", str(repo_with_metrics.parents[1]))

    assert (result.status, result.err) == (0, "")
    assert result.out.splitlines() == [
        "missing-row-tickets: tickets about missing rows, weekly",
        "  in tickets, per 7d, better down, from db (sql), owner @support",
        "error-share: share that fails",
        "  in %, per 1d, from db (sql)",
    ]


def test_one_metric_is_shown_with_its_query(run: Run, repo_with_metrics: Path) -> None:
    where = str(repo_with_metrics.parents[1])

    result = run("show", "metrics", "Tickets about missing rows, weekly", "-C", where)

    assert result.out.splitlines()[-1].strip().startswith("select count(*) from tickets")


def test_unknown_metric_is_answered_with_a_near_one(run: Run, repo_with_metrics: Path) -> None:
    result = run("show", "metrics", "error-shares", "-C", str(repo_with_metrics.parents[1]))

    assert result.status == 2
    assert "did you mean `error-share`?" in result.err


def test_metrics_are_json_for_programs(run: Run, repo_with_metrics: Path) -> None:
    where = str(repo_with_metrics.parents[1])

    listed = json.loads(run("show", "metrics", "--format", "json", "-C", where).out)

    assert [(m["name"], m["unit"], m["window"]) for m in listed] == [
        ("missing-row-tickets", "tickets", "7d"),
        ("error-share", "%", "1d"),
    ]
    assert all(len(m["definition"]) == 16 for m in listed)


def test_absent_catalogue_is_said(run: Run, repo: Repo) -> None:
    result = run("show", "metrics", "-C", str(repo.path))

    assert (result.status, result.err) == (0, "")
    assert result.out.startswith(f"there is no {CATALOGUE_PATH};")


@pytest.mark.parametrize("argv", [("show", "metrics"), ("show", "config")], ids=" ".join)
def test_mistakes_come_at_once(run: Run, repo_with_metrics: Path, argv: tuple[str, ...]) -> None:
    text = CATALOGUE.replace("7d", "a week").replace("better: down", "better: lower")
    repo_with_metrics.write_text(text)

    result = run(*argv, "-C", str(repo_with_metrics.parents[1]))

    assert result.status == 2
    assert f"{CATALOGUE_PATH}:8: " in result.err
    assert f"{CATALOGUE_PATH}:10: " in result.err


def test_catalogue_by_another_name_is_not_passed_over(run: Run, repo_with_metrics: Path) -> None:
    repo_with_metrics.rename(repo_with_metrics.with_suffix(".yaml"))

    result = run("show", "metrics", "-C", str(repo_with_metrics.parents[1]))

    assert result.status == 2
    assert "rename it to metrics.yml" in result.err


@pytest.mark.parametrize("begun", ["", "err"])
def test_shell_is_offered_the_names(
    run: Run, repo_with_metrics: Path, monkeypatch: pytest.MonkeyPatch, begun: str
) -> None:
    monkeypatch.chdir(repo_with_metrics.parents[1])
    monkeypatch.setenv("_WHYGATE_COMPLETE", "bash_complete")
    monkeypatch.setenv("COMP_WORDS", f"whygate show metrics {begun}")
    monkeypatch.setenv("COMP_CWORD", "3")

    offered = [line.partition(",")[2] for line in run().out.splitlines()]

    assert offered == [n for n in ("missing-row-tickets", "error-share") if n.startswith(begun)]


def test_check_judges_by_the_catalogue(run: Run, repo_with_metrics: Path, tmp_path: Path) -> None:
    body = tmp_path / "body.md"
    body.write_text(
        "## Problem\nAccountants retype the rows that the export leaves out.\n"
        "## Measurement\n- Metric: missing-row-tickets\n- Baseline: 9 ms\n- Target: 1 ms\n"
        "- Evaluate by: +30d\n"
    )

    where = str(repo_with_metrics.parents[1])
    result = run("check", "--description", str(body), "--title", "feat: rows", "-C", where)

    assert result.status == 1
    assert "WG217" in result.out
