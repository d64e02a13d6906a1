"""Run one command with the command-line parser, and say in its words what is wrong with it."""

from __future__ import annotations

import io
import os
import sys
from typing import TYPE_CHECKING

import click

from whygate.cli.app import app
from whygate.terminal.failure import run_guarded
from whygate.text.clean import clean

if TYPE_CHECKING:
    from collections.abc import Sequence

PROGRAM = "whygate"
_COMPLETE = "_WHYGATE_COMPLETE"  # as click names it (click, "Shell Completion")


def run(argv: Sequence[str] | None) -> int:
    """Return the exit status of a command line; nothing is ever raised."""
    args = sys.argv[1:] if argv is None else list(argv)
    return run_guarded(lambda: _answer(args), args)


def _answer(args: list[str]) -> int:
    try:
        return _invoke(args)
    except click.ClickException as error:
        _show(error)
        return error.exit_code
    except click.Abort:
        raise KeyboardInterrupt from None


def _invoke(args: list[str]) -> int:
    """Run the command without click's own `main`, which answers a closed pipe with status 1."""
    wanted = os.environ.get(_COMPLETE, "")
    # A shell asks without arguments; a variable that was left over must not answer a command.
    if wanted and not args:
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


def _show(error: click.ClickException) -> None:
    """Write what click has to say; it quotes arguments as they are."""
    words = io.StringIO()
    error.show(file=words)
    click.echo(clean(words.getvalue()), err=True, nl=False)
