"""`whygate record`: write down what came of a change, where everybody who clones it can read it."""

from __future__ import annotations

import json
import shlex
from typing import TYPE_CHECKING

import click
from msgspec import Struct
from msgspec.structs import replace

from whygate.cli.options import Day, config_option, repository_option, today_option
from whygate.errors import InputError
from whygate.git.notes import RESULTS_REF
from whygate.history.outcomes import History, read_history
from whygate.loop.commit import commit_result, find_merge, find_person
from whygate.loop.ledger import append_line, merges_by_union
from whygate.loop.notes import append_note
from whygate.outcomes.ledger import ATTRIBUTES_LINE, LEDGER_PATH, read_event, render_event
from whygate.outcomes.names import Found, Lookup
from whygate.outcomes.result import Result, ResultState, Source
from whygate.outcomes.review import Review, review_result
from whygate.outcomes.trailers import render_trailers
from whygate.schema.files import RESULTS, read_bundled
from whygate.schema.validate import compile_validator
from whygate.text.clean import clean_line
from whygate.values.dates import DateValue, parse_date
from whygate.world.world import World, find_world, load_policy, read_today

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path

_CARRIERS = ("ledger", "trailer", "note")
_QUOTE_HINT = "quote it, because a shell takes #12 for a comment: whygate record '#12' met"
_NEEDS_METRIC = (ResultState.MET, ResultState.MISSED, ResultState.INCONCLUSIVE)


class RecordOptions(Struct, frozen=True):
    """What was asked for on the command line."""

    change: str
    state: str
    repository: Path | None
    value: str
    evidence: str
    note: str
    metric: int | None
    until: str
    guardrails: tuple[str, ...]
    by: str
    at: date | None
    forced: str
    carrier: str
    commit: bool
    dry_run: bool
    config_path: Path | None
    today: date | None


