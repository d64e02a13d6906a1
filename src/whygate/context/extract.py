"""Turn the texts of a change into its context, as the schema's annotations describe it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING

from msgspec.structs import replace

from whygate.context.builder import Reading, ReadingBuilder
from whygate.context.fill import is_filled
from whygate.context.merge import merge_order, merge_readings
from whygate.context.read_trailers import read_trailers
from whygate.model import Change, Context, Form, Origin, Part
from whygate.text.labels import may_hold_sections, normalise_label
from whygate.text.message import merged_title_line

if TYPE_CHECKING:
    from whygate.schema.document import DocumentSchema
    from whygate.text.machine_block import Block

# The file of a bet is one machine block; what a change says itself is always stronger.
Bets = Mapping[str, tuple[str, str]]

NO_TEMPLATE: frozenset[str] = frozenset()
_LONE_RETURN = re.compile(r"\r(?!\n)")


def extract_context(
    change: Change,
    schema: DocumentSchema,
    *,
    template: frozenset[str] = NO_TEMPLATE,
    bets: Bets | None = None,
) -> Context:
    """Return what a change says, read from every form it is written in.

    `template` holds the normalised lines that are a template's and not the author's
    (`whygate.text.template.template_lines`), `bets` the path and text of each bet's file.
    """
    readings = [r for part in change.parts for r in read_part(part, schema, template)]
    context = merge_readings(merge_order(readings), _limits(schema))
    bet = context.fields.get("bet")
    if bets and bet is not None and is_filled(bet) and bet.text in bets:
        readings += _read_bet(*bets[bet.text], schema)
        context = merge_readings(merge_order(readings), _limits(schema))
    return context


def read_bet_context(path: str, text: str, schema: DocumentSchema) -> Context:
    """Return what the file of a bet says by itself."""
    return merge_readings(list(_read_bet(path, text, schema)), _limits(schema))


def read_part(
    part: Part, schema: DocumentSchema, template: frozenset[str] = NO_TEMPLATE
) -> Iterator[Reading]:
    """Yield what one text says, one reading for each form it is written in."""
    if part.origin is Origin.NOTE:
        yield from _read_file(part, schema, Form.NOTE)
        return
    part = _with_one_line_end(part)
    trailers = ReadingBuilder(schema, part, Form.TRAILER, template)
    lines = read_trailers(trailers)
    yield trailers.build()
    skipped = lines | _subject_lines(part) | _stray_marks(part)
    labels = _labels(schema)
    if may_hold_sections(part.text, labels, skip_lines=skipped) or _hides_label(part, labels):
        yield from _read_markdown(part, schema, template, skipped)
    else:
        yield Reading(part, Form.SECTION)


def _with_one_line_end(part: Part) -> Part:
    """Return a part whose lines end where all readers see an end.

    A lone carriage return stays inside a line of git's; CommonMark (2.1) ends a line with it.
    Offsets stay the same.
    """
    if "\r" not in part.text:
        return part
    end = " " if part.origin in (Origin.MESSAGE, Origin.COMMIT) else "\n"
    return replace(part, text=_LONE_RETURN.sub(end, part.text))


def _read_markdown(
    part: Part, schema: DocumentSchema, template: frozenset[str], skipped: frozenset[int]
) -> Iterator[Reading]:
    """Yield what the Markdown of a text says: its machine blocks, then its sections."""
    # Most messages are prose and trailers, and a hook need not load this for them.
    from whygate.context.read_sections import read_sections  # noqa: PLC0415
    from whygate.text.document import parse_document  # noqa: PLC0415
    from whygate.text.machine_block import read_block  # noqa: PLC0415

    vocabulary = schema.vocabulary
    document = parse_document(
        part.text, _labels(schema), parts=vocabulary.parts, skip_lines=skipped
    )
    for fence in document.fences:
        block = read_block(fence)
        if block is not None:
            yield _block_reading(part, schema, block, Form.BLOCK)
    sections = ReadingBuilder(schema, part, Form.SECTION, template)
    read_sections(sections, document)
    yield sections.build()


@lru_cache(maxsize=16)
def _labels(schema: DocumentSchema) -> frozenset[str]:
    return frozenset(schema.vocabulary.labels)


def _hides_label(part: Part, labels: frozenset[str]) -> bool:
    """Tell whether git took a heading of ours for a comment."""
    return any(normalise_label(text.lstrip("#").strip()) in labels for _, text in part.removed)


def _limits(schema: DocumentSchema) -> dict[str, int]:
    return {field.name: field.max_items for field in schema.fields if field.parts}


def _subject_lines(part: Part) -> frozenset[int]:
    """Return the lines of a commit's subject, and of a request's title: never a section."""
    if part.origin not in (Origin.MESSAGE, Origin.COMMIT):
        return frozenset()
    count = 0
    for line in part.text.split("\n"):
        if not line.strip():
            break
        count += 1
    return frozenset((*range(1, count + 1), merged_title_line(part.text)))


def _stray_marks(part: Part) -> frozenset[int]:
    """Return the lines of a commit that hold a lone `-` or `=`.

    In a description that underlines a heading (CommonMark 4.3); in a message it is what wrapping
    at 72 columns left of a list item or of an equation.
    """
    if part.origin not in (Origin.MESSAGE, Origin.COMMIT):
        return frozenset()
    lines = part.text.split("\n")
    return frozenset(n for n, line in enumerate(lines, 1) if line.strip() in ("-", "="))


def _block_reading(part: Part, schema: DocumentSchema, block: Block, form: Form) -> Reading:
    from whygate.context.read_block import read_mapping  # noqa: PLC0415

    builder = ReadingBuilder(schema, part, form, NO_TEMPLATE)
    for problem in block.problems:
        builder.remark("block-invalid", problem.line, detail=problem.message)
    if block.root is not None:
        read_mapping(builder, block.root)
    return builder.build()


def _read_bet(path: str, text: str, schema: DocumentSchema) -> Iterator[Reading]:
    return _read_file(Part(Origin.BET, path, text), schema, Form.BET)


def _read_file(part: Part, schema: DocumentSchema, form: Form) -> Iterator[Reading]:
    """Yield what a text says that is a machine block as a whole: a bet, a context kept as JSON."""
    from whygate.text.document import Fence  # noqa: PLC0415
    from whygate.text.machine_block import read_block  # noqa: PLC0415

    block = read_block(Fence("yaml product-context", part.text, 1, 1, closed=True))
    if block is not None:
        yield _block_reading(part, schema, block, form)
