"""`whygate rules`: list the catalogue."""

from __future__ import annotations

import click

from whygate.judge.rules import family_of
from whygate.outcomes.rules import ALL_RULES
from whygate.reporters.json_ import dump_json
from whygate.reporters.links import rule_link


@click.command(
    "rules",
    epilog="""\b
Examples:
  whygate rules
  whygate rules --format json""",
)
@click.option(
    "--format", "form", type=click.Choice(["text", "json"]), default="text", help="How to print."
)
def command(form: str) -> int:
    """List every rule: id, usual severity, name, and what it finds."""
    rows = [
        {
            "id": rule.id,
            "name": rule.name,
            "severity": str(rule.severity),
            "family": family_of(rule),
            "summary": rule.documentation.split("\n")[0],
            "url": rule_link(rule.id),
        }
        for rule in ALL_RULES
    ]
    if form == "json":
        click.echo(dump_json(rows), nl=False)
        return 0
    for row in rows:
        click.echo(f"{row['id']}  {row['severity']:8} {row['name']:30} {row['summary']}")
    return 0
