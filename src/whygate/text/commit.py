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
from whygate.text.patterns import later

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

_SHORT = 12
_EPOCH = date(1970, 1, 1).toordinal()
_LAST_DAY = date.max.toordinal() - _EPOCH
_DAY = 86_400
_LONGEST_TIME = 12  # digits; more is far beyond the year 9999
# How forges name a request in the commit that merges it, by default. Squashed: `title (#12)` of
# GitHub and Gitea, `(!12)` of GitLab, `(pull request #12)` of Bitbucket.
_SQUASHED = later(r"\((?:#|pull request #|(!))([0-9]{1,10})\)$")
# GitHub's own merge, bors' (https://bors.tech), and Bitbucket Server's of old: the request's title
# is the next paragraph.
_MERGED = later(r"(?:Merge pull request|Auto merge of) #([0-9]{1,10}) ")
# Bitbucket Cloud's: the same.
_MERGED_IN = later(r"Merged in (\S.{0,400}) \(pull request #([0-9]{1,10})\)$")
# Azure's (`Merged PR 12: title`) and Bitbucket Data Center's (`Pull request #12: title`).
_TITLED = later(r"(?:Merged PR |Pull request (#))([0-9]{1,10}): (\S.*)")
# Gitea's and Forgejo's: `Merge pull request 'title' (#12) from branch into main`.
_QUOTED = later(r"Merge pull request '(.{1,500})' \(#([0-9]{1,10})\) from ")
# Azure's of old: `Merge pull request 12 from branch into main`.
_UNMARKED = later(r"Merge pull request ([0-9]{1,10}) from (\S{1,400}) into \S")
# GitLab's (https://docs.gitlab.com/user/project/merge_requests/commit_templates/): the subject
# names the branches, the request's title is the next paragraph, and a line of its own its number.
_MERGED_BRANCH = "Merge branch '"
_SEE_REQUEST = later(r"^See merge request \S{0,400}!([0-9]{1,10})[ \t\r]*$", re.MULTILINE)
# The branch that a merge without a title names: `Merge branch 'x' into 'y'`, `from owner/branch`,
# and bors' ` - owner:branch, r=x`.
_OF_BRANCH = later(
    r"Merge branch '([^']{1,400})'"
    r"|[^']{1,200}?(?: from (?:[^\s/]{1,100}/)?| - [^\s:]{1,100}:)([^\s,]{1,400})"
)
# What forges and their users' buttons write below a title, and what lists the merged commits.
_BY_TOOLS = later(
    r"(?:See merge request \S+![0-9]+|Merge in \S+ from \S+ to \S+"
    r"|(?:Clos|Fix|Resolv|Implement)(?:e|es|ed|ing)? \S*[#!/][^\n]*"
    r"|Related to \S*[#!/][^\n]*|Related work items: ?[^\n]*|[A-Z][A-Za-z]*(?:-[A-Za-z]+)+: [^\n]*)"
    r"[ \t]*\Z"
)
_LISTED = later(r"\* (?:commit '|[^\n]*(?:\n(?!\* )[^\n]*)*\n\n\* )|Squashed commit of the foll")


