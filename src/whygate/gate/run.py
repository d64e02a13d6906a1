"""One run in CI, from its event to what people and programs see of it."""

from __future__ import annotations

import signal
from contextlib import contextmanager, suppress
from threading import current_thread, main_thread
from typing import TYPE_CHECKING

from msgspec import Struct

from whygate.context.fill import build_document
from whygate.errors import ConfigError, InputError, UndecidedError, WhygateError
from whygate.forges.find import find_forge
from whygate.forges.port import DueEvent, IssueText, PushEvent, Report
from whygate.gate.gate import Gate
from whygate.gate.settings import LEDGER, OFF, read_settings
from whygate.git.notes import CONTEXT_REF
from whygate.git.run import SHALLOW_HINT, find_repository
from whygate.git.tree import CommitTree
from whygate.history.outcomes import read_history
from whygate.history.target import AuditOptions
from whygate.model import Severity, Status
from whygate.outcomes.ledger import LEDGER_PATH, LINE_LIMIT, render_kept
from whygate.reporters.due import DueList, IssuePage, list_due, render_due_issue
from whygate.reporters.due_json import render_due_json
from whygate.reporters.json_ import build_report, dump_json
from whygate.reporters.junit import render_check
from whygate.reporters.markdown import Page, render_comment, render_summary
from whygate.reporters.text import render_text
from whygate.text.clean import clean_line
from whygate.world.world import World, load_policy, preset_options, read_today

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from datetime import date
    from pathlib import Path

    from whygate.forges.port import Event, Forge, Published
    from whygate.gate.gate import Ruling
    from whygate.gate.settings import Settings
    from whygate.model import Verdict
    from whygate.policy.policy import Policy

_UNDECIDED = "undecided"
SECONDS = 60.0  # for all that is asked, read and judged in a run
MARKER = "<!-- whygate:due -->"
_CHECKOUT_HINT = (
    "let the job have the whole history: `actions/checkout` with `fetch-depth: 0` before this "
    'step, or `GIT_DEPTH: "0"` on GitLab'
)
_NOTE = "Nothing is overdue or due today. This issue is opened again when something is."
_STEER = frozenset({"kind", "version"})  # they say nothing by themselves


class _TooLate(BaseException):
    """The time of a run is over; nothing on the way up takes it for an error of its own."""


def run_ci(environ: Mapping[str, str], write: Callable[[str], None]) -> int:
    """Return the exit status of a step: 0 may pass, 1 incomplete, 2 wrong setup, 3 undecided.

    `write` takes what goes to the log. A push is reported and never fails, whatever happens.
    Raises WhygateError outside of a job, where nobody takes a report.
    """
    forge = find_forge(environ, write)
    event: Event | None = None
    try:
        settings, event = _begin(forge, environ)
        if isinstance(event, DueEvent):
            return _keep_issue(forge, settings)
        with _deadline(SECONDS):
            ruling = Gate(settings, environ, forge).judge(event)
    except WhygateError as error:
        if not forge.is_job:
            raise
        advisory = isinstance(event, PushEvent)
        _give_up(forge, error, advisory=advisory)
        return 0 if advisory else error.exit_code
    advisory = ruling.advisory or not settings.may_fail
    forge.publish(_report(ruling, advisory=advisory))
    if settings.comment and forge.can_ask and ruling.number:
        _comment(forge, settings, ruling)
    if settings.keep_plan != OFF and forge.can_ask and ruling.merges:
        _keep(forge, settings, ruling)
    return 1 if ruling.status is Status.FAILED and not advisory else 0


def _begin(forge: Forge, environ: Mapping[str, str]) -> tuple[Settings, Event]:
    """Return what a step asks for and what happened.

    An event is read even where an input is wrong: the forge then marks the request as one without
    a verdict, and no mark of an earlier run stays. Raises WhygateError.
    """
    try:
        settings = read_settings(environ)
    except InputError:
        with suppress(WhygateError):
            forge.read_event(due=False)
        raise
    return settings, forge.read_event(due=settings.due_issue)


