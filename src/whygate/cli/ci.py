"""`whygate ci`: judge the event of a CI job and report it there."""

from __future__ import annotations

import os
import tempfile
import uuid
from typing import TYPE_CHECKING

import click

from whygate.errors import ConfigError, InputError, UndecidedError, WhygateError
from whygate.forges.github.api import Api
from whygate.forges.github.comment import publish_comment
from whygate.forges.github.event import DueEvent, PushEvent, load_payload, read_event
from whygate.gate.due_issue import describe_published, find_due_now, publish_due
from whygate.gate.gate import TOKEN_HINT, Gate, Outcome
from whygate.gate.keep_plan import OFF, keep_plans
from whygate.gate.settings import RunnerFiles, Settings, read_runner_files, read_settings
from whygate.model import Severity, Status
from whygate.reporters.due_json import render_due_json
from whygate.reporters.github import Command, render_annotations, render_command, render_output
from whygate.reporters.json_ import render_json
from whygate.reporters.markdown import Page, render_comment, render_summary
from whygate.reporters.text import render_text
from whygate.text.clean import clean_line

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from whygate.forges.github.event import Event

_UNDECIDED = "undecided"
_KEEP_HINT = "grant the job `contents: write`, or leave `keep-plan` off; forks can never write"
_COMMENT_HINT = "grant the job `pull-requests: write`, or leave `comment` off"


@click.command(
    "ci",
    epilog="""\b
Examples:
  whygate ci

\b
It is what action.yml runs; see docs/action.md.""",
)
def command() -> int:
    """Judge the pull request, merge group or push that started a GitHub workflow.

    On a schedule it keeps an issue about what is due, when that is asked for. Reads the runner's
    environment, takes the configuration from the base commit, and writes annotations, the job
    summary, the outputs and a JSON report.
    """
    return run_ci(os.environ)


def run_ci(environ: Mapping[str, str]) -> int:
    """Return the exit status of a step: 0 may pass, 1 incomplete, 2 wrong setup, 3 undecided.

    A push is reported and never fails, whatever happens.
    """
    files = read_runner_files(environ)
    event: Event | None = None
    try:
        settings = read_settings(environ)
        payload = load_payload(settings.event_path)
        event = read_event(settings.event, payload, due_issue=settings.due_issue)
        api = Api(settings.api_url, settings.token) if settings.token else None
        if isinstance(event, DueEvent):
            return _keep_issue(files, settings, api)
        outcome = Gate(settings, environ, api).judge(event)
    except WhygateError as error:
        if files.output is None:  # somebody tries it at home
            raise
        advisory = isinstance(event, PushEvent)
        _give_up(files, error, advisory=advisory)
        return 0 if advisory else error.exit_code
    advisory = outcome.advisory or not settings.may_fail
    _report(files, outcome, advisory=advisory)
    if settings.comment and api is not None and outcome.number:
        _comment(settings, api, outcome)
    if settings.keep_plan != OFF and api is not None and outcome.merges:
        _keep(settings, api, outcome)
    return 1 if outcome.status is Status.FAILED and not advisory else 0


def _report(files: RunnerFiles, outcome: Outcome, *, advisory: bool) -> None:
    """Write annotations and the log to stdout, and the summary, the report and the outputs."""
    for notice in (*outcome.page.notices, outcome.reason):
        if notice:
            click.echo(render_command(Command.NOTICE, notice, title="whygate"), nl=False)
    click.echo(render_annotations(outcome.shown, advisory=advisory), nl=False)
    if outcome.shown:
        click.echo(render_text(outcome.shown, verbose=True), nl=False)
    page = outcome.page if outcome.shown else Page(outcome.reason)
    _append(files.summary, render_summary(outcome.shown, outcome.policy, page))
    findings = [finding for entry in outcome.shown for finding in entry.verdict.findings]
    _write_outputs(
        files,
        verdict=str(outcome.status),
        errors=sum(f.severity is Severity.ERROR for f in findings),
        warnings=sum(f.severity is Severity.WARNING for f in findings),
        report=_write_verdicts(files, outcome),
    )


