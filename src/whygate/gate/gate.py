"""From the event of a forge to verdicts, by the policy at the tip of the base branch."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from msgspec import Struct, field
from msgspec.structs import replace

from whygate.errors import ConfigError, InputError, UndecidedError, WhygateError
from whygate.forges.port import (
    AskedEvent,
    Details,
    Ignored,
    JudgedEvent,
    MergeRequest,
    PushEvent,
    QueueEvent,
    RequestEvent,
    to_change,
)
from whygate.gate.base import BasePolicy, changed_policy_files, find_tip, load_brought
from whygate.gate.ledger import find_edit, with_edit
from whygate.gate.settings import OFF
from whygate.gate.waivers import find_proven_labels, find_waiver
from whygate.git.log import Range, read_commits
from whygate.git.run import Git
from whygate.history.covered import describe_missing, holds_plan
from whygate.judge.check import check, waive
from whygate.model import Origin, Part, Severity, Status
from whygate.policy.exemptions import names_elsewhere
from whygate.reporters.markdown import Page
from whygate.reporters.text import Shown, judge_all
from whygate.text.commit import to_change as commit_change
from whygate.world.world import read_today

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from whygate.forges.port import Forge
    from whygate.gate.settings import Settings
    from whygate.judge.case import LookUp
    from whygate.model import Change
    from whygate.outcomes.edits import LedgerEdit
    from whygate.policy.policy import Policy

_REREAD_LIMIT = 20
_PUSH_LIMIT = 250
_SHORT = 12


class Ruling(Struct, frozen=True):
    """What became of an event.

    `reason` says why nothing was judged. `base` is the commit whose policy judged, `number` the
    one request that was judged, 0 for none or several. An `advisory` one never fails.
    `merges` are the full hashes of the commits that `shown` were merged as, empty for one whose
    description is not known.
    """

    shown: Sequence[Shown] = ()
    policy: Policy | None = None
    day: date | None = None
    page: Page = field(default_factory=Page)
    base: str = ""
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
    """Judges events of one job; from a forge that cannot be asked, only what the event tells.

    Every method raises UndecidedError when the verdict cannot be reached, ConfigError and
    SchemaError when the base commit's configuration cannot be used.
    """

    def __init__(self, settings: Settings, environ: Mapping[str, str], forge: Forge) -> None:
        self._settings = settings
        self._environ = environ
        self._forge = forge
        self._notices: list[str] = []
        self._requests: dict[str, MergeRequest] = {}  # by the identity of their change
        self._edits: dict[str, tuple[LedgerEdit, bool]] = {}  # of the ledger, by change
        workspace = forge.workspace
        self._git = None if workspace is None else Git(workspace, environ=environ)

    def judge(self, event: JudgedEvent) -> Ruling:
        """Return the ruling of an event."""
        match event:
            case Ignored():
                return Ruling(reason=event.reason)
            case RequestEvent():
                return self._judge_request(event.request)
            case AskedEvent():
                return self._judge_asked(event)
            case QueueEvent():
                return self._judge_queue(event)
            case PushEvent():
                return self._audit(event)
        assert_never(event)

    def _judge_asked(self, event: AskedEvent) -> Ruling:
        """Return the verdict on a request, if it is about the commit that the forge marks with it.

        Else a good or a closed request would give a green check to whatever branch somebody starts
        this on. One that was merged may be asked for where it went as well: at the tip of its base.
        """
        request = self._forge.read_request(event.number)
        base = request.base_branch
        marks_base = request.is_merged and event.sha == self._forge.find_tip(base)
        if not (marks_base or request.head_sha == event.sha):
            other = f", or on `{base}`" if request.is_merged else ""
            raise InputError(
                f"{request.identity} is about the commit {request.head_sha[:_SHORT]}, and this was "
                f"started on {event.sha[:_SHORT] or 'none'}",
                hint=f"start it on the branch of {request.identity}{other}",
            )
        return self._judge_known(request)

    def _judge_request(self, told: MergeRequest) -> Ruling:
        if self._forge.can_ask:
            return self._judge_known(self._forge.read_request(told.number))
        return self._judge_known(told)

    def _judge_known(self, request: MergeRequest) -> Ruling:
        if request.is_merged and request.merge_sha and self._settings.keep_plan != OFF:
            return self._judge_merged(request)
        if not request.is_open:
            if not (request.is_merged or self._forge.sees_reopening):
                raise UndecidedError(
                    f"{request.identity} is closed: no job would judge it when it is opened again",
                    hint="open it again, and run the job then",
                )
            return Ruling(reason=_closed(request))
        base = self._base_of(request.base_branch)
        change = self._read_change(request, base)
        when = f" of {request.updated}" if request.updated else ""
        text = f"the text{when}" if self._forge.can_ask else "the text of the event"
        ruling = self._rule([change], base, f"judged {text}", number=request.number)
        self._forge.confirm(request)
        return ruling

    def _judge_merged(self, request: MergeRequest) -> Ruling:
        """Return the verdict on a request as it was merged; nothing is left to hold back."""
        base = self._base_of(request.base_branch)
        change = replace(self._read_change(request, base), is_draft=False)
        basis = f"read {change.identity} as it was merged"
        return self._rule([change], base, basis, advisory=True, merges=(request.merge_sha,))

    def _judge_queue(self, event: QueueEvent) -> Ruling:
        if not self._forge.can_ask:
            raise self._forge.no_token
        waiting = self._forge.read_queued(event)
        if not waiting:
            raise UndecidedError("no open request belongs to the merge group")
        base = self._base_of(event.base_branch)
        changes = [self._read_change(request, base) for request in waiting]
        return self._rule(changes, base, "judged the merge group")

    def _audit(self, event: PushEvent) -> Ruling:
        """Return the verdicts on what was pushed, each by its own request where it has one.

        They are judged by what stood in force before the push: it may have changed that.
        """
        base = self._base(event.before)
        git = base.checkout(event.after)
        changes = self._read_pushed(git, event)
        if len(changes) > _REREAD_LIMIT:
            self._notices.append(
                f"{len(changes)} changes were pushed; the last {_REREAD_LIMIT} are judged"
            )
        listed = changes[:_REREAD_LIMIT]
        known = [self._reread(change, sha, base) for sha, change in listed]
        merges = tuple(
            sha if again is not change else ""
            for (sha, change), again in zip(listed, known, strict=True)
        )
        basis = f"audited {event.after[:_SHORT]}"
        return self._rule(known, base, basis, advisory=True, merges=merges)

    def _rule(
        self, changes: Sequence[Change], base: BasePolicy, basis: str, **more: object
    ) -> Ruling:
        day = read_today(None, base.policy.config)
        shown = judge_all(changes, base.policy, day, self._look_up(base))
        shown = [self._with_edit(entry, base) for entry in shown]
        shown = [self._with_waiver(entry, base, day) for entry in shown]
        page = Page(f"{basis} by {base.origin}", self._notices)
        known = Ruling(shown, base.policy, day, page, base.sha)
        return replace(known, **more)

    def _look_up(self, base: BasePolicy) -> LookUp | None:
        """Return what asks the forge for the plans of other changes, each once."""
        if not self._forge.finds_changes:
            return None
        known: dict[str, str] = {}

        def look_up(name: str) -> str | None:
            if names_elsewhere(name):
                return None
            if name not in known:
                found = self._forge.find_change(name, base.sha)
                if found is None:
                    known[name] = f"there is no change `{name}`"
                elif isinstance(found, str):
                    known[name] = found
                else:
                    has_plan = holds_plan(found, base.policy)
                    known[name] = "" if has_plan else describe_missing(name, found.identity)
            return known[name]

        return look_up

    def _with_waiver(self, entry: Shown, base: BasePolicy, day: date) -> Shown:
        """Return a verdict as it is, or as a maintainer waived it; asked for only if it failed."""
        request = self._requests.get(entry.verdict.change.identity)
        if entry.verdict.ok or request is None:
            return entry
        config = base.policy.config
        waiver = find_waiver(self._forge, request, config, day, self._notices.append)
        return entry if waiver is None else Shown(waive(entry.verdict, waiver))

    def _with_edit(self, entry: Shown, base: BasePolicy) -> Shown:
        edit, is_all = self._edits.get(entry.verdict.change.identity, (None, False))
        return entry if edit is None else with_edit(entry, edit, base.policy, is_all=is_all)

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
        elif self._forge.can_ask:
            commits = self._forge.read_pushed(event)
        else:
            raise UndecidedError(
                "the pushed commits cannot be read",
                hint="leave the input `token` at its default, or check out with `fetch-depth: 0`",
            )
        return [(commit.sha, commit_change(commit)) for commit in commits]

    def _reread(self, change: Change, sha: str, base: BasePolicy) -> Change:
        """Return a pushed change with the description it was merged with, if that can be read."""
        if not self._forge.can_ask:
            return change
        try:
            request = self._forge.find_request(sha)
        except UndecidedError as error:
            self._notices.append(f"{change.identity} is judged by its message: {error.message}")
            return change
        if request is None:
            return change
        message = Part(Origin.COMMIT, sha[:_SHORT], change.parts[0].text)
        described = self._prove(to_change(request, Details((message,))), request, base)
        return replace(described, paths=change.paths, day=change.day, is_draft=False)

    def _prove(self, change: Change, request: MergeRequest, base: BasePolicy) -> Change:
        """Return the change of a request with those of its labels that prove something."""
        self._requests[change.identity] = request
        config, note = base.policy.config, self._notices.append
        return replace(change, proven_labels=find_proven_labels(self._forge, request, config, note))

    def _read_change(self, request: MergeRequest, base: BasePolicy) -> Change:
        """Return a request with its commits and files, and note what was not seen."""
        if not self._forge.can_ask:
            self._notices.append(
                "there is no token: title, text, labels and draft state are as they were when "
                "the event happened, and commits and files were not read"
            )
            return to_change(request, Details())
        details = self._forge.read_details(request)
        self._notices += details.notices
        change = self._prove(to_change(request, details), request, base)
        if base.policy.config.linked_issues:
            change = replace(change, parts=(*change.parts, *self._read_issues(request)))
        if not details.is_seen:
            return change
        edit, is_all = find_edit(self._forge, request, details, base.sha)
        if edit is not None:
            self._edits[change.identity] = edit, is_all
        if changed := changed_policy_files(details.files or (), base.policy.config):
            self._notices.append(
                f"{request.identity} changes {', '.join(changed)}: it is judged by {base.origin}, "
                "and the change counts for what comes after it"
            )
            self._notices.append(self._foretell(request, change, changed, base))
        return change

    def _read_issues(self, request: MergeRequest) -> tuple[Part, ...]:
        """Return the issues that a request closes, none when they cannot be read."""
        try:
            issues = self._forge.read_issues(request)
        except UndecidedError as error:
            self._notices.append(
                f"an issue that {request.identity} closes was not read, so it answers for nothing: "
                f"{error.message}"
            )
            return ()
        self._notices += (
            f"issue #{issue.number}, which {request.identity} closes, was read: problem, audience "
            "and outcome count where the description does not say them"
            for issue in issues
        )
        return tuple(Part(Origin.ISSUE, f"issue #{issue.number}", issue.body) for issue in issues)

    def _foretell(
        self, request: MergeRequest, change: Change, changed: Sequence[str], base: BasePolicy
    ) -> str:
        """Return what the rules that a request brings would say of it; they decide nothing."""
        try:
            preset = self._settings.preset
            policy = load_brought(
                request.head_sha, changed, forge=self._forge, preset=preset, pins=base.pins
            )
            day = read_today(None, policy.config)
            verdict = check(change, policy, day, look_up=self._look_up(base))
        except WhygateError as error:
            problems = error.problems if isinstance(error, ConfigError) else ()
            listed = "".join(f"; line {line}: {sentence}" for line, sentence in problems)
            return (
                f"the rules that {request.identity} brings cannot be used: {error.message}{listed}"
            )
        errors = sum(f.severity is Severity.ERROR for f in verdict.findings)
        said = f"{errors} error{'s' if errors != 1 else ''}"
        return f"the rules that {request.identity} brings are well formed: {verdict.status}, {said}"

    def _base_of(self, branch: str) -> BasePolicy:
        return self._base(find_tip(branch, git=self._git, forge=self._forge))

    def _base(self, sha: str) -> BasePolicy:
        preset = self._settings.preset
        return BasePolicy.load(
            sha, git=self._git, forge=self._forge, preset=preset, environ=self._environ
        )


def _closed(request: MergeRequest) -> str:
    state = "merged" if request.is_merged else "closed"
    return f"{request.identity} is {state}: there is nothing to hold back"
