"""`whygate config`: print the configuration in effect."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from whygate.cli.place_options import config_option, repository_option
from whygate.policy.settings import effective
from whygate.reporters.json_ import dump_json
from whygate.schema.files import PRESETS
from whygate.text.clean import clean_line
from whygate.world.world import find_world, load_policy, preset_options

if TYPE_CHECKING:
    from pathlib import Path


@click.command(
    "config",
    epilog="""\b
Examples:
  whygate config
  whygate config --preset strict --format json""",
)
@click.option(
    "--format", "form", type=click.Choice(["text", "json"]), default="text", help="How to print."
)
@click.option("--preset", type=click.Choice(PRESETS), help="As if this preset were chosen.")
@config_option
@repository_option
def command(
    form: str, preset: str | None, config_path: Path | None, repository: Path | None
) -> int:
    """Print every setting in effect and where it comes from.

    The schema, the templates and the bets are read as well, so that a mistake in one of them
    shows here and not at the next commit.
    """
    world = find_world(repository)
    policy = load_policy(world, path=config_path, options=preset_options(preset))
    settings = effective(policy.config)
    if form == "json":
        rows = [{"key": s.path, "value": s.value, "origin": s.origin} for s in settings]
        click.echo(dump_json(rows), nl=False)
        return 0
    for setting in settings:
        click.echo(f"{setting.path} = {clean_line(setting.value)}  ({clean_line(setting.origin)})")
    return 0
