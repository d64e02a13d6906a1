"""Gerrit behind the port: the message of a change, its REST API, and a vote that lets it pass.

The gate is a vote on the label `Whygate`, which a submit requirement asks for: it is taken back
before anything is read, and a vote that cannot be cast is no verdict. Gerrit runs no jobs; the
variables are those of Jenkins' Gerrit Trigger, and any other CI can set them.
https://gerrit-review.googlesource.com/Documentation/rest-api-changes.html
https://plugins.jenkins.io/gerrit-trigger/
"""

from __future__ import annotations

import base64
import re
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Literal
from urllib.parse import quote

from msgspec import Struct, field

from whygate.errors import InputError
from whygate.forges.answers import HASH, Count, Done, Number, Sha
from whygate.forges.jobs import GateForge, sum_up
from whygate.forges.port import (
    ChangedFile,
    Details,
    ForgeError,
    Ignored,
    MergeRequest,
    RequestEvent,
)
from whygate.forges.rest import DEADLINE, SECONDS_FOR_FILES, Answer, ApiError, Rest, is_server
from whygate.forges.tree import decode_file
from whygate.model import Author
from whygate.text.clean import clean
from whygate.text.commit import MESSAGE_LIMIT

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from whygate.forges.port import Event, Files, Report
    from whygate.policy.extends import Address

LABEL = "Whygate"
REPORT_LIMIT = 8_000  # characters; Gerrit takes 16 KiB (change.commentSizeLimit)
_NUMBER = re.compile(r"[1-9][0-9]{0,9}")
_LABEL = re.compile(r"[A-Za-z0-9-]{1,100}")
_USER = re.compile(r"[!-9;-~]+")  # no colon: it ends the name (RFC 7617)
_RUN = re.compile(r"`+")
_MENTION = re.compile(r"@(?=[^\s@]{1,200}@)")  # `@user@example.org` calls for a person
_HEADS = "refs/heads/"
_MAGIC = ("/COMMIT_MSG", "/MERGE_LIST", "/PATCHSET_LEVEL")  # no files of the repository
_OPTIONS = ("CURRENT_REVISION", "CURRENT_COMMIT", "CURRENT_FILES", "DETAILED_ACCOUNTS")
_VOTES = {"success": 1, "failure": -1, "error": 0}
_SHUT = (400, 405, 409)  # of a change that is closed, of an old patch set, of no such label
_SHORT = 12
_GRANT = (
    "set WHYGATE_USER and WHYGATE_TOKEN to the name and the HTTP password of an account that may "
    "read the project and vote on the label (docs/gerrit.md)"
)
_TAKES_NONE = (
    "define the label in project.config (docs/gerrit.md); a closed change and an old patch set "
    "take none"
)
_FETCH = (
    "let the job run `git fetch origin +refs/heads/BRANCH:refs/remotes/origin/BRANCH` with the "
    "target branch right before `whygate ci`, in the top directory of the clone"
)


class _Account(Struct):
    name: str = ""
    email: str = ""
    username: str = ""
    id: int = field(default=0, name="_account_id")
    tags: tuple[str, ...] = ()


class _Parent(Struct):
    commit: Sha


class _Commit(Struct):
    message: str
    parents: tuple[_Parent, ...]


class _File(Struct):
    """A file of a patch set; a binary one has no lines (FileInfo)."""

    old_path: str = ""
    binary: bool = False
    lines_inserted: Count = 0
    lines_deleted: Count = 0


class _Revision(Struct):
    commit: _Commit
    files: dict[str, _File]


class _Change(Struct):
    """A change with its current patch set (ChangeInfo)."""

    number: Number = field(name="_number")
    project: str
    branch: str
    subject: str
    status: Literal["NEW", "MERGED", "ABANDONED"]
    owner: _Account
    current_revision: Sha
    revisions: dict[str, _Revision]
    hashtags: tuple[str, ...] = ()
    work_in_progress: bool = False
    updated: str = ""


class _Branch(Struct):
    ref: str
    revision: Sha


class _Reviewed(Struct):
    """What became of a review (ReviewResult); `labels` are the votes as they are now."""

    labels: dict[str, int] | None = None


