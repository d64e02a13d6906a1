from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.select import Select

from whygate.audit.coverage import count_coverage
from whygate.audit.record import Basis, Record
from whygate.reporters.html_ import render_html

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from selenium.webdriver import Chrome
    from selenium.webdriver.remote.webelement import WebElement
    from tests.browser.conftest import Browser

PHONE = (390, 844)
HOSTILE = (
    "</script><img src=https://evil.example/1 onerror=window.pwned=1>",
    "<svg onload=window.pwned=1><iframe srcdoc='<script>parent.pwned=1</script>'>",
    "<style>@import 'https://evil.example/2'</style><link rel=stylesheet href=//evil.example/3>",
    "<!--<script>window.pwned=1</script>-->",
    "\u202egnp.exe\u2066 \x00\x07\x1b[31m\u2028window.pwned=1\u2029",
    '"><a href="javascript:window.pwned=1" autofocus onfocus=window.pwned=1>',
    "x" * 600,
)
BASIS = Basis(
    repository="acme/shop",
    revisions="main",
    branch="main",
    head="0123456789abcdef0123456789abcdef01234567",
    unit="first-parent changes",
    today=date(2026, 3, 9),
    timezone="UTC",
    config=".whygate.yml",
    preset="adopt",
    schema="product-context 1",
    notes=("One object could not be read.",),
)
STATES = ("complete", "partial", "missing", "exempt", "skipped")
KINDS = ("feature", "fix", "docs")


def record(number: int, **more: object) -> Record:
    state = STATES[number % 5]
    given: dict[str, object] = {
        "identity": f"#{number}",
        "sha": f"{number:040x}",
        "title": f"change number {number}",
        "day": date(2026, 3, 1) - timedelta(days=number % 900),
        "author": "Ada",
        "kind": KINDS[number % 3],
        "state": state,
        "reason": {"exempt": "internal", "skipped": "bot"}.get(state, ""),
        "answers": (("problem", "Motivation"),) if state in {"complete", "partial"} else (),
        "forms": ("section",) if state in {"complete", "partial"} else (),
        "rules": (("WG101", "error"), ("WG104", "warning")) if state == "missing" else (),
        "area": ("api", "web")[number % 2],
        "url": f"https://example.org/pull/{number}",
    }
    return Record(**(given | more))  # type: ignore[arg-type]


def page(records: Sequence[Record]) -> str:
    return render_html(BASIS, count_coverage(records, by_area=True), records)


def column(driver: Chrome, place: int) -> list[str]:
    """Return the shown text of a column of the table of changes, counted from 1."""
    script = "return [...document.querySelectorAll(arguments[0])].map(cell => cell.textContent)"
    found: list[str] = driver.execute_script(script, f"#table tbody td:nth-child({place})")
    return found


def heads(driver: Chrome) -> dict[str, WebElement]:
    return {
        cell.text.strip(" ↕↑↓"): cell for cell in driver.find_elements(By.CSS_SELECTOR, "#table th")
    }


def sort_by(driver: Chrome, name: str) -> str | None:
    """Press the button in the head of a column and return the order it announces."""
    cell = heads(driver)[name]
    cell.find_element(By.TAG_NAME, "button").send_keys(Keys.ENTER)
    return cell.get_attribute("aria-sort")


def count(driver: Chrome) -> str:
    return driver.find_element(By.ID, "count").text


def choose(driver: Chrome, name: str, value: str) -> None:
    Select(driver.find_element(By.ID, name)).select_by_value(value)


def search(driver: Chrome, words: str) -> None:
    field = driver.find_element(By.ID, "query")
    field.clear()
    field.send_keys(words)


def press(driver: Chrome, step: str) -> None:
    driver.find_element(By.CSS_SELECTOR, f"#pager [data-step={step}]").send_keys(Keys.ENTER)


def test_page_opens_without_a_complaint_and_loads_nothing(browser: Browser) -> None:
    browser.open(page([record(n) for n in range(300)]))

    assert browser.complaints() == []
    assert browser.requests() == [browser.page.as_uri()]
    assert browser.leaks() == []


