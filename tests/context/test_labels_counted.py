"""The count of the labels that a history's messages are read by: `python -m tests.labels`."""

from __future__ import annotations

from tests.labels import Use, labels_in, render, samples

from whygate.model import Change, Origin, Part
from whygate.schema.document import bundled_schema

MESSAGE = """\
fix(rows): keep the rows

Motivation:

Rows are lost when the page turns.

Modifications:

Keep them.

Result:

Nobody retypes a row.

**Summary**

It is done.

## Who does this change help?
Clerks who type all day.
"""


def uses() -> list[Use]:
    change = Change("#7", "fix(rows): keep the rows", (Part(Origin.MESSAGE, "m", MESSAGE),))
    return list(labels_in(change, bundled_schema()))


def test_label_is_counted_with_how_it_is_read_and_written() -> None:
    found = {use.label: (use.field, use.how, use.style) for use in uses()}

    assert found == {
        "motivation": ("problem", "named", "plain"),
        "result": ("outcome", "beside", "plain"),
        "summary": ("problem", "offered", "bold"),
        "who does this change help": ("audience", "meant", "heading"),
        "modifications": ("", "unknown", "plain"),
    }


def test_table_leaves_out_what_stands_too_seldom() -> None:
    twice = [*uses(), *(use for use in uses() if use.label == "result")]

    lines = render(twice, least=2).split("\n")

    assert [line.split()[0] for line in lines[2:]] == ["result"]
    assert lines[2].split()[3] == "2"


def test_samples_show_the_text_below_the_label() -> None:
    shown = list(samples(uses(), "result"))

    assert shown == ["#7 outcome: Nobody retypes a row."]
