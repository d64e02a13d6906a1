"""The files of one commit as the API of a forge lists and sends them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, TypeVar

from msgspec import Struct

from whygate.errors import InputError
from whygate.forges.answers import HASH, blob_hash, decode_base64
from whygate.forges.port import ForgeError

if TYPE_CHECKING:
    from collections.abc import Iterable

PLAIN_FILES = ("100644", "100755")
DIRECTORY = "tree"
SUBMODULE = "commit"

Asker = TypeVar("Asker")


class Entry(Struct, frozen=True):
    """A name in a directory of a commit, with git's words for its `type` and `mode`.

    `id` is git's hash of its content, "" where a forge does not tell; so is `size` None.
    """

    name: str
    type: str
    mode: str
    id: str = ""
    size: int | None = None


class ForgeTree(Generic[Asker]):
    """The files of the commit `sha` of a repository, which the API names in its own way.

    As with git itself, links are refused and submodules are no files. Directories are listed from
    the top, step by step and once each, so that nothing which a token may not see looks like a
    file that is absent. What came must have the hash that its directory names. Each forge says in
    a class of its own how one directory is listed and one file is fetched; both raise ApiError
    when the forge does not answer.
    """

    forge = ""
    commit = HASH  # how the API names one

    def __init__(self, api: Asker, repository: str, sha: str) -> None:
        self.api = api
        self.repository = repository
        self.sha = sha
        self._listed: dict[str, dict[str, Entry]] = {}

    def list_directory(self, path: str, entry: Entry | None) -> Iterable[Entry]:
        """Return what a directory holds; `entry` is its own, None for the top."""
        raise NotImplementedError

    def fetch_file(self, path: str, entry: Entry) -> bytes:
        """Return the bytes of a plain file."""
        raise NotImplementedError

    def list_files(self, directory: str) -> tuple[str, ...]:
        """Return the names in a directory of the commit; one that is absent has none."""
        entries = self._list(directory)
        kinds = (DIRECTORY, SUBMODULE)
        return tuple(sorted(name for name, e in entries.items() if e.type not in kinds))

    def read_bytes(self, path: str, *, limit: int) -> bytes | None:
        """Return the bytes of a plain file of the commit, None when it is absent."""
        directory, _, name = path.rpartition("/")
        entry = self._list(directory).get(name)
        if entry is None:
            return None
        if entry.mode not in PLAIN_FILES:
            raise InputError(f"`{path}` in {self.sha} is not a plain file")
        is_large = entry.size is not None and entry.size > limit
        data = b"" if is_large else self.fetch_file(path, entry)
        if is_large or len(data) > limit:
            raise InputError(f"`{path}` in {self.sha} is larger than {limit} bytes")
        if entry.size not in (None, len(data)):
            raise ForgeError(
                f"{self.forge} did not send `{path}` as a whole: {len(data)} bytes came of "
                f"{entry.size}",
                hint="run the job again",
            )
        if entry.id and blob_hash(data, entry.id) != entry.id:
            raise ForgeError(
                f"what {self.forge} sent is not what `{path}` holds: its hash is another"
            )
        return data

    def _list(self, directory: str) -> dict[str, Entry]:
        if directory not in self._listed:
            self._listed[directory] = self._find(directory)
        return self._listed[directory]

    def _find(self, directory: str) -> dict[str, Entry]:
        if not self.commit.fullmatch(self.sha):
            raise ForgeError("a commit is named by what is no hash")
        entry = None
        if directory:
            parent, _, name = directory.rpartition("/")
            entry = self._list(parent).get(name)
            if entry is None or entry.type != DIRECTORY:
                return {}
        return {found.name: found for found in self.list_directory(directory, entry)}


def decode_file(forge: str, path: str, content: str, size: int | None) -> bytes:
    """Return the bytes of a file that came as base64; ForgeError unless it is whole."""
    try:
        return decode_base64(content, size)
    except ValueError as error:
        raise ForgeError(
            f"{forge} did not send `{path}` as a whole: {error}", hint="run the job again"
        ) from None
