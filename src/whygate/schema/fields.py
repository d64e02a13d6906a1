"""The fields a JSON Schema describes: title, question, other names, trailer, kind of value."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import StrEnum
from functools import cached_property

from msgspec import Struct
from msgspec import field as msgspec_field

Json = Mapping[str, object]

# The fields of the bundled schema that code knows by name; it knows all others by the schema alone.
PROBLEM = "problem"
AUDIENCE = "audience"
OUTCOME = "outcome"
MEASUREMENT = "measurement"
EXEMPT = "exempt"

# How deep `$ref` and `allOf` may nest while fields are read; a schema that refers to itself
# is legal JSON Schema, so the walk must end by itself.
_MAX_DEPTH = 16
# The properties of the document, the items of one, and the properties of those.
_LEVELS = 3


class FieldKind(StrEnum):
    """What a field holds."""

    TEXT = "text"
    CHOICE = "choice"
    LIST = "list"
    ITEMS = "items"
    EXEMPTION = "exemption"
    CONSTANT = "constant"


class Field(Struct, frozen=True, dict=True):
    """One field of the document, as the schema's annotations describe it.

    `name` is dotted for the parts of an items field (`measurement.target`). `format` is one of
    "", baseline, target, date, owner. Word counts are 0 where the schema sets no bound. An alias of
    `paired_aliases` counts where one of its companions labels another section of the text. `labels`
    and `weak_labels` are aliases in other languages, `more_trailers` other keys that are read.
    """

    name: str
    title: str
    kind: FieldKind
    description: str = ""
    question: str = ""
    format: str = ""
    aliases: tuple[str, ...] = ()
    weak_aliases: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    weak_labels: tuple[str, ...] = ()
    paired_aliases: Mapping[str, tuple[str, ...]] = msgspec_field(default_factory=dict)
    trailer: str = ""
    more_trailers: tuple[str, ...] = ()
    choices: tuple[str, ...] = ()
    example: str = ""
    min_words: int = 0
    max_words: int = 0
    max_items: int = 0
    parts: tuple[Field, ...] = ()

    @cached_property
    def key(self) -> str:
        """The last step of the name, the key in a machine block."""
        return self.name.rpartition(".")[2]

    @cached_property
    def slot(self) -> str:
        """What to write, in the schema's words: the first clause of the description."""
        text = self.description or self.question or self.title
        clause = text.split(". ")[0].split(";")[0].rstrip(".")
        clause = clause.replace("`", "").replace("<", "").replace(">", "")
        return clause[:1].lower() + clause[1:]

    @property
    def is_typed(self) -> bool:
        """Tell whether two different values contradict each other (prose never does)."""
        return self.kind is FieldKind.CHOICE or bool(self.format)


def read_fields(schema: Json, bundled: Mapping[str, Json]) -> tuple[Field, ...]:
    """Return the fields of a schema in order, through its `allOf` and allowed `$ref`s.

    `bundled` maps the `$id` of the schemas that may be referred to. A property declared twice
    keeps its first place; the keys of the outer declaration win.
    """
    reader = _Reader(schema, bundled)
    found = reader.properties(schema).items()
    return tuple(reader.field(name, _mapping(spec), "") for name, spec in found)


def read_required(schema: Json) -> tuple[str, ...]:
    """Return the names that the root of a schema requires."""
    return _strings(schema.get("required"))


