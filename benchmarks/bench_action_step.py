"""Turn cold runs of the action's step into figures: how long a pull request waits for its verdict.

Each run is the script of action.yml in a fresh checkout, where nothing is compiled yet, and with an
empty directory for temporary files, so that the dependencies are installed again. It judges one
pull request through an API on this machine.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from benchmarks.table import judge_ratio, render_table
from benchmarks.texts import DESCRIPTION, FEATURE_TITLE

if TYPE_CHECKING:
    from collections.abc import Mapping

ROOT = Path(__file__).parents[1]
BUDGET = 3.0  # seconds with a warm cache of pip
REPETITIONS = 7
REPOSITORY = "octo-org/octo-repo"
SHA = "b" * 40
PULL: dict[str, object] = {
    "number": 7,
    "state": "open",
    "title": FEATURE_TITLE,
    "body": DESCRIPTION,
    "user": {"login": "mara", "type": "User"},
    "base": {"ref": "main", "sha": SHA},
    "commits": 1,
    "changed_files": 1,
}


class Answers(BaseHTTPRequestHandler):
    """The few answers that one verdict needs."""

    def do_GET(self) -> None:
        """Answer a question of the action."""
        path = self.path.partition("?")[0]
        answer: object = {"tree": []}
        if path.endswith("/pulls/7"):
            answer = PULL
        elif path.endswith("/commits"):
            answer = [{"sha": SHA, "commit": {"message": FEATURE_TITLE}}]
        elif path.endswith("/files"):
            answer = [{"filename": "src/cart.py"}]
        body = json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Stay silent."""


def main() -> None:
    """Print the medians and hold the one with a warm cache against its budget."""
    repetitions = _parse_repetitions()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_port}"
    with tempfile.TemporaryDirectory(prefix="whygate-bench-") as scratch:
        print(render_result(measure(Path(scratch), url, repetitions), repetitions))
    server.shutdown()


def measure(scratch: Path, url: str, repetitions: int) -> Mapping[str, list[float]]:
    """Return the seconds of each kind of run by its name."""
    seconds: dict[str, list[float]] = {"cold cache": [], "warm cache": [], "installed": []}
    warm = scratch / "warm"
    run_step(scratch / "first", warm, url)
    for turn in range(repetitions):
        job = scratch / f"job-{turn}"
        seconds["cold cache"].append(run_step(scratch / f"cold-{turn}", scratch / f"c{turn}", url))
        seconds["warm cache"].append(run_step(job, warm, url))
        seconds["installed"].append(run_step(job, warm, url))
    return seconds


def run_step(temporary: Path, cache: Path, url: str) -> float:
    """Return how many seconds the step takes; raises SystemExit when it does not say `ok`."""
    import yaml  # noqa: PLC0415  (only for the script)

    action = temporary / "action"
    if not action.exists():
        check_out(action)
    event, output = temporary / "event.json", temporary / "output"
    event.write_text(json.dumps({"action": "opened", "number": 7, "pull_request": PULL}))
    described = yaml.safe_load((action / "action.yml").read_text(encoding="utf-8"))
    environ = {
        **{name: value for name, value in os.environ.items() if not name.startswith("PYTHON")},
        "PATH": f"{Path(sys.base_prefix) / 'bin'}{os.pathsep}{os.environ['PATH']}",
        "PIP_CACHE_DIR": str(cache),
        "NO_PROXY": "127.0.0.1",
        "GITHUB_ACTION_PATH": str(action),
        "GITHUB_API_URL": url,
        "GITHUB_EVENT_NAME": "pull_request",
        "GITHUB_EVENT_PATH": str(event),
        "GITHUB_OUTPUT": str(output),
        "GITHUB_REPOSITORY": REPOSITORY,
        "RUNNER_TEMP": str(temporary),
        "WHYGATE_TOKEN": "t",
    }
    command = ("bash", "--noprofile", "--norc", "-eo", "pipefail", "-c")
    start = time.perf_counter()
    done = subprocess.run(
        [*command, described["runs"]["steps"][0]["run"]],
        env=environ,
        capture_output=True,
        text=True,
        check=False,
    )
    spent = time.perf_counter() - start
    if done.returncode or "verdict=ok\n" not in output.read_text(encoding="utf-8"):
        raise SystemExit(f"the step ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    return spent


def check_out(action: Path) -> None:
    """Copy what the runner would download of the action, without anything compiled."""
    compiled = shutil.ignore_patterns("__pycache__")
    for name in ("src", "schemas"):
        shutil.copytree(ROOT / name, action / name, ignore=compiled)
    for name in ("action.yml", "requirements.lock"):
        shutil.copy(ROOT / name, action / name)


def render_result(seconds: Mapping[str, list[float]], repetitions: int) -> str:
    """Return the table of the medians, and the one that has a budget."""
    rows = [
        (name, *(f"{value:.2f}" for value in (median(spent), min(spent), max(spent))))
        for name, spent in seconds.items()
    ]
    head = (f"{repetitions} repetitions", "median s", "least s", "most s")
    ratio = median(seconds["warm cache"]) / BUDGET
    return "\n".join(
        (render_table(head, rows), "", judge_ratio(f"warm cache / {BUDGET:.0f} s", ratio, 1))
    )


def _parse_repetitions() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repetitions", type=int, default=REPETITIONS)
    options = parser.parse_args()
    return int(options.repetitions)


if __name__ == "__main__":
    main()
