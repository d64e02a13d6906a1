"""What a JSON Schema asks for: its fields, the words they go by, and how to validate a document."""

from __future__ import annotations

import json
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from whygate.errors import SchemaError
from whygate.schema.accept import is_plainly_valid
from whygate.schema.fields import Field, FieldKind, read_fields, read_required
from whygate.schema.files import DOCUMENT, read_bundled
from whygate.schema.validate import SchemaProblem, Validate, compile_validator
from whygate.text.labels import normalise_label

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

MAX_SCHEMA_BYTES = 262_144
_FEW = 200  # documents


class Vocabulary(Struct, frozen=True, dict=True):
    """How people write the fields: normalised labels, and lower-case trailer keys, to names.

    `labels` are trusted anywhere, `inner[field]` beside other parts of the field, `within[field]`
    only inside the field's own section ("Now", "Goal" and "Deadline" mean too much elsewhere).
    `weak` are headings that may hold a field's answer but are never read as it, `parts` every
    inner label. `paired` leads from a label that is trusted beside certain others to its field and
    to them.
    """

    labels: Mapping[str, str]
    inner: Mapping[str, Mapping[str, str]]
    within: Mapping[str, Mapping[str, str]]
    weak: Mapping[str, str]
    trailers: Mapping[str, str]
    parts: frozenset[str]
    paired: Mapping[str, tuple[str, frozenset[str]]] = {}

    @cached_property
    def everywhere(self) -> Mapping[str, str]:
        """Return labels and keys of all fields as labels are compared; a weak one names none."""
        keys = {normalise_label(key): name for key, name in self.trailers.items()}
        return {**dict.fromkeys(self.weak, ""), **keys, **self.labels}


class DocumentSchema(Struct, frozen=True, dict=True):
    """A loaded schema: its fields in order, what it requires, its vocabulary, its JSON."""

    name: str
    fields: tuple[Field, ...]
    required: tuple[str, ...]
    vocabulary: Vocabulary
    source: Mapping[str, object]
    bundled: Mapping[str, Mapping[str, object]]

    def field(self, name: str) -> Field | None:
        """Return the field of a dotted name, or None."""
        return self.by_name.get(name)

    @cached_property
    def by_name(self) -> Mapping[str, Field]:
        """Every field by its dotted name."""
        return {field.name: field for field in self.all_fields()}

    def all_fields(self) -> Iterator[Field]:
        """Yield every field, each items field followed by its parts."""
        for field in self.fields:
            yield field
            yield from field.parts

    def with_aliases(self, aliases: Mapping[str, tuple[str, ...]]) -> DocumentSchema:
        """Return the schema that reads a team's own labels: field (or part) to labels.

        The first label becomes the title, and what the field was called stays readable. A label
        is taken from every other field of the same level that had it as another name. A name
        that no field has is passed over; `require_known_fields` refuses it.
        """
        if not aliases:
            return self
        taken = {n: {normalise_label(a) for a in labels} for n, labels in aliases.items()}
        fields = tuple(
            _rename(
                replace(f, parts=tuple(_rename(p, aliases, taken) for p in f.parts)), aliases, taken
            )
            for f in self.fields
        )
        return replace(self, fields=fields, vocabulary=build_vocabulary(fields))

    def validate(self, document: Mapping[str, object]) -> tuple[SchemaProblem, ...]:
        """Return the ways a document breaks the schema.

        Raises SchemaError when the schema itself cannot be used.
        """
        known = self.__dict__.get("validator")
        if known is None:
            if self._spares_validator() and is_plainly_valid(document, self.source, self.bundled):
                return ()
            known = self.__dict__["validator"] = _validator(self)
        found: tuple[SchemaProblem, ...] = known(document)
        return found

    def _spares_validator(self) -> bool:
        """Tell whether few documents were judged: to load the library takes as long as some 800."""
        count: int = self.__dict__.get("judged", 0) + 1
        self.__dict__["judged"] = count
        return count <= _FEW

    def check(self) -> None:
        """Raise SchemaError when the schema itself cannot be used."""
        _validator(self)

    def __hash__(self) -> int:
        return id(self)


def _rename(
    field: Field, aliases: Mapping[str, tuple[str, ...]], taken: Mapping[str, set[str]]
) -> Field:
    labels = aliases.get(field.name, ())
    if labels:
        more = tuple(dict.fromkeys((*labels[1:], field.title, *field.aliases)))
        return replace(field, title=labels[0], aliases=more)
    level = field.name.rpartition(".")[0]
    lost = {k for n, keys in taken.items() if n.rpartition(".")[0] == level for k in keys}
    kept = tuple(alias for alias in field.aliases if normalise_label(alias) not in lost)
    return field if kept == field.aliases else replace(field, aliases=kept)


@lru_cache(maxsize=16)
def _validator(schema: DocumentSchema) -> Validate:
    return compile_validator(schema.source, schema.bundled, name=schema.name)


@lru_cache(maxsize=1)
def bundled_schema() -> DocumentSchema:
    """Return the schema that whygate ships."""
    return parse_schema(read_bundled(DOCUMENT), DOCUMENT, {})


