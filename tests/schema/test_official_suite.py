"""JSON Schema's own suite, draft 2020-12: by the engine as we set it up, and by the plain walk."""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from whygate.schema.accept import is_plainly_valid
from whygate.schema.validate import DIALECT, compile_validator

if TYPE_CHECKING:
    from collections.abc import Iterator

SUITE = Path(__file__).parents[2] / "node_modules" / ".whygate" / "json-schema-suite"
DRAFT = "draft2020-12"
SERVER = "http://localhost:1234/"  # where the suite's references say its other files are

Json = dict[str, Any]


def test_suite_is_decided_as_it_says() -> None:
    """Every case of the mandatory files; the plain walk may leave any to the engine."""
    wrong, plain, count = [], 0, 0
    for name, schema, test in cases():
        bundled = {uri_of(schema): schema, **remotes()}
        whole = {"$schema": DIALECT, "properties": {"value": {"$ref": uri_of(schema)}}}
        accepted = not compile_validator(whole, bundled)({"value": test["data"]})
        is_plain = is_plainly_valid(test["data"], schema, bundled)
        count, plain = count + 1, plain + is_plain
        if accepted != test["valid"] or (is_plain and not test["valid"]):
            wrong.append((name, test["description"], accepted, is_plain))

    assert wrong == []
    assert count > 1200
    assert plain > 200


def cases() -> Iterator[tuple[str, Json, Json]]:
    """Yield the file and group, the schema, and the test of every case."""
    files = sorted((SUITE / "tests" / DRAFT).glob("*.json"))
    if not files:
        pytest.fail(f"{SUITE} is missing: ./run-tests brings it")
    for path in files:
        for group in json.loads(path.read_bytes()):
            for test in group["tests"]:
                yield f"{path.stem}: {group['description']}", as_object(group["schema"]), test


@lru_cache(maxsize=1)
def remotes() -> dict[str, Json]:
    """Return the files that the suite refers to, by address."""
    root = SUITE / "remotes"
    found = {}
    for path in root.rglob("*.json"):
        name = path.relative_to(root).as_posix()
        if name.startswith(DRAFT) or not name.startswith("draft"):
            found[f"{SERVER}{name}"] = as_object(json.loads(path.read_bytes()))
    return found


def as_object(schema: object) -> Json:
    """Return a schema that is no bare `true` or `false` and says the same."""
    return schema if isinstance(schema, dict) else {"allOf": [schema]}


def uri_of(schema: Json) -> str:
    uri = schema.get("$id", "urn:suite:case")
    assert isinstance(uri, str)
    return uri.rstrip("#")
