from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from whygate.values.plans import Answer, New, UnknownUntil, parse_baseline, parse_target
from whygate.values.quantities import Quantity

TODAY = date(2026, 11, 23)

NUMBERS = [
    ("38 %", "38", "%"),
    ("-12", "-12", ""),
    ("-3 %", "-3", "%"),
    ("2x", "2", "x"),
    ("0", "0", ""),
    ("38 % in May 2026", "38", "%"),
    ("140 tickets a month, as of 2026-10-01", "140", ""),
    ("p95 820 ms on the old cluster", "820", "ms"),
]


@pytest.mark.parametrize(("text", "low", "unit"), NUMBERS, ids=[row[0] for row in NUMBERS])
def test_baseline_is_a_number(text: str, low: str, unit: str) -> None:
    value = parse_baseline(text, TODAY)

    assert isinstance(value, Quantity)
    assert (value.low, value.unit, value.relative) == (Decimal(low), unit, "")


OTHERS = [
    (
        "unknown until 2027-01-10; we add the event",
        UnknownUntil(date(2027, 1, 10), "we add the event"),
    ),
    (
        "Unknown until +14d, counted from the log",
        UnknownUntil(date(2026, 12, 7), "counted from the log"),
    ),
    ("unknown until +14d", UnknownUntil(date(2026, 12, 7), "")),
    ("unknown until soon; we ask", UnknownUntil(None, "we ask")),
    ("unknown until soon", UnknownUntil(None, "")),
    ("unknown", UnknownUntil(None, "")),
    ("not yet known", UnknownUntil(None, "")),
    ("not measured yet: no event", UnknownUntil(None, "no event")),
    ("new", New("new")),
    ("New feature", New("New feature")),
    ("new; nothing exists", New("new; nothing exists")),
    ("unknowns", None),
    ("newer", None),
    ("new users are lost", None),
    ("high", None),
    ("38 % or 40 %", None),
    ("about half, 38 %", None),
    ("38 % " * 100, None),
    ("", None),
]


@pytest.mark.parametrize(("text", "value"), OTHERS, ids=[row[0][:40] or "empty" for row in OTHERS])
def test_baseline_is_no_number(text: str, value: object) -> None:
    assert parse_baseline(text, TODAY) == value


TARGETS = [
    ("45 %", "45 %"),
    ("<= 300 ms", "<= 300 ms"),
    ("-30%", "-30%"),
    ("45 % by 2027-02-15", "45 %"),
    ("from 38 % to 45 %", "45 %"),
    ("38 % -> 45 %", "45 %"),
    ("falls by 30 %", "-30 %"),
    ("grow by 200 per week", "+200 per week"),
    ("stays at 0", "0"),
    ("never exceeds 300 ms", "<= 300 ms"),
    ("exceeds 45 %", "> 45 %"),
    ("does not exceed 300 ms", "<= 300 ms"),
]


@pytest.mark.parametrize(("text", "written"), TARGETS, ids=[row[0] for row in TARGETS])
def test_target_is_a_number(text: str, written: str) -> None:
    value = parse_target(text)

    assert isinstance(value, Quantity)
    assert value.text == written


ANSWERS = [
    ("answer: yes", "yes"),
    ("Answer: Yes.", "yes"),
    ("answer = they come back", "they come back"),
    ("yes", "yes"),
    ("No", "no"),
    ("yes, all of them", "yes"),
]


@pytest.mark.parametrize(("text", "expected"), ANSWERS, ids=[row[0] for row in ANSWERS])
def test_target_is_an_answer(text: str, expected: str) -> None:
    assert parse_target(text) == Answer(expected)


@pytest.mark.parametrize("text", ["", "a bit faster", "answer:", "yesterday", "soon", "45 % " * 99])
def test_target_is_nothing(text: str) -> None:
    assert parse_target(text) is None


@given(st.text(st.one_of(st.sampled_from("0123 %;:untilkowewasr"), st.characters()), max_size=300))
@settings(max_examples=200, deadline=None)
def test_no_text_makes_it_fail(text: str) -> None:
    parse_baseline(text, TODAY)
    parse_baseline("unknown until " + text, TODAY)
    parse_target(text)
