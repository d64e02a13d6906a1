"""`Covered by #12` in the gate: the forge says whether there is such a change, and its plan."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.fake_github import FakeGitHub, Json
    from tests.gate.conftest import RunStep, Step

PLAN = "Metric: retyped rows, weekly\nBaseline: 30\nTarget: 0\nEvaluate-By: +30d\n"
SHA = "5" * 40


def body(pointer: str) -> str:
    return f"## Problem\nExports stop at row 100 for 40 accountants.\n\n## Measurement\n{pointer}\n"


def run(gate: RunStep, github: FakeGitHub, pointer: str, preset: str = "standard") -> Step:
    github.write(".whygate.yml", f"version: 1\npreset: {preset}\n")
    github.add_pull(7, title="fix(export): write every row", body=body(pointer))
    return gate("pull_request", github.event())


def found(step: Step) -> list[str]:
    report: Any = step.report
    (change,) = report["changes"]
    return [f["message"] for f in change["findings"] if f["rule"] == "WG405"]


@pytest.mark.parametrize("preset", ["standard", "strict"])
@pytest.mark.parametrize(
    "state",
    [{}, {"state": "closed", "merged": True, "merge_commit_sha": SHA}],
    ids=["open", "merged"],
)
def test_plan_of_a_request_covers_another(
    gate: RunStep, github: FakeGitHub, state: Json, preset: str
) -> None:
    github.add_pull(12, **state)

    step = run(gate, github, "Covered by #12", preset)

    assert (step.status, step.outputs["verdict"], found(step)) == (0, "exempt", [])


def test_plan_in_a_commit_of_the_other_request_counts(gate: RunStep, github: FakeGitHub) -> None:
    github.add_pull(12, body="")
    github.commits[12] = [github.commit(f"feat: rows\n\n{PLAN}", SHA)]

    assert found(run(gate, github, "Covered by #12")) == []


@pytest.mark.parametrize("preset", ["standard", "strict"])
@pytest.mark.parametrize(
    ("pointer", "said"),
    [
        ("Covered by #99", "there is no change `#99`"),
        ("Covered by #13", "`#13` has no plan of its own: no metric, target and day"),
        ("Covered by #14", "#14 was closed without being merged"),
        ("Covered by #7", "a change cannot be covered by its own plan that it does not have"),
        ("Covered by #15", "`#15` has no plan of its own: no metric, target and day"),
        (f"Covered by {SHA}", f"there is no change `{SHA}`"),
        (f"Covered by commit {'d' * 39}1", "there is no change"),
        ("Covered by dddddddddddd1", "there is no change"),
        (f"Covered by {'c' * 39}1", "a change cannot be covered by its own plan"),
    ],
    ids=[
        "none",
        "no plan",
        "closed",
        "itself",
        "covered by this one",
        "fork",
        "40",
        "short",
        "own commit",
    ],
)
def test_pointer_to_no_plan_covers_nothing(
    gate: RunStep, github: FakeGitHub, pointer: str, said: str, preset: str
) -> None:
    github.add_pull(13, body="## Problem\nExports stop at row 100.\n")
    github.add_pull(14, state="closed")
    github.add_pull(15, title="fix: more", body=body("Covered by #7"))
    github.commits_by_sha[SHA] = github.commit(f"feat: rows\n\n{PLAN}", SHA)
    github.compared = [github.commits_by_sha[SHA]]  # of a fork: the base does not hold it

    step = run(gate, github, pointer, preset)

    assert step.outputs["verdict"] == "failed"
    assert [message.startswith(said) for message in found(step)] == [True], found(step)


def test_commit_of_the_base_branch_covers_a_change(gate: RunStep, github: FakeGitHub) -> None:
    github.commits_by_sha[SHA] = github.commit(f"feat: rows\n\n{PLAN}", SHA)

    assert found(run(gate, github, f"Covered by {SHA[:9]}")) == []


def test_commit_counts_as_the_request_it_belongs_to(gate: RunStep, github: FakeGitHub) -> None:
    github.commits_by_sha[SHA] = github.commit("feat: rows", SHA)
    github.belonging = {SHA: [12]}
    github.add_pull(12)

    assert found(run(gate, github, f"Covered by commit `{SHA[:12]}`")) == []


def test_plan_of_another_repository_is_not_looked_up(gate: RunStep, github: FakeGitHub) -> None:
    step = run(gate, github, "Covered by octo-org/other#12")

    assert found(step) == ["the plan `octo-org/other#12` was not looked up here"]
    assert run(gate, github, "Covered by octo-org/other#12", "strict").status == 1


@pytest.mark.parametrize("answer", [b"{}", b"[]", b'{"number": 12}'], ids=["empty", "list", "half"])
def test_request_never_passes_by_half_an_answer_about_the_other(
    gate: RunStep, github: FakeGitHub, answer: bytes
) -> None:
    github.add_pull(12)
    github.fail("/pulls/12$", status=200, body=answer)

    step = run(gate, github, "Covered by #12")

    assert (step.status, step.outputs["verdict"]) == (3, "undecided")


def test_request_of_another_number_proves_nothing(gate: RunStep, github: FakeGitHub) -> None:
    github.add_pull(12)
    github.fail("/pulls/99$", status=200, body=json.dumps(github.pulls[12]).encode())

    assert run(gate, github, "Covered by #99").status == 3
