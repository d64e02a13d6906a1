"""Turn the figures that the labelled corpus gave a rule into a sentence about it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct

if TYPE_CHECKING:
    from whygate.judge.rule import Rule

# Written by scripts/generate_docs.py, which fails in CI when it is not up to date.
FIGURES = Path(__file__).with_name("measured.json")


class Measured(Struct, frozen=True):
    """How many documents there are, and for each rule: found rightly, found, to be found."""

    documents: int
    rules: dict[str, tuple[int, int, int]]


def read_measured() -> Measured:
    """Return the figures that ship with the package."""
    return msgspec.json.decode(FIGURES.read_bytes(), type=Measured)


def describe_measured(rule: Rule, measured: Measured) -> str:
    """Return what the corpus says of a rule, "" when no document is about it."""
    if rule.id not in measured.rules:
        return ""
    hits, claimed, labelled = measured.rules[rule.id]
    return (
        f"Measured on {measured.documents} labelled documents of our corpus: "
        f"precision {hits}/{claimed}, recall {hits}/{labelled}."
    )
