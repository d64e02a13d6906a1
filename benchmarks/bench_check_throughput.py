"""Turn documents into figures: how many checks a warm process does, and against which floor.

The floor is what no checker of this kind can save: reading the same text with pyromark and
validating the same document with jsonschema-rs. Rounds of all three take turns.

`--before CHECKOUT` compares with another checkout of this repository, such as the first edition:
`git worktree add CHECKOUT 4ae4624`, and `.venv` in it with whygate installed. Both check the same
texts in turns, each in a process of its own environment.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from benchmarks.policy import TODAY, description_change, message_change, standard_policy
from benchmarks.table import render_table
from benchmarks.texts import (
    BLOCK_DESCRIPTION,
    DESCRIPTION,
    FAILING_DESCRIPTION,
    FEATURE_TITLE,
    PROSE_MESSAGE,
    SUBJECT_ONLY,
    TRAILERS_MESSAGE,
)
from jsonschema_rs import Draft202012Validator
from pyromark import Options, events

from whygate.context.extract import extract_context
from whygate.context.fill import build_document
from whygate.judge.check import check

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from whygate.model import Change
    from whygate.policy.policy import Policy

ROUNDS = 21
CALLS = 20  # in one round, so that the clock's own grain does not count

CHANGES = {
    "full description": description_change(DESCRIPTION, FEATURE_TITLE),
    "block in a description": description_change(BLOCK_DESCRIPTION, FEATURE_TITLE),
    "failing description": description_change(FAILING_DESCRIPTION, FEATURE_TITLE),
    "trailers message": message_change(TRAILERS_MESSAGE),
    "prose message": message_change(PROSE_MESSAGE),
    "subject only": message_change(SUBJECT_ONLY),
}


@dataclass(frozen=True, slots=True)
class Timing:
    """The median seconds of one check, of parsing its text, and of validating its document."""

    check: float
    parse: float
    validate: float


def main() -> None:
    """Print a row for each kind of document."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--before", type=Path, metavar="CHECKOUT")
    options = parser.parse_args()
    rounds: int = options.rounds
    if options.before is not None:
        print(compare(options.before.resolve(), rounds))
        return
    policy = standard_policy()
    timings = {name: measure(change, policy, rounds) for name, change in CHANGES.items()}
    print(render_timings(timings, rounds))


def measure(change: Change, policy: Policy, rounds: int) -> Timing:
    """Return the timing of one change; the first round only warms the caches."""
    text = change.parts[0].text
    validator = Draft202012Validator(dict(policy.schema.source))
    context = extract_context(change, policy.schema, template=policy.template)
    document = build_document(context, policy.schema, kind="feature")
    work: tuple[Callable[[], object], ...] = (
        lambda: check(change, policy, TODAY),
        lambda: list(events(text, options=Options.ENABLE_TABLES)),
        lambda: validator.is_valid(document),
    )
    seconds: list[list[float]] = [[] for _ in work]
    for turn in range(rounds + 1):
        for spent, call in zip(seconds, work, strict=True):
            once = _time_once(call)
            if turn:
                spent.append(once)
    return Timing(*map(median, seconds))


# Answers each line it reads, the name of a change, with the seconds that one check of it takes. It
# runs in the checkout that it measures, so it knows only what all editions have.
_WORKER = """
import json, sys, time
sys.path.insert(0, "")
from benchmarks.policy import TODAY, description_change, message_change, standard_policy
from whygate.judge.check import check
policy = standard_policy()
changes = {
    name: description_change(text, title) if title else message_change(text)
    for name, (text, title) in json.loads(sys.stdin.readline()).items()
}
for line in sys.stdin:
    change, calls = changes[line.strip()], range(CALLS)
    start = time.process_time()
    for _ in calls:
        check(change, policy, TODAY)
    print((time.process_time() - start) / len(calls), flush=True)
""".replace("CALLS", str(CALLS))


def compare(before: Path, rounds: int) -> str:
    """Return the table of this edition against another checkout of the repository."""
    rows = [
        (name, f"{1e6 * now:.0f}", f"{1e6 * then:.0f}", f"{ratio:.2f}")
        for name, (now, then, ratio) in time_both(before, rounds, CHANGES).items()
    ]
    return render_table((f"{rounds} rounds", "check us", "before us", "x before"), rows)


def time_both(
    before: Path, rounds: int, changes: Mapping[str, Change]
) -> dict[str, tuple[float, float, float]]:
    """Return the seconds of a check here and in another checkout, and how they compare."""
    texts = {name: _text_and_title(change) for name, change in changes.items()}
    python = before / ".venv" / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    found: dict[str, tuple[float, float, float]] = {}
    with (
        _worker(Path(sys.executable), Path.cwd(), texts) as time_now,
        _worker(python, before, texts) as time_before,
    ):
        for name in texts:
            pairs = [(time_now(name), time_before(name)) for _ in range(rounds + 1)][1:]
            now, then = (median(side) for side in zip(*pairs, strict=True))
            found[name] = now, then, median(a / b for a, b in pairs)
    return found


def _text_and_title(change: Change) -> tuple[str, str]:
    return change.parts[0].text, change.title if change.is_pull_request else ""


@contextmanager
def _worker(
    python: Path, checkout: Path, texts: Mapping[str, tuple[str, str]]
) -> Iterator[Callable[[str], float]]:
    """Give what times a check of a named text in a process of another environment."""
    command = (str(python), "-c", _WORKER)
    with subprocess.Popen(
        command, cwd=checkout, stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8"
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        stdin, stdout = process.stdin, process.stdout
        print(json.dumps(texts), file=stdin, flush=True)

        def ask(name: str) -> float:
            print(name, file=stdin, flush=True)
            return float(stdout.readline())

        yield ask
        stdin.close()


def render_timings(timings: Mapping[str, Timing], rounds: int) -> str:
    """Return the table: calls per second, microseconds, and the check against its floor."""
    head = (f"{rounds} rounds", "checks/s", "check us", "parse us", "validate us", "x floor")
    rows = [
        (
            name,
            f"{1 / timing.check:,.0f}",
            *(f"{1e6 * s:.0f}" for s in (timing.check, timing.parse, timing.validate)),
            f"{timing.check / (timing.parse + timing.validate):.2f}",
        )
        for name, timing in timings.items()
    ]
    return render_table(head, rows)


def _time_once(call: Callable[[], object]) -> float:
    start = time.process_time()
    for _ in range(CALLS):
        call()
    return (time.process_time() - start) / CALLS


if __name__ == "__main__":
    main()
