"""A Bitbucket Cloud of our own: its API, and the proxy of a step that lets reports through."""

from __future__ import annotations

import re
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote

from tests import fake_server
from tests.fake_server import Asked, FakeForge, Json, Reply

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

REPOSITORY = "lab/shop"
TOKEN = "ATCTT3xFfGN0"
NUMBER = 21
HEAD = "d" * 40
BASE = "b" * 40
FORK = "a" * 40
SHORT = 12
GOOD_BODY = """\
## Problem
Growers drive 70 km a week to read the soil probes by hand.
## Who it helps
The eleven growers of the north field.
## Outcome
Nobody has to drive out to learn how wet a field is.
## Measurement
- Metric: kilometres driven to read probes, weekly
- Baseline: 70
- Target: 5
- Evaluate by: +30d
"""


@dataclass
class FakeBitbucket(FakeForge):
    """The state behind API and proxy; a test changes it before the step asks."""

    pull: Json = field(default_factory=dict)
    commits: list[Json] = field(default_factory=list)
    files: list[Json] = field(default_factory=list)
    branches: dict[str, str] = field(default_factory=dict)
    trees: dict[str, dict[str, bytes]] = field(default_factory=dict)
    attributes: dict[str, list[str]] = field(default_factory=dict)
    reports: list[Json] = field(default_factory=list)
    annotations: list[Json] = field(default_factory=list)
    has_proxy: bool = True
    is_public: bool = False
    may_write: bool = False  # the token, without the proxy
    page: int = 2  # entries
    after: dict[int, Callable[[], None]] = field(default_factory=dict)  # by the nth GET of #21
    seen: int = 0

    def __post_init__(self) -> None:
        """Set up one open pull request that says everything."""
        home = {"full_name": REPOSITORY}
        self.pull = {
            "type": "pullrequest",
            "id": NUMBER,
            "state": "OPEN",
            "title": "feat(probe): read the soil from home",
            "description": GOOD_BODY,
            "author": {"type": "user", "display_name": "Ida", "nickname": "ida"},
            "source": {
                "branch": {"name": "probes"},
                "commit": {"hash": HEAD[:SHORT]},
                "repository": home,
            },
            "destination": {
                "branch": {"name": "main"},
                "commit": {"hash": BASE[:SHORT]},
                "repository": home,
            },
            "merge_commit": None,
            "draft": False,
            "updated_on": "2026-11-02T09:00:00.000000+00:00",
        }
        self.commits = [{"hash": HEAD, "message": "Read the probes"}]
        self.files = [self.file("src/probe.py")]
        self.branches = {"main": BASE}
        self.trees = {sha: {"README.md": b"farm\n"} for sha in (BASE, HEAD, FORK)}

    def variables(self, clone: Path) -> dict[str, str]:
        """Return what a step of the pull request's pipeline finds in its environment."""
        return {
            "CI": "true",
            "BITBUCKET_BUILD_NUMBER": "977",
            "BITBUCKET_CLONE_DIR": str(clone),
            "BITBUCKET_COMMIT": HEAD,
            "BITBUCKET_PR_ID": str(NUMBER),
            "BITBUCKET_PR_DESTINATION_BRANCH": "old",
            "BITBUCKET_REPO_FULL_NAME": REPOSITORY,
            "WHYGATE_TOKEN": TOKEN,
        }

    @staticmethod
    def file(new: str = "", old: str = "") -> Json:
        """Return a changed file as a diffstat lists it."""
        ends = {"new": new, "old": old}
        told = {end: {"path": path} if path else None for end, path in ends.items()}
        return {"type": "diffstat", "status": "modified", **told}

    def write(self, path: str, text: str, *shas: str) -> None:
        """Put a file into commits, by default the tip of the target branch."""
        for sha in shas or (BASE,):
            self.trees[sha] = self.trees[sha] | {path: text.encode()}

    def answer(self, asked: Asked) -> Reply:
        """Return the answer to a question, by the documented paths alone."""
        start = f"/2.0/repositories/{REPOSITORY}/"
        path = unquote(asked.path)
        by_proxy = asked.host == "api.bitbucket.org"
        if by_proxy:
            assert "Authorization" not in asked.headers, "the proxy adds its own"
        elif asked.host:
            return Reply(502, _error("no such host"))
        if not path.startswith(start):
            return Reply(404, _error("There is no API hosted at this URL"))
        path = path.removeprefix(start)
        is_report = path.startswith(f"commit/{HEAD}/reports/")
        if by_proxy:
            return self._report(path, asked) if is_report else Reply(403, _error("proxy"))
        is_known = asked.headers.get("Authorization") == f"Bearer {TOKEN}"
        if not is_known and not (self.is_public and asked.method == "GET"):
            return Reply(401, _error("Token is invalid, expired, or not supported"))
        if is_report:
            return self._report(path, asked) if self.may_write else Reply(403, _error("scope"))
        if asked.method != "GET":
            return Reply(405, _error("not allowed"))
        return self._pulls(path, asked) or self._repository(path, asked)

    def _report(self, path: str, asked: Asked) -> Reply:
        here = f"commit/{HEAD}/reports/whygate"
        body = asked.body
        if path == here and asked.method == "DELETE":
            self.annotations.clear()
            return Reply(204) if self.reports else Reply(404, _error("no report"))
        if path == here and asked.method == "PUT":
            assert isinstance(body, dict)
            assert body["result"] in ("PASSED", "FAILED", "PENDING")
            assert len(str(body["details"])) <= 2_000
            self.reports.append(body)
            return Reply(200, body | {"uuid": "{1}"})
        if path == f"{here}/annotations" and asked.method == "POST":
            assert isinstance(body, list)
            assert len(body) <= 100
            assert self.reports, "annotations need a report"
            for row in body:
                assert len(row["summary"]) <= 450
                assert len(row.get("details", "")) <= 2_000
                assert row["annotation_type"] in ("VULNERABILITY", "CODE_SMELL", "BUG")
            self.annotations += body
            return Reply(200, body)
        return Reply(404, _error("no such report"))

    def _pulls(self, path: str, asked: Asked) -> Reply | None:
        here = f"pullrequests/{NUMBER}"
        if path == here:
            self.seen += 1
            if self.seen in self.after:
                self.after[self.seen]()
            return Reply(200, self.pull)
        if path == f"{here}/commits":
            return self._page(self.commits, asked)
        spec = f"diffstat/{REPOSITORY}:{HEAD[:SHORT]}..{BASE[:SHORT]}"
        if path == f"{here}/diffstat":
            ends = spec.removeprefix("diffstat/")
            where = f"{self.url}/repositories/{REPOSITORY}/diffstat/{quote(ends, safe='')}"
            return Reply(302, None, {"Location": f"{where}?from_pullrequest_id={NUMBER}"})
        if path == spec:
            return self._page(self.files, asked)
        return None

    def _repository(self, path: str, asked: Asked) -> Reply:
        if path.startswith("refs/branches/"):
            name = path.removeprefix("refs/branches/")
            if name not in self.branches:
                return Reply(404, _error("No such branch"))
            return Reply(200, {"name": name, "target": {"hash": self.branches[name]}})
        if path == f"merge-base/{BASE}..{HEAD[:SHORT]}":
            return Reply(200, {"hash": FORK, "message": "begin"})
        found = re.fullmatch(r"src/([0-9a-f]{12,40})/(.*)", path)
        files = [t for sha, t in self.trees.items() if found and sha.startswith(found[1])]
        if found is None or not files:
            return Reply(404, _error("Commit not found"))
        if found[2] in files[0]:
            return Reply(200, files[0][found[2]])
        return self._directory(files[0], found[2], asked)

    def _directory(self, files: dict[str, bytes], top: str, asked: Asked) -> Reply:
        rows: dict[str, Json] = {}
        for path, data in files.items():
            if path.startswith(top):
                name, _, below = path.removeprefix(top).partition("/")
                row: Json = {"path": f"{top}{name}", "type": "commit_directory"}
                if not below:
                    row |= {"type": "commit_file", "size": len(data)}
                    row |= {"attributes": self.attributes.get(path, [])}
                rows[name] = row
        if not rows:
            return Reply(404, _error("No such file or directory"))
        return self._page(list(rows.values()), asked)

    def _page(self, rows: list[Json], asked: Asked) -> Reply:
        page = int(asked.query.get("page", "1"))
        assert int(asked.query.get("pagelen", "10")) <= 50
        end = page * self.page
        told: Json = {"values": rows[end - self.page : end], "page": page}
        if end < len(rows):
            host = self.url.removesuffix("/2.0")
            told["next"] = f"{host}{asked.path}?page={page + 1}&pagelen=50"
        return Reply(200, told)


def _error(said: str) -> Json:
    return {"type": "error", "error": {"message": said}}


@contextmanager
def serve() -> Iterator[FakeBitbucket]:
    """Serve the API, and the proxy at the same place, as long as the block runs."""
    state = FakeBitbucket()
    with fake_server.serve(state, "/2.0"):
        yield state
