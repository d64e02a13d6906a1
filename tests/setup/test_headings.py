"""A team's own template: what becomes of each heading, and the aliases that have it read."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from whygate.judge.check import check
from whygate.model import Change, Origin, Part, Severity, Verdict
from whygate.policy.policy import Policy
from whygate.policy.presets import resolve_config
from whygate.schema.document import DocumentSchema, bundled_schema
from whygate.schema.fields import FieldKind
from whygate.schema.files import read_presets
from whygate.setup.advice import SourceFile
from whygate.setup.headings import (
    MOST_LABELS,
    Decision,
    Fate,
    choose_aliases,
    decide_labels,
    list_labels,
)
from whygate.text.template import template_lines

PATH = ".github/pull_request_template.md"
ANSWERS = {
    "links": "#1350",
    "outcome": "They close the month from the export without typing a row again.",
    "measurement": "support tickets about missing rows go from 9 to 1 a week by 2027-02-15",
}
ANSWER = "Accountants retype thirty exported rows a month, because the export stops early."

COMMENTED = """\
<!-- Thank you for helping! A good title starts with a verb, for example: Add. -->

## Why are we doing this
<!-- What hurts, and whom? -->

## Who profits?
<!--- The people who notice. --->

## Goal of this work

## Success criteria and metrics
<!-- How will you know? -->

## What changed
<!-- The main changes, for the reviewer. -->

## Screenshots

## How has this been tested?

## Checklist
- [ ] I wrote tests
- [ ] I wrote documentation
"""
BOLD = """\
**What is this?**

[A short description.]

**The problem we solve:**

[What the feature is trying to solve.]

**Which issue(s) does this close?**:

Closes #

**Rollback plan**: how to switch it off

**Notes for your reviewer:**

Please make sure that:
- [ ] it works
"""
SETEXT = """\
Rationale behind it
-------------------

_Tell us what made you do it._

Deployment notes
----------------

Fixes #0000

Test plan
=========

1. start it
"""
LABELS = """\
Ticket:

Motivation: why is this worth it?

Cost of downtime:
<!-- In money, per hour. -->

Reviewed by: somebody
"""
NESTED = """\
# Pull request

## Product side

### Problem being solved

### Evidence
<!-- Where did you see it? -->

## Description
Please describe the motivation, and what you changed.

### Migration guide
"""
BOXES = """\
## Type of change
- [ ] Bug fix
- [ ] Feature

## Does it break anything?
- [ ] yes
- [ ] no

## Affected packages
<!-- Tick them. -->
- [ ] web
"""
TABLE = """\
| Q | A
| --- | ---
| Branch? | main
| Bug fix? | yes/no

