"""`whygate scorecard`: say who looked, what came out, and what was learned."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
from msgspec import Struct

from whygate.audit.coverage import Selection, Selector, count_coverage
from whygate.cli.options import (
    Day,
    cache_option,
    config_option,
    format_option,
    output_option,
    repository_option,
    revisions_argument,
    today_option,
)
from whygate.history.outcomes import NEXT_DAYS, name_trouble, read_history, with_areas
from whygate.history.target import AuditOptions, name_empty, with_links
from whygate.outcomes.scorecard import Shipped, keep_score, restrict_outcomes
from whygate.reporters.due import list_due
from whygate.reporters.scorecard import FORMATS, Scored, render_scorecard
from whygate.terminal.output import find_width, put_out, use_color
from whygate.world.world import find_world, load_policy, read_today

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path

    from whygate.history.outcomes import History


class ScorecardOptions(Struct, frozen=True):
    """What was asked for on the command line."""

    revisions: str
    repository: Path | None
    since: date | None
    until: date | None
    by_owner: bool
    today: date | None
    form: str
    output: Path | None
    merged_commits: bool
    cache: bool
    config_path: Path | None


@click.command(
    "scorecard",
    epilog="""\b
Examples:
  whygate scorecard
  whygate scorecard --since 2026-07-01 --format markdown -o scorecard.md
  whygate scorecard v1.0..v2.0 --format json""",
)
@revisions_argument
@click.option("--since", type=Day(), help="Changes committed on that day (UTC) or later.")
@click.option("--until", type=Day(), help="Changes committed on that day (UTC) or earlier.")
@click.option("--by-owner", is_flag=True, help="Count by owner, and name them.")
@click.option("--merged-commits", is_flag=True, help="Name merges of branches after their commits.")
@format_option(*FORMATS)
@output_option
@cache_option
@config_option
@repository_option
@today_option
@click.pass_context
def command(context: click.Context, /, **_: object) -> int:
    """Count what came of the plans of a history: who looked first, then what was met.

    The exit status is 0 whatever came out: a missed target that taught something is a result.
    """
    options = ScorecardOptions(**context.params)
    width = find_width(to_file=options.output is not None)
    color = width is not None and use_color(None)
    text = render_scorecard(find_scorecard(options), options.form, width=width, color=color)
    put_out(options.output, [text])
    return 0


def find_scorecard(options: ScorecardOptions) -> Scored:
    """Return the scorecard of a history.

    Raises InputError without a repository or a commit, UndecidedError when the clone is shallow
    or git fails.
    """
    world = find_world(options.repository)
    policy = load_policy(world, path=options.config_path)
    today = read_today(options.today, policy.config)
    how = AuditOptions(
        revisions=options.revisions, merged_commits=options.merged_commits, cache=options.cache
    )
    history = read_history(world, policy, today, how, keeps_words=options.form == "html")
    return _score(history, Selection(since=options.since, until=options.until), options)


def _score(history: History, selection: Selection, options: ScorecardOptions) -> Scored:
    target = history.target
    selector = Selector(selection)
    records = [record for batch in selector.pick([list(history.records)]) for record in batch]
    found = history.outcomes
    if not selection.is_plain or target.span.base is not None:
        found = restrict_outcomes(found, {record.sha for record in records})
    found = with_areas(target, found)
    coverage = count_coverage(records)
    features, waived = tuple(coverage.exempt_features), tuple(coverage.waived)
    shipped = Shipped(coverage.judged, features, waived)
    notes = [*history.remarks, *name_trouble(found.unmatched, history.damages)]
    if history.records and not records:
        how = AuditOptions(revisions=options.revisions)
        notes.append(name_empty(how, selection.describe()))
    if selector.undated:
        notes.append(f"in no period, because their date cannot be read: {selector.undated} changes")
    return Scored(
        basis=target.basis(selection.describe(), notes),
        card=keep_score(found, target.today, shipped, by_owner=options.by_owner),
        due=list_due(found, today=target.today, within=NEXT_DAYS),
        coverage=coverage,
        records=with_links(records, target.links, named=False),
    )