def load_user_schema(text: str, path: str) -> DocumentSchema:
    """Return a team's own schema; it may refer to the bundled one by its `$id`.

    Raises SchemaError when it is not JSON, not valid, or refers to anything else.
    """
    base = bundled_schema().source
    schema = parse_schema(text, path, {str(base["$id"]): base})
    schema.check()
    return schema


def parse_schema(
    text: str, path: str, bundled: Mapping[str, Mapping[str, object]]
) -> DocumentSchema:
    """Return the schema a JSON text holds, not yet validated.

    Raises SchemaError when the text is too large, not JSON, or describes no properties.
    """
    if len(text) > MAX_SCHEMA_BYTES:
        raise SchemaError(f"{path} is larger than {MAX_SCHEMA_BYTES:,} bytes")
    try:
        source = json.loads(text)
    except json.JSONDecodeError as error:
        raise SchemaError(
            f"{path}:{error.lineno}:{error.colno} is not JSON: {error.msg}",
            hint="`whygate show schema` prints a schema to start from",
        ) from None
    except RecursionError:
        raise SchemaError(f"{path} is nested too deeply to be a schema") from None
    except ValueError:  # Python reads no number of more than 4,300 digits
        raise SchemaError(f"{path} holds a number with too many digits") from None
    if "\\u" in text and _holds_half_a_character(source):
        raise SchemaError(
            f"{path} holds half of a character (`\\ud800` to `\\udfff` must come in pairs)",
            hint="write the character itself",
        )
    if not isinstance(source, dict):
        raise SchemaError(f"{path} is not a JSON Schema: it must be a JSON object")
    fields = read_fields(source, bundled)
    if not fields:
        raise SchemaError(
            f"{path} describes no properties, so there is nothing to ask for",
            hint='add "$ref": "urn:whygate:product-context:1#/$defs/document" to build on ours',
        )
    return DocumentSchema(
        name=path,
        fields=fields,
        required=read_required(source),
        vocabulary=build_vocabulary(fields),
        source=source,
        bundled=bundled,
    )


def _keys(field: Field) -> tuple[str, ...]:
    return tuple(key.lower() for key in (field.trailer, *field.more_trailers))


def _within(field: Field, inner: Mapping[str, str]) -> dict[str, str]:
    """Return the labels that are a part's in the field's own section, the weak ones as well."""
    weak = {normalise_label(word): part.name for part in field.parts for word in part.weak_aliases}
    return {**weak, **inner}


def build_vocabulary(fields: tuple[Field, ...]) -> Vocabulary:
    """Return the labels and trailer keys of fields; of two equal labels the first field wins.

    The labels of a part ("Target", "Before", "Where") are trusted only inside its own section:
    alone in a text they mean a hundred other things.
    """
    labels: dict[str, str] = {}
    weak: dict[str, str] = {}
    trailers: dict[str, str] = {}
    inner: dict[str, dict[str, str]] = {}
    for field in fields:
        if field.kind is FieldKind.CONSTANT:
            continue
        trailers |= {key: field.name for key in _keys(field) if key not in trailers}
        for label in (field.title, field.key, *field.aliases):
            labels.setdefault(normalise_label(label), field.name)
        for label in field.weak_aliases:
            weak.setdefault(normalise_label(label), field.name)
    _add_other_languages(fields, labels, weak)
    for field in fields:
        inside = inner.setdefault(field.name, {})
        for part in field.parts:
            trailers.setdefault(part.trailer.lower(), part.name)
            for label in (part.title, part.key, part.trailer, *part.aliases, *part.labels):
                inside.setdefault(normalise_label(label), part.name)
    within = {field.name: _within(field, inner.get(field.name, {})) for field in fields}
    weak = {label: name for label, name in weak.items() if label not in labels}
    parts = frozenset(label for inside in inner.values() for label in inside)
    paired = _paired(fields)
    for alias, (name, _) in paired.items():
        if alias not in labels:
            weak.setdefault(alias, name)
    return Vocabulary(
        labels=labels,
        inner=inner,
        within=within,
        weak=weak,
        trailers=trailers,
        parts=parts,
        paired=paired,
    )


def _holds_half_a_character(value: object) -> bool:
    """Tell whether a text of a JSON value has a surrogate without its partner (RFC 8259, 8.2)."""
    try:
        json.dumps(value, ensure_ascii=False).encode("utf-8")
    except UnicodeEncodeError:
        return True
    return False


def _add_other_languages(
    fields: tuple[Field, ...], labels: dict[str, str], weak: dict[str, str]
) -> None:
    """Add the labels of other languages; of two equal words, the English one keeps its meaning."""
    for field in fields:
        for label in field.labels:
            labels.setdefault(normalise_label(label), field.name)
        for label in field.weak_labels:
            weak.setdefault(normalise_label(label), field.name)


def _paired(fields: tuple[Field, ...]) -> dict[str, tuple[str, frozenset[str]]]:
    """Return the labels that are trusted beside certain others, with their fields."""
    return {
        normalise_label(alias): (field.name, frozenset(map(normalise_label, others)))
        for field in fields
        for alias, others in field.paired_aliases.items()
    }
