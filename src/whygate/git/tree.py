"""Turn checked-out files, or the files of one commit, into one way to list and read them."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from msgspec import Struct, field

from whygate.errors import InputError

if TYPE_CHECKING:
    from whygate.git.git import Git, TreeEntry

_GIT = ".git"


class Tree(Protocol):
    """Files below one top; paths count from it, with `/` between the steps."""

    def list_files(self, directory: str) -> tuple[str, ...]:
        """Return the sorted names in a directory (empty: the top) that are no directories."""
        ...

    def read_bytes(self, path: str, *, limit: int) -> bytes | None:
        """Return a file's bytes, None when absent; InputError when unfit or above `limit`."""
        ...


class Worktree(Struct, frozen=True):
    """The checked-out files below `root`; what a link reaches outside of it is refused."""

    root: Path

    def list_files(self, directory: str) -> tuple[str, ...]:
        """Return the names in a directory; one that is absent or outside has none."""
        if not _is_inside(self.root, directory):
            return ()
        try:
            with os.scandir(self.root / directory) as entries:
                return tuple(sorted(entry.name for entry in entries if not _is_directory(entry)))
        except OSError:
            return ()

    def read_bytes(self, path: str, *, limit: int) -> bytes | None:
        """Return the bytes of a regular file inside the root, None when it is absent."""
        if not _is_inside(self.root, path):
            raise InputError(f"`{path}` leads out of the repository", hint="move the file into it")
        full = self.root / path
        try:
            if not stat.S_ISREG(full.stat().st_mode):
                raise InputError(f"`{path}` is not a plain file")
            with full.open("rb") as stream:
                data = stream.read(limit + 1)
        except (FileNotFoundError, NotADirectoryError):
            if full.is_symlink():
                raise InputError(f"`{path}` is a link that leads nowhere") from None
            return None
        except OSError as err:
            raise InputError(f"`{path}` cannot be read: {err.strerror}") from err
        if len(data) > limit:
            raise InputError(f"`{path}` is larger than {limit} bytes")
        return data


class CommitTree(Struct, frozen=True, eq=False):
    """The files of the commit `rev`; links are refused, because git does not follow them.

    Each directory is listed once, and none that its parent does not hold.
    """

    git: Git
    rev: str
    _listed: dict[str, dict[str, TreeEntry]] = field(default_factory=dict)

    def list_files(self, directory: str) -> tuple[str, ...]:
        """Return the names in a directory of the commit; one that is absent has none."""
        return tuple(name for name, entry in self._list(directory).items() if entry.is_file)

    def read_bytes(self, path: str, *, limit: int) -> bytes | None:
        """Return the bytes of a plain file of the commit, None when it is absent."""
        from whygate.git.git import require_path  # noqa: PLC0415  (a hook has its files)

        require_path(path)
        directory, _, name = path.rpartition("/")
        entry = self._list(directory).get(name)
        return None if entry is None else self.git.read_entry(self.rev, path, entry, limit=limit)

    def _list(self, directory: str) -> dict[str, TreeEntry]:
        """Return the entries of a directory by name, found from the top step by step."""
        if directory not in self._listed:
            is_there = not directory or self._holds(directory)
            found = self.git.list_directory(self.rev, directory) if is_there else {}
            self._listed[directory] = found
        return self._listed[directory]

    def _holds(self, directory: str) -> bool:
        parent, _, name = directory.rpartition("/")
        entry = self._list(parent).get(name)
        return entry is not None and entry.is_directory


def read_text(tree: Tree, path: str, *, limit: int) -> str | None:
    """Return the text of a UTF-8 file without a byte order mark, None when it is absent.

    Raises InputError when it is unfit to read, larger than `limit` bytes, or not UTF-8.
    """
    data = tree.read_bytes(path, limit=limit)
    if data is None:
        return None
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as err:
        line = data.count(b"\n", 0, err.start) + 1
        raise InputError(f"`{path}` is not UTF-8 in line {line}", hint="save it as UTF-8") from err


def _is_directory(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link to itself: listed, so that reading it gives the reason
        return False


def _is_inside(root: Path, path: str) -> bool:
    """Tell whether `path` stays below `root`, links followed, and out of git's own directory.

    git's directory may hold credentials, which a link could make us quote.
    """
    if "\0" in path or path.startswith("/"):
        return False
    top = os.path.realpath(root)
    real = os.path.realpath(root / path)
    if real != top and not real.startswith(top.rstrip(os.sep) + os.sep):
        return False
    return _GIT not in Path(real[len(top) :].lower()).parts
