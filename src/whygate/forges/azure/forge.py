"""Azure DevOps behind the port: a job of Azure Pipelines, its API, and the gate of a pull request.

The gate is the pull-request status `whygate/product-context`, which a status policy asks for: it
is pending before anything is read, and a status that cannot be set is no verdict.
https://learn.microsoft.com/en-us/azure/devops/repos/git/pull-request-status
https://learn.microsoft.com/en-us/azure/devops/pipelines/build/variables
"""

from __future__ import annotations

import re
from functools import cached_property
from typing import TYPE_CHECKING, Literal
from urllib.parse import quote

from msgspec import Struct

from whygate.errors import InputError, UndecidedError
from whygate.forges.answers import Count, Done, Number, Sha  # noqa: TC001 - msgspec reads them
from whygate.forges.jobs import GateForge, describe_finding, not_all_files, read_messages, sum_up
from whygate.forges.port import ChangedFile, Details, ForgeError, MergeRequest, RequestEvent
from whygate.forges.rest import SECONDS_FOR_FILES, Rest, is_server
from whygate.forges.tree import Entry, ForgeTree
from whygate.model import Author, Origin, Part, Severity
from whygate.text.clean import clean

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from whygate.forges.answers import Shape
    from whygate.forges.port import Event, Files, Report
    from whygate.model import Verdict
    from whygate.policy.extends import Address

