"""Mends that are certain: where they stand, what they keep, and what they never do."""

from __future__ import annotations

import json
from datetime import date
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from whygate.git.message_file import read_description, read_message
from whygate.judge.check import check
from whygate.judge.edits import apply_edits, mend
from whygate.model import Edit, Location, Severity, Verdict
from whygate.policy.config_file import parse_config
from whygate.policy.policy import Policy
from whygate.policy.presets import resolve_config
from whygate.schema.document import bundled_schema
from whygate.schema.files import CONFIG, read_bundled, read_presets

if TYPE_CHECKING:
    from collections.abc import Callable

    from whygate.policy.config import Config

TODAY = date(2026, 12, 1)
HURT = "Forty accountants retype the rows every month, because the export stops at row 100."


def _config(text: str = "") -> Config:
    layer = parse_config(text, "whygate.yml", json.loads(read_bundled(CONFIG)))
    return resolve_config(read_presets(), layer)


POLICY = Policy(config=_config(), schema=bundled_schema(), bets={"export-rows": ("b.yml", "")})


def judge(text: str, *, title: str = "feat: x") -> Verdict:
    """Return the verdict on a description."""
    return check(read_description(None, text.encode(), title=title), POLICY, TODAY)


def judge_message(text: str) -> Verdict:
    """Return the verdict on a commit message."""
    return check(read_message(None, text.encode()), POLICY, TODAY)


def edits_of(verdict: Verdict) -> list[tuple[str, str, int, int]]:
    """Return what is mended, what is written, and where."""
    found = [f.edit for f in verdict.findings if f.edit is not None]
    return [(e.old, e.new, e.location.line, e.location.column) for e in found]


PROBLEM = ("Probem", "Problem")


@pytest.mark.parametrize(
    ("text", "edit"),
    [
        pytest.param(f"## Probem\n{HURT}\n", (*PROBLEM, 1, 4), id="heading"),
        pytest.param(f"## 1. Probem?\n{HURT}\n", (*PROBLEM, 1, 7), id="numbered heading"),
        pytest.param(f"Probem\n======\n\n{HURT}\n", (*PROBLEM, 1, 1), id="underlined heading"),
        pytest.param(f"**Probem**\n\n{HURT}\n", (*PROBLEM, 1, 3), id="bold alone"),
        pytest.param(f"**Probem:** {HURT}\n", (*PROBLEM, 1, 3), id="bold, colon inside"),
        pytest.param(f"**Probem**: {HURT}\n", (*PROBLEM, 1, 3), id="bold, colon outside"),
        pytest.param(f"Probem: {HURT}\n", (*PROBLEM, 1, 1), id="a lone label"),
        pytest.param(f"Hello.\n\nProbem: {HURT}\n", (*PROBLEM, 3, 1), id="a label below prose"),
        pytest.param(f"Probem\n\n{HURT}\n", (*PROBLEM, 1, 1), id="alone on its line"),
        pytest.param(f"- Probem: {HURT}\n", (*PROBLEM, 1, 3), id="list item"),
        pytest.param(f"1. **Probem**: {HURT}\n", (*PROBLEM, 1, 6), id="bold list item"),
        pytest.param(
            f"| Field | Answer |\n|---|---|\n| Probem | {HURT} |\n", (*PROBLEM, 3, 3), id="cell"
        ),
        pytest.param(f"## PROBEM\n{HURT}\n", ("PROBEM", "PROBLEM", 1, 4), id="capitals"),
        pytest.param(f"## Who it hepls\n{HURT}\n", ("hepls", "helps", 1, 11), id="one word of it"),
        pytest.param(f"Probem: the Probem is that {HURT}\n", (*PROBLEM, 1, 1), id="word again"),
    ],
)
def test_slip_in_a_label_is_mended_in_every_layout(
    text: str, edit: tuple[str, str, int, int]
) -> None:
    assert edit in edits_of(judge(text))


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(f"```\nProbem: {HURT}\n```\n", id="code"),
        pytest.param(f"<!--\nProbem: {HURT}\n-->\n", id="comment"),
        pytest.param(f"> Probem: {HURT}\n", id="quotation"),
        pytest.param(f"It was a real Probem: {HURT}\n", id="in a sentence"),
        pytest.param(f"## Problem\n{HURT}\n\n## Probem\nMore of it.\n", id="answered already"),
        pytest.param(f"Values: 1, 2 and 3\n\n{HURT}\n", id="a short word of its own"),
        pytest.param("see https://example.com/probem: x\n", id="an address"),
    ],
)
def test_what_is_no_slip_is_left(text: str) -> None:
    assert not [e for e in edits_of(judge(text)) if e[1].lower() in ("problem", "value")]


PLAN = f"## Problem\n{HURT}\n\n## Measurement\n- Metric: retyped rows\n- Baseline: 30\n"


@pytest.mark.parametrize(
    ("lines", "old", "new"),
    [
        ("- Target: 0\n- Evaluate by: 60 days\n", "60 days", "+60d"),
        ("- Target: 0\n- Evaluate by: **60 days** (then we look)\n", "60 days", "+60d"),
        ("- Target: 0\n- Evaluate by: Two weeks\n", "Two weeks", "+2w"),
        ("- Target: 0\n- Evaluate by: 3 months\n", "3 months", "+3m"),
        ("- Target: 0\n- Evaluate by: 20270215\n", "20270215", "2027-02-15"),
        ("- Target: 0\n- Evalute by: +30d\n", "Evalute", "Evaluate"),
        ("- Target: 0\n- Evaluate by: +30d\n- Direction: donw\n", "donw", "down"),
        ("- Target: 0\n- Evaluate by: +30d\n\n## Bet\nExport Rows\n", "Export Rows", "export-rows"),
    ],
)
def test_value_of_one_reading_is_mended(lines: str, old: str, new: str) -> None:
    assert (old, new) in [edit[:2] for edit in edits_of(judge(PLAN + lines))]


