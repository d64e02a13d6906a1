"""A Markdown text as it is read: its sections and entries, its fences, what is hidden or open."""

from __future__ import annotations

import re
from bisect import bisect_right
from functools import cached_property, partial
from operator import itemgetter
from typing import TYPE_CHECKING, Literal

from msgspec import Struct, field
from msgspec.structs import replace

from whygate.text.content import is_link_only
from whygate.text.labels import (
    begins_topic,
    display_label,
    may_begin_label,
    names_topic,
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
    may_hold_label,
    split_paragraph,
    without_lines,
)
from whygate.text.markup import Block, Layout, parse_blocks, split_lines
from whygate.text.prose import (
    Cover,
    Passage,
    Slice,
    has_unclosed_comment,
    heading_words,
    read_visibility,
    scan_comments,
    split_task_box,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Sequence

    from whygate.model import Prose

_BEGIN = itemgetter(0)  # of a stretch of lines
_FRONT = re.compile(r"[ \t>]*(?:<!-{2,}[ \t]*)?(?:#{1,6}[ \t]+)?")
_LONGEST = 160
_MOST_WORDS = 3  # of a label that nobody knows and that ends a section all the same
_VALUE_HEADERS = frozenset({"", "value", "values", "answer"})

Where = Literal["comment", "fence", "quote", "details"]


class Entry(Struct, frozen=True, gc=False):
    """A labelled value inside a section, such as `- Metric: x` or a cell of a table.

    `label` is the label as a reader sees it, `key` its normalised form, `raw` the Markdown of
    the value, `lines` where each line of it stands, from 1, and `passage` what it shows. `line`
    and `column` (from 1) point at the label, in a table row at the value's cell. `group` numbers
    the rows of tables that hold one item per row, from 1; else 0.
    """

    label: str
    key: str
    raw: str
    passage: Passage
    line: int
    column: int
    lines: Sequence[int]
    group: int = 0

    @property
    def prose(self) -> Prose:
        """Return the value as a reader sees it."""
        return self.passage.prose


class Section(Struct, frozen=True, dict=True):
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
    find_entries: Callable[[], tuple[Entry, ...]] = tuple
    raw_lines: Sequence[int] = ()

    @cached_property
    def entries(self) -> tuple[Entry, ...]:
        """The labelled values inside; few sections are asked for theirs (hence `dict`)."""
        return self.find_entries()

    @property
    def lines(self) -> Sequence[int]:
        """Return where each line of `raw` stands, from 1."""
        return self.raw_lines or range(self.raw_line, self.raw_line + self.raw.count("\n") + 1)

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
    """A known label that makes no section: commented out, quoted or code. `source` is its line."""

    label: str
    key: str
    line: int
    where: Where
    source: str = ""


class Unclosed(Struct, frozen=True):
    """A fence or an HTML comment that nothing closes; `line` is the line of its opener."""

    kind: Literal["fence", "comment"]
    line: int


class Heading(Struct, frozen=True):
    """One heading of CommonMark, at any depth: its level 1-6, visible text and line."""

    level: int
    text: str
    line: int


class Document(Struct, frozen=True, dict=True):
    """A Markdown text as it is read; `opening` is what stands before the first section."""

    sections: tuple[Section, ...]
    fences: tuple[Fence, ...]
    hidden: tuple[Hidden, ...]
    unclosed: tuple[Unclosed, ...]
    opening: Passage
    line_count: int
    find_entries: Callable[[], tuple[Entry, ...]] = tuple

    @cached_property
    def entries(self) -> tuple[Entry, ...]:
        """The labelled values before the first section."""
        return self.find_entries()

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
    vocabulary = Vocabulary(frozenset(known), frozenset(parts))
    return Page.of(text, vocabulary, frozenset(skip_lines)).document()


class Page(Struct, frozen=True):
    """A text whose Markdown is parsed, and the top-level blocks with what covers each of them."""

    layout: Layout
    covered: tuple[tuple[Block, Cover | None], ...]
    vocabulary: Vocabulary

    @classmethod
    def of(cls, text: str, vocabulary: Vocabulary, blank: frozenset[int]) -> Page:
        """Return a text parsed: this once; `blank` are lines, from 1, read as blank."""
        lines = split_lines(text)
        if blank:
            lines = tuple("" if at in blank else line for at, line in enumerate(lines, 1))
        layout = parse_blocks(lines)
        covered = tuple(read_visibility(end_lists_at_labels(layout, vocabulary)))
        return cls(layout, covered, vocabulary)

    def hidden_lines(self) -> frozenset[int]:
        """Return the lines, from 1, that are commented out, quoted, folded away or code."""
        stretches = _uncovered(_stretches(self.layout, self.covered))
        return frozenset(line + 1 for start, end, _ in stretches for line in range(start, end))

    def document(self, claimed: frozenset[int] = frozenset()) -> Document:
        """Return the sections; `claimed` are lines, from 1, that say something else."""
        covered, layout = self.covered, self.layout
        if claimed:
            taken = frozenset(line - 1 for line in claimed)
            covered = tuple((left, c) for b, c in covered for left in without_lines(b, taken))
        outline = _read_outline(layout, covered, self.vocabulary)
        hides = bool(layout.covering) or any(cover for _, cover in covered)
        return Document(
            sections=outline.sections,
            fences=tuple(_fences(layout, covered)),
            hidden=tuple(_find_hidden(layout, covered, self.vocabulary.known)) if hides else (),
            unclosed=tuple(_find_unclosed(layout)),
            opening=outline.opening,
            line_count=len(layout.lines),
            find_entries=outline.find_entries,
        )


def headings(text: str) -> tuple[Heading, ...]:
    """Return every heading of a text, those in lists and quotes included (CommonMark 4.2, 4.3).

    White space in the visible text is folded; images and raw HTML tags are left out.
    """
    found = (block for block in parse_blocks(split_lines(text)).walk() if block.kind == "heading")
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

    @property
    def has_text(self) -> bool:
        return bool(self.contents) or (self.opening is not None and self.opening.text != "")


class _Outline(Struct, frozen=True):
    """The sections of a text, and the passage and entries in front of them."""

    sections: tuple[Section, ...]
    opening: Passage
    find_entries: Callable[[], tuple[Entry, ...]]


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
        for piece in _labelled_items(content, drafts[-1], layout, vocabulary):
            mark = piece.mark if isinstance(piece, Fragment) else None
            if isinstance(piece, Fragment) and mark and _opens(mark, piece, drafts[-1], vocabulary):
                drafts[-1].end = mark.line - 1
                drafts.append(_Draft(len(layout.lines), piece))
            else:
                drafts[-1].contents.append(piece)
    reader = _EntryReader(layout, vocabulary)
    preamble, *rest = drafts
    sections = tuple(_finish(draft, layout, reader) for draft in rest)
    return _Outline(sections, _passage(preamble), partial(reader.read, preamble.contents))


def _contents(
    layout: Layout, covered: Iterable[tuple[Block, Cover | None]], vocabulary: Vocabulary
) -> Iterator[Content]:
    """Yield the blocks, paragraphs split at their labels and headings as bare labels."""
    for block, cover in covered:
        if cover == "comment":
            continue
        if cover or block.kind in {"quote", "html"}:
            yield _Aside(block)
        elif block.kind == "heading":
            yield _heading(block, layout, vocabulary)
        elif block.kind == "paragraph":
            yield from split_paragraph(block, layout, vocabulary, in_item=False)
        else:
            yield block


def _heading(block: Block, layout: Layout, vocabulary: Vocabulary) -> Fragment:
    """Return a heading as the label of what stands below it, or behind it on its own line."""
    mark, at = heading_mark(block, layout, vocabulary)
    start = block.offset + at
    answer = block.text[at:]
    if not answer:
        return Fragment(block, "", block.end + 1, 1, start, start, mark, "", start)
    column = layout.column(block.start, start)
    end = block.edges[-1][1]
    return Fragment(block, answer, block.start + 1, column, start, end, mark, answer, start)


def _labelled_items(
    content: Content, draft: _Draft, layout: Layout, vocabulary: Vocabulary
) -> Iterator[Content]:
    """Yield a list item by item where the items have the labels of sections: `- Problem: ...`.

    Below a heading that somebody knows, such labels are part of the answer.
    """
    if not isinstance(content, Block) or content.kind != "list":
        yield content
        return
    mark = draft.mark
    below_heading = mark is not None and mark.level < LABEL_LEVEL
    is_answer = mark is not None and mark.standing is Standing.KNOWN and below_heading
    if is_answer or (mark is not None and mark.key in vocabulary.holders):
        yield content
        return
    if not any(_may_be_labelled(item, vocabulary) for item in content.children):
        yield content
        return
    items = [_item_label(item, layout, vocabulary) for item in content.children]
    if not any(fragments and _is_section_label(fragments[0].mark) for fragments in items):
        yield content
        return
    for item, fragments in zip(content.children, items, strict=True):
        if fragments and fragments[0].mark is not None:
            yield from fragments
            yield from item.children[1:]
        else:
            yield replace(content, start=item.start, end=item.end, children=(item,))


def _may_be_labelled(item: Block, vocabulary: Vocabulary) -> bool:
    """Tell at a glance whether a list item may begin with a known label."""
    text = item.children[0].text if item.children else ""
    return may_begin_label(text.lstrip("*_[xX] \t"), vocabulary.known)


def _is_section_label(mark: Mark | None) -> bool:
    """Tell a label in a list from `* why: because`, the subject of a commit in a list of them."""
    if mark is None or mark.standing is not Standing.KNOWN:
        return False
    return mark.style is Style.BOLD or not mark.label[:1].islower()


def _item_label(item: Block, layout: Layout, vocabulary: Vocabulary) -> list[Fragment]:
    """Return the first paragraph of a list item, split at its labels; none behind an open box."""
    if not item.children or item.children[0].kind != "paragraph":
        return []
    first = item.children[0]
    box, text = split_task_box(first.text)
    if box == " ":
        return []
    skip = len(first.text) - len(text) if box else 0
    return split_paragraph(first, layout, vocabulary, in_item=True, skip=skip)


def _opens(mark: Mark, opening: Fragment, draft: _Draft, vocabulary: Vocabulary) -> bool:
    """Tell whether a label ends the section before it and opens one of its own.

    "Fix" begins another topic, but `Fix: #12` only refers to something.
    """
    current = draft.mark
    if mark.standing is Standing.ENTRY:
        return False
    if mark.standing is Standing.KNOWN:
        # "How will we know?" right below the heading of a measurement leads into its boxes.
        is_lead_in = mark.style is Style.BARE and not draft.has_text and current is not None
        return not (is_lead_in and {mark.key, current.key if current else ""} <= vocabulary.holders)
    is_weak = mark.key in vocabulary.weak
    if current is None:
        return mark.standing is Standing.UNKNOWN or is_weak
    if mark.standing is Standing.UNKNOWN:
        return mark.level <= current.level or begins_topic(mark.key)
    if current.level < LABEL_LEVEL:
        return False
    if is_weak or names_topic(mark.key):
        return is_weak or not is_link_only(opening.text, 0)
    # Nobody knows the label. It is like the one above it if that has an answer already, and is
    # written in the same way; inside a measurement it may be a slip of the pen.
    is_long = mark.key.count(" ") >= _MOST_WORDS
    if current.key in vocabulary.holders or not draft.has_text or is_long:
        return False
    return mark.style is Style.BOLD or current.style is not Style.BOLD


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
        find_entries=partial(reader.read, draft.contents),
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
    """An entry whose value is still being gathered: its lines, and where each of them stands."""

    mark: Mark
    passage: Passage = field(default_factory=Passage)
    raw: list[str] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)

    def add_text(self, text: str, line: int, piece: Slice) -> None:
        if text:
            self.add_lines(text.split("\n"), line)
            self.passage.pieces.append(piece)

    def add_block(self, block: Block, lines: Sequence[str]) -> None:
        self.add_lines(lines[block.start : block.end], block.start + 1)
        self.passage.pieces.append(block)

    def add_lines(self, lines: Sequence[str], first: int) -> None:
        self.raw.extend(lines)
        self.lines.extend(range(first, first + len(lines)))

    def entry(self) -> Entry:
        mark = self.mark
        filled = [at for at, line in enumerate(self.raw) if line.strip(" \t")]
        kept = slice(filled[0], filled[-1] + 1) if filled else slice(0)
        raw = "\n".join(self.raw[kept]).strip(" \t")
        lines = self.lines[kept]
        return Entry(mark.label, mark.key, raw, self.passage, mark.line, mark.column, lines)


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
        draft.add_text(fragment.text, fragment.line, fragment.behind_label())
        return draft

    def _add(self, content: Content, drafts: Iterable[_Gathered]) -> None:
        for draft in drafts:
            if isinstance(content, Fragment):
                draft.add_text(content.source, content.first_line, content.with_label())
            else:
                block = content.block if isinstance(content, _Aside) else content
                draft.add_block(block, self.layout.lines)

    def _in_block(self, block: Block) -> Iterator[Entry | _Gathered]:
        if block.kind == "table":
            yield from self._in_table(block)
        elif block.kind == "list":
            for item in block.children:
                yield from self._in_item(item.children)

    def _in_item(self, blocks: Sequence[Block]) -> Iterator[Entry | _Gathered]:
        """Yield the entries of a list item and of the lists in it, outer ones first."""
        drafts: list[_Gathered] = []
        if blocks and blocks[0].kind == "paragraph":
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
        if not may_hold_label(text, self.vocabulary):
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
        if len(keys) != 2 or (keys[1] in self.vocabulary and keys[1] not in _VALUE_HEADERS):
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
            yield Entry(
                shown, key, value.text, Passage([whole]), line + 1, column, (line + 1,), row
            )


