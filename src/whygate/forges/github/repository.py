"""A repository through GitHub's API: its branches, the files of a commit, what is kept in it."""

from __future__ import annotations

import base64
import json
import re
from datetime import date
from typing import TYPE_CHECKING, Annotated
from urllib.parse import quote

from msgspec import Meta, Struct

from whygate.errors import InputError, UndecidedError
from whygate.forges.answers import Done, Sha, blob_hash
from whygate.forges.github.api import API_URL, Api, ApiError
from whygate.forges.github.shapes import (
    REPOSITORY,
    Blob,
    Content,
    Fork,
    GitCommit,
    Made,
    Permission,
    Ref,
    Tree,
    TreePaths,
)
from whygate.forges.kept import append_new, retry
from whygate.forges.port import Deployment, Deployments, ForgeError
from whygate.forges.rest import SECONDS_FOR_FILES, Rest, is_server
from whygate.forges.tree import PLAIN_FILES, Entry, ForgeTree, decode_file

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from whygate.forges.port import Files
    from whygate.policy.extends import Address

PUBLIC = "github.com"
_LOGIN = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9_-]{0,62})")
# GitHub refuses a ref that has moved (422), and a file or ref that somebody else just made (409).
MOVED = (409, 422)
_ABSENT = (404,)
_FILE_LIMIT = 1_000_000  # bytes; of a larger file the API does not tell the content
_PAGES = 50  # of a hundred deployments, in one run
# https://docs.github.com/en/graphql/reference/objects#deployment; a later deployment turns the
# state of an earlier one to INACTIVE, so its statuses are asked, and not its state.
_QUERY = """\
query {{ repository(owner: {owner}, name: {name}) {{ deployments(
  first: 100, after: {cursor}, environments: [{environment}],
  orderBy: {{field: CREATED_AT, direction: ASC}}
) {{ pageInfo {{ hasNextPage endCursor }}
  nodes {{ commitOid statuses(first: 50) {{ nodes {{ state createdAt }} }} }} }} }} }}"""
