from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from whygate.schema.document import build_vocabulary, bundled_schema, load_user_schema
from whygate.schema.fields import Field, FieldKind, read_fields, read_required

if TYPE_CHECKING:
    from collections.abc import Mapping

BASE = {
    "$id": "urn:base",
    "$defs": {
        "word": {"type": "string", "title": "Word", "description": "One word."},
        "all": {"properties": {"first": {"title": "First"}, "second": {"$ref": "#/$defs/word"}}},
    },
}


def read(schema: Mapping[str, object]) -> dict[str, Field]:
    return {field.name: field for field in read_fields(schema, {"urn:base": BASE})}


def test_annotations_are_read() -> None:
    spec = {
        "title": "The risk",
        "description": "What may go wrong.",
        "type": "string",
        "examples": ["Exports get slow."],
        "x-question": "What may go wrong?",
        "x-aliases": ["Danger", 7],
        "x-weak-aliases": ["Notes"],
        "x-trailer": "Risk-Of",
        "x-format": "slug",
        "x-min-words": 3,
        "x-max-words": 30,
    }

    assert read({"properties": {"risk": spec}})["risk"] == Field(
        name="risk",
        title="The risk",
        kind=FieldKind.TEXT,
        description="What may go wrong.",
        question="What may go wrong?",
        format="slug",
        aliases=("Danger",),
        weak_aliases=("Notes",),
        trailer="Risk-Of",
        example="Exports get slow.",
        min_words=3,
        max_words=30,
    )


def test_missing_annotations_are_derived_from_the_name() -> None:
    field = read({"properties": {"what_breaks": {}}})["what_breaks"]

    assert (field.title, field.question) == ("What breaks", "What is the what breaks?")
    assert (field.trailer, field.key) == ("What-Breaks", "what_breaks")
    assert (field.min_words, field.example, field.kind) == (0, "", FieldKind.TEXT)


@pytest.mark.parametrize(
    ("name", "spec", "kind"),
    [
        ("a", {"type": "string"}, FieldKind.TEXT),
        ("a", {"type": "string", "enum": ["x", "y"]}, FieldKind.CHOICE),
        ("a", {"const": 1}, FieldKind.CONSTANT),
        ("a", {"type": "array", "items": {"type": "string"}}, FieldKind.LIST),
        ("a", {"type": "array"}, FieldKind.LIST),
        ("a", {"type": "array", "items": {"properties": {"b": {}}}}, FieldKind.ITEMS),
        ("exempt", {"type": "object"}, FieldKind.EXEMPTION),
        ("a", {"x-min-words": True, "title": 7, "examples": "x"}, FieldKind.TEXT),
        ("a", True, FieldKind.TEXT),
    ],
)
def test_kind_of_a_field_is_its_shape(name: str, spec: object, kind: FieldKind) -> None:
    assert read({"properties": {name: spec}})[name].kind is kind


def test_parts_of_items_are_fields_of_their_own() -> None:
    inner = {"exempt": {}, "limits": {"type": "array", "items": {"properties": {"b": {}}}}}
    spec = {
        "type": "array",
        "maxItems": 2,
        "items": {"properties": inner},
        "examples": [[{"a": 1}]],
    }
    field = read({"properties": {"plan": spec}})["plan"]

    assert [(part.name, part.kind) for part in field.parts] == [
        ("plan.exempt", FieldKind.TEXT),
        ("plan.limits", FieldKind.LIST),
    ]
    assert (field.max_items, field.parts[0].key, field.example) == (2, "exempt", "1")


def test_properties_come_through_references_and_all_of() -> None:
    fields = read(
        {
            "allOf": [{"$ref": "urn:base#/$defs/all"}, {"properties": {"third": {}}}],
            "properties": {"fourth": {}, "second": {"title": "Mine"}},
        }
    )

    assert list(fields) == ["first", "second", "third", "fourth"]
    assert fields["second"].title == "Mine"
    assert fields["second"].description == "One word."


def test_reference_is_followed_in_the_document_it_stands_in() -> None:
    plan = {"type": "array", "items": {"$ref": "#/$defs/word"}}
    schema = {
        "$ref": "urn:base#/$defs/all",
        "$defs": {"word": {"title": "Ours", "properties": {"cost": {"$ref": "#/$defs/money"}}}},
        "properties": {"plan": plan},
    }
    schema["$defs"]["money"] = {"title": "Money"}  # type: ignore[index]

    fields = read(schema)

    assert fields["second"].title == "Word"
    assert [(part.name, part.title) for part in fields["plan"].parts] == [("plan.cost", "Money")]


