"""How a run fails: one clear sentence and an exit status for whatever went wrong."""

from __future__ import annotations

import errno
import os
import sys

from whygate.errors import ConfigError, WhygateError
from whygate.text.clean import clean, clean_line
from whygate.version import __version__

# The module `typing` costs milliseconds that a hook need not pay; type checkers know this name.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import TextIO

UNDECIDED = 3
CRASHED = 70
INTERRUPTED = 130
BROKEN_PIPE = 141
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO)


def run_guarded(work: Callable[[], int], args: Sequence[str]) -> int:
    """Return the exit status of `work`, whatever happens in it; nothing is ever raised.

    `args` is the command line, for the report of a crash.
    """
    _open_what_is_closed()
    _never_stop_at_a_character(sys.stdout, sys.stderr)
    try:
        return work()
    except KeyboardInterrupt:
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


def _open_what_is_closed() -> None:
    """Give a run that was started with stdout or stderr closed one that nobody reads."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: PTH123, SIM115


def wants_color(stream: TextIO | None, environ: Mapping[str, str]) -> bool:
    """Tell whether what a stream shows is coloured: on a terminal, or where FORCE_COLOR is set.

    NO_COLOR says no, whatever else is set (no-color.org, force-color.org); empty is not set.
    """
    if environ.get("NO_COLOR"):
        return False
    if environ.get("FORCE_COLOR", "") not in ("", "0"):
        return True
    return stream is not None and stream.isatty()


def write_error(text: str) -> None:
    """Write a text and a newline to stderr, if there is one."""
    stream = sys.stderr
    if stream is None:  # before `run_guarded`, started with stderr closed
        return
    if os.name == "nt" or not (text.isascii() or _is_wide(stream)):
        import click  # noqa: PLC0415  (it knows consoles)

        click.echo(text, err=True, color=True)
        return
    stream.write(f"{text}\n")
    stream.flush()


def _is_wide(stream: TextIO) -> bool:
    """Tell whether a stream has an encoding for more than ASCII."""
    encoding = stream.encoding or "utf-8"  # a stream in memory has none
    return encoding.lower() not in ("ascii", "us-ascii", "ansi_x3.4-1968", "646")


def _never_stop_at_a_character(*streams: TextIO | None) -> None:
    """Let every character be written, whatever the console's encoding is.

    What goes to a file or a program is UTF-8 with the line ends that we write, as our formats say
    of themselves (XML, CSV, iCalendar).
    """
    for stream in streams:
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is None or stream is None:
            continue
        if stream.isatty():
            reconfigure(errors="backslashreplace")
        else:
            reconfigure(encoding="utf-8", errors="backslashreplace", newline="\n")


def _discard_stdout() -> None:
    """Drop what is left to write: Python would complain again when it flushes at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)


def _explain(error: WhygateError) -> None:
    write_error(f"whygate: {describe_error(error)}")


def describe_error(error: WhygateError) -> str:
    """Return what went wrong, each mistake of a configuration, and the next step, line by line."""
    lines = [clean(error.message)]
    if isinstance(error, ConfigError):
        place = clean_line(error.path)
        lines += (f"{place}:{line}: {clean_line(sentence)}" for line, sentence in error.problems)
    if error.hint:
        lines.append(f"hint: {clean(error.hint)}")
    return "\n".join(lines)


def _say(sentence: str) -> None:
    write_error(f"whygate: {clean(sentence)}")


def _write_crash_report(args: Sequence[str]) -> str:
    """Write what a maintainer needs to a new file and return its path, or the report itself."""
    import tempfile  # noqa: PLC0415  (only a bug needs them)
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
