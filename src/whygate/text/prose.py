"""What a reader sees of a piece of Markdown, and what is set aside: links, images, boxes, code.

Raw HTML shows its text and hides its tags and comments; what stands behind an unticked box is an
offer, not an answer.
"""

from __future__ import annotations

import re
import sys
from bisect import bisect_left
from typing import TYPE_CHECKING, Literal, NamedTuple

from msgspec import Struct, field
from msgspec.structs import replace

from whygate.model import Prose
from whygate.text.content import is_placeholder, visible
from whygate.text.markup import Block, parse_blocks, split_lines
from whygate.text.patterns import later

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from whygate.text.markup import Span

Cover = Literal["comment", "details"]

# What makes a text more than paragraphs of words: a line that may open another block, a pipe, or
# a sign inside a line. `_` inside a word and `<` before a space are words.
_MARKED = later(
    r"^(?: {0,3}\t| {4}| {0,3}(?:[#>*+\-=~`<\[_:]|\d{1,9}[.)]))"
    r"|[|`*\\\[\r\0\ufeff]|<[A-Za-z/!?]|&[#A-Za-z]|(?:^|\W)_|_(?:\W|$)",
    re.MULTILINE,
)
_URL = later(r"(?<![A-Za-z0-9])(?:[A-Za-z][A-Za-z0-9+.-]{1,15}://|www\.(?=[A-Za-z0-9]))[!-;=?-~]+")
_NEW_LINE = later(
    r"/?(?:address|article|blockquote|br|d[dltr]|details|div|figure|h[1-6r]|li|[ou]l|p|pre"
    r"|section|summary|t[dhr]|table|tbody|thead)"
)
_WORD = re.compile("[A-Za-z0-9]")
# A task box of GitHub's dialect (GFM 5.3), at the start of a list item's first paragraph.
_TASK_BOX = later(r"\[([ xX])\](?:[ \t\n]+|$)")
_NAME = later(r"<(/?[A-Za-z][A-Za-z0-9-]*)")
_TAG = later(r"</?[A-Za-z][^<>]*>")
_OPENER = re.compile("<[!?]")
_HIDDEN = (("<!--", "-->"), ("<![CDATA[", "]]>"), ("<?", "?>"), ("<!", ">"))
_ESCAPE = later(r"\\([!-/:-@\[-`{-~])")
_CODE_SPAN = later("`[^`]*`")
# What opens a comment, and what opens or closes folded details.
_FOLDING = later(r"<[!?]|<(/?)details(?![A-Za-z0-9-])[^<>]*>", re.IGNORECASE | re.ASCII)


def render_prose(markdown: str) -> Prose:
    """Return a piece of Markdown as a reader sees it (`Prose` says what is set aside).

    Lines of a paragraph are joined by a space, blocks and list items by a line feed. Headings
    are signposts, not content, and are left out; so are list markers without text. A comment
    or fence that is never closed hides the rest. Raises nothing; linear in the length.
    """
    if not _MARKED.search(markdown):
        return plain_prose("\n".join(_plain_paragraphs(markdown)))
    writer = _Writer()
    for block, cover in read_visibility(parse_blocks(split_lines(markdown)).blocks):
        if cover != "comment":
            writer.add_block(block)
    return writer.prose()


def join_prose(parts: Iterable[Prose]) -> Prose:
    """Return pieces of prose as one, each on lines of its own."""
    joined = tuple(parts)
    return Prose(
        text="\n".join(prose.text for prose in joined if prose.text),
        unlinked="\n".join(prose.unlinked for prose in joined if prose.unlinked),
        images=sum(prose.images for prose in joined),
        links=sum(prose.links for prose in joined),
        ticked=sum(prose.ticked for prose in joined),
        unticked=sum(prose.unticked for prose in joined),
        fences=sum(prose.fences for prose in joined),
        quotes=sum(prose.quotes for prose in joined),
    )


def plain_prose(words: str) -> Prose:
    """Return words without any Markdown as prose."""
    unlinked, links = drop_urls(words)
    text = visible(words)
    return Prose(text, visible(unlinked) if links else text, links=links)


def drop_urls(text: str) -> tuple[str, int]:
    """Return a text without its bare URLs (`https://...`, `www...`), and how many there were."""
    if "://" not in text and "www." not in text:
        return text, 0
    return _URL.subn(" ", text)


