"""What one text of a change says, in every form it is written in: trailers, blocks, sections.

The text is read once; whoever maps it to fields asks for nothing more.
"""

from __future__ import annotations

import re
from functools import cached_property
from typing import TYPE_CHECKING

from msgspec import Struct, field

from whygate.text.labels import may_hold_sections, normalise_label
from whygate.text.message import merged_title_line
from whygate.text.patterns import later
from whygate.text.trailers import Trailer, TrailerBlock, parse_loose, parse_trailers

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from whygate.text.document import Document
    from whygate.text.machine_block import MachineBlock
    from whygate.text.marks import Vocabulary

# A description has no subject line of its own, and git never takes the first paragraph for
# trailers: two bytes of a stand-in subject make a description that is all trailers readable.
_STAND_IN = b".\n\n"
_STAND_IN_LINES = 2
_STRAY = ("-", "=")
_LONE_RETURN = later(r"\r(?!\n)")
# What can hide a paragraph that begins at column 1 below a blank line: a fence, raw HTML that
# blank lines do not end (CommonMark 4.6), and folded details.
_HIDING = later(r"```|~~~|<(?:[!?]|/?(?:details|pre|script|style|textarea)\b)", re.IGNORECASE)


class Words(Struct, frozen=True, dict=True):
    """What somebody looks for: labels, in their normalised forms, and trailer keys in lower case.

    `labels` are those of sections, `weak` those of sections that may hold an answer, `parts` those
    of the values inside one, and `holders` the sections that have such values. `meanings` leads
    from what a label asks for to one of the labels that ask it.
    """

    labels: frozenset[str]
    parts: frozenset[str]
    keys: frozenset[str]
    weak: frozenset[str] = frozenset()
    holders: frozenset[str] = frozenset()
    meanings: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def openers(self) -> frozenset[str]:
        """The labels that may open a section, trusted or weak."""
        return self.labels | self.weak

    @cached_property
    def vocabulary(self) -> Vocabulary:
        """The labels as the Markdown of a text is searched for them."""
        # 3 ms to load, which most commits, being prose and trailers, save.
        from whygate.text.marks import Vocabulary  # noqa: PLC0415

        return Vocabulary(self.labels, self.parts, self.weak, self.holders, self.meanings)


class Written(Struct, frozen=True):
    """A text as it is read.

    `trailers` are those a reader sees, on the lines of the text; `blocks` the machine blocks, and
    `document` the sections: None where the text can hold none.
    """

    trailers: tuple[Trailer, ...] = ()
    blocks: tuple[MachineBlock, ...] = ()
    document: Document | None = None


def read_written(
    text: str, words: Words, *, is_message: bool, removed: Collection[str] = ()
) -> Written:
    """Return what a text says.

    Trailers are git's own block (git-interpret-trailers) and every other paragraph made wholly of
    `Key: value` lines with at least two of the keys, which squash merges leave in the middle of a
    message. Markdown hides what it hides: such a paragraph in a code block or a comment is no
    trailers, and neither is the last one of a description. The subject of a message is no section,
    and neither is the title of the request that it merges.

    `removed` are the lines that git took out of the message for comments; a label among them is
    reason enough to read the rest as Markdown.
    """
    text = _with_one_line_end(text, is_message=is_message)
    certain, open_to_doubt = _find_trailers(text, words.keys, is_message=is_message)
    blank = _unread_lines(text) if is_message else frozenset[int]()
    headings = _heading_lines(text)
    blank = blank.union(*(_claimed(block, headings, words.keys) for block in certain))
    claimed = blank.union(*(_claimed(block, headings, words.keys) for block in open_to_doubt))
    may_hide = any(_has_key(block, words.keys) for block in open_to_doubt) and _HIDING.search(text)
    if not (
        may_hide
        or may_hold_sections(text, words.openers, skip_lines=claimed)
        or any(normalise_label(line.lstrip("#").strip()) in words.labels for line in removed)
    ):
        return Written(tuple(_trailers(certain + open_to_doubt)))
    # 3 ms to load, which most commits, being prose and trailers, save.
    from whygate.text.document import Page  # noqa: PLC0415

    page = Page.of(text, words.vocabulary, blank)
    hidden = page.hidden_lines() if may_hide else frozenset[int]()
    shown = [block for block in open_to_doubt if not _is_hidden(block, words.keys, hidden)]
    lines = frozenset[int]().union(*(_claimed(block, headings, words.keys) for block in shown))
    document = page.document(lines)
    if not document.fences:
        return Written(tuple(_trailers(certain + shown)), (), document)
    from whygate.text.machine_block import read_block  # noqa: PLC0415 - loads PyYAML: 19 ms

    blocks = tuple(found for fence in document.fences if (found := read_block(fence)) is not None)
    return Written(tuple(_trailers(certain + shown)), blocks, document)


