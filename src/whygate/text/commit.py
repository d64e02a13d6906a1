"""A commit as its author left it, and the change it is judged as, alone or with its branch."""

from __future__ import annotations

import re
from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING

from msgspec import Struct

from whygate.errors import InputError
from whygate.model import Author, Change, Origin, Part
from whygate.text.message import decode, is_fixup, split_subject

if TYPE_CHECKING:
    from collections.abc import Iterable

_SHORT = 12
_EPOCH = date(1970, 1, 1).toordinal()
_LAST_DAY = date.max.toordinal() - _EPOCH
_DAY = 86_400
_LONGEST_TIME = 12  # digits; more is far beyond the year 9999
_SQUASHED = re.compile(r"\(#([0-9]{1,10})\)$")
# GitHub's own merge, and bors' (https://bors.tech): the request's title is the next paragraph.
_MERGED = re.compile(r"(?:Merge pull request|Auto merge of) #([0-9]{1,10}) ")
# GitLab's (https://docs.gitlab.com/user/project/merge_requests/commit_templates/): the subject
# names the branches, the request's title is the next paragraph, and a line of its own its number.
_MERGED_BRANCH = "Merge branch '"
_SEE_REQUEST = re.compile(r"^See merge request \S{0,400}!([0-9]{1,10})[ \t]*$", re.MULTILINE)


class Commit(Struct, frozen=True):
    """A commit as its author left it: the message in bytes, everything else as text.

    `committed` is the UTC day of the committer date, None when git cannot read the date or no
    calendar holds it. `encoding` is the commit's header; the message is UTF-8 already when git
    knows that encoding. `paths` and `lines_changed` are None when they were not asked for.
    """

    sha: str
    parents: tuple[str, ...]
    author_name: str
    author_mail: str
    committed: date | None
    message: bytes
    encoding: str = ""
    paths: tuple[str, ...] | None = None
    lines_changed: int | None = None

    @property
    def short_sha(self) -> str:
        """Return the first twelve digits of the hash."""
        return self.sha[:_SHORT]


def to_change(commit: Commit, *, identity: str = "") -> Change:
    """Return a commit of the history as the change to judge; its one part is the whole message.

    The identity is `identity`, else the one of `name_change`; so is the title.
    """
    text = decode(commit.message)
    known, title = name_change(*split_subject(text), commit.sha)
    return Change(
        identity=identity or known,
        title=title,
        parts=(Part(Origin.MESSAGE, commit.short_sha, text),),
        author=_author(commit),
        paths=commit.paths,
        lines_changed=commit.lines_changed,
        day=commit.committed,
        parents=len(commit.parents),
    )


def union_change(
    commits: Iterable[Commit],
    *,
    pending: Change | None = None,
    identity: str = "",
    branch: str = "",
) -> Change:
    """Return the commits of a branch, newest first, taken together as one change.

    `pending` is the commit being written: its parts come before all others. Title and author
    are those of the oldest commit that is no fixup, because it began the work. Raises
    InputError when there is nothing to judge.
    """
    listed = tuple(commits)
    known = tuple(to_change(commit) for commit in listed)
    everything = known if pending is None else (pending, *known)
    if not everything:
        raise InputError("there is no commit to judge in this range")
    first = next(
        (change for change in reversed(everything) if not is_fixup(change.title)), everything[-1]
    )
    return Change(
        identity=identity or everything[0].identity,
        title=first.title,
        parts=(*(pending.parts if pending else ()), *map(commit_part, known)),
        author=first.author,
        branch=branch or (pending.branch if pending else ""),
        paths=_all_paths(everything),
        lines_changed=_all_lines(everything),
        day=everything[0].day,
        parents=_all_parents(everything),
    )


def commit_part(change: Change) -> Part:
    """Return the text of a commit as a part of the change it belongs to."""
    part = change.parts[0]
    return Part(Origin.COMMIT, part.path, part.text)


def name_change(subject: str, body: str, sha: str) -> tuple[str, str]:
    """Return the identity and the title of a commit as a change.

    The identity is `#123` from the subject that GitHub writes for a squash (`... (#123)`) or a
    merge (`Merge pull request #123 from ...`), `!123` from the line that GitLab writes below one
    (`See merge request group/project!123`), else the short hash. The title is the subject; a
    merge by a forge or bors keeps the request's as second paragraph.
    """
    if merged := _MERGED.match(subject):
        return f"#{merged[1]}", split_subject(body)[0] or subject
    if requests := _SEE_REQUEST.findall(body):
        below = split_subject(body)[0]
        is_merge = subject.startswith(_MERGED_BRANCH) and not _SEE_REQUEST.match(below)
        return f"!{requests[-1]}", (below if is_merge else "") or subject
    number = _SQUASHED.search(subject)
    return f"#{number[1]}" if number else sha[:_SHORT], subject


def is_blind(message: str) -> bool:
    """Tell whether a commit has a title and nothing else.

    A merge by a forge names the branches and the number of the request as well; what the request
    says stands on the forge.
    """
    text = message.strip()
    if "\n" not in text:
        return True
    subject, body = split_subject(text)
    is_request = _SEE_REQUEST.search(body) is not None
    if _MERGED.match(subject) or (is_request and subject.startswith(_MERGED_BRANCH)):
        _, body = split_subject(body)
    elif not is_request:
        return False
    return not _SEE_REQUEST.sub("", body).strip()


def utc_day(seconds: bytes) -> date | None:
    """Return the day of a Unix time; git leaves it empty when the commit's date is malformed.

    Commits of one day share it.
    """
    if not seconds.isdigit() or len(seconds) > _LONGEST_TIME:
        return None
    return _day(int(seconds) // _DAY)


@lru_cache(maxsize=1024)
def _day(days: int) -> date | None:
    return date.fromordinal(_EPOCH + days) if days <= _LAST_DAY else None


def _author(commit: Commit) -> Author:
    return Author(commit.author_name, commit.author_mail)


def _all_paths(changes: Iterable[Change]) -> tuple[str, ...] | None:
    found: dict[str, None] = {}
    for change in changes:
        if change.paths is None:
            return None
        found.update(dict.fromkeys(change.paths))
    return tuple(found)


def _all_parents(changes: Iterable[Change]) -> int | None:
    """Return the parents of the commit that has the fewest: only merges together are a merge."""
    known = [change.parents for change in changes]
    return None if None in known else min(count for count in known if count is not None)


def _all_lines(changes: Iterable[Change]) -> int | None:
    total = 0
    for change in changes:
        if change.lines_changed is None:
            return None
        total += change.lines_changed
    return total