@contextmanager
def _deadline(seconds: float) -> Iterator[None]:
    """Raise UndecidedError when what happens inside takes longer, whatever it waits for.

    Where there is no such alarm (Windows, another thread), the API and git have their own limits.
    """
    if not hasattr(signal, "setitimer") or current_thread() is not main_thread():
        yield
        return

    def ring(*_: object) -> None:
        raise _TooLate

    before = signal.signal(signal.SIGALRM, ring)
    try:
        signal.setitimer(signal.ITIMER_REAL, seconds)
        try:
            yield
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
    except _TooLate:
        raise UndecidedError(
            f"the {seconds:g} seconds for reading and judging are over",
            hint="run the job again; judge fewer changes at once (a smaller merge group)",
        ) from None
    finally:
        signal.signal(signal.SIGALRM, before)


def _report(ruling: Ruling, *, advisory: bool) -> Report:
    """Return what a ruling has to say: annotations, log, summary, outputs and the JSON report."""
    notices = (*ruling.page.notices, ruling.reason)
    page = ruling.page if ruling.shown else Page(ruling.reason)
    findings = [finding for entry in ruling.shown for finding in entry.verdict.findings]
    return Report(
        verdicts=[entry.verdict for entry in ruling.shown],
        notices=[notice for notice in notices if notice],
        log=render_text(ruling.shown, verbose=True) if ruling.shown else "",
        summary=render_summary(ruling.shown, ruling.policy, page),
        document=_document(ruling),
        junit=render_check([entry.verdict for entry in ruling.shown]),
        outputs={
            "verdict": str(ruling.status),
            "errors": sum(f.severity is Severity.ERROR for f in findings),
            "warnings": sum(f.severity is Severity.WARNING for f in findings),
        },
        advisory=advisory,
    )


def _document(ruling: Ruling) -> str:
    """Return the JSON report, with the commit whose policy judged; empty for no judgement."""
    if ruling.policy is None or ruling.day is None:
        return ""
    report = build_report(ruling.shown, ruling.policy.schema, ruling.day)
    return dump_json({**report, "base": ruling.base})


def _keep_issue(forge: Forge, settings: Settings) -> int:
    """Bring the issue about what is due up to date, and show what is due in the job summary.

    Whatever goes wrong is raised: an issue that is not kept must not look as if nothing is due.
    """
    now = find_due_now(settings, forge.workspace)
    summary = f"## whygate: {now.page.title}\n\n{now.page.text}\n"
    try:
        published = publish_due(forge, now)
    except WhygateError as error:
        forge.publish(_failure(error, summary=summary))
        return error.exit_code
    forge.publish(
        Report(
            notices=[describe_published(now, published)],
            summary=summary,
            document=render_due_json(now.due),
            outputs={
                "verdict": str(Status.SKIPPED),
                "errors": 0,
                "warnings": 0,
                "due": len(now.due.items),
                "issue": published.number or "",
            },
        )
    )
    return 0


def _give_up(forge: Forge, error: WhygateError, *, advisory: bool) -> None:
    """Report why there is no verdict."""
    forge.publish(_failure(error, advisory=advisory))


def _failure(error: WhygateError, *, summary: str = "", advisory: bool = False) -> Report:
    problems = error.problems if isinstance(error, ConfigError) else ()
    lines = [error.message]
    lines += [f"{line}: {sentence}" for line, sentence in problems]
    lines += [f"hint: {error.hint}"] if error.hint else []
    return Report(
        failure="\n".join(clean_line(line) for line in lines),
        title="whygate could not decide" if isinstance(error, UndecidedError) else "whygate",
        summary=summary + render_summary((), None, Page(notices=lines)),
        junit=render_check((), failure=" ".join(lines)),
        outputs={"verdict": _UNDECIDED, "errors": 0, "warnings": 0},
        advisory=advisory,
    )


def _comment(forge: Forge, settings: Settings, ruling: Ruling) -> None:
    """Write the comment; what goes wrong here is a notice and never changes the verdict."""
    (entry,) = ruling.shown
    try:
        forge.comment(
            ruling.number,
            marker=f"<!-- whygate:{settings.preset or 'default'} -->",
            text=render_comment(entry, ruling.policy, ruling.page),
            done=entry.verdict.ok,
        )
    except (UndecidedError, InputError) as error:
        forge.say(_with_hint(f"the comment was not written: {error.message}", error))


