"""Turn Markdown into a tree of blocks with their lines, exactly as CommonMark reads it."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from msgspec import Struct, field

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping


class Kind(StrEnum):
    """What a block is."""

    PARAGRAPH = "paragraph"
    HEADING = "heading"
    FENCE = "fence"
    CODE = "code"
    HTML = "html"
    QUOTE = "quote"
    LIST = "list"
    ITEM = "item"
    TABLE = "table"
    ROW = "row"
    CELL = "cell"


class Block(NamedTuple):
    """One block; `start` and `end` are its lines, counted from 0, `end` not included.

    `text` is the Markdown inside (paragraph, heading, cell) or the literal text (code, HTML);
    `level` is 1-6 for headings; `info` a fence's info string; `underlined` marks a setext
    heading; `closed` is False for a fence that runs on because nothing closes it.
    """

    kind: Kind
    start: int
    end: int
    text: str = ""
    level: int = 0
    info: str = ""
    underlined: bool = False
    closed: bool = True
    children: tuple[Block, ...] = ()

    def walk(self) -> Iterator[Block]:
        """Yield this block and everything in it, in the order of the text."""
        stack = [self]
        while stack:
            block = stack.pop()
            yield block
            stack.extend(reversed(block.children))


class Layout(Struct, frozen=True):
    """A text as lines and top-level blocks; `references` are its link definitions."""

    lines: tuple[str, ...]
    blocks: tuple[Block, ...]
    references: Mapping[str, object] = field(default_factory=dict)

    def walk(self) -> Iterator[Block]:
        """Yield every block of the text in its order."""
        for block in self.blocks:
            yield from block.walk()


# What makes a text more than paragraphs: a line that opens another block, or a table's pipe.
_MARKED = re.compile(
    r"^(?: {0,3}\t| {4}| {0,3}(?:[#>*+\-=~`<\[_:]|\d{1,9}[.)]))|\|",
    re.MULTILINE,
)


def split_lines(text: str) -> tuple[str, ...]:
    r"""Return the lines of a text; only \r\n, \n and \r end one (CommonMark section 2.1).

    A byte order mark is dropped and NUL becomes U+FFFD (section 2.3). An empty text has one
    empty line; a line end at the end of the text begins no further line.
    """
    plain = text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "\ufffd")
    return tuple(plain.removeprefix("\ufeff").removesuffix("\n").split("\n"))


def parse_blocks(lines: tuple[str, ...], breaks: Collection[int] = ()) -> Layout:
    """Return the block structure of a text given as lines without their ends.

    Follows CommonMark 0.31 with the tables of GitHub's dialect. At each line of `breaks`
    (from 0) all open blocks end, as if the text began anew there. Plain paragraphs, headings,
    flat lists and comments are read without the parser library.
    """
    if not breaks and not _MARKED.search("\n".join(lines)):
        return Layout(lines, tuple(_plain_paragraphs(lines)))
    references: dict[str, object] = {}
    blocks: list[Block] = []
    starts = sorted({0, *breaks})
    for start, end in zip(starts, [*starts[1:], len(lines)], strict=True):
        blocks.extend(_read_stretch(lines[:end], start, references))
    return Layout(lines, tuple(blocks), references)


def _read_stretch(
    lines: tuple[str, ...], start: int, references: dict[str, object]
) -> Iterator[Block]:
    """Yield the blocks of the lines from `start` on, and add the links that they define."""
    from whygate.text.plain_blocks import read_plain_block  # noqa: PLC0415 - few texts need it

    library: BlockLibrary | None = None
    at = start
    while at < len(lines):
        if not lines[at].strip(" \t"):
            at += 1
            continue
        if (block := read_plain_block(lines, at)) is not None:
            yield block
            at = block.end
            continue
        if library is None:
            from whygate.text.block_library import BlockLibrary  # noqa: PLC0415 - slow to import

            library = BlockLibrary(lines, at, references)
        blocks, at = library.read(at)
        yield from blocks


def _plain_paragraphs(lines: tuple[str, ...]) -> Iterator[Block]:
    start: int | None = None
    for number, line in enumerate((*lines, "")):
        if line.strip(" \t"):
            start = number if start is None else start
        elif start is not None:
            text = "\n".join(lines[start:number]).strip(" \t\n")
            yield Block(Kind.PARAGRAPH, start, number, text)
            start = None
