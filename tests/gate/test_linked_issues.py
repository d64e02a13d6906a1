"""The gate reads the issue that a request closes: the question can be answered before any code."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from whygate.forges.github.pull_request import closed_numbers

if TYPE_CHECKING:
    from tests.fake_github import FakeGitHub, Json
    from tests.gate.conftest import RunStep, Step

ADA: Json = {"login": "ada", "type": "User"}
ISSUE = """\
### Problem

Exports stop at row 100, so 40 accountants retype the rest every month.

### Who it helps

Accountants at firms with more than ten clients.

### Outcome

They close the month without retyping a single row.

### Measurement

- Metric: nothing that an issue may promise
- Target: 7
"""
PLAN = """\
Fixes #12

## Measurement
- Metric: retyped rows per accountant, monthly
- Baseline: 30
- Target: 0
- Evaluate by: +30d
"""


def change_of(step: Step) -> Any:
    report: Any = step.report
    return report["changes"][0]


def found(step: Step) -> set[str]:
    return {finding["rule"] for finding in change_of(step)["findings"]}


def test_issue_answers_for_the_request_that_closes_it(
    gate: RunStep, github: FakeGitHub, event: Json
) -> None:
    github.add_issue(12, ISSUE, ADA)
    github.add_pull(body=PLAN)
    step = gate("pull_request", event)

    assert (step.status, step.outputs["verdict"]) == (0, "ok")
    assert '"origin": "issue"' in json.dumps(change_of(step))
    assert "issue #12, which #7 closes, was read" in step.out


def test_issue_promises_no_plan(gate: RunStep, github: FakeGitHub, event: Json) -> None:
    github.add_issue(12, ISSUE, ADA)
    github.add_pull(body="Fixes #12\n")
    step = gate("pull_request", event)

    assert step.status == 1
    assert "WG103" in found(step)
    assert "WG101" not in found(step)


def test_issues_are_not_read_where_they_are_turned_off(
    gate: RunStep, github: FakeGitHub, event: Json
) -> None:
    github.trees[github.base_sha][".whygate.yml"] = ("100644", b"linked_issues: false\n")
    github.add_issue(12, ISSUE, ADA)
    github.add_pull(body=PLAN)
    step = gate("pull_request", event)

    assert "WG101" in found(step)
    assert "GET /issues/12" not in github.paths()


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"pull_request": {"url": "x"}}, id="pull request"),
        pytest.param({"repository_url": "https://api.github.com/repos/a/b"}, id="moved away"),
        pytest.param({"body": None}, id="empty"),
    ],
)
def test_issue_that_is_none_of_here_answers_nothing(
    gate: RunStep, github: FakeGitHub, event: Json, changes: dict[str, object]
) -> None:
    github.add_issue(12, ISSUE, ADA).update(changes)
    github.add_pull(body=PLAN)

    assert "WG101" in found(gate("pull_request", event))


def test_issue_that_cannot_be_read_answers_nothing_and_is_named(
    gate: RunStep, github: FakeGitHub, event: Json
) -> None:
    github.add_pull(body=PLAN)
    step = gate("pull_request", event)

    assert step.status == 1
    assert "WG101" in found(step)
    assert "was not read, so it answers for nothing" in step.out


def test_no_more_than_a_few_issues_are_read(gate: RunStep, github: FakeGitHub, event: Json) -> None:
    for number in range(20, 30):
        github.add_issue(number, "words", ADA)
    github.add_pull(body="".join(f"Closes #{n}\n\n" for n in range(20, 30)))
    gate("pull_request", event)

    assert sum(path.startswith("GET /issues/2") for path in github.paths()) == 3


@pytest.mark.parametrize(
    ("body", "numbers"),
    [
        ("Fixes #12", (12,)),
        ("closes: #12, resolves #13", (12, 13)),
        ("Fixed octo/repo#12 and close OCTO/Repo#13", (12, 13)),
        ("Resolved https://github.com/octo/repo/issues/12", (12,)),
        ("Fixes #12 and fixes #12", (12,)),
        ("Fixes other/repo#12", ()),
        ("Fixes https://github.com/other/repo/issues/12", ()),
        ("See #12", ()),
        ("Prefixes #12", ()),
        ("<!-- Fixes #12 -->", ()),
        ("```\nFixes #12\n```", ()),
        ("Fixes #0", ()),
        ("", ()),
    ],
)
def test_closing_words_are_githubs(body: str, numbers: tuple[int, ...]) -> None:
    assert closed_numbers(body, "octo/repo") == numbers
