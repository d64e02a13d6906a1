"""Bitbucket Cloud behind the port: a step of Pipelines, the API, and a Code Insights report.

What holds a request back is the build of the step itself: Bitbucket marks it as in progress, and
fails it by the exit status. The report is pending before anything is read, and one that cannot be
published is no verdict. A description can be read with a token alone.
https://support.atlassian.com/bitbucket-cloud/docs/variables-and-secrets/
https://developer.atlassian.com/cloud/bitbucket/rest/api-group-pullrequests/
"""

from __future__ import annotations

import re
from functools import cached_property
from typing import TYPE_CHECKING
from urllib.parse import quote

from msgspec import UNSET, Struct, UnsetType

from whygate.errors import InputError
from whygate.forges.answers import HASH, Count, Number, Sha
from whygate.forges.bitbucket.insights import REPORT_ID, Insights, Proxy
from whygate.forges.jobs import GateForge, not_all_files, read_messages
from whygate.forges.port import ChangedFile, Details, ForgeError, MergeRequest, RequestEvent
from whygate.forges.rest import SECONDS_FOR_FILES, Rest, is_server
from whygate.forges.tree import DIRECTORY, PLAIN_FILES, SUBMODULE, Entry, ForgeTree
from whygate.model import Author, Origin, Part

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from whygate.forges.answers import Shape
    from whygate.forges.port import Event, Files, Report
    from whygate.policy.extends import Address

PUBLIC = "bitbucket.org"
HOST = "https://api.bitbucket.org/2.0"
BEHIND_PROXY = "http://api.bitbucket.org/2.0"  # the proxy adds who asks, and TLS
PROXY = "http://localhost:29418"
COMMITS_LIMIT = 1_000
FILES_LIMIT = 3_000
NAMES_LIMIT = 5_000  # of one directory
_BODY_LIMIT = 262_144  # characters
_SHORT = 12
_NUMBER = re.compile(r"[1-9][0-9]{0,9}")
_REPOSITORY = re.compile(r"[A-Za-z0-9_.-]{1,128}/[A-Za-z0-9_.-]{1,128}")
_OVER = ("MERGED", "DECLINED", "SUPERSEDED")
_GRANT = (
    "keep a repository access token (scopes: read repositories, read pull requests) as the "
    "secured variable WHYGATE_TOKEN of the repository: the proxy of Pipelines reads nothing"
)


class _Account(Struct):
    type: str = ""
    display_name: str = ""
    nickname: str = ""


class _Named(Struct):
    name: str


class _Hash(Struct):
    hash: str


class _Repository(Struct):
    full_name: str


class _Rendered(Struct):
    raw: str


class _End(Struct):
    branch: _Named
    commit: _Hash | None = None
    repository: _Repository | None = None


class _Pull(Struct):
    """A pull request; the hashes of its ends have twelve digits.

    Its description stands in `summary` by the documentation, and in `description` in fact.
    """

    id: Number
    state: str
    title: str
    source: _End
    destination: _End
    description: str | UnsetType | None = UNSET
    summary: _Rendered | None = None
    updated_on: str = ""
    author: _Account | None = None
    merge_commit: _Hash | None = None
    draft: bool = False


class _Commit(Struct):
    hash: Sha
    message: str


class _Path(Struct):
    path: str


class _Diffstat(Struct):
    old: _Path | None = None
    new: _Path | None = None
    lines_added: Count = 0
    lines_removed: Count = 0


class _Branch(Struct):
    name: str
    target: _Hash


class _SrcEntry(Struct):
    """A name in a directory of a commit, with its whole path."""

    type: str
    path: str
    size: int | None = None
    attributes: tuple[str, ...] | str | None = None


class _Page(Struct):
    """A part of a list; `next` is the address of the rest."""

    values: tuple[object, ...]
    next: str = ""


class Api(Rest):
    """The API of Bitbucket Cloud, with a token or, for a public repository, without."""

    name = "Bitbucket"
    url_variable = "the address of Bitbucket"
    page_size = 50  # the most that pull requests take
    size_param = "pagelen"
    may_be_anonymous = True
    grant = _GRANT

    def headers(self) -> Mapping[str, str]:
        """Return the token, if there is one."""
        return {"Authorization": f"Bearer {self._token}"} if self._token else {}

    def pages(
        self, path: str, wanted: type[Shape], /, *, most: int, **params: str | int
    ) -> tuple[Shape, ...]:
        """Return the entries of a list, all to which Bitbucket's own links lead, at most `most`."""
        found: list[Shape] = []
        asked: Mapping[str, str | int] = {**params, self.size_param: self.page_size}
        for _ in range(most):  # each page holds one entry or more
            value = self._ask("GET", path, params=asked).value
            page = self._shaped("GET", path, value, _Page)
            found += self._shaped("GET", path, page.values, list[wanted])  # type: ignore[valid-type]
            if not page.next or len(found) >= most:
                break
            if not page.next.startswith(f"{self._url}/"):
                raise ForgeError("a list of Bitbucket goes on at another host")
            path, asked = page.next.removeprefix(self._url), {}
        return tuple(found[:most])


