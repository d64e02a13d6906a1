"""A template of a team's own: what it does not ask is added, and not a byte of it is lost."""

from __future__ import annotations

from datetime import date
from functools import cache

import pytest

from whygate.authoring.templates import render_pr_template
from whygate.policy.policy import Policy
from whygate.policy.presets import resolve_config
from whygate.schema.document import bundled_schema
from whygate.schema.files import read_presets
from whygate.setup.advice import SourceFile
from whygate.setup.doctor import Facts, diagnose
from whygate.setup.templates import complete_template, find_gaps
from whygate.text.template import template_lines

PATH = ".github/pull_request_template.md"


@cache
def policy() -> Policy:
    return Policy(resolve_config(read_presets()), bundled_schema())


def complete(text: str) -> str | None:
    return complete_template(SourceFile(PATH, text), policy())


@pytest.mark.parametrize(
    "text",
    [
        "### Why?\n<!-- say it -->\n\n### Checklist\n- [ ] tests\n",
        "Thank you!\n",
        "",
        "## Problem\n\n## Who it helps\n\n## Outcome\n",
        "\ufeff## Problem\r\n<!-- why -->\r\n",
        "Motivation\n==========\n\nTests\n-----\n",
    ],
    ids=["level-3", "prose", "empty", "measurement-only", "bom-crlf", "setext"],
)
def test_sections_are_added_at_the_end(text: str) -> None:
    new = complete(text)
    assert new is not None
    assert new.startswith(text.rstrip("\r\n"))
    assert not find_gaps(SourceFile(PATH, new), policy())
    assert ("\r\n" in text) == ("\r\n" in new)
    assert new.count("\n") == new.count("\r\n") or "\r" not in new
    facts = Facts(
        policy=Policy(policy().config, policy().schema, template_lines(new)),
        today=date(2026, 12, 1),
        templates=(SourceFile(PATH, new),),
    )
    assert [one for one in diagnose(facts) if one.topic == "template"] == []


@pytest.mark.parametrize(
    ("text", "level"),
    [("### Why\n### How\n", "###"), ("# Why\n## How\n", "#"), ("**Why**\n", "##")],
)
def test_added_headings_have_the_level_of_the_others(text: str, level: str) -> None:
    new = complete(text)
    assert new is not None
    assert f"\n{level} Outcome\n" in new


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "## Success metrics\n<!-- which? -->\n- Metric:\n- Baseline:\n\n## Notes\n",
            "- Baseline:\n- Target: <!--",
        ),
        ("## Measurement\n\n## Notes\n", "## Measurement\n- Metric: <!--"),
        ("Measurement\n---\n\n## Notes\n", "Measurement\n---\n- Metric: <!--"),
    ],
    ids=["some", "empty", "setext"],
)
def test_parts_are_added_at_the_end_of_their_section(text: str, expected: str) -> None:
    new = complete(text)
    assert new is not None
    assert expected in new
    assert new.index("- Evaluate by:") < new.index("## Notes")
    assert new.count("## Measurement") == text.count("## Measurement")


@pytest.mark.parametrize("text", ["## Problem\n<!-- never closed\n", "## Why\n```\ncode\n"])
def test_text_that_would_swallow_what_is_added_gets_nothing(text: str) -> None:
    assert complete(text) is None


def test_rendered_template_has_no_gap() -> None:
    template = render_pr_template(policy())
    assert find_gaps(SourceFile(PATH, template), policy()) == ()
    assert complete(template) == template
