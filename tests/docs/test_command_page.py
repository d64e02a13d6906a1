"""The page of the commands is what the commands say, of every command there is."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import click
import pytest
from command_page import render_command_page

from whygate.cli.app import app

if TYPE_CHECKING:
    from collections.abc import Iterator


def walk(
    command: click.Command = app, path: tuple[str, ...] = ("whygate",)
) -> Iterator[tuple[str, click.Command]]:
    """Yield every command below the program with the words that call it."""
    if not isinstance(command, click.Group):
        return
    context = click.Context(command)
    for name in command.list_commands(context):
        child = command.get_command(context, name)
        assert child is not None
        yield " ".join((*path, name)), child
        yield from walk(child, (*path, name))


COMMANDS = dict(walk())
PAGE = render_command_page("<!-- generated -->")


def section(path: str) -> str:
    _, _, rest = PAGE.partition(f" {path}\n\n")
    return rest.partition("\n#")[0]


@pytest.mark.parametrize("path", COMMANDS)
def test_page_describes_every_command_and_option(path: str) -> None:
    command = COMMANDS[path]
    written = section(path)

    assert command.help is not None
    assert f"Usage: `{path} " in written
    for option in command.params:
        if isinstance(option, click.Option):
            assert re.search(rf"[` ]{re.escape(option.opts[0])}[`, ]", written)


@pytest.mark.parametrize("path", COMMANDS)
def test_every_option_says_what_it_does(path: str) -> None:
    silent = [
        option.opts[0]
        for option in COMMANDS[path].params
        if isinstance(option, click.Option) and not option.help
    ]

    assert silent == []


def test_page_shows_defaults_examples_and_statuses() -> None:
    assert "`--format [text|json]`: How to print. Default: `text`.\n" in section("whygate doctor")
    assert "\nwhygate check .git/COMMIT_EDITMSG\n" in section("whygate check")
    assert "| 1 | something is broken |" in section("whygate doctor")
    assert "| 130 | interrupted |" in PAGE.partition("\n## ")[0]


def test_help_of_another_shape_is_kept_as_it_is() -> None:
    @click.command(
        epilog="See <this>.\n\nExit status:\n  0  fine\n     or better\n\nExamples:\n  whygate x"
    )
    @click.option("--secret", hidden=True)
    @click.option("--n", default=3, help="A *number*.")
    def odd() -> None:
        """Do.

        \b
        one
          two
        """

    group = click.Group("whygate", commands={"odd": odd})
    page = render_command_page("", group)

    assert "    one\n      two\n" in page
    assert "See \\<this>.\n" in page
    assert "| 0 | fine or better |" in page
    assert "- `--n INTEGER`: A \\*number\\*. Default: `3`." in page
    assert "secret" not in page
