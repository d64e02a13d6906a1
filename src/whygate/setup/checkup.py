"""Turn a repository's files and history into what `whygate doctor` looks at."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from whygate.errors import InputError
from whygate.git.hooks import find_hooks_directory, find_user_home
from whygate.git.tree import read_text
from whygate.setup.advice import Advice, SourceFile, hint
from whygate.setup.gate_advice import DIRECTORY
from whygate.setup.hook_advice import HUSKY, LEFTHOOK, PRE_COMMIT, Hooks
from whygate.setup.hook_script import is_ours
from whygate.text.yaml_tree import Mapping, Scalar, YamlError, load_tree
from whygate.world.worktree import FILE_LIMIT

if TYPE_CHECKING:
    from collections.abc import Mapping as Environ
    from pathlib import Path

    from whygate.git.repository import Repository
    from whygate.git.run import Git
    from whygate.git.tree import Tree

COMMITS = 50

_HOOK_LIMIT = 65_536
_ACTIONS = ("action.yml", "action.yaml")


def read_workflows(tree: Tree) -> tuple[tuple[SourceFile, ...], tuple[Advice, ...]]:
    """Return the workflows of a repository, and a hint for each that cannot be read."""
    names = [n for n in tree.list_files(DIRECTORY) if n.endswith((".yml", ".yaml"))]
    files: list[SourceFile] = []
    problems: list[Advice] = []
    for name in names:
        path = f"{DIRECTORY}/{name}"
        try:
            text = read_text(tree, path, limit=FILE_LIMIT)
        except InputError as error:
            problems.append(hint("workflow", error.message, error.hint, path))
        else:
            files.append(SourceFile(path, text or ""))
    return tuple(files), tuple(problems)


def is_whygate(tree: Tree) -> bool:
    """Tell whether the action at the top of a repository (`uses: ./`) is whygate itself."""
    for path in _ACTIONS:
        try:
            root = load_tree(read_text(tree, path, limit=FILE_LIMIT) or "")
        except (InputError, YamlError):
            continue
        name = root.get("name") if isinstance(root, Mapping) else None
        if isinstance(name, Scalar) and name.text == "whygate":
            return True
    return False


def read_hooks(
    repository: Repository, git: Git, tree: Tree, environ: Environ[str, str]
) -> tuple[Hooks, tuple[Advice, ...]]:
    """Return the commit-msg hook of a clone and the files of hook managers.

    The second part is a hint for each of these files that cannot be read. Raises
    UndecidedError when git cannot say where hooks are.
    """
    configured = git.config(("core.hooksPath",)).get("core.hookspath", "")
    directory = find_hooks_directory(repository, configured, find_user_home(environ))
    hook = directory.path / "commit-msg"
    configs: list[SourceFile] = []
    problems: list[Advice] = []
    for path in (PRE_COMMIT, *LEFTHOOK, HUSKY):
        try:
            text = read_text(tree, path, limit=FILE_LIMIT)
        except InputError as error:
            problems.append(hint("hook", error.message, error.hint, path))
            continue
        if text is not None:
            configs.append(SourceFile(path, text))
    hooks = Hooks(
        script=_read_script(hook),
        is_ours=is_ours(hook),
        is_runnable=os.access(hook, os.X_OK),
        is_husky=".husky" in directory.path.parts,
        configs=tuple(configs),
    )
    return hooks, tuple(problems)


def read_messages(git: Git, count: int = COMMITS) -> tuple[str, ...]:
    """Return the messages of the last first-parent commits of the default branch, else of HEAD.

    An empty repository has none. Raises UndecidedError when git fails.
    """
    try:
        tip = git.resolve(git.default_ref() or "HEAD")
    except InputError:
        return ()
    log = git.run(
        *("log", "-z", "--first-parent", f"--max-count={count}", "--encoding=UTF-8"),
        *("--no-color", "--no-decorate", "--no-notes", "--no-show-signature", "--no-mailmap"),
        *("--format=%B", "--end-of-options", tip, "--"),
    )
    return tuple(log.decode("utf-8", "replace").removesuffix("\0").split("\0"))


def _read_script(hook: Path) -> str:
    """Return the start of a hook, empty when there is none or it cannot be read."""
    try:
        if not hook.is_file():
            return ""
        with hook.open("rb") as stream:
            return stream.read(_HOOK_LIMIT).decode("utf-8", "replace")
    except OSError:
        return ""
