"""Judge the commits that are about to be pushed."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from whygate.authoring.skeleton import render_skeleton
from whygate.errors import UndecidedError
from whygate.git.branch import (
    Bases,
    Update,
    branch_change,
    find_bases,
    parse_updates,
    read_between,
    read_environ_range,
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
from whygate.text.commit import name_unread, require_small, to_change
from whygate.world.world import World, load_policy, read_today

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path
    from typing import IO

    from whygate.judge.case import LookUp
    from whygate.model import Change
    from whygate.policy.policy import Policy


_UNTOLD = "nothing tells what is pushed, so nothing can be judged"
_HINT = (
    "lefthook needs `use_stdin: true` for this hook; "
    "`whygate check --range` judges commits at any time"
)


class _Push(Struct, frozen=True):
    git: Git
    policy: Policy
    bases: Bases


def run_pre_push(
    remote: str,
    open_stdin: Callable[[], IO[bytes]],
    *,
    environ: Mapping[str, str],
    cwd: Path,
    echo: Callable[[str], None],
    color: bool = False,
) -> int:
    """Judge what is pushed to `remote` (a name or URL) and return the status of the hook.

    git always names a remote: without one, somebody else runs the hook. `open_stdin` gives git's
    lines; it is not called when the pre-commit framework tells the
    refs in `environ`. Says what was judged, also when nothing was. Raises UndecidedError when
    nobody tells what is pushed, and whatever else stops a check.
    """
    policy = load_policy(World(None, find_repository(cwd, environ=environ)))
    if policy.config.commit_scope is CommitScope.OFF:
        echo("whygate: nothing is judged, because `commits.scope` is off")
        return 0
    git = Git(environ=environ)
    update, ends = read_environ_update(environ), read_environ_range(environ)
    if update is None and ends is not None:
        changes = _read_range(git, policy, *ends)
    else:
        updates = iter((update,)) if update is not None else _hear(remote, open_stdin, environ)
        changes = _read_updates(git, policy, updates, echo)
    if not changes:
        echo("whygate: there is no new commit of a branch to judge")
        return 0
    return _report(changes, policy, _look_up(git, policy), echo, color=color)


def _look_up(git: Git, policy: Policy) -> LookUp:
    """Return what finds the plans of other changes in what is here; a request may be open still."""

    def look_up(name: str) -> str | None:
        from whygate.history.covered import look_in_history  # noqa: PLC0415  (few changes need it)

        tips = tuple(ref for ref in ("HEAD", git.default_ref()) if ref)
        return look_in_history(git, policy, tips, None, whole=False)(name)

    return look_up


def _hear(
    remote: str, open_stdin: Callable[[], IO[bytes]], environ: Mapping[str, str]
) -> Iterator[Update]:
    """Yield what git tells on stdin.

    For a push that changes nothing git itself writes nothing into its pipe. An empty stdin of
    anybody else tells nothing, and that is not the same as nothing to judge.
    """
    if environ.get("PRE_COMMIT"):  # its hooks have a stdin of their own, which is empty
        raise UndecidedError(_UNTOLD, hint="give `pre-commit run` --from-ref and --to-ref")
    stream = open_stdin()
    is_empty = True
    for update in parse_updates(stream):
        is_empty = False
        yield update
    if is_empty and not (remote and _is_pipe(stream)):
        raise UndecidedError(_UNTOLD, hint=_HINT)


def _is_pipe(stream: IO[bytes]) -> bool:
    try:
        mode = os.fstat(stream.fileno()).st_mode
    except (OSError, ValueError):  # a stream in memory
        return True
    return stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode)


def _read_updates(
    git: Git, policy: Policy, updates: Iterator[Update], echo: Callable[[str], None]
) -> list[Change]:
    push: _Push | None = None
    changes: list[Change] = []
    for update in updates:
        push = push or _Push(git, policy, find_bases(git, policy.config.commit_bases))
        changes += _read_changes(push, update, echo)
    return changes


def _read_range(git: Git, policy: Policy, start: str, tip: str) -> list[Change]:
    """Return the commits between two as a branch is judged: together, or each by itself."""
    config = policy.config
    commits = read_between(git, start, tip, lines=config.trivial_max_lines > 0)
    if config.commit_scope is CommitScope.EACH or not commits:
        return [require_small(to_change(commit)) for commit in commits]
    return [branch_change(commits, config, identity=f"{start}..{tip}")]


def _report(
    changes: Sequence[Change],
    policy: Policy,
    look_up: LookUp,
    echo: Callable[[str], None],
    *,
    color: bool,
) -> int:
    today = read_today(None, policy.config)
    verdicts = [check(change, policy, today, look_up=look_up) for change in changes]
    shown = [Shown(v, "" if v.ok else render_skeleton(v, policy)) for v in verdicts]
    for said in filter(None, map(name_unread, changes)):
        echo(f"note: {clean_line(said)}")
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
        return [
            replace(require_small(to_change(c)), branch="" if is_default else branch) for c in new
        ]
    commits = read_pushed_branch(push.git, update, push.bases, lines=lines)
    return [branch_change(commits, config, identity=branch, branch=branch)]
