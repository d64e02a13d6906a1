"""Turn a text of headings, paragraphs, flat lists and comments into its blocks, or into nothing.

Most messages hold no more, and for them the parser library need not be loaded, which would be a
third of the time that a commit waits. Every form in which CommonMark might mean something else
(an indented line, a numbered list, a table, an underlined heading, a definition) is left to it;
the tests hold the two against each other.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from whygate.text.layout import Block, Kind

if TYPE_CHECKING:
    from collections.abc import Sequence

_HEADING = re.compile(r"(#{1,6}) ((?:[^ ].*)?[^ #])")  # CommonMark 4.2, without a closing sequence
# One line of prose behind a marker (CommonMark 5.2); a letter begins no other block.
_ITEM = re.compile(r"([-*]) ((?:\*\*)?[A-Za-z].*)")
_PROSE = re.compile(r"(?:\*\*|[`(\"'])?[A-Za-z]|\[[A-Za-z]")
_COMMENT, _COMMENT_END = "<!--", "-->"


def read_plain_blocks(lines: Sequence[str]) -> tuple[Block, ...] | None:
    """Return the blocks of a text given as lines, None when it may hold anything but the four."""
    text = "\n".join(lines)
    if "|" in text or "]:" in text or not all(map(str.isprintable, lines)):
        return None
    blocks: list[Block] = []
    at = 0
    while at < len(lines):
        if lines[at].strip(" "):
            block = _read_block(lines, at)
            if block is None:
                return None
            blocks.append(block)
            at = block.end
        else:
            at += 1
    return tuple(blocks)


def _read_block(lines: Sequence[str], start: int) -> Block | None:
    line = lines[start]
    if found := _HEADING.fullmatch(line):
        return Block(Kind.HEADING, start, start + 1, found[2], len(found[1]))
    if line.startswith(_COMMENT):
        return _read_comment(lines, start)
    if found := _ITEM.fullmatch(line):
        return _read_list(lines, start, found[1])
    return _read_paragraph(lines, start) if _PROSE.match(line) else None


def _read_comment(lines: Sequence[str], start: int) -> Block | None:
    """Return the HTML block of a comment, which ends with the line that closes it (4.6)."""
    for at in range(start, len(lines)):
        if _COMMENT_END in lines[at]:
            text = "".join(f"{line}\n" for line in lines[start : at + 1])
            return Block(Kind.HTML, start, at + 1, text)
    return None


def _read_list(lines: Sequence[str], start: int, marker: str) -> Block | None:
    """Return a list of one-line items; None when a line may continue it or make it loose."""
    texts: list[str] = []
    at = start
    while at < len(lines) and (found := _ITEM.fullmatch(lines[at])) and found[1] == marker:
        texts.append(found[2].rstrip(" "))
        at += 1
    end = at
    while end < len(lines) and not lines[end].strip(" "):
        end += 1
    if end < len(lines):
        following = lines[end]
        is_new = bool(_HEADING.fullmatch(following)) or following.startswith(_COMMENT)
        if not is_new and (end == at or not _PROSE.match(following)):
            return None
    items = []
    for number, text in enumerate(texts, start):
        last = end if number == at - 1 else number + 1
        inside = Block(Kind.PARAGRAPH, number, number + 1, text)
        items.append(Block(Kind.ITEM, number, last, children=(inside,)))
    return Block(Kind.LIST, start, end, children=tuple(items))


def _read_paragraph(lines: Sequence[str], start: int) -> Block | None:
    """Return a paragraph; None when one of its lines may be anything else."""
    at = start
    while at < len(lines) and lines[at].strip(" "):
        line = lines[at]
        if _HEADING.fullmatch(line) or line.startswith(_COMMENT) or _ITEM.fullmatch(line):
            break
        if not _PROSE.match(line):
            return None
        at += 1
    return Block(Kind.PARAGRAPH, start, at, "\n".join(lines[start:at]).strip(" "))
