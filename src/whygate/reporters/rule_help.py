"""What a rule says about itself: summary, reasons, examples, and how often it was right."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct

if TYPE_CHECKING:
    from whygate.judge.case import Rule

_EXAMPLES = ("Bad:", "Good:")
# Written by scripts/generate_docs.py, which fails in CI when it is not up to date.
FIGURES = Path(__file__).with_name("measured.json")


class RuleHelp(Struct, frozen=True):
    """What a rule finds in one sentence, why it matters, and (head, text) of the examples."""

    rule: Rule
    summary: str
    reasons: tuple[str, ...]
    examples: tuple[tuple[str, str], ...]


def read_rule_help(rule: Rule) -> RuleHelp:
    """Return the parts of a rule's documentation: paragraphs, then indented examples."""
    paragraphs: list[str] = []
    examples: list[tuple[str, list[str]]] = []
    for line in rule.documentation.split("\n"):
        if line in _EXAMPLES:
            examples.append((line.rstrip(":"), []))
        elif examples:
            examples[-1][1].append(line[4:])
        elif not line or not paragraphs:
            paragraphs.append(line)
        else:
            paragraphs[-1] = f"{paragraphs[-1]} {line}".strip()
    return RuleHelp(
        rule=rule,
        summary=paragraphs[0],
        reasons=tuple(paragraph for paragraph in paragraphs[1:] if paragraph),
        examples=tuple((head, "\n".join(lines).strip("\n")) for head, lines in examples),
    )


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
