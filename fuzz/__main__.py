"""Fuzz every target, or the named ones, for some seconds each, from the labelled corpus on.

Usage: python -m fuzz [--seconds N] [TARGET...]   exit status 1 when a target fails; the input
that did it is kept, and `python -m fuzz.one TARGET FILE` runs it again.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import yaml

from fuzz.targets import TARGETS
from whygate.history.target import default_jobs

ROOT = Path(__file__).parents[1]
DOCUMENTS = ROOT / "tests" / "corpus" / "documents"
FOUND = ROOT / "build" / "fuzz"
LONGEST = 4096  # bytes of an input: what fails long nearly always fails short
MOST_MEMORY = 2048  # MiB


def main() -> int:
    """Return the exit status: 1 when a target failed."""
    parser = argparse.ArgumentParser(prog="python -m fuzz", description=__doc__)
    parser.add_argument("--seconds", type=int, default=60, help="time for each target (60)")
    parser.add_argument("--seed", type=int, default=0, help="begin as that time; 0 is another time")
    parser.add_argument("targets", nargs="*", choices=[*TARGETS, []], metavar="TARGET")
    options = parser.parse_args()
    FOUND.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as seeds:
        count = write_seeds(Path(seeds))
        print(f"{count} seeds, {options.seconds} s for each target")
        names = list(options.targets or TARGETS)
        with ThreadPoolExecutor(default_jobs()) as threads:
            held = threads.map(lambda name: fuzz(name, options, seeds), names)
            failed = [name for name, well in zip(names, held, strict=True) if not well]
    print(f"failed: {', '.join(failed)}" if failed else "no target failed")
    return 1 if failed else 0


def write_seeds(directory: Path) -> int:
    """Write every long text of the labelled corpus to a file of its own; return how many."""
    texts = [
        text
        for path in sorted(DOCUMENTS.glob("*.yml"))
        for text in _texts(yaml.safe_load(path.read_text(encoding="utf-8")))
    ]
    texts += [path.read_text(encoding="utf-8") for path in (ROOT / "schemas").rglob("*.*")]
    for number, text in enumerate(texts):
        (directory / f"{number:04}").write_text(text, encoding="utf-8")
    return len(texts)


def fuzz(name: str, options: argparse.Namespace, seeds: str) -> bool:
    """Run one target and say how far it came; True when it held."""
    command = [sys.executable, "-m", "fuzz.one", name, f"-max_total_time={options.seconds}"]
    command += [f"-seed={options.seed}"]
    command += [f"-max_len={LONGEST}", f"-rss_limit_mb={MOST_MEMORY}", "-timeout=20"]
    command += [f"-artifact_prefix={FOUND}/{name}-", "-verbosity=0", "-print_final_stats=1", seeds]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    told = run.stdout + run.stderr
    executed = re.search(r"number_of_executed_units: *([0-9]+)", told)
    runs = f"{int(executed[1]):,} runs" if executed else "no runs"
    held = run.returncode == 0 and executed is not None
    print(f"{name}: {runs}, {'held' if held else 'FAILED'}", flush=True)
    if not held:
        print("\n".join(line for line in told.split("\n") if "Instrumenting" not in line))
    return held


def _texts(value: object) -> list[str]:
    """Return the texts of more than one line anywhere in a document."""
    if isinstance(value, str):
        return [value] if "\n" in value else []
    if isinstance(value, dict):
        value = list(value.values())
    return [text for entry in value for text in _texts(entry)] if isinstance(value, list) else []


if __name__ == "__main__":
    sys.exit(main())
