"""What a Markdown text holds: its blocks, their lines, and the words a reader sees of them.

pyromark (pulldown-cmark) reads the text, once, as CommonMark 0.31 with the tables of GitHub's
dialect; nobody else in this house knows that library. Offsets count characters from 0 in
`Layout.source`, lines from 0.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from functools import cache, partial
from itertools import accumulate
from typing import TYPE_CHECKING, Any, Literal

from msgspec import Struct, field

from whygate.text.patterns import later

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Sequence

    from pyromark.event import Event, Range

_SURROGATE = later("[\ud800-\udfff]")
# Vertical tabs and form feeds: pulldown-cmark takes them for blanks at the start of a line, where
# CommonMark (2.1) knows only spaces and tabs.
_ODD_SPACE = re.compile("[\x0b\x0c]")
# Each byte of UTF-8 that begins a character as 1, each that continues one as 0.
_BEGINS = bytes(0 if 0x80 <= byte < 0xC0 else 1 for byte in range(256))


# What a block is. A plain string: Python 3.11 takes ten times as long for the member of an enum.
Kind = Literal[
    "paragraph", "heading", "fence", "code", "html", "quote", "list", "item", "table", "row", "cell"
]

# A piece of a paragraph: where it begins and ends, what it is, and the words it shows. It is
# "text", "code", "html", "image", "link" where a link begins, or "end" where one ends.
Span = tuple[int, int, str, str]


# No value here refers back to what holds it, so the collector of cycles need not look at it.
class Block(Struct, frozen=True, gc=False):
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
    """A text as lines and top-level blocks; `starts` are the offsets of the lines.

    `covering` are the blocks that may hide a label, at any depth and in the order of the text:
    code, quotes, and what holds raw HTML. `wraps` tells that a paragraph in a list has more lines
    than one.
    """

    source: str
    lines: tuple[str, ...]
    starts: Sequence[int]
    blocks: tuple[Block, ...]
    covering: tuple[Block, ...]
    wraps: bool

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
    reader = _Reader(source, starts)
    blocks = reader.read()
    covering = sorted(reader.covering, key=lambda b: (b.start, -b.end, b.kind != "quote"))
    return Layout(source, lines, starts, blocks, tuple(covering), reader.wraps)


def _read_events(source: str) -> Iterable[tuple[Event, Range]]:
    """Yield the events of a text: the one place where Markdown is parsed."""
    return _parser(has_tables="|" in source and _lacking_cells(source) <= _MOST_LACKING)(source)


@cache
def _parser(*, has_tables: bool) -> Callable[[str], Iterable[tuple[Event, Range]]]:
    # 2 to 4 ms, which a commit without any Markdown saves: most of them.
    from pyromark import Options, events_with_range  # noqa: PLC0415

    options = Options.ENABLE_TABLES if has_tables else Options(0)
    return partial(events_with_range, options=options, merge_text=True)


# Cells that stand in no row and are drawn empty (GFM 4.10). Lines below a wide head can lack four
# times as many as a text has letters; where that many are lacking, no table is read.
_MOST_LACKING = 20_000
_DELIMITERS = " \t>|:-.)*0123456789+"


def _lacking_cells(source: str) -> int:
    """Return how many cells its tables may lack at most: pipes that a line has less than a head."""
    lacking = width = 0
    for line in source.split("\n"):
        if not line or line.isspace():
            width = 0
            continue
        pipes = line.count("|")
        if pipes >= max(width, 1) and "-" in line and not line.strip(_DELIMITERS):
            width = pipes + 1
        elif width > pipes:
            lacking += width - pipes
    return lacking


_BLOCKS: dict[object, Kind] = {
    "Paragraph": "paragraph",
    "Heading": "heading",
    "HtmlBlock": "html",
    "BlockQuote": "quote",
    "List": "list",
    "Item": "item",
    "Table": "table",
    "TableHead": "row",
    "TableRow": "row",
    "TableCell": "cell",
    "CodeBlock": "fence",
}
_DEEPEST = 100  # levels of quotes and lists; what is nested deeper stands on the last of them
_NESTED = frozenset(("quote", "list", "item"))
_TEXTUAL = frozenset(("paragraph", "heading", "cell"))
_WHAT = {"Code": "code", "InlineHtml": "html", "Link": "link", "Image": "image"}
_LITERAL = frozenset(("fence", "code", "html"))


class _Open(Struct, gc=False):
    """A block while it is read, from `start` to `end` of the source.

    `items` are its children, its spans or its text, by its kind. `first` and `last` bound its
    inline content; `begins` holds where the lines begin that do not begin inside a piece, and
    `fresh` the start of a line whose first piece is still to come. A paragraph of a tight list
    item is `implied`: nothing opens or closes it.
    """

    kind: Kind
    start: int
    end: int
    items: list[Any]
    level: int = 0
    info: str = ""
    implied: bool = False
    first: int = -1
    last: int = 0
    begins: list[int] = field(default_factory=list)
    fresh: int = -1


class _Reader:
    """Folds the events of one text into blocks."""

    def __init__(self, source: str, starts: Sequence[int]) -> None:
        self.source = source
        self.starts = starts
        self.open = [_Open("item", 0, len(source), [])]
        self.covering: list[Block] = []
        self.wraps = False
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
        opened = self.open
        for event, place in _read_events(source):
            start, end = place["start"], place["end"]
            if offsets is not None:
                start, end = offsets[start], offsets[end]
            if event.__class__ is str:
                if event != "Rule":
                    self._add(start, end, "text", " ")
                    opened[-1].fresh = end
                continue
            name, value = event.popitem()  # type: ignore[union-attr]
            if name == "Start":
                self._start(value, start, end)
            elif name == "End":
                self._end(value, start, end)
            elif (block := opened[-1]).kind in _LITERAL:
                block.first = start if block.first < 0 else block.first
                block.items.append(value)
            else:
                self._add(start, end, _WHAT.get(name, "text"), value)
        self._close_implied()
        return tuple(opened[0].items)

    def _start(self, tag: Any, start: int, end: int) -> None:
        detail: Any = None
        name = tag
        if tag.__class__ is not str:
            name, detail = tag.popitem()
        kind = _BLOCKS.get(name)
        if kind is not None:
            opened = self.open
            if opened[-1].implied:
                self._close_implied()
            if len(opened) > _DEEPEST and kind in _NESTED:
                self.flattened += 1
                return
            block = _Open(kind, start, end, [])
            opened.append(block)
            if kind == "heading":
                block.level = int(detail["level"][1])
            elif kind == "fence":
                block.kind, block.info = _code(detail)
        elif name in ("Link", "Image"):
            self._add(start, end, _WHAT[name], "")
            self.images += name == "Image"
        else:
            self._reach(start, end)

    def _end(self, tag: Any, start: int, end: int) -> None:
        name = tag if tag.__class__ is str else next(iter(tag))
        kind = _BLOCKS.get(name)
        if kind is not None:
            if self.open[-1].implied:
                self._close_implied()
            if self.flattened and kind in _NESTED:
                self.flattened -= 1
            else:
                self._close()
        elif name in ("Link", "Image"):
            if self.source.startswith("[]", end):  # a collapsed reference (6.3)
                end += 2
            if name == "Link":
                self._add(end, end, "end", "")
            else:
                self.images -= 1
                self._reach(start, end)
        else:
            self._reach(start, end)

    def _add(self, start: int, end: int, what: str, text: str) -> None:
        """Add a piece of a paragraph."""
        block = self.open[-1]
        if block.fresh >= 0 or block.first < 0:
            block = self._reach(start, end)
        elif end > block.last:
            block.last = end
        if not self.images:
            block.items.append((start, end, what, text))

    def _reach(self, start: int, end: int) -> _Open:
        """Return the block that takes an inline piece, and note how far its content reaches."""
        block = self.open[-1]
        if block.kind not in _TEXTUAL:
            block = _Open("paragraph", start, end, [], implied=True)
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
        kind, parent, starts = block.kind, self.open[-1], self.starts
        start = bisect_right(starts, block.start) - 1
        end = bisect_right(starts, block.end - 1 if block.end > block.start else block.start)
        if kind in _TEXTUAL:
            if kind == "cell":  # the last ones of a short row stand behind its end
                start = bisect_right(starts, parent.start) - 1
                end = start + 1
            done = self._textual(block, start, end)
        elif kind in _LITERAL:
            text = "".join(block.items)
            # The opening and the closing line are not part of what a fence holds.
            closed = kind != "fence" or end - start == text.count("\n") + 2
            done = Block(kind, start, end, text, 0, block.info, False, closed, (), block.first)
            self.covering.append(done)
        else:
            items = tuple(block.items)
            done = Block(kind, start, end, "", 0, "", False, True, items)
            if kind == "quote":
                self.covering.append(done)
        parent.items.append(done)

    def _textual(self, block: _Open, start: int, end: int) -> Block:
        kind, first = block.kind, block.first
        if first < 0:
            return Block(kind, start, end, level=block.level, offset=block.start)
        inside: Collection[int] = ()
        text = self.source[first : block.last]
        if "\n" not in text:
            text = text.rstrip(" \t")
            edges = [(first, first + len(text))]
        else:
            edges, inside = self._edges(block)
            text = "\n".join([self.source[begin:stop] for begin, stop in edges])
            self.wraps = self.wraps or len(self.open) > 1
        if kind == "cell":
            text = text.replace("\\|", "|")
        underlined = kind == "heading" and self.source[block.start] != "#"
        done = Block(
            kind, start, end, text, block.level, "", underlined, True, (),
            first, block.items, edges, inside, self.source,
        )  # fmt: skip
        if "<!--" in text and kind == "paragraph":
            self.covering.append(done)
        return done

    def _edges(self, block: _Open) -> tuple[list[tuple[int, int]], Collection[int]]:
        """Return where the content of each line begins and ends, and which begin inside a piece."""
        source, last = self.source, block.last
        edges: list[tuple[int, int]] = []
        inside: set[int] = set()
        begins = iter(block.begins)
        known = next(begins, None)
        begin = block.first
        while (newline := source.find("\n", begin, last)) >= 0:
            edges.append((begin, begin + len(source[begin:newline].rstrip(" \t"))))
            begin = newline + 1
            if known is not None and begin <= known <= source.find("\n", begin):
                begin, known = known, next(begins, None)
            else:
                inside.add(len(edges))
                begin = min(self._skip_space(begin), last)
        edges.append((begin, begin + len(source[begin:last].rstrip(" \t"))))
        return edges, inside


def _code(detail: object) -> tuple[Kind, str]:
    """Return what a code block is, and its info string."""
    if isinstance(detail, dict):
        return "fence", str(detail["Fenced"]).strip()
    return "code", ""
