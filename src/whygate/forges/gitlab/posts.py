"""What whygate keeps up to date at GitLab: one note, one issue, one merge request, and plans.

https://docs.gitlab.com/api/notes/, https://docs.gitlab.com/api/issues/ and
https://docs.gitlab.com/api/merge_requests/
"""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING
from urllib.parse import quote

from whygate.errors import UndecidedError
from whygate.forges.answers import Done
from whygate.forges.gitlab.merge_request import NOTES_LIMIT
from whygate.forges.gitlab.repository import ApiTree, find_fork, find_tip
from whygate.forges.gitlab.shapes import (
    Difference,
    FileAt,
    MadeNote,
    Named,
    Note,
    OurIssue,
    Project,
    ProposedRequest,
    User,
)
from whygate.forges.kept import LIMIT, Comments, Issues, Ours, Proposals, append_new, retry
from whygate.forges.port import ForgeError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from whygate.forges.gitlab.api import Api
    from whygate.forges.kept import Step
    from whygate.forges.port import Files, Proposed

_MOST_FILES = 1_000  # that GitLab may list of a comparison
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
# Else the commit would start a pipeline that has nothing to say.
_MESSAGE = "chore: keep the plans of merged changes\n\n[skip ci]"


class RequestNotes(Comments):
    """Keeps our one note below a merge request of a project (`/projects/7`)."""

    def __init__(self, api: Api, project: str, number: int) -> None:
        self._api = api
        self._path = f"{project}/merge_requests/{number:d}/notes"

    def find_ours(self, marker: str) -> Ours | None:
        """Return our note, which the token's own user wrote."""
        viewer = self._api.ask_as_writer("/user", User)
        notes = self._api.pages(
            self._path, Note, most=NOTES_LIMIT, sort="asc", order_by="created_at"
        )
        ours = (
            Ours(note.id, "", note.body)
            for note in notes
            if note.body.startswith(marker)
            and note.author is not None
            and note.author.id == viewer.id
        )
        return next(ours, None)

    def write(self, text: str) -> None:
        """Write a note."""
        self._api.send("POST", self._path, {"body": text}, MadeNote)

    def edit(self, comment: Ours, text: str) -> None:
        """Give our note its text."""
        self._api.send("PUT", f"{self._path}/{comment.number:d}", {"body": text}, MadeNote)


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


class MergeRequests(Proposals):
    """Keeps our one merge request of a project (`/projects/7`)."""

    mark = "!"
    hint = (
        "keep a project access token (scope `api`, role Developer) as the masked and protected "
        "variable WHYGATE_TOKEN; the token of a job may not write"
    )
    moved = (400, 409)  # "The file has changed since you started editing it", and a branch's twin

    def __init__(self, api: Api, project: str) -> None:
        self._api = api
        self._project = project

    def find_base(self) -> tuple[str, str]:
        """Return the name of the default branch, and the commit at its tip."""
        base = self._api.get(self._project, Project).default_branch or ""
        tip = find_tip(self._api, self._project, base) if base else ""
        if not tip:
            raise ForgeError("GitLab shows no default branch of this project", hint=self.hint)
        return base, tip

    def find_head(self, branch: str) -> str:
        """Return the commit at the tip of our branch, "" without one."""
        return find_tip(self._api, self._project, branch)

    def find_open(self, base: str, branch: str) -> Ours | None:
        """Return the open merge request from our branch of this very project, not of a fork."""
        query = {"state": "opened", "scope": "all", "source_branch": branch, "target_branch": base}
        path = f"{self._project}/merge_requests"
        found = self._api.pages(path, ProposedRequest, most=100, **query)
        return next(
            (
                Ours(one.iid, one.title, one.description or "")
                for one in found
                if one.source_project_id == one.target_project_id
                and (one.source_branch, one.target_branch) == (branch, base)
            ),
            None,
        )

    def list_changed(self, tip: str, head: str) -> tuple[tuple[str, ...], bool]:
        """Return the names of what our branch changes, and whether these are all."""
        query = {"from": tip, "to": head}
        found = self._api.get(f"{self._project}/repository/compare", Difference, **query)
        names = (name for one in found.diffs for name in (one.old_path, one.new_path))
        return tuple(names), len(found.diffs) < _MOST_FILES and not found.compare_timeout

    def files_at(self, sha: str) -> Files:
        """Return the files of a commit."""
        return ApiTree(self._api, self._project, sha)

    def write(self, wanted: Proposed, step: Step) -> None:
        """Put a commit on our branch, or let it begin anew on the tip of the default branch.

        It goes forward where git can merge it: where the default branch holds the file as it was
        when ours left it. GitLab then refuses if somebody changed the file on our branch after it
        was read. Else git would not know whose lines come first, and our lines are put behind
        those that came.
        """
        body: dict[str, object] = {"branch": wanted.branch, "commit_message": wanted.message}
        goes_forward = step.is_open and self._at_fork(wanted, step) == step.old
        if goes_forward:
            action = self.make_action(wanted.path, step.new, step.brought, step.head)
        else:
            action = self.make_action(wanted.path, step.new, step.old, step.tip)
            body |= {"start_sha": step.tip, "force": bool(step.head)}
        path = f"{self._project}/repository/commits"
        self._api.send("POST", path, body | {"actions": [action]}, Named)

    def open(self, wanted: Proposed, base: str) -> int:
        """Open the merge request, and return its number."""
        body = {"source_branch": wanted.branch, "target_branch": base, "remove_source_branch": True}
        body |= {"title": wanted.title, "description": wanted.text}
        path = f"{self._project}/merge_requests"
        return self._api.send("POST", path, body, ProposedRequest).iid

    def edit(self, number: int, wanted: Proposed) -> None:
        """Give our merge request its title and text."""
        body = {"title": wanted.title, "description": wanted.text}
        self._api.send("PUT", f"{self._project}/merge_requests/{number:d}", body, Done)

    def close(self, number: int) -> None:
        """Close our merge request."""
        path = f"{self._project}/merge_requests/{number:d}"
        self._api.send("PUT", path, {"state_event": "close"}, Done)

    def _at_fork(self, wanted: Proposed, step: Step) -> bytes | None:
        fork = find_fork(self._api, self._project, step.tip, step.head)
        return self.files_at(fork).read_bytes(wanted.path, limit=LIMIT)

    def make_action(
        self, path: str, new: bytes, known: bytes | None, sha: str
    ) -> dict[str, object]:
        """Return what makes a file of the commit `sha`, which is `known`, the new one.

        GitLab refuses it (400) when another commit changed the file since.
        """
        action: dict[str, object] = {
            "action": "create" if known is None else "update",
            "file_path": path,
            "content": base64.b64encode(new).decode("ascii"),
            "encoding": "base64",
        }
        if known is not None:
            file = f"{self._project}/repository/files/{quote(path, safe='')}"
            action["last_commit_id"] = self._api.get(file, FileAt, ref=sha).last_commit_id
        return action


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
