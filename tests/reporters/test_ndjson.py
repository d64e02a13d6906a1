"""Records as JSON lines: each is valid under its schema, and one line for every reader."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import jsonschema_rs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.reporters.conftest import ANY_HISTORY, make_record, small_history

from whygate.reporters.coverage_json import record_line, render_ndjson
from whygate.schema.files import AUDIT, read_bundled

if TYPE_CHECKING:
    from whygate.audit.record import Record

SCHEMA = json.loads(read_bundled(AUDIT))
CHANGE = {"$ref": "#/$defs/change", "$defs": SCHEMA["$defs"]}
VALIDATOR = jsonschema_rs.Draft202012Validator(CHANGE, validate_formats=True)


def test_bytes_of_a_line_are_stable() -> None:
    record = make_record(
        7,
        "exempt",
        reason="internal",
        title="h\xe9 \u2028",
        answers=(("problem", "Why"),),
        forms=("section",),
        rules=(("WG104", "warning"),),
        area="src",
    )

    assert list(render_ndjson([record])) == [
        '{"id":"#7","sha":"0000000000000000000000000000000000000007",'
        '"title":"h\\u00e9 \\u2028","date":"2026-03-01","author":"Ada <ada@example.org>",'
        '"kind":"feature","state":"exempt","reason":"internal","blind":false,"described":"",'
        '"answers":[{"field":"problem","label":"Why","origin":"message"}],"forms":["section"],'
        '"rules":[{"rule":"WG104","severity":"warning"}],"area":"src","url":"","by_agent":false}\n'
    ]


def test_day_that_is_not_known_is_null() -> None:
    assert json.loads(record_line(make_record(day=None)))["date"] is None


def test_every_key_is_in_the_schema() -> None:
    change = SCHEMA["$defs"]["change"]
    keys = list(json.loads(record_line(make_record())))

    assert keys == list(change["properties"]) == change["required"]


@pytest.mark.parametrize("title", ["##[error]x", "a ##[group] ##[b", "###[x]"])
def test_line_is_no_command_of_a_runner(title: str) -> None:
    line = record_line(make_record(title=title))

    assert "##[" not in line
    assert json.loads(line)["title"] == title


@settings(max_examples=100, deadline=None)
@given(ANY_HISTORY)
def test_every_line_is_valid_and_plain(history: list[Record]) -> None:
    lines = list(render_ndjson(history))

    assert len(lines) == len(history)
    for line, record in zip(lines, history, strict=True):
        held = json.loads(line)
        VALIDATOR.validate(held)
        assert (held["id"], held["title"], held["area"]) == (
            record.identity,
            record.title,
            record.area,
        )
        assert line.isascii()
        assert line[:-1].isprintable()


@settings(max_examples=200, deadline=None)
@given(st.text(st.characters(codec="utf-8")))
def test_any_title_comes_back(title: str) -> None:
    assert json.loads(record_line(make_record(title=title)))["title"] == title


def test_records_are_read_one_at_a_time() -> None:
    left = iter(small_history())
    next(iter(render_ndjson(left)))

    assert next(left).identity == "#8"
