"""`whygate audit`: judge the history of a branch and count what it says."""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click
from msgspec import Struct
from msgspec.structs import replace

from whygate.audit.ratchet import (
    BASELINE_LIMIT,
    find_new_debts,
    is_under,
    measure,
    parse_baseline,
    render_baseline,
)
from whygate.cli.complete import complete_fields
from whygate.cli.options import (
    FILE,
    Day,
    cache_option,
    config_option,
    format_option,
    output_option,
    preset_option,
    repository_option,
    revisions_argument,
    today_option,
)
from whygate.errors import UndecidedError
from whygate.history.run import collect_seldom, run_audit
from whygate.history.target import AuditOptions, default_jobs, find_target
from whygate.reporters.audit import (
    FORMATS,
    LABEL,
    Page,
    name_excess,
    render_badge,
    render_badge_json,
)
from whygate.terminal.output import (
    find_width,
    put_out,
    read_file,
    show_progress,
    use_color,
    write_file,
    write_new_file,
)
from whygate.text.clean import clean_line
from whygate.text.message import without_number
from whygate.world.world import find_world, load_audited, preset_options, read_today

if TYPE_CHECKING:
    from datetime import date

    from whygate.audit.coverage import Coverage
    from whygate.audit.ratchet import Debt
    from whygate.history.run import Audited

DATA = Path("whygate-fleet")
ENGINES = ("processes", "dask")
_OF_FLEET = {
    **{name: f"--{name}" for name in ("data", "engine", "scheduler", "teams")},
    "imports": "--import",
    "pages": "--pages",
}
_NEWEST_TAG = ""
_SHOWN_DEBTS = 20


class _Report(Struct, frozen=True):
    """Where the audit goes, and which bars it is held against."""

    form: str
    output: Path | None
    csv_raw: bool
    baseline: Path | None
    write_baseline: Path | None
    fail_under: float | None
    field: str
    badge: Path | None
    badge_json: Path | None


@click.command(
    "audit",
    epilog="""\b
Examples:
  whygate audit
  whygate audit -C ../shop --since 2026-01-01 --format html -o audit.html
  whygate audit v1.0..v2.0 --by-area
  whygate audit --baseline baseline.json --fail-under 60 --field problem""",
)
@revisions_argument
@click.option("--commits", is_flag=True, help="Judge every commit on its own.")
@click.option(
    "--merged-commits",
    is_flag=True,
    help="Judge merges of branches as well, by what their commits say.",
)
@click.option("--since", type=Day(), help="Changes committed on that day (UTC) or later.")
@click.option("--until", type=Day(), help="Changes committed on that day (UTC) or earlier.")
@click.option(
    "--since-tag",
    is_flag=False,
    flag_value=_NEWEST_TAG,
    metavar="[TAG]",
    help="Changes since a tag, the newest one without a name.",
)
@click.option("--path", "paths", multiple=True, help="Changes that touch it; may be repeated.")
@click.option("--author", default="", help="Changes whose author (`Name <mail>`) contains it.")
@click.option("--kind", "kinds", multiple=True, help="Changes of a kind; may be repeated.")
@click.option("-n", "--last", type=click.IntRange(min=1), help="Only the last N changes.")
@click.option(
    "--by-area", is_flag=True, help="Count by CODEOWNERS or first directory (reads paths)."
)
@click.option("--by-author", is_flag=True, help="Count by author, and name them.")
@click.option("--adopted", type=Day(), help="Compare the time before that day with the rest.")
@click.option("--csv-raw", is_flag=True, help="CSV for programs: leave formulas as they are.")
@click.option("--baseline", type=FILE, help="Fail on errors that this file does not list.")
@click.option("--write-baseline", type=FILE, help="List today's errors in this file.")
@click.option(
    "--fail-under",
    type=click.FloatRange(0, 100),
    metavar="PERCENT",
    help="Fail when fewer changes are complete.",
)
@click.option(
    "--field",
    default="",
    shell_complete=complete_fields,
    help="For --fail-under and badges: changes that say it.",
)
@click.option("--badge", type=FILE, help="Write an SVG badge to that file.")
@click.option("--badge-json", type=FILE, help="Write a shields.io endpoint to that file.")
@click.option(
    "-j", "--jobs", type=click.IntRange(min=1), default=default_jobs, help="Processes to use."
)
@click.option(
    "--fleet",
    metavar="SOURCE",
    default="",
    help="Audit many: a list (YAML, or a place a line), a directory of clones, `github:NAME` or "
    "`gitlab:GROUP`.",
)
@click.option(
    "--data",
    type=click.Path(path_type=Path, file_okay=False),
    default=DATA,
    show_default=True,
    help="For --fleet: where its Parquet files are kept.",
)
@click.option("--teams", type=FILE, help="For --fleet: a file that says whose each repository is.")
@click.option(
    "--pages",
    type=click.Path(path_type=Path, file_okay=False),
    help="For --fleet: write the page of each repository here, and link it.",
)
@click.option(
    "--import",
    "imports",
    is_flag=True,
    help="For --fleet: bring what is new of the merged requests of each that moved.",
)
@click.option(
    "--engine",
    type=click.Choice(ENGINES),
    default=ENGINES[0],
    help="For --fleet: processes of this machine, or a dask cluster.",
)
@click.option(
    "--scheduler", metavar="ADDRESS", default="", help="For --engine dask: where it listens."
)
@format_option(*FORMATS)
@output_option
@cache_option
@preset_option
@config_option
@repository_option
@today_option
@click.pass_context
def command(
    context: click.Context,
    /,
    *,
    repository: Path | None,
    preset: str | None,
    config_path: Path | None,
    today: date | None,
    **inputs: object,
) -> int:
    """Judge every first-parent change of a branch and count what it says.

    A merged pull request is one change. The exit status is 0 whatever is found, because an
    audit starts low everywhere, unless --baseline or --fail-under sets a bar.
    """
    if inputs["fleet"]:
        more = {"preset": preset, "config_path": config_path}
        return _audit_fleet(context, inputs | more, today)
    given = click.core.ParameterSource.COMMANDLINE
    if alone := [_OF_FLEET[n] for n in _OF_FLEET if context.get_parameter_source(n) is given]:
        raise click.UsageError(f"{', '.join(alone)} only with --fleet")
    options, report = _read_options(inputs)
    known = _read_baseline(report.baseline)
    world, policy = load_audited(
        find_world(repository), path=config_path, options=preset_options(preset)
    )
    target = find_target(world, policy, options, read_today(today, policy.config))
    collect_seldom()
    form = FORMATS[report.form]
    target = replace(target, keeps_words=form.shows_words)
    compares = known is not None or report.write_baseline is not None
    audited = run_audit(
        world,
        target,
        options,
        needs_records=form.needs_records or compares,
        shows_outcomes=form.shows_outcomes,
        watch=partial(show_progress, stream=sys.stderr),
    )
    width = find_width(to_file=report.output is not None)
    page = Page(
        audited,
        target.today,
        by_owner=options.by_author,
        raw_csv=report.csv_raw,
        width=width,
        color=width is not None and use_color(None),
    )
    _write(page, report)
    if audited.empty:
        click.echo(f"note: {audited.empty}", err=True)
        if known is not None or report.fail_under is not None:
            raise UndecidedError(
                f"{audited.empty}, so nothing was held against the bar",
                hint="correct what was asked for, or leave out --fail-under and --baseline",
            )
    return int(_has_new_debt(audited, known) | _is_under(audited.coverage, report))


