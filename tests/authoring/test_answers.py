"""A file of answers: the keys of a machine block, and a title."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from whygate.authoring.interview import read_answers
from whygate.errors import InputError
from whygate.judge.check import check
from whygate.model import Status
from whygate.schema.document import bundled_schema

if TYPE_CHECKING:
    from tests.authoring.conftest import MakePolicy

SCHEMA = bundled_schema()
TODAY = date(2026, 12, 1)
YAML = """\
title: "feat(export): write every row"
problem: exports stop at row 100, so 40 accountants retype the rest
audience: accountants
outcome: they close the month without retyping a single row
measurement:
  - {metric: retyped rows, baseline: 30, target: 0, evaluate_by: +30d}
"""
JSON = """{"title": "feat: rows", "problem": "exports stop at row 100, so accountants retype",
"exempt": {"class": "covered-by", "reason": "bet cart-sync"}}"""


@pytest.mark.parametrize(
    ("text", "title", "status"),
    [(YAML, "feat(export): write every row", Status.OK), (JSON, "feat: rows", Status.EXEMPT)],
    ids=["YAML", "JSON"],
)
def test_answers_are_judged_like_a_block(
    make_policy: MakePolicy, text: str, title: str, status: Status
) -> None:
    answers = read_answers(text, "answers.yml", SCHEMA, title="ignored")
    verdict = check(answers.change, make_policy(), TODAY, context=answers.context)

    assert answers.change.title == title
    assert (verdict.status, verdict.findings) == (status, ())


def test_title_of_the_command_line_stands_in() -> None:
    assert read_answers("problem: x\n", "a.yml", SCHEMA, title="fix: y").change.title == "fix: y"


def test_mistake_has_the_place_in_the_file(make_policy: MakePolicy) -> None:
    answers = read_answers(YAML.replace("audience", "audiense"), "a.yml", SCHEMA)
    verdict = check(answers.change, make_policy(), TODAY, context=answers.context)

    found = {finding.rule: finding for finding in verdict.findings}
    assert found["WG306"].location.path == "a.yml"
    assert found["WG306"].location.line == 3


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("a: [", "a.yml:2:1: not YAML"),
        ("a: &x 1\nb: *x\n", "a.yml:1:4: "),
        ("- a\n", "a.yml holds no answers"),
        ("just words\n", "a.yml holds no answers"),
        ("", "a.yml holds no answers"),
    ],
    ids=["broken", "alias", "list", "scalar", "empty"],
)
def test_file_that_holds_no_answers_is_refused(text: str, sentence: str) -> None:
    with pytest.raises(InputError) as caught:
        read_answers(text, "a.yml", SCHEMA)

    assert caught.value.message.startswith(sentence)
    assert "keys of a machine block" in caught.value.hint
