"""Decide whether the commit being made may pass; git is asked only when the message alone fails.

The steps stand in their order: what the hook is told, the policy, the message by itself, the
message with what git knows, the branch as a whole.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct, json
from msgspec.structs import replace

from whygate.errors import InputError, WhygateError
from whygate.git.hooks import find_operation, read_head_branch
from whygate.git.message_file import (
    CONFIG_KEYS,
    NO_EDITOR,
    cleanup_for,
    read_message,
)
from whygate.git.repository import find_repository
from whygate.git.staged import CommitFacts, find_facts, read_staged
from whygate.hook.stored_patterns import keep_patterns, lend_patterns
from whygate.hook.stored_policy import RecordingTree, read_stored, store_policy
from whygate.judge.check import check
from whygate.model import Severity
from whygate.policy.config import CommitScope
from whygate.policy.kinds import paths_would_decide
from whygate.policy.stored import from_plain_policy
from whygate.terminal.failure import wants_color, write_error
from whygate.text.commit import MESSAGE_LIMIT
from whygate.text.message import Cleanup, is_work_in_progress
from whygate.world.clock import today_in

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import date

    from whygate.git.repository import Repository
    from whygate.git.run import Git
    from whygate.model import Change, Verdict
    from whygate.policy.policy import Policy
    from whygate.text.commit import Commit


_NO_MESSAGE = (
    "git gives this hook the file that holds the message: "
    "`whygate hook commit-msg .git/COMMIT_EDITMSG`"
)
_SLOT_RULES = ("WG112", "WG113")  # a placeholder, and a template's own text


class Writing(Struct, frozen=True):
    """A commit that is being written: its message file as git gave it, and where.

    `policy` is what decides, and `advises` tells that nothing fails by it (preset adopt): the
    author is told what would be asked, and the commit passes.
    """

    path: str
    environ: Mapping[str, str]
    cwd: Path
    repository: Repository | None
    policy: Policy
    today: date
    advises: bool = False

    @property
    def is_edited(self) -> bool:
        """Tell whether an editor is open; git sets GIT_EDITOR to `:` for its hooks when not."""
        return self.environ.get("GIT_EDITOR", "") != NO_EDITOR


class Decision(Struct, frozen=True):
    """Why a commit may pass (empty: it may not), and the verdict it was judged by.

    `facts` are what git said on the way, None when it was not asked.
    """

    reason: str
    verdict: Verdict | None = None
    note: str = ""
    facts: CommitFacts | None = None


def judge_message(path: str, *, verbose: bool = False) -> int:
    """Judge the message file `path` in the process's own world; as `run_commit_msg`."""
    known = lend_patterns(os.environ)
    status = run_commit_msg(
        path,
        environ=os.environ,
        cwd=current_directory(),
        echo=write_error,
        verbose=verbose,
        color=use_color(),
    )
    keep_patterns(os.environ, known)
    return status


def _may_hold_slots(decision: Decision) -> bool:
    """Tell whether a line to fill may stand in the message that nobody filled."""
    found = decision.verdict.findings if decision.verdict is not None else ()
    return not decision.reason or any(finding.rule in _SLOT_RULES for finding in found)


def current_directory() -> Path:
    """Return the current directory; raises InputError when it does not exist any more."""
    try:
        return Path.cwd()
    except FileNotFoundError:
        raise InputError("the current directory does not exist any more") from None


def use_color() -> bool:
    """Tell whether a report on stderr is coloured."""
    return wants_color(sys.stderr, os.environ)


def run_commit_msg(
    path: str,
    *,
    environ: Mapping[str, str],
    cwd: Path,
    echo: Callable[[str], None],
    verbose: bool = False,
    color: bool = False,
) -> int:
    """Judge the message file `path` and return the exit status of the hook: 0 or 1.

    `cwd` is the process's current directory, the top of the worktree for git's hooks. `echo`
    takes one text for stderr. Silent when the commit may pass, unless `verbose`. A line to fill
    that nobody filled is taken out of the message. Raises what
    stops a check, with the command that takes the commit up again as a hint.
    """
    try:
        writing = _read_world(path, environ, cwd)
        decision = _decide(writing)
        if _may_hold_slots(decision):
            from whygate.hook.report import drop_slots  # noqa: PLC0415  (few commits do)

            if drop_slots(writing) and not decision.reason:
                decision = _decide(writing)
    except WhygateError as error:
        from whygate.hook.report import explain_retry  # noqa: PLC0415  (few commits fail)

        if os.path.isfile(cwd / path):  # noqa: PTH113 - False for a name no system takes
            error.hint = "\n".join(filter(None, (error.hint, explain_retry(path, environ, cwd))))
        else:  # nothing is kept there that a retry could take up
            error.hint = _NO_MESSAGE
        raise
    if decision.reason:
        if verbose:
            echo(f"whygate: passed: {decision.reason}")
        return 0
    from whygate.hook.report import render_advice, render_report  # noqa: PLC0415  (as above)

    if writing.advises:
        echo(render_advice(writing, decision))
        return 0
    echo(render_report(writing, decision, color=color, verbose=verbose))
    return 1


