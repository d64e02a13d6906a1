"""`whygate hook`: what git runs at a commit and a push, and its installation."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

import whygate
from whygate.cli.options import WholeGroup, repository_option
from whygate.errors import InputError, UndecidedError, WhygateError
from whygate.git import hooks
from whygate.hook.commit import current_directory, judge_message, use_color
from whygate.setup.hook_script import HOOKS, Interpreter, install_hook, uninstall_hook
from whygate.terminal.failure import write_error
from whygate.text.clean import clean_line
from whygate.world.world import find_world, require_repository

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import IO

    from whygate.git.hooks import HooksDirectory

# How each manager is told to run a hook, where a script of ours would be overwritten.
_ADVICE = {
    "husky": 'put `whygate hook {name} "$@"` into .husky/{name}',
    "lefthook": "let lefthook run `whygate hook {name} {arguments}`",
}
# lefthook puts the arguments of git in for these, unquoted, and leaves what git did not give.
_ARGUMENTS = {
    "commit-msg": "'{1}'",
    "prepare-commit-msg": "'{1}' '{2}'",
    "pre-push": "'{1}'` with `use_stdin: true",
}
_NOT_GIVEN = "{2}"
_verbose = click.option(
    "-v",
    "--verbose",
    is_flag=True,
    envvar="WHYGATE_VERBOSE",
    help="Say why a commit passes [env: WHYGATE_VERBOSE=1].",
)
_which = click.option(
    "--hook",
    "names",
    multiple=True,
    type=click.Choice(HOOKS),
    help="One of the hooks; may be repeated.",
)


@click.group(
    "hook",
    cls=WholeGroup,
    epilog="""\b
Examples:
  whygate hook install
  whygate hook install --hook commit-msg --hook pre-push
  whygate hook commit-msg .git/COMMIT_EDITMSG""",
)
def command() -> None:
    """Judge commits as they are made and pushed."""


@command.command(
    "commit-msg",
    epilog="""\b
Examples:
  whygate hook commit-msg .git/COMMIT_EDITMSG""",
)
@click.argument("file", metavar="FILE")
@_verbose
def commit_msg(file: str, *, verbose: bool) -> int:
    """Judge the message in FILE, and the branch when the message says nothing."""
    return judge_message(file, verbose=verbose)


@command.command(
    "prepare-commit-msg",
    epilog="""\b
Examples:
  whygate hook prepare-commit-msg .git/COMMIT_EDITMSG
  whygate hook prepare-commit-msg .git/COMMIT_EDITMSG message""",
)
@click.argument("file", metavar="FILE")
@click.argument("source", default="", envvar="PRE_COMMIT_COMMIT_MSG_SOURCE")
@click.argument("sha", default="", metavar="[SHA]")
@_verbose
def prepare_commit_msg(file: str, source: str, sha: str, *, verbose: bool) -> int:  # noqa: ARG001
    """Fill FILE with the open questions as comments; never stops a commit."""
    try:
        from whygate.hook.prepare import run_prepare  # noqa: PLC0415  (guarded: a broken installation, too)

        source = "" if source == _NOT_GIVEN else source
        reason = run_prepare(file, source, environ=os.environ, cwd=current_directory())
    except WhygateError as error:
        reason, verbose = error.message, True
    except Exception as error:  # the author's commit is worth more than our questions
        reason, verbose = f"{type(error).__name__}: {error}", True
    if reason and verbose:
        write_error(f"whygate: no questions were added: {clean_line(reason)}")
    return 0


@command.command(
    "pre-push",
    epilog="""\b
Examples:
  whygate hook pre-push origin https://example.com/shop.git < refs.txt""",
)
@click.argument("remote", default="")
@click.argument("url", default="")
def pre_push(remote: str, url: str) -> int:
    """Judge the commits that git names on stdin as about to be pushed."""
    from whygate.hook.push import run_pre_push  # noqa: PLC0415  (no other command needs it)

    return run_pre_push(
        remote or url,
        _open_stdin,
        environ=os.environ,
        cwd=current_directory(),
        echo=write_error,
        color=use_color(),
    )


@command.command(
    "install",
    epilog="""\b
Examples:
  whygate hook install
  whygate hook install --hook commit-msg --hook pre-push -C ../shop""",
)
@_which
@repository_option
@click.option("--force", is_flag=True, help="Install where others look for hooks as well.")
def install(names: Sequence[str], repository: Path | None, *, force: bool) -> int:
    """Write the hooks (default: commit-msg) into the repository; a hook that is there stays."""
    names = names or HOOKS[:1]
    directory, manager = _find_hooks(repository)
    _require_own(directory, manager, names, force=force)
    if manager:
        click.echo(f"note: {manager} manages hooks in this repository and can run whygate as well")
    interpreter = Interpreter(Path(sys.executable), Path(whygate.__file__).resolve())
    for name in names:
        change = install_hook(directory.path, name, interpreter)
        click.echo(f"{name}: {change.sentence}: {clean_line(str(change.path))}")
    return 0


@command.command(
    "uninstall",
    epilog="""\b
Examples:
  whygate hook uninstall
  whygate hook uninstall --hook pre-push""",
)
@_which
@repository_option
def uninstall(names: Sequence[str], repository: Path | None) -> int:
    """Take whygate's hooks (default: all) away and put back what was there before."""
    directory, _ = _find_hooks(repository)
    for name in names or HOOKS:
        change = uninstall_hook(directory.path, name)
        click.echo(f"{name}: {change.sentence}: {clean_line(str(change.path))}")
    return 0


def _find_hooks(repository: Path | None) -> tuple[HooksDirectory, str]:
    world = find_world(repository)
    found = require_repository(world)
    directory = hooks.find_hooks_directory(found, world.git)
    return directory, hooks.find_manager(found, directory)


def _require_own(
    directory: HooksDirectory, manager: str, names: Sequence[str], *, force: bool
) -> None:
    """Refuse a directory that is not this repository's own, or that a manager writes anew."""
    if force:
        return
    if not directory.inside:
        raise InputError(
            f"core.hooksPath is `{directory.path}`, outside of this repository: "
            "other repositories may use it",
            hint="`--force` installs there; or give this repository a core.hooksPath of its own",
        )
    if manager in _ADVICE:
        advice = _ADVICE[manager].format(name=names[0], arguments=_ARGUMENTS[names[0]])
        raise InputError(
            f"{manager} manages the hooks of this repository and would overwrite ours",
            hint=f"{advice}; `--force` installs all the same",
        )


def _open_stdin() -> IO[bytes]:
    if sys.stdin is None:
        raise UndecidedError(
            "git tells a pre-push hook on stdin what is pushed, and stdin is closed",
            hint="`whygate check --range` judges commits at any time",
        )
    if sys.stdin.isatty():
        raise InputError(
            "git tells a pre-push hook on stdin what is pushed, and this is a terminal",
            hint="`whygate check --range` judges commits at any time",
        )
    return sys.stdin.buffer
