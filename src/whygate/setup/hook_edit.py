"""Turn the file of a hook manager into the same file that also runs whygate."""

from __future__ import annotations

from typing import TYPE_CHECKING

from whygate.setup.hook_advice import HUSKY, PRE_COMMIT, asks_whygate, installs_commit_msg
from whygate.setup.yaml_edit import add_entry, add_item, add_scalar, insert_lines, key_line
from whygate.text.yaml_tree import Mapping, Node, Sequence, YamlError, load_tree

if TYPE_CHECKING:
    from whygate.setup.advice import SourceFile

STAGE = "commit-msg"
TYPES = "default_install_hook_types"
HUSKY_CALL = 'whygate hook commit-msg "$@"'

_CALL = "whygate hook commit-msg '{1}'"


def add_hook(file: SourceFile, repository: str, rev: str) -> str | None:
    """Return the text of a manager's file with whygate in it, None when it has no plain place.

    `repository` and `rev` name the release that pre-commit fetches. A file that runs whygate
    already comes back as it is.
    """
    if asks_whygate(file):
        return file.text
    if file.path == HUSKY:
        gap = "" if not file.text or file.text.endswith("\n") else "\n"
        return f"{file.text}{gap}{HUSKY_CALL}\n"
    root = _load(file.text)
    if not file.path.endswith((".yml", ".yaml")) or root is None:
        return None
    if file.path != PRE_COMMIT:
        return _checked(_add_job(file.text, root))
    text = _add_repository(file.text, root, repository, rev)
    text = _add_type(text) if text is not None else None
    return _checked(text) if text is not None and installs_commit_msg(text) else None


def _add_repository(text: str, root: Node, repository: str, rev: str) -> str | None:
    repos = root.get("repos") if isinstance(root, Mapping) else None
    rows = [f"- repo: {repository}", f"  rev: {rev}", "  hooks:", "    - id: whygate"]
    return add_item(text, repos, rows) if isinstance(repos, Sequence) else None


def _add_type(text: str) -> str | None:
    """Return the text of pre-commit's file in which `pre-commit install` means commit-msg too."""
    if installs_commit_msg(text):
        return text
    root = _load(text)
    types = root.get(TYPES) if isinstance(root, Mapping) else None
    if isinstance(types, Sequence):
        return add_scalar(text, types, STAGE)
    at = key_line(root, "repos") - 1
    return insert_lines(text, at, [f"{TYPES}: [pre-commit, {STAGE}]"]) if types is None else None


def _add_job(text: str, root: Node) -> str | None:
    """Return the text of lefthook's file with a job for commit messages."""
    if not isinstance(root, Mapping):
        return None
    stage = root.get(STAGE)
    if stage is None:
        rows = [f"{STAGE}:", "  jobs:", f"    - run: {_CALL}"]
        return insert_lines(text, len(text.split("\n")), rows)
    jobs = stage.get("jobs") if isinstance(stage, Mapping) else None
    if isinstance(jobs, Sequence):
        return add_item(text, jobs, [f"- run: {_CALL}"])
    commands = stage.get("commands") if isinstance(stage, Mapping) else None
    if isinstance(commands, Mapping):
        return add_entry(text, commands, ["whygate:", f"  run: {_CALL}"])
    return None


def _checked(text: str | None) -> str | None:
    """Return a text that still is YAML, else None."""
    return text if text is not None and _load(text) is not None else None


def _load(text: str) -> Node | None:
    try:
        return load_tree(text.removeprefix("\ufeff"))
    except YamlError:
        return None
