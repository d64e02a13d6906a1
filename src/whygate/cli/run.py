"""Run one command and turn whatever goes wrong into one clear sentence and an exit status."""

from __future__ import annotations

import errno
import io
import os
import sys
from typing import TYPE_CHECKING, TextIO

import click

from whygate.cli.app import app
from whygate.errors import ConfigError, WhygateError
from whygate.reporters.clean import clean, clean_line
from whygate.version import __version__

if TYPE_CHECKING:
    from collections.abc import Sequence

PROGRAM = "whygate"
UNDECIDED = 3
CRASHED = 70
INTERRUPTED = 130
BROKEN_PIPE = 141
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO)
_COMPLETE = "_WHYGATE_COMPLETE"  # as click names it (click, "Shell Completion")


def run(argv: Sequence[str] | None) -> int:
    """Return the exit status of a command line; nothing is ever raised."""
    _never_stop_at_a_character(sys.stdout, sys.stderr)
    args = sys.argv[1:] if argv is None else list(argv)
    try:
        return _invoke(args)
    except click.ClickException as error:
        _show(error)
        return error.exit_code
    except (KeyboardInterrupt, click.Abort):
        _say("interrupted")
        return INTERRUPTED
    except WhygateError as error:
        _explain(error)
        return error.exit_code
    except BrokenPipeError:
        _discard_stdout()
        return BROKEN_PIPE
    except Exception as error:  # the last handler: a bug becomes a report
        if isinstance(error, OSError) and error.errno in _NO_ROOM:
            _discard_stdout()
            _say(f"the output cannot be written: {error.strerror}")
            return UNDECIDED
        _say(f"this is a bug in whygate; the report is in {_write_crash_report(args)}")
        return CRASHED


def _invoke(args: list[str]) -> int:
    """Run the command without click's own `main`, which answers a closed pipe with status 1."""
    wanted = os.environ.get(_COMPLETE, "")
    if wanted:
        from click.shell_completion import shell_complete  # noqa: PLC0415  (the shell asks)

        return shell_complete(app, {}, PROGRAM, _COMPLETE, wanted)
    _require_possible(args)
    try:
        with app.make_context(PROGRAM, args) as context:
            status = app.invoke(context)
    except click.exceptions.Exit as stop:
        status = stop.exit_code
    if sys.stdout is not None:  # None: started with stdout closed
        sys.stdout.flush()
    return status if isinstance(status, int) else 0


def _require_possible(args: Sequence[str]) -> None:
    """Refuse what no operating system passes on; only a caller of `main` can send it."""
    for arg in args:
        try:
            whole = os.fsencode(arg)
        except UnicodeEncodeError:
            whole = b"\0"
        if b"\0" in whole:
            raise click.UsageError(f"{arg!a} cannot be an argument")


def _never_stop_at_a_character(*streams: TextIO | None) -> None:
    """Let every character be written, whatever the console's encoding is."""
    for stream in streams:
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="backslashreplace")


def _discard_stdout() -> None:
    """Drop what is left to write: Python would complain again when it flushes at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)


def _show(error: click.ClickException) -> None:
    """Write what click has to say; it quotes arguments as they are."""
    words = io.StringIO()
    error.show(file=words)
    click.echo(clean(words.getvalue()), err=True, nl=False)


def _explain(error: WhygateError) -> None:
    _say(error.message)
    if isinstance(error, ConfigError):
        for line, sentence in error.problems:
            click.echo(f"{clean_line(error.path)}:{line}: {clean_line(sentence)}", err=True)
    if error.hint:
        click.echo(f"hint: {clean(error.hint)}", err=True)


def _say(sentence: str) -> None:
    click.echo(f"whygate: {clean(sentence)}", err=True)


def _write_crash_report(args: Sequence[str]) -> str:
    """Write what a maintainer needs to a new file and return its path, or the report itself."""
    import tempfile  # noqa: PLC0415
    import traceback  # noqa: PLC0415

    report = "\n".join(
        (
            "# whygate crash report",
            f"- whygate {__version__}, Python {sys.version}",
            f"- command: {list(args)}",
            "",
            "```",
            traceback.format_exc(),
            "```",
            "",
        )
    )
    try:
        descriptor, path = tempfile.mkstemp(prefix="whygate-crash-", suffix=".md")
        with os.fdopen(descriptor, "w", encoding="utf-8", errors="backslashreplace") as stream:
            stream.write(report)
    except OSError as error:
        return f"this text, because no file could be written ({error.strerror}):\n{report}"
    return path
