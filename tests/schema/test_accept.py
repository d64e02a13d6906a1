"""The plain walk accepts nothing that the JSON Schema engine refuses."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from whygate.schema.accept import is_plainly_valid
from whygate.schema.document import bundled_schema
from whygate.schema.validate import compile_validator

TEXTS = st.one_of(
    st.sampled_from(["feature", "up", "metric", "internal", "cart-sync", "", "Not A Slug"]),
    st.text(max_size=8),
)
VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(0, 5), TEXTS),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(st.sampled_from(["class", "reason", "metric", "target", "x"]), inner),
    ),
    max_leaves=6,
)
ENTRIES = st.dictionaries(
    st.sampled_from(["metric", "target", "direction", "guardrail", "method", "unknown"]),
    st.one_of(TEXTS, st.lists(TEXTS, max_size=2)),
    max_size=4,
)
DOCUMENTS = st.dictionaries(
    st.sampled_from(["version", "kind", "problem", "measurement", "exempt", "bet", "links", "x"]),
    st.one_of(VALUES, TEXTS, st.lists(ENTRIES, max_size=4), st.lists(TEXTS, max_size=2)),
    max_size=5,
)
PLAIN = st.fixed_dictionaries(
    {"problem": TEXTS, "outcome": TEXTS},
    optional={
        "kind": TEXTS,
        "measurement": st.lists(ENTRIES, max_size=4),
        "links": st.lists(TEXTS, max_size=2),
        "exempt": st.fixed_dictionaries({}, optional={"class": TEXTS, "reason": TEXTS}),
    },
)
SCHEMA = bundled_schema()
TEAM = {
    "$id": "urn:example:team",
    "$ref": "urn:whygate:product-context:1#/$defs/document",
    "unevaluatedProperties": False,
    "required": ["risk"],
    "properties": {"risk": {"type": "string", "minLength": 2, "maxLength": 5}},
}
BUNDLED = {str(SCHEMA.source["$id"]): SCHEMA.source}
ENGINES = {
    "ours": (SCHEMA.source, {}, compile_validator(SCHEMA.source, {})),
    "team": (TEAM, BUNDLED, compile_validator(TEAM, BUNDLED)),
}


@pytest.mark.parametrize("name", ENGINES)
@settings(max_examples=300, deadline=None)
@given(document=st.one_of(DOCUMENTS, PLAIN), risk=st.one_of(st.none(), TEXTS))
def test_plain_walk_accepts_only_what_the_engine_accepts(
    name: str, document: dict[str, object], risk: str | None
) -> None:
    schema, bundled, validate = ENGINES[name]
    if risk is not None:
        document = {**document, "risk": risk}
    accepted = is_plainly_valid(document, schema, bundled)

    assert not (accepted and validate(document))


def test_plain_walk_decides_a_usual_document() -> None:
    document = {
        "kind": "feature",
        "problem": "the export stops at row 100",
        "outcome": "nobody retypes a row",
        "measurement": [{"metric": "tickets", "target": "0", "guardrail": ["p95 <= 5 s"]}],
        "links": ["#1"],
        "exempt": {"class": "internal", "reason": "the golden files are unchanged"},
    }

    assert is_plainly_valid(document, SCHEMA.source, {})


@pytest.mark.parametrize(
    ("schema", "document"),
    [
        pytest.param({"oneOf": [{}]}, {}, id="a keyword of the engine"),
        pytest.param({"$ref": "other.json"}, {}, id="a reference elsewhere"),
        pytest.param({"$ref": "#/$defs/nothing"}, {}, id="a reference to nothing"),
        pytest.param({"$ref": 1}, {}, id="a reference that is no text"),
        pytest.param({"$ref": "#"}, {}, id="a schema that is itself"),
        pytest.param({"type": ["object", "null"]}, {}, id="two types"),
        pytest.param({"type": "string"}, True, id="a boolean"),
        pytest.param({"minItems": 1.5}, [], id="a bound that is no integer"),
        pytest.param({"additionalProperties": {"type": "string"}}, {}, id="open properties"),
        pytest.param({"properties": {"a": True}}, {"a": 1}, id="a boolean schema"),
        pytest.param(
            {"$ref": "#/$defs/a", "unevaluatedProperties": False, "$defs": {"a": {"$ref": "#"}}},
            {},
            id="references in a circle",
        ),
    ],
)
def test_plain_walk_leaves_the_rest_to_the_engine(
    schema: dict[str, object], document: object
) -> None:
    assert not is_plainly_valid(document, schema, {})


def test_bundled_schema_is_what_the_file_says() -> None:
    assert json.loads(json.dumps(SCHEMA.source)) == SCHEMA.source
