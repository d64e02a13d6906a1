"""Turn Markdown into a tree of blocks with their lines, exactly as CommonMark reads it."""

from __future__ import annotations

import re
from enum import StrEnum
from functools import lru_cache, partial
from typing import TYPE_CHECKING, NamedTuple

from msgspec import Struct, field

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from markdown_it import MarkdownIt
    from markdown_it.rules_block import StateBlock
    from markdown_it.token import Token

    Rule = Callable[[StateBlock, int, int, bool], bool]

_DEEPEST = 100  # levels of lists and quotes; at the parser's own limit of 20 text gets lost
_MOST_CELLS = 20_000  # of a table, were it to go on to the end of the text


class Kind(StrEnum):
    """What a block is."""

    PARAGRAPH = "paragraph"
    HEADING = "heading"
    FENCE = "fence"
    CODE = "code"
    HTML = "html"
    QUOTE = "quote"
    LIST = "list"
    ITEM = "item"
    TABLE = "table"
    ROW = "row"
    CELL = "cell"


class Block(NamedTuple):
    """One block; `start` and `end` are its lines, counted from 0, `end` not included.

    `text` is the Markdown inside (paragraph, heading, cell) or the literal text (code, HTML);
    `level` is 1-6 for headings; `info` a fence's info string; `underlined` marks a setext
    heading; `closed` is False for a fence that runs on because nothing closes it.
    """

    kind: Kind
    start: int
    end: int
    text: str = ""
    level: int = 0
    info: str = ""
    underlined: bool = False
    closed: bool = True
    children: tuple[Block, ...] = ()

    def walk(self) -> Iterator[Block]:
        """Yield this block and everything in it, in the order of the text."""
        stack = [self]
        while stack:
            block = stack.pop()
            yield block
            stack.extend(reversed(block.children))


class Layout(Struct, frozen=True):
    """A text as lines and top-level blocks; `references` are its link definitions."""

    lines: tuple[str, ...]
    blocks: tuple[Block, ...]
    references: Mapping[str, object] = field(default_factory=dict)

    def walk(self) -> Iterator[Block]:
        """Yield every block of the text in its order."""
        for block in self.blocks:
            yield from block.walk()


# What makes a text more than paragraphs: a line that opens another block, or a table's pipe.
_MARKED = re.compile(
    r"^(?: {0,3}\t| {4}| {0,3}(?:[#>*+\-=~`<\[_:]|\d{1,9}[.)]))|\|",
    re.MULTILINE,
)


def split_lines(text: str) -> tuple[str, ...]:
    r"""Return the lines of a text; only \r\n, \n and \r end one (CommonMark section 2.1).

    A byte order mark is dropped and NUL becomes U+FFFD (section 2.3). An empty text has one
    empty line; a line end at the end of the text begins no further line.
    """
    plain = text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "\ufffd")
    return tuple(plain.removeprefix("\ufeff").removesuffix("\n").split("\n"))


def parse_blocks(lines: tuple[str, ...], breaks: Iterable[int] = ()) -> Layout:
    """Return the block structure of a text given as lines without their ends.

    Follows CommonMark 0.31 with the tables of GitHub's dialect. At each line of `breaks`
    (from 0) all open blocks end, as if the text began anew there. A text of plain paragraphs,
    headings and flat lists is read without the parser library.
    """
    if not _MARKED.search("\n".join(lines)):
        return Layout(lines, tuple(_plain_paragraphs(lines)))
    from whygate.text.plain_blocks import read_plain_blocks  # noqa: PLC0415 - few texts need it

    plain = None if breaks else read_plain_blocks(lines)
    return Layout(lines, plain) if plain is not None else parse_marked(lines, breaks)


def parse_marked(lines: tuple[str, ...], breaks: Iterable[int] = ()) -> Layout:
    """Return the block structure of a text as the parser library reads it; as `parse_blocks`."""
    parser = _block_parser()
    env: dict[str, object] = {}
    blocks: list[Block] = []
    starts = sorted({0, *breaks})
    for start, end in zip(starts, [*starts[1:], len(lines)], strict=True):
        tokens: list[Token] = []
        parser.block.parse("\n".join(lines[start:end]) + "\n", parser, env, tokens)
        blocks.extend(_assemble(tokens, start))
    references = env.get("references")
    return Layout(lines, tuple(blocks), references if isinstance(references, dict) else {})


