"""A GitLab of our own: the part of the REST API that a job asks, with tokens, paging and faults."""

from __future__ import annotations

import base64
import re
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote

from tests import fake_server
from tests.fake_github import blob_hash
from tests.fake_server import Asked, FakeForge, Reply

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Iterator

Json = dict[str, object]

PROJECT = 41
IID = 12
JOB_TOKEN = "glcbt-job-job-job"
TOKEN = "glpat-read-read"
HEAD = "d" * 40
BASE = "b" * 40
FORK = "a" * 40
GOOD_BODY = """\
## Problem
Support answers 90 questions a month about a lost password, because the mail never comes.
## Who it helps
People who forgot their password, and the four who answer them.
## Outcome
Nobody has to write to support to come back in.
## Measurement
- Metric: questions about passwords, monthly
- Baseline: 90
- Target: 10
- Evaluate by: +30d
"""
PREFIX = "/gitlab/api/v4"  # a server below a path


class Page(list[Json]):
    """A page of a list, with the headers that tell of the others."""

    def __init__(self, rows: list[Json], query: dict[str, str]) -> None:
        size, page = int(query.get("per_page", "20")), int(query.get("page", "1"))
        assert 1 <= size <= 100, "GitLab gives at most 100 entries a page"
        super().__init__(rows[(page - 1) * size : page * size])
        goes_on = len(rows) > page * size
        self.headers = {"X-Next-Page": str(page + 1) if goes_on else "", "X-Page": str(page)}
        if len(rows) <= 10_000:
            self.headers["X-Total"] = str(len(rows))


