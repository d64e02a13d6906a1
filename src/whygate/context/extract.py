"""What a change says: its texts read into one context, field by field, the strongest first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING

from msgspec.structs import replace

from whygate.context.builder import Reading, ReadingBuilder
from whygate.context.fill import is_filled
from whygate.model import Change, Context, Form, Item, Origin, Part, Remark, Statement
from whygate.schema.fields import AUDIENCE, OUTCOME, PROBLEM, Field, FieldKind
from whygate.text.content import token_overlap
from whygate.text.labels import meaning, normalise_label
from whygate.text.written import Words, read_written

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Sequence

    from whygate.schema.document import DocumentSchema
    from whygate.text.machine_block import MachineBlock
    from whygate.text.trailers import Trailer

# The file of a bet is one machine block; what a change says itself is always stronger.
Bets = Mapping[str, tuple[str, str]]

NO_TEMPLATE: frozenset[str] = frozenset()
_GROUPS = {
    origin: place
    for place, origin in enumerate(
        (Origin.NOTE, Origin.DESCRIPTION, Origin.MESSAGE, Origin.ISSUE, Origin.COMMIT, Origin.BET)
    )
}
# What an issue may say of the change that closes it: never a plan, a kind or an exemption, since
# others can edit it.
_OF_ISSUE = frozenset({PROBLEM, AUDIENCE, OUTCOME})
_FORMS = (Form.NOTE, Form.BLOCK, Form.TRAILER, Form.SECTION, Form.BET)
# Two metrics are the same one, said shorter, when they share half of their words.
_SAME_METRIC = 0.5


def extract_context(
    change: Change,
    schema: DocumentSchema,
    *,
    template: frozenset[str] = NO_TEMPLATE,
    bets: Bets | None = None,
) -> Context:
    """Return what a change says, read from every form it is written in.

    `template` holds the normalised lines that are a template's and not the author's
    (`whygate.text.template.template_lines`), `bets` the path and text of each bet's file.
    """
    readings = [r for part in change.parts for r in read_part(part, schema, template)]
    context = merge_readings(merge_order(readings), _limits(schema))
    bet = context.fields.get("bet")
    if bets and bet is not None and is_filled(bet) and bet.text in bets:
        readings += _read_bet(*bets[bet.text], schema)
        context = merge_readings(merge_order(readings), _limits(schema))
    return context


def read_bet_context(path: str, text: str, schema: DocumentSchema) -> Context:
    """Return what the file of a bet says by itself."""
    return merge_readings(list(_read_bet(path, text, schema)), _limits(schema))


def read_part(
    part: Part, schema: DocumentSchema, template: frozenset[str] = NO_TEMPLATE
) -> Iterator[Reading]:
    """Yield what one text says, one reading for each form it is written in."""
    if part.origin is Origin.NOTE:
        yield from _read_file(part, schema, Form.NOTE)
        return
    if part.origin is Origin.ISSUE:
        yield from map(_as_issue, _read_text(part, schema, template))
        return
    yield from _read_text(part, schema, template)


def _as_issue(reading: Reading) -> Reading:
    """Return what counts of an issue for the change that closes it."""
    said = (s for s in reading.singles if s.field in _OF_ISSUE and is_filled(s))
    return Reading(reading.part, reading.form, tuple(said))


def _read_text(part: Part, schema: DocumentSchema, template: frozenset[str]) -> Iterator[Reading]:
    is_message = part.origin in (Origin.MESSAGE, Origin.COMMIT)
    removed = tuple(text for _, text in part.removed)
    written = read_written(part.text, words_of(schema), is_message=is_message, removed=removed)
    if written.trailers:
        trailers = ReadingBuilder(schema, part, Form.TRAILER, template)
        names = schema.vocabulary.trailers
        measured = {names.get(trailer.name, "").partition(".")[0] for trailer in written.trailers}
        for trailer in written.trailers:
            _add_trailer(trailers, trailer, measured)
        yield trailers.build()
    for block in written.blocks:
        yield _block_reading(part, schema, block, Form.BLOCK)
    if written.document is not None:
        # 2 ms to load, which most commits, being prose and trailers, save.
        from whygate.context.sections import read_sections  # noqa: PLC0415

        sections = ReadingBuilder(schema, part, Form.SECTION, template)
        read_sections(sections, written.document, written.blocks)
        yield sections.build()


@lru_cache(maxsize=16)
def words_of(schema: DocumentSchema) -> Words:
    """Return the labels and keys that a schema knows, as a text is searched for them."""
    vocabulary = schema.vocabulary
    holders = (label for label, name in vocabulary.labels.items() if vocabulary.inner.get(name))
    meanings: dict[str, str] = {}
    for field in schema.fields:
        # A list of choices is named by words that are too common: "Type of change".
        if field.kind in (FieldKind.TEXT, FieldKind.ITEMS) and not field.format:
            _add_meanings(field, meanings)
    meanings.pop("", None)
    return Words(
        labels=frozenset(vocabulary.labels),
        parts=vocabulary.parts,
        keys=frozenset(vocabulary.trailers),
        weak=frozenset(vocabulary.weak),
        holders=frozenset(holders),
        meanings=meanings,
    )


def _add_meanings(field: Field, meanings: dict[str, str]) -> None:
    """Add what the labels of a field ask for, and any two of one word: "Motivation / purpose".

    `meanings` leads to one of the labels; of two, to the one that is not trusted. Labels in other
    languages stand for themselves: what the words between them mean is not known.
    """
    trusted = [normalise_label(label) for label in (field.title, field.key, *field.aliases)]
    weak = [normalise_label(label) for label in field.weak_aliases]
    for label in (*trusted, *weak):
        meanings.setdefault(meaning(label), label)
    words = {meaning(label): label for label in (*trusted, *weak) if " " not in label}
    for word, label in words.items():  # "What is the motivation for this change?"
        meanings.setdefault(f"what {word}", label)
    for one, first in words.items():
        for other, second in words.items():
            if one != other:  # `Context and motivation` is `Motivation and context`
                known = meanings.get(f"{other} {one}", second if second in weak else first)
                meanings.setdefault(f"{one} {other}", known)


@lru_cache(maxsize=16)
def _limits(schema: DocumentSchema) -> Mapping[str, int]:
    return {field.name: field.max_items for field in schema.fields if field.parts}


def _add_trailer(builder: ReadingBuilder, trailer: Trailer, stated: Container[str]) -> None:
    """Add a trailer; beside others of a plan, what labels a part in a list does so here: `Owner`.

    `stated` are the fields that the trailers of the text name by their own keys.
    """
    key = trailer.key.decode("ascii", "replace")
    vocabulary = builder.schema.vocabulary
    name = vocabulary.trailers.get(trailer.name)
    if name is None:
        label = normalise_label(key)
        inner = (
            parts[label]
            for head, parts in vocabulary.inner.items()
            if head in stated and label in parts
        )
        name = next(inner, None)
    if name is None:
        builder.remark("unknown-trailer", trailer.line, label=key)
        return
    value = trailer.value.decode("utf-8", "replace")
    builder.add(builder.statement(name, value, trailer.line, trailer.column, key))


def _block_reading(part: Part, schema: DocumentSchema, block: MachineBlock, form: Form) -> Reading:
    from whygate.context.block import read_mapping  # noqa: PLC0415 - loads PyYAML: 19 ms

    builder = ReadingBuilder(schema, part, form, NO_TEMPLATE)
    for problem in block.problems:
        builder.remark("block-invalid", problem.line, detail=problem.message)
    if block.root is not None:
        read_mapping(builder, block.root)
    return builder.build()


def _read_bet(path: str, text: str, schema: DocumentSchema) -> Iterator[Reading]:
    return _read_file(Part(Origin.BET, path, text), schema, Form.BET)


def _read_file(part: Part, schema: DocumentSchema, form: Form) -> Iterator[Reading]:
    """Yield what a text says that is a machine block as a whole: a bet, a context kept as JSON."""
    from whygate.text.machine_block import read_whole  # noqa: PLC0415 - loads PyYAML: 19 ms

    yield _block_reading(part, schema, read_whole(part.text), form)


def merge_order(readings: Iterable[Reading]) -> list[Reading]:
    """Return readings with the strongest source first.

    A note recorded at merge, then the description, the message (block, trailers, sections), the
    linked issue, the commits (all blocks, all trailers, all sections; newest first), the bet.
    """
    return sorted(readings, key=_rank)  # which keeps the order of equals


def _rank(reading: Reading) -> tuple[int, int]:
    return _GROUPS[reading.part.origin], _FORMS.index(reading.form)


def merge_readings(readings: Sequence[Reading], max_items: Mapping[str, int]) -> Context:
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
