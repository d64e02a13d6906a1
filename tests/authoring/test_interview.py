"""The interview: it asks what the policy asks, and judges each answer by the rules."""

from __future__ import annotations

import json
from datetime import date
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from whygate.authoring.interview import (
    Interview,
    Question,
    declare_kind,
    judge_interview,
    leave_open,
    list_exemptions,
    next_question,
    try_answer,
    try_exemption,
)
from whygate.authoring.written import write_example
from whygate.model import Severity, Status
from whygate.policy.config import Preset
from whygate.schema.document import load_user_schema
from whygate.schema.files import DOCUMENT, read_bundled

if TYPE_CHECKING:
    from tests.authoring.conftest import MakePolicy

    from whygate.policy.policy import Policy
    from whygate.schema.document import DocumentSchema

TODAY = date(2026, 12, 1)
PROBLEM = "exports stop at row 100, so 40 accountants retype the rest"
OUTCOME = "they close the month without retyping a single row"


def start(policy: Policy, title: str = "feat(export): write every row") -> Interview:
    return Interview(policy, TODAY, title=title)


def asked(interview: Interview) -> Question:
    question = next_question(interview)
    assert question is not None
    return question


def answer(interview: Interview, *texts: str) -> Interview:
    """Answer the questions as they come; an empty text leaves one open."""
    for text in texts:
        question = asked(interview)
        if not text:
            interview = leave_open(interview, question)
            continue
        attempt = try_answer(interview, question, text)
        assert not attempt.is_refused, (question.name, attempt.problems)
        interview = attempt.interview
    return interview


def names(interview: Interview) -> list[str]:
    """Leave everything open, and return what was asked."""
    found = []
    while (question := next_question(interview)) is not None:
        found.append(question.name)
        interview = leave_open(interview, question)
    return found


# --- what is asked ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("title", "fields"),
    [
        ("feat: x", ["problem", "audience", "outcome", "measurement", "metric", "baseline"]),
        ("fix: x", ["problem", "measurement", "metric", "target", "evaluate_by"]),
        ("chore: x", ["problem"]),
        ("docs: x", []),
        ("chore(deps): x", []),
    ],
)
def test_only_what_the_kind_needs_is_asked(
    make_policy: MakePolicy, title: str, fields: list[str]
) -> None:
    found = names(start(make_policy(), title))

    assert [name.removeprefix("measurement.") for name in found][: len(fields)] == fields
    assert fields or not found


@pytest.mark.parametrize("preset", list(Preset))
@pytest.mark.parametrize("own", [False, True], ids=["bundled", "own schema"])
def test_answering_with_the_examples_of_the_schema_passes(
    make_policy: MakePolicy, own_schema: DocumentSchema, preset: Preset, own: bool
) -> None:
    interview = start(make_policy(preset, schema=own_schema if own else None))
    seen = []

    while (question := next_question(interview)) is not None:
        seen.append(question.name)
        if question.is_whole:
            interview = leave_open(interview, question)
            continue
        attempt = try_answer(interview, question, write_example(question.field, due="+30d"))
        assert attempt.problems == ()
        interview = attempt.interview

    verdict = judge_interview(interview)
    assert ("risk" in seen) is own
    assert (verdict.status, verdict.findings) == (Status.OK, ())


def test_persona_in_the_problem_answers_who_it_helps(make_policy: MakePolicy) -> None:
    policy = make_policy(config="version: 1\npersonas: [accountants]\n")

    interview = answer(start(policy), PROBLEM)

    assert asked(interview).name == "outcome"


def test_kind_that_is_declared_decides(make_policy: MakePolicy) -> None:
    interview = declare_kind(start(make_policy(), "write every row"), "chore")

    assert judge_interview(interview).kind.name == "chore"
    assert names(interview) == ["problem"]


def test_branch_tells_the_kind_of_an_unspoken_title(make_policy: MakePolicy) -> None:
    interview = replace(start(make_policy(), "write every row"), branch="fix/rows")

    assert judge_interview(interview).kind.name == "fix"


# --- the measurement -------------------------------------------------------------------------


def test_measurement_in_one_whole_sentence_asks_nothing_more(make_policy: MakePolicy) -> None:
    sentence = "tickets about missing rows go from 9 to 1 a week by 2027-02-15"

    interview = answer(start(make_policy()), PROBLEM, "accountants", OUTCOME, sentence)

    assert next_question(interview) is None
    assert judge_interview(interview).findings == ()
    assert interview.answers.items["measurement"] == ({"measurement": (sentence,)},)


def test_measurement_that_lacks_a_part_is_asked_for_that_part(make_policy: MakePolicy) -> None:
    sentence = "tickets about missing rows go from 9 to 1 a week"

    interview = answer(start(make_policy()), PROBLEM, "accountants", OUTCOME, sentence)

    assert asked(interview).name == "measurement.evaluate_by"
    interview = answer(interview, "+30d")
    assert next_question(interview) is None
    assert judge_interview(interview).findings == ()


def test_measurement_without_a_number_is_taken_for_the_metric(make_policy: MakePolicy) -> None:
    interview = start(make_policy(), "fix: rows")

    interview = answer(interview, PROBLEM, "how often the support hears of lost rows")

    entry = interview.answers.items["measurement"][0]
    assert entry == {"measurement.metric": ("how often the support hears of lost rows",)}
    assert asked(interview).name == "measurement.target"


