"""What we take for an answer, against GitHub's own description of its API."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec import Struct

from whygate.forges.answers import shape
from whygate.forges.github import shapes

if TYPE_CHECKING:
    from hypothesis.strategies import DataObject, SearchStrategy

ROOT = Path(__file__).parents[2]
REPO = "/repos/{owner}/{repo}"
# Each question, what we take its answer for, and whether the answer is a list of such.
ANSWERS: dict[str, tuple[str, Any, tuple[str, ...]]] = {
    "request": (f"{REPO}/pulls/{{pull_number}}", shapes.Pull, ("number", "labels", "head", "base")),
    "commits": (f"{REPO}/pulls/{{pull_number}}/commits", shapes.ListedCommit, ("sha", "commit")),
    "files": (f"{REPO}/pulls/{{pull_number}}/files", shapes.File, ("filename",)),
    "of a commit": (f"{REPO}/commits/{{commit_sha}}/pulls", shapes.ListedPull, ("number", "base")),
    "compared": (f"{REPO}/compare/{{basehead}}", shapes.Comparison, ("commits",)),
    "tree": (f"{REPO}/git/trees/{{tree_sha}}", shapes.Tree, ("sha", "tree")),
    "blob": (f"{REPO}/git/blobs/{{file_sha}}", shapes.Blob, ("content", "encoding")),
    "ref": (f"{REPO}/git/ref/{{ref}}", shapes.Ref, ("object",)),
    "commit": (f"{REPO}/git/commits/{{commit_sha}}", shapes.GitCommit, ("sha", "tree")),
    "comments": (f"{REPO}/issues/{{issue_number}}/comments", shapes.Comment, ("id", "user")),
    "dated": (
        f"{REPO}/issues/{{issue_number}}/comments",
        shapes.DatedComment,
        ("created_at", "updated_at", "user"),
    ),
    "permission": (
        f"{REPO}/collaborators/{{username}}/permission",
        shapes.Permission,
        ("permission", "user"),
    ),
    "home": (REPO, shapes.Home, ("default_branch",)),
    "proposed": (f"{REPO}/pulls", shapes.ProposedPull, ("number", "title", "head", "base")),
    "fork": (f"{REPO}/compare/{{basehead}}", shapes.Fork, ("merge_base_commit",)),
    "issue": (
        f"{REPO}/issues/{{issue_number}}",
        shapes.ReadIssue,
        ("number", "title", "repository_url"),
    ),
    "events": (f"{REPO}/issues/{{issue_number}}/events", shapes.IssueEvent, ("event",)),
    "issues": (f"{REPO}/issues", shapes.Issue, ("number", "title", "state", "user")),
}
HASHES = st.text("0123456789abcdef", min_size=40, max_size=40)
# The rest of what GitHub tells is nothing to us, and would take long to draw.
READ = {
    name
    for made in vars(shapes).values()
    if isinstance(made, type) and issubclass(made, Struct)
    for name in made.__struct_fields__
}
LISTED = {"refs", "commits", "files", "of a commit", "comments", "dated", "proposed"}
LISTED |= {"issues", "events"}


@pytest.fixture(scope="module")
def openapi() -> dict[str, Any]:
    """Give GitHub's own description of its API, as npm packs it."""
    default = ROOT / "node_modules/.whygate/api.github.com.json"
    path = Path(os.environ.get("WHYGATE_OPENAPI") or default)
    assert path.is_file(), "./run-tests unpacks @octokit/openapi and needs npm"
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


