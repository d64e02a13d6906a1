"""The files that are checked out, or those of one commit, listed and read in one way."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from msgspec import Struct, field

from whygate.errors import InputError, UndecidedError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from whygate.git.run import Git, TreeEntry

SPARSE = "info/sparse-checkout"  # of each worktree's own directory (gitrepository-layout)

_GIT = ".git"
_PLAIN_MODES = (b"100644", b"100755")
_BLOB = b"blob"


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


class SparseTree(Struct, frozen=True, eq=False):
    """The files of a sparse checkout: those that are checked out, else those of the index.

    git leaves a part of the tree out of the worktree (git-sparse-checkout); what is not on disk
    is in the repository all the same. Each directory is listed once.
    """

    worktree: Worktree
    git: Git
    _left_out: dict[str, dict[str, tuple[bytes, str]]] = field(default_factory=dict)

    def list_files(self, directory: str) -> tuple[str, ...]:
        """Return the sorted names in a directory, checked out or left out."""
        return tuple(sorted({*self.worktree.list_files(directory), *self._find(directory)}))

    def read_bytes(self, path: str, *, limit: int) -> bytes | None:
        """Return the bytes of a plain file, None when it is absent from disk and index.

        Raises UndecidedError when it was left out of a partial clone as well.
        """
        data = self.worktree.read_bytes(path, limit=limit)
        directory, _, name = path.rpartition("/")
        if data is not None or name not in (left_out := self._find(directory)):
            return data
        mode, sha = left_out[name]
        if mode not in _PLAIN_MODES:
            raise InputError(f"`{path}` is not a plain file")
        try:
            size = int(self.git.run("cat-file", "-s", sha))
            if size > limit:
                raise InputError(f"`{path}` is larger than {limit} bytes")
            return self.git.run("cat-file", "blob", sha)
        except UndecidedError:
            raise UndecidedError(
                f"`{path}` is neither checked out nor in this partial clone",
                hint=f"`git sparse-checkout add {directory or '.'}` brings it",
            ) from None

    def _find(self, directory: str) -> dict[str, tuple[bytes, str]]:
        """Return the mode and the hash of each file that was left out of a directory."""
        if directory not in self._left_out:
            self._left_out[directory] = dict(self._read(directory))
        return self._left_out[directory]

    def _read(self, directory: str) -> Iterator[tuple[str, tuple[bytes, str]]]:
        if not directory and self._has_whole_top():
            return
        prefix = f"{directory}/" if directory else ""
        under = (prefix,) if prefix else ()
        listed = self.git.run("ls-files", "-t", "--stage", "-z", "--", *under)
        for row in listed.split(b"\0")[:-1]:
            about, _, path = row.partition(b"\t")
            tag, mode, sha, _ = about.split(b" ")
            name = os.fsdecode(path).removeprefix(prefix)
            if tag == b"S" and "/" not in name:  # skip-worktree (git-ls-files)
                yield name, (mode, sha.decode("ascii"))

    def _has_whole_top(self) -> bool:
        """Tell whether no file at the top was left out, as in cone mode (git-sparse-checkout)."""
        key = "core.sparseCheckoutCone"
        return self.git.config((key,)).get(key.lower(), "") == "true"


def is_sparse(git_dir: Path) -> bool:
    """Tell whether a worktree, by its own git directory, may be a sparse checkout."""
    return (git_dir / SPARSE).exists()


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
        from whygate.git.run import require_path  # noqa: PLC0415  (a hook has its files)

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
    return None if data is None else decode_text(data, path)


def decode_text(data: bytes, path: str) -> str:
    """Return the text of a UTF-8 file without a byte order mark; raises InputError for another."""
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


def read_objects(git: Git, names: Sequence[str], *, limit: int) -> dict[str, bytes]:
    """Return the bytes of the files that `names` mean, by name.

    A name is a hash, or `<hash>:<path>`, without a line feed (git-cat-file, `--batch`). What is
    absent, is no file, or holds more than `limit` bytes is left out.
    """
    if not names:
        return {}
    told = git.run("cat-file", "--batch-check", input=_lines(names)).splitlines()
    blobs = {
        name: fields[0].decode("ascii")
        for name, row in zip(names, told, strict=True)
        if _is_fit(fields := row.split(b" "), limit)
    }
    if not blobs:
        return {}
    wanted = list(dict.fromkeys(blobs.values()))
    contents = dict(_split(git.run("cat-file", "--batch", input=_lines(wanted))))
    return {name: contents[blob] for name, blob in blobs.items() if blob in contents}


def _is_fit(fields: list[bytes], limit: int) -> bool:
    """Tell whether `<hash> <type> <size>` is a file of a bearable size."""
    return len(fields) == 3 and fields[1] == _BLOB and int(fields[2]) <= limit


def _lines(names: Sequence[str]) -> bytes:
    return "".join(f"{name}\n" for name in names).encode("utf-8", "surrogateescape")


def _split(data: bytes) -> Iterator[tuple[str, bytes]]:
    """Yield (hash, bytes) for each `<hash> <type> <size>`, line feed, bytes, line feed."""
    start = 0
    while (end := data.find(b"\n", start)) > 0:
        sha, kind, size = data[start:end].split(b" ")
        content = data[end + 1 : end + 1 + int(size)]
        start = end + 2 + int(size)
        if kind == _BLOB:
            yield sha.decode("ascii"), content