def test_page_hostile_text_is_only_shown(browser: Browser) -> None:
    records = [
        record(n, identity=text, title=text, kind=text, reason=text, area=text, url=text)
        for n, text in enumerate(HOSTILE)
    ]

    driver = browser.open(page(records))

    for name in ("Title", "Kind", "State"):
        sort_by(driver, name)
    assert driver.execute_script("return window.pwned") is None
    assert (
        driver.find_elements(By.CSS_SELECTOR, "img, iframe, link, base, object, body style") == []
    )
    addresses = driver.execute_script("return [...document.links].map(a => a.protocol)")
    assert set(addresses) == {"file:"}
    assert browser.requests() == [browser.page.as_uri()]
    assert browser.leaks() == []
    assert browser.complaints() == []


def test_page_shows_what_would_reorder_or_hide_text(browser: Browser) -> None:
    driver = browser.open(page([record(1, title="a\u202eb\x1bc\u200bd")]))

    assert column(driver, 3) == ["a<U+202E>b<U+001B>c<U+200B>d"]


def test_page_policy_stops_a_script_that_got_in(browser: Browser) -> None:
    driver = browser.open(page([record(1)]))

    driver.execute_script(
        "const script = document.createElement('script');"
        "script.textContent = 'window.pwned = 1'; document.body.append(script);"
        "const image = document.createElement('img');"
        "image.src = 'http://evil.example/x.png'; document.body.append(image);"
    )

    assert driver.execute_script("return window.pwned") is None
    assert browser.leaks() == []
    assert "Content Security Policy" in " ".join(browser.complaints())


def test_page_sorts_and_returns_to_the_order_of_the_history(browser: Browser) -> None:
    numbers = (10, 9, 100, 2)
    driver = browser.open(page([record(n) for n in numbers]))
    first = column(driver, 1)

    orders = [(sort_by(driver, "Change"), column(driver, 1)) for _ in range(3)]

    assert first == ["#10", "#9", "#100", "#2"]
    assert orders == [
        ("ascending", ["#2", "#9", "#10", "#100"]),
        ("descending", ["#100", "#10", "#9", "#2"]),
        ("none", first),
    ]


@pytest.mark.parametrize(
    ("name", "place", "expected"),
    [
        pytest.param("Day", 2, ["", "2026-02-24", "2026-02-27"], id="unknown-day-first"),
        pytest.param("State", 5, ["complete", "partial", "missing"], id="best-state-first"),
        pytest.param("Findings", 7, ["", "", "WG101 WG104"], id="fewest-findings-first"),
        pytest.param("Area", 8, ["api", "web", "web"], id="by-name"),
    ],
)
def test_page_sorts_each_column_by_what_it_means(
    browser: Browser, name: str, place: int, expected: list[str]
) -> None:
    records = [record(2), record(5), record(11, day=None)]
    driver = browser.open(page(records))

    sort_by(driver, name)

    assert [text.split("  ")[0] for text in column(driver, place)] == expected


def test_page_only_one_column_is_said_to_be_sorted(browser: Browser) -> None:
    driver = browser.open(page([record(n) for n in range(4)]))

    sort_by(driver, "Title")
    sort_by(driver, "Kind")

    announced = {name: cell.get_attribute("aria-sort") for name, cell in heads(driver).items()}
    assert {name for name, order in announced.items() if order != "none"} == {"Kind"}


def test_page_filters_by_state_kind_and_words_together(browser: Browser) -> None:
    driver = browser.open(page([record(n) for n in range(150)]))

    choose(driver, "state", "missing")
    by_state = count(driver)
    choose(driver, "kind", "fix")
    by_both = count(driver)
    search(driver, "NUMBER wg101 #1")

    assert by_state == "1 to 30 of 30 found in 150 changes"
    assert by_both == "1 to 10 of 10 found in 150 changes"
    assert column(driver, 1) == ["#112", "#127", "#142"]


