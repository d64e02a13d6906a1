"""What a check costs: twice the text is at most twice the work, whatever the text is."""

from __future__ import annotations

import sys
from datetime import date
from typing import TYPE_CHECKING, Literal
from unicodedata import normalize

import pytest

from whygate.judge.check import check
from whygate.model import Change, Origin, Part
from whygate.policy.policy import Policy
from whygate.policy.presets import resolve_config
from whygate.schema.document import bundled_schema
from whygate.schema.files import read_presets
from whygate.text import placeholders

if TYPE_CHECKING:
    from types import FrameType

TODAY = date(2026, 11, 2)
TITLE = "feat(cart): keep the cart when the session ends"
UNITS = 300
MOST_GROWTH = 2.3  # twice, and what is looked at once

# What stands above, and what is repeated below it with its number.
TEXTS = {
    "fences swallowed by a comment": ("<div><!--\n\n", "```\n```\n"),
    "quotes in open details": ("## Problem\n<details>\n\n", "> a\n\n"),
    "fences open in list items": ("## Problem\n", "- ```\n  b\n"),
    "fences open in list items, with headings": ("", "- ```\n  ## Problem\n"),
    "lines below a deep quote": ("## Problem\n" + ">" * 90 + "a\n", "b\n"),
    "headings of parts among others": ("", "## Target\na\n## Label {n}\na\n"),
    "headings nobody knows": ("", "## Label {n}\na\n"),
    "labels nobody knows": ("", "**Label {n}:** a\n\n"),
    "near misses of a label": ("", "## Problm {n}\na\n"),
    "list items": ("", "- a\n"),
    "labels below lists": ("", "- a\nWord {n}: b\n"),
    "references in one paragraph": ("", "Fixes: #{n}\n"),
    "table rows": ("| Metric | Target |\n|-|-|\n", "| a{n} | {n} |\n"),
    "numbers in one sentence": ("Measurement: ", "from {n} to 2 % by Friday, "),
}


# Letters of which a form that is compared takes up to eighteen (U+FDFA, NFKD).
WIDE = {
    "one ligature": "\ufdfa",
    "ligatures in brackets": "[\ufdfa] ",
    "ligatures and a letter": "\ufdfaa",
}


def make_change(head: str, unit: str, count: int) -> Change:
    """Return a description with a unit in it, so many times."""
    text = head + "".join(unit.replace("{n}", str(n)) for n in range(count))
    return Change("x", TITLE, (Part(Origin.DESCRIPTION, "description", text),))


def count_calls(change: Change) -> int:
    """Return how many functions one check calls, generators that go on included."""
    policy = Policy(config=resolve_config(read_presets()), schema=bundled_schema())
    check(make_change("", "## Problem\n\na <b> `c`\n", 1), policy, TODAY)  # what is loaded once
    calls = 0

    def count(_frame: FrameType, event: str, _argument: object) -> None:
        nonlocal calls
        calls += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        check(change, policy, TODAY)
    finally:
        sys.setprofile(before)
    return calls


@pytest.mark.parametrize(("head", "unit"), TEXTS.values(), ids=TEXTS)
def test_work_grows_no_faster_than_the_text(head: str, unit: str) -> None:
    small = count_calls(make_change(head, unit, UNITS))
    large = count_calls(make_change(head, unit, 2 * UNITS))
    assert large < MOST_GROWTH * small


@pytest.mark.parametrize("unit", WIDE.values(), ids=WIDE)
def test_long_text_is_looked_up_by_what_it_repeats(
    unit: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    lengths: list[int] = []

    def normalise(form: Literal["NFC", "NFKC", "NFD", "NFKD"], text: str) -> str:
        lengths.append(len(text))
        return normalize(form, text)

    monkeypatch.setattr(placeholders, "normalize", normalise)

    assert not placeholders.is_listed(unit * 20_000)
    assert sum(lengths) < 5_000
