"""What the forges have in common at which only the gate stands, and the files that a job keeps."""

# ruff: noqa: ARG002 - a refusal takes what the port says, and needs none of it

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from whygate.errors import InputError, UndecidedError, WhygateError
from whygate.forges.port import ForgeError
from whygate.text.clean import clean, clean_line
from whygate.text.commit import within_limit

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from whygate.forges.port import (
        Deployments,
        IssueText,
        LinkedIssue,
        MergeRequest,
        Proposed,
        Published,
        PushEvent,
        QueueEvent,
        Report,
        Said,
    )
    from whygate.model import Author, Change, Finding, Part, Verdict
    from whygate.text.commit import Commit

JSON_FILE = "whygate-report.json"
_SHORT = 12


def sum_up(report: Report) -> tuple[str, str]:
    """Return what a status says of a report: `success`, `failure` or `error`, and a few words."""
    verdict = str(report.outputs.get("verdict", ""))
    errors = report.outputs.get("errors", 0)
    state = "error" if report.failure else "failure" if verdict == "failed" else "success"
    if report.advisory and state == "failure":
        state = "success"
    return state, f"{verdict}: {errors} error{'s' * (errors != 1)}" if errors else verdict


def read_messages(
    request: MergeRequest, commits: Sequence[Part], *, most: int
) -> tuple[tuple[Part, ...], list[str]]:
    """Return the messages of a request that are read, and a notice when there are more of them.

    `commits` are the first `most` of them. Raises UndecidedError for a request without a commit.
    """
    if not request.head_sha:
        raise UndecidedError(
            f"{request.identity} has no commit: its source branch is gone",
            hint="restore the branch, or close the request",
        )
    parts = tuple(within_limit(commits))
    if len(parts) == len(commits) < most:
        return parts, []
    said = f"{request.identity} has many commits; the messages of {len(parts)} were read"
    return parts, [said]


def not_all_files(request: MergeRequest) -> str:
    """Return the notice that files are unknown: the rest could be what no path rule exempts."""
    return f"not every file of {request.identity} is known, so nothing is exempt by its files"


def describe_finding(verdict: Verdict, finding: Finding) -> tuple[str, str]:
    """Return a title, and lines of text; a description is no file, so its place is told there."""
    place = f"{verdict.change.identity} {finding.location.path}:{finding.location.line}"
    parts = (f"{finding.message} ({place})", finding.question, finding.paste)
    message = "\n".join(clean_line(part) for part in parts if part)
    return f"{finding.rule} {finding.name}", message


