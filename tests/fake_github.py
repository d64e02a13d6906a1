"""A GitHub of our own: the part of the REST API that the action asks, with state and faults."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import Message
from typing import TYPE_CHECKING, Any, NamedTuple

from tests import fake_server
from tests.fake_server import Asked, Reply

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

TOKEN = "ghs_secretsecretsecretsecretsecret0000"
REPOSITORY = "octo-org/octo-repo"
BASE_SHA = "b" * 40
HEAD_SHA = "c" * 40
GOOD_BODY = """\
## Problem
Exports stop at row 100, so 40 accountants retype the rest every month.
## Who it helps
Accountants at firms with more than ten clients.
## Outcome
They close the month without retyping a single row.
## Measurement
- Metric: retyped rows per accountant, monthly
- Baseline: 30
- Target: 0
- Evaluate by: +30d
"""
JSON_TYPE = "application/json; charset=utf-8"

Json = dict[str, object]


@dataclass
class Fault:
    """An answer that the next fitting request gets instead of its own."""

    path: str
    status: int = 500
    body: bytes = b"{}"
    headers: Mapping[str, str] = field(default_factory=dict)
    delay: float = 0.0
    declared_length: int | None = None
    method: str = ""


class Given(NamedTuple):
    """An answer as it went out, with the template of the path it belongs to."""

    method: str
    path: str
    status: int
    body: object


class FakeGitHub:
    """The state behind the API; a test changes it before the action asks."""

    token = TOKEN
    repository = REPOSITORY
    base_sha = BASE_SHA
    head_sha = HEAD_SHA
    good_body = GOOD_BODY

    def __init__(self) -> None:
        self.pulls: dict[int, Json] = {}
        self.commits: dict[int, list[Json]] = {}
        self.files: dict[int, list[Json]] = {}
        self.comments: dict[int, list[Json]] = {}
        self.issues: list[Json] = []
        self.trees: dict[str, dict[str, tuple[str, bytes]]] = {BASE_SHA: {}}
        self.branches = {"main": BASE_SHA}
        self.compared: list[Json] = []
        self.commits_by_sha: dict[str, Json] = {}
        self.belonging: dict[str, list[int]] = {}
        self.refs: dict[str, str] = {}
        self.made: dict[str, Json] = {}
        self.blobs: dict[str, bytes] = {}
        self.deployed: dict[str, list[Json]] = {}
        self.deployments_page = 100
        self.contents: dict[str, bytes] = {}
        self.user: Json | None = None
        self.events: list[Json] = []
        self.rights = {"ada": "read", "lena": "write", "olaf": "admin"}
        self.viewer = "github-actions[bot]"
        self.faults: list[Fault] = []
        self.asked: list[Asked] = []
        self.given: list[Given] = []
        self.url = ""

    def add_pull(self, number: int = 7, /, **changes: object) -> Json:
        """Add an open pull request with its commits and files, one of each unless counted."""
        repo = {"full_name": REPOSITORY}
        head = HEAD_SHA if number == 7 else f"{number:x}".rjust(40, "9")
        pull: Json = {
            "number": number,
            "state": "open",
            "title": "feat(export): write every row",
            "body": GOOD_BODY,
            "draft": False,
            "merged": False,
            "merged_at": None,
            "merge_commit_sha": None,
            "user": {"login": "ada", "type": "User"},
            "labels": [],
            "head": {"ref": "export-rows", "sha": head, "repo": repo},
            "base": {"ref": "main", "sha": BASE_SHA, "repo": repo},
            "updated_at": "2026-11-01T10:00:00Z",
            "additions": 40,
            "deletions": 2,
            "commits": 1,
            "changed_files": 1,
        }
        self.pulls[number] = pull | changes
        self.trees.setdefault(head, self.trees[BASE_SHA])  # it changes nothing, unless told
        counts = [int(str(self.pulls[number][name])) for name in ("commits", "changed_files")]
        shas = [head[: -len(f"{n}")] + f"{n}" for n in range(1, counts[0])]
        self.commits[number] = [self.commit("Write every row", sha) for sha in (*shas, head)]
        self.files[number] = [self.file(f"src/export{n or ''}.py") for n in range(counts[1])]
        return self.pulls[number]

    def write(self, path: str, text: str | bytes, *, mode: str = "100644") -> None:
        """Put a file into the base commit."""
        data = text if isinstance(text, bytes) else text.encode()
        self.trees[BASE_SHA][path] = (mode, data)

    @staticmethod
    def commit(message: str, sha: str = HEAD_SHA, parents: tuple[str, ...] = (BASE_SHA,)) -> Json:
        """Return a commit as the API lists it."""
        who = {"name": "Ada", "email": "ada@example.org", "date": "2026-11-01T10:00:00Z"}
        return {
            "sha": sha,
            "commit": {"message": message, "author": who, "committer": who},
            "parents": [{"sha": parent} for parent in parents],
        }

    @staticmethod
    def file(path: str, **more: object) -> Json:
        """Return a file as the API lists it."""
        return {"filename": path, "status": "modified", "patch": "@@ -1 +1 @@", **more}

    @staticmethod
    def comment(number: int, body: str, user: Json, **more: object) -> Json:
        """Return a comment as the API lists it."""
        times = dict.fromkeys(("created_at", "updated_at"), "2026-11-01T10:00:00Z")
        return {"id": number, "body": body, "user": user, **times, **more}

    def say(self, body: str, login: str = "lena", number: int = 7, **more: Any) -> None:
        """Add a comment of a person."""
        listed = self.comments.setdefault(number, [])
        user: Json = {"login": login, "type": "User"}
        listed.append(self.comment(500 + len(listed), body, user) | more)

    def event(self, number: int = 7, action: str = "opened") -> Json:
        """Return the event of a pull request as it is now."""
        return {
            "action": action,
            "number": number,
            "pull_request": dict(self.pulls[number]),
            "repository": {"full_name": REPOSITORY, "default_branch": "main"},
        }

    def take(self, asked: Asked) -> Reply:
        """Return the next fault that the question meets, else its answer, which is remembered."""
        self.asked.append(asked)
        for fault in self.faults:
            if fault.method in ("", asked.method) and re.search(fault.path, asked.path):
                self.faults.remove(fault)
                time.sleep(fault.delay)
                return Reply(fault.status, fault.body, fault.headers, fault.declared_length)
        status, answer = self.answer(asked)
        self.given.append(Given(asked.method, asked.path, status, answer))
        return Reply(status, answer)

    @staticmethod
    def request(
        method: str, path: str, query: dict[str, str], headers: dict[str, str], body: object
    ) -> Asked:
        """Return a request that nobody made."""
        told = Message()
        for name, value in headers.items():
            told[name] = value
        return Asked(method, "", path, query, told, body)

    @staticmethod
    def response(method: str, path: str, body: object) -> Given:
        """Return an answer that nobody got."""
        return Given(method, path, 200, body)

    def fail(self, path: str, **fault: object) -> None:
        """Give the next request whose path fits another answer."""
        self.faults.append(Fault(path, **fault))  # type: ignore[arg-type]

    def paths(self) -> list[str]:
        """Return what was asked, as `GET /repos/...`, without the repository's prefix."""
        prefix = f"/repos/{REPOSITORY}"
        return [f"{a.method} {a.path.removeprefix(prefix)}" for a in self.asked]

    def answer(self, asked: Asked) -> tuple[int, object]:
        """Return the status and the body of a request."""
        for method, pattern, name in _ROUTES:
            if method == asked.method and (match := re.fullmatch(pattern, asked.path)):
                status, body = getattr(self, name)(asked, *match.groups())
                return status, body
        return 404, {"message": "Not Found"}

    def get_pull(self, _: Asked, number: str) -> tuple[int, object]:
        pull = self.pulls.get(int(number))
        return (200, pull) if pull is not None else (404, {"message": "Not Found"})

    def list_commits(self, asked: Asked, number: str) -> tuple[int, object]:
        return 200, _page(self.commits[int(number)], asked)

    def list_files(self, asked: Asked, number: str) -> tuple[int, object]:
        return 200, _page(self.files[int(number)], asked)

    def list_comments(self, asked: Asked, number: str) -> tuple[int, object]:
        return 200, _page(self.comments.get(int(number), []), asked)

    def get_home(self, _: Asked) -> tuple[int, object]:
        return 200, {"full_name": REPOSITORY, "default_branch": "main"}

    def list_pulls(self, asked: Asked) -> tuple[int, object]:
        owner, _, branch = asked.query["head"].partition(":")
        found = [
            pull
            for pull in self.pulls.values()
            if pull["state"] == asked.query["state"]
            and pull["head"]["ref"] == branch  # type: ignore[index]
            and pull["head"]["repo"]["full_name"].startswith(f"{owner}/")  # type: ignore[index]
        ]
        return 200, _page(found, asked)

    def create_pull(self, asked: Asked) -> tuple[int, object]:
        assert isinstance(asked.body, dict)
        body = asked.body
        if any(
            (pull["state"], pull["head"]["ref"]) == ("open", body["head"])  # type: ignore[index]
            and pull["head"]["repo"]["full_name"] == REPOSITORY  # type: ignore[index]
            for pull in self.pulls.values()
        ):
            return 422, {"message": "Validation Failed: a pull request already exists"}
        number = 1 + max(self.pulls, default=0)
        repo = {"full_name": REPOSITORY}
        head = {"ref": body["head"], "sha": self.refs[f"refs/heads/{body['head']}"], "repo": repo}
        base = {"ref": body["base"], "sha": self.branches["main"], "repo": repo}
        made = {"title": body["title"], "body": body["body"], "head": head, "base": base}
        return 201, self.add_pull(number, **made)

    def edit_pull(self, asked: Asked, number: str) -> tuple[int, object]:
        assert isinstance(asked.body, dict)
        self.pulls[int(number)].update(asked.body)
        return 200, self.pulls[int(number)]

    def create_blob(self, asked: Asked) -> tuple[int, object]:
        assert isinstance(asked.body, dict)
        data = base64.b64decode(asked.body["content"], validate=True)
        self.blobs[blob_hash(data)] = data
        return 201, {"sha": blob_hash(data), "url": self.url}

    def files_of(self, branch: str) -> dict[str, bytes]:
        """Return the files of a branch by their paths."""
        sha = self.branches.get(branch) or self.refs[f"refs/heads/{branch}"]
        return {path: data for path, (_, data) in self.trees[self._tree_of(sha)].items()}

    def _tree_of(self, sha: str) -> str:
        made = self.made.get(sha)
        return str(made["tree"]["sha"]) if made is not None else sha  # type: ignore[index]

    def create_comment(self, asked: Asked, number: str) -> tuple[int, object]:
        assert isinstance(asked.body, dict)
        user = self.user or {"login": self.viewer, "type": "Bot"}
        made = self.comment(1_000 + len(self.comments), str(asked.body["body"]), user)
        self.comments.setdefault(int(number), []).append(made)
        return 201, made

    def edit_comment(self, asked: Asked, number: str) -> tuple[int, object]:
        assert isinstance(asked.body, dict)
        for entries in self.comments.values():
            for entry in entries:
                if entry["id"] == int(number):
                    entry |= {"body": asked.body["body"], "updated_at": "2026-11-02T10:00:00Z"}
                    return 200, entry
        return 404, {"message": "Not Found"}

    def add_issue(self, number: int, body: str, user: Json, **changes: object) -> Json:
        """Add an issue as the API lists it."""
        made: Json = {"number": number, "title": "a title", "body": body, "user": user}
        self.issues.append({**made, "state": "open", "state_reason": None} | changes)
        return self.issues[-1]

    def list_issues(self, asked: Asked) -> tuple[int, object]:
        creator, state = asked.query.get("creator"), asked.query.get("state", "open")
        found = [
            issue
            for issue in self.issues
            if creator in (None, issue["user"]["login"])  # type: ignore[index]
            and state in ("all", issue["state"])
        ]
        newest_first = asked.query.get("direction", "desc") == "desc"
        found.sort(key=lambda issue: int(str(issue["number"])), reverse=newest_first)
        return 200, _page(found, asked)

    def get_issue(self, _: Asked, number: str) -> tuple[int, object]:
        found = next((i for i in self.issues if i["number"] == int(number)), None)
        home = {"repository_url": f"https://api.github.com/repos/{REPOSITORY}"}
        return (404, {"message": "Not Found"}) if found is None else (200, {**home, **found})

    def create_issue(self, asked: Asked) -> tuple[int, object]:
        assert isinstance(asked.body, dict)
        user = self.user or {"login": self.viewer, "type": "Bot"}
        number = 1 + max((int(str(issue["number"])) for issue in self.issues), default=100)
        title = str(asked.body["title"])
        return 201, self.add_issue(number, str(asked.body["body"]), user, title=title)

    def edit_issue(self, asked: Asked, number: str) -> tuple[int, object]:
        assert isinstance(asked.body, dict)
        for issue in self.issues:
            if issue["number"] == int(number):
                issue.update(asked.body)
                return 200, issue
        return 404, {"message": "Not Found"}

    def label(self, name: str, login: str = "lena", number: int = 7, kind: str = "User") -> None:
        """Set a label of a pull request, as a person or an app."""
        labels: Any = self.pulls[number]["labels"]
        self.pulls[number]["labels"] = [*labels, {"name": name}]
        actor: Json = {"login": login, "type": kind}
        self.events.append({"event": "labeled", "actor": actor, "label": {"name": name}})

    def list_events(self, asked: Asked, _: str) -> tuple[int, object]:
        return 200, _page(self.events, asked)

    def get_permission(self, _: Asked, login: str) -> tuple[int, object]:
        user = {"login": login, "type": "User"}
        return 200, {"permission": self.rights.get(login, "read"), "role_name": "x", "user": user}

    def get_user(self, _: Asked) -> tuple[int, object]:
        if self.user is None:
            return 403, {"message": "Resource not accessible by integration"}
        return 200, self.user

    def graphql(self, asked: Asked) -> tuple[int, object]:
        assert isinstance(asked.body, dict)
        if "deployments(" in str(asked.body["query"]):
            return 200, self._deployments(str(asked.body["query"]))
        return 200, {"data": {"viewer": {"login": self.viewer}}}

    def move_on(self, path: str, text: str) -> str:
        """Commit a file to the default branch, and return the commit."""
        known = self.branches["main"]
        files = {**self.trees[self._tree_of(known)], path: ("100644", text.encode())}
        tree = _hash(repr(sorted(files.items())).encode())
        sha = _hash(f"{known} {tree}".encode())
        self.trees[tree] = files
        parents = [{"sha": known}]
        self.made[sha] = {"sha": sha, "message": "On", "tree": {"sha": tree}, "parents": parents}
        self.branches["main"] = sha
        return sha

    def _reach(self, sha: str) -> list[str]:
        """Return a commit and those before it, the nearest first."""
        found = [sha]
        for one in found:
            parents = self.made.get(one, {}).get("parents", [])
            assert isinstance(parents, list)
            found += [p["sha"] for p in parents if p["sha"] not in found]
        return found

    def get_one_commit(self, _: Asked, name: str) -> tuple[int, object]:
        for sha, commit in self.commits_by_sha.items():
            if sha.startswith(name):
                return 200, commit
        return 422, {"message": f"No commit found for SHA: {name}"}

    def deploy(self, sha: str, *states: str, environment: str = "production") -> None:
        """Add a deployment whose statuses are `STATE day`, the newest first."""
        told = [state.split() for state in states]
        nodes = [{"state": state, "createdAt": f"{day}T10:00:00Z"} for state, day in told]
        made: Json = {"commitOid": sha, "statuses": {"nodes": nodes}}
        self.deployed.setdefault(environment, []).append(made)

    def _deployments(self, query: str) -> Json:
        (environment,) = json.loads(re.findall(r"environments: (\[[^\n]*\])", query)[0])
        after = json.loads(re.findall(r"after: ([^,]*),", query)[0])
        start = int(after) if after else 0
        every = self.deployed.get(environment, [])
        nodes, end = every[start : start + self.deployments_page], start + self.deployments_page
        info = {"hasNextPage": end < len(every), "endCursor": str(min(end, len(every)))}
        page = {"pageInfo": info, "nodes": nodes}
        return {"data": {"repository": {"deployments": page}}}

    def compare(self, asked: Asked, base: str, head: str) -> tuple[int, object]:
        below = self._reach(base)
        base = next((sha for sha in self._reach(head) if sha in below), base)
        old, new = (self.trees.get(self._tree_of(sha), {}) for sha in (base, head))
        differ = [path for path in {**old, **new} if old.get(path) != new.get(path)]
        return 200, {
            "commits": _page(self.compared, asked),
            "total_commits": len(self.compared),
            "files": [self.file(path) for path in differ],
            "merge_base_commit": {"sha": base},
        }

    def list_pulls_of_commit(self, asked: Asked, sha: str) -> tuple[int, object]:
        numbers = self.belonging.get(sha, [])
        return 200, _page([self.pulls[number] for number in numbers], asked)

    def get_ref(self, _: Asked, name: str) -> tuple[int, object]:
        sha = self.branches.get(name.removeprefix("heads/")) or self.refs.get(f"refs/{name}")
        if sha is None:
            return 404, {"message": "Not Found"}
        target = {"type": "commit", "sha": sha, "url": self.url}
        return 200, {"ref": f"refs/{name}", "node_id": "1", "url": self.url, "object": target}

    def matching_refs(self, _: Asked, start: str) -> tuple[int, object]:
        names = {f"refs/heads/{name}": sha for name, sha in self.branches.items()}
        return 200, [
            {"ref": name, "object": {"type": "commit", "sha": sha}}
            for name, sha in (names | self.refs).items()
            if name.startswith(f"refs/{start}")
        ]

    def create_ref(self, asked: Asked) -> tuple[int, object]:
        assert isinstance(asked.body, dict)
        name = str(asked.body["ref"])
        if name in self.refs:
            return 422, {"message": "Reference already exists"}
        self.refs[name] = str(asked.body["sha"])
        return 201, self.get_ref(asked, name.removeprefix("refs/"))[1]

    def move_ref(self, asked: Asked, name: str) -> tuple[int, object]:
        assert isinstance(asked.body, dict)
        sha, known = str(asked.body["sha"]), self.refs[f"refs/{name}"]
        parents = self.made[sha]["parents"]
        assert isinstance(parents, list)
        if {"sha": known} not in parents and not asked.body["force"]:
            return 422, {"message": "Update is not a fast forward"}
        self.refs[f"refs/{name}"] = sha
        return 200, self.get_ref(asked, name)[1]

    def get_commit(self, _: Asked, sha: str) -> tuple[int, object]:
        if sha in self.trees:
            tree = {"sha": sha, "url": self.url}
            return 200, {"sha": sha, "message": "Begin", "tree": tree, "parents": []}
        return 200, self.made[sha]

    def create_commit(self, asked: Asked) -> tuple[int, object]:
        assert isinstance(asked.body, dict)
        body = asked.body
        sha = _hash(repr(sorted(body.items())).encode())
        parents = [{"sha": parent} for parent in body["parents"]]
        tree = {"sha": body["tree"], "url": self.url}
        self.made[sha] = {"sha": sha, "message": body["message"], "tree": tree, "parents": parents}
        return 201, self.made[sha]

    def create_tree(self, asked: Asked) -> tuple[int, object]:
        assert isinstance(asked.body, dict)
        files = dict(self.trees.get(str(asked.body.get("base_tree", "")), {}))
        for entry in asked.body["tree"]:
            known = self.blobs[entry["sha"]] if "sha" in entry else entry["content"].encode()
            files[entry["path"]] = (entry["mode"], known)
        sha = _hash(repr(sorted(files.items())).encode())
        self.trees[sha] = files
        return 201, {"sha": sha, "url": self.url, "truncated": False, "tree": []}

    def notes(self, ref: str) -> dict[str, str]:
        """Return what the notes of a ref say, by commit."""
        tree = self.made[self.refs[ref]]["tree"]
        assert isinstance(tree, dict)
        files = self.trees[str(tree["sha"])]
        return {path.replace("/", ""): data.decode() for path, (_, data) in files.items()}

    def get_file(self, _: Asked, path: str) -> tuple[int, object]:
        data = self.contents.get(path)
        if data is None:
            return 404, {"message": "Not Found"}
        content = base64.encodebytes(data).decode()
        found = {"type": "file", "encoding": "base64", "size": len(data), "content": content}
        return 200, {**found, "name": path, "path": path, "sha": blob_hash(data), "url": self.url}

    def put_file(self, asked: Asked, path: str) -> tuple[int, object]:
        assert isinstance(asked.body, dict)
        old = self.contents.get(path)
        if asked.body.get("sha", "") != (blob_hash(old) if old is not None else ""):
            return 409, {"message": f"{path} does not match"}
        self.contents[path] = base64.b64decode(asked.body["content"])
        return (200 if old is not None else 201), {"content": None, "commit": {}}

    def get_tree(self, asked: Asked, sha: str) -> tuple[int, object]:
        if asked.query.get("recursive") and sha in self.trees:
            paths = self.trees[sha]
            tree: list[Json] = [{"path": path, "type": "blob"} for path in paths]
            return 200, {"sha": sha, "tree": tree, "truncated": False}
        sha = self._tree_of(sha)
        for top, files in self.trees.items():
            for directory in _directories(files):
                if sha == (top if not directory else _hash(f"{top}:{directory}".encode())):
                    tree = _entries(top, files, directory)
                    return 200, {"sha": sha, "tree": tree, "truncated": False}
        return 404, {"message": "Not Found"}

    def get_blob(self, _: Asked, sha: str) -> tuple[int, object]:
        for files in self.trees.values():
            for _mode, data in files.values():
                if blob_hash(data) == sha:
                    content = base64.encodebytes(data).decode()
                    found = {"sha": sha, "size": len(data), "content": content}
                    return 200, {**found, "encoding": "base64"}
        return 404, {"message": "Not Found"}


