"""A pattern that a process was lent is the very one that Python would compile."""

from __future__ import annotations

import re

import pytest

from whygate.text import patterns
from whygate.text.patterns import Program, compile_pattern, compiled_anew, later, lend
from whygate.values.quantities import pattern

WRITTEN = {
    "plain": ("fix(?:es|ed)?", 0),
    "named groups": (r"(?P<year>[0-9]{4})-(?P<month>[0-9]{1,2})(?P<rest>x)?", 0),
    "flags of its own": (r"(?i:ab)|(?a:\w)(?s:.)", 0),
    "flags given": (r"^straße\b.*ſ$", re.IGNORECASE | re.MULTILINE | re.DOTALL),
    "looking around": (
        r"(?<![À-ɏ\w-])(?<!\d:)(?:a|b){2,3}?(?=\s|$)(?P<q>['\"])?(?(q)c|d)(?P=q)?",
        0,
    ),
    "other letters": ("[\u3000-\u30ff\U0001f600-\U0001f64f]+", 0),
    "largest": (pattern("head").pattern, 0),
}
WORDS = (
    "fixed 2027-02 ABx Straße 12 ſ aab 'c' \u30a2\U0001f600 p95 < 300 ms, at least 30 %\nstrasse"
)


@pytest.fixture(autouse=True)
def _nothing_lent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patterns, "_lent", {})
    monkeypatch.setattr(patterns, "_anew", {})


def programs() -> dict[str, Program]:
    """Return what a process that compiles all of them would keep."""
    for written, flags in WRITTEN.values():
        compile_pattern(written, flags)
    return compiled_anew()


@pytest.mark.parametrize("name", WRITTEN)
def test_lent_pattern_equals_the_compiled_one(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    written, flags = WRITTEN[name]
    wanted = re.compile(written, flags)
    lend(programs())
    monkeypatch.setattr(re, "compile", None)

    lent = compile_pattern(written, flags)

    assert lent is not wanted
    assert lent == wanted
    assert (lent.groups, lent.groupindex) == (wanted.groups, wanted.groupindex)
    assert [m.groupdict() for m in lent.finditer(WORDS)] == [
        m.groupdict() for m in wanted.finditer(WORDS)
    ]


def test_what_was_lent_is_not_kept_again() -> None:
    lend(programs())

    assert len(programs()) == 0


def test_pattern_used_later_is_taken_from_what_was_lent(monkeypatch: pytest.MonkeyPatch) -> None:
    waiting = later(*WRITTEN["named groups"])
    lend(programs())
    monkeypatch.setattr(re, "compile", None)

    found = waiting.search(WORDS)

    assert found is not None
    assert found["year"] == "2027"


@pytest.mark.parametrize(
    "program",
    [
        pytest.param(None, id="nothing"),
        pytest.param([], id="empty"),
        pytest.param([32, 0, {}, "zz"], id="no digits"),
        pytest.param([32, 0, {}, "ff"], id="no whole word"),
        pytest.param([32, 0, {}, "ffffffff"], id="no code"),
        pytest.param([32, 0, {"a": 7}, "01000000"], id="no such group"),
        pytest.param([32, -5, {}, "01000000"], id="less than no group"),
        pytest.param(["x", 0, {}, "01000000"], id="no flags"),
        pytest.param([32, 10**30, {}, "01000000"], id="too many groups"),
        pytest.param([32, 0, [], "01000000"], id="no names"),
        pytest.param("text!", id="a text"),
    ],
)
def test_nonsense_that_was_lent_is_compiled_anew(program: Program) -> None:
    lend({"0:fix(?:es|ed)?": program})

    assert compile_pattern("fix(?:es|ed)?") == re.compile("fix(?:es|ed)?")
    assert list(compiled_anew()) == ["0:fix(?:es|ed)?"]


def test_program_of_another_text_is_not_found() -> None:
    lend(programs())

    assert compile_pattern("fix(?:es|ed)?", re.IGNORECASE).fullmatch("FIXED")
    assert compile_pattern(b"fix").fullmatch(b"fix")


def test_pattern_that_another_python_would_compile_otherwise_is_not_kept(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(patterns, "_restore", lambda *_: re.compile("other"))
    compile_pattern("fix(?:es|ed)?")

    assert compiled_anew() == {}
