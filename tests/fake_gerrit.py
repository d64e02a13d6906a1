"""A Gerrit of our own: the part of its REST API that a job asks, with accounts and its prefix."""

from __future__ import annotations

import base64
import json
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, unquote

from tests import fake_server
from tests.fake_server import Asked, FakeForge, Json, Reply

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Iterator

PREFIX = "/r"  # a server below a path
PROJECT = "shop/till"
USER = "whygate-ci"
PASSWORD = "g3rr1t/http+password="
NUMBER = 4711
HEAD = "d" * 40
FORK = "a" * 40
GOOD_MESSAGE = """\
feat(till): remember addresses

The till forgot an address when it was closed.

Problem: clerks type 400 addresses a month again
Audience: the six clerks of the return desk
Outcome: an address is typed once
Metric: addresses typed again, monthly
Baseline: 400
Target: 20
Evaluate-By: +30d
Change-Id: I8473b95934b5732ac55d26311a706c9c2bde9940
"""
OPENING = b")]}'\n"
OPTIONS = {"CURRENT_REVISION", "CURRENT_COMMIT", "CURRENT_FILES", "DETAILED_ACCOUNTS"}


@dataclass
class FakeGerrit(FakeForge):
    """The state behind the API; a test changes it before the job asks."""

    change: Json = field(default_factory=dict)
    message: str = GOOD_MESSAGE
    files: dict[str, Json] = field(default_factory=dict)
    tips: dict[str, str] = field(default_factory=dict)
    contents: dict[tuple[str, str], bytes] = field(default_factory=dict)
    commits: set[str] = field(default_factory=lambda: {HEAD, FORK})
    label: str = "Whygate"
    most: int = 1  # the highest vote that the account may cast
    is_strict: bool = True  # a vote above it is refused and not lowered
    is_known: bool = True  # the project defines the label
    reviews: list[Json] = field(default_factory=list)
    votes: dict[str, int] = field(default_factory=dict)  # by patch set
    after: dict[int, Callable[[], None]] = field(default_factory=dict)  # by the nth GET
    seen: int = 0

    def __post_init__(self) -> None:
        """Set up one open change that says everything."""
        self.files = {
            "/COMMIT_MSG": {"status": "A", "lines_inserted": 16},
            "src/till.py": {"lines_inserted": 3, "lines_deleted": 1, "size": 90},
        }
        self.change = {
            "id": f"shop%2Ftill~{NUMBER}",
            "_number": NUMBER,
            "project": PROJECT,
            "branch": "main",
            "status": "NEW",
            "owner": {"_account_id": 1000096, "name": "Ada", "username": "ada"},
            "current_revision": HEAD,
            "updated": "2026-11-02 09:00:00.000000000",
            "insertions": 3,
            "deletions": 1,
        }

    def answer(self, asked: Asked) -> Reply:
        """Return the answer to a question, by the documented paths alone."""
        login = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
        if not asked.path.startswith(f"{PREFIX}/a/"):
            return _refuse(404, "Not found")
        if asked.headers.get("Authorization") != f"Basic {login}":
            return _refuse(401, "Unauthorized")
        path = asked.path.removeprefix(f"{PREFIX}/a")
        change = f"/changes/shop%2Ftill~{NUMBER}"
        if asked.method == "POST" and path.startswith(f"{change}/revisions/"):
            return self._review(path.removeprefix(f"{change}/revisions/"), asked.body)
        if asked.method != "GET":
            return _refuse(405, "Method not allowed")
        if path == change:
            assert set(parse_qs(asked.text)["o"]) == OPTIONS
            return self._get_change()
        return self._get_project(path)

    def _get_project(self, path: str) -> Reply:
        if path.startswith("/projects/shop%2Ftill/branches/"):
            name = unquote(path.rpartition("/")[2])
            if name not in self.tips:
                return _refuse(404, "Not found: branch")
            return _json({"ref": f"refs/heads/{name}", "revision": self.tips[name]})
        start = "/projects/shop%2Ftill/commits/"
        if path.removeprefix(start) in self.commits:
            return _json({"commit": path.removeprefix(start), "message": "Before"})
        if path.startswith(start) and path.endswith("/content"):
            sha, _, file = path.removeprefix(start).partition("/files/")
            if sha not in self.commits:
                return _refuse(404, "Not found: commit")
            data = self.contents.get((sha, unquote(file.removesuffix("/content"))))
            if data is None:
                return _refuse(404, "Not found: file")
            return Reply(200, base64.b64encode(data), {"Content-Type": "text/plain"})
        return _refuse(404, "Not found")

    def _get_change(self) -> Reply:
        self.seen += 1
        if self.seen in self.after:
            self.after[self.seen]()
        told = dict(self.change)
        told["subject"] = self.message.partition("\n")[0]
        commit = {"message": self.message, "parents": [{"commit": FORK, "subject": "Before"}]}
        revision = {"_number": 2, "commit": commit, "files": self.files}
        told["revisions"] = {str(told["current_revision"]): revision}
        return _json(told)

    def _review(self, path: str, body: object) -> Reply:
        revision, _, what = path.partition("/")
        assert isinstance(body, dict)
        assert body["tag"].startswith("autogenerated:")
        if what != "review" or len(revision) != 40:
            return _refuse(404, "Not found")
        if self.change["status"] != "NEW":
            return _refuse(409, "change is closed")
        if revision != self.change["current_revision"]:
            return _refuse(409, "the patch set is outdated")
        (label, value), *others = body["labels"].items()
        assert not others
        if not self.is_known or label != self.label:
            return _refuse(400, f'label "{label}" is not a configured label')
        if value > self.most:
            if self.is_strict:
                return _refuse(403, f'Applying label "{label}": {value} is restricted')
            value = self.most
        self.votes[revision] = value
        self.reviews.append(body)
        return _json({"labels": {label: value}})


def _json(value: object) -> Reply:
    data = OPENING + json.dumps(value).encode()
    return Reply(200, data, {"Content-Type": "application/json; charset=UTF-8"})


def _refuse(status: int, said: str) -> Reply:
    return Reply(status, f"{said}\n".encode(), {"Content-Type": "text/plain; charset=UTF-8"})


@contextmanager
def serve(context: ssl.SSLContext | None = None) -> Iterator[FakeGerrit]:
    """Serve the API as long as the block runs."""
    state = FakeGerrit()
    with fake_server.serve(state, PREFIX, context):
        yield state
