"""What `whygate init` proposes to a repository, and what it says about it."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from whygate.authoring.template import template_fields
from whygate.errors import ConfigError, InputError
from whygate.git.tree import Worktree
from whygate.model import Change
from whygate.policy.config import Preset
from whygate.policy.config_file import parse_config
from whygate.policy.kinds import decide_kind
from whygate.policy.policy import Policy
from whygate.policy.presets import resolve_config
from whygate.schema.files import CONFIG, read_bundled, read_presets
from whygate.setup.advice import SourceFile
from whygate.setup.checkup import read_messages
from whygate.setup.config_edit import add_aliases, render_aliases
from whygate.setup.doctor import Facts, diagnose
from whygate.setup.ground import read_ground, read_raw
from whygate.setup.headings import choose_aliases, decide_labels, explain_decisions
from whygate.setup.proposal import FileChange, Proposal
from whygate.setup.scaffold import Scaffold, describe, plan_scaffold
from whygate.text.template import template_lines
from whygate.world.worktree import (
    CODEOWNERS,
    CODEOWNERS_LIMIT,
    CONFIG_NAME,
    find_config,
    find_templates,
)
from whygate.world.world import (
    load_config,
    load_schema,
    require_repository,
    schema_prompts,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from whygate.policy.config import Config
    from whygate.schema.document import DocumentSchema
    from whygate.setup.headings import Decision
    from whygate.world.worktree import ConfigFile
    from whygate.world.world import World

_USUAL = Preset.ADOPT
_MEANS = {
    Preset.ADOPT: "only warns; later standard, then strict",
    Preset.STANDARD: "a feature without a plan fails; strict asks for everything",
    Preset.STRICT: "everything is asked; standard and adopt ask for less",
}
_FEW = 0.6


class Plan(Struct, frozen=True):
    """What was found, what is proposed, and the policy that holds once it is written."""

    root: Path
    found: tuple[str, ...]
    proposals: tuple[Proposal, ...]
    notes: tuple[str, ...]
    steps: tuple[str, ...]
    policy: Policy
    is_new: bool


class _Basis(Struct, frozen=True):
    """The configuration and schema that will hold, and the proposal that makes them hold."""

    config: Config
    schema: DocumentSchema
    proposal: Proposal | None
    notes: tuple[str, ...]
    decisions: tuple[Decision, ...] = ()


def plan_setup(world: World, preset: str | None, *, rev: str, agents: bool) -> Plan:
    """Return what a repository lacks: `preset` if it has no configuration, `rev` to fetch.

    Raises InputError in a bare repository and for a file that cannot be read, UndecidedError
    without a repository.
    """
    root = _find_root(world)
    basis = _find_basis(world, preset)
    templates = find_templates(root, basis.config.templates)
    lines = template_lines(schema_prompts(basis.schema))
    for template in templates:
        lines |= template_lines(template.text)
    policy = Policy(basis.config, basis.schema, lines)
    tree = Worktree(root)
    paths = [template.path for template in templates]
    ground = read_ground(world.git, tree, policy, templates=paths, rev=rev)
    scaffold = plan_scaffold(replace(ground, wants_agents=agents))
    messages = read_messages(world.git)
    first = () if basis.proposal is None else (basis.proposal,)
    return Plan(
        root=root,
        found=(
            f"{_place(root)}: {', '.join(describe(ground))}",
            *_tell_history(messages, policy, basis),
        ),
        proposals=(*first, *scaffold.proposals),
        notes=(*basis.notes, *scaffold.notes),
        steps=(*_steps(scaffold, basis.config, tree), *_tell_squash(policy, messages)),
        policy=policy,
        is_new=find_config(root) is None,
    )


def _find_root(world: World) -> Path:
    require_repository(world)
    if world.root is None:
        raise InputError(
            "this repository is bare: it has no files to write to", hint="run it in a clone of it"
        )
    return world.root


def _place(root: Path) -> str:
    return "found" if root == Path.cwd() else f"found in {root}"


def _find_basis(world: World, preset: str | None) -> _Basis:
    assert world.root is not None  # noqa: S101 - asked for before
    found = find_config(world.root)
    chosen = Preset(preset or _USUAL) if found is None else None
    config = load_config(world) if chosen is None else _resolve(_render_config(chosen, {}))
    notes = [] if found is None else list(_tell_preset(found.path, preset, config))
    decisions, aliases = _find_aliases(world, config)
    if aliases and config.aliases:
        where = found.path if found is not None else CONFIG_NAME
        notes.append(f"add to `aliases` in {where}: {_list_aliases(aliases)}")
        decisions, aliases = (), {}
    changes: tuple[FileChange, ...] = ()
    if chosen is not None:
        changes = (FileChange(CONFIG_NAME, None, _render_config(chosen, aliases)),)
    elif aliases and found is not None:
        changes = (_with_aliases(world.root, found, aliases),)
    why = f"the configuration: preset {config.preset}"
    config = replace(config, aliases={**config.aliases, **aliases})
    return _Basis(
        config=config,
        schema=load_schema(world, config),
        proposal=Proposal(why + "; it reads your own headings" * bool(aliases), changes)
        if changes
        else None,
        notes=tuple(notes),
        decisions=decisions,
    )


def _find_aliases(
    world: World, config: Config
) -> tuple[tuple[Decision, ...], Mapping[str, tuple[str, ...]]]:
    """Return what becomes of each heading of the templates, and what to read them as.

    Both are empty when no heading that answers a question would go unread.
    """
    assert world.root is not None  # noqa: S101 - asked for before
    schema = load_schema(world, config)
    found = find_templates(world.root, config.templates)
    files = tuple(SourceFile(document.path, document.text) for document in found)
    decisions = decide_labels(files, schema)
    aliases = choose_aliases(decisions, schema)
    asked = {field.name for field in template_fields(Policy(config, schema))}
    return (decisions, aliases) if asked & set(aliases) else ((), {})


def _list_aliases(aliases: Mapping[str, tuple[str, ...]]) -> str:
    return "; ".join(line.strip() for line in list(render_aliases(aliases))[1:])


def _with_aliases(
    root: Path, found: ConfigFile, aliases: Mapping[str, tuple[str, ...]]
) -> FileChange:
    """Return the change that names a team's headings in the configuration it has.

    Raises InputError when the configuration has no room for them.
    """
    data = read_raw(Worktree(root), found.path) or ""
    new = add_aliases(data, aliases, found.form)
    try:
        layer = parse_config(
            new.removeprefix("\ufeff"),
            found.path,
            json.loads(read_bundled(CONFIG)),
            fmt="toml" if found.form == "toml" else "yaml",
        )
    except ConfigError:
        layer = None
    if layer is None or layer.aliases != dict(aliases):
        raise InputError(
            f"`{found.path}` has no place where your own headings could go",
            hint=f"add them yourself: {_list_aliases(aliases)}",
        )
    return FileChange(found.path, data, new)


def _render_config(preset: Preset, aliases: Mapping[str, tuple[str, ...]]) -> str:
    rows = [
        "# What whygate asks of a change; `whygate show config` prints every setting in effect.",
        "version: 1",
        f"preset: {preset} # {_MEANS[preset]}",
        *(render_aliases(aliases) if aliases else ()),
    ]
    return "\n".join(rows) + "\n"


def _resolve(text: str) -> Config:
    layer = parse_config(text, CONFIG_NAME, json.loads(read_bundled(CONFIG)))
    return resolve_config(read_presets(), layer)


def _tell_preset(path: str, preset: str | None, config: Config) -> Iterator[str]:
    if preset is not None and preset != config.preset:
        yield f"{path} is there and stays; for the preset you named, write there: preset: {preset}"


def _tell_squash(policy: Policy, messages: tuple[str, ...]) -> Iterator[str]:
    """Yield how merges are to keep the description, where they leave it behind."""
    facts = Facts(policy, date.min, messages=messages)
    yield from (f"{a.message}: {a.cure}" for a in diagnose(facts) if a.topic == "squash")


def _tell_history(messages: Sequence[str], policy: Policy, basis: _Basis) -> Iterator[str]:
    """Yield what the last commits say about kinds, and what becomes of the team's own headings."""
    titles = [message.partition("\n")[0] for message in messages]
    known = sum(_has_type(title, policy.config) for title in titles)
    if titles:
        yield f"commits that begin with a type such as `feat:`: {known} of the last {len(titles)}"
        if known < _FEW * len(titles):
            yield (
                "  without a type, a label or the name of a branch a change is of no known kind, "
                "and is only warned about"
            )
    yield from explain_decisions(basis.decisions)


