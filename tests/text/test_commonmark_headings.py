"""Headings are exactly CommonMark's: compared with every example of the specification."""

from __future__ import annotations

import os
import re
from html import unescape
from pathlib import Path

import pytest

from whygate.text.markdown import headings

ROOT = Path(__file__).resolve().parents[2]
INSTALLED = ROOT / "node_modules" / "commonmark-spec" / "spec.txt"
EXAMPLE = re.compile(r"^`{32} example\n(.*?)^\.\n(.*?)^`{32}$", re.MULTILINE | re.DOTALL)
HEADING = re.compile(r"<h([1-6])>(.*?)</h\1>", re.DOTALL)
TAG = re.compile(r"<[^>]*>")


def load_examples() -> list[tuple[str, str]]:
    """Return (Markdown, HTML) of each example; arrows in the specification stand for tabs."""
    path = Path(os.environ.get("WHYGATE_COMMONMARK_SPEC") or INSTALLED)
    if not path.is_file():
        pytest.fail(
            f"{path} is missing: run `npm install --no-save commonmark-spec@0.31.2`, or set "
            "WHYGATE_COMMONMARK_SPEC to its spec.txt"
        )
    text = path.read_text(encoding="utf-8").partition("<!-- END TESTS -->")[0]
    return [
        (markdown.replace("\u2192", "\t"), html.replace("\u2192", "\t"))
        for markdown, html in EXAMPLE.findall(text)
    ]


def expected_headings(html: str) -> list[tuple[int, str]]:
    return [
        (int(level), " ".join(unescape(TAG.sub("", text)).split()))
        for level, text in HEADING.findall(html)
    ]


def test_headings_all_examples_of_the_specification() -> None:
    examples = load_examples()

    wrong = {
        number: (markdown, found, expected)
        for number, (markdown, html) in enumerate(examples, 1)
        if (found := [(h.level, h.text) for h in headings(markdown)])
        != (expected := expected_headings(html))
    }

    assert len(examples) == 652
    assert wrong == {}


def test_headings_count_lines_from_one() -> None:
    found = headings("text\r\n\r\n> # a\r\n- b\r  ===\n\n### *c* ![d](e) ###\n")

    assert [(h.level, h.text, h.line) for h in found] == [(1, "a", 3), (1, "b", 4), (3, "c", 7)]