@lru_cache(maxsize=1)
def _block_parser() -> MarkdownIt:
    from markdown_it import MarkdownIt  # noqa: PLC0415 - 60 ms that a plain message saves
    from markdown_it.rules_block import table  # noqa: PLC0415

    parser = MarkdownIt("commonmark", {"maxNesting": _DEEPEST}).enable("table")
    parser.block.ruler.at(
        "table", partial(_read_sane_table, table), {"alt": ["paragraph", "reference"]}
    )
    return parser


def _read_sane_table(table: Rule, state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """Read a table unless it may blow up; the parser fills short rows with empty cells."""
    if not table(state, start, end, True):
        return False
    if not _has_any(state, start + 1, "|:"):  # GitHub reads `a |` over `---` as a heading
        return False
    columns = state.src.count("|", state.bMarks[start], state.eMarks[start])
    return columns * (end - start) <= _MOST_CELLS and (silent or table(state, start, end, False))


def _has_any(state: StateBlock, line: int, signs: str) -> bool:
    start, end = state.bMarks[line], state.eMarks[line]
    return any(state.src.find(sign, start, end) >= 0 for sign in signs)


def _plain_paragraphs(lines: tuple[str, ...]) -> Iterator[Block]:
    start: int | None = None
    for number, line in enumerate((*lines, "")):
        if line.strip(" \t"):
            start = number if start is None else start
        elif start is not None:
            text = "\n".join(lines[start:number]).strip(" \t\n")
            yield Block(Kind.PARAGRAPH, start, number, text)
            start = None


_KINDS = {
    "paragraph_open": Kind.PARAGRAPH,
    "heading_open": Kind.HEADING,
    "fence": Kind.FENCE,
    "code_block": Kind.CODE,
    "html_block": Kind.HTML,
    "blockquote_open": Kind.QUOTE,
    "bullet_list_open": Kind.LIST,
    "ordered_list_open": Kind.LIST,
    "list_item_open": Kind.ITEM,
    "table_open": Kind.TABLE,
    "tr_open": Kind.ROW,
    "th_open": Kind.CELL,
    "td_open": Kind.CELL,
}
_TEXTUAL = {Kind.PARAGRAPH, Kind.HEADING, Kind.CELL}


def _assemble(tokens: Iterable[Token], offset: int) -> tuple[Block, ...]:
    """Fold the parser's flat stream of opening and closing tokens into blocks.

    `offset` is the line, from 0, at which the parsed text begins.
    """
    opened: list[Token] = []
    levels: list[list[Block]] = [[]]
    content = ""
    for token in tokens:
        if token.type == "inline":
            content = token.content
        elif token.nesting == 1:
            opened.append(token)
            levels.append([])
        elif token.nesting == -1:
            children = levels.pop()
            levels[-1].extend(_close(opened.pop(), children, content, offset))
        elif token.type in _KINDS:
            levels[-1].append(_leaf(token, offset))
    return tuple(levels[0])


def _close(token: Token, children: list[Block], content: str, offset: int) -> list[Block]:
    kind = _KINDS.get(token.type)
    if kind is None:  # the head and body of a table only group its rows
        return children
    start, end = _lines(token, offset)
    if kind not in _TEXTUAL:
        return [Block(kind, start, end, children=tuple(children))]
    if kind is not Kind.HEADING:
        return [Block(kind, start, end, content)]
    underlined = not token.markup.startswith("#")
    return [Block(kind, start, end, content, int(token.tag[1:]), underlined=underlined)]


def _leaf(token: Token, offset: int) -> Block:
    start, end = _lines(token, offset)
    closed = True
    if token.type == "fence":  # the opening and the closing line are not part of the content
        closed = end - start == token.content.count("\n") + 2
    return Block(_KINDS[token.type], start, end, token.content, info=token.info, closed=closed)


def _lines(token: Token, offset: int) -> tuple[int, int]:
    """Return the lines of a token; table cells carry none, their row does."""
    start, end = token.map or (-offset, -offset)
    return start + offset, end + offset