def _plain_paragraphs(text: str) -> Iterator[str]:
    """Yield each paragraph of a text without Markdown on one line."""
    lines: list[str] = []
    for line in (*text.split("\n"), ""):
        if line.strip(" \t"):
            lines.append(line)
        elif lines:
            yield " ".join(lines)
            lines = []


def heading_words(block: Block) -> str:
    """Return the words of a heading, its images and tags left out."""
    writer = _Writer()
    if block.edges:
        writer.add_paragraph(block, block.offset, block.edges[-1][1])
    return "".join(writer.words)


class Slice(NamedTuple):
    """A part of a paragraph: what stands from `start` to `end` of the source."""

    block: Block
    start: int
    end: int


class Passage(Struct, eq=False, gc=False):
    """Pieces of one text, and the prose they make, put together when somebody asks for it.

    Most sections of a text answer nothing, and of them only the label is looked at.
    """

    pieces: list[Slice | Block] = field(default_factory=list)
    known: Prose | None = None

    @property
    def prose(self) -> Prose:
        """Return the pieces as a reader sees them."""
        if self.known is None:
            self.known = self.without(())
        return self.known

    def without(self, lines: Collection[int]) -> Prose:
        """Return the prose that is left when some lines of the text, from 0, are taken out."""
        writer = _Writer(lines)
        for piece in self.pieces:
            if isinstance(piece, Slice):
                writer.add_paragraph(piece.block, piece.start, piece.end)
            else:
                writer.add_block(piece)
        return writer.prose()

    def by_line(self) -> dict[int, Slice]:
        """Return what of a paragraph stands on each line of the text, from 0."""
        found: dict[int, Slice] = {}
        for piece in self.pieces:
            start, end = (piece.start, piece.end) if isinstance(piece, Slice) else (0, sys.maxsize)
            for block in (piece.block,) if isinstance(piece, Slice) else piece.walk():
                if block.kind == "paragraph":
                    for line, begin, stop in _lines_between(block, start, end):
                        found.setdefault(line, Slice(block, max(begin, start), stop))
        return found

    @property
    def shows_text(self) -> bool:
        """Tell whether a reader sees any words; most pieces tell it at a glance."""
        if self.known is None and any(map(_begins_with_word, self.pieces)):
            return True
        return self.prose.text != ""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Passage) and self.prose == other.prose

    def __hash__(self) -> int:
        return hash(self.prose)


def _lines_between(block: Block, start: int, end: int) -> Iterator[tuple[int, int, int]]:
    """Yield the lines of a paragraph between two offsets, each with where it begins and ends."""
    first = max(0, bisect_left(block.edges, (start,)) - 1)
    for at in range(first, len(block.edges)):
        begin, stop = block.edges[at]
        if begin >= end:
            break
        if stop > start:
            yield block.start + at, begin, stop


def _begins_with_word(piece: Slice | Block) -> bool:
    """Tell whether a piece is a paragraph, or holds one first, that begins with plain text."""
    if isinstance(piece, Slice):
        return piece.start == piece.block.offset and _begins_with_word(piece.block)
    while piece.children and piece.kind not in ("quote", "table"):
        piece = piece.children[0]
    return piece.kind == "paragraph" and _WORD.match(piece.text) is not None


def split_task_box(item: str) -> tuple[str, str]:
    """Return the mark in an item's task box and the text behind it; ("", item) without one.

    `item` is the Markdown of a list item's first paragraph; the mark is " " or "x".
    """
    found = _TASK_BOX.match(item) if item.startswith("[") else None
    return (found[1].lower(), item[found.end() :]) if found else ("", item)


