"""`whygate init`: look at a repository, propose what it lacks, and write what is agreed to."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click
from msgspec import Struct
from msgspec.structs import replace

from whygate.authoring.template import template_fields
from whygate.cli.derive import explain_decisions, name_schema, render_schema
from whygate.cli.options import repository_option, today_option
from whygate.errors import InputError
from whygate.git.tree import Worktree
from whygate.model import Change
from whygate.policy.config import Preset
from whygate.policy.config_file import parse_config
from whygate.policy.kinds import decide_kind
from whygate.policy.policy import Policy
from whygate.policy.presets import resolve_config
from whygate.schema.document import bundled_schema, load_user_schema
from whygate.schema.files import CONFIG, PRESETS, read_bundled, read_presets
from whygate.setup.advice import SourceFile
from whygate.setup.checkup import read_messages
from whygate.setup.consent import Consent, find_consent, settle
from whygate.setup.derive import USUAL_PATH, Derivation, derive_schema
from whygate.setup.doctor import Facts, diagnose
from whygate.setup.first_count import count_today
from whygate.setup.ground import read_ground, read_raw
from whygate.setup.proposal import FileChange, Proposal
from whygate.setup.scaffold import Scaffold, describe, plan_scaffold
from whygate.text.clean import clean_line
from whygate.text.template import template_lines
from whygate.version import __version__
from whygate.world.worktree import (
    CODEOWNERS,
    CODEOWNERS_LIMIT,
    CONFIG_NAME,
    find_config,
    find_templates,
)
from whygate.world.world import (
    find_world,
    load_config,
    load_schema,
    read_today,
    require_repository,
    schema_prompts,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from whygate.policy.config import Config
    from whygate.schema.document import DocumentSchema
    from whygate.world.world import World

_USUAL = Preset.ADOPT
_MEANS = {
    Preset.ADOPT: "only warns; later standard, then strict",
    Preset.STANDARD: "a feature without a plan fails; strict asks for everything",
    Preset.STRICT: "everything is asked; standard and adopt ask for less",
}
_FEW = 0.6


@click.command(
    "init",
    epilog="""\b
Examples:
  whygate init --dry-run
  whygate init
  whygate init --yes --preset standard --agents

