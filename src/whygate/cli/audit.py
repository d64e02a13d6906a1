"""`whygate audit`: judge the history of a branch and count what it says."""

from __future__ import annotations

import gc
import sys
from typing import TYPE_CHECKING

import click

from whygate.audit.coverage import Counting, Coverage, Selection, Selector
from whygate.audit.ratchet import (
    BASELINE_LIMIT,
    find_new_debts,
    is_under,
    measure,
    parse_baseline,
    render_baseline,
)
from whygate.cli.audit_options import audit_options, read_options
from whygate.cli.audit_report import name_excess, render_report
from whygate.errors import UndecidedError
from whygate.history.outcomes import (
    NEXT_DAYS,
    Written,
    find_outcomes,
    find_tree,
    name_trouble,
    read_written,
)
from whygate.history.store import KnownCounts
from whygate.history.stream import open_cache, read_records, walk_key
from whygate.history.target import Target, find_target, with_links
from whygate.outcomes.scorecard import Shipped, keep_score, restrict_outcomes
from whygate.reporters.badge import LABEL, render_badge, render_badge_json
from whygate.reporters.due import list_due
from whygate.terminal.output import (
    print_chunks,
    read_file,
    show_progress,
    write_file,
    write_new_file,
)
from whygate.text.clean import clean_line
from whygate.text.message import without_number
from whygate.world.world import World, find_world, load_audited, preset_options, read_today

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from whygate.audit.ratchet import Debt
    from whygate.audit.record import Record
    from whygate.history.store import RecordCache
    from whygate.history.target import AuditOptions
    from whygate.reporters.html_ import Looked

_SHOWN_DEBTS = 20


@click.command(
    "audit",
    epilog="""\b
Examples:
  whygate audit
  whygate audit -C ../shop --since 2026-01-01 --format html -o audit.html
  whygate audit v1.0..v2.0 --by-area
  whygate audit --baseline .whygate/baseline.json --fail-under 60 --field problem""",
)
@audit_options
@click.pass_context
def command(context: click.Context, /, **_: object) -> int:
    """Judge every first-parent change of a branch and count what it says.

    A merged pull request is one change. The exit status is 0 whatever is found, because an
    audit starts low everywhere, unless --baseline or --fail-under sets a bar.
    """
    options = read_options(context)
    world = find_world(options.repository)
    world, policy = load_audited(
        world, path=options.config_path, options=preset_options(options.preset)
    )
    day = read_today(options.today, policy.config)
    target = find_target(world, policy, options, day)
    collect_seldom()
    audit = Audit(target, options, _read_written(world, target))
    audit.run()
    audit.write()
    return audit.judge()


def _find_planned(records: Iterable[Record]) -> set[str]:
    """Return the hashes of the changes that have a plan, or share one."""
    return {record.sha for record in records if record.plans or record.shares}


def collect_seldom() -> None:
    """Look for cycles of objects seldom: what is loaded by now stays, and records hold none."""
    gc.freeze()
    gc.set_threshold(100_000, 50, 50)


def _read_written(world: World, target: Target) -> Written | UndecidedError:
    """Return what is written beside the commits, or why it cannot be read.

    A clone without file contents has no ledger to read; its messages are counted all the same.
    """
    try:
        return read_written(target.git, find_tree(world, target))
    except UndecidedError as error:
        return error