class _Reader:
    def __init__(self, root: Json, bundled: Mapping[str, Json]) -> None:
        self.root = root
        self.bundled = bundled

    def properties(self, schema: Json) -> dict[str, object]:
        return _mapping(self.flatten(schema, self.root, _LEVELS).get("properties"))

    def flatten(self, spec: Json, root: Json, levels: int) -> dict[str, object]:
        """Return a schema with its references laid flat; the keys of the outer one win.

        `root` is the document that `spec` stands in. As many `levels` of `properties` and
        `items` are flattened as well, each by the document it stands in.
        """
        flat: dict[str, object] = {}
        for layer, base in self.layers(spec, root, 0):
            for key, value in layer.items():
                if key == "items" and levels:
                    inner = self.flatten(_mapping(value), base, levels - 1)
                    flat[key] = {**_mapping(flat.get(key)), **inner}
                elif key == "properties" and levels:
                    known = _mapping(flat.get(key))
                    flat[key] = {**known, **self.merge(known, _mapping(value), base, levels - 1)}
                else:
                    flat[key] = value
        return flat

    def merge(self, known: Json, new: Json, root: Json, levels: int) -> dict[str, object]:
        return {
            name: {**_mapping(known.get(name)), **self.flatten(_mapping(spec), root, levels)}
            for name, spec in new.items()
        }

    def layers(self, schema: Json, root: Json, depth: int) -> Iterator[tuple[Json, Json]]:
        """Yield what a schema is made of, the innermost first, each with its document."""
        if depth > _MAX_DEPTH:
            return
        ref = schema.get("$ref")
        if isinstance(ref, str):
            target, target_root = self.target(ref, root)
            yield from self.layers(target, target_root, depth + 1)
        inner = schema.get("allOf")
        for part in inner if isinstance(inner, list) else ():
            yield from self.layers(_mapping(part), root, depth + 1)
        yield schema, root

    def target(self, ref: str, root: Json) -> tuple[Json, Json]:
        base, _, pointer = ref.partition("#")
        own = base in ("", root.get("$id"))
        document = root if own else self.bundled.get(base, {})
        node: object = document
        for step in pointer.split("/")[1:]:
            node = _mapping(node).get(step.replace("~1", "/").replace("~0", "~"), {})
        return _mapping(node), document

    def field(self, name: str, spec: Json, prefix: str) -> Field:
        items = _mapping(spec.get("items"))
        kind = _kind(name, spec, items, prefix)
        full = f"{prefix}{name}"
        parts: tuple[Field, ...] = ()
        if kind is FieldKind.ITEMS:
            inner = _mapping(items.get("properties"))
            parts = tuple(self.field(part, _mapping(s), f"{full}.") for part, s in inner.items())
        title = _string(spec.get("title")) or name.replace("_", " ").capitalize()
        return Field(
            name=full,
            title=title,
            kind=kind,
            description=_string(spec.get("description")),
            question=_string(spec.get("x-question")) or f"What is the {title.lower()}?",
            format=_string(spec.get("x-format")),
            aliases=_strings(spec.get("x-aliases")) + _strings(spec.get("x-more-aliases")),
            labels=tuple(_in_languages(spec.get("x-labels"))),
            weak_labels=tuple(_in_languages(spec.get("x-weak-labels"))),
            weak_aliases=_strings(spec.get("x-weak-aliases")),
            paired_aliases={
                alias: _strings(others)
                for alias, others in _mapping(spec.get("x-paired-aliases")).items()
            },
            trailer=_string(spec.get("x-trailer")) or name.replace("_", "-").title(),
            more_trailers=_strings(spec.get("x-more-trailers")),
            choices=_strings(spec.get("enum")),
            example=_example(spec.get("examples")),
            min_words=_integer(spec.get("x-min-words")),
            max_words=_integer(spec.get("x-max-words")),
            max_items=_integer(spec.get("maxItems")),
            parts=parts,
        )


def _kind(name: str, spec: Json, items: Json, prefix: str) -> FieldKind:
    if "const" in spec:
        return FieldKind.CONSTANT
    if name == EXEMPT and not prefix:
        return FieldKind.EXEMPTION
    if spec.get("type") == "array":
        return FieldKind.ITEMS if items.get("properties") and not prefix else FieldKind.LIST
    return FieldKind.CHOICE if spec.get("enum") else FieldKind.TEXT


def _mapping(value: object) -> dict[str, object]:
    return value if isinstance(value, dict) else {}


def _string(value: object) -> str:
    return value if isinstance(value, str) else ""


def _strings(value: object) -> tuple[str, ...]:
    return tuple(v for v in value if isinstance(v, str)) if isinstance(value, list) else ()


def _in_languages(packs: object) -> Iterator[str]:
    """Yield the labels of every language, which stand under its code."""
    for labels in _mapping(packs).values():
        yield from _strings(labels)


def _integer(value: object) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) else 0


def _example(value: object) -> str:
    first = value[0] if isinstance(value, list) and value else ""
    if isinstance(first, list):
        first = first[0] if first else ""
    if isinstance(first, dict):
        return "; ".join(str(v) for v in first.values())
    return str(first)
