"""`whygate doctor`: check a repository's own set-up."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import click

from whygate.cli.options import format_option, repository_option, today_option
from whygate.metrics.port import Setting
from whygate.reporters.json_ import dump_json
from whygate.setup.doctor import diagnose, read_facts, render_advice, report_advice, try_metrics
from whygate.world.world import find_world

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path


@click.command(
    "doctor",
    epilog="""\b
Examples:
  whygate doctor
  whygate doctor -C ../shop --format json
  whygate doctor --metrics

\b
Exit status:
  0  nothing is wrong, or there are only hints
  1  something is broken
  3  no repository""",
)
@click.option("--metrics", is_flag=True, help="Ask every metric of the catalogue, for yesterday.")
@format_option("text", "json")
@repository_option
@today_option
def command(repository: Path | None, form: str, today: date | None, *, metrics: bool) -> int:
    """Check the set-up of a repository and say what to change.

    Looks at the configuration, the workflows, the commit-msg hook, the pull request template
    and how the last pull requests were merged. With --metrics it says what `whygate measure` would
    get on the day. Nothing is changed.
    """
    world = find_world(repository)
    facts = read_facts(world, today)
    advice = diagnose(facts)
    if metrics:
        advice = (*advice, *try_metrics(facts, Setting(os.environ, world.root)))
    if form == "json":
        click.echo(dump_json(report_advice(facts, advice)), nl=False)
    else:
        click.echo("\n".join(render_advice(facts, advice)))
    return 1 if any(one.is_broken for one in advice) else 0
