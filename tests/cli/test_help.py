"""The help of every command: what it does, and examples that can be typed."""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING

import click
import pytest

from whygate.cli.app import app

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.cli.conftest import Run

Found = tuple[tuple[str, ...], click.Command]

_END = re.compile(r"^(?:\||\|\||&&|;|<|>>?)$")


def walk(
    command: click.Command, path: tuple[str, ...]
) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """Yield a command and all below it, each with its names."""
    yield path, command
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            inner = command.get_command(context, name)
            assert inner is not None
            yield from walk(inner, (*path, name))


ALL = dict(walk(app, ("whygate",)))
EACH = pytest.mark.parametrize("path", ALL, ids=" ".join)


def examples(command: click.Command) -> list[str]:
    """Return the lines under `Examples:` in a command's help."""
    _, _, rest = (command.epilog or "").partition("Examples:\n")
    block = rest.split("\n\n")[0]
    return [line.strip() for line in block.split("\n") if line.strip()]


def calls(line: str) -> Iterator[list[str]]:
    """Yield the arguments of each `whygate ...` in a line for a shell."""
    words: list[str] = []
    for word in [*shlex.split(line), "|"]:
        if not _END.match(word):
            words.append(word)
            continue
        if words and words[0] == "whygate":
            yield words[1:]
        words = []


def parse(arguments: list[str]) -> click.Command:
    """Return the command that arguments call, once they are parsed; nothing runs."""
    context = app.make_context("whygate", arguments)
    command: click.Command = app
    while isinstance(command, click.Group):
        rest = [*context._protected_args, *context.args]
        name, found, rest = command.resolve_command(context, rest)
        assert found is not None
        context = found.make_context(name, rest, parent=context)
        command = found
    return command


@EACH
def test_command_says_what_it_does(path: tuple[str, ...]) -> None:
    first = (ALL[path].help or "").split("\n")[0]

    assert len(first.split()) >= 3
    assert first[0].isupper()


@EACH
def test_command_has_examples_of_itself_that_parse(path: tuple[str, ...]) -> None:
    found = [call for line in examples(ALL[path]) for call in calls(line)]

    assert found
    assert any(call[: len(path) - 1] == list(path[1:]) for call in found)
    for call in found:
        assert isinstance(parse(call), click.Command)


@EACH
def test_every_option_says_what_it_is_for(path: tuple[str, ...]) -> None:
    options = [p for p in ALL[path].params if isinstance(p, click.Option)]

    silent = {"form", "version", "help"}  # a choice of formats speaks for itself
    assert [o.name for o in options if not o.help and o.name not in silent] == []


@EACH
def test_help_is_whole_in_80_columns(path: tuple[str, ...], run: Run) -> None:
    found = run(*path[1:], "--help")

    assert found.status == 0
    lines = found.out.split("\n")
    assert max(map(len, lines)) <= 80
    assert not [line for line in lines if line.rstrip().endswith("...") and "[ARGS]" not in line]