def _audit_fleet(context: click.Context, inputs: dict[str, object], today: date | None) -> int:
    from whygate.cli.fleet import FleetOptions, audit_fleet, name_refused, read_options  # noqa: PLC0415

    if refused := name_refused(context):
        raise click.UsageError(f"--fleet goes without {', '.join(refused)}")
    wanted = FleetOptions(**{n: inputs[n] for n in FleetOptions.__struct_fields__})  # type: ignore[arg-type]
    return audit_fleet(
        wanted,
        read_options(inputs, today),
        form=str(inputs["form"]),
        output=inputs["output"],  # type: ignore[arg-type]
        csv_raw=bool(inputs["csv_raw"]),
    )


def _read_options(inputs: dict[str, object]) -> tuple[AuditOptions, _Report]:
    """Return what to read and what to write; options that exclude each other are refused."""
    options = AuditOptions(**{n: inputs[n] for n in AuditOptions.__struct_fields__ if n in inputs})  # type: ignore[arg-type]
    report = _Report(**{n: inputs[n] for n in _Report.__struct_fields__})  # type: ignore[arg-type]
    if options.commits and options.merged_commits:
        raise click.UsageError("--commits and --merged-commits exclude each other")
    if options.since_tag is not None and ".." in options.revisions:
        raise click.UsageError("--since-tag and a range A..B exclude each other")
    return options, report


def _read_baseline(path: Path | None) -> frozenset[Debt] | None:
    """Return what a baseline lists, before a history is read for nothing."""
    if path is None:
        return None
    return parse_baseline(read_file(path, BASELINE_LIMIT), str(path))


def _write(page: Page, report: _Report) -> None:
    """Write the report, and the files that were asked for beside it."""
    audited = page.audited
    if report.form == "sarif" and (warning := name_excess(audited.records)):
        click.echo(f"note: {warning}", err=True)
    chunks = FORMATS[report.form].render(page)
    put_out(report.output, chunks)
    if report.write_baseline is not None:
        write_new_file(report.write_baseline, [render_baseline(audited.records)])
    part, whole = measure(audited.coverage, report.field)
    label = report.field or LABEL
    if report.badge is not None:
        write_file(report.badge, [render_badge(part, whole, label=label)])
    if report.badge_json is not None:
        write_file(report.badge_json, [render_badge_json(part, whole, label=label)])


def _has_new_debt(audited: Audited, known: frozenset[Debt] | None) -> bool:
    if known is None:
        return False
    new = find_new_debts(audited.records, known)
    for debt, record in new[:_SHOWN_DEBTS]:
        named = f"{record.identity} {without_number(record.title, record.identity)}"
        words = f"{named}: {debt.rule} is not in the baseline"
        click.echo(clean_line(words), err=True)
    if new:
        click.echo(f"new debts: {len(new)}; in the baseline: {len(known)}", err=True)
    return bool(new)


def _is_under(coverage: Coverage, report: _Report) -> bool:
    percent, field = report.fail_under, report.field
    if percent is None:
        return False
    part, whole = measure(coverage, field)
    verdict = is_under(part, whole, percent)
    what = f"answer {field}" if field else "are complete"
    if verdict is None:
        click.echo(f"--fail-under decides nothing: of {whole} changes no rate is made", err=True)
    elif verdict:
        shown = f"{part} of {whole} changes {what}: fewer than {percent:g} %"
        click.echo(shown, err=True)
    return bool(verdict)
