"""`whygate explain`: say what a rule finds and how to answer it."""

from __future__ import annotations

from difflib import get_close_matches

import click

from whygate.cli.complete import complete_rules
from whygate.judge.rules import find_rule
from whygate.outcomes.rules import ALL_RULES
from whygate.reporters.links import rule_link
from whygate.reporters.rule_help import describe_measured, read_measured


@click.command(
    "explain",
    epilog="""\b
Examples:
  whygate explain WG103
  whygate explain measurement-missing""",
)
@click.argument("rule", shell_complete=complete_rules)
def command(rule: str) -> int:
    """Say what a rule (WG103 or measurement-missing) finds, why, and how to answer it."""
    found = find_rule(rule, ALL_RULES)
    if found is None:
        names = [known.name for known in ALL_RULES]  # an id resembles every other id
        near = get_close_matches(rule.strip().lower(), names, n=1)
        hint = f"did you mean `{near[0]}`?" if near else "`whygate rules` lists them"
        raise click.UsageError(f"there is no rule `{rule}`; {hint}")
    click.echo(f"{found.id} {found.name} ({found.severity})\n\n{found.documentation}")
    if measured := describe_measured(found, read_measured()):
        click.echo(f"\n{measured}")
    click.echo(f"\nSee {rule_link(found.id)}")
    return 0
