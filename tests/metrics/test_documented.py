"""The page on metrics: its catalogue is asked for real, a metric of each backend, and its story."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
import pytest
import yaml
from tests.metrics.conftest import DAY

from whygate.catalogue.file import parse_catalogue
from whygate.metrics.port import Setting
from whygate.metrics.reading import show_value
from whygate.metrics.sources import Sources
from whygate.metrics.windows import window_of

if TYPE_CHECKING:
    from tests.conftest import MakeRepo
    from tests.metrics.conftest import Server

    from whygate.catalogue.catalogue import Catalogue

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/metrics.md").read_text(encoding="utf-8")
WINDOW = window_of(DAY, 168)


def blocks(language: str) -> list[str]:
    marker = re.escape("<!-- tested: tests/metrics/test_documented.py -->")
    return re.findall(rf"{marker}\n```{language}\n(.*?)```\n", PAGE, re.DOTALL)


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    (text,) = blocks("yaml")
    return parse_catalogue("metrics.yml", text)


def read(catalogue: Catalogue, slug: str, root: Path, **environ: str) -> str:
    metric = catalogue.metrics[slug]
    with Sources(catalogue, Setting(environ, root)) as sources:
        reading = sources.read_all([(metric, (WINDOW,))])[slug, (WINDOW,)][0]
    assert reading.number is not None, reading.reason
    return show_value(metric, reading.number)


def write_exports(root: Path) -> None:
    (root / "data").mkdir()
    days = ", ".join(f"(date '{DAY - timedelta(days=n)}')" for n in range(14))
    with duckdb.connect() as duck:
        target = root / "data/exports.parquet"
        duck.execute(f"copy (select * from (values {days}) v(day)) to '{target}' (format parquet)")


def test_prometheus_of_the_page(catalogue: Catalogue, prometheus: str, tmp_path: Path) -> None:
    assert read(catalogue, "error-share", tmp_path, PROM_URL=prometheus) == "1.33333 %"


def test_database_of_the_page(catalogue: Catalogue, postgres: str, tmp_path: Path) -> None:
    write_exports(tmp_path)

    assert read(catalogue, "missing-row-tickets", tmp_path, WAREHOUSE_URL=postgres) == "7 tickets"


def test_files_of_the_page(catalogue: Catalogue, tmp_path: Path) -> None:
    write_exports(tmp_path)

    assert read(catalogue, "exports-weekly", tmp_path) == "7"


def test_service_of_the_page(catalogue: Catalogue, server: Server, tmp_path: Path) -> None:
    points = [[(DAY - timedelta(days=n)).isoformat(), 10 + n] for n in range(10)]
    server.answers["/api/series/signups"] = (200, {}, json.dumps({"points": points}).encode())

    found = read(catalogue, "signups", tmp_path, STATS_URL=server.address, STATS_TOKEN="t")

    assert found == "13"
    assert server.calls[0].token == "Bearer t"
    assert server.calls[0].params == {"from": "2026-11-09T00:00:00Z", "to": "2026-11-16T00:00:00Z"}


def test_story_of_the_shop_runs_from_plan_to_page(
    tmp_path: Path, git_environ: dict[str, str]
) -> None:
    program = Path(sys.executable).parent
    environ = git_environ | {"PATH": f"{program}:{git_environ['PATH']}", "NO_COLOR": "1"}
    shop = tmp_path / "shop"
    shell = shutil.which("sh")
    assert shell is not None

    done = subprocess.run(
        [shell, str(ROOT / "examples/shop/run.sh"), str(shop)],
        capture_output=True,
        check=False,
        env=environ,
    )

    printed = done.stdout.decode()
    assert done.returncode == 0, done.stderr.decode()
    (session,) = blocks("console")
    assert session.partition("\n")[2] in printed
    event = json.loads((shop / ".whygate/results.jsonl").read_text().splitlines()[-1])
    assert (event["for"], event["state"], event["by"]) == ("#34", "met", "whygate")
    assert "<desc" in (shop / "invoice-firms.svg").read_text()
    page = (shop / "page.html").read_text()
    assert "39 firms" in page
    assert "#34: firms that load invoices, monthly</title>" in page


PLAN = """\
feat(export): write every row (#12)

Problem: rows are cut off at row 100
Metric: tickets about rows, weekly
Baseline: 21 tickets
Target: <= 7 tickets
Evaluate-By: 2025-01-31
"""
TICKETS = """\
version: 1
backends: {days: {type: files, path: days.csv}}
metrics:
  row-tickets:
    title: tickets about rows, weekly
    backend: days
    query: select sum(n) from days where day >= :start and day < :end
    window: 7d
    unit: tickets
"""
# `gh` as the workflow calls it: the first request is opened, the second call finds it there.
GH = """\
#!/bin/sh
echo "$*" >> "$GH_LOG"
case "$1 $2" in "pr create") test ! -e "$GH_LOG.made" && touch "$GH_LOG.made" ;; esac
"""


def read_job() -> str:
    """Return the script of the scheduled workflow, as the page shows it."""
    page = re.search(r"```yaml\nname: outcomes\n.*?```", PAGE, re.DOTALL)
    assert page is not None
    workflow = yaml.safe_load(page[0].removeprefix("```yaml\n").removesuffix("```"))
    assert set(workflow[True]) == {"schedule", "workflow_dispatch"}  # `on`, as YAML 1.1 reads it
    return str(workflow["jobs"]["measure"]["steps"][-1]["run"])


def test_scheduled_job_keeps_one_request(tmp_path: Path, make_repo: MakeRepo) -> None:
    repo = make_repo("shop")
    days = "".join(f"2025-01-{day:02},1\n" for day in range(1, 32))
    files = {".whygate/metrics.yml": TICKETS, "days.csv": f"day,n\n{days}"}
    repo.commit(PLAN, files)
    remote = tmp_path / "remote.git"
    repo.git("init", "--quiet", "--bare", str(remote))
    repo.git("remote", "add", "origin", str(remote))
    programs = tmp_path / "programs"
    programs.mkdir()
    for name, script in (("gh", GH), ("pip", "#!/bin/sh\n")):
        (programs / name).write_text(script)
        (programs / name).chmod(0o755)
    path = f"{programs}:{Path(sys.executable).parent}:{repo.environ['PATH']}"
    environ = {**repo.environ, "PATH": path, "GH_LOG": str(tmp_path / "log")}
    environ["RUNNER_TEMP"] = str(tmp_path)
    shell = shutil.which("bash")
    assert shell is not None
    start = repo.git("rev-parse", "--abbrev-ref", "HEAD")

    for _ in range(2):
        repo.git("switch", "-q", start)
        done = subprocess.run(
            [shell, "-e", "-c", read_job()],
            cwd=repo.path,
            env=environ,
            capture_output=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr.decode()

    calls = (tmp_path / "log").read_text().splitlines()
    assert [" ".join(call.split()[:2]) for call in calls] == [
        *("auth setup-git", "pr create"),
        *("auth setup-git", "pr create", "pr edit"),
    ]
    names = repo.git("diff", "--name-only", start, "whygate/outcomes")
    assert names == ".whygate/results.jsonl"
    added = repo.git("show", "whygate/outcomes:.whygate/results.jsonl").splitlines()
    assert [json.loads(line)["state"] for line in added] == ["met"]
    assert "| \\#12 |" in (tmp_path / "body.md").read_text()
    assert (
        repo.git("rev-parse", "whygate/outcomes")
        == repo.git("ls-remote", "origin", "whygate/outcomes").split()[0]
    )
