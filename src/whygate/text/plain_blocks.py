"""Turn a heading, a paragraph, a flat list or a comment into its block, or into nothing.

Most messages hold no more, and for them the parser library need not be loaded, which would be a
third of the time that a commit waits; it also takes ten times as long for such a block. Every form
in which CommonMark might mean something else (an indented line, a nested list, a table, an
underlined heading, a definition) is left to it; the tests hold the two against each other.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from whygate.text.layout import Block, Kind

if TYPE_CHECKING:
    from collections.abc import Sequence

_HEADING = re.compile(r"(#{1,6}) ((?:[^ ].*)?[^ #])")  # CommonMark 4.2, without a closing sequence
# What a line of prose begins with; nothing of it begins another block.
_START = r"(?:\*\*|[`(\"'])?[A-Za-z]|\[[A-Za-z]"
_PROSE = re.compile(_START)
_ITEM = re.compile(rf"([-*]|\d{{1,9}}[.)]) ((?:{_START}|\[ \]).*)")  # prose behind a marker (5.2)
_CONTINUED = re.compile(rf" *(?:{_START})")
_FIRST = ("-", "*", "1.", "1)")  # the markers that may end a paragraph (5.3)
_COMMENT, _COMMENT_END = "<!--", "-->"
_DEFINES = "]:"  # a link (4.7)


def read_plain_block(lines: Sequence[str], start: int) -> Block | None:
    """Return the block that begins at a line, None when it may be anything but the four.

    The line is not blank, and nothing above it is open.
    """
    line = lines[start]
    if not line.isprintable():
        return None
    if "|" not in line:  # else it may be the head of a table
        if found := _HEADING.fullmatch(line):
            return Block(Kind.HEADING, start, start + 1, found[2], len(found[1]))
        if line.startswith(_COMMENT):
            return _read_comment(lines, start)
    if found := _ITEM.fullmatch(line):
        return _read_list(lines, start, _kind_of(found[1]))
    return _read_paragraph(lines, start) if _PROSE.match(line) else None


def _kind_of(marker: str) -> str:
    """Return what the markers of one list have in common (5.3)."""
    return marker[-1]


def _read_comment(lines: Sequence[str], start: int) -> Block | None:
    """Return the HTML block of a comment, which ends with the line that closes it (4.6)."""
    for at in range(start, len(lines)):
        if not lines[at].isprintable():
            return None
        if _COMMENT_END in lines[at]:
            text = "".join(f"{line}\n" for line in lines[start : at + 1])
            return Block(Kind.HTML, start, at + 1, text)
    return None


def _read_list(lines: Sequence[str], start: int, kind: str) -> Block | None:
    """Return a list of items of one paragraph; None when it may hold more, or be loose."""
    inside: list[Block] = []
    at = start
    while at < len(lines) and (found := _ITEM.fullmatch(lines[at])) and _kind_of(found[1]) == kind:
        block = _read_item(lines, at, found)
        if block is None:
            return None
        inside.append(block)
        at = block.end
    end = at
    while end < len(lines) and not lines[end].strip(" "):
        end += 1
    if end < len(lines) and not _ends_list(lines[end], is_next=end == at):
        return None
    ends = [*(block.start for block in inside[1:]), end]
    items = tuple(
        Block(Kind.ITEM, block.start, last, children=(block,))
        for block, last in zip(inside, ends, strict=True)
    )
    return Block(Kind.LIST, start, end, children=items)


def _read_item(lines: Sequence[str], start: int, found: re.Match[str]) -> Block | None:
    """Return the paragraph of a list item with the lines that continue it, however indented."""
    indent = len(found[1]) + 1
    texts = [found[2]]
    end = start + 1
    while end < len(lines) and _CONTINUED.match(lines[end]):
        line = lines[end]
        texts.append(line[min(indent, len(line) - len(line.lstrip(" "))) :])
        end += 1
    text = "\n".join(texts).strip(" ")
    if _DEFINES in text or not all(map(str.isprintable, lines[start:end])):
        return None
    return Block(Kind.PARAGRAPH, start, end, text)


def _ends_list(line: str, *, is_next: bool) -> bool:
    """Tell whether the first line behind the items ends their list for certain.

    A paragraph does, unless it is the `next` line, and then belongs to the last item.
    """
    if _HEADING.fullmatch(line) or line.startswith(_COMMENT):
        return True
    return not is_next and _PROSE.match(line) is not None


def _read_paragraph(lines: Sequence[str], start: int) -> Block | None:
    """Return a paragraph; None when one of its lines may be anything else."""
    at = start
    while at < len(lines) and lines[at].strip(" "):
        line = lines[at]
        if _HEADING.fullmatch(line) or line.startswith(_COMMENT):
            break
        if (found := _ITEM.fullmatch(line)) and found[1] in _FIRST:
            break
        if not _PROSE.match(line) or not line.isprintable() or _DEFINES in line:
            return None
        at += 1
    return Block(Kind.PARAGRAPH, start, at, "\n".join(lines[start:at]).strip(" "))
