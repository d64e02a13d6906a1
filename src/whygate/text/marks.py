"""Where a label opens a section or an entry: headings, bold labels, `Label: text`, a bare label."""

from __future__ import annotations

import re
from enum import Enum, StrEnum
from functools import cached_property
from itertools import groupby, islice
from typing import TYPE_CHECKING, NamedTuple

from msgspec import Struct, field
from msgspec.structs import replace

from whygate.text.labels import (
    begins_topic,
    display_label,
    is_label,
    is_topic_alone,
    leads_in,
    may_begin_label,
    meaning,
    names_topic,
    normalise_label,
)
from whygate.text.prose import Slice

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from whygate.text.markup import Block, Layout

LABEL_LEVEL = 7  # the level of bold labels, label lines and bare labels; headings have 1 to 6

_LONGEST = 60  # characters of a label nobody has told us about; known ones may be longer
_MOST_WORDS = 6
_MOST_WORDS_IN_PROSE = 3  # "Reviewed by: x", but not "There is one thing left: x"
_MOST_BREAKS = 200

_BOLD = re.compile(r"(?P<mark>\*{2,3}|_{2,3})(?P<label>(?![\s*_]).{1,160}?)(?P=mark)(?P<rest>.*)")
_LABEL = re.compile(r"(?P<label>[^:\uff1a]{1,160})(?P<colon>[:\uff1a])(?P<rest>.*)")
_OPENING = re.compile(r"[*_`]{1,3}")
_COMMENT = re.compile(r"<!--.*?-->")
_COLONS = (":", "\uff1a")
_ANSWERED = re.compile(r"([^:\uff1a]{1,80}?)\s*(?:[:\uff1a]\s+|\s[-\u2013\u2014]\s+)(\S.*)")
_REMARKED = re.compile(r"(.{1,80}?)\s*[(\uff08\[][^()\uff08\uff09\[\]]*[)\uff09\]]\s*[:?]?$")
_INDENT = 4  # columns
_INFLECTED = ("s", "ed", "ing")
_DASH = re.compile(r"[-\u2013\u2014]{1,2}[ \t]+")
_DASHED = re.compile(r"([^\s-][^\u2013\u2014:\uff1a]{0,60}?)[ \t]+[-\u2013\u2014]{1,2}[ \t]+(\S.*)")
# The fields of ChromiumOS and coreboot, which stand above the trailers.
_FIELD = re.compile(r"(BUG|BUGS|TEST|TESTED|BRANCH|CQ-DEPEND|DEPENDS|STATUS)=(.*)")
_LITERAL = ("#", "\\")  # what a reader sees as text: a heading without its space, an escape
_ENDINGS = (*_COLONS, "?", "\uff1f")


class Style(StrEnum):
    """How the label of a section is written."""

    ATX = "atx"
    SETEXT = "setext"
    BOLD = "bold"
    LABEL = "label"
    BARE = "bare"


class Standing(Enum):
    """What a label can do: open a section always, by its level, beside one like it, or never."""

    KNOWN = "known"
    UNKNOWN = "unknown"
    LIKE = "like"
    ENTRY = "entry"


class Vocabulary(Struct, frozen=True, dict=True):
    """The normalised labels somebody knows.

    `known` open a section wherever they stand, `weak` where nothing else is open; `parts` label
    the entries inside a section, and `holders` are the sections that have such parts. `meanings`
    leads from what a label asks for to one of the labels that ask it.
    """

    known: frozenset[str]
    parts: frozenset[str] = frozenset()
    weak: frozenset[str] = frozenset()
    holders: frozenset[str] = frozenset()
    meanings: Mapping[str, str] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.known or self.parts)

    def __contains__(self, key: object) -> bool:
        return key in self.known or key in self.parts

    @cached_property
    def openers(self) -> frozenset[str]:
        """The labels that may open a section of a whole line, known or weak."""
        return self.known | self.weak

    def key(self, label: str) -> str:
        """Return the normalised form of a heading or a bold label, or that of one that means it."""
        key = normalise_label(label)
        if key in self.known or key in self.parts or key in self.weak or not self.meanings:
            return key
        if " " not in key and not key.endswith(_INFLECTED):
            return key  # a slip of the pen: "Outcom"
        return self.meanings.get(meaning(key), key)

    def standing(self, key: str, *, otherwise: Standing) -> Standing:
        """Return what a label may do; `otherwise` is for one that is not known."""
        if key in self.known:
            return Standing.KNOWN
        return Standing.ENTRY if key in self.parts else otherwise


