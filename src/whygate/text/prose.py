"""Turn Markdown into the prose a reader sees, and count what was set aside."""

from __future__ import annotations

import re

from msgspec import Struct, field

from whygate.model import Prose
from whygate.text.content import visible
from whygate.text.inline import InlineReader, Run, render_html
from whygate.text.layout import Block, Kind, parse_blocks, split_lines
from whygate.text.visibility import read_visibility

_WORD = re.compile("[A-Za-z0-9]")
# A task box of GitHub's dialect (GFM 5.3), at the start of a list item's first paragraph.
_TASK_BOX = re.compile(r"\[([ xX])\](?:[ \t\n]+|$)")


def render_prose(markdown: str) -> Prose:
    """Return a piece of Markdown as a reader sees it (`Prose` says what is set aside).

    Lines of a paragraph are joined by a space, blocks and list items by a line feed. Headings
    are signposts, not content, and are left out; so are list markers without text. A comment
    or fence that is never closed hides the rest. Raises nothing; linear in the length.
    """
    layout = parse_blocks(split_lines(markdown))
    builder = ProseBuilder(InlineReader(layout.references))
    for block, cover in read_visibility(layout.blocks):
        if cover != "comment":
            builder.add_block(block)
    return builder.build()


class Passage(Struct, eq=False):
    """Pieces of one text, and the prose they make, which is rendered when it is first asked for.

    Most sections of a text answer nothing, and of them only the label is looked at. A piece is a
    block, or the Markdown of a paragraph or of a part of one.
    """

    reader: InlineReader
    pieces: list[str | Block] = field(default_factory=list)
    rendered: Prose | None = None

    @property
    def prose(self) -> Prose:
        """Return the pieces as a reader sees them."""
        if self.rendered is None:
            self.rendered = self._render()
        return self.rendered

    @property
    def shows_text(self) -> bool:
        """Tell whether a reader sees any words; most pieces tell it unrendered."""
        if self.rendered is None and any(map(_begins_with_word, self.pieces)):
            return True
        return self.prose.text != ""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Passage) and self.prose == other.prose

    def __hash__(self) -> int:
        return hash(self.prose)

    def _render(self) -> Prose:
        builder = ProseBuilder(self.reader)
        for piece in self.pieces:
            if isinstance(piece, str):
                builder.add_inline(piece)
            else:
                builder.add_block(piece)
        return builder.build()


def _begins_with_word(piece: str | Block) -> bool:
    """Tell whether a piece is a paragraph, or holds one first, that begins with plain text."""
    while not isinstance(piece, str):
        if piece.kind is Kind.PARAGRAPH:
            return _WORD.match(piece.text) is not None
        if not piece.children:
            return False
        piece = piece.children[0]
    return _WORD.match(piece) is not None


def split_task_box(item: str) -> tuple[str, str]:
    """Return the mark in an item's task box and the text behind it; ("", item) without one.

    `item` is the Markdown of a list item's first paragraph; the mark is " " or "x".
    """
    found = _TASK_BOX.match(item)
    return (found[1].lower(), item[found.end() :]) if found else ("", item)


class ProseBuilder(Struct):
    """Gathers blocks and pieces of paragraphs into one `Prose`.

    `reader` is the one of the text that the pieces come from.
    """

    reader: InlineReader
    lines: list[str] = field(default_factory=list)
    unlinked: list[str] = field(default_factory=list)
    images: int = 0
    links: int = 0
    ticked: int = 0
    unticked: int = 0
    fences: int = 0

    def add_inline(self, markdown: str) -> None:
        """Add the Markdown of a paragraph or of a part of one."""
        if markdown:
            self._add_run(self.reader.render(markdown))

    def add_block(self, block: Block) -> None:
        """Add everything that is visible in a block."""
        match block.kind:
            case Kind.PARAGRAPH:
                self.add_inline(block.text)
            case Kind.CODE:
                self._add_run(Run(block.text, block.text))
            case Kind.HTML:
                self._add_run(render_html(block.text))
            case Kind.FENCE:
                self.fences += 1
            case Kind.ITEM:
                self._add_item(block)
            case Kind.ROW:
                self._add_row(block)
            case _:
                for child in block.children:
                    self.add_block(child)

    def build(self) -> Prose:
        """Return what has been gathered."""
        text = visible("\n".join(self.lines))
        same = self.unlinked == self.lines
        return Prose(
            text=text,
            unlinked=text if same else visible("\n".join(self.unlinked)),
            images=self.images,
            links=self.links,
            ticked=self.ticked,
            unticked=self.unticked,
            fences=self.fences,
        )

    def _add_run(self, run: Run) -> None:
        self.lines.append(run.text)
        self.unlinked.append(run.unlinked)
        self.images += run.images
        self.links += run.links

    def _add_row(self, row: Block) -> None:
        runs = [self.reader.render(cell.text) for cell in row.children if cell.text]
        text, unlinked = " ".join(r.text for r in runs), " ".join(r.unlinked for r in runs)
        images, links = sum(r.images for r in runs), sum(r.links for r in runs)
        self._add_run(Run(text, unlinked, images, links))

    def _add_item(self, item: Block) -> None:
        """Add a list item; what stands behind an unticked box is an offer, not an answer."""
        rest = item.children
        if rest and rest[0].kind is Kind.PARAGRAPH:
            mark, text = split_task_box(rest[0].text)
            self.ticked += mark == "x"
            self.unticked += mark == " "
            if mark != " ":
                self.add_inline(text)
            rest = rest[1:]
        for child in rest:
            self.add_block(child)
