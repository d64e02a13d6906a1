"""`whygate show`: print what is in effect here: configuration, schema, contract, metrics, store."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

import click

from whygate.cli.complete import complete_metrics
from whygate.cli.options import (
    WholeGroup,
    config_option,
    format_option,
    preset_option,
    repository_option,
)
from whygate.errors import InputError
from whygate.reporters.json_ import dump_json
from whygate.schema.files import NAMES, read_bundled
from whygate.text.clean import clean, clean_line
from whygate.world.world import find_world, load_config, load_policy, load_schema, preset_options

if TYPE_CHECKING:
    from pathlib import Path

    from whygate.catalogue.catalogue import Catalogue

_PROGRAM = "whygate"
_SHELLS = ("bash", "zsh", "fish")
_VARIABLE = "_WHYGATE_COMPLETE"


@click.group(
    "show",
    cls=WholeGroup,
    epilog="""\b
Examples:
  whygate show config
  whygate show contract --format agents >> AGENTS.md
  whygate show store --clear""",
)
def command() -> None:
    """Print what is in effect here, and what programs need to know."""


@command.command(
    "config",
    epilog="""\b
Examples:
  whygate show config
  whygate show config --preset strict --format json""",
)
@format_option("text", "json")
@preset_option
@config_option
@repository_option
def show_config(
    form: str, preset: str | None, config_path: Path | None, repository: Path | None
) -> int:
    """Print every setting in effect and where it comes from.

    The schema, the templates, the bets and the metrics are read as well, so that a mistake in one
    of them shows here and not at the next commit.
    """
    from whygate.policy.settings import effective  # noqa: PLC0415  (each part loads its own)

    world = find_world(repository)
    policy = load_policy(world, path=config_path, options=preset_options(preset))
    if policy.metrics is not None:
        from whygate.catalogue.file import parse_catalogue  # noqa: PLC0415

        parse_catalogue(*policy.metrics)
    settings = effective(policy.config)
    if form == "json":
        rows = [{"key": s.path, "value": s.value, "origin": s.origin} for s in settings]
        click.echo(dump_json(rows), nl=False)
        return 0
    for setting in settings:
        click.echo(f"{setting.path} = {clean_line(setting.value)}  ({clean_line(setting.origin)})")
    return 0


@command.command(
    "schema",
    epilog="""\b
Examples:
  whygate show schema > product-context.schema.json
  whygate show schema --effective
  whygate show schema report""",
)
@click.argument("name", type=click.Choice(sorted(NAMES)), default="document")
@click.option("--effective", is_flag=True, help="The one this repository uses.")
@config_option
@repository_option
def show_schema(
    name: str, *, effective: bool, config_path: Path | None, repository: Path | None
) -> int:
    """Print the JSON Schema of what a change says, or of another thing whygate reads or writes."""
    if not effective:
        click.echo(read_bundled(NAMES[name]), nl=False)
        return 0
    if name != "document":
        raise click.UsageError("--effective belongs to the document schema")
    world = find_world(repository)
    schema = load_schema(world, load_config(world, path=config_path))
    click.echo(json.dumps(schema.source, indent=2, ensure_ascii=False))
    return 0


@command.command(
    "contract",
    epilog="""\b
Examples:
  whygate show contract
  whygate show contract --format json
  whygate show contract --format agents >> AGENTS.md""",
)
@format_option("text", "json", "agents")
@preset_option
@config_option
@repository_option
def show_contract(
    form: str, preset: str | None, config_path: Path | None, repository: Path | None
) -> int:
    """Print what a change must say here: fields, formats, kinds, exemptions, rules, examples.

    It follows from the schema and the configuration in effect, and is meant for whoever writes
    the change, a person or an agent. The format `agents` is the section for an AGENTS.md file.
    """
    from whygate.authoring.contract import build_contract  # noqa: PLC0415
    from whygate.authoring.contract_text import (  # noqa: PLC0415
        render_agents_section,
        render_contract,
    )

    policy = load_policy(find_world(repository), path=config_path, options=preset_options(preset))
    if form == "agents":
        click.echo(clean(render_agents_section(policy)), nl=False)
    elif form == "json":
        from whygate.reporters.contract_json import render_contract_json  # noqa: PLC0415

        click.echo(render_contract_json(build_contract(policy)), nl=False)
    else:
        click.echo(clean(render_contract(build_contract(policy))), nl=False)
    return 0


@command.command(
    "metrics",
    epilog="""\b
