"""Turn the blocks of a text into sections with their entries and positions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct, field

from whygate.text.document import Entry, Section
from whygate.text.entries import Aside, Content, EntryReader
from whygate.text.inline import InlineReader
from whygate.text.layout import Block, Kind, Layout
from whygate.text.marks import (
    Fragment,
    Mark,
    Standing,
    Vocabulary,
    heading_mark,
    split_paragraph,
)
from whygate.text.prose import Passage
from whygate.text.topics import begins_topic

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from whygate.text.visibility import Cover


class _Draft(Struct):
    """A section, or the preamble, while it is read; `end` is its last line, from 1."""

    end: int
    opening: Fragment | None = None
    contents: list[Content] = field(default_factory=list)

    @property
    def mark(self) -> Mark | None:
        return self.opening.mark if self.opening else None


class Outline(Struct, frozen=True):
    """The sections of a text, and the passage and entries in front of them."""

    sections: tuple[Section, ...]
    opening: Passage
    entries: tuple[Entry, ...]


def read_outline(
    layout: Layout, covered: Iterable[tuple[Block, Cover | None]], vocabulary: Vocabulary
) -> Outline:
    """Return the sections of a text.

    `covered` are the top-level blocks, each with what covers it: a comment hides the block,
    and in folded details no section begins. A section ends at the next known label, at an unknown
    heading of its level or above, at a heading that begins another topic ("Solution" below
    "Objective"), or at the end; any other deeper heading stays inside.
    """
    drafts = [_Draft(len(layout.lines))]
    for content in _contents(layout, covered, vocabulary):
        mark = content.mark if isinstance(content, Fragment) else None
        if isinstance(content, Fragment) and mark and _opens(mark, drafts[-1].mark):
            drafts[-1].end = mark.line - 1
            drafts.append(_Draft(len(layout.lines), content))
        else:
            drafts[-1].contents.append(content)
    inline = InlineReader(layout.references)
    reader = EntryReader(layout, vocabulary, inline)
    preamble, *rest = drafts
    entries = reader.read(preamble.contents)
    sections = tuple(_finish(draft, layout, reader) for draft in rest)
    return Outline(sections, _passage(preamble, inline), entries)


def _contents(
    layout: Layout, covered: Iterable[tuple[Block, Cover | None]], vocabulary: Vocabulary
) -> Iterator[Content]:
    """Yield the blocks, paragraphs split at their labels and headings as bare labels."""
    for block, cover in covered:
        if cover == "comment":
            continue
        if cover or block.kind in {Kind.QUOTE, Kind.HTML}:
            yield Aside(block)
        elif block.kind is Kind.HEADING:
            mark = heading_mark(block, layout.lines[block.start], vocabulary)
            yield Fragment("", block.end + 1, 1, mark)
        elif block.kind is Kind.PARAGRAPH:
            lines = layout.lines[block.start : block.end]
            yield from split_paragraph(
                block.text, lines, block.start + 1, vocabulary, in_item=False
            )
        else:
            yield block


def _opens(mark: Mark, current: Mark | None) -> bool:
    if mark.standing is Standing.ENTRY:
        return False
    if mark.standing is Standing.KNOWN or current is None or mark.level <= current.level:
        return True
    return begins_topic(mark.key)


def _finish(draft: _Draft, layout: Layout, reader: EntryReader) -> Section:
    opening, mark = draft.opening, draft.mark
    assert opening is not None  # noqa: S101 - only the preamble has no opening
    assert mark is not None  # noqa: S101
    raw, line, column = _body(opening, mark, layout.lines[opening.line - 1 : draft.end])
    return Section(
        label=mark.label,
        key=mark.key,
        level=mark.level,
        style=mark.style,
        line=mark.line,
        column=mark.column,
        raw=raw,
        raw_line=line,
        raw_column=column,
        passage=_passage(draft, reader.inline),
        entries=reader.read(draft.contents) if draft.contents else (),
    )


def _body(opening: Fragment, mark: Mark, lines: tuple[str, ...]) -> tuple[str, int, int]:
    """Return the source of a body without blank lines around it, and its line and column."""
    body = [line[opening.column - 1 :] if at == 0 else line for at, line in enumerate(lines)]
    filled = [at for at, line in enumerate(body) if line.strip(" \t")]
    if not filled:
        return "", mark.line, mark.column
    first, last = filled[0], filled[-1]
    column = opening.column if first == 0 else 1
    return "\n".join(body[first : last + 1]), opening.line + first, column


def _passage(draft: _Draft, inline: InlineReader) -> Passage:
    pieces: list[str | Block] = [draft.opening.text] if draft.opening else []
    for content in draft.contents:
        if isinstance(content, Fragment):
            pieces.append(content.source)
        else:
            pieces.append(content.block if isinstance(content, Aside) else content)
    return Passage(inline, pieces)
