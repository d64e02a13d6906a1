"""Turn the commands of the command line into the page that describes them all."""

from __future__ import annotations

import inspect
import re
from typing import TYPE_CHECKING

import click

from whygate.cli.app import COMMANDS, app

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

PROGRAM = "whygate"
_EXAMPLES = "Examples:"
_STATUSES = "Exit status:"
_STATUS = re.compile(r"\s*(\d+)\s+(.*)")
# What Markdown would read as its own in a sentence of a help text.
_SPECIAL = re.compile(r"([<*_\\])")
_VERBATIM = "\b"


def render_command_page(note: str, group: click.Group = app) -> str:
    """Return the page of every command, in the order of `whygate --help`; `note` says who wrote it.

    All of it is what the commands say themselves: help, usage, arguments and options with their
    defaults and variables, and the parts of the epilogue (`Examples:`, `Exit status:`, prose).
    """
    context = click.Context(group, info_name=PROGRAM, **group.context_settings)
    names = group.list_commands(context)
    lines = [
        "# Commands",
        "",
        note,
        "",
        "What `--help` prints, for every command and in this order. `whygate --version` prints the",
        "version. Exit statuses that a command does not list are those of all commands:",
        "",
        *_statuses(_epilog(group).get(_STATUSES, ())),
        "",
        "| command | does |",
        "| --- | --- |",
        *(
            f"| [`{PROGRAM} {name}`](#{PROGRAM}-{name}) | {COMMANDS.get(name, '')} |"
            for name in names
        ),
    ]
    for name in names:
        command = group.get_command(context, name)
        assert command is not None  # noqa: S101 - it is listed
        lines += ["", *_command_lines(command, context, name, level=2)]
    return "\n".join(lines) + "\n"


def _command_lines(
    command: click.Command, parent: click.Context, name: str, *, level: int
) -> Iterator[str]:
    context = click.Context(command, info_name=name, parent=parent)
    yield f"{'#' * level} {context.command_path}"
    yield ""
    yield from _paragraphs(command.help or "")
    yield f"Usage: `{context.command_path} {' '.join(command.collect_usage_pieces(context))}`"
    yield from _options(command, context)
    parts = _epilog(command)
    for head, body in parts.items():
        yield ""
        if head == _EXAMPLES:
            yield from (_EXAMPLES, "", "```bash", *(line.strip() for line in body), "```")
        elif head == _STATUSES:
            yield from (_STATUSES, "", *_statuses(body))
        else:
            yield from (_plain(line.strip()) for line in (head, *body))
    if isinstance(command, click.Group):
        for inner in command.list_commands(context):
            child = command.get_command(context, inner)
            if child is not None and not child.hidden:
                yield ""
                yield from _command_lines(child, context, inner, level=level + 1)


def _options(command: click.Command, context: click.Context) -> Iterator[str]:
    """Yield an item for each option: how it is written, what it does, its default."""
    options = [p for p in command.get_params(context) if isinstance(p, click.Option)]
    shown = [option for option in options if "--help" not in option.opts and not option.hidden]
    if shown:
        yield from ("", "Options:", "")
    for option in shown:
        record = option.get_help_record(context)
        assert record is not None  # noqa: S101 - it is not hidden
        told = _plain(" ".join(record[1].split()))
        yield f"- `{record[0]}`: {told}{_default(option)}"


def _default(option: click.Option) -> str:
    """Return the sentence about a default; flags, empty and computed ones have none."""
    value = option.default
    if not isinstance(value, str | int | float) or value in ("", False):
        return ""
    shown = option.opts[0] if option.is_flag else value
    return f" Default: `{shown}`."


def _paragraphs(text: str) -> Iterator[str]:
    """Yield the paragraphs of a help text, each followed by an empty line."""
    for paragraph in re.split(r"\n{2,}", inspect.cleandoc(text).partition("\f")[0].strip()):
        if paragraph.startswith(_VERBATIM):
            yield from (f"    {line}" for line in paragraph.split("\n")[1:])
        else:
            yield _plain(paragraph)
        yield ""


def _plain(text: str) -> str:
    """Return a sentence of a help text as Markdown that shows it as it is; code stays code."""
    parts = re.split(r"(`[^`]*`)", text)
    return "".join(p if p.startswith("`") else _SPECIAL.sub(r"\\\1", p) for p in parts)


def _epilog(command: click.Command) -> dict[str, list[str]]:
    """Return the paragraphs of the epilogue by their first lines."""
    parts: dict[str, list[str]] = {}
    for paragraph in re.split(r"\n{2,}", inspect.cleandoc(command.epilog or "")):
        lines = [line for line in paragraph.split("\n") if line.strip(f"{_VERBATIM} ")]
        if lines:
            parts[lines[0].strip()] = lines[1:]
    return parts


def _statuses(lines: Sequence[str]) -> Iterator[str]:
    """Yield a table of exit statuses; a line without a number goes on with the one before."""
    rows: list[list[str]] = []
    for line in lines:
        if found := _STATUS.fullmatch(line):
            rows.append([found[1], found[2].strip()])
        elif rows:
            rows[-1][1] += f" {line.strip()}"
    yield from ("| status | means |", "| --- | --- |")
    yield from (f"| {status} | {meaning} |" for status, meaning in rows)