_REPO = f"/repos/{REPOSITORY}"
_ROUTES = (
    ("GET", _REPO, "get_home"),
    ("GET", rf"{_REPO}/pulls", "list_pulls"),
    ("POST", rf"{_REPO}/pulls", "create_pull"),
    ("PATCH", rf"{_REPO}/pulls/(\d+)", "edit_pull"),
    ("POST", rf"{_REPO}/git/blobs", "create_blob"),
    ("GET", rf"{_REPO}/pulls/(\d+)", "get_pull"),
    ("GET", rf"{_REPO}/pulls/(\d+)/commits", "list_commits"),
    ("GET", rf"{_REPO}/pulls/(\d+)/files", "list_files"),
    ("GET", rf"{_REPO}/issues", "list_issues"),
    ("POST", rf"{_REPO}/issues", "create_issue"),
    ("GET", rf"{_REPO}/issues/(\d+)", "get_issue"),
    ("PATCH", rf"{_REPO}/issues/(\d+)", "edit_issue"),
    ("GET", rf"{_REPO}/issues/(\d+)/comments", "list_comments"),
    ("POST", rf"{_REPO}/issues/(\d+)/comments", "create_comment"),
    ("PATCH", rf"{_REPO}/issues/comments/(\d+)", "edit_comment"),
    ("GET", rf"{_REPO}/commits/([0-9a-f]+)/pulls", "list_pulls_of_commit"),
    ("GET", rf"{_REPO}/commits/([0-9a-f]+)", "get_one_commit"),
    ("GET", rf"{_REPO}/compare/([0-9a-f]+)\.\.\.([0-9a-f]+)", "compare"),
    ("GET", rf"{_REPO}/git/trees/([0-9a-f]+)", "get_tree"),
    ("GET", rf"{_REPO}/git/blobs/([0-9a-f]+)", "get_blob"),
    ("GET", rf"{_REPO}/git/ref/(.+)", "get_ref"),
    ("GET", rf"{_REPO}/git/matching-refs/(.+)", "matching_refs"),
    ("POST", rf"{_REPO}/git/refs", "create_ref"),
    ("PATCH", rf"{_REPO}/git/refs/(.+)", "move_ref"),
    ("GET", rf"{_REPO}/git/commits/([0-9a-f]+)", "get_commit"),
    ("POST", rf"{_REPO}/git/commits", "create_commit"),
    ("POST", rf"{_REPO}/git/trees", "create_tree"),
    ("GET", rf"{_REPO}/contents/(.+)", "get_file"),
    ("PUT", rf"{_REPO}/contents/(.+)", "put_file"),
    ("GET", rf"{_REPO}/issues/(\d+)/events", "list_events"),
    ("GET", rf"{_REPO}/collaborators/([^/]+)/permission", "get_permission"),
    ("GET", "/user", "get_user"),
    ("POST", "/graphql", "graphql"),
)