def _keep(forge: Forge, settings: Settings, ruling: Ruling) -> None:
    """Keep the plans; what goes wrong here is a notice and never changes the verdict."""
    try:
        said = keep_plans(forge, ruling, where=settings.keep_plan)
    except (UndecidedError, InputError) as error:
        said = _with_hint(f"the plans were not kept: {error.message}", error)
    if said:
        forge.say(said)


def _with_hint(said: str, error: WhygateError) -> str:
    return f"{said}\nhint: {error.hint}" if error.hint else said


class DueNow(Struct, frozen=True):
    """What is due, and the issue that says so."""

    due: DueList
    page: IssuePage


def find_due_now(settings: Settings, workspace: Path | None) -> DueNow:
    """Return what is overdue and due in the commit that is checked out.

    Configuration and ledger are those of that commit, which a schedule takes from the default
    branch; what an earlier step did to the files does not count. Raises UndecidedError without
    a checkout, or when its history is cut off.
    """
    world = _find_checkout(workspace)
    policy = load_policy(world, options=preset_options(settings.preset))
    today = read_today(None, policy.config)
    history = read_history(world, policy, today, AuditOptions(cache=False))
    due = list_due(
        history.outcomes,
        today=today,
        within=0,
        damages=history.damages,
        notes=history.remarks,
    )
    return DueNow(due, render_due_issue(due, mention=settings.mention_owners))


def publish_due(forge: Forge, now: DueNow) -> Published:
    """Bring the issue up to date; raises ForgeError, which says what to grant."""
    wanted = IssueText(now.page.title, now.page.text, done=not now.due.items, note=_NOTE)
    return forge.keep_issue(marker=MARKER, wanted=wanted)


def describe_published(now: DueNow, published: Published) -> str:
    """Return in one sentence what is due and what was done about it."""
    count = len(now.due.items)
    what = f"{count} outcome{'s' if count != 1 else ''} to look at"
    if not published.number:
        return f"{what}: no issue is needed"
    return f"{what}: issue #{published.number} was {published.action}"


def _find_checkout(workspace: Path | None) -> World:
    repository = None
    if workspace is not None and workspace.is_dir():
        repository = find_repository(workspace)
    if workspace is None or repository is None or repository.worktree != workspace.absolute():
        message = "what is due is read from the history, and there is no checkout"
        raise UndecidedError(message, hint=_CHECKOUT_HINT)
    world = World(workspace, repository)
    if world.git.is_shallow():
        raise UndecidedError("this clone is shallow: its history is cut off", hint=SHALLOW_HINT)
    return World(workspace, repository, CommitTree(world.git, world.git.resolve("HEAD")))


def keep_plans(forge: Forge, ruling: Ruling, *, where: str) -> str:
    """Write the contexts of a ruling's merged changes, and return the sentence about it.

    `where` is NOTE or LEDGER. Empty means that there was nothing to keep. Raises ForgeError when
    the token may not write, UndecidedError when what is there could be lost.
    """
    lines = find_lines(ruling)
    if not lines:
        return ""
    if where == LEDGER:
        place, count = LEDGER_PATH, forge.append_lines(LEDGER_PATH, lines)
    else:
        place, count = CONTEXT_REF, forge.keep_notes(CONTEXT_REF, lines)
    known = f", {len(lines) - count} were kept before" if count < len(lines) else ""
    return f"kept the context of {count} merged changes in {place}{known}"


def find_lines(ruling: Ruling) -> dict[str, str]:
    """Return the line to keep by the full hash of the merge, for each change that says something.

    What a bot or a skipped kind says is not asked for, and not kept. A waiver is, with or without
    a word of the author's.
    """
    if ruling.policy is None or ruling.day is None:
        return {}
    verdicts = [entry.verdict for entry in ruling.shown]
    found = {
        sha: line
        for sha, verdict in zip(ruling.merges, verdicts, strict=False)
        if sha and (line := _line(verdict, sha, ruling.policy, ruling.day))
    }
    return {sha: line for sha, line in found.items() if len(line) <= LINE_LIMIT}


def _line(verdict: Verdict, sha: str, policy: Policy, day: date) -> str:
    if verdict.status is Status.SKIPPED:
        return ""
    document = build_document(verdict.context, policy.schema)
    if not set(document) - _STEER and verdict.waiver is None:
        return ""
    at = verdict.change.day or day
    return render_kept(verdict.change.identity, sha, at, document, waiver=verdict.waiver)
