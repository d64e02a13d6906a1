"""The one merge request that brings lines for a file.

https://docs.gitlab.com/api/commits/#create-a-commit-with-multiple-files-and-actions
"""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING
from urllib.parse import quote

from whygate.forges.answers import Done
from whygate.forges.gitlab.repository import ApiTree, find_fork, find_tip
from whygate.forges.gitlab.shapes import Difference, FileAt, Named, Project, ProposedRequest
from whygate.forges.kept import LIMIT, Ours, Proposals
from whygate.forges.port import ForgeError

if TYPE_CHECKING:
    from whygate.forges.gitlab.api import Api
    from whygate.forges.kept import Step
    from whygate.forges.port import Files, Proposed

_MOST_FILES = 1_000  # that GitLab may list of a comparison


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
