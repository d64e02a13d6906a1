"""Turn Markdown into a document: sections, entries, fences, and what is hidden or left open."""

from __future__ import annotations

from typing import TYPE_CHECKING

from whygate.text.candidates import FENCES
from whygate.text.document import (
    LABEL_LEVEL,
    Document,
    Entry,
    Fence,
    Heading,
    Hidden,
    Section,
    Style,
    Unclosed,
)
from whygate.text.hidden import find_hidden, find_unclosed
from whygate.text.inline import InlineReader
from whygate.text.layout import Block, Kind, Layout, parse_blocks, split_lines
from whygate.text.marks import Vocabulary, find_lazy_labels
from whygate.text.sections import read_outline
from whygate.text.visibility import Cover, read_visibility

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

__all__ = [
    "LABEL_LEVEL",
    "Document",
    "Entry",
    "Fence",
    "Heading",
    "Hidden",
    "Section",
    "Style",
    "Unclosed",
    "headings",
    "parse_document",
]

# What can hide a line: HTML, a quotation, a fence, and code by its indent.
_HIDING = (*FENCES, "<", ">", "    ", "\t")


def parse_document(
    text: str,
    known: Collection[str] = (),
    *,
    parts: Collection[str] = (),
    skip_lines: Collection[int] = (),
) -> Document:
    """Return the sections of a Markdown text, read as CommonMark and GitHub render it.

    `known` holds the normalised labels that open a section wherever they stand as a label;
    `parts` those that label a value inside a section and never end one, unless written as a
    heading that does. `skip_lines` are lines, from 1, to be read as blank because something
    else, such as the trailers, has claimed them. Line numbers and columns are those of `text`.

    Text in code, comments, quotes and `<details>` opens no section. Never raises.
    """
    skipped = frozenset(skip_lines)
    lines = split_lines(text)
    if skipped:
        lines = tuple("" if at in skipped else line for at, line in enumerate(lines, 1))
    vocabulary = Vocabulary(frozenset(known), frozenset(parts))
    layout = parse_blocks(lines)
    if breaks := find_lazy_labels(layout, vocabulary):
        layout = parse_blocks(lines, breaks)
    covered = tuple(read_visibility(layout.blocks))
    outline = read_outline(layout, covered, vocabulary)
    has_fence = any(sign in text for sign in FENCES)
    may_hide = any(sign in text for sign in _HIDING)
    return Document(
        sections=outline.sections,
        fences=tuple(_fences(layout, covered)) if has_fence else (),
        hidden=tuple(find_hidden(layout, covered, vocabulary.known)) if may_hide else (),
        unclosed=tuple(find_unclosed(layout)) if has_fence or "<!" in text else (),
        opening=outline.opening,
        line_count=len(lines),
        entries=outline.entries,
    )


def headings(text: str) -> tuple[Heading, ...]:
    """Return every heading of a text, those in lists and quotes included (CommonMark 4.2, 4.3).

    White space in the visible text is folded; images and raw HTML tags are left out.
    """
    layout = parse_blocks(split_lines(text))
    inline = InlineReader(layout.references)
    found = (block for block in layout.walk() if block.kind is Kind.HEADING)
    return tuple(
        Heading(block.level, " ".join(inline.render(block.text).text.split()), block.start + 1)
        for block in found
    )


def _fences(layout: Layout, covered: Iterable[tuple[Block, Cover | None]]) -> Iterator[Fence]:
    """Yield the fences of the author's own text: none from quotes or swallowed by a comment."""
    for block, cover in covered:
        quoted_until = 0
        for inner in block.walk() if cover != "comment" else ():
            if inner.kind is Kind.QUOTE:
                quoted_until = max(quoted_until, inner.end)
            elif inner.kind is Kind.FENCE and inner.start >= quoted_until:
                yield _fence(inner, layout.lines)


def _fence(block: Block, lines: tuple[str, ...]) -> Fence:
    first = block.start + 1
    column = 1
    if block.text and first < len(lines):
        content = block.text.partition("\n")[0]
        column = max(len(lines[first]) - len(content), 0) + 1
    return Fence(_unescape(block.info), block.text, first + 1, column, block.closed)


def _unescape(info: str) -> str:
    """Return an info string with escapes and entities resolved (CommonMark 4.5)."""
    if "\\" not in info and "&" not in info:
        return info.strip()
    from markdown_it.common.utils import unescapeAll  # noqa: PLC0415 - rare in info strings

    return unescapeAll(info).strip()
