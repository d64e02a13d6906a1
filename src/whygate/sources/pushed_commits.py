"""Turn a push into the changes it brought: the first-parent commits, newest first."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from whygate.errors import UndecidedError
from whygate.sources.git import Git
from whygate.sources.history import Commit, Range, read_commits, to_change

if TYPE_CHECKING:
    from collections.abc import Iterator

    from whygate.model import Change
    from whygate.sources.github_api import Api
    from whygate.sources.github_event import PushEvent
    from whygate.sources.record import Record

_PAGE = 100
_PAGES = 3
_LIMIT = 250


def read_pushed(
    source: Git | Api | None, repository: str, event: PushEvent
) -> list[tuple[str, Change]]:
    """Return (hash, change) for every pushed first-parent commit, at most 250 of them.

    The clone knows the changed paths of each, the API does not. Raises UndecidedError when
    neither can tell.
    """
    if source is None:
        raise UndecidedError(
            "the pushed commits cannot be read",
            hint="leave the input `token` at its default, or check out with `fetch-depth: 0`",
        )
    if isinstance(source, Git):
        span = Range(event.before, event.after)
        commits = read_commits(source, span, first_parent=True, limit=_LIMIT, paths=True)
    else:
        commits = _first_parents(_compare(source, repository, event.before, event.after), event)
    return [(commit.sha, to_change(commit)) for commit in commits]


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