class Api(Rest):
    """The API of Gerrit for an account: below `/a`, by name and HTTP password, else for anybody.

    `named` is the variable that told its address.
    """

    name = "Gerrit"
    url_variable = "the address of Gerrit"
    grant = _GRANT
    opening = b")]}'\n"
    may_be_anonymous = True

    def __init__(
        self,
        url: str,
        user: str = "",
        password: str = "",
        *,
        named: str = "",
        seconds: float = DEADLINE,
    ) -> None:
        self.url_variable = named or self.url_variable
        super().__init__(f"{url}/a" if user else url, password, seconds=seconds)
        self._login = base64.b64encode(f"{user}:{password}".encode()).decode("ascii")

    def headers(self) -> Mapping[str, str]:
        """Return name and password (RFC 7617)."""
        return {"Authorization": f"Basic {self._login}"} if self._token else {}

    def explain(self, answer: Answer, said: str) -> tuple[str, str]:
        """Return what a refusal means and what to do about it."""
        if answer.status == 401:
            return "Gerrit does not accept WHYGATE_USER with WHYGATE_TOKEN", _GRANT
        if answer.status in (403, 404):
            return "the account may not do this, or it does not exist", _GRANT
        return super().explain(answer, said)


class CommitFiles:
    """The files of a commit, each by its path; Gerrit lists no directory."""

    def __init__(self, api: Api, project: str, sha: str) -> None:
        self._api = api
        self._home = f"{project}/commits/{sha}"

    def list_files(self, directory: str) -> tuple[str, ...]:
        """Refuse: raises ForgeError with what lets the clone tell."""
        where = f"`{directory}`" if directory else "the top of a commit"
        raise ForgeError(f"Gerrit's API does not list {where}", hint=_FETCH)

    def read_bytes(self, path: str, *, limit: int) -> bytes | None:
        """Return a file's bytes, None when absent; InputError when it is too large."""
        try:
            text = self._api.get_bytes(f"{self._home}/files/{quote(path, safe='')}/content")
        except ApiError as error:
            if error.status != 404:
                raise
            self._api.get(self._home, Done)  # or nobody may see it
            return None
        data = decode_file(Api.name, path, text.decode("ascii", "replace"), None)
        if len(data) > limit:
            raise InputError(f"`{path}` is larger than {limit} bytes")
        return data