def _has_type(title: str, config: Config) -> bool:
    return decide_kind(Change("", title, ()), None, config).source == "title"


def _steps(scaffold: Scaffold, config: Config, tree: Worktree) -> Iterator[str]:
    yield from scaffold.steps
    if path := _find_unowned(tree):
        yield f"give {CONFIG_NAME} an owner in {path}: who changes the questions should be seen"
    if config.preset is Preset.ADOPT:
        yield f"after two weeks of warnings: `preset: standard` in {CONFIG_NAME}"
    yield "`whygate doctor` checks the set-up at any time"


def _find_unowned(tree: Worktree) -> str:
    """Return the CODEOWNERS that names nobody for the configuration, "" when none does so."""
    from codeowners import CodeOwners  # noqa: PLC0415  (few commands need it)

    found = ((path, read_raw(tree, path, limit=CODEOWNERS_LIMIT)) for path in CODEOWNERS)
    path, text = next(((path, text) for path, text in found if text is not None), ("", ""))
    try:
        return "" if not path or CodeOwners(text).of(CONFIG_NAME) else path
    except ValueError:  # a pattern that cannot be read; GitHub passes over its line
        return ""


def list_steps(plan: Plan, written: Sequence[Proposal], *, is_shown_only: bool) -> Iterator[str]:
    """Yield what is left to do, once `written` was agreed to or everything was only shown."""
    yield ""
    if not plan.proposals:
        yield "everything is in place already: nothing was written"
    elif is_shown_only:
        yield "nothing was written"
    for note in plan.notes:
        yield f"note: {note}"
    shown = plan.proposals if is_shown_only else written
    steps = (*plan.steps, *(one.then for one in shown if one.then))
    if written:
        paths = " ".join(change.path for one in written for change in one.changes)
        steps = (f"look at what was written and commit it: git add {paths}", *steps)
    yield "next:"
    for number, step in enumerate(steps, 1):
        yield f"  {number}. {step}"
