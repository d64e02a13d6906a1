"""What a Markdown text holds: its blocks, their lines, and the words a reader sees of them.

pyromark (pulldown-cmark) reads the text, once, as CommonMark 0.31 with the tables of GitHub's
dialect; nobody else in this house knows that library. Offsets count characters from 0 in
`Layout.source`, lines from 0.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from enum import StrEnum
from itertools import accumulate
from typing import TYPE_CHECKING, NamedTuple

from msgspec import Struct, field

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from pyromark.event import Event, Range

_SURROGATE = re.compile("[\ud800-\udfff]")
# Vertical tabs and form feeds: pulldown-cmark takes them for blanks at the start of a line, where
# CommonMark (2.1) knows only spaces and tabs.
_ODD_SPACE = re.compile("[\x0b\x0c]")
# Each byte of UTF-8 that begins a character as 1, each that continues one as 0.
_BEGINS = bytes(0 if 0x80 <= byte < 0xC0 else 1 for byte in range(256))


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


class Span(NamedTuple):
    """A piece of a paragraph from `start` to `end`: what it is, and the words it shows.

    `what` is "text", "code", "html", "image", "link" where a link begins, "end" where it ends.
    """

    start: int
    end: int
    what: str
    text: str


class Block(Struct, frozen=True):
    """One block; `start` and `end` are its lines, `end` not included.

    `text` is the Markdown inside (paragraph, heading, cell) or the literal text (code, HTML), and
    `offset` where that begins. `level` is 1-6 for headings; `info` a fence's info string, escapes
    resolved; `underlined` marks a setext heading; `closed` is False for a fence that runs on
    because nothing closes it. `spans` and `edges` belong to paragraphs, headings and cells: their
    pieces, and where the content of each line begins and ends; `inside` are the lines, counted
    from the first of the block, that begin inside a code span, a tag or a link's address.
    `source` is the whole text, which the offsets count in.
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
    offset: int = 0
    spans: Sequence[Span] = ()
    edges: Sequence[tuple[int, int]] = ()
    inside: Collection[int] = ()
    source: str = ""

    def walk(self) -> Iterator[Block]:
        """Yield this block and everything in it, in the order of the text."""
        yield self
        if self.children:
            stack = list(reversed(self.children))
            while stack:
                block = stack.pop()
                yield block
                stack.extend(reversed(block.children))


class Layout(Struct, frozen=True):
    """A text as lines and top-level blocks; `starts` are the offsets of the lines."""

    source: str
    lines: tuple[str, ...]
    starts: Sequence[int]
    blocks: tuple[Block, ...]

    def walk(self) -> Iterator[Block]:
        """Yield every block of the text in its order."""
        for block in self.blocks:
            yield from block.walk()

    def line(self, offset: int) -> int:
        """Return the line on which an offset stands."""
        return bisect_right(self.starts, offset) - 1

    def column(self, line: int, offset: int) -> int:
        """Return the column, from 1, of an offset on a line."""
        return offset - self.starts[line] + 1


def split_lines(text: str) -> tuple[str, ...]:
    r"""Return the lines of a text; only \r\n, \n and \r end one (CommonMark section 2.1).

    A byte order mark is dropped and NUL becomes U+FFFD (section 2.3). An empty text has one
    empty line; a line end at the end of the text begins no further line.
    """
    plain = text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "\ufffd")
    return tuple(plain.removeprefix("\ufeff").removesuffix("\n").split("\n"))


def parse_blocks(lines: tuple[str, ...]) -> Layout:
    """Return the block structure of a text given as lines without their ends; never raises."""
    source = "\n".join(lines) + "\n"
    starts = [0, *accumulate(len(line) + 1 for line in lines)]
    return Layout(source, lines, starts, _Reader(source, lines, starts).read())


def _read_events(source: str) -> Iterable[tuple[Event, Range]]:
    """Yield the events of a text: the one place where Markdown is parsed."""
    # 2 to 4 ms, which a commit without any Markdown saves: most of them.
    from pyromark import Options, events_with_range  # noqa: PLC0415

    return events_with_range(source, options=Options.ENABLE_TABLES, merge_text=True)


