"""What a command needs before it starts: the repository, the policy, the day."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from msgspec import Struct
from msgspec.structs import replace

from whygate.errors import InputError, PinError, UndecidedError
from whygate.git.foreign import require_plain_files
from whygate.git.message_file import CONFIG_KEYS, cleanup_for
from whygate.git.repository import Repository, find_repository
from whygate.git.run import Git
from whygate.git.tree import CommitTree, SparseTree, Worktree, is_sparse
from whygate.policy.config import Config, PartialConfig, Preset
from whygate.policy.policy import Policy
from whygate.policy.presets import resolve_config
from whygate.schema.document import DocumentSchema, bundled_schema, load_user_schema
from whygate.schema.files import CONFIG, read_bundled, read_presets
from whygate.text.template import template_lines
from whygate.world.clock import today_in
from whygate.world.worktree import (
    ConfigFile,
    find_bets,
    find_catalogue,
    find_config,
    find_templates,
)
from whygate.world.worktree import (
    load_user_schema as read_user_schema,
)

if TYPE_CHECKING:
    from datetime import date

    from whygate.git.tree import Tree
    from whygate.text.message import Cleanup
    from whygate.world.extended import Pins

CONFIG_LIMIT = 262_144


class World(Struct, frozen=True):
    """Where a command runs: the directory asked for and the repository around it, if any.

    `directory` is None for the current one, where the GIT_* variables of a hook hold. `tree`
    holds the files that decide the policy when they are not the checked-out ones: those of HEAD
    in a bare repository. `pins` says from where what a configuration extends may be had, None for
    the clone, the user's cache and the forge.
    """

    directory: Path | None
    repository: Repository | None
    tree: Tree | None = None
    pins: Pins | None = None

    @property
    def root(self) -> Path | None:
        """Return the top of the checked-out files; None outside a repository and in a bare one."""
        return self.repository.worktree if self.repository is not None else None

    @property
    def files(self) -> Path | Tree | None:
        """Return where configuration, schema, templates and bets are read from."""
        if self.tree is not None or self.repository is None or self.root is None:
            return self.tree
        if not is_sparse(self.repository.git_dir):
            return self.root
        return SparseTree(Worktree(self.root), Git(directory=self.root, environ=os.environ))

    @property
    def git(self) -> Git:
        """Return git for the directory asked for."""
        return Git(directory=self.directory, environ=os.environ)


def find_world(directory: Path | None) -> World:
    """Return the world of a directory (None: the current one, and what a hook's git says)."""
    if directory is not None and not directory.is_dir():
        raise InputError(f"there is no directory `{directory}`")
    if directory is not None:
        return _with_head(World(directory, find_repository(directory)))
    try:
        here = Path.cwd()
    except FileNotFoundError:
        raise InputError("the current directory does not exist any more") from None
    return _with_head(World(None, find_repository(here, environ=os.environ)))


def require_repository(world: World) -> Repository:
    """Return the repository; raises UndecidedError, since without one there is nothing to read."""
    if world.repository is None:
        raise UndecidedError(
            "there is no git repository here", hint="run it inside one, or name one with -C"
        )
    return world.repository


def _with_head(world: World) -> World:
    """Return the world of a bare repository with the files of its HEAD, any other as it is.

    Raises UndecidedError where git must not open what it would find.
    """
    if world.repository is not None:
        require_plain_files(world.repository)
    if world.repository is None or world.root is not None:
        return world
    try:
        return replace(world, tree=CommitTree(world.git, world.git.resolve("HEAD")))
    except InputError:  # no commit yet
        return world


def load_config(
    world: World, *, path: Path | None = None, options: PartialConfig | None = None
) -> Config:
    """Return the configuration in effect.

    Raises ConfigError with every mistake of the file, InputError when `path` cannot be read.
    """
    found = _named_config(path) if path is not None else None
    if found is None and path is None and world.files is not None:
        found = find_config(world.files)
    layers = _read_layers(world, found) if found is not None else ()
    return resolve_config(read_presets(), *layers, options)


def _read_layers(world: World, found: ConfigFile) -> tuple[PartialConfig, ...]:
    """Return what a configuration file says, behind what it extends."""
    import json  # noqa: PLC0415  (most repositories have no file to check)

    from whygate.outcomes.rules import ALL_RULES  # noqa: PLC0415
    from whygate.policy.config_file import parse_config  # noqa: PLC0415

    schema = json.loads(read_bundled(CONFIG))
    rules = {rule.id: rule.name for rule in ALL_RULES}
    form: Literal["yaml", "toml"] = "toml" if found.form == "toml" else "yaml"
    own = parse_config(found.text, found.path, schema, fmt=form, known_rules=rules)
    if own.extends is None:
        return (own,)
    from whygate.world.extended import Pins, read_extended  # noqa: PLC0415  (few extend one)

    def parse(text: str, path: str) -> PartialConfig:
        return parse_config(text, path, schema, known_rules=rules)

    git = world.git if world.repository is not None else None
    pins = world.pins or Pins(environ=os.environ, git=git)
    return (*read_extended(own, parse, files=world.files, pins=pins), own)


def load_policy(
    world: World,
    *,
    path: Path | None = None,
    options: PartialConfig | None = None,
) -> Policy:
    """Return the policy of a repository: configuration, schema, template, bets and metrics.

    Raises ConfigError, SchemaError or InputError when one of them cannot be used.
    """
    config = load_config(world, path=path, options=options)
    schema = load_schema(world, config)
    if any(layer.tree is not None for layer in config.layers):
        from whygate.policy.config_file import require_known_fields  # noqa: PLC0415

        require_known_fields(config, schema)
    root = world.files
    templates = find_templates(root, config.templates) if root is not None else ()
    lines = template_lines(schema_prompts(schema))
    for template in templates:
        lines |= template_lines(template.text)
    bets = metrics = None
    if root is not None:
        metrics = find_catalogue(root)
        bets = {slug: (found.path, found.text) for slug, found in find_bets(root).items()}
    return Policy(config=config, schema=schema, template=lines, bets=bets, metrics=metrics)


def load_audited(
    world: World, *, path: Path | None = None, options: PartialConfig | None = None
) -> tuple[World, Policy]:
    """Return the policy a history is counted by, and the world with the files that decided it.

    A bare clone without file contents has none, and its messages can be counted all the same.
    Raises as `load_policy` does.
    """
    try:
        return world, load_policy(world, path=path, options=options)
    except UndecidedError as error:
        if world.root is not None or world.tree is None or isinstance(error, PinError):
            raise
        world = replace(world, tree=None)
        return world, load_policy(world, path=path, options=options)


def load_schema(world: World, config: Config) -> DocumentSchema:
    """Return the schema the configuration names, else the bundled one, in the team's words."""
    if not config.schema_path:
        return bundled_schema().with_aliases(config.aliases)
    if world.files is None:
        raise InputError(
            f"the schema `{config.schema_path}` is looked for in a repository, and this is none"
        )
    found = read_user_schema(world.files, config.schema_path)
    return load_user_schema(found.text, found.path).with_aliases(config.aliases)


def schema_prompts(schema: DocumentSchema) -> str:
    """Return the schema's own questions and descriptions, which are never an answer."""
    fields = tuple(schema.all_fields())
    return "\n".join(text for f in fields for text in (f.question, f.description) if text)


def read_today(option: date | None, config: Config) -> date:
    """Return the day to judge by: `--today`, else the clock in the configured time zone."""
    return option or today_in(config.timezone)


def preset_options(preset: str | None) -> PartialConfig | None:
    """Return the layer of the command line's options."""
    return None if preset is None else PartialConfig(preset=Preset(preset), origin="--preset")


def message_settings(world: World) -> tuple[Cleanup, str, str | None]:
    """Return how git will clean a message here, its comment string, and its encoding."""
    config = world.git.config(CONFIG_KEYS) if world.repository is not None else {}
    return *cleanup_for(config, os.environ), config.get("i18n.commitencoding")


def _named_config(path: Path) -> ConfigFile:
    try:
        if not stat.S_ISREG(path.stat().st_mode):  # a pipe could wait for ever
            raise InputError(f"`{path}` is not a plain file")
        with path.open("rb") as stream:
            data = stream.read(CONFIG_LIMIT + 1)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise InputError(f"`{path}` cannot be read: {reason}") from None
    if len(data) > CONFIG_LIMIT:
        raise InputError(f"`{path}` is larger than {CONFIG_LIMIT} bytes")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InputError(f"`{path}` is not UTF-8", hint="save it as UTF-8") from None
    return ConfigFile(path.as_posix(), text, "toml" if path.suffix == ".toml" else "yaml")
