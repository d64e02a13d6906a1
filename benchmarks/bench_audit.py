"""Turn histories of growing length into the figures of an audit, and hold its peers against it.

Printed are: the time of git printing every body to nowhere, of reading and judging every commit,
of the whole command, of the command again with its cache, and the greatest memory; then, over the
same commits, the time each takes in whygate, gitlint, commitizen and commitlint.

With `--repository` (which may be repeated) the whole commands are measured on real histories
instead, by turns, in seconds of the processor: `audit`, the same of the checkout `--before`, the
same without the glance that spares most messages a reading, `git log`, and the list of every commit
as JSON.
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
BEFORE_BUDGET, HISTORY_BUDGET = 0.4, 8.0
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
    parser.add_argument("--repository", type=Path, action="append", help="real ones instead")
    parser.add_argument("--before", type=Path, metavar="CHECKOUT", help="compare with its .venv")
    parser.add_argument("--jobs", type=int, default=default_jobs())
    parser.add_argument("--peers", action=argparse.BooleanOptionalAction, default=True)
    parser.add_argument("--rounds", type=int, default=RUNS, help="of the real histories")
    options = parser.parse_args()
    if options.repository:
        print(compare_histories(options))
        return
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
    """Yield a repository for each mixture and size, made when its turn comes."""
    for mixture in options.mixture or sorted(MIXTURES):
        for size in options.sizes:
            directory = scratch / f"{mixture}-{size}"
            make_repository(directory, size, MIXTURES[mixture])
            yield mixture, directory
            shutil.rmtree(directory)


def compare_histories(options: argparse.Namespace) -> str:
    """Return a table of whole commands on real histories, and the ratios against their budgets.

    `options` has the `repository` (a list), the checkout `before`, `jobs` and `rounds`.
    """
    names = ("git log", "audit", "before", "without glance", "second", "every commit, JSON")
    rows: list[tuple[str, ...]] = []
    verdicts: list[str] = []
    with tempfile.TemporaryDirectory(prefix="whygate-bench-") as scratch:
        for history in options.repository:
            commands = _commands(history, options.before, options.jobs)
            environ = {**os.environ, "WHYGATE_CACHE_DIR": scratch}
            time_command(commands["second"], environ)  # fills the store
            spent: dict[str, list[float]] = {name: [] for name in commands}
            for _ in range(options.rounds):
                for name, command in commands.items():
                    spent[name].append(time_command(command, environ, processor=True)[0])
            seconds = {name: median(values) for name, values in spent.items()}
            shown = [f"{seconds[name]:.2f}" if name in seconds else "-" for name in names]
            rows.append((history.parent.name, f"{count_commits(history):,}", *shown))
            verdicts += _judge(history.parent.name, seconds)
            print(*rows[-1], flush=True)
    head = ("processor seconds", "commits", *names)
    return "\n".join(("", render_table(head, rows), "", *verdicts))


def _commands(history: Path, before: Path | None, jobs: int) -> dict[str, list[str]]:
    ours = [sys.executable, "-m", "whygate", "audit", "-C", str(history), "--jobs", str(jobs)]
    unglanced = (
        "from whygate.history.recorder import Recorder;"
        "Recorder.glance = lambda self, entry: None;"
        "import sys; from whygate.cli import main; sys.exit(main())"
    )
    commands = {
        "git log": ["git", "-C", str(history), "log", "-z", "--format=%B", "HEAD"],
        "audit": [*ours, "--no-cache"],
        "without glance": [sys.executable, "-c", unglanced, *ours[3:], "--no-cache"],
        "second": ours,
        "every commit, JSON": [*ours, "--no-cache", "--commits", "--format", "json"],
    }
    if before is not None:
        program = "Scripts/python.exe" if sys.platform == "win32" else "bin/python"
        commands["before"] = [str(before / ".venv" / program), *ours[1:], "--no-cache"]
    return commands


def _judge(name: str, seconds: dict[str, float]) -> Iterator[str]:
    ours, git = seconds["audit"], seconds["git log"]
    if "before" in seconds:
        yield judge_ratio(f"{name}: audit / before", ours / seconds["before"], BEFORE_BUDGET)
    yield judge_ratio(f"{name}: audit / git log", ours / git, HISTORY_BUDGET)
    yield judge_ratio(f"{name}: second / first", seconds["second"] / ours, CACHED_BUDGET)
    yield judge_ratio(f"{name}: JSON / git log", seconds["every commit, JSON"] / git, BUDGET)


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
    command: Sequence[str], environ: dict[str, str] | None = None, *, processor: bool = False
) -> tuple[float, float]:
    """Return the seconds of a command whose output goes nowhere, and its peak memory in MB.

    They are those of the clock, or of the processors that it and its children used.
    """
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, env=environ)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{command[0]}: exit status {process.returncode}")
    unit = 1_000_000 if sys.platform == "darwin" else 1_000_000 / 1024
    spent = usage.ru_utime + usage.ru_stime if processor else time.perf_counter() - start
    return spent, usage.ru_maxrss / unit


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
