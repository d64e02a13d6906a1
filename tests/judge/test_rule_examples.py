"""The examples of every rule, which docs/rules.md shows as they are tried here."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from whygate.judge.rules import FAMILIES, RULES, family_of, find_rule
from whygate.model import Severity
from whygate.outcomes.catalogue import CATALOGUE

if TYPE_CHECKING:
    from types import ModuleType

    from tests.judge.conftest import Judge, MakePolicy

    from whygate.judge.rule import Rule
    from whygate.model import Verdict

BY_ID = {rule.id: rule for rule in RULES}
DOCUMENTED = {rule.id: rule for rule in CATALOGUE}


@pytest.fixture
def judge_example(judge: Judge, make_policy: MakePolicy, fragments: ModuleType) -> JudgeExample:
    return JudgeExample(judge, make_policy, fragments)


class JudgeExample:
    def __init__(self, judge: Judge, make_policy: MakePolicy, fragments: ModuleType) -> None:
        self.judge = judge
        self.make_policy = make_policy
        self.fragments = fragments

    def __call__(self, rule: Rule, name: str) -> Verdict:
        fragment = self.fragments.read_fragment(rule.documentation, name)
        assert fragment
        example = self.fragments.compose(fragment)
        policy = self.make_policy(example.config, template=example.template)
        return self.judge(example.body, example.title, policy=policy, paths=example.paths)


@pytest.mark.parametrize("name", BY_ID)
def test_bad_example_breaks_its_rule(judge_example: JudgeExample, name: str) -> None:
    verdict = judge_example(BY_ID[name], "Bad")

    assert name in {finding.rule for finding in verdict.findings}


@pytest.mark.parametrize("name", BY_ID)
def test_good_example_keeps_its_rule(judge_example: JudgeExample, name: str) -> None:
    verdict = judge_example(BY_ID[name], "Good")

    assert name not in {finding.rule for finding in verdict.findings}
    assert [f for f in verdict.findings if f.severity is Severity.ERROR] == []


def test_base_description_has_no_finding(judge: Judge, fragments: ModuleType) -> None:
    example = fragments.compose("")

    assert judge(example.body, example.title).findings == ()


@pytest.mark.parametrize("name", DOCUMENTED)
def test_documentation_says_why_and_shows_both(name: str) -> None:
    documentation = DOCUMENTED[name].documentation
    headings = [line for line in documentation.split("\n") if line in ("Bad:", "Good:")]

    assert documentation.split("\n")[0].endswith(".")
    assert "\nWhy: " in documentation
    assert headings == ["Bad:", "Good:"]


def test_ids_and_names_are_unique_and_in_order() -> None:
    ids = [rule.id for rule in CATALOGUE]

    assert ids == sorted(set(ids))
    assert len({rule.name for rule in CATALOGUE}) == len(CATALOGUE)


@pytest.mark.parametrize("selector", ["WG101", "wg101", " WG101 ", "problem-missing"])
def test_rule_is_found_by_id_and_name(selector: str) -> None:
    assert find_rule(selector) is RULES[0]


def test_rule_is_not_found_by_another_word() -> None:
    assert find_rule("problem") is None


def test_every_rule_has_a_family() -> None:
    assert {family_of(rule) for rule in CATALOGUE} == set(FAMILIES.values())
