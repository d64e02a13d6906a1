"""`whygate check`: judge a message, a description or a range."""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click
from msgspec import Struct
from msgspec.structs import replace

from whygate.cli.options import (
    config_option,
    format_option,
    preset_option,
    repository_option,
    today_option,
)
from whygate.errors import InputError
from whygate.forges import FORMATS, LOG_FORMATS
from whygate.git.branch import branch_change
from whygate.git.log import parse_range, read_commits
from whygate.git.message_file import read_description, read_message
from whygate.git.tree import Worktree
from whygate.model import Change, Status
from whygate.policy.config import CommitScope
from whygate.reporters.json_ import render_json
from whygate.reporters.text import judge_all, render_text
from whygate.terminal.output import use_color
from whygate.text.clean import clean_line
from whygate.text.commit import name_unread, require_small, to_change
from whygate.text.message import Cleanup
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
    from datetime import date

    from whygate.judge.case import LookUp
    from whygate.policy.policy import Policy
    from whygate.reporters.text import Shown

STDIN = "-"
STDIN_LIMIT = 1_100_000


class _Options(Struct, frozen=True):
    file: str | None
    description: str | None
    title: str
    revisions: str | None
    scope: str | None
    labels: tuple[str, ...]
    branch: str
    cleanup: str | None


@click.command(
    "check",
    epilog="""\b
Examples:
  whygate check .git/COMMIT_EDITMSG
  git log -1 --format=%B | whygate check -
  whygate check --description body.md --title "feat(cart): keep the cart"
  whygate check --range origin/main..HEAD --format json
  whygate check --description body.md --diff""",
)
@click.argument("file", required=False, metavar="[MESSAGE_FILE]")
@click.option("--description", metavar="FILE", help="Judge a description (- is stdin).")
@click.option("--title", default="", metavar="TEXT", help="The title of the pull request.")
@click.option("--label", "labels", multiple=True, metavar="NAME", help="One of its labels.")
@click.option("--branch", default="", metavar="NAME", help="The branch the change comes from.")
@click.option("--range", "revisions", metavar="A..B", help="Judge commits of this repository.")
@click.option(
    "--scope",
    type=click.Choice(["branch", "each"]),
    help="With --range: the commits as one change, or each by itself (default: configuration).",
)
@click.option(
    "--cleanup",
    type=click.Choice([str(c) for c in Cleanup]),
    help="How git will clean the message (default: as configured for git).",
)
@click.option("--fix", is_flag=True, help="Write what can only be meant one way into the file.")
@click.option("--diff", is_flag=True, help="Print what --fix would write, and change nothing.")
@format_option("text", "json", "markdown", "sarif", "junit", *FORMATS)
@preset_option
@config_option
@repository_option
@today_option
@click.option("--color/--no-color", default=None, help="Colour (default: on a terminal).")
@click.option("-v", "--verbose", is_flag=True, help="Show what was suppressed as well.")
def command(  # noqa: PLR0913 - one parameter for each option
    *,
    form: str,
    preset: str | None,
    config_path: Path | None,
    repository: Path | None,
    today: date | None,
    color: bool | None,
    verbose: bool,
    fix: bool,
    diff: bool,
    **inputs: object,
) -> int:
    """Judge a commit message file, a pull-request description, or a range of commits.

    With --fix, what can only be meant one way (`Probem`, `60 days`) is written into the file; of
    what comes by stdin the mended text is printed, and the report goes to stderr.
    """
    options = _Options(**inputs)  # type: ignore[arg-type]
    _require_one(options)
    if (fix or diff) and options.revisions is not None:
        raise click.UsageError("--fix and --diff are for a file: a commit is mended by amending it")
    world = find_world(repository)
    policy = load_policy(world, path=config_path, options=preset_options(preset))
    day = read_today(today, policy.config)
    note, to_stderr = "", False
    if fix or diff:
        from whygate.cli.mending import mend_input  # noqa: PLC0415  (seldom asked for)

        reader = partial(_change_of, options, world)
        found = mend_input(options.description or options.file or "", reader, policy, day)
        if diff:
            click.echo(found.diff(), nl=False)
            return 1 if found.mended.before.status is Status.FAILED else 0
        note, to_stderr = found.write(), found.path is None
        changes = [found.mended.after.change]
    else:
        changes = read_changes(options, world, policy)
    for said in filter(None, map(name_unread, changes)):
        click.echo(f"note: {clean_line(said)}", err=True)
    shown = judge_all(changes, policy, day, _look_up(options, world, policy))
    _print(shown, form, policy, day, to_stderr=to_stderr, color=color, verbose=verbose, note=note)
    return 1 if any(entry.verdict.status is Status.FAILED for entry in shown) else 0