# --- the policy ------------------------------------------------------------------------------


def _read_world(path: str, environ: Mapping[str, str], cwd: Path) -> Writing:
    repository = find_repository(cwd, environ=environ)
    policy = _read_policy(repository, environ, cwd)
    today = today_in(policy.config.timezone)
    if policy.config.max_severity is not Severity.WARNING:
        return Writing(path, environ, cwd, repository, policy, today)
    strict = replace(policy, config=replace(policy.config, max_severity=Severity.ERROR))
    return Writing(path, environ, cwd, repository, strict, today, advises=True)


def _read_policy(repository: Repository | None, environ: Mapping[str, str], cwd: Path) -> Policy:
    """Return the policy that was stored, else read it and store it for the next commit."""
    is_top = repository is not None and repository.worktree == cwd
    if is_top and (known := _stored_policy(environ, cwd)) is not None:
        return known
    # Most commits find what the one before them stored, and wait for none of these.
    from whygate.git.tree import SPARSE, Worktree, is_sparse  # noqa: PLC0415
    from whygate.hook.quick import compile_plan  # noqa: PLC0415
    from whygate.world.world import World, load_policy  # noqa: PLC0415

    if repository is None or not is_top or is_sparse(repository.git_dir):
        return load_policy(World(None, repository))
    # What was read from disk counts as long as all of it is on disk.
    tree = RecordingTree(Worktree(cwd), str(cwd), absent=(str(repository.git_dir / SPARSE),))
    policy = load_policy(World(None, repository, tree))
    store_policy(policy, compile_plan(policy), tree, environ, str(cwd))
    return policy


def _stored_policy(environ: Mapping[str, str], cwd: Path) -> Policy | None:
    try:
        stored = read_stored(environ, str(cwd))
        if stored is None:
            return None
        return from_plain_policy(json.decode(stored.policy))
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None


# --- the message by itself -------------------------------------------------------------------


def _decide(writing: Writing) -> Decision:
    """Return the decision: by the message alone if that will do, else with what git knows.

    The first reading supposes git's own defaults, `#` and the cleanup that belongs to the
    editor or its absence. `_is_certain` tells when no other setting could make git record less
    than was read, so a message never passes for what will not be in the commit.
    """
    if writing.policy.config.commit_scope is CommitScope.OFF:
        return Decision("`commits.scope` is off")
    change = _read_first(writing)
    if change.title and is_work_in_progress(change.title):
        return Decision("work in progress is asked when it is pushed, and as a pull request")
    if writing.repository is None:
        verdict = check(change, writing.policy, writing.today, believe=True)
        return Decision(describe_pass(verdict) if verdict.ok else "", verdict)
    change = replace(change, branch=read_head_branch(writing.repository.git_dir))
    verdict = check(change, writing.policy, writing.today, believe=True)
    if verdict.ok and _is_certain(change) and _needs_no_paths(verdict, writing.policy):
        return Decision(describe_pass(verdict), verdict)
    return _decide_with_git(writing, writing.repository, verdict)


def _read_first(writing: Writing) -> Change:
    """Return the message as git would record it by its own defaults.

    A file of more than a message can hold has a diff below a scissors line, and only git's
    settings tell by what that line begins.
    """
    path = Path(writing.path)
    cleanup, comment = Cleanup.STRIP if writing.is_edited else Cleanup.WHITESPACE, "#"
    if writing.repository is not None and _is_large(path):
        from whygate.git.run import Git  # noqa: PLC0415  (a commit may need no git)

        settings = Git(environ=writing.environ).config(CONFIG_KEYS)
        cleanup, comment = cleanup_for(settings, writing.environ)
    return read_message(path, cleanup=cleanup, comment=comment)


def _is_large(path: Path) -> bool:
    try:
        return path.stat().st_size > MESSAGE_LIMIT
    except (OSError, ValueError):  # reading it says why
        return False


def describe_pass(verdict: Verdict) -> str:
    """Return in a few words why a change passes."""
    kind = f"{verdict.kind.name}, decided by {verdict.kind.source}"
    if verdict.exemption is not None:
        return f"{verdict.status} ({kind}): {verdict.exemption.reason}"
    return f"{verdict.status} ({kind})"


def _is_certain(change: Change) -> bool:
    """Tell whether git records at least what was read, however it is configured.

    Another comment string could delete a line that was read: it would have to begin the line,
    and nobody makes a comment string of a letter, a digit or white space. Another cleanup could
    keep the `#` lines that were not read: behind everything else they change no trailer. Other
    encodings than UTF-8 leave bytes that cannot be read.
    """
    part = change.parts[0]
    if not part.text.strip() or "\ufffd" in part.text:
        return False
    if part.removed and part.lines and part.removed[0][0] < part.lines[-1]:
        return False
    starts = {line[:1] for line in part.text.split("\n")}
    return all(not start or start in " \t" or start.isalnum() for start in starts)


def _needs_no_paths(verdict: Verdict, policy: Policy) -> bool:
    """Tell whether the verdict would be the same whatever the commit touches."""
    if paths_would_decide(verdict.kind) or any(o.paths for o in policy.config.overrides):
        return False
    return verdict.exemption is None or verdict.status == "skipped"