class Mark(Struct, frozen=True, gc=False):
    """A label in a text: `line` and `column` are its place, from 1."""

    label: str
    key: str
    level: int
    style: Style
    standing: Standing
    line: int
    column: int


class Fragment(Struct, frozen=True, gc=False):
    """A part of a paragraph: the Markdown behind its label, or all of it without one.

    `text` stands from `start` to `end` of `block`; `line` and `column` are its place, from 1.
    `source` is the Markdown with the label, and begins at `begin`.
    """

    block: Block
    text: str
    line: int
    column: int
    start: int
    end: int
    mark: Mark | None = None
    source: str = ""
    begin: int = 0

    @property
    def first_line(self) -> int:
        """Return the line, from 1, on which the label stands."""
        return self.mark.line if self.mark is not None else self.line

    def behind_label(self) -> Slice:
        """Return what stands behind the label."""
        return Slice(self.block, self.start, self.end)

    def with_label(self) -> Slice:
        """Return the whole, the label included."""
        return Slice(self.block, self.begin, self.end)


class _Line(Struct):
    """The line of a paragraph that is read, and what decides whether a label may begin it."""

    text: str
    vocabulary: Vocabulary
    number: int
    column: int
    first: bool
    alone: bool
    after_labels: bool
    in_item: bool

    def move_to(self, text: str, number: int, column: int) -> None:
        """Go to another line of the same paragraph."""
        self.text, self.number, self.column = text, number, column

    @property
    def is_outermost(self) -> bool:
        """Tell whether nothing stands in front of the line but the mark of a list item."""
        return self.in_item or self.column == 1

    @property
    def is_indented(self) -> bool:
        """Tell whether the line begins a paragraph that is indented as a whole (4.8)."""
        return self.first and self.column <= _INDENT

    @property
    def may_begin(self) -> bool:
        """Tell whether only label lines stand before this one in its paragraph."""
        return self.first or self.after_labels


def heading_mark(block: Block, layout: Layout, vocabulary: Vocabulary) -> tuple[Mark, int]:
    """Return the mark of a heading, and where in its text an answer begins: its end without one.

    `## Problem: rows are lost` holds its answer, and `## Problem (what hurts)` a remark.
    """
    label, answer = block.text, len(block.text)
    key = vocabulary.key(label)
    if key not in vocabulary.known and key not in vocabulary.weak and "\n" not in label:
        if (found := _ANSWERED.match(label)) and vocabulary.key(found[1]) in vocabulary.known:
            label, answer = found[1], found.start(2)
        elif (found := _REMARKED.match(label)) and vocabulary.key(found[1]) in vocabulary.known:
            label = found[1]
        key = vocabulary.key(label)
    standing = Standing.KNOWN if key in vocabulary.known else Standing.UNKNOWN
    style = Style.SETEXT if block.underlined else Style.ATX
    source = layout.lines[block.start]
    column = len(source) - len(source.lstrip(" ")) + 1
    shown = display_label(label)
    return Mark(shown, key, block.level, style, standing, block.start + 1, column), answer


