"""`whygate template`: print the templates of a schema, and find those that lag behind it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from whygate.cli.options import (
    FILE,
    config_option,
    preset_option,
    repository_option,
    today_option,
)
from whygate.errors import InputError
from whygate.setup.proposal import Consent, FileChange, Proposal, render_diff, settle
from whygate.setup.templates import (
    USUAL_PATH,
    Kind,
    Lagging,
    advise_templates,
    find_lagging,
    render_template,
    request_files,
)
from whygate.terminal.failure import write_error
from whygate.terminal.output import write_file
from whygate.text.clean import clean, clean_line
from whygate.world.world import (
    World,
    find_world,
    load_policy,
    message_settings,
    preset_options,
    read_today,
    require_repository,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date
    from pathlib import Path

    from whygate.policy.policy import Policy

_AUTO = "auto"


@click.command(
    "template",
    epilog="""\b
Examples:
  whygate template pr --output .github/pull_request_template.md
  whygate template commit --output .gitmessage
  whygate template issue-form --output .github/ISSUE_TEMPLATE/why.yml
  whygate template --check
  whygate template --check --write""",
)
@click.argument("what", required=False, type=click.Choice([str(kind) for kind in Kind]))
@click.option("-o", "--output", type=FILE, metavar="FILE", help="Write to this file, a new one.")
@click.option("--check", "checks", is_flag=True, help="Look for templates that lag behind.")
@click.option("--write", is_flag=True, help="With --check: write what is missing into them.")
@preset_option
@config_option
@repository_option
@today_option
def command(  # noqa: PLR0913 - one parameter for each option
    *,
    what: str | None,
    output: Path | None,
    checks: bool,
    write: bool,
    preset: str | None,
    config_path: Path | None,
    repository: Path | None,
    today: date | None,
) -> int:
    """Print a template for pull requests, commits or issues, made of the schema's questions.

    With --check the templates of the repository are held against the schema: what they do not
    ask for is shown as a diff (exit status 1), and --write adds it. A team's own text stays.
    """
    if checks == (what is not None):
        raise click.UsageError("name a template (pr, commit or issue-form), or --check those here")
    if (write and not checks) or (output is not None and checks):
        raise click.UsageError("--write belongs to --check, and --output to a template")
    world = find_world(repository)
    policy = load_policy(world, path=config_path, options=preset_options(preset))
    if what is None:
        return _check(world, policy, read_today(today, policy.config), write=write)
    return _print(render_template(Kind(what), policy, comment=_comment(world)), output)


def _print(text: str, output: Path | None) -> int:
    if not text:
        raise InputError("nothing is asked of a feature here, so there is nothing to ask for")
    if output is None:
        click.echo(clean(text), nl=False)
        return 0
    if output.exists() or output.is_symlink():
        raise InputError(
            f"`{output}` is there already",
            hint="name a new file, or let `whygate template --check --write` add what is missing",
        )
    write_file(output, [text])
    write_error(f"wrote {output}")
    return 0


def _check(world: World, policy: Policy, today: date, *, write: bool) -> int:
    """Say what the templates lack; return 1 when there is something to change."""
    require_repository(world)
    if world.root is None:
        raise InputError("there are no checked-out files to look at", hint="name them with -C")
    requests = tuple(request_files(world.root, policy))
    found = find_lagging(world.git, world.root, requests, policy, comment=_comment(world))
    advice = advise_templates(requests, policy, today)
    broken = [entry for entry in advice if entry.is_broken]
    if not requests:
        click.echo(f"there is no pull request template: `whygate template pr -o {USUAL_PATH}`")
    for entry in broken:
        click.echo(f"{clean_line(entry.path)}: {entry.message}; {entry.cure}")
    open_ends = len(broken) + (not requests)
    changes = [c for f in found for c in _show(f)]
    if write and changes:
        settle(world.root, [Proposal("written:", (c,)) for c in changes], Consent.EVERYTHING)
        return 1 if open_ends or len(changes) < len(found) else 0
    if not found and not open_ends:
        click.echo("ok: the templates ask for what a feature needs")
    return 1 if found or open_ends else 0


def _show(found: Lagging) -> Iterator[FileChange]:
    """Say what a template lacks, show how to change it, and yield the change."""
    path, drift = found.file.path, found.drift
    click.echo(f"{clean_line(path)}: {clean_line(drift.message)}")
    if drift.text is None:
        click.echo("    an open comment or fence swallows what would be added: close it first")
        return
    change = FileChange(path, found.file.text, drift.text)
    for line in "\n".join(render_diff(change)).split("\n"):
        click.echo(clean_line(line))
    yield change


def _comment(world: World) -> str:
    """Return the comment string of git here; where git picks one itself, `#` is its first."""
    comment = message_settings(world)[1]
    return comment if comment and comment != _AUTO else "#"
