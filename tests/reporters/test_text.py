"""The lines for a terminal: findings, questions, lines to paste, counts last."""

from __future__ import annotations

import json
import re
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from whygate.authoring.skeleton import render_skeleton
from whygate.judge.check import check
from whygate.model import (
    Change,
    Context,
    Exemption,
    Finding,
    KindDecision,
    Location,
    Origin,
    Part,
    Severity,
    Status,
    Verdict,
)
from whygate.policy.policy import Policy
from whygate.policy.presets import resolve_config
from whygate.reporters.json_ import render_json
from whygate.reporters.text import Shown, render_text
from whygate.schema.document import bundled_schema
from whygate.schema.files import read_presets

POLICY = Policy(config=resolve_config(read_presets(), None, None), schema=bundled_schema())
TODAY = date(2026, 12, 1)

DESCRIPTION = """\
Closes #12

## Problem
TBD

## Outcome
Accountants close the month without retyping a single row.

## Measurement
- Metric: retyped rows per accountant, monthly
- Target: 0
"""
SHOWN_DESCRIPTION = """\
body.md:3:1: WG112 placeholder: Problem says only `TBD`
    What problem does this solve, and who has it?
    **Problem:** <who is hurt, when, how much, and how that is known>
body.md:9:1: WG204 date-missing: the measurement does not say when to look
    When will you look?
    - Evaluate by: <the day the number is looked at>
body.md:1:1: WG104 audience-missing (warning): no labelled answer for Who it helps
    Who does this help?
    **Who it helps:** <the group of people the change is for, and its size if known>
body.md:9:1: WG202 baseline-missing (warning): the measurement does not say what the number is today
    What is the number today?
    - Baseline: <the number today>

Paste this into the description, instead of the answers there now, and fill in what stands in <...>:

## Problem
<who is hurt, when, how much, and how that is known>

## Who it helps
<the group of people the change is for, and its size if known>

## Outcome
Accountants close the month without retyping a single row.

## Measurement
- Metric: retyped rows per accountant, monthly
- Baseline: <the number today>
- Target: 0
- Evaluate by: <the day the number is looked at>

failed (feature, decided by title): 2 errors, 2 warnings, 0 information
"""
MESSAGE = """\
fix(export): keep the order of rows

Problem: TBD
Evaluate-By: someday
"""
SHOWN_MESSAGE = """\
MSG:3:10: WG112 placeholder: Problem says only `TBD`
    What problem does this solve, and who has it?
    Problem: <who is hurt, when, how much, and how that is known>
MSG:4:14: WG201 metric-missing (warning): the measurement does not say what is counted
    What will you count?
    Metric: <what is counted, of whom, in which window>
MSG:4:14: WG203 target-missing (warning): the measurement does not say which number means success
    Which number means success?
    Target: <the number that means success, in the unit of the baseline or relative to it>
MSG:4:14: WG207 date-unparsable (warning): `someday` is no day; write +30d (30 days after the merge)
    When will you look?
    Evaluate-By: <the day the number is looked at>

Paste this as the last paragraph of the message, \
instead of the answers there now, and fill in what stands in <...>:

Problem: <who is hurt, when, how much, and how that is known>
Metric: <what is counted, of whom, in which window>
Target: <the number that means success, in the unit of the baseline or relative to it>
Evaluate-By: <the day the number is looked at>

failed (fix, decided by title): 1 error, 3 warnings, 0 information
"""


def judge(text: str, *, title: str = "", path: str = "body.md") -> Shown:
    origin = Origin.DESCRIPTION if title else Origin.MESSAGE
    title = title or text.partition("\n")[0]
    verdict = check(Change("change", title, (Part(origin, path, text),)), POLICY, TODAY)
    return Shown(verdict, render_skeleton(verdict, POLICY) if not verdict.ok else "")


def test_text_of_a_failing_description() -> None:
    shown = render_text([judge(DESCRIPTION, title="feat(export): write every row")])

    assert shown == SHOWN_DESCRIPTION


def test_text_of_a_failing_message() -> None:
    assert render_text([judge(MESSAGE, path="MSG")]) == SHOWN_MESSAGE


def test_text_colours_the_rule_by_its_weight_and_nothing_else() -> None:
    shown = [judge(DESCRIPTION, title="feat(export): write every row")]
    colored = render_text(shown, color=True)

    assert "body.md:3:1: \x1b[31mWG112 placeholder\x1b[0m: Problem says" in colored
    assert "\x1b[33mWG104 audience-missing\x1b[0m (warning)" in colored
    assert re.sub(r"\x1b\[[0-9]+m", "", colored) == render_text(shown)


# --- made by hand ----------------------------------------------------------------------------

FINDING = Finding(
    "WG101",
    "problem-missing",
    Severity.ERROR,
    "no labelled answer for Problem",
    Location("a.md", 3, 7),
)


def verdict(
    status: Status = Status.OK,
    *,
    findings: tuple[Finding, ...] = (),
    suppressed: tuple[Finding, ...] = (),
    exemption: Exemption | None = None,
    title: str = "feat: x",
) -> Verdict:
    change = Change("0a1b2c3d4e5f", title, (Part(Origin.MESSAGE, "m", title),))
    kind = KindDecision("feature", "title")
    return Verdict(change, kind, status, Context(), findings, suppressed, exemption)