def end_lists_at_labels(layout: Layout, vocabulary: Vocabulary) -> Iterator[Block]:
    """Yield the top-level blocks of a text, each list ended where a known label stands below it.

    A line at column 1 below a list item is read as part of the item (CommonMark 5.2, lazy
    continuation), but a writer who puts `Outcome: ...` or `**Outcome**` there means a label.
    What stands behind it is read as if the list had ended.
    """
    if not layout.wraps:
        yield from layout.blocks
        return
    left = _MOST_BREAKS
    for block in layout.blocks:
        breaks: list[int] = []
        if block.kind == "list":
            for inner in block.walk():
                if inner.kind == "paragraph" and len(inner.edges) > 1 and len(breaks) < left:
                    lazy = _lazy_labels(inner, layout, vocabulary)
                    breaks.extend(islice(lazy, left - len(breaks)))
        left -= len(breaks)
        yield from _split_at(block, breaks) if breaks else (block,)


def _lazy_labels(block: Block, layout: Layout, vocabulary: Vocabulary) -> Iterator[int]:
    """Yield the lines of a paragraph, from 0, that begin with a known label at column 1."""
    for offset, (begin, _) in enumerate(block.edges[1:], 1):
        number = block.start + offset
        if begin != layout.starts[number] or offset in block.inside:
            continue
        text = layout.lines[number]
        if not may_begin_label(text, vocabulary.known):
            continue
        found = _read_line(_Line(text, vocabulary, number + 1, 1, True, False, True, False))
        mark = found.mark if found else None
        if mark is None or mark.standing is not Standing.KNOWN:
            continue
        if mark.style is Style.BOLD or not _is_wrapped(text, mark.style):
            yield number


def _split_at(block: Block, breaks: Sequence[int]) -> Iterator[Block]:
    """Yield the pieces of a list that ends at each of some lines inside its paragraphs."""
    rest: list[Block] = [block]
    for line in breaks:
        at = next((n for n, piece in enumerate(rest) if piece.start <= line < piece.end), None)
        if at is None:
            continue
        yield from rest[:at]
        before, behind = _cut(rest[at], line)
        yield before
        rest = [*behind, *rest[at + 1 :]]
    yield from rest


def _cut(block: Block, line: int) -> tuple[Block, list[Block]]:
    """Return what of a block stands above a line of a paragraph in it, and what from there on."""
    if block.kind == "paragraph":
        at = line - block.start
        edges, inside = block.edges, block.inside
        above = _part(block, block.start, edges[:at], inside)
        below = _part(block, line, edges[at:], {n - at for n in inside if n >= at})
        return above, [below]
    children = block.children
    at = next(n for n, child in enumerate(children) if child.start <= line < child.end)
    above, behind = _cut(children[at], line)
    rest = children[at + 1 :]
    if block.kind == "list" and rest:
        behind.append(replace(block, start=rest[0].start, children=rest))
    else:
        behind.extend(rest)
    return replace(block, end=line, children=(*children[:at], above)), behind


def without_lines(block: Block, lines: frozenset[int]) -> Iterator[Block]:
    """Yield what is left of a block without some lines of the text, from 0."""
    if lines.isdisjoint(range(block.start, block.end)):
        yield block
    elif block.kind in ("paragraph", "heading"):
        kept = (at for at in range(len(block.edges)) if block.start + at not in lines)
        for _, group in groupby(enumerate(kept), key=lambda pair: pair[1] - pair[0]):
            run = [at for _, at in group]
            inside = {at - run[0] for at in run if at in block.inside}
            edges = block.edges[run[0] : run[-1] + 1]
            yield _part(block, block.start + run[0], edges, inside)
    elif block.children:
        left = tuple(child for inner in block.children for child in without_lines(inner, lines))
        yield replace(block, children=left)
    else:
        text = enumerate(block.text.split("\n"), block.start + (block.kind == "fence"))
        yield replace(block, text="\n".join("" if at in lines else line for at, line in text))


