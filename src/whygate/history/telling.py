"""Add to the record of a change what it tells of outcomes: plans, results, and reverts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from whygate.model import Origin, Part
from whygate.outcomes.promises import Carrier, find_change_id, find_shared, read_promises
from whygate.outcomes.reverts import read_reverts
from whygate.outcomes.trailers import read_results

if TYPE_CHECKING:
    from collections.abc import Iterator

    from whygate.audit.record import Record
    from whygate.model import Change, Context
    from whygate.outcomes.event import Kept
    from whygate.outcomes.result import Result

_MESSAGES = (Origin.MESSAGE, Origin.COMMIT)
REVERT = "revert"
# A fixup goes into another commit, and nobody looks at what a bot promises.
_PLANLESS = ("bot", "fixup")


def tell_outcomes(record: Record, change: Change, context: Context | None) -> Record:
    """Return the record with what its texts say of outcomes.

    `context` is None when nothing of the change was read but its messages.
    """
    results = tuple(_results(change))
    if record.kind == REVERT:
        reverts = read_reverts(change.title, change.parts[0].text if change.parts else "")
        return replace(record, results=results, reverts=reverts)
    if context is None or record.reason in _PLANLESS:
        return replace(record, results=results) if results else record
    plans = read_promises(context, _carrier(record, change)) if _may_plan(context) else ()
    return replace(record, results=results, plans=plans, shares=find_shared(context))


def with_kept(change: Change, kept: Kept | None) -> Change:
    """Return a change with the context that was kept of it at its merge, which is the strongest."""
    if kept is None:
        return change
    return replace(change, parts=(*change.parts, Part(Origin.NOTE, kept.path, kept.text)))


def _may_plan(context: Context) -> bool:
    return bool(context.items) or "exempt" in context.fields


def _results(change: Change) -> Iterator[Result]:
    for part in change.parts:
        if part.origin in _MESSAGES:
            yield from read_results(part.text.encode("utf-8", "replace"), part.path, change.day)


def _carrier(record: Record, change: Change) -> Carrier:
    change_id = find_change_id(change)
    is_request = record.identity.startswith("#")
    return Carrier(
        identity=change_id if change_id and not is_request else record.identity,
        sha=record.sha,
        title=record.title,
        merged=record.day,
        kind=record.kind,
        author=record.author,
        names=(change_id,) if change_id else (),
    )
