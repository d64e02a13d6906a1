"""Decide on a commit with what git knows: its settings, the index, and the branch."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec.structs import replace

from whygate.git.hooks import find_operation
from whygate.git.message_file import CONFIG_KEYS, cleanup_for, read_message
from whygate.git.run import Git
from whygate.git.staged import find_amended, find_empty_tree, find_head, read_staged
from whygate.hook.commit_msg import Decision, Facts, Writing, describe_pass
from whygate.judge.check import check
from whygate.policy.config import CommitScope

if TYPE_CHECKING:
    from whygate.git.repository import Repository
    from whygate.model import Change, Verdict
    from whygate.text.commit import Commit


def decide_with_git(writing: Writing, repository: Repository, alone: Verdict) -> Decision:
    """Return the decision on a commit that the first reading could not let pass.

    `alone` is that first verdict. A commit that continues what git is in the middle of (a
    rebase, a merge) was judged when it was first made, or is not the author's own.
    """
    operation = find_operation(repository.git_dir)
    if operation and not alone.ok:
        return Decision(operation)
    git = Git(environ=writing.environ)
    facts = _read_facts(git, writing)
    change = _read_exactly(git, writing, facts)
    change = replace(change, branch=alone.change.branch or git.head_branch())
    facts = replace(facts, paths=change.paths)
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


def _read_facts(git: Git, writing: Writing) -> Facts:
    """Return what git knows of the commit, but for its paths."""
    head = find_head(git)
    amended = find_amended(git, writing.environ, head=head, now=time.time())
    base = "" if amended is None else amended or find_empty_tree(git)
    return Facts(head, base, amended is not None, git.config(CONFIG_KEYS))


def _read_exactly(git: Git, writing: Writing, facts: Facts) -> Change:
    """Return the message as git will record it, with the paths that are committed."""
    cleanup, comment = cleanup_for(facts.config, writing.environ)
    encoding = facts.config.get("i18n.commitencoding")
    change = read_message(Path(writing.path), cleanup=cleanup, comment=comment, encoding=encoding)
    return _add_paths(git, change, facts, lines=_may_be_trivial(change.parts[0].text))


def _add_paths(git: Git, change: Change, facts: Facts, *, lines: bool) -> Change:
    staged = read_staged(git, base=facts.base, lines=lines)
    return replace(change, paths=staged.paths, lines_changed=staged.lines_changed)


def _judge_again(change: Change, writing: Writing, alone: Verdict) -> Verdict:
    """Return the verdict on the exact change; a text that was read already is not read again."""
    known = alone.context if change.parts == alone.change.parts else None
    return check(change, writing.policy, writing.today, context=known)


def _decide_by_branch(git: Git, writing: Writing, facts: Facts, verdict: Verdict) -> Decision:
    """Return the decision by the branch as a whole; on the default branch by the commit alone."""
    name, pending = verdict.change.branch, verdict.change
    commits = _read_commits(git, facts, name)
    if not commits:
        return Decision("", verdict, facts=facts)
    from whygate.git.branch import branch_change  # noqa: PLC0415  (few commits need it)

    texts = (pending.parts[0].text, *(c.message.decode("utf-8", "replace") for c in commits))
    if any(map(_may_be_trivial, texts)):  # only that is judged by the number of lines
        commits = _read_commits(git, facts, name, lines=True)
        pending = _add_paths(git, pending, facts, lines=True)
    where = f"branch `{name}`" if name else "detached HEAD"
    union = branch_change(commits, writing.policy.config, pending=pending, branch=name)
    together = check(union, writing.policy, writing.today)
    if together.ok:
        return Decision(f"the {where} carries the context: {describe_pass(together)}", together)
    plural = "" if len(commits) == 1 else "s"
    seen = f"judged: this message and {len(commits)} commit{plural} of the {where}"
    return Decision("", together, seen, facts)


def _read_commits(git: Git, facts: Facts, name: str, *, lines: bool = False) -> tuple[Commit, ...]:
    """Return the commits of the branch without the one whose message is being replaced."""
    if not facts.head:
        return ()
    from whygate.git.branch import read_branch  # noqa: PLC0415  (as above)

    commits = read_branch(git, head=facts.head, name=name, lines=lines) or ()
    replaced = facts.amends and bool(commits) and commits[0].sha == facts.head
    return commits[1:] if replaced else commits


def _may_be_trivial(text: str) -> bool:
    return "trivial" in text.casefold()