def test_page_finds_a_change_by_its_full_hash(browser: Browser) -> None:
    driver = browser.open(page([record(n) for n in range(20)]))

    search(driver, f"{13:040x}")

    assert column(driver, 1) == ["#13"]


def test_page_short_word_is_not_looked_for_in_hashes(browser: Browser) -> None:
    driver = browser.open(page([record(n, sha="abcdef0123" * 4) for n in range(20)]))

    search(driver, "abc")
    by_three = count(driver)
    search(driver, "abcd")

    assert by_three.startswith("None of 20")
    assert count(driver) == "1 to 20 of 20 changes"


def test_page_nothing_found_says_what_to_do(browser: Browser) -> None:
    driver = browser.open(page([record(n) for n in range(20)]))

    search(driver, "no such words")
    nothing = count(driver)
    driver.find_element(By.CSS_SELECTOR, "#filters [type=reset]").send_keys(Keys.ENTER)

    assert nothing == "None of 20 changes fits. Clear the search or the filters."
    assert driver.find_element(By.ID, "count").get_attribute("aria-live") == "polite"
    assert count(driver) == "1 to 20 of 20 changes"


def test_page_turns_its_pages(browser: Browser) -> None:
    driver = browser.open(page([record(n) for n in range(250)]))
    seen = [count(driver)]

    for step in ("next", "last", "previous", "first"):
        press(driver, step)
        seen.append(count(driver))

    assert [text.partition(" of ")[0] for text in seen] == [
        "1 to 100",
        "101 to 200",
        "201 to 250",
        "101 to 200",
        "1 to 100",
    ]
    assert driver.find_element(By.ID, "page").text == "Page 1 of 3"
    disabled = driver.find_elements(By.CSS_SELECTOR, "#pager button:disabled")
    assert [button.text for button in disabled] == ["First", "Previous"]


def test_page_rule_leads_to_its_changes_and_its_meaning(browser: Browser) -> None:
    driver = browser.open(page([record(n) for n in range(50)]))

    driver.find_element(By.CSS_SELECTOR, "button[data-find=WG104]").send_keys(Keys.ENTER)
    found = count(driver)
    focused = driver.switch_to.active_element.get_attribute("id")
    driver.find_element(By.CSS_SELECTOR, "#table a[href='#rule-WG104']").send_keys(Keys.ENTER)

    assert found == "1 to 10 of 10 found in 50 changes"
    assert focused == "changes"
    assert driver.find_element(By.ID, "rule-WG104").get_attribute("open") == "true"


def test_page_address_of_a_rule_opens_it(browser: Browser) -> None:
    driver = browser.open(page([record(2)]))

    driver.get(f"{browser.page.as_uri()}#rule-WG101")
    driver.refresh()

    assert driver.find_element(By.ID, "rule-WG101").get_attribute("open") == "true"


def test_page_links_to_the_change(browser: Browser) -> None:
    driver = browser.open(page([record(7)]))

    link = driver.find_element(By.CSS_SELECTOR, "#table td a")

    assert link.get_attribute("href") == "https://example.org/pull/7"
    assert link.get_attribute("rel") == "noreferrer noopener"


def test_page_keyboard_reaches_everything_in_order(browser: Browser) -> None:
    driver = browser.open(page([record(n) for n in range(3)]))
    stops: list[str] = []
    body = driver.find_element(By.TAG_NAME, "body")
    body.send_keys(Keys.TAB)
    skip = driver.switch_to.active_element
    is_shown = skip.location["x"] >= 0

    name = "return arguments[0].id || arguments[0].textContent.trim()"
    for _ in range(60):
        focused = driver.switch_to.active_element
        stops.append(driver.execute_script(name, focused))
        focused.send_keys(Keys.TAB)

    assert is_shown
    wanted = ["Skip to the report", "Who was asked", "chart", "query", "state", "kind", "Clear"]
    wanted += ["Change", "Findings", "#0"]
    places = [stops.index(name) for name in wanted]
    assert places == sorted(places)


