"""Gitea and Forgejo behind the port: a runner like GitHub's, an API and a gate of their own.

The check is the commit status `whygate`: it is pending before anything is read, and a status that
cannot be set is no verdict. https://docs.gitea.com/api/ and https://forgejo.org/docs/latest/user/api-usage/
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Literal
from urllib.parse import quote

from msgspec import Struct

from whygate.errors import InputError
from whygate.forges.answers import Count, Number, Sha, shape
from whygate.forges.github.event import load_payload
from whygate.forges.github.repository import ApiTree
from whygate.forges.github.shapes import REPOSITORY, Label
from whygate.forges.github.workflow import Runner, find_path
from whygate.forges.jobs import GateForge, not_all_files, read_messages, sum_up
from whygate.forges.port import (
    ChangedFile,
    Details,
    ForgeError,
    MergeRequest,
    RequestEvent,
)
from whygate.forges.rest import SECONDS_FOR_FILES, Rest, is_server
from whygate.model import Author, Origin, Part

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from whygate.forges.port import Event, Files, Report
    from whygate.policy.extends import Address

PUBLIC = "gitea.com"
CONTEXT = "whygate"
_COMMITS_LIMIT = 1_000
_FILES_LIMIT = 3_000
_BODY_LIMIT = 262_144  # characters
_SHORT = 12
_GRANT = "leave the input `token` at its default, and let the job's token write commit statuses"


class _User(Struct):
    login: str


class _Repository(Struct):
    full_name: str


class _End(Struct):
    ref: str
    sha: Sha
    repo: _Repository | None = None


class _Pull(Struct):
    """A pull request (`GET /repos/{owner}/{repo}/pulls/{index}`)."""

    number: Number
    state: Literal["open", "closed"]
    title: str
    body: str | None
    user: _User | None
    labels: tuple[Label, ...] | None
    head: _End
    base: _End
    updated_at: str
    merged: bool
    merge_base: str = ""
    merge_commit_sha: str | None = None
    draft: bool = False
    changed_files: Count | None = None


class _Told(Struct):
    """What an event must hold: the rest is asked for."""

    number: Number
    head: _End


class _Payload(Struct):
    pull_request: _Told


class _Text(Struct):
    message: str


class _Commit(Struct):
    sha: Sha
    commit: _Text


class _File(Struct):
    filename: str
    previous_filename: str = ""
    additions: Count = 0
    deletions: Count = 0


class _Named(Struct):
    id: Sha


class _Branch(Struct):
    commit: _Named


class _Status(Struct):
    """A status that was set (`CommitStatus`), which calls its state `status`."""

    status: str


class Api(Rest):
    """The API of Gitea and Forgejo; GITHUB_API_URL names it (`.../api/v1`)."""

    name = "Gitea"
    url_variable = "GITHUB_API_URL"
    page_size = 50  # MAX_RESPONSE_ITEMS, unless an administrator says otherwise
    size_param = "limit"
    grant = _GRANT

    def headers(self) -> Mapping[str, str]:
        """Return the token, if there is one."""
        return {"Authorization": f"token {self._token}"} if self._token else {}


class Tree(ApiTree):
    """The files of a commit, which Gitea lists as GitHub does."""

    forge = "Gitea"


class _Reader(Api):
    """The same, also without a token."""

    may_be_anonymous = True


def open_pinned(address: Address, environ: Mapping[str, str]) -> tuple[Files, str]:
    """Return the files of the commit that an address names, and where git clones them from.

    The token of a job goes to the job's own server alone. Raises InputError for no repository.
    """
    if not REPOSITORY.fullmatch(address.repository):
        raise InputError(f"`{address.repository}` is no `OWNER/NAME`, as Gitea names repositories")
    server = address.server or PUBLIC
    url, token = f"https://{server}/api/v1", ""
    is_job = "true" in (environ.get("GITEA_ACTIONS"), environ.get("FORGEJO_ACTIONS"))
    if is_job and is_server(environ.get("GITHUB_SERVER_URL", ""), server):
        url = environ.get("GITHUB_API_URL", "")
        token = environ.get("WHYGATE_TOKEN", "").strip()
    api = _Reader(url, token, seconds=SECONDS_FOR_FILES)
    clone = f"https://{server}/{address.repository}"
    return Tree(api, address.repository, address.sha), clone


class Gitea(GateForge):
    """A job of Gitea's or Forgejo's Actions; see the port for what each method promises."""

    name = "Gitea"
    token_hint = _GRANT
    base_hint = _GRANT
    workspace_variable = "GITHUB_WORKSPACE"

    def __init__(self, environ: Mapping[str, str], write: Callable[[str], None]) -> None:
        super().__init__(environ, write)
        self._runner = Runner(environ, write)
        self._head = ""  # the commit that carries the status
        self._forks: dict[str, str] = {}

    can_ask = True
    sees_reopening = True

    @property
    def marked(self) -> str:
        """Return the commit that carries the status."""
        return self._head

    def read_event(self, *, due: bool) -> Event:
        """Return the pull request of the event, as it is now."""
        path = find_path(self.environ, "GITHUB_EVENT_PATH")
        name = self.environ.get("GITHUB_EVENT_NAME", "")
        if due or path is None or name not in ("pull_request", "pull_request_target"):
            raise InputError(
                f"the event `{name}` brings nothing to judge", hint="run it on `pull_request`"
            )
        try:
            told = shape(load_payload(path), _Payload).pull_request
        except ValueError as error:
            raise ForgeError(f"this is no `{name}` event as Gitea sends it: {error}") from None
        self._head = told.head.sha
        self._mark("pending", "whygate is reading")
        return RequestEvent(self.read_request(told.number))

    def read_request(self, number: int) -> MergeRequest:
        """Return a pull request as it is now."""
        pull = self._api.get(f"{self._home}/pulls/{number:d}", _Pull)
        body = pull.body or ""
        if pull.number != number or len(body) > _BODY_LIMIT:
            raise ForgeError(f"#{number} came as #{pull.number}, or its description is too long")
        ends = (pull.head.repo, pull.base.repo)
        is_own = None not in ends and ends[0] == ends[1]
        self._forks[pull.head.sha] = pull.merge_base
        return MergeRequest(
            number=number,
            title=pull.title,
            body=body,
            author=Author(pull.user.login, login=pull.user.login) if pull.user else Author(),
            labels=tuple(label.name for label in pull.labels or ()),
            branch=pull.head.ref if is_own else "",
            head_sha=pull.head.sha,
            base_branch=pull.base.ref,
            merge_sha=pull.merge_commit_sha or "",
            updated=pull.updated_at,
            is_draft=pull.draft,
            is_open=pull.state == "open",
            is_merged=pull.merged,
            lines_changed=0,
            commits=0,
            files=-1 if pull.changed_files is None else pull.changed_files,
        )

    def read_details(self, request: MergeRequest) -> Details:
        """Return the commits and files of a pull request; files are unknown unless all came.

        A binary file is told with no line, so the lines of one without any are not known.
        """
        path = f"{self._home}/pulls/{request.number:d}"
        commits = self._api.pages(f"{path}/commits", _Commit, most=_COMMITS_LIMIT)
        files = self._api.pages(f"{path}/files", _File, most=_FILES_LIMIT)
        read = [Part(Origin.COMMIT, c.sha[:_SHORT], c.commit.message) for c in commits]
        parts, notices = read_messages(request, read, most=_COMMITS_LIMIT)
        if len(files) != request.files:
            return Details(parts, None, (*notices, not_all_files(request)))
        changed = tuple(
            ChangedFile(f.filename, f.previous_filename, is_counted=f.additions + f.deletions > 0)
            for f in files
        )
        lines = sum(f.additions + f.deletions for f in files)
        return Details(parts, changed, tuple(notices), lines)

    def find_tip(self, branch: str) -> str:
        """Return the commit at the tip of a branch."""
        return self._api.get(f"{self._home}/branches/{quote(branch)}", _Branch).commit.id

    def find_fork(self, base: str, head: str) -> str:
        """Return the commit at which a pull request parts from its base, as Gitea says."""
        return self._forks.get(head, "") or base

    def files_at(self, sha: str) -> Files:
        """Return the files of a commit."""
        return Tree(self._api, self._repository, sha)

    def publish(self, report: Report) -> None:
        """Show a report in the log and the outputs, and set the status that is the gate."""
        self._runner.publish(report)
        self.end(report, lambda: self._mark(*sum_up(report)))

    def say(self, notice: str) -> None:
        """Write a notice into the log."""
        self._runner.say(notice)

    def _mark(self, state: str, said: str) -> None:
        """Set the status of the head; raises ApiError when it cannot be set."""
        if not self._head:
            return
        body = {"state": state, "context": CONTEXT, "description": said}
        path = f"{self._home}/statuses/{self._head}"
        told = self._api.send("POST", path, body, _Status, again=True).status
        if told != state:
            raise ForgeError(f"Gitea took the status `{state}` for `{told}`", hint=_GRANT)

    @property
    def directory(self) -> Path | None:
        """Return the directory that checkouts go to."""
        return find_path(self.environ, self.workspace_variable)

    @property
    def _repository(self) -> str:
        named = self.environ.get("GITHUB_REPOSITORY", "")
        if not REPOSITORY.fullmatch(named):
            raise InputError("GITHUB_REPOSITORY does not say which repository this is")
        return named

    @property
    def _home(self) -> str:
        return f"/repos/{self._repository}"

    @cached_property
    def _api(self) -> Api:
        token = self.environ.get("WHYGATE_TOKEN", "").strip()
        if not token:
            raise self.no_token
        return Api(self.environ.get("GITHUB_API_URL", ""), token)
