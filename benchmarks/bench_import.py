"""What ten thousand requests cost: calls and memory of an import, its deaths, and the audit of it.

A server on a loopback port answers as GitHub does, by the schema that GitHub publishes, which
`./run-tests` unpacks.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from benchmarks.histories import make_repository, template_message
from benchmarks.table import judge_ratio
from tests.graphql_github import REPOSITORY, TOKEN, GraphQLGitHub, serve

from whygate.history.requests import Descriptions
from whygate.history.store import FILE_NAME

if TYPE_CHECKING:
    from collections.abc import Sequence

REQUESTS, DEATHS = 10_000, 50
CALLS, MEMORY, AUDIT = 101, 150, 1.3
HOME = f"github.com/{REPOSITORY}"


class Done(NamedTuple):
    """How a process ended, its seconds of the processor, and the most memory it held in MB."""

    status: int
    seconds: float
    memory: float


def main() -> None:
    """Print the figures, each held against its budget."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=REQUESTS)
    parser.add_argument("--deaths", type=int, default=DEATHS)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name, serve(GraphQLGitHub()) as github:
        place = Path(name)
        bodies = [template_message(n).partition("\n\n")[2] for n in range(options.requests)]
        make_repository(place / "titles", options.requests, lambda n: f"{_title(n)}\n")
        make_repository(place / "texts", options.requests, lambda n: f"{_title(n)}\n\n{bodies[n]}")
        _run("git", "-C", place / "titles", "remote", "add", "origin", f"https://{HOME}.git")
        for number, body in enumerate(bodies, 1):
            github.add(number, title=_title(number - 1), body=body)
        environ = {
            **os.environ,
            "WHYGATE_TOKEN": TOKEN,
            "GITHUB_API_URL": github.url,
            "WHYGATE_CACHE_DIR": str(place / "store"),
        }
        _import_once(github, place, environ)
        _import_with_deaths(github, place, environ, bodies, options.deaths)
        _audit(place, environ)


def _import_once(github: GraphQLGitHub, place: Path, environ: dict[str, str]) -> None:
    began = time.perf_counter()
    done = _whygate(environ, "import", "-C", place / "titles")
    assert done.status == 0, done
    count = len(github.pulls)
    print(f"{count} requests: {time.perf_counter() - began:.1f} s, {done.seconds:.1f} s of our own")
    print(judge_ratio("calls", len(github.asked), CALLS))
    print(judge_ratio("peak memory in MB", done.memory, MEMORY))


def _import_with_deaths(
    github: GraphQLGitHub,
    place: Path,
    environ: dict[str, str],
    bodies: Sequence[str],
    deaths: int,
) -> None:
    """Kill an import at drawn moments, go on each time, and compare what is held at the end."""
    environ["WHYGATE_CACHE_DIR"] = str(place / "mortal")
    draw = random.Random(18)
    github.asked.clear()
    died = 0
    while died < deaths:
        process = _start(environ, "import", "-C", place / "titles")
        asked = len(github.asked)
        late = time.perf_counter() + 30
        while len(github.asked) < asked + 2 and process.poll() is None:
            time.sleep(0.002)
            assert time.perf_counter() < late
        time.sleep(draw.uniform(0, 0.25))
        if process.poll() is None:
            process.send_signal(signal.SIGKILL)
            died += 1
        process.wait()
        if process.returncode == 0:
            break
    done = _whygate(environ, "import", "-C", place / "titles")
    assert done.status == 0, done
    held = Descriptions(place / "mortal" / FILE_NAME, HOME)
    found = {n: held.find("", f"#{n}") for n in range(1, len(bodies) + 1)}
    lost = [n for n, one in found.items() if one is None or one.request.body != bodies[n - 1]]
    pages = sum("after" in asked for asked in github.asked)
    print(f"killed at {died} drawn moments: {len(lost)} lost or wrong, {len(held)} held once each")
    print(f"  pages asked for: {pages} where {-(-len(bodies) // 100)} would do without a death")
    environ["WHYGATE_CACHE_DIR"] = str(place / "store")


def _audit(place: Path, environ: dict[str, str]) -> None:
    command = ("audit", "--no-cache", "--format", "json", "-o", place / "out.json", "-C")
    ours, floor = [], []
    for _ in range(3):
        floor.append(_whygate(environ, *command, place / "texts").seconds)
        ours.append(_whygate(environ, *command, place / "titles").seconds)
    report = json.loads((place / "out.json").read_text(encoding="utf-8"))
    assert report["coverage"]["total"]["blind"] == 0, report["coverage"]["total"]
    ratio = sorted(ours)[1] / sorted(floor)[1]
    print(f"audit: {sorted(ours)[1]:.1f} s of the processor, of commits {sorted(floor)[1]:.1f} s")
    print(judge_ratio("audit of imported texts, by that of the same in commits", ratio, AUDIT))


def _title(number: int) -> str:
    return f"feat: write the rows of month {number} (#{number + 1})"


def _start(environ: dict[str, str], *arguments: str | Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "whygate", *map(str, arguments)],
        env=environ,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def _whygate(environ: dict[str, str], *arguments: str | Path) -> Done:
    process = _start(environ, *arguments)
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    seconds = used.ru_utime + used.ru_stime
    return Done(process.returncode, seconds, used.ru_maxrss / 1024)


def _run(*command: str | Path) -> None:
    subprocess.run([*map(str, command)], check=True)


if __name__ == "__main__":
    main()
