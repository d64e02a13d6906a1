"""Turn a long history into figures: how much slower verdicts are than git printing the bodies.

The repository is made with one `git fast-import`: half of its commits are a subject only, 30 %
have prose, 15 % the sections of a pull request, 5 % a whole plan; no two messages are alike.
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
from typing import TYPE_CHECKING

from benchmarks.policy import TODAY, standard_policy
from benchmarks.table import judge_ratio, render_table
from benchmarks.texts import (
    DESCRIPTION,
    FAILING_DESCRIPTION,
    PROSE_MESSAGE,
    SUBJECT_ONLY,
    TRAILERS_MESSAGE,
)

from whygate.judge.check import check
from whygate.sources.git import Git
from whygate.sources.history import Range, read_commits, to_change

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import IO

COMMITS = 80_000
BUDGET = 1.5
GIT_RUNS = 3
_FIRST_SECOND = 1_577_880_000  # 2020-01-01 12:00 UTC; a commit every ten minutes
_AUTHOR = "Mara Lind <mara@example.org>"


def main() -> None:
    """Print the seconds of git and of whygate, their ratio, and the peak memory."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("commits", type=int, nargs="?", default=COMMITS)
    count: int = parser.parse_args().commits
    with tempfile.TemporaryDirectory(prefix="whygate-bench-") as scratch:
        directory = Path(scratch)
        make_repository(directory, count)
        git = min(time_git(directory) for _ in range(GIT_RUNS))
        spent, statuses = time_verdicts(directory)
    print(render_result(count, git, spent, statuses))


def make_repository(directory: Path, count: int) -> None:
    """Fill a new bare repository with `count` commits on `main`."""
    subprocess.run(["git", "init", "--quiet", "--bare", str(directory)], check=True)
    command = ["git", "-C", str(directory), "fast-import", "--quiet"]
    with subprocess.Popen(command, stdin=subprocess.PIPE) as process:
        assert process.stdin is not None
        _write_commits(process.stdin, count)
    if process.returncode:
        raise SystemExit(f"git fast-import: exit status {process.returncode}")
    subprocess.run(["git", "-C", str(directory), "gc", "--quiet"], check=True)


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


def message(number: int) -> str:
    """Return the message of one commit; the shapes follow each other in a row of twenty."""
    place = number % 20
    ticket = f" ({number:x})"
    if place < 10:
        return f"{SUBJECT_ONLY.rstrip()}{ticket}\n"
    if place < 16:
        return PROSE_MESSAGE.replace("\n", f"{ticket}\n", 1).replace("half", f"{number} pictures")
    if place < 19:
        body = FAILING_DESCRIPTION.replace("Old keys", f"The {number} old keys")
        return f"Sign the cart's cookie{ticket}\n\n{body}"
    if number % 40 == 19:
        return TRAILERS_MESSAGE.replace("\n", f"{ticket}\n", 1).replace("38 %", f"{number} pages")
    return f"feat(cart): keep the cart{ticket}\n\n{DESCRIPTION.replace('45 %', f'{number} pages')}"


def _write_commits(stream: IO[bytes], count: int) -> None:
    for number in range(count):
        stream.write(b"".join(_commit_lines(number)))


def _commit_lines(number: int) -> Iterator[bytes]:
    """Yield one commit in the language of git-fast-import(1); it has no files."""
    body = message(number).encode()
    person = f"{_AUTHOR} {_FIRST_SECOND + 600 * number} +0000\n".encode()
    yield b"commit refs/heads/main\n"
    yield b"author " + person
    yield b"committer " + person
    yield b"data %d\n" % len(body)
    yield body + b"\n"


def _peak_megabytes() -> float:
    """Return the peak resident memory of this process; Linux counts in KiB, macOS in bytes."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1_000_000 if sys.platform == "darwin" else 1_000_000 / 1024)


if __name__ == "__main__":
    main()
