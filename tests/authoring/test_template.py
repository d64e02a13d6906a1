"""The template of a policy: unedited it fails its own check, filled in as it asks it passes."""

from __future__ import annotations

import json
import re
from datetime import date
from functools import cache
from typing import TYPE_CHECKING

import pytest

from whygate.authoring.templates import (
    render_commit_template,
    render_issue_form,
    render_pr_template,
    template_fields,
)
from whygate.judge.check import check
from whygate.model import Change, Origin, Part, Severity, Status, Verdict
from whygate.policy.config import Config, PartialConfig, PartialKindPolicy, Preset
from whygate.policy.policy import Policy
from whygate.policy.presets import resolve_config
from whygate.schema.document import DocumentSchema, bundled_schema, load_user_schema
from whygate.schema.files import read_presets
from whygate.text.document import parse_document
from whygate.text.template import template_lines

if TYPE_CHECKING:
    from collections.abc import Callable

TODAY = date(2026, 12, 1)
ASKING = ("feature", "experiment", "perf", "fix", "refactor")
ANSWERS = {
    "problem": "Shoppers who fill a cart on the phone find it empty on the laptop.",
    "audience": "Signed-in shoppers with two devices.",
    "outcome": "They finish the purchase on the second device instead of starting again.",
    "measurement.metric": "checkout completion of two-device sessions, weekly",
    "measurement.baseline": "38 %",
    "measurement.target": "45 %",
    "measurement.evaluate_by": "2027-02-15",
    "measurement.source": "https://bi.example.com/d/412",
    "measurement.guardrail": "p95 cart load <= 300 ms",
    "measurement.decision": "keep at 42 % or more, else roll it back",
    "risk": "A cart may hold what is sold out.",
    "areas": "checkout",
}


@cache
def config_of(preset: str = "standard") -> Config:
    return resolve_config(read_presets(), None, PartialConfig(preset=Preset(preset)))


def own_schema(*required: str, **properties: object) -> DocumentSchema:
    document = {
        "$id": "urn:example:own",
        "$ref": "urn:whygate:product-context:1#/$defs/document",
        "unevaluatedProperties": False,
        "required": list(required),
        "properties": properties,
    }
    return load_user_schema(json.dumps(document), "schema.json")


def judge(text: str, policy: Policy, template: str, kind: str = "feature") -> Verdict:
    prefix = next(t for t, k in policy.config.kind_types.items() if k == kind)
    title = f"{prefix}: keep the cart when a shopper changes device"
    own = Policy(policy.config, policy.schema, template_lines(template))
    return check(Change("pr", title, (Part(Origin.DESCRIPTION, "pr", text),)), own, TODAY)


def fill_in(template: str, policy: Policy) -> str:
    """Answer every heading and every label of a template in place, its comments kept."""
    names = {f.title: f.name for f in policy.schema.all_fields()}

    def answer_heading(match: re.Match[str]) -> str:
        return f"{match[0]}\n{ANSWERS[names[match[1]]]}" if names[match[1]] in ANSWERS else match[0]

    def answer_label(match: re.Match[str]) -> str:
        return f"{match[0]} {ANSWERS[names[match[1]]]}"

    heading = re.compile(r"^## (.+)\n<!--[^>]*(?:<[^>]*>[^>]*)*-->", re.MULTILINE)
    filled = heading.sub(answer_heading, template)
    return re.sub(r"^- ([\w ]+): <!--.*?-->$", answer_label, filled, flags=re.M)


@pytest.mark.parametrize("kind", ASKING)
@pytest.mark.parametrize("preset", ["adopt", "standard", "strict"])
def test_template_fails_unedited_and_passes_filled_in(preset: str, kind: str) -> None:
    policy = Policy(config_of(preset), bundled_schema())
    template = render_pr_template(policy, kind=kind)
    bare = judge(template, policy, template, kind)
    needed = {n for n, s in policy.needs(kind).items() if s is not Severity.INFO}
    assert bare.kind.name == kind
    assert {f.field for f in bare.findings} == needed - {"measurement"}
    assert {f.name for f in bare.findings} <= {"section-empty", "template-unedited"}
    is_strict = preset != "adopt" and Severity.ERROR in policy.needs(kind).values()
    assert bare.status is (Status.FAILED if is_strict else Status.OK)
    filled = judge(fill_in(template, policy), policy, template, kind)
    assert (filled.status, filled.findings) == (Status.OK, ())


