"""Store the plan of a policy with everything that decided it."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

from whygate.hook.quick_pass import list_names, plan_key, plan_path
from whygate.policy.presets import plain_layers
from whygate.schema.files import read_presets

if TYPE_CHECKING:
    from collections.abc import Mapping

    from whygate.git.tree import Tree
    from whygate.policy.policy import Policy


class RecordingTree:
    """A tree that remembers which directories and files it was asked for, and what it found."""

    def __init__(self, tree: Tree, root: Path) -> None:
        self.tree = tree
        self.root = root
        self._names: dict[str, list[str] | None] = {}
        self._files: dict[str, str | None] = {}

    def list_files(self, directory: str) -> tuple[str, ...]:
        """Return the sorted names in a directory that are no directories."""
        full = str(self.root / directory)
        self._names[full] = list_names(full)
        return self.tree.list_files(directory)

    def read_bytes(self, path: str, *, limit: int) -> bytes | None:
        """Return a file's bytes, None when absent; raises InputError as the tree does."""
        data = self.tree.read_bytes(path, limit=limit)
        found = None if data is None else data.decode("utf-8", "surrogateescape")
        self._files[str(self.root / path)] = found
        return data

    def inputs(self) -> list[list[object]]:
        """Return what was looked at, as a plan stores it."""
        known: list[list[object]] = [["names", path, found] for path, found in self._names.items()]
        known += [["file", path, found] for path, found in self._files.items()]
        return known

    def is_unchanged(self) -> bool:
        """Tell whether the directories still have the names they had when they were listed."""
        return all(list_names(path) == names for path, names in self._names.items())


def store_plan(
    policy: Policy, tree: RecordingTree, environ: Mapping[str, str], directory: str
) -> None:
    """Store the plan of a policy for the next commit; a plan that cannot be stored is no loss.

    `directory` is where git runs its hooks: the top of the worktree.
    """
    from whygate.hook.quick_plan import compile_plan  # noqa: PLC0415

    path = plan_path(environ, directory)
    if path is None or not tree.is_unchanged():
        return
    plan = compile_plan(policy)
    stored = {
        "key": plan_key(environ, directory),
        "inputs": tree.inputs(),
        "layers": plain_layers(read_presets(), policy.config),
        "plan": plan,
    }
    try:
        _write(Path(path), json.dumps(stored).encode("ascii"))
    except OSError:
        return


def _write(path: Path, data: bytes) -> None:
    """Write a file that only the user can read and write, whole or not at all."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_suffix(f".{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(data)
    draft.replace(path)
