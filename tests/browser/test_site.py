"""The documentation site, opened from its directory: at every width, with nobody to ask."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import html5lib
import pytest
from markdown_it import MarkdownIt
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

from whygate.judge.rules import RULES

if TYPE_CHECKING:
    from selenium.webdriver.remote.webdriver import WebDriver
    from selenium.webdriver.remote.webelement import WebElement
    from tests.browser.conftest import Browser

ROOT = Path(__file__).parents[2]
PAGES = {path.stem: path for path in sorted(ROOT.glob("docs/*.md"))}
PAGES |= {name: ROOT / f"{name}.md" for name in ("CHANGELOG", "CONTRIBUTING")}
HINT = "the site needs mkdocs-material: pip install --group docs"
WIDTHS = {"desktop": (1280, 900), "phone": (390, 844)}
COUNTED = ("h1", "h2", "h3", "h4", "li", "table", "tr", "pre")


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the directory of the site as CI builds it."""
    if find_spec("mkdocs") is None:
        pytest.fail(HINT)
    directory = tmp_path_factory.mktemp("site")
    build = (ROOT / "scripts" / "build_site.sh", directory)
    environ = {**os.environ, "PYTHON": sys.executable}
    done = subprocess.run(build, env=environ, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    return directory


@pytest.mark.parametrize("name", PAGES)
def test_page_has_the_parts_that_the_forge_shows(site: Path, name: str) -> None:
    tokens = MarkdownIt("commonmark").enable("table").parse(PAGES[name].read_text("utf-8"))
    expected = Counter(t.tag for t in tokens if t.nesting >= 0 and t.tag in COUNTED)
    expected["pre"] = sum(t.type in ("fence", "code_block") for t in tokens)

    page = html5lib.parse((site / f"{name}.html").read_text("utf-8"), namespaceHTMLElements=False)
    article = page.find(".//article")
    assert article is not None
    shown = Counter(element.tag for element in article.iter())

    assert {tag: shown[tag] for tag in COUNTED} == {tag: expected[tag] for tag in COUNTED}


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", PAGES)
def test_page_fits_and_asks_nobody(browser: Browser, site: Path, name: str, width: str) -> None:
    visit(browser, site / f"{name}.html", width)

    wide = browser.driver.execute_script("return document.documentElement.scrollWidth")
    assert wide <= WIDTHS[width][0]
    assert [u for u in browser.requests() if not u.startswith(("file:", "data:", "blob:"))] == []
    assert browser.complaints() == []


def test_address_of_a_rule_shows_its_heading(browser: Browser, site: Path) -> None:
    for rule in RULES:
        visit(browser, site / "rules.html", "desktop", f"#{rule.id.lower()}")
        heading = browser.driver.find_element(By.CSS_SELECTOR, f"h3:has(#{rule.id.lower()})")

        WebDriverWait(browser.driver, 10).until(partial(is_seen, heading))
        assert heading.text.startswith(f"{rule.id} {rule.name}")


def test_search_works_from_a_file(browser: Browser, site: Path) -> None:
    visit(browser, site / "index.html", "desktop")

    browser.driver.find_element(By.CSS_SELECTOR, "[data-md-component=search-query]").send_keys(
        "placeholder"
    )

    found = WebDriverWait(browser.driver, 20).until(
        lambda driver: driver.find_elements(By.CSS_SELECTOR, "a.md-search-result__link")
    )
    assert any("rules.html" in (link.get_attribute("href") or "") for link in found)


def visit(browser: Browser, page: Path, width: str, anchor: str = "") -> None:
    """Open a page of the site afresh, with a clean log."""
    browser.resize(WIDTHS[width])
    browser.driver.get("about:blank")
    browser.read_log("browser")
    browser.read_log("performance")
    browser.driver.get(f"{page.as_uri()}{anchor}")


def is_seen(heading: WebElement, driver: WebDriver) -> bool:
    """Tell whether a heading stands in the window, below the bar at its top."""
    script = (
        "const r = arguments[0].getBoundingClientRect(); return 40 <= r.top && r.top < innerHeight"
    )
    return bool(driver.execute_script(script, heading))
