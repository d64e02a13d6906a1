"""Search by a regular expression in linear time."""

from __future__ import annotations

import pytest

from whygate.history.glance import compile_search


@pytest.mark.parametrize(
    ("pattern", "text", "found"),
    [
        (r"b+", "abba", True),
        (r"b+", "AA", False),
        (r"(?i)b", "ABA", True),
        (r"\nb", "a\nb", True),
        (r"^b", "a\nb", False),
        (r"a$", "a\n", False),
        (r"[\x80-\xff]", "a\xe9", True),
    ],
)
def test_text_is_searched(pattern: str, text: str, *, found: bool) -> None:
    assert compile_search(pattern)(text) is found


@pytest.mark.parametrize("pattern", ["(", r"(?<=a)b", r"(a)\1"])
def test_pattern_that_cannot_be_read_is_refused(pattern: str) -> None:
    with pytest.raises(ValueError, match=r"pattern|regex"):
        compile_search(pattern)


def test_nested_repetition_does_not_blow_up() -> None:
    assert not compile_search(r"(?:a+)+b")("a" * 100_000)
