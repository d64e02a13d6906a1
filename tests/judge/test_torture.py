"""Eighteen descriptions that public checkers of descriptions get wrong, in every written form."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from whygate.model import Status

if TYPE_CHECKING:
    from tests.judge.conftest import Judge, MakePolicy

    from whygate.policy.policy import Policy

TITLE = "feat(basket): remember baskets between devices"
PROBLEM = "Guests who fill a basket on the phone find it empty at the desk; 140 complain a month."
OUTCOME = "They pay on the second device instead of starting again."
LISTED = """\
- Metric: orders finished on a second device, weekly
- Baseline: 38 %
- Target: 45 %
- Evaluate by: 2027-02-15"""
SENTENCE = "Orders finished on a second device go from 38 % to 45 % by 2027-02-15."
TEMPLATE = """\
## Problem
Who is hurt, and how do you know?

## Outcome
What will people do that they cannot do today?

## Measurement
Which number moves, from where to where, and by when?
"""


@dataclass(frozen=True)
class Body:
    """One row of the matrix: its letter, what it is about, the text, and the right verdict."""

    letter: str
    about: str
    text: str
    passes: bool

    def __str__(self) -> str:
        return f"{self.letter} {self.about}"


def write(
    problem: str = PROBLEM, outcome: str = OUTCOME, plan: str = LISTED, heading: str = "## {}"
) -> str:
    contents = {"Problem": problem, "Outcome": outcome, "Measurement": plan}
    return "\n\n".join(f"{heading.format(name)}\n{text}" for name, text in contents.items()) + "\n"


def fill_all(text: str) -> str:
    return write(text, text, text)


def bodies(plan: str) -> list[Body]:
    good = write(plan=plan)
    setext = re.sub(r"(?m)^## (.+)$", lambda found: f"{found[1]}\n{'-' * 12}\n", good)
    emoji = (
        good.replace("## P", "## 🤕 P").replace("## O", "## :dart: O").replace("## M", "## 📈 M")
    )
    deeper = write(f"### How we know\n{PROBLEM}", plan=f"### Numbers\n\n{plan}")
    return [
        Body("A", "good", good, True),
        Body("B", "good with CRLF", good.replace("\n", "\r\n"), True),
        Body("C", "good at another level", good.replace("## ", "#### "), True),
        Body("D", "good with bold labels", write(plan=plan, heading="**{}**"), True),
        Body("E", "good with emoji", emoji, True),
        Body("F", "good in lower case", re.sub(r"## \w", lambda m: m[0].lower(), good), True),
        Body("G", "good with sub-headings", deeper, True),
        Body("H", "good with underlines", setext, True),
        Body("I", "unedited template", TEMPLATE, False),
        Body("J", "empty", "", False),
        Body("K", "headings deleted", "fix bug\n", False),
        Body("L", "N/A everywhere", fill_all("N/A"), False),
        Body("M", "a dot everywhere", fill_all("."), False),
        Body("N", "TBD everywhere", fill_all("TBD"), False),
        Body("O", "an unticked box everywhere", fill_all("- [ ] Yes\n- [ ] No"), False),
        Body("P", "good inside a fence", f"````\n{good}````\n", False),
        Body("Q", "good inside a comment", f"<!--\n{good}-->\n", False),
        Body("R", "good behind an open comment", f"Baskets\n\n<!-- \n\n{good}", False),
    ]


ALL = [
    pytest.param(body, id=f"{body}, {shape}")
    for shape, plan in (("listed", LISTED), ("in a sentence", SENTENCE))
    for body in bodies(plan)
]


@pytest.fixture
def policy(make_policy: MakePolicy) -> Policy:
    return make_policy(template=TEMPLATE)


def test_matrix_has_eighteen_bodies() -> None:
    assert "".join(body.letter for body in bodies(LISTED)) == "ABCDEFGHIJKLMNOPQR"


@pytest.mark.parametrize("body", ALL)
def test_description_gets_the_right_verdict(judge: Judge, policy: Policy, body: Body) -> None:
    verdict = judge(body.text, TITLE, policy=policy)

    assert verdict.status is (Status.OK if body.passes else Status.FAILED)


@pytest.mark.parametrize("body", ALL)
def test_line_ends_change_no_verdict(judge: Judge, policy: Policy, body: Body) -> None:
    text = body.text.replace("\r\n", "\n").replace("\n", "\r\n")
    windows, unix = (judge(t, TITLE, policy=policy) for t in (text, text.replace("\r\n", "\n")))

    assert windows.status is (Status.OK if body.passes else Status.FAILED)
    assert [(f.rule, f.location) for f in windows.findings] == [
        (f.rule, f.location) for f in unix.findings
    ]


@pytest.mark.parametrize("body", ALL)
def test_message_gets_the_right_verdict(judge: Judge, policy: Policy, body: Body) -> None:
    verdict = judge(f"{TITLE}\n\n{body.text}", policy=policy, message=True)

    assert verdict.status is (Status.OK if body.passes else Status.FAILED)


@pytest.mark.parametrize("body", ALL)
def test_failing_verdict_says_what_and_how(judge: Judge, policy: Policy, body: Body) -> None:
    verdict = judge(body.text, TITLE, policy=policy)
    asked = {f.field for f in verdict.findings if f.severity == "error"}
    last = "exempt" if body.letter == "L" else "measurement"

    assert body.passes or asked == {"problem", "outcome", last}
    assert all(f.question and f.paste for f in verdict.findings if f.severity == "error")


def block(problem: str = PROBLEM, outcome: str = OUTCOME, plan: object = None) -> str:
    numbers = {"baseline": "38 %", "target": "45 %", "evaluate_by": "2027-02-15"}
    listed = [{"metric": "orders finished on a second device", **numbers}]
    values = {"problem": problem, "outcome": outcome, "measurement": plan or listed}
    lines = [f"{key}: {json.dumps(value)}" for key, value in values.items()]
    return "\n".join(("```yaml product-context", "version: 1", *lines, "```", ""))


def block_of(text: str) -> str:
    return block(text, text, text)


BLOCKS = [
    Body("A", "good", block(), True),
    Body("A", "good with blank lines", block().replace("\noutcome", "\n\noutcome"), True),
    Body("B", "good with CRLF", block().replace("\n", "\r\n"), True),
    Body("G", "good below a heading", f"## Context for machines\n\n{block()}\nThanks!\n", True),
    Body("J", "empty", "```yaml product-context\n```\n", False),
    Body("K", "keys deleted", "```yaml product-context\nversion: 1\n```\n", False),
    Body("L", "N/A everywhere", block_of("N/A"), False),
    Body("M", "a dot everywhere", block_of("."), False),
    Body("N", "TBD everywhere", block_of("TBD"), False),
    Body("O", "an unticked box everywhere", block_of("- [ ] Yes"), False),
    Body("P", "good inside a longer fence", f"````\n{block()}````\n", False),
    Body("Q", "good inside a comment", f"<!--\n\n{block()}\n-->\n", False),
    Body("R", "good behind an open comment", f"Baskets\n\n<!--\n\n{block()}", False),
]


@pytest.mark.parametrize("body", BLOCKS, ids=str)
def test_block_gets_the_right_verdict(judge: Judge, policy: Policy, body: Body) -> None:
    verdict = judge(body.text, TITLE, policy=policy)

    assert verdict.status is (Status.OK if body.passes else Status.FAILED)


def trailers(problem: str = PROBLEM, outcome: str = OUTCOME, plan: str = "") -> str:
    numbers = "Baseline: 38 %\nTarget: 45 %\nEvaluate-By: 2027-02-15"
    listed = f"Metric: orders finished on a second device\n{numbers}"
    measurement = f"Measurement: {plan}" if plan else listed
    return f"Problem: {problem}\nOutcome: {outcome}\n{measurement}\n"


def trailers_of(text: str) -> str:
    return trailers(text, text, text)


TRAILERS = [
    Body("A", "good", trailers(), True),
    Body("A", "good in a sentence", trailers(plan=SENTENCE), True),
    Body("B", "good with CRLF", trailers().replace("\n", "\r\n"), True),
    Body(
        "F", "good in lower case", re.sub(r"(?m)^[\w-]+:", lambda m: m[0].lower(), trailers()), True
    ),
    Body("G", "good with a sign-off", f"{trailers()}Signed-off-by: Lena <l@example.org>\n", True),
    Body("J", "empty values", trailers("", "", " ").replace("Measurement:  ", "Metric:"), False),
    Body("L", "N/A everywhere", trailers_of("N/A"), False),
    Body("M", "a dot everywhere", trailers_of("."), False),
    Body("N", "TBD everywhere", trailers_of("TBD"), False),
    Body("O", "an unticked box everywhere", trailers_of("[ ] Yes"), False),
    Body("P", "good inside a fence", f"```\n\n{trailers()}\n```\n", False),
    Body("Q", "good inside a comment", f"<!--\n\n{trailers()}\n-->\n", False),
]


@pytest.mark.parametrize("message", [True, False], ids=["message", "description"])
@pytest.mark.parametrize("body", TRAILERS, ids=str)
def test_trailers_get_the_right_verdict(
    judge: Judge, policy: Policy, body: Body, message: bool
) -> None:
    text = f"{TITLE}\n\nBaskets belong to the account.\n\n{body.text}"
    verdict = judge(text, TITLE, policy=policy, message=message)

    assert verdict.status is (Status.OK if body.passes else Status.FAILED)


@pytest.mark.parametrize("opener", ["<!--", "```"], ids=["comment", "fence"])
def test_trailers_behind_an_open_end_are_hidden_in_a_description(judge: Judge, opener: str) -> None:
    text = f"Baskets belong to the account.\n\n{opener}\n\n{trailers()}"

    assert judge(text, TITLE).status is Status.FAILED


def test_trailers_behind_an_open_end_are_gits_in_a_message(judge: Judge) -> None:
    text = f"{TITLE}\n\nBaskets belong to the account.\n\n<!--\n\n{trailers()}"

    assert judge(text, message=True).status is Status.OK
