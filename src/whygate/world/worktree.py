"""Configuration, templates, bets and schema, read from a repository's files."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from whygate.catalogue import CATALOGUE_LIMIT, CATALOGUE_PATH
from whygate.errors import ConfigError, SchemaError
from whygate.git.tree import Tree, Worktree, read_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

FILE_LIMIT = 256 * 1024  # bytes
CONFIG_NAME = ".whygate.yml"
PYPROJECT = "pyproject.toml"
BETS = ".whygate/bets"
# https://docs.github.com/en/repositories/managing-your-repositorys-settings-and-features/customizing-your-repository/about-code-owners
CODEOWNERS = (".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS", ".gitlab/CODEOWNERS")
CODEOWNERS_LIMIT = 3 << 20  # bytes, GitHub's own

_NEAR_MISSES = (".whygate.yaml", ".whygate.toml", ".whygate.json")
_NOT_METRICS = ("metrics.yaml", "metrics.json", "metrics.toml")
_PYPROJECT_LIMIT = 1 << 20
_TABLE = r"(?m)^[ \t]*\[+[ \t]*[\"']?tool[\"']?[ \t]*\.[ \t]*[\"']?whygate\b"
_SLUG = r"[a-z0-9-]{3,60}"
_BETS_LIMIT = 5_000
# https://docs.github.com/en/communities/using-templates-to-encourage-useful-issues-and-pull-requests
_GITHUB_HOMES = (".github", "", "docs")
_GITHUB_NAME = "pull_request_template"
_GITHUB_ENDINGS = ("", ".md", ".txt")
# https://docs.gitlab.com/user/project/description_templates/
_GITLAB_HOME = ".gitlab/merge_request_templates"


class ConfigFile(NamedTuple):
    """A configuration: its path, its whole text, and `yaml` or `toml`."""

    path: str
    text: str
    form: str


class Document(NamedTuple):
    """A file that was read: its path from the top of the repository, and its text."""

    path: str
    text: str


def find_config(root: Path | Tree) -> ConfigFile | None:
    """Return `.whygate.yml`, or pyproject.toml when it has a table [tool.whygate]; else None.

    Raises ConfigError when there are two configurations, when one has a name that would be
    passed over, or when pyproject.toml is no TOML; InputError when a file cannot be read.
    """
    tree = _tree(root)
    present = tree.list_files("")
    for name in _NEAR_MISSES:
        if name in present:
            raise _wrong(name, f"whygate reads `{CONFIG_NAME}`", hint=f"rename it to {CONFIG_NAME}")
    own = _find_own(tree) if CONFIG_NAME in present else None
    shared = _find_pyproject(tree) if PYPROJECT in present else None
    if own is not None and shared is not None:
        line = _table_line(shared.text)
        sentence = f"[tool.whygate] in {PYPROJECT}:{line} configures whygate as well"
        raise _wrong(CONFIG_NAME, sentence, hint="keep one of the two")
    return own or shared


def find_templates(root: Path | Tree, configured: Sequence[str] = ()) -> tuple[Document, ...]:
    """Return the `configured` template files, or else those that GitHub and GitLab would offer.

    GitHub looks in `.github`, the top and `docs` for `pull_request_template` (any case; `.md`,
    `.txt` or no ending) and for directories of that name; GitLab in its own directory. Raises
    ConfigError when a configured file is absent, InputError when one cannot be read.
    """
    tree = _tree(root)
    found = tuple(_read_all(tree, configured or _template_paths(tree)))
    absent = [path for path in configured if path not in {document.path for document in found}]
    if absent:
        problems = tuple((1, f"there is no template `{path}`") for path in absent)
        raise ConfigError(CONFIG_NAME, problems, hint="correct `templates`")
    return found


def find_bets(root: Path | Tree) -> Mapping[str, Document]:
    """Return the bet files `.whygate/bets/<slug>.yml` by slug, in the order of their names.

    Raises ConfigError, with all of them, for YAML files whose name is no slug
    (`[a-z0-9-]{3,60}`) or that end in `.yaml`; InputError for a file that cannot be read.
    """
    tree = _tree(root)
    names = [name for name in tree.list_files(BETS) if name.endswith((".yml", ".yaml"))]
    wrong = [name for name in names if _slug(name) is None]
    if len(names) > _BETS_LIMIT:
        raise _wrong(BETS, f"there are more than {_BETS_LIMIT} bets", hint="remove old ones")
    if wrong:
        shape = "the name of a bet is 3 to 60 of a-z, 0-9 and `-`, then `.yml`"
        problems = tuple((1, f"`{name}`: {shape}") for name in wrong)
        raise ConfigError(BETS, problems, hint="rename the file")
    paths = [f"{BETS}/{name}" for name in names]
    return {Path(document.path).stem: document for document in _read_all(tree, paths)}


def find_catalogue(root: Path | Tree) -> Document | None:
    """Return the metric catalogue `.whygate/metrics.yml` as it is written, None without one.

    Raises ConfigError when it has a name that would be passed over, InputError when it cannot
    be read.
    """
    tree = _tree(root)
    text = read_text(tree, CATALOGUE_PATH, limit=CATALOGUE_LIMIT)
    if text is not None:
        return Document(CATALOGUE_PATH, text)
    home, _, name = CATALOGUE_PATH.rpartition("/")
    present = tree.list_files(home) if isinstance(tree, Worktree) else ()  # else it costs a request
    for other in (f"{home}/{other}" for other in _NOT_METRICS if other in present):
        raise _wrong(other, f"whygate reads `{CATALOGUE_PATH}`", hint=f"rename it to {name}")
    return None


def load_user_schema(root: Path | Tree, path: str) -> Document:
    """Return the JSON Schema file that the configuration names, from inside the repository.

    Raises SchemaError when it is absent, InputError when it cannot be read or lies outside.
    """
    text = read_text(_tree(root), path, limit=FILE_LIMIT)
    if text is None:
        raise SchemaError(f"there is no schema `{path}`", hint="correct `schema`")
    return Document(path, text)


def _tree(root: Path | Tree) -> Tree:
    return Worktree(root) if isinstance(root, Path) else root


def _find_own(tree: Tree) -> ConfigFile | None:
    text = read_text(tree, CONFIG_NAME, limit=FILE_LIMIT)
    return None if text is None else ConfigFile(CONFIG_NAME, text, "yaml")


def _find_pyproject(tree: Tree) -> ConfigFile | None:
    text = read_text(tree, PYPROJECT, limit=_PYPROJECT_LIMIT)
    if text is None or "whygate" not in text:
        return None
    from whygate.policy.config_toml import load_toml  # noqa: PLC0415  (the file speaks of us)

    return ConfigFile(PYPROJECT, text, "toml") if load_toml(text, PYPROJECT) is not None else None


def _table_line(text: str) -> int:
    table = re.search(_TABLE, text)
    return text.count("\n", 0, table.start()) + 1 if table else 1


def _template_paths(tree: Tree) -> Iterator[str]:
    for home in _GITHUB_HOMES:
        prefix = f"{home}/" if home else ""
        names = tree.list_files(home)
        yield from (prefix + name for name in names if _is_template_name(name))
        # never both spellings: where case does not count, they are one directory
        upper = _markdown_paths(tree, prefix + _GITHUB_NAME.upper())
        yield from upper or _markdown_paths(tree, prefix + _GITHUB_NAME)
    yield from _markdown_paths(tree, _GITLAB_HOME)


def _is_template_name(name: str) -> bool:
    lower = name.lower()
    return lower.startswith(_GITHUB_NAME) and lower[len(_GITHUB_NAME) :] in _GITHUB_ENDINGS


def _markdown_paths(tree: Tree, directory: str) -> tuple[str, ...]:
    names = tree.list_files(directory)
    return tuple(f"{directory}/{name}" for name in names if name.lower().endswith(".md"))


def _read_all(tree: Tree, paths: Sequence[str] | Iterator[str]) -> Iterator[Document]:
    for path in paths:
        text = read_text(tree, path, limit=FILE_LIMIT)
        if text is not None:
            yield Document(path, text)


def _slug(name: str) -> str | None:
    stem = name.removesuffix(".yml")
    return stem if stem != name and re.fullmatch(_SLUG, stem) else None


def _wrong(path: str, sentence: str, *, hint: str) -> ConfigError:
    return ConfigError(path, ((1, sentence),), hint=hint)
