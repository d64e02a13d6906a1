"""What a waiver must say, in every way to say it and to leave something out."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from whygate.gate.waivers import EXAMPLE, is_command, read_waiver
from whygate.model import Waiver

PAGE = Path(__file__).parents[2] / "docs" / "kinds.md"
WRITTEN = date(2026, 12, 1)
WHY = "this stops an outage of the shop"


def read(text: str) -> Waiver | str:
    assert is_command(text)
    return read_waiver(text, "@lena", WRITTEN, max_days=180)


def test_block_of_the_page_is_a_waiver() -> None:
    _, _, rest = PAGE.read_text(encoding="utf-8").partition("<!-- tested: tests/policy/")
    block = rest.split("```text\n")[1].split("```")[0]

    assert read(block) == Waiver("@lena", date(2027, 1, 10), WHY)


@pytest.mark.parametrize(
    "text",
    [
        f"/whygate waive until 2027-01-10: {WHY}",
        f"  /Whygate Waive UNTIL 2027-01-10 : {WHY}\r\nand more",
        f"/whygate waive until 10 Jan 2027; {WHY}",
        f"/whygate waive until Jan 10, 2027 because {WHY}",
        f"/whygate\u0020waive   until\t+40d: {WHY}",
    ],
)
def test_waiver_is_read_however_it_is_spelled(text: str) -> None:
    assert read(text) == Waiver("@lena", date(2027, 1, 10), WHY)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (EXAMPLE, "fewer than 4 words of its own"),
        (f"/whygate waive until 02/03/2027: {WHY}", "`02/03/2027` is no day"),
        (f"/whygate waive until : {WHY}", "it does not read"),
        ("/whygate waive until 2027-01-10 " + "x" * 9_000, "it does not read"),
        (f"/whygate waive until {'9' * 5_000}: {WHY}", "it does not read"),
        ("/whygate waive until 2027-01-10: TBD TBD TBD TBD", "fewer than 4 words of its own"),
    ],
    ids=["the example", "ambiguous", "no day", "no end", "digits", "placeholder"],
)
def test_waiver_that_says_too_little_says_what_lacks(text: str, said: str) -> None:
    found = read(text)

    assert isinstance(found, str)
    assert said in found
