"""Read a history once for an audit: count it, and find what came of its plans."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING

from msgspec import Struct

from whygate.audit.coverage import Counting, Coverage, Selection, Selector
from whygate.audit.record import EDITED
from whygate.errors import UndecidedError
from whygate.history.outcomes import (
    Written,
    find_outcomes,
    find_tree,
    name_dangling,
    name_trouble,
    read_written,
)
from whygate.history.requests import open_descriptions
from whygate.history.store import KnownCounts
from whygate.history.stream import open_cache, read_records, walk_key
from whygate.history.target import Target, name_empty, with_links
from whygate.outcomes.scorecard import restrict_outcomes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from whygate.audit.record import Basis, Record
    from whygate.history.store import RecordCache
    from whygate.history.target import AuditOptions
    from whygate.outcomes.outcome import Outcomes
    from whygate.world.world import World


UNKNOWN = "what came of the plans is not known"  # begins the note that says why


class Audited(Struct, frozen=True):
    """What was read and counted of a history.

    `records` are empty unless they were asked for; `outcomes` are None when no change has a
    plan, when nobody asked, and when they cannot be known. `empty` says in words what no change
    fits, where none was selected. `fresh` counts the changes that no walk of before had, where a
    cache is used.
    """

    basis: Basis
    coverage: Coverage
    records: tuple[Record, ...] = ()
    outcomes: Outcomes | None = None
    empty: str = ""
    fresh: int = 0


def collect_seldom() -> None:
    """Look for cycles of objects seldom: what is loaded by now stays, and records hold none."""
    gc.freeze()
    gc.set_threshold(100_000, 50, 50)


def run_audit(
    world: World,
    target: Target,
    options: AuditOptions,
    *,
    needs_records: bool,
    shows_outcomes: bool,
    watch: Callable[[Iterable[list[Record]]], Iterable[list[Record]]] = iter,
) -> Audited:
    """Return the counts of a target; `watch` is given the batches and passes them on.

    Raises UndecidedError when git fails on the way.
    """
    run = _Run(target, options, _read_written(world, target), needs_records=needs_records)
    run.read(watch)
    return run.finish(shows_outcomes=shows_outcomes)


def _read_written(world: World, target: Target) -> Written | UndecidedError:
    """Return what is written beside the commits, or why it cannot be read.

    A clone without file contents has no ledger to read; its messages are counted all the same.
    """
    try:
        return read_written(target.git, find_tree(world, target))
    except UndecidedError as error:
        return error


class _Run:
    def __init__(
        self,
        target: Target,
        options: AuditOptions,
        written: Written | UndecidedError,
        *,
        needs_records: bool,
    ) -> None:
        self._target = target
        if isinstance(written, UndecidedError):  # a clone without file contents, which has none
            self._written = Written(descriptions=open_descriptions(target.git))
        else:
            self._written = written
        self._unread = written.message if isinstance(written, UndecidedError) else ""
        self._options = options
        self._needs_records = needs_records
        self._selection = Selection(
            since=options.since,
            until=options.until,
            author=options.author,
            kinds=options.kinds,
            last=options.last,
        )
        self._records: list[Record] = []
        self._told: list[Record] = []
        self._planned: set[str] = set()
        self._coverage = Coverage()
        self._notes: list[str] = []
        self._empty = ""
        self._fresh = 0

    def read(self, watch: Callable[[Iterable[list[Record]]], Iterable[list[Record]]]) -> None:
        """Read the history and count it."""
        options = self._options
        selector = Selector(self._selection)
        counting = Counting(
            adopted=options.adopted, by_area=options.by_area, by_author=options.by_author
        )
        cache = open_cache(self._target, options.records) if options.cache else None
        counts = cache if self._counts_all and options.records is None else None
        if not self._resume(counting, counts):
            limit = self._selection.last if self._selection.is_plain else None
            read = read_records(self._target, self._written, cache, jobs=options.jobs, limit=limit)
            for batch in selector.pick(self._listen(watch(read))):
                counting.add(batch)
                self._planned |= _find_planned(batch)
                if self._needs_records:
                    self._records += batch
            self._keep(counting, counts)
        self._coverage = counting.finish()
        if not self._coverage.changes:  # else it would look like a clean history
            self._empty = name_empty(self._options, self._selection.describe())
            self._notes.append(self._empty)
        if blind := self._coverage.blind:
            self._notes.append(
                f"blind: {blind}, their descriptions are on the forge; `whygate import`"
            )
        self._notes += _name_described(self._coverage, self._written, whole=self._reads_all)
        if cache is not None:
            cache.close()
            self._fresh = cache.fresh
            self._notes += cache.notes
        if selector.undated:
            self._notes.append(
                f"in no period, because their date cannot be read: {selector.undated} changes"
            )

    def finish(self, *, shows_outcomes: bool) -> Audited:
        """Return what was read, with what came of the plans."""
        named = self._options.by_author
        outcomes = self._look() if shows_outcomes else None
        return Audited(
            basis=self._target.basis(self._selection.describe(), self._notes),
            coverage=self._coverage,
            records=tuple(with_links(self._records, self._target.links, named=named)),
            outcomes=outcomes,
            empty=self._empty,
            fresh=self._fresh,
        )

    @property
    def _reads_all(self) -> bool:
        """Tell whether every change of the branch is read, so that what fits none is elsewhere."""
        is_whole = self._selection.is_plain and self._selection.last is None
        return is_whole and self._target.span.base is None and not self._target.within

    @property
    def _counts_all(self) -> bool:
        """Tell whether nothing but the counts of all changes is asked for."""
        options, selection = self._options, self._selection
        is_grouped = options.by_area or options.by_author
        is_whole = selection.is_plain and selection.last is None
        return is_whole and not is_grouped and not self._needs_records

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

    def _listen(self, batches: Iterable[list[Record]]) -> Iterator[list[Record]]:
        """Yield batches and keep what tells of outcomes, whatever else is selected of them."""
        for batch in batches:
            self._told += [r for r in batch if r.plans or r.shares or r.results or r.reverts]
            yield batch

    def _look(self) -> Outcomes | None:
        if not self._planned:
            return None
        if self._unread:  # to count without them would call every plan overdue
            self._notes.append(f"{UNKNOWN}: {self._unread}")
            return None
        target = self._target
        told = with_links(self._told, target.links, named=self._options.by_author)
        found, damages = find_outcomes(target, told, self._written)
        if not self._selection.is_plain or self._selection.last or target.span.base is not None:
            found = restrict_outcomes(found, self._planned)
        unfetched = [self._written.unfetched] * bool(self._written.unfetched)
        trouble = name_trouble(found.unmatched, damages)
        dangling = name_dangling(target, told)
        self._notes[:0] = (
            *(*dangling, *self._written.remarks, *found.notes),
            *(*unfetched, *trouble),
        )
        return found


def _name_described(coverage: Coverage, written: Written, *, whole: bool) -> Iterator[str]:
    """Yield how many descriptions came from the forge, and how many fit no commit."""
    held = written.descriptions
    if held is None:
        return
    yield from held.notes
    edited = coverage.described[EDITED]
    more = [f"{edited} of them edited after the merge"] * bool(edited)
    left = len(held) - len(coverage.matched)
    more += [f"{left} imported requests fit no commit of this branch"] * (whole and left > 0)
    yield "; ".join((f"descriptions read from the forge: {len(coverage.matched)}", *more))


def _find_planned(records: Iterable[Record]) -> set[str]:
    """Return the hashes of the changes that have a plan, or share one."""
    return {record.sha for record in records if record.plans or record.shares}
