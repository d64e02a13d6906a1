"""Turn a rejected commit into what its author reads: findings, what to paste, how to go on."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec.structs import replace

from whygate.authoring.skeleton import render_skeleton
from whygate.errors import WhygateError
from whygate.git.message_file import CONFIG_KEYS, MESSAGE_LIMIT, cleanup_for
from whygate.git.repository import find_repository
from whygate.git.run import Git
from whygate.git.staged import find_amended, find_empty_tree, find_head, read_staged
from whygate.hook.commit_msg import Facts
from whygate.hook.retry import Rejected, find_cleanup, retry_command
from whygate.hook.unread_trailers import advise
from whygate.model import Origin
from whygate.reporters.text import Shown, render_text
from whygate.text.clean import clean_line
from whygate.text.message import decode, detect_comment_char

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from whygate.hook.commit_msg import Decision, Writing
    from whygate.model import Verdict
    from whygate.policy.policy import Policy

_ALL_INDEX = "index.lock"  # git commit --all, --include and --patch (builtin/commit.c)
_ONLY_INDEX = "next-index-"  # git commit <path>
_AUTO = "auto"


def render_report(
    writing: Writing, decision: Decision, *, color: bool = False, verbose: bool = False
) -> str:
    """Return the whole report on a commit that is refused."""
    verdict = decision.verdict
    assert verdict is not None  # noqa: S101 - only a verdict refuses
    shown = Shown(verdict, render_skeleton(verdict, writing.policy))
    lines = [render_text([shown], color=color, verbose=verbose).rstrip("\n")]
    if decision.note:
        lines.append(clean_line(decision.note))
    lines += _advice_lines(verdict, writing.policy)
    lines += ["", explain_retry(writing.path, writing.environ, writing.cwd, decision.facts)]
    return "\n".join(lines)


def explain_retry(
    path: str, environ: Mapping[str, str], cwd: Path, facts: Facts | None = None
) -> str:
    """Return the sentence that says where the message is, and the command that goes on.

    `facts` are what git has said of the commit already; without them it is asked.
    """
    commit, is_exact = _describe_commit(path, environ, cwd, facts)
    hint = "" if is_exact else " (with the options and paths you gave)"
    command = retry_command(commit)
    return f"the message is kept; to go on, answer in the editor{hint}:\n    {command}"


def _advice_lines(verdict: Verdict, policy: Policy) -> Iterator[str]:
    missing = {f.field.partition(".")[0] for f in verdict.findings if f.field}
    known = {(f.location.path, f.location.line) for f in verdict.findings}
    for part in verdict.change.parts:
        if part.origin is not Origin.MESSAGE:
            continue
        for advice in advise(part, policy.schema, missing=missing):
            if (part.path, advice.line) in known and advice.paste:
                continue
            yield clean_line(f"{part.path}:{advice.line}: note: {advice.sentence}")
            if advice.paste:
                yield f"    {clean_line(advice.paste)}"


def _describe_commit(
    path: str, environ: Mapping[str, str], cwd: Path, facts: Facts | None
) -> tuple[Rejected, bool]:
    """Return what the retry needs to know, and whether that is all of it.

    Whatever fails here has failed before and was said; the plain command helps all the same.
    """
    elsewhere = _other_directory(environ, cwd)
    prefix = "" if elsewhere else environ.get("GIT_PREFIX", "")
    rejected = Rejected(path, prefix=prefix, directory=elsewhere)
    if find_repository(cwd, environ=environ) is None:
        return rejected, True
    try:
        git = Git(environ=environ)
        return _add_details(rejected, git, cwd, facts or _ask(git))
    except (WhygateError, OSError):
        return rejected, False


def _ask(git: Git) -> Facts:
    """Return what git knows of the commit that is being made."""
    head = find_head(git)
    amended = find_amended(git, git.environ, head=head, now=time.time())
    base = "" if amended is None else amended or find_empty_tree(git)
    paths = read_staged(git, base=base).paths
    return Facts(head, base, amended is not None, git.config(CONFIG_KEYS), paths)


def _add_details(rejected: Rejected, git: Git, cwd: Path, facts: Facts) -> tuple[Rejected, bool]:
    index = os.path.basename(git.environ.get("GIT_INDEX_FILE", ""))  # noqa: PTH119 - maybe foreign
    is_all = index == _ALL_INDEX and _matches_worktree(git)
    described = replace(
        rejected,
        amends=facts.amends,
        is_empty=not facts.paths,
        everything=is_all,
        only=facts.paths if index.startswith(_ONLY_INDEX) else (),
        cleanup=_cleanup(facts.config, cwd / rejected.path, git.environ),
    )
    return described, index != _ALL_INDEX or is_all


def _matches_worktree(git: Git) -> bool:
    """Tell whether the index holds every change of a tracked file, as after `--all`."""
    return not git.run("diff-files", "--name-only", "-z", "--ignore-submodules=none")


def _cleanup(config: Mapping[str, str], path: Path, environ: Mapping[str, str]) -> str:
    cleanup, comment = cleanup_for(config, environ)
    with path.open("rb") as stream:
        text = decode(stream.read(MESSAGE_LIMIT))
    if comment == _AUTO:
        comment = detect_comment_char(text)
    is_edited = environ.get("GIT_EDITOR", "") != ":"
    return find_cleanup(text, comment=comment, cleanup=cleanup, is_edited=is_edited)


def _other_directory(environ: Mapping[str, str], cwd: Path) -> str:
    """Return the top when the user is outside of it (`git -C <top> commit`), else nothing.

    The shell's PWD is the only trace of that, and a hook that is itself a shell script has
    none. With a relative GIT_DIR the user's own environment leads git here again.
    """
    where, git_dir = environ.get("PWD", ""), environ.get("GIT_DIR", "")
    if not where or (git_dir and not os.path.isabs(git_dir)):  # noqa: PTH117 - git's own text
        return ""
    return "" if Path(where).resolve().is_relative_to(cwd.resolve()) else str(cwd)
