"""The job that runs us: its annotations and log, its outputs, its summary, its files."""

from __future__ import annotations

import os
import tempfile
import uuid
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from whygate.errors import InputError
from whygate.forges.jobs import describe_finding
from whygate.model import Finding, Severity, Verdict
from whygate.text.clean import clean, clean_line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from whygate.forges.port import Report

# GitHub shows ten annotations of a kind for each step.
_SHOWN = 10
_LONGEST = 2_000


class Command(StrEnum):
    """The workflow commands we write, and no other."""

    ERROR = "error"
    WARNING = "warning"
    NOTICE = "notice"


class Runner:
    """The runner of a workflow step, as its environment tells of it.

    What is empty there counts as unset: a summary or an output that nobody wants is left out.
    `write` takes what goes to the log.
    """

    def __init__(self, environ: Mapping[str, str], write: Callable[[str], None]) -> None:
        self.output = find_path(environ, "GITHUB_OUTPUT")
        self._summary = find_path(environ, "GITHUB_STEP_SUMMARY")
        self._scratch = find_path(environ, "RUNNER_TEMP")
        self._write = write

    def publish(self, report: Report) -> None:
        """Show a report; raises InputError when one of the runner's files cannot be written."""
        for notice in report.notices:
            self.say(notice)
        if report.failure:
            kind = Command.WARNING if report.advisory else Command.ERROR
            self._write(render_command(kind, report.failure, title=report.title))
        self._write(render_annotations(report.verdicts, advisory=report.advisory))
        self._write(report.log)
        _append(self._summary, report.summary)
        path = self._write_document(report.document) if report.document else ""
        delimiter = f"whygate_{uuid.uuid4().hex}"
        values = {**report.outputs, "report": path}
        lines = (render_output(n, str(v), delimiter=delimiter) for n, v in values.items())
        _append(self.output, "".join(lines))

    def say(self, notice: str) -> None:
        """Write a notice into the log."""
        self._write(render_command(Command.NOTICE, notice, title="whygate"))

    def _write_document(self, text: str) -> str:
        """Write a report to a new file and return its path."""
        scratch = self._scratch if self._scratch and self._scratch.is_dir() else None
        try:
            descriptor, path = tempfile.mkstemp(prefix="whygate-", suffix=".json", dir=scratch)
            with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
                stream.write(text)
        except OSError as error:
            raise InputError(f"the report cannot be written: {error.strerror}") from error
        return path


def find_path(environ: Mapping[str, str], name: str) -> Path | None:
    """Return the path that a variable of the runner holds, None when it is unset or empty."""
    value = environ.get(name, "")
    return Path(value) if value else None


def render_command(command: Command, message: str, *, title: str = "") -> str:
    """Return one workflow command on one line, ending in a newline.

    https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands
    """
    named = f" title={_escape_property(title)}" if title else ""
    return f"::{command}{named}::{_escape_data(message[:_LONGEST])}\n"


def render_annotations(verdicts: Sequence[Verdict], *, advisory: bool = False) -> str:
    """Return one annotation per error and warning, with its question and its line to paste.

    `advisory` is for verdicts that cannot fail: errors are shown as warnings.
    """
    errors = [describe_finding(v, f) for v in verdicts for f in _with(v, Severity.ERROR)]
    warnings = [describe_finding(v, f) for v in verdicts for f in _with(v, Severity.WARNING)]
    if advisory:
        errors, warnings = [], errors + warnings
    lines = [*_capped(Command.ERROR, errors), *_capped(Command.WARNING, warnings)]
    return "".join(lines)


def render_output(name: str, value: str, *, delimiter: str) -> str:
    """Return the lines for GITHUB_OUTPUT that set an output, whatever its value holds.

    `delimiter` must be random, so that no value can end its own text. Raises ValueError when
    the value holds it all the same.
    """
    if not any(mark in value for mark in "\r\n"):
        return f"{name}={value}\n"
    if delimiter in value:
        raise ValueError("an output holds its own delimiter")
    return f"{name}<<{delimiter}\n{value}\n{delimiter}\n"


def _with(verdict: Verdict, severity: Severity) -> Iterator[Finding]:
    return (f for f in verdict.findings if f.severity is severity)


def _capped(command: Command, entries: Sequence[tuple[str, str]]) -> Iterator[str]:
    kept = entries if len(entries) <= _SHOWN else entries[: _SHOWN - 1]
    for title, message in kept:
        yield render_command(command, message, title=title)
    if len(kept) < len(entries):
        rest = f"{len(entries) - len(kept)} more are in the job summary"
        yield render_command(command, rest, title="whygate")


def _escape_data(text: str) -> str:
    return clean(text).replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _escape_property(text: str) -> str:
    escaped = _escape_data(clean_line(text))
    return escaped.replace(":", "%3A").replace(",", "%2C")


def _append(path: Path | None, text: str) -> None:
    """Add text to one of the runner's command files, if there is a runner."""
    if path is None:
        return
    try:
        with path.open("a", encoding="utf-8", newline="\n", errors="replace") as stream:
            stream.write(text)
    except OSError as error:
        raise InputError(f"`{path}` cannot be written: {error.strerror}") from error
