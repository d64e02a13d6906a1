"""GitHub behind the port: one job of GitHub Actions and the API it may ask."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from whygate.errors import InputError, UndecidedError
from whygate.forges.github import posts, pull_request, repository
from whygate.forges.github.api import API_URL, Api, ApiError
from whygate.forges.github.event import load_payload, read_event
from whygate.forges.github.shapes import REPOSITORY
from whygate.forges.github.workflow import Runner, find_path
from whygate.forges.port import ForgeError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from whygate.forges.port import (
        Deployments,
        Details,
        Event,
        Files,
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
    from whygate.model import Author, Change
    from whygate.text.commit import Commit

_TOKEN_HINT = "leave the input `token` at its default"  # noqa: S105 - a sentence
_WRITE_HINT = "grant the job `contents: write`, or leave `keep-plan` off; forks can never write"


class GitHub:
    """A step of a workflow on GitHub; see the port for what each method promises.

    Raises InputError when a variable of the runner is not what the runner sets.
    """

    def __init__(self, environ: Mapping[str, str], write: Callable[[str], None]) -> None:
        self._environ = environ
        self._runner = Runner(environ, write)
        self._token = environ.get("WHYGATE_TOKEN", "").strip()

    @property
    def is_job(self) -> bool:
        """Tell whether a runner takes reports."""
        return self._runner.output is not None

    @property
    def can_ask(self) -> bool:
        """Tell whether there is a token."""
        return bool(self._token)

    @property
    def base_hint(self) -> str:
        """Return how to let the job read the configuration of the base branch."""
        return "leave the input `token` at its default, or check out with `fetch-depth: 0`"

    @property
    def sees_reopening(self) -> bool:
        """Tell that `reopened` starts a job, as the workflow asks (docs/action.md)."""
        return True

    @property
    def finds_changes(self) -> bool:
        """Tell that other pull requests and commits can be looked up, with a token."""
        return self.can_ask

    def confirm(self, request: MergeRequest) -> None:
        """Do nothing: an edit, a new base or a new commit starts a job of its own."""

    @property
    def workspace(self) -> Path | None:
        """Return the directory that checkouts go to."""
        return find_path(self._environ, "GITHUB_WORKSPACE")

    @property
    def no_token(self) -> UndecidedError:
        """Return the error that says how to give the job a token."""
        return UndecidedError("this cannot be read without a token", hint=_TOKEN_HINT)

    def read_event(self, *, due: bool) -> Event:
        """Return what the event of the workflow asks."""
        path = find_path(self._environ, "GITHUB_EVENT_PATH")
        if path is None or not self._repository:
            raise InputError(
                "this is no step of a GitHub workflow: there is no event",
                hint="`whygate check` judges a description, a message or a range anywhere",
            )
        name, sha = (self._environ.get(f"GITHUB_{what}", "") for what in ("EVENT_NAME", "SHA"))
        return read_event(name, load_payload(path), sha=sha, due=due)

    def read_request(self, number: int) -> MergeRequest:
        """Return a pull request as it is now."""
        return pull_request.read_request(self._api, self._repository, number)

    def read_details(self, request: MergeRequest) -> Details:
        """Return the commits and files of a pull request as they are now."""
        return pull_request.read_details(self._api, self._repository, request)

    def read_comments(self, number: int, wanted: Callable[[str], bool]) -> tuple[Said, ...]:
        """Return the comments below a pull request whose text is `wanted`, newest first."""
        return pull_request.read_comments(self._api, self._repository, number, wanted)

    def find_label_setters(self, number: int) -> Mapping[str, Author]:
        """Return who set each label of a pull request last."""
        return pull_request.find_label_setters(self._api, self._repository, number)

    def may_write(self, login: str) -> bool:
        """Tell whether a person may write to the repository."""
        return repository.may_write(self._api, self._repository, login)

    def read_issues(self, request: MergeRequest) -> tuple[LinkedIssue, ...]:
        """Return the issues that a pull request closes by its description."""
        try:
            return pull_request.read_issues(self._api, self._repository, request)
        except ApiError as error:
            raise ForgeError(f"{error.message} (`issues: read` lets the job read it)") from None

    def read_queued(self, event: QueueEvent) -> tuple[MergeRequest, ...]:
        """Return every open pull request of a merge group."""
        return pull_request.read_queued(self._api, self._repository, event)

    def read_pushed(self, event: PushEvent) -> list[Commit]:
        """Return the pushed first-parent commits, newest first."""
        return pull_request.read_pushed(self._api, self._repository, event)

    def find_request(self, sha: str) -> MergeRequest | None:
        """Return the pull request that was merged as a commit."""
        return pull_request.find_merged(self._api, self._repository, sha)

    def find_change(self, name: str, base_sha: str) -> Change | str | None:
        """Return the pull request or commit of a name that is open or merged."""
        return pull_request.find_change(self._api, self._repository, name, base_sha)

    def find_tip(self, branch: str) -> str:
        """Return the commit at the tip of a branch, as it is now."""
        return repository.find_tip(self._api, self._repository, branch)

    def find_fork(self, base: str, head: str) -> str:
        """Return the commit at which the histories of two commits part."""
        return repository.find_fork(self._api, self._repository, base, head)

    def read_deployments(self, environment: str, cursor: str) -> Deployments:
        """Return the successful deployments to an environment, from a place on."""
        if not self._repository:
            raise InputError("GITHUB_REPOSITORY does not say whose deployments are meant")
        return repository.read_deployments(self._api, self._repository, environment, cursor)

    def files_at(self, sha: str) -> Files:
        """Return the files of a commit, read through the API."""
        return repository.ApiTree(self._api, self._repository, sha)

    def publish(self, report: Report) -> None:
        """Show a report in the log, the summary, the outputs and a file."""
        self._runner.publish(report)

    def say(self, notice: str) -> None:
        """Write a notice into the log."""
        self._runner.say(notice)

    def comment(self, number: int, *, marker: str, text: str, done: bool) -> None:
        """Bring our comment below a pull request up to date."""
        try:
            comments = posts.RequestComments(self._api, self._repository, number)
            comments.keep(marker, text, done=done)
        except ApiError as error:
            raise ForgeError(error.message, hint=posts.COMMENT_HINT) from None

    def keep_issue(self, *, marker: str, wanted: IssueText) -> Published:
        """Bring our one issue up to date."""
        if not self.can_ask:
            raise UndecidedError("no issue can be kept without a token", hint=_TOKEN_HINT)
        return posts.RepositoryIssues(self._api, self._repository).keep(marker, wanted)

    def propose(self, wanted: Proposed) -> Published:
        """Open our one pull request, or bring it up to date."""
        if not self._repository:
            raise InputError(
                "GITHUB_REPOSITORY does not say where a pull request is to be opened",
                hint="it is `owner/name`, and set in every step of a workflow",
            )
        if not self.can_ask:
            raise UndecidedError(
                "no pull request can be opened without a token",
                hint="set WHYGATE_TOKEN for this step alone",
            )
        return posts.PullRequests(self._api, self._repository).propose(wanted)

    def append_lines(self, path: str, lines: Mapping[str, str]) -> int:
        """Append lines to a file of the default branch."""
        try:
            return repository.append_lines(self._api, self._repository, path, lines)
        except ApiError as error:
            raise ForgeError(error.message, hint=_WRITE_HINT) from None

    def keep_notes(self, ref: str, lines: Mapping[str, str]) -> int:
        """Add a note to each commit that has none."""
        try:
            return repository.keep_notes(self._api, self._repository, ref, lines)
        except ApiError as error:
            raise ForgeError(error.message, hint=_WRITE_HINT) from None

    @property
    def _repository(self) -> str:
        """Return `owner/name`, empty when the runner does not say."""
        named = self._environ.get("GITHUB_REPOSITORY", "")
        return named if REPOSITORY.fullmatch(named) else ""

    @cached_property
    def _api(self) -> Api:
        if not self.can_ask:
            raise self.no_token
        return Api(self._environ.get("GITHUB_API_URL", "").strip() or API_URL, self._token)
