"""`whygate audit --fleet`: read many repositories, and report on all of them."""

from __future__ import annotations

import os
import shutil
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

import click
from msgspec import Struct

from whygate.history.fleet.count import count_fleet
from whygate.history.fleet.run import Dask, Options, Processes, run_fleet
from whygate.history.fleet.source import read_fleet
from whygate.history.fleet.work import name_page
from whygate.reporters.audit import FORMATS, Page
from whygate.reporters.fleet import (
    FLEET_FORMATS,
    render_fleet_csv,
    render_fleet_text,
)
from whygate.terminal.output import put_out, use_color
from whygate.text.clean import clean_line
from whygate.world.clock import today_in

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from whygate.history.fleet.count import FleetFigures
    from whygate.history.run import Audited

UNDECIDED = 3
# The options of `audit` that mean the same here; another one would be passed over in silence.
SHARED = frozenset(
    {"fleet", "data", "engine", "scheduler", "teams", "jobs", "form", "output", "by_area"}
    | {"csv_raw", "preset", "config_path", "today", "imports", "pages"}
)


class FleetOptions(Struct, frozen=True):
    """What is read, where it is kept, and by whom."""

    fleet: str
    data: Path
    engine: str
    scheduler: str
    teams: Path | None
    jobs: int


def audit_fleet(
    wanted: FleetOptions,
    options: Options,
    *,
    form: str,
    output: Path | None,
    csv_raw: bool,
) -> int:
    """Bring a fleet up to date and report on it; the status is 3 when one could not be read."""
    if form not in FLEET_FORMATS:
        raise click.UsageError(f"--fleet prints {', '.join(FLEET_FORMATS)}, and no {form}")
    if (wanted.engine == "dask") != bool(wanted.scheduler):
        raise click.UsageError("--engine dask and --scheduler ADDRESS go together")
    fleet = read_fleet(wanted.fleet, wanted.teams, _say)
    root = wanted.data.absolute()
    if wanted.engine == "dask":
        root.mkdir(parents=True, exist_ok=True)
        cluster = Dask(wanted.scheduler, root)
        try:
            ran = run_fleet(fleet, root, cluster, options, _progress)
        finally:
            cluster.close()
    else:
        ran = run_fleet(fleet, root, Processes(wanted.jobs), options, _progress)
    where = output.parent if output is not None else Path()
    find_page = partial(_find_page, options.pages, where)
    found = count_fleet(root, ran, options.today or today_in("UTC"), find_page)
    text = _render(found, form, output, raw=csv_raw)
    put_out(output, [text])
    if found.failures:
        click.echo(f"could not be read: {len(found.failures)} of {found.asked:,}", err=True)
    return UNDECIDED if found.failures else 0


def render_page(audited: Audited, today: date) -> Iterable[str]:
    """Return the page of one repository, for its worker."""
    return FORMATS["html"].render(Page(audited, today))


def _find_page(pages: Path | None, where: Path, key: str) -> str:
    """Return how the page of a repository is reached from a directory, "" when there is none."""
    if pages is None or not (path := pages / name_page(key)).is_file():
        return ""
    return quote(Path(os.path.relpath(path, where)).as_posix())


def _render(found: FleetFigures, form: str, output: Path | None, *, raw: bool) -> str:
    if form == "csv":
        return render_fleet_csv(found, raw=raw)
    if form == "text" and output is None and sys.stdout is not None and sys.stdout.isatty():
        width = shutil.get_terminal_size().columns
        return render_fleet_text(found, width=width, color=use_color(None))
    return FLEET_FORMATS[form](found)


def _progress(done: int, asked: int) -> None:
    if sys.stderr is not None and sys.stderr.isatty():
        end = "\n" if done == asked else ""
        click.echo(f"\rrepositories: {done:,} of {asked:,}{end}", nl=False, err=True)


def _say(sentence: str) -> None:
    click.echo(clean_line(sentence), err=True)


def name_refused(context: click.Context) -> list[str]:
    """Return the options that were given and that a fleet has no use for."""
    given = [
        param
        for param in context.command.params
        if param.name is not None
        and param.name not in SHARED
        and context.get_parameter_source(param.name) is click.core.ParameterSource.COMMANDLINE
    ]
    return [param.opts[0] if param.param_type_name == "option" else "a range" for param in given]


def read_options(inputs: dict[str, object], today: date | None) -> Options:
    """Return how each repository is read."""
    return Options(
        today=today,
        preset=inputs["preset"],  # type: ignore[arg-type]
        config=inputs["config_path"],  # type: ignore[arg-type]
        by_area=bool(inputs["by_area"]),
        imports=bool(inputs["imports"]),
        pages=inputs["pages"],  # type: ignore[arg-type]
        render=render_page,
    )
