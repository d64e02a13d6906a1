"""`whygate init`: look at a repository, propose what it lacks, and write what is agreed to."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from whygate.cli.options import repository_option, today_option
from whygate.schema.files import PRESETS
from whygate.setup.first_count import count_last
from whygate.setup.init import list_steps, plan_setup
from whygate.setup.proposal import Consent, find_consent, settle
from whygate.setup.source import find_source
from whygate.text.clean import clean_line
from whygate.world.world import find_world, read_today

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date
    from pathlib import Path


@click.command(
    "init",
    epilog="""\b
Examples:
  whygate init --dry-run
  whygate init
  whygate init --yes --preset standard --agents

\b
Exit status:
  0  done, or there was nothing to do
  2  a file that cannot be read or written, or nobody to ask
  3  no repository""",
)
@click.option("--preset", type=click.Choice(PRESETS), help="How strict to be (default: adopt).")
@click.option(
    "--agents", is_flag=True, help="Begin an AGENTS.md that tells coding agents what to write."
)
@click.option("--dry-run", is_flag=True, help="Show what would be written, and write nothing.")
@click.option("-y", "--yes", is_flag=True, help="Write it without asking.")
@click.option(
    "--source",
    metavar="URL",
    help="The git repository that workflow and pre-commit fetch (default: where this came from).",
)
@click.option(
    "--rev", metavar="REV", help="The tag or commit of it (default: what is installed here)."
)
@repository_option
@today_option
def command(  # noqa: PLR0913  (one parameter an option)
    *,
    preset: str | None,
    agents: bool,
    dry_run: bool,
    yes: bool,
    source: str | None,
    rev: str | None,
    repository: Path | None,
    today: date | None,
) -> int:
    """Set whygate up in a repository: propose each file, show it as a diff, and ask.

    Configuration, pull request template, hook, GitHub workflow and .gitattributes; what is there
    already is never written over, and a second run has nothing to propose. A template of your own
    keeps its headings: the configuration names what each answers. AGENTS.md, CLAUDE.md and the
    files of Copilot and Cursor get a section where they exist. Ends with what the gate would have
    done with the last 200 changes, under each preset.
    """
    world = find_world(repository)
    plan = plan_setup(world, preset, source=find_source(source, rev), agents=agents)
    _say(plan.found)
    consent = find_consent(dry_run=dry_run, yes=yes, proposals=plan.proposals)
    written = settle(plan.root, plan.proposals, consent)
    _say(list_steps(plan, written, is_shown_only=consent is Consent.NOBODY))
    click.echo()
    day = read_today(today, plan.policy.config)
    _say(count_last(world.git, plan.policy, day, is_new=plan.is_new))
    return 0


def _say(lines: Iterable[str]) -> None:
    click.echo("\n".join(map(clean_line, lines)))
