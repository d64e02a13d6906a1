"""Requests from a file that somebody exported: GitHub's command line, GitLab's project export.

Known are what these write, as one JSON list or one object a line:

- `gh pr list --state merged --json number,title,body,mergedAt,mergeCommit,author,labels`
  (https://cli.github.com/manual/gh_pr_list), and other fields of it;
- `tree/project/merge_requests.ndjson` and `project.json` of GitLab's export
  (https://docs.gitlab.com/user/project/settings/import_export/), and the list that its API gives
  (https://docs.gitlab.com/api/merge_requests/).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import msgspec
from msgspec import Struct

from whygate.errors import InputError
from whygate.forges.answers import HASH, Number, parse_json
from whygate.forges.port import LinkedIssue, MergedRequest
from whygate.model import Author

if TYPE_CHECKING:
    from collections.abc import Iterator

FILE_LIMIT = 512 << 20  # bytes
_MOST_ISSUES = 5
_HINT = (
    "write it with `gh pr list --state merged --limit 10000 "
    "--json number,title,body,mergedAt,mergeCommit,author,labels`"
)


_Kind = TypeVar("_Kind")


class _Login(Struct):
    """Who wrote a pull request."""

    login: str = ""
    name: str | None = ""
    is_bot: bool = False


class _Name(Struct):
    """A label of GitHub's."""

    name: str = ""


class _Commit(Struct):
    """The commit that a pull request was merged as."""

    oid: str = ""


class _Issue(Struct):
    """An issue that a pull request closes."""

    number: Number
    title: str = ""
    body: str | None = ""


class _GitHub(Struct, rename="camel"):
    """A pull request as `gh` writes it."""

    number: Number
    title: str = ""
    body: str | None = ""
    author: _Login | None = None
    labels: tuple[_Name, ...] | None = ()
    merged_at: str | None = ""
    updated_at: str | None = ""
    merge_commit: _Commit | None = None
    closing_issues_references: tuple[_Issue, ...] | None = ()
    state: str = "MERGED"


class _User(Struct):
    """Who wrote a merge request."""

    username: str = ""
    name: str | None = ""
    bot: bool = False


class _LabelTitle(Struct):
    """A label of GitLab's."""

    title: str = ""


class _LabelLink(Struct):
    """A label of a merge request."""

    label: _LabelTitle | None = None


class _Metrics(Struct):
    """Where GitLab's export keeps the time of the merge."""

    merged_at: str | None = ""


class _GitLab(Struct):
    """A merge request as GitLab exports it, or lists it."""

    iid: Number
    title: str = ""
    description: str | None = ""
    state: str = ""
    author: _User | None = None
    labels: tuple[str, ...] | None = ()
    label_links: tuple[_LabelLink, ...] | None = ()
    merged_at: str | None = ""
    updated_at: str | None = ""
    last_edited_at: str | None = ""
    metrics: _Metrics | None = None
    merge_commit_sha: str | None = ""
    squash_commit_sha: str | None = ""
    merged_commit_sha: str | None = ""
    sha: str | None = ""


class Exported(Struct, frozen=True):
    """The merged requests of a file, and how many others it holds, which are left out."""

    requests: tuple[MergedRequest, ...] = ()
    unmerged: int = 0
    forge: str = ""


def read_export(text: str, path: str) -> Exported:
    """Return the merged requests of an exported file.

    Raises InputError, with the entry and what is wrong with it, unless it is one of the forms.
    """
    found: list[MergedRequest] = []
    unmerged = 0
    forge = ""
    for place, entry in _entries(text, path):
        where = f"{path}: entry {place}"
        if not isinstance(entry, dict) or not entry.keys() & {"number", "iid"}:
            raise InputError(f"{where} is no request: it has no `number` or `iid`", hint=_HINT)
        forge = "GitLab" if "iid" in entry else "GitHub"
        request = _read_gitlab(entry, where) if "iid" in entry else _read_github(entry, where)
        if request is None:
            unmerged += 1
        else:
            found.append(request)
    return Exported(tuple(found), unmerged, forge)


