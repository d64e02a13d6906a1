"""Turn the lines of a paragraph into fragments, each with the label that opens it."""

from __future__ import annotations

import re
from enum import Enum
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from whygate.text.candidates import is_label, may_begin_label
from whygate.text.document import LABEL_LEVEL, Style
from whygate.text.inline import hidden_line_starts
from whygate.text.labels import display_label, normalise_label
from whygate.text.layout import Kind
from whygate.text.topics import begins_topic

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from whygate.text.layout import Block, Layout

_LONGEST = 60  # characters of a label nobody has told us about; known ones may be longer
_MOST_WORDS = 6
_MOST_WORDS_IN_PROSE = 3  # "Reviewed by: x", but not "There is one thing left: x"
_MOST_BREAKS = 500

_BOLD = re.compile(r"(?P<mark>\*{2,3}|_{2,3})(?P<label>(?![\s*_]).{1,160}?)(?P=mark)(?P<rest>.*)")
_LABEL = re.compile(r"(?P<label>[^:\uff1a]{1,160})(?P<colon>[:\uff1a])(?P<rest>.*)")
_OPENING = re.compile(r"[*_`]{1,3}")
_COMMENT = re.compile(r"<!--.*?-->")
_COLONS = (":", "\uff1a")
_LITERAL = ("#", "\\")  # what a reader sees as text: a heading without its space, an escape
_ENDINGS = (*_COLONS, "?", "\uff1f")


class Standing(Enum):
    """What a label can do: open a section always, by its level, or never."""

    KNOWN = "known"
    UNKNOWN = "unknown"
    ENTRY = "entry"


class Vocabulary(Struct, frozen=True):
    """The normalised labels somebody knows: of sections, and of the entries inside them."""

    known: frozenset[str]
    parts: frozenset[str]

    def __bool__(self) -> bool:
        return bool(self.known or self.parts)

    def __contains__(self, key: object) -> bool:
        return key in self.known or key in self.parts

    def standing(self, key: str, *, otherwise: Standing) -> Standing:
        """Return what a label may do; `otherwise` is for one that is not known."""
        if key in self.known:
            return Standing.KNOWN
        return Standing.ENTRY if key in self.parts else otherwise


class Mark(Struct, frozen=True):
    """A label in a text: `line` and `column` are its place, from 1."""

    label: str
    key: str
    level: int
    style: Style
    standing: Standing
    line: int
    column: int


class Fragment(Struct, frozen=True):
    """A piece of a paragraph: the Markdown behind its label, or all of it without one.

    `line` and `column` are the place of `text`; `source` is the text with the label.
    """

    text: str
    line: int
    column: int
    mark: Mark | None = None
    source: str = ""


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
    def may_begin(self) -> bool:
        """Tell whether only label lines stand before this one in its paragraph."""
        return self.first or self.after_labels


def heading_mark(block: Block, source: str, vocabulary: Vocabulary) -> Mark:
    """Return the mark of a heading; `source` is its first line."""
    key = normalise_label(block.text)
    standing = Standing.KNOWN if key in vocabulary.known else Standing.UNKNOWN
    style = Style.SETEXT if block.underlined else Style.ATX
    column = len(source) - len(source.lstrip(" ")) + 1
    return Mark(
        display_label(block.text), key, block.level, style, standing, block.start + 1, column
    )


def find_lazy_labels(layout: Layout, vocabulary: Vocabulary) -> list[int]:
    """Return the lines, from 0, on which a known label continues a list item by accident.

    A line at column 1 below a list item is read as part of the item (CommonMark 5.2, lazy
    continuation), but a writer who puts `Outcome: ...` or `**Outcome**` there means a label.
    """
    found: list[int] = []
    for block in layout.blocks:
        if block.kind is Kind.LIST:
            for inner in block.walk():
                if inner.kind is Kind.PARAGRAPH and inner.end - inner.start > 1:
                    found.extend(_lazy_labels(inner, layout.lines, vocabulary))
    return found[:_MOST_BREAKS]


