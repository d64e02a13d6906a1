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
from tests.metrics.conftest import DAY

from whygate.catalogue.file import parse_catalogue
from whygate.metrics.port import Setting
from whygate.metrics.reading import show_value
from whygate.metrics.sources import Sources
from whygate.metrics.windows import window_of

if TYPE_CHECKING:
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
    assert "firms that load invoices, monthly: 0 firms \u2192 39 firms, target 25 firms" in page
