"""`whygate contract`: say what whoever writes a change must know."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from whygate.authoring.contract import build_contract
from whygate.authoring.contract_text import render_agents_section, render_contract
from whygate.cli.place_options import config_option, repository_option
from whygate.reporters.contract_json import render_contract_json
from whygate.schema.files import PRESETS
from whygate.text.clean import clean
from whygate.world.world import find_world, load_policy, preset_options

if TYPE_CHECKING:
    from pathlib import Path


@click.command(
    "contract",
    epilog="""\b
Examples:
  whygate contract
  whygate contract --json
  whygate contract --agents >> AGENTS.md""",
)
@click.option("--json", "as_json", is_flag=True, help="For programs (contract.schema.json).")
@click.option("--agents", is_flag=True, help="Only the section for an AGENTS.md file.")
@click.option("--preset", type=click.Choice(PRESETS), help="As if this preset were chosen.")
@config_option
@repository_option
def command(
    *,
    as_json: bool,
    agents: bool,
    preset: str | None,
    config_path: Path | None,
    repository: Path | None,
) -> int:
    """Print what a change must say here: fields, formats, kinds, exemptions, rules, examples.

    It follows from the schema and the configuration in effect, and is meant for whoever writes
    the change, a person or an agent.
    """
    if as_json and agents:
        raise click.UsageError("choose one: --json or --agents")
    policy = load_policy(find_world(repository), path=config_path, options=preset_options(preset))
    if agents:
        click.echo(clean(render_agents_section(policy)), nl=False)
    elif as_json:
        click.echo(render_contract_json(build_contract(policy)), nl=False)
    else:
        click.echo(clean(render_contract(build_contract(policy))), nl=False)
    return 0
