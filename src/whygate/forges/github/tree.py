"""Turn the files of one commit, read through the GitHub API, into a tree."""

from __future__ import annotations

import base64
import binascii
import re
from typing import TYPE_CHECKING

from msgspec import Struct, field

from whygate.errors import InputError, UndecidedError

if TYPE_CHECKING:
    from whygate.forges.github.api import Api
    from whygate.forges.github.json_object import Record

_HASH = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_PLAIN_FILES = ("100644", "100755")
_DIRECTORY = "tree"
_SUBMODULE = "commit"


class ApiTree(Struct, frozen=True):
    """The files of the commit `sha` of `repository` (`owner/name`).

    As with git itself, links are refused and submodules are no files. Git's tree objects are
    read and not the contents API, which follows links and cuts long directories. Raises
    ApiError when GitHub does not answer.
    """

    api: Api
    repository: str
    sha: str
    _listed: dict[str, dict[str, Record]] = field(default_factory=dict)

    def list_files(self, directory: str) -> tuple[str, ...]:
        """Return the names in a directory of the commit; one that is absent has none."""
        entries = self._list(directory)
        kinds = (_DIRECTORY, _SUBMODULE)
        return tuple(sorted(n for n, e in entries.items() if e.text("type") not in kinds))

    def read_bytes(self, path: str, *, limit: int) -> bytes | None:
        """Return the bytes of a plain file of the commit, None when it is absent."""
        directory, _, name = path.rpartition("/")
        entry = self._list(directory).get(name)
        if entry is None:
            return None
        if entry.text("mode") not in _PLAIN_FILES:
            raise InputError(f"`{path}` in {self.sha} is not a plain file")
        if entry.number("size") > limit:
            raise InputError(f"`{path}` in {self.sha} is larger than {limit} bytes")
        return self._read_blob(entry.text("sha"), path)

    def _list(self, directory: str) -> dict[str, Record]:
        """Return the entries of a directory by name, found from the top step by step."""
        if directory not in self._listed:
            sha = self._find_directory(directory)
            self._listed[directory] = {} if sha is None else self._read_tree(sha)
        return self._listed[directory]

    def _find_directory(self, directory: str) -> str | None:
        if not directory:
            return self.sha
        parent, _, name = directory.rpartition("/")
        entry = self._list(parent).get(name)
        if entry is None or entry.text("type") != _DIRECTORY:
            return None
        return entry.text("sha")

    def _read_tree(self, sha: str) -> dict[str, Record]:
        found = self.api.get(f"/repos/{self.repository}/git/trees/{_require_hash(sha)}")
        if found.flag("truncated"):
            raise UndecidedError(f"GitHub does not list all files of {self.sha}")
        return {entry.text("path"): entry for entry in found.records("tree")}

    def _read_blob(self, sha: str, path: str) -> bytes:
        found = self.api.get(f"/repos/{self.repository}/git/blobs/{_require_hash(sha)}")
        try:
            if found.text("encoding") == "base64":
                return base64.b64decode(found.text("content"))
        except (binascii.Error, ValueError):
            pass
        raise UndecidedError(f"GitHub did not give the content of `{path}`")


def _require_hash(sha: str) -> str:
    if not _HASH.fullmatch(sha):
        raise UndecidedError("GitHub named a git object that is no hash")
    return sha
