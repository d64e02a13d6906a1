"""`whygate derive`: make a schema that reads a team's own pull request template."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from whygate.cli.options import repository_option
from whygate.errors import ConfigError, InputError, UndecidedError
from whygate.git.tree import Worktree, read_text
from whygate.policy.config_file import parse_config
from whygate.schema.document import bundled_schema, load_user_schema
from whygate.schema.files import CONFIG, read_bundled
from whygate.setup.advice import SourceFile
from whygate.setup.config_edit import add_setting
from whygate.setup.consent import find_consent, settle
from whygate.setup.derive import USUAL_PATH, Derivation, derive_schema
from whygate.setup.ground import read_raw
from whygate.setup.label_fate import Decision, Fate
from whygate.setup.proposal import FileChange, Proposal
from whygate.terminal.output import read_file, write_file
from whygate.text.clean import clean_line
from whygate.world.worktree import CONFIG_NAME, FILE_LIMIT, find_config, find_templates
from whygate.world.world import World, find_world, load_config

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from whygate.policy.config import Config
    from whygate.world.worktree import ConfigFile

# C1 controls, bidirectional controls, and characters without a width.
_UNSEEN = re.compile("[\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]")
_WORDS = {
    Fate.KEPT: "stays {field}",
    Fate.ALIAS: "becomes another name of {field}",
    Fate.OWN: "becomes the optional field {field}",
    Fate.LEFT: "is left alone",
}


@click.command(
    "derive",
    epilog="""\b
Examples:
  whygate derive
  whygate derive docs/pr.md --output schema.json
  whygate derive --write
  whygate derive --alias "Context=problem" --alias "Payoff=outcome\"""",
)
@click.argument("files", nargs=-1, type=click.Path(path_type=Path))
@click.option(
    "--alias",
    "aliases",
    multiple=True,
    metavar="HEADING=FIELD",
    help="Read a heading as a field; may be repeated.",
)
@click.option("-o", "--output", type=click.Path(path_type=Path), help="Write the schema there.")
@click.option("--write", is_flag=True, help=f"Save it as {USUAL_PATH} and name it in the config.")
@click.option("--dry-run", is_flag=True, help="With --write: show what would be written.")
@click.option("-y", "--yes", is_flag=True, help="With --write: do not ask.")
@repository_option
def command(  # noqa: PLR0913  (one parameter an option)
    files: tuple[Path, ...],
    *,
    aliases: tuple[str, ...],
    output: Path | None,
    write: bool,
    dry_run: bool,
    yes: bool,
    repository: Path | None,
) -> int:
    """Make a schema under which the headings of FILES are read as they are.

    Without FILES: of the repository's pull request templates. What became of every heading, and
    why, is told on stderr; the schema goes to stdout.
    """
    if write and output is not None:
        raise click.UsageError("--write has a place of its own; leave --output out")
    if (dry_run or yes) and not write:
        raise click.UsageError("--dry-run and --yes belong to --write")
    world = find_world(repository)
    config = load_config(world)
    templates = _read_files(files) if files else _find_files(world, config)
    derivation = derive_schema(templates, bundled_schema(), _read_aliases(aliases))
    text = render_schema(derivation)
    load_user_schema(text, USUAL_PATH)
    click.echo("\n".join(explain_decisions(derivation.decisions)), err=True)
    if write:
        _write(world, config, text, dry_run=dry_run, yes=yes)
    elif output is not None:
        write_file(output, [text])
        click.echo(f"wrote {clean_line(str(output))}; {_next_step(output.as_posix())}", err=True)
    else:
        click.echo(text, nl=False)
        click.echo(_next_step(USUAL_PATH), err=True)
    return 0


def render_schema(derivation: Derivation) -> str:
    """Return the JSON text of a derived schema.

    What a terminal may obey or nobody sees (RFC 8259 leaves it as it is) is written as escapes.
    """
    text = json.dumps(derivation.schema, indent=2, ensure_ascii=False) + "\n"
    return _UNSEEN.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def explain_decisions(decisions: Sequence[Decision]) -> Iterator[str]:
    """Yield a line for every heading: what becomes of it, and why."""
    if not decisions:
        yield "there is no heading or label in the template: the bundled schema needs no help"
    for decision in decisions:
        label, fate = decision.label, decision.fate
        words = _WORDS[fate].format(field=f"`{decision.field}`")
        yield clean_line(f"{label.path}:{label.line}: `{label.text}` {words}: {decision.why}")
    if any(decision.fate is Fate.LEFT for decision in decisions):
        yield 'to have one of them read all the same: --alias "HEADING=FIELD"'