def _fences(layout: Layout, covered: Iterable[tuple[Block, Cover | None]]) -> Iterator[Fence]:
    """Yield the fences of the author's own text: none from quotes or swallowed by a comment."""
    swallowed = [(block.start, block.end) for block, cover in covered if cover == "comment"]
    quoted_until = 0
    for block in layout.covering:
        if block.kind == "quote":
            quoted_until = max(quoted_until, block.end)
        elif block.kind != "fence" or block.start < quoted_until:
            continue
        elif not _stands_in(block.start, swallowed):
            yield _fence(block, layout)


def _stands_in(line: int, stretches: Sequence[tuple[int, int]]) -> bool:
    """Tell whether a line stands in one of some stretches, which follow one another."""
    at = bisect_right(stretches, line, key=_BEGIN) - 1
    return at >= 0 and line < stretches[at][1]


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
    for start, end, where in _uncovered(_stretches(layout, covered)):
        for number in range(start, min(end, len(layout.lines))):
            label = _label(layout.lines[number], known)
            if label:
                source = layout.lines[number]
                shown, key = display_label(label), normalise_label(label)
                yield Hidden(shown, key, number + 1, where, source)


def _find_unclosed(layout: Layout) -> Iterator[Unclosed]:
    """Yield the fences and HTML comments that nothing closes, in the order of the text."""
    for block in layout.covering:
        if block.kind == "fence" and not block.closed:
            yield Unclosed("fence", block.start + 1)
        elif has_unclosed_comment(block):
            opener = max(piece.start for piece in scan_comments(block.text))
            yield Unclosed("comment", block.start + 1 + block.text.count("\n", 0, opener))


