"""The options of `whygate audit`, checked."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import click

from whygate.cli.complete import complete_fields
from whygate.history.target import AuditOptions, default_jobs
from whygate.schema.files import PRESETS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

FORMATS = ("text", "json", "ndjson", "csv", "markdown", "html", "sarif", "junit")
_FILE = click.Path(path_type=Path, dir_okay=False)
_NEWEST_TAG = ""


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


_OPTIONS: Sequence[Callable[[Callable[..., Any]], Callable[..., Any]]] = (
    click.argument("revisions", default="HEAD", metavar="[RANGE]"),
    click.option(
        "-C", "--repository", type=click.Path(path_type=Path), help="Audit that repository."
    ),
    click.option("--commits", is_flag=True, help="Judge every commit on its own."),
    click.option(
        "--merged-commits",
        is_flag=True,
        help="Judge merges of branches as well, by what their commits say.",
    ),
    click.option("--since", type=Day(), help="Changes committed on that day (UTC) or later."),
    click.option("--until", type=Day(), help="Changes committed on that day (UTC) or earlier."),
    click.option(
        "--since-tag",
        is_flag=False,
        flag_value=_NEWEST_TAG,
        metavar="[TAG]",
        help="Changes since a tag, the newest one without a name.",
    ),
    click.option("--path", "paths", multiple=True, help="Changes that touch it; may be repeated."),
    click.option("--author", default="", help="Changes whose author (`Name <mail>`) contains it."),
    click.option("--kind", "kinds", multiple=True, help="Changes of a kind; may be repeated."),
    click.option("-n", "--last", type=click.IntRange(min=1), help="Only the last N changes."),
    click.option(
        "--by-area", is_flag=True, help="Count by CODEOWNERS or first directory (reads paths)."
    ),
    click.option("--by-author", is_flag=True, help="Count by author, and name them."),
    click.option("--adopted", type=Day(), help="Compare the time before that day with the rest."),
    click.option(
        "--format",
        "form",
        type=click.Choice(FORMATS),
        default="text",
        help="How to write the report.",
    ),
    click.option("-o", "--output", type=_FILE, help="Write the report to that file."),
    click.option("--csv-raw", is_flag=True, help="CSV for programs: leave formulas as they are."),
    click.option("--baseline", type=_FILE, help="Fail on errors that this file does not list."),
    click.option("--write-baseline", type=_FILE, help="List today's errors in this file."),
    click.option(
        "--fail-under",
        type=click.FloatRange(0, 100),
        metavar="PERCENT",
        help="Fail when fewer changes are complete.",
    ),
    click.option(
        "--field",
        default="",
        shell_complete=complete_fields,
        help="For --fail-under and badges: changes that say it.",
    ),
    click.option("--badge", type=_FILE, help="Write an SVG badge to that file."),
    click.option("--badge-json", type=_FILE, help="Write a shields.io endpoint to that file."),
    click.option("--cache/--no-cache", default=True, help="Keep verdicts for the next audit."),
    click.option(
        "-j", "--jobs", type=click.IntRange(min=1), default=default_jobs, help="Processes to use."
    ),
    click.option("--preset", type=click.Choice(PRESETS), help="Judge by this preset."),
    click.option(
        "--config",
        "config_path",
        type=click.Path(path_type=Path),
        help="Judge by this configuration.",
    ),
    click.option("--today", metavar="DATE", help="The day of changes without a date."),
)


def audit_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options of an audit."""
    for option in reversed(_OPTIONS):
        function = option(function)
    return function


def read_options(context: click.Context) -> AuditOptions:
    """Return the options of a command line; those that exclude each other are refused."""
    options = AuditOptions(**context.params)
    if options.commits and options.merged_commits:
        raise click.UsageError("--commits and --merged-commits exclude each other")
    if options.since_tag is not None and ".." in options.revisions:
        raise click.UsageError("--since-tag and a range A..B exclude each other")
    return options