def _part(
    block: Block, start: int, edges: Sequence[tuple[int, int]], inside: Collection[int]
) -> Block:
    """Return some of the lines of a paragraph."""
    text = block.text.split("\n")[start - block.start : start - block.start + len(edges)]
    return replace(
        block,
        start=start,
        end=start + len(edges),
        text="\n".join(text),
        offset=edges[0][0],
        edges=edges,
        inside=inside,
    )


def _is_wrapped(line: str, style: Style) -> bool:
    """Tell a line of a wrapped sentence (`value.`, `links: see [1]`) from a label."""
    return line[:1].islower() or (style is Style.BARE and _ends_sentence(line))


def _ends_sentence(line: str) -> bool:
    return line.rstrip().endswith((".", ",", ")"))


def split_paragraph(
    block: Block, layout: Layout, vocabulary: Vocabulary, *, in_item: bool, skip: int = 0
) -> list[Fragment]:
    """Return the fragments of a paragraph, split where a line begins with a label.

    `in_item` tells that a list item begins with it, and `skip` is the length of the task box in
    front of its text.
    """
    text = block.text[min(skip, len(block.text.partition("\n")[0])) :] if skip else block.text
    edges = block.edges
    first = edges[0][0] + skip
    if not may_hold_label(text, vocabulary):
        column = layout.column(block.start, first)
        return [
            Fragment(block, text, block.start + 1, column, first, edges[-1][1], None, text, first)
        ]
    contents = text.split("\n")
    starts: list[tuple[int, _Found | None]] = []
    line = _Line("", vocabulary, 0, 1, True, len(contents) == 1, True, in_item)
    for offset, content in enumerate(contents):
        if offset and not _may_be_label(content, after_labels=line.after_labels):
            line.after_labels = False
            continue
        begin = edges[offset][0] if offset else first
        number = block.start + offset
        line.move_to(content.strip(" \t"), number + 1, layout.column(number, begin))
        found = None if offset in block.inside else _read_line(line)
        if found is not None or line.first:
            starts.append((offset, found))
        line.first = False
        line.after_labels = line.after_labels and found is not None
    ends = [offset for offset, _ in starts[1:]] + [len(contents)]
    return [
        _fragment(block, layout, contents, found, offset, end, first)
        for (offset, found), end in zip(starts, ends, strict=True)
    ]


def _fragment(  # noqa: PLR0913, PLR0917
    block: Block,
    layout: Layout,
    contents: Sequence[str],
    found: _Found | None,
    at: int,
    stop: int,
    first: int,
) -> Fragment:
    """Return the lines of a paragraph from one label up to the next."""
    begin = block.edges[at][0] if at else first
    end = block.edges[stop - 1][1]
    source = "\n".join(contents[at:stop])
    if found is None:
        column = layout.column(block.start + at, begin)
        return Fragment(
            block, source, block.start + at + 1, column, begin, end, None, source, begin
        )
    tail = contents[at + 1 : stop]
    if found.value or not tail:
        start = begin + len(contents[at].rstrip(" \t")) - len(found.value)
        text = "\n".join((found.value, *tail))
    else:
        at += 1
        start = block.edges[at][0]
        text = "\n".join(tail)
    column = layout.column(block.start + at, start)
    return Fragment(
        block, text, block.start + at + 1, column, start, end, found.mark, source, begin
    )


def _may_be_label(line: str, *, after_labels: bool) -> bool:
    """Tell cheaply whether a line below the first one of a paragraph can begin with a label."""
    if "**" in line or "__" in line:
        return True
    return after_labels and (":" in line or "\uff1a" in line or "=" in line)


def may_hold_label(text: str, vocabulary: Vocabulary) -> bool:
    """Tell cheaply whether any line of a paragraph can begin with a label."""
    if ":" in text or "\uff1a" in text or "**" in text or "__" in text:
        return True
    first = text.partition("\n")[0]
    if is_label(first, vocabulary.openers) or is_topic_alone(first):
        return True
    if "=" in first and _FIELD.match(first):
        return True
    is_dashed = "-" in first or "\u2013" in first or "\u2014" in first
    return is_dashed and _DASHED.match(first) is not None


