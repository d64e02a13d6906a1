"""The picture of a metric before and after: its lines, its words, and every text escaped."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from whygate.reporters.series_chart import (
    Mark,
    Series,
    describe,
    mark_of,
    read_points,
    render_sparkline,
    render_svg,
)

SVG = "{http://www.w3.org/2000/svg}"
START = date(2027, 1, 1)


def series(*numbers: str | None, **more: object) -> Series:
    points = tuple(
        (START + timedelta(days=7 * at), None if n is None else Decimal(n))
        for at, n in enumerate(numbers)
    )
    return Series(title="#12: rows", points=points, **more)  # type: ignore[arg-type]


def test_every_number_is_a_point_and_a_gap_breaks_the_line() -> None:
    root = ElementTree.fromstring(render_svg(series("3", "4", None, "5", "6", unit="rows")))

    assert len(root.findall(f"{SVG}circle")) == 4
    assert [line.get("points", "").count(",") for line in root.findall(f"{SVG}polyline")] == [2, 2]


def test_words_say_what_the_picture_shows() -> None:
    marks = (Mark("merged", START),)

    said = describe(series("3", None, unit="%", target=Decimal("1.50"), marks=marks))

    assert said == (
        "merged 2027-01-01; target 1.5 %; windows that end on 2027-01-01: 3 %, 2027-01-08: none"
    )


def test_text_of_a_plan_is_escaped() -> None:
    evil = '</title><script>alert(1)</script>" onload="x'
    chart = Series(evil, ((START, Decimal(1)), (START + timedelta(7), Decimal(2))), unit=evil)

    picture = render_svg(chart)

    root = ElementTree.fromstring(picture)
    assert "<script" not in picture
    assert root.findtext(f"{SVG}title") == evil
    assert all("onload" not in element.attrib for element in root.iter())


@pytest.mark.parametrize(
    ("numbers", "bars"),
    [
        (["0", "7"], "▁█"),
        (["5", "5"], "▄▄"),
        (["1", None, "8"], "▁·█"),
        ([None, None], "··"),
        ([], ""),
    ],
    ids=["two", "even", "gap", "none", "empty"],
)
def test_sparkline_is_one_sign_a_number(numbers: list[str | None], bars: str) -> None:
    assert render_sparkline([None if n is None else Decimal(n) for n in numbers]) == bars


def test_mark_far_from_the_series_is_left_out() -> None:
    days = [START, START + timedelta(days=56)]

    assert mark_of("merged", START, days) == (Mark("merged", START),)
    assert mark_of("merged", START - timedelta(days=400), days) == ()
    assert mark_of("merged", None, days) == ()


def test_points_of_a_ledger_are_read_as_far_as_they_can_be() -> None:
    pairs = [
        ("2027-01-08", "4"),
        ("2027-01-01", "3.5"),
        ("soon", "1"),
        ("2027-01-15", "many"),
        ("2027-01-15", "NaN"),
        ("2027-01-15", "1e99"),
    ]

    assert read_points(pairs) == (
        (date(2027, 1, 1), Decimal("3.5")),
        (date(2027, 1, 8), Decimal(4)),
    )


NUMBERS = st.none() | st.decimals(-(10**14), 10**14, places=2)


@given(st.lists(NUMBERS, max_size=12), NUMBERS)
def test_any_series_is_a_sound_picture(
    numbers: list[Decimal | None], target: Decimal | None
) -> None:
    points = tuple((START + timedelta(days=at), number) for at, number in enumerate(numbers))

    root = ElementTree.fromstring(render_svg(Series("x", points, target=target)))

    for circle in root.findall(f"{SVG}circle"):
        assert 0 <= float(circle.get("cx", "-1")) <= 720
        assert 0 <= float(circle.get("cy", "-1")) <= 300
