"""Read a history and everything that is known of its outcomes, for every command about them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from whygate.errors import InputError
from whygate.git.log import Range
from whygate.git.tree import CommitTree, Worktree
from whygate.history.evidence import Written, gather_evidence, read_written
from whygate.history.known_records import open_cache, read_records
from whygate.history.options import AuditOptions
from whygate.history.target import find_target, with_links
from whygate.history.walk import Unit
from whygate.outcomes.collect import collect_outcomes

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from whygate.audit.record import Record
    from whygate.git.tree import Tree
    from whygate.history.target import Target
    from whygate.outcomes.event import Damage
    from whygate.outcomes.outcome import Outcomes
    from whygate.policy.policy import Policy
    from whygate.world.world import World


class History(Struct, frozen=True):
    """A history with its outcomes.

    `records` stand newest first and know their addresses. `damages` are the lines of results
    that cannot be read; `remarks` say in whole sentences what could not be looked at.
    """

    target: Target
    records: Sequence[Record]
    outcomes: Outcomes
    written: Written
    damages: tuple[Damage, ...] = ()
    remarks: tuple[str, ...] = ()


def read_history(
    world: World, policy: Policy, today: date, options: AuditOptions | None = None
) -> History:
    """Return a history and its outcomes on a day.

    Of the options those count that say which changes are read and how. Raises InputError
    without a repository or a commit, UndecidedError when the clone is shallow or git fails.
    """
    options = options or AuditOptions()
    target = find_target(world, policy, options, today)
    written = read_written(target.git, find_tree(world, target))
    records, notes = _read_records(target, options, written)
    linked = with_links(records, target.links, named=True)
    outcomes, damages = find_outcomes(target, linked, written)
    return History(target, linked, outcomes, written, damages, (*notes, *written.remarks))


def find_outcomes(
    target: Target, records: Sequence[Record], written: Written
) -> tuple[Outcomes, tuple[Damage, ...]]:
    """Return the outcomes of records, newest first, and the results that cannot be read.

    What was recorded behind the walk counts as well: a range may end where its results begin.
    Where the walk passes changes by, a result that fits none of it is no mistake.
    """
    deep = target.unit is Unit.FIRST_PARENT and not target.within
    span = _search_span(target, records)
    evidence, damages = gather_evidence(target.git, span, records, written, deep=deep)
    found = collect_outcomes(records, target.policy, target.today, evidence)
    is_part = target.span.base is not None or bool(target.within)
    return (replace(found, unmatched=()) if is_part else found), damages


def find_tree(world: World, target: Target) -> Tree:
    """Return where the ledger is read: the checked-out files, in a bare repository the tip."""
    if world.root is None:
        return CommitTree(target.git, target.span.tip)
    return world.tree or Worktree(world.root)


def _search_span(target: Target, records: Sequence[Record]) -> Range:
    """Return the commits that may say what came of a plan.

    They reach from the oldest change with a plan, which a result never goes before, to the head
    where that goes on from the walk.
    """
    planned = (record.sha for record in reversed(records) if record.plans or record.shares)
    base, git, tip = next(planned, target.span.base), target.git, target.span.tip
    try:
        head = git.resolve("HEAD")
    except InputError:  # nothing is checked out yet
        head = tip
    follows = head != tip and git.merge_base(tip, head) == tip
    return Range(base, head if follows else tip)


def _read_records(
    target: Target, options: AuditOptions, written: Written
) -> tuple[list[Record], tuple[str, ...]]:
    """Return all records, and what is to be said of the cache."""
    cache = open_cache(target) if options.cache else None
    batches = read_records(target, written, cache, jobs=options.jobs)
    records = [record for batch in batches for record in batch]
    if cache is None:
        return records, ()
    cache.close()
    return records, tuple(cache.notes)
