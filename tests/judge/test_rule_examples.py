"""The examples of every rule, which docs/rules.md shows as they are tried here."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from whygate.judge.rules import FAMILIES, RULES, family_of, find_rule
from whygate.model import Severity
from whygate.outcomes.rules import ALL_RULES
from whygate.schema.document import bundled_schema

if TYPE_CHECKING:
    from types import ModuleType

    from tests.judge.conftest import Judge, MakePolicy

    from whygate.judge.case import Rule
    from whygate.model import Verdict

BY_ID = {rule.id: rule for rule in RULES}
DOCUMENTED = {rule.id: rule for rule in ALL_RULES}

# What each rule says of its bad example, as `line:column severity field: message`.
SAID = {
    "WG101": ["1:1 error problem: no labelled answer for Problem"],
    "WG102": ["1:1 error outcome: no labelled answer for Outcome"],
    "WG103": [
        (
            "1:1 error measurement: no labelled answer for Measurement (`Test plan` shows that "
            "the code works, not that it helps)"
        ),
    ],
    "WG104": ["1:1 warning audience: no labelled answer for Who it helps"],
    "WG105": ["1:1 error tradeoffs: no labelled answer for Trade-offs"],
    "WG111": ["1:1 error problem: Problem is empty"],
    "WG112": ["1:1 error problem: Problem says only `TBD`"],
    "WG113": ["1:1 error problem: Problem still holds the template's own text"],
    "WG114": ["1:1 error problem: Problem has 1 of at least 5 words"],
    "WG115": ["1:1 warning problem: Problem says no more than the title"],
    "WG116": ["1:1 warning problem: Problem is only a link; say it in one sentence as well"],
    "WG117": ["1:1 error problem: Problem is only an image; say what it shows as well"],
    "WG118": ["1:1 error problem: Problem is a list of boxes, and none is ticked"],
    "WG119": ["5:1 info audience: Who it helps has 71 words; 60 are enough"],
    "WG121": ["1:1 warning problem: Problem says what is done, and not what is wrong without it"],
    "WG122": [
        (
            "8:1 warning outcome: Outcome says what is delivered, and not what is different for "
            "people then"
        ),
    ],
    "WG123": ["8:1 info outcome: Outcome is praise that can come neither true nor false"],
    "WG124": [
        (
            "11:1 warning measurement: Measurement tells how the code was tested, and not "
            "whether it helps"
        ),
    ],
    "WG125": ["7:1 warning outcome: Outcome says the same as Problem"],
    "WG201": ["11:1 error measurement.metric: the measurement does not say what is counted"],
    "WG202": [
        (
            "11:1 warning measurement.baseline: the measurement does not say what the number is "
            "today"
        ),
    ],
    "WG203": [
        "11:1 error measurement.target: the measurement does not say which number means success"
    ],
    "WG204": ["11:1 error measurement.evaluate_by: the measurement does not say when to look"],
    "WG205": ["14:3 error measurement.target: from 38 % to 300 ms cannot be compared"],
    "WG206": ["14:3 error measurement.target: from 45 % to 38 % does not go up"],
    "WG207": [
        (
            "15:3 error measurement.evaluate_by: `next sprint` is no day; write +14d (14 days "
            "after the merge)"
        ),
    ],
    "WG208": [
        (
            "15:3 error measurement.evaluate_by: 2020-01-31 was before 2026-11-23, the day of "
            "this change"
        ),
    ],
    "WG209": ["15:3 warning measurement.evaluate_by: 2028-11-23 is 731 days away"],
    "WG211": ["16:3 warning measurement.owner: `the team` is nobody in particular"],
    "WG212": [
        "12:3 warning measurement.source: the measurement does not say where the number is read"
    ],
    "WG213": [
        (
            "12:3 warning measurement.metric: `number of pull requests merged` counts work that "
            "was done, and not what came of it"
        ),
    ],
    "WG214": [
        "11:1 error measurement.guardrail: the measurement does not say its guardrail",
        "11:1 error measurement.decision: the measurement does not say its decision",
    ],
    "WG215": ["14:3 warning measurement.target: `a bit faster` holds no number to compare"],
    "WG216": [
        (
            "12:3 warning measurement.metric: the catalogue has no metric `missing-rows-tickets`; "
            "did you mean `missing-row-tickets`?"
        ),
    ],
    "WG217": [
        (
            "14:3 error measurement.target: `missing-row-tickets` is in tickets, and `5 %` cannot "
            "be held against it"
        ),
    ],
    "WG218": [
        ("14:3 info measurement.target: -30% of 38 % = 26.6 %; write `-30 pp` if you meant points"),
    ],
    "WG301": ["14:1 warning problem: `Probelm` is not known; did you mean `problem`?"],
    "WG302": ["4:1 warning problem: Problem stands here and on line 1; both are read"],
    "WG303": ["15:1 info problem: `Problem` stands inside an HTML comment"],
    "WG304": [
        "19:1 warning : the comment opened here is never closed and hides the rest of the text"
    ],
    "WG305": [
        (
            "21:1 error : the machine block is broken: expected `,` or the closing bracket: put "
            "text with brackets in quotes"
        ),
    ],
    "WG306": ["20:1 warning : the schema has no key `audiense`; did you mean `audience`?"],
    "WG309": ["20:6 error bet: Bet does not match `^[a-z0-9-]{3,60}$`"],
    "WG401": ["11:1 error exempt: Measurement says `N/A` without a reason"],
    "WG402": [
        (
            "11:1 error exempt: a change of kind feature (decided by title) cannot be internal; "
            "feature may be not-measurable, covered-by, deferred"
        ),
    ],
    "WG403": [
        (
            "11:1 warning exempt: it is called internal, and changes `src/ui/export.ts`, which "
            "users see"
        ),
    ],
    "WG404": ["18:1 warning exempt: there is an exemption and a complete plan; the plan is used"],
    "WG405": ["11:1 error exempt: the bet `no-such-bet` does not exist; there are export-rows"],
    "WG501": [
        (
            "14:3 error measurement.target: Target is `45 %` in the block on line 19 and `50 %` "
            "in the section on line 14; the block is used"
        ),
    ],
    "WG503": ["1:1 warning : nothing says why it is taken back"],
    "WG504": [
        (
            "1:1 warning : a change of kind refactor changes `src/export/writer.py`, which belongs "
            "to the product"
        ),
    ],
}
# What an author can paste to answer a field.
PASTED = {
    "problem": "**Problem:** <who is hurt, when, how much, and how that is known>",
    "outcome": "**Outcome:** <what people will do differently, or what the system will do for "
    "them, once this works>",
    "measurement": "**Measurement:** <what is counted> goes from <baseline> to <target> by <date>",
    "audience": "**Who it helps:** <the group of people the change is for, and its size if known>",
    "tradeoffs": "**Trade-offs:** <what gets worse, and why that is accepted>",
    "measurement.metric": "- Metric: <what is counted, of whom, in which window>",
    "measurement.baseline": "- Baseline: <the number today>",
    "measurement.target": "- Target: <the number that means success, in the unit of the baseline "
    "or relative to it>",
    "measurement.evaluate_by": "- Evaluate by: <the day the number is looked at>",
    "measurement.source": "- Data source: <the dashboard, query or event the number comes from>",
    "measurement.owner": "- Owner: <who looks at the number>",
    "measurement.guardrail": "- Guardrail: <what must not get worse, with its limit>",
    "measurement.decision": "- Decision: <what you will do with the answer: keep, roll back, or "
    "try again>",
}
NOT_MEASURABLE = (
    "Not measurable because fewer than ten customers use it; we will ask three by 2027-03-01"
)
# The rules that ask, or offer to paste, something else than their field does.
ASKED_OTHERWISE = {
    "WG119": "Which of its sentences would you keep if there were room for only one?",
    "WG302": "",
    "WG303": "",
    "WG309": "",
    "WG404": "",
    "WG503": "What went wrong, and how did you notice?",
    "WG504": "Will anybody outside notice? If not, why not?",
}
PASTED_OTHERWISE = {
    "WG119": "",
    "WG216": "- Metric: missing-row-tickets",
    "WG302": "",
    "WG303": "",
    "WG304": "-->",
    "WG309": "**Bet:** <the slug of the plan that several changes share>",
    "WG401": NOT_MEASURABLE,
    "WG402": NOT_MEASURABLE,
    "WG403": "Internal refactor: no user-facing outcome, because the public API is unchanged",
    "WG504": "Internal refactor: no user-facing outcome, because the public API is unchanged",
    "WG404": "",
    "WG405": "Covered by bet cart-sync",
    "WG501": "",
    "WG503": "Reverted because <what went wrong>",
}


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
        policy = self.make_policy(
            example.config, template=example.template, metrics=example.metrics
        )
        return self.judge(example.body, example.title, policy=policy, paths=example.paths)


@pytest.mark.parametrize("name", BY_ID)
def test_bad_example_breaks_its_rule(judge_example: JudgeExample, name: str) -> None:
    verdict = judge_example(BY_ID[name], "Bad")

    assert name in {finding.rule for finding in verdict.findings}


@pytest.mark.parametrize("name", BY_ID)
def test_bad_example_is_answered_in_these_words(judge_example: JudgeExample, name: str) -> None:
    findings = [f for f in judge_example(BY_ID[name], "Bad").findings if f.rule == name]

    assert [
        f"{f.location.line}:{f.location.column} {f.severity} {f.field}: {f.message}"
        for f in findings
    ] == SAID[name]
    for finding in findings:
        field = bundled_schema().field(finding.field)
        question = field.question if field is not None else ""
        assert finding.question == ASKED_OTHERWISE.get(name, question)
        assert finding.paste == PASTED_OTHERWISE.get(name, PASTED.get(finding.field, ""))


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
    ids = [rule.id for rule in ALL_RULES]

    assert ids == sorted(set(ids))
    assert len({rule.name for rule in ALL_RULES}) == len(ALL_RULES)


@pytest.mark.parametrize("selector", ["WG101", "wg101", " WG101 ", "problem-missing"])
def test_rule_is_found_by_id_and_name(selector: str) -> None:
    assert find_rule(selector) is RULES[0]


def test_rule_is_not_found_by_another_word() -> None:
    assert find_rule("problem") is None


def test_every_rule_has_a_family() -> None:
    assert {family_of(rule) for rule in ALL_RULES} == set(FAMILIES.values())