class Gerrit(GateForge):
    """A job about a patch set of a change; see the port for what each method promises."""

    name = "Gerrit"
    token_hint = _GRANT
    base_hint = _FETCH
    can_ask = True

    def __init__(self, environ: Mapping[str, str], write: Callable[[str], None]) -> None:
        super().__init__(environ, write)
        self._may_vote = False
        self._seen: dict[str, _Revision] = {}

    @property
    def directory(self) -> Path | None:
        """Return the directory the job runs in, the top of its clone."""
        return Path.cwd()

    def read_event(self, *, due: bool) -> Event:
        """Return the change of the job as it is now, without a vote.

        A change that is closed and a patch set that is not the newest are left alone.
        """
        if due:
            raise InputError("an issue about what is due is not kept at Gerrit")
        refused = None
        try:
            self._vote(0)
        except ApiError as error:
            if error.status not in _SHUT:
                raise
            refused = error
        self._may_vote = refused is None
        request = self.read_request(self._number)
        if not request.is_open:
            self._may_vote = False
            return Ignored(f"{request.identity} is closed: there is nothing to hold back")
        if request.head_sha != self._revision:
            self._may_vote = False
            return Ignored(
                f"{request.identity} has a newer patch set than {self._revision[:_SHORT]}, and "
                "that has a job of its own"
            )
        if refused is not None:
            raise refused
        return RequestEvent(request)

    def read_request(self, number: int) -> MergeRequest:
        """Return a change with its current patch set."""
        options = "&".join(f"o={option}" for option in _OPTIONS)
        found = self._api.get(f"{self._home}?{options}", _Change)
        revision = found.revisions.get(found.current_revision)
        if found.number != number or revision is None:
            raise ForgeError(f"Gerrit did not send change {number} with its current patch set")
        if len(revision.commit.message.encode("utf-8", "replace")) > MESSAGE_LIMIT:
            raise ForgeError(f"the message of change {number} is larger than {MESSAGE_LIMIT} bytes")
        self._seen[found.current_revision] = revision
        return MergeRequest(
            number=number,
            title=found.subject,
            body=revision.commit.message,
            author=_author(found.owner),
            labels=found.hashtags,
            branch="",
            head_sha=found.current_revision,
            base_branch=found.branch,
            merge_sha="",
            updated=found.updated.partition(".")[0],
            is_draft=found.work_in_progress,
            is_open=found.status == "NEW",
            is_merged=found.status == "MERGED",
            lines_changed=0,
            commits=1,
            files=len(revision.files),
            mark="change ",
            is_message=True,
        )

    def read_details(self, request: MergeRequest) -> Details:
        """Return the files of the patch set that was read; its one commit is the request itself."""
        told = self._seen[request.head_sha].files
        files = {path: file for path, file in told.items() if path not in _MAGIC}
        return Details(
            files=tuple(
                ChangedFile(path, file.old_path, is_counted=not file.binary)
                for path, file in files.items()
            ),
            lines=sum(file.lines_inserted + file.lines_deleted for file in files.values()),
        )

    def find_tip(self, branch: str) -> str:
        """Return the commit at the tip of a branch."""
        found = self._api.get(f"{self._project}/branches/{quote(branch, safe='')}", _Branch)
        if found.ref not in (f"{_HEADS}{branch}", branch):  # `refs/meta/config` is its own name
            raise ForgeError(f"Gerrit sent the branch `{found.ref}` when asked for `{branch}`")
        return found.revision

    def find_fork(self, base: str, head: str) -> str:
        """Return the parent of the patch set: a change is one commit."""
        revision = self._seen.get(head)
        parents = revision.commit.parents if revision is not None else ()
        return parents[0].commit if parents else base

    def files_at(self, sha: str) -> Files:
        """Return the files of a commit, which can be read and not listed."""
        return CommitFiles(self._api, self._project, sha)

    def publish(self, report: Report) -> None:
        """Show a report in the log, and cast the vote that is the gate with a message.

        Without a verdict the vote stays taken back, and only the message says why. So it stays
        for work in progress that would pass: it becomes ready without a new patch set.
        """
        super().publish(report)
        if not self._may_vote:
            return
        state, said = sum_up(report)
        text = report.failure or (report.log if state == "failure" else "")
        if state == "success" and any(verdict.change.is_draft for verdict in report.verdicts):
            self.say("work in progress gets no vote to let it pass; run the job when it is ready")
        elif report.failure or report.verdicts:
            message = _render_message(said, text, self.environ)
            self.end(report, lambda: self._vote(_VOTES[state], message))

    def _vote(self, value: int, message: str = "") -> None:
        """Cast a vote at the patch set of the job; raises ForgeError when it does not stand.

        Older servers lower a vote that an account may not cast, unless the labels are strict.
        """
        label = self._label
        body = {
            "labels": {label: value},
            "strict_labels": True,
            "tag": "autogenerated:whygate",
            "notify": "OWNER" if value < 0 else "NONE",
            **({"message": message} if message else {}),
        }
        path = f"{self._home}/revisions/{self._revision}/review"
        try:
            voted = self._api.send("POST", path, body, _Reviewed, again=True).labels or {}
        except ApiError as error:
            if error.status not in _SHUT:
                raise
            raise ApiError(
                f"Gerrit takes no vote here: {error.message}", hint=_TAKES_NONE, status=error.status
            ) from None
        if voted.get(label, 0) != value:
            raise ForgeError(
                f"Gerrit took the vote {value:+d} on `{label}` for {voted.get(label, 0):+d}",
                hint=f"let the account's group vote `label-{label} = -1..+1` (docs/gerrit.md)",
            )

    @property
    def _label(self) -> str:
        label = self.environ.get("WHYGATE_LABEL", "").strip() or LABEL
        if not _LABEL.fullmatch(label):
            raise InputError("WHYGATE_LABEL is no label: its name has letters, digits and `-`")
        return label

    @property
    def _number(self) -> int:
        value = self.environ.get("GERRIT_CHANGE_NUMBER", "")
        if not _NUMBER.fullmatch(value):
            raise InputError("GERRIT_CHANGE_NUMBER is no number")
        return int(value)

    @property
    def _revision(self) -> str:
        sha = self.environ.get("GERRIT_PATCHSET_REVISION", "")
        if not HASH.fullmatch(sha):
            raise InputError("GERRIT_PATCHSET_REVISION does not say which patch set this is")
        return sha

    @property
    def _named(self) -> str:
        project = self.environ.get("GERRIT_PROJECT", "")
        if not project or ".." in project.split("/"):
            raise InputError("GERRIT_PROJECT does not say which project this is")
        return project

    @property
    def _project(self) -> str:
        return f"/projects/{quote(self._named, safe='')}"

    @property
    def _home(self) -> str:
        return f"/changes/{quote(self._named, safe='')}~{self._number}"

    @cached_property
    def _api(self) -> Api:
        user, password = (self.environ.get(f"WHYGATE_{n}", "").strip() for n in ("USER", "TOKEN"))
        if not user or not password:
            raise self.no_token
        if not _USER.fullmatch(user):
            raise InputError("WHYGATE_USER holds characters that no user name has")
        server = find_server(self.environ)
        if not server:
            raise InputError(
                "GERRIT_CHANGE_URL is not the address of the change",
                hint="let WHYGATE_SERVER name the address of Gerrit, as a browser has it",
            )
        own = self.environ.get("WHYGATE_SERVER", "").strip()
        return Api(server, user, password, named="WHYGATE_SERVER" if own else "GERRIT_CHANGE_URL")