<!-- Replace this by a description. -->
"""
SHAPES = {
    "commented": COMMENTED,
    "bold": BOLD,
    "setext": SETEXT,
    "labels": LABELS,
    "nested": NESTED,
    "boxes": BOXES,
    "table": TABLE,
    "crlf": COMMENTED.replace("\n", "\r\n"),
    "byte-order-mark": "\ufeff" + COMMENTED,
    "emoji": "## :bulb: 🤔 Motivation & reasons\n\n## 📝 Payoff\n",
    "foreign": "## 内容\n\n## 関連するもの\n\n## その他\n",
    "empty": "",
    "prose": "Thank you. Please write to the mailing list instead.\n",
}


def decide(template: str) -> tuple[Decision, ...]:
    return decide_labels((SourceFile(PATH, template),), bundled_schema())


def fates(decisions: tuple[Decision, ...]) -> list[tuple[str, str, str]]:
    return [(d.label.text, str(d.fate), d.field) for d in decisions]


def aliases(template: str) -> dict[str, tuple[str, ...]]:
    return choose_aliases(decide(template), bundled_schema())


def load(template: str) -> DocumentSchema:
    return bundled_schema().with_aliases(aliases(template))


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        (
            COMMENTED,
            [
                ("Why are we doing this", "alias", "problem"),
                ("Who profits?", "left", ""),
                ("Goal of this work", "alias", "outcome"),
                ("Success criteria and metrics", "kept", "measurement"),
                ("What changed", "left", ""),
                ("Screenshots", "left", ""),
                ("How has this been tested?", "left", ""),
                ("Checklist", "left", ""),
            ],
        ),
        (
            BOLD,
            [
                ("What is this?", "left", ""),
                ("The problem we solve", "alias", "problem"),
                ("Which issue(s) does this close?", "alias", "links"),
                ("Rollback plan", "kept", "rollout"),
                ("Notes for your reviewer", "left", ""),
                ("Please make sure that", "left", ""),
            ],
        ),
        (
            SETEXT,
            [
                ("Rationale behind it", "alias", "problem"),
                ("Deployment notes", "left", ""),
                ("Test plan", "left", ""),
            ],
        ),
        (
            LABELS,
            [
                ("Ticket", "alias", "links"),
                ("Motivation", "kept", "problem"),
                ("Cost of downtime", "left", ""),
                ("Reviewed by", "left", ""),
            ],
        ),
        (
            NESTED,
            [
                ("Pull request", "left", ""),
                ("Product side", "left", ""),
                ("Problem being solved", "alias", "problem"),
                ("Evidence", "left", ""),
                ("Description", "left", ""),
                ("Migration guide", "left", ""),
            ],
        ),
        (
            BOXES,
            [
                ("Type of change", "kept", "kind"),
                ("Does it break anything?", "left", ""),
                ("Affected packages", "left", ""),
            ],
        ),
        (TABLE, []),
        (
            SHAPES["emoji"],
            [("🤔 Motivation & reasons", "alias", "problem"), ("📝 Payoff", "left", "")],
        ),
        (
            SHAPES["foreign"],
            [
                ("内容", "left", ""),
                ("関連するもの", "left", ""),
                ("その他", "left", ""),
            ],
        ),
        (SHAPES["prose"], []),
        ("", []),
    ],
    ids=[*list(SHAPES)[:7], "emoji", "foreign", "prose", "empty"],
)
def test_every_heading_of_a_shape_has_its_fate(
    template: str, expected: list[tuple[str, str, str]]
) -> None:
    assert fates(decide(template)) == expected


@pytest.mark.parametrize("shape", SHAPES)
def test_body_under_the_own_headings_is_read_whole(shape: str) -> None:
    template = SHAPES[shape]
    decisions, schema = decide(template), load(template)
    answered = _answered_fields(decisions, schema)
    verdict = _judge(_fill_in(template, decisions, schema), template, schema)
    missing = {f.field for f in verdict.findings if f.name.endswith("-missing")}
    left = {d.field for d in decisions if d.label.is_plain}  # their prompts stand as they were
    others = [
        f
        for f in verdict.findings
        if f.field not in missing | left and f.severity is not Severity.INFO
    ]
    assert others == []
    assert not missing & answered
    for name in answered - set(ANSWERS):
        assert ANSWER in verdict.context.fields[name].text
    if "outcome" in answered:
        assert ANSWERS["outcome"] in verdict.context.fields["outcome"].text


@pytest.mark.parametrize("shape", SHAPES)
def test_unedited_template_says_nothing_under_its_aliases(shape: str) -> None:
    template = SHAPES[shape]
    verdict = _judge(template, template, load(template))
    assert not verdict.ok


@pytest.mark.parametrize(
    ("heading", "field"),
    [
        ("Motiviation", "problem"),
        ("Problem at hand", "problem"),
        ("Why do you want this?", "problem"),
        ("Current behavior", "problem"),
        ("What problem are you solving", "problem"),
        ("What's the motivation?", "problem"),
        ("Business goals", "outcome"),
        ("New behaviour of it", ""),
        ("Desired outcome for users", "outcome"),
        ("How shall success be measured?", "measurement"),
        ("Our success metrics", "measurement"),
        ("Alternatives you considered", "alternatives"),
        ("Risks and mitigations", "tradeoffs"),
        ("Linked issues", "links"),
        ("Issue link (if applicable)", "links"),
        ("Linked Issue(s)", "links"),
        ("See also", "links"),
        ("Reasons for not adding tests", ""),
        ("Non-goals", ""),
        ("Problem reproduction and screenshots", ""),
        ("Reference implementation details", ""),
        ("Metrics of tests", ""),
    ],
)
def test_heading_close_to_a_name_becomes_another_name(heading: str, field: str) -> None:
    (decision,) = decide(f"## {heading}\n")
    assert (decision.fate is Fate.ALIAS, decision.field if field else "") == (bool(field), field)
    assert decision.why


@pytest.mark.parametrize(
    ("below", "fate"),
    [
        ("<!-- Describe the problem that you solve. -->", "alias"),
        ("Please give the motivation.", "alias"),
        ("<!-- Describe your changes in detail. -->", "left"),
        ("", "left"),
        ("<!-- The problem. -->\n\n## Why", "left"),
        ("<!-- The problem. -->\n\n## Motivation of it", "left"),
    ],
    ids=["comment", "prose", "what", "nothing", "beside-known", "beside-alias"],
)
def test_description_is_a_problem_only_when_the_text_below_asks_for_one(
    below: str, fate: str
) -> None:
    assert str(decide(f"## Description\n{below}\n")[0].fate) == fate


@pytest.mark.parametrize(
    ("template", "why"),
    [
        ("## Problem\ntext\n### Evidence\n", "it stands inside `Problem`"),
        ("## Parts\n### Evidence\n", "it only holds other headings"),
        ("## Summary\n", "it tells what was changed, not what for"),
        ("## Anything else?\n", "it asks for nothing in particular"),
        ("## Tasks\n", "a list to tick off is no answer"),
        ("# Pull Request Check List\n", "a list to tick off is no answer"),
        ("## Packages\n- [ ] web\n", "a list of boxes is ticked, not answered"),
        ("## Demo\n", "pictures are shown and not read"),
        ("## For reviewers\n", "it speaks to the reviewer"),
        ("**Delete this before submitting**\n", "it says how to use the template"),
        ("Sponsor:\n", "it is a line of its own and no heading"),
    ],
)
def test_heading_that_is_left_alone_says_why(template: str, why: str) -> None:
    decision = decide(template)[0 if "Parts" in template else -1]
    assert (decision.fate, decision.why) == (Fate.LEFT, why)


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        (
            "## Why now?\n\n## Problem to be solved\n\n## Goal of it\n",
            {"problem": ("Why now?", "Problem to be solved"), "outcome": ("Goal of it",)},
        ),
        (
            "## Motivation\n\n## Why now?\n",
            {"problem": ("Motivation", "Why now?")},
        ),
        ("Ticket:\n", {"links": ("Links", "Ticket")}),
        ("## Problem\n\n## Outcome\n\n## Measurement\n", {}),
        ("## Payoff\n\n## Checklist\n", {}),
    ],
    ids=["first-names", "known-first", "plain-keeps-title", "our-words", "no-answer"],
)
def test_aliases_hold_the_headings_of_a_field_in_their_order(
    template: str, expected: dict[str, tuple[str, ...]]
) -> None:
    assert aliases(template) == expected


def test_same_heading_in_two_templates_is_one_alias() -> None:
    files = (SourceFile("a.md", "## Why now?\n"), SourceFile("b.md", "## Why now?\n\n## Payoff\n"))
    decisions = decide_labels(files, bundled_schema())
    assert [(d.label.path, d.field) for d in decisions] == [
        ("a.md", "problem"),
        ("b.md", "problem"),
        ("b.md", ""),
    ]
    assert choose_aliases(decisions, bundled_schema()) == {"problem": ("Why now?",)}


def test_template_of_countless_headings_is_read_to_a_limit() -> None:
    template = "".join(f"## Why now {number}?\n" for number in range(MOST_LABELS + 50))
    assert len(decide(template)) == MOST_LABELS
    assert len(aliases(template)["problem"]) == MOST_LABELS


@given(st.text(alphabet="#*_=-<>!:[]|`~ \n\r\tWhyGoalé文🤔0", max_size=200))
@settings(max_examples=150, deadline=None)
def test_any_template_gives_aliases_under_which_it_says_nothing(template: str) -> None:
    verdict = _judge(template, template, load(template))
    assert not verdict.ok


def test_what_is_hidden_or_quoted_is_no_label() -> None:
    text = "<!-- ## Problem -->\n> ## Outcome\n\n```\n## Goal\n```\n\n- Metric: y\n"
    assert list_labels(text, bundled_schema().vocabulary) == ()


def test_label_knows_what_stands_below_it() -> None:
    text = "## A thing\n<!-- one --> <!--- two --->\nprompt\n- [ ] box\n"
    (label,) = list_labels(text, bundled_schema().vocabulary, PATH)
    assert (label.comments, label.prompt, label.has_boxes) == ("one two", "prompt", True)
    assert (label.path, label.line, label.level, label.is_empty) == (PATH, 1, 2, False)


def _answered_fields(decisions: tuple[Decision, ...], schema: DocumentSchema) -> set[str]:
    return {
        d.field
        for d in decisions
        if (field := schema.field(d.field)) and not d.label.is_plain
        if field.kind is not FieldKind.CHOICE
    }


def _fill_in(template: str, decisions: tuple[Decision, ...], schema: DocumentSchema) -> str:
    """Write an answer below every heading and bold label that is a field."""
    answered = _answered_fields(decisions, schema)
    lines = template.splitlines()
    for decision in reversed(decisions):
        if decision.field in answered and not decision.label.is_plain:
            at = decision.label.line
            at += lines[at : at + 1] != [] and bool(lines[at]) and set(lines[at]) <= {"=", "-"}
            lines[at:at] = ["", ANSWERS.get(decision.field, ANSWER), ""]
    return "\n".join(lines) + "\n"


def _judge(body: str, template: str, schema: DocumentSchema) -> Verdict:
    policy = Policy(resolve_config(read_presets()), schema, template_lines(template))
    part = Part(Origin.DESCRIPTION, PATH, body)
    change = Change("pr", "feat: keep the cart on every device", (part,))
    return check(change, policy, date(2026, 12, 1))