def _lazy_labels(block: Block, lines: Sequence[str], vocabulary: Vocabulary) -> Iterator[int]:
    for number in range(block.start + 1, block.end):
        text = lines[number]
        if text[:1] not in {" ", "\t", ">"} and may_begin_label(text, vocabulary.known):
            line = _Line(text, vocabulary, number + 1, 1, True, False, True, False)
            found = _read_line(line)
            mark = found.mark if found else None
            if mark is None or mark.standing is not Standing.KNOWN:
                continue
            if mark.style is Style.BOLD or not _is_wrapped(text, mark.style):
                yield number


def _is_wrapped(line: str, style: Style) -> bool:
    """Tell a line of a wrapped sentence (`value.`, `links: see [1]`) from a label."""
    return line[:1].islower() or (style is Style.BARE and _ends_sentence(line))


def _ends_sentence(line: str) -> bool:
    return line.rstrip().endswith((".", ",", ")"))


def split_paragraph(
    text: str, lines: Sequence[str], first_line: int, vocabulary: Vocabulary, *, in_item: bool
) -> list[Fragment]:
    """Return the fragments of a paragraph, split where a line begins with a label.

    `text` is the paragraph's Markdown, `lines` are its lines in the source and `first_line`
    the number of the first, from 1. `in_item` tells that a list item begins with it.
    """
    contents = text.split("\n")
    if len(contents) != len(lines) or not _may_hold_label(contents, vocabulary):
        # the lines differ when the parser trimmed one of odd white space only
        return [Fragment(text, first_line, _column(lines[0], contents[0]), source=text)]
    covered = hidden_line_starts(text) if "`" in text or "<!--" in text else {}
    starts: list[tuple[int, Fragment]] = []
    line = _Line("", vocabulary, first_line, 1, True, len(contents) == 1, True, in_item)
    for offset, (content, source) in enumerate(zip(contents, lines, strict=True)):
        line.move_to(content.strip(" \t"), first_line + offset, _column(source, content))
        found = None if offset in covered else _read_line(line)
        if found is not None or line.first:
            plain = Fragment(content, line.number, line.column, source=content)
            starts.append((offset, found or plain))
        line.first = False
        line.after_labels = line.after_labels and found is not None
    ends = [offset for offset, _ in starts[1:]] + [len(contents)]
    return [
        _extend(fragment, contents[offset + 1 : end], lines[offset + 1 : end])
        for (offset, fragment), end in zip(starts, ends, strict=True)
    ]


def _may_hold_label(contents: Sequence[str], vocabulary: Vocabulary) -> bool:
    """Tell cheaply whether any line of a paragraph can begin with a label."""
    if any(":" in line or "\uff1a" in line or "**" in line or "__" in line for line in contents):
        return True
    return is_label(contents[0], vocabulary.known)


def _extend(fragment: Fragment, tail: Sequence[str], sources: Sequence[str]) -> Fragment:
    """Return a fragment with the lines that follow its first one."""
    if not tail:
        return fragment
    text, source = "\n".join(tail), "\n".join((fragment.source, *tail))
    if fragment.text:
        return replace(fragment, text=f"{fragment.text}\n{text}", source=source)
    column = _column(sources[0], tail[0])
    return replace(fragment, text=text, source=source, line=fragment.line + 1, column=column)


def _column(source: str, content: str) -> int:
    """Return the column of the first word of a content line in its source line."""
    end, words = source.rstrip(" \t"), content.strip(" \t")
    return len(end) - len(words) + 1 if end.endswith(words) else 1


def _read_line(line: _Line) -> Fragment | None:
    return _read_bold(line) or _read_label(line) or _read_bare(line)


