"""A project through GitLab's API: its branches, and the files of a commit.

https://docs.gitlab.com/api/branches/ and https://docs.gitlab.com/api/repositories/
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from whygate.forges.gitlab.api import REFUSED, Api
from whygate.forges.gitlab.shapes import Blob, Branch, Named, TreeEntry
from whygate.forges.port import ForgeError
from whygate.forges.rest import ApiError
from whygate.forges.tree import Entry, ForgeTree, decode_file

if TYPE_CHECKING:
    from collections.abc import Iterable

_MOST_NAMES = 5_000  # of one directory


def find_tip(api: Api, project: str, branch: str) -> str:
    """Return the commit at the tip of a branch; empty when no token may read it."""
    try:
        path = f"{project}/repository/branches/{quote(branch, safe='')}"
        found = api.get(path, Branch)
    except ApiError as error:
        if error.status not in REFUSED:
            raise
        return ""
    if found.name != branch:
        raise ForgeError(f"GitLab sent the branch `{found.name}` when asked for `{branch}`")
    return found.commit.id


def find_fork(api: Api, project: str, base: str, head: str) -> str:
    """Return the merge base of two commits."""
    path = f"{project}/repository/merge_base?refs%5B%5D={base}&refs%5B%5D={head}"
    return api.get(path, Named).id


class ApiTree(ForgeTree[Api]):
    """The files of a commit of a project (`/projects/7`)."""

    forge = "GitLab"

    def list_directory(self, path: str, entry: Entry | None) -> Iterable[Entry]:  # noqa: ARG002
        """Return the entries of a directory, all its pages."""
        found = self.api.pages(
            f"{self.repository}/repository/tree",
            TreeEntry,
            most=_MOST_NAMES,
            ref=self.sha,
            **({"path": path} if path else {}),
        )
        if len(found) == _MOST_NAMES:
            raise ForgeError(f"`{path or '.'}` holds more names than are read from GitLab")
        return (Entry(e.name, e.type, e.mode, e.id) for e in found)

    def fetch_file(self, path: str, entry: Entry) -> bytes:
        """Return the bytes of a blob."""
        blob = self.api.get(f"{self.repository}/repository/blobs/{entry.id}", Blob)
        return decode_file(self.forge, path, blob.content, blob.size)
