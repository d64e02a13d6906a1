"""What is kept at GitLab after a merge: one issue about what is due, plans, and deployments.

https://docs.gitlab.com/api/issues/ and https://docs.gitlab.com/api/deployments/
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from whygate.errors import UndecidedError
from whygate.forges.answers import Done, to_utc
from whygate.forges.gitlab.api import read_time
from whygate.forges.gitlab.proposals import MergeRequests
from whygate.forges.gitlab.shapes import Deployed, MadeNote, Named, OurIssue, User
from whygate.forges.kept import LIMIT, Issues, Ours, append_new, retry
from whygate.forges.port import Deployment, Deployments

if TYPE_CHECKING:
    from collections.abc import Mapping

    from whygate.forges.gitlab.api import Api

ISSUE_HINT = (
    "keep a project access token (scope `api`, role Reporter or more) as the masked and protected "
    "variable WHYGATE_TOKEN, and let the project have issues"
)
LEDGER_HINT = (
    "give WHYGATE_TOKEN the scope `api` and a role that may push to the default branch (Settings > "
    "Repository > Protected branches), or leave `keep_plan` off"
)
NOTES_HINT = "let `keep_plan` be `ledger`"
_ISSUES_LIMIT = 3_000
_MOST_DEPLOYMENTS = 5_000  # in one run
# Else the commit would start a pipeline that has nothing to say.
_MESSAGE = "chore: keep the plans of merged changes\n\n[skip ci]"


class ProjectIssues(Issues):
    """Keeps our one issue of a project (`/projects/7`), which the project's own token wrote."""

    refusals = dict.fromkeys((401, 403, 404), ISSUE_HINT)

    def __init__(self, api: Api, project: str) -> None:
        self._api = api
        self._path = f"{project}/issues"

    def find_ours(self, marker: str) -> list[Ours]:
        """Return our issues, the oldest first."""
        viewer = self._api.ask_as_writer("/user", User)
        query = {"scope": "all", "order_by": "created_at", "sort": "asc"}
        found = self._api.pages(
            self._path, OurIssue, most=_ISSUES_LIMIT, author_id=viewer.id, **query
        )
        ours = [
            Ours(one.iid, one.title, one.description or "", one.state == "opened")
            for one in found
            if (one.description or "").startswith(marker)
            and one.author is not None
            and one.author.id == viewer.id
        ]
        if not ours and len(found) == _ISSUES_LIMIT:
            raise UndecidedError(
                f"`{viewer.username}` has written more than {_ISSUES_LIMIT} issues: ours is not "
                "among the first",
                hint="give WHYGATE_TOKEN a token that is for whygate alone",
            )
        return ours

    def open(self, title: str, text: str) -> int:
        """Open an issue, and return its number."""
        body = {"title": title, "description": text}
        return self._api.send("POST", self._path, body, OurIssue).iid

    def edit(self, issue: Ours, title: str, text: str) -> None:
        """Give an issue its title and text, and open it where it is closed."""
        reopened = {} if issue.is_open else {"state_event": "reopen"}
        body = {"title": title, "description": text, **reopened}
        self._api.send("PUT", f"{self._path}/{issue.number:d}", body, Done)

    def close(self, issue: Ours, note: str, *, wanted: tuple[str, str] | None) -> None:
        """Close an issue with a word; with the `wanted` title and text when it is done."""
        here = f"{self._path}/{issue.number:d}"
        body = {"state_event": "close"}
        if wanted is not None:
            body |= {"title": wanted[0], "description": wanted[1]}
        self._api.send("PUT", here, body, Done)
        self._api.send("POST", f"{here}/notes", {"body": note}, MadeNote)


def append_lines(api: Api, project: str, path: str, lines: Mapping[str, str]) -> int:
    """Append lines to a file of the default branch, and return how many were appended.

    A line whose key the file holds already is left out. GitLab refuses when somebody changed the
    file after it was read; then it is read again.
    """
    return retry(lambda: _append(api, project, path, lines), MergeRequests.moved)


def _append(api: Api, project: str, path: str, lines: Mapping[str, str]) -> int:
    home = MergeRequests(api, project)
    base, tip = home.find_base()
    known = home.files_at(tip).read_bytes(path, limit=LIMIT)
    data, count = append_new(known or b"", lines)
    if not count:
        return 0
    action = home.make_action(path, data, known, tip)
    body = {"branch": base, "commit_message": _MESSAGE, "actions": [action]}
    api.send("POST", f"{project}/repository/commits", body, Named)
    return count


def read_deployments(api: Api, project: str, environment: str, cursor: str) -> Deployments:
    """Return the deployments that succeeded, from a time on, the ones updated first first.

    One that is still running is updated when it is done, and so comes behind the cursor. That is
    a moment before the last one: GitLab keeps microseconds and tells milliseconds. Raises ApiError
    when the token may not read them, UndecidedError when there are too many.
    """
    after = {"updated_after": cursor} if cursor else {}
    query = {"environment": environment, "status": "success", "order_by": "updated_at"}
    found = api.pages(
        f"{project}/deployments", Deployed, most=_MOST_DEPLOYMENTS, sort="asc", **query, **after
    )
    if len(found) == _MOST_DEPLOYMENTS:
        raise UndecidedError(
            f"there are more than {_MOST_DEPLOYMENTS} new deployments to `{environment}`"
        )
    dated = [(read_time(one.updated_at), _read(one)) for one in found]
    if not dated:
        return Deployments(cursor)
    last = dated[-1][0]
    before = to_utc((datetime.fromisoformat(last) - timedelta(milliseconds=1)).isoformat())
    settled = tuple(one for when, one in dated if when <= before and when > cursor)
    return Deployments(before, settled, tuple(one for when, one in dated if when > before))


def _read(one: Deployed) -> Deployment:
    """Return a deployment with the day on which its job was done, or it was marked so by hand."""
    job = one.deployable
    done = (job.finished_at if job is not None else None) or one.updated_at
    return Deployment(one.sha, date.fromisoformat(read_time(done)[:10]))
