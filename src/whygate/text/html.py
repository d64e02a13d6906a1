"""Turn raw HTML inside Markdown into its text, tags and comments."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Iterator


class Markup(StrEnum):
    """What one piece of HTML is."""

    TEXT = "text"
    TAG = "tag"
    COMMENT = "comment"
    UNCLOSED = "unclosed"


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
        found = _NAME.match(self.text) if self.markup is Markup.TAG else None
        return found[1].lower() if found else ""


_NAME = re.compile(r"<(/?[A-Za-z][A-Za-z0-9-]*)")
_SPANS = (("<!--", "-->"), ("<![CDATA[", "]]>"), ("<?", "?>"), ("<!", ">"))


def scan_html(source: str) -> Iterator[Piece]:
    """Yield the pieces of an HTML text in order; together they are the whole text.

    Comments, CDATA sections, declarations and processing instructions all come as comments,
    for none is shown (CommonMark 6.6); one that is never closed runs to the end.
    Linear in the length of the text.
    """
    position = 0
    while (opening := source.find("<", position)) >= 0:
        if opening > position:
            yield Piece(Markup.TEXT, source[position:opening], position)
        piece = _piece_at(source, opening)
        yield piece
        position = piece.end
    if position < len(source):
        yield Piece(Markup.TEXT, source[position:], position)


def _piece_at(source: str, start: int) -> Piece:
    for opener, closer in _SPANS:
        if source.startswith(opener, start):
            # `<!-->` and `<!--->` are whole comments, so the closer may overlap the opener
            overlap = 2 if opener == "<!--" else len(opener)
            end = source.find(closer, start + overlap)
            if end < 0:
                return Piece(Markup.UNCLOSED, source[start:], start)
            return Piece(Markup.COMMENT, source[start : end + len(closer)], start)
    if not _NAME.match(source, start):
        return Piece(Markup.TEXT, "<", start)
    following = source.find("<", start + 1)
    end = source.find(">", start, following if following > 0 else len(source))
    if end < 0:
        return Piece(Markup.TEXT, "<", start)
    return Piece(Markup.TAG, source[start : end + 1], start)
