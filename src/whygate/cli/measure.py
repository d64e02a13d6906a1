"""`whygate measure`: ask the sources of the metric catalogue what came of the plans."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import click
from msgspec import Struct

from whygate.catalogue import CATALOGUE_PATH
from whygate.cli.options import (
    cache_option,
    config_option,
    format_option,
    output_option,
    repository_option,
    today_option,
)
from whygate.errors import InputError
from whygate.history.outcomes import History, read_history
from whygate.history.target import AuditOptions
from whygate.loop.measure import read_definitions, to_baseline, to_result, write_results
from whygate.loop.record import find_change
from whygate.metrics.agenda import (
    Agenda,
    Measured,
    measure,
    plan_baselines,
    plan_change,
    plan_due,
    wants_catalogue,
)
from whygate.metrics.port import Setting
from whygate.metrics.sources import Sources
from whygate.reporters.measure import (
    render_baselines,
    render_dry,
    render_measure_json,
    render_measure_markdown,
    render_measure_svg,
    render_plain,
    render_proposal,
)
from whygate.terminal.output import put_out
from whygate.text.clean import clean_line
from whygate.world.world import World, find_world, load_policy, read_today

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import date
    from pathlib import Path

    from whygate.catalogue.catalogue import Catalogue
    from whygate.outcomes.outcome import Outcome
    from whygate.outcomes.result import Result

FORMATS = ("text", "json", "markdown", "svg")
UNREAD = 3
_NO_CATALOGUE = (
    f"whygate: there is no {CATALOGUE_PATH}, so no plan can be measured\n"
    "hint: `whygate show schema metrics` says what it holds; docs/metrics.md shows one"
)


class MeasureOptions(Struct, frozen=True):
    """What was asked for on the command line."""

    change: str
    due: bool
    baseline: bool
    write: bool
    propose: bool
    dry_run: bool
    form: str
    output: Path | None
    repository: Path | None
    config_path: Path | None
    today: date | None
    cache: bool


@click.command(
    "measure",
    epilog="""\b