def find_server(environ: Mapping[str, str]) -> str:
    """Return the address of a job's Gerrit: WHYGATE_SERVER, else what comes before the change's.

    It is "" where none of them tells.
    """
    own = environ.get("WHYGATE_SERVER", "").strip()
    if own:
        return own.rstrip("/")
    project, number = (environ.get(f"GERRIT_{name}", "") for name in ("PROJECT", "CHANGE_NUMBER"))
    url = environ.get("GERRIT_CHANGE_URL", "").strip().rstrip("/")
    if not number or not url.endswith(f"/{number}"):
        return ""
    if url.endswith(f"/+/{number}"):  # the name of a project may be escaped there
        long = f"/c/{project}/+/{number}"
        return url.removesuffix(long) if url.endswith(long) else url.partition("/c/")[0]
    return url.removesuffix(f"/{number}").removesuffix("/#/c").rstrip("/")


def open_pinned(address: Address, environ: Mapping[str, str]) -> tuple[Files, str]:
    """Return the files of the commit that an address names, and where git clones them from.

    The account of a job goes to the job's own server alone. Raises InputError without a server.
    """
    if not address.server:
        raise InputError("there is no public Gerrit; write `gerrit://SERVER/PROJECT@...`")
    own = find_server(environ)
    is_job = bool(environ.get("GERRIT_CHANGE_NUMBER")) and is_server(own, address.server)
    user, token = (environ.get(f"WHYGATE_{n}", "").strip() * is_job for n in ("USER", "TOKEN"))
    url = own if is_job else f"https://{address.server}"
    login = (user, token) if user and token else ("", "")
    api = Api(url, *login, seconds=SECONDS_FOR_FILES)
    project = f"/projects/{quote(address.repository, safe='')}"
    clone = f"https://{address.server}/{address.repository}"
    return CommitFiles(api, project, address.sha), clone


def _author(owner: _Account) -> Author:
    """Return the owner of a change; an account of Gerrit's Service Users is a bot by its word.

    https://gerrit-review.googlesource.com/Documentation/access-control.html#service_users
    """
    login = owner.username or (str(owner.id) if owner.id else "")
    return Author(owner.name, owner.email, login, is_bot="SERVICE_USER" in owner.tags)


def _render_message(said: str, text: str, environ: Mapping[str, str]) -> str:
    """Return what Gerrit shows beside a vote: echoed text in a fence, calling for nobody."""
    lines = [f"whygate: {said}" if said else "whygate"]
    shown = _MENTION.sub("@\u200b", clean(text).strip())
    if len(shown) > REPORT_LIMIT:
        shown = shown[:REPORT_LIMIT].rpartition("\n")[0] + "\n... (the log of the job has all)"
    if shown:
        longest = max((len(run) for run in _RUN.findall(shown)), default=0)
        fence = "`" * max(3, longest + 1)
        lines += ["", fence, shown, fence]
    page = environ.get("BUILD_URL", "")
    if page.startswith(("http://", "https://")) and page.isprintable() and " " not in page:
        lines += ["", page]
    return "\n".join(lines)
