"""A Markdown text as it is read: its sections and entries, its fences, what is hidden or open."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal

from msgspec import Struct, field

from whygate.text.labels import (
    FENCES,
    begins_topic,
    display_label,
    may_begin_label,
    normalise_label,
)
from whygate.text.marks import (
    LABEL_LEVEL,
    Fragment,
    Mark,
    Standing,
    Style,
    Vocabulary,
    end_lists_at_labels,
    heading_mark,
    split_paragraph,
)
from whygate.text.markup import Block, Kind, Layout, parse_blocks, split_lines
from whygate.text.prose import (
    Cover,
    Markup,
    Passage,
    Slice,
    has_unclosed_comment,
    heading_words,
    read_visibility,
    scan_html,
    split_task_box,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from whygate.model import Prose

# What can hide a line: HTML, a quotation, a fence, and code by its indent.
_HIDING = (*FENCES, "<", ">", "    ", "\t")
_FRONT = re.compile(r"[ \t>]*(?:<!-{2,}[ \t]*)?(?:#{1,6}[ \t]+)?")
_LONGEST = 160
_VALUE_HEADERS = frozenset({"", "value", "values", "answer"})

Where = Literal["comment", "fence", "quote", "details"]


class Entry(Struct, frozen=True):
    """A labelled value inside a section, such as `- Metric: x` or a cell of a table.

    `label` is the label as a reader sees it, `key` its normalised form, `raw` the Markdown of
    the value and `passage` the same to be rendered. `line` and `column` (from 1) point at the
    label, in a table row at the value's cell. `group` numbers the rows of tables that hold one
    item per row, from 1; else 0.
    """

    label: str
    key: str
    raw: str
    passage: Passage
    line: int
    column: int
    group: int = 0

    @property
    def prose(self) -> Prose:
        """Return the value as a reader sees it."""
        return self.passage.prose


class Section(Struct, frozen=True):
    """A part of a text under a heading or a label.

    `level` is 1-6 for headings and 7 for every other label. `line` and `column` point at the
    label, `raw` is the Markdown of the body and `raw_line`, `raw_column` its place; an empty
    body has the place of the label. `passage` is the body to be rendered. All positions count
    from 1, columns in characters.
    """

    label: str
    key: str
    level: int
    style: Style
    line: int
    column: int
    raw: str
    raw_line: int
    raw_column: int
    passage: Passage
    entries: tuple[Entry, ...] = ()

    @property
    def prose(self) -> Prose:
        """Return the body as a reader sees it."""
        return self.passage.prose


class Fence(Struct, frozen=True):
    """A fenced code block (CommonMark 4.5): `line` and `column` are the place of its content.

    The opening fence is the line before; an empty fence at the end has its content behind
    the last line. `closed` is False when no closing fence is written.
    """

    info: str
    text: str
    line: int
    column: int
    closed: bool


class Hidden(Struct, frozen=True):
    """A known label that makes no section, because it is commented out, quoted or code."""

    label: str
    key: str
    line: int
    where: Where


class Unclosed(Struct, frozen=True):
    """A fence or an HTML comment that nothing closes; `line` is the line of its opener."""

    kind: Literal["fence", "comment"]
    line: int


class Heading(Struct, frozen=True):
    """One heading of CommonMark, at any depth: its level 1-6, visible text and line."""

    level: int
    text: str
    line: int


class Document(Struct, frozen=True):
    """A Markdown text as it is read.

    `opening` is what stands before the first section and `entries` the labelled values in it.
    """

    sections: tuple[Section, ...]
    fences: tuple[Fence, ...]
    hidden: tuple[Hidden, ...]
    unclosed: tuple[Unclosed, ...]
    opening: Passage
    line_count: int
    entries: tuple[Entry, ...] = ()

    @property
    def preamble(self) -> Prose:
        """Return the prose before the first section."""
        return self.opening.prose


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
    covered = tuple(read_visibility(end_lists_at_labels(layout, vocabulary)))
    outline = _read_outline(layout, covered, vocabulary)
    has_fence = any(sign in text for sign in FENCES)
    may_hide = any(sign in text for sign in _HIDING)
    return Document(
        sections=outline.sections,
        fences=tuple(_fences(layout, covered)) if has_fence else (),
        hidden=tuple(_find_hidden(layout, covered, vocabulary.known)) if may_hide else (),
        unclosed=tuple(_find_unclosed(layout)) if has_fence or "<!" in text else (),
        opening=outline.opening,
        line_count=len(lines),
        entries=outline.entries,
    )


def headings(text: str) -> tuple[Heading, ...]:
    """Return every heading of a text, those in lists and quotes included (CommonMark 4.2, 4.3).

    White space in the visible text is folded; images and raw HTML tags are left out.
    """
    found = (
        block for block in parse_blocks(split_lines(text)).walk() if block.kind is Kind.HEADING
    )
    return tuple(
        Heading(block.level, " ".join(heading_words(block).split()), block.start + 1)
        for block in found
    )


class _Draft(Struct):
    """A section, or the preamble, while it is read; `end` is its last line, from 1."""

    end: int
    opening: Fragment | None = None
    contents: list[Content] = field(default_factory=list)

    @property
    def mark(self) -> Mark | None:
        return self.opening.mark if self.opening else None


class _Outline(Struct, frozen=True):
    """The sections of a text, and the passage and entries in front of them."""

    sections: tuple[Section, ...]
    opening: Passage
    entries: tuple[Entry, ...]


class _Aside(Struct, frozen=True):
    """A block whose words count but whose labels do not: a quote, raw HTML, folded details."""

    block: Block


Content = Fragment | Block | _Aside


def _read_outline(
    layout: Layout, covered: Iterable[tuple[Block, Cover | None]], vocabulary: Vocabulary
) -> _Outline:
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
    reader = _EntryReader(layout, vocabulary)
    preamble, *rest = drafts
    entries = reader.read(preamble.contents)
    sections = tuple(_finish(draft, layout, reader) for draft in rest)
    return _Outline(sections, _passage(preamble), entries)


def _contents(
    layout: Layout, covered: Iterable[tuple[Block, Cover | None]], vocabulary: Vocabulary
) -> Iterator[Content]:
    """Yield the blocks, paragraphs split at their labels and headings as bare labels."""
    for block, cover in covered:
        if cover == "comment":
            continue
        if cover or block.kind in {Kind.QUOTE, Kind.HTML}:
            yield _Aside(block)
        elif block.kind is Kind.HEADING:
            mark = heading_mark(block, layout, vocabulary)
            at = block.offset
            yield Fragment(block, "", block.end + 1, 1, at, at, mark, "", at)
        elif block.kind is Kind.PARAGRAPH:
            yield from split_paragraph(block, layout, vocabulary, in_item=False)
        else:
            yield block


def _opens(mark: Mark, current: Mark | None) -> bool:
    if mark.standing is Standing.ENTRY:
        return False
    if mark.standing is Standing.KNOWN or current is None or mark.level <= current.level:
        return True
    return begins_topic(mark.key)


def _finish(draft: _Draft, layout: Layout, reader: _EntryReader) -> Section:
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
        passage=_passage(draft),
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


def _passage(draft: _Draft) -> Passage:
    pieces: list[Slice | Block] = [draft.opening.behind_label()] if draft.opening else []
    for content in draft.contents:
        if isinstance(content, Fragment):
            pieces.append(content.with_label())
        else:
            pieces.append(content.block if isinstance(content, _Aside) else content)
    return Passage(pieces)


class _Gathered(Struct):
    """An entry whose value is still being gathered."""

    mark: Mark
    passage: Passage = field(default_factory=Passage)
    raw: list[str] = field(default_factory=list)

    def add_text(self, text: str, piece: Slice) -> None:
        if text:
            self.raw.append(text)
            self.passage.pieces.append(piece)

    def add_block(self, block: Block, lines: Sequence[str]) -> None:
        self.raw.append("\n".join(lines[block.start : block.end]))
        self.passage.pieces.append(block)

    def entry(self) -> Entry:
        mark = self.mark
        raw = "\n".join(self.raw).strip(" \t\n")
        return Entry(mark.label, mark.key, raw, self.passage, mark.line, mark.column)


class _EntryReader(Struct):
    """Reads the labelled values of one text; `rows` counts the table rows read as items."""

    layout: Layout
    vocabulary: Vocabulary
    rows: int = 0

    def read(self, contents: Iterable[Content]) -> tuple[Entry, ...]:
        """Return the entries of a section's content, in the order of their labels.

        A value on the line of its label ends with its paragraph or list item. A label alone
        on its line takes what follows, up to the next label or heading; a heading takes
        everything up to the next one of its level.
        """
        entries: list[Entry | _Gathered] = []
        headings: list[_Gathered] = []
        waiting: list[_Gathered] = []
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
        return tuple(e.entry() if isinstance(e, _Gathered) else e for e in entries)

    def _draft(self, fragment: Fragment, mark: Mark) -> _Gathered:
        draft = _Gathered(mark)
        draft.add_text(fragment.text, fragment.behind_label())
        return draft

    def _add(self, content: Content, drafts: Iterable[_Gathered]) -> None:
        for draft in drafts:
            if isinstance(content, Fragment):
                draft.add_text(content.source, content.with_label())
            else:
                block = content.block if isinstance(content, _Aside) else content
                draft.add_block(block, self.layout.lines)

    def _in_block(self, block: Block) -> Iterator[Entry | _Gathered]:
        if block.kind is Kind.TABLE:
            yield from self._in_table(block)
        elif block.kind is Kind.LIST:
            for item in block.children:
                yield from self._in_item(item.children)

    def _in_item(self, blocks: Sequence[Block]) -> Iterator[Entry | _Gathered]:
        """Yield the entries of a list item and of the lists in it, outer ones first."""
        drafts: list[_Gathered] = []
        if blocks and blocks[0].kind is Kind.PARAGRAPH:
            drafts = self._in_first_paragraph(blocks[0])
            blocks = blocks[1:]
        last = drafts[-1:]
        takes_all = bool(last) and not last[0].raw
        nested: list[Entry | _Gathered] = []
        for block in blocks:
            inner = list(self._in_block(block))
            if takes_all or not inner:
                self._add(block, last)
            nested.extend(inner)
        yield from drafts
        yield from nested

    def _in_first_paragraph(self, block: Block) -> list[_Gathered]:
        box, text = split_task_box(block.text)
        if box == " ":
            return []
        skip = len(block.text) - len(text) if "\n" not in block.text[: -len(text) or None] else 0
        fragments = split_paragraph(block, self.layout, self.vocabulary, in_item=True, skip=skip)
        return [self._draft(f, f.mark) for f in fragments if f.mark is not None]

    def _in_table(self, table: Block) -> Iterator[Entry]:
        """Yield the filled cells of a table (GFM 4.10) that have a label.

        A table of two columns with a label at the head of its rows holds one value per row;
        any other holds one item per row below the labels of its header. A table without any
        known label yields nothing, unless the vocabulary is empty.
        """
        header, body = table.children[0], table.children[1:]
        keys = [normalise_label(cell.text) for cell in header.children]
        if self._is_labelled_beside(keys, body):
            rows = body if len(keys) > 1 and keys[1] in _VALUE_HEADERS else table.children
            for row in rows:
                label, value = row.children
                yield from self._cell(label, value, 0)
        elif not self.vocabulary or any(key in self.vocabulary for key in keys):
            for row in body:
                self.rows += 1
                for label, value in zip(header.children, row.children, strict=True):
                    yield from self._cell(label, value, self.rows)

    def _is_labelled_beside(self, keys: list[str], body: Sequence[Block]) -> bool:
        if len(keys) != 2 or keys[1] in self.vocabulary:
            return False
        return not self.vocabulary or any(
            normalise_label(row.children[0].text) in self.vocabulary for row in body
        )

    def _cell(self, label: Block, value: Block, row: int) -> Iterator[Entry]:
        key = normalise_label(label.text)
        if key and value.text:
            whole = Slice(value, value.offset, value.edges[-1][1])
            line = value.start
            column = self.layout.column(line, value.offset)
            shown = display_label(label.text)
            yield Entry(shown, key, value.text, Passage([whole]), line + 1, column, row)


def _fences(layout: Layout, covered: Iterable[tuple[Block, Cover | None]]) -> Iterator[Fence]:
    """Yield the fences of the author's own text: none from quotes or swallowed by a comment."""
    for block, cover in covered:
        quoted_until = 0
        for inner in block.walk() if cover != "comment" else ():
            if inner.kind is Kind.QUOTE:
                quoted_until = max(quoted_until, inner.end)
            elif inner.kind is Kind.FENCE and inner.start >= quoted_until:
                yield _fence(inner, layout)


