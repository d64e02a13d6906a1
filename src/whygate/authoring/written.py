"""Turn a sheet into one of the written forms: sections, trailers, or a machine block."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from whygate.context.read_block import VERSION
from whygate.policy.exemptions import parse_exemption
from whygate.schema.fields import Field, FieldKind
from whygate.text.document import parse_document
from whygate.text.prose import render_prose
from whygate.text.trailers import parse_loose, parse_trailers

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from whygate.authoring.sheet import Sheet
    from whygate.schema.document import DocumentSchema, Vocabulary

# GitHub wraps the lines of a squash message at 72 columns, which takes a longer trailer apart.
TRAILER_WIDTH = 72
_BACKTICKS = re.compile(r"`+")


def write_sections(sheet: Sheet, schema: DocumentSchema) -> str:
    """Return Markdown sections in the schema's order, without a newline at the end.

    Prose stays as it was written unless that would hide or end what stands around it; then it
    becomes one line, and if need be code.
    """
    known = schema.vocabulary
    sections = ("\n".join(_section(sheet, field, known)) for field in schema.fields)
    return "\n\n".join(section for section in sections if section)


def write_trailers(sheet: Sheet, schema: DocumentSchema) -> tuple[str, ...]:
    """Return trailer lines that git reads back, folded below 72 columns where words allow."""
    lines: list[str] = []
    for field in schema.fields:
        for part, text in sheet.lines(field):
            lines += fold_trailer(part.trailer, text)
    return tuple(lines)


def write_block(sheet: Sheet, schema: DocumentSchema) -> str:
    """Return a fenced machine block of plain YAML, without a newline at the end."""
    import yaml  # noqa: PLC0415  (12 ms; only who asks for a block pays)

    document: dict[str, object] = {"version": int(VERSION)}
    for field in schema.fields:
        value = _block_value(sheet, field)
        if value:
            document[field.key] = value
    text = yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=96)
    fence = "`" * max(3, _longest_run(text) + 1)
    return f"{fence}yaml product-context\n{text}{fence}"


def fold_trailer(key: str, value: str, *, width: int = TRAILER_WIDTH) -> list[str]:
    """Return the lines of one trailer, each below `width` columns where its words allow.

    A continuation line begins with a space, and git joins it by one (git-interpret-trailers,
    "folding"). What the value holds of white space becomes single spaces.
    """
    lines = [f"{key}:"]
    is_first = True
    for word in value.split():
        if is_first or len(lines[-1]) + 1 + len(word) < width:
            lines[-1] += f" {word}"
        else:
            lines.append(f"  {word}")
        is_first = False
    return lines


def contains_itself(title: str, raw: str, vocabulary: Vocabulary) -> bool:
    """Tell whether Markdown under a heading stays there, and leaves what follows alone.

    Trailers in the middle of it would be read as answers to other questions.
    """
    section = f"## {title}\n{raw}"
    document = parse_document(f"{section}\n\n{section}", vocabulary.labels)
    bodies = [found.raw.strip() for found in document.sections]
    return bodies == [raw, raw] and not document.unclosed and not _has_trailers(section, vocabulary)


def _has_trailers(section: str, vocabulary: Vocabulary) -> bool:
    data = f".\n\n{section}".encode("utf-8", "surrogateescape")
    blocks = (parse_trailers(data), *parse_loose(data, vocabulary.trailers))
    keys = (t.key.decode("ascii", "replace").lower() for block in blocks for t in block.trailers)
    return any(key in vocabulary.trailers for key in keys)


def code_span(text: str) -> str:
    """Return a text as a code span on one line (CommonMark 6.1), in which nothing is markup."""
    line = _one_line(text)
    marks = "`" * (_longest_run(line) + 1)
    pad = " " if line.startswith("`") or line.endswith("`") else ""
    return f"{marks}{pad}{line}{pad}{marks}"


def _longest_run(text: str) -> int:
    return max((len(run) for run in _BACKTICKS.findall(text)), default=0)


def _section(sheet: Sheet, field: Field, known: Vocabulary) -> Iterator[str]:
    answers = list(sheet.lines(field))
    if not answers:
        return
    yield f"## {field.title}"
    for part, text in answers:
        ways = _ways(field, part, text)
        yield next((way for way in ways if contains_itself(field.title, way, known)), ways[-1])


def _ways(field: Field, part: Field, text: str) -> list[str]:
    """Return the ways to write an answer, the plainest first; the last one is always safe."""
    flat, seen, code = _one_line(text), _one_line(render_prose(text).text), code_span(text)
    if field.kind is FieldKind.ITEMS and part is not field:
        return [f"- {part.title}: {way}" for way in (flat, seen, code)]
    if field.kind is FieldKind.LIST:
        return [f"- {way}" for way in (flat, code)]
    plain = [flat] if field.kind is FieldKind.ITEMS else [text.strip(), flat]
    return [*plain, seen, f"- {flat}", f"- {code}"]


def _block_value(sheet: Sheet, field: Field) -> object:
    if field.kind is FieldKind.ITEMS:
        return [_block_entry(entry, field) for entry in sheet.items.get(field.name, ())]
    texts = sheet.texts.get(field.name, ())
    if field.kind is FieldKind.LIST:
        return list(texts)
    if field.kind is FieldKind.EXEMPTION and texts:
        asked = parse_exemption(texts[0])
        if asked is not None and asked.name is not None and asked.reason:
            until = f"until {asked.until}; " if asked.until else ""
            return {"class": str(asked.name), "reason": f"{until}{asked.reason}"}
    return texts[0] if texts else None


def _block_entry(entry: Mapping[str, tuple[str, ...]], field: Field) -> object:
    parts = {
        part.key: list(entry[part.name]) if part.kind is FieldKind.LIST else entry[part.name][0]
        for part in field.parts
        if entry.get(part.name)
    }
    return parts or " ".join(entry.get(field.name, ()))


def _one_line(text: str) -> str:
    return " ".join(text.split())
