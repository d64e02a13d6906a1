"""`whygate audit`: judge a history and count what it says."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from whygate.audit.coverage import as_report, count_coverage
from whygate.cli.world import World, find_world, load_policy, preset_options, read_today
from whygate.errors import InputError, UndecidedError
from whygate.judge.check import check
from whygate.reporters.coverage import render_coverage
from whygate.reporters.json_ import dump_json
from whygate.schema.files import PRESETS
from whygate.sources.git import SHALLOW_HINT
from whygate.sources.history import Range, parse_range, read_commits, to_change

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from whygate.model import Verdict
    from whygate.policy.policy import Policy


@click.command(
    "audit",
    epilog="""\b
Examples:
  whygate audit
  whygate audit --last 500 --format json
  whygate audit v1.0..v2.0""",
)
@click.argument("revisions", default="HEAD", metavar="[RANGE]")
@click.option("-C", "--repository", type=click.Path(path_type=Path), help="Audit that repository.")
@click.option("-n", "--last", type=click.IntRange(min=1), help="Only the last N changes.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text")
@click.option("--preset", type=click.Choice(PRESETS), help="Judge by this preset.")
@click.option(
    "--config", "config_path", type=click.Path(path_type=Path), help="Judge by this configuration."
)
@click.option("--today", metavar="DATE", help="The day of changes without a date.")
def command(  # noqa: PLR0913 - one parameter for each option
    *,
    revisions: str,
    repository: Path | None,
    last: int | None,
    form: str,
    preset: str | None,
    config_path: Path | None,
    today: str | None,
) -> int:
    """Judge every first-parent change of a branch and count what it says; never fails on it.

    A merged pull request is one change. The exit status is 0 whatever is found: an audit
    starts low everywhere.
    """
    world = find_world(repository)
    policy = load_policy(world, path=config_path, options=preset_options(preset))
    day = read_today(today, policy.config)
    git = world.git
    if world.repository is None:
        raise InputError("there is no git repository here", hint="name one with -C DIRECTORY")
    if git.is_shallow():
        raise UndecidedError("this clone is shallow: its history is cut off", hint=SHALLOW_HINT)
    span = parse_range(git, revisions)
    coverage = count_coverage(_verdicts(world, policy, span, last, day))
    reach = f", the last {last}" if last is not None else ""
    basis = (
        f"{revisions} at {span.tip[:12]}, first-parent{reach}, "
        f"by schema {policy.schema.name}, on {day}"
    )
    if form == "json":
        click.echo(dump_json({"version": 1, "basis": basis, **as_report(coverage)}), nl=False)
    else:
        click.echo(render_coverage(coverage, basis), nl=False)
    return 0


def _verdicts(
    world: World, policy: Policy, span: Range, last: int | None, day: date
) -> Iterator[Verdict]:
    commits = read_commits(world.git, span, first_parent=True, limit=last)
    return (check(to_change(commit), policy, day) for commit in commits)