MESSAGE_LIMIT = 1 << 18  # bytes of one message; nobody writes that much by hand
MESSAGES_LIMIT = 131_072  # characters of all messages of a branch that are read together


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
    are those of the oldest commit that is no fixup, because it began the work. Of messages that
    are too much to read together the newest are (`within_limit`). Raises InputError when there
    is nothing to judge.
    """
    listed = tuple(commits)
    known = tuple(to_change(commit) for commit in listed)
    everything = known if pending is None else (pending, *known)
    if not everything:
        raise InputError("there is no commit to judge in this range")
    messages = tuple(within_limit([commit_part(change) for change in known]))
    first = next(
        (change for change in reversed(everything) if not is_fixup(change.title)), everything[-1]
    )
    return Change(
        identity=identity or everything[0].identity,
        title=first.title,
        parts=(*(pending.parts if pending else ()), *messages),
        unread=len(known) - len(messages),
        author=first.author,
        branch=branch or (pending.branch if pending else ""),
        paths=_all_paths(everything),
        lines_changed=_all_lines(everything),
        day=everything[0].day,
        parents=_all_parents(everything),
    )


def within_limit(parts: Sequence[Part]) -> Iterator[Part]:
    """Yield messages, the newest first, until they are too much to read.

    That is twice what GitHub takes as a description; nobody writes that much by hand.
    """
    room = MESSAGES_LIMIT
    for part in parts:
        room -= len(part.text)
        if room < 0:
            return
        yield part


def require_small(change: Change) -> Change:
    """Return the change of a commit; raises InputError when its message is too large to judge."""
    part = change.parts[0]
    if len(part.text.encode("utf-8", "replace")) > MESSAGE_LIMIT:
        raise InputError(
            f"the message of {part.path} is larger than {MESSAGE_LIMIT} bytes",
            hint="keep the answers in the message, and move the rest into a file or an issue",
        )
    return change


def name_unread(change: Change) -> str:
    """Return in a sentence how many messages of a branch were not read, "" when all were."""
    if not change.unread:
        return ""
    read = sum(part.origin is Origin.COMMIT for part in change.parts)
    return (
        f"{change.identity}: the messages of its {read} newest commits were read, and of "
        f"{change.unread} not ({MESSAGES_LIMIT:,} characters are read)"
    )


def commit_part(change: Change) -> Part:
    """Return the text of a commit as a part of the change it belongs to."""
    part = change.parts[0]
    return Part(Origin.COMMIT, part.path, part.text)


def name_change(subject: str, body: str, sha: str) -> tuple[str, str]:
    """Return the identity and the title of a commit as a change.

    The identity is the number that a forge writes when it merges a request: `#123` of GitHub,
    Bitbucket and Gitea, `!123` of GitLab and Azure; else the short hash. The title is the
    request's, which a merge keeps as its second paragraph, else the branch that a merge of a
    request names, else the subject.
    """
    identity, title, _ = _read_request(subject, body)
    return identity or sha[:_SHORT], title or subject


def lacks_description(message: str) -> bool:
    """Tell whether a commit merges a request of which it holds no word below the title.

    What the request says stands on the forge then. What forges write themselves is no word of
    its author: `See merge request`, `Approved-by:`, `Closes #12`, a list of the merged commits.
    """
    subject, body = split_subject(message.replace("\r\n", "\n"))
    identity, _, rest = _read_request(subject, body)
    if not identity:
        return False
    own = "\n".join(line for line in rest.split("\n") if not _BY_TOOLS.match(line)).strip()
    return not own or _LISTED.match(own) is not None


def _read_request(subject: str, body: str) -> tuple[str, str, str]:
    """Return the number of the request that a commit merges, its title, and what is below that.

    All are empty for a commit that names none, but what stands below.
    """
    for pattern in (_QUOTED, _TITLED, _MERGED_IN, _UNMARKED, _MERGED):
        if (match := pattern.match(subject)) is None:
            continue
        if pattern is _QUOTED:
            return f"#{match[2]}", match[1], body
        if pattern is _TITLED:
            return f"{match[1] or '!'}{match[2]}", match[3], body
        if pattern is _UNMARKED:
            return f"!{match[1]}", *_title_below(body, match[2])
        if pattern is _MERGED_IN:
            return f"#{match[2]}", *_title_below(body, match[1])
        return f"#{match[1]}", *_title_below(body, _branch_of(subject))
    if requests := _SEE_REQUEST.findall(body):
        is_merge = subject.startswith(_MERGED_BRANCH)
        title, rest = _title_below(body, _branch_of(subject)) if is_merge else (subject, body)
        return f"!{requests[-1]}", title, rest
    if number := _SQUASHED.search(subject):
        return f"{number[1] or '#'}{number[2]}", subject, body
    return "", "", body


def _title_below(body: str, otherwise: str) -> tuple[str, str]:
    """Return the first paragraph of a body and what follows, unless a tool wrote that one."""
    title, rest = split_subject(body)
    if not title or _BY_TOOLS.match(title) or title.startswith("* "):
        return otherwise, body
    return title, rest


def _branch_of(subject: str) -> str:
    match = _OF_BRANCH.match(subject)
    return "" if match is None else match[1] or match[2]


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
