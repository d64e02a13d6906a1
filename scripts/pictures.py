"""Draw the pictures of the audit's page in README and docs: a year of the example shop.

`python scripts/pictures.py` writes them to docs/pictures; `--html FILE` writes the page alone.
Chromium and its driver must be installed.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from example_repository import git_environ

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

ROOT = Path(__file__).resolve().parents[1]
PICTURES = ROOT / "docs" / "pictures"
TODAY = date(2026, 12, 1)
START = date(2025, 12, 8)
DESKTOP, PHONE, DIALOG = (1120, 740), (390, 844), (780, 800)
MOST_BYTES = 150_000


class Told(NamedTuple):
    """A change with a plan: who, what, and what was measured (empty: nobody has looked)."""

    owner: str
    title: str
    problem: str
    audience: str
    outcome: str
    metric: str
    baseline: str
    target: str
    days: str
    value: str = ""
    learned: str = ""
    series: tuple[int, ...] = ()
    path: str = "cart/code.py"


PLANS = (
    Told(
        "Lena",
        "feat(cart): keep the cart when a shopper changes device",
        "Shoppers who fill a cart on the phone find it empty on the laptop; 140 tickets a month.",
        "Signed-in shoppers with two devices, about 18 % of weekly buyers.",
        "They finish the purchase on the second device instead of starting again.",
        "checkout completion of two-device sessions, weekly",
        *("38 %", "45 %", "+60d", "46 %"),
        "Most of the gain is on weekday evenings; the weekend did not move.",
        (37, 38, 39, 38, 40, 43, 45, 46),
    ),
    Told(
        "Omar",
        "perf(search): cache permission lookups per request",
        "Large tenants wait on the same permission query 60 times in one search.",
        "Tenants with more than 10,000 documents.",
        "Results appear before people retype the query.",
        "p95 search latency of tenants over 10k docs",
        *("820 ms", "<= 300 ms", "+30d", "240 ms"),
        "The cache is cold on Monday morning; warming it is the next step.",
        (810, 830, 820, 815, 420, 260, 250, 240),
        "search/rights.py",
    ),
    Told(
        "Priya",
        "feat(returns): print the label without an account",
        "Guests who return a parcel ask the chat for a label, 60 times a week.",
        "Guest buyers, a third of all orders.",
        "They print the label themselves.",
        "chat requests for a return label, weekly",
        *("60 requests", "<= 10 requests", "+45d", "22 requests"),
        "Guests do not find the link in the mail; the page itself works.",
        (58, 61, 60, 62, 41, 30, 24, 22),
        "returns/label.py",
    ),
    Told(
        "Lena",
        "feat(cart): gift wrapping",
        "Eleven shoppers a week ask the chat to wrap an order as a gift.",
        "Shoppers who send a present, most of them in December.",
        "They order the wrapping with the goods.",
        "orders with wrapping, weekly",
        *("0 orders", "40 orders", "+30d", "63 orders"),
        "Asked for in the cart it is found; in the profile nobody looked.",
        (),
        "cart/gift.py",
    ),
    Told(
        "Omar",
        "fix(search): find products with an apostrophe",
        "Shoppers who type o'neill see an empty page, 60 times a day.",
        "Everybody who searches by name.",
        "They see the product they typed.",
        "empty result pages for names, daily",
        *("60 pages", "<= 5 pages", "+30d", "3 pages"),
        "",
        (62, 58, 60, 61, 12, 4, 3, 3),
        "search/query.py",
    ),
    Told(
        "Priya",
        "feat(invoice): send the invoice as a structured file",
        "Nine in ten business buyers retype the invoice into their books.",
        "Business buyers with more than five orders a month.",
        "Their bookkeeping reads the file.",
        "invoices opened as a file, share of business orders",
        *("4 %", "30 %", "+90d", "11 %"),
        "Their accountants decide, not the buyers; we asked the wrong people.",
        (4, 4, 5, 4, 6, 8, 10, 11),
        "invoice/file.py",
    ),
    Told(
        "Omar",
        "perf(checkout): load the payment form when the cart opens",
        "On slow phones the form takes nine seconds, and every fourth shopper leaves.",
        "Shoppers on phones, 61 % of all visits.",
        "They pay in the time the page takes now.",
        "p75 time to the payment form on phones",
        *("9 s", "<= 3 s", "+30d", "2.4 s"),
        "Two thirds of the time was one font.",
        (),
        "checkout/form.py",
    ),
    Told(
        "Lena",
        "feat(login): sign in with a passkey",
        "A third of all sign-ins need the mail for a new password.",
        "Returning shoppers.",
        "They sign in without the mail.",
        "sign-ins that asked for a new password",
        *("33 %", "20 %", "+60d", ""),
        "",
        (),
        "login/passkey.py",
    ),
    Told(
        "Priya",
        "feat(export): write orders as a spreadsheet",
        "Small sellers copy their orders by hand each month.",
        "Sellers with fewer than 50 orders a month.",
        "They hand their accountant one file.",
        "sellers who export at least once a month",
        *("0 sellers", "30 sellers", "+60d", ""),
        "",
        (),
        "export/sheet.py",
    ),
    Told(
        "Omar",
        "feat(search): search by photo",
        "People who saw a product at a friend's cannot name it; 300 chats a month.",
        "Shoppers without the product's name.",
        "They find it by a picture.",
        "chats that ask for a product's name, monthly",
        *("300 chats", "<= 150 chats", "30 days after release", ""),
        "",
        (),
        "search/photo.py",
    ),
    Told(
        "Lena",
        "feat(cart): remember the coupon",
        "Shoppers lose a coupon when they leave the cart; 45 tickets a month.",
        "Shoppers with a coupon.",
        "They come back to the same price.",
        "tickets about a lost coupon, monthly",
        *("45 tickets", "<= 10 tickets", "+40d", ""),
        "",
        (),
        "cart/coupon.py",
    ),
)
# Of every five other changes so many say why, more and more of them in the course of the year.
SMALL = (
    ("fix(cart): round the total as the till does", "cart/total.py"),
    ("feat(search): filter by colour", "search/colour.py"),
    ("fix(returns): accept a parcel without a number", "returns/parcel.py"),
    ("refactor(invoice): split the writer from the numbers", "invoice/write.py"),
    ("docs: say how a cart is merged", "docs/cart.md"),
    ("feat(checkout): pay by bank transfer", "checkout/bank.py"),
    ("fix(login): keep the language after signing in", "login/language.py"),
)
WHY = """\
Problem: {what} costs the support eleven tickets a week
Outcome: the tickets stop, and shoppers go on by themselves
Audience: shoppers in the {area}
Metric: tickets about the {area}, weekly
Baseline: 11 tickets
Target: <= 3 tickets
Evaluate-By: +60d
Metric-Owner: {owner}
"""


def make_year(directory: Path, environ: Mapping[str, str]) -> None:
    """Make the shop with a year of changes, and what came of them in its ledger."""
    directory.mkdir(parents=True)
    _git(directory, environ, "init", "--quiet", "--initial-branch=main")
    _git(directory, environ, "remote", "add", "origin", "https://github.com/acme/shop.git")
    (directory / "CODEOWNERS").write_text("cart/ @lena\nsearch/ @search-team\n", encoding="utf-8")
    (directory / ".whygate.yml").write_text("version: 1\npreset: standard\n", encoding="utf-8")
    lines: list[str] = []
    number, day, told = 10, START, iter(PLANS)
    for week in range(48):
        for _ in range(2 if week % 3 else 1):
            number += 1
            plan = next(told, None) if number % 7 == 3 else None
            title, body, path, owner = _say(plan, number, week)
            _commit(directory, environ, f"{title} (#{number})\n\n{body}", path, owner, day)
            if plan is not None and plan.value:
                lines.append(json.dumps(_result(plan, number, day)))
            looked = day + timedelta(days=60)
            if plan is None and "Metric:" in body and looked < TODAY - timedelta(days=20):
                lines.append(json.dumps(_small_result(number, looked, owner)))
        day += timedelta(days=7)
    ledger = directory / ".whygate" / "results.jsonl"
    ledger.parent.mkdir()
    ledger.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    body = "The results of the year.\n"
    _commit(directory, environ, f"chore: record what came of it\n\n{body}", "", "Lena", TODAY)


def _say(plan: Told | None, number: int, week: int) -> tuple[str, str, str, str]:
    if plan is not None:
        body = (
            f"## Problem\n\n{plan.problem}\n\n## Who it helps\n\n{plan.audience}\n\n"
            f"## Outcome\n\n{plan.outcome}\n\n## Measurement\n\n- Metric: {plan.metric}\n"
            f"- Baseline: {plan.baseline}\n- Target: {plan.target}\n"
            f"- Evaluate by: {plan.days}\n- Owner: @{plan.owner.lower()}\n"
        )
        return plan.title, body, plan.path, plan.owner
    title, path = SMALL[number % len(SMALL)]
    area = path.partition("/")[0]
    says = (number * 7) % 10 < 2 + week // 7
    who = ("Lena", "Omar", "Priya")[number % 3]
    what = title.partition(": ")[2]
    body = WHY.format(what=what, area=area, owner=f"@{who.lower()}") if says else ""
    if not says and number % 3 == 0:
        body = f"Problem: {what} costs the support eleven tickets a week\n"
    return title, body or "It was asked for in the chat.\n", path, who


def _result(plan: Told, number: int, day: date) -> dict[str, object]:
    looked = day + timedelta(days=int(plan.days.strip("+d")) - 1)
    unit = plan.value.partition(" ")[2]
    met = plan.title not in (PLANS[2].title, PLANS[5].title)
    found: dict[str, object] = {
        "v": 1,
        "for": f"#{number}",
        "at": looked.isoformat(),
        "metric": 1,
        "state": "met" if met else "missed",
        "value": plan.value,
        "target": plan.target,
        "by": f"@{plan.owner.lower()}",
        "note": plan.learned,
        "evidence": f"https://bi.example.com/d/{400 + number}",
    }
    if plan.series and unit:
        weeks = len(plan.series)
        found["series"] = [
            [(looked - timedelta(days=7 * (weeks - 1 - n))).isoformat(), str(value)]
            for n, value in enumerate(plan.series)
        ]
    return found


def _small_result(number: int, looked: date, owner: str) -> dict[str, object]:
    tickets = number * 5 % 7
    return {
        "v": 1,
        "for": f"#{number}",
        "at": looked.isoformat(),
        "metric": 1,
        "state": "met" if tickets <= 3 else "missed",
        "value": f"{tickets} tickets",
        "target": "<= 3 tickets",
        "by": f"@{owner.lower()}",
        "note": "counted by hand",
    }


def _commit(
    directory: Path, environ: Mapping[str, str], message: str, path: str, who: str, day: date
) -> None:
    if path:
        file = directory / path
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("a", encoding="utf-8") as stream:
            stream.write("changed\n")
    _git(directory, environ, "add", "--all")
    when = f"{day.isoformat()}T10:00:00+00:00"
    named = {"GIT_AUTHOR_NAME": who, "GIT_AUTHOR_EMAIL": f"{who.lower()}@example.org"}
    dates = {"GIT_AUTHOR_DATE": when, "GIT_COMMITTER_DATE": when}
    arguments = ("commit", "--quiet", "--cleanup=verbatim", "--allow-empty", "--message", message)
    _git(directory, {**environ, **named, **dates}, *arguments)


def _git(directory: Path, environ: Mapping[str, str], *arguments: str) -> None:
    command = ["git", "-C", str(directory), *arguments]  # the script's own words
    subprocess.run(command, env=dict(environ), check=True)  # noqa: S603


def write_page(directory: Path, file: Path) -> None:
    """Write the page of the year to a file."""
    environ = git_environ(directory)
    shop = directory / "shop"
    make_year(shop, environ)
    call = [sys.executable, "-m", "whygate", "audit", "-C", str(shop), "--by-area"]
    call += ["--format", "html", "-o", str(file), "--today", TODAY.isoformat(), "--no-cache"]
    subprocess.run(call, env=environ, check=True)  # noqa: S603


def draw(page: Path, into: Path) -> Iterator[Path]:
    """Yield the pictures of a page: its first screen on a desktop and on a phone, and a change."""
    from selenium.webdriver import Chrome, ChromeOptions  # noqa: PLC0415 - only to draw
    from selenium.webdriver.chrome.service import Service  # noqa: PLC0415

    options = ChromeOptions()
    options.binary_location = shutil.which("chromium") or shutil.which("google-chrome") or ""
    for switch in ("--headless", "--no-sandbox", "--hide-scrollbars", "--disable-gpu"):
        options.add_argument(switch)
    chrome = Chrome(options=options, service=Service(shutil.which("chromedriver") or ""))
    try:
        for name, (width, height), fragment in (
            ("page", DESKTOP, ""),
            ("phone", PHONE, ""),
            ("change", DIALOG, "#c-17"),
        ):
            metrics = {"width": width, "height": height, "deviceScaleFactor": 1}
            is_phone = {"mobile": (width, height) == PHONE}
            chrome.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {**metrics, **is_phone})
            chrome.get("about:blank")
            chrome.get(page.as_uri() + fragment)
            file = into / f"{name}.png"
            chrome.save_screenshot(str(file))
            yield file
    finally:
        chrome.quit()


def main() -> int:
    """Draw the pictures, or write the page alone; return 1 when one is too large."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--html", type=Path)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        page = chosen.html or Path(scratch) / "audit.html"
        write_page(Path(scratch), page)
        if chosen.html is not None:
            return 0
        PICTURES.mkdir(exist_ok=True)
        large = [file for file in draw(page, PICTURES) if file.stat().st_size > MOST_BYTES]
    for file in large:
        print(f"{file} is larger than {MOST_BYTES} bytes", file=sys.stderr)
    return int(bool(large))


if __name__ == "__main__":
    sys.exit(main())
