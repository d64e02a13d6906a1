"""Merge requests as GitLab knows them, or as the variables of a pipeline tell of them.

https://docs.gitlab.com/api/merge_requests/ and https://docs.gitlab.com/api/notes/
"""

from __future__ import annotations

import re
from itertools import takewhile
from typing import TYPE_CHECKING

from whygate.errors import UndecidedError
from whygate.forges.answers import to_day
from whygate.forges.gitlab.api import GRANT_HINT, REFUSED
from whygate.forges.gitlab.repository import find_fork
from whygate.forges.gitlab.shapes import (
    Associated,
    Commit,
    Diff,
    Issue,
    LabelEvent,
    ListedCommit,
    Member,
    Note,
    Request,
    User,
)
from whygate.forges.port import (
    ChangedFile,
    Details,
    ForgeError,
    LinkedIssue,
    MergeRequest,
    Said,
    to_change,
)
from whygate.forges.rest import PAGE, ApiError
from whygate.model import Author, Origin, Part
from whygate.text.commit import Commit as CommitTold
from whygate.text.commit import to_change as commit_change
from whygate.text.commit import within_limit

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from whygate.forges.gitlab.api import Api
    from whygate.forges.port import PushEvent
    from whygate.model import Change

COMMITS_LIMIT = 1_000
FILES_LIMIT = 3_000  # the most that an administrator may let GitLab show
PUSH_LIMIT = 300  # commits of a push
NOTES_LIMIT = 3_000
EVENTS_LIMIT = 1_000
ISSUES_LIMIT = 5
DEVELOPER = 30  # https://docs.gitlab.com/api/access_requests/#valid-access-levels
BODY_LIMIT = 262_144  # characters
_SHORT = 12
_ABSENT = 404
_MARK = "!"
# Only these accounts of GitLab's own are asked about: https://docs.gitlab.com/user/project/settings/project_access_tokens/
_BOT = re.compile(r"(?:project|group)_[0-9]+_bot|bot\b|\bbot|-bot|_bot", re.IGNORECASE)
_LOGIN = re.compile(r"[A-Za-z0-9_.-]{1,255}", re.ASCII)
_DRAFT = re.compile(r"\s*(?:draft:|\[draft\]|\(draft\))", re.IGNORECASE)
_BINARY = "Binary files "
_OPEN = ("opened", "locked")  # locked: it is being merged


def read_request(api: Api, project: str, number: int) -> MergeRequest:
    """Return a merge request as it is now; raises ApiError when GitLab does not show it."""
    found = api.get(f"{project}/merge_requests/{number:d}", Request)
    if found.iid != number:
        raise ForgeError(f"GitLab sent !{found.iid} when asked for !{number}")
    body = found.description or ""
    if len(body) > BODY_LIMIT:
        raise ForgeError(f"the description of !{number} is too long")
    is_own = found.source_project_id == found.target_project_id
    return MergeRequest(
        number=found.iid,
        title=found.title,
        body=body,
        author=_author(api, found.author),
        labels=found.labels,
        branch=found.source_branch if is_own else "",
        head_sha=found.sha or "",
        base_branch=found.target_branch,
        merge_sha=found.squash_commit_sha or found.merge_commit_sha or "",
        updated=found.updated_at,
        is_draft=found.draft,
        is_open=found.state in _OPEN,
        is_merged=found.state == "merged",
        lines_changed=0,
        commits=0,
        files=_count(found.changes_count),
        mark=_MARK,
    )


def from_variables(environ: Mapping[str, str]) -> MergeRequest:
    """Return the merge request as it was when the pipeline began.

    GitLab cuts a description after 2,700 characters and says so; then UndecidedError is raised.
    Who started the pipeline is not who wrote the request, so nobody is its author.
    """
    if environ.get("CI_MERGE_REQUEST_DESCRIPTION_IS_TRUNCATED") == "true":
        raise UndecidedError(
            "no token may read the merge request, and the description that the job got is cut off",
            hint=GRANT_HINT,
        )
    for name in ("CI_MERGE_REQUEST_TITLE", "CI_MERGE_REQUEST_TARGET_BRANCH_NAME"):
        if not environ.get(name):
            raise UndecidedError(
                f"no token may read the merge request, and {name} is not set", hint=GRANT_HINT
            )
    title = environ["CI_MERGE_REQUEST_TITLE"]
    labels = environ.get("CI_MERGE_REQUEST_LABELS", "")
    project = environ.get("CI_MERGE_REQUEST_PROJECT_ID", "")
    is_own = project == environ.get("CI_MERGE_REQUEST_SOURCE_PROJECT_ID", "") and bool(project)
    head = environ.get("CI_MERGE_REQUEST_SOURCE_BRANCH_SHA") or environ.get("CI_COMMIT_SHA", "")
    return MergeRequest(
        number=int(environ["CI_MERGE_REQUEST_IID"]),
        title=title,
        body=environ.get("CI_MERGE_REQUEST_DESCRIPTION", ""),
        author=Author(),
        labels=tuple(filter(None, (label.strip() for label in labels.split(",")))),
        branch=environ.get("CI_MERGE_REQUEST_SOURCE_BRANCH_NAME", "") if is_own else "",
        head_sha=head,
        base_branch=environ["CI_MERGE_REQUEST_TARGET_BRANCH_NAME"],
        merge_sha="",
        updated="",
        is_draft=bool(_DRAFT.match(title)),
        is_open=True,
        is_merged=False,
        lines_changed=0,
        commits=0,
        files=0,
        mark=_MARK,
    )