Examples:
  whygate measure --due
  whygate measure --due --write
  whygate measure --due --propose
  whygate measure '#12' --format svg -o 12.svg
  whygate measure --baseline --write""",
)
@click.argument("change", default="", metavar="[CHANGE]")
@click.option("--due", is_flag=True, help="Measure every plan whose day has passed.")
@click.option("--baseline", is_flag=True, help="Ask what the sources said before each merge.")
@click.option("--write", is_flag=True, help="Append what was measured to the ledger.")
@click.option(
    "--propose", is_flag=True, help="Open or update one request to merge with these lines."
)
@click.option("--dry-run", is_flag=True, help="Print what would be asked, and ask nothing.")
@format_option(*FORMATS)
@output_option
@cache_option
@config_option
@repository_option
@today_option
@click.pass_context
def command(context: click.Context, /, **_: object) -> int:
    """Ask the metric catalogue what came of CHANGE, or of every plan that is due.

    The queries stand in .whygate/metrics.yml; a change only names them. The exit status is 0
    when every plan that names a metric was read, and 3 when one was not, or when there are plans
    and no catalogue.
    """
    options = MeasureOptions(**context.params)
    _require_usage(options)
    world = find_world(options.repository)
    policy = load_policy(world, path=options.config_path)
    today = read_today(options.today, policy.config)
    catalogue = _load_catalogue(policy.metrics)
    history = read_history(world, policy, today, AuditOptions(cache=options.cache))
    agenda = _make_agenda(options, history, catalogue, today)
    lacks = catalogue is None and (
        bool(agenda.skipped) or wants_catalogue(history.outcomes.outcomes)
    )
    failed = lacks or any(skipped.failed for skipped in agenda.skipped)
    if lacks:
        click.echo(_NO_CATALOGUE, err=True)
    if options.dry_run:
        put_out(options.output, [render_dry(agenda)])
        return UNREAD if failed else 0
    measured: tuple[Measured, ...] = ()
    if catalogue is not None:
        setting = Setting(os.environ, world.root)
        with Sources(catalogue, setting) as sources:
            measured = measure(agenda, sources, _progress())
    put_out(options.output, [_render(options, agenda, measured, today)])
    if options.write:
        _write(options, world, measured)
    if options.propose:
        _propose(options, agenda, measured, today)
    return UNREAD if failed or any(not one.is_read for one in measured) else 0


def _require_usage(options: MeasureOptions) -> None:
    asked = [bool(options.change), options.due, options.baseline]
    if sum(asked) != 1:
        raise click.UsageError("say one of CHANGE, --due and --baseline")
    if options.form == "svg" and not options.change:
        raise click.UsageError("--format svg shows one CHANGE")
    if options.baseline and options.form in ("svg", "markdown"):
        raise click.UsageError("--baseline is printed as text or json")
    kept = [name for name in ("write", "propose", "dry_run") if getattr(options, name)]
    named = [f"--{name.replace('_', '-')}" for name in kept]
    if len(named) > 1:
        raise click.UsageError(f"{' and '.join(named)} contradict each other")
    if options.change and (options.write or options.propose):
        raise click.UsageError(f"{named[0]} belongs to --due or --baseline")


def _load_catalogue(metrics: tuple[str, str] | None) -> Catalogue | None:
    from whygate.catalogue.file import parse_catalogue  # noqa: PLC0415

    return parse_catalogue(*metrics) if metrics is not None else None


def _make_agenda(
    options: MeasureOptions, history: History, catalogue: Catalogue | None, today: date
) -> Agenda:
    outcomes: Sequence[Outcome] = history.outcomes.outcomes
    if options.change:
        outcomes = _find_outcomes(history, options.change)
        if catalogue is None:
            raise InputError(
                f"there is no {CATALOGUE_PATH}, so no metric can be asked for",
                hint="`whygate show schema metrics` says what it holds",
            )
    if options.baseline:
        return plan_baselines(outcomes, catalogue, today)
    shas = [outcome.plan.sha for outcome in outcomes] if catalogue is not None else []
    then = read_definitions(history.target.git, shas)
    plan = plan_due if options.due else plan_change
    return plan(outcomes, catalogue, today, then)


def _find_outcomes(history: History, text: str) -> Sequence[Outcome]:
    """Return the outcomes of a change; raises InputError for no change, or one without a plan."""
    found = find_change(history, text)
    if not found.outcomes:
        raise InputError(f"{found.name} carries no plan, so there is nothing to measure")
    return found.outcomes


def _render(
    options: MeasureOptions, agenda: Agenda, measured: Sequence[Measured], today: date
) -> str:
    match options.form:
        case "json":
            return render_measure_json(agenda, measured, today)
        case "markdown":
            return render_measure_markdown(agenda, measured)
        case "svg":
            if not measured:
                reasons = "; ".join(skipped.reason for skipped in agenda.skipped)
                raise InputError(f"there is nothing to draw: {reasons}")
            return render_measure_svg(measured[0])
    if options.baseline:
        return render_baselines(agenda, measured)
    return render_plain(agenda, measured, wide=bool(options.change))


def _results(options: MeasureOptions, measured: Sequence[Measured]) -> list[Result]:
    make: Callable[[Measured], Result | None] = to_baseline if options.baseline else to_result
    return [result for one in measured if (result := make(one)) is not None]


def _propose(
    options: MeasureOptions, agenda: Agenda, measured: Sequence[Measured], today: date
) -> None:
    """Open or update the request; what the forge refuses is raised, and stands after the report."""
    from whygate.forges.find import find_forge  # noqa: PLC0415  (few calls need it)
    from whygate.loop.measure import propose_results  # noqa: PLC0415

    results = _results(options, measured)
    if not results:
        click.echo("nothing to propose", err=True)
        return
    forge = find_forge(os.environ, lambda text: click.echo(text, nl=False))
    done = propose_results(forge, results, render_proposal(agenda, measured, today))
    where = f"request {done.identity} was {done.action}" if done.number else "nothing is new"
    click.echo(f"{len(results)} results: {where}", err=True)


def _write(options: MeasureOptions, world: World, measured: Sequence[Measured]) -> None:
    results = _results(options, measured)
    if not results:
        click.echo("nothing to write", err=True)
        return
    if world.root is None:
        raise InputError("this repository has no checked-out files to write to")
    lines = write_results(world.root, results)
    from whygate.outcomes.ledger import LEDGER_PATH  # noqa: PLC0415

    where = f"{LEDGER_PATH}:{lines[0]}" + (f"-{lines[-1]}" if len(lines) > 1 else "")
    click.echo(clean_line(f"wrote {len(lines)} in {where}; commit that file"), err=True)


def _progress() -> Callable[[int, int], None] | None:
    """Return what shows how many are done, on a terminal only."""
    if sys.stderr is None or not sys.stderr.isatty():
        return None

    def tell(done: int, of: int) -> None:
        end = "\n" if done == of else ""
        sys.stderr.write(f"\rmeasured {done} of {of}{end}")
        sys.stderr.flush()

    return tell
