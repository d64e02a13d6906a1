from __future__ import annotations

import pytest

from whygate.reporters.links import safe_link


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
