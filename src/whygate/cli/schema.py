"""`whygate schema`: print a JSON Schema."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from whygate.cli.place_options import repository_option
from whygate.schema.files import NAMES, read_bundled
from whygate.world.world import find_world, load_config, load_schema

if TYPE_CHECKING:
    from pathlib import Path


@click.command(
    "schema",
    epilog="""\b
Examples:
  whygate schema > product-context.schema.json
  whygate schema --effective
  whygate schema report""",
)
@click.argument("name", type=click.Choice(sorted(NAMES)), default="document")
@click.option("--effective", is_flag=True, help="The one this repository uses.")
@repository_option
def command(name: str, effective: bool, repository: Path | None) -> int:
    """Print the schema of the document, of the configuration, or of the JSON report."""
    if not effective:
        click.echo(read_bundled(NAMES[name]), nl=False)
        return 0
    if name != "document":
        raise click.UsageError("--effective belongs to the document schema")
    world = find_world(repository)
    schema = load_schema(world, load_config(world))
    click.echo(json.dumps(schema.source, indent=2, ensure_ascii=False))
    return 0
