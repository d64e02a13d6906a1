from __future__ import annotations

from decimal import Decimal

import pytest

from whygate.values.quantities import Dimension, parse_quantity, unframe

FRAMES = [
    ("12 tickets", "12 tickets"),
    ("週12件", "12件"),
    ("毎月 40 件", "40 件"),
    ("月に40件以下", "<= 40件"),
    ("約 30件", "30件"),
    ("每周 12 次", "12 次"),
    ("8 次以下", "<= 8 次"),
    ("5%未満", "< 5%"),
    ("90%以上", ">= 90%"),
    ("약 30건", "30건"),
    ("월 240권", "240권"),
    ("80권 이하", "<= 80권"),
    ("100건 초과", "> 100건"),
    ("多すぎる", "多すぎる"),
    ("目標以下", "目標以下"),
]


@pytest.mark.parametrize(("text", "plain"), FRAMES, ids=[row[0] for row in FRAMES])
def test_frame_is_taken_away(text: str, plain: str) -> None:
    assert unframe(text) == plain


@pytest.mark.parametrize(
    ("text", "base", "dimension"),
    [
        ("3 Minuten", 180, Dimension.TIME),
        ("30 Sek.", 30, Dimension.TIME),
        ("2 heures", 7200, Dimension.TIME),
        ("10 segundos", 10, Dimension.TIME),
        ("38 Prozent", 38, Dimension.SHARE),
        ("30 SEK", 30, Dimension.MONEY),
        ("5 tags", 5, Dimension.COUNT),
    ],
)
def test_units_of_other_languages(text: str, base: int, dimension: Dimension) -> None:
    quantity = parse_quantity(text)

    assert quantity is not None
    assert quantity.base == (Decimal(base), Decimal(base))
    assert quantity.dimension is dimension
