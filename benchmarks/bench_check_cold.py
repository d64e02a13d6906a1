"""Turn fresh processes into figures: how long one commit waits for each hook.

Every command is run as git runs its commit-msg hook, in a process of its own. The commands take
turns, and the medians of one run are compared with each other, because seconds of different
machines or days are not comparable. whygate stores a plan at its first run in a repository; the
row "first run" is what it costs without one.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import tempfile
import time
import venv
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from benchmarks.table import judge_ratio, render_table
from benchmarks.texts import FAILING_MESSAGE, TRAILERS_MESSAGE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

PEERS = ("conventional-pre-commit", "gitlint-core")
REPETITIONS = 21
PASSING = "conventional-pre-commit"
FAILING = "gitlint, failing"
OURS_PASSING = "whygate hook, passing trailers"
OURS_FIRST = "whygate hook, the same, first run"
OURS_FAILING = "whygate hook, failing Markdown"
# GIT_* would lead git to another repository, PYTHON* the children to other modules.
_PRIVATE = ("GIT_", "PYTHON", "GITLINT", "WHYGATE")


@dataclass(frozen=True, slots=True)
class Command:
    """One command line and the exit status that shows that it did its work.

    `is_first` drops what whygate stored before each run.
    """

    name: str
    argv: tuple[str, ...]
    status: int
    is_first: bool = False


@dataclass(frozen=True, slots=True)
class Place:
    """Where the commands run: the programs of a virtual environment, a repository, two caches."""

    programs: Path
    repository: Path
    environ: Mapping[str, str]
    cache: Path
    first_cache: Path

    def run(self, command: Command) -> float:
        """Run a command and return its seconds; what it prints is dropped.

        Exits when the command ends with another status than it should.
        """
        if command.is_first:
            shutil.rmtree(self.first_cache, ignore_errors=True)
        start = time.perf_counter()
        status = self.status(*command.argv, is_first=command.is_first)
        spent = time.perf_counter() - start
        if status != command.status:
            raise SystemExit(f"{command.name}: exit status {status}, not {command.status}")
        return spent

    def status(self, *argv: str, is_first: bool = False) -> int:
        """Run a command line and return its exit status."""
        cache = self.first_cache if is_first else self.cache
        done = subprocess.run(
            argv,
            cwd=self.repository,
            env={**self.environ, "WHYGATE_CACHE_DIR": str(cache)},
            capture_output=True,
            check=False,
        )
        return done.returncode


def main() -> None:
    """Print the medians of all commands and the two ratios that have a budget."""
    options = _parse_options()
    with tempfile.TemporaryDirectory(prefix="whygate-bench-") as scratch:
        place = prepare_place(Path(scratch), options.checkout)
        seconds = measure(place, commands(place), options.repetitions)
    print(render_result(seconds, options.repetitions))


def prepare_place(scratch: Path, checkout: Path) -> Place:
    """Install whygate (as a wheel) and its peers, and make an empty repository."""
    home = scratch / "venv"
    venv.create(home, with_pip=True)
    programs = home / ("Scripts" if os.name == "nt" else "bin")
    install = (str(programs / "python"), "-m", "pip", "install", "--quiet", "--compile")
    subprocess.run([*install, str(checkout), *PEERS], check=True, env=_clean_environ(os.environ))
    repository = scratch / "repository"
    subprocess.run(["git", "init", "--quiet", str(repository)], check=True)
    (repository / "passing.txt").write_text(TRAILERS_MESSAGE, encoding="utf-8")
    (repository / "failing.txt").write_text(FAILING_MESSAGE, encoding="utf-8")
    # GIT_EDITOR as git sets it for the hooks of a commit without an editor (githooks).
    environ = {**_clean_environ(os.environ), "PYTHONDONTWRITEBYTECODE": "1", "GIT_EDITOR": ":"}
    return Place(programs, repository, environ, scratch / "cache", scratch / "first")


def commands(place: Place) -> tuple[Command, ...]:
    """Return what is measured; gitlint's status is the number of its findings."""
    python, whygate, conventional, gitlint = (
        str(place.programs / name)
        for name in ("python", "whygate", "conventional-pre-commit", "gitlint")
    )
    hook = (whygate, "hook", "commit-msg")
    lint = (gitlint, "--ignore", "body-max-line-length,title-max-length", "--msg-filename")
    wide = (gitlint, "-c", "body-max-line-length.line-length=20", "--msg-filename")
    return (
        Command("python -c pass", (python, "-c", "pass"), 0),
        Command(PASSING, (conventional, "passing.txt"), 0),
        Command(OURS_PASSING, (*hook, "passing.txt"), 0),
        Command(OURS_FIRST, (*hook, "passing.txt"), 0, is_first=True),
        Command("gitlint, passing", (*lint, "passing.txt"), 0),
        Command(FAILING, (*wide, "failing.txt"), _findings(place, *wide, "failing.txt")),
        Command(OURS_FAILING, (*hook, "failing.txt"), 1),
    )


def measure(
    place: Place, measured: Sequence[Command], repetitions: int
) -> Mapping[str, list[float]]:
    """Return the seconds of each command by its name; the first round only warms up."""
    seconds: dict[str, list[float]] = {command.name: [] for command in measured}
    for turn in range(repetitions + 1):
        for command in measured:
            spent = place.run(command)
            if turn:
                seconds[command.name].append(spent)
    return seconds


def render_result(seconds: Mapping[str, list[float]], repetitions: int) -> str:
    """Return the table of the medians, and the ratios against their budgets."""
    middle = {name: median(spent) for name, spent in seconds.items()}
    floor = middle["python -c pass"]
    rows = [
        (
            name,
            *(f"{1000 * s:.1f}" for s in (middle[name], min(spent))),
            f"{middle[name] / floor:.1f}",
        )
        for name, spent in seconds.items()
    ]
    head = (f"{repetitions} repetitions", "median ms", "least ms", "x python")
    return "\n".join(
        (
            render_table(head, rows),
            "",
            judge_ratio(
                "passing / conventional-pre-commit", middle[OURS_PASSING] / middle[PASSING], 1
            ),
            judge_ratio("failing / gitlint", middle[OURS_FAILING] / middle[FAILING], 1),
        )
    )


def _findings(place: Place, *argv: str) -> int:
    """Return the exit status of a linter that counts with it; it must find something."""
    status = place.status(*argv)
    if not 0 < status < 253:  # gitlint keeps 253 and above for its own troubles
        raise SystemExit(f"{argv[0]}: exit status {status} is no number of findings")
    return status


def _clean_environ(environ: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in environ.items() if not name.startswith(_PRIVATE)}


def _parse_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repetitions", type=int, default=REPETITIONS)
    checkout = Path(__file__).parents[1]
    parser.add_argument("--checkout", type=Path, default=checkout, help="the whygate to measure")
    return parser.parse_args()


if __name__ == "__main__":
    main()
