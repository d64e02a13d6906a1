"""Fill the editor of a commit message with the questions that are still open, as comments.

First the hook, then which questions are open, then where in the file they go.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from whygate.context.fill import find_answers
from whygate.git.branch import branch_change, read_branch
from whygate.git.hooks import find_operation
from whygate.git.message_file import (
    CONFIG_KEYS,
    NO_EDITOR,
    cleanup_for,
    read_message,
)
from whygate.git.repository import find_repository
from whygate.git.run import Git
from whygate.git.staged import find_head, read_staged
from whygate.judge.case import MEASUREMENT_SLOTS
from whygate.judge.check import check
from whygate.model import Severity, Status
from whygate.policy.config import CommitScope
from whygate.schema.fields import MEASUREMENT
from whygate.text.commit import MESSAGE_LIMIT
from whygate.text.labels import normalise_label
from whygate.text.message import Cleanup, detect_comment_char
from whygate.text.patterns import later
from whygate.world.clock import today_in

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from whygate.git.repository import Repository
    from whygate.model import Change, Verdict
    from whygate.policy.policy import Policy
    from whygate.schema.fields import Field

HEADER = "Why should this change exist? Uncomment a line to answer; the others add nothing."

# A commit template of ours asks its questions itself.
TEMPLATE_MARK = "whygate:template:begin"

_CUT = "------------------------ >8 ------------------------"
# What git says under `--cleanup=whitespace` and `verbatim`, which cannot be seen otherwise.
_KEPT = "will be kept"
_TRAILER = later(r"[A-Za-z0-9-]+[ \t]*:")
_ONE_LINE = frozenset(
    f"measurement.{part}" for part in ("metric", "baseline", "target", "evaluate_by")
)


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
    from whygate.world.world import World, load_policy  # noqa: PLC0415  (a refusal needs none)

    policy = load_policy(World(None, repository))
    if policy.config.commit_scope is CommitScope.OFF:
        return "`commits.scope` is off"
    file = Path(path)
    text = read_text(file)
    comment = detect_comment_char(text) if comment == "auto" else comment
    pending = read_message(file, cleanup=cleanup, comment=comment)
    verdict = _judge_branch(git, policy, pending)
    filled = insert_questions(text, list_questions(verdict, policy), comment=comment)
    if filled == text:
        return "nothing is left to ask"
    replace_text(file, filled)
    return ""


def _find_refusal(source: str, environ: Mapping[str, str], repository: Repository | None) -> str:
    """Return why no question belongs into this message, empty when they may."""
    if environ.get("GIT_EDITOR", "") == NO_EDITOR:
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
        commits = read_branch(git, head=head, name=name, base=policy.config.commit_bases)
    change = pending
    if commits:
        change = branch_change(commits, policy.config, pending=pending, branch=name, believe=True)
    return check(change, policy, today_in(policy.config.timezone), believe=True)


def read_text(file: Path) -> str:
    """Return the whole text of a plain UTF-8 file; raises ValueError when it is none."""
    if not stat.S_ISREG(file.lstat().st_mode) or file.stat().st_size > MESSAGE_LIMIT:
        raise ValueError(f"`{file}` is no message file")
    return file.read_bytes().decode("utf-8")


def replace_text(file: Path, text: str) -> None:
    """Replace a file in one step; raises OSError and leaves it as it was."""
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


# --- which questions are open ----------------------------------------------------------------


class Question(Struct, frozen=True):
    """One question of the schema, and the trailers that answer it, slots in place of answers."""

    title: str
    text: str
    lines: tuple[str, ...]


def list_questions(verdict: Verdict, policy: Policy) -> tuple[Question, ...]:
    """Return the questions that a change has yet to answer, in the schema's order.

    None when the change is excused, or when it answers something and lacks nothing that would
    fail it: who has told the plan is not asked again for the finishing touches.
    """
    if verdict.status in (Status.SKIPPED, Status.EXEMPT):
        return ()
    needs = policy.needs(verdict.kind.name)
    asked = [f for f in policy.schema.fields if f.name in needs and _weighs(needs[f.name])]
    answered = {name for name, _ in find_answers(verdict.context)}
    open_fields = [field for field in asked if field.name not in answered]
    is_begun = len(open_fields) < len(asked)
    if is_begun and not any(needs[f.name] is Severity.ERROR for f in open_fields):
        return ()
    return tuple(
        Question(field.title, field.question, tuple(_lines(field, needs))) for field in open_fields
    )


def insert_questions(text: str, questions: Sequence[Question], *, comment: str) -> str:
    """Return the message file `text` with the questions as comment lines in front of git's own.

    They stand where the trailers belong: behind what the file says already, above the sign-offs
    and above the scissors line. Questions that the file asks itself are left out. Nothing that
    was in the file changes. The text comes back as it is when it was filled before, when our
    commit template asks already, when its comments may become part of the message, or when there
    is nothing to ask.
    """
    if not comment or not _drops_comments(text, comment):
        return text
    end = "\r\n" if "\r\n" in text else "\n"
    lines = text.split("\n")
    stop = next((n for n, line in enumerate(lines) if _is_cut(line, comment)), len(lines))
    asked = {_label(line, comment) for line in lines[:stop]}
    wanted = [q for q in questions if not any(_label(line, "") in asked for line in q.lines)]
    wanted = [q for q in wanted if normalise_label(q.title) not in asked]
    if not wanted or any(HEADER in line or TEMPLATE_MARK in line for line in lines):
        return text
    block = [line + end.rstrip("\n") for line in _block(wanted, comment)]
    at, before = find_place(lines[:stop], comment)
    return "\n".join((*lines[:at], *((end.rstrip("\n"),) * before), *block, *lines[at:]))


def _weighs(severity: Severity) -> bool:
    return severity.rank >= Severity.WARNING.rank


def _lines(field: Field, needs: Mapping[str, Severity]) -> Iterator[str]:
    parts = [part for part in field.parts if part.name in needs]
    if field.name == MEASUREMENT or not parts:
        slot = MEASUREMENT_SLOTS if field.name == MEASUREMENT else f"<{field.slot}>"
        yield f"{field.trailer}: {slot}"
        parts = [part for part in parts if part.name not in _ONE_LINE]
    yield from (f"{part.trailer}: <{part.slot}>" for part in parts)


def _block(questions: Sequence[Question], comment: str) -> Iterator[str]:
    yield f"{comment} {HEADER}"
    yield comment
    for question in questions:
        yield f"{comment} {' '.join(question.text.split())}"
        yield from (f"{comment} {' '.join(line.split())}" for line in question.lines)
        yield comment


def _drops_comments(text: str, comment: str) -> bool:
    """Tell whether git will delete the comments of a file, as far as its own words tell."""
    comments = [line for line in text.split("\n") if line.startswith(comment)]
    if not comments:
        return True
    begins_with_cut = comments[0].rstrip("\r") == f"{comment} {_CUT}"
    return not begins_with_cut and not any(_KEPT in line for line in comments)


def _label(line: str, comment: str) -> str:
    """Return the words in front of a line's colon, or of a heading."""
    return normalise_label(line.removeprefix(comment).strip().partition(":")[0])


def find_place(lines: Sequence[str], comment: str) -> tuple[int, int]:
    """Return before which line the questions go, and how many empty lines go before them."""
    said = {
        n for n, line in enumerate(lines) if not _is_blank(line) and not line.startswith(comment)
    }
    if not said:
        has_subject_line = len(lines) > 1 and _is_blank(lines[0])
        return (1, 1) if has_subject_line else (0, 2)
    first = last = max(said)
    while first - 1 in said:
        first -= 1
    block = lines[first : last + 1]
    if first > 0 and all(
        _TRAILER.match(line) or (n and line.startswith((" ", "\t"))) for n, line in enumerate(block)
    ):
        return first, 0
    return last + 1, 1


def _is_blank(line: str) -> bool:
    return not line.strip(" \t\r")  # git's isspace(), no Unicode


def _is_cut(line: str, comment: str) -> bool:
    return line.rstrip("\r") == f"{comment} {_CUT}"