def test_parts_can_be_added_to_those_of_another_document() -> None:
    base = {"$id": "urn:base", "$defs": {"plan": {"properties": {"a": {"title": "A"}, "b": {}}}}}
    items = {"$ref": "urn:base#/$defs/plan", "properties": {"c": {}, "a": {"title": "Mine"}}}
    (plan,) = read_fields(
        {"properties": {"plan": {"items": items, "type": "array"}}}, {"urn:base": base}
    )

    assert [(part.key, part.title) for part in plan.parts] == [
        ("a", "Mine"),
        ("b", "B"),
        ("c", "C"),
    ]


@pytest.mark.parametrize(
    "schema",
    [
        {"$ref": "#"},
        {"$ref": "#/properties/a", "properties": {"a": {"$ref": "#"}}},
        {"allOf": [{"$ref": "#"}], "properties": {"a": {}}},
        {"properties": {"a": {"type": "array", "items": {"$ref": "#/properties/a"}}}},
        {"properties": {"a": {"$ref": "#/$defs/x"}}, "$defs": {"x": {"$ref": "#/$defs/x"}}},
    ],
)
def test_schema_that_refers_to_itself_comes_to_an_end(schema: dict[str, object]) -> None:
    assert set(read(schema)) <= {"a"}


@pytest.mark.parametrize(
    "ref", ["#/nowhere", "#/$defs/none/at/all", "urn:other#/x", "file:///etc/passwd", "", "x.json"]
)
def test_reference_to_nothing_adds_nothing(ref: str) -> None:
    fields = read({"properties": {"a": {"$ref": ref, "title": "A"}}})

    assert fields["a"].title == "A"


def test_pointer_is_unescaped() -> None:
    schema = {
        "$defs": {"a/b~c": {"title": "Odd"}},
        "properties": {"a": {"$ref": "#/$defs/a~1b~0c"}},
    }

    assert read(schema)["a"].title == "Odd"


@pytest.mark.parametrize(
    ("schema", "names"),
    [({"required": ["a", "b"]}, ("a", "b")), ({}, ()), ({"required": "a"}, ())],
)
def test_required_names_are_those_of_the_root(
    schema: dict[str, object], names: tuple[str, ...]
) -> None:
    assert read_required(schema) == names


def test_first_field_keeps_a_label_that_two_claim() -> None:
    fields = read_fields(
        {
            "properties": {
                "risk": {"x-aliases": ["Danger"], "x-weak-aliases": ["Harm", "Notes"]},
                "harm": {"x-aliases": ["danger!"], "x-trailer": "Risk"},
            }
        },
        {},
    )
    vocabulary = build_vocabulary(fields)

    assert vocabulary.labels == {"risk": "risk", "danger": "risk", "harm": "harm"}
    assert vocabulary.trailers == {"risk": "risk"}
    assert vocabulary.weak == {"notes": "risk"}


def test_labels_of_parts_are_known_only_inside() -> None:
    vocabulary = bundled_schema().vocabulary

    assert vocabulary.inner["measurement"]["where"] == "measurement.source"
    assert vocabulary.trailers["evaluate-by"] == "measurement.evaluate_by"
    assert "where" not in vocabulary.labels
    assert "where" in vocabulary.parts
    assert "version" not in vocabulary.labels


@pytest.mark.parametrize("field", list(bundled_schema().all_fields()), ids=lambda field: field.name)
def test_every_bundled_field_can_be_asked_for(field: Field) -> None:
    assert field.title
    assert field.description
    assert field.kind is FieldKind.CONSTANT or field.question.endswith("?")
    assert field.kind is FieldKind.CONSTANT or field.trailer
    assert field.kind in (FieldKind.CONSTANT, FieldKind.ITEMS) or field.example


def test_typed_fields_are_those_that_can_contradict() -> None:
    typed = {field.name for field in bundled_schema().all_fields() if field.is_typed}

    assert typed == {
        "kind",
        "bet",
        *(
            f"measurement.{part}"
            for part in ("baseline", "target", "direction", "evaluate_by", "owner", "method")
        ),
    }


def test_more_aliases_are_added_to_those_of_the_bundled_field() -> None:
    bundled = bundled_schema()
    usual = bundled.field("problem")
    text = json.dumps(
        {
            "$ref": "urn:whygate:product-context:1#/$defs/document",
            "properties": {"problem": {"title": "Sorrow", "x-more-aliases": ["Pain", "Problem"]}},
        }
    )
    found = load_user_schema(text, "schema.json").field("problem")
    assert usual is not None
    assert found is not None
    assert found.aliases == (*usual.aliases, "Pain", "Problem")
    assert (found.title, found.question) == ("Sorrow", usual.question)
