"""One thing to change in a repository, and what to paste to change it."""

from __future__ import annotations

from msgspec import Struct

from whygate.model import Severity


class SourceFile(Struct, frozen=True):
    """A file that was read: its path from the top of the repository, and its text."""

    path: str
    text: str


class Advice(Struct, frozen=True):
    """One thing to change.

    `severity` is `error` for what is broken and `info` for a hint. `cure` is what to paste or
    run, on one line or more. `path` is empty when no file is meant, `line` counts from 1 and is
    0 when the whole file is meant.
    """

    severity: Severity
    topic: str
    message: str
    cure: str = ""
    path: str = ""
    line: int = 0

    @property
    def is_broken(self) -> bool:
        """Tell whether something does not work, or can be walked round."""
        return self.severity is Severity.ERROR


def broken(topic: str, message: str, cure: str = "", path: str = "", line: int = 0) -> Advice:
    """Return advice about something that does not do what it is there for."""
    return Advice(Severity.ERROR, topic, message, cure, path, line)


def hint(topic: str, message: str, cure: str = "", path: str = "", line: int = 0) -> Advice:
    """Return advice about something that works and could be better."""
    return Advice(Severity.INFO, topic, message, cure, path, line)
