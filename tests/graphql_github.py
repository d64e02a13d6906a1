"""A GitHub that answers GraphQL by its own published schema, with state and faults."""

from __future__ import annotations

import base64
import json
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from graphql import GraphQLError, GraphQLSchema, build_schema, graphql_sync, parse, validate
from tests import fake_server
from tests.fake_server import Reply

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tests.fake_server import Asked

# `npm pack @octokit/graphql-schema`; run-tests unpacks it.
SCHEMA = Path(__file__).parents[1] / "node_modules" / ".whygate" / "github.graphql"
TOKEN = "ghp_secretsecretsecretsecretsecret0000"
REPOSITORY = "octo-org/octo-repo"
_MOST = 100


@cache
def load_schema() -> GraphQLSchema:
    """Return GitHub's schema; the published file repeats a field, which nobody minds."""
    text = SCHEMA.read_text(encoding="utf-8")
    return build_schema(text, assume_valid=True, assume_valid_sdl=True)


def complain(query: str) -> list[str]:
    """Return what is wrong with a query by the schema."""
    return [error.message for error in validate(load_schema(), parse(query))]


@dataclass
class Fault:
    """An answer that comes in place of the next one; `token` means only that one's question."""

    status: int = 200
    body: bytes = b"{}"
    headers: Mapping[str, str] = field(default_factory=dict)
    token: str = ""
    least: int = 0  # only pages of at least so many


def make_pull(number: int, **changes: Any) -> dict[str, Any]:
    """Return a merged pull request in the words of the schema, updated later the higher it is."""
    minutes = number
    stamp = f"2026-{1 + minutes // 40320:02d}-{1 + minutes // 1440 % 28:02d}T"
    stamp += f"{minutes // 60 % 24:02d}:{minutes % 60:02d}:00Z"
    pull: dict[str, Any] = {
        "number": number,
        "title": f"feat: change {number}",
        "body": f"## Problem\n\nPeople wait {number} minutes for their report every morning.\n",
        "author": {"__typename": "User", "login": "ada"},
        "labels": [],
        "mergedAt": stamp,
        "updatedAt": stamp,
        "lastEditedAt": None,
        "mergeCommit": {"oid": f"{number:040x}"},
        "issues": [],
    }
    return {**pull, **changes}


class GraphQLGitHub:
    """The state behind the API; a test changes it before an import asks."""

    def __init__(self) -> None:
        self.pulls: list[dict[str, Any]] = []
        self.name = REPOSITORY
        self.known = {REPOSITORY}
        self.tokens = {TOKEN}
        self.faults: list[Fault] = []
        self.asked: list[dict[str, Any]] = []
        self.used: list[str] = []
        self.spent = 0
        self.url = ""

    def add(self, *numbers: int, **changes: Any) -> None:
        """Add merged pull requests."""
        self.pulls += (make_pull(number, **changes) for number in numbers)

    def take(self, asked: Asked) -> Reply:
        """Return the answer to a question by its token."""
        assert isinstance(asked.body, dict)
        token = asked.headers.get("Authorization", "").removeprefix("Bearer ")
        return Reply(*self.answer(asked.body, token))

    def answer(self, body: dict[str, Any], token: str) -> tuple[int, bytes, Mapping[str, str]]:
        """Return status, body and headers for a question."""
        self.asked.append(body.get("variables") or {})
        self.used.append(token)
        size = int(self.asked[-1].get("first") or 0)
        for fault in self.faults:
            if fault.token in ("", token) and size >= fault.least:
                self.faults.remove(fault)
                return fault.status, fault.body, fault.headers
        if token not in self.tokens:
            return 401, b'{"message": "Bad credentials"}', {}
        result = graphql_sync(
            load_schema(), body["query"], self._root(), variable_values=body.get("variables")
        )
        return 200, json.dumps(result.formatted).encode(), {}

    def _root(self) -> dict[str, Any]:
        return {"repository": self._repository, "rateLimit": self._rate}

    def _rate(self, _info: Any, **_: Any) -> dict[str, Any]:
        self.spent += 1
        return {
            "cost": 1,
            "limit": 5000,
            "remaining": 5000 - self.spent,
            "resetAt": "2099-01-01T00:00:00Z",
        }

    def _repository(self, _info: Any, owner: str, name: str, **_: Any) -> dict[str, Any]:
        if f"{owner}/{name}" not in self.known:
            raise GraphQLError(
                f"Could not resolve to a Repository with the name '{owner}/{name}'.",
                extensions={"type": "NOT_FOUND"},
            )
        return {"nameWithOwner": self.name, "pullRequests": self._list}

    def _list(self, _info: Any, first: int = 0, after: str | None = None, **_: Any) -> Any:
        pulls = sorted(self.pulls, key=_place, reverse=True)
        begin = 0
        if after is not None:  # by value, as GitHub's: what moved in front is not seen again
            place = tuple(json.loads(base64.b64decode(after)))
            begin = next((i for i, pull in enumerate(pulls) if _place(pull) < place), len(pulls))
        page = pulls[begin : begin + min(first, _MOST)]
        more = begin + len(page) < len(pulls)
        cursor = base64.b64encode(json.dumps(_place(page[-1])).encode()).decode() if page else None
        return {
            "totalCount": len(pulls),
            "pageInfo": {"hasNextPage": more, "endCursor": cursor},
            "nodes": [self._node(pull) for pull in page],
        }

    def _node(self, pull: dict[str, Any]) -> dict[str, Any]:
        issues = pull["issues"]
        return {
            **pull,
            "labels": lambda _info, **_: {"nodes": [{"name": n} for n in pull["labels"]]},
            "closingIssuesReferences": lambda _info, first=0, **_: {"nodes": issues[:first]},
        }


def make_issue(number: int, body: str, repository: str = REPOSITORY) -> dict[str, Any]:
    """Return an issue as a pull request refers to it."""
    title = f"issue {number}"
    return {
        "number": number,
        "title": title,
        "body": body,
        "repository": {"nameWithOwner": repository},
    }


def _place(pull: dict[str, Any]) -> tuple[str, int]:
    return pull["updatedAt"], pull["number"]


@contextmanager
def serve(github: GraphQLGitHub) -> Iterator[GraphQLGitHub]:
    """Answer on a port of this machine."""
    with fake_server.serve(github):
        yield github