_BLOCKS = {
    "Paragraph": Kind.PARAGRAPH,
    "Heading": Kind.HEADING,
    "HtmlBlock": Kind.HTML,
    "BlockQuote": Kind.QUOTE,
    "List": Kind.LIST,
    "Item": Kind.ITEM,
    "Table": Kind.TABLE,
    "TableHead": Kind.ROW,
    "TableRow": Kind.ROW,
    "TableCell": Kind.CELL,
}
_DEEPEST = 100  # levels of quotes and lists; what is nested deeper stands on the last of them
_NESTING = frozenset(("BlockQuote", "List", "Item"))
_NESTED = frozenset((Kind.QUOTE, Kind.LIST, Kind.ITEM))
_TEXTUAL = frozenset((Kind.PARAGRAPH, Kind.HEADING, Kind.CELL))
_WHAT = {"Text": "text", "Code": "code", "InlineHtml": "html"}
_LITERAL = frozenset((Kind.FENCE, Kind.CODE, Kind.HTML))


class _Open(Struct):
    """A block while it is read, from `start` to `end` of the source.

    `first` and `last` bound its inline content; `begins` holds where the lines begin that do not
    begin inside a piece, and `fresh` the start of a line whose first piece is still to come. A
    paragraph of a tight list item is `implied`: nothing opens or closes it.
    """

    kind: Kind
    start: int
    end: int
    level: int = 0
    info: str = ""
    implied: bool = False
    children: list[Block] = field(default_factory=list)
    spans: list[Span] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    first: int = -1
    last: int = 0
    begins: list[int] = field(default_factory=list)
    fresh: int = -1


