"""`whygate rules`: list the rules, or tell all about one."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

import click

from whygate.cli.complete import complete_rules
from whygate.cli.options import format_option
from whygate.judge.rules import family_of, find_rule
from whygate.outcomes.rules import ALL_RULES
from whygate.reporters.json_ import dump_json
from whygate.reporters.links import rule_link
from whygate.reporters.rule_help import describe_measured, read_measured
from whygate.reporters.tables import WIDTH, fold

if TYPE_CHECKING:
    from whygate.judge.case import Rule


@click.command(
    "rules",
    epilog="""\b
Examples:
  whygate rules
  whygate rules WG103
  whygate rules measurement-missing --format json""",
)
@click.argument("rule", required=False, metavar="[ID]", shell_complete=complete_rules)
@format_option("text", "json")
def command(rule: str | None, form: str) -> int:
    """List every rule: id, usual severity, name, and what it finds.

    With the id or the name of a rule: what it finds, why, and how to answer it.
    """
    if rule is not None:
        found = _find(rule)
        text = dump_json(_row(found) | {"text": found.documentation}) if form == "json" else ""
        click.echo(text or _explain(found), nl=False)
    elif form == "json":
        click.echo(dump_json([_row(rule) for rule in ALL_RULES]), nl=False)
    else:
        for row in map(_row, ALL_RULES):
            head = f"{row['id']}  {row['severity']:8} {row['name']:30} "
            end = f"\n{' ' * len(head)}"
            click.echo(head + end.join(fold(row["summary"], WIDTH - len(head))))
    return 0


def _find(name: str) -> Rule:
    found = find_rule(name, ALL_RULES)
    if found is not None:
        return found
    names = [known.name for known in ALL_RULES]  # an id resembles every other id
    near = get_close_matches(name.strip().lower(), names, n=1)
    hint = f"did you mean `{near[0]}`?" if near else "`whygate rules` lists them"
    raise click.UsageError(f"there is no rule `{name}`; {hint}")


def _row(rule: Rule) -> dict[str, str]:
    return {
        "id": rule.id,
        "name": rule.name,
        "severity": str(rule.severity),
        "family": family_of(rule),
        "summary": rule.documentation.split("\n")[0],
        "url": rule_link(rule.id),
    }


def _explain(rule: Rule) -> str:
    parts = [f"{rule.id} {rule.name} ({rule.severity})", rule.documentation]
    parts += [measured] if (measured := describe_measured(rule, read_measured())) else []
    return "\n\n".join((*parts, f"See {rule_link(rule.id)}")) + "\n"