def read_details(api: Api, project: str, request: MergeRequest) -> Details:
    """Return the commits and files of a merge request, and what GitLab does not show of them.

    Files that did not all come are unknown: the rest could be what no path rule exempts.
    """
    path = f"{project}/merge_requests/{request.number:d}"
    if not request.head_sha:
        raise UndecidedError(
            f"{request.identity} has no commit: its source branch is gone",
            hint="restore the branch, or close the merge request",
        )
    try:
        commits = api.pages(f"{path}/commits", Commit, most=COMMITS_LIMIT)
        files = api.pages(f"{path}/diffs", Diff, most=FILES_LIMIT)
    except ApiError as error:
        if error.status not in REFUSED:
            raise
        notice = (
            f"no token may read the commits and files of {request.identity}, so nothing is exempt "
            f"by its files; {GRANT_HINT}"
        )
        return Details(notices=(notice,), is_seen=False)
    read = [Part(Origin.COMMIT, commit.id[:_SHORT], commit.message) for commit in commits]
    parts = tuple(within_limit(read))
    notices = []
    if len(parts) < len(read) or len(read) == COMMITS_LIMIT:
        notices.append(
            f"{request.identity} has many commits; the messages of {len(parts)} were read"
        )
    if len(files) != request.files:
        notices.append(
            f"GitLab showed {len(files)} files of {request.identity} and counts "
            f"{request.files or 'more'}, so nothing is exempt by its files"
        )
        return Details(parts, None, tuple(notices))
    changed = tuple(_changed(file) for file in files)
    return Details(parts, changed, tuple(notices), sum(_count_lines(f.patch) for f in changed))


def read_comments(
    api: Api, project: str, number: int, wanted: Callable[[str], bool]
) -> tuple[Said, ...]:
    """Return the notes below a merge request whose text is `wanted`, newest first.

    Raises ForgeError when there are NOTES_LIMIT or more: the newest would be missing.
    """
    path = f"{project}/merge_requests/{number:d}/notes"
    found = api.pages(path, Note, most=NOTES_LIMIT, sort="asc", order_by="created_at")
    if len(found) == NOTES_LIMIT:
        raise ForgeError(f"!{number} has {NOTES_LIMIT} notes or more, and no more are read")
    return tuple(
        Said(_author(api, note.author), day, note.body, note.created_at != note.updated_at)
        for note in reversed(found)
        if not note.system and wanted(note.body) and (day := to_day(note.created_at)) is not None
    )


def find_label_setters(api: Api, project: str, number: int) -> dict[str, Author]:
    """Return who set each label of a merge request last."""
    path = f"{project}/merge_requests/{number:d}/resource_label_events"
    setters: dict[str, Author] = {}
    for event in api.pages(path, LabelEvent, most=EVENTS_LIMIT):
        if event.label is None:  # it was deleted
            continue
        setters.pop(event.label.name, None)
        if event.action == "add":
            setters[event.label.name] = _author(api, event.user)
    return setters


def may_write(api: Api, project: str, login: str) -> bool:
    """Tell whether a person is a Developer of the project or more (Members API)."""
    if not _LOGIN.fullmatch(login):
        return False
    found = api.pages(f"{project}/members/all", Member, most=PAGE, query=login)
    return any(
        m.username == login and m.access_level >= DEVELOPER and m.state == "active" for m in found
    )


def read_issues(api: Api, project: str, request: MergeRequest) -> tuple[LinkedIssue, ...]:
    """Return the issues of the same project that GitLab would close with a merge request."""
    path = f"{project}/merge_requests/{request.number:d}/closes_issues"
    found = api.pages(path, Issue, most=PAGE)
    here = [issue for issue in found if project == f"/projects/{issue.project_id:d}"]
    return tuple(
        LinkedIssue(issue.iid, issue.title, (issue.description or "")[:BODY_LIMIT])
        for issue in here[:ISSUES_LIMIT]
    )