def _entries(text: str, path: str) -> Iterator[tuple[int, object]]:
    """Yield each entry with its place, counted from 1."""
    try:
        held = parse_json(text.encode("utf-8", "replace"))
    except ValueError as error:
        yield from _lines(text, path, error)
        return
    if isinstance(held, dict):
        listed = held.get("merge_requests")
        held = [held] if listed is None else listed
    if not isinstance(held, list):
        raise InputError(f"{path} holds no list of requests", hint=_HINT)
    yield from enumerate(held, 1)


def _lines(text: str, path: str, whole: ValueError) -> Iterator[tuple[int, object]]:
    """Yield one entry a line; a file whose first line is no JSON is none as a whole."""
    if not text.strip():
        raise InputError(f"{path} is empty", hint=_HINT)
    for place, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        try:
            yield place, parse_json(line.encode("utf-8", "replace"))
        except ValueError:
            what = f"is not JSON: {whole}" if place == 1 else f"is not JSON in line {place}"
            raise InputError(f"{path} {what}", hint=_HINT) from None


def _read_github(entry: dict[str, object], where: str) -> MergedRequest | None:
    held = _convert(entry, _GitHub, where)
    if not entry.keys() & {"mergedAt", "state"}:
        raise InputError(f"{where} does not say whether it was merged: no `mergedAt`", hint=_HINT)
    if held.state != "MERGED" or ("mergedAt" in entry and not held.merged_at):
        return None
    _require(entry, where, "title", "body")
    who = held.author
    author = Author(who.login, login=who.login, is_bot=who.is_bot) if who else Author()
    issues = (held.closing_issues_references or ())[:_MOST_ISSUES]
    return MergedRequest(
        number=held.number,
        title=held.title,
        body=held.body or "",
        author=author,
        labels=tuple(label.name for label in held.labels or ()),
        merged=held.merged_at or "",
        updated=held.updated_at or "",
        commits=_hashes(held.merge_commit.oid if held.merge_commit is not None else ""),
        issues=tuple(LinkedIssue(i.number, i.title, i.body or "") for i in issues),
    )


def _read_gitlab(entry: dict[str, object], where: str) -> MergedRequest | None:
    held = _convert(entry, _GitLab, where)
    if held.state != "merged":
        return None
    _require(entry, where, "title", "description")
    who = held.author
    links = (link.label.title for link in held.label_links or () if link.label is not None)
    commits = _hashes(held.merge_commit_sha, held.squash_commit_sha, held.merged_commit_sha)
    merged = held.merged_at or (held.metrics.merged_at if held.metrics is not None else "") or ""
    return MergedRequest(
        number=held.iid,
        title=held.title,
        body=held.description or "",
        author=Author(who.username, login=who.username, is_bot=who.bot) if who else Author(),
        labels=tuple(dict.fromkeys((*(held.labels or ()), *links))),
        merged=merged,
        updated=held.updated_at or "",
        edited=held.last_edited_at or "",
        commits=commits,
        mark="!",
        head="" if commits else "".join(_hashes(held.sha)),
    )


def _hashes(*named: str | None) -> tuple[str, ...]:
    return tuple(dict.fromkeys(sha for sha in named if sha and HASH.fullmatch(sha)))


def _require(entry: dict[str, object], where: str, *names: str) -> None:
    """Refuse an entry whose text was not asked for: it would count as a request that says nothing.

    A text that is null is one that nobody wrote.
    """
    if missing := [f"`{name}`" for name in names if name not in entry]:
        raise InputError(f"{where} has no {' and no '.join(missing)}", hint=_HINT)


def _convert(entry: dict[str, object], wanted: type[_Kind], where: str) -> _Kind:
    try:
        held = msgspec.convert(entry, wanted)
    except msgspec.ValidationError as error:
        raise InputError(f"{where} is not what it should be: {error}", hint=_HINT) from None
    return held