class _Found(NamedTuple):
    """A label at the start of a line, and the value behind it."""

    mark: Mark
    value: str


def _read_line(line: _Line) -> _Found | None:
    text = line.text
    found = _read_bold(line) if "**" in text or "__" in text else None
    if found is None and (":" in text or "\uff1a" in text):
        found = _read_label(line)
    if found is None and line.first:
        found = _read_bare(line) or _read_dashed(line)
    return found or (_read_field(line) if "=" in text else None)


def _read_bold(line: _Line) -> _Found | None:
    """Read `**Label:** text`, `**Label**: text`, and a line that is only `**Label**`."""
    start = _bold_start(line.text)
    found = _BOLD.match(line.text, start) if start >= 0 else None
    if found is None:
        return None
    label = found["label"]
    colon, value = _split_colon(label, found["rest"])
    key = line.vocabulary.key(label)
    if not key or (key not in line.vocabulary.parts and _is_code(label)):
        return None
    if _is_label_only(label, value, colon=colon):
        return _read_bold_alone(line, label, key)
    if not colon and (dash := _DASH.match(value)) and _is_told(key, line.vocabulary):
        return _found(line, label, key, value[dash.end() :], Style.BOLD)
    if not colon and not label.rstrip().endswith(_ENDINGS):
        return None
    if key not in line.vocabulary and not (line.may_begin and _is_short(label, line)):
        return None
    return _found(line, label, key, value, Style.BOLD)


def _is_told(key: str, vocabulary: Vocabulary) -> bool:
    """Tell whether a label is one that somebody knows, or is about another topic for certain."""
    return key in vocabulary or key in vocabulary.weak or names_topic(key)


def _bold_start(text: str) -> int:
    """Return where bold text begins if only signs such as an emoji stand before it, or -1."""
    if text.startswith(("**", "__")):
        return 0
    start = text.find("**", 0, 32)
    return start if start > 0 and not normalise_label(text[:start]) else -1


def _split_colon(label: str, rest: str) -> tuple[bool, str]:
    """Return whether a colon ends a bold label, inside or outside, and the value behind."""
    value = rest.lstrip(" \t")
    if value.startswith(_COLONS):
        return True, value[1:].lstrip(" \t")
    return label.rstrip().endswith(_COLONS), value


def _is_label_only(label: str, value: str, *, colon: bool) -> bool:
    """Tell whether nothing but a comment, an emoji or "(optional)" follows a bold label."""
    inside, closer, rest = value.rpartition("-->")  # behind which an opener would look in vain
    value = (_COMMENT.sub("", inside + closer) + rest).strip()
    if not value or colon or "![" in value:
        return not value
    return normalise_label(f"{label} {value}") == normalise_label(label)


def _read_bold_alone(line: _Line, label: str, key: str) -> _Found | None:
    if key in line.vocabulary:
        return _found(line, label, key, "", Style.BOLD)
    if begins_topic(key) and not line.in_item:
        return _found(line, label, key, "", Style.BOLD, otherwise=Standing.UNKNOWN)
    if line.alone or (not line.in_item and _is_told(key, line.vocabulary)):
        otherwise = Standing.UNKNOWN if line.alone and not line.in_item else Standing.LIKE
        return (
            _found(line, label, key, "", Style.BOLD, otherwise=otherwise)
            if _is_short(label, line)
            else None
        )
    return None


