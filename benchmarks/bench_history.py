"""Turn a long history into figures: what one verdict after the other costs, without the audit.

The repository is made of the mixture `template` of `benchmarks.histories`.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from benchmarks.histories import make_repository, template_message
from benchmarks.policy import TODAY, standard_policy
from benchmarks.table import judge_ratio, render_table

from whygate.git.log import Range, read_commits
from whygate.git.run import Git
from whygate.judge.check import check
from whygate.text.commit import to_change

COMMITS = 80_000
BUDGET = 1.5
GIT_RUNS = 3


def main() -> None:
    """Print the seconds of git and of whygate, their ratio, and the peak memory."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("commits", type=int, nargs="?", default=COMMITS)
    count: int = parser.parse_args().commits
    with tempfile.TemporaryDirectory(prefix="whygate-bench-") as scratch:
        directory = Path(scratch)
        make_repository(directory, count, template_message)
        git = min(time_git(directory) for _ in range(GIT_RUNS))
        spent, statuses = time_verdicts(directory)
    print(render_result(count, git, spent, statuses))


def time_git(directory: Path) -> float:
    """Return the seconds git needs to print every body to nowhere."""
    command = ["git", "-C", str(directory), "log", "-z", "--format=%B", "main"]
    start = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - start


def time_verdicts(directory: Path) -> tuple[float, Counter[str]]:
    """Return the seconds for a verdict on every commit, and the verdicts by status."""
    policy = standard_policy()
    git = Git(directory=directory, environ=os.environ)
    start = time.perf_counter()
    commits = read_commits(git, Range(None, git.resolve("main")), first_parent=True)
    statuses = Counter(str(check(to_change(c), policy, TODAY).status) for c in commits)
    return time.perf_counter() - start, statuses


def render_result(count: int, git: float, spent: float, statuses: Counter[str]) -> str:
    """Return the table and the ratio against its budget."""
    head = (f"{count:,} commits", "seconds", "us each")
    rows = [
        (name, f"{seconds:.2f}", f"{1e6 * seconds / count:.1f}")
        for name, seconds in (("git log -z --format=%B", git), ("parse and verdict", spent))
    ]
    verdicts = ", ".join(f"{number:,} {status}" for status, number in sorted(statuses.items()))
    return "\n".join(
        (
            render_table(head, rows),
            "",
            f"verdicts: {verdicts}",
            f"peak memory: {_peak_megabytes():.0f} MB",
            judge_ratio("parse and verdict / git log", spent / git, BUDGET),
        )
    )


def _peak_megabytes() -> float:
    """Return the peak resident memory of this process; Linux counts in KiB, macOS in bytes."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1_000_000 if sys.platform == "darwin" else 1_000_000 / 1024)


if __name__ == "__main__":
    main()
