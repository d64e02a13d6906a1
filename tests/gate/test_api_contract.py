"""GitHub's own description of its API, against what the action asks and what our fake answers."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING

import jsonschema_rs
import pytest
from msgspec.structs import replace

from whygate.forges.find import find_forge
from whygate.loop.measure import BRANCH, propose_results
from whygate.outcomes.ledger import LEDGER_PATH
from whygate.outcomes.result import Result, ResultState

if TYPE_CHECKING:
    from tests.conftest import Repo
    from tests.fake_github import FakeGitHub, Given, Json
    from tests.fake_server import Asked
    from tests.gate.conftest import RunStep

LEDGER = "ledger"
# What the action asks of GitHub; GraphQL has a description of its own.
PATHS = (
    "/repos/{owner}/{repo}",
    "/repos/{owner}/{repo}/pulls",
    "/repos/{owner}/{repo}/pulls/{pull_number}",
    "/repos/{owner}/{repo}/pulls/{pull_number}/commits",
    "/repos/{owner}/{repo}/pulls/{pull_number}/files",
    "/repos/{owner}/{repo}/commits/{commit_sha}/pulls",
    "/repos/{owner}/{repo}/issues",
    "/repos/{owner}/{repo}/issues/{issue_number}",
    "/repos/{owner}/{repo}/issues/{issue_number}/comments",
    "/repos/{owner}/{repo}/issues/comments/{comment_id}",
    "/repos/{owner}/{repo}/compare/{basehead}",
    "/repos/{owner}/{repo}/git/trees/{tree_sha}",
    "/repos/{owner}/{repo}/git/blobs",
    "/repos/{owner}/{repo}/git/blobs/{file_sha}",
    "/repos/{owner}/{repo}/git/ref/{ref}",
    "/repos/{owner}/{repo}/git/refs",
    "/repos/{owner}/{repo}/git/refs/{ref}",
    "/repos/{owner}/{repo}/git/commits",
    "/repos/{owner}/{repo}/git/commits/{commit_sha}",
    "/repos/{owner}/{repo}/git/trees",
    "/repos/{owner}/{repo}/contents/{path}",
    "/repos/{owner}/{repo}/collaborators/{username}/permission",
    "/repos/{owner}/{repo}/git/matching-refs/{ref}",
    "/repos/{owner}/{repo}/issues/{issue_number}/events",
    "/user",
)


class Contract:
    """The operations that the action may use, and the schemas they refer to."""

    def __init__(self, described: Json) -> None:
        self._whole = described
        self.used: set[tuple[str, str]] = set()

    def find(self, method: str, path: str) -> tuple[str, Json]:
        """Return the template of a path and its operation."""
        for template in PATHS:
            steps = re.sub(r"\{(?:ref|path)\}", ".+", template)  # these hold slashes
            if re.fullmatch(re.sub(r"\{[a-z_]+\}", "[^/]+", steps), path):
                operations = self._follow(self._whole["paths"])[template]
                self.used.add((method, template))
                return template, operations[method.lower()]  # type: ignore[index]
        raise AssertionError(f"GitHub describes no {method} {path}")

    def check_request(self, asked: Asked) -> None:
        """Fail when a request breaks the contract: its query, its body, its version."""
        _, operation = self.find(asked.method, asked.path)
        listed = operation.get("parameters", [])
        assert isinstance(listed, list)
        parameters = {p["name"]: p for p in map(self._follow, listed) if p["in"] == "query"}
        for name, value in asked.query.items():
            assert name in parameters, f"{asked.path} knows no {name}"
            typed = int(value) if value.isdigit() else value
            self._validate(parameters[name]["schema"], typed)
        if asked.body is not None:
            content = self._follow(operation["requestBody"])["content"]
            self._validate(content["application/json"]["schema"], asked.body)  # type: ignore[index]
        assert asked.headers["accept"] == "application/json"
        assert asked.headers["x-github-api-version"] == "2022-11-28"

    def check_answer(self, given: Given) -> None:
        """Fail when the fake gives a field another type than GitHub does.

        It leaves out most fields, so what is required does not count here.
        """
        _, operation = self.find(given.method, given.path)
        response = self._follow(operation["responses"][str(given.status)])  # type: ignore[index]
        schema = response["content"]["application/json"]["schema"]  # type: ignore[index]
        self._validate(schema, given.body, strict=False)

    def _follow(self, value: object) -> Json:
        assert isinstance(value, dict)
        found: Json = value
        while "$ref" in found:
            target: object = self._whole
            for step in str(found["$ref"]).removeprefix("#/").split("/"):
                target = target[step]  # type: ignore[index]
            assert isinstance(target, dict)
            found = target
        return found

    def _validate(self, schema: object, value: object, *, strict: bool = True) -> None:
        expanded = self._expand(schema, strict=strict)
        errors = [
            f"{e.instance_path}: {e.message}" for e in _validator(expanded).iter_errors(value)
        ]
        assert errors == []

    def _expand(self, schema: object, *, strict: bool, depth: int = 0) -> object:
        """Return a schema of OpenAPI 3.0 as JSON Schema, its references written out."""
        if depth > 12 or not isinstance(schema, dict):
            return True if isinstance(schema, dict) else schema
        found = dict(self._follow(schema))
        nullable = found.pop("nullable", False)
        for key in ("example", "examples", "format", *(() if strict else ("required",))):
            found.pop(key, None)
        for key in ("items", "additionalProperties"):
            if key in found:
                found[key] = self._expand(found[key], strict=strict, depth=depth + 1)
        for key in ("allOf", "anyOf", "oneOf"):
            if key in found:
                listed = found.pop(key)
                assert isinstance(listed, list)
                inner = [self._expand(s, strict=strict, depth=depth + 1) for s in listed]
                found["allOf" if key == "allOf" else "anyOf"] = inner
        if isinstance(found.get("properties"), dict):
            found["properties"] = {
                name: self._expand(inner, strict=strict, depth=depth + 1)
                for name, inner in found["properties"].items()  # type: ignore[attr-defined]
            }
        return {"anyOf": [found, {"type": "null"}]} if nullable else found


def _validator(schema: object) -> jsonschema_rs.Draft202012Validator:
    assert isinstance(schema, (dict, bool))
    return jsonschema_rs.Draft202012Validator(schema)


@pytest.fixture(scope="module")
def contract(openapi: Json) -> Contract:
    return Contract(openapi)


def keep_two_plans(gate: RunStep, github: FakeGitHub) -> None:
    """Make the action write two notes and a ledger."""
    ends = {"ref": "refs/heads/main", "before": github.base_sha, "deleted": False}
    for number, sha, keep in (
        (7, "e" * 40, "note"),
        (8, "f" * 40, "note"),
        (8, "f" * 40, "ledger"),
    ):
        github.add_pull(number, state="closed", merged=True, merge_commit_sha=sha)
        github.compared = [github.commit(f"feat: rows (#{number})", sha)]
        github.belonging[sha] = [number]
        event = {**ends, "after": sha, "repository": {"default_branch": "main"}}
        gate("push", event, WHYGATE_KEEP_PLAN=keep)


def keep_an_issue(gate: RunStep, repo: Repo) -> None:
    """Make the action open an issue about what is due, and close it."""
    event = {"schedule": "0 6 * * *", "repository": {"default_branch": "main"}}
    plan = "Metric: tickets a week\nBaseline: 9\nTarget: 1\nEvaluate-By: 2025-02-15\n"
    result = "Outcome-For: #12\nOutcome-Result: met; 1\n"
    for message in (f"feat: write every row (#12)\n\n{plan}", f"chore: record\n\n{result}"):
        repo.commit(message)
        gate("schedule", event, WHYGATE_DUE_ISSUE="true", GITHUB_WORKSPACE=str(repo.path))


def propose_twice(github: FakeGitHub) -> None:
    """Open our request, bring it up to date, and close it."""
    environ = {
        "WHYGATE_TOKEN": github.token,
        "GITHUB_REPOSITORY": github.repository,
        "GITHUB_API_URL": github.url,
    }
    forge = find_forge(environ, lambda _: None)
    line = Result("#12", date(2025, 2, 15), ResultState.MET, by="whygate")
    for number in (12, 13, 13):
        propose_results(forge, [replace(line, change=f"#{number}")], f"the table of {number}")
    github.move_on(".whygate/results.jsonl", github.files_of(BRANCH)[LEDGER_PATH].decode())
    assert propose_results(forge, [line], "nothing new").action == "closed"


def test_requests_and_answers_keep_to_githubs_description(
    gate: RunStep, github: FakeGitHub, contract: Contract, repo: Repo
) -> None:
    labels = "exempt: {labels: [no-why], labels_by: maintainers}"
    github.write(".whygate.yml", f"version: 1\n{labels}\n")
    github.write(".github/PULL_REQUEST_TEMPLATE/feature.md", "## Why\n")
    github.add_pull(body="")
    github.compared = [github.commit("feat: rows (#7)", "e" * 40)]
    github.label("no-why", "stranger")
    github.say("/whygate waive until 2026-01-10: this stops an outage of the shop")
    for body in ("", "## Problem\nForty people retype rows.\n"):
        github.pulls[7]["body"] = body
        gate("pull_request", github.event(), WHYGATE_COMMENT="true")
    group = {
        "head_ref": "refs/heads/gh-readonly-queue/main/pr-7-" + "d" * 40,
        "head_sha": "e" * 40,
        "base_ref": "refs/heads/main",
        "base_sha": github.base_sha,
    }
    gate("merge_group", {"action": "checks_requested", "merge_group": group})
    github.compared.insert(0, github.commit("feat: named for nobody", "9" * 40))
    gate("merge_group", {"action": "checks_requested", "merge_group": group})
    github.compared.pop(0)

    keep_two_plans(gate, github)
    keep_an_issue(gate, repo)
    propose_twice(github)

    asked = [a for a in github.asked if a.path != "/graphql"]
    for request in asked:
        contract.check_request(request)
    for answer in (g for g in github.given if g.path != "/graphql"):
        contract.check_answer(answer)
    assert {template for _, template in contract.used} == set(PATHS)
    assert {(a.method) for a in asked} == {"GET", "POST", "PATCH", "PUT"}


@pytest.mark.parametrize(
    ("asked", "query", "body"),
    [
        ("GET /repos/o/r/pulls/7/reviewers", {}, None),
        ("GET /repos/o/r/pulls/7", {"page_size": "1"}, None),
        ("GET /repos/o/r/pulls/7/commits", {"per_page": "many"}, None),
        ("POST /repos/o/r/issues/7/comments", {}, {"text": "x"}),
        ("PATCH /repos/o/r/issues/comments/7", {}, {"body": 7}),
    ],
    ids=["path", "parameter", "type", "missing", "body type"],
)
def test_contract_sees_a_request_that_breaks_it(
    github: FakeGitHub, contract: Contract, asked: str, query: dict[str, str], body: object
) -> None:
    method, path = asked.split(" ")
    headers = {"accept": "application/json", "x-github-api-version": "2022-11-28"}
    request = github.request(method, path, query, headers, body)

    with pytest.raises(AssertionError):
        contract.check_request(request)


def test_contract_sees_an_answer_that_breaks_it(github: FakeGitHub, contract: Contract) -> None:
    answer = github.response("GET", "/repos/o/r/pulls/7", {**github.pulls[7], "title": 7})

    with pytest.raises(AssertionError):
        contract.check_answer(answer)
