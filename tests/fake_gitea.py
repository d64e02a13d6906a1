"""A Gitea of our own: the part of its API that a job asks, with its token, paging and statuses."""

from __future__ import annotations

import base64
import re
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests import fake_server
from tests.fake_github import blob_hash
from tests.fake_server import Asked, FakeForge, Json, Reply

if TYPE_CHECKING:
    from collections.abc import Iterator

REPOSITORY = "lab/shop"
TOKEN = "f00f00f00"
NUMBER = 31
HEAD = "d" * 40
BASE = "b" * 40
PREFIX = "/git/api/v1"
GOOD_BODY = """\
## Problem
Couriers ring at 60 wrong doors a week, because the floor is missing on the label.
## Who it helps
Couriers, and people on the third floor.
## Outcome
A parcel comes to the right door at once.
## Measurement
- Metric: wrong doors, weekly
- Baseline: 60
- Target: 5
- Evaluate by: +30d
"""


@dataclass
class FakeGitea(FakeForge):
    """The state behind the API; a test changes it before the job asks."""

    pull: Json = field(default_factory=dict)
    commits: list[Json] = field(default_factory=list)
    files: list[Json] = field(default_factory=list)
    tree: dict[str, bytes] = field(default_factory=lambda: {"README.md": b"shop\n"})
    statuses: list[Json] = field(default_factory=list)
    took: Json = field(default_factory=dict)  # what becomes of each status
    refused: str = ""  # a part of a path
    sent: bytes | None = None  # in the place of every file

    def __post_init__(self) -> None:
        """Set up one open pull request that says everything."""
        repo = {"full_name": REPOSITORY}
        self.pull = {
            "number": NUMBER,
            "state": "open",
            "title": "feat(label): print the floor",
            "body": GOOD_BODY,
            "user": {"login": "tove"},
            "labels": [],
            "head": {"ref": "floor", "sha": HEAD, "repo": repo},
            "base": {"ref": "main", "sha": BASE, "repo": repo},
            "updated_at": "2026-11-02T09:00:00Z",
            "merged": False,
            "merge_base": BASE,
            "merge_commit_sha": None,
            "draft": False,
            "additions": 3,
            "deletions": 1,
            "changed_files": 1,
        }
        self.commits = [{"sha": HEAD, "commit": {"message": "Print the floor"}}]
        self.files = [{"filename": "src/label.py", "additions": 3, "deletions": 1}]

    def answer(self, asked: Asked) -> Reply:
        """Return the answer to a question, by the documented paths alone."""
        if self.refused and self.refused in asked.path:
            return Reply(403, {"message": "forbidden"})
        if asked.headers.get("Authorization") != f"token {TOKEN}":
            return Reply(401, {"message": "token is required"})
        path = asked.path.removeprefix(PREFIX)
        if asked.method == "POST":
            if path != f"/repos/{REPOSITORY}/statuses/{HEAD}" or not isinstance(asked.body, dict):
                return Reply(404, {"message": "not found"})
            self.statuses.append(asked.body)
            took = self.took or {"status": asked.body["state"]}
            return Reply(201, {"id": len(self.statuses), **took})
        return self._read(path, asked.query)

    def _read(self, path: str, query: dict[str, str]) -> Reply:
        here = f"/repos/{REPOSITORY}"
        lists = {f"{here}/pulls/{NUMBER}/commits": self.commits}
        lists[f"{here}/pulls/{NUMBER}/files"] = self.files
        if path in lists:
            size, page = min(int(query["limit"]), 50), int(query["page"])
            return Reply(200, lists[path][(page - 1) * size : page * size])
        if path == f"{here}/pulls/{NUMBER}":
            return Reply(200, self.pull)
        if path == f"{here}/branches/main":
            return Reply(200, {"name": "main", "commit": {"id": BASE}})
        if path in (f"{here}/git/trees/{BASE}", f"{here}/git/trees/{HEAD}"):
            entries = [
                {"path": name, "mode": "100644", "type": "blob", "size": len(data)}
                | {"sha": blob_hash(data)}
                for name, data in self.tree.items()
            ]
            return Reply(200, {"sha": BASE, "tree": entries, "truncated": False})
        if found := re.fullmatch(rf"{here}/git/blobs/([0-9a-f]{{40}})", path):
            data = next(d for d in self.tree.values() if blob_hash(d) == found[1])
            content = base64.b64encode(self.sent or data).decode()
            return Reply(200, {"content": content, "encoding": "base64", "size": len(data)})
        return Reply(404, {"message": "not found"})


@contextmanager
def serve() -> Iterator[FakeGitea]:
    """Serve the API, below a path, as long as the block runs."""
    state = FakeGitea()
    with fake_server.serve(state, PREFIX):
        yield state