def test_unmeasured_change_passes_with_the_sentence_the_template_shows() -> None:
    policy = Policy(config_of(), bundled_schema())
    template = render_pr_template(policy)
    assert "Not measurable because <the reason>." in template
    text = fill_in(template.partition("## Measurement")[0], policy) + (
        "\n## Measurement\nNot measurable because fewer than ten customers use the export.\n"
        "- Metric:\n- Baseline:\n- Target:\n- Evaluate by:\n"
    )
    assert judge(text, policy, template).status is Status.EXEMPT


@pytest.mark.parametrize("kind", ["docs", "revert", "deps", "nothing-of-the-kind"])
def test_kind_that_is_asked_nothing_has_no_template(kind: str) -> None:
    policy = Policy(config_of(), bundled_schema())
    assert render_pr_template(policy, kind=kind) == ""
    assert template_fields(policy, kind=kind) == ()


def test_unmeasured_sentence_is_shown_only_where_it_is_granted() -> None:
    policy = Policy(config_of(), bundled_schema())
    assert "Not measurable" not in render_pr_template(policy, kind="experiment")


def test_own_field_that_is_required_stands_in_the_template() -> None:
    risk = {"type": "string", "title": "Risk", "x-question": "What can go wrong?"}
    policy = Policy(config_of(), own_schema("risk", risk=risk))
    template = render_pr_template(policy)
    assert "\n## Risk\n<!-- What can go wrong? -->\n" in template
    assert "risk" in {f.field for f in judge(template, policy, template).findings}
    assert judge(fill_in(template, policy), policy, template).findings == ()


def test_own_field_that_is_optional_stands_in_the_template_and_is_not_asked() -> None:
    areas = {
        "type": "string",
        "enum": ["checkout", "search"],
        "description": "What it changes.",
    }
    policy = Policy(config_of(), own_schema(areas=areas))
    template = render_pr_template(policy)
    assert "<!-- Optional. What it changes." in template
    assert "One of: checkout, search." in template
    assert "areas" not in {f.field for f in judge(template, policy, template).findings}
    assert judge(fill_in(template, policy), policy, template).findings == ()


def test_bundled_field_that_nobody_asks_for_is_offered_in_a_comment() -> None:
    template = render_pr_template(Policy(config_of(), bundled_schema()))
    shown = [section.label for section in parse_document(template).sections]
    assert shown == ["Problem", "Who it helps", "Outcome", "Measurement"]
    assert "## Trade-offs (What gets worse?)" in template
    assert "Version" not in template
    assert "Product context" not in template


def test_bundled_field_that_the_team_asks_for_has_a_section() -> None:
    kinds = {"feature": PartialKindPolicy(need={"tradeoffs": Severity.WARNING})}
    layer = PartialConfig(kinds=kinds)
    policy = Policy(resolve_config(read_presets(), layer), bundled_schema())
    template = render_pr_template(policy)
    assert "\n## Trade-offs\n<!-- What gets worse, and why" in template
    assert "## Trade-offs (" not in template


@pytest.mark.parametrize(
    "words",
    ["done --> ## Outcome", "a --!> b", "a\n\n## Problem\n\nb", "--" * 4 + ">", "<!-- in --> it"],
    ids=["end", "lax-end", "lines", "dashes", "comment"],
)
def test_words_of_a_schema_cannot_end_the_comment(words: str) -> None:
    spec = {"type": "string", "title": "Risk", "description": words, "x-question": words}
    policy = Policy(config_of(), own_schema("risk", risk=spec))
    template = render_pr_template(policy)
    document = parse_document(template)
    labels = [section.label for section in document.sections]
    assert labels == ["Problem", "Who it helps", "Outcome", "Measurement", "Risk"]
    assert not document.unclosed
    assert all(not s.prose.text for s in document.sections if s.label != "Measurement")


def test_template_is_made_of_lines_with_one_end() -> None:
    template = render_pr_template(Policy(config_of(), bundled_schema()))
    assert template.endswith("-->\n")
    assert not re.search(r"[ \t]\n|\n\n\n", template)


@pytest.mark.parametrize(
    "render",
    [render_pr_template, render_commit_template, render_issue_form],
    ids=["pr", "commit", "form"],
)
def test_template_asks_for_each_answer_once(render: Callable[[Policy], str]) -> None:
    shown = " ".join(render(Policy(config_of(), bundled_schema())).split())

    assert "Who is hurt, when, how much, and how that is known." in shown
    assert "What problem does this solve" not in shown  # the question says the same


def test_template_asks_the_question_of_a_field_that_describes_nothing() -> None:
    spec = {"type": "string", "x-question": "What can go wrong?"}
    template = render_pr_template(Policy(config_of(), own_schema("risk", risk=spec)))

    assert "<!-- What can go wrong? -->" in template
