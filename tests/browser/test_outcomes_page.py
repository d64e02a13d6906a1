"""The part of the audit's page about outcomes, in a browser: it loads nothing and can be read."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from tests.outcomes.conftest import make_outcome, make_result
from tests.reporters.conftest import make_basis, small_history
from tests.reporters.outcome_sample import TODAY, sample_card

from whygate.audit.coverage import count_coverage
from whygate.outcomes.outcome import Outcomes
from whygate.outcomes.scorecard import Shipped, keep_score
from whygate.reporters.due import list_due
from whygate.reporters.html_ import render_html

if TYPE_CHECKING:
    from tests.browser.conftest import Browser

    from whygate.reporters.html_ import Looked

DESKTOP, PHONE, SMALL = (1280, 900), (390, 844), (320, 600)
HOSTILE = (
    "</script><img src=https://evil.example/1 onerror=window.pwned=1>",
    "<svg onload=window.pwned=1>",
    '"><a href="javascript:window.pwned=1" autofocus onfocus=window.pwned=1>',
    "javascript:window.pwned=1",
    "x" * 600,
)


def page(looked: Looked | None = None) -> str:
    history = small_history()
    basis = make_basis(today=TODAY)
    return render_html(basis, count_coverage(history), history, looked or sample_card())


def hostile_card() -> Looked:
    made = []
    for number, text in enumerate(HOSTILE):
        told = [make_result("met", value=text, note=text, evidence=text, forced=text)]
        more = dict.fromkeys(("title", "metric", "target", "owner", "source", "url"), text)
        made.append(make_outcome(2 * number, told, today=TODAY, **more))  # type: ignore[arg-type]
        made.append(make_outcome(2 * number + 1, today=TODAY, **more))  # type: ignore[arg-type]
    found = Outcomes(tuple(made))
    card = keep_score(found, TODAY, Shipped(), by_owner=True)
    return card, list_due(found, today=TODAY, within=14)


def test_outcomes_open_without_a_complaint_and_load_nothing(browser: Browser) -> None:
    browser.open(page())

    assert browser.complaints() == []
    assert browser.requests() == [browser.page.as_uri()]
    assert browser.leaks() == []


def test_outcomes_of_hostile_texts_are_only_shown(browser: Browser) -> None:
    driver = browser.open(page(hostile_card()))

    assert driver.execute_script("return window.pwned") is None
    assert driver.find_elements(By.CSS_SELECTOR, "#main img, #main iframe, #main object") == []
    addresses = driver.execute_script("return [...document.links].map(a => a.protocol)")
    assert set(addresses) == {"file:"}
    assert browser.complaints() == []


def test_overdue_is_two_steps_from_the_top(browser: Browser) -> None:
    driver = browser.open(page())

    driver.find_element(By.CSS_SELECTOR, ".next a[href='#due']").click()
    place = driver.execute_script(
        "return document.getElementById('due').getBoundingClientRect().top"
    )

    assert 0 <= place < 200
    assert driver.find_element(By.ID, "due").text == "Who looks, and when"


@pytest.mark.parametrize("size", [PHONE, SMALL, DESKTOP], ids=["phone", "small", "desktop"])
@pytest.mark.parametrize("looked", [sample_card(), hostile_card()], ids=["plain", "hostile"])
def test_outcomes_fit_the_window(browser: Browser, size: tuple[int, int], looked: Looked) -> None:
    driver = browser.open(page(looked), size=size)
    driver.execute_script("document.querySelectorAll('details').forEach(d => { d.open = true })")

    wide, shown = driver.execute_script(
        "const e = document.documentElement; return [e.scrollWidth, e.clientWidth]"
    )

    assert wide <= shown


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_outcomes_are_accessible(
    browser: Browser, axe: str, *, dark: bool, size: tuple[int, int]
) -> None:
    driver = browser.open(page(), size=size, dark=dark)
    driver.execute_script("document.querySelectorAll('details').forEach(d => { d.open = true })")

    driver.execute_script(axe)
    report = driver.execute_async_script(
        "const done = arguments[arguments.length - 1]; axe.run().then(done, e => done(String(e)))"
    )

    assert "color-contrast" in [passed["id"] for passed in report["passes"]]
    assert [f"{v['id']}: {v['nodes'][0]['html']}" for v in report["violations"]] == []


@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_first_screen_answers_four_questions(browser: Browser, size: tuple[int, int]) -> None:
    driver = browser.open(page(), size=size)

    places = driver.execute_script(
        "return [...document.querySelectorAll('.card')].map(c => c.getBoundingClientRect().bottom)"
    )
    words = driver.find_element(By.CSS_SELECTOR, ".cards").text

    assert len(places) == 5
    assert max(places) <= size[1]
    assert "Ada Lovelace 1, @lena 1" in words
    assert "4 of 6 met or missed" in words
    assert "that had to answer" in words


def test_square_of_the_timeline_opens_its_change(browser: Browser) -> None:
    told = [make_result("inconclusive", note="the log was off for a week")]
    found = Outcomes((make_outcome(9, told, today=TODAY),))
    card = keep_score(found, TODAY, Shipped())
    driver = browser.open(page((card, list_due(found, today=TODAY, within=14))))

    driver.find_element(By.CSS_SELECTOR, ".timeline a[href='#c-9'] rect").click()

    text = driver.find_element(By.ID, "change").text
    assert "change 9" in text
    assert "the log was off for a week" in text


def test_timeline_is_one_stop_of_the_tab_key_and_opens_by_enter(browser: Browser) -> None:
    told = [make_result("missed", note="fewer than we thought")]
    found = Outcomes((make_outcome(7, today=TODAY), make_outcome(9, told, today=TODAY)))
    card = keep_score(found, TODAY, Shipped())
    driver = browser.open(page((card, list_due(found, today=TODAY, within=14))))
    squares = driver.find_elements(By.CSS_SELECTOR, ".timeline a")

    assert sorted(str(square.get_attribute("tabindex")) for square in squares) == ["-1", "0"]
    keys = ActionChains(driver)
    driver.find_element(By.ID, "months").send_keys(Keys.TAB)
    last = str(driver.switch_to.active_element.get_attribute("aria-label"))
    keys.send_keys(Keys.ARROW_LEFT).perform()
    first = str(driver.switch_to.active_element.get_attribute("aria-label"))
    keys.send_keys(Keys.HOME).send_keys(Keys.ARROW_LEFT).send_keys(Keys.ENTER).perform()

    number = first.partition(" ")[0][1:]
    assert {last[:2], first[:2]} == {"#7", "#9"}
    assert f"change {number}" in driver.find_element(By.ID, "change").text
    assert driver.execute_script("return location.hash") == f"#c-{number}"