def weighing(severity: Severity) -> Finding:
    return Finding("WG101", "problem-missing", severity, "no", Location("a.md"), reason="we agreed")


@pytest.mark.parametrize(
    ("severity", "head"),
    [
        (Severity.ERROR, "a.md:1:1: WG101 problem-missing: no"),
        (Severity.WARNING, "a.md:1:1: WG101 problem-missing (warning): no"),
        (Severity.INFO, "a.md:1:1: WG101 problem-missing (info): no"),
    ],
)
def test_text_names_the_weight_unless_it_is_an_error(severity: Severity, head: str) -> None:
    shown = render_text([Shown(verdict(findings=(weighing(severity),)))])

    assert shown.split("\n")[0] == head


def test_text_shows_the_suppressed_only_when_verbose_but_counts_it_always() -> None:
    shown = [Shown(verdict(suppressed=(weighing(Severity.OFF), FINDING)))]

    assert render_text(shown) == (
        "ok (feature, decided by title): 0 errors, 0 warnings, 0 information, 2 suppressed\n"
    )
    assert render_text(shown, verbose=True) == (
        "a.md:1:1: WG101 problem-missing (off): no [suppressed (we agreed)]\n"
        "a.md:3:7: WG101 problem-missing: no labelled answer for Problem [suppressed]\n"
        "0a1b2c3d4e5f: ok - feat: x [feature, by title]\n"
        "ok (feature, decided by title): 0 errors, 0 warnings, 0 information, 2 suppressed\n"
    )


def test_text_of_several_changes_counts_every_state() -> None:
    exemption = Exemption("internal", "the API is byte-identical")
    shown = [
        Shown(verdict()),
        Shown(verdict(Status.FAILED, findings=(FINDING,)), "Problem: <x>"),
        Shown(verdict(Status.EXEMPT, exemption=exemption)),
        Shown(verdict(Status.SKIPPED, exemption=Exemption("kind", "not asked"))),
    ]

    assert render_text(shown) == (
        "0a1b2c3d4e5f: ok - feat: x [feature, by title]\n"
        "a.md:3:7: WG101 problem-missing: no labelled answer for Problem\n"
        "0a1b2c3d4e5f: failed - feat: x [feature, by title]\n"
        "\nPaste this as the last paragraph of the message and fill in what stands in <...>:\n"
        "\nProblem: <x>\n\n"
        "0a1b2c3d4e5f: exempt (internal: the API is byte-identical) - feat: x [feature, by title]\n"
        "0a1b2c3d4e5f: skipped (kind: not asked) - feat: x [feature, by title]\n"
        "4 changes: 1 ok, 1 failed, 1 exempt, 1 skipped; 1 error, 0 warnings, 0 information\n"
    )


def test_text_of_no_change_says_so() -> None:
    assert render_text([]) == "0 changes: none; 0 errors, 0 warnings, 0 information\n"


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.text(st.characters(exclude_categories=()), max_size=30), min_size=6, max_size=6),
    st.booleans(),
)
def test_text_prints_only_what_is_safe(texts: list[str], verbose: bool) -> None:
    path, title, message, question, paste, reason = texts
    finding = replace(
        FINDING,
        message=message,
        location=Location(path),
        question=question,
        paste=paste,
        reason=reason,
    )
    judged = verdict(
        Status.FAILED,
        findings=(finding,),
        suppressed=(finding,),
        exemption=Exemption("internal", reason),
        title=title,
    )
    shown = render_text([Shown(judged, f"## {paste}")], verbose=verbose)

    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]", shown)
    assert shown.split("\n")[-2].startswith("failed (feature, decided by title): 1 error,")


PASSING = """\
fix(export): keep the order of rows

Problem: accountants sort forty rows by hand before they can book them
Metric: tickets about sorted rows, weekly
Baseline: 9
Target: 0
Evaluate-By: {}
"""


@pytest.mark.parametrize(
    ("day", "waits"),
    [("30 days after release", True), ("2 weeks after launch", True), ("+30d", False)],
)
def test_day_that_waits_for_a_release_is_told(day: str, waits: bool) -> None:
    entry = judge(PASSING.format(day), path="MSG")
    said = f"`{day}` counts from the first release that holds the change"

    assert entry.verdict.ok
    assert (said in render_text([entry])) is waits
    (plan,) = json.loads(render_json([entry], POLICY.schema, TODAY))["changes"][0]["plans"]
    assert plan["due_from"] == ("release" if waits else "merge")
    assert plan["due"] is not None


@pytest.mark.parametrize(
    ("day", "said"),
    [
        ("60 days", "`60 days` does not say from which day they count; write +60d (60 days after "),
        ("4 weeks after GA", "counts from an event that whygate does not see; write +4w (4 weeks "),
        ("30 days after release 2.3", "does not see; write 30 days after release"),
        ("one month", "write +1m (1 month after the merge)"),
    ],
)
def test_day_that_cannot_be_counted_is_said_plainly(day: str, said: str) -> None:
    assert said in render_text([judge(PASSING.format(day), path="MSG")])