def _keep_issue(files: RunnerFiles, settings: Settings, api: Api | None) -> int:
    """Show what is due in the job summary, then bring the issue up to date.

    Whatever goes wrong is raised: an issue that is not kept must not look as if nothing is due.
    """
    now = find_due_now(settings)
    _append(files.summary, f"## whygate: {now.page.title}\n\n{now.page.text}")
    if api is None:
        raise UndecidedError("no issue can be kept without a token", hint=TOKEN_HINT)
    published = publish_due(settings, api, now)
    said = describe_published(now, published)
    click.echo(render_command(Command.NOTICE, said, title="whygate"), nl=False)
    _write_outputs(
        files,
        verdict=str(Status.SKIPPED),
        report=_write_report(files, render_due_json(now.due)),
        due=len(now.due.items),
        issue=published.number or "",
    )
    return 0


def _give_up(files: RunnerFiles, error: WhygateError, *, advisory: bool) -> None:
    """Report why there is no verdict."""
    kind = Command.WARNING if advisory else Command.ERROR
    title = "whygate could not decide" if isinstance(error, UndecidedError) else "whygate"
    problems = error.problems if isinstance(error, ConfigError) else ()
    lines = [error.message]
    lines += [f"{line}: {sentence}" for line, sentence in problems]
    lines += [f"hint: {error.hint}"] if error.hint else []
    message = "\n".join(clean_line(line) for line in lines)
    click.echo(render_command(kind, message, title=title), nl=False)
    page = Page(notices=lines)
    _append(files.summary, render_summary((), None, page))
    _write_outputs(files, verdict=_UNDECIDED, report="")


def _comment(settings: Settings, api: Api, outcome: Outcome) -> None:
    """Write the comment; what goes wrong here is a notice and never changes the verdict."""
    (entry,) = outcome.shown
    marker = f"<!-- whygate:{settings.preset or 'default'} -->"
    try:
        publish_comment(
            api,
            settings.repository,
            outcome.number,
            marker=marker,
            text=render_comment(entry, outcome.policy, outcome.page),
            done=entry.verdict.ok,
        )
    except WhygateError as error:
        said = f"the comment was not written: {error.message}\nhint: {_COMMENT_HINT}"
        click.echo(render_command(Command.NOTICE, said, title="whygate"), nl=False)


def _keep(settings: Settings, api: Api, outcome: Outcome) -> None:
    """Keep the plans; what goes wrong here is a notice and never changes the verdict."""
    try:
        said = keep_plans(settings, api, outcome)
    except WhygateError as error:
        said = f"the plans were not kept: {error.message}\nhint: {_KEEP_HINT}"
    if said:
        click.echo(render_command(Command.NOTICE, said, title="whygate"), nl=False)


def _write_verdicts(files: RunnerFiles, outcome: Outcome) -> str:
    """Write the JSON report to a new file and return its path, empty when nothing was judged."""
    if outcome.policy is None or outcome.day is None:
        return ""
    return _write_report(files, render_json(outcome.shown, outcome.policy.schema, outcome.day))


def _write_report(files: RunnerFiles, text: str) -> str:
    """Write a report to a new file and return its path."""
    scratch = files.scratch if files.scratch and files.scratch.is_dir() else None
    try:
        descriptor, path = tempfile.mkstemp(prefix="whygate-", suffix=".json", dir=scratch)
        with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
            stream.write(text)
    except OSError as error:
        raise InputError(f"the report cannot be written: {error.strerror}") from error
    return path


def _write_outputs(
    files: RunnerFiles,
    *,
    verdict: str,
    report: str,
    errors: int = 0,
    warnings: int = 0,
    **others: int | str,
) -> None:
    values = {"verdict": verdict, "errors": errors, "warnings": warnings, "report": report}
    delimiter = f"whygate_{uuid.uuid4().hex}"
    lines = (
        render_output(name, str(value), delimiter=delimiter)
        for name, value in (values | others).items()
    )
    _append(files.output, "".join(lines))


def _append(path: Path | None, text: str) -> None:
    """Add text to one of the runner's command files, if there is a runner."""
    if path is None:
        return
    try:
        with path.open("a", encoding="utf-8", newline="\n", errors="replace") as stream:
            stream.write(text)
    except OSError as error:
        raise InputError(f"`{path}` cannot be written: {error.strerror}") from error
