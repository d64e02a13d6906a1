"""Turn generated repositories into what a fleet costs, and hold it against its budgets.

One history is made and copied, since each repository is read whole whatever the others hold.
Printed are: one worker and its git on one core against two workers, the memory of the greatest
process, a second run without news against asking each repository once, and the page over so many
changes, with its memory. On a busy machine only the seconds of the processor hold.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

from benchmarks.histories import MIXTURES, make_repository
from benchmarks.table import judge_ratio, render_table

from whygate.history.fleet.tables import open_duckdb

_REPORT_SECONDS, _REPORT_MEGABYTES = 3.0, 500.0
_TWO, _AGAIN = 1 / 1.6, 1.3
_REPORT = """
import json, resource, sys, time
from datetime import date
from pathlib import Path
from whygate.history.fleet.count import count_fleet
from whygate.history.fleet.run import Ran
from whygate.reporters.fleet import render_fleet_html
start = time.perf_counter()
found = count_fleet(Path(sys.argv[1]), Ran((), 0, 0), date(2026, 1, 1))
page = render_fleet_html(found)
told = [found.total.tally.changes, time.perf_counter() - start, len(page)]
print(json.dumps([*told, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024]))
"""


class Cost(NamedTuple):
    """Seconds of the clock and of the processor, and megabytes of the greatest process."""

    clock: float
    processor: float
    megabytes: float


def main() -> None:
    """Print the table and the judgements."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repositories", type=int, default=1_000)
    parser.add_argument("--commits", type=int, default=1_000)
    parser.add_argument("--changes", type=int, default=1_000_000, help="of the report")
    parser.add_argument("--mixture", choices=sorted(MIXTURES), default="template")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="whygate-bench-") as scratch:
        top = Path(scratch)
        make_fleet(top / "fleet", options.repositories, options.commits, options.mixture)
        one = run_fleet(top, "one", jobs=1, pinned=True)
        two = run_fleet(top, "two", jobs=2)
        asked = ask_each(top / "fleet")
        again = run_fleet(top, "two", jobs=2)
        rows = [("one worker, one core", one), ("two workers", two), ("again", again)]
        rows.append(("asking each once", asked))
        count = options.repositories
        print(f"{count} repositories of {options.commits} commits, {options.mixture}")
        head = ("", "s", "s of processor", "ms each", "MB")
        print(render_table(head, [show(name, cost, count) for name, cost in rows]))
        print(judge_ratio("two workers to one", two.clock / one.clock, _TWO))
        print(judge_ratio("again to asking", again.clock / asked.clock, _AGAIN))
        multiply(top / "two", top / "many", options.changes)
        report(top / "many")


def show(name: str, cost: Cost, count: int) -> tuple[str, ...]:
    """Return a row of the table."""
    each = f"{1_000 * cost.processor / count:.1f}"
    return name, f"{cost.clock:.1f}", f"{cost.processor:.1f}", each, f"{cost.megabytes:.0f}"


def make_fleet(directory: Path, repositories: int, commits: int, mixture: str) -> None:
    """Fill a directory with bare repositories that hold the same history."""
    first = directory / "team-0" / "r0.git"
    first.parent.mkdir(parents=True)
    make_repository(first, commits, MIXTURES[mixture])
    for number in range(1, repositories):
        shutil.copytree(first, directory / f"team-{number % 20}" / f"r{number}.git")


def run_fleet(top: Path, data: str, *, jobs: int, pinned: bool = False) -> Cost:
    """Return what one run of the command costs."""
    call = [sys.executable, "-m", "whygate", "audit", "--fleet", str(top / "fleet")]
    call += ["--data", str(top / data), "--jobs", str(jobs), "--format", "json"]
    if pinned:
        call = ["taskset", "-c", str(min(os.sched_getaffinity(0))), *call]
    environ = {**os.environ, "WHYGATE_CACHE_DIR": str(top / "cache")}
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    done = subprocess.run(call, check=True, capture_output=True, env=environ)
    clock = time.perf_counter() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    told = json.loads(done.stdout)["repositories"]
    assert told["asked"] == told["done"], told
    spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Cost(clock, spent, after.ru_maxrss / 1024)


def ask_each(fleet: Path) -> Cost:
    """Return what asking each repository for its HEAD, tags and notes costs by git alone."""
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    for place in sorted(fleet.glob("*/*.git")):
        call = ["git", "ls-remote", "--symref", str(place), "HEAD", "refs/tags/*", "refs/notes/*"]
        subprocess.run(call, check=True, capture_output=True)
    clock = time.perf_counter() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Cost(clock, spent, 0)


def multiply(data: Path, many: Path, changes: int) -> None:
    """Write the tables of a fleet with so many changes: each row again under other names."""
    (many / "all").mkdir(parents=True)
    with open_duckdb(threads=2) as base:
        found = base.execute(f"SELECT count(*) FROM '{data}/all/changes.parquet'").fetchone()
        assert found is not None
        base.execute("SET preserve_insertion_order = false")
        times = -(-changes // found[0])
        for file in sorted((data / "all").glob("*.parquet")):
            again = "SELECT * REPLACE (repository || '-' || n AS repository)"
            query = f"{again} FROM '{file}', range({times}) t(n)"
            base.execute(f"COPY ({query}) TO '{many}/all/{file.name}' (FORMAT parquet)")


def report(many: Path) -> None:
    """Print what the page costs over all changes."""
    call = [sys.executable, "-c", _REPORT, str(many)]
    told = subprocess.run(call, check=True, capture_output=True, text=True).stdout
    changes, seconds, size, megabytes = json.loads(told)
    print(f"page over {changes:,} changes: {size / 1e6:.1f} MB of HTML")
    print(judge_ratio("seconds", seconds, _REPORT_SECONDS))
    print(judge_ratio("megabytes", megabytes, _REPORT_MEGABYTES))


if __name__ == "__main__":
    main()
