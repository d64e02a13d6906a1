"""The table of values in docs/authoring.md: what is written so is read, and what is not is not."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from doc_blocks import ROOT
from example_repository import TODAY

from whygate.values.dates import DateValue, parse_date
from whygate.values.owners import parse_owner
from whygate.values.plans import parse_baseline, parse_target
from whygate.values.quantities import parse_quantity

if TYPE_CHECKING:
    from collections.abc import Iterator


def is_owner(text: str) -> bool:
    owner = parse_owner(text)
    return owner is not None and not owner.is_bot


READERS = {
    "number": lambda text: parse_quantity(text) is not None,
    "target, relative": lambda text: parse_target(text) is not None,
    "baseline that nobody knows yet": lambda text: parse_baseline(text, TODAY) is not None,
    "date": lambda text: isinstance(parse_date(text, TODAY), DateValue),
    "owner": is_owner,
}


def rows() -> Iterator[tuple[str, str, bool]]:
    """Yield each value of the table: its row, how it is written, whether that is right."""
    page = (ROOT / "docs/authoring.md").read_text("utf-8")
    _, _, table = page.partition("| value | is written | is not |\n")
    for line in table.partition("\n\n")[0].split("\n")[1:]:
        name, right, wrong = (cell.strip() for cell in line.strip("|").split(" |"))
        yield from ((name, value, True) for value in re.findall("`([^`]+)`", right))
        yield from ((name, value, False) for value in re.findall("`([^`]+)`", wrong))


@pytest.mark.parametrize(("name", "value", "is_right"), [*rows()])
def test_value_of_the_page_is_read_as_it_says(name: str, value: str, is_right: bool) -> None:
    assert READERS[name](value) is is_right


def test_every_row_of_the_page_is_tried() -> None:
    assert {name for name, _, _ in rows()} == set(READERS)
