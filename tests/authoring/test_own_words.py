"""The skeleton carries the author's own sentences, and pasting them unread never passes."""

from __future__ import annotations

import pytest
from tests.authoring.test_skeleton import STANDARD, judge

from whygate.authoring.skeleton import render_skeleton
from whygate.context.fill import UNREAD, is_filled
from whygate.model import Status

PROSE = """\
Support gets about 40 mails a week because exports stop at row 100. With this change the export
writes every row, so that accountants can close the month. We expect under 5 mails a week by
2027-01-31, down from 40 today.

Fixes #12
"""


def skeleton(text: str, title: str = "feat: x") -> dict[str, str]:
    """Return what the skeleton says under each of its headings, or behind each key."""
    rendered = render_skeleton(judge(text, STANDARD, title=title), STANDARD)
    if not title:
        return dict(line.split(": ", 1) for line in rendered.split("\n"))
    pieces = rendered.removeprefix("## ").split("\n\n## ")
    return {head: body for head, _, body in (piece.partition("\n") for piece in pieces)}


def test_sentences_of_the_author_stand_where_they_look_like_the_answer() -> None:
    said = skeleton(PROSE)
    assert said["Problem"] == (
        "<check: Support gets about 40 mails a week because exports stop at row 100.>"
    )
    assert said["Outcome"] == (
        "<check: With this change the export writes every row, "
        "so that accountants can close the month.>"
    )
    assert said["Measurement"] == (
        "<check: We expect under 5 mails a week by 2027-01-31, down from 40 today.>"
    )
    assert UNREAD not in said["Who it helps"]


def test_pasted_unread_it_never_passes_and_read_it_does() -> None:
    first = render_skeleton(judge(PROSE, STANDARD, title="feat: x"), STANDARD)
    pasted = judge(first, STANDARD, title="feat: x")
    assert pasted.status is Status.FAILED
    unread = {f.field for f in pasted.findings if UNREAD in f.message}
    assert {"problem", "outcome", "measurement"} <= unread
    assert not any(map(is_filled, pasted.context.fields.values()))
    # What is pasted once more is the same: no mark stands around a mark.
    assert render_skeleton(pasted, STANDARD).count(UNREAD) <= first.count(UNREAD)
    read = first.replace(f"{UNREAD} ", "").replace("100.>", "100.").replace("month.>", "month.")
    read = read.replace("today.>", "today.").replace(
        "<the group of people the change is for, and its size if known>", "40 accountants"
    )
    assert judge(read, STANDARD, title="feat: x").status is Status.OK


@pytest.mark.parametrize(
    ("text", "title", "key", "sentence"),
    [
        pytest.param(
            "Probem: exports stop at row 100 and accountants retype the rest.\n",
            "fix: x",
            "Problem",
            "exports stop at row 100 and accountants retype the rest.",
            id="slip in a description",
        ),
        pytest.param(
            "fix: x\n\nThe body.\n\nProbem: exports stop at row 100, and people retype the rest\n",
            "",
            "Problem",
            "exports stop at row 100, and people retype the rest",
            id="slip in a trailer",
        ),
        pytest.param(
            "## Impact\nAccountants close the month in one go, in every plan.\n",
            "feat: x",
            "Outcome",
            "Accountants close the month in one go, in every plan.",
            id="a heading of many meanings",
        ),
        pytest.param(
            "fix: x\n\nThe exporter is one page.\n\nRows are lost > 3 times and nobody sees it.\n",
            "",
            "Problem",
            "Rows are lost 3 times and nobody sees it.",
            id="no sign that ends the mark",
        ),
    ],
)
def test_sentence_comes_from_where_it_stands(
    text: str, title: str, key: str, sentence: str
) -> None:
    assert skeleton(text, title)[key] == f"<check: {sentence}>"


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("Moves the writer to its own module.\n", id="says only what was done"),
        pytest.param("Is this broken for anybody else as well?\n", id="a question"),
        pytest.param("Fixes #12\n", id="a reference"),
        pytest.param("```\nit fails because rows are lost again\n```\n", id="code"),
        pytest.param("> it fails because rows are lost again and again\n", id="a quotation"),
        pytest.param("## Test plan\nThe unit tests never fail, and CI is not red.\n", id="tests"),
        pytest.param("TODO: write why it fails for all users.\n", id="a declared gap"),
    ],
)
def test_what_is_no_answer_is_not_offered(text: str) -> None:
    rendered = render_skeleton(judge(text, STANDARD, title="fix: x"), STANDARD)
    assert UNREAD not in rendered


def test_answered_fields_keep_their_answers() -> None:
    text = f"## Problem\nRows are lost when the export stops.\n\n## Story\n{PROSE}"
    said = skeleton(text)
    assert said["Problem"] == "Rows are lost when the export stops."
    assert said["Outcome"].startswith(UNREAD)


@pytest.mark.parametrize(
    "line",
    [
        "Measurement: <check: retyped rows fall from 30 to 5 a month by 2027-02-15.>",
        "Metric: <check: retyped rows fall from 30 to 5 a month by 2027-02-15.>",
        "Target: <check: 5 a month by 2027-02-15>",
    ],
)
def test_marked_plan_is_not_read_as_one(line: str) -> None:
    verdict = judge(f"fix: x\n\nProblem: rows are lost in every export\n{line}\n", STANDARD)
    item = verdict.context.items["measurement"][0]
    assert not any(map(is_filled, item.statements()))


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("Probem: x y z\n\n" * 4_000, id="slips"),
        pytest.param("It fails because rows are lost. " * 1_900, id="sentences"),
        pytest.param("## Impact\nrows fail in each export\n" * 1_500, id="headings"),
    ],
)
def test_long_text_has_a_skeleton_as_well(text: str) -> None:
    rendered = render_skeleton(judge(text, STANDARD, title="fix: x"), STANDARD)
    assert rendered.startswith("## Problem\n")
