"""Run the commit-msg hook as git calls it, which needs no command-line parser."""

from __future__ import annotations

import os
import sys

from whygate.terminal.failure import run_guarded, write_error

# The module `typing` costs milliseconds that a hook need not pay; type checkers know this name.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

_VERBOSE = "WHYGATE_VERBOSE"  # the parser reads it, and it asks for more than the plain run


def is_plain(args: Sequence[str], environ: Mapping[str, str]) -> bool:
    """Tell whether a command line is `hook commit-msg FILE` and nothing else."""
    if len(args) != 3 or list(args[:2]) != ["hook", "commit-msg"]:
        return False
    path = args[2]
    if not path or path.startswith("-") or _VERBOSE in environ:
        return False
    try:
        return b"\0" not in os.fsencode(path)
    except UnicodeEncodeError:  # no operating system passes that on
        return False


def run_plain_hook(args: Sequence[str]) -> int:
    """Return the exit status of `hook commit-msg FILE`; nothing is ever raised."""
    return run_guarded(lambda: judge_message(args[2]), args)


def judge_message(path: str, *, verbose: bool = False) -> int:
    """Judge the message file `path` in the process's own world; as `run_commit_msg`."""
    from whygate.hook.commit_msg import run_commit_msg  # noqa: PLC0415  (when guarded)

    return run_commit_msg(
        path,
        environ=os.environ,
        cwd=current_directory(),
        echo=write_error,
        verbose=verbose,
        color=use_color(),
    )


def current_directory() -> Path:
    """Return the current directory; raises InputError when it does not exist any more."""
    from pathlib import Path  # noqa: PLC0415

    from whygate.errors import InputError  # noqa: PLC0415

    try:
        return Path.cwd()
    except FileNotFoundError:
        raise InputError("the current directory does not exist any more") from None


def use_color() -> bool:
    """Tell whether a report on stderr is coloured: on a terminal, unless NO_COLOR is set."""
    return sys.stderr is not None and sys.stderr.isatty() and not os.environ.get("NO_COLOR")