_Time = Annotated[str, Meta(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T")]


class _Reader(Api):
    """GitHub's API, also without a token."""

    may_be_anonymous = True


def open_pinned(address: Address, environ: Mapping[str, str]) -> tuple[Files, str]:
    """Return the files of the commit that an address names, and where git clones them from.

    A token goes to the server that it is for alone: the job's to the job's own, GH_TOKEN and
    GITHUB_TOKEN to github.com, GH_ENTERPRISE_TOKEN to GH_HOST
    (https://cli.github.com/manual/gh_help_environment). Raises InputError for no repository.
    """
    if not REPOSITORY.fullmatch(address.repository):
        raise InputError(f"`{address.repository}` is no `OWNER/NAME`, as GitHub names repositories")
    server = address.server or PUBLIC
    names: tuple[str, ...]
    is_job = environ.get("GITHUB_ACTIONS") == "true"  # or one of Gitea's, whose token is its own
    if is_job and is_server(environ.get("GITHUB_SERVER_URL", ""), server):
        url, names = environ.get("GITHUB_API_URL", ""), ("WHYGATE_TOKEN", "GITHUB_TOKEN")
    elif server == PUBLIC:
        url, names = API_URL, () if is_job else ("GH_TOKEN", "GITHUB_TOKEN")
    else:
        is_cloud = server.endswith(".ghe.com")  # an enterprise with data residency
        url = f"https://api.{server}" if is_cloud else f"https://{server}/api/v3"
        names = ("GH_ENTERPRISE_TOKEN",) if is_server(environ.get("GH_HOST", ""), server) else ()
    found = (environ.get(name, "").strip() for name in names)
    token = next(filter(None, found), "")
    api = _Reader(url, token, seconds=SECONDS_FOR_FILES)
    clone = f"https://{server}/{address.repository}"
    return ApiTree(api, address.repository, address.sha), clone


def find_tip(api: Api, repository: str, branch: str) -> str:
    """Return the commit at the tip of a branch, as it is now."""
    return api.get(f"/repos/{repository}/git/ref/heads/{quote(branch)}", Ref).object.sha


def may_write(api: Api, repository: str, login: str) -> bool:
    """Tell whether a person may write to a repository; an app and a stranger may not.

    https://docs.github.com/en/rest/collaborators/collaborators#get-repository-permissions-for-a-user
    """
    if not _LOGIN.fullmatch(login):
        return False
    try:
        found = api.get(f"/repos/{repository}/collaborators/{login}/permission", Permission)
    except ApiError as error:
        if error.status not in _ABSENT:
            raise
        return False  # an account that is gone
    user = found.user
    is_person = user is not None and user.type == "User" and user.login.lower() == login.lower()
    return is_person and found.permission in ("admin", "write")


def find_fork(api: Api, repository: str, base: str, head: str) -> str:
    """Return the merge base of two commits (REST, "Compare two commits")."""
    path = f"/repos/{repository}/compare/{base}...{head}"
    return api.get(path, Fork, per_page=1).merge_base_commit.sha


class ApiTree(ForgeTree[Rest]):
    """The files of a commit of `repository` (`owner/name`), by git's tree objects.

    The contents API would follow links and cut long directories.
    """

    forge = "GitHub"

    def list_directory(self, path: str, entry: Entry | None) -> Iterable[Entry]:  # noqa: ARG002
        """Return the entries of a tree object; the top's goes by the hash of the commit."""
        sha = self.sha if entry is None else entry.id
        found = self.api.get(f"/repos/{self.repository}/git/trees/{sha}", Tree)
        if found.truncated:
            raise ForgeError(f"{self.forge} does not list all files of {self.sha}")
        return (Entry(e.path, e.type, e.mode, e.sha, e.size) for e in found.tree)

    def fetch_file(self, path: str, entry: Entry) -> bytes:
        """Return the bytes of a blob, whose size the directory named."""
        if entry.size is None:
            raise ForgeError(f"{self.forge} does not say how large `{path}` is")
        blob = self.api.get(f"/repos/{self.repository}/git/blobs/{entry.id}", Blob)
        if blob.size not in (None, entry.size):
            raise ForgeError(f"{self.forge} names two sizes of `{path}`")
        return decode_file(self.forge, path, blob.content, entry.size)


def append_lines(api: Api, repository: str, path: str, lines: Mapping[str, str]) -> int:
    """Append lines to a file of the default branch, and return how many were appended.

    A line whose key the file holds already is left out. GitHub's API can only replace a file, so
    what is put back in front of the new lines must be proved to be all that was there: its bytes
    must have the hash of its blob, and GitHub replaces that very blob or refuses. Raises ApiError
    when the token may not write, as on a protected branch, and UndecidedError when the file is
    too large for the API or did not come whole; then nothing was written.
    """
    address = f"/repos/{repository}/contents/{quote(path)}"
    return retry(lambda: _add_lines(api, address, path, lines), MOVED)


def keep_notes(api: Api, repository: str, ref: str, lines: Mapping[str, str]) -> int:
    """Add a note with a line to each commit that has none, and return how many were added.

    `ref` is a full ref such as `refs/notes/product-context`, `lines` has a line by the full hash
    of a commit. The notes are one commit on top of what is there, as git writes them; when
    somebody else writes at the same time they are built again. Raises ApiError when the token
    may not write.
    """
    return retry(lambda: _add_notes(api, f"/repos/{repository}/git", ref, lines), MOVED)


def _add_lines(api: Api, address: str, path: str, lines: Mapping[str, str]) -> int:
    old, sha = _read_file(api, address, path)
    data, count = append_new(old, lines)
    if not count:
        return 0
    body: dict[str, object] = {
        "message": "chore: keep the plans of merged changes",
        "content": base64.b64encode(data).decode("ascii"),
    }
    api.send("PUT", address, {**body, "sha": sha} if sha else body, Done)
    return count


def _read_file(api: Api, address: str, path: str) -> tuple[bytes, str]:
    """Return the bytes of a file and the hash of its blob, both empty when it is absent."""
    try:
        found = api.get(address, Content)
    except ApiError as error:
        if error.status not in _ABSENT:
            raise
        return b"", ""
    if found.encoding == "none" or found.size > _FILE_LIMIT:
        raise UndecidedError(f"`{path}` is too large for the API", hint="keep plans as notes")
    if found.encoding != "base64":
        raise ForgeError(f"GitHub sent `{path}` in a form that cannot be read")
    data = decode_file("GitHub", path, found.content, found.size)
    if blob_hash(data, found.sha) != found.sha:
        raise ForgeError(f"what GitHub sent is not what `{path}` holds: its hash is another")
    return data, found.sha


def _add_notes(api: Api, git: str, ref: str, lines: Mapping[str, str]) -> int:
    short = ref.removeprefix("refs/")
    tip = find_ref(api, f"{git}/ref/{short}")
    tree, known = _read_notes(api, git, tip) if tip else ("", frozenset[str]())
    new = {sha: line for sha, line in lines.items() if sha not in known}
    if not new:
        return 0
    made = api.send("POST", f"{git}/trees", _notes_tree(tree, new), Made)
    message = "Notes added by whygate"
    parents = [tip] if tip else []
    commit = {"message": message, "tree": made.sha, "parents": parents}
    sha = api.send("POST", f"{git}/commits", commit, Made).sha
    if tip:
        api.send("PATCH", f"{git}/refs/{short}", {"sha": sha, "force": False}, Done)
    else:
        api.send("POST", f"{git}/refs", {"ref": ref, "sha": sha}, Done)
    return len(new)


def find_ref(api: Api, path: str) -> str:
    """Return the commit of a ref, empty when there is no such ref."""
    try:
        return api.get(path, Ref).object.sha
    except ApiError as error:
        if error.status not in _ABSENT:
            raise
        return ""


def _read_notes(api: Api, git: str, tip: str) -> tuple[str, frozenset[str]]:
    """Return the tree of a notes commit, and the commits that have a note.

    Many notes lie in directories named after the first digits (git-notes, fan-out).
    """
    tree = api.get(f"{git}/commits/{tip}", GitCommit).tree.sha
    listed = api.get(f"{git}/trees/{tree}", TreePaths, recursive="true")
    if listed.truncated:
        raise UndecidedError("there are more notes than GitHub lists", hint="keep plans in a file")
    return tree, frozenset(entry.path.replace("/", "") for entry in listed.tree)


def _notes_tree(base: str, lines: Mapping[str, str]) -> dict[str, object]:
    entries: Sequence[dict[str, str]] = [
        {"path": sha, "mode": PLAIN_FILES[0], "type": "blob", "content": f"{line}\n"}
        for sha, line in sorted(lines.items())
    ]
    return {"base_tree": base, "tree": entries} if base else {"tree": entries}


class _Status(Struct, rename="camel"):
    state: str
    created_at: _Time


class _Statuses(Struct):
    nodes: tuple[_Status, ...]


class _Deployed(Struct, rename="camel"):
    commit_oid: Sha
    statuses: _Statuses | None


class _PageInfo(Struct, rename="camel"):
    has_next_page: bool
    end_cursor: str | None


class _Page(Struct, rename="camel"):
    page_info: _PageInfo
    nodes: tuple[_Deployed, ...]


class _Repository(Struct):
    deployments: _Page


class _Data(Struct):
    repository: _Repository | None


class Answer(Struct):
    """What GitHub answers to the query; a repository that may not be seen is null."""

    data: _Data


def read_deployments(api: Api, repository: str, environment: str, cursor: str) -> Deployments:
    """Return the deployments that succeeded, from a place on; those of the last page are recent.

    Raises ApiError when the token may not read them, UndecidedError when there are too many.
    """
    owner, _, name = repository.partition("/")
    settled: list[Deployment] = []
    for _ in range(_PAGES):
        after = json.dumps(cursor) if cursor else "null"
        query = _QUERY.format(
            owner=json.dumps(owner),
            name=json.dumps(name),
            cursor=after,
            environment=json.dumps(environment),
        )
        found = api.graphql(query, Answer).data.repository
        if found is None:
            raise ForgeError(
                f"the token may not read {repository}, or it does not exist",
                hint="grant the job `deployments: read`",
            )
        page = found.deployments
        known = [one for node in page.nodes if (one := _read(node)) is not None]
        if not page.page_info.has_next_page:
            return Deployments(cursor, tuple(settled), tuple(known))
        if not page.page_info.end_cursor or page.page_info.end_cursor == cursor:
            raise ForgeError("GitHub does not say where the deployments go on")
        settled += known
        cursor = page.page_info.end_cursor
    raise UndecidedError(f"there are more than {_PAGES * 100} new deployments to `{environment}`")


def _read(node: _Deployed) -> Deployment | None:
    """Return a deployment with the day of its first success, None when it has none."""
    statuses = node.statuses.nodes if node.statuses is not None else ()
    days = [status.created_at[:10] for status in statuses if status.state == "SUCCESS"]
    try:
        return Deployment(node.commit_oid, date.fromisoformat(min(days))) if days else None
    except ValueError:
        raise ForgeError(f"GitHub names `{min(days)}` as a day") from None
