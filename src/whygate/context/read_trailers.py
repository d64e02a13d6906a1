"""Read the trailers of a text into statements."""

from __future__ import annotations

from typing import TYPE_CHECKING

from whygate.model import Origin
from whygate.text.labels import normalise_label
from whygate.text.message import merged_title_line
from whygate.text.trailers import Trailer, TrailerBlock, parse_loose, parse_trailers

if TYPE_CHECKING:
    from collections.abc import Container, Iterable

    from whygate.context.builder import ReadingBuilder

# A description has no subject line of its own, and git never takes the first paragraph for
# trailers: two bytes of a stand-in subject make a description that is all trailers readable.
_STAND_IN = b".\n\n"
_STAND_IN_LINES = 2


def read_trailers(builder: ReadingBuilder) -> frozenset[int]:
    """Add the product trailers of the builder's part; return the lines they stand on.

    Read are git's own trailer block (git-interpret-trailers) and every other paragraph made
    wholly of `Key: value` lines with at least two product keys, which squash merges leave in
    the middle of a message. Markdown hides what it hides: such a paragraph in a code block or
    a comment is no trailers, and neither is the last one of a description, nor the title of the
    request that a commit merges.
    """
    if ":" not in builder.part.text:
        return frozenset()
    is_description = builder.part.origin not in (Origin.MESSAGE, Origin.COMMIT)
    offset = _STAND_IN_LINES if is_description else 0
    data = builder.part.text.encode("utf-8", "surrogateescape")
    message = _STAND_IN + data if is_description else data
    lines = message.split(b"\n")
    git_block = parse_trailers(message)
    title = 0 if is_description else merged_title_line(builder.part.text)
    if title and git_block.last == title:
        return frozenset()
    loose = parse_loose(message, builder.schema.vocabulary.trailers)
    blocks = [git_block, *_without_hidden(builder, loose, offset)]
    if is_description:
        written = () if _headings(git_block, lines) else (git_block,)
        blocks = _without_hidden(builder, (*written, *loose), offset)
    claimed: set[int] = set()
    for block in blocks:
        for trailer in block.trailers:
            _add_trailer(builder, trailer, trailer.line - offset)
        if _is_stated(block, builder.schema.vocabulary.trailers):
            claimed.update(range(block.first, block.last + 1))
            claimed -= _headings(block, lines)
    return frozenset(line - offset for line in claimed)


def _headings(block: TrailerBlock, lines: list[bytes]) -> frozenset[int]:
    """Return the lines of a block that git skips as comments and Markdown takes for headings."""
    numbers = range(block.first, block.last + 1) if block.trailers else ()
    return frozenset(n for n in numbers if lines[n - 1].startswith(b"#"))


def _without_hidden(
    builder: ReadingBuilder, blocks: Iterable[TrailerBlock], offset: int
) -> list[TrailerBlock]:
    """Return the blocks that Markdown shows: none in code, comments or folded details."""
    known = builder.schema.vocabulary.trailers
    stated = [block for block in blocks if _is_stated(block, known)]
    if not any(_key(trailer) in known for block in stated for trailer in block.trailers):
        return stated
    from whygate.text.document import parse_document  # noqa: PLC0415

    document = parse_document(builder.part.text, {normalise_label(key) for key in known})
    hidden = {label.line + offset for label in document.hidden}
    return [b for b in stated if not any(trailer.line in hidden for trailer in b.trailers)]


def _is_stated(block: TrailerBlock, known: Container[str]) -> bool:
    """Tell a block of product keys or sign-offs from the `Result: ...` of a section's prose."""
    return any(_key(t) in known or _key(t).endswith("-by") for t in block.trailers)


def _key(trailer: Trailer) -> str:
    return trailer.key.decode("ascii", "replace").lower()


def _add_trailer(builder: ReadingBuilder, trailer: Trailer, line: int) -> None:
    key = trailer.key.decode("ascii", "replace")
    name = builder.schema.vocabulary.trailers.get(key.lower())
    if name is None:
        builder.remark("unknown-trailer", line, label=key)
        return
    value = trailer.value.decode("utf-8", "replace")
    builder.add(builder.statement(name, value, line, trailer.column, key))
