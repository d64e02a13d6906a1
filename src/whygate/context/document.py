"""Turn a context into the JSON document that the schema validates."""

from __future__ import annotations

from typing import TYPE_CHECKING

from whygate.context.fill import is_filled
from whygate.policy.exemptions import parse_exemption
from whygate.schema.fields import Field, FieldKind

if TYPE_CHECKING:
    from whygate.model import Context, Item
    from whygate.schema.document import DocumentSchema

Document = dict[str, object]


def build_document(context: Context, schema: DocumentSchema, *, kind: str = "") -> Document:
    """Return what a change says as plain JSON values; what is empty stays out.

    `kind` replaces a declared kind that was understood (`Bug fix` is `fix`).
    """
    document: Document = {}
    for field in schema.fields:
        value = _value(context, field)
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
