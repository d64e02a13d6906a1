"""Turn the content of a section into its labelled values."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct, field

from whygate.text.document import LABEL_LEVEL, Entry
from whygate.text.labels import display_label, normalise_label
from whygate.text.layout import Block, Kind, Layout
from whygate.text.marks import Fragment, Mark, Vocabulary, split_paragraph
from whygate.text.prose import Passage, split_task_box
from whygate.text.tables import read_table

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from whygate.text.inline import InlineReader


class Aside(Struct, frozen=True):
    """A block whose words count but whose labels do not: a quote, raw HTML, folded details."""

    block: Block


Content = Fragment | Block | Aside


class _Draft(Struct):
    """An entry whose value is still being gathered."""

    mark: Mark
    passage: Passage
    raw: list[str] = field(default_factory=list)

    def add_text(self, text: str) -> None:
        if text:
            self.raw.append(text)
            self.passage.pieces.append(text)

    def add_block(self, block: Block, lines: Sequence[str]) -> None:
        self.raw.append("\n".join(lines[block.start : block.end]))
        self.passage.pieces.append(block)

    def entry(self) -> Entry:
        mark = self.mark
        raw = "\n".join(self.raw).strip(" \t\n")
        return Entry(mark.label, mark.key, raw, self.passage, mark.line, mark.column)


class EntryReader(Struct):
    """Reads the labelled values of one text; `rows` counts the table rows read as items."""

    layout: Layout
    vocabulary: Vocabulary
    inline: InlineReader
    rows: int = 0

    def read(self, contents: Iterable[Content]) -> tuple[Entry, ...]:
        """Return the entries of a section's content, in the order of their labels.

        A value on the line of its label ends with its paragraph or list item. A label alone
        on its line takes what follows, up to the next label or heading; a heading takes
        everything up to the next one of its level.
        """
        entries: list[Entry | _Draft] = []
        headings: list[_Draft] = []
        waiting: list[_Draft] = []
        for content in contents:
            mark = content.mark if isinstance(content, Fragment) else None
            if mark is not None and mark.level < LABEL_LEVEL:
                headings = [h for h in headings if h.mark.level < mark.level]
                waiting = []
            self._add(content, headings if mark is not None else headings + waiting)
            if isinstance(content, Fragment) and mark is not None:
                draft = self._draft(content, mark)
                entries.append(draft)
                if mark.level < LABEL_LEVEL:
                    headings.append(draft)
                else:
                    waiting = [] if draft.raw else [draft]
            elif isinstance(content, Block):
                entries.extend(self._in_block(content))
        return tuple(e.entry() if isinstance(e, _Draft) else e for e in entries)

    def _draft(self, fragment: Fragment, mark: Mark) -> _Draft:
        draft = _Draft(mark, Passage(self.inline))
        draft.add_text(fragment.text)
        return draft

    def _add(self, content: Content, drafts: Iterable[_Draft]) -> None:
        for draft in drafts:
            if isinstance(content, Fragment):
                draft.add_text(content.source)
            else:
                block = content.block if isinstance(content, Aside) else content
                draft.add_block(block, self.layout.lines)

    def _in_block(self, block: Block) -> Iterator[Entry | _Draft]:
        if block.kind is Kind.TABLE:
            yield from self._in_table(block)
        elif block.kind is Kind.LIST:
            for item in block.children:
                yield from self._in_item(item.children)

    def _in_item(self, blocks: Sequence[Block]) -> Iterator[Entry | _Draft]:
        """Yield the entries of a list item and of the lists in it, outer ones first."""
        drafts: list[_Draft] = []
        if blocks and blocks[0].kind is Kind.PARAGRAPH:
            drafts = self._in_first_paragraph(blocks[0])
            blocks = blocks[1:]
        last = drafts[-1:]
        takes_all = bool(last) and not last[0].raw
        nested: list[Entry | _Draft] = []
        for block in blocks:
            inner = list(self._in_block(block))
            if takes_all or not inner:
                self._add(block, last)
            nested.extend(inner)
        yield from drafts
        yield from nested

    def _in_first_paragraph(self, block: Block) -> list[_Draft]:
        box, text = split_task_box(block.text)
        if box == " ":
            return []
        lines = self.layout.lines[block.start : block.end]
        fragments = split_paragraph(text, lines, block.start + 1, self.vocabulary, in_item=True)
        return [self._draft(f, f.mark) for f in fragments if f.mark is not None]

    def _in_table(self, table: Block) -> Iterator[Entry]:
        for cell in read_table(table, self.layout.lines, self.vocabulary, first_row=self.rows + 1):
            self.rows = max(self.rows, cell.row)
            yield Entry(
                display_label(cell.label),
                normalise_label(cell.label),
                cell.value,
                Passage(self.inline, [cell.value]),
                cell.line,
                cell.column,
                cell.row,
            )
