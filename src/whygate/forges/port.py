"""What the gate asks of a forge, whichever it is: its events, its requests to merge, its files."""

from __future__ import annotations

from datetime import date  # noqa: TC003 - msgspec reads the type
from typing import TYPE_CHECKING, Annotated, Protocol

from msgspec import Meta, Struct, field

from whygate.errors import UndecidedError
from whygate.model import Author, Change, Origin, Part, Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from whygate.text.commit import Commit

DESCRIPTION = "description"
_SHORT = 12


class ForgeError(UndecidedError):
    """The forge did not answer what was asked, or not what it documents."""


# What a forge knows


class MergeRequest(Struct, frozen=True):
    """A request to merge, as the forge tells of it: in an event, or when it is asked.

    `branch` is empty for a fork: its owner may choose any name, and names can exempt. Where there
    are no descriptions the `body` `is_message`: the whole message of its one commit.
    `merge_sha` is the commit it was merged as. `commits` and `files` are counts.
    """

    number: int
    title: str
    body: str
    author: Author
    labels: tuple[str, ...]
    branch: str
    head_sha: str
    base_branch: str
    merge_sha: str
    updated: str
    is_draft: bool
    is_open: bool
    is_merged: bool
    lines_changed: int
    commits: int
    files: int
    mark: str = "#"
    is_message: bool = False

    @property
    def identity(self) -> str:
        """Return the name the request goes by: `#12`, GitLab's `!12`."""
        return f"{self.mark}{self.number}"


class LinkedIssue(Struct, frozen=True, array_like=True):
    """An issue that a request closes, as it is now."""

    number: int
    title: str = ""
    body: str = ""


class MergedRequest(Struct, frozen=True, array_like=True):
    """A request that was merged: what its author wrote, and where it went.

    `mark` is what the forge puts before its number. `merged`, `updated` and `edited` are times in
    ISO 8601; the text was `edited` last then, "" when never or when nobody says. `commits` are the
    full hashes it may have become in the history: its merge, its squash. `head` is the tip of its
    branch where it became neither of these, and so stands in the history itself (a fast-forward).
    """

    number: int
    title: str
    body: str
    author: Author = Author()
    labels: tuple[str, ...] = ()
    merged: str = ""
    updated: str = ""
    edited: str = ""
    commits: tuple[str, ...] = ()
    issues: tuple[LinkedIssue, ...] = ()
    mark: str = "#"
    head: str = ""

    @property
    def identity(self) -> str:
        """Return the name a change goes by: `#12`, GitLab's `!12`."""
        return f"{self.mark}{self.number}"

    @property
    def is_edited_later(self) -> bool:
        """Tell whether its text was edited after it was merged."""
        return bool(self.merged) and self.edited > self.merged


class RequestPage(Struct, frozen=True):
    """Some merged requests, the ones updated last first; `cursor` is "" behind the last page."""

    requests: tuple[MergedRequest, ...]
    cursor: str = ""


class ChangedFile(Struct, frozen=True):
    """A file that a request touches; `former` is the name of a renamed one before.

    It `is_counted` where the forge says how many of its lines were changed: of a binary or very
    large file it does not.
    """

    path: str
    former: str = ""
    patch: str = ""
    is_counted: bool = False

    @property
    def paths(self) -> tuple[str, ...]:
        """Return every name the file has or had: what moves away is touched as well."""
        return (self.path, self.former) if self.former else (self.path,)


class Details(Struct, frozen=True):
    """The messages of a request's commits, newest first, and the files it touches.

    `files` is None when they are not all known; `notices` say what was not seen, and why.
    `lines` is how many lines of them were changed, None when the request itself says so. Nothing
    of it `is_seen` where no token may read it.
    """

    commits: tuple[Part, ...] = ()
    files: tuple[ChangedFile, ...] | None = None
    notices: tuple[str, ...] = ()
    lines: int | None = None
    is_seen: bool = True


class Said(Struct, frozen=True):
    """A comment below a request: who wrote it and when, and whether it was changed since."""

    by: Author
    day: date
    text: str
    is_edited: bool


def to_change(request: MergeRequest, details: Details) -> Change:
    """Return a request as the change to judge; its paths are unknown unless its files are."""
    files = details.files
    are_counted = files is not None and all(file.is_counted for file in files)
    lines = request.lines_changed if details.lines is None else details.lines
    paths = None if files is None else (path for file in files for path in file.paths)
    text = Part(Origin.DESCRIPTION, DESCRIPTION, request.body)
    if request.is_message:
        text = Part(Origin.MESSAGE, request.head_sha[:_SHORT], request.body)
    return Change(
        identity=request.identity,
        title=request.title,
        parts=(text, *details.commits),
        author=request.author,
        labels=request.labels,
        branch=request.branch,
        paths=None if paths is None else tuple(dict.fromkeys(paths)),
        lines_changed=lines if are_counted else None,
        is_draft=request.is_draft,
    )


