"""Turn a checked-out repository into the ground that `whygate init` builds on."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from whygate.errors import InputError
from whygate.setup.advice import SourceFile
from whygate.setup.checkup import is_whygate, read_workflows
from whygate.setup.hook_advice import HUSKY, LEFTHOOK, PRE_COMMIT
from whygate.setup.scaffold import AGENTS, ATTRIBUTES, Ground
from whygate.world.worktree import FILE_LIMIT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from whygate.git.run import Git
    from whygate.git.tree import Tree
    from whygate.policy.policy import Policy

_HUSKY_HOMES = (".husky", ".husky/_")
# `scheme://user@host:port/path`, or git's `user@host:path` (git-clone, "GIT URLS").
_HOST = re.compile(r"(?:[a-z+]{2,12}://(?:[^@/\s]*@)?|[^@/\s:]+@)([A-Za-z0-9.-]{1,253})(?=[:/])")


def read_ground(
    git: Git, tree: Tree, policy: Policy, *, templates: Sequence[str], rev: str
) -> Ground:
    """Return the files and facts that decide what to propose.

    `templates` are the paths of the templates in use, `rev` the release to run. Raises
    InputError for a file that cannot be read, UndecidedError when git fails.
    """
    hook_paths = (PRE_COMMIT, *LEFTHOOK, HUSKY)
    workflows, _ = read_workflows(tree)
    return Ground(
        policy=policy,
        rev=rev,
        templates=_read_all(tree, templates),
        hook_files=_read_all(tree, hook_paths),
        has_husky=any(tree.list_files(home) for home in _HUSKY_HOMES),
        workflows=workflows,
        attributes=read_raw(tree, ATTRIBUTES),
        agents=read_raw(tree, AGENTS),
        forge=find_forge(_read_remote(git)),
        has_github=bool(workflows or tree.list_files(".github")),
        is_action=is_whygate(tree),
    )


def read_raw(tree: Tree, path: str, *, limit: int = FILE_LIMIT) -> str | None:
    """Return the text of a file with its line ends and byte order mark, None when absent.

    Raises InputError when it is unfit to read, larger than `limit` bytes, or not UTF-8.
    """
    data = tree.read_bytes(path, limit=limit)
    try:
        return None if data is None else data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1 if data is not None else 1
        raise InputError(f"`{path}` is not UTF-8 in line {line}", hint="save it as UTF-8") from None


def find_forge(remote: str) -> str:
    """Return `github`, `gitlab`, the name of another host, or "" for none and for a directory."""
    found = _HOST.match(remote)
    if found is None:
        return ""
    host = found[1].lower()
    return next((name for name in ("github", "gitlab") if name in host), host)


def _read_remote(git: Git) -> str:
    """Return the address of `origin`, else of the first remote; empty without one."""
    names = git.run("remote").decode("utf-8", "replace").split()
    key = f"remote.{'origin' if 'origin' in names or not names else names[0]}.url"
    return git.config((key,)).get(key.lower(), "")


def _read_all(tree: Tree, paths: Sequence[str]) -> tuple[SourceFile, ...]:
    texts = ((path, read_raw(tree, path)) for path in paths)
    return tuple(SourceFile(path, text) for path, text in texts if text is not None)
