"""Merge the readings of a change into one context, field by field."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from whygate.context.fill import is_filled
from whygate.model import Context, Form, Item, Origin, Remark, Statement
from whygate.text.content import token_overlap

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from whygate.context.builder import Reading

_GROUPS = {Origin.NOTE: 0, Origin.DESCRIPTION: 1, Origin.MESSAGE: 1, Origin.COMMIT: 2}
_LAST_GROUP = 3
_FORMS = (Form.NOTE, Form.BLOCK, Form.TRAILER, Form.SECTION, Form.BET)
# Two metrics are the same one, said shorter, when they share half of their words.
_SAME_METRIC = 0.5


def merge_order(readings: Iterable[Reading]) -> list[Reading]:
    """Return readings with the strongest source first.

    A note recorded at merge, then the description or message (block, trailers, sections), then
    the commits (all blocks, all trailers, all sections; newest first), then the bet.
    """
    numbered = list(enumerate(readings))
    numbered.sort(key=lambda pair: (*_rank(pair[1]), pair[0]))
    return [reading for _, reading in numbered]


def _rank(reading: Reading) -> tuple[int, int]:
    return _GROUPS.get(reading.part.origin, _LAST_GROUP), _FORMS.index(reading.form)


def merge_readings(readings: Sequence[Reading], max_items: dict[str, int]) -> Context:
    """Return the context of readings that stand in merge order.

    An empty or placeholder statement never hides a weaker one that answers.
    """
    fields, losers = _merge_singles(s for reading in readings for s in reading.singles)
    items: dict[str, tuple[Item, ...]] = {}
    for name in _names(readings):
        groups = [reading.items[name] for reading in readings if name in reading.items]
        items[name], lost = _merge_items(groups, max_items.get(name, 0))
        losers += lost
    lists: dict[str, tuple[Statement, ...]] = {}
    for reading in readings:
        for name, entries in reading.lists.items():
            lists.setdefault(name, entries)
    remarks: tuple[Remark, ...] = tuple(r for reading in readings for r in reading.remarks)
    return Context(fields, items, lists, tuple(losers), remarks)


def _names(readings: Sequence[Reading]) -> Iterator[str]:
    yield from dict.fromkeys(name for reading in readings for name in reading.items)


def _merge_singles(
    statements: Iterable[Statement],
) -> tuple[dict[str, Statement], list[Statement]]:
    winners: dict[str, Statement] = {}
    losers: list[Statement] = []
    for statement in statements:
        winner = winners.get(statement.field)
        if winner is None:
            winners[statement.field] = statement
        elif not is_filled(winner) and is_filled(statement):
            losers.append(winner)
            winners[statement.field] = statement
        else:
            losers.append(statement)
    return winners, losers


def _merge_items(
    groups: list[tuple[Item, ...]], limit: int
) -> tuple[tuple[Item, ...], list[Statement]]:
    """Return the items of the strongest group, completed; of others as many as there is room for.

    A weaker metric without room lost against no statement, so it is not among the losers.
    """
    merged: list[Item] = list(groups[0])
    losers: list[Statement] = []
    for group in groups[1:]:
        for index, item in enumerate(group):
            place = _place(merged, index, item)
            if place is not None:
                merged[place], lost = _merge_item(merged[place], item)
                losers += lost
            elif not limit or len(merged) < limit:
                merged.append(item)
    return tuple(merged), losers


def _place(merged: list[Item], index: int, item: Item) -> int | None:
    """Return which item a weaker one completes: the one of the same metric, else its twin."""
    metric = _metric(item)
    for place, other in enumerate(merged):
        own = _metric(other)
        if metric and own and token_overlap(metric, own) >= _SAME_METRIC:
            return place
    if index < len(merged) and not (metric and _metric(merged[index])):
        return index
    return None


def _metric(item: Item) -> str:
    """Return the text of the first part of an item: what is counted."""
    first = next((s for s in item.parts.values() if s.field.endswith(".metric")), None)
    return first.text if first is not None else ""


def _merge_item(strong: Item, weak: Item) -> tuple[Item, list[Statement]]:
    parts, losers = _merge_singles([*strong.parts.values(), *weak.parts.values()])
    prose = strong.prose if is_filled(strong.prose) else weak.prose or strong.prose
    lists = {**weak.lists, **strong.lists}
    return replace(strong, parts=parts, lists=lists, prose=prose), losers