class GateForge:
    """A forge of which no more is asked than a verdict on a request; the rest is refused.

    A subclass reads the request and its files, and shows the verdict. `environ` is the job's,
    `write` takes what goes to its log.
    """

    name = ""
    token_hint = ""
    base_hint = ""
    workspace_variable = ""
    sees_reopening = False

    def __init__(self, environ: Mapping[str, str], write: Callable[[str], None]) -> None:
        self.environ = environ
        self.write = write

    @property
    def finds_changes(self) -> bool:
        """Tell that no other change can be looked up."""
        return False

    @property
    def is_job(self) -> bool:
        """Tell that this is a job: the variables say so by which the forge was found."""
        return True

    @property
    def workspace(self) -> Path | None:
        """Return the job's clone, None when its branches are not those of the base."""
        return self.directory

    @property
    def directory(self) -> Path | None:
        """Return the directory of the job."""
        value = self.environ.get(self.workspace_variable, "")
        return Path(value) if value else None

    @property
    def no_token(self) -> UndecidedError:
        """Return the error that says how to give the job a token."""
        return UndecidedError("this cannot be read without a token", hint=self.token_hint)

    @property
    def marked(self) -> str:
        """Return the commit at which the forge shows the verdict of this job, "" for none."""
        return ""

    def confirm(self, request: MergeRequest) -> None:
        """Raise UndecidedError when a request is no longer as it was judged.

        An edited description starts no job here, so nobody else would notice. Nor may what a
        request has become make the commit green that an old job was started for: it could come
        back without a new one.
        """
        marked = self.marked
        if marked and not marked.startswith(request.head_sha):
            raise UndecidedError(
                f"{request.identity} has other commits than {marked[:_SHORT]}, for which this job "
                "was started",
                hint="look at the job of its newest commit",
            )
        again = self.read_request(request.number)
        what = ""
        if again.base_branch != request.base_branch:
            what = f"goes into `{again.base_branch}` now"
        elif not again.is_open:
            what = f"was {'merged' if again.is_merged else 'closed'}"
        elif (again.title, again.body) != (request.title, request.body):
            what = "has another title or description now"
        elif again.head_sha != request.head_sha:
            what = "has other commits now"
        if what:
            raise UndecidedError(
                f"{request.identity} {what}: it changed while it was judged",
                hint="run the job again",
            )

    def read_request(self, number: int) -> MergeRequest:
        """Return a request as it is now."""
        raise NotImplementedError

    def say(self, notice: str) -> None:
        """Write one more sentence into the log."""
        self.write(f"whygate: {clean(notice)}\n")

    def say_failure(self, report: Report) -> None:
        """Write into the log why there is no verdict."""
        self.write(f"{report.title}: {clean(report.failure)}\n")

    def publish(self, report: Report) -> None:
        """Write the log of a report, and the JSON report into the workspace."""
        for notice in report.notices:
            self.say(notice)
        if report.failure:
            self.say_failure(report)
        self.write(report.log)
        if report.document:
            self.keep_file(JSON_FILE, report.document)

    def end(self, report: Report, mark: Callable[[], None]) -> None:
        """Mark the request with what a report says; without a verdict, as far as that goes.

        Raises ApiError where a verdict cannot be published: then there is none.
        """
        try:
            mark()
        except WhygateError as error:
            if not report.failure:
                raise
            if error.message not in report.failure:
                self.say(error.message)

    def keep_file(self, name: str, text: str) -> None:
        """Write a file anew into the workspace; what a request put in its place is not followed.

        Raises InputError when it cannot be written.
        """
        path = (self.directory or Path.cwd()) / name
        try:
            path.parent.mkdir(parents=True, exist_ok=True)  # nothing was checked out
            path.unlink(missing_ok=True)
            with path.open("x", encoding="utf-8", newline="\n", errors="replace") as stream:
                stream.write(text)
        except OSError as error:
            raise InputError(
                f"`{name}` cannot be written: {error.strerror}",
                hint="let the job write into its workspace, and keep no directory of that name",
            ) from None

    def comment(self, number: int, *, marker: str, text: str, done: bool) -> None:
        """Refuse: no comment is written here."""
        raise self._refuse("a comment is written")

    def read_comments(self, number: int, wanted: Callable[[str], bool]) -> tuple[Said, ...]:
        """Return nothing: nobody waives a request here."""
        return ()

    def find_label_setters(self, number: int) -> Mapping[str, Author]:
        """Return nobody: who set a label is not read here."""
        return {}

    def read_issues(self, request: MergeRequest) -> tuple[LinkedIssue, ...]:
        """Return nothing: the issues that a request closes are not read here."""
        return ()

    def may_write(self, login: str) -> bool:
        """Tell of nobody that he may write."""
        return False

    def read_queued(self, event: QueueEvent) -> tuple[MergeRequest, ...]:
        """Refuse: each request of a queue has its own job here."""
        raise self._refuse("a queue is read")

    def read_pushed(self, event: PushEvent) -> list[Commit]:
        """Refuse: a push is not judged here."""
        raise self._refuse("a push is read")

    def find_request(self, sha: str) -> MergeRequest | None:
        """Refuse: a push is not judged here."""
        raise self._refuse("the request of a commit is found")

    def find_change(self, name: str, base_sha: str) -> Change | str | None:
        """Refuse: see `finds_changes`."""
        raise self._refuse("another change is looked up")

    def read_deployments(self, environment: str, cursor: str) -> Deployments:
        """Refuse: deployments are not read here."""
        raise self._refuse("deployments are read")

    def keep_issue(self, *, marker: str, wanted: IssueText) -> Published:
        """Refuse: no issue is kept here."""
        raise self._refuse("an issue is kept")

    def propose(self, wanted: Proposed) -> Published:
        """Refuse: nothing is proposed here."""
        raise self._refuse("a request is opened")

    def append_lines(self, path: str, lines: Mapping[str, str]) -> int:
        """Refuse: nothing is written to the repository here."""
        raise self._refuse("the ledger is written")

    def keep_notes(self, ref: str, lines: Mapping[str, str]) -> int:
        """Refuse: nothing is written to the repository here."""
        raise self._refuse("notes are written")

    def _refuse(self, what: str) -> ForgeError:
        return ForgeError(f"{what} at no job of {self.name} yet")