# --- the message with what git knows ---------------------------------------------------------


def _decide_with_git(writing: Writing, repository: Repository, alone: Verdict) -> Decision:
    """Return the decision on a commit that the first reading could not let pass.

    `alone` is that first verdict. A commit that continues what git is in the middle of (a
    rebase, a merge) was judged when it was first made, or is not the author's own.
    """
    from whygate.git.run import Git  # noqa: PLC0415  (a commit may need no git)

    operation = find_operation(repository.git_dir)
    if operation and not alone.ok:
        return Decision(operation)
    git = Git(environ=writing.environ)
    facts = find_facts(git, writing.environ)
    known = replace(alone.change, branch=alone.change.branch or git.head_branch())
    if (alone.ok or paths_would_decide(alone.kind)) and _is_certain(known):
        # It can pass by its paths alone, whatever git's settings are.
        known = _add_paths(git, known, facts, lines=_is_lined(known))
        verdict = _judge_again(known, writing, alone)
        if verdict.ok:
            return Decision(describe_pass(verdict), verdict)
    facts = replace(facts, config=git.config(CONFIG_KEYS))
    change = _read_exactly(git, writing, facts, known)
    facts = replace(facts, paths=change.paths or ())
    if not change.parts[0].text.strip():
        return Decision("the message is empty, which git itself refuses")
    verdict = _judge_again(change, writing, alone)
    if verdict.ok:
        return Decision(describe_pass(verdict), verdict)
    if operation:
        return Decision(operation)
    if writing.policy.config.commit_scope is CommitScope.EACH:
        return Decision("", verdict, facts=facts)
    return _decide_by_branch(git, writing, facts, verdict)


def _read_exactly(git: Git, writing: Writing, facts: CommitFacts, known: Change) -> Change:
    """Return the message as git will record it, with the paths that are committed.

    `known` has the branch, and the paths where git has told them already.
    """
    cleanup, comment = cleanup_for(facts.config, writing.environ)
    encoding = facts.config.get("i18n.commitencoding")
    change = read_message(Path(writing.path), cleanup=cleanup, comment=comment, encoding=encoding)
    change = replace(change, branch=known.branch)
    if known.paths is not None and _is_lined(change) == _is_lined(known):
        return replace(change, paths=known.paths, lines_changed=known.lines_changed)
    return _add_paths(git, change, facts, lines=_is_lined(change))


def _add_paths(git: Git, change: Change, facts: CommitFacts, *, lines: bool) -> Change:
    staged = read_staged(git, base=facts.base, lines=lines)
    return replace(change, paths=staged.paths, lines_changed=staged.lines_changed)


def _judge_again(change: Change, writing: Writing, alone: Verdict) -> Verdict:
    """Return the verdict on the exact change; a text that was read already is not read again."""
    known = alone.context if change.parts == alone.change.parts else None
    return check(change, writing.policy, writing.today, context=known, believe=True)


def _is_lined(change: Change) -> bool:
    """Tell whether the number of changed lines may count: a trivial change has few."""
    return _may_be_trivial(change.parts[0].text)


def _may_be_trivial(text: str) -> bool:
    return "trivial" in text.casefold()


# --- the branch as a whole -------------------------------------------------------------------


def _decide_by_branch(git: Git, writing: Writing, facts: CommitFacts, verdict: Verdict) -> Decision:
    """Return the decision by the branch as a whole; on the default branch by the commit alone."""
    name, pending = verdict.change.branch, verdict.change
    base = writing.policy.config.commit_bases
    commits = _read_commits(git, facts, name, base)
    if not commits:
        return Decision("", verdict, facts=facts)
    from whygate.git.branch import branch_change  # noqa: PLC0415  (few commits need it)

    texts = (pending.parts[0].text, *(c.message.decode("utf-8", "replace") for c in commits))
    if any(map(_may_be_trivial, texts)):  # only that is judged by the number of lines
        commits = _read_commits(git, facts, name, base, lines=True)
        pending = _add_paths(git, pending, facts, lines=True)
    where = f"branch `{name}`" if name else "detached HEAD"
    config = writing.policy.config
    union = branch_change(commits, config, pending=pending, branch=name, believe=True)
    together = check(union, writing.policy, writing.today, believe=True)
    if together.ok:
        return Decision(f"the {where} carries the context: {describe_pass(together)}", together)
    plural = "" if len(commits) == 1 else "s"
    seen = f"this message and {len(commits)} commit{plural} of the {where}"
    return Decision("", together, seen, facts)


def _read_commits(
    git: Git, facts: CommitFacts, name: str, base: Sequence[str], *, lines: bool = False
) -> tuple[Commit, ...]:
    """Return the commits of the branch without the one whose message is being replaced."""
    from whygate.git.branch import read_branch  # noqa: PLC0415  (as above)

    commits = read_branch(git, head=facts.head, name=name, lines=lines, base=base) or ()
    replaced = facts.amends and bool(commits) and commits[0].sha == facts.head
    return commits[1:] if replaced else commits
