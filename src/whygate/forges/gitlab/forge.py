"""GitLab behind the port: one job of a merge request pipeline and the API it may ask.

The variables are those of https://docs.gitlab.com/ci/variables/predefined_variables/.
"""

from __future__ import annotations

import hashlib
import json
import re
from functools import cached_property
from typing import TYPE_CHECKING
from urllib.parse import quote

from whygate.errors import InputError, UndecidedError
from whygate.forges.answers import HASH
from whygate.forges.gitlab import merge_request, posts, repository
from whygate.forges.gitlab.api import GRANT_HINT, REFUSED, Api
from whygate.forges.jobs import GateForge
from whygate.forges.port import DueEvent, ForgeError, Ignored, PushEvent, RequestEvent
from whygate.forges.rest import ApiError
from whygate.model import Severity
from whygate.text.clean import clean_line

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
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
        Report,
        Said,
    )
    from whygate.model import Author, Change, Finding, Verdict
    from whygate.text.commit import Commit

JUNIT_FILE = "whygate-junit.xml"
QUALITY_FILE = "gl-code-quality-report.json"
_NUMBER = re.compile(r"[1-9][0-9]{0,15}")
_NOTE_HINT = "give WHYGATE_TOKEN the scope `api` and the role Reporter or more, or leave `note` off"
_SEVERITIES = {Severity.ERROR: "major", Severity.WARNING: "minor", Severity.INFO: "info"}