def follow(whole: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in schema:
        target: Any = whole
        for step in schema["$ref"].removeprefix("#/").split("/"):
            target = target[step]
        schema = target
    return schema


def draw_from(
    whole: dict[str, Any], schema: dict[str, Any], name: str = "", depth: int = 0
) -> SearchStrategy[Any]:
    """Return a strategy for what a schema of OpenAPI allows, as deep as our shapes look."""
    schema = follow(whole, schema)
    if depth > 5:
        return st.just({}) if schema.get("type") == "object" else st.none()
    for key in ("anyOf", "oneOf"):
        if key in schema:
            return draw_from(whole, schema[key][0], name, depth)
    if "allOf" in schema:
        return draw_from(whole, schema["allOf"][0], name, depth)
    drawn = _draw_typed(whole, schema, name, depth)
    return st.one_of(st.none(), drawn) if schema.get("nullable") else drawn


def _draw_typed(
    whole: dict[str, Any], schema: dict[str, Any], name: str, depth: int
) -> SearchStrategy[Any]:
    if "enum" in schema:
        return st.sampled_from([value for value in schema["enum"] if value is not None])
    match schema.get("type"):
        case "object":
            listed = {
                key: draw_from(whole, inner, key, depth + 1)
                for key, inner in schema.get("properties", {}).items()
                if key in READ
            }
            required = {key: value for key, value in listed.items() if key in _required(schema)}
            return st.fixed_dictionaries(
                required,
                optional={key: listed[key] for key in sorted(listed.keys() - required.keys())},
            )
        case "array":
            return st.lists(draw_from(whole, schema["items"], name, depth + 1), max_size=2)
        case "integer" | "number":
            return st.integers(1, 1 << 31)
        case "boolean":
            return st.booleans()
    if name == "sha" or name.endswith("_sha"):
        return HASHES
    known = {"encoding": ["base64"], "state": ["open", "closed"]}
    if name in known:  # described as a text, with these as its values
        return st.sampled_from(known[name])
    return st.text(min_size=1, max_size=5)


def _required(schema: dict[str, Any]) -> set[str]:
    return set(schema.get("required", ()))


@pytest.fixture(scope="module")
def drawn(openapi: dict[str, Any]) -> dict[str, SearchStrategy[Any]]:
    """Give a strategy for the answer to each question, or for one entry of a list."""
    found = {}
    for question, (path, _, _) in ANSWERS.items():
        operation = openapi["paths"][path]["get"]
        response = follow(openapi, operation["responses"]["200"])
        schema = follow(openapi, response["content"]["application/json"]["schema"])
        entry = follow(openapi, schema["items"]) if question in LISTED else schema
        found[question] = draw_from(openapi, entry)
    return found


@pytest.mark.parametrize("question", ANSWERS)
@settings(max_examples=15, suppress_health_check=list(HealthCheck), deadline=None)
@given(data=st.data())
def test_answer_that_github_describes_is_taken(
    drawn: dict[str, SearchStrategy[Any]], question: str, data: DataObject
) -> None:
    answer = data.draw(drawn[question])

    taken = shape(answer, ANSWERS[question][1])

    assert isinstance(taken, ANSWERS[question][1])


@pytest.mark.parametrize("question", ANSWERS)
@settings(max_examples=15, suppress_health_check=list(HealthCheck), deadline=None)
@given(data=st.data())
def test_answer_that_lacks_what_we_need_is_refused(
    drawn: dict[str, SearchStrategy[Any]], question: str, data: DataObject
) -> None:
    answer = data.draw(drawn[question])
    needed = data.draw(st.sampled_from(ANSWERS[question][2]))
    wrong = data.draw(st.sampled_from(["gone", True, 7.5, {"x": []}]))
    broken = {**answer, needed: wrong}
    if wrong == "gone":
        del broken[needed]

    said = needed if wrong == "gone" else "Expected|Invalid|missing"
    with pytest.raises(ValueError, match=said):
        shape(broken, ANSWERS[question][1])


@pytest.mark.parametrize("question", ANSWERS)
@settings(max_examples=10, suppress_health_check=list(HealthCheck), deadline=None)
@given(value=st.recursive(st.none() | st.booleans() | st.integers() | st.text(), st.lists))
def test_answer_that_is_no_object_is_refused(question: str, value: object) -> None:
    with pytest.raises(ValueError, match="Expected `object`"):
        shape(value, ANSWERS[question][1])


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Mark what only npm can provide."""
    if "drawn" in metafunc.fixturenames:
        metafunc.definition.add_marker(pytest.mark.npm)
