"""The errors that stop a run; problems of a document are findings, never errors."""

from __future__ import annotations


class WhygateError(Exception):
    """Base of every error a user can cause: one sentence, and a hint that says the next step.

    `exit_code` is the status of the process when the error ends the run.
    """

    exit_code = 2

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class InputError(WhygateError):
    """The text to judge cannot be read: missing file, not text, too large."""


class ConfigError(WhygateError):
    """The configuration is wrong; `problems` holds every mistake as (line, sentence)."""

    def __init__(self, path: str, problems: tuple[tuple[int, str], ...], *, hint: str = "") -> None:
        count = f"{len(problems)} mistake{'s' if len(problems) != 1 else ''}"
        super().__init__(f"{path} has {count}", hint=hint)
        self.path = path
        self.problems = problems


class SchemaError(WhygateError):
    """A JSON Schema cannot be used: not valid, or a reference that is not allowed."""


class UndecidedError(WhygateError):
    """The verdict cannot be reached: no access, shallow clone, git failed or took too long."""

    exit_code = 3


class PinError(UndecidedError):
    """What the configuration extends cannot be had now, so nobody knows what is asked."""
