"""Who runs whygate at a commit here, and how to have a hook manager do it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from msgspec import Struct, field

from whygate.setup.advice import Advice, SourceFile, hint
from whygate.setup.edits import add_entry, add_item, add_scalar, insert_lines, key_line
from whygate.text.yaml_tree import Mapping as YamlMapping
from whygate.text.yaml_tree import Node, Scalar, Sequence, YamlError, load_tree

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

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
TYPES = "default_install_hook_types"
_UNLESS_ABSENT = (
    "if command -v whygate >/dev/null 2>&1; then {call}; "
    'else echo "whygate is not installed here, so this message is judged later" >&2; fi'
)
# Who has not installed whygate can commit all the same, and is told.
HUSKY_CALL = _UNLESS_ABSENT.format(call='whygate hook commit-msg "$@"')
LEFTHOOK_CALL = _UNLESS_ABSENT.format(call="whygate hook commit-msg '{1}'")


class Hooks(Struct, frozen=True):
    """The commit-msg hook of a clone.

    `script` is the file git runs (empty: none), `is_ours` tells that `whygate hook install`
    wrote it, `is_runnable` that git would run it, `is_husky` that husky's directory holds it.
    `configs` are the files of hook managers, `configured` the commands that git's configuration
    names for it, which git runs whether there is a script or not.
    """

    script: str = ""
    is_ours: bool = False
    is_runnable: bool = True
    is_husky: bool = False
    configs: tuple[SourceFile, ...] = ()
    configured: Mapping[str, str] = field(default_factory=dict)


def find_runner(hooks: Hooks) -> str:
    """Return what runs whygate at every commit, empty when nothing does."""
    for name, command in hooks.configured.items():
        if _CALL in command:
            return f"hook.{name}.command of git"
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
    types = root.get("default_install_hook_types") if isinstance(root, YamlMapping) else None
    items = types.items if isinstance(types, Sequence) else ()
    return any(isinstance(item, Scalar) and item.text == _STAGE for item in items)


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
    repos = root.get("repos") if isinstance(root, YamlMapping) else None
    rows = [f"- repo: {repository}", f"  rev: {rev}", "  hooks:", "    - id: whygate"]
    return add_item(text, repos, rows) if isinstance(repos, Sequence) else None


def _add_type(text: str) -> str | None:
    """Return the text of pre-commit's file in which `pre-commit install` means commit-msg too."""
    if installs_commit_msg(text):
        return text
    root = _load(text)
    types = root.get(TYPES) if isinstance(root, YamlMapping) else None
    if isinstance(types, Sequence):
        return add_scalar(text, types, _STAGE)
    at = key_line(root, "repos") - 1
    return insert_lines(text, at, [f"{TYPES}: [pre-commit, {_STAGE}]"]) if types is None else None


def _add_job(text: str, root: Node) -> str | None:
    """Return the text of lefthook's file with a job for commit messages."""
    if not isinstance(root, YamlMapping):
        return None
    stage = root.get(_STAGE)
    if stage is None:
        rows = [f"{_STAGE}:", "  jobs:", f"    - run: {LEFTHOOK_CALL}"]
        return insert_lines(text, len(text.split("\n")), rows)
    jobs = stage.get("jobs") if isinstance(stage, YamlMapping) else None
    if isinstance(jobs, Sequence):
        return add_item(text, jobs, [f"- run: {LEFTHOOK_CALL}"])
    commands = stage.get("commands") if isinstance(stage, YamlMapping) else None
    if isinstance(commands, YamlMapping):
        return add_entry(text, commands, ["whygate:", f"  run: {LEFTHOOK_CALL}"])
    return None


def _checked(text: str | None) -> str | None:
    """Return a text that still is YAML, else None."""
    return text if text is not None and _load(text) is not None else None


def _load(text: str) -> Node | None:
    try:
        return load_tree(text.removeprefix("\ufeff"))
    except YamlError:
        return None
