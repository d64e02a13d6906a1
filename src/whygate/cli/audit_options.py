"""The options of `whygate audit`, checked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from whygate.cli.complete import complete_fields
from whygate.cli.options import (
    FILE,
    Day,
    cache_option,
    config_option,
    format_option,
    output_option,
    preset_option,
    repository_option,
    revisions_argument,
    today_option,
)
from whygate.history.target import AuditOptions, default_jobs

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

FORMATS = ("text", "json", "ndjson", "csv", "markdown", "html", "sarif", "junit")
_NEWEST_TAG = ""

_OPTIONS: Sequence[Callable[[Callable[..., Any]], Callable[..., Any]]] = (
    revisions_argument,
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
    click.option("--csv-raw", is_flag=True, help="CSV for programs: leave formulas as they are."),
    click.option("--baseline", type=FILE, help="Fail on errors that this file does not list."),
    click.option("--write-baseline", type=FILE, help="List today's errors in this file."),
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
    click.option("--badge", type=FILE, help="Write an SVG badge to that file."),
    click.option("--badge-json", type=FILE, help="Write a shields.io endpoint to that file."),
    click.option(
        "-j", "--jobs", type=click.IntRange(min=1), default=default_jobs, help="Processes to use."
    ),
    format_option(*FORMATS),
    output_option,
    cache_option,
    preset_option,
    config_option,
    repository_option,
    today_option,
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
