"""Which fields of a change are answered: the one list that verdicts, reports and audits share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from whygate.context.fill import find_answers
from whygate.model import Origin, Part

if TYPE_CHECKING:
    from tests.context.conftest import Extract

PLAN = "Metric: retyped rows\nBaseline: 30\nTarget: 0\nEvaluate-By: +30d\n"


@pytest.mark.parametrize(
    ("text", "answers"),
    [
        (
            "feat: all\n\nOutcome: they close the month without retyping a row\n"
            f"{PLAN}Refs: #1\nAudience: TBD\nGuardrail: load time\n",
            [
                ("outcome", "Outcome", "trailer"),
                ("measurement", "Metric", "trailer"),
                ("links", "Refs", "trailer"),
            ],
        ),
        (
            "feat: x\n\nSuccess metrics:\n\nwe look at the retyped rows every week\n\nRefs: TBD\n",
            [("measurement", "Success metrics", "section")],
        ),
        ("feat: x\n\nRefs: TBD\nMetric: TBD\n", []),
    ],
    ids=["once each, no placeholder", "a measurement in prose", "placeholders alone"],
)
def test_answers_of(extract: Extract, text: str, answers: list[tuple[str, str, str]]) -> None:
    context = extract(Part(Origin.MESSAGE, "0a1b2c", text))

    found = [(name, said.label, str(said.form)) for name, said in find_answers(context)]
    assert found == answers
