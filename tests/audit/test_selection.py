"""Which records count."""

from __future__ import annotations

from datetime import date

import pytest

from whygate.audit.coverage import Selection, Selector
from whygate.audit.record import Record


def record(identity: str, day: date | None, author: str, kind: str) -> Record:
    return Record(identity, identity * 40, "a", day, author, kind, "missing")


HISTORY = [
    record("d", date(2026, 4, 1), "Ada <ada@x.org>", "feature"),
    record("c", date(2026, 3, 1), "Bo <bo@x.org>", "fix"),
    record("b", None, "Ada <ada@x.org>", "fix"),
    record("a", date(2026, 1, 1), "STRASSE <s@x.org>", "docs"),
]


@pytest.mark.parametrize(
    ("selection", "picked", "words"),
    [
        (Selection(), "dcba", []),
        (Selection(since=date(2026, 3, 1)), "dc", ["since 2026-03-01"]),
        (Selection(until=date(2026, 3, 1)), "ca", ["until 2026-03-01"]),
        (
            Selection(since=date(2026, 1, 1), until=date(2026, 1, 1)),
            "a",
            ["since 2026-01-01", "until 2026-01-01"],
        ),
        (Selection(author="ADA@"), "db", ["author ADA@"]),
        (Selection(author="straße"), "a", ["author straße"]),
        (Selection(kinds=("fix", "docs")), "cba", ["kind fix or docs"]),
        (Selection(kinds=("fix",), last=1), "c", ["kind fix", "the last 1"]),
        (Selection(last=2), "dc", ["the last 2"]),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_pick(selection: Selection, picked: str, words: list[str]) -> None:
    batches = Selector(selection).pick([HISTORY[:1], HISTORY[1:3], [], HISTORY[3:]])

    assert "".join(r.identity for batch in batches for r in batch) == picked
    assert list(selection.describe()) == words


def test_undated_changes_of_a_period_are_counted() -> None:
    selector = Selector(Selection(since=date(2020, 1, 1), until=date(2030, 1, 1)))
    list(selector.pick([HISTORY]))

    assert selector.undated == 1


def test_nothing_is_read_once_there_are_enough() -> None:
    def batches() -> object:
        yield HISTORY
        raise AssertionError

    picked = list(Selector(Selection(last=4)).pick(batches()))  # type: ignore[arg-type]

    assert picked == [HISTORY]
