"""Turn the blocks of a text into the same blocks, each with what hides it from a reader."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal

from whygate.text.html import Markup, scan_html
from whygate.text.layout import Block, Kind

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

Cover = Literal["comment", "details"]

_CODE_SPAN = re.compile("`[^`]*`")
_DETAILS = re.compile("</?details", re.IGNORECASE)


def read_visibility(blocks: Iterable[Block]) -> Iterator[tuple[Block, Cover | None]]:
    """Yield each top-level block with what covers it: a comment, folded details, or None.

    CommonMark ends raw HTML such as `<div>` at a blank line, but the browser that reads the
    output takes a comment opened there to the next `-->` of raw HTML, or to the end. What
    follows such a `-->` is yielded as a block of its own text.
    """
    commented = False
    depth = 0
    for block in blocks:
        shown = block
        if commented:
            if block.kind is not Kind.HTML or "-->" not in block.text:
                yield block, "comment"
                continue
            shown = block._replace(text=block.text.partition("-->")[2])
        commented = has_unclosed_comment(shown)
        folded = depth > 0
        depth = _depth_after(shown, depth)
        yield shown, "details" if folded or (shown.kind is Kind.HTML and depth) else None


def has_unclosed_comment(block: Block) -> bool:
    """Tell whether a block is raw HTML with a comment that runs past its end."""
    if block.kind is not Kind.HTML or "<!" not in block.text:
        return False
    return any(piece.markup is Markup.UNCLOSED for piece in scan_html(block.text))


def _depth_after(block: Block, depth: int) -> int:
    """Return how many `<details>` are open behind a block."""
    if block.kind not in {Kind.HTML, Kind.PARAGRAPH} or not _DETAILS.search(block.text):
        return depth
    html = block.text if block.kind is Kind.HTML else _CODE_SPAN.sub("", block.text)
    for piece in scan_html(html):
        if piece.tag == "details":
            depth += 1
        elif piece.tag == "/details":
            depth = max(0, depth - 1)
    return depth