class Audit:
    """One run: read, count, report, and hold against the bars that were set."""

    def __init__(
        self, target: Target, options: AuditOptions, written: Written | UndecidedError
    ) -> None:
        self._target = target
        self._written = written if isinstance(written, Written) else Written()
        self._unread = written.message if isinstance(written, UndecidedError) else ""
        self._options = options
        self._selection = Selection(
            since=options.since,
            until=options.until,
            author=options.author,
            kinds=options.kinds,
            last=options.last,
        )
        self._known = _read_baseline(options.baseline)
        self._records: list[Record] = []
        self._told: list[Record] = []
        self._planned: set[str] = set()
        self._coverage = Coverage()
        self._notes: list[str] = []

    def run(self) -> None:
        """Read the history and count it."""
        options = self._options
        selector = Selector(self._selection)
        counting = Counting(
            adopted=options.adopted, by_area=options.by_area, by_author=options.by_author
        )
        cache = open_cache(self._target) if options.cache else None
        counts = cache if self._counts_all else None
        if not self._resume(counting, counts):
            limit = self._selection.last if self._selection.is_plain else None
            read = read_records(self._target, self._written, cache, jobs=options.jobs, limit=limit)
            batches = show_progress(read, sys.stderr)
            for batch in selector.pick(self._listen(batches)):
                counting.add(batch)
                self._planned |= _find_planned(batch)
                if options.needs_records:
                    self._records += batch
            self._keep(counting, counts)
        self._coverage = counting.finish()
        if cache is not None:
            cache.close()
            self._notes += cache.notes
        if selector.undated:
            self._notes.append(
                f"in no period, because their date cannot be read: {selector.undated} changes"
            )

    @property
    def _counts_all(self) -> bool:
        """Tell whether nothing but the counts of all changes is asked for."""
        options, selection = self._options, self._selection
        is_grouped = options.by_area or options.by_author
        is_whole = selection.is_plain and selection.last is None
        return is_whole and not is_grouped and not options.needs_records

    def _resume(self, counting: Counting, cache: RecordCache | None) -> bool:
        """Take what an earlier run counted of the same walk; tell whether it did."""
        known = cache.find_counts(walk_key(self._target, self._written)) if cache else None
        if known is None:
            return False
        counting.resume(known.counted)
        self._told = known.told
        self._planned = _find_planned(known.told)
        return True

    def _keep(self, counting: Counting, cache: RecordCache | None) -> None:
        """Keep what was counted for a later run, unless it depends on the day of this one."""
        counted = counting.counted()
        if cache is not None and counted.is_dated:
            known = KnownCounts(counted, self._told)
            cache.keep_counts(walk_key(self._target, self._written), known)

    def write(self) -> None:
        """Write the report, and the files that were asked for beside it."""
        options, target = self._options, self._target
        looked = self._look() if options.shows_outcomes else None
        if options.form == "sarif" and (warning := name_excess(self._records)):
            self._notes.append(warning)
            click.echo(f"note: {warning}", err=True)
        basis = target.basis(self._selection.describe(), self._notes)
        records = with_links(self._records, target.links, named=options.by_author)
        chunks = render_report(options, basis, self._coverage, records, looked)
        if options.output is not None:
            write_file(options.output, chunks)
        else:
            print_chunks(chunks)
        if options.write_baseline is not None:
            write_new_file(options.write_baseline, [render_baseline(self._records)])
        part, whole = measure(self._coverage, options.field)
        label = options.field or LABEL
        if options.badge is not None:
            write_file(options.badge, [render_badge(part, whole, label=label)])
        if options.badge_json is not None:
            write_file(options.badge_json, [render_badge_json(part, whole, label=label)])

    def judge(self) -> int:
        """Return the exit status: 1 when a bar is missed."""
        return int(self._has_new_debt() | self._is_under())

    def _listen(self, batches: Iterable[list[Record]]) -> Iterator[list[Record]]:
        """Yield batches and keep what tells of outcomes, whatever else is selected of them."""
        for batch in batches:
            self._told += [r for r in batch if r.plans or r.shares or r.results or r.reverts]
            yield batch

    def _look(self) -> Looked | None:
        """Return what came of the plans and what waits for a result, None when there is no plan."""
        if not self._planned:
            return None
        if self._unread:  # to count without them would call every plan overdue
            self._notes.append(f"what came of the plans is not known: {self._unread}")
            return None
        target, options, today = self._target, self._options, self._target.today
        told = with_links(self._told, target.links, named=options.by_author)
        found, damages = find_outcomes(target, told, self._written)
        if not self._selection.is_plain or self._selection.last or target.span.base is not None:
            found = restrict_outcomes(found, self._planned)
        self._notes[:0] = (*self._written.remarks, *name_trouble(found.unmatched, damages))
        shipped = Shipped(self._coverage.judged, tuple(self._coverage.exempt_features))
        card = keep_score(found, today, shipped, by_owner=options.by_author)
        return card, list_due(found, today=today, within=NEXT_DAYS)

    def _has_new_debt(self) -> bool:
        known = self._known
        if known is None:
            return False
        new = find_new_debts(self._records, known)
        for debt, record in new[:_SHOWN_DEBTS]:
            named = f"{record.identity} {without_number(record.title, record.identity)}"
            words = f"{named}: {debt.rule} is not in the baseline"
            click.echo(clean_line(words), err=True)
        if new:
            click.echo(f"new debts: {len(new)}; in the baseline: {len(known)}", err=True)
        return bool(new)

    def _is_under(self) -> bool:
        percent, field = self._options.fail_under, self._options.field
        if percent is None:
            return False
        part, whole = measure(self._coverage, field)
        verdict = is_under(part, whole, percent)
        what = f"answer {field}" if field else "are complete"
        if verdict is None:
            click.echo(
                f"--fail-under decides nothing: of {whole} changes no rate is made", err=True
            )
        elif verdict:
            shown = f"{part} of {whole} changes {what}: fewer than {percent:g} %"
            click.echo(shown, err=True)
        return bool(verdict)


def _read_baseline(path: Path | None) -> frozenset[Debt] | None:
    """Return what a baseline lists, before a history is read for nothing."""
    if path is None:
        return None
    return parse_baseline(read_file(path, BASELINE_LIMIT), str(path))
