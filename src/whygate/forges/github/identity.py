"""Tell what is ours at GitHub: as whom a token writes, and whether a text is the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

from whygate.forges.github.api import ApiError

if TYPE_CHECKING:
    from whygate.forges.github.api import Api
    from whygate.forges.github.json_object import Record

BOT = "github-actions[bot]"  # who the job's own token is, which may not ask for itself
_BOT_MARK = "[bot]"


def find_login(api: Api) -> str:
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


def is_by(user: Record, login: str) -> bool:
    """Tell whether an author is that login; an app is one only by GitHub's word."""
    is_app = login.endswith(_BOT_MARK)
    return user.text("login") == login and (user.text("type") == "Bot" or not is_app)


def is_same_text(old: str, new: str) -> bool:
    """Tell whether two texts are one to a reader: GitHub may keep other line ends."""
    return old.replace("\r\n", "\n").strip() == new.strip()
