"""A request that must fail, and an API that goes wrong at every question: nothing makes it pass."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.fake_github import FakeGitHub, Json
    from tests.gate.conftest import RunStep

# Every question of a run about one request, and about a merge group.
QUESTIONS = {
    "request": r"/pulls/7$",
    "tip": r"/git/ref/heads/main$",
    "top": rf"/git/trees/{'b' * 40}$",
    "directory": r"/git/trees/(?!b)",
    "configuration": r"/git/blobs/",
    "commits": r"/pulls/7/commits$",
    "files": r"/pulls/7/files$",
}
ANSWERS: dict[str, tuple[int, bytes]] = {
    "an empty object": (200, b"{}"),
    "an empty list": (200, b"[]"),
    "null": (200, b"null"),
    "a text": (200, b'"ok"'),
    "a number": (200, b"7"),
    "true": (200, b"true"),
    "a list of nothing": (200, b"[null]"),
    "a list of objects": (200, b"[{}]"),
    "an object of objects": (200, b'{"number": {}, "tree": {}, "object": {}, "content": {}}'),
    "a page": (200, b"<html>Log in</html>"),
    "half an answer": (200, b'{"number": 7, "title": "feat'),
    "nothing": (200, b""),
    "no content": (204, b""),
    "many brackets": (200, b"[" * 50_000),
    "not modified": (304, b""),
    "bad request": (400, b'{"message": "Bad Request"}'),
    "unauthorized": (401, b'{"message": "Bad credentials"}'),
    "forbidden": (403, b'{"message": "Resource not accessible by integration"}'),
    "not found": (404, b'{"message": "Not Found"}'),
    "gone": (410, b"{}"),
    "unprocessable": (422, b"{}"),
    "too many": (429, b"{}"),
    "legal": (451, b"{}"),
    "broken": (500, b"{}"),
    "bad gateway": (502, b"<html>"),
    "unavailable": (503, b""),
}


@pytest.fixture
def strict(github: FakeGitHub, monkeypatch: pytest.MonkeyPatch) -> FakeGitHub:
    """Give a strict base, and a request that answers nothing."""
    monkeypatch.setattr("whygate.forges.rest._FIRST_PAUSE", 0.0001)
    github.write(".whygate.yml", "version: 1\npreset: strict\n")
    github.write(".github/pull_request_template.md", "## Why\n")
    github.add_pull(body="")
    return github


def queue(github: FakeGitHub) -> Json:
    github.compared = [github.commit("queued", "8" * 40), github.commit("feat: rows")]
    github.belonging = {"8" * 40: [7]}
    group = {
        "head_ref": "refs/heads/gh-readonly-queue/main/pr-7-" + "d" * 40,
        "head_sha": github.head_sha,
        "base_ref": "refs/heads/main",
        "base_sha": github.base_sha,
    }
    return {"action": "checks_requested", "merge_group": group}


def test_request_fails_when_the_api_is_well(gate: RunStep, strict: FakeGitHub) -> None:
    step = gate("pull_request", strict.event())

    assert (step.status, step.outputs["verdict"]) == (1, "failed")


@pytest.mark.parametrize("answer", ANSWERS)
@pytest.mark.parametrize("question", QUESTIONS)
def test_request_never_passes_by_a_fault(
    gate: RunStep, strict: FakeGitHub, question: str, answer: str
) -> None:
    status, body = ANSWERS[answer]
    for _ in range(5):
        strict.fail(QUESTIONS[question], status=status, body=body)

    step = gate("pull_request", strict.event())

    assert (step.status, step.outputs["verdict"]) == (3, "undecided"), step.out
    assert len([name for name, _ in step.commands if name == "error"]) == 1
    assert strict.token not in step.out + step.err + step.summary


@pytest.mark.parametrize("answer", ANSWERS)
@pytest.mark.parametrize("question", ["/compare/", "/commits/8+/pulls$"])
def test_group_never_passes_by_a_fault(
    gate: RunStep, strict: FakeGitHub, question: str, answer: str
) -> None:
    status, body = ANSWERS[answer]
    for _ in range(5):
        strict.fail(question, status=status, body=body)

    step = gate("merge_group", queue(strict))

    assert (step.status, step.outputs["verdict"]) in ((3, "undecided"), (1, "failed")), step.out


# Fields that are lost or of another type on the way


def positions(value: object, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """Return the place of every value inside a JSON value."""
    found = [path] if path else []
    entries = value.items() if isinstance(value, dict) else ()
    if isinstance(value, list):
        entries = enumerate(value)  # type: ignore[assignment]
    for key, inner in entries:
        found += positions(inner, (*path, key))
    return found


def without(value: object, path: tuple[str | int, ...]) -> object:
    """Return a copy of a JSON value that lacks what stands at a place."""
    copy = json.loads(json.dumps(value))
    inner = copy
    for step in path[:-1]:
        inner = inner[step]
    del inner[path[-1]]
    return copy


def replaced(value: object, path: tuple[str | int, ...]) -> object:
    """Return a copy of a JSON value in which something else stands at a place."""
    copy = json.loads(json.dumps(value))
    inner = copy
    for step in path[:-1]:
        inner = inner[step]
    old = inner[path[-1]]
    inner[path[-1]] = [7] if isinstance(old, (str, dict)) or old is None else "x"
    return copy


@pytest.mark.parametrize("change", [without, replaced])
def test_request_never_passes_by_a_field_that_is_lost_or_another(
    gate: RunStep, strict: FakeGitHub, change: object
) -> None:
    gate("pull_request", strict.event())
    answers = {given.path: given.body for given in strict.given}
    assert callable(change)
    seen = 0
    for path, answer in answers.items():
        for place in positions(answer):
            strict.faults.clear()
            body = json.dumps(change(answer, place)).encode()
            strict.fail(f"^{path}$", status=200, body=body)

            step = gate("pull_request", strict.event())

            verdict = (step.status, step.outputs["verdict"])
            assert verdict in ((3, "undecided"), (1, "failed")), (path, place)
            seen += 1
    assert seen >= 60
