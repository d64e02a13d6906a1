"""Turn a template into its labels, each with what the template says below it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from msgspec import Struct

from whygate.text.document import Section, headings, parse_document
from whygate.text.labels import normalise_label
from whygate.text.marks import Style
from whygate.text.markup import split_lines
from whygate.text.prose import Markup, scan_html

if TYPE_CHECKING:
    from collections.abc import Iterator

    from whygate.schema.document import Vocabulary
    from whygate.text.document import Document, Entry

MOST_LABELS = 200

# A bold label, with at most a sign such as an emoji in front of it.
_BOLD = re.compile(r"[^\w*|>+-]{0,8}(?:\*\*|__)")
_LABEL = re.compile(r"[^\W\d_][^:|]{0,60}:[ \t]*\Z")
_SHORTCODE = re.compile(r"(?<![\w:]):[A-Za-z0-9_+-]{1,40}:(?![\w:])")
_COMMENT_SIGNS = re.compile(r"\A<!-+|-+!?>\Z")


class TemplateLabel(Struct, frozen=True):
    """A heading, bold label or label line of a template.

    `level` is 1 to 6 for headings and 7 for labels, `line` counts from 1. `comments` is the
    text of the HTML comments below it, `prompt` what a reader sees there. `has_boxes` tells
    that there are boxes to tick, `is_empty` that nothing is there, `is_plain` that the label is
    neither a heading nor bold.
    """

    text: str
    key: str
    level: int
    line: int
    path: str = ""
    comments: str = ""
    prompt: str = ""
    has_boxes: bool = False
    is_empty: bool = False
    is_plain: bool = False


def list_labels(text: str, words: Vocabulary, path: str = "") -> tuple[TemplateLabel, ...]:
    """Return the labels of a template in their order, whether the vocabulary knows them or not.

    What stands in a comment, a quote, a fence, a list item or a table is no label of the
    template. A plain line such as `Ticket:` counts when nothing follows the colon, or when the
    vocabulary knows it. Nobody fills in more than `MOST_LABELS`; the others are passed over.
    """
    lines = split_lines(text)
    known = {*words.labels, *(normalise_label(h.text) for h in headings(text))} - {""}
    first = parse_document(text, known, parts=words.parts)
    known.update(e.key for e in _entries(first) if _is_label(lines[e.line - 1]))
    document = parse_document(text, known, parts=words.parts)
    sections = [section for section in document.sections if section.key]
    return tuple(_label(section, path) for section in sections[:MOST_LABELS])


def _entries(document: Document) -> Iterator[Entry]:
    yield from document.entries
    for section in document.sections:
        yield from section.entries


def _is_label(line: str) -> bool:
    return bool(_BOLD.match(line) or _LABEL.match(line))


def _label(section: Section, path: str) -> TemplateLabel:
    comments = tuple(_comments(section.raw))
    prose = section.prose
    return TemplateLabel(
        text=_SHORTCODE.sub("", section.label).strip(),
        key=section.key,
        level=section.level,
        line=section.line,
        path=path,
        comments=" ".join(comments),
        prompt=prose.text,
        has_boxes=bool(prose.unticked or prose.ticked),
        is_empty=not section.raw.strip(),
        is_plain=section.style in (Style.LABEL, Style.BARE),
    )


def _comments(raw: str) -> Iterator[str]:
    for piece in scan_html(raw):
        if piece.markup is Markup.COMMENT:
            text = " ".join(_COMMENT_SIGNS.sub("", piece.text).split())
            if text:
                yield text
