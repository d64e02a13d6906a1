"""Measure what a fleet costs on generated repositories, each ratio by itself.

One history is made and copied, since each repository is read whole whatever the others hold.
Printed are: two workers against one worker and its git pinned to one core; how much one of many
repositories costs against one of a tenth of them, without the start of the command, and how much
more memory a worker has at the end than at the beginning; a second run with ten new commits in a
tenth of them, and how many changes it read; one without news against asking each repository once;
the page over so many changes, with its memory.

Every ratio is one of two runs in this very process, of the clock and of the processor: on a machine
that others use, only that of the processor holds, and two workers cannot be seen there at all.
`--full` has the sizes of the budget: 1,000 repositories of 1,000 commits.
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
from benchmarks.table import judge_between, judge_ratio, render_table

from whygate.history.fleet.run import MANIFEST
from whygate.history.fleet.tables import open_duckdb

_REPORT_SECONDS, _REPORT_MEGABYTES = 3.0, 500.0
_TWO, _AGAIN, _GROWTH = 1 / 1.6, 1.3, 1.15
_LINEAR = (0.85, 1.15)  # far below it, the measurement of the few is wrong
_HEAD = ("", "s", "s of processor", "ms each", "MB", "changes read")
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
    """Seconds of the clock and the processor, MB of the greatest process, and what it read."""

    clock: float
    processor: float
    megabytes: float
    changes: int = 0


def main() -> None:
    """Print the table and the judgements."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repositories", type=int, default=100)
    parser.add_argument("--commits", type=int, default=200)
    parser.add_argument("--asked", type=int, default=500, help="repositories without news")
    parser.add_argument("--changes", type=int, default=1_000_000, help="of the report")
    parser.add_argument("--mixture", choices=sorted(MIXTURES), default="template")
    parser.add_argument("--full", action="store_true", help="1,000 repositories of 1,000 commits")
    options = parser.parse_args()
    count, commits = (1_000, 1_000) if options.full else (options.repositories, options.commits)
    part = max(1, count // 10)
    with tempfile.TemporaryDirectory(prefix="whygate-bench-") as scratch:
        top = Path(scratch)
        make_fleet(top / "fleet", count, commits, options.mixture)
        whole, tenth = top / "all.list", top / "tenth.list"
        places = [str(place) for place in sorted((top / "fleet").glob("*/*.git"))]
        whole.write_text("\n".join(places), encoding="utf-8")
        tenth.write_text("\n".join(places[:part]), encoding="utf-8")
        print(f"{count} repositories of {commits} commits, {options.mixture}", flush=True)
        compare_sizes(top, places, whole, tenth)
        if not options.full:  # else what starts the command would be all that is seen
            make_fleet(top / "asked", options.asked, 5, options.mixture)
            places = [str(place) for place in sorted((top / "asked").glob("*/*.git"))]
            whole.write_text("\n".join(places), encoding="utf-8")
            run_fleet(top, whole, "asked-data", jobs=2)
        ask_again(top, places, whole, "two" if options.full else "asked-data")
        multiply(top / "two", top / "many", options.changes)
        report(top / "many")


def compare_sizes(top: Path, places: list[str], whole: Path, tenth: Path) -> None:
    """Print what a first run costs with one worker and with two, and one after ten commits."""
    count, part = len(places), max(1, len(places) // 10)
    few = run_fleet(top, tenth, "few", jobs=1, pinned=True)
    one = run_fleet(top, whole, "one", jobs=1, pinned=True)
    start = run_fleet(top, tenth, "few", jobs=1, pinned=True)
    two = run_fleet(top, whole, "two", jobs=2)
    for place in places[:part]:
        add_commits(Path(place), 10)
    moved = run_fleet(top, whole, "two", jobs=2)
    rows = [
        (f"one worker, one core, {part}", few, part),
        (f"the same again, {part}", start, part),
        ("one worker, one core", one, count),
        ("two workers", two, count),
        (f"again, {part} with ten new commits", moved, count),
    ]
    print(render_table(_HEAD, [show(*row) for row in rows]))
    print(judge_ratio("two workers to one, clock", two.clock / one.clock, _TWO))
    print(judge_ratio("two workers to one, processor", two.processor / one.processor, _GROWTH))
    each = [(run.processor - start.processor) / n for run, n in ((one, count), (few, part))]
    growth = each[0] / each[1]
    print(judge_between(f"each of {count} to each of {part}, processor", growth, _LINEAR))
    memory = measure_memory(top / "one" / MANIFEST)
    print(judge_ratio("memory of the worker, last tenth to first", memory, _GROWTH))
    fresh = moved.changes / (10 * part)
    print(judge_ratio("changes read to those that are new", fresh, 1.0))


def ask_again(top: Path, places: list[str], whole: Path, data: str) -> None:
    """Print what a run without news costs, against asking each repository once."""
    asked = ask_each(places)
    again = run_fleet(top, whole, data, jobs=2)
    print(f"{len(places)} repositories without news")
    rows = [("asking each once", asked, len(places)), ("again", again, len(places))]
    print(render_table(_HEAD, [show(*row) for row in rows]))
    print(judge_ratio("again to asking, clock", again.clock / asked.clock, _AGAIN))
    print(judge_ratio("again to asking, processor", again.processor / asked.processor, _AGAIN))
    print(judge_ratio("changes read again", float(again.changes), 0.0))


def measure_memory(manifest: Path) -> float:
    """Return how much more memory a worker had taken in the last tenth than in the first."""
    lines = manifest.read_text(encoding="utf-8").splitlines()
    taken = [json.loads(line)["report"]["megabytes"] for line in lines]
    tenth = max(1, len(taken) // 10)
    return float(max(taken[-tenth:]) / max(taken[:tenth]))


def add_commits(repository: Path, count: int) -> None:
    """Add empty commits to the branch of a bare repository."""
    call = ["git", "--git-dir", str(repository)]
    who = {"GIT_AUTHOR_NAME": "Ada", "GIT_AUTHOR_EMAIL": "ada@example.org"}
    who |= {"GIT_COMMITTER_NAME": "Ada", "GIT_COMMITTER_EMAIL": "ada@example.org"}
    for number in range(count):
        commit = [*call, "commit-tree", "HEAD^{tree}", "-p", "HEAD", "-m", f"feat: more {number}"]
        made = subprocess.run(
            commit, check=True, capture_output=True, text=True, env={**os.environ, **who}
        ).stdout.strip()
        subprocess.run([*call, "update-ref", "HEAD", made], check=True)


def show(name: str, cost: Cost, count: int) -> tuple[str, ...]:
    """Return a row of the table."""
    each = f"{1_000 * cost.processor / count:.1f}"
    spent = (f"{cost.clock:.1f}", f"{cost.processor:.1f}", each, f"{cost.megabytes:.0f}")
    return name, *spent, str(cost.changes)


def make_fleet(directory: Path, repositories: int, commits: int, mixture: str) -> None:
    """Fill a directory with bare repositories that hold the same history."""
    first = directory / "team-0" / "r0.git"
    first.parent.mkdir(parents=True)
    make_repository(first, commits, MIXTURES[mixture])
    for number in range(1, repositories):
        shutil.copytree(first, directory / f"team-{number % 20}" / f"r{number}.git")


_WAIT = """
import json, resource, subprocess, sys
done = subprocess.run(sys.argv[1:], check=True, stdout=subprocess.PIPE)
used = resource.getrusage(resource.RUSAGE_CHILDREN)
told = json.loads(done.stdout)["repositories"] if done.stdout.startswith(b"{") else {}
print(json.dumps([used.ru_utime + used.ru_stime, used.ru_maxrss / 1024, told]))
"""


def run_fleet(top: Path, places: Path, data: str, *, jobs: int, pinned: bool = False) -> Cost:
    """Return what one run of the command costs, its start included."""
    call = [sys.executable, "-m", "whygate", "audit", "--fleet", str(places)]
    call += ["--data", str(top / data), "--jobs", str(jobs), "--format", "json"]
    if pinned:
        call = ["taskset", "-c", str(min(os.sched_getaffinity(0))), *call]
    environ = {**os.environ, "WHYGATE_CACHE_DIR": str(top / "cache")}
    clock, processor, megabytes, told = run_measured(call, environ)
    assert told["asked"] == told["done"], told
    return Cost(clock, processor, megabytes, told["changes_read"])


def run_measured(
    call: list[str], environ: dict[str, str]
) -> tuple[float, float, float, dict[str, int]]:
    """Run a command below a process of its own, whose children are this command's alone."""
    start = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", _WAIT, *call], check=True, capture_output=True, env=environ
    )
    clock = time.perf_counter() - start
    processor, megabytes, told = json.loads(done.stdout)
    return clock, processor, megabytes, told


def ask_each(places: list[str]) -> Cost:
    """Return what asking each repository for its HEAD, tags and notes costs by git alone."""
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    for place in places:
        call = ["git", "ls-remote", "--symref", place, "HEAD", "refs/tags/*", "refs/notes/*"]
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
