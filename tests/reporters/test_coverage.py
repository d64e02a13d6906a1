"""The audit for a terminal: every count with its denominator."""

from __future__ import annotations

from collections import Counter

import pytest

from whygate.audit.coverage import Coverage, Tally
from whygate.reporters.coverage import render_coverage

FULL = Coverage(
    changes=14,
    skipped=Counter({"merge": 3, "bot": 1}),
    blind=2,
    total=Tally(complete=4, partial=3, missing=2, exempt=1),
    months={
        "2026-02": Tally(complete=3, partial=1, missing=1, exempt=1),
        "2026-01": Tally(complete=1, partial=2, missing=1),
    },
    kinds=Counter(feature=10),
    fields=Counter(problem=8, outcome=6, audience=1, measurement=5, risk=2, exempt=1, kind=3),
    rules=Counter({"WG101": 2, "WG103": 5, "WG102": 2}),
    examples={"WG101": "0a1b2c", "WG102": "#7", "WG103": "#9"},
    exempt_features=["#11 feat: tiny export"],
)
SHOWN = """\
main at 0a1b2c3d4e5f, first-parent
14 changes: 10 judged, 4 not asked (1 bot, 3 merge)
2 of the 10 judged have a subject and nothing else

says problem         80.0 %  (8 of 10)
says audience        10.0 %  (1 of 10)
says outcome         60.0 %  (6 of 10)
says measurement     50.0 %  (5 of 10)
says risk            20.0 %  (2 of 10)

complete  40.0 %  (4 of 10)
partial   30.0 %  (3 of 10)
missing   20.0 %  (2 of 10)
exempt    10.0 %  (1 of 10)

month     judged  complete  partial  missing  exempt
2026-01        4         1        2        1       0
2026-02        6         3        1        1       1

WG103 in 5 changes, such as #9
WG101 in 2 changes, such as 0a1b2c
WG102 in 2 changes, such as #7
exempt feature: #11 feat: tiny export
"""


def test_coverage_shows_every_count() -> None:
    assert render_coverage(FULL, "main at 0a1b2c3d4e5f, first-parent") == SHOWN


def test_coverage_of_few_shows_no_rate() -> None:
    few = Coverage(changes=1, total=Tally(missing=1), months={"2026-01": Tally(missing=1)})

    assert render_coverage(few, "main") == (
        "main\n1 change: 1 judged, 0 not asked\n"
        "0 of the 1 judged have a subject and nothing else\n"
        "\n"
        "says problem              -  (0 of 1)\n"
        "says audience             -  (0 of 1)\n"
        "says outcome              -  (0 of 1)\n"
        "says measurement          -  (0 of 1)\n"
        "\n"
        "complete       -  (0 of 1)\n"
        "partial        -  (0 of 1)\n"
        "missing        -  (1 of 1)\n"
        "exempt         -  (0 of 1)\n"
    )


@pytest.mark.parametrize(
    ("coverage", "line"),
    [
        (Coverage(), "0 changes: 0 judged, 0 not asked"),
        (
            Coverage(changes=2, skipped=Counter(merge=2)),
            "2 changes: 0 judged, 2 not asked (2 merge)",
        ),
    ],
    ids=["empty", "merges"],
)
def test_coverage_of_nothing_says_so(coverage: Coverage, line: str) -> None:
    assert render_coverage(coverage, "main") == f"main\n{line}\nnothing to judge\n"


def test_coverage_shows_the_last_year_only() -> None:
    months = {
        f"20{year}-{month:02}": Tally(missing=1) for year in (25, 26) for month in range(1, 13)
    }

    shown = render_coverage(Coverage(total=Tally(missing=24), months=months), "main")

    assert "2025-12" not in shown
    assert all(f"2026-{month:02} " in shown for month in range(1, 13))


def test_coverage_prints_only_what_is_safe() -> None:
    hostile = Coverage(
        total=Tally(exempt=1),
        rules=Counter(WG101=1),
        examples={"WG101": "\x1b[2J"},
        exempt_features=["#1 \u202eevil\n::error::x"],
    )

    shown = render_coverage(hostile, "b\x1branch")

    assert "\x1b" not in shown
    assert "exempt feature: #1 <U+202E>evil ::error::x\n" in shown
