"""Turn a text into the one comment that is ours below a pull request."""

from __future__ import annotations

from typing import TYPE_CHECKING

from whygate.sources.github_api import ApiError

if TYPE_CHECKING:
    from whygate.sources.github_api import Api
    from whygate.sources.record import Record

BOT = "github-actions[bot]"  # who the job's own token is, which may not ask for itself
_COMMENTS_LIMIT = 3_000
_BOT_MARK = "[bot]"


def publish_comment(
    api: Api, repository: str, number: int, *, marker: str, text: str, done: bool
) -> str:
    """Write `text` into our comment and return what was done: created, edited, kept or none.

    Ours is the first that begins with `marker` AND was written by the token's own identity: a
    stranger may copy the marker. When all is `done` no new comment is made. Raises ApiError
    when the token may not comment.
    """
    body = f"{marker}\n{text}"
    ours = _find(api, repository, number, marker)
    if ours is None:
        if done:
            return "none"
        api.send("POST", f"/repos/{repository}/issues/{number:d}/comments", {"body": body})
        return "created"
    if _same(ours.text("body"), body):
        return "kept"
    path = f"/repos/{repository}/issues/comments/{ours.number('id'):d}"
    api.send("PATCH", path, {"body": body})
    return "edited"


def _find(api: Api, repository: str, number: int, marker: str) -> Record | None:
    path = f"/repos/{repository}/issues/{number:d}/comments"
    marked = [
        comment
        for comment in api.pages(path, most=_COMMENTS_LIMIT)
        if comment.text("body").startswith(marker)
    ]
    if not marked:
        return None
    login = _identity(api)
    return next((c for c in marked if _is_by(c.record("user"), login)), None)


def _identity(api: Api) -> str:
    """Return the login the token writes as.

    A person's token may ask for its user. The token of a job or of another app may not, but
    GraphQL tells it who the viewer is; the job's own is the last resort.
    """
    try:
        return api.get("/user").text("login") or BOT
    except ApiError as error:
        if error.status not in (401, 403, 404):
            raise
    try:
        answer = api.graphql("query { viewer { login } }")
    except ApiError:
        return BOT
    return answer.record("data").record("viewer").text("login") or BOT


def _is_by(user: Record, login: str) -> bool:
    is_app = login.endswith(_BOT_MARK)
    return user.text("login") == login and (user.text("type") == "Bot" or not is_app)


def _same(old: str, new: str) -> bool:
    return old.replace("\r\n", "\n").strip() == new.strip()
