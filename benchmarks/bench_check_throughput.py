"""Turn documents into figures: how many checks a warm process does, and against which floor.

The floor is what no checker of this kind can save: reading the same text with markdown-it-py
and validating the same document with jsonschema-rs. Rounds of all three take turns.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import dataclass
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
from markdown_it import MarkdownIt

from whygate.context.document import build_document
from whygate.context.extract import extract_context
from whygate.judge.check import check

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

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
    rounds = parser.parse_args().rounds
    policy = standard_policy()
    timings = {name: measure(change, policy, rounds) for name, change in CHANGES.items()}
    print(render_timings(timings, rounds))


def measure(change: Change, policy: Policy, rounds: int) -> Timing:
    """Return the timing of one change; the first round only warms the caches."""
    text = change.parts[0].text
    parser = MarkdownIt("commonmark").enable("table")
    validator = Draft202012Validator(dict(policy.schema.source))
    context = extract_context(change, policy.schema, template=policy.template)
    document = build_document(context, policy.schema, kind="feature")
    work: tuple[Callable[[], object], ...] = (
        lambda: check(change, policy, TODAY),
        lambda: parser.parse(text),
        lambda: validator.is_valid(document),
    )
    seconds: list[list[float]] = [[] for _ in work]
    for turn in range(rounds + 1):
        for spent, call in zip(seconds, work, strict=True):
            once = _time_once(call)
            if turn:
                spent.append(once)
    return Timing(*map(median, seconds))


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
    start = time.perf_counter()
    for _ in range(CALLS):
        call()
    return (time.perf_counter() - start) / CALLS


if __name__ == "__main__":
    main()
