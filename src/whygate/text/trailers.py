"""The trailers of a commit message, exactly as git reads them."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

_SPACE = b" \t\r\n"  # git's isspace(): no form feed, no Unicode
_KEY_BYTES = b"-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_PICKED = b"(cherry picked from commit "
_GENERATED = (b"Signed-off-by: ", _PICKED)
_CONFLICTS = b"Conflicts:\n"
_SCISSORS = b"# ------------------------ >8 ------------------------\n"


class Trailer(Struct, frozen=True):
    """One `Key: value` of a message; folded lines of the value are joined by a space.

    `line` is where the key stands, from 1, lines ending at a line feed. `column` is where the
    value starts on that line, from 1 (behind the colon when the value starts further down).
    """

    key: bytes
    value: bytes
    line: int
    column: int

    @property
    def name(self) -> str:
        """Return the key in the form in which keys are compared."""
        return self.key.decode("ascii", "replace").lower()


class TrailerBlock(Struct, frozen=True):
    """A paragraph read as trailers, and its first and last line (0 when there is none)."""

    trailers: tuple[Trailer, ...] = ()
    first: int = 0
    last: int = 0


_NONE = TrailerBlock()


def parse_trailers(message: bytes) -> TrailerBlock:
    """Return the trailer block of a raw message, as `%(trailers:only,unfold)` of `git log` does.

    The rules are those of git-interpret-trailers(1) with `--no-divider`, `#` as the comment
    character and no `trailer.*` configuration, so that every machine reads the same. A block
    may hold no trailer at all: `(cherry picked from commit ...)` makes one but is none.
    """
    if b":" not in message and _PICKED not in message:
        return _NONE
    start, end = _bounds(message)
    block = _find_block(message, start, end)
    if block < 0:
        return _NONE
    return _read_block(message[block:end], message.count(b"\n", 0, block) + 1)


def parse_loose(message: bytes, keys: Collection[str]) -> tuple[TrailerBlock, ...]:
    """Return the paragraphs that read as trailers although git does not see them.

    Such a paragraph is neither the first one nor (part of) git's block, has only lines that
    git would take in a block of nothing but trailers, and holds at least two different ones of
    `keys` (lower case). They come in the order of the message.
    """
    if message.count(b":") < 2 or not _may_have_two(message, keys):
        return ()
    start, end = _bounds(message)
    block = _find_block(message, start, end)
    stop = end if block < 0 else block
    paragraphs = _paragraphs(message, start, stop)
    next(paragraphs, None)
    loose = (
        _read_block(paragraph, line)
        for line, paragraph in paragraphs
        if _is_all_trailers(paragraph)
    )
    return tuple(found for found in loose if _count_known(found, keys) >= 2)


def _bounds(message: bytes) -> tuple[int, int]:
    """Return where the title starts, and where the text that may hold trailers ends."""
    end = message.find(b"\0")
    if end < 0:
        end = len(message)
    start = 0
    if message[:1] in _SPACE:
        text = end - len(message[:end].lstrip(_SPACE))
        start = message.rfind(b"\n", 0, text) + 1
    if b"\n#" in message or _CONFLICTS in message or message.startswith(b"#", start):
        end = start + _text_length(message[start:end])
    return start, end


def _text_length(text: bytes) -> int:
    """Return the length of `text` without the comments, old conflict list or scissors behind it.

    As in git, a comment or such a list in the very first line never counts: `tail` stays 0.
    """
    cut = 0 if text.startswith(_SCISSORS) else text.find(b"\n" + _SCISSORS) + 1 or len(text)
    if not _may_be_tail(text, text.rfind(b"\n", 0, max(cut - 1, 0)) + 1):
        return cut
    tail = offset = 0
    in_conflicts = False
    while offset < cut:
        first = text[offset : offset + 1]
        if first in (b"#", b"\n"):
            tail = tail or offset
        elif text.startswith(_CONFLICTS, offset):
            in_conflicts = True
            tail = tail or offset
        elif tail and not (in_conflicts and first == b"\t"):
            tail = 0
            in_conflicts = False
        offset = text.find(b"\n", offset) + 1 or len(text)
    return tail or cut


def _may_be_tail(text: bytes, line: int) -> bool:
    """Tell whether the line at an offset may end a tail: a comment, a blank line, a conflict."""
    return text[line : line + 1] in (b"#", b"\n", b"\t", b"") or text.startswith(_CONFLICTS, line)


def _find_block(message: bytes, start: int, end: int) -> int:
    """Return the offset of the trailer block that reaches to `end`, -1 when there is none.

    Lines are read backwards up to a blank one. The title needs no care: no blank line stands
    above it. `folded` counts the lines that start with white space until the line above tells
    whether they continue a trailer.
    """
    trailers = others = folded = 0
    seen = generated = prose = False
    while end > start:
        begin = message.rfind(b"\n", start, end - 1) + 1 or start
        line = message[begin:end]
        if line.startswith(b"#"):
            others, folded = others + folded, 0
        elif line[:1] in _SPACE:
            if line.strip(_SPACE):
                seen = True
                folded += 1
            elif seen:
                return end if _is_block(trailers, others + folded, generated) else -1
        elif line.startswith(_GENERATED):
            seen = generated = True
            trailers, folded = trailers + 1, 0
        elif _find_separator(line) > 0:
            seen = True
            trailers, folded = trailers + 1, 0
        else:
            if not prose and not generated and not _has_generated(message):
                return -1
            seen = prose = True
            others, folded = others + 1 + folded, 0
        end = begin
    return -1


def _is_block(trailers: int, others: int, generated: bool) -> bool:
    if generated and trailers * 3 >= others:
        return True
    return trailers > 0 and others == 0


def _has_generated(message: bytes) -> bool:
    return any(prefix in message for prefix in _GENERATED)


def _find_separator(line: bytes) -> int:
    """Return the offset of the colon behind a key, -1 when the line starts with no key."""
    colon = line.find(b":")
    if colon < 1 or line[:1] in _SPACE:
        return -1
    return -1 if line[:colon].rstrip(b" \t").translate(None, _KEY_BYTES) else colon


def _read_block(text: bytes, first: int) -> TrailerBlock:
    lines = text.rstrip(_SPACE).split(b"\n")
    count = len(lines)
    trailers: list[Trailer] = []
    index = 0
    while index < count:
        line = lines[index]
        at = index
        index += 1
        colon = _find_separator(line)
        if colon < 0:
            continue
        while index < count and lines[index][:1] in _SPACE:
            index += 1
        rest = line[colon + 1 :]
        value = rest.lstrip(_SPACE)
        column = len(line) - len(value) + 1 if value else colon + 2
        value = _unfold(rest, lines[at + 1 : index]) if index - at > 1 else value.rstrip(_SPACE)
        trailers.append(Trailer(line[:colon].rstrip(b" \t"), value, first + at, column))
    return TrailerBlock(tuple(trailers), first, first + count - 1)


def _unfold(start: bytes, folded: list[bytes]) -> bytes:
    pieces = (line.lstrip(_SPACE) for line in folded)
    return b" ".join((start, *(piece for piece in pieces if piece))).strip(_SPACE)


def _paragraphs(message: bytes, start: int, end: int) -> Iterator[tuple[int, bytes]]:
    """Yield the runs of lines that are not blank, each with the number of its first line."""
    run: list[bytes] = []
    above = message.count(b"\n", 0, start)
    for number, line in enumerate((message[start:end] + b"\n").split(b"\n"), above + 1):
        if line.strip(_SPACE):
            run.append(line)
        elif run:
            yield number - len(run), b"\n".join(run)
            run = []


def _is_all_trailers(paragraph: bytes) -> bool:
    foldable = False
    for line in paragraph.split(b"\n"):
        if line[:1] in _SPACE:
            if not foldable:
                return False
        elif _find_separator(line) > 0:
            foldable = True
        elif line.startswith(_PICKED):
            foldable = False
        else:
            return False
    return True


def _may_have_two(message: bytes, keys: Collection[str]) -> bool:
    """Tell whether lines below the first one begin with two of some keys; False is never wrong."""
    lines = message.lower().split(b"\n")[1:]
    heads = {line.partition(b":")[0].rstrip(b" \t") for line in lines if b":" in line}
    return len(heads) > 1 and len(heads & _encode(frozenset(keys))) > 1


@lru_cache(maxsize=8)
def _encode(keys: frozenset[str]) -> frozenset[bytes]:
    return frozenset(key.encode("utf-8", "replace") for key in keys)


def _count_known(block: TrailerBlock, keys: Collection[str]) -> int:
    names = {trailer.key.decode("ascii").lower() for trailer in block.trailers}
    return len(names.intersection(keys))
