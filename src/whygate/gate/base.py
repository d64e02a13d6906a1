"""By whose rules a change is judged: the policy of the base's commit, which no request changes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from whygate.catalogue import CATALOGUE_PATH
from whygate.context.extract import read_bet_context
from whygate.errors import ConfigError, InputError, PinError, UndecidedError
from whygate.git.run import find_repository
from whygate.git.tree import CommitTree
from whygate.model import Context
from whygate.world.extended import Pins
from whygate.world.worktree import BETS, CONFIG_NAME, PYPROJECT
from whygate.world.world import World, load_policy, preset_options

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from whygate.forges.port import ChangedFile, Forge
    from whygate.git.run import Git
    from whygate.git.tree import Tree
    from whygate.policy.config import Config
    from whygate.policy.policy import Policy

_SHORT = 12
_REMOTE = "refs/remotes/origin/"  # where a checkout in CI keeps the branches it fetched
_TEMPLATE = "pull_request_template"
_GITLAB_TEMPLATES = ".gitlab/merge_request_templates/"


class BasePolicy(Struct, frozen=True):
    """The policy of the commit `sha`, where it was found, and the checkout if it holds it.

    `pins` are the files at a forge that it extends.
    """

    policy: Policy
    sha: str
    origin: str
    git: Git | None
    pins: Pins

    @classmethod
    def load(
        cls,
        sha: str,
        *,
        git: Git | None,
        forge: Forge,
        preset: str | None,
        environ: Mapping[str, str],
    ) -> BasePolicy:
        """Return the policy of the commit `sha`, from the checkout if it is there, else the forge.

        What it extends is asked for anew: what an earlier job left in a cache does not count.
        Raises UndecidedError when it can be had from neither; ConfigError, SchemaError and
        InputError when it is wrong.
        """
        checkout = git if git is not None and _has_commit(git, sha) else None
        clone = git if git is not None and _is_top(git) else None
        pins = Pins(environ, git=clone, keeps=False)
        trouble = UndecidedError(
            f"the configuration of the base commit {sha[:_SHORT]} cannot be read",
            hint=forge.base_hint,
        )
        policy = _load_first(_trees(sha, checkout, forge), pins, preset, trouble)
        return cls(policy, sha, _origin(policy.config, sha), checkout, pins)

    def checkout(self, sha: str) -> Git | None:
        """Return the checkout when it holds another commit as well and is no shallow clone."""
        git = self.git
        is_whole = git is not None and _has_commit(git, sha) and not git.is_shallow()
        return git if is_whole else None


def find_tip(branch: str, *, git: Git | None, forge: Forge) -> str:
    """Return the commit at the tip of the base branch, as it is now.

    Not the one that an event names: that is the tip of the day the request was last pushed, and
    what the base has asked since then would not count. Raises UndecidedError when nobody knows.
    """
    told = forge.find_tip(branch) if forge.can_ask else ""
    if told:
        return told
    if git is not None and _is_top(git):
        try:
            return git.resolve(f"{_REMOTE}{branch}")
        except (InputError, UndecidedError):
            pass
    raise UndecidedError(
        f"nobody tells which commit is the tip of the base branch `{branch}`",
        hint=forge.base_hint,
    )


def load_brought(
    sha: str, changed: Sequence[str], *, forge: Forge, preset: str | None, pins: Pins
) -> Policy:
    """Return the policy that the head of a request would bring; nothing is judged by it.

    What it extends is fetched from nowhere that the base does not name: `pins` are the base's.
    Raises ConfigError, SchemaError and InputError when it is wrong, or the catalogue or one of the
    bets among the `changed` files is.
    """
    git = pins.git if pins.git is not None and _has_commit(pins.git, sha) else None
    pins = replace(pins, git=None, asks=False)
    policy = _load_first(_trees(sha, git, forge), pins, preset)
    if policy.metrics is not None and CATALOGUE_PATH in changed:
        from whygate.catalogue.file import parse_catalogue  # noqa: PLC0415  (seldom changed)

        parse_catalogue(*policy.metrics)
    for path, text in (policy.bets or {}).values():
        context = read_bet_context(path, text, policy.schema) if path in changed else Context()
        if wrong := [remark for remark in context.remarks if remark.kind == "block-invalid"]:
            raise ConfigError(path, tuple((r.location.line, r.detail) for r in wrong))
    return policy


def changed_policy_files(files: Sequence[ChangedFile], config: Config) -> tuple[str, ...]:
    """Return the files that decide how changes are judged, in the order of the change."""
    found = (path for file in files for path in file.paths if _decides(path, file.patch, config))
    return tuple(dict.fromkeys(found))


def _decides(path: str, patch: str, config: Config) -> bool:
    if path == PYPROJECT:
        return _origin_file(config) == PYPROJECT or "tool.whygate" in patch
    extended = (layer.origin for layer in config.layers if layer.tree is not None)
    named = (CONFIG_NAME, CATALOGUE_PATH, config.schema_path, *config.templates, *extended)
    is_template = _TEMPLATE in path.lower() or path.startswith(_GITLAB_TEMPLATES)
    return path in named or path.startswith(f"{BETS}/") or is_template


def _trees(sha: str, git: Git | None, forge: Forge) -> Iterator[Tree]:
    if git is not None:
        yield CommitTree(git, sha)
    if forge.can_ask:
        yield forge.files_at(sha)


def _load_first(
    trees: Iterator[Tree], pins: Pins, preset: str | None, trouble: UndecidedError | None = None
) -> Policy:
    """Return the policy of the first tree that can be read; raises what hindered the last."""
    for tree in trees:
        try:
            return load_policy(World(None, None, tree, pins), options=preset_options(preset))
        except PinError:
            raise
        except UndecidedError as error:  # a clone without file contents, a refused request
            trouble = error
    raise trouble or UndecidedError("the configuration cannot be read")


def _is_top(git: Git) -> bool:
    """Tell whether a directory is the top of a repository."""
    if git.directory is None or not git.directory.is_dir():
        return False
    repository = find_repository(git.directory)
    return repository is not None and repository.worktree == git.directory.absolute()


def _has_commit(git: Git, sha: str) -> bool:
    """Tell whether a directory is the top of a repository that holds a commit."""
    try:
        return _is_top(git) and git.resolve(sha) == sha
    except (InputError, UndecidedError):
        return False


def _origin(config: Config, sha: str) -> str:
    where = f"the base commit {sha[:_SHORT]}"
    named = _origin_file(config)
    if not named:
        return f"preset {config.preset}, as {where} configures none"
    below = [layer.origin for layer in reversed(config.layers) if layer.tree is not None][1:]
    return f"{named} of {where}" + "".join(f", over {origin}" for origin in below)


def _origin_file(config: Config) -> str:
    """Return the file the configuration was read from, empty when there is none."""
    known = (CONFIG_NAME, PYPROJECT)
    return next((layer.origin for layer in config.layers if layer.origin in known), "")