def find_merged(api: Api, project: str, sha: str) -> MergeRequest | None:
    """Return the merge request that was merged as a commit, by GitLab's word; None for none.

    That is its merge, its squash, or the tip of its branch where it was fast-forwarded.
    """
    for one in _associated(api, project, sha):
        became = {one.merge_commit_sha, one.squash_commit_sha} - {None}
        if one.state == "merged" and sha in (became or {one.sha}):
            return read_request(api, project, one.iid)
    return None


def find_change(api: Api, project: str, name: str, base_sha: str) -> Change | str | None:
    """Return the change of a name (`!12`, the start of a hash), with the messages of its commits.

    `#12` means the merge request as well: an issue has no plan. A commit counts as the merge
    request that it belongs to, or if the commit `base_sha` has it in its history.
    """
    try:
        if name[0] in "#!":
            return _describe(api, project, read_request(api, project, int(name[1:])))
        commit = api.get(f"{project}/repository/commits/{name}", ListedCommit)
        for one in _associated(api, project, commit.id):
            return _describe(api, project, read_request(api, project, one.iid))
        is_held = find_fork(api, project, base_sha, commit.id) == commit.id
    except ApiError as error:
        if error.status != _ABSENT:
            raise
        return None
    return commit_change(to_commit(commit)) if is_held else None


def _associated(api: Api, project: str, sha: str) -> list[Associated]:
    path = f"{project}/repository/commits/{sha}/merge_requests"
    found = api.pages(path, Associated, most=PAGE)
    return [one for one in found if project == f"/projects/{one.target_project_id:d}"]


def _describe(api: Api, project: str, request: MergeRequest) -> Change | str:
    if not (request.is_open or request.is_merged):
        return f"{request.identity} was closed without being merged"
    path = f"{project}/merge_requests/{request.number:d}/commits"
    commits = api.pages(path, Commit, most=COMMITS_LIMIT)
    parts = within_limit([Part(Origin.COMMIT, c.id[:_SHORT], c.message) for c in commits])
    return to_change(request, Details(tuple(parts)))


def read_pushed(api: Api, project: str, event: PushEvent) -> list[CommitTold]:
    """Return the pushed first-parent commits as the API knows them, newest first, paths unknown.

    Raises ForgeError when there are more than PUSH_LIMIT.
    """
    query = {"ref_name": event.after, "first_parent": "true"}
    path = f"{project}/repository/commits"
    found = api.pages(path, ListedCommit, most=PUSH_LIMIT, **query)
    pushed = list(takewhile(lambda commit: commit.id != event.before, found))
    if len(pushed) == PUSH_LIMIT:
        raise ForgeError(f"more than {PUSH_LIMIT} commits were pushed, and no more are read")
    return [to_commit(commit) for commit in pushed]


def to_commit(listed: ListedCommit) -> CommitTold:
    """Return a commit of the API as git would have told of it."""
    return CommitTold(
        sha=listed.id,
        parents=listed.parent_ids,
        author_name=listed.author_name,
        author_mail=listed.author_email,
        committed=to_day(listed.committed_date),
        message=listed.message.encode("utf-8", "replace"),
    )


def _author(api: Api, user: User | None) -> Author:
    """Return who wrote a request; an account is a bot only by GitLab's own word."""
    if user is None:
        return Author()
    told = is_bot(user, lambda path: api.get(path, User))
    return Author(name=user.username, login=user.username, is_bot=told)


def is_bot(user: User, read: Callable[[str], User]) -> bool:
    """Tell whether an account is a bot by GitLab's word; it is asked where the name sounds so.

    `read` returns what stands at a path; where nobody may see that, the account is a person's.
    """
    if not _BOT.search(user.username):
        return False
    try:
        told = read(f"/users/{user.id:d}")
    except ApiError as error:
        if error.status not in REFUSED:
            raise
        return False
    return told.bot and told.username == user.username


def _count(told: str | None) -> int:
    """Return how many files there are; 0 when nobody knows, as for `1000+`."""
    return int(told) if told and told.isascii() and told.isdigit() and len(told) < 7 else 0


def _changed(file: Diff) -> ChangedFile:
    is_known = not (file.collapsed or file.too_large or file.diff.startswith(_BINARY))
    former = file.old_path if file.old_path != file.new_path else ""
    return ChangedFile(file.new_path, former, file.diff if is_known else "", is_known)


def _count_lines(patch: str) -> int:
    return sum(line.startswith(("+", "-")) for line in patch.split("\n"))
