"""Turn a text into the one comment that is ours below a pull request."""

from __future__ import annotations

from typing import TYPE_CHECKING

from whygate.forges.github.identity import find_login, is_by, is_same_text

if TYPE_CHECKING:
    from whygate.forges.github.api import Api
    from whygate.forges.github.json_object import Record

_COMMENTS_LIMIT = 3_000


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
    if is_same_text(ours.text("body"), body):
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
    login = find_login(api)
    return next((c for c in marked if is_by(c.record("user"), login)), None)
