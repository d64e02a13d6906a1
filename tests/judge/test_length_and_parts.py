"""Answers that are too long, and the parts a plan needs besides its numbers."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from tests.judge.conftest import found, write

from whygate.schema.document import load_user_schema
from whygate.schema.files import DOCUMENT, read_bundled

if TYPE_CHECKING:
    from tests.judge.conftest import Judge, MakePolicy


@pytest.mark.parametrize(
    ("text", "words"),
    [
        pytest.param(f"Accountants {'w ' * 59}", 0, id="60 words"),
        pytest.param(f"Accountants {'w ' * 60}", 61, id="61 words"),
        pytest.param("会計士が毎月" * 20, 0, id="120 characters"),
        pytest.param("会計士が毎月" * 20 + "の", 61, id="121 characters"),
        pytest.param(f"Accountants {'https://example.org/1 ' * 90}", 0, id="links are no words"),
        pytest.param(f"Accountants\n<!-- {'w ' * 90} -->", 0, id="comments are no words"),
    ],
)
def test_long_answer_is_a_hint_and_never_fails(judge: Judge, text: str, words: int) -> None:
    verdict = judge(write(Who_it_helps=text))

    hints = [(f.rule, str(f.severity), f.message) for f in verdict.findings]
    assert verdict.ok
    assert hints == (
        [("WG119", "info", f"Who it helps has {words} words; 60 are enough")] if words else []
    )


def test_long_answer_counts_whether_it_is_needed_or_not(judge: Judge) -> None:
    text = f"Audience: accountants {'w ' * 60}\n"

    verdict = judge(f"docs: say how\n\n{text}", message=True)

    assert found(verdict) == [("WG119", "info")]


@pytest.mark.parametrize(
    ("plan", "rules"),
    [
        pytest.param({"Guardrail": "p95 <= 2 s", "Decision": "keep at 4, else back"}, [], id="all"),
        pytest.param({"Guardrail": "p95 <= 2 s"}, ["WG214"], id="no decision"),
        pytest.param({"Decision": "keep at 4, else back"}, ["WG214"], id="no guardrail"),
        pytest.param({"Guardrail": "TBD", "Decision": "keep at 4, else back"}, ["WG112"], id="TBD"),
    ],
)
def test_experiment_needs_a_guardrail_and_a_decision(
    judge: Judge, plan: dict[str, str], rules: list[str]
) -> None:
    verdict = judge(write(plan), "experiment: try pages")

    assert found(verdict) == [(rule, "error") for rule in rules]


@pytest.mark.parametrize(
    ("description", "slot"),
    [
        ({}, "what does it cost to measure?"),
        (
            {"description": "The `price` of <one> count, in X. Round it."},
            "the price of one count, in X",
        ),
        ({"description": "Hours a month; days are fine."}, "hours a month"),
    ],
    ids=["question", "first sentence", "first clause"],
)
def test_part_of_a_plan_that_a_team_added_is_asked_for(
    judge: Judge, make_policy: MakePolicy, description: dict[str, str], slot: str
) -> None:
    part = {"type": "string", "title": "Cost", "x-question": "What does it cost to measure?"}
    part |= description
    source = json.loads(read_bundled(DOCUMENT))
    source["$id"] = "urn:example:own"
    source["$defs"]["measurement"]["properties"]["cost"] = part
    policy = make_policy(
        "version: 1\nkinds: {feature: {need: {measurement.cost: error}}}\n",
        schema=load_user_schema(json.dumps(source), "own.json"),
    )

    verdict = judge(write(), policy=policy)

    assert found(verdict) == [("WG214", "error")]
    assert verdict.findings[0].question == "What does it cost to measure?"
    assert verdict.findings[0].paste == f"- Cost: <{slot}>"
    assert judge(write({"Cost": "an hour a month"}), policy=policy).findings == ()
