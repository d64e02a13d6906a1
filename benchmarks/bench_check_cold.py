"""Turn fresh processes into figures: how long one commit waits for the hook.

Eight everyday messages are judged as git's commit-msg hook judges them, each in a process of its
own, and conventional-pre-commit judges the same message beside it. The commands take turns, and
the medians of one run are compared with each other, because seconds of different machines or
days are not comparable. whygate stores the policy at its first run in a repository; the row
"first run" is what that costs, and the row "check" what a message costs that is not passed at
once.
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
from benchmarks.texts import EVERYDAY_MESSAGES, FAILING_MESSAGE, Everyday

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

PEER = "conventional-pre-commit"
REPETITIONS = 21
# At most so many times as long as the peer takes for the same message.
AT_ONCE, WITH_GIT, FAILING = 0.6, 0.8, 1.0
# GIT_* would lead git to another repository, PYTHON* the children to other modules.
_PRIVATE = ("GIT_", "PYTHON", "WHYGATE")
_VERBOSE = ("-v",)  # the long way, with the parser of the command line


@dataclass(frozen=True, slots=True)
class Command:
    """One command line and the exit status that shows that it did its work (None: any).

    `is_first` drops what whygate stored before each run.
    """

    name: str
    argv: tuple[str, ...]
    status: int | None
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
        if command.status not in (None, status):
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
    """Print the medians of all commands and the ratios that have a budget."""
    options = _parse_options()
    with tempfile.TemporaryDirectory(prefix="whygate-bench-") as scratch:
        place = prepare_place(Path(scratch), options.checkout)
        seconds = measure(place, commands(place), options.repetitions)
    print(render_result(seconds, options.repetitions))


def prepare_place(scratch: Path, checkout: Path) -> Place:
    """Install whygate (as a wheel) and its peer, and make a repository with a branch."""
    home = scratch / "venv"
    venv.create(home, with_pip=True)
    programs = home / ("Scripts" if os.name == "nt" else "bin")
    install = (str(programs / "python"), "-m", "pip", "install", "--quiet", "--compile")
    subprocess.run([*install, str(checkout), PEER], check=True, env=_clean_environ(os.environ))
    repository = scratch / "repository"
    # GIT_EDITOR as git sets it for the hooks of a commit without an editor (githooks).
    environ = {**_clean_environ(os.environ), "PYTHONDONTWRITEBYTECODE": "1", "GIT_EDITOR": ":"}
    place = Place(programs, repository, environ, scratch / "cache", scratch / "first")
    who = ("-c", "user.name=Mara Lind", "-c", "user.email=mara@example.org")
    for words in (
        ("init", "--quiet", "--initial-branch=main", str(repository)),
        ("-C", str(repository), *who, "commit", "--quiet", "--allow-empty", "--message=Start"),
        ("-C", str(repository), "switch", "--quiet", "--create", "cart"),
    ):
        subprocess.run(["git", *words], check=True, env=environ)
    (repository / "docs").mkdir()
    (repository / "docs" / "port.md").write_text("the port\n", encoding="utf-8")
    subprocess.run(["git", "-C", str(repository), "add", "docs"], check=True, env=environ)
    for name, everyday in EVERYDAY_MESSAGES.items():
        (repository / _file(name)).write_text(everyday.text, encoding="utf-8")
    (repository / "markdown.txt").write_text(FAILING_MESSAGE, encoding="utf-8")
    return place


def commands(place: Place) -> tuple[Command, ...]:
    """Return what is measured: each message with both tools, and what bounds them."""
    python, whygate, peer = (str(place.programs / name) for name in ("python", "whygate", PEER))
    hook = (whygate, "hook", "commit-msg")
    first = next(iter(EVERYDAY_MESSAGES))
    rows = [
        Command("python -c pass", (python, "-c", "pass"), 0),
        Command("first run", (*hook, _file(first)), 0, is_first=True),
        Command("the long way", (*hook, *_VERBOSE, _file(first)), 0),
        Command("failing Markdown", (*hook, "markdown.txt"), 1),
    ]
    for name, everyday in EVERYDAY_MESSAGES.items():
        rows.append(Command(_peer(name), (peer, _file(name)), None))
        rows.append(Command(name, (*hook, _file(name)), int(everyday.fails)))
    return tuple(rows)


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
    return "\n".join((render_table(head, rows), "", *judge_ratios(seconds)))


def judge_ratios(seconds: Mapping[str, list[float]]) -> list[str]:
    """Return a line for each message: its median in times of that of its peer, and the budget."""
    middle = {name: median(spent) for name, spent in seconds.items()}
    return [
        judge_ratio(f"{name} / {PEER}", middle[name] / middle[_peer(name)], budget_of(everyday))
        for name, everyday in EVERYDAY_MESSAGES.items()
    ]


def budget_of(everyday: Everyday) -> float:
    """Return how long the hook may take for a message, in times of its peer."""
    if everyday.fails:
        return FAILING
    return WITH_GIT if everyday.asks_git else AT_ONCE


def _file(name: str) -> str:
    return f"{''.join(c if c.isalnum() else '-' for c in name)}.txt"


def _peer(name: str) -> str:
    return f"  {PEER}: {name}"


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
