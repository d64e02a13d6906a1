"""The answers of a change, and how they are written: as sections, trailers or a block."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from msgspec import Struct, field

from whygate.context.block import VERSION
from whygate.policy.exemptions import parse_exemption
from whygate.schema.fields import Field, FieldKind
from whygate.text.document import parse_document
from whygate.text.prose import render_prose
from whygate.text.trailers import parse_loose, parse_trailers

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from whygate.schema.document import DocumentSchema, Vocabulary

Entry = dict[str, tuple[str, ...]]
# GitHub wraps the lines of a squash message at 72 columns, which takes a longer trailer apart.
TRAILER_WIDTH = 72
_BACKTICKS = re.compile(r"`+")


class Answers(Struct, frozen=True):
    """What a change answers.

    `texts` maps the name of a field to its answers (more than one only for a list); an
    exemption is written by its grammar, `exempt <class>; <reason>`. `items` holds the entries
    of an items field, each from a part's name to its answers; the field's own name stands for
    an answer in prose.
    """

    texts: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    items: Mapping[str, tuple[Entry, ...]] = field(default_factory=dict)

    def lines(self, field: Field) -> Iterator[tuple[Field, str]]:
        """Yield the answers to a field with the field or part that each belongs to."""
        if field.kind is FieldKind.ITEMS:
            for entry in self.items.get(field.name, ()):
                for part in (field, *field.parts):
                    yield from ((part, text) for text in entry.get(part.name, ()))
            return
        yield from ((field, text) for text in self.texts.get(field.name, ()))


def write_slot(field: Field) -> str:
    """Return the slot to fill for a field; the check refuses it as a placeholder."""
    return f"<{' '.join(field.slot.split())}>"


def example_answers(fields: Sequence[Field], names: Sequence[str], *, due: str) -> Answers:
    """Return what answers the dotted `names` with the schema's own examples.

    A date is `due` (`+30d`), because a day in a schema passes. A field without an example
    keeps its slot. An items field that is asked for as a whole answers all of its parts.
    """
    wanted = set(names)
    texts: dict[str, tuple[str, ...]] = {}
    items: dict[str, tuple[Entry, ...]] = {}
    for found in fields:
        parts = [part for part in found.parts if part.name in wanted]
        if found.kind is FieldKind.ITEMS and (parts or found.name in wanted):
            answered = parts or list(found.parts)
            entry: Entry = {part.name: (write_example(part, due=due),) for part in answered}
            items[found.name] = (entry or {found.name: (write_example(found, due=due),)},)
        elif found.name in wanted:
            texts[found.name] = (write_example(found, due=due),)
    return Answers(texts, items)


def write_example(field: Field, *, due: str) -> str:
    """Return the example of a field: the schema's, else its first choice, else its slot."""
    if field.kind is FieldKind.EXEMPTION:
        return f"exempt {field.example}" if field.example else write_slot(field)
    if field.format == "date":
        return due
    return field.example or next(iter(field.choices), "") or write_slot(field)


def write_sections(answers: Answers, schema: DocumentSchema) -> str:
    """Return Markdown sections in the schema's order, without a newline at the end.

    Prose stays as it was written unless that would hide or end what stands around it; then it
    becomes one line, and if need be code.
    """
    known = schema.vocabulary
    sections = ("\n".join(_section(answers, field, known)) for field in schema.fields)
    return "\n\n".join(section for section in sections if section)


def write_trailers(answers: Answers, schema: DocumentSchema) -> tuple[str, ...]:
    """Return trailer lines that git reads back, folded below 72 columns where words allow."""
    lines: list[str] = []
    for one in schema.fields:
        for part, text in answers.lines(one):
            lines += fold_trailer(part.trailer, text)
    return tuple(lines)


def write_block(answers: Answers, schema: DocumentSchema) -> str:
    """Return a fenced machine block of plain YAML, without a newline at the end."""
    import yaml  # noqa: PLC0415  (12 ms; only who asks for a block pays)

    document: dict[str, object] = {"version": int(VERSION)}
    for one in schema.fields:
        value = _block_value(answers, one)
        if value:
            document[one.key] = value
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


def _section(answers: Answers, field: Field, known: Vocabulary) -> Iterator[str]:
    lines = list(answers.lines(field))
    if not lines:
        return
    yield f"## {field.title}"
    for part, text in lines:
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


def _block_value(answers: Answers, field: Field) -> object:
    if field.kind is FieldKind.ITEMS:
        return [_block_entry(entry, field) for entry in answers.items.get(field.name, ())]
    texts = answers.texts.get(field.name, ())
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
