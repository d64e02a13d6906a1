"""No text makes the check fail, hang, or point outside of the text."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from whygate.model import Severity, Status

if TYPE_CHECKING:
    from tests.judge.conftest import Judge

LIMIT = 65_536

PIECES = st.sampled_from(
    [
        *("## Problem", "### Why?", "**Outcome:**", "Measurement", "## Target", "#", "Problem:"),
        *(
            "- Metric: rows",
            "- Baseline: unknown",
            "- Target: -30%",
            "- Evaluate by: soon",
            "- [ ]",
        ),
        *(
            "Problem: rows are lost",
            "Target: 45 %",
            "Refs: #1",
            "Bet: cart-sync",
            "Change-Kind: fix",
        ),
        *("```", "```yaml product-context", "product_context:", "~~~", "<!--", "-->", "<details>"),
        *("version: 1", "problem: [a, b]", "measurement: [{metric: x}]", "exempt: {class: a}"),
        *("exempt internal; a b c d", "Trivial: a b c d", "Covered by #1", "Deferred until soon"),
        *("N/A", "TBD", "<why>", "| Metric | Target |", "|---|---|", "| rows | 3 |", "> quote"),
        *("We believe a for b will result in c; we will know when d reaches 3", "from 1 % to 2 ms"),
        *("\u2028", "\x0b", "\x85", "\u200b", "😀", "\ud800", "Problem: \udfff half a pair"),
        *("", "", " ", "\t", "    code", "===", "---", "\\", "a:", "https://example.org/a"),
    ]
)
TEXTS = st.lists(st.tuples(PIECES, st.sampled_from(["\n", "\r\n", "\r", " ", "\n\n"])), max_size=14)


@settings(max_examples=250, deadline=None)
@given(TEXTS, st.sampled_from(["feat: x", "fix: x", "experiment: x", "x", ""]), st.booleans())
def test_any_text_is_judged(
    judge: Judge, drawn: list[tuple[str, str]], title: str, message: bool
) -> None:
    text = "".join(piece + end for piece, end in drawn)
    verdict = judge(text, title, message=message)
    lines = text.replace("\r\n", "\n").replace("\r", "\n").count("\n") + 1

    assert verdict.ok is all(f.severity is not Severity.ERROR for f in verdict.findings)
    for place in (
        *(finding.location for finding in verdict.findings),
        *(statement.location for statement in verdict.context.statements()),
    ):
        assert 1 <= place.line <= lines
        assert place.column >= 1


def repeat(piece: str, start: str = "") -> str:
    return start + (piece * (LIMIT // len(piece)))[: LIMIT - len(start)]


MEASURED = "## Measurement\n"
HOSTILE = {
    "problems": repeat("## Problem\na\n"),
    "problems and whys": repeat("## Problem\nab cd\n## Why\nxy\n"),
    "problem trailers": repeat("Problem: a\n", "x\n\n"),
    "loose trailers": repeat("Problem: a\nTarget: b\n\n", "x\n\n"),
    "metrics": repeat("- Metric: a\n", MEASURED),
    "metrics in two forms": "```yaml product-context\nmeasurement:\n"
    + "".join(f"  - metric: aa{at} b{at}\n" for at in range(1300))
    + f"```\n\n{MEASURED}"
    + "".join(f"- Metric: c{at} d{at}\n" for at in range(1500)),
    "sections of items": repeat("## Measurement\na b\n"),
    "targets": repeat("- Target: 5 %\n", f"{MEASURED}- Metric: a\n"),
    "contradictions": repeat("Target: 2\nMetric: y\n\n", "Target: 1\nMetric: x\n\n"),
    "links": repeat("#1\n", "## Links\n"),
    "exemptions": repeat("## Product context\nexempt internal; a b c d\n"),
    "long exemption": repeat("exempt internal; a b c d ", "## Product context\n"),
    "long reference": repeat("a/", f"{MEASURED}Covered by "),
    "near misses": repeat("## Probelm\na\n"),
    "slips in labels": repeat("Probem: x\n\n"),
    "slips in bold": repeat("**Probem** x\n"),
    "slips in cells": repeat("| Probem "),
    "sentences that hurt": repeat("It fails because rows are lost again. "),
    "east asian plans": repeat("60件から5件に減らす", MEASURED),
    "circles": repeat("- ( ) x\n", "## Problem\n"),
    "half slots": repeat("[describe ", "## Problem\n"),
    "part headings": repeat("## Target\n5\n"),
    "numbers": repeat("from 5 % to 6 % by 2027-01-01 ", MEASURED),
    "hypotheses": repeat("We believe a for b will result in c ", MEASURED),
    "hidden headings": repeat("## Problem\n", "<!--\n"),
    "rows": repeat("| a | 5 |\n", f"{MEASURED}| Metric | Target |\n|---|---|\n"),
    "keys": "```yaml product-context\n" + "".join(f"k{at}: v\n" for at in range(6000)) + "```\n",
    "quotes": repeat(">"),
    "brackets": repeat("["),
    "comments": repeat("<!--"),
    "fences": repeat("```\n"),
}


@pytest.mark.parametrize("message", [False, True], ids=["description", "message"])
@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_text_is_judged(judge: Judge, name: str, message: bool) -> None:
    text = f"feat: x\n\n{HOSTILE[name]}" if message else HOSTILE[name]
    verdict = judge(text, "feat: longer exports", message=message)

    assert verdict.status is Status.FAILED
