"""`whygate record`: write down what came of a change, where everybody who clones it can read it."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

import click
from msgspec.structs import replace

from whygate.cli.options import Day, config_option, repository_option, today_option
from whygate.history.outcomes import read_history
from whygate.loop.record import Wanted, find_change, make_result, require_valid, write_result
from whygate.outcomes.result import ResultState
from whygate.outcomes.review import Review, review_result
from whygate.text.clean import clean_line
from whygate.world.world import find_world, load_policy, read_today

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path

_CARRIERS = ("ledger", "trailer", "note")
_QUOTE_HINT = "quote it, because a shell takes #12 for a comment: whygate record '#12' met"


@click.command(
    "record",
    epilog="""\b
Examples:
  whygate record '#12' met --value "46 %" --evidence https://bi.example.com/412
  whygate record cart-sync missed --value "39 %" --note "two devices are rarer than we thought"
  whygate record '#12' missed --value "39 %" --correct --note "the filter was wrong"
  whygate record 1a2b3c4 extended --until +30d --note "the campaign starts later\"""",
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
    **inputs: object,
) -> int:
    """Record what came of CHANGE: met, missed, inconclusive, abandoned or extended.

    CHANGE is a request (`#12`), a commit, or a bet. The result is appended to
    .whygate/results.jsonl; nothing that is there is written again. A wrong one is corrected by
    a further line (--correct), which takes its place; both are shown.
    """
    options = Wanted(**inputs)  # type: ignore[arg-type]
    _require_usage(options)
    world = find_world(repository)
    policy = load_policy(world, path=config_path)
    day = read_today(today, policy.config)
    history = read_history(world, policy, day)
    found = find_change(history, options.change)
    result = make_result(options, found, history, day)
    review = review_result(result, found.outcomes)
    if review.is_known:
        click.echo(clean_line(f"{found.name} {result.state} is recorded already; nothing to do"))
        return 0
    if review.objections and not options.forced:
        return _refuse(review)
    if not review.objections:
        result = replace(result, forced="")  # it would hide a contradiction of later
    require_valid(result)
    for remark in review.remarks:
        click.echo(clean_line(f"note: {remark}"), err=True)
    said, notes = write_result(options, world, history, result)
    for line in said:
        click.echo(clean_line(line))
    for note in notes:
        click.echo(clean_line(f"note: {note}"), err=True)
    return 0


def _require_usage(options: Wanted) -> None:
    if not options.change or (not options.state and options.change in set(ResultState)):
        raise click.UsageError(f"CHANGE is missing; {_QUOTE_HINT}")
    if not options.state:
        call = f"whygate record {shlex.quote(options.change)} met"
        raise click.UsageError(f"STATE is missing: {', '.join(ResultState)}; such as: {call}")
    if options.state not in set(ResultState):
        raise click.UsageError(f"`{options.state}` is none of {', '.join(ResultState)}")
    is_extension = options.state == ResultState.EXTENDED
    if is_extension != bool(options.until):
        raise click.UsageError("`extended` and --until DATE belong together")
    if options.state in (ResultState.EXTENDED, ResultState.INCONCLUSIVE) and not options.note:
        raise click.UsageError(f'`{options.state}` needs a reason: --note "why"')
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
