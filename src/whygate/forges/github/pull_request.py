"""Turn GitHub's record of a pull request, its commits and its files into the change to judge."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from msgspec import Struct

from whygate.errors import UndecidedError
from whygate.model import Author, Change, Origin, Part

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from whygate.forges.github.api import Api
    from whygate.forges.github.json_object import Record

COMMITS_LIMIT = 250  # GitHub lists no more of a pull request
FILES_LIMIT = 3_000  # nor more files than that
DESCRIPTION = "description"

_BODY_LIMIT = 262_144  # characters; GitHub accepts 65,536
_MESSAGES_LIMIT = 1 << 20  # characters of all commit messages together
_SHORT = 12
_HASH = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")


class PullRequest(Struct, frozen=True):
    """A pull request as GitHub tells of it, in an event or through the API.

    `branch` is empty for a fork: its owner may choose any name, and names can exempt.
    `merge_sha` is the commit it was merged as. `commits` and `files` are counts.
    """

    number: int
    title: str
    body: str
    author: Author
    labels: tuple[str, ...]
    branch: str
    base_branch: str
    base_sha: str
    merge_sha: str
    updated: str
    is_draft: bool
    is_open: bool
    is_merged: bool
    lines_changed: int
    commits: int
    files: int


class ChangedFile(Struct, frozen=True):
    """A file that a pull request touches; `former` is the name of a renamed one before."""

    path: str
    former: str = ""
    patch: str = ""

    @property
    def paths(self) -> tuple[str, ...]:
        """Return every name the file has or had: what moves away is touched as well."""
        return (self.path, self.former) if self.former else (self.path,)


def parse_pull_request(record: Record) -> PullRequest:
    """Return a pull request; raises UndecidedError when the record is none."""
    number, base, body = record.number("number"), record.record("base"), record.text("body")
    sha = base.text("sha")
    if number < 1 or not _HASH.fullmatch(sha) or record.text("state") not in ("open", "closed"):
        raise UndecidedError("what GitHub sent is no pull request")
    if len(body) > _BODY_LIMIT:
        raise UndecidedError(f"the description of #{number} is too long")
    return PullRequest(
        number=number,
        title=record.text("title"),
        body=body,
        author=_author(record.record("user")),
        labels=tuple(label.text("name") for label in record.records("labels")),
        branch=_branch(record),
        base_branch=base.text("ref"),
        base_sha=sha,
        merge_sha=record.text("merge_commit_sha"),
        updated=record.text("updated_at"),
        is_draft=record.flag("draft"),
        is_open=record.text("state") == "open",
        is_merged=record.flag("merged") or bool(record.text("merged_at")),
        lines_changed=record.number("additions") + record.number("deletions"),
        commits=record.number("commits"),
        files=record.number("changed_files"),
    )


def read_pull_request(api: Api, repository: str, number: int) -> PullRequest:
    """Return a pull request as it is now; raises ApiError when GitHub does not show it."""
    pull = parse_pull_request(api.get(f"/repos/{repository}/pulls/{number:d}"))
    if pull.number != number:
        raise UndecidedError(f"GitHub sent #{pull.number} when asked for #{number}")
    return pull


def read_request_commits(api: Api, repository: str, number: int) -> tuple[Part, ...]:
    """Return the messages of a pull request's commits, newest first; at most COMMITS_LIMIT."""
    path = f"/repos/{repository}/pulls/{number:d}/commits"
    found = api.pages(path, most=COMMITS_LIMIT)
    return tuple(_within_limit([_commit_part(record) for record in reversed(found)]))


def read_files(api: Api, repository: str, number: int) -> tuple[ChangedFile, ...]:
    """Return the files a pull request touches; at most FILES_LIMIT entries."""
    path = f"/repos/{repository}/pulls/{number:d}/files"
    return tuple(
        ChangedFile(r.text("filename"), r.text("previous_filename"), r.text("patch"))
        for r in api.pages(path, most=FILES_LIMIT)
    )


def to_change(
    pull: PullRequest, commits: Sequence[Part] = (), files: Sequence[ChangedFile] | None = None
) -> Change:
    """Return a pull request as the change to judge; without `files` its paths are unknown."""
    paths = None if files is None else (path for file in files for path in file.paths)
    return Change(
        identity=f"#{pull.number}",
        title=pull.title,
        parts=(Part(Origin.DESCRIPTION, DESCRIPTION, pull.body), *commits),
        author=pull.author,
        labels=pull.labels,
        branch=pull.branch,
        paths=None if paths is None else tuple(dict.fromkeys(paths)),
        lines_changed=None if files is None else pull.lines_changed,
        is_draft=pull.is_draft,
    )


def _author(user: Record) -> Author:
    login = user.text("login")
    return Author(name=login, login=login, is_bot=user.text("type") == "Bot")


def _branch(record: Record) -> str:
    head, base = record.record("head"), record.record("base")
    home = base.record("repo").text("full_name")
    is_own = bool(home) and head.record("repo").text("full_name") == home
    return head.text("ref") if is_own else ""


def _commit_part(record: Record) -> Part:
    message = record.record("commit").text("message")
    return Part(Origin.COMMIT, record.text("sha")[:_SHORT], message)


def _within_limit(parts: Sequence[Part]) -> Iterator[Part]:
    """Yield messages until they are too much to read; nobody writes that much by hand."""
    room = _MESSAGES_LIMIT
    for part in parts:
        room -= len(part.text)
        if room < 0:
            return
        yield part
