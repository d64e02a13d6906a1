from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from whygate.judge.rules import RULES, find_rule
from whygate.reporters.rule_help import read_rule_help

if TYPE_CHECKING:
    from whygate.judge.case import Rule


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_read_rule_help_keeps_every_word(rule: Rule) -> None:
    told = read_rule_help(rule)
    words = [told.summary, *told.reasons]
    for head, text in told.examples:
        words += [f"{head}:", text]

    assert " ".join(words).split() == rule.documentation.split()
    assert [head for head, _ in told.examples] == ["Bad", "Good"]


def test_read_rule_help_examples_keep_their_lines() -> None:
    rule = find_rule("WG103")

    assert rule is not None
    assert read_rule_help(rule).examples[0][1] == (
        "## Measurement\n(no such section)\n\n## Test plan\nUnit tests and a manual run in staging."
    )
