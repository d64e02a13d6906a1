"""Turn the Markdown of one paragraph into the words a reader sees, with and without links."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from msgspec import Struct, field
from msgspec.structs import replace

from whygate.text.html import Markup, Piece, scan_html

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from markdown_it import MarkdownIt
    from markdown_it.token import Token

# What makes a paragraph more than words. `_` inside a word and `<` before a space do not.
_MOST_BRACKETS = 2_000  # in one paragraph; beyond, none of them makes a link
_MARKED = re.compile(r"[`*\\\[]|<[A-Za-z/!?]|&[#A-Za-z]|(?:^|\W)_|_(?:\W|$)")
_URL = re.compile(
    r"(?<![A-Za-z0-9])(?:[A-Za-z][A-Za-z0-9+.-]{1,15}://|www\.(?=[A-Za-z0-9]))[!-;=?-~]+"
)
_NEW_LINE = re.compile(
    r"/?(?:address|article|blockquote|br|d[dltr]|details|div|figure|h[1-6r]|li|[ou]l|p|pre"
    r"|section|summary|t[dhr]|table|tbody|thead)"
)


class Run(Struct, frozen=True):
    """The visible words of a piece of Markdown, and what was set aside while reading it."""

    text: str = ""
    unlinked: str = ""
    images: int = 0
    links: int = 0


class InlineReader(Struct, frozen=True):
    """Reads the paragraphs of one text; each that needs the parser is parsed only once.

    `references` are the link definitions of the whole text, as the parser gave them.
    """

    references: Mapping[str, object] = field(default_factory=dict)
    known: dict[str, Run] = field(default_factory=dict)

    def render(self, markdown: str) -> Run:
        """Return the visible words of a paragraph's Markdown (CommonMark chapter 6).

        Line ends inside become spaces; nothing else is folded. `unlinked` lacks the links and
        the bare URLs.
        """
        if not _MARKED.search(markdown):
            plain = markdown.replace("\n", " ")
            unlinked, links = drop_urls(plain)
            return Run(plain, unlinked, links=links)
        run = self.known.get(markdown)
        if run is None:
            run = _read_plain_spans(markdown) or self._parse(markdown)
            self.known[markdown] = run
        return run

    def _parse(self, markdown: str) -> Run:
        linking = bool(self.references) or "](" in markdown or "][" in markdown
        parser = _inline_parser(links=linking and markdown.count("[") <= _MOST_BRACKETS)
        collector = _Collector()
        env = {"references": self.references} if self.references else {}
        collector.add_tokens(parser.inline.parse(markdown, parser, env, []))
        return collector.run()


@lru_cache(maxsize=2)
def _inline_parser(*, links: bool) -> MarkdownIt:
    """Return the inline parser of the process with or without the rules for `[...]`.

    Links hold no links, so ten levels of nesting are more than anybody writes, and the time
    for a row of brackets grows with the nesting that is followed: 5 s per 64 KiB at 100.
    """
    from markdown_it import MarkdownIt  # noqa: PLC0415 - 60 ms that a plain message saves

    parser = MarkdownIt("commonmark", {"maxNesting": 10})
    return parser if links else parser.disable(["link", "image"])


# Emphasis between white space or plain punctuation, code between single backticks, and links to
# plain addresses (CommonMark 6.1, 6.2, 6.3): what nobody can read in two ways.
_WORDS = r"[A-Za-z0-9](?:[A-Za-z0-9 ,.'/-]*[A-Za-z0-9])?"
_SPAN = re.compile(
    rf"(?<![^\s(])(?P<mark>\*\*?)(?P<strong>{_WORDS})(?:(?P=mark)(?![^\s.,;:)])|(?P<colon>:)(?P=mark)(?!\S))"
    r"|(?<!`)`(?P<code>[A-Za-z0-9](?:[^`\n]*[A-Za-z0-9)])?)`(?!`)"
    rf"|(?<![!\]])\[(?P<link>{_WORDS})\]\((?:https?://[A-Za-z0-9][A-Za-z0-9./-]*)\)"
)
_SIGNS = frozenset("`*_\\[]<&")


def _read_plain_spans(markdown: str) -> Run | None:
    """Return the visible words of a paragraph with plain spans, None when it may hold others.

    It spares loading the parser library; the tests hold the two against each other.
    """
    if markdown.count("[") > _MOST_BRACKETS or not _has_plain_lines(markdown):
        return None
    collector = _Collector()
    position = 0
    for span in _SPAN.finditer(markdown):
        collector.add(markdown[position : span.start()])
        position = span.end()
        if span["link"] is not None:
            collector.open_link()
        collector.add(span["link"] or span["code"] or f"{span['strong']}{span['colon'] or ''}")
        if span["link"] is not None:
            collector.close_link()
    collector.add(markdown[position:])
    outside = _SPAN.sub("", markdown)
    if not _SIGNS.isdisjoint(outside):
        return None
    run = collector.run()
    return replace(run, text=run.text.replace("\n", " "), unlinked=run.unlinked.replace("\n", " "))


def _has_plain_lines(markdown: str) -> bool:
    """Tell whether lines end without spaces, which could break them, and hold nothing odd."""
    lines = markdown.split("\n")
    return all(line == line.strip(" ") and line.isprintable() for line in lines)


def render_html(source: str) -> Run:
    """Return the visible words of raw HTML: tags, comments and images fall away."""
    collector = _Collector()
    for piece in scan_html(source):
        collector.add_html(piece)
    return collector.run()


def drop_urls(text: str) -> tuple[str, int]:
    """Return a text without its bare URLs (`https://...`, `www...`), and how many there were."""
    if "://" not in text and "www." not in text:
        return text, 0
    return _URL.subn(" ", text)


class _Collector(Struct):
    """Gathers words in order; `depth` counts the links that are open."""

    words: list[str] = field(default_factory=list)
    unlinked: list[str] = field(default_factory=list)
    images: int = 0
    links: int = 0
    depth: int = 0

    def run(self) -> Run:
        unlinked, bare = drop_urls("".join(self.unlinked))
        return Run("".join(self.words), unlinked, self.images, self.links + bare)

    def add(self, text: str) -> None:
        self.words.append(text)
        if not self.depth:
            self.unlinked.append(text)

    def add_tokens(self, tokens: Iterable[Token]) -> None:
        for token in tokens:
            match token.type:
                case "text" | "text_special" | "code_inline":
                    self.add(token.content)
                case "softbreak" | "hardbreak":
                    self.add(" ")
                case "image":
                    self.images += 1
                case "link_open":
                    self.open_link()
                case "link_close":
                    self.close_link()
                case "html_inline":
                    for piece in scan_html(token.content):
                        self.add_html(piece)

    def add_html(self, piece: Piece) -> None:
        if piece.markup is Markup.TEXT:
            self.add(_decode(piece.text))
            return
        name = piece.tag
        if name == "img":
            self.images += 1
        elif name == "a":
            self.open_link()
        elif name == "/a":
            self.close_link()
        elif _NEW_LINE.fullmatch(name):
            self.add("\n")

    def open_link(self) -> None:
        self.links += 1
        self.depth += 1
        self.unlinked.append(" ")

    def close_link(self) -> None:
        self.depth = max(0, self.depth - 1)


def _decode(text: str) -> str:
    """Return a text with its entities decoded; the parser has done so for Markdown's own."""
    if "&" not in text:
        return text
    from html import unescape  # noqa: PLC0415 - its table is needed for raw HTML only

    return unescape(text)


