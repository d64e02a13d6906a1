"""Judge the commits that are about to be pushed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from whygate.authoring.skeleton import render_skeleton
from whygate.git.branch import (
    Bases,
    Update,
    branch_change,
    find_bases,
    parse_updates,
    read_environ_update,
    read_new,
    read_pushed_branch,
)
from whygate.git.repository import find_repository
from whygate.git.run import Git
from whygate.judge.check import check
from whygate.policy.config import CommitScope
from whygate.reporters.text import Shown, render_text
from whygate.text.clean import clean_line
from whygate.text.commit import to_change
from whygate.world.world import World, load_policy, read_today

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path
    from typing import IO

    from whygate.model import Change
    from whygate.policy.policy import Policy


class _Push(Struct, frozen=True):
    git: Git
    policy: Policy
    bases: Bases


def run_pre_push(
    open_stdin: Callable[[], IO[bytes]],
    *,
    environ: Mapping[str, str],
    cwd: Path,
    echo: Callable[[str], None],
    color: bool = False,
) -> int:
    """Judge what is pushed and return the status of the hook.

    `open_stdin` gives git's lines; it is not called when the pre-commit framework tells the
    refs in `environ`. Says what was judged, also when nothing was. Raises what stops a check.
    """
    policy = load_policy(World(None, find_repository(cwd, environ=environ)))
    if policy.config.commit_scope is CommitScope.OFF:
        echo("whygate: nothing is judged, because `commits.scope` is off")
        return 0
    told = read_environ_update(environ)
    updates = iter((told,)) if told is not None else parse_updates(open_stdin())
    git = Git(environ=environ)
    push: _Push | None = None
    changes: list[Change] = []
    for update in updates:
        push = push or _Push(git, policy, find_bases(git, policy.config.commit_bases))
        changes += _read_changes(push, update, echo)
    if not changes:
        echo("whygate: there is no new commit of a branch to judge")
        return 0
    return _report(changes, policy, echo, color=color)


def _report(
    changes: Sequence[Change], policy: Policy, echo: Callable[[str], None], *, color: bool
) -> int:
    today = read_today(None, policy.config)
    verdicts = [check(change, policy, today) for change in changes]
    shown = [Shown(v, "" if v.ok else render_skeleton(v, policy)) for v in verdicts]
    echo(render_text(shown, color=color).rstrip("\n"))
    if all(verdict.ok for verdict in verdicts):
        return 0
    echo("nothing is pushed; `git commit --amend` or `git rebase --interactive` changes a message")
    return 1


def _read_changes(push: _Push, update: Update, echo: Callable[[str], None]) -> list[Change]:
    """Return what one ref brings: each new commit of a default branch, else the whole branch."""
    branch = update.branch
    if not update.tip or not branch:
        what = "a deletion" if not update.tip else "no branch"
        echo(f"whygate: {clean_line(update.remote_ref)} is {what} and is not judged")
        return []
    config = push.policy.config
    lines = config.trivial_max_lines > 0
    new = read_new(push.git, update, lines=lines)
    if not new:
        return []
    is_default = branch in push.bases.names or not push.bases.names
    if config.commit_scope is CommitScope.EACH or is_default:
        return [replace(to_change(c), branch="" if is_default else branch) for c in new]
    commits = read_pushed_branch(push.git, update, push.bases, lines=lines)
    return [branch_change(commits, config, identity=branch, branch=branch)]