def propose_schema(world: World, config: Config, text: str) -> Proposal | None:
    """Return the proposal to save a schema and to name it; None when all of it is there.

    Raises InputError when another schema is named or stands in its place, or when the
    configuration has no room for the line.
    """
    assert world.root is not None  # noqa: S101 - the caller looked
    tree = Worktree(world.root)
    old = read_text(tree, USUAL_PATH, limit=FILE_LIMIT)
    if config.schema_path not in ("", USUAL_PATH):
        raise InputError(
            f"the configuration names the schema `{config.schema_path}` already",
            hint="`--output FILE` writes the derived one beside it",
        )
    if old not in (None, text):
        raise InputError(
            f"there is another `{USUAL_PATH}` already",
            hint="`--output FILE` writes the derived one beside it, to compare them",
        )
    changes = [] if old == text else [FileChange(USUAL_PATH, None, text)]
    if not config.schema_path:
        changes.append(name_schema(world))
    why = "a schema that reads the headings of your own template"
    return Proposal(why, tuple(changes)) if changes else None


def name_schema(world: World) -> FileChange:
    """Return the change that names the derived schema in the configuration.

    Raises InputError when the configuration has no room for the line.
    """
    assert world.root is not None  # noqa: S101 - the caller looked
    found = find_config(world.root)
    if found is None:
        return FileChange(CONFIG_NAME, None, f"version: 1\nschema: {USUAL_PATH}\n")
    data = read_raw(Worktree(world.root), found.path) or ""
    new = add_setting(data, "schema", USUAL_PATH, found.form)
    if not _names_schema(found._replace(text=new.removeprefix("\ufeff"))):
        raise InputError(
            f"`{found.path}` has no place where the line could go",
            hint=f"add it yourself: schema: {USUAL_PATH}",
        )
    return FileChange(found.path, data, new)


def _names_schema(config: ConfigFile) -> bool:
    form: Literal["yaml", "toml"] = "toml" if config.form == "toml" else "yaml"
    try:
        layer = parse_config(config.text, config.path, json.loads(read_bundled(CONFIG)), fmt=form)
    except ConfigError:
        return False
    return layer.schema_path == USUAL_PATH


def _write(world: World, config: Config, text: str, *, dry_run: bool, yes: bool) -> None:
    if world.root is None:
        raise InputError(
            "there are no checked-out files here to write to", hint="`--output FILE` writes a file"
        )
    proposal = propose_schema(world, config, text)
    proposals = () if proposal is None else (proposal,)
    consent = find_consent(dry_run=dry_run, yes=yes, proposals=proposals)
    settle(world.root, proposals, consent)
    if proposal is None:
        click.echo("everything is in place already")


def _read_files(files: Sequence[Path]) -> tuple[SourceFile, ...]:
    return tuple(SourceFile(path.as_posix(), read_file(path, FILE_LIMIT)) for path in files)


def _find_files(world: World, config: Config) -> tuple[SourceFile, ...]:
    if world.files is None:
        raise UndecidedError(
            "there is no git repository here", hint="name the template: derive FILE"
        )
    found = find_templates(world.files, config.templates)
    if not found:
        raise InputError(
            "there is no pull request template to derive a schema from",
            hint="`whygate init` proposes a template; or name one: derive FILE",
        )
    return tuple(SourceFile(document.path, document.text) for document in found)


def _read_aliases(aliases: Sequence[str]) -> Mapping[str, str]:
    names = [f.name for f in bundled_schema().fields]
    chosen: dict[str, str] = {}
    for alias in aliases:
        heading, sign, name = alias.rpartition("=")
        if not sign or not heading.strip():
            raise click.BadParameter(f"`{alias}` is not HEADING=FIELD", param_hint="--alias")
        if name.strip() not in names:
            known = ", ".join(names)
            raise click.BadParameter(
                f"there is no field `{name}` among {known}", param_hint="--alias"
            )
        chosen[heading] = name.strip()
    return chosen


def _next_step(path: str) -> str:
    return f"to use it, save it and write into {CONFIG_NAME}: schema: {path}"