# What a forge asks


class RequestEvent(Struct, frozen=True):
    """Something happened to a request; it is as it was then."""

    request: MergeRequest


class QueueEvent(Struct, frozen=True):
    """A merge queue asks about what it would merge; `number` is the request at its end, or 0."""

    number: int
    base_branch: str
    base_sha: str
    head_sha: str


class PushEvent(Struct, frozen=True):
    """Commits came to the default branch."""

    before: str
    after: str


class AskedEvent(Struct, frozen=True):
    """Somebody asks for the verdict on a request by hand; it will stand at the commit `sha`."""

    number: int
    sha: str


class DueEvent(Struct, frozen=True):
    """The day has come to look at what is due."""


class Ignored(Struct, frozen=True):
    """Nothing is to be judged, and why."""

    reason: str


JudgedEvent = RequestEvent | QueueEvent | PushEvent | AskedEvent | Ignored
Event = JudgedEvent | DueEvent


# What a forge is told


class Report(Struct, frozen=True):
    """What a run has to say; a forge shows it where its people look.

    `notices` are what to know, `failure` is why there is no verdict and `title` its heading.
    `log` and `summary` (Markdown) are for people, `document` (JSON, empty for none), `junit` (XML)
    and `outputs` for programs. An `advisory` report holds nothing back.
    """

    verdicts: Sequence[Verdict] = ()
    notices: Sequence[str] = ()
    failure: str = ""
    title: str = "whygate"
    log: str = ""
    summary: str = ""
    document: str = ""
    junit: str = ""
    outputs: Mapping[str, str | int] = field(default_factory=dict)
    advisory: bool = False


class IssueText(Struct, frozen=True):
    """What an issue is to say; `done` when there is nothing to do, and `note` says so."""

    title: str
    text: str
    done: bool
    note: str


class Published(Struct, frozen=True):
    """What was done: created, edited, kept, reopened, closed or none; `number` is 0 for none."""

    action: str
    number: int = 0
    mark: str = "#"

    @property
    def identity(self) -> str:
        """Return the name it goes by: `#12`, GitLab's `!12` for a request."""
        return f"{self.mark}{self.number}"


class Deployment(Struct, frozen=True):
    """A commit that reached an environment, and the day on which it was there."""

    sha: Annotated[str, Meta(pattern=r"^[0-9a-f]{40}(?:[0-9a-f]{24})?\Z")]
    day: date


class Deployments(Struct, frozen=True):
    """The successful deployments since a place, the oldest first.

    `settled` are those before `cursor`, where the next reading begins; `recent` those behind it:
    whether they succeed may not be known yet.
    """

    cursor: str
    settled: tuple[Deployment, ...] = ()
    recent: tuple[Deployment, ...] = ()


class Proposed(Struct, frozen=True):
    """A request to merge that brings a new text of one file, on a branch that is ours alone.

    `compose` gives the bytes of the file: from those on the default branch and, where our request
    is open already, from those that it brings (else None). `message` is the commit's.
    """

    branch: str
    path: str
    title: str
    text: str
    message: str
    compose: Callable[[bytes, bytes | None], bytes]


# The port


class MergedRequests(Protocol):
    """The merged requests of one project, for an import.

    `project` is its name, `requests` what the forge calls them. Everything that asks raises
    ForgeError when no answer comes or it is not what the forge documents, UndecidedError when a
    limit lasts too long.
    """

    project: str
    requests: str

    @property
    def home(self) -> str:
        """Return the host and the name of the project."""
        ...

    def count(self) -> int | None:
        """Return how many there are, None when the forge does not count so many."""
        ...

    def cost(self, total: int | None) -> str:
        """Return what it costs to read so many."""
        ...

    @property
    def spent(self) -> str:
        """Return what was spent so far."""
        ...

    def read_page(self, cursor: str) -> RequestPage:
        """Return the requests behind a cursor ("": the first), the ones updated last first."""
        ...


class Files(Protocol):
    """The files of one commit; paths count from the top, with `/` between the steps."""

    def list_files(self, directory: str) -> tuple[str, ...]:
        """Return the sorted names in a directory (empty: the top) that are no directories."""
        ...

    def read_bytes(self, path: str, *, limit: int) -> bytes | None:
        """Return a file's bytes, None when absent; InputError when unfit or above `limit`."""
        ...