def _print(  # noqa: PLR0913
    shown: list[Shown],
    form: str,
    policy: Policy,
    day: date,
    *,
    to_stderr: bool,
    color: bool | None,
    verbose: bool,
    note: str,
) -> None:
    if form == "json":
        click.echo(render_json(shown, policy.schema, day), nl=False, err=to_stderr)
    elif form == "sarif":
        from whygate.reporters.sarif import render_check  # noqa: PLC0415  (few ask for it)

        click.echo(render_check([entry.verdict for entry in shown]), nl=False, err=to_stderr)
    elif form == "junit":
        from whygate.reporters.junit import render_check as render_junit  # noqa: PLC0415

        click.echo(render_junit([entry.verdict for entry in shown]), nl=False, err=to_stderr)
    elif form == "markdown":
        from whygate.reporters.markdown import Page, render_summary  # noqa: PLC0415

        click.echo(render_summary(shown, policy, Page()), nl=False, err=to_stderr)
    elif form in FORMATS:
        from whygate.forges.find import render_format  # noqa: PLC0415  (only a job of a forge)

        text = render_format(form, [entry.verdict for entry in shown])
        text += render_text(shown, verbose=verbose) if form in LOG_FORMATS else ""
        click.echo(text, nl=False, err=to_stderr)
    else:
        text = render_text(shown, color=use_color(color), verbose=verbose) + note
        click.echo(text, nl=False, color=True, err=to_stderr)


def read_changes(options: _Options, world: World, policy: Policy) -> list[Change]:
    """Return what the options ask to judge."""
    if options.revisions is not None:
        return _read_range(options, world, policy)
    if options.description is None:
        _require_file(options.file or "")
    path, data = _source(
        options.description if options.description is not None else options.file or ""
    )
    return [_change_of(options, world, path, data)]


def _change_of(
    options: _Options, world: World, path: Path | None, data: bytes | None, label: str = ""
) -> Change:
    """Return the change in a file, or in data that stands for the file named by `label`."""
    if options.description is not None:
        change = read_description(path, data, title=options.title, label=label)
    else:
        change = _read_message(options, world, path, data, label)
    return replace(change, labels=options.labels, branch=options.branch)


def _look_up(options: _Options, world: World, policy: Policy) -> LookUp | None:
    """Return what finds the plans of other changes, where a history is at hand."""
    if options.revisions is None:
        return None
    from whygate.history.covered import look_in_history  # noqa: PLC0415  (few changes need it)

    tip = parse_range(world.git, options.revisions).tip
    tips = tuple(ref for ref in (tip, world.git.default_ref()) if ref)
    tree = Worktree(world.root) if world.root is not None else None
    return look_in_history(world.git, policy, tips, tree)


def _require_one(options: _Options) -> None:
    given = [v for v in (options.file, options.description, options.revisions) if v is not None]
    if not given:
        raise click.UsageError(
            "there is nothing to judge: name a message file, --description FILE or --range A..B"
        )
    if len(given) > 1:
        raise click.UsageError(
            "judge one thing at a time: a message file, --description or --range"
        )
    if "" in given:
        raise click.UsageError(
            "there is nothing to judge: the name is empty, perhaps a variable that is not set"
        )
    if options.title and options.description is None:
        raise click.UsageError("--title belongs to --description")
    if options.scope and options.revisions is None:
        raise click.UsageError("--scope belongs to --range")
    if options.cleanup and options.file is None:
        raise click.UsageError("--cleanup belongs to a message file")


def _read_message(
    options: _Options, world: World, path: Path | None, data: bytes | None, label: str
) -> Change:
    cleanup, comment, encoding = message_settings(world)
    if options.cleanup is not None:
        cleanup = Cleanup(options.cleanup)
    return read_message(
        path, data, cleanup=cleanup, comment=comment, encoding=encoding, label=label
    )


def _require_file(name: str) -> None:
    """Refuse what stands where a file is named and is none, with the call that takes it."""
    if name != STDIN and ".." in name and not Path(name).exists():
        raise InputError(
            f"there is no file `{name}`", hint=f"a range: whygate check --range {name}"
        )


def _source(name: str) -> tuple[Path | None, bytes | None]:
    if name != STDIN:
        return Path(name), None
    if sys.stdin is None:
        raise InputError("there is nothing to read: stdin is closed")
    return None, sys.stdin.buffer.read(STDIN_LIMIT)


def _read_range(options: _Options, world: World, policy: Policy) -> list[Change]:
    require_repository(world)
    git = world.git
    text = options.revisions or ""
    revisions = parse_range(git, text)
    scope = options.scope or str(policy.config.commit_scope)
    if revisions.base is None and scope != CommitScope.EACH:
        raise InputError(
            f"`{text}` is a commit and everything before it, which is no one change",
            hint=f"the commit alone: --range {text}~1..{text}; a branch: --range main..{text}; "
            "every commit: --scope each; a history: whygate audit",
        )
    wants_lines = policy.config.trivial_max_lines > 0
    commits = read_commits(git, revisions, first_parent=False, paths=True, lines=wants_lines)
    if scope != CommitScope.EACH:
        taken = tuple(commits)
        union = branch_change(taken, policy.config, identity=text, branch=options.branch)
        return [replace(union, labels=options.labels)]
    changes = [require_small(to_change(commit)) for commit in commits]
    if not changes:
        raise InputError("there is no commit to judge in this range")
    return [replace(c, labels=options.labels, branch=options.branch) for c in changes]
