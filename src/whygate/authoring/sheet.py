"""A sheet: the answers of a change as texts by field, to be written in any of the forms."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct, field

from whygate.judge.case import slot_text
from whygate.schema.fields import Field, FieldKind

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

Entry = dict[str, tuple[str, ...]]


class Sheet(Struct, frozen=True):
    """What a change answers.

    `texts` maps the name of a field to its answers (more than one only for a list); an
    exemption is written by its grammar, `exempt <class>; <reason>`. `items` holds the entries
    of an items field, each from a part's name to its answers; the field's own name stands for
    an answer in prose.
    """

    texts: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    items: Mapping[str, tuple[Entry, ...]] = field(default_factory=dict)

    def lines(self, field: Field) -> Iterator[tuple[Field, str]]:
        """Yield the answers to a field with the field or part that each belongs to."""
        if field.kind is FieldKind.ITEMS:
            for entry in self.items.get(field.name, ()):
                for part in (field, *field.parts):
                    yield from ((part, text) for text in entry.get(part.name, ()))
            return
        yield from ((field, text) for text in self.texts.get(field.name, ()))


def write_slot(field: Field) -> str:
    """Return the slot to fill for a field; the check refuses it as a placeholder."""
    return f"<{' '.join(slot_text(field).split())}>"


def example_sheet(fields: Sequence[Field], names: Sequence[str], *, due: str) -> Sheet:
    """Return a sheet that answers the dotted `names` with the schema's own examples.

    A date is `due` (`+30d`), because a day in a schema passes. A field without an example
    keeps its slot. An items field that is asked for as a whole answers all of its parts.
    """
    wanted = set(names)
    texts: dict[str, tuple[str, ...]] = {}
    items: dict[str, tuple[Entry, ...]] = {}
    for found in fields:
        parts = [part for part in found.parts if part.name in wanted]
        if found.kind is FieldKind.ITEMS and (parts or found.name in wanted):
            answered = parts or list(found.parts)
            entry: Entry = {part.name: (write_example(part, due=due),) for part in answered}
            items[found.name] = (entry or {found.name: (write_example(found, due=due),)},)
        elif found.name in wanted:
            texts[found.name] = (write_example(found, due=due),)
    return Sheet(texts, items)


def write_example(field: Field, *, due: str) -> str:
    """Return the example of a field: the schema's, else its first choice, else its slot."""
    if field.kind is FieldKind.EXEMPTION:
        return f"exempt {field.example}" if field.example else write_slot(field)
    if field.format == "date":
        return due
    return field.example or next(iter(field.choices), "") or write_slot(field)