class _Writer(Struct, gc=False):
    """Gathers the words of blocks; `left_out` are lines, from 0, that nobody is to see."""

    left_out: Collection[int] = ()
    words: list[str] = field(default_factory=list)
    unlinked: list[str] = field(default_factory=list)
    images: int = 0
    links: int = 0
    ticked: int = 0
    unticked: int = 0
    fences: int = 0
    quotes: int = 0
    depth: int = 0

    def prose(self) -> Prose:
        """Return what has been gathered."""
        words, unlinked = "".join(self.words), "".join(self.unlinked)
        bare, urls = drop_urls(unlinked)
        text = visible(words)
        return Prose(
            text=text,
            unlinked=text if bare == words else visible(bare),
            images=self.images,
            links=self.links + urls,
            ticked=self.ticked,
            unticked=self.unticked,
            fences=self.fences,
            quotes=self.quotes,
        )

    def add_block(self, block: Block) -> None:
        """Add everything that is visible in a block."""
        match block.kind:
            case "paragraph":
                self.add_paragraph(block, block.offset, block.edges[-1][1])
            case "item":
                self._add_item(block)
            case "fence":
                self.fences += 1
            case "quote":
                self.quotes += 1
            case "table":
                self._add_table(block)
            case "row":
                self._add_row(block)
            case "code" | "html":
                self._add_literal(block)
            case _:
                for child in block.children:
                    self.add_block(child)

    def add_paragraph(self, block: Block, start: int, end: int) -> None:
        """Add what a paragraph shows from one offset to another."""
        if not self.left_out:
            self._add_spans(block, start, end)
        else:
            for line, begin, stop in _lines_between(block, start, end):
                if line not in self.left_out:
                    self._add_spans(block, max(begin, start), min(stop, end))
                    self._add(" ")
        self._end_line()

    def _add_item(self, item: Block) -> None:
        """Add a list item; what stands behind an unticked box is an offer, not an answer."""
        rest = item.children
        if rest and rest[0].kind == "paragraph" and rest[0].start not in self.left_out:
            first, rest = rest[0], rest[1:]
            box = _TASK_BOX.match(first.text) if first.text.startswith("[") else None
            if box is None:
                self.add_block(first)
            else:
                self.ticked += box[1] != " "
                self.unticked += box[1] == " "
                if box[1] != " ":
                    self.add_paragraph(first, first.offset + 3, first.edges[-1][1])
        for child in rest:
            self.add_block(child)

    def _add_table(self, table: Block) -> None:
        """Add a table; a head without a filled row below it is a form that nobody filled in."""
        rows = [row for row in table.children[1:] if any(map(_is_filled_in, row.children))]
        for row in (table.children[0], *rows) if rows else ():
            self.add_block(row)

    def _add_row(self, row: Block) -> None:
        if row.start in self.left_out:
            return
        for cell in row.children:
            if cell.edges:
                self._add_spans(cell, cell.offset, cell.edges[-1][1])
                self.depth = 0
                self._add(" ")
        self._end_line()

    def _add_literal(self, block: Block) -> None:
        """Add the text of code or of raw HTML."""
        text = block.text
        if self.left_out:
            lines = enumerate(text.split("\n"), block.start)
            text = "\n".join(line for at, line in lines if at not in self.left_out)
        if block.kind == "code":
            self._add(text)
        else:
            for piece in scan_html(text):
                self._add_html(piece)
        self._end_line()

    def _add_spans(self, block: Block, start: int, end: int) -> None:
        spans = block.spans
        at = bisect_left(spans, (start,)) if start > block.offset else 0
        if at and spans[at - 1][1] > start and spans[at - 1][2] == "text":
            at -= 1
        for index in range(at, len(spans)):
            begin, stop, what, text = spans[index]
            if begin >= end:
                break
            if what == "text" and (begin < start or stop > end):
                text = _cut(spans[index], start, end, block.source)
            if what in ("text", "code"):
                self._add(text)
            else:
                self._add_mark(what, text)

    def _add_mark(self, what: str, text: str) -> None:
        if what == "html":
            for piece in scan_html(text):
                self._add_html(piece)
        elif what == "link":
            self._open_link()
        elif what == "end":
            self.depth = max(0, self.depth - 1)
        else:
            self.images += 1

    def _add(self, text: str) -> None:
        self.words.append(text)
        if not self.depth:
            self.unlinked.append(text)

    def _add_html(self, piece: Piece) -> None:
        if piece.markup == "text":
            self._add(_decode(piece.text))
            return
        name = piece.tag
        if name == "img":
            self.images += 1
        elif name == "a":
            self._open_link()
        elif name == "/a":
            self.depth = max(0, self.depth - 1)
        elif _NEW_LINE.fullmatch(name):
            self._add("\n")

    def _open_link(self) -> None:
        self.links += 1
        self.depth += 1
        self.unlinked.append(" ")

    def _end_line(self) -> None:
        """End a line of the prose; a link of raw HTML that nothing closes ends with it."""
        self.depth = 0
        self._add("\n")


def _is_filled_in(cell: Block) -> bool:
    return cell.text != "" and not is_placeholder(cell.text)


def _decode(text: str) -> str:
    """Return a text with its entities decoded; the parser has done so for Markdown's own."""
    if "&" not in text:
        return text
    from html import unescape  # noqa: PLC0415 - its table takes 2 ms to load, and is rarely needed

    return unescape(text)