@dataclass
class FakeGitLab(FakeForge):
    """The state behind the API; a test changes it before the job asks."""

    request: Json = field(default_factory=dict)
    commits: list[Json] = field(default_factory=list)
    diffs: list[Json] = field(default_factory=list)
    notes: list[Json] = field(default_factory=list)
    label_events: list[Json] = field(default_factory=list)
    closes: list[Json] = field(default_factory=list)
    members: dict[str, int] = field(default_factory=lambda: {"lena": 40, "ada": 20})
    users: dict[int, Json] = field(default_factory=dict)
    trees: dict[str, dict[str, bytes]] = field(default_factory=dict)
    job_reads: tuple[str, ...] = ("merge_requests", "repository", "members", "users")
    token_scope: str = "api"
    branches: dict[str, str] = field(default_factory=lambda: {"main": BASE})
    parents: dict[str, str] = field(default_factory=dict)  # of the commits that were made here
    messages: dict[str, str] = field(default_factory=dict)
    opened: dict[int, Json] = field(default_factory=dict)  # merge requests, by number
    others: dict[int, Json] = field(default_factory=dict)  # merge requests besides !12
    others_commits: dict[int, list[Json]] = field(default_factory=dict)
    associated: dict[str, list[int]] = field(default_factory=dict)  # requests of a commit
    deployments: list[Json] = field(default_factory=list)
    written: list[Json] = field(default_factory=list)  # issues that somebody wrote here
    merged: list[Json] = field(default_factory=list)
    issues: list[Json] = field(default_factory=list)
    tokens: set[str] = field(default_factory=lambda: {TOKEN})
    used: list[str] = field(default_factory=list)
    path: str = "shop/web"
    is_public: bool = False
    headers: dict[str, str] = field(default_factory=dict)  # of every answer
    after: dict[int, Callable[[], None]] = field(default_factory=dict)  # by the nth GET of !12
    seen: int = 0

    def __post_init__(self) -> None:
        """Set up one open merge request that says everything."""
        self.users = {
            5: {"id": 5, "username": "ada", "bot": False},
            9: {"id": 9, "username": "project_41_bot_f00", "bot": True},
        }
        self.request = {
            "iid": IID,
            "state": "opened",
            "title": "feat(login): send the mail again",
            "description": GOOD_BODY,
            "author": {"id": 5, "username": "ada"},
            "labels": [],
            "source_branch": "mail-again",
            "target_branch": "main",
            "source_project_id": PROJECT,
            "target_project_id": PROJECT,
            "updated_at": "2026-11-02T09:00:00.000Z",
            "sha": HEAD,
            "draft": False,
            "changes_count": "1",
            "merge_commit_sha": None,
            "squash_commit_sha": None,
        }
        self.commits = [{"id": HEAD, "message": "Send the mail again"}]
        self.diffs = [self.diff("src/mail.py")]
        self.trees = {sha: {"README.md": b"shop\n"} for sha in (BASE, HEAD, FORK)}

    @staticmethod
    def diff(path: str, **changes: object) -> Json:
        """Return a changed file as the API lists it."""
        text = "@@ -1 +1,2 @@\n old\n+new\n"
        return {"old_path": path, "new_path": path, "diff": text} | changes

    def write(self, path: str, text: str, *shas: str) -> None:
        """Put a file into commits, by default the tip of the target branch."""
        for sha in shas or (BASE,):
            self.trees[sha] = self.trees[sha] | {path: text.encode()}

    def take(self, asked: Asked) -> Reply:
        """Return what stands below the API's path, where alone the server answers."""
        if not asked.path.startswith(PREFIX):
            return Reply(404, {"error": "404 Not Found"})
        return super().take(asked._replace(path=asked.path.removeprefix(PREFIX)))

    def answer(self, asked: Asked) -> Reply:
        """Return the answer to a question whose token may ask it."""
        kind = asked.kind
        status = self.refuse(kind, asked.headers.get(kind, ""), asked.path, asked.method)
        value: object = {"message": f"{status} refused"}
        if not status:
            status, value = self.look_up(asked)
        told = value.headers if isinstance(value, Page) else {}
        return Reply(status, value, self.headers | told)

    def look_up(self, asked: Asked) -> tuple[int, object]:
        """Return the status and the value for a question, by the documented paths alone."""
        path = asked.path
        if asked.kind == "PRIVATE-TOKEN" and path == "/user" and asked.method == "GET":
            return 200, {"id": 9, "username": "project_41_bot_f00", "bot": True}
        if (found := re.fullmatch(r"/users/(\d+)", path)) and asked.method == "GET":
            known = self.users.get(int(found[1]))
            return (200, known) if known else (404, {"message": "404 User Not Found"})
        if asked.method == "GET" and path in (
            f"/projects/{PROJECT}",
            f"/projects/{quoted(self.path)}",
        ):
            return 200, self.project()
        start = f"/projects/{PROJECT}/"
        named = f"/projects/{quoted(self.path)}/"
        path = f"{start}{path.removeprefix(named)}" if path.startswith(named) else path
        if not path.startswith(start):
            return 404, {"message": "404 Project Not Found"}
        return self._answer_project(asked, path.removeprefix(start))

    def _answer_project(self, asked: Asked, path: str) -> tuple[int, object]:
        if asked.method in ("POST", "PUT"):
            if self.token_scope != "api":
                return 403, {"error": "insufficient_scope"}
            return self._write(asked, path)
        if path == f"merge_requests/{IID}":
            self.seen += 1
            if self.seen in self.after:
                self.after[self.seen]()
            return 200, self.request
        rows = self._find_list(path, asked.query)
        if rows is not None:
            return 200, Page(rows, asked.query)
        for pattern, answer in _ROUTES:
            if found := re.fullmatch(pattern, path):
                told: tuple[int, object] = answer(self, asked.query, *found.groups())
                return told
        return 404, {"error": "404 Not Found"}

    def _find_list(self, path: str, query: dict[str, str]) -> list[Json] | None:
        """Return the whole of a list, None where there is none at a path."""
        request = f"merge_requests/{IID}"
        lists = {
            f"{request}/commits": self.commits,
            f"{request}/diffs": self.diffs,
            f"{request}/notes": self.notes,
            f"{request}/resource_label_events": self.label_events,
            f"{request}/closes_issues": self.closes,
        }
        named: dict[str, Callable[[dict[str, str]], list[Json]]] = {
            "deployments": self._list_deployments,
            "merge_requests": self._list_requests,
            "issues": self._list_issues,
            "members/all": self._list_members,
        }
        return named[path](query) if path in named else lists.get(path)

    def _list_requests(self, query: dict[str, str]) -> list[Json]:
        listed = self._list_opened if query.get("state") == "opened" else self._list_merged
        return listed(query)

    def _list_issues(self, query: dict[str, str]) -> list[Json]:
        if "author_id" in query:
            assert query["scope"] == "all"
            writer = {"id": int(query["author_id"]), "username": "bot"}
            return [issue for issue in self.written if issue["author"] == writer]
        wanted = query["iids[]"].split(" ")
        return [issue for issue in self.issues if str(issue["iid"]) in wanted]

    def _list_members(self, query: dict[str, str]) -> list[Json]:
        return [
            {"username": name, "access_level": level, "state": "active"}
            for name, level in self.members.items()
            if query["query"] in name
        ]

    def _other(self, query: dict[str, str], number: str, commits: str | None) -> tuple[int, object]:
        if int(number) not in self.others:
            return 404, {"message": "404 Not found"}
        made = self.others_commits.get(int(number), [])
        return 200, Page(made, query) if commits else self.others[int(number)]

    def project(self) -> Json:
        """Return the project as the API tells of it."""
        return {
            "id": PROJECT,
            "path_with_namespace": self.path,
            "web_url": f"{self.url.removesuffix('/api/v4')}/{self.path}",
            "default_branch": self.request["target_branch"],
        }

    def merge(self, *numbers: int, **changes: object) -> None:
        """Add merged requests, each updated a minute after the one before it."""
        for number in numbers:
            stamp = f"2026-01-{1 + number // 1440:02d}T{number // 60 % 24:02d}:{number % 60:02d}"
            made = {
                "iid": number,
                "title": f"request {number}",
                "description": "words",
                "state": "merged",
                "author": {"id": 5, "username": "ada"},
                "labels": [],
                "merged_at": f"{stamp}:00.000Z",
                "updated_at": f"{stamp}:00.000Z",
                "sha": f"{number:040x}",
                "merge_commit_sha": f"{number + (1 << 80):040x}",
                "squash_commit_sha": None,
            }
            self.merged.append(made | changes)

    def _list_opened(self, query: dict[str, str]) -> list[Json]:
        assert query["scope"] == "all", "without it GitLab lists those of the token's owner"
        wanted = {name: query[name] for name in ("source_branch", "target_branch", "state")}
        return [r for r in self.opened.values() if wanted.items() <= r.items()]

    def _list_merged(self, query: dict[str, str]) -> list[Json]:
        asked = {name: query.get(name) for name in ("state", "scope", "order_by", "sort")}
        assert asked == {
            "state": "merged",
            "scope": "all",
            "order_by": "updated_at",
            "sort": "desc",
        }
        before = datetime.fromisoformat(query.get("updated_before", "9999-01-01T00:00:00Z"))
        rows = [(self._updated(one), one["iid"], one) for one in self.merged]
        rows = [row for row in rows if row[0] <= before]
        return [row[2] for row in sorted(rows, key=lambda r: r[:2], reverse=True)]

    @staticmethod
    def _updated(one: Json) -> datetime:
        """Return when a request was updated, to the microsecond that the API does not tell."""
        hidden = one.get("microseconds", 0)
        assert isinstance(hidden, int)
        told = datetime.fromisoformat(str(one["updated_at"]))
        return told + timedelta(microseconds=hidden)

    def _branch(self, _: dict[str, str], name: str) -> tuple[int, object]:
        is_target = unquote(name) == self.request["target_branch"]
        tip = self.branches.get(unquote(name), BASE if is_target else "")
        if not tip:
            return 404, {"message": "404 Branch Not Found"}
        return 200, {"name": unquote(name), "commit": {"id": tip}}

    def _associated(self, query: dict[str, str], sha: str) -> tuple[int, object]:
        numbers = self.associated.get(sha, [])
        rows = [r for r in (self.request, *self.others.values()) if r["iid"] in numbers]
        return 200, Page(rows, query)

    def _merge_base(self, query: dict[str, str]) -> tuple[int, object]:
        return 200, {"id": self._fork(*query["refs[]"].split())}

    def _file(self, query: dict[str, str], path: str) -> tuple[int, object]:
        name, sha = unquote(path), query["ref"]
        if name not in self.trees[sha]:
            return 404, {"message": "404 File Not Found"}
        return 200, {"file_path": name, "last_commit_id": self.last_change(sha, name)}

    def _write(self, asked: Asked, path: str) -> tuple[int, object]:
        assert isinstance(asked.body, dict)
        if (asked.method, path) == ("POST", "repository/commits"):
            return self._commit(asked.body)
        if (asked.method, path) == ("POST", "merge_requests"):
            return self._open(asked.body)
        if found := re.fullmatch(r"issues(?:/(\d+))?(/notes)?", path):
            return self._write_issue(int(found[1] or 0), asked.body, is_note=bool(found[2]))
        found = re.fullmatch(r"merge_requests/(\d+)", path)
        if asked.method == "PUT" and found and int(found[1]) in self.opened:
            return 200, self._edit(self.opened[int(found[1])], asked.body)
        return self._write_note(asked, path)

    def _write_issue(self, number: int, body: Json, *, is_note: bool) -> tuple[int, object]:
        if not number:
            made: Json = {"iid": len(self.written) + 1, "state": "opened", "notes": []}
            made["author"] = {"id": 9, "username": "bot"}
            self.written.append(made | body)
            return 201, self.written[-1]
        issue = self.written[number - 1]
        if is_note:
            notes = issue["notes"]
            assert isinstance(notes, list)
            notes.append(body["body"])
            return 201, {"id": 1}
        event = body.pop("state_event", "")
        issue |= {"state": {"close": "closed", "reopen": "opened"}.get(str(event), issue["state"])}
        issue |= body
        return 200, issue

    def _commit(self, body: Json) -> tuple[int, object]:
        """Make a commit as GitLab does: by its rules on branches and on what was changed since."""
        branch, start = str(body["branch"]), str(body.get("start_sha", ""))
        if start and branch in self.branches and body.get("force") is not True:
            return 400, {"message": f"A branch called '{branch}' already exists."}
        if not start and branch not in self.branches:
            return 400, {"message": "You can only create or edit files when you are on a branch"}
        parent = start or self.branches[branch]
        files = dict(self.trees[parent])
        actions = body["actions"]
        assert isinstance(actions, list)
        for action in actions:
            name, exists = action["file_path"], action["file_path"] in files
            if (action["action"] == "create") is exists:
                return 400, {
                    "message": f"A file with this name {'already' if exists else 'does not'}"
                }
            if exists and action.get("last_commit_id") != self.last_change(parent, name):
                return 400, {"message": "The file has changed since you started editing it."}
            assert action["encoding"] == "base64"
            files[name] = base64.b64decode(action["content"], validate=True)
        sha = self.made(files, parent)
        self.messages[sha] = str(body["commit_message"])
        self.branches[branch] = sha
        return 201, {"id": sha, "short_id": sha[:8]}

    def made(self, files: dict[str, bytes], parent: str) -> str:
        """Return a new commit with these files on top of another one."""
        sha = f"{len(self.parents) + 1:040x}"
        self.parents[sha], self.trees[sha] = parent, files
        return sha

    def push(self, branch: str, path: str, text: str) -> None:
        """Let somebody change a file of a branch."""
        tip = self.branches[branch]
        self.branches[branch] = self.made(self.trees[tip] | {path: text.encode()}, tip)

    def files_of(self, branch: str) -> dict[str, bytes]:
        """Return the files at the tip of a branch."""
        return self.trees[self.branches[branch]]

    def history(self, sha: str) -> list[str]:
        """Return a commit and those below it, the newest first."""
        found = [sha]
        while found[-1] in self.parents:
            found.append(self.parents[found[-1]])
        return found

    def last_change(self, sha: str, path: str) -> str:
        """Return the commit that changed a file last, seen from another."""
        for one in self.history(sha):
            above = self.trees.get(self.parents.get(one, ""), {})
            if above.get(path) != self.trees[one].get(path):
                return one
        return sha

    def _open(self, body: Json) -> tuple[int, object]:
        same = [
            one
            for one in self.opened.values()
            if one["state"] == "opened" and one["source_branch"] == body["source_branch"]
        ]
        if same:
            return 409, {"message": ["Another open merge request already exists"]}
        iid = IID + 1 + len(self.opened)
        self.opened[iid] = {
            "iid": iid,
            "state": "opened",
            "source_project_id": PROJECT,
            "target_project_id": PROJECT,
        } | body
        return 201, self.opened[iid]

    @staticmethod
    def _edit(request: Json, body: Json) -> Json:
        if body.pop("state_event", "") == "close":
            request["state"] = "closed"
        request |= body
        return request

    def _write_note(self, asked: Asked, path: str) -> tuple[int, object]:
        assert isinstance(asked.body, dict)
        body = asked.body["body"]
        here = f"merge_requests/{IID}/notes"
        if asked.method == "POST" and path == here:
            self.notes.append(self.note(str(body), who=9, id=len(self.notes) + 1))
            return 201, self.notes[-1]
        for note in self.notes:
            if asked.method == "PUT" and path == f"{here}/{note['id']}":
                note["body"] = body
                return 200, note
        return 404, {"message": "404 Not found"}

    def note(self, body: str, *, who: int = 5, name: str = "", **changes: object) -> Json:
        """Return a note as the API lists it."""
        named = name or str(self.users.get(who, {}).get("username", "lena"))
        return {
            "id": 1,
            "body": body,
            "author": {"id": who, "username": named},
            "created_at": "2026-11-03T09:00:00.000Z",
            "updated_at": "2026-11-03T09:00:00.000Z",
            "system": False,
        } | changes

    def _list_commits(self, query: dict[str, str], start: str | None) -> tuple[int, object]:
        tip = query.get("ref_name", "")
        found = [sha for sha in self.messages if start and sha.startswith(start)]
        if start and not found:
            return 404, {"message": "404 Commit Not Found"}
        rows: list[Json] = [
            {
                "id": sha,
                "message": self.messages.get(sha, ""),
                "parent_ids": [self.parents[sha]] if sha in self.parents else [],
                "author_name": "Ada",
                "author_email": "ada@example.org",
                "committed_date": "2026-11-02T09:00:00.000+02:00",
            }
            for sha in (found or self.history(tip))
        ]
        return 200, rows[0] if start else Page(rows, query)

    def deploy(self, sha: str, updated: str, finished: str = "", **changes: object) -> None:
        """Tell of a deployment; one without a job was told by the API."""
        job = {"finished_at": finished} if finished else None
        made = {"sha": sha, "updated_at": updated, "deployable": job, "status": "success"}
        self.deployments.append(made | {"environment": {"name": "production"}} | changes)

    def _list_deployments(self, query: dict[str, str]) -> list[Json]:
        assert (query["order_by"], query["sort"]) == ("updated_at", "asc"), "paired with the filter"
        after = datetime.fromisoformat(query.get("updated_after", "2000-01-01T00:00:00Z"))
        rows = [
            one
            for one in self.deployments
            if one["environment"] == {"name": query["environment"]}
            and one["status"] == query["status"]
            and self._updated(one) >= after
        ]
        return sorted(rows, key=self._updated)

    def _fork(self, one: str, other: str) -> str:
        below = self.history(other)
        return next((sha for sha in self.history(one) if sha in below), FORK)

    def _compare(self, query: dict[str, str]) -> tuple[int, object]:
        base, head = query["from"], query["to"]
        before, after = self.trees[self._fork(base, head)], self.trees[head]
        names = sorted(n for n in {*before, *after} if before.get(n) != after.get(n))
        return 200, {"diffs": [self.diff(name) for name in names], "compare_timeout": False}

    def _tree(self, query: dict[str, str]) -> tuple[int, object]:
        files = self.trees.get(query["ref"])
        if files is None:
            return 404, {"message": "404 Tree Not Found"}
        top = f"{query['path']}/" if "path" in query else ""
        entries: dict[str, Json] = {}
        for path, data in files.items():
            if not path.startswith(top):
                continue
            name, _, rest = path.removeprefix(top).partition("/")
            kind, mode = ("tree", "040000") if rest else ("blob", "100644")
            sha = blob_hash(b"" if rest else data)
            entries[name] = {"id": sha, "name": name, "type": kind, "mode": mode}
        if not entries:
            return 404, {"message": "404 Tree Not Found"}
        return 200, Page(list(entries.values()), query)

    def _blob(self, _: dict[str, str], sha: str) -> tuple[int, object]:
        for files in self.trees.values():
            for data in files.values():
                if blob_hash(data) == sha:
                    content = base64.b64encode(data).decode()
                    told = {"size": len(data), "encoding": "base64", "content": content}
                    return 200, told | {"sha": sha}
        return 404, {"message": "404 Blob Not Found"}

    def refuse(self, kind: str, token: str, path: str, method: str) -> int:
        """Return the status that a token is refused with, 0 for none."""
        if kind == "JOB-TOKEN":
            part = path.removeprefix(f"/projects/{PROJECT}/").lstrip("/").split("/")[0]
            is_fit = token == JOB_TOKEN and part in self.job_reads and method == "GET"
            return 0 if is_fit else 404
        if kind == "PRIVATE-TOKEN":
            self.used.append(token)
            return 0 if token in self.tokens else 401
        return 0 if self.is_public and method == "GET" else 404  # a private one shows nothing


_ROUTES: tuple[tuple[str, Callable[..., tuple[int, object]]], ...] = (
    (r"merge_requests/(\d+)(/commits)?", FakeGitLab._other),
    (r"repository/branches/([^/]+)", FakeGitLab._branch),
    (r"repository/commits/([0-9a-f]+)/merge_requests", FakeGitLab._associated),
    (r"repository/commits(?:/([0-9a-f]+))?", FakeGitLab._list_commits),
    (r"repository/merge_base", FakeGitLab._merge_base),
    (r"repository/compare", FakeGitLab._compare),
    (r"repository/files/([^/]+)", FakeGitLab._file),
    (r"repository/tree", FakeGitLab._tree),
    (r"repository/blobs/([0-9a-f]{40})", FakeGitLab._blob),
)


def quoted(path: str) -> str:
    """Return a path as it stands in an address, encoded whole."""
    return quote(path, safe="")


@contextmanager
def serve(context: ssl.SSLContext | None = None) -> Iterator[FakeGitLab]:
    """Serve the API as long as the block runs; with a `context` by TLS."""
    state = FakeGitLab()
    with fake_server.serve(state, PREFIX, context):
        yield state
