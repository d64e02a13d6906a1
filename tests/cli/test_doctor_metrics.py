"""`whygate doctor` about the metric catalogue: its mistakes, and what each metric would say."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from whygate.catalogue import CATALOGUE_PATH

if TYPE_CHECKING:
    from tests.cli.conftest import Run
    from tests.conftest import Repo

CATALOGUE = """\
version: 1
backends:
  data: {type: files, path: days.csv}
  warehouse: {type: sql, url_env: WHYGATE_TEST_DB}
metrics:
  good-rows: {title: rows, backend: data, window: 7d, query: select count(*) from data where day < :end}
  wrong-rows: {title: wrong, backend: data, window: 7d, query: select day from data where day < :end}
  quiet-rows: {title: quiet, backend: data, window: 7d, query: select sum(n) from data where day > :end}
  far-rows: {title: far, backend: warehouse, window: 7d, query: select 1 where :end > now()}
"""  # noqa: E501 - a metric is one line


def doctor(run: Run, repo: Repo, *argv: str) -> tuple[int, list[dict[str, object]]]:
    where = ("-C", str(repo.path), "--format", "json", "--today", "2025-02-01")
    result = run("doctor", *argv, *where)
    advice = json.loads(result.out)["advice"]
    return result.status, [one for one in advice if one["topic"] == "metrics"]


def test_every_metric_is_tried_on_yesterday(run: Run, repo: Repo) -> None:
    files = {CATALOGUE_PATH: CATALOGUE, "days.csv": "day,n\n2025-01-30,1\n2025-01-31,2\n"}
    repo.commit("chore: begin\n", files)

    status, advice = doctor(run, repo, "--metrics")

    said = {str(one["message"]).partition(":")[0].partition(" ")[0]: one for one in advice}
    assert status == 1
    assert set(said) == {"wrong-rows", "quiet-rows", "far-rows"}
    assert said["wrong-rows"]["severity"] == "error"
    assert "no data" in str(said["quiet-rows"]["message"])
    assert "quiet-rows would be inconclusive" in str(said["quiet-rows"]["message"])
    assert str(said["far-rows"]["message"]).startswith("far-rows was not read: ")
    assert "WHYGATE_TEST_DB is not set" in str(said["far-rows"]["message"])


def test_nothing_is_asked_without_the_option(run: Run, repo: Repo) -> None:
    repo.commit("chore: begin\n", {CATALOGUE_PATH: CATALOGUE})

    assert doctor(run, repo) == (0, [])


def test_mistakes_of_the_catalogue_are_named_with_their_lines(run: Run, repo: Repo) -> None:
    text = CATALOGUE.replace("type: files", "type: filez").replace("window: 7d", "window: week")
    repo.commit("chore: begin\n", {CATALOGUE_PATH: text})

    status, advice = doctor(run, repo)

    assert status == 1
    assert {one["line"] for one in advice} >= {3, 6, 7, 8, 9}
