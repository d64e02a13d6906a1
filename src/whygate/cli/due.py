"""`whygate due`: say which measurements are due, who looks, and how to record what came out."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import click
from msgspec import Struct

from whygate.cli.options import (
    cache_option,
    config_option,
    format_option,
    output_option,
    repository_option,
    revisions_argument,
    today_option,
)
from whygate.history.outcomes import read_history
from whygate.history.target import AuditOptions
from whygate.reporters.due import DueList, list_due
from whygate.reporters.tables import WIDTH
from whygate.terminal.output import find_width, put_out
from whygate.values.dates import DateValue, parse_date
from whygate.world.world import find_world, load_policy, read_today

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path

FORMATS = ("text", "json", "markdown", "ical")


class DueOptions(Struct, frozen=True):
    """What was asked for on the command line."""

    revisions: str
    repository: Path | None
    within: str
    today: date | None
    form: str
    owner: str
    output: Path | None
    webhook: str
    merged_commits: bool
    cache: bool
    config_path: Path | None


@click.command(
    "due",
    epilog="""\b
Examples:
  whygate due
  whygate due --within 30d --owner @lena
  whygate due --format ical -o due.ics
  whygate due --webhook-env CHAT_WEBHOOK""",
)
@revisions_argument
@click.option(
    "--within", default="14d", show_default=True, metavar="TIME", help="Days (14d), weeks, months."
)
@click.option("--owner", default="", metavar="TEXT", help="Only what an owner with TEXT looks at.")
@click.option(
    "--webhook-env",
    "webhook",
    default="",
    metavar="NAME",
    help="Post what is due to the chat address in that variable.",
)
@click.option("--merged-commits", is_flag=True, help="Name merges of branches after their commits.")
@format_option(*FORMATS)
@output_option
@cache_option
@config_option
@repository_option
@today_option
@click.pass_context
def command(context: click.Context, /, **_: object) -> int:
    """List the measurements that are overdue, due, or come due soon.

    The exit status is 0 whatever is due: a result that is late is a question to its owner.
    """
    options = DueOptions(**context.params)
    due = find_due(options)
    text = _render(due, options.form, find_width(to_file=options.output is not None))
    put_out(options.output, [text])
    if options.webhook:
        _remind(due, options.webhook)
    return 0


def _remind(due: DueList, name: str) -> None:
    from whygate.loop.webhook import post_text  # noqa: PLC0415 - few remind
    from whygate.reporters.due import render_due_chat  # noqa: PLC0415

    if text := render_due_chat(due):
        post_text(text, name, os.environ)
    said = f"sent to the address in {name}" if text else "nothing is due, so nothing was sent"
    click.echo(f"note: {said}", err=True)


def find_due(options: DueOptions) -> DueList:
    """Return the list of what is due."""
    world = find_world(options.repository)
    policy = load_policy(world, path=options.config_path)
    today = read_today(options.today, policy.config)
    within = _count_days(options.within, today)
    how = AuditOptions(
        revisions=options.revisions, merged_commits=options.merged_commits, cache=options.cache
    )
    history = read_history(world, policy, today, how)
    return list_due(
        history.outcomes,
        today=today,
        within=within,
        owner=options.owner,
        damages=history.damages,
        notes=history.remarks,
    )


def _render(due: DueList, form: str, width: int | None) -> str:
    match form:
        case "json":
            from whygate.reporters.due_json import render_due_json  # noqa: PLC0415

            return render_due_json(due)
        case "ical":
            from whygate.reporters.ical import render_ical  # noqa: PLC0415

            return render_ical(due)
        case "markdown":
            from whygate.reporters.due import render_due_markdown  # noqa: PLC0415

            return render_due_markdown(due)
    from whygate.reporters.due import render_due_text  # noqa: PLC0415

    return render_due_text(due, max(WIDTH, width or 0))


def _count_days(text: str, today: date) -> int:
    """Return the days of `14d`, `2w`, `+1m`, or of a bare number."""
    written = text.strip().removeprefix("+")
    found = parse_date(f"+{written}d" if written.isdigit() else f"+{written}", today)
    if not isinstance(found, DateValue) or found.relative is None or found.day is None:
        raise click.BadParameter(f"`{text}` is no time; write 14d, 2w or 1m", param_hint="--within")
    return (found.day - today).days
