"""Turn what a reader does not see as sections into remarks: hidden labels, open ends."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal

from whygate.text.candidates import may_begin_label
from whygate.text.document import Hidden, Unclosed
from whygate.text.html import Markup, scan_html
from whygate.text.inline import hidden_line_starts
from whygate.text.labels import display_label, normalise_label
from whygate.text.layout import Block, Kind, Layout
from whygate.text.visibility import Cover, has_unclosed_comment

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

Where = Literal["comment", "fence", "quote", "details"]

_FRONT = re.compile(r"[ \t>]*(?:<!-{2,}[ \t]*)?(?:#{1,6}[ \t]+)?")
_LONGEST = 160


def find_hidden(
    layout: Layout, covered: Iterable[tuple[Block, Cover | None]], known: frozenset[str]
) -> Iterator[Hidden]:
    """Yield the lines that hold a known label where no section can begin.

    `covered` gives each top-level block with what covers it. A label counts as a heading, in
    bold, before a colon, or alone on its line; the outermost cover of a line is named.
    """
    if not known:
        return
    seen: set[int] = set()
    for block, cover in covered:
        for start, end, where in _stretches(block, cover):
            for number in range(start, min(end, len(layout.lines))):
                label = "" if number in seen else _label(layout.lines[number], known)
                seen.add(number)
                if label:
                    yield Hidden(display_label(label), normalise_label(label), number + 1, where)


def find_unclosed(layout: Layout) -> Iterator[Unclosed]:
    """Yield the fences and HTML comments that nothing closes, in the order of the text."""
    for block in layout.walk():
        if block.kind is Kind.FENCE and not block.closed:
            yield Unclosed("fence", block.start + 1)
        elif has_unclosed_comment(block):
            opener = max(p.start for p in scan_html(block.text))
            yield Unclosed("comment", block.start + 1 + block.text.count("\n", 0, opener))


def _stretches(block: Block, cover: Cover | None) -> Iterator[tuple[int, int, Where]]:
    """Yield the ranges of lines in a block that are hidden, and by what; from 0."""
    if cover is not None:
        yield block.start, block.end, cover
        return
    for inner in block.walk():
        match inner.kind:
            case Kind.QUOTE:
                yield inner.start, inner.end, "quote"
            case Kind.FENCE | Kind.CODE:
                yield inner.start, inner.end, "fence"
            case Kind.HTML if "<!" in inner.text:
                yield from _comments(inner)
            case Kind.PARAGRAPH if "<!--" in inner.text:
                for line, mark in hidden_line_starts(inner.text).items():
                    if mark == "<!--":
                        yield inner.start + line, inner.start + line + 1, "comment"


def _comments(block: Block) -> Iterator[tuple[int, int, Where]]:
    line, position = block.start, 0
    for piece in scan_html(block.text):
        if piece.markup in {Markup.COMMENT, Markup.UNCLOSED}:
            line += block.text.count("\n", position, piece.start)
            position = piece.start
            yield line, line + piece.text.count("\n") + 1, "comment"


def _label(line: str, known: frozenset[str]) -> str:
    """Return the known label that a line of hidden text begins with, or ""."""
    front = _FRONT.match(line)
    text = line[front.end() : front.end() + _LONGEST] if front else ""
    text = text.partition("-->")[0]
    if not text or not may_begin_label(text, known):
        return ""
    head = text.replace("\uff1a", ":").partition(":")[0]
    return next((label for label in (text, head) if normalise_label(label) in known), "")
