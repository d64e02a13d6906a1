"""A Gitea of our own: the part of its API that a job asks, with its token, paging and statuses."""

from __future__ import annotations

import base64
import json
import re
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

from tests.fake_github import blob_hash

if TYPE_CHECKING:
    from collections.abc import Iterator

Json = dict[str, object]

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
class FakeGitea:
    """The state behind the API; a test changes it before the job asks."""

    url: str = ""
    pull: Json = field(default_factory=dict)
    commits: list[Json] = field(default_factory=list)
    files: list[Json] = field(default_factory=list)
    tree: dict[str, bytes] = field(default_factory=lambda: {"README.md": b"shop\n"})
    statuses: list[Json] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
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

    def answer(
        self, method: str, path: str, query: dict[str, str], body: Json
    ) -> tuple[int, object]:
        """Return the status and the value for a question, by the documented paths alone."""
        here = f"/repos/{REPOSITORY}"
        if method == "POST":
            if path != f"{here}/statuses/{HEAD}":
                return 404, {"message": "not found"}
            self.statuses.append(body)
            return 201, body
        lists = {f"{here}/pulls/{NUMBER}/commits": self.commits}
        lists[f"{here}/pulls/{NUMBER}/files"] = self.files
        if path in lists:
            size, page = min(int(query["limit"]), 50), int(query["page"])
            return 200, lists[path][(page - 1) * size : page * size]
        if path == f"{here}/pulls/{NUMBER}":
            return 200, self.pull
        if path == f"{here}/branches/main":
            return 200, {"name": "main", "commit": {"id": BASE}}
        if path in (f"{here}/git/trees/{BASE}", f"{here}/git/trees/{HEAD}"):
            entries = [
                {"path": name, "mode": "100644", "type": "blob", "size": len(data)}
                | {"sha": blob_hash(data)}
                for name, data in self.tree.items()
            ]
            return 200, {"sha": BASE, "tree": entries, "truncated": False}
        if found := re.fullmatch(rf"{here}/git/blobs/([0-9a-f]{{40}})", path):
            data = next(d for d in self.tree.values() if blob_hash(d) == found[1])
            content = base64.b64encode(self.sent or data).decode()
            return 200, {"content": content, "encoding": "base64", "size": len(data)}
        return 404, {"message": "not found"}


@contextmanager
def serve() -> Iterator[FakeGitea]:
    """Serve the API as long as the block runs."""
    state = FakeGitea()

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

        def _do(self) -> None:
            parts = urlsplit(self.path)
            path = parts.path.removeprefix(PREFIX)
            state.asked.append(f"{self.command} {path}")
            length = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(length)) if length else {}
            query = {key: values[-1] for key, values in parse_qs(parts.query).items()}
            status = 401
            value: object = {"message": "token is required"}
            if state.refused and state.refused in path:
                status, value = 403, {"message": "forbidden"}
            elif self.headers.get("Authorization") == f"token {TOKEN}":
                status, value = state.answer(self.command, path, query, body)
            data = json.dumps(value).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_POST = _do  # noqa: N815

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    state.url = f"http://127.0.0.1:{server.server_port}{PREFIX}"
    try:
        yield state
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
