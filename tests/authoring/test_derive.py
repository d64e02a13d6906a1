"""A team's own template: what becomes of each heading, and a schema under which it is read."""

from __future__ import annotations

import json
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from whygate.judge.check import check
from whygate.model import Change, Origin, Part, Severity, Verdict
from whygate.policy.policy import Policy
from whygate.policy.presets import resolve_config
from whygate.schema.document import DocumentSchema, bundled_schema, load_user_schema
from whygate.schema.fields import FieldKind
from whygate.schema.files import read_presets
from whygate.setup.advice import SourceFile
from whygate.setup.derive import Derivation, derive_schema
from whygate.setup.label_fate import Fate
from whygate.setup.template_labels import MOST_LABELS, list_labels
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


def derive(template: str, **chosen: str) -> Derivation:
    wanted = {label.replace("_", " "): name for label, name in chosen.items()}
    return derive_schema((SourceFile(PATH, template),), bundled_schema(), wanted)


def fates(derivation: Derivation) -> list[tuple[str, str, str]]:
    return [(d.label.text, str(d.fate), d.field) for d in derivation.decisions]


def load(derivation: Derivation) -> DocumentSchema:
    return load_user_schema(json.dumps(derivation.schema), "schema.json")


def properties(derivation: Derivation) -> dict[str, dict[str, object]]:
    found = derivation.schema["properties"]
    assert isinstance(found, dict)
    return found


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        (
            COMMENTED,
            [
                ("Why are we doing this", "alias", "problem"),
                ("Who profits?", "own", "who_profits"),
                ("Goal of this work", "alias", "outcome"),
                ("Success criteria and metrics", "alias", "measurement"),
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
                ("Deployment notes", "own", "deployment_notes"),
                ("Test plan", "left", ""),
            ],
        ),
        (
            LABELS,
            [
                ("Ticket", "alias", "links"),
                ("Motivation", "kept", "problem"),
                ("Cost of downtime", "left", ""),
            ],
        ),
        (
            NESTED,
            [
                ("Pull request", "left", ""),
                ("Product side", "left", ""),
                ("Problem being solved", "alias", "problem"),
                ("Evidence", "own", "evidence"),
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
            [("🤔 Motivation & reasons", "alias", "problem"), ("📝 Payoff", "own", "payoff")],
        ),
        (
            SHAPES["foreign"],
            [
                ("内容", "own", "section"),
                ("関連するもの", "own", "section_2"),
                ("その他", "own", "section_3"),
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
    assert fates(derive(template)) == expected


@pytest.mark.parametrize("shape", SHAPES)
def test_body_under_the_own_headings_is_read_whole(shape: str) -> None:
    template = SHAPES[shape]
    derivation = derive(template)
    schema = load(derivation)
    answered = _answered_fields(derivation, schema)
    verdict = _judge(_fill_in(template, derivation, schema), template, schema)
    missing = {f.field for f in verdict.findings if f.name.endswith("-missing")}
    others = [
        f for f in verdict.findings if f.field not in missing and f.severity is not Severity.INFO
    ]
    assert others == []
    assert not missing & answered
    for name in answered - set(ANSWERS):
        assert ANSWER in verdict.context.fields[name].text
    if "outcome" in answered:
        assert ANSWERS["outcome"] in verdict.context.fields["outcome"].text


@pytest.mark.parametrize("shape", SHAPES)
def test_unedited_template_says_nothing_under_its_schema(shape: str) -> None:
    template = SHAPES[shape]
    verdict = _judge(template, template, load(derive(template)))
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
        ("How will success be measured?", "measurement"),
        ("Our success metrics", "measurement"),
        ("Alternatives you considered", "alternatives"),
        ("Risks and mitigations", "tradeoffs"),
        ("Linked issues", "links"),
        ("Issue link (if applicable)", "links"),
        ("Related Issue(s)", "links"),
        ("See also", "links"),
        ("Reasons for not adding tests", ""),
        ("Non-goals", ""),
        ("Problem reproduction and screenshots", ""),
        ("Reference implementation details", ""),
        ("Metrics of tests", ""),
    ],
)
def test_heading_close_to_a_name_becomes_another_name(heading: str, field: str) -> None:
    (decision,) = derive(f"## {heading}\n").decisions
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
    assert str(derive(f"## Description\n{below}\n").decisions[0].fate) == fate


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
    decision = (
        derive(template).decisions[0] if "Parts" in template else derive(template).decisions[-1]
    )
    assert (decision.fate, decision.why) == (Fate.LEFT, why)


def test_first_heading_names_the_field_and_the_others_are_read_as_well() -> None:
    derivation = derive("## Why now?\n\n## Problem to be solved\n\n## Goal of it\n")
    assert properties(derivation) == {
        "problem": {
            "title": "Why now?",
            "x-question": "Why now?",
            "x-more-aliases": ["Problem", "Problem to be solved"],
        },
        "outcome": {"title": "Goal of it", "x-more-aliases": ["Outcome"]},
    }
    labels = load(derivation).vocabulary.labels
    assert {labels[key] for key in ("why now", "problem to be solved", "problem", "why")} == {
        "problem"
    }


def test_template_in_our_words_needs_no_schema() -> None:
    derivation = derive("## Problem\n\n## Outcome\n\n## Measurement\n")
    assert not derivation.renames(["problem", "outcome", "measurement"])
    assert properties(derivation) == {}
    assert derivation.fields(Fate.KEPT) == ("problem", "outcome", "measurement")


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        (
            "## Data privacy\n<!-- Which personal data does it touch? Name the tables. -->\n",
            {
                "title": "Data privacy",
                "type": "string",
                "description": "Which personal data does it touch? Name the tables.",
                "x-question": "Which personal data does it touch?",
                "x-trailer": "Data-Privacy",
            },
        ),
        (
            "## Does it cost money?\n<!-- no -->\n",
            {
                "title": "Does it cost money?",
                "type": "string",
                "x-question": "Does it cost money?",
                "x-trailer": "Does-It-Cost-Money",
            },
        ),
        (
            "## Version\n_The release it belongs to._\n",
            {
                "title": "Version",
                "type": "string",
                "description": "The release it belongs to.",
                "x-question": "Version: what should a reader know?",
                "x-trailer": "Version-2",
            },
        ),
        (
            "## Reported by\n",
            {
                "title": "Reported by",
                "type": "string",
                "x-question": "Reported by: what should a reader know?",
                "x-trailer": "Our-Reported-By",
            },
        ),
        (
            "## Evaluate by\n",
            {
                "title": "Evaluate by",
                "type": "string",
                "x-question": "Evaluate by: what should a reader know?",
                "x-trailer": "Evaluate-By-2",
            },
        ),
    ],
    ids=["comment", "question", "constant", "trailer", "part"],
)
def test_own_field_takes_its_words_from_the_template(
    template: str, expected: dict[str, object]
) -> None:
    assert list(properties(derive(template)).values()) == [expected]


