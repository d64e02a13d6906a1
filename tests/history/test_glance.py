"""The quick look at a message: what it calls silent holds nothing when it is read in full."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from tests.history.conftest import make_entry, make_policy

from whygate.context.extract import extract_context
from whygate.history import glance
from whygate.history.glance import Glance
from whygate.history.stream import carried_change
from whygate.outcomes.trailers import KEYS as RESULT_KEYS
from whygate.schema.document import DocumentSchema, parse_schema
from whygate.text.labels import closest_label

BUNDLED = make_policy().schema
OWN = parse_schema(
    """{"properties": {
        "second": {"type": "string", "title": "2nd thoughts"},
        "danger": {"type": "string", "title": "Gefahr f\\u00fcr uns"},
        "it": {"type": "string", "title": "It's", "x-trailer": "Its-Own"}
    }}""",
    "own.json",
    {},
)
FOREIGN = parse_schema(
    '{"properties": {"risk": {"type": "string", "title": "\\u5371\\u9669"}}}', "foreign.json", {}
)
SCHEMAS = {"bundled": BUNDLED, "own": OWN, "foreign": FOREIGN}
TESTS = {name: Glance(schema) for name, schema in SCHEMAS.items()}
WORDS = sorted(
    {
        word
        for schema in SCHEMAS.values()
        for word in (*schema.vocabulary.labels, *schema.vocabulary.trailers)
    }
)
PIECES = st.one_of(
    st.sampled_from(WORDS),
    st.sampled_from(WORDS).map(str.title),
    st.sampled_from(
        [
            *("\n", "\n\n", " ", "    ", "\t", "\r\n", "\r", ": ", ":", "**", "*", "_", "`", "# "),
            *(
                "## ",
                "---\n",
                "===\n",
                "- ",
                "1. ",
                "> ",
                "[",
                "](x)",
                "[1] ",
                "&amp;",
                "<!-- ",
                "'",
            ),
            *("<b>", "~~~\n", "```\n", "\u2028", "\xe9", "1234", "2nd ", "the ", "it's ", "\ufeff"),
            *(
                "Signed-off-by: a",
                "Probelm: x",
                "thoughts",
                "x" * 90,
                "(s)",
                "(ES)",
                "\x01",
                "\x7f",
            ),
        ]
    ),
    st.text(max_size=2),
)
MESSAGES = st.lists(PIECES, max_size=10).map(lambda pieces: "Add it\n\n" + "".join(pieces))


def is_harmless(key: str, schema: DocumentSchema) -> bool:
    """Tell whether a trailer is none of ours and resembles none."""
    name, trailers = key.lower(), schema.vocabulary.trailers
    return name not in trailers and name not in RESULT_KEYS and not closest_label(name, trailers)[0]


def says_something(message: bytes, schema: DocumentSchema) -> bool:
    """Tell what the slow way finds; trailers that resemble none of ours count for nothing."""
    context = extract_context(carried_change(make_entry(message)), schema)
    remarks = [
        remark
        for remark in context.remarks
        if remark.kind != "unknown-trailer" or not is_harmless(remark.label, schema)
    ]
    return bool(context.fields or context.items or context.lists or context.others or remarks)


@settings(max_examples=300, deadline=None)
@given(MESSAGES, st.sampled_from(sorted(SCHEMAS)))
@example("Add it\n\nproblem", "bundled")
@example("Add it\n\n2nd thoughts: none", "own")
@example("Add it\n\nits: gone", "own")
@example("Add it\n\n\u5371\u9669: viel", "foreign")
@example("Add it\n\nx\rProblem: y", "bundled")
@example("Add it\n\nProblem(s): rows are lost", "bundled")
@example("Add it\n\nGoal(s)\nrows stay", "bundled")
@example("Add it\n\nPro\x01blem\xe9\x01", "bundled")
def test_silent_message_says_nothing_to_the_slow_way(text: str, name: str) -> None:
    message, test = text.encode("utf-8", "replace"), TESTS[name]

    assert not (test.says_nothing(message) and says_something(message, SCHEMAS[name]))


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=50), st.sampled_from([b"", b"a\n\n", b"a\n\nProblem", b"a\n\n## "]))
@example(b"\x01A\x01\x80", b"a\n\nProblem")
def test_any_bytes_that_are_silent_say_nothing(data: bytes, start: bytes) -> None:
    message, test = start + data.replace(b"\0", b""), TESTS["bundled"]

    assert not (test.says_nothing(message) and says_something(message, BUNDLED))


@pytest.mark.parametrize(
    "message",
    [
        "",
        "Add it",
        "Add it\n\nThe cache is cold after a restart.\n",
        "Add it\n\nIt's slow, and we don't know; see [1].\n\n[1] https://example.org\n",
        "Add it\n\n* one\n* two: three\n1. four\n",
        "Add it\n\nSigned-off-by: Ada <a@b.c>\nCo-authored-by: Bo <b@c>\n",
        "Add it\n\nAnything-Else: x\n",
        "Add it\n\nFound by Andr\xe9.\n",
        "Add it\r\n\r\nReturns end the lines of it.\r\n\r\nSigned-off-by: Ada\r\n",
        "Add it\n\nText.\n\n---\n\nMore, after a rule.\n",
        "Add it\n\n```c\nint x;\n```\n\n~~~~\ny\n~~~~~\n",
    ],
    ids=repr,
)
def test_ordinary_message_is_silent(message: str) -> None:
    assert TESTS["bundled"].says_nothing(message.encode())


@pytest.mark.parametrize(
    "message",
    [
        "a\n\nProblem: x",
        "a\n\nProbelm: x",
        "a\r\n\r\nProbelm: x\r\n",
        "a\n\nx\rProblem\ry",
        "a\n\n## Anything\n\nx",
        "a\n\nAnything\n===\n",
        "a\n\n**Problem** x",
        "a\n\n<!-- hidden -->",
        "a\n\n```\nx",
        "a\n\n```\nx\n~~~",
        "a\n\n````\nx\n```",
        "a\n\n```\nx\n```c\n",
        "a\n\n```c`d\n",
        "a\n\n```c&#100;\nx\n```",
        "a\n\n```problem\nx\n```",
        "a\n\n```\nProblem: x\n```",
        "a\n\n```\n# x\n```",
        "a\n\n```yaml product-context\n```",
        "a\n\n```yaml\nProduct_Context:\n```",
        "a\n\n<pre>\n```\nx\n```",
        "a\n\n- ```\n  x\n  ```",
        "a\n\n  ```\n  x\n  ```",
        "a\n```\nx\n\n```\n",
    ],
    ids=repr,
)
def test_message_that_may_say_something_is_not_silent(message: str) -> None:
    assert not TESTS["bundled"].says_nothing(message.encode())


@pytest.mark.parametrize(
    ("key", "silent"),
    [("Signed-off-by", True), ("X-Ticket", True), ("Problem", False), ("Outcme", False)],
)
def test_trailer_that_resembles_none_of_ours_says_nothing(key: str, *, silent: bool) -> None:
    assert TESTS["bundled"].says_nothing(f"Add it\n\n{key}: x\n".encode()) == silent


def test_answers_stay_the_same_when_the_memory_is_full(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(glance, "_MOST_KEYS", 1)
    test = Glance(BUNDLED)
    messages = [f"Add it\n\n{key}: x\n".encode() for key in ("Probe", "Probelm", "Probelm")]

    assert [test.says_nothing(message) for message in messages] == [True, False, False]


@pytest.mark.parametrize(
    "line",
    ["a" * 65_536, "*" * 65_536, "- " * 32_768, "a-" * 32_768 + ":", "[1] " * 16_384, " " * 65_536],
    ids=lambda line: line[:4],
)
@pytest.mark.parametrize("name", SCHEMAS)
def test_long_hostile_line_is_read_in_full(line: str, name: str) -> None:
    message = f"a\n\n{line}\n\nProblem: x\n2nd thoughts: y\n\u5371\u9669: z\n".encode()

    assert not TESTS[name].says_nothing(message)