@click.command(
    "record",
    epilog="""\b
Examples:
  whygate record '#12' met --value "46 %" --evidence https://bi.example.com/412
  whygate record cart-sync missed --value "39 %" --note "two devices are rarer than we thought"
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
@click.option("--force", "forced", default="", metavar="REASON", help="Record a contradiction.")
@click.option(
    "--as", "carrier", type=click.Choice(_CARRIERS), default="ledger", help="Where to write it."
)
@click.option("--commit", is_flag=True, help="With --as trailer: make an empty commit of it.")
@click.option("--dry-run", is_flag=True, help="Print what would be written.")
@config_option
@repository_option
@today_option
@click.pass_context
def command(context: click.Context, /, **_: object) -> int:
    """Record what came of CHANGE: met, missed, inconclusive, abandoned or extended.

    CHANGE is a request (`#12`), a commit, or a bet. The result is appended to
    .whygate/results.jsonl; nothing that is there is written again.
    """
    options = RecordOptions(**context.params)
    _require_usage(options)
    world = find_world(options.repository)
    policy = load_policy(world, path=options.config_path)
    today = read_today(options.today, policy.config)
    history = read_history(world, policy, today)
    found = _find_change(history, options.change)
    result = _make_result(options, found, history, today)
    review = review_result(result, found.outcomes)
    if review.is_known:
        click.echo(clean_line(f"{found.name} {result.state} is recorded already; nothing to do"))
        return 0
    if review.objections and not options.forced:
        return _refuse(review)
    if not review.objections:
        result = replace(result, forced="")  # it would hide a contradiction of later
    _require_valid(result)
    for remark in review.remarks:
        click.echo(clean_line(f"note: {remark}"), err=True)
    _write(options, world, history, result)
    return 0


def _require_usage(options: RecordOptions) -> None:
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
    if options.commit and options.carrier != "trailer":
        raise click.UsageError("--commit belongs to --as trailer")


def _find_change(history: History, text: str) -> Found:
    """Return the change a text names; raises InputError with the nearest name for no change."""
    lookup = Lookup(history.records, history.outcomes.outcomes)
    found = lookup.find(text)
    if found is None and (sha := find_merge(history.target.git, text, history.target.span.tip)):
        found = lookup.find(sha)
    if found is not None:
        return found
    near = lookup.suggest(text)
    hint = f"did you mean `{near}`?" if near else "`whygate due --within 1y` lists the plans"
    raise InputError(f"no change of this history is called `{text[:80]}`", hint=hint)


def _make_result(options: RecordOptions, found: Found, history: History, today: date) -> Result:
    state = ResultState(options.state)
    at = options.at or today
    if at > today:
        raise click.UsageError(f"--at {at} is in the future")
    metric = _choose_metric(options, found, state)
    targets = [o.plan.target for o in found.outcomes if o.plan.index == metric]
    return Result(
        change=found.name,
        at=at,
        state=state,
        sha=found.sha,
        metric=metric,
        value=_sound(options.value),
        target=targets[0] if targets and state in _NEEDS_METRIC else "",
        evidence=_sound(options.evidence),
        by=_sound(options.by) or find_person(history.target.git),
        note=_sound(options.note),
        until=_read_until(options.until, at),
        guardrails=tuple(map(_sound, options.guardrails)),
        forced=_sound(options.forced),
        source=Source(options.carrier),
    )


def _choose_metric(options: RecordOptions, found: Found, state: ResultState) -> int:
    known = [outcome.plan.index for outcome in found.outcomes]
    if options.metric is not None:
        if known and options.metric not in known:
            listed = ", ".join(map(str, known))
            raise click.UsageError(f"{found.name} has no metric {options.metric}; it has {listed}")
        return options.metric
    if len(known) <= 1:
        return known[0] if known else 0
    if state not in _NEEDS_METRIC:
        return 0
    plans = (outcome.plan for outcome in found.outcomes)
    listed = "; ".join(f"--metric {plan.index}: {plan.metric[:60]}" for plan in plans)
    raise click.UsageError(f"{found.name} has {len(known)} metrics, name one: {listed}")


def _read_until(text: str, at: date) -> date | None:
    if not text:
        return None
    found = parse_date(text, at)
    if not isinstance(found, DateValue) or found.day is None:
        suggestion = "" if isinstance(found, DateValue) else f"; write {found.suggestion}"
        raise click.UsageError(f"--until `{text}` is no day{suggestion}")
    if found.day <= at:
        raise click.UsageError(f"--until {found.day} is not after {at}")
    return found.day


def _sound(text: str) -> str:
    """Return an argument without the bytes that are no text."""
    return text.encode("utf-8", "replace").decode("utf-8").strip()


def _refuse(review: Review) -> int:
    for objection in review.objections:
        click.echo(clean_line(f"whygate: not recorded: {objection}"), err=True)
    click.echo(
        'hint: correct it, or give the reason: --force "why it holds all the same"', err=True
    )
    return 1


def _require_valid(result: Result) -> None:
    """Hold the line against its schema, and against our own reader, before anything is written."""
    line = render_event(result)
    problems = compile_validator(json.loads(read_bundled(RESULTS)), {})(json.loads(line))
    again = read_event(line, result.source, result.path, result.line)
    if problems or not isinstance(again, Result):
        reason = problems[0].message if problems else getattr(again, "message", "")
        raise InputError(f"the result cannot be written: {reason}")


def _write(options: RecordOptions, world: World, history: History, result: Result) -> None:
    git = history.target.git
    if options.carrier == "trailer":
        lines = render_trailers(result)
        if options.commit and not options.dry_run:
            sha = commit_result(git, f"chore: record the result of {result.change}", lines)
            _tell(result, f"commit {sha[:12]}")
        else:
            click.echo("\n".join(map(clean_line, lines)))
        return
    line = render_event(result)
    if options.dry_run:
        click.echo(clean_line(line))
    elif options.carrier == "note":
        assert world.repository is not None  # noqa: S101 - a history was read from it
        append_note(git, world.repository.common_dir, RESULTS_REF, result.sha, line)
        _tell(result, f"the note of {result.sha[:12]}; share it: git push origin {RESULTS_REF}")
    else:
        _append(world, history, result, line)


def _append(world: World, history: History, result: Result, line: str) -> None:
    if world.root is None:
        raise InputError(
            "this repository has no checked-out files to write to", hint="use --as note"
        )
    number = append_line(world.root, line)
    _tell(result, f"{LEDGER_PATH}:{number}; commit that file")
    if not merges_by_union(history.target.git):
        click.echo(
            f"note: so that two branches can record, add to .gitattributes: {ATTRIBUTES_LINE}",
            err=True,
        )


def _tell(result: Result, where: str) -> None:
    value = f", {result.value}" if result.value else ""
    until = f" until {result.until}" if result.until is not None else ""
    click.echo(clean_line(f"recorded {result.change} {result.state}{until}{value} in {where}"))