def test_observation_needs_no_baseline(make_policy: MakePolicy) -> None:
    interview = answer(start(make_policy()), PROBLEM, "accountants", OUTCOME, "")
    interview = answer(interview, "do three accountants export alone")

    assert asked(interview).name == "measurement.baseline"
    interview = answer(interview, "", "answer: yes")
    assert asked(interview).name == "measurement.evaluate_by"


def test_part_is_judged_with_the_parts_before_it(make_policy: MakePolicy) -> None:
    interview = answer(start(make_policy()), PROBLEM, "accountants", OUTCOME, "", "tickets", "38 %")

    attempt = try_answer(interview, asked(interview), "300 ms")

    assert [problem.rule for problem in attempt.problems] == ["WG205"]
    assert attempt.is_refused


def test_items_of_a_team_are_asked_part_by_part(make_policy: MakePolicy) -> None:
    risk = {"type": "array", "items": {"type": "object", "properties": {"what": {}, "when": {}}}}
    source = json.loads(read_bundled(DOCUMENT))
    source["$id"] = "urn:example:own"
    source["$defs"]["document"]["properties"]["risks"] = risk
    chore, docs = "{need: {risks: error, risks.what: error}}", "{need: {risks: error}}"
    policy = make_policy(
        config=f"version: 1\nkinds: {{chore: {chore}, docs: {docs}}}\n",
        schema=load_user_schema(json.dumps(source), "own.json"),
    )

    assert names(start(policy, "chore: x")) == ["problem", "risks.what"]
    assert names(start(policy, "docs: x")) == ["risks"]
    interview = answer(start(policy, "docs: x"), "the file may grow beyond ten megabytes")
    assert next_question(interview) is None


# --- each answer is judged -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "rule", "refused"),
    [
        ("Speed.", "WG114", True),
        ("Exports are slow.", "WG114", False),
        ("TBD", "WG112", True),
        ("https://example.org/1", "WG116", False),
        ("write every row", "WG114", False),
        (PROBLEM, "", False),
        ("<!-- hidden -->", "WG111", True),
    ],
)
def test_answer_earns_what_the_check_finds(
    make_policy: MakePolicy, text: str, rule: str, refused: bool
) -> None:
    interview = start(make_policy())

    attempt = try_answer(interview, asked(interview), text)

    assert (rule in [p.rule for p in attempt.problems]) is bool(rule)
    assert attempt.is_refused is refused


def test_answer_is_not_blamed_for_what_is_yet_to_be_asked(make_policy: MakePolicy) -> None:
    interview = start(make_policy())

    attempt = try_answer(interview, asked(interview), PROBLEM)

    assert attempt.problems == ()
    assert not judge_interview(attempt.interview).ok


def test_answer_with_markup_cannot_take_the_next_one_along(make_policy: MakePolicy) -> None:
    interview = answer(start(make_policy()), f"{PROBLEM}\n## Outcome\nA heading.", "accountants")

    assert asked(interview).name == "outcome"


# --- honest exemptions -----------------------------------------------------------------------


def test_sentence_of_an_exemption_is_one_wherever_it_is_written(make_policy: MakePolicy) -> None:
    sentence = "Not measurable because fewer than ten customers use it; we ask three by 2027-01-31"

    interview = answer(start(make_policy()), PROBLEM, "accountants", OUTCOME, sentence)

    assert next_question(interview) is None
    assert interview.answers.texts["exempt"] == (sentence,)
    assert judge_interview(interview).status is Status.EXEMPT


def test_exemption_that_is_refused_is_judged_as_one(make_policy: MakePolicy) -> None:
    interview = answer(start(make_policy()), PROBLEM, "accountants", OUTCOME)

    attempt = try_answer(interview, asked(interview), "Not measurable because few")

    assert [(p.rule, p.severity) for p in attempt.problems] == [("WG401", Severity.ERROR)]


def test_exemption_excuses_what_its_class_excuses(make_policy: MakePolicy) -> None:
    interview = start(make_policy())

    attempt = try_exemption(interview, "Covered by bet cart-sync")

    assert attempt.problems == ()
    assert names(attempt.interview) == ["problem"]


@pytest.mark.parametrize(
    ("title", "at", "classes"),
    [
        ("feat: x", "problem", []),
        ("feat: x", "outcome", ["covered-by", "deferred"]),
        ("feat: x", "measurement", ["not-measurable", "covered-by", "deferred"]),
        ("fix: x", "problem", ["trivial"]),
    ],
)
def test_exemptions_are_offered_where_they_excuse(
    make_policy: MakePolicy, title: str, at: str, classes: list[str]
) -> None:
    policy = make_policy()
    field = policy.schema.field(at)
    assert field is not None

    found = list_exemptions(start(policy, title), Question(field, Severity.ERROR))

    assert [str(name) for name in found] == classes


def test_schema_without_exemptions_offers_none(make_policy: MakePolicy) -> None:
    schema = load_user_schema('{"required": ["why"], "properties": {"why": {}}}', "own.json")
    policy = make_policy(schema=schema)

    interview = start(policy)

    assert list_exemptions(interview, asked(interview)) == ()