def _page(entries: list[Json], asked: Asked) -> list[Json]:
    size, page = int(asked.query.get("per_page", "30")), int(asked.query.get("page", "1"))
    return entries[(page - 1) * size : page * size]


def blob_hash(data: bytes) -> str:
    """Return git's own hash of a file's content."""
    return _hash(b"blob %d\0" % len(data) + data)


def _hash(data: bytes) -> str:
    return hashlib.sha1(data).hexdigest()


def _directories(files: Mapping[str, object]) -> set[str]:
    found = {""}
    for path in files:
        steps = path.split("/")[:-1]
        found |= {"/".join(steps[: n + 1]) for n in range(len(steps))}
    return found


def _entries(top: str, files: Mapping[str, tuple[str, bytes]], directory: str) -> list[Json]:
    prefix = f"{directory}/" if directory else ""
    listed: dict[str, Json] = {}
    for path, (mode, data) in files.items():
        if not path.startswith(prefix):
            continue
        name, slash, _ = path.removeprefix(prefix).partition("/")
        sha = _hash(f"{top}:{prefix}{name}".encode()) if slash else blob_hash(data)
        listed[name] = {
            "path": name,
            "mode": "040000" if slash else mode,
            "type": "tree" if slash else "commit" if mode == "160000" else "blob",
            "sha": sha,
            **({} if slash else {"size": len(data)}),
        }
    return list(listed.values())


@contextmanager
def serve() -> Iterator[FakeGitHub]:
    """Give a running API with one pull request, #7, that says everything."""
    state = FakeGitHub()
    state.add_pull()
    with fake_server.serve(state):
        yield state
