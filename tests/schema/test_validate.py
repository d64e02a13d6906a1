from __future__ import annotations

import socket
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import TYPE_CHECKING

import pytest

from whygate.errors import SchemaError
from whygate.schema.document import bundled_schema
from whygate.schema.validate import DIALECT, compile_validator, pointer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PROBLEMS = [
    ({"enum": ["a", "b"]}, "c", "enum", "is not one of a, b"),
    ({"pattern": "^[a-z]+$"}, "A", "pattern", "does not match `^[a-z]+$`"),
    ({"type": "string"}, 7, "type", "is not text"),
    ({"type": ["object", "array"]}, "a", "type", "is not a list or a mapping"),
    ({"type": "integer"}, "a", "type", "is not a number"),
    ({"maxItems": 1}, ["a", "b"], "maxItems", "has more than 1 entries"),
    ({"required": ["b"]}, {}, "required", "lacks `b`"),
    ({"properties": {}, "additionalProperties": False}, {"x": 1}, "additionalProperties", "`x`"),
    ({"unevaluatedProperties": False}, {"y": 1}, "unevaluatedProperties", "unknown key `y`"),
    ({"minLength": 3}, "a", "minLength", "is shorter than 3 characters"),
]


@pytest.mark.parametrize(
    ("spec", "value", "keyword", "sentence"), PROBLEMS, ids=[row[2] for row in PROBLEMS]
)
def test_problem_is_told_in_plain_words(
    spec: dict[str, object], value: object, keyword: str, sentence: str
) -> None:
    (problem,) = compile_validator({"properties": {"a": spec}}, {})({"a": value})

    assert (problem.keyword, problem.path) == (keyword, ("a",))
    assert sentence in problem.message


def test_problems_come_in_order_of_their_place() -> None:
    validate = compile_validator(
        {"properties": {name: {"type": "string"} for name in "cab"}, "required": ["z"]}, {}
    )
    problems = validate({"c": 1, "a": 2, "b": 3})

    assert [problem.path for problem in problems] == [(), ("a",), ("b",), ("c",)]
    assert problems[0].member == "z"


@pytest.mark.parametrize(
    ("path", "text"), [((), ""), (("a",), "a"), (("plan", 0, "target"), "plan[0].target")]
)
def test_path_is_written_as_people_do(path: tuple[str | int, ...], text: str) -> None:
    assert pointer(path) == text


@pytest.mark.parametrize(
    ("dialect", "fits"),
    [
        (DIALECT, True),
        (f"{DIALECT}#", True),
        ("http://json-schema.org/draft-07/schema#", False),
        ("https://json-schema.org/draft/2019-09/schema", False),
        ("urn:mine", False),
        (7, False),
    ],
)
def test_other_dialect_is_refused_with_the_one_to_write(dialect: object, fits: bool) -> None:
    if fits:
        assert compile_validator({"$schema": dialect}, {})({}) == ()
        return
    with pytest.raises(SchemaError, match="not supported") as caught:
        compile_validator({"$schema": dialect}, {})

    assert DIALECT in caught.value.hint


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "text"},
        {"properties": {"a": {"type": 7}}},
        {"properties": {"a": {"pattern": "("}}},
        {"required": "a"},
        {"$defs": {"a": {"minLength": -1}}},
    ],
    ids=str,
)
def test_invalid_schema_is_refused_with_its_place(schema: dict[str, object]) -> None:
    with pytest.raises(SchemaError, match="not valid JSON Schema") as caught:
        compile_validator(schema, {})

    assert "whygate show schema" in caught.value.hint


@pytest.mark.parametrize(
    ("schema", "message"),
    [
        ({"minProperties": 2}, "has less than 2 properties"),
        ({"properties": {"a": {"maxLength": 2}}}, "is longer than 2 characters"),
        ({"properties": {"a": {"const": 3}}}, "3 was expected"),
    ],
    ids=str,
)
def test_problem_does_not_repeat_the_value(schema: dict[str, object], message: str) -> None:
    problems = compile_validator(schema, {})({"a": "as long as a whole document may be"})

    assert [problem.message for problem in problems] == [message]


