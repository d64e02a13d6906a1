"""Texts that look like an answer and are none, and short ones that are."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from whygate.model import Severity, Status

if TYPE_CHECKING:
    from tests.judge.conftest import Judge

    from whygate.model import Finding, Verdict

CORPUS = Path(__file__).parent.parent / "corpus"
TITLE = "feat(ledger): close the books in one step"
REST = """\

## Who it helps
Bookkeepers of firms with more than ten clients, about 400 people.

## Outcome
They close the month from one page and retype nothing.

## Measurement
- Metric: retyped rows per bookkeeper, monthly
- Baseline: 30 rows
- Target: 3 rows
- Evaluate by: +30d
"""
REST_AS_TRAILERS = """\
Audience: bookkeepers of firms with more than ten clients
Outcome: they close the month from one page and retype nothing
Metric: retyped rows per bookkeeper, monthly
Baseline: 30 rows
Target: 3 rows
Evaluate-By: +30d
"""
REST_AS_YAML = """\
audience: bookkeepers of firms with more than ten clients
outcome: they close the month from one page and retype nothing
measurement:
  - {metric: retyped rows, baseline: 30 rows, target: 3 rows, evaluate_by: +30d}
"""


@dataclass(frozen=True)
class Sample:
    text: str
    why: str
    words: int = 3


def load(name: str) -> list[Sample]:
    lines = (CORPUS / name).read_text(encoding="utf-8").split("\n")
    return [Sample(**json.loads(line)) for line in lines if line]


EMPTY = load("disguised_empty.jsonl")
HONEST = load("honest_short.jsonl")


def is_one_line(sample: Sample) -> bool:
    """Tell whether a text fits behind a key; git takes a NUL for the end of the message."""
    return not any(char in sample.text for char in "\n\r\0")


def as_section(sample: Sample) -> str:
    return f"## Problem\n{sample.text}\n{REST}"


def as_trailer(sample: Sample) -> str:
    return f"{TITLE}\n\nThe books close by hand.\n\nProblem: {sample.text}\n{REST_AS_TRAILERS}"


def as_block(sample: Sample) -> str:
    value = json.dumps(sample.text, ensure_ascii=max(sample.text, default="") < "\U00010000")
    return f"```yaml product-context\nversion: 1\nproblem: {value}\n{REST_AS_YAML}```\n"


def errors_on_problem(verdict: Verdict) -> list[Finding]:
    return [f for f in verdict.findings if f.field == "problem" and f.severity is Severity.ERROR]


@pytest.mark.parametrize("sample", EMPTY, ids=lambda sample: sample.why)
def test_disguised_problem_fails_as_section(judge: Judge, sample: Sample) -> None:
    verdict = judge(as_section(sample), TITLE)

    assert verdict.status is Status.FAILED
    assert errors_on_problem(verdict)


@pytest.mark.parametrize(
    "sample", [s for s in EMPTY if is_one_line(s)], ids=lambda sample: sample.why
)
def test_disguised_problem_fails_as_trailer(judge: Judge, sample: Sample) -> None:
    verdict = judge(as_trailer(sample), message=True)

    assert verdict.status is Status.FAILED
    assert errors_on_problem(verdict)


@pytest.mark.parametrize("sample", EMPTY, ids=lambda sample: sample.why)
def test_disguised_problem_fails_as_block(judge: Judge, sample: Sample) -> None:
    verdict = judge(as_block(sample), TITLE)

    assert verdict.status is Status.FAILED


@pytest.mark.parametrize("sample", HONEST, ids=lambda sample: sample.why)
def test_honest_problem_passes_as_section(judge: Judge, sample: Sample) -> None:
    assert errors_on_problem(judge(as_section(sample), TITLE)) == []


@pytest.mark.parametrize(
    "sample", [s for s in HONEST if is_one_line(s)], ids=lambda sample: sample.why
)
def test_honest_problem_passes_as_trailer(judge: Judge, sample: Sample) -> None:
    assert errors_on_problem(judge(as_trailer(sample), message=True)) == []


@pytest.mark.parametrize("sample", HONEST, ids=lambda sample: sample.why)
def test_honest_problem_passes_as_block(judge: Judge, sample: Sample) -> None:
    verdict = judge(as_block(sample), TITLE)

    assert errors_on_problem(verdict) == []
    assert verdict.status is Status.OK


@pytest.mark.parametrize(
    "text",
    [
        "What problem does this solve?",
        "Who is hurt, when, and how do you know?",
        "Please describe the problem this PR solves.",
        "Describe what hurts here please",
        "Please add a short description of the problem here.",
        "As discussed in standup.",
        "Unknown at this time.",
        "There is none.",
        "Some text here.",
        "Someone please fill in",
        "Fixes #12\n\n🤖 Generated with Tool",
        "This is an automated cherry-pick of #123",
        "Summary by CodeRabbit",
        "@coderabbitai summary",
        "Note: this PR description was written by an AI assistant.",
        "ptal @ann",
        "Ticket: PAY-12\nReviewers: ann, bob\nSubscribers: all",
        "BUG=b:123\nTEST=none",
        "What is the problem? Who has it?",
    ],
)
def test_what_a_form_or_a_tool_says_is_no_answer(judge: Judge, text: str) -> None:
    verdict = judge(f"## Problem\n{text}\n{REST}", TITLE)

    assert verdict.status is Status.FAILED
    assert errors_on_problem(verdict)