@pytest.mark.parametrize(
    ("template", "expected"),
    [("## Why now?\n", True), ("## Linked issues\n", False), ("## Payoff\n", False)],
    ids=["asked", "not-asked", "own"],
)
def test_schema_is_needed_for_an_alias_of_a_field_that_is_asked_for(
    template: str, expected: bool
) -> None:
    assert derive(template).renames(["problem", "outcome"]) == expected


def test_own_field_of_many_words_has_a_short_name_and_prompt() -> None:
    prompt = "Tell it all. " * 40
    derivation = derive(f"## Everything that {'really ' * 9}matters\n<!-- {prompt} -->\n")
    ((name, spec),) = properties(derivation).items()
    assert name == "everything_that_really_really_really"
    assert str(spec["description"]).endswith("Tell it all.")
    assert 250 < len(str(spec["description"])) <= 300


def test_prompt_without_an_end_is_cut_between_words() -> None:
    derivation = derive(f"## Payoff\n<!-- {'word ' * 90} -->\n")
    assert str(properties(derivation)["payoff"]["description"]).endswith("word")


def test_same_heading_in_two_templates_is_one_field() -> None:
    files = (SourceFile("a.md", "## Payoff\n"), SourceFile("b.md", "## Payoff\n\n## Why now?\n"))
    derivation = derive_schema(files, bundled_schema())
    assert [(d.label.path, d.field) for d in derivation.decisions] == [
        ("a.md", "payoff"),
        ("b.md", "payoff"),
        ("b.md", "problem"),
    ]


def test_chosen_heading_is_read_as_the_field_it_was_chosen_for() -> None:
    derivation = derive("## Context\n\n## Payoff!\n", Context="problem", Payoff="outcome")
    assert [(d.fate, d.field) for d in derivation.decisions] == [
        (Fate.ALIAS, "problem"),
        (Fate.ALIAS, "outcome"),
    ]
    assert load(derivation).vocabulary.labels["context"] == "problem"


def test_template_of_countless_headings_is_read_to_a_limit() -> None:
    derivation = derive("".join(f"## Payoff {number}\n" for number in range(MOST_LABELS + 50)))
    assert len(derivation.decisions) == MOST_LABELS
    assert len(properties(derivation)) == MOST_LABELS
    load(derivation)


@given(st.text(alphabet="#*_=-<>!:[]|`~ \n\r\tWhyGoalé文🤔0", max_size=200))
@settings(max_examples=150, deadline=None)
def test_any_template_gives_a_schema_that_loads_and_reads_it(template: str) -> None:
    verdict = _judge(template, template, load(derive(template)))
    assert not verdict.ok


def test_what_is_hidden_quoted_or_listed_is_no_label() -> None:
    text = "<!-- ## Problem -->\n> ## Outcome\n\n```\n## Goal\n```\n\n- **Why:** x\n- Metric: y\n"
    assert list_labels(text, bundled_schema().vocabulary) == ()


def test_label_knows_what_stands_below_it() -> None:
    text = "## A thing\n<!-- one --> <!--- two --->\nprompt\n- [ ] box\n"
    (label,) = list_labels(text, bundled_schema().vocabulary, PATH)
    assert (label.comments, label.prompt, label.has_boxes) == ("one two", "prompt", True)
    assert (label.path, label.line, label.level, label.is_empty) == (PATH, 1, 2, False)


def _answered_fields(derivation: Derivation, schema: DocumentSchema) -> set[str]:
    return {
        d.field
        for d in derivation.decisions
        if (field := schema.field(d.field)) and not d.label.is_plain
        if field.kind is not FieldKind.CHOICE
    }


def _fill_in(template: str, derivation: Derivation, schema: DocumentSchema) -> str:
    """Write an answer below every heading and bold label that is a field."""
    answered = _answered_fields(derivation, schema)
    lines = template.splitlines()
    for decision in reversed(derivation.decisions):
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
