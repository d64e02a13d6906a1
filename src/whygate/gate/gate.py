"""Turn the event of a workflow into verdicts, by the configuration of the base commit."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from msgspec import Struct, field
from msgspec.structs import replace

from whygate.errors import UndecidedError
from whygate.forges.github.api import ApiError
from whygate.forges.github.event import (
    DispatchEvent,
    Ignored,
    JudgedEvent,
    MergeGroupEvent,
    PullRequestEvent,
    PushEvent,
    numbers_in,
)
from whygate.forges.github.pull_request import (
    COMMITS_LIMIT,
    PullRequest,
    read_files,
    read_pull_request,
    read_request_commits,
    to_change,
)
from whygate.forges.github.pushed_commits import read_pushed, read_subjects
from whygate.gate.base_policy import BasePolicy, changed_policy_files
from whygate.gate.keep_plan import OFF
from whygate.git.log import Range, read_commits
from whygate.git.run import Git
from whygate.model import Origin, Part, Status
from whygate.reporters.markdown import Page
from whygate.reporters.text import judge_all
from whygate.text.commit import to_change as commit_change
from whygate.world.world import read_today

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from whygate.forges.github.api import Api
    from whygate.forges.github.pull_request import ChangedFile
    from whygate.gate.settings import Settings
    from whygate.model import Change
    from whygate.policy.policy import Policy
    from whygate.reporters.text import Shown

TOKEN_HINT = "leave the input `token` at its default"  # noqa: S105 - a sentence
_GROUP_LIMIT = 50
_REREAD_LIMIT = 20
_PUSH_LIMIT = 250


class Outcome(Struct, frozen=True):
    """What became of an event.

    `reason` says why nothing was judged. `number` is the one pull request that was judged, 0
    for none or several. An `advisory` outcome never fails. `merges` are the full hashes of the
    commits that `shown` were merged as, empty for one whose description is not known.
    """

    shown: Sequence[Shown] = ()
    policy: Policy | None = None
    day: date | None = None
    page: Page = field(default_factory=Page)
    reason: str = ""
    number: int = 0
    advisory: bool = False
    merges: tuple[str, ...] = ()

    @property
    def status(self) -> Status:
        """Return the verdict on all changes together: the worst, else what most of them asks."""
        states = {entry.verdict.status for entry in self.shown}
        for status in (Status.FAILED, Status.OK, Status.EXEMPT):
            if status in states:
                return status
        return Status.SKIPPED


class Gate:
    """Judges events of one workflow run; without an `api` only what the event itself tells.

    Every method raises UndecidedError when the verdict cannot be reached, ConfigError and
    SchemaError when the base commit's configuration cannot be used.
    """

    def __init__(self, settings: Settings, environ: Mapping[str, str], api: Api | None) -> None:
        self._settings = settings
        self._environ = environ
        self._api = api
        self._notices: list[str] = []

    def judge(self, event: JudgedEvent) -> Outcome:
        """Return the outcome of an event."""
        match event:
            case Ignored():
                return Outcome(reason=event.reason)
            case PullRequestEvent():
                return self._judge_pull(event.pull)
            case DispatchEvent():
                return self._judge_number(event.number)
            case MergeGroupEvent():
                return self._judge_group(event)
            case PushEvent():
                return self._audit(event)
        assert_never(event)

    def _judge_number(self, number: int) -> Outcome:
        if self._api is None:
            raise UndecidedError("a pull request cannot be read without a token", hint=TOKEN_HINT)
        return self._judge_pull(read_pull_request(self._api, self._settings.repository, number))

    def _judge_pull(self, told: PullRequest) -> Outcome:
        pull = told
        if self._api is not None:
            pull = read_pull_request(self._api, self._settings.repository, told.number)
        if pull.is_merged and pull.merge_sha and self._settings.keep_plan != OFF:
            return self._judge_merged(pull)
        if not pull.is_open:
            return Outcome(reason=_closed(pull))
        base = self._base(pull.base_sha)
        change = self._read_change(pull, base)
        day = read_today(None, base.policy.config)
        shown = judge_all([change], base.policy, day)
        when = f" of {pull.updated}" if pull.updated else ""
        text = f"the text{when}" if self._api is not None else "the text of the event"
        page = Page(f"judged {text} by {base.origin}", self._notices)
        return Outcome(shown, base.policy, day, page, number=pull.number)

    def _judge_merged(self, pull: PullRequest) -> Outcome:
        """Return the verdict on a request as it was merged; nothing is left to hold back."""
        base = self._base(pull.base_sha)
        change = replace(self._read_change(pull, base), is_draft=False)
        day = read_today(None, base.policy.config)
        shown = judge_all([change], base.policy, day)
        page = Page(f"read {change.identity} as it was merged by {base.origin}", self._notices)
        merges = (pull.merge_sha,)
        return Outcome(shown, base.policy, day, page, advisory=True, merges=merges)

    def _judge_group(self, event: MergeGroupEvent) -> Outcome:
        api, repository = self._api, self._settings.repository
        if api is None:
            return Outcome(
                reason="a merge group has no description, and without a token its pull requests "
                "cannot be read: they were judged before they were queued"
            )
        pulls = self._group_pulls(api, event)
        waiting = [pull for pull in pulls if pull.is_open]
        if not waiting:
            return Outcome(reason="no open pull request was found in the merge group")
        base = self._base(event.base_sha)
        changes = []
        for pull in waiting:
            api.restart()
            changes.append(self._read_change(pull, base))
        day = read_today(None, base.policy.config)
        page = Page(f"judged {repository}'s merge group by {base.origin}", self._notices)
        return Outcome(judge_all(changes, base.policy, day), base.policy, day, page)

    def _group_pulls(self, api: Api, event: MergeGroupEvent) -> list[PullRequest]:
        """Return the pull requests of a group: that of its branch, and those its commits name.

        A subject may name an issue or anything else, so those are taken only when they are
        pull requests to the same branch. Raises UndecidedError for too many to ask for.
        """
        repository = self._settings.repository
        subjects = read_subjects(api, repository, event.base_sha, event.head_sha)
        named = [number for number in numbers_in(subjects) if number != event.number]
        if len(named) > _GROUP_LIMIT:
            raise UndecidedError(
                f"the merge group names more than {_GROUP_LIMIT} pull requests",
                hint="set a smaller maximum group size in the settings of the merge queue",
            )
        pulls = [read_pull_request(api, repository, event.number)] if event.number else []
        for number in named:
            api.restart()
            try:
                pull = read_pull_request(api, repository, number)
            except ApiError as error:
                if error.status not in (404, 410):
                    raise
                continue
            if pull.base_branch == event.base_branch:
                pulls.append(pull)
        return pulls

    def _audit(self, event: PushEvent) -> Outcome:
        """Return the verdicts on what was pushed, each by its own pull request where it has one."""
        base = self._base(event.before)
        git = base.checkout(event.after)
        changes = self._read_pushed(git, event)
        if len(changes) > _REREAD_LIMIT:
            self._notices.append(
                f"{len(changes)} changes were pushed; the last {_REREAD_LIMIT} are judged"
            )
        listed = changes[:_REREAD_LIMIT]
        known = [self._reread(change, sha) for sha, change in listed]
        merges = tuple(
            sha if again is not change else ""
            for (sha, change), again in zip(listed, known, strict=True)
        )
        day = read_today(None, base.policy.config)
        page = Page(f"audited {event.after[:12]} by {base.origin}", self._notices)
        shown = judge_all(known, base.policy, day)
        return Outcome(shown, base.policy, day, page, advisory=True, merges=merges)

    def _read_pushed(self, git: Git | None, event: PushEvent) -> list[tuple[str, Change]]:
        """Return (hash, change) for every pushed first-parent commit, newest first.

        The clone knows the changed paths of each, the API does not. Raises UndecidedError when
        neither can tell.
        """
        if git is not None:
            span = Range(event.before, event.after)
            commits = list(
                read_commits(git, span, first_parent=True, limit=_PUSH_LIMIT, paths=True)
            )
        elif self._api is not None:
            commits = read_pushed(self._api, self._settings.repository, event)
        else:
            raise UndecidedError(
                "the pushed commits cannot be read",
                hint="leave the input `token` at its default, or check out with `fetch-depth: 0`",
            )
        return [(commit.sha, commit_change(commit)) for commit in commits]

    def _reread(self, change: Change, sha: str) -> Change:
        """Return a pushed change with the description it was merged with, if that can be read."""
        numbers = numbers_in([f"({change.identity})"])
        if self._api is None or not numbers:
            return change
        self._api.restart()
        try:
            pull = read_pull_request(self._api, self._settings.repository, numbers[0])
        except UndecidedError as error:
            self._notices.append(f"{change.identity} is judged by its message: {error.message}")
            return change
        if pull.merge_sha != sha:  # its subject may name anything
            return change
        message = Part(Origin.COMMIT, sha[:12], change.parts[0].text)
        described = to_change(pull, [message])
        return replace(described, paths=change.paths, day=change.day, is_draft=False)

    def _read_change(self, pull: PullRequest, base: BasePolicy) -> Change:
        """Return a pull request with its commits and files, and note what was not seen."""
        if self._api is None:
            self._notices.append(
                "there is no token: title, text, labels and draft state are as they were when "
                "the event happened, and commits and files were not read"
            )
            return to_change(pull)
        commits = read_request_commits(self._api, self._settings.repository, pull.number)
        files = read_files(self._api, self._settings.repository, pull.number)
        if len(commits) < pull.commits:
            self._notices.append(
                f"#{pull.number} has {pull.commits} commits; the messages of {len(commits)} were "
                f"read (GitHub lists {COMMITS_LIMIT})"
            )
        self._note_policy_changes(pull, files, base)
        if len(files) < pull.files:  # the rest could be what no path rule exempts
            self._notices.append(f"#{pull.number} touches more files than GitHub lists")
            return to_change(pull, commits)
        return to_change(pull, commits, files)

    def _note_policy_changes(
        self, pull: PullRequest, files: Sequence[ChangedFile], base: BasePolicy
    ) -> None:
        changed = changed_policy_files(files, base.policy.config)
        if changed:
            self._notices.append(
                f"#{pull.number} changes {', '.join(changed)}: it is judged by {base.origin}, "
                "and the change counts for what comes after it"
            )

    def _base(self, sha: str) -> BasePolicy:
        workspace = self._settings.workspace
        git = None if workspace is None else Git(workspace, environ=self._environ)
        return BasePolicy.load(
            sha,
            git=git,
            api=self._api,
            repository=self._settings.repository,
            preset=self._settings.preset,
        )


def _closed(pull: PullRequest) -> str:
    state = "merged" if pull.is_merged else "closed"
    return f"#{pull.number} is {state}: there is nothing to hold back"
