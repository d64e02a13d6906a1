"""Findings as workflow commands, and values as outputs: the one writer of both."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from whygate.model import Finding, Severity
from whygate.text.clean import clean, clean_line

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from whygate.reporters.text import Shown

# GitHub shows ten annotations of a kind for each step.
_SHOWN = 10
_LONGEST = 2_000


class Command(StrEnum):
    """The workflow commands we write, and no other."""

    ERROR = "error"
    WARNING = "warning"
    NOTICE = "notice"


def render_command(command: Command, message: str, *, title: str = "") -> str:
    """Return one workflow command on one line, ending in a newline.

    https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands
    """
    named = f" title={_escape_property(title)}" if title else ""
    return f"::{command}{named}::{_escape_data(message[:_LONGEST])}\n"


def render_annotations(shown: Sequence[Shown], *, advisory: bool = False) -> str:
    """Return one annotation per error and warning, with its question and its line to paste.

    `advisory` is for verdicts that cannot fail: errors are shown as warnings.
    """
    errors = [_annotation(e, f) for e in shown for f in _with(e, Severity.ERROR)]
    warnings = [_annotation(e, f) for e in shown for f in _with(e, Severity.WARNING)]
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


def _with(entry: Shown, severity: Severity) -> Iterator[Finding]:
    return (f for f in entry.verdict.findings if f.severity is severity)


def _annotation(entry: Shown, finding: Finding) -> tuple[str, str]:
    """Return the title and the message; a description is no file, so its place is text."""
    place = f"{entry.verdict.change.identity} {finding.location.path}:{finding.location.line}"
    parts = (f"{finding.message} ({place})", finding.question, finding.paste)
    message = "\n".join(clean_line(part) for part in parts if part)
    return f"{finding.rule} {finding.name}", message


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
