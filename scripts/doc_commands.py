"""Find the calls of whygate in a shell script and hold each against its command's own parser."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

import click

from whygate.cli.app import app

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

PROGRAM = "whygate"
_OPERATORS = frozenset("();<>|&")
_REDIRECTIONS = (">", "<")
_HELP = ("-h", "--help", "--version")


def find_calls(script: str) -> Iterator[list[str]]:
    """Yield the arguments of each call of whygate, by path or by name, in a POSIX shell script.

    Here-documents are no calls: what follows `<<` is left out up to its end. Raises ValueError
    for a quotation that is not closed.
    """
    waiting = ""
    for line in _drop_documents(script):
        try:
            words = list(_split(f"{waiting}{line}"))
        except ValueError:  # the quotation goes on
            waiting += f"{line}\n"
            continue
        waiting = ""
        yield from _find_in_words(words)
    if waiting:
        raise ValueError("a quotation is not closed")


def _split(line: str) -> shlex.shlex:
    words = shlex.shlex(line, posix=True, punctuation_chars=True)
    words.whitespace_split = True
    words.commenters = "#"
    return words


def _find_in_words(words: Sequence[str]) -> Iterator[list[str]]:
    call: list[str] | None = None
    is_target = False
    for word in words:
        if is_target:
            is_target = False
        elif word and set(word) <= _OPERATORS:
            is_target = word[0] in _REDIRECTIONS
            if not is_target and call is not None:
                yield call
                call = None
        elif call is not None:
            call.append(word)
        elif word.rpartition("/")[2] == PROGRAM:
            call = []
    if call is not None:
        yield call


def require_call(arguments: Sequence[str], *, whole: bool = True) -> None:
    """Raise click.UsageError when whygate does not understand a command line; nothing runs.

    A command, or an option that takes a value, may only be named when `whole` is False.
    """
    context = click.Context(app, info_name=PROGRAM, **app.context_settings)
    command: click.Command = app
    rest = list(arguments)
    while isinstance(command, click.Group):
        if not rest or rest[0] in _HELP:
            return
        name = rest.pop(0)
        child = command.get_command(context, name)
        if child is None:
            raise click.UsageError(f"{context.command_path} has no command {name}")
        command = child
        if rest and not isinstance(child, click.Group):
            break
        context = click.Context(child, info_name=name, parent=context)
    if any(word in _HELP for word in rest):
        return
    try:
        command.make_context(command.name, rest, parent=context.parent)
    except (click.MissingParameter, click.BadOptionUsage):
        if whole:
            raise
    except click.BadParameter as error:
        if error.param is None or not isinstance(error.param.type, click.Path | click.File):
            raise


def _drop_documents(script: str) -> Iterator[str]:
    """Yield the lines of a script, continued ones joined, without here-documents."""
    end = ""
    for line in script.replace("\\\n", " ").split("\n"):
        if end:
            end = "" if line.strip() == end else end
            continue
        head, mark, tail = line.partition("<<")
        if mark and not tail.startswith("<"):
            end = tail.strip("-~ ").split()[0].strip("'\"")
            yield head
        else:
            yield line
