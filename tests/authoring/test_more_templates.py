"""Commit templates and issue forms: unedited they fail, filled in as they ask they pass."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from datetime import date
from typing import TYPE_CHECKING

import pytest
import yaml

from whygate.authoring.templates import asked_names, render_commit_template, render_issue_form
from whygate.authoring.written import write_example
from whygate.hook.prepare import Question, insert_questions
from whygate.judge.check import check
from whygate.model import Change, Origin, Part, Severity, Status
from whygate.policy.config import Preset
from whygate.schema.document import load_user_schema
from whygate.text.message import Cleanup, clean_message

if TYPE_CHECKING:
    from pathlib import Path

    from tests.authoring.conftest import Judge, MakePolicy
    from tests.conftest import Repo

    from whygate.policy.policy import Policy
    from whygate.schema.document import DocumentSchema

TODAY = date(2026, 12, 1)
SUBJECT = "feat(export): write every row"
ALL = pytest.mark.parametrize("preset", list(Preset))
OWN = pytest.mark.parametrize("own", [False, True], ids=["bundled", "own schema"])


def strip(text: str, comment: str = "#") -> str:
    """Return a message as git records it."""
    return clean_message(text, cleanup=Cleanup.STRIP, comment=comment).text


def fill_commit(template: str, policy: Policy) -> str:
    """Write the example of each field behind its key, and the subject into the first line."""
    fields = {field.trailer: field for field in policy.schema.all_fields()}

    def answer(match: re.Match[str]) -> str:
        return f"{match[1]}: {write_example(fields[match[1]], due='+30d')}"

    return SUBJECT + re.sub(r"(?m)^([A-Z][A-Za-z-]*): $", answer, template)


def render_issue(form: str, answers: dict[str, str]) -> str:
    """Return the issue that GitHub makes of a form: a heading for each label, then the answer."""
    parts = []
    for element in yaml.safe_load(form)["body"]:
        label, given = element["attributes"]["label"], element["attributes"].get("value", "")
        answer = answers.get(element["id"], given) or "_No response_"
        parts.append(f"### {label}\n\n{answer}")
    return "\n\n".join(parts) + "\n"


def fill_issue(form: str, policy: Policy) -> dict[str, str]:
    """Return the answers of somebody who follows the placeholders and the labelled lines."""
    parts = {part.title: part for part in policy.schema.all_fields() if "." in part.name}
    answers = {}
    for element in yaml.safe_load(form)["body"]:
        attributes = element["attributes"]
        if "value" in attributes:
            lines = attributes["value"].split("\n")
            titles = [line.removeprefix("- ").removesuffix(": ") for line in lines]
            answers[element["id"]] = "\n".join(
                f"- {title}: {write_example(parts[title], due='+30d')}" for title in titles
            )
        elif "options" in attributes:
            answers[element["id"]] = attributes["options"][0]
        else:
            answers[element["id"]] = attributes["placeholder"]
    return answers


# --- the commit template ---------------------------------------------------------------------


@ALL
@OWN
def test_commit_template_with_a_subject_and_nothing_else_is_asked_everything(
    make_policy: MakePolicy, judge: Judge, own_schema: DocumentSchema, preset: Preset, own: bool
) -> None:
    policy = make_policy(preset, schema=own_schema if own else None)

    verdict = judge(strip(SUBJECT + render_commit_template(policy)), policy)

    heads = {n for n in asked_names(policy, "feature") if n != "measurement"}
    assert heads <= {f.field for f in verdict.findings}
    assert (verdict.status is Status.FAILED) is (preset is not Preset.ADOPT)


@ALL
@OWN
def test_commit_template_filled_in_passes(
    make_policy: MakePolicy, judge: Judge, own_schema: DocumentSchema, preset: Preset, own: bool
) -> None:
    policy = make_policy(preset, schema=own_schema if own else None)
    template = render_commit_template(policy)
    policy = make_policy(preset, schema=policy.schema, template=template)

    verdict = judge(strip(fill_commit(template, policy)), policy)

    assert ("Risk: " in template) is own
    assert (verdict.status, verdict.findings) == (Status.OK, ())


def test_questions_of_the_commit_template_read_as_no_deleted_heading(
    make_policy: MakePolicy,
) -> None:
    policy = make_policy()
    clean = clean_message(SUBJECT + render_commit_template(policy))
    part = Part(Origin.MESSAGE, "message", clean.text, clean.lines, clean.removed)

    verdict = check(Change("message", SUBJECT, (part,)), policy, TODAY)

    assert clean.removed
    assert "WG303" not in {finding.rule for finding in verdict.findings}


def test_hook_adds_no_question_to_a_template_that_asks(make_policy: MakePolicy) -> None:
    policy = make_policy()
    template = render_commit_template(policy)
    text = f"{template}\n# Please enter the commit message for your changes.\n"
    question = Question("Measurement", "How will you know?", ("Measurement: <x>",))

    assert insert_questions(text, (question,), comment="#") == text


@pytest.mark.parametrize("comment", [";", "//"])
def test_commit_template_uses_the_comment_string_of_git(
    make_policy: MakePolicy, judge: Judge, comment: str
) -> None:
    policy = make_policy()
    template = render_commit_template(policy, comment=comment)

    assert "#" not in template
    verdict = judge(strip(fill_commit(template, policy), comment), policy)
    assert verdict.status is Status.OK


def test_git_does_not_commit_the_template_as_it_is_and_keeps_only_answers(
    make_policy: MakePolicy, repo: Repo, tmp_path: Path
) -> None:
    policy = make_policy()
    template = render_commit_template(policy)
    path, filled = tmp_path / "template", tmp_path / "filled"
    path.write_text(template)
    filled.write_text(fill_commit(template, policy))
    repo.git("config", "commit.template", str(path))
    command = ["git", "-C", str(repo.path), "commit", "--allow-empty"]

    untouched = subprocess.run(
        command, env={**repo.environ, "GIT_EDITOR": "true"}, capture_output=True, check=False
    )
    repo.git("commit", "--allow-empty", "--quiet", GIT_EDITOR=f"cp '{filled}'")

    assert untouched.returncode != 0
    message = repo.git("log", "-1", "--format=%B")
    assert message.startswith(f"{SUBJECT}\n\nProblem: ")
    assert "whygate:template" not in message
    trailers = repo.git("log", "-1", "--format=%(trailers:only,unfold)").split("\n")
    assert [line.partition(":")[0] for line in trailers] == [
        *("Problem", "Audience", "Outcome", "Metric", "Baseline", "Target", "Evaluate-By"),
    ]


def test_templates_of_a_policy_that_asks_nothing_are_empty(make_policy: MakePolicy) -> None:
    none = _off(make_policy())
    policy = make_policy(config=f"version: 1\nkinds: {{feature: {{need: {{{none}}}}}}}\n")

    assert (render_commit_template(policy), render_issue_form(policy)) == ("", "")


def _off(policy: Policy) -> str:
    return ", ".join(f'{name}: "off"' for name in policy.config.kind("feature").need)


# --- the issue form --------------------------------------------------------------------------


@ALL
@OWN
def test_issue_form_left_empty_is_asked_everything(
    make_policy: MakePolicy, judge: Judge, own_schema: DocumentSchema, preset: Preset, own: bool
) -> None:
    policy = make_policy(preset, schema=own_schema if own else None)

    verdict = judge(render_issue(render_issue_form(policy), {}), policy, title=SUBJECT)

    heads = {n.partition(".")[0] for n in asked_names(policy, "feature")}
    assert heads <= {f.field.partition(".")[0] for f in verdict.findings}
    assert (verdict.status is Status.FAILED) is (preset is not Preset.ADOPT)


@ALL
@OWN
def test_issue_form_filled_in_passes(
    make_policy: MakePolicy, judge: Judge, own_schema: DocumentSchema, preset: Preset, own: bool
) -> None:
    policy = make_policy(preset, schema=own_schema if own else None)
    form = render_issue_form(policy)

    verdict = judge(render_issue(form, fill_issue(form, policy)), policy, title=SUBJECT)

    assert ("id: risk" in form) is own
    assert (verdict.status, verdict.findings) == (Status.OK, ())


@ALL
def test_issue_form_requires_what_fails(make_policy: MakePolicy, preset: Preset) -> None:
    policy = make_policy(preset)
    body = yaml.safe_load(render_issue_form(policy))["body"]

    required = {e["id"] for e in body if e["validations"]["required"]}
    needs = policy.needs("feature")
    assert required == {n for n, w in needs.items() if "." not in n and w is Severity.ERROR}


def test_issue_form_is_valid_for_github(
    make_policy: MakePolicy, own_schema: DocumentSchema, tmp_path: Path
) -> None:
    choice = {"type": "string", "title": "Cost\nof it", "enum": ["low", "high"]}
    source = {
        "$ref": "urn:whygate:product-context:1#/$defs/document",
        "required": ["cost: all", "links"],
        "properties": {"cost: all": choice},
    }
    schemas = (None, own_schema, load_user_schema(json.dumps(source), "own.json"))
    paths = []
    for number, schema in enumerate(schemas):
        for preset in Preset:
            path = tmp_path / f"{preset}-{number}.yml"
            path.write_text(render_issue_form(make_policy(preset, schema=schema)))
            paths.append(str(path))

    done = subprocess.run(
        [
            *(sys.executable, "-m", "check_jsonschema"),
            *("--builtin-schema", "vendor.github-issue-forms", *paths),
        ],
        capture_output=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout.decode()


def test_choice_and_list_of_an_issue_form(make_policy: MakePolicy, judge: Judge) -> None:
    source = {
        "$ref": "urn:whygate:product-context:1#/$defs/document",
        "required": ["cost", "links"],
        "properties": {"cost": {"type": "string", "enum": ["low", "high"]}},
    }
    policy = make_policy(schema=load_user_schema(json.dumps(source), "own.json"))
    form = render_issue_form(policy)
    body = {element["id"]: element for element in yaml.safe_load(form)["body"]}

    assert (body["cost"]["type"], body["cost"]["attributes"]["options"]) == (
        "dropdown",
        ["low", "high"],
    )
    issue = render_issue(form, fill_issue(form, policy))
    assert judge(issue, policy, title=SUBJECT).findings == ()