@pytest.mark.parametrize(
    "day",
    ["4 weeks after GA", "soon", "next sprint", "02/03/2027", "15 February", "2 sprints", "900y"],
)
def test_day_of_two_readings_is_asked_about(day: str) -> None:
    verdict = judge(f"{PLAN}- Target: 0\n- Evaluate by: {day}\n")
    assert any(f.field == "measurement.evaluate_by" for f in verdict.findings)
    assert edits_of(verdict) == []


def test_key_of_a_block_is_mended_unless_the_block_has_it() -> None:
    block = f"```yaml product-context\nversion: 1\nprobem: {HURT}\n```\n"
    assert edits_of(judge(block)) == [("probem", "problem", 3, 1)]
    both = f"```yaml product-context\nversion: 1\nproblem: {HURT}\nprobem: more\n```\n"
    assert edits_of(judge(both)) == []


@pytest.mark.parametrize(
    ("message", "edits"),
    [
        (f"fix: x\n\nProbem: {HURT}\n", [("Probem", "Problem", 3, 1)]),
        (f"# a comment\nfix: x\n\n# one more\nProbem: {HURT}\n", [("Probem", "Problem", 5, 1)]),
        (f"fix: x\n\nThe body.\n\nProbem: {HURT}\nSigned-off-by: A <a@b.example>\n", [
            ("Probem", "Problem", 5, 1)
        ]),
        (f"fix: x\n\nProblem: {HURT}\nMetric: rows\nTarget: 5\nEvalute-By: 60 days\n", [
            ("Evalute", "Evaluate", 6, 1)
        ]),
        ("fix: x\n\nProduct-Context: exempt intrnal; the public API stays as it is\n", [
            ("intrnal", "internal", 3, 25)
        ]),
        ("Probem: not in a subject\n\nBody.\n", []),
    ],
)  # fmt: skip
def test_message_file_is_mended_where_the_author_sees_it(
    message: str, edits: list[tuple[str, str, int, int]]
) -> None:
    verdict = judge_message(message)
    assert edits_of(verdict) == edits
    for finding in verdict.findings:
        if (edit := finding.edit) is not None:
            assert message[edit.start : edit.end] == edit.old


def test_mending_goes_on_below_a_label_that_was_mended() -> None:
    text = f"{PLAN}- Target: 0\n- Evalute by: 60 days\n"
    mended = mend(text, judge)
    assert [edit.new for edit in mended.edits] == ["Evaluate", "+60d"]
    assert mended.text.endswith("- Evaluate by: +60d\n")


def test_edit_that_takes_an_answer_away_is_not_made() -> None:
    text = f"## Problem\n### Outcom\n{HURT}\n"
    mended = mend(text, judge)
    assert mended.text == text
    assert mended.edits == ()


def test_edits_that_overlap_or_do_not_fit_are_left_out() -> None:
    place = Location("a.md")
    first = Edit(place, 0, 3, "one", "1")
    twin = Edit(place, 2, 5, "e t", "-")
    wrong = Edit(place, 8, 13, "other", "-")
    assert apply_edits("one two three", (first, twin, wrong)) == "1 two three"


_ANSWERS = (HURT, "TBD", "N/A", "", "They close the month in one go.", "30", "60 days", "5 %")
_LABELS = (
    *("Probem", "Problem", "Outcom", "Outcome", "Who it helsp", "Audiance", "Measurment"),
    *("Measurement", "Targte", "Target", "Metric", "Basline", "Evalute by", "Evaluate by"),
    *("Direction", "Solution", "Changes", "Exempt", "Bet"),
)
_FORMS = ("## {l}\n{a}", "**{l}:** {a}", "{l}: {a}", "- {l}: {a}", "{l}\n\n{a}", "| {l} | {a} |")
_LINE = st.builds(
    lambda form, label, answer: form.format(l=label, a=answer),
    st.sampled_from(_FORMS),
    st.sampled_from(_LABELS),
    st.sampled_from(_ANSWERS),
)
_FREE = st.text("ab\u00e9\u6f22\U0001f600:|*#-> `<!", max_size=20)


@settings(max_examples=150, deadline=None)
@given(st.lists(_LINE | _FREE, max_size=7), st.sampled_from(["\n", "\r\n"]), st.booleans())
def test_mending_keeps_all_else_and_is_done_once(
    blocks: list[str],
    end: str,
    is_message: bool,
) -> None:
    text = "\n\n".join(blocks).replace("\n", end)
    look: Callable[[str], Verdict] = judge
    if is_message:
        text, look = f"fix: x{end}{end}{text}", judge_message
    mended = mend(text, look)
    before, after = text.split("\n"), mended.text.split("\n")
    touched = {edit.location.line for edit in mended.edits}
    assert len(before) == len(after)
    assert all(
        a == b for at, (a, b) in enumerate(zip(before, after, strict=True), 1) if at not in touched
    )
    assert _faults(mended.after) <= _faults(mended.before)
    assert mend(mended.text, look).text == mended.text


def _faults(verdict: Verdict) -> set[str]:
    errors = (f for f in verdict.findings if f.severity is Severity.ERROR)
    return {f.field.partition(".")[0] or f.rule for f in errors}
