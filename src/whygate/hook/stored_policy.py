"""Keep the policy that the last commit was judged by, for as long as it is certainly the same.

Beside the policy stands what was in each file and directory it was made from; it counts only
while all of that is still so, for the same code, directory and repository. Its first line is
what a message that plainly passes needs (`whygate.hook.quick`), its second the whole policy.

This module is loaded by every commit, so it loads nothing that Python has not loaded itself.
"""

from __future__ import annotations

import os
import sys

from whygate.version import __version__
from whygate.world.kept import POLICIES, place_in_cache, read_own, write_own

# The module `typing` costs 8 ms to import; type checkers know this name.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from whygate.git.tree import Tree
    from whygate.policy.policy import Policy

VERSION = 4
_LIMIT = 4 << 20
_REGULAR, _KIND = 0o100000, 0o170000


class Stored:
    """What is stored for a directory: the `plan` (None: there is none), the `policy` as JSON."""

    def __init__(self, plan: object, policy: bytes) -> None:
        self.plan = plan
        self.policy = policy


class RecordingTree:
    """A tree that remembers which directories and files it was asked for, and what it found.

    `absent` are other files that must not be there.
    """

    def __init__(self, tree: Tree, root: str, *, absent: tuple[str, ...] = ()) -> None:
        self.tree = tree
        self.root = root
        self._names: dict[str, list[str] | None] = {}
        self._files: dict[str, str | None] = dict.fromkeys(absent)

    def list_files(self, directory: str) -> tuple[str, ...]:
        """Return the sorted names in a directory that are no directories."""
        full = os.path.join(self.root, directory)
        self._names[full] = list_names(full)
        return self.tree.list_files(directory)

    def read_bytes(self, path: str, *, limit: int) -> bytes | None:
        """Return a file's bytes, None when absent; raises InputError as the tree does."""
        data = self.tree.read_bytes(path, limit=limit)
        found = None if data is None else data.decode("utf-8", "surrogateescape")
        self._files[os.path.join(self.root, path)] = found
        return data

    def inputs(self) -> list[list[object]]:
        """Return what was looked at, as it is stored."""
        known: list[list[object]] = [["names", path, found] for path, found in self._names.items()]
        known += [["file", path, found] for path, found in self._files.items()]
        return known

    def is_unchanged(self) -> bool:
        """Tell whether the directories still have the names they had when they were listed."""
        return all(list_names(path) == names for path, names in self._names.items())


def read_stored(environ: Mapping[str, str], directory: str) -> Stored | None:
    """Return what is stored for a directory if everything it was made from is unchanged.

    Raises OSError, ValueError or RecursionError for a file that cannot be read.
    """
    path = store_path(environ, directory)
    data = read_own(path) if path is not None else None
    if data is None:
        return None
    import json  # noqa: PLC0415  (with `re` 9 ms, and only where something is stored)

    head, _, policy = data.partition(b"\n")
    found = json.loads(head)
    if not isinstance(found, dict) or found.get("key") != _key(environ, directory):
        return None
    inputs = found.get("inputs")
    if not isinstance(inputs, list) or not all(map(_is_unchanged, inputs)):
        return None
    return Stored(found.get("plan"), policy)


def store_policy(
    policy: Policy,
    plan: Mapping[str, object] | None,
    tree: RecordingTree,
    environ: Mapping[str, str],
    directory: str,
) -> None:
    """Store a policy for the next commit; one that cannot be stored is no loss.

    `plan` is what `hook.quick.compile_plan` makes of it, so that plain messages pass at once.
    `directory` is where git runs its hooks: the top of the worktree.
    """
    path = store_path(environ, directory)
    if path is None or not tree.is_unchanged():
        return
    # The next commit needs none of these.
    import json  # noqa: PLC0415

    from whygate.policy.stored import to_plain_policy  # noqa: PLC0415

    head = {
        "key": _key(environ, directory),
        "inputs": tree.inputs(),
        "plan": plan,
    }
    lines = (json.dumps(head), json.dumps(to_plain_policy(policy)))
    try:
        write_own(path, "\n".join(lines).encode("ascii"))
    except OSError:
        return


def store_path(environ: Mapping[str, str], directory: str) -> str | None:
    """Return where the policy of a directory is stored, None when nothing is to be stored.

    In WHYGATE_CACHE_DIR, else the user's cache directory (XDG Base Directory). None in a
    checkout of whygate itself, whose code changes without a new version.
    """
    if not is_installed():
        return None
    return place_in_cache(environ, POLICIES, directory)


def is_installed() -> bool:
    """Tell whether this code is an installed package and no checkout."""
    package = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    return os.path.isdir(os.path.join(package, "schemas"))


def list_names(directory: str) -> list[str] | None:
    """Return the sorted names in a directory, None when there is none."""
    try:
        return sorted(os.listdir(directory))
    except (FileNotFoundError, NotADirectoryError):
        return None


def read_file(path: str, limit: int) -> bytes | None:
    """Return the bytes of a regular file, None when there is none.

    Raises ValueError for anything else (a pipe could wait for ever) and for `limit` bytes or
    more, OSError for what cannot be read.
    """
    try:
        if os.stat(path).st_mode & _KIND != _REGULAR:
            raise ValueError(path)
        with open(path, "rb") as stream:
            data = stream.read(limit)
    except (FileNotFoundError, NotADirectoryError):
        return None
    if len(data) == limit:
        raise ValueError(path)
    return data


def _key(environ: Mapping[str, str], directory: str) -> list[str]:
    """Return what a policy is stored for: the code, the directory, the repository git names."""
    code = os.stat(__file__)
    return [
        f"{__version__} {VERSION} {sys.hexversion:x} {code.st_mtime_ns} {code.st_size}",
        os.path.abspath(__file__),
        directory,
        environ.get("GIT_DIR", ""),
        environ.get("GIT_WORK_TREE", ""),
    ]


def _is_unchanged(entry: object) -> bool:
    """Tell whether a directory has the same names, or a file the same bytes, as stored."""
    if not isinstance(entry, list) or len(entry) != 3:
        return False
    kind, path, known = entry
    if not isinstance(path, str):
        return False
    if kind == "names":
        return bool(list_names(path) == known)
    data = read_file(path, _LIMIT)
    return bool((None if data is None else data.decode("utf-8", "surrogateescape")) == known)
