"""The one comment and the one issue that whygate keeps up to date, and which are ours."""

from __future__ import annotations

from typing import TYPE_CHECKING

from whygate.errors import UndecidedError
from whygate.forges.answers import Done
from whygate.forges.github.api import ApiError
from whygate.forges.github.shapes import Comment, Issue, Login, Viewer
from whygate.forges.kept import Issues, Ours, plain

if TYPE_CHECKING:
    from whygate.forges.github.api import Api
    from whygate.forges.github.shapes import User

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
    if plain(ours.body) == plain(body):
        return "kept"
    api.send("PATCH", f"/repos/{repository}/issues/comments/{ours.id:d}", {"body": body}, Done)
    return "edited"


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


class RepositoryIssues(Issues):
    """Keeps our one issue of a repository (`owner/name`)."""

    refusals = dict.fromkeys(_REFUSED, ISSUE_HINT) | {_GONE: OFF_HINT}

    def __init__(self, api: Api, repository: str) -> None:
        self._api = api
        self._path = f"/repos/{repository}/issues"

    def find_ours(self, marker: str) -> list[Ours]:
        """Return our issues, the oldest first; requests to merge are listed among them."""
        login = _find_login(self._api)
        query = {"state": "all", "creator": login, "sort": "created", "direction": "asc"}
        found = self._api.pages(self._path, Issue, most=_ISSUES_LIMIT, **query)
        ours = [
            Ours(issue.number, issue.title, issue.body or "", issue.state == _OPEN)
            for issue in found
            if (issue.body or "").startswith(marker)
            and _is_by(issue.user, login)
            and issue.pull_request is None
        ]
        if not ours and len(found) == _ISSUES_LIMIT:
            raise UndecidedError(
                f"`{login}` has written more than {_ISSUES_LIMIT} issues: ours is not among the "
                "first",
                hint="leave the input `token` at its default",
            )
        return ours

    def open(self, title: str, text: str) -> int:
        """Open an issue, and return its number."""
        return self._api.send("POST", self._path, {"title": title, "body": text}, Issue).number

    def edit(self, issue: Ours, title: str, text: str) -> None:
        """Give an issue its title and text, and open it where it is closed."""
        reopened = {} if issue.is_open else {"state": _OPEN}
        body = {"title": title, "body": text, **reopened}
        self._api.send("PATCH", f"{self._path}/{issue.number:d}", body, Done)

    def close(self, issue: Ours, note: str, *, wanted: tuple[str, str] | None) -> None:
        """Close an issue with a word; with the `wanted` title and text when it is done."""
        here = f"{self._path}/{issue.number:d}"
        body = {"state": "closed", "state_reason": "completed" if wanted else "not_planned"}
        if wanted is not None:
            body |= {"title": wanted[0], "body": wanted[1]}
        self._api.send("PATCH", here, body, Done)
        self._api.send("POST", f"{here}/comments", {"body": note}, Done)


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
