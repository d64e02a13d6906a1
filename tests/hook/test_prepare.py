"""Questions as comments: where they go in the message file, and which are asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from whygate.hook.prepare import HEADER, Question, insert_questions, list_questions
from whygate.judge.check import check
from whygate.model import Change, Origin, Part
from whygate.policy.config import PartialConfig, Preset
from whygate.policy.policy import Policy
from whygate.policy.presets import resolve_config
from whygate.schema.document import bundled_schema, load_user_schema
from whygate.schema.files import read_presets
from whygate.text.message import Cleanup, clean_message

if TYPE_CHECKING:
    from whygate.model import Verdict

from datetime import date

CUT = "------------------------ >8 ------------------------"
GIT = "# Please enter the commit message for your changes.\n#\n# On branch main\n"
ONE = (Question("Problem", "What problem?", ("Problem: <who is hurt>",)),)
TWO = (*ONE, Question("Outcome", "What\nchanges?", ("Outcome: <what>",)))
BLOCK = f"# {HEADER}\n#\n# What problem?\n# Problem: <who is hurt>\n#\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(f"\n{GIT}", f"\n\n{BLOCK}{GIT}", id="empty-subject"),
        pytest.param("", f"\n\n{BLOCK}", id="no-status"),
        pytest.param("\n", f"\n\n{BLOCK}", id="one-empty-line"),
        pytest.param(GIT, f"\n\n{BLOCK}{GIT}", id="no-subject-line"),
        pytest.param(f"Ticket:\n\n{GIT}", f"Ticket:\n\n{BLOCK}\n{GIT}", id="template"),
        pytest.param("Ticket:", f"Ticket:\n\n{BLOCK}".removesuffix("\n"), id="no-line-feed"),
        pytest.param(
            f"\n\nSigned-off-by: A <a@b>\n{GIT}",
            f"\n\n{BLOCK}Signed-off-by: A <a@b>\n{GIT}",
            id="sign-off",
        ),
        pytest.param(
            f"Title\n\nBody\n\nA: 1\nB: 2\n\n{GIT}",
            f"Title\n\nBody\n\n{BLOCK}A: 1\nB: 2\n\n{GIT}",
            id="trailers-of-a-template",
        ),
        pytest.param("Fix: it\n", f"Fix: it\n\n{BLOCK}", id="subject-like-a-trailer"),
        pytest.param(
            f"\n{GIT}# {CUT}\n# ignored\ndiff --git\nProblem: x\n",
            f"\n\n{BLOCK}{GIT}# {CUT}\n# ignored\ndiff --git\nProblem: x\n",
            id="diff",
        ),
        pytest.param(
            "\r\n# Please\r\n",
            f"\r\n\r\n{BLOCK}".replace("\n", "\r\n").replace("\r\r", "\r") + "# Please\r\n",
            id="crlf",
        ),
    ],
)
def test_questions_stand_where_trailers_belong(text: str, expected: str) -> None:
    assert insert_questions(text, ONE, comment="#") == expected


def test_each_question_is_one_line() -> None:
    filled = insert_questions("\n", TWO, comment="//")

    assert "// What changes?\n// Outcome: <what>\n//\n" in filled
    assert all(not line or line.startswith("//") for line in filled.split("\n"))


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(insert_questions(f"\n{GIT}", ONE, comment="#"), id="filled-before"),
        pytest.param(f"\n# {CUT}\n# Everything below it will be ignored.\n", id="scissors"),
        pytest.param("\n# Lines starting\n# with '#' will be kept; you may\n", id="whitespace"),
        pytest.param(f"\n# Problem: <mine>\n{GIT}", id="asked-in-a-comment"),
        pytest.param(f"\nProblem: mine\n{GIT}", id="asked-as-trailer"),
        pytest.param(f"\n## Problem\n{GIT}", id="asked-as-heading"),
    ],
)
def test_file_is_left_alone(text: str) -> None:
    assert insert_questions(text, ONE, comment="#") == text


@pytest.mark.parametrize(("questions", "comment"), [((), "#"), (ONE, "")], ids=["none", "comment"])
def test_nothing_to_ask_changes_nothing(questions: tuple[Question, ...], comment: str) -> None:
    assert insert_questions("\n", questions, comment=comment) == "\n"


def test_only_open_questions_are_added() -> None:
    filled = insert_questions(f"\nproblem : mine\n{GIT}", TWO, comment="#")

    assert "What problem?" not in filled
    assert "# Outcome: <what>\n" in filled


@given(
    st.text(st.sampled_from("# ;\nab:>\r\u2028é"), max_size=60),
    st.sampled_from(["#", ";", "//"]),
)
@settings(max_examples=300, deadline=None)
def test_left_unedited_it_adds_nothing_and_loses_nothing(text: str, comment: str) -> None:
    filled = insert_questions(text, TWO, comment=comment)
    before = clean_message(text, cleanup=Cleanup.STRIP, comment=comment).text
    after = clean_message(filled, cleanup=Cleanup.STRIP, comment=comment).text

    assert after == before
    assert insert_questions(filled, TWO, comment=comment) == filled
    removed = iter(filled.split("\n"))
    assert all(line in removed for line in text.split("\n"))


# --- which questions are asked -------------------------------------------------------------------

STANDARD = Policy(config=resolve_config(read_presets()), schema=bundled_schema())
DAY = date(2026, 12, 1)


def judge(text: str, policy: Policy = STANDARD) -> Verdict:
    title = text.split("\n", 1)[0]
    change = Change("m", title, (Part(Origin.MESSAGE, "m", text),))
    return check(change, policy, DAY)


def asked(text: str, policy: Policy = STANDARD) -> list[str]:
    return [question.title for question in list_questions(judge(text, policy), policy)]


@pytest.mark.parametrize(
    ("text", "titles"),
    [
        ("feat: x\n", ["Problem", "Who it helps", "Outcome", "Measurement"]),
        ("fix: x\n", ["Problem", "Measurement"]),
        ("docs: x\n", []),
        ("fixup! feat: x\n", []),
        ("whatever\n", ["Problem", "Outcome", "Measurement"]),
        ("feat: x\n\nProblem: 40 people retype rows\n", ["Who it helps", "Outcome", "Measurement"]),
        ("fix: x\n\nProblem: 40 people retype rows\n", []),
        ("whatever\n\nProblem: 40 people retype rows\n", []),
        (
            "feat: x\n\nProblem: TBD\nOutcome: <what>\n",
            ["Problem", "Who it helps", "Outcome", "Measurement"],
        ),
        ("fix: x\n\nExempt: trivial; it corrects a typo\n", ["Problem", "Measurement"]),
    ],
    ids=[
        "bare",
        "fix",
        "docs",
        "fixup",
        "unknown",
        "begun",
        "enough",
        "some",
        "stand-ins",
        "exempt",
    ],
)
def test_what_is_missing_is_asked(text: str, titles: list[str]) -> None:
    assert asked(text) == titles


def test_measurement_is_one_line_and_what_does_not_fit_on_it() -> None:
    questions = list_questions(judge("exp: x\n"), STANDARD)
    lines = next(q.lines for q in questions if q.title == "Measurement")

    assert lines[0] == ("Measurement: <what is counted> goes from <baseline> to <target> by <date>")
    assert [line.partition(":")[0] for line in lines[1:]] == ["Guardrail", "Decision-Rule"]


def test_fields_of_a_users_schema_are_asked() -> None:
    text = """{"$schema": "https://json-schema.org/draft/2020-12/schema", "type": "object",
      "required": ["tags", "steps", "plain"], "properties": {
        "tags": {"type": "array", "items": {"type": "string"}, "title": "Tags"},
        "plain": {"type": "string"},
        "steps": {"type": "array", "items": {"type": "object", "properties": {
          "what": {"type": "string"}}}}}}"""
    config = resolve_config(read_presets(), None, PartialConfig(preset=Preset.ADOPT))
    policy = Policy(config=config, schema=load_user_schema(text, "own.json"))

    assert asked("feat: x\n", policy) == ["Tags", "Plain", "Steps"]
    assert asked("feat: x\n\nTags: a\nPlain: words to say\nSteps: one\n", policy) == []
