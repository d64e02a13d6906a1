"""What a statement amounts to, an answer or none, and what the answers make: a plan, a document."""

from __future__ import annotations

import re
from enum import StrEnum
from functools import lru_cache
from typing import TYPE_CHECKING

from whygate.policy.exemptions import parse_exemption
from whygate.schema.fields import EXEMPT, Field, FieldKind
from whygate.text.content import (
    is_blank,
    is_link_only,
    is_placeholder,
    own_words,
    split_sentences,
)
from whygate.text.patterns import later
from whygate.text.placeholders import (
    declares_nothing,
    denies,
    has_slot_left,
    is_footer,
    is_written_by_tools,
)
from whygate.values.plans import PLAN_PARTS, Plan, read_plan

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from whygate.model import Context, Item, Statement
    from whygate.schema.document import DocumentSchema

_LONGEST_STAND_IN = 600
_LONGEST_REFERENCE = 200
# `/kind fix` is a kind, "Not applicable because ..." an exemption: they have rules of their own.
_OWN_GRAMMAR = frozenset({"kind", EXEMPT})
# What leads into a list of boxes: "Please pick one:", "How do we know?".
_LEAD_IN = later(
    r"[:?\uff1a\uff1f]\s*$|\((?:please )?(?:pick|select|check|tick|choose|mark)\b[^()]*\)\s*$"
    r"|^(?:please |pls )?(?:pick|select|check|tick|choose|mark)\b",
    re.IGNORECASE,
)
# What stands in front of a sentence that whygate took from elsewhere in the author's text.
UNREAD = "<check:"
# The labels of a form that nobody filled in, and "For example:" with nothing below it.
_LABEL_ALONE = later(r"[^\W\d_][^\s:]{0,30}(?: [^\s:]{1,30}){0,3}:")
_CIRCLE = later(r"^[ \t]*(?:[-*+][ \t]+)?\( ?\)[ \t]+\S", re.MULTILINE)  # "( ) yes"
Document = dict[str, object]


class Fill(StrEnum):
    """What a reader finds where an answer should stand."""

    EMPTY = "empty"
    IMAGES = "images"
    CODE = "code"
    QUOTE = "quote"
    TOOLS = "tools"
    CHOICES = "choices"
    TEMPLATE = "template"
    PLACEHOLDER = "placeholder"
    FILLED = "filled"


def fill_of(statement: Statement) -> Fill:
    """Return what a statement amounts to; only `FILLED` is an answer."""
    found: Fill | None = statement.__dict__.get("fill")
    if found is None:
        found = statement.__dict__["fill"] = _find_fill(statement)
    return found


def _find_fill(statement: Statement) -> Fill:
    prose = statement.prose
    if UNREAD in statement.raw:
        return Fill.PLACEHOLDER
    if is_blank(prose.text):
        return _why_blank(statement)
    if is_placeholder(prose.text) or _refers_besides(prose.unlinked, prose.links):
        return Fill.PLACEHOLDER
    if len(statement.raw) > _LONGEST_STAND_IN or statement.field in _OWN_GRAMMAR:
        return Fill.FILLED
    if ":" in prose.text and all(map(_LABEL_ALONE.fullmatch, prose.text.split("\n"))):
        # "Before:" and "After:" with code below them are an answer of few words.
        why = _why_blank(statement)
        return Fill.FILLED if why is Fill.CODE else why
    if not _is_part_or_link(statement.field) and is_written_by_tools(statement.raw):
        # `Issue: https://...` is what `Fixes #12` is: a link, which has a rule of its own.
        is_link = is_link_only(prose.unlinked, prose.links)
        return Fill.FILLED if is_link else Fill.TOOLS
    boxes = prose.ticked, prose.unticked
    own = own_words(prose.unlinked, prose.links) or prose.text
    return _stand_in(statement.raw, own, boxes)


def _is_part_or_link(name: str) -> bool:
    """Tell the fields that say what a footer says as well: a number, a reference."""
    return "." in name or name == "links"


@lru_cache(maxsize=64)
def _stand_in(raw: str, own: str, boxes: tuple[int, int]) -> Fill:
    """Return what a text of some words amounts to that may say nothing all the same.

    `own` is what it says beside its references, `boxes` how many are ticked and unticked.
    """
    ticked, unticked = boxes
    if circles := len(_CIRCLE.findall(raw)):  # no boxes to Markdown
        unticked += circles
        own = "\n".join(line for line in own.split("\n") if not _CIRCLE.match(line))
    if ticked or unticked:
        own = "\n".join(line for line in own.split("\n") if not _LEAD_IN.search(line))
        if is_blank(own):
            return Fill.PLACEHOLDER if ticked else Fill.CHOICES
    if has_slot_left(raw) or denies(own):
        return Fill.PLACEHOLDER
    if "\n" in raw and all(map(is_footer, filter(str.strip, own.split("\n")))):
        return Fill.TOOLS  # below `Fixes #12`
    if all(map(declares_nothing, split_sentences(own))):
        return Fill.PLACEHOLDER
    return Fill.FILLED