def test_page_skip_link_leads_to_the_report(browser: Browser) -> None:
    driver = browser.open(page([record(1)]))

    driver.find_element(By.TAG_NAME, "body").send_keys(Keys.TAB, Keys.ENTER)

    assert driver.switch_to.active_element.get_attribute("id") == "main"


def test_page_without_scripts_shows_the_first_rows(browser: Browser) -> None:
    browser.command("Emulation.setScriptExecutionDisabled", value=True)

    driver = browser.open(page([record(n) for n in range(300)]))

    rows = driver.find_elements(By.CSS_SELECTOR, "#table tbody tr")
    assert len(rows) == 100
    assert "first 100 of 300 changes" in driver.find_element(By.TAG_NAME, "noscript").text
    assert not driver.find_element(By.ID, "filters").is_displayed()
    assert not driver.find_element(By.ID, "pager").is_displayed()
    assert not driver.find_element(By.CSS_SELECTOR, "button.find").is_displayed()


def test_page_scripted_rows_equal_the_rows_of_the_page(browser: Browser) -> None:
    written = page([record(n, url="" if n % 2 else f"https://example.org/{n}") for n in range(30)])
    script = "return [...document.querySelectorAll('#table tbody tr')].map(r => r.innerHTML)"

    scripted = browser.open(written).execute_script(script)
    browser.command("Emulation.setScriptExecutionDisabled", value=True)
    browser.open(written)
    browser.command("Emulation.setScriptExecutionDisabled", value=False)

    assert browser.driver.execute_script(script) == scripted


@pytest.mark.parametrize(
    "size", [PHONE, (320, 600), (1280, 900)], ids=["phone", "small", "desktop"]
)
def test_page_never_scrolls_sideways(browser: Browser, size: tuple[int, int]) -> None:
    records = [record(n, title=text, kind=text[:60]) for n, text in enumerate(HOSTILE)]

    driver = browser.open(page([*records, *map(record, range(1000))]), size=size)
    driver.execute_script("document.querySelectorAll('details').forEach(d => { d.open = true })")

    widths = driver.execute_script("return [document.documentElement.scrollWidth, innerWidth]")
    assert widths[0] <= widths[1] == size[0]


def test_page_phone_starts_the_chart_at_the_newest_month(browser: Browser) -> None:
    driver = browser.open(page([record(n) for n in range(1000)]), size=PHONE)

    chart = driver.find_element(By.ID, "chart")
    left, inside, whole = driver.execute_script(
        "return [arguments[0].scrollLeft, arguments[0].clientWidth, arguments[0].scrollWidth]",
        chart,
    )
    assert whole > inside
    assert left + inside >= whole - 1


def test_page_prints_without_controls_and_with_open_parts(browser: Browser) -> None:
    driver = browser.open(page([record(n) for n in range(1000)]))

    browser.command("Emulation.setEmulatedMedia", media="print")
    driver.execute_script("dispatchEvent(new Event('beforeprint'))")

    assert not driver.find_element(By.ID, "filters").is_displayed()
    assert not driver.find_element(By.ID, "pager").is_displayed()
    closed = driver.find_elements(By.CSS_SELECTOR, "details:not([open])")
    assert closed == []


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("size", [PHONE, (1280, 900)], ids=["phone", "desktop"])
def test_page_is_accessible(
    browser: Browser, axe: str, *, dark: bool, size: tuple[int, int]
) -> None:
    records = [record(n, kind=KINDS[n % 3]) for n in range(120)]
    driver = browser.open(page(records), size=size, dark=dark)
    driver.execute_script("document.querySelectorAll('details').forEach(d => { d.open = true })")

    driver.execute_script(axe)
    report = driver.execute_async_script(
        "const done = arguments[arguments.length - 1]; axe.run().then(done, e => done(String(e)))"
    )

    assert "color-contrast" in [passed["id"] for passed in report["passes"]]
    assert describe(report["violations"]) == []