PUBLIC = "dev.azure.com"
GENRE, NAME = "whygate", "product-context"
VERSION = "7.0"  # the first in which all of these are no preview: Azure DevOps Server 2022
BODY_LIMIT = 4_000  # characters of a description that Azure DevOps keeps
COMMITS_LIMIT = 1_000
FILES_LIMIT = 10_000
_CUT_LIMIT = 50  # messages of which Azure DevOps lists the start only
_SHORT = 12
_MARK = "!"
_HEADS = "refs/heads/"
_NUMBER = re.compile(r"[1-9][0-9]{0,9}")
_ID = re.compile(r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")
_STATES = {"success": "succeeded", "failure": "failed", "error": "error"}
_GRANT = (
    "let the step set `env: { SYSTEM_ACCESSTOKEN: $(System.AccessToken) }`, and let the project's "
    "build service contribute to pull requests of the repository"
)
_LONGEST = 2_000


class _Identity(Struct, rename="camel"):
    display_name: str = ""
    unique_name: str = ""
    descriptor: str = ""


class _Label(Struct):
    name: str


class _Commit(Struct, rename="camel"):
    commit_id: Sha
    comment: str = ""
    comment_truncated: bool = False


class _Pull(Struct, rename="camel"):
    """A pull request (Pull Requests, "Get Pull Request")."""

    pull_request_id: Number
    status: Literal["notSet", "active", "abandoned", "completed"]
    title: str
    source_ref_name: str
    target_ref_name: str
    description: str | None = None
    created_by: _Identity | None = None
    labels: tuple[_Label, ...] | None = None
    last_merge_source_commit: _Commit | None = None
    last_merge_commit: _Commit | None = None
    fork_source: Done | None = None
    is_draft: bool = False


class _Iteration(Struct, rename="camel"):
    """What was pushed at once, compared with the target branch."""

    id: Number
    source_ref_commit: _Commit


class _Status(Struct):
    state: str


class _Item(Struct, rename="camel"):
    path: str = ""
    is_folder: bool = False


class _Entry(Struct, rename="camel"):
    """A file that an iteration touches; a renamed one names where it was."""

    item: _Item
    original_path: str | None = None
    source_server_item: str | None = None


class _Changes(Struct, rename="camel"):
    change_entries: tuple[_Entry, ...]
    next_skip: Count = 0


class _Ref(Struct, rename="camel"):
    name: str
    object_id: Sha


class _TreeCommit(Struct, rename="camel"):
    commit_id: Sha
    tree_id: Sha


class _TreeEntry(Struct, rename="camel"):
    relative_path: str
    mode: str
    git_object_type: str
    object_id: Sha
    size: Count | None = None


class _Tree(Struct, rename="camel"):
    object_id: Sha
    tree_entries: tuple[_TreeEntry, ...]


class Api(Rest):
    """The API of Azure DevOps; SYSTEM_COLLECTIONURI names its collection.

    A token that it does not take gets a page to sign in (203, or a way to another host).
    """

    name = "Azure DevOps"
    url_variable = "SYSTEM_COLLECTIONURI"
    grant = _GRANT
    always: Mapping[str, str] = {"api-version": VERSION}
    sign_in = frozenset({203, 302})

    def headers(self) -> Mapping[str, str]:
        """Return the token of the job, if there is one."""
        return {"Authorization": f"Bearer {self._token}"} if self._token else {}

    def read_list(
        self, path: str, wanted: type[Shape], /, *, most: int, **params: str | int
    ) -> tuple[Shape, ...]:
        """Return the entries of a list, all that its tokens of continuation lead to."""
        found: list[Shape] = []
        token = ""
        while len(found) < most:
            further = {"continuationToken": token} if token else {}
            answer = self._ask("GET", path, params={**params, **further})
            held = answer.value.get("value") if isinstance(answer.value, dict) else None
            found += self._shaped("GET", path, held, list[wanted])  # type: ignore[valid-type]
            token = answer.headers.get("x-ms-continuationtoken", "")
            if not (token and held):
                break
        return tuple(found[:most])


class Tree(ForgeTree[Api]):
    """The files of a commit, by git's tree objects."""

    forge = Api.name

    def list_directory(self, path: str, entry: Entry | None) -> Iterable[Entry]:  # noqa: ARG002
        """Return the entries of a tree object; a commit names that of the top."""
        if entry is None:
            commit = self.api.get(f"{self.repository}/commits/{self.sha}", _TreeCommit)
            if commit.commit_id != self.sha:
                raise ForgeError(f"Azure DevOps sent another commit when asked for {self.sha}")
        sha = commit.tree_id if entry is None else entry.id
        found = self.api.get(f"{self.repository}/trees/{sha}", _Tree)
        return (
            Entry(e.relative_path, e.git_object_type, e.mode, e.object_id, e.size)
            for e in found.tree_entries
        )

    def fetch_file(self, path: str, entry: Entry) -> bytes:  # noqa: ARG002
        """Return the bytes of a blob."""
        wanted = {"$format": "octetstream"}
        return self.api.get_bytes(f"{self.repository}/blobs/{entry.id}", **wanted)


class _Reader(Api):
    """The same, also without a token."""

    may_be_anonymous = True


def open_pinned(address: Address, environ: Mapping[str, str]) -> tuple[Files, str]:
    """Return the files of the commit that an address names, and where git clones them from.

    It is `azure:ORGANISATION/PROJECT/NAME@...`, or `azure://HOST/COLLECTION//PROJECT/NAME@...` on
    a server of one's own. The token of a job goes to the job's own collection alone. Raises
    InputError for no repository.
    """
    *above, project, name = address.repository.split("/")
    collection = address.server or "/".join((PUBLIC, *above))
    if bool(above) is bool(address.server) or len(above) > 1:
        raise InputError(f"`{address.repository}` is no repository, as Azure DevOps names them")
    own = environ.get("SYSTEM_COLLECTIONURI", "")
    is_job = environ.get("TF_BUILD", "").lower() == "true" and is_server(own, collection)
    token = environ.get("SYSTEM_ACCESSTOKEN", "").strip() if is_job else ""
    url = own if is_job else f"https://{collection}"
    ca = environ.get("AGENT_CAINFO", "") if is_job else ""
    api = _Reader(quote(url, safe=":/%~"), token, authority=ca, seconds=SECONDS_FOR_FILES)
    home = f"/{quote(project, safe='')}/_apis/git/repositories/{quote(name, safe='')}"
    return Tree(api, home, address.sha), f"https://{collection}/{project}/_git/{name}"


class Azure(GateForge):
    """A job of Azure Pipelines that validates a pull request; see the port for each method."""

    name = "Azure DevOps"
    token_hint = _GRANT
    base_hint = _GRANT
    workspace_variable = "BUILD_SOURCESDIRECTORY"
    can_ask = True
    _pushed: _Iteration | None = None  # the last iteration when the job began; very old requests
    # have none

    @property
    def marked(self) -> str:
        """Return the commit of the iteration that carries the status."""
        return "" if self._pushed is None else self._pushed.source_ref_commit.commit_id

    def read_event(self, *, due: bool) -> Event:
        """Return the pull request that the job validates, as it is now."""
        if due or not self.environ.get("SYSTEM_PULLREQUEST_PULLREQUESTID"):
            raise InputError(
                "this run validates no pull request",
                hint="let a build validation policy of the target branch start the pipeline",
            )
        if self._provider != "TfsGit":
            raise InputError(
                f"the repository of this run is at {self._provider}, and not in Azure Repos",
                hint="judge its pull requests by a job of that forge",
            )
        found = self._api.read_list(f"{self._pull}/iterations", _Iteration, most=FILES_LIMIT)
        self._pushed = max(found, key=lambda each: each.id, default=None)
        self._mark("pending", "whygate is reading")
        return RequestEvent(self.read_request(self._number))

    def read_request(self, number: int) -> MergeRequest:
        """Return a pull request as it is now.

        Azure DevOps keeps the first 4,000 characters of a description: one as long as that may
        be cut, and is refused.
        """
        pull = self._api.get(f"{self._home}/pullRequests/{number:d}", _Pull)
        if pull.pull_request_id != number:
            raise ForgeError(f"Azure DevOps sent !{pull.pull_request_id} when asked for !{number}")
        body = pull.description or ""
        if len(body.encode("utf-16-le")) >= 2 * BODY_LIMIT:
            raise UndecidedError(
                f"the description of !{number} is as long as Azure DevOps keeps one "
                f"({BODY_LIMIT:,} characters): its end may be cut off",
                hint="shorten it, and run the job again",
            )
        who = pull.created_by or _Identity()
        merge, head = pull.last_merge_commit, pull.last_merge_source_commit
        is_merged = pull.status == "completed"
        return MergeRequest(
            number=number,
            title=pull.title,
            body=body,
            author=_author(who),
            labels=tuple(label.name for label in pull.labels or ()),
            branch=_branch(pull.source_ref_name) if pull.fork_source is None else "",
            head_sha=head.commit_id if head else "",
            base_branch=_branch(pull.target_ref_name),
            merge_sha=merge.commit_id if merge and is_merged else "",
            updated="",
            is_draft=pull.is_draft,
            is_open=pull.status == "active",
            is_merged=is_merged,
            lines_changed=0,
            commits=0,
            files=0,
            mark=_MARK,
        )

    def read_details(self, request: MergeRequest) -> Details:
        """Return the commits and files of a pull request; files are unknown unless all came.

        Nobody counts lines here: of a rename neither, or what else it changes would go unseen.
        """
        path = f"{self._home}/pullRequests/{request.number:d}"
        listed = self._api.read_list(f"{path}/commits", _Commit, most=COMMITS_LIMIT)
        read = tuple(self._read_messages(listed))
        most = COMMITS_LIMIT if len(read) == len(listed) else len(read)
        parts, notices = read_messages(request, read, most=most)
        files = self._read_files(path, request.head_sha)
        if files is None:
            notices.append(not_all_files(request))
        return Details(parts, files, tuple(notices))

    def find_tip(self, branch: str) -> str:
        """Return the commit at the tip of a branch; the filter finds longer names as well."""
        found = self._api.read_list(
            f"{self._home}/refs", _Ref, most=1_000, filter=f"heads/{branch}"
        )
        tips = [ref.object_id for ref in found if ref.name == f"{_HEADS}{branch}"]
        if not tips:
            raise ForgeError(f"Azure DevOps knows no branch `{branch}`", hint=_GRANT)
        return tips[0]

    def find_fork(self, base: str, head: str) -> str:
        """Return the first merge base of two commits."""
        path = f"{self._home}/commits/{head}/mergebases"
        found = self._api.read_list(path, _Commit, most=1, otherCommitId=base)
        if not found:
            raise ForgeError("the histories of the pull request and its target never meet")
        return found[0].commit_id

    def files_at(self, sha: str) -> Files:
        """Return the files of a commit."""
        return Tree(self._api, self._home, sha)

    def say_failure(self, report: Report) -> None:
        """Write an issue that says why there is no verdict."""
        said = f"{report.title}: {report.failure}"
        self.write(render_issue(said, is_error=not report.advisory))

    def publish(self, report: Report) -> None:
        """Show a report in the log and in the workspace, and set the status that is the gate."""
        self.write(render_issues(report.verdicts, advisory=report.advisory))
        super().publish(report)
        state, said = sum_up(report)
        self.end(report, lambda: self._mark(_STATES[state], said))

    def _mark(self, state: str, said: str) -> None:
        """Set the status of the iteration that is judged; raises ApiError when it cannot be set.

        One of the whole request would outlive a push, so a policy that resets it takes none.
        https://learn.microsoft.com/en-us/azure/devops/repos/git/pull-request-status#iteration-status
        """
        is_here = self._provider == "TfsGit"
        if not (is_here and self.environ.get("SYSTEM_PULLREQUEST_PULLREQUESTID")):
            return
        context = {"genre": GENRE, "name": NAME}
        body: dict[str, object] = {"state": state, "description": said, "context": context}
        build = self.environ.get("BUILD_BUILDID", "")
        if _NUMBER.fullmatch(build):
            page = self._api.address(f"/{self._project}/_build/results?buildId={build}")
            body["targetUrl"] = page
        if self._pushed is not None:
            body["iterationId"] = self._pushed.id
        told = self._api.send("POST", f"{self._pull}/statuses", body, _Status, again=True).state
        if told != state:
            raise ForgeError(f"Azure DevOps took the status `{state}` for `{told}`", hint=_GRANT)

    def _read_messages(self, commits: tuple[_Commit, ...]) -> Iterator[Part]:
        """Yield the whole messages; where only the start is listed, a commit is asked for."""
        left = _CUT_LIMIT
        for commit in commits:
            message = commit.comment
            if commit.comment_truncated:
                if not left:
                    return
                left -= 1
                path = f"{self._home}/commits/{commit.commit_id}"
                message = self._api.get(path, _Commit).comment
            yield Part(Origin.COMMIT, commit.commit_id[:_SHORT], message)

    def _read_files(self, path: str, head: str) -> tuple[ChangedFile, ...] | None:
        """Return what the iteration touches, None unless it is about `head` and all came."""
        last = self._pushed
        if last is None or last.source_ref_commit.commit_id != head:
            return None
        files: list[ChangedFile] = []
        skip = 0
        while len(files) < FILES_LIMIT:
            page = self._api.get(
                f"{path}/iterations/{last.id}/changes",
                _Changes,
                **{"$top": 2_000, "$skip": skip},
            )
            for entry in page.change_entries:
                names = (entry.item.path, entry.original_path, entry.source_server_item)
                if not any(names):
                    return None
                if not entry.item.is_folder:
                    files += [ChangedFile(name.lstrip("/")) for name in names if name]
            if not page.next_skip:
                return tuple(files)
            if page.next_skip <= skip:
                return None
            skip = page.next_skip
        return None

    @property
    def _provider(self) -> str:
        return self.environ.get("BUILD_REPOSITORY_PROVIDER", "") or "TfsGit"

    @property
    def _number(self) -> int:
        value = self.environ.get("SYSTEM_PULLREQUEST_PULLREQUESTID", "")
        if not _NUMBER.fullmatch(value):
            raise InputError("SYSTEM_PULLREQUEST_PULLREQUESTID is no number")
        return int(value)

    @property
    def _pull(self) -> str:
        return f"{self._home}/pullRequests/{self._number:d}"

    @property
    def _project(self) -> str:
        named = self.environ.get("SYSTEM_TEAMPROJECT", "")
        if not named or named in (".", ".."):
            raise InputError("SYSTEM_TEAMPROJECT does not say which project this is")
        return quote(named, safe="")

    @property
    def _home(self) -> str:
        named = self.environ.get("BUILD_REPOSITORY_ID", "")
        if not _ID.fullmatch(named):
            raise InputError("BUILD_REPOSITORY_ID does not say which repository this is")
        return f"/{self._project}/_apis/git/repositories/{named}"

    @cached_property
    def _api(self) -> Api:
        token = self.environ.get("SYSTEM_ACCESSTOKEN", "").strip()
        if not token:
            raise self.no_token
        address = quote(self.environ.get("SYSTEM_COLLECTIONURI", ""), safe=":/%~")
        return Api(address, token, authority=self.environ.get("AGENT_CAINFO", ""))


def _author(who: _Identity) -> Author:
    """Return who opened a request; a build service is a bot by the word of Azure DevOps.

    https://learn.microsoft.com/en-us/rest/api/azure/devops/graph/ (descriptors)
    """
    login = who.unique_name or who.display_name
    return Author(who.display_name, login=login, is_bot=who.descriptor.startswith("svc."))


def _branch(ref: str) -> str:
    return ref.removeprefix(_HEADS)


def render_issues(verdicts: Sequence[Verdict], *, advisory: bool = False) -> str:
    """Return one issue for each error and warning; `advisory` makes every error a warning."""
    return "".join(_issues(verdicts, is_soft=advisory))


def render_issue(text: str, *, is_error: bool) -> str:
    """Return one logging command on one line, whatever the text holds, ending in a newline."""
    kind = "error" if is_error else "warning"
    told = clean(text[:_LONGEST]).replace("%", "%AZP25").replace("\n", "%0A")
    return f"##vso[task.logissue type={kind}]{told}\n"


def _issues(verdicts: Sequence[Verdict], *, is_soft: bool) -> Iterator[str]:
    for severity in (Severity.ERROR, Severity.WARNING):
        for verdict in verdicts:
            for finding in verdict.findings:
                if finding.severity is severity:
                    said = ": ".join(describe_finding(verdict, finding))
                    yield render_issue(said, is_error=severity is Severity.ERROR and not is_soft)