def _read_label(line: _Line) -> _Found | None:
    """Read `Label: text`; in a paragraph only at column 1 and never below a line of prose."""
    found = _LABEL.match(line.text) if line.may_begin else None
    if found is None or line.text.startswith(_LITERAL):
        return None
    label, rest = found["label"], found["rest"]
    if not line.is_outermost and not (line.is_indented and not rest.strip()):
        return None
    key = normalise_label(label)
    known = key in line.vocabulary
    if not key or not (known or _is_short(label, line)):
        return None
    if key not in line.vocabulary.parts and _is_code(label):
        return None
    emphasis = _closed_emphasis(label, rest)
    if not emphasis and not _may_follow(found["colon"], rest, known=known):
        return None
    value = rest.removeprefix(emphasis).lstrip(" \t")
    return _found(line, label, key, value, Style.LABEL if value else Style.BARE)


def _read_dashed(line: _Line) -> _Found | None:
    """Read `Label - text` of a known label at the beginning of a paragraph or a list item."""
    if not line.first or line.text.startswith(_LITERAL) or not line.is_outermost:
        return None
    found = _DASHED.match(line.text)
    if found is None or (key := normalise_label(found[1])) not in line.vocabulary.known:
        return None
    return _found(line, found[1], key, found[2], Style.LABEL)


def _read_field(line: _Line) -> _Found | None:
    """Read `BUG=b:123` or `TEST=boots`, which end what a label above them says."""
    found = _FIELD.match(line.text) if line.may_begin and line.column == 1 else None
    if found is None or line.in_item:
        return None
    key, value = normalise_label(found[1]), found[2].strip(" \t")
    place = line.number, line.column
    mark = Mark(found[1], key, LABEL_LEVEL, Style.LABEL, Standing.UNKNOWN, *place)
    return _Found(mark, value)


def _is_code(label: str) -> bool:
    """Tell the name of something in a program, such as **`reason`**, from a label."""
    inner = label.strip(" \t*_:\uff1a")
    return inner[:1] == inner[-1:] == "`" and inner[1:2].islower()


def _may_follow(colon: str, rest: str, *, known: bool) -> bool:
    """Tell whether a value may stand behind a colon: not in `https://`, `std::vec`, `12:30`."""
    if colon != ":" or not rest or rest.startswith((" ", "\t")):
        return True
    return known and not rest.startswith((":", "/"))


def _closed_emphasis(label: str, rest: str) -> str:
    """Return the emphasis that opens in the label and closes behind the colon (`_Why:_ x`)."""
    opening = _OPENING.match(label)
    return opening[0] if opening and rest.startswith(opening[0]) else ""


def _read_bare(line: _Line) -> _Found | None:
    """Read a known label that is the whole first line of a paragraph.

    A weak one, or one about another topic, must be the whole paragraph: `Modifications`.
    """
    unmarked = not line.text.startswith((*_LITERAL, "**", "__"))
    if not line.first or line.in_item or len(line.text) > 160 or not unmarked:
        return None
    words = line.vocabulary
    is_known = is_label(line.text, words.known)
    if not is_known and not (
        line.alone and (is_label(line.text, words.weak) or is_topic_alone(line.text))
    ):
        return None
    if line.text[:1].islower() and _ends_sentence(line.text):  # the last word behind a quotation
        return None
    return _found(line, line.text, normalise_label(line.text), "", Style.BARE)


def _is_short(label: str, line: _Line) -> bool:
    """Tell whether an unknown label is short enough to be one, and no sentence."""
    most = _MOST_WORDS if line.in_item or line.alone else _MOST_WORDS_IN_PROSE
    words = label.strip(" *_`")
    return len(words) <= _LONGEST and len(words.split()) <= most and not words.endswith(".")


def _found(
    line: _Line,
    label: str,
    key: str,
    value: str,
    style: Style,
    *,
    otherwise: Standing = Standing.LIKE,
) -> _Found:
    if otherwise is Standing.LIKE and leads_in(key):
        otherwise = Standing.ENTRY
    standing = line.vocabulary.standing(key, otherwise=otherwise)
    place = line.number, line.column
    mark = Mark(display_label(label), key, LABEL_LEVEL, style, standing, *place)
    return _Found(mark, value)
