"""Prepare the outcomes of a history for a report: their areas, and what is wrong with results."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from whygate.audit.areas import area_finder
from whygate.history.changed_areas import read_areas
from whygate.history.target import read_codeowners
from whygate.outcomes.outcome import Outcomes

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from whygate.history.target import Target
    from whygate.outcomes.event import Damage
    from whygate.outcomes.outcome import Outcome
    from whygate.outcomes.result import Result

NEXT_DAYS = 14  # a report looks so far ahead
_SHOWN = 10


def with_areas(target: Target, found: Outcomes) -> Outcomes:
    """Return outcomes whose newest change knows its area: the code owners, or the first directory.

    Raises UndecidedError when git fails.
    """
    shas = tuple(dict.fromkeys(o.changes[0].sha for o in found.outcomes if o.changes))
    if not shas:
        return found
    owners = read_codeowners(target.git, target.span.tip)
    areas = read_areas(target.git, shas, area_finder(owners))
    return Outcomes(tuple(_with_area(o, areas) for o in found.outcomes), found.unmatched)


def name_trouble(unmatched: Sequence[Result], damages: Sequence[Damage]) -> Iterator[str]:
    """Yield a sentence for each result that counts for nothing: it cannot be read, or fits none."""
    sentences = [f"{d.path}:{d.line}: {d.message}" for d in damages]
    sentences += [
        f"{r.path}:{r.line}: the result `{r.state}` of `{r.change}` fits no plan of this history"
        for r in unmatched
    ]
    yield from sentences[:_SHOWN]
    if len(sentences) > _SHOWN:
        yield f"{len(sentences) - _SHOWN} more results count for nothing; `whygate due` lists them"


def _with_area(outcome: Outcome, areas: Mapping[str, str]) -> Outcome:
    known = (replace(c, area=areas.get(c.sha, c.area)) for c in outcome.changes)
    return replace(outcome, changes=tuple(known))