@pytest.mark.parametrize("pattern", [r"^(a+)+$", r"^(a|a)*$", r"^(\w+\s?)+$", r"(x+x+)+y"])
def test_pattern_cannot_take_the_check_hostage(pattern: str) -> None:
    validate = compile_validator({"properties": {"a": {"pattern": pattern}}}, {})
    problems = validate({"a": "a" * 50 + "!"})

    assert [problem.keyword for problem in problems] == ["pattern"]


def test_pattern_without_bound_in_time_is_refused() -> None:
    with pytest.raises(SchemaError):
        compile_validator({"properties": {"a": {"pattern": r"(?=a)(\w+)\1"}}}, {})


@pytest.fixture
def site() -> Iterator[tuple[str, list[str]]]:
    """Give a web server that serves any schema, and the paths that were asked of it."""
    hits: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            hits.append(self.path)
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b'{"type": "string"}')

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            del format, args

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", hits
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.mark.parametrize("keyword", ["$ref", "$dynamicRef"])
def test_schema_never_asks_the_network(
    site: tuple[str, list[str]], monkeypatch: pytest.MonkeyPatch, keyword: str
) -> None:
    address, hits = site
    opened: list[object] = []
    monkeypatch.setattr(socket, "create_connection", lambda *args, **_: opened.append(args))

    with pytest.raises(SchemaError) as caught:
        compile_validator({"properties": {"a": {keyword: f"{address}/a.json"}}}, {})

    assert f"{address}/a.json" in caught.value.message
    assert hits == opened == []


@pytest.mark.parametrize("inside", ["$id", "allOf", "items"])
def test_reference_is_refused_wherever_it_hides(site: tuple[str, list[str]], inside: str) -> None:
    address, hits = site
    schemas: dict[str, dict[str, object]] = {
        "$id": {"$id": f"{address}/x/", "properties": {"a": {"$ref": "a.json"}}},
        "allOf": {"allOf": [{"$ref": f"{address}/a.json#/$defs/b"}]},
        "items": {"properties": {"a": {"items": {"$ref": f"{address}/a.json"}}}},
    }

    with pytest.raises(SchemaError):
        compile_validator(schemas[inside], {})({"a": ["b"]})

    assert hits == []


@pytest.mark.parametrize("form", ["file://{}", "{}", "a.json", "./a.json", "../a.json"])
def test_schema_never_reads_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    secret = tmp_path / "a.json"
    secret.write_text('{"const": "secret"}')
    monkeypatch.chdir(tmp_path)

    with pytest.raises(SchemaError) as caught:
        compile_validator({"properties": {"a": {"$ref": form.format(secret)}}}, {})

    assert "not among the files it may use" in caught.value.message
    assert "#/..." in caught.value.hint


def test_schema_may_refer_to_what_comes_with_it() -> None:
    bundled = {"urn:base": {"$defs": {"word": {"pattern": "^[a-z]+$"}}}}
    validate = compile_validator({"properties": {"a": {"$ref": "urn:base#/$defs/word"}}}, bundled)

    assert validate({"a": "word"}) == ()
    assert len(validate({"a": "WORD"})) == 1


def test_schema_may_refer_to_itself() -> None:
    tree = {"type": "object", "properties": {"a": {"$ref": "#"}}, "additionalProperties": False}
    validate = compile_validator(tree, {})
    deep: dict[str, object] = {}
    for _ in range(50):
        deep = {"a": deep}

    assert validate(deep) == ()
    assert len(validate({"a": {"a": {"b": {}}}})) == 1


def test_bundled_schema_takes_its_own_examples() -> None:
    schema = bundled_schema()
    document: dict[str, object] = {"version": 1}
    for field in schema.fields:
        spec = schema.source["$defs"]
        assert isinstance(spec, dict)
        examples = spec["document"]["properties"][field.key].get("examples")
        if examples:
            document[field.key] = examples[0]

    assert schema.validate(document) == ()