Examples:
  whygate show metrics
  whygate show metrics --format json""",
)
@click.argument("name", default="", metavar="[NAME]", shell_complete=complete_metrics)
@format_option("text", "json")
@config_option
@repository_option
def show_metrics(name: str, form: str, config_path: Path | None, repository: Path | None) -> int:
    """Print the metrics that a plan can name, and what each one counts; or one, with its query.

    They stand in .whygate/metrics.yml. A plan names one as its metric, or with `Data source:
    metric:NAME`, so that its number can be asked for on the day.
    """
    from whygate.catalogue import CATALOGUE_PATH  # noqa: PLC0415
    from whygate.catalogue.catalogue import Catalogue  # noqa: PLC0415
    from whygate.catalogue.file import parse_catalogue  # noqa: PLC0415
    from whygate.reporters.catalogue import render_metrics, render_metrics_json  # noqa: PLC0415

    policy = load_policy(find_world(repository), path=config_path)
    catalogue = parse_catalogue(*policy.metrics) if policy.metrics is not None else None
    if name:
        catalogue = _only(catalogue or Catalogue(), name)
    if form == "json":
        click.echo(render_metrics_json(catalogue), nl=False)
    elif catalogue is None:
        click.echo(
            f"there is no {CATALOGUE_PATH}; `whygate show schema metrics` says what it holds"
        )
    else:
        click.echo(clean(render_metrics(catalogue, queries=bool(name))), nl=False)
    return 0


def _only(catalogue: Catalogue, name: str) -> Catalogue:
    """Return a catalogue with one metric; raises InputError with near names for none."""
    from msgspec.structs import replace  # noqa: PLC0415

    found = catalogue.find(name)
    if found is not None:
        return replace(catalogue, metrics={found.slug: found})
    near = catalogue.suggest(name)
    hint = f"did you mean `{near[0]}`?" if near else "`whygate show metrics` lists them"
    raise InputError(f"no metric is called `{name[:80]}`", hint=hint)


@command.command(
    "store",
    epilog="""\b
Examples:
  whygate show store
  whygate show store --clear""",
)
@click.option("--clear", is_flag=True, help="Delete it; read and import everything again.")
@format_option("text", "json")
def show_store(*, clear: bool, form: str) -> int:
    """Print where whygate keeps what it read of histories and imported, how much and how old it is.

    It holds descriptions and mail addresses. It can be deleted at any time, and --clear deletes
    what the hook keeps beside it as well; WHYGATE_CACHE_DIR moves it.
    """
    from whygate.history import store  # noqa: PLC0415
    from whygate.history.requests import describe_store  # noqa: PLC0415
    from whygate.world.kept import remove_kept  # noqa: PLC0415

    path = store.cache_directory(os.environ) / store.FILE_NAME
    imports = [] if clear else describe_store(path)
    written = "" if clear else store.written_at(path)
    try:
        count = store.remove_cache(path) if clear else store.measure_cache(path)
        count += remove_kept(os.environ) if clear else 0
    except OSError as error:
        raise InputError(f"`{path}` cannot be deleted: {error.strerror}") from None
    if form == "json":
        size = "freed" if clear else "bytes"
        names = ("repository", "source", "requests", "fetched")
        listed = [dict(zip(names, row, strict=True)) for row in imports]
        known = {} if clear else {"written": written, "imports": listed}
        click.echo(dump_json({"path": str(path), size: count, **known}), nl=False)
        return 0
    age = f", last written {written}" if written else ""
    click.echo(f"{clean_line(str(path))}\n{count} bytes{' freed' * clear}{age}")
    for home, source, requests, fetched in imports:
        line = f"{home}: {requests} requests from {source}, fetched {fetched}"
        click.echo(clean_line(line))
    return 0


@command.command(
    "completion",
    epilog="""\b
Examples:
  whygate show completion bash >> ~/.bashrc
  whygate show completion zsh >> ~/.zshrc
  whygate show completion fish > ~/.config/fish/completions/whygate.fish""",
)
@click.argument("shell", type=click.Choice(_SHELLS))
def show_completion(shell: str) -> int:
    """Print the script for a shell: it completes commands, options, rules, fields and kinds.

    For bash 4.4 or newer, zsh, and fish.
    """
    from click.shell_completion import ShellComplete, get_completion_class  # noqa: PLC0415

    kind = get_completion_class(shell)
    assert kind is not None  # noqa: S101 - click knows the three
    # The shell's own class asks the shell for its version, by running it.
    click.echo(ShellComplete.source(kind(click.Group(), {}, _PROGRAM, _VARIABLE)))
    return 0
