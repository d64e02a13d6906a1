"""`whygate record`: write down what came of a change, where everybody who clones it can read it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
from msgspec.structs import replace

from whygate.cli.options import FILE, Day, config_option, repository_option, today_option
from whygate.errors import InputError
from whygate.history.outcomes import read_history
from whygate.loop.record import (
    Wanted,
    prepare,
    prepare_rows,
    require_sense,
    write_result,
    write_results,
)
from whygate.loop.rows import LIMIT, read_rows
from whygate.outcomes.result import ResultState
from whygate.terminal.output import read_file
from whygate.text.clean import clean_line
from whygate.world.world import find_world, load_policy, read_today

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path

    from whygate.history.outcomes import History
    from whygate.outcomes.review import Review
    from whygate.world.world import World

_CARRIERS = ("ledger", "trailer", "note")
_QUOTE_HINT = "quote it, because a shell takes #12 for a comment: whygate record '#12' --value ..."


@click.command(
    "record",
    epilog="""\b
Examples:
  whygate record '#12' --value "46 %" --evidence https://bi.example.com/412
  whygate record cart-sync --value 39 --note "two devices are rare"
  whygate record '#12' --value "39 %" --correct --note "the filter was wrong"
  whygate record 1a2b3c4 extended --until +30d --note "it starts later"
  whygate record --review
  whygate record --from results.csv""",
)
@click.argument("change", default="")
@click.argument("state", default="")
@click.option("--value", default="", help="What was measured, with its unit: `46 %`.")
@click.option("--evidence", default="", metavar="LINK", help="Where the number can be seen.")
@click.option("--note", default="", help="What was learned; why it is inconclusive or put off.")
@click.option("--metric", type=click.IntRange(1, 99), help="The number of the measurement.")
@click.option("--until", default="", metavar="DATE", help="The new day of an extension.")
@click.option(
    "--guardrail",
    "guardrails",
    multiple=True,
    help="What was measured for each guardrail, or `broken`, or `kept`; in their order.",
)
@click.option("--by", default="", help="Who looked (you).")
@click.option("--at", type=Day(), help="The day of the result (today).")
@click.option("--correct", is_flag=True, help="Take the place of the result that counts now.")
@click.option("--force", "forced", default="", metavar="REASON", help="Record a contradiction.")
@click.option(
    "--as", "carrier", type=click.Choice(_CARRIERS), default="ledger", help="Where to write it."
)
@click.option("--review", is_flag=True, help="Walk through what is due, and ask for each.")
@click.option(
    "--from", "table", type=FILE, metavar="FILE", help="Record the rows of a CSV file, or none."
)
@click.option("--commit", is_flag=True, help="With --as trailer: make an empty commit of it.")
@click.option("--dry-run", is_flag=True, help="Print what would be written.")
@config_option
@repository_option
@today_option
def command(
    *,
    repository: Path | None,
    config_path: Path | None,
    today: date | None,
    review: bool,
    table: Path | None,
    **inputs: object,
) -> int:
    """Record what came of CHANGE: met, missed, inconclusive, abandoned or extended.

    CHANGE is a request (`#12`), a commit, or a bet. Without STATE the value decides whether it
    is met or missed; a bare number has the unit of the plan. The result is appended to
    .whygate/results.jsonl; nothing that is there is written again. A wrong one is corrected by
    a further line (--correct), which takes its place; both are shown.
    """
    options = Wanted(**inputs)  # type: ignore[arg-type]
    _require_usage(options, review=review, table=table)
    rows = read_rows(read_file(table, LIMIT), str(table)) if table is not None else []
    world = find_world(repository)
    policy = load_policy(world, path=config_path)
    day = read_today(today, policy.config)
    history = read_history(world, policy, day)
    if review:
        return _review(options, world, history, day)
    if table is not None:
        for line in write_results(world, history, prepare_rows(rows, history, day, str(table))):
            click.echo(clean_line(line))
        return 0
    return _record(options, world, history, day)


def _record(options: Wanted, world: World, history: History, day: date) -> int:
    result, found = prepare(options, history, day)
    if found.is_known:
        click.echo(clean_line(f"{result.change} {result.state} is recorded already; nothing to do"))
        return 0
    if found.objections and not options.forced:
        return _refuse(found)
    for remark in found.remarks:
        click.echo(clean_line(f"note: {remark}"), err=True)
    said, notes = write_result(options, world, history, result)
    for line in said:
        click.echo(clean_line(line))
    for note in notes:
        click.echo(clean_line(f"note: {note}"), err=True)
    return 0


def _review(options: Wanted, world: World, history: History, day: date) -> int:
    """Walk through what is due; each answer is written before the next question."""
    from whygate.reporters.series_chart import render_sparkline  # noqa: PLC0415 - only here
    from whygate.terminal.walk import Said, find_open, walk  # noqa: PLC0415

    def record(said: Said) -> str:
        plan = said.outcome.plan
        wanted = replace(
            options,
            change=said.outcome.name,
            metric=plan.index,
            state=said.state,
            value=said.value,
            note=said.note,
            until=said.until,
            evidence=said.evidence,
        )
        try:
            result, found = prepare(wanted, history, day)
        except InputError as error:
            return error.message
        if found.objections:
            return "; ".join(found.objections)
        told, _ = write_result(wanted, world, history, result)
        for line in told:
            click.echo(clean_line(line))
        return ""

    waiting = find_open(history.outcomes.outcomes)
    if not waiting:
        click.echo("nothing is overdue or due")
        return 0
    count = walk(waiting, record, render_sparkline)
    click.echo(f"recorded {count} of {len(waiting)}")
    return 0


def _require_usage(options: Wanted, *, review: bool, table: Path | None) -> None:
    if review or table is not None:
        if options.change or (review and table is not None):
            raise click.UsageError("--review, --from FILE and CHANGE exclude each other")
        if options.carrier != "ledger":
            raise click.UsageError("--review and --from FILE write to the ledger")
        return
    if not options.change or (not options.state and options.change in set(ResultState)):
        raise click.UsageError(f"CHANGE is missing; {_QUOTE_HINT}")
    if options.state and options.state not in set(ResultState):
        raise click.UsageError(f"`{options.state}` is none of {', '.join(ResultState)}")
    require_sense(options)
    if options.correct and options.carrier == "trailer":
        raise click.UsageError("--correct belongs to --as ledger or --as note")
    if options.commit and options.carrier != "trailer":
        raise click.UsageError("--commit belongs to --as trailer")


def _refuse(review: Review) -> int:
    for objection in review.objections:
        click.echo(clean_line(f"whygate: not recorded: {objection}"), err=True)
    click.echo(
        'hint: correct it, or give the reason: --force "why it holds all the same"', err=True
    )
    return 1