class _Reader:
    """Folds the events of one text into blocks."""

    def __init__(self, source: str, lines: Sequence[str], starts: Sequence[int]) -> None:
        self.source = source
        self.lines = lines
        self.starts = starts
        self.open = [_Open(Kind.ITEM, 0, len(source))]
        self.images = 0
        self.flattened = 0

    def read(self) -> tuple[Block, ...]:
        """Return the blocks at the top level."""
        source = self.source
        offsets: Sequence[int] | None = None
        if _ODD_SPACE.search(source):
            source = _ODD_SPACE.sub("\u00a0", source)
        if not source.isascii():
            source = _SURROGATE.sub("\ufffd", source)
            offsets = list(accumulate(source.encode().translate(_BEGINS), initial=0))
        for event, place in _read_events(source):
            start, end = place["start"], place["end"]
            if offsets is not None:
                start, end = offsets[start], offsets[end]
            if isinstance(event, str):
                if event != "Rule":
                    self._add_break(start, end)
            elif "Start" in event:
                self._start(event["Start"], start, end)
            elif "End" in event:
                self._end(event["End"], start, end)
            else:
                self._add_words(event, start, end)
        self._close_implied()
        return tuple(self.open[0].children)

    def _start(self, tag: object, start: int, end: int) -> None:
        name, detail = tag, None
        if isinstance(tag, dict):
            ((name, detail),) = tag.items()
        if name in ("Strong", "Emphasis"):
            self._inline(start, end)
        elif name in ("Link", "Image"):
            self._add(start, end, "link" if name == "Link" else "image", "")
            self.images += name == "Image"
        else:
            self._close_implied()
            block = _begin(str(name), detail, start, end)
            if block.kind in _NESTED and len(self.open) > _DEEPEST:
                self.flattened += 1
            else:
                self.open.append(block)

    def _end(self, tag: object, start: int, end: int) -> None:
        name = next(iter(tag)) if isinstance(tag, dict) else tag
        if name in ("Strong", "Emphasis"):
            self._inline(start, end)
        elif name == "Link":
            if self.source.startswith("[]", end):  # a collapsed reference (6.3)
                end += 2
            self._add(end, end, "end", "")
        elif name == "Image":
            if self.source.startswith("[]", end):
                end += 2
            self.images -= 1
            self._inline(start, end)
        else:
            self._close_implied()
            if self.flattened and name in _NESTING:
                self.flattened -= 1
            else:
                self._close()

    def _add_words(self, event: Event, start: int, end: int) -> None:
        """Add what a reader sees, and raw HTML."""
        for what, text in event.items() if isinstance(event, dict) else ():
            if what == "Html" or (what == "Text" and self.open[-1].kind in _LITERAL):
                self._take_literal(start, str(text))
            else:
                self._add(start, end, _WHAT[what], str(text))

    def _take_literal(self, start: int, text: str) -> None:
        block = self.open[-1]
        if not block.texts:
            block.first = start
        block.texts.append(text)

    def _add_break(self, start: int, end: int) -> None:
        self._add(start, end, "text", " ")
        self.open[-1].fresh = end

    def _add(self, start: int, end: int, what: str, text: str) -> None:
        block = self._inline(start, end)
        if not self.images:
            block.spans.append(Span(start, end, what, text))

    def _inline(self, start: int, end: int) -> _Open:
        """Return the block that takes an inline piece, and note how far its content reaches."""
        block = self.open[-1]
        if block.kind not in _TEXTUAL:
            block = _Open(Kind.PARAGRAPH, start, end, implied=True)
            self.open.append(block)
        if block.first < 0:
            block.first = self._unescaped(start)
        elif block.fresh >= 0:
            at = start if start >= block.fresh else self._skip_space(block.fresh)
            block.begins.append(self._unescaped(at))
            block.fresh = -1
        block.last = max(block.last, end)
        return block

    def _unescaped(self, offset: int) -> int:
        """Return where a piece begins that may have a backslash in front of it (2.4)."""
        return offset - 1 if offset and self.source[offset - 1] == "\\" else offset

    def _skip_space(self, offset: int) -> int:
        while self.source[offset] in " \t":
            offset += 1
        return offset

    def _close_implied(self) -> None:
        block = self.open[-1]
        if block.implied:
            block.start, block.end = block.first, block.last
            self._close()

    def _close(self) -> None:
        block = self.open.pop()
        self.open[-1].children.append(self._finish(block))

    def _finish(self, block: _Open) -> Block:
        kind = block.kind
        if kind is Kind.CELL:  # the last ones of a short row stand behind its end
            start = self._line(self.open[-1].start)
            return self._finish_textual(block, start, start + 1)
        start = self._line(block.start)
        end = self._line(max(block.end - 1, block.start)) + 1
        if kind in _TEXTUAL:
            return self._finish_textual(block, start, end)
        if block.children or not block.texts:
            closed = kind is not Kind.FENCE or end - start == 2
            return Block(
                kind, start, end, info=block.info, closed=closed, children=tuple(block.children)
            )
        text = "".join(block.texts)
        # The opening and the closing line are not part of what a fence holds.
        closed = kind is not Kind.FENCE or end - start == text.count("\n") + 2
        return Block(kind, start, end, text, info=block.info, closed=closed, offset=block.first)

    def _finish_textual(self, block: _Open, start: int, end: int) -> Block:
        if block.first < 0:
            return Block(block.kind, start, end, level=block.level, offset=block.start)
        edges, inside = self._edges(block)
        text = "\n".join(self.source[begin:end] for begin, end in edges)
        if block.kind is Kind.CELL:
            text = text.replace("\\|", "|")
        return Block(
            block.kind,
            start,
            end,
            text,
            block.level,
            underlined=block.kind is Kind.HEADING and self.source[block.start] != "#",
            offset=block.first,
            spans=block.spans,
            edges=edges,
            inside=inside,
            source=self.source,
        )

    def _edges(self, block: _Open) -> tuple[list[tuple[int, int]], Collection[int]]:
        """Return where the content of each line begins and ends, and which begin inside a piece."""
        source, first, last = self.source, block.first, block.last
        edges: list[tuple[int, int]] = []
        inside: set[int] = set()
        begins = iter(block.begins)
        known = next(begins, None)
        begin = first
        while (newline := source.find("\n", begin, last)) >= 0:
            edges.append((begin, begin + len(source[begin:newline].rstrip(" \t"))))
            begin = newline + 1
            line_end = source.find("\n", begin)
            if known is not None and begin <= known <= line_end:
                begin, known = known, next(begins, None)
            else:
                inside.add(len(edges))
                begin = min(self._skip_space(begin), last)
        edges.append((begin, begin + len(source[begin:last].rstrip(" \t"))))
        return edges, inside

    def _line(self, offset: int) -> int:
        return bisect_right(self.starts, offset) - 1


def _begin(name: str, detail: object, start: int, end: int) -> _Open:
    if name == "CodeBlock":
        if isinstance(detail, dict):
            return _Open(Kind.FENCE, start, end, info=str(detail["Fenced"]).strip())
        return _Open(Kind.CODE, start, end)
    level = int(detail["level"][1]) if name == "Heading" and isinstance(detail, dict) else 0
    return _Open(_BLOCKS[name], start, end, level)
