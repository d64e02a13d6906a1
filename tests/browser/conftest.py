"""A headless Chromium with a profile of its own, and a proxy that notes what it is asked for."""

from __future__ import annotations

import json
import shutil
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from selenium.webdriver import Chrome, ChromeOptions
from selenium.webdriver.chrome.service import Service

if TYPE_CHECKING:
    from collections.abc import Iterator

HINT = "the browser tests need Chromium and its driver: apt-get install chromium chromium-driver"
AXE_HINT = "the accessibility tests need axe-core: ./run-tests --browser installs it with npm"
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
SWITCHES = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"),
    *("--disable-quic", "--no-first-run", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync", "--window-size=1280,900"),
)
DESKTOP, PHONE = (1280, 900), (390, 844)


@dataclass
class Proxy:
    """What was asked of a proxy that answers nothing."""

    port: int
    asked: list[str] = field(default_factory=list)


@dataclass
class Browser:
    """A Chromium under test and the place its pages are written to."""

    driver: Chrome
    proxy: Proxy
    page: Path

    def open(self, page: str, *, size: tuple[int, int] = DESKTOP, dark: bool = False) -> Chrome:
        """Show a page from a file, as one that was sent by mail is, and return the driver."""
        self.resize(size)
        self.emulate("prefers-color-scheme", "dark" if dark else "light")
        self.page.write_text(page, encoding="utf-8")
        self.driver.get("about:blank")
        self.read_log("browser")
        self.read_log("performance")
        self.proxy.asked.clear()
        self.driver.get(self.page.as_uri())
        return self.driver

    def resize(self, size: tuple[int, int]) -> None:
        """Set the size of the window, a phone's with a phone's viewport."""
        width, height = size
        metrics = {"width": width, "height": height, "deviceScaleFactor": 1}
        self.command("Emulation.setDeviceMetricsOverride", **metrics, mobile=size == PHONE)

    def emulate(self, feature: str, value: str) -> None:
        """Set a media feature."""
        self.command("Emulation.setEmulatedMedia", features=[{"name": feature, "value": value}])

    def command(self, name: str, **parameters: object) -> None:
        """Run a command of the DevTools protocol."""
        self.driver.execute_cdp_cmd(name, parameters)

    def read_log(self, name: str) -> list[str]:
        """Return the messages of a log since it was last read."""
        entries = self.driver.get_log(name)  # type: ignore[no-untyped-call]
        return [entry["message"] for entry in entries]

    def requests(self) -> list[str]:
        """Return every address the page asked for since it was opened, itself included."""
        events = [json.loads(message)["message"] for message in self.read_log("performance")]
        return [
            event["params"]["request"]["url"]
            for event in events
            if event["method"] == "Network.requestWillBeSent"
        ]

    def leaks(self) -> list[str]:
        """Return what the proxy was asked for, the browser's own affairs left out."""
        return [address for address in self.proxy.asked if "example" in address]

    def complaints(self) -> list[str]:
        """Return what the console says since the page was opened."""
        return self.read_log("browser")


@pytest.fixture(scope="session")
def proxy() -> Iterator[Proxy]:
    """Yield a running proxy."""
    asked: list[str] = []

    class Refuse(BaseHTTPRequestHandler):
        def refuse(self) -> None:
            asked.append(self.path)
            self.send_error(403)

        do_GET = do_POST = do_HEAD = do_CONNECT = refuse  # noqa: N815 - named by the library

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Say nothing: what was asked is kept."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Refuse)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield Proxy(server.server_port, asked)
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture(scope="session")
def chromium(proxy: Proxy, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chrome]:
    """Yield a browser for all tests; fail when there is none."""
    program = next(filter(None, map(shutil.which, BROWSERS)), None)
    driver = shutil.which("chromedriver")
    if program is None or driver is None:
        pytest.fail(HINT)
    options = ChromeOptions()
    options.binary_location = program
    for switch in SWITCHES:
        options.add_argument(switch)
    options.add_argument(f"--user-data-dir={tmp_path_factory.mktemp('profile')}")
    options.add_argument(f"--proxy-server=127.0.0.1:{proxy.port}")
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    chrome = Chrome(options=options, service=Service(driver))
    yield chrome
    chrome.quit()


@pytest.fixture
def browser(chromium: Chrome, proxy: Proxy, tmp_path: Path) -> Iterator[Browser]:
    """Yield a browser with scripts on and a desktop's window."""
    yield Browser(chromium, proxy, tmp_path / "audit.html")
    chromium.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})
    chromium.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "", "features": []})


@pytest.fixture(scope="session")
def axe() -> str:
    """Return the source of axe-core; fail when it is not installed."""
    path = Path(__file__).parents[2] / "node_modules" / ".whygate" / "axe.min.js"
    if not path.is_file():
        pytest.fail(AXE_HINT)
    return path.read_text(encoding="utf-8")
