"""What an answer means: a value, nothing that can be said, or a wrong question."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from whygate.catalogue.catalogue import Backend, Metric
from whygate.metrics.port import Gap, Number, QueryError, one_value, to_number
from whygate.metrics.reading import ReadingState, judge_number, plain, show_value
from whygate.values.quantities import parse_quantity

METRIC = Metric("rows-cut", "rows that are cut off", Backend("db", "sql"), 168, unit="rows")
BELOW = Metric("exports", "exports, weekly", Backend("db", "sql"), 168)

READ: dict[str, tuple[dict[str, object], Number, Number, str, str]] = {
    "value": ({}, Decimal("3.5"), None, "value", ""),
    "zero": ({}, Decimal(0), None, "value", ""),
    "nothing": ({}, None, None, "inconclusive", "no data"),
    "empty is zero": ({"empty": "zero"}, None, None, "value", ""),
    "empty is wrong": ({"empty": "error"}, None, None, "error", "the catalogue expects some"),
    "NaN": ({}, Decimal("NaN"), None, "inconclusive", "NaN"),
    "infinite": ({}, Decimal("-Infinity"), None, "inconclusive", "minus infinity"),
    "huge": (
        {},
        Decimal("1E+999999"),
        None,
        "inconclusive",
        "1.000e+999999, which nobody can have",
    ),
    "tiny": ({}, Decimal("-1E-31"), None, "inconclusive", "nobody can have measured"),
    "large": ({}, Decimal("1E+30"), None, "value", ""),
    "huge below": ({"denominator": "exports"}, Decimal(0), Decimal("1E+31"), "inconclusive", "1.0"),
    "gap": ({}, Gap("2 of 3 points"), None, "inconclusive", "2 of 3 points"),
    "quiet": ({"denominator": "exports"}, Decimal(0), Decimal(7), "inconclusive", "exports is 7"),
    "silent": ({"denominator": "exports"}, Decimal(0), None, "inconclusive", "exports is 0"),
    "loud": ({"denominator": "exports"}, Decimal(0), Decimal(20), "value", ""),
    "odd below": ({"denominator": "exports"}, Decimal(0), Decimal("NaN"), "inconclusive", "NaN"),
    "gap below": ({"denominator": "exports"}, Decimal(0), Gap("few"), "inconclusive", "few"),
    "quiet and empty": (
        {"denominator": "exports", "empty": "zero"},
        None,
        Decimal(3),
        "inconclusive",
        "exports is 3",
    ),
}


@pytest.mark.parametrize("name", READ)
def test_answer_is_judged(name: str) -> None:
    changes, number, under, state, reason = READ[name]
    metric = replace(METRIC, min_denominator=Decimal(20), **changes)

    found = judge_number(metric, number, BELOW if metric.denominator else None, under)

    assert found.state == state
    assert reason in found.reason
    assert (found.number is not None) == (found.state is ReadingState.VALUE)
    assert found.answered == (found.state is not ReadingState.ERROR)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, None),
        (3, Decimal(3)),
        (0.45, Decimal("0.45")),
        ("12.5", Decimal("12.5")),
        (Decimal("1e3"), Decimal(1000)),
    ],
    ids=repr,
)
def test_number_of_a_library_is_exact(value: object, expected: Decimal | None) -> None:
    assert to_number(value) == expected


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (Decimal("1E+30"), "1" + "0" * 30),
        (Decimal("123456789012345678901234567890.5"), "123456789012345678901234567890"),
        (Decimal("1E-30"), "0." + "0" * 29 + "1"),
        (Decimal("0.1234567"), "0.123457"),
        (Decimal("1234567.8"), "1234568"),
    ],
    ids=["large", "longer than a context", "small", "six digits", "all before the point"],
)
def test_number_is_shown_without_exponent(number: Decimal, text: str) -> None:
    assert plain(number) == text


@pytest.mark.parametrize("value", [True, b"3", "three", "", [3], {"n": 3}, "9" * 500], ids=str)
def test_anything_else_is_no_number(value: object) -> None:
    with pytest.raises(QueryError, match="no number"):
        to_number(value)


@pytest.mark.parametrize(
    ("rows", "sentence"),
    [([(1, 2)], "2 columns"), ([(1,), (2,)], "more than one row"), ([()], "0 columns")],
    ids=["columns", "rows", "none"],
)
def test_one_number_is_needed(rows: list[tuple[object, ...]], sentence: str) -> None:
    with pytest.raises(QueryError, match=sentence):
        one_value(rows)


@pytest.mark.parametrize(
    ("changes", "number", "like", "shown"),
    [
        ({}, "3", "", "3 rows"),
        ({"unit": "", "is_ratio": True}, "0.4567891234", "", "45.6789 %"),
        ({"unit": "ms"}, "1234567.891", "", "1234568 ms"),
        ({}, "1E+9", "", "1000000000 rows"),
        ({}, "35", "5 a day", "5 rows per day"),
        ({"unit": "EUR"}, "0.000012345678", "", "0.0000123457 EUR"),
        ({}, "0E-9", "", "0 rows"),
    ],
    ids=["count", "ratio", "long", "exponent", "rate", "small", "zero"],
)
def test_value_is_shown_as_a_plan_writes_it(
    changes: dict[str, object], number: str, like: str, shown: str
) -> None:
    metric = replace(METRIC, **changes)

    assert show_value(metric, Decimal(number), parse_quantity(like)) == shown


@given(st.decimals(allow_nan=False, allow_infinity=False, places=4, min_value=-1e9, max_value=1e9))
def test_shown_value_is_read_again(number: Decimal) -> None:
    again = parse_quantity(show_value(METRIC, number))

    assert again is not None
    assert abs(again.low - number) <= abs(number) / 10_000
