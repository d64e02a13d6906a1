"""Hold the hook, the check and the audit against their budgets in one run: a line for each ratio.

The hook is held against conventional-pre-commit, the check against another checkout of this
repository, the audit against that and against `git log`, and the second audit against the first.
The last table is that of the audits in seconds of the processor.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks import bench_audit, bench_check_cold
from benchmarks.bench_check_throughput import CHANGES, time_both
from benchmarks.table import judge_ratio

from whygate.history.target import default_jobs

if TYPE_CHECKING:
    from collections.abc import Iterator

CHECK_BUDGET = 0.4
DESCRIPTION = "full description"


def main() -> None:
    """Print the ratios as they are known."""
    options = _parse_options()
    for line in _hook(options.repetitions):
        print(line, flush=True)
    *_, ratio = time_both(options.before, options.repetitions, CHANGES)[DESCRIPTION]
    print(judge_ratio(f"check of a {DESCRIPTION} / before", ratio, CHECK_BUDGET), flush=True)
    if options.repository:
        print(bench_audit.compare_histories(options))


def _hook(repetitions: int) -> Iterator[str]:
    """Yield the ratios of the hook; its table of milliseconds is left to its own benchmark."""
    with tempfile.TemporaryDirectory(prefix="whygate-bench-") as scratch:
        place = bench_check_cold.prepare_place(Path(scratch), Path(__file__).parents[1])
        commands = bench_check_cold.commands(place)
        seconds = bench_check_cold.measure(place, commands, repetitions)
    yield from bench_check_cold.judge_ratios(seconds)


def _parse_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    before = "the checkout to compare with, whygate installed in its .venv"
    parser.add_argument("--before", type=Path, required=True, metavar="CHECKOUT", help=before)
    parser.add_argument("--repository", type=Path, action="append", help="a history to audit")
    parser.add_argument("--repetitions", type=int, default=bench_check_cold.REPETITIONS)
    parser.add_argument("--rounds", type=int, default=bench_audit.RUNS, help="of the audits")
    parser.add_argument("--jobs", type=int, default=default_jobs())
    options = parser.parse_args()
    options.before = options.before.resolve()
    return options


if __name__ == "__main__":
    main()