def describe(violations: Iterable[dict[str, object]]) -> list[str]:
    found = []
    for violation in violations:
        nodes = violation["nodes"]
        assert isinstance(nodes, list)
        found += [f"{violation['id']}: {node['html']} {node['failureSummary']}" for node in nodes]
    return found


def test_page_empty_history_is_accessible(browser: Browser, axe: str) -> None:
    driver = browser.open(page([]))

    driver.execute_script(axe)
    report = driver.execute_async_script(
        "const done = arguments[arguments.length - 1]; axe.run().then(done, e => done(String(e)))"
    )

    assert describe(report["violations"]) == []
    assert browser.complaints() == []
    assert count(driver) == "No changes"
    assert not driver.find_element(By.ID, "filters").is_displayed()


def test_page_twenty_thousand_changes_answer(browser: Browser) -> None:
    driver = browser.open(page([record(n) for n in range(20_000)]))

    sort_by(driver, "Title")
    press(driver, "last")
    last = column(driver, 3)[-1]
    search(driver, "number 19999")

    assert last == "change number 19999"
    assert count(driver) == "1 to 1 of 1 found in 20,000 changes"
    assert len(driver.find_elements(By.CSS_SELECTOR, "tr")) < 400


SAID = (("Problem", "Shoppers lose the cart <b>twice</b>."), ("Who it helps", "All of them."))


def opened(driver: Chrome) -> str:
    """Return the text of the change that is open, empty when none is."""
    return driver.find_element(By.ID, "change").text


def test_page_enter_on_a_title_opens_what_its_author_wrote(browser: Browser) -> None:
    records = [record(1, rules=(("WG104", "warning"),)), record(2, state="complete", said=SAID)]
    driver = browser.open(page(records))

    title = driver.find_element(By.CSS_SELECTOR, "#c-2 a[href='#c-2']")
    title.send_keys(Keys.ENTER)
    text, address = opened(driver), driver.current_url
    driver.switch_to.active_element.send_keys(Keys.ESCAPE)

    assert "Shoppers lose the cart <b>twice</b>." in text
    assert "Who it helps" in text
    assert address.endswith("#c-2")
    assert opened(driver) == ""
    assert "#c-2" not in driver.current_url
    assert driver.switch_to.active_element == title


def test_page_address_of_a_change_opens_it(browser: Browser) -> None:
    records = [record(n, said=SAID) for n in range(300)]
    driver = browser.open(page(records))

    driver.get(f"{browser.page.as_uri()}#c-250")

    assert "change number 250" in opened(driver)
    driver.back()
    assert opened(driver) == ""


def test_page_finding_of_an_open_change_leads_to_its_meaning(browser: Browser) -> None:
    driver = browser.open(page([record(2, state="missing")]))

    driver.find_element(By.CSS_SELECTOR, "#c-2 a[href='#c-2']").send_keys(Keys.ENTER)
    driver.find_element(By.CSS_SELECTOR, "#change a[href='#rule-WG101']").click()

    assert opened(driver) == ""
    assert driver.find_element(By.ID, "rule-WG101").get_attribute("open")


def test_page_finds_a_change_by_a_word_of_its_answers(browser: Browser) -> None:
    driver = browser.open(page([record(1), record(2, said=SAID), record(3)]))

    search(driver, "shoppers twice")

    assert column(driver, 1) == ["#2"]


@pytest.mark.parametrize("size", [PHONE, (1280, 900)], ids=["phone", "desktop"])
def test_page_open_change_is_accessible(browser: Browser, axe: str, size: tuple[int, int]) -> None:
    driver = browser.open(page([record(2, said=SAID)]), size=size)
    driver.find_element(By.CSS_SELECTOR, "#c-2 a[href='#c-2']").send_keys(Keys.ENTER)

    driver.execute_script(axe)
    report = driver.execute_async_script(
        "const done = arguments[arguments.length - 1]; axe.run().then(done, e => done(String(e)))"
    )

    assert describe(report["violations"]) == []
    widths = driver.execute_script("return [document.documentElement.scrollWidth, innerWidth]")
    assert widths[0] <= widths[1] == size[0]
