"""Turn the base commit into the policy that a pull request cannot change."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from whygate.errors import InputError, UndecidedError
from whygate.forges.github.tree import ApiTree
from whygate.git.run import find_repository
from whygate.git.tree import CommitTree
from whygate.world.worktree import BETS, CONFIG_NAME, PYPROJECT
from whygate.world.world import World, load_policy, preset_options

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from whygate.forges.github.api import Api
    from whygate.forges.github.pull_request import ChangedFile
    from whygate.git.run import Git
    from whygate.git.tree import Tree
    from whygate.policy.config import Config
    from whygate.policy.policy import Policy

_SHORT = 12
_TEMPLATE = "pull_request_template"
_GITLAB_TEMPLATES = ".gitlab/merge_request_templates/"


class BasePolicy(Struct, frozen=True):
    """The policy of one commit, where it was found, and the checkout if it holds that commit."""

    policy: Policy
    origin: str
    git: Git | None

    @classmethod
    def load(
        cls,
        sha: str,
        *,
        git: Git | None,
        api: Api | None,
        repository: str,
        preset: str | None,
    ) -> BasePolicy:
        """Return the policy of the commit `sha`, from the checkout if it is there, else by API.

        Raises UndecidedError when it can be had from neither; ConfigError, SchemaError and
        InputError when it is wrong.
        """
        checkout = git if git is not None and _has_commit(git, sha) else None
        trouble = UndecidedError(
            f"the configuration of the base commit {sha[:_SHORT]} cannot be read",
            hint="leave the input `token` at its default, or check out with `fetch-depth: 0`",
        )
        for tree in _trees(sha, checkout, api, repository):
            try:
                policy = load_policy(World(None, None, tree), options=preset_options(preset))
            except UndecidedError as error:  # a clone without file contents, a refused request
                trouble = error
            else:
                return cls(policy, _origin(policy.config, sha), checkout)
        raise trouble

    def checkout(self, sha: str) -> Git | None:
        """Return the checkout when it holds another commit as well and is no shallow clone."""
        git = self.git
        is_whole = git is not None and _has_commit(git, sha) and not git.is_shallow()
        return git if is_whole else None


def changed_policy_files(files: Sequence[ChangedFile], config: Config) -> tuple[str, ...]:
    """Return the files that decide how changes are judged, in the order of the change."""
    found = (path for file in files for path in file.paths if _decides(path, file.patch, config))
    return tuple(dict.fromkeys(found))


def _decides(path: str, patch: str, config: Config) -> bool:
    if path == PYPROJECT:
        return _origin_file(config) == PYPROJECT or "tool.whygate" in patch
    named = (CONFIG_NAME, config.schema_path, *config.templates)
    is_template = _TEMPLATE in path.lower() or path.startswith(_GITLAB_TEMPLATES)
    return path in named or path.startswith(f"{BETS}/") or is_template


def _trees(sha: str, git: Git | None, api: Api | None, repository: str) -> Iterator[Tree]:
    if git is not None:
        yield CommitTree(git, sha)
    if api is not None:
        yield ApiTree(api, repository, sha)


def _has_commit(git: Git, sha: str) -> bool:
    """Tell whether a directory is the top of a repository that holds a commit."""
    if git.directory is None or not git.directory.is_dir():
        return False
    repository = find_repository(git.directory)
    if repository is None or repository.worktree != git.directory.absolute():
        return False
    try:
        return git.resolve(sha) == sha
    except (InputError, UndecidedError):
        return False


def _origin(config: Config, sha: str) -> str:
    where = f"the base commit {sha[:_SHORT]}"
    named = _origin_file(config)
    return f"{named} of {where}" if named else f"preset {config.preset}, as {where} configures none"


def _origin_file(config: Config) -> str:
    """Return the file the configuration was read from, empty when there is none."""
    known = (CONFIG_NAME, PYPROJECT)
    return next((layer.origin for layer in config.layers if layer.origin in known), "")