def is_filled(statement: Statement | None) -> bool:
    """Tell whether a statement answers at all."""
    return statement is not None and fill_of(statement) is Fill.FILLED


def is_answered(item: Item) -> bool:
    """Tell whether an entry says anything: a filled part, or filled prose."""
    return next(_filled_of(item), None) is not None


def find_answers(context: Context) -> Iterator[tuple[str, Statement]]:
    """Yield each top-level field that is answered, with the first statement that answers it."""
    for name, statement in context.fields.items():
        if is_filled(statement):
            yield name, statement
    for name, items in context.items.items():
        found = next((s for item in items for s in _filled_of(item)), None)
        if found is not None:
            yield name, found
    for name, entries in context.lists.items():
        found = next(filter(is_filled, entries), None)
        if found is not None:
            yield name, found


def _filled_of(item: Item) -> Iterator[Statement]:
    if item.prose is not None and is_filled(item.prose):
        yield item.prose
    yield from filter(is_filled, item.statements())


def _refers_besides(text: str, links: int) -> bool:
    """Tell whether a stand-in has only a reference beside it: `N/A`, and below it `Fixes #12`."""
    if len(text) > _LONGEST_REFERENCE:
        return False
    own = own_words(text, links)
    return own != text and is_placeholder(own)


def _why_blank(statement: Statement) -> Fill:
    prose = statement.prose
    if statement.is_template:
        return Fill.TEMPLATE
    if prose.unticked:
        return Fill.CHOICES
    if prose.images:
        return Fill.IMAGES
    if prose.fences:
        return Fill.CODE
    if prose.quotes:
        return Fill.QUOTE
    # Markdown takes the slot `<metric>` for a tag and shows nothing of it.
    is_slot = is_placeholder(statement.raw) and not is_blank(statement.raw)
    return Fill.PLACEHOLDER if prose.text or is_slot else Fill.EMPTY


def read_item(item: Item, today: date) -> Plan:
    """Return the plan of a measurement entry; relative dates count from `today`."""
    said = {name.rpartition(".")[2]: s.text for name, s in item.parts.items() if is_filled(s)}
    return read_plan({key: said.get(key, "") for key in PLAN_PARTS}, today)


def find_part(item: Item, key: str) -> Statement | None:
    """Return an entry's statement by the last step of its field name."""
    ending = f".{key}"
    for name, statement in item.parts.items():
        if name.endswith(ending):
            return statement
    return None


def build_document(context: Context, schema: DocumentSchema, *, kind: str = "") -> Document:
    """Return what a change says as plain JSON values; what is empty stays out.

    `kind` replaces a declared kind that was understood (`Bug fix` is `fix`).
    """
    document: Document = {}
    said = context.fields.keys() | context.items.keys() | context.lists.keys()
    for field in schema.fields:
        value = _value(context, field) if field.name in said else None
        if value is not None:
            document[field.key] = kind if field.key == "kind" and kind else value
    return document


def _value(context: Context, field: Field) -> object:
    if field.kind is FieldKind.ITEMS:
        entries = [e for i in context.items.get(field.name, ()) if (e := _entry(i, field))]
        return entries or None
    if field.kind is FieldKind.LIST:
        texts = [s.text for s in context.lists.get(field.name, ()) if is_filled(s)]
        return texts or None
    statement = context.fields.get(field.name)
    if statement is None or not is_filled(statement):
        return None
    if field.kind is FieldKind.EXEMPTION:
        return _exemption(statement.text)
    return statement.text.casefold() if field.kind is FieldKind.CHOICE else statement.text


def _entry(item: Item, field: Field) -> Document:
    entry: Document = {}
    for part in field.parts:
        texts = [s.text for s in item.lists.get(part.name, ()) if is_filled(s)]
        statement = item.parts.get(part.name)
        if texts:
            entry[part.key] = texts
        elif statement is not None and is_filled(statement):
            is_choice = part.kind is FieldKind.CHOICE
            entry[part.key] = statement.text.casefold() if is_choice else statement.text
    return entry


def _exemption(text: str) -> Document | None:
    parsed = parse_exemption(text)
    if parsed is None or parsed.name is None or not parsed.reason:
        return None
    return {"class": str(parsed.name), "reason": parsed.reason}
