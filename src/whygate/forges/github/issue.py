"""Turn a text into the one issue of a repository that is ours."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from whygate.errors import UndecidedError
from whygate.forges.github.api import ApiError
from whygate.forges.github.identity import find_login, is_by, is_same_text

if TYPE_CHECKING:
    from whygate.forges.github.api import Api
    from whygate.forges.github.json_object import Record

ISSUE_HINT = "grant the job `permissions:` with `issues: write`"
OFF_HINT = "turn on Issues in the settings of the repository, or leave `due-issue` off"
_ISSUES_LIMIT = 3_000
_REFUSED = (401, 403, 404)
_GONE = 410  # "Issues are disabled for this repo"
_OPEN = "open"
_NONE = "none"


class IssueText(Struct, frozen=True):
    """What the issue is to say; `done` when there is nothing to do, and `note` says so."""

    title: str
    text: str
    done: bool
    note: str


class Published(Struct, frozen=True):
    """What was done: created, edited, kept, reopened, closed or none; `number` is 0 for none."""

    action: str
    number: int = 0


def publish_issue(api: Api, repository: str, *, marker: str, wanted: IssueText) -> Published:
    """Bring our issue up to date and return what was done.

    Ours is the oldest that begins with `marker` AND was written by the token's own identity: a
    stranger may copy the marker. It is open as long as there is something to do; what is ours
    besides, which two runs at one time may leave, is closed. Raises ApiError when the token may
    not write issues, UndecidedError when they cannot all be looked at.
    """
    try:
        return _publish(api, repository, marker, wanted)
    except ApiError as error:
        if error.status in _REFUSED and "rate limit" not in error.message:
            raise ApiError(error.message, hint=ISSUE_HINT, status=error.status) from None
        if error.status == _GONE:
            raise ApiError(error.message, hint=OFF_HINT, status=error.status) from None
        raise


def _publish(api: Api, repository: str, marker: str, wanted: IssueText) -> Published:
    path = f"/repos/{repository}/issues"
    ours = _find_all(api, path, marker)
    body = f"{marker}\n{wanted.text}"
    if not ours:
        if wanted.done:
            return Published(_NONE)
        made = api.send("POST", path, {"title": wanted.title, "body": body})
        return Published("created", made.number("number"))
    kept = ours[0]
    for double in ours[1:]:
        _close_double(api, path, double, kept.number("number"))
    action = _update(api, path, kept, wanted, body)
    return Published(action, kept.number("number") if action != _NONE else 0)


def _find_all(api: Api, path: str, marker: str) -> list[Record]:
    """Return our issues, the oldest first; requests to merge are listed among them."""
    login = find_login(api)
    found = api.pages(
        path, most=_ISSUES_LIMIT, state="all", creator=login, sort="created", direction="asc"
    )
    ours = [
        issue
        for issue in found
        if issue.text("body").startswith(marker)
        and is_by(issue.record("user"), login)
        and "pull_request" not in issue.values
    ]
    if not ours and len(found) == _ISSUES_LIMIT:
        raise UndecidedError(
            f"`{login}` has written more than {_ISSUES_LIMIT} issues: ours is not among the first",
            hint="leave the input `token` at its default",
        )
    return ours


def _update(api: Api, path: str, ours: Record, wanted: IssueText, body: str) -> str:
    here = f"{path}/{ours.number('number'):d}"
    is_open = ours.text("state") == _OPEN
    if wanted.done:
        if not is_open:
            return _NONE
        closed = {"body": body, "state": "closed", "state_reason": "completed"}
        api.send("PATCH", here, {"title": wanted.title, **closed})
        api.send("POST", f"{here}/comments", {"body": wanted.note})
        return "closed"
    is_same = is_same_text(ours.text("body"), body) and ours.text("title") == wanted.title
    if is_open and is_same:
        return "kept"
    reopened = {} if is_open else {"state": _OPEN}
    api.send("PATCH", here, {"title": wanted.title, "body": body, **reopened})
    return "edited" if is_open else "reopened"


def _close_double(api: Api, path: str, double: Record, number: int) -> None:
    if double.text("state") == _OPEN:
        here = f"{path}/{double.number('number'):d}"
        api.send("PATCH", here, {"state": "closed", "state_reason": "not_planned"})
        api.send("POST", f"{here}/comments", {"body": f"The list is in #{number:d}."})