class GitLab(GateForge):
    """A job of GitLab CI; see the port for what each method promises.

    Raises InputError when a variable is not what GitLab sets.
    """

    name = "GitLab"
    token_hint = GRANT_HINT
    base_hint = (
        "let the job run `git fetch origin +refs/heads/BRANCH:refs/remotes/origin/BRANCH` with the "
        "target branch before `whygate ci`, or give it WHYGATE_TOKEN (scope `read_api`)"
    )
    workspace_variable = "CI_PROJECT_DIR"

    @property
    def workspace(self) -> Path | None:
        """Return the job's clone; None in a fork's project, where its owner writes every branch."""
        names = ("CI_PROJECT_ID", "CI_MERGE_REQUEST_PROJECT_ID")
        here, there = (self.environ.get(name, "") for name in names)
        return self.directory if there in ("", here) else None

    @cached_property
    def can_ask(self) -> bool:
        """Tell whether a token may read the merge request; False leaves what the pipeline knew.

        Of another pipeline that there is a token.
        """
        if self._number("CI_MERGE_REQUEST_IID"):
            return self._live is not None
        return self._api.has_token

    @property
    def finds_changes(self) -> bool:
        """Tell that other merge requests and commits can be looked up, by whom this one can."""
        return self.can_ask

    def read_event(self, *, due: bool) -> Event:
        """Return the merge request of the pipeline; a merge train's is one of its own as well.

        A push to the default branch is one too, and a schedule there that asks what is `due`.
        """
        if self._number("CI_MERGE_REQUEST_IID"):
            if self._live is not None:
                return RequestEvent(self._live)
            return RequestEvent(merge_request.from_variables(self.environ))
        source = self.environ.get("CI_PIPELINE_SOURCE", "")
        if source == "schedule" and not due:
            hint = "set WHYGATE_DUE_ISSUE=true, and it keeps an issue about what is due"
            raise InputError("a schedule brings nothing to judge", hint=hint)
        if source not in ("push", "schedule"):
            raise InputError(
                "this is no pipeline of a merge request",
                hint='give the job the rule `if: $CI_PIPELINE_SOURCE == "merge_request_event"`',
            )
        branch = self.environ.get("CI_COMMIT_BRANCH", "")
        if not branch or branch != self.environ.get("CI_DEFAULT_BRANCH", ""):
            return Ignored("this is not the default branch; its merge request is judged")
        return DueEvent() if source == "schedule" else self._push()

    def _push(self) -> Event:
        names = ("CI_COMMIT_BEFORE_SHA", "CI_COMMIT_SHA")
        before, after = (self.environ.get(name, "") for name in names)
        if not all(HASH.fullmatch(sha) and sha.strip("0") for sha in (before, after)):
            return Ignored("the branch is new: `whygate audit` judges its whole history")
        return PushEvent(before, after)

    def read_request(self, number: int) -> MergeRequest:
        """Return a merge request as it is now."""
        return merge_request.read_request(self._api, self._project, number)

    @property
    def marked(self) -> str:
        """Return the head that the pipeline was started for, "" where the job is not told.

        https://docs.gitlab.com/ci/variables/predefined_variables/ : a pipeline of merged results
        runs at a commit of its own.
        """
        is_detached = self.environ.get("CI_MERGE_REQUEST_EVENT_TYPE") == "detached"
        own = self.environ.get("CI_COMMIT_SHA", "") if is_detached else ""
        return self.environ.get("CI_MERGE_REQUEST_SOURCE_BRANCH_SHA", "") or own

    def confirm(self, request: MergeRequest) -> None:
        """Raise UndecidedError when a merge request is no longer as it was judged."""
        if self.can_ask:
            super().confirm(request)

    def read_details(self, request: MergeRequest) -> Details:
        """Return the commits and files of a merge request as they are now."""
        return merge_request.read_details(self._api, self._project, request)

    def read_comments(self, number: int, wanted: Callable[[str], bool]) -> tuple[Said, ...]:
        """Return the notes below a merge request whose text is `wanted`, newest first."""
        return merge_request.read_comments(self._api, self._project, number, wanted)

    def find_label_setters(self, number: int) -> Mapping[str, Author]:
        """Return who set each label of a merge request last."""
        return merge_request.find_label_setters(self._api, self._project, number)

    def may_write(self, login: str) -> bool:
        """Tell whether a person may write to the project, by GitLab's word."""
        return merge_request.may_write(self._api, self._project, login)

    def read_issues(self, request: MergeRequest) -> tuple[LinkedIssue, ...]:
        """Return the issues that a merge request closes."""
        return merge_request.read_issues(self._api, self._project, request)

    def find_request(self, sha: str) -> MergeRequest | None:
        """Return the merge request that was merged as a commit."""
        return merge_request.find_merged(self._api, self._project, sha)

    def find_change(self, name: str, base_sha: str) -> Change | str | None:
        """Return the merge request or commit of a name that is open or merged."""
        return merge_request.find_change(self._api, self._project, name, base_sha)

    def read_pushed(self, event: PushEvent) -> list[Commit]:
        """Return the pushed first-parent commits, newest first."""
        return merge_request.read_pushed(self._api, self._project, event)

    def read_deployments(self, environment: str, cursor: str) -> Deployments:
        """Return the successful deployments to an environment, from a place on."""
        return repository.read_deployments(self._api, self._project, environment, cursor)

    def find_tip(self, branch: str) -> str:
        """Return the commit at the tip of a branch, "" when the clone must tell."""
        return repository.find_tip(self._api, self._project, branch)

    def find_fork(self, base: str, head: str) -> str:
        """Return the commit at which the histories of two commits part."""
        return repository.find_fork(self._api, self._project, base, head)

    def files_at(self, sha: str) -> Files:
        """Return the files of a commit, read through the API."""
        return repository.ApiTree(self._api, self._project, sha)

    def publish(self, report: Report) -> None:
        """Show a report in the log, and in the files that the merge request's widgets read."""
        super().publish(report)
        self.keep_file(JUNIT_FILE, report.junit)
        self.keep_file(QUALITY_FILE, render_code_quality(report.verdicts))

    def comment(self, number: int, *, marker: str, text: str, done: bool) -> None:
        """Bring our note below a merge request up to date."""
        self._require_writer("no note can be written", _NOTE_HINT)
        try:
            notes = posts.RequestNotes(self._api, self._project, number)
            notes.keep(marker, text, done=done)
        except ApiError as error:
            raise ForgeError(error.message, hint=_NOTE_HINT) from None

    def propose(self, wanted: Proposed) -> Published:
        """Open our one merge request, or bring it up to date."""
        self._require_writer("no merge request can be opened", posts.MergeRequests.hint)
        return posts.MergeRequests(self._api, self._project).propose(wanted)

    def keep_issue(self, *, marker: str, wanted: IssueText) -> Published:
        """Bring our one issue up to date."""
        self._require_writer("no issue can be kept", posts.ISSUE_HINT)
        return posts.ProjectIssues(self._api, self._project).keep(marker, wanted)

    def append_lines(self, path: str, lines: Mapping[str, str]) -> int:
        """Append lines to a file of the default branch."""
        self._require_writer("the ledger cannot be written", posts.LEDGER_HINT)
        try:
            return posts.append_lines(self._api, self._project, path, lines)
        except ApiError as error:
            raise ForgeError(error.message, hint=posts.LEDGER_HINT) from None

    def keep_notes(self, ref: str, lines: Mapping[str, str]) -> int:  # noqa: ARG002 - see the port
        """Refuse: the API of GitLab writes branches, tags and files alone."""
        raise ForgeError("the API of GitLab writes no git notes", hint=posts.NOTES_HINT)

    def _require_writer(self, sentence: str, hint: str) -> None:
        """Raise UndecidedError where no token may write: that of a job never does."""
        if not self._api.can_write:
            raise UndecidedError(f"{sentence} without WHYGATE_TOKEN", hint=hint)

    @cached_property
    def _live(self) -> MergeRequest | None:
        """Return the merge request as it is now, None when no token may read it.

        Raises ApiError when GitLab is out of order: what the pipeline knew may be old by now.
        """
        try:
            return self.read_request(self._number("CI_MERGE_REQUEST_IID"))
        except ApiError as error:
            if error.status not in REFUSED:
                raise
        return None

    @cached_property
    def _api(self) -> Api:
        token = self.environ.get("WHYGATE_TOKEN", "") or self.environ.get("GITLAB_TOKEN", "")
        return Api(
            self.environ.get("CI_API_V4_URL", ""),
            job_token=self.environ.get("CI_JOB_TOKEN", "").strip(),
            token=token.strip(),
            authority=self.environ.get("CI_SERVER_TLS_CA_FILE", ""),
        )

    @property
    def _project(self) -> str:
        number = self._number("CI_MERGE_REQUEST_PROJECT_ID") or self._number("CI_PROJECT_ID")
        path = self.environ.get("CI_PROJECT_PATH", "")
        if not (number or path):
            raise InputError("CI_PROJECT_ID does not say which project this is")
        return f"/projects/{number or quote(path, safe='')}"

    def _number(self, name: str) -> int:
        """Return the number a variable holds, 0 when it is unset; InputError when it is none."""
        value = self.environ.get(name, "")
        if value and not _NUMBER.fullmatch(value):
            raise InputError(f"{name} is no number")
        return int(value or 0)


def render_code_quality(verdicts: Sequence[Verdict]) -> str:
    """Return a code quality report with one entry for each finding, ending in a newline.

    A description is no file: its path is the word `description`, which the widget only shows.
    The id of a rule stands in the text, because the widget does not show `check_name`. A
    fingerprint holds no line, so a finding that moves is the same one.
    """
    entries: list[dict[str, object]] = []
    seen: dict[str, int] = {}
    for verdict in verdicts:
        for finding in verdict.findings:
            key = json.dumps([verdict.change.identity, finding.location.path, finding.rule])
            seen[key] = seen.get(key, 0) + 1
            entries.append(_entry(finding, f"{key}{seen[key]}"))
    return f"{json.dumps(entries, indent=2)}\n"


def _entry(finding: Finding, key: str) -> dict[str, object]:
    said = f"{finding.rule} {finding.name}: {finding.message}"
    place = finding.location
    return {
        "description": clean_line(f"{said}. {finding.question}" if finding.question else said),
        "check_name": finding.rule,
        "fingerprint": hashlib.sha256(key.encode("utf-8", "replace")).hexdigest(),
        "severity": _SEVERITIES.get(finding.severity, "info"),
        "location": {"path": clean_line(place.path), "lines": {"begin": place.line}},
    }