def _fence(block: Block, layout: Layout) -> Fence:
    first = block.start + 1
    column = layout.column(first, block.offset) if block.text else 1
    return Fence(block.info, block.text, first + 1, column, block.closed)


def _find_hidden(
    layout: Layout, covered: Iterable[tuple[Block, Cover | None]], known: frozenset[str]
) -> Iterator[Hidden]:
    """Yield the lines that hold a known label where no section can begin.

    `covered` gives each top-level block with what covers it. A label counts as a heading, in
    bold, before a colon, or alone on its line; the outermost cover of a line is named.
    """
    if not known:
        return
    seen: set[int] = set()
    for block, cover in covered:
        for start, end, where in _stretches(block, cover, layout):
            for number in range(start, min(end, len(layout.lines))):
                label = "" if number in seen else _label(layout.lines[number], known)
                seen.add(number)
                if label:
                    yield Hidden(display_label(label), normalise_label(label), number + 1, where)


def _find_unclosed(layout: Layout) -> Iterator[Unclosed]:
    """Yield the fences and HTML comments that nothing closes, in the order of the text."""
    for block in layout.walk():
        if block.kind is Kind.FENCE and not block.closed:
            yield Unclosed("fence", block.start + 1)
        elif has_unclosed_comment(block):
            opener = max(p.start for p in scan_html(block.text))
            yield Unclosed("comment", block.start + 1 + block.text.count("\n", 0, opener))