class Tree(ForgeTree[Api]):
    """The files of a commit, which Bitbucket lists without their hashes, but with their sizes."""

    forge = Api.name
    commit = re.compile(r"[0-9a-f]{12,64}")

    def list_directory(self, path: str, entry: Entry | None) -> Iterable[Entry]:  # noqa: ARG002
        """Return the entries of a directory, all its pages."""
        below = f"{quote(path)}/" if path else ""
        address = f"{self.repository}/src/{self.sha}/{below}"
        found = self.api.pages(address, _SrcEntry, most=NAMES_LIMIT)
        if len(found) == NAMES_LIMIT:
            raise ForgeError(f"`{path or '.'}` holds more names than are read from Bitbucket")
        return (_entry(each) for each in found)

    def fetch_file(self, path: str, entry: Entry) -> bytes:
        """Return the bytes of a file, of which the directory must have told the size."""
        if entry.size is None:
            raise ForgeError(f"Bitbucket does not say how large `{path}` is")
        return self.api.get_bytes(f"{self.repository}/src/{self.sha}/{quote(path)}")


def open_pinned(address: Address, environ: Mapping[str, str]) -> tuple[Files, str]:
    """Return the files of the commit that an address names, and where git clones them from.

    WHYGATE_TOKEN goes there in a step of Pipelines alone: elsewhere it may be of another forge.
    Raises InputError for no repository, and for a server of one's own.
    """
    if address.server and not is_server(address.server, PUBLIC):
        raise InputError("of Bitbucket only the Cloud is read, as `bitbucket:WORKSPACE/NAME@...`")
    if not _REPOSITORY.fullmatch(address.repository):
        raise InputError(f"`{address.repository}` is no `WORKSPACE/NAME`, as Bitbucket has them")
    is_job = bool(environ.get("BITBUCKET_BUILD_NUMBER"))
    token = environ.get("WHYGATE_TOKEN", "").strip() if is_job else ""
    api = Api(HOST, token, seconds=SECONDS_FOR_FILES)
    clone = f"https://{PUBLIC}/{address.repository}"
    return Tree(api, f"/repositories/{address.repository}", address.sha), clone


