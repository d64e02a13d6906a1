"""Read the blocks that the parser library must be asked for, one at a time."""

from __future__ import annotations

from functools import lru_cache, partial
from typing import TYPE_CHECKING

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock, table

from whygate.text.layout import Block, Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from markdown_it.token import Token

    Rule = Callable[[StateBlock, int, int, bool], bool]

_DEEPEST = 100  # levels of lists and quotes; at the parser's own limit of 20 text gets lost
_MOST_CELLS = 20_000  # of a table, were it to go on to the end of the text

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


class BlockLibrary:
    """The parser library in the middle of a text.

    It reads the lines from `start` on, and adds the link definitions it comes across to
    `references`. Between two blocks at the top level the library carries nothing over, so that
    any of them may be read elsewhere.
    """

    def __init__(self, lines: Sequence[str], start: int, references: dict[str, object]) -> None:
        parser = block_parser()
        self._start = start
        self._tokens: list[Token] = []
        self._env: dict[str, object] = {"references": references}
        source = "\n".join(lines[start:]) + "\n"
        self._state = StateBlock(source, parser, self._env, self._tokens)
        self._rules = parser.block.ruler.getRules("")

    def read(self, line: int) -> tuple[tuple[Block, ...], int]:
        """Return what stands at a line that is not blank, and the line behind it.

        It is one block, or none: a thematic break and a definition show nothing.
        """
        state = self._state
        at = state.line = line - self._start
        self._tokens.clear()
        any(rule(state, at, state.lineMax, False) for rule in self._rules)
        return assemble(self._tokens, self._start), state.line + self._start


@lru_cache(maxsize=1)
def block_parser() -> MarkdownIt:
    """Return the block parser of the process."""
    parser = MarkdownIt("commonmark", {"maxNesting": _DEEPEST}).enable("table")
    parser.block.ruler.at(
        "table", partial(_read_sane_table, table), {"alt": ["paragraph", "reference"]}
    )
    parser.normalizeLink = str  # type: ignore[method-assign,assignment]  # nobody asks where a link leads
    return parser


def _read_sane_table(table: Rule, state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """Read a table unless it may blow up; the parser fills short rows with empty cells."""
    if start + 1 >= end or not _has_any(state, start + 1, "|:"):
        return False  # GitHub reads `a |` over `---` as a heading
    if not table(state, start, end, True):
        return False
    columns = state.src.count("|", state.bMarks[start], state.eMarks[start])
    return columns * (end - start) <= _MOST_CELLS and (silent or table(state, start, end, False))


def _has_any(state: StateBlock, line: int, signs: str) -> bool:
    start, end = state.bMarks[line], state.eMarks[line]
    return any(state.src.find(sign, start, end) >= 0 for sign in signs)


def assemble(tokens: Iterable[Token], offset: int) -> tuple[Block, ...]:
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
