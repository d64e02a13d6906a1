"""A project through GitLab's API: its branches, and the files of a commit.

https://docs.gitlab.com/api/branches/ and https://docs.gitlab.com/api/repositories/
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from msgspec import Struct, field

from whygate.errors import InputError
from whygate.forges.answers import HASH, blob_hash, decode_base64
from whygate.forges.gitlab.api import REFUSED
from whygate.forges.gitlab.shapes import Blob, Branch, Named, TreeEntry
from whygate.forges.port import ForgeError
from whygate.forges.rest import ApiError

if TYPE_CHECKING:
    from whygate.forges.gitlab.api import Api

PLAIN_FILES = ("100644", "100755")
_DIRECTORY = "tree"
_SUBMODULE = "commit"
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


class ApiTree(Struct, frozen=True):
    """The files of the commit `sha`; links are refused and submodules are no files.

    Directories are listed from the top, step by step, so that nothing which a token may not see
    looks like a file that is absent. Raises ApiError when GitLab does not answer.
    """

    api: Api
    project: str
    sha: str
    _listed: dict[str, dict[str, TreeEntry]] = field(default_factory=dict)

    def list_files(self, directory: str) -> tuple[str, ...]:
        """Return the names in a directory of the commit; one that is absent has none."""
        entries = self._list(directory)
        kinds = (_DIRECTORY, _SUBMODULE)
        return tuple(sorted(name for name, e in entries.items() if e.type not in kinds))

    def read_bytes(self, path: str, *, limit: int) -> bytes | None:
        """Return the bytes of a plain file of the commit, None when it is absent."""
        directory, _, name = path.rpartition("/")
        entry = self._list(directory).get(name)
        if entry is None:
            return None
        if entry.mode not in PLAIN_FILES:
            raise InputError(f"`{path}` in {self.sha} is not a plain file")
        blob = self.api.get(f"{self.project}/repository/blobs/{entry.id}", Blob)
        if blob.size > limit:
            raise InputError(f"`{path}` in {self.sha} is larger than {limit} bytes")
        try:
            data = decode_base64(blob.content, blob.size)
        except ValueError as error:
            raise ForgeError(f"GitLab did not send `{path}` as a whole: {error}") from None
        if blob_hash(data, entry.id) != entry.id:
            raise ForgeError(f"what GitLab sent is not what `{path}` holds: its hash is another")
        return data

    def _list(self, directory: str) -> dict[str, TreeEntry]:
        if directory not in self._listed:
            self._listed[directory] = self._read(directory)
        return self._listed[directory]

    def _read(self, directory: str) -> dict[str, TreeEntry]:
        if not HASH.fullmatch(self.sha):
            raise ForgeError("a commit is named by what is no hash")
        if directory:
            parent, _, name = directory.rpartition("/")
            entry = self._list(parent).get(name)
            if entry is None or entry.type != _DIRECTORY:
                return {}
        found = self.api.pages(
            f"{self.project}/repository/tree",
            TreeEntry,
            most=_MOST_NAMES,
            ref=self.sha,
            **({"path": directory} if directory else {}),
        )
        if len(found) == _MOST_NAMES:
            raise ForgeError(f"`{directory or '.'}` holds more names than are read from GitLab")
        return {entry.name: entry for entry in found}