def _stretches(
    layout: Layout, covered: Iterable[tuple[Block, Cover | None]]
) -> list[tuple[int, int, Where]]:
    """Return the ranges of lines, from 0, that are hidden, and by what; the outermost first."""
    found: list[tuple[int, int, Where]] = [
        (block.start, block.end, cover) for block, cover in covered if cover is not None
    ]
    whole = [(start, end) for start, end, _ in found]
    for block in layout.covering:
        if not _stands_in(block.start, whole):
            found.extend(_inside(block, layout))
    return sorted(found, key=_BEGIN)


def _uncovered(
    stretches: Iterable[tuple[int, int, Where]],
) -> Iterator[tuple[int, int, Where]]:
    """Yield of each stretch the lines that no stretch before it holds; they come by their start."""
    reached = 0
    for start, end, where in stretches:
        yield max(start, reached), end, where
        reached = max(reached, end)


def _inside(block: Block, layout: Layout) -> Iterator[tuple[int, int, Where]]:
    """Yield the lines that a block hides."""
    match block.kind:
        case "quote":
            yield block.start, block.end, "quote"
        case "fence" | "code":
            yield block.start, block.end, "fence"
        case "html" if "<!" in block.text:
            yield from _comments(block)
        case "paragraph":
            for start, _, what, text in block.spans:
                if what == "html" and text.startswith("<!--"):
                    first = layout.line(start)
                    yield first + 1, first + 1 + text.count("\n"), "comment"


def _comments(block: Block) -> Iterator[tuple[int, int, Where]]:
    line, position = block.start, 0
    for piece in scan_comments(block.text):
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