class Bitbucket(GateForge):
    """A step of a pull request's pipeline; see the port for what each method promises."""

    name = "Bitbucket"
    token_hint = _GRANT
    base_hint = _GRANT
    workspace_variable = "BITBUCKET_CLONE_DIR"
    can_ask = True

    @property
    def marked(self) -> str:
        """Return the commit that the build and the report stand at."""
        return self.environ.get("BITBUCKET_COMMIT", "")

    def read_event(self, *, due: bool) -> Event:
        """Return the pull request of the pipeline, as it is now."""
        if due or not self.environ.get("BITBUCKET_PR_ID"):
            raise InputError(
                "this is no pipeline of a pull request",
                hint="put the step below `pipelines: pull-requests:` in bitbucket-pipelines.yml",
            )
        number = self._number
        self._insights.open(self._link)
        return RequestEvent(self.read_request(number))

    def read_request(self, number: int) -> MergeRequest:
        """Return a pull request as it is now."""
        pull = self._api.get(f"{self._home}/pullrequests/{number:d}", _Pull)
        told = pull.summary.raw if pull.summary is not None else pull.description
        if told is UNSET:
            raise ForgeError(f"Bitbucket does not tell the description of #{number}")
        body = told or ""
        if pull.id != number or len(body) > _BODY_LIMIT:
            raise ForgeError(f"#{number} came as #{pull.id}, or its description is too long")
        source, target = pull.source, pull.destination
        is_own = source.repository is not None and source.repository == target.repository
        who = pull.author or _Account()
        return MergeRequest(
            number=number,
            title=pull.title,
            body=body,
            author=Author(
                who.display_name,
                login=who.nickname or who.display_name,
                is_bot=who.type == "app_user",
            ),
            labels=(),
            branch=source.branch.name if is_own else "",
            head_sha=source.commit.hash if source.commit else "",
            base_branch=target.branch.name,
            merge_sha=pull.merge_commit.hash if pull.merge_commit else "",
            updated=pull.updated_on,
            is_draft=pull.draft,
            is_open=pull.state not in _OVER,
            is_merged=pull.state == "MERGED",
            lines_changed=0,
            commits=0,
            files=0,
        )

    def read_details(self, request: MergeRequest) -> Details:
        """Return the commits and files of a pull request; files are unknown unless all came.

        A binary file is told with no line, so the lines of one without any are not known.
        """
        path = f"{self._home}/pullrequests/{request.number:d}"
        commits = self._api.pages(f"{path}/commits", _Commit, most=COMMITS_LIMIT)
        read = [Part(Origin.COMMIT, c.hash[:_SHORT], c.message) for c in commits]
        parts, notices = read_messages(request, read, most=COMMITS_LIMIT)
        found = self._api.pages(f"{path}/diffstat", _Diffstat, most=FILES_LIMIT)
        if len(found) == FILES_LIMIT or not all(each.new or each.old for each in found):
            return Details(parts, None, (*notices, not_all_files(request)))
        lines = sum(each.lines_added + each.lines_removed for each in found)
        return Details(parts, tuple(_changed(each) for each in found), tuple(notices), lines)

    def find_tip(self, branch: str) -> str:
        """Return the commit at the tip of a branch."""
        found = self._api.get(f"{self._home}/refs/branches/{quote(branch)}", _Branch)
        if found.name != branch or not HASH.fullmatch(found.target.hash):
            raise ForgeError(f"Bitbucket sent another branch when asked for `{branch}`")
        return found.target.hash

    def find_fork(self, base: str, head: str) -> str:
        """Return the merge base of two commits."""
        return self._api.get(f"{self._home}/merge-base/{base}..{head}", _Hash).hash

    def files_at(self, sha: str) -> Files:
        """Return the files of a commit."""
        return Tree(self._api, self._home, sha)

    def publish(self, report: Report) -> None:
        """Show a report in the log and the workspace, and on the commit of the request."""
        super().publish(report)
        if self.environ.get("BITBUCKET_PR_ID"):
            self.end(report, lambda: self._insights.close(report, self._link))

    @property
    def _number(self) -> int:
        value = self.environ.get("BITBUCKET_PR_ID", "")
        if not _NUMBER.fullmatch(value):
            raise InputError("BITBUCKET_PR_ID is no number")
        return int(value)

    @property
    def _repository(self) -> str:
        named = self.environ.get("BITBUCKET_REPO_FULL_NAME", "")
        if not _REPOSITORY.fullmatch(named) or ".." in named.split("/"):
            raise InputError("BITBUCKET_REPO_FULL_NAME does not say which repository this is")
        return named

    @property
    def _home(self) -> str:
        return f"/repositories/{self._repository}"

    @property
    def _link(self) -> str:
        build = self.environ.get("BITBUCKET_BUILD_NUMBER", "")
        page = f"https://bitbucket.org/{self._repository}/pipelines"
        return f"{page}/results/{build}" if _NUMBER.fullmatch(build) else page

    @cached_property
    def _insights(self) -> Insights:
        commit = self.environ.get("BITBUCKET_COMMIT", "")
        if not HASH.fullmatch(commit):
            raise InputError("BITBUCKET_COMMIT does not say which commit this is")
        address = f"{self._home}/commit/{commit}/reports/{REPORT_ID}"
        return Insights(address, Proxy(BEHIND_PROXY, "", proxy=PROXY), self._api)

    @cached_property
    def _api(self) -> Api:
        return Api(HOST, self.environ.get("WHYGATE_TOKEN", "").strip())


def _changed(found: _Diffstat) -> ChangedFile:
    new, old = ("" if end is None else end.path for end in (found.new, found.old))
    former = old if new and old != new else ""
    return ChangedFile(new or old, former, is_counted=found.lines_added + found.lines_removed > 0)


def _entry(found: _SrcEntry) -> Entry:
    """Return an entry in git's words; what git keeps elsewhere (LFS) is no plain file."""
    name = found.path.rstrip("/").rpartition("/")[2]
    told = found.attributes
    attributes = (told,) if isinstance(told, str) else told or ()
    if found.type == "commit_directory":
        return Entry(name, DIRECTORY, "040000")
    if "subrepository" in attributes:
        return Entry(name, SUBMODULE, "160000")
    mode = "120000" if "link" in attributes else "" if "lfs" in attributes else PLAIN_FILES[0]
    return Entry(name, "blob", mode, size=found.size)
