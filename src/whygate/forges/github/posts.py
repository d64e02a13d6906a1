"""The one comment and the one issue that whygate keeps up to date, and which are ours."""

from __future__ import annotations

from typing import TYPE_CHECKING

from whygate.errors import UndecidedError
from whygate.forges.answers import Done
from whygate.forges.github.api import ApiError
from whygate.forges.github.shapes import Comment, Issue, Login, Viewer
from whygate.forges.port import Published

if TYPE_CHECKING:
    from whygate.forges.github.api import Api
    from whygate.forges.github.shapes import User
    from whygate.forges.port import IssueText

BOT = "github-actions[bot]"  # who the job's own token is, which may not ask for itself
COMMENT_HINT = "grant the job `pull-requests: write`, or leave `comment` off"
ISSUE_HINT = "grant the job `permissions:` with `issues: write`"
OFF_HINT = "turn on Issues in the settings of the repository, or leave `due-issue` off"
_BOT_MARK = "[bot]"
_COMMENTS_LIMIT = 3_000
_ISSUES_LIMIT = 3_000
_REFUSED = (401, 403, 404)
_GONE = 410  # "Issues are disabled for this repo"
_OPEN = "open"
_NONE = "none"


def publish_comment(
    api: Api, repository: str, number: int, *, marker: str, text: str, done: bool
) -> str:
    """Write `text` into our comment and return what was done: created, edited, kept or none.

    Ours is the first that begins with `marker` AND was written by the token's own identity: a
    stranger may copy the marker. When all is `done` no new comment is made. Raises ApiError
    when the token may not comment.
    """
    body = f"{marker}\n{text}"
    ours = _find_comment(api, repository, number, marker)
    if ours is None:
        if done:
            return _NONE
        api.send("POST", f"/repos/{repository}/issues/{number:d}/comments", {"body": body}, Done)
        return "created"
    if _is_same_text(ours.body, body):
        return "kept"
    api.send("PATCH", f"/repos/{repository}/issues/comments/{ours.id:d}", {"body": body}, Done)
    return "edited"


def publish_issue(api: Api, repository: str, *, marker: str, wanted: IssueText) -> Published:
    """Bring our issue up to date and return what was done.

    Ours is the oldest that begins with `marker` AND was written by the token's own identity: a
    stranger may copy the marker. It is open as long as there is something to do; what is ours
    besides, which two runs at one time may leave, is closed. Raises ApiError when the token may
    not write issues, UndecidedError when they cannot all be looked at.
    """
    try:
        return _publish_issue(api, repository, marker, wanted)
    except ApiError as error:
        if error.status in _REFUSED and "rate limit" not in error.message:
            raise ApiError(error.message, hint=ISSUE_HINT, status=error.status) from None
        if error.status == _GONE:
            raise ApiError(error.message, hint=OFF_HINT, status=error.status) from None
        raise


def _find_comment(api: Api, repository: str, number: int, marker: str) -> Comment | None:
    path = f"/repos/{repository}/issues/{number:d}/comments"
    marked = [
        comment
        for comment in api.pages(path, Comment, most=_COMMENTS_LIMIT)
        if comment.body.startswith(marker)
    ]
    if not marked:
        return None
    login = _find_login(api)
    return next((comment for comment in marked if _is_by(comment.user, login)), None)


def _publish_issue(api: Api, repository: str, marker: str, wanted: IssueText) -> Published:
    path = f"/repos/{repository}/issues"
    ours = _find_issues(api, path, marker)
    body = f"{marker}\n{wanted.text}"
    if not ours:
        if wanted.done:
            return Published(_NONE)
        made = api.send("POST", path, {"title": wanted.title, "body": body}, Issue)
        return Published("created", made.number)
    kept = ours[0]
    for double in ours[1:]:
        _close_double(api, path, double, kept.number)
    action = _update_issue(api, path, kept, wanted, body)
    return Published(action, kept.number if action != _NONE else 0)


def _find_issues(api: Api, path: str, marker: str) -> list[Issue]:
    """Return our issues, the oldest first; requests to merge are listed among them."""
    login = _find_login(api)
    found = api.pages(
        path, Issue, most=_ISSUES_LIMIT, state="all", creator=login, sort="created", direction="asc"
    )
    ours = [
        issue
        for issue in found
        if (issue.body or "").startswith(marker)
        and _is_by(issue.user, login)
        and issue.pull_request is None
    ]
    if not ours and len(found) == _ISSUES_LIMIT:
        raise UndecidedError(
            f"`{login}` has written more than {_ISSUES_LIMIT} issues: ours is not among the first",
            hint="leave the input `token` at its default",
        )
    return ours


def _update_issue(api: Api, path: str, ours: Issue, wanted: IssueText, body: str) -> str:
    here = f"{path}/{ours.number:d}"
    is_open = ours.state == _OPEN
    if wanted.done:
        if not is_open:
            return _NONE
        closed = {"body": body, "state": "closed", "state_reason": "completed"}
        api.send("PATCH", here, {"title": wanted.title, **closed}, Done)
        api.send("POST", f"{here}/comments", {"body": wanted.note}, Done)
        return "closed"
    is_same = _is_same_text(ours.body or "", body) and ours.title == wanted.title
    if is_open and is_same:
        return "kept"
    reopened = {} if is_open else {"state": _OPEN}
    api.send("PATCH", here, {"title": wanted.title, "body": body, **reopened}, Done)
    return "edited" if is_open else "reopened"


def _close_double(api: Api, path: str, double: Issue, number: int) -> None:
    if double.state == _OPEN:
        here = f"{path}/{double.number:d}"
        api.send("PATCH", here, {"state": "closed", "state_reason": "not_planned"}, Done)
        api.send("POST", f"{here}/comments", {"body": f"The list is in #{number:d}."}, Done)


def _find_login(api: Api) -> str:
    """Return the login the token writes as.

    A person's token may ask for its user. The token of a job or of another app may not, but
    GraphQL tells it who the viewer is; the job's own is the last resort.
    """
    try:
        return api.get("/user", Login).login
    except ApiError as error:
        if error.status not in _REFUSED:
            raise
    try:
        return api.graphql("query { viewer { login } }", Viewer).data.viewer.login
    except ApiError:
        return BOT


def _is_by(user: User | None, login: str) -> bool:
    """Tell whether an author is that login; an app is one only by GitHub's word."""
    is_app = login.endswith(_BOT_MARK)
    return user is not None and user.login == login and (user.type == "Bot" or not is_app)


def _is_same_text(old: str, new: str) -> bool:
    """Tell whether two texts are one to a reader: GitHub may keep other line ends."""
    return old.replace("\r\n", "\n").strip() == new.strip()