def hidden_line_starts(markdown: str) -> Mapping[int, str]:
    """Return the lines that begin inside a code span or an HTML comment, and in which.

    Lines count from 0; the value is the mark that opened the span. Such a line belongs to
    something that began earlier in the paragraph (CommonMark 6.1 and 6.6).
    """
    hidden: dict[int, str] = {}
    line = position = 0
    for start, end, mark in _spans(markdown):
        line += markdown.count("\n", position, start)
        inside = markdown.count("\n", start, end)
        hidden.update(dict.fromkeys(range(line + 1, line + 1 + inside), mark))
        line += inside
        position = end
    return hidden


_BACKTICKS = re.compile("`+")
_OPENER = re.compile(r"\\[\\`<]|`+|<!--")


def _spans(markdown: str) -> Iterator[tuple[int, int, str]]:
    """Yield the start, end and opening mark of code spans and comments, left to right."""
    last_of = {run[0]: run.start() for run in _BACKTICKS.finditer(markdown)}
    last_close = markdown.rfind("-->")
    position = 0
    while opener := _OPENER.search(markdown, position):
        start, mark = opener.start(), opener[0]
        position = opener.end()
        if mark == "<!--" and last_close >= start + 2:
            position = markdown.index("-->", start + 2) + 3
        elif last_of.get(mark, -1) > start:
            runs = _BACKTICKS.finditer(markdown, position)
            position = next(run.end() for run in runs if run[0] == mark)
        else:
            continue
        yield start, position, mark