def _with_one_line_end(text: str, *, is_message: bool) -> str:
    """Return a text whose lines end where all readers see an end.

    A lone carriage return stays inside a line of git's; CommonMark (2.1) ends a line with it.
    Offsets stay the same.
    """
    if "\r" not in text:
        return text
    return _LONE_RETURN.sub(" " if is_message else "\n", text)


def _find_trailers(
    text: str, keys: frozenset[str], *, is_message: bool
) -> tuple[list[TrailerBlock], list[TrailerBlock]]:
    """Return the trailer blocks that count in any case, and those that Markdown may hide."""
    if ":" not in text:
        return [], []
    try:
        data = text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:  # half a surrogate pair, which stands for no byte
        data = text.encode("utf-8", "replace")
    if is_message:
        block = parse_trailers(data)
        title = merged_title_line(text)
        if title and block.last == title:
            return [], []
        loose = [b for b in parse_loose(data, keys) if _is_stated(b, keys)]
        return ([block] if block.trailers else []), loose
    data = _STAND_IN + data
    block = parse_trailers(data)
    lines = data.split(b"\n")[block.first - 1 : block.last] if block.trailers else []
    written = () if any(line.startswith(b"#") for line in lines) else (block,)
    found = (*written, *parse_loose(data, keys))
    return [], [_below_stand_in(b) for b in found if _is_stated(b, keys)]


def _below_stand_in(block: TrailerBlock) -> TrailerBlock:
    """Return a block with the lines of the text, which stands below a stand-in subject."""
    trailers = tuple(
        Trailer(t.key, t.value, t.line - _STAND_IN_LINES, t.column) for t in block.trailers
    )
    return TrailerBlock(trailers, block.first - _STAND_IN_LINES, block.last - _STAND_IN_LINES)


def _heading_lines(text: str) -> frozenset[int]:
    """Return the lines, from 1, that begin with the sign of a heading."""
    if "\n#" not in text:
        return frozenset()
    lines = enumerate(text.split("\n"), 1)
    return frozenset(number for number, line in lines if line.startswith("#"))


def _claimed(block: TrailerBlock, headings: frozenset[int], keys: frozenset[str]) -> frozenset[int]:
    """Return the lines that are trailers and nothing else: not those Markdown sees as headings."""
    if not _is_stated(block, keys):
        return frozenset()
    return frozenset(range(block.first, block.last + 1)) - headings


def _is_stated(block: TrailerBlock, keys: frozenset[str]) -> bool:
    """Tell a block of product keys or sign-offs from the `Result: ...` of a section's prose."""
    return any(t.name in keys or t.name.endswith("-by") for t in block.trailers)


def _has_key(block: TrailerBlock, keys: frozenset[str]) -> bool:
    return any(trailer.name in keys for trailer in block.trailers)


def _is_hidden(block: TrailerBlock, keys: frozenset[str], hidden: frozenset[int]) -> bool:
    return any(t.name in keys and t.line in hidden for t in block.trailers)


def _trailers(blocks: list[TrailerBlock]) -> Iterator[Trailer]:
    for block in blocks:
        yield from block.trailers


def _unread_lines(text: str) -> frozenset[int]:
    """Return the lines of a commit that are no section, whatever Markdown says of them.

    They are its subject, the title of a request that it merges, and a lone `-` or `=`: in a
    description that underlines a heading (CommonMark 4.3), in a message it is what wrapping at 72
    columns left of a list item or of an equation.
    """
    lines = [line.strip() for line in text.split("\n")]
    subject = lines.index("") if "" in lines else len(lines)
    stray = [number for number, line in enumerate(lines, 1) if line in _STRAY]
    return frozenset((*range(1, subject + 1), merged_title_line(text), *stray))
