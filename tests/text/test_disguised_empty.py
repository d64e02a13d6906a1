from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from msgspec import Struct

from whygate.text.content import (
    count_words,
    is_blank,
    is_link_only,
    is_placeholder,
    restates,
    visible,
)
from whygate.text.prose import render_prose

if TYPE_CHECKING:
    from whygate.model import Prose

CORPUS = Path(__file__).parent.parent / "corpus"


class Sample(Struct, frozen=True):
    """One line of a corpus; `words` is the least number of words it must count as."""

    text: str
    why: str
    words: int = 3


def load_samples(name: str) -> list[Sample]:
    lines = (CORPUS / name).read_text(encoding="utf-8").split("\n")
    return [Sample(**json.loads(line)) for line in lines if line]


EMPTY = load_samples("disguised_empty.jsonl")
HONEST = load_samples("honest_short.jsonl")


def says_nothing(prose: Prose) -> bool:
    return is_blank(prose.text) or is_placeholder(prose.text)


@pytest.mark.parametrize("samples", [EMPTY, HONEST], ids=["empty", "honest"])
def test_corpus_is_large_and_without_doubles(samples: list[Sample]) -> None:
    assert len(samples) >= 120
    assert len({sample.text for sample in samples}) == len(samples)


@pytest.mark.parametrize("sample", EMPTY, ids=lambda sample: sample.why)
def test_disguised_text_says_nothing(sample: Sample) -> None:
    assert says_nothing(render_prose(sample.text))


@pytest.mark.parametrize("sample", EMPTY, ids=lambda sample: sample.why)
def test_disguised_text_says_nothing_between_comments(sample: Sample) -> None:
    assert says_nothing(render_prose(f"<!-- why? -->\n\n{sample.text}\n\n<!-- end -->"))


@pytest.mark.parametrize("sample", HONEST, ids=lambda sample: sample.why)
def test_honest_text_says_something(sample: Sample) -> None:
    prose = render_prose(sample.text)

    assert not says_nothing(prose)
    assert not is_link_only(prose.unlinked, prose.links)
    assert not restates(prose.text, "feat(export): add a CSV button to the report page")
    assert count_words(prose.unlinked) >= sample.words


@pytest.mark.parametrize("sample", HONEST, ids=lambda sample: sample.why)
def test_honest_text_is_read_without_markdown_too(sample: Sample) -> None:
    shown = visible(sample.text)

    assert not is_blank(shown)
    assert not is_placeholder(shown)
    assert not is_link_only(shown, 0)
