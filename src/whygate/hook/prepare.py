"""Fill the editor of a commit message with the questions that are still open, as comments."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec.structs import replace

from whygate.git.branch import branch_change, read_branch
from whygate.git.hooks import find_operation
from whygate.git.message_file import CONFIG_KEYS, MESSAGE_LIMIT, cleanup_for, read_message
from whygate.git.repository import find_repository
from whygate.git.run import Git
from whygate.git.staged import find_head, read_staged
from whygate.hook.questions import insert_questions, list_questions
from whygate.judge.check import check
from whygate.policy.config import CommitScope
from whygate.text.message import Cleanup, detect_comment_char
from whygate.world.world import World, load_policy, read_today

if TYPE_CHECKING:
    from collections.abc import Mapping

    from whygate.git.repository import Repository
    from whygate.model import Change, Verdict
    from whygate.policy.policy import Policy

_NO_EDITOR = ":"
# githooks(5): where the message comes from. Only these two leave the writing to the author.
_OPEN_SOURCES = ("", "template")


def run_prepare(path: str, source: str, *, environ: Mapping[str, str], cwd: Path) -> str:
    """Insert the open questions into the message file `path`; return why not, empty when done.

    `source` is the second argument of the hook. The file is replaced in one step and only when
    something is inserted. Raises whatever stops that; the file is then as it was.
    """
    repository = find_repository(cwd, environ=environ)
    if (reason := _find_refusal(source, environ, repository)) or repository is None:
        return reason
    git = Git(environ=environ)
    cleanup, comment = cleanup_for(git.config(CONFIG_KEYS), environ)
    if cleanup is not Cleanup.STRIP:
        return f"commit.cleanup is {cleanup}, which keeps comments"
    policy = load_policy(World(None, repository))
    if policy.config.commit_scope is CommitScope.OFF:
        return "`commits.scope` is off"
    file = Path(path)
    text = _read(file)
    comment = detect_comment_char(text) if comment == "auto" else comment
    pending = read_message(file, cleanup=cleanup, comment=comment)
    verdict = _judge_branch(git, policy, pending)
    filled = insert_questions(text, list_questions(verdict, policy), comment=comment)
    if filled == text:
        return "nothing is left to ask"
    _replace(file, filled)
    return ""


def _find_refusal(source: str, environ: Mapping[str, str], repository: Repository | None) -> str:
    """Return why no question belongs into this message, empty when they may."""
    if environ.get("GIT_EDITOR", "") == _NO_EDITOR:
        return "no editor opens"
    if source not in _OPEN_SOURCES:
        return f"the message comes from `{source}`"
    if repository is None:
        return "there is no repository"
    return find_operation(repository.git_dir)


def _judge_branch(git: Git, policy: Policy, pending: Change) -> Verdict:
    """Return the verdict on what the branch says already, this message included."""
    name, head = git.head_branch(), find_head(git)
    pending = replace(pending, branch=name, paths=read_staged(git).paths)
    commits = None
    if policy.config.commit_scope is CommitScope.BRANCH:
        commits = read_branch(git, head=head, name=name)
    change = pending
    if commits:
        change = branch_change(commits, policy.config, pending=pending, branch=name)
    return check(change, policy, read_today(None, policy.config))


def _read(file: Path) -> str:
    """Return the whole text of a plain UTF-8 file; raises ValueError when it is none."""
    if not stat.S_ISREG(file.lstat().st_mode) or file.stat().st_size > MESSAGE_LIMIT:
        raise ValueError(f"`{file}` is no message file")
    return file.read_bytes().decode("utf-8")


def _replace(file: Path, text: str) -> None:
    new = file.with_name(f"{file.name}.new-whygate")
    try:
        with new.open("xb") as stream:
            stream.write(text.encode("utf-8"))
            stream.flush()
            os.fsync(stream.fileno())
        new.chmod(stat.S_IMODE(file.stat().st_mode))
        new.replace(file)
    finally:
        new.unlink(missing_ok=True)
