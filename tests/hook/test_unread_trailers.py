"""Advice on lines that git does not take for trailers."""

from __future__ import annotations

import pytest

from whygate.hook.report import advise
from whygate.model import Origin, Part
from whygate.schema.document import bundled_schema

ALL = frozenset({"problem", "audience", "outcome", "measurement"})
SCHEMA = bundled_schema()


def advice(text: str, missing: frozenset[str] = ALL) -> list[tuple[int, str, str]]:
    part = Part(Origin.MESSAGE, "m", text)
    return [(a.line, a.sentence, a.paste) for a in advise(part, SCHEMA, missing=missing)]


@pytest.mark.parametrize(
    ("text", "line", "words", "paste"),
    [
        pytest.param(
            "x\n\nProblem: a\nEvaluate by: +30d\n",
            4,
            "the key `Evaluate by` has a space in it",
            "Evaluate-By: +30d",
            id="space",
        ),
        pytest.param(
            "x\n\nWho it helps: me\nOutcome: b\n",
            3,
            "write `Audience:`",
            "Audience: me",
            id="title-for-key",
        ),
        pytest.param(
            "x\n\n Problem: a\n Outcome: b\n",
            3,
            "the key `Problem` has white space in front of it",
            "Problem: a",
            id="indented",
        ),
        pytest.param(
            "x\n\nProblem: a\nOutcome: b\nand prose\n",
            5,
            "this line is no `Key: value`",
            "",
            id="prose",
        ),
        pytest.param(
            "x\n\nProblme: a\n\nMore.\n", 3, "did you mean `Problem`", "Problem: a", id="misspelled"
        ),
        pytest.param(
            "x\n\nProblem: a\n\nMore.\n", 3, "only from the last paragraph", "", id="too-early"
        ),
        pytest.param(
            "x\n\nEvaluate by: +3d\n", 3, "has a space in it", "Evaluate-By: +3d", id="alone"
        ),
    ],
)
def test_line_is_explained(text: str, line: int, words: str, paste: str) -> None:
    found = advice(text)

    assert (found[0][0], found[0][2]) == (line, paste)
    assert words in found[0][1]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("x\n\nProblem: a\nOutcome: b\n", id="trailers"),
        pytest.param("x\n\nProblem: a\n folded\nOutcome: b\n", id="folded"),
        pytest.param("Problem: a\nEvaluate by: x\n", id="subject"),
        pytest.param("x\n\nThe problem: it is slow.\nAnd more prose about it.\n", id="prose"),
        pytest.param("x\n\nNote: this\nSee: that\nand more\n", id="other-keys"),
        pytest.param(
            "x\n\nOne line only names it.\nProblem: here\nand goes on\n", id="one-of-three"
        ),
        pytest.param("", id="empty"),
    ],
)
def test_nothing_to_explain(text: str) -> None:
    assert advice(text) == []


def test_answered_fields_are_not_explained() -> None:
    assert advice("x\n\nProblem: a\n\nMore.\n", frozenset({"outcome"})) == []


def test_folded_lines_break_nothing() -> None:
    found = advice("x\n\nProblem: a\n goes on\nEvaluate by: +3d\n")

    assert [line for line, _, _ in found] == [5]


def test_all_trouble_of_a_paragraph_is_in_order() -> None:
    found = advice("x\n\nProblme: a\nEvaluate by: +3d\nOutcome: b\n")

    assert [line for line, _, _ in found] == [3, 4]


def test_advice_is_bounded_and_fast() -> None:
    text = "x\n\n" + "Evaluate by: x\n" * 2_000 + "Problem" * 5_000

    assert len(advice(text)) == 8


def test_lines_are_those_of_the_file() -> None:
    part = Part(Origin.MESSAGE, "m", "x\n\nEvaluate by: 1\n", lines=(2, 4, 9))

    assert advise(part, SCHEMA, missing=ALL)[0].line == 9
