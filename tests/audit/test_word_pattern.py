"""Words as a pattern: it matches what a list of alternatives would."""

from __future__ import annotations

import re

from hypothesis import given, settings
from hypothesis import strategies as st

from whygate.audit.word_pattern import any_word

WORDS = st.text("abn1-", min_size=1, max_size=5)


@settings(max_examples=200, deadline=None)
@given(st.lists(WORDS, min_size=1, max_size=8), st.lists(WORDS, max_size=8))
def test_pattern_matches_its_words_and_no_others(words: list[str], others: list[str]) -> None:
    pattern = re.compile(any_word(words) + rb"\Z")

    for word in (*words, *others):
        for shown in (word, word.upper()):
            assert bool(pattern.match(shown.encode())) == (word in words)


def test_pattern_takes_the_longest_word() -> None:
    found = re.match(any_word(["why", "why-not"]), b"Why-Not: x")

    assert found is not None
    assert found[0] == b"Why-Not"


def test_pattern_of_no_word_is_empty() -> None:
    assert any_word([]) == b""
