"""The commits that a push brought, as GitHub's API compares its two ends."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from whygate.errors import UndecidedError
from whygate.text.commit import Commit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from whygate.forges.github.api import Api
    from whygate.forges.github.event import PushEvent
    from whygate.forges.github.json_object import Record

_PAGE = 100
_PAGES = 3


def read_pushed(api: Api, repository: str, event: PushEvent) -> list[Commit]:
    """Return the pushed first-parent commits as the API knows them, newest first, paths unknown."""
    return list(_first_parents(_compare(api, repository, event.before, event.after), event))


def read_subjects(api: Api, repository: str, base: str, head: str) -> list[str]:
    """Return the messages of the commits between two commits, the oldest first.

    Raises UndecidedError when there are too many to ask for.
    """
    return [c.record("commit").text("message") for c in _compare(api, repository, base, head)]


def _compare(api: Api, repository: str, base: str, head: str) -> list[Record]:
    found: list[Record] = []
    for page in range(1, _PAGES + 1):
        path = f"/repos/{repository}/compare/{base}...{head}"
        commits = api.get(path, per_page=_PAGE, page=page).records("commits")
        found += commits
        if len(commits) < _PAGE:
            return found
    raise UndecidedError(
        f"there are {_PAGE * _PAGES} commits or more, and GitHub was asked for no more",
        hint="bring in fewer at once; `whygate check --range` judges any number in a clone",
    )


def _first_parents(records: list[Record], event: PushEvent) -> Iterator[Commit]:
    known = {record.text("sha"): record for record in records}
    sha = event.after
    while sha in known:
        record = known.pop(sha)
        commit = _commit(record)
        yield commit
        sha = commit.parents[0] if commit.parents else ""


def _commit(record: Record) -> Commit:
    commit = record.record("commit")
    author = commit.record("author")
    return Commit(
        sha=record.text("sha"),
        parents=tuple(parent.text("sha") for parent in record.records("parents")),
        author_name=author.text("name"),
        author_mail=author.text("email"),
        committed=_day(commit.record("committer").text("date")),
        message=commit.text("message").encode("utf-8", "replace"),
    )


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        return None
