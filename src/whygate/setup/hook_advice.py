"""Turn what is known of a repository's commit-msg hook into who runs it, or how to install it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from msgspec import Struct

from whygate.setup.advice import Advice, SourceFile, hint
from whygate.text.yaml_tree import Mapping, Scalar, Sequence, YamlError, load_tree

if TYPE_CHECKING:
    from collections.abc import Iterator

PRE_COMMIT = ".pre-commit-config.yaml"
HUSKY = ".husky/commit-msg"
LEFTHOOK = tuple(
    f"{dot}lefthook.{ending}" for dot in ("", ".") for ending in ("yml", "yaml", "toml", "json")
)

_TOPIC = "hook"
_STAGE = "commit-msg"
_CALL = "whygate hook commit-msg"
_COMMENT = re.compile(r"^[ \t]*#[^\n]*", re.MULTILINE)
_HOOK_ID = re.compile(
    r"""^[ \t]*(?:-[ \t]*)?id:[ \t]*["']?whygate["']?[ \t\r]*(?:#|$)""", re.MULTILINE
)


class Hooks(Struct, frozen=True):
    """The commit-msg hook of a clone.

    `script` is the file git runs (empty: none), `is_ours` tells that `whygate hook install`
    wrote it, `is_runnable` that git would run it, `is_husky` that husky's directory holds it.
    `configs` are the files of hook managers.
    """

    script: str = ""
    is_ours: bool = False
    is_runnable: bool = True
    is_husky: bool = False
    configs: tuple[SourceFile, ...] = ()


def find_runner(hooks: Hooks) -> str:
    """Return what runs whygate at every commit, empty when nothing does."""
    if not hooks.script or not hooks.is_runnable:
        return ""
    if hooks.is_ours:
        return "whygate's own script"
    for config in hooks.configs:
        tool = _tool_of(config)
        if asks_whygate(config) and _is_installed(hooks, tool):
            return tool
    return "a script of your own" if _CALL in _COMMENT.sub("", hooks.script) else ""


def advise_hooks(hooks: Hooks) -> Iterator[Advice]:
    """Yield a hint, with the command to run, when no hook judges the commits of this clone."""
    if find_runner(hooks):
        return
    if hooks.script and not hooks.is_runnable:
        message = "git passes over the commit-msg hook: it is not executable"
        yield hint(_TOPIC, message, 'chmod +x "$(git rev-parse --git-path hooks/commit-msg)"')
        return
    for config in hooks.configs:
        if asks_whygate(config):
            yield _not_installed(config)
            return
    message = "no commit-msg hook runs whygate here: a commit is judged when it is pushed"
    config_path, cure = "", "whygate hook install"
    if hooks.configs:
        config_path = hooks.configs[0].path
        cure = _ADDITIONS[_tool_of(hooks.configs[0])]
    yield hint(_TOPIC, message, cure, config_path)


_ADDITIONS = {
    "pre-commit": "      - id: whygate   # below `hooks:`, see docs/hooks.md",
    "lefthook": "commit-msg:\n  jobs:\n    - run: whygate hook commit-msg {1}",
    "husky": 'whygate hook commit-msg "$@"',
}


def _not_installed(config: SourceFile) -> Advice:
    tool = _tool_of(config)
    cure = {"lefthook": "lefthook install", "husky": "npx husky"}.get(tool, "pre-commit install")
    if tool == "pre-commit" and not installs_commit_msg(config.text):
        message = "pre-commit does not install the commit-msg hook, so whygate never runs"
        cure = (
            f"default_install_hook_types: [pre-commit, commit-msg]\npre-commit install -t {_STAGE}"
        )
        return hint(_TOPIC, message, cure, config.path)
    message = f"{tool} is to run whygate and is not installed in this clone"
    return hint(_TOPIC, message, cure, config.path)


def _tool_of(config: SourceFile) -> str:
    if config.path == PRE_COMMIT:
        return "pre-commit"
    return "husky" if config.path == HUSKY else "lefthook"


def asks_whygate(config: SourceFile) -> bool:
    """Tell whether a manager is told to run whygate on commit messages."""
    text = _COMMENT.sub("", config.text)
    if config.path == PRE_COMMIT:
        return _CALL in text or bool(_HOOK_ID.search(text))
    return _CALL in text


def _is_installed(hooks: Hooks, tool: str) -> bool:
    """Tell whether the script git runs is the manager's; prek reads pre-commit's file."""
    if tool == "husky":
        return hooks.is_husky
    names = ("pre-commit", "prek") if tool == "pre-commit" else (tool,)
    return any(name in hooks.script for name in names)


def installs_commit_msg(text: str) -> bool:
    """Tell whether pre-commit's file makes `pre-commit install` install the commit-msg hook."""
    try:
        root = load_tree(text)
    except YamlError as error:
        root = error.root
    types = root.get("default_install_hook_types") if isinstance(root, Mapping) else None
    items = types.items if isinstance(types, Sequence) else ()
    return any(isinstance(item, Scalar) and item.text == _STAGE for item in items)