class Forge(Protocol):
    """One forge, and the job of its that runs us.

    Everything that asks raises ForgeError without a whole and well-formed answer, or when the
    time for all questions together is over.
    """

    @property
    def is_job(self) -> bool:
        """Tell whether this is a job that takes reports, and not somebody who tries it at home."""
        ...

    @property
    def can_ask(self) -> bool:
        """Tell whether there is a token; without one only the event itself is known."""
        ...

    @property
    def workspace(self) -> Path | None:
        """Return where the job has checked out the repository, None when it says not."""
        ...

    @property
    def no_token(self) -> UndecidedError:
        """Return the error that says how to give the job a token."""
        ...

    @property
    def base_hint(self) -> str:
        """Return how to let the job read the configuration of the base branch."""
        ...

    @property
    def sees_reopening(self) -> bool:
        """Tell whether a request that is opened again starts a job; else a closed one waits."""
        ...

    @property
    def finds_changes(self) -> bool:
        """Tell whether `find_change` can be asked."""
        ...

    def read_event(self, *, due: bool) -> Event:
        """Return what the event asks; with `due` a schedule asks what is due.

        Where a status holds a request back, it is pending before anything is read.

        Raises InputError for an event that brings nothing to judge.
        """
        ...

    def confirm(self, request: MergeRequest) -> None:
        """Raise UndecidedError when a request is no longer as it was judged, and no job says so."""
        ...

    def read_request(self, number: int) -> MergeRequest:
        """Return a request as it is now."""
        ...

    def read_details(self, request: MergeRequest) -> Details:
        """Return the commits and files of a request as they are now."""
        ...

    def read_comments(self, number: int, wanted: Callable[[str], bool]) -> tuple[Said, ...]:
        """Return the comments below a request whose text is `wanted`, newest first."""
        ...

    def find_label_setters(self, number: int) -> Mapping[str, Author]:
        """Return who set each label of a request last."""
        ...

    def may_write(self, login: str) -> bool:
        """Tell whether a person may write to the repository, by the forge's word."""
        ...

    def read_issues(self, request: MergeRequest) -> tuple[LinkedIssue, ...]:
        """Return the issues of the same repository that a request closes, the first few of them."""
        ...

    def read_queued(self, event: QueueEvent) -> tuple[MergeRequest, ...]:
        """Return every request that a merge queue would merge, by the forge's own word."""
        ...

    def read_pushed(self, event: PushEvent) -> list[Commit]:
        """Return the pushed first-parent commits, newest first, without their paths."""
        ...

    def find_request(self, sha: str) -> MergeRequest | None:
        """Return the request that was merged as a commit, None when there is none."""
        ...

    def find_change(self, name: str, base_sha: str) -> Change | str | None:
        """Return the change of a name (`#12`, a commit) that is open or merged.

        A text says why it counts for nothing, as a request that was closed; None: there is none.
        A commit counts as its request, or if the commit `base_sha` holds it.
        """
        ...

    def find_tip(self, branch: str) -> str:
        """Return the hash of the commit at the tip of a branch, "" when the clone must tell."""
        ...

    def find_fork(self, base: str, head: str) -> str:
        """Return the full hash of the commit at which the histories of two commits part."""
        ...

    def read_deployments(self, environment: str, cursor: str) -> Deployments:
        """Return the successful deployments to an environment from a place on ("": all)."""
        ...

    def files_at(self, sha: str) -> Files:
        """Return the files of a commit."""
        ...

    def publish(self, report: Report) -> None:
        """Show a report; raises InputError when it cannot be written."""
        ...

    def say(self, notice: str) -> None:
        """Show one more sentence in the log of the job."""
        ...

    def comment(self, number: int, *, marker: str, text: str, done: bool) -> None:
        """Bring our comment below a request up to date; when all is `done`, make no new one."""
        ...

    def keep_issue(self, *, marker: str, wanted: IssueText) -> Published:
        """Bring our one issue up to date."""
        ...

    def propose(self, wanted: Proposed) -> Published:
        """Open our one request to merge, or bring it up to date; nothing else is touched."""
        ...

    def append_lines(self, path: str, lines: Mapping[str, str]) -> int:
        """Append lines, by their key, to a file of the default branch; return how many were new."""
        ...

    def keep_notes(self, ref: str, lines: Mapping[str, str]) -> int:
        """Add a note, by commit, to each commit that has none; return how many were new."""
        ...