def _cut(span: Span, start: int, end: int, source: str) -> str:
    """Return the part of a text between two offsets of the source."""
    begin, stop, _, text = span
    skipped = len(_unescape(source[begin : max(start, begin)]))
    rest = len(_unescape(source[min(end, stop) : stop]))
    return text[skipped : len(text) - rest]


def _unescape(markdown: str) -> str:
    """Return a text with its backslashes (2.4) and entities (2.5) resolved."""
    if "\\" in markdown:
        markdown = _ESCAPE.sub(r"\1", markdown)
    return _decode(markdown)


def read_visibility(blocks: Iterable[Block]) -> Iterator[tuple[Block, Cover | None]]:
    """Yield each top-level block with what covers it: a comment, folded details, or None.

    CommonMark ends raw HTML such as `<div>` at a blank line, but the browser that reads the
    output takes a comment opened there to the next `-->` of raw HTML, or to the end. What
    follows such a `-->` is yielded as a block of its own text.
    """
    commented = False
    depth = 0
    for block in blocks:
        if not (commented or depth or "<" in block.text):
            yield block, None
            continue
        shown = block
        if commented:
            if block.kind != "html" or "-->" not in block.text:
                yield block, "comment"
                continue
            shown = replace(block, text=block.text.partition("-->")[2])
        commented = has_unclosed_comment(shown)
        folded = depth > 0
        depth = _depth_after(shown, depth)
        yield shown, "details" if folded or (shown.kind == "html" and depth) else None


def has_unclosed_comment(block: Block) -> bool:
    """Tell whether a block is raw HTML with a comment that runs past its end."""
    if block.kind != "html" or "<!" not in block.text:
        return False
    return any(piece.markup == "unclosed" for piece in scan_comments(block.text))


def _depth_after(block: Block, depth: int) -> int:
    """Return how many `<details>` are open behind a block."""
    if block.kind not in ("html", "paragraph") or "details" not in block.text.lower():
        return depth
    html = block.text if block.kind == "html" else _CODE_SPAN.sub("", block.text)
    position = 0
    while found := _FOLDING.search(html, position):
        position = found.end()
        if found[1] is None:
            position = _piece_at(html, found.start()).end
        else:
            depth = max(0, depth - 1) if found[1] else depth + 1
    return depth


# What one piece of HTML is.
Markup = Literal["text", "tag", "comment", "unclosed"]


class Piece(Struct, frozen=True):
    """One piece of HTML as written, and its offset in the source."""

    markup: Markup
    text: str
    start: int

    @property
    def end(self) -> int:
        """Return the offset behind the piece."""
        return self.start + len(self.text)

    @property
    def tag(self) -> str:
        """Return the tag's name in lower case, `/name` for a closing tag, "" otherwise."""
        found = _NAME.match(self.text) if self.markup == "tag" else None
        return found[1].lower() if found else ""


def scan_html(source: str) -> Iterator[Piece]:
    """Yield the pieces of an HTML text in order; together they are the whole text.

    Comments, CDATA sections, declarations and processing instructions all come as comments,
    for none is shown (CommonMark 6.6); one that is never closed runs to the end.
    Linear in the length of the text.
    """
    position = 0
    while (opening := source.find("<", position)) >= 0:
        if opening > position:
            yield Piece("text", source[position:opening], position)
        piece = _piece_at(source, opening)
        yield piece
        position = piece.end
    if position < len(source):
        yield Piece("text", source[position:], position)


def scan_comments(source: str) -> Iterator[Piece]:
    """Yield the pieces of an HTML text that come as comments; they hide what is inside of them."""
    position = 0
    while opener := _OPENER.search(source, position):
        piece = _piece_at(source, opener.start())
        yield piece
        position = piece.end


def _piece_at(source: str, start: int) -> Piece:
    for opener, closer in _HIDDEN if source.startswith(("<!", "<?"), start) else ():
        if source.startswith(opener, start):
            # `<!-->` and `<!--->` are whole comments, so the closer may overlap the opener
            overlap = 2 if opener == "<!--" else len(opener)
            end = source.find(closer, start + overlap)
            if end < 0:
                return Piece("unclosed", source[start:], start)
            return Piece("comment", source[start : end + len(closer)], start)
    tag = _TAG.match(source, start)
    return Piece("tag", tag[0], start) if tag else Piece("text", "<", start)
