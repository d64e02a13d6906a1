"""Turn histories of growing length into the figures of an audit, and hold its peers against it.

Printed are: the time of git printing every body to nowhere, of reading and judging every commit,
of the whole command, of the command again with its cache, and the greatest memory; then, over the
same commits, the time each takes in whygate, gitlint, commitizen and commitlint.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, NamedTuple

from benchmarks.histories import MIXTURES, make_repository
from benchmarks.peers import COMMITS, time_peers
from benchmarks.policy import TODAY, standard_policy
from benchmarks.table import judge_ratio, render_table

from whygate.audit.coverage import Counting
from whygate.git.log import Range
from whygate.git.run import Git
from whygate.history.run import collect_seldom
from whygate.history.stream import Reader
from whygate.history.target import Unit, Walk, default_jobs

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

SIZES = (1_000, 10_000, 80_000, 200_000)
BUDGET = 1.5
CACHED_BUDGET = 0.3
MEMORY_BUDGET = 300
RUNS = 3
_HEAD = (
    *("mixture", "commits", "git log", "judged", "ratio", "us each", "command", "cached"),
    *("ratio", "MB"),
)


class Figures(NamedTuple):
    """Seconds, and megabytes of the command (of its greatest process)."""

    git: float
    judged: float
    command: float
    cached: float
    megabytes: float


def main() -> None:
    """Print a table for every mixture and size, then the peers."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sizes", type=int, nargs="*", default=SIZES)
    parser.add_argument("--mixture", choices=sorted(MIXTURES), action="append")
    parser.add_argument("--repository", type=Path, help="a real repository instead")
    parser.add_argument("--jobs", type=int, default=default_jobs())
    parser.add_argument("--peers", action=argparse.BooleanOptionalAction, default=True)
    options = parser.parse_args()
    rows: list[tuple[str, int, Figures]] = []
    collect_seldom()  # as the command does
    with tempfile.TemporaryDirectory(prefix="whygate-bench-") as scratch:
        for name, directory in find_repositories(options, Path(scratch)):
            figures = measure(directory, Path(scratch) / "cache", options.jobs)
            rows.append((name, count_commits(directory), figures))
            print(render_row(*rows[-1]), flush=True)
        print("", render_result(rows), sep="\n")
        if options.peers:
            head = (f"{COMMITS:,} commits", "ms each")
            print("", render_table(head, list(time_peers(Path(scratch)))), sep="\n")


def find_repositories(options: argparse.Namespace, scratch: Path) -> Iterator[tuple[str, Path]]:
    """Yield the named repository, or one for each mixture and size, made when its turn comes."""
    if options.repository is not None:
        yield options.repository.name, options.repository
        return
    for mixture in options.mixture or sorted(MIXTURES):
        for size in options.sizes:
            directory = scratch / f"{mixture}-{size}"
            make_repository(directory, size, MIXTURES[mixture])
            yield mixture, directory
            shutil.rmtree(directory)


def measure(directory: Path, cache: Path, jobs: int) -> Figures:
    """Return the figures of one repository, git and whygate by turns."""
    log = ["git", "-C", str(directory), "log", "-z", "--format=%B", "HEAD"]
    audit = [sys.executable, "-m", "whygate", "audit", "-C", str(directory), "--commits"]
    audit += ["--jobs", str(jobs)]
    environ = {**os.environ, "WHYGATE_CACHE_DIR": str(cache)}
    environ.pop("PYTHONDONTWRITEBYTECODE", None)  # as installed: compiled once
    git, judged, command, cached, memory = [], [], [], [], []
    for _ in range(RUNS):
        shutil.rmtree(cache, ignore_errors=True)
        git.append(time_command(log)[0])
        judged.append(time_call(lambda: judge_all(directory, jobs)))
        first = time_command(audit, environ)
        command.append(first[0])
        memory.append(first[1])
        cached.append(time_command(audit, environ)[0])
    return Figures(median(git), median(judged), median(command), median(cached), max(memory))


def judge_all(directory: Path, jobs: int) -> None:
    """Read, judge and count every commit of HEAD."""
    git = Git(directory=directory, environ=os.environ)
    reader = Reader(git, standard_policy(), TODAY, jobs=jobs)
    counting = Counting()
    for batch in reader.read(Walk(Range(None, git.resolve("HEAD")), Unit.COMMITS)):
        counting.add(batch)
    counting.finish()


def time_call(call: Callable[[], object]) -> float:
    """Return the seconds of a call."""
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def time_command(
    command: Sequence[str], environ: dict[str, str] | None = None
) -> tuple[float, float]:
    """Return the seconds of a command whose output goes nowhere, and its peak memory in MB."""
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, env=environ)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{command[0]}: exit status {process.returncode}")
    unit = 1_000_000 if sys.platform == "darwin" else 1_000_000 / 1024
    return time.perf_counter() - start, usage.ru_maxrss / unit


def count_commits(directory: Path) -> int:
    """Return how many commits HEAD has."""
    command = ["git", "-C", str(directory), "rev-list", "--count", "HEAD"]
    return int(subprocess.run(command, check=True, capture_output=True).stdout)


def render_row(name: str, count: int, figures: Figures) -> str:
    """Return one line for somebody who waits."""
    return f"{name} {count:,}: {figures.judged / figures.git:.2f} x git log"


def render_result(rows: Sequence[tuple[str, int, Figures]]) -> str:
    """Return the table and the ratios against their budgets."""
    table = [
        (
            name,
            f"{count:,}",
            f"{f.git:.2f}",
            f"{f.judged:.2f}",
            f"{f.judged / f.git:.2f}",
            f"{1e6 * f.judged / count:.1f}",
            f"{f.command:.2f}",
            f"{f.cached:.2f}",
            f"{f.cached / f.command:.2f}",
            f"{f.megabytes:.0f}",
        )
        for name, count, f in rows
    ]
    largest = max(count for _, count, _ in rows)
    verdicts = []
    for name, count, f in rows:
        if count == largest:
            verdicts.append(judge_ratio(f"{name}: judged / git log", f.judged / f.git, BUDGET))
            verdicts.append(
                judge_ratio(f"{name}: cached / first run", f.cached / f.command, CACHED_BUDGET)
            )
            verdicts.append(judge_ratio(f"{name}: megabytes", f.megabytes, MEMORY_BUDGET))
    return "\n".join((render_table(_HEAD, table), "", *verdicts))


if __name__ == "__main__":
    main()