def _read_bold(line: _Line) -> Fragment | None:
    """Read `**Label:** text`, `**Label**: text`, and a line that is only `**Label**`."""
    start = _bold_start(line.text)
    found = _BOLD.match(line.text, start) if start >= 0 else None
    if found is None:
        return None
    label = found["label"]
    colon, value = _split_colon(label, found["rest"])
    key = normalise_label(label)
    if not key:
        return None
    if _is_label_only(label, value, colon=colon):
        return _read_bold_alone(line, label, known=key in line.vocabulary)
    if not colon and not label.rstrip().endswith(_ENDINGS):
        return None
    if key not in line.vocabulary and not (line.may_begin and _is_short(label, line)):
        return None
    return _fragment(line, label, value, Style.BOLD)


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
    value = _COMMENT.sub("", value).strip()
    if not value or colon or "![" in value:
        return not value
    return normalise_label(f"{label} {value}") == normalise_label(label)


def _read_bold_alone(line: _Line, label: str, *, known: bool) -> Fragment | None:
    if known:
        return _fragment(line, label, "", Style.BOLD)
    if begins_topic(normalise_label(label)) and not line.in_item:
        return _fragment(line, label, "", Style.BOLD, otherwise=Standing.UNKNOWN)
    if not line.alone or not _is_short(label, line):
        return None
    otherwise = Standing.ENTRY if line.in_item else Standing.UNKNOWN
    return _fragment(line, label, "", Style.BOLD, otherwise=otherwise)


def _read_label(line: _Line) -> Fragment | None:
    """Read `Label: text`; in a paragraph only at column 1 and never below a line of prose."""
    found = _LABEL.match(line.text) if line.may_begin else None
    if found is None or line.text.startswith(_LITERAL) or (line.column != 1 and not line.in_item):
        return None
    label, rest = found["label"], found["rest"]
    key = normalise_label(label)
    known = key in line.vocabulary
    if not key or not (known or _is_short(label, line)):
        return None
    emphasis = _closed_emphasis(label, rest)
    if not emphasis and not _may_follow(found["colon"], rest, known=known):
        return None
    value = rest.removeprefix(emphasis).lstrip(" \t")
    return _fragment(line, label, value, Style.LABEL if value else Style.BARE)


def _may_follow(colon: str, rest: str, *, known: bool) -> bool:
    """Tell whether a value may stand behind a colon: not in `https://`, `std::vec`, `12:30`."""
    if colon != ":" or not rest or rest.startswith((" ", "\t")):
        return True
    return known and not rest.startswith((":", "/"))


def _closed_emphasis(label: str, rest: str) -> str:
    """Return the emphasis that opens in the label and closes behind the colon (`_Why:_ x`)."""
    opening = _OPENING.match(label)
    return opening[0] if opening and rest.startswith(opening[0]) else ""


def _read_bare(line: _Line) -> Fragment | None:
    """Read a known label that is the whole first line of a paragraph."""
    unmarked = not line.text.startswith((*_LITERAL, "**", "__"))
    if not line.first or line.in_item or len(line.text) > 160 or not unmarked:
        return None
    if not is_label(line.text, line.vocabulary.known):
        return None
    if line.text[:1].islower() and _ends_sentence(line.text):  # the last word behind a quotation
        return None
    return _fragment(line, line.text, "", Style.BARE)


def _is_short(label: str, line: _Line) -> bool:
    """Tell whether an unknown label is short enough to be one, and no sentence."""
    most = _MOST_WORDS if line.in_item or line.alone else _MOST_WORDS_IN_PROSE
    words = label.strip(" *_`")
    return len(words) <= _LONGEST and len(words.split()) <= most and not words.endswith(".")


def _fragment(
    line: _Line, label: str, value: str, style: Style, *, otherwise: Standing = Standing.ENTRY
) -> Fragment:
    key = normalise_label(label)
    mark = Mark(
        label=display_label(label),
        key=key,
        level=LABEL_LEVEL,
        style=style,
        standing=line.vocabulary.standing(key, otherwise=otherwise),
        line=line.number,
        column=line.column,
    )
    column = line.column + len(line.text) - len(value)
    return Fragment(value, line.number, column, mark, line.text)
