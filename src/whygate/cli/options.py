"""The options that mean the same in every command: where to look, by which rules, how to print."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import click

from whygate.schema.files import PRESETS

if TYPE_CHECKING:
    from collections.abc import Callable

    Wrap = Callable[[Callable[..., Any]], Callable[..., Any]]

_WHOLE = 1_000  # characters of a sentence

FILE = click.Path(path_type=Path, dir_okay=False)


class Day(click.ParamType[date]):
    """A day such as 2027-02-15."""

    name: ClassVar[str] = "date"  # type: ignore[misc]

    def convert(
        self, value: str | date, param: click.Parameter | None, ctx: click.Context | None
    ) -> date:
        """Return the day a text names."""
        if isinstance(value, date):
            return value
        try:
            return date.fromisoformat(value)
        except ValueError:
            self.fail(f"`{value}` is not a day; write 2027-02-15", param, ctx)


repository_option = click.option(
    "-C",
    "--repository",
    type=click.Path(path_type=Path),
    metavar="DIRECTORY",
    help="Use the repository of that directory.",
)
config_option = click.option(
    "--config",
    "config_path",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Use this configuration (default: that of the repository).",
)
preset_option = click.option("--preset", type=click.Choice(PRESETS), help="Ask what it asks.")
today_option = click.option(
    "--today", type=Day(), metavar="DATE", help="The day to reckon from (default: today)."
)
output_option = click.option(
    "-o", "--output", type=FILE, metavar="FILE", help="Write to that file (default: stdout)."
)
cache_option = click.option(
    "--cache/--no-cache", default=True, help="Keep what was read for the next run."
)
revisions_argument = click.argument("revisions", default="HEAD", metavar="[RANGE]")


def format_option(*names: str) -> Wrap:
    """Return the option that chooses among the names of formats; the first is the usual one."""
    return click.option(
        "--format", "form", type=click.Choice(names), default=names[0], help="How to print."
    )


class WholeGroup(click.Group):
    """A group whose help says of each command its whole first sentence."""

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the commands, folded where they are too long for a line."""
        commands = [(name, self.get_command(ctx, name)) for name in self.list_commands(ctx)]
        rows = [(n, c.get_short_help_str(_WHOLE)) for n, c in commands if c and not c.hidden]
        with formatter.section("Commands"):
            formatter.write_dl(rows)
