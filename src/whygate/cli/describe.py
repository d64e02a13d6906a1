"""`whygate describe`: compose a description, or the trailers of a squash, from commits."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
from msgspec import Struct

from whygate.authoring.describe import describe_change, list_commits
from whygate.authoring.written import write_sections, write_trailers
from whygate.cli.place_options import config_option, repository_option
from whygate.errors import InputError
from whygate.git.branch import branch_change, find_base, read_all, read_branch
from whygate.git.log import Range, parse_range
from whygate.git.staged import find_head
from whygate.judge.check import check
from whygate.schema.files import PRESETS
from whygate.terminal.failure import write_error
from whygate.text.clean import clean, clean_line
from whygate.text.commit import to_change
from whygate.text.message import is_fixup
from whygate.world.world import World, find_world, load_policy, preset_options, read_today

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from whygate.model import Verdict
    from whygate.policy.policy import Policy
    from whygate.text.commit import Commit

_JOINT = "; "


class _Options(Struct, frozen=True):
    revisions: str | None
    base: str | None


@click.command(
    "describe",
    epilog="""\b
Examples:
  whygate describe
  whygate describe | gh pr create --title "feat(cart): keep the cart" --body-file -
  whygate describe --base release-2.0
  whygate describe --squash""",
)
@click.option("--base", metavar="REF", help="The branch it will be merged into.")
@click.option("--range", "revisions", metavar="A..B", help="Describe these commits.")
@click.option("--squash", is_flag=True, help="The trailers for the message of a squash.")
@click.option("--preset", type=click.Choice(PRESETS), help="Ask what this preset asks.")
@config_option
@repository_option
@click.option("--today", metavar="DATE", help="Judge as if it were this day.")
def command(
    *,
    squash: bool,
    preset: str | None,
    config_path: Path | None,
    repository: Path | None,
    today: str | None,
    **inputs: str | None,
) -> int:
    """Compose the description of a pull request from the commits of the branch.

    What the commits say is kept, field by field; what is needed and missing appears as a slot
    `<...>` to fill in, and is named on stderr. Nothing is made up.
    """
    world = find_world(repository)
    policy = load_policy(world, path=config_path, options=preset_options(preset))
    commits, branch = _read(world, _Options(**inputs))
    change = branch_change(commits, policy.config, branch=branch)
    verdict = check(change, policy, read_today(today, policy.config))
    click.echo(clean(_compose(verdict, policy, commits, squash=squash)))
    return 0


def _compose(verdict: Verdict, policy: Policy, commits: Sequence[Commit], *, squash: bool) -> str:
    """Return the text, and say on stderr what is missing in it."""
    described = describe_change(verdict, policy, joint=_JOINT if squash else "\n\n")
    if described.missing:
        titles = ", ".join(clean_line(field.title) for field in described.missing)
        write_error(f"whygate: to be filled in: {titles}")
    if squash:
        return "\n".join(write_trailers(described.sheet, policy.schema))
    listed = [(c.short_sha, to_change(c).title) for c in reversed(commits)]
    kept = [(sha, title) for sha, title in listed if not is_fixup(title)]
    sections = write_sections(described.sheet, policy.schema)
    return "\n\n".join(part for part in (sections, f"## Commits\n{list_commits(kept)}") if part)


def _read(world: World, options: _Options) -> tuple[Sequence[Commit], str]:
    """Return the commits to describe, newest first, and the name of their branch."""
    if options.revisions is not None and options.base is not None:
        raise click.UsageError("name either --range or --base")
    if world.repository is None:
        raise InputError("this is no git repository", hint="name one with -C")
    git = world.git
    head = find_head(git)
    name = git.head_branch()
    if options.revisions is not None:
        revisions = parse_range(git, options.revisions)
        commits: Sequence[Commit] | None = read_all(git, revisions)
        name = name if revisions.tip == head else ""
    elif options.base is not None:
        base = find_base(git, git.resolve("HEAD"), [git.resolve(options.base)])
        commits = read_all(git, Range(base, head))
    else:
        commits = read_branch(git, head=head, name=name)
        if commits is None:
            raise InputError(
                "there is no branch to describe: this is the default branch, or none is known",
                hint="name what to compare with: --base REF or --range A..B",
            )
    if not commits:
        raise InputError("there is no commit to describe", hint="commit first")
    return commits, name
