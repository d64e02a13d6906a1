"""An Azure DevOps of our own: the part of its API that a job asks, with its tokens and paging."""

from __future__ import annotations

import hashlib
import re
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import unquote

from tests import fake_server
from tests.fake_github import blob_hash
from tests.fake_server import Asked, FakeForge, Json, Reply

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Iterator
    from pathlib import Path

PREFIX = "/tfs/Default Collection"  # a server below a path, with a space in its name
PROJECT = "Shop & Store"
REPOSITORY = "5fe51fd5-4a0c-4b1e-9d3f-0a8a44b7d1c2"
TOKEN = "eyJ0eXAi.job.job"
NUMBER = 12
HEAD = "d" * 40
BASE = "b" * 40
FORK = "a" * 40
GOOD_BODY = """\
## Problem
Clerks type 400 addresses a month again, because the till forgets them.
## Who it helps
The six clerks of the return desk.
## Outcome
An address is typed once.
## Measurement
- Metric: addresses typed again, monthly
- Baseline: 400
- Target: 20
- Evaluate by: +30d
"""
SIGN_IN = b"<!DOCTYPE html><title>Azure DevOps Services | Sign In</title>"


@dataclass
class FakeAzure(FakeForge):
    """The state behind the API; a test changes it before the job asks."""

    pull: Json = field(default_factory=dict)
    commits: list[Json] = field(default_factory=list)
    whole: dict[str, str] = field(default_factory=dict)  # messages that lists cut
    changes: list[Json] = field(default_factory=list)
    refs: dict[str, str] = field(default_factory=dict)
    trees: dict[str, dict[str, bytes]] = field(default_factory=dict)
    statuses: list[Json] = field(default_factory=list)
    pages: int = 2  # entries a page
    iterated: str = HEAD  # the head of the last iteration
    may_contribute: bool = True
    resets: bool = True  # the policy: "Reset status whenever there are new changes"
    has_iterations: bool = True
    after: dict[int, Callable[[], None]] = field(default_factory=dict)  # by the nth GET of !12
    seen: int = 0

    def __post_init__(self) -> None:
        """Set up one active pull request that says everything."""
        self.pull = {
            "pullRequestId": NUMBER,
            "status": "active",
            "title": "feat(till): remember addresses",
            "description": GOOD_BODY,
            "createdBy": {"displayName": "Ada", "uniqueName": "ada@example.org"},
            "sourceRefName": "refs/heads/addresses",
            "targetRefName": "refs/heads/main",
            "lastMergeSourceCommit": {"commitId": HEAD},
            "lastMergeTargetCommit": {"commitId": BASE},
            "isDraft": False,
        }
        self.commits = [{"commitId": HEAD, "comment": "Remember addresses"}]
        self.changes = [self.change("/src/till.py")]
        self.refs = {"main": BASE, "main-2": "e" * 40}
        self.trees = {sha: {"README.md": b"shop\n"} for sha in (BASE, HEAD, FORK)}

    def variables(self, sources: Path) -> dict[str, str]:
        """Return what a job finds in its environment that a build validation policy started."""
        return {
            "TF_BUILD": "True",
            "SYSTEM_COLLECTIONURI": self.url,
            "SYSTEM_TEAMPROJECT": PROJECT,
            "SYSTEM_PULLREQUEST_PULLREQUESTID": str(NUMBER),
            "SYSTEM_ACCESSTOKEN": TOKEN,
            "BUILD_REPOSITORY_ID": REPOSITORY,
            "BUILD_REPOSITORY_PROVIDER": "TfsGit",
            "BUILD_SOURCESDIRECTORY": str(sources),
            "BUILD_BUILDID": "977",
            "AGENT_CAINFO": "",
            "http_proxy": "",
        }

    @staticmethod
    def change(path: str, kind: str = "edit", **more: object) -> Json:
        """Return a changed file as an iteration lists it."""
        return {"changeType": kind, "item": {"objectId": "c" * 40, "path": path}} | more

    def write(self, path: str, text: str, *shas: str) -> None:
        """Put a file into commits, by default the tip of the target branch."""
        for sha in shas or (BASE,):
            self.trees[sha] = self.trees[sha] | {path: text.encode()}

    def answer(self, asked: Asked) -> Reply:
        """Return the answer to a question, by the documented paths alone."""
        if asked.headers.get("Authorization") != f"Bearer {TOKEN}":
            return Reply(203, SIGN_IN)
        if asked.query.get("api-version") != "7.0":
            return Reply(400, {"message": "No api-version was supplied"})
        start = f"{PREFIX}/{PROJECT}/_apis/git/repositories/{REPOSITORY}/"
        path = unquote(asked.path)
        if not path.startswith(start) or "&" in asked.path:
            return Reply(404, {"message": "TF200016: The project does not exist"})
        path = path.removeprefix(start)
        if asked.method == "POST":
            return self._post(path, asked.body)
        return self._pulls(path, asked) or self._repository(path, asked)

    def _post(self, path: str, body: object) -> Reply:
        if path != f"pullRequests/{NUMBER}/statuses":
            return Reply(404, {"message": "no such resource"})
        if not self.may_contribute:
            return Reply(403, {"message": "TF401027: You need PullRequestContribute"})
        assert isinstance(body, dict)
        assert body["state"] in ("pending", "succeeded", "failed", "error")
        if self.resets and self.has_iterations and "iterationId" not in body:
            said = "Pull request status rejected by status policy. Policy configuration requires"
            return Reply(403, {"message": f"{said} status to be posted on iteration"})
        self.statuses.append(body)
        return Reply(200, body | {"id": len(self.statuses)})

    def _pulls(self, path: str, asked: Asked) -> Reply | None:
        here = f"pullRequests/{NUMBER}"
        if path == here:
            self.seen += 1
            if self.seen in self.after:
                self.after[self.seen]()
            return Reply(200, self.pull)
        if path == f"{here}/commits":
            return self._page(self.commits, asked)
        if path == f"{here}/iterations":
            rows = [{"id": n, "sourceRefCommit": {"commitId": "9" * 40}} for n in (1, 2)]
            rows[1]["sourceRefCommit"] = {"commitId": self.iterated}
            rows = rows if self.has_iterations else []
            return Reply(200, {"value": rows, "count": 2})
        if path == f"{here}/iterations/2/changes":
            top, skip = int(asked.query["$top"]), int(asked.query["$skip"])
            assert top <= 2_000
            end = skip + min(top, self.pages)
            more = end if end < len(self.changes) else 0
            return Reply(200, {"changeEntries": self.changes[skip:end], "nextSkip": more})
        return None

    def _repository(self, path: str, asked: Asked) -> Reply:
        if path == "refs":
            start = asked.query["filter"].removeprefix("heads/")
            rows: list[Json] = [
                {"name": f"refs/heads/{name}", "objectId": sha}
                for name, sha in self.refs.items()
                if name.startswith(start)
            ]
            return self._page(rows, asked)
        if path == f"commits/{HEAD}/mergebases":
            return Reply(200, {"value": [{"commitId": FORK}]})
        if found := re.fullmatch(r"commits/([0-9a-f]{40})", path):
            sha = found[1]
            if sha not in self.trees and sha not in self.whole:
                return Reply(404, {"message": "TF401175: The version does not exist"})
            comment = self.whole.get(sha, "")
            tree = _tree_hash(sha, "")
            return Reply(200, {"commitId": sha, "treeId": tree, "comment": comment})
        if found := re.fullmatch(r"trees/([0-9a-f]{40})", path):
            return self._tree(found[1])
        if found := re.fullmatch(r"blobs/([0-9a-f]{40})", path):
            assert asked.query["$format"] == "octetstream"
            for files in self.trees.values():
                for data in files.values():
                    if blob_hash(data) == found[1]:
                        return Reply(200, data)
        return Reply(404, {"message": "TF401019: The object does not exist"})

    def _tree(self, wanted: str) -> Reply:
        for sha, files in self.trees.items():
            entries: dict[tuple[str, str], Json] = {}
            for path, data in files.items():
                *steps, name = path.split("/")
                top = ""
                for step in steps:
                    below = f"{top}{step}/"
                    entries[top, step] = {
                        "objectId": _tree_hash(sha, below),
                        "gitObjectType": "tree",
                        "mode": "40000",
                    }
                    top = below
                told = {"objectId": blob_hash(data), "gitObjectType": "blob", "mode": "100644"}
                entries[top, name] = told | {"size": len(data)}
            for top in {top for top, _ in entries}:
                if _tree_hash(sha, top) == wanted:
                    rows = [e | {"relativePath": n} for (t, n), e in entries.items() if t == top]
                    return Reply(200, {"objectId": wanted, "treeEntries": rows})
        return Reply(404, {"message": "TF401019: The object does not exist"})

    def _page(self, rows: list[Json], asked: Asked) -> Reply:
        start = int(asked.query.get("continuationToken", "0"))
        end = start + self.pages
        more = {"x-ms-continuationtoken": str(end)} if end < len(rows) else {}
        return Reply(200, {"value": rows[start:end], "count": len(rows)}, more)


def _tree_hash(sha: str, top: str) -> str:
    return hashlib.sha1(f"{sha}:{top}".encode(), usedforsecurity=False).hexdigest()


@contextmanager
def serve(context: ssl.SSLContext | None = None) -> Iterator[FakeAzure]:
    """Serve the API as long as the block runs."""
    state = FakeAzure()
    with fake_server.serve(state, f"{PREFIX}/", context):
        yield state
