from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from whygate.outcomes.rules import ALL_RULES
from whygate.reporters.links import rule_link, safe_link
from whygate.version import HOME

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    "address",
    [
        "https://example.org",
        "https://example.org/o/r/pull/12",
        "https://example.org:8443/o/r/commit/abc?diff=split#L1",
        "https://example.org/a%20b/~user/(x)",
    ],
)
def test_safe_link_https(address: str) -> None:
    assert safe_link(address) == address


@pytest.mark.parametrize(
    "address",
    [
        "",
        "http://example.org/",
        "HTTPS://example.org/",
        "javascript:alert(1)",
        "data:text/html,x",
        "//example.org/",
        "/pull/1",
        "https://",
        "https:///x",
        "https://user:pass@example.org/",
        "https://example.org/\n",
        "https://example.org/a b",
        'https://example.org/"onmouseover="x',
        "https://example.org/<script>",
        "https://example.org/\u202egpj",
        "https://exämple.org/",
        " https://example.org/",
        "https://example.org/`x`",
        "https://example.org/\\x",
    ],
)
def test_safe_link_anything_else(address: str) -> None:
    assert safe_link(address) == ""


def test_rule_link_leads_to_an_anchor_of_the_documentation() -> None:
    page, _, _ = rule_link("WG103").removeprefix(f"{HOME}/blob/main/").partition("#")
    text = (ROOT / page).read_text(encoding="utf-8")
    anchors = re.findall(r'^### <a id="(\w+)"></a>(\w+) ', text, re.MULTILINE)

    assert anchors == [(rule.id.lower(), rule.id) for rule in ALL_RULES]
    assert [rule_link(rule.id).partition("#")[2] for rule in ALL_RULES] == [a for a, _ in anchors]
    assert safe_link(rule_link("WG103")) == rule_link("WG103")


def test_home_is_the_one_of_the_package() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]

    assert project["urls"]["Homepage"] == HOME
