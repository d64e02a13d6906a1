"""The page of a fleet in a browser: it loads nothing, fits a phone, and opens at its largest."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest
from tests.browser.test_outcomes_page import DESKTOP, HOSTILE, PHONE, SMALL

from whygate.audit.coverage import RuleCount, Tally
from whygate.history.fleet.count import Failure, FleetFigures, Group
from whygate.outcomes.scorecard import Score
from whygate.reporters.fleet import render_fleet_html

if TYPE_CHECKING:
    from tests.browser.conftest import Browser

TALLY = Tally(complete=123_456, partial=1, missing=7_654_321)
SCORE = Score(plans=1_234_567, passed=654_321, evaluated=123_456, met=65_432, missed=54_321)


def make_page(names: tuple[str, ...], repositories: int) -> str:
    paths: set[tuple[str, ...]] = set()
    for number in range(repositories):
        path = ("acme", names[number % len(names)], f"{names[0]}/{number:06}")
        paths |= {path[:length] for length in (1, 2, 3)}
    found = FleetFigures(
        today=date(2026, 6, 1),
        asked=repositories,
        read=repositories,
        unchanged=0,
        fresh=0,
        described=0,
        total=Group((), TALLY, SCORE),
        groups=tuple(Group(path, TALLY, SCORE) for path in sorted(paths)),
        months=tuple((f"2026-{month:02}", TALLY) for month in range(1, 7)),
        due_by_month=(("2026-05", 123_456, 65_432, 54_321),),
        rules=(RuleCount("WG101", 123_456, 65_432, names[-1], names[0]),),
        failures=(Failure(names[0], names[0], names[-1], names[0], "2026-01-01"),),
        notes=names,
    )
    return render_fleet_html(found)


@pytest.mark.parametrize("size", [PHONE, SMALL, DESKTOP], ids=["phone", "small", "desktop"])
@pytest.mark.parametrize("names", [("tills", "shops"), HOSTILE], ids=["plain", "hostile"])
def test_fleet_page_fits_the_window_and_loads_nothing(
    browser: Browser, size: tuple[int, int], names: tuple[str, ...]
) -> None:
    driver = browser.open(make_page(names, 20), size=size)
    driver.execute_script("document.querySelectorAll('details').forEach(d => { d.open = true })")

    wide, shown = driver.execute_script(
        "const e = document.documentElement; return [e.scrollWidth, e.clientWidth]"
    )

    assert wide <= shown
    assert browser.complaints() == []
    assert browser.requests() == [browser.page.as_uri()]
    assert browser.leaks() == []


def test_fleet_page_of_very_many_repositories_holds_what_a_browser_can_show(
    browser: Browser,
) -> None:
    page = make_page(tuple(f"team-{number}" for number in range(50)), 60_000)
    driver = browser.open(page)

    rows = driver.execute_script("return document.querySelectorAll('tr').length")

    assert len(page) < 8_000_000
    assert 10_000 <= rows < 11_000
