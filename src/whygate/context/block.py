"""What the keys of a machine block say, field by field."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

from whygate.schema.fields import Field, FieldKind
from whygate.text.yaml_tree import Mapping, Node, Scalar, Sequence

if TYPE_CHECKING:
    from whygate.context.builder import ReadingBuilder

VERSION = "1"
_MOST_COMPARED = 100


def read_mapping(builder: ReadingBuilder, root: Mapping) -> None:
    """Add every known key of a block; note the unknown keys and the wrongly shaped values."""
    fields = {field.key: field for field in builder.schema.fields}
    there = {key.text for key, _ in root.entries}
    for key, value in root.entries:
        field = fields.get(key.text)
        if field is None:
            _unknown(builder, key, list(fields), there)
        elif field.kind is FieldKind.CONSTANT:
            _read_version(builder, field, value)
        else:
            _READERS[field.kind](builder, field, value, key)


def _read_version(builder: ReadingBuilder, field: Field, value: Node) -> None:
    if not isinstance(value, Scalar) or value.text != VERSION:
        shown = value.text if isinstance(value, Scalar) else "a structure"
        _invalid(builder, value, f"`{field.key}` is {shown}; only {VERSION} is known")


def _read_text(builder: ReadingBuilder, field: Field, value: Node, key: Scalar) -> None:
    if isinstance(value, Sequence) and all(isinstance(i, Scalar) for i in value.items):
        text = "\n".join(i.text for i in value.items if isinstance(i, Scalar))
        _add(builder, field, text, value, key)
    elif isinstance(value, Scalar):
        _add(builder, field, value.text, value, key)
    else:
        _invalid(builder, value, f"`{key.text}` must be text")


def _read_list(builder: ReadingBuilder, field: Field, value: Node, key: Scalar) -> None:
    entries = value.items if isinstance(value, Sequence) else (value,)
    for entry in entries:
        if isinstance(entry, Scalar):
            _add(builder, field, entry.text, entry, key)
        else:
            _invalid(builder, entry, f"an entry of `{key.text}` must be text")


def _read_items(builder: ReadingBuilder, field: Field, value: Node, key: Scalar) -> None:
    entries = value.items if isinstance(value, Sequence) else (value,)
    for entry in entries:
        if not builder.new_item(field.name):
            break
        if isinstance(entry, Mapping):
            _read_parts(builder, field, entry)
        elif isinstance(entry, Scalar):
            _add(builder, field, entry.text, entry, key)
        else:
            _invalid(builder, entry, f"an entry of `{key.text}` must be a mapping")


def _read_parts(builder: ReadingBuilder, field: Field, entry: Mapping) -> None:
    parts = {part.key: part for part in field.parts}
    there = {key.text for key, _ in entry.entries}
    for key, value in entry.entries:
        part = parts.get(key.text)
        if part is None:
            _unknown(builder, key, list(parts), there)
        else:
            _READERS[part.kind](builder, part, value, key)


def _read_exemption(builder: ReadingBuilder, field: Field, value: Node, key: Scalar) -> None:
    if isinstance(value, Scalar):
        _add(builder, field, value.text, value, key)
        return
    if not isinstance(value, Mapping):
        _invalid(builder, value, f"`{key.text}` must be a class and a reason")
        return
    given = {k.text: v for k, v in value.entries}
    for name, node in value.entries:
        if name.text not in ("class", "reason"):
            _unknown(builder, name, ["class", "reason"], set(given))
        elif not isinstance(node, Scalar):
            _invalid(builder, node, f"`{name.text}` must be text")
    words = [v.text for k in ("class", "reason") if isinstance(v := given.get(k), Scalar)]
    _add(builder, field, f"exempt {'; '.join(words)}", value, key)


def _add(builder: ReadingBuilder, field: Field, text: str, node: Node, key: Scalar) -> None:
    builder.add(builder.statement(field.name, text, node.line, node.column, key.text))


def _unknown(builder: ReadingBuilder, key: Scalar, known: list[str], there: set[str]) -> None:
    """Note a key nobody knows, and the one it resembles among those that are not there yet.

    Where hundreds are unknown, none is a slip of the pen.
    """
    near: list[str] = []
    if builder.remarks < _MOST_COMPARED:
        near = get_close_matches(key.text, [name for name in known if name not in there], n=1)
    builder.remark("block-unknown-key", key.line, label=key.text, detail=near[0] if near else "")


def _invalid(builder: ReadingBuilder, node: Node, sentence: str) -> None:
    builder.remark("block-invalid", node.line, detail=sentence)


_READERS = {
    FieldKind.TEXT: _read_text,
    FieldKind.CHOICE: _read_text,
    FieldKind.LIST: _read_list,
    FieldKind.ITEMS: _read_items,
    FieldKind.EXEMPTION: _read_exemption,
}
