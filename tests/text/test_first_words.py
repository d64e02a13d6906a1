"""The words behind which patterns are kept: no pattern matches what begins with none of its own."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from whygate.text import placeholders

if TYPE_CHECKING:
    from hypothesis.strategies import DataObject

ROWS = (*placeholders._SAYS_NOTHING, *placeholders._DENIED)
GROUPS = placeholders._FOOTERS
FIRST_WORD = re.compile(r"[\[(]?([^\W\d_]*)")


@pytest.mark.parametrize("row", ROWS, ids=[row[0].split(" ")[0] for row in ROWS])
@settings(max_examples=60)
@given(data=st.data())
def test_what_a_pattern_matches_begins_with_its_words(
    row: tuple[str, str], data: DataObject
) -> None:
    words, pattern = row
    text = data.draw(st.from_regex(rf"\A(?:{pattern})")).casefold()
    first = FIRST_WORD.match(text)
    if first is not None and re.match(pattern, text):
        assert first[1] in words.split(" ") or first[1][:1] in words.split(" ")


@pytest.mark.parametrize("group", GROUPS, ids=[group[0].split(" ")[0] for group in GROUPS])
@settings(max_examples=60)
@given(data=st.data())
def test_what_a_footer_matches_holds_a_sign_or_word_of_its_group(
    group: tuple[str, tuple[str, ...]], data: DataObject
) -> None:
    words, patterns = group
    text = data.draw(st.sampled_from(patterns).flatmap(lambda p: st.from_regex(p, fullmatch=True)))
    if any(re.fullmatch(pattern, text.casefold()) for pattern in patterns):
        assert any(word in text.casefold() for word in words.split(" | "))