def _stretches(
    block: Block, cover: Cover | None, layout: Layout
) -> Iterator[tuple[int, int, Where]]:
    """Yield the ranges of lines in a block that are hidden, and by what; from 0."""
    if cover is not None:
        yield block.start, block.end, cover
        return
    for inner in block.walk():
        match inner.kind:
            case Kind.QUOTE:
                yield inner.start, inner.end, "quote"
            case Kind.FENCE | Kind.CODE:
                yield inner.start, inner.end, "fence"
            case Kind.HTML if "<!" in inner.text:
                yield from _comments(inner)
            case Kind.PARAGRAPH if "<!--" in inner.text:
                for span in inner.spans:
                    if span.what == "html" and span.text.startswith("<!--"):
                        first = layout.line(span.start)
                        yield first + 1, first + 1 + span.text.count("\n"), "comment"


def _comments(block: Block) -> Iterator[tuple[int, int, Where]]:
    line, position = block.start, 0
    for piece in scan_html(block.text):
        if piece.markup in {Markup.COMMENT, Markup.UNCLOSED}:
            line += block.text.count("\n", position, piece.start)
            position = piece.start
            yield line, line + piece.text.count("\n") + 1, "comment"


def _label(line: str, known: frozenset[str]) -> str:
    """Return the known label that a line of hidden text begins with, or ""."""
    front = _FRONT.match(line)
    text = line[front.end() : front.end() + _LONGEST] if front else ""
    text = text.partition("-->")[0]
    if not text or not may_begin_label(text, known):
        return ""
    head = text.replace("\uff1a", ":").partition(":")[0]
    return next((label for label in (text, head) if normalise_label(label) in known), "")