\b
Exit status:
  0  done, or there was nothing to do
  2  a file that cannot be read or written, or nobody to ask
  3  no repository""",
)
@click.option("--preset", type=click.Choice(PRESETS), help="How strict to be (default: adopt).")
@click.option("--agents", is_flag=True, help="Tell coding agents in AGENTS.md what to write.")
@click.option("--dry-run", is_flag=True, help="Show what would be written, and write nothing.")
@click.option("-y", "--yes", is_flag=True, help="Write it without asking.")
@click.option(
    "--rev",
    default=f"v{__version__}",
    show_default=True,
    help="The release that the workflow and pre-commit fetch: a tag or a commit.",
)
@repository_option
@today_option
def command(  # noqa: PLR0913  (one parameter an option)
    *,
    preset: str | None,
    agents: bool,
    dry_run: bool,
    yes: bool,
    rev: str,
    today: date | None,
    repository: Path | None,
) -> int:
    """Set whygate up in a repository: propose each file, show it as a diff, and ask.

    Configuration, pull request template, hook, GitHub workflow and .gitattributes; what is there
    already is never written over, and a second run has nothing to propose. Ends with what the
    last 500 changes say today.
    """
    world = find_world(repository)
    plan = _plan(world, preset, rev=rev, agents=agents)
    click.echo("\n".join(clean_line(line) for line in plan.found))
    consent = find_consent(dry_run=dry_run, yes=yes, proposals=plan.proposals)
    written = settle(plan.root, plan.proposals, consent)
    click.echo("\n".join(clean_line(line) for line in _closing(plan, written, consent)))
    click.echo()
    day = read_today(today, plan.policy.config)
    counts = count_today(world.git, plan.policy, day, is_new=plan.is_new)
    click.echo("\n".join(clean_line(line) for line in counts))
    return 0


class _Plan(Struct, frozen=True):
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
    derivation: Derivation | None = None


def _plan(world: World, preset: str | None, *, rev: str, agents: bool) -> _Plan:
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
    return _Plan(
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
    config = load_config(world) if chosen is None else _resolve(_render_config(chosen))
    notes = () if found is None else tuple(_tell_preset(found.path, preset, config))
    if config.schema_path:
        return _Basis(config, load_schema(world, config), None, notes)
    derivation = _derive(world, config)
    text = render_schema(derivation) if derivation is not None else ""
    old = read_raw(Worktree(world.root), USUAL_PATH)
    if text and old not in (None, text):
        note = f"{USUAL_PATH} is there and nothing names it; `whygate derive` shows another one"
        notes, text = (*notes, note), ""
    changes = tuple(_changes(world, chosen, text, has_file=old is not None))
    why = f"the configuration: preset {config.preset}"
    return _Basis(
        config=config,
        schema=load_user_schema(text, USUAL_PATH) if text else bundled_schema(),
        proposal=Proposal(why + "; a schema that reads your own headings" * bool(text), changes)
        if changes
        else None,
        notes=notes,
        derivation=derivation if text else None,
    )


def _changes(
    world: World, chosen: Preset | None, schema: str, *, has_file: bool
) -> Iterator[FileChange]:
    """Yield what makes the configuration hold; `schema` is empty when none is needed."""
    if schema and not has_file:  # first, so that no configuration names what is not there
        yield FileChange(USUAL_PATH, None, schema)
    if chosen is not None:
        yield FileChange(CONFIG_NAME, None, _render_config(chosen, has_schema=bool(schema)))
    if schema and chosen is None:
        yield name_schema(world)


def _derive(world: World, config: Config) -> Derivation | None:
    """Return the schema without which a heading that answers a question is not read, or None."""
    assert world.root is not None  # noqa: S101 - asked for before
    found = find_templates(world.root, config.templates)
    files = tuple(SourceFile(document.path, document.text) for document in found)
    derivation = derive_schema(files, bundled_schema())
    asked = template_fields(Policy(config, bundled_schema()))
    return derivation if derivation.renames(field.name for field in asked) else None


def _render_config(preset: Preset, *, has_schema: bool = False) -> str:
    rows = [
        "# What whygate asks of a change; `whygate show config` prints every setting in effect.",
        "version: 1",
        f"preset: {preset} # {_MEANS[preset]}",
    ]
    if has_schema:
        rows.append(f"schema: {USUAL_PATH} # reads the headings of our own template")
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
    """Yield what the last commits say about kinds, and what was derived."""
    titles = [message.partition("\n")[0] for message in messages]
    known = sum(_has_type(title, policy.config) for title in titles)
    if titles:
        yield f"commits that begin with a type such as `feat:`: {known} of the last {len(titles)}"
        if known < _FEW * len(titles):
            yield (
                "  without a type, a label or the name of a branch a change is of no known kind, "
                "and is only warned about"
            )
    if basis.derivation is not None:
        yield from explain_decisions(basis.derivation.decisions)


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


def _closing(plan: _Plan, written: Sequence[Proposal], consent: Consent) -> Iterator[str]:
    yield ""
    if not plan.proposals:
        yield "everything is in place already: nothing was written"
    elif consent is Consent.NOBODY:
        yield "nothing was written"
    for note in plan.notes:
        yield f"note: {note}"
    shown = plan.proposals if consent is Consent.NOBODY else written
    steps = (*plan.steps, *(one.then for one in shown if one.then))
    if written:
        paths = " ".join(change.path for one in written for change in one.changes)
        steps = (f"look at what was written and commit it: git add {paths}", *steps)
    yield "next:"
    for number, step in enumerate(steps, 1):
        yield f"  {number}. {step}"
