"""Turn the lines that git does not take for trailers, though they were meant so, into advice."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from msgspec import Struct

from whygate.text.labels import near_label, normalise_label
from whygate.text.trailers import parse_trailers

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from whygate.model import Part
    from whygate.schema.document import DocumentSchema
    from whygate.schema.fields import Field

# A key and its colon as people type it: with spaces, or with a space in front of it.
_KEYED = re.compile(r"([ \t]*)([A-Za-z][A-Za-z0-9 _-]{0,60}):[ \t]+(?=\S)")
_MOST = 8


class Advice(Struct, frozen=True):
    """A line of the message file (from 1), what is wrong with it, and the line to write."""

    line: int
    sentence: str
    paste: str = ""


class _Line(Struct, frozen=True):
    """A line; `label` is its key as typed, `key` and `field` what that was meant to be."""

    number: int
    text: str
    label: str = ""
    key: str = ""
    field: str = ""
    indented: bool = False

    @property
    def is_trailer(self) -> bool:
        return bool(self.label) and not self.indented and " " not in self.label

    @property
    def is_spelled(self) -> bool:
        return not self.key or normalise_label(self.label) == normalise_label(self.key)


def advise(part: Part, schema: DocumentSchema, *, missing: Collection[str]) -> tuple[Advice, ...]:
    """Return what keeps the trailers of a message from being read, at most eight lines.

    git takes only the last paragraph for trailers, and only when each line of it is one
    (git-interpret-trailers). `missing` are the top-level fields that were found wanting: only
    paragraphs with a line that was meant to answer one of them are looked at.
    """
    block = parse_trailers(part.text.encode("utf-8", "replace"))
    seen = range(block.first, block.last + 1) if block.trailers else range(0)
    found: list[Advice] = []
    for paragraph in list(_paragraphs(part.text, schema))[1:]:
        unread = [line for line in paragraph if line.number not in seen]
        if any(line.field in missing for line in unread):
            found += _advise_on(unread, missing)
    return tuple(Advice(part.line_in_file(a.line), a.sentence, a.paste) for a in found[:_MOST])


def _paragraphs(text: str, schema: DocumentSchema) -> Iterator[list[_Line]]:
    keys = _known_keys(schema)
    run: list[_Line] = []
    for number, line in enumerate((text + "\n").split("\n"), 1):
        if line.strip(" \t\r"):
            run.append(_read_line(number, line.rstrip("\r"), keys))
        elif run:
            yield run
            run = []


def _known_keys(schema: DocumentSchema) -> dict[str, Field]:
    """Return every field by the words of its trailer, and by those of its title."""
    keys: dict[str, Field] = {}
    for field in schema.all_fields():
        for spelling in (field.trailer, field.title):
            keys.setdefault(normalise_label(spelling), field)
    return keys


def _read_line(number: int, text: str, keys: Mapping[str, Field]) -> _Line:
    match = _KEYED.match(text)
    if match is None:
        return _Line(number, text)
    label = match[2].strip()
    words = normalise_label(label)
    names = {spelling: field.name for spelling, field in keys.items()}
    field = keys.get(words) or keys.get(near_label(words, names)[1])
    indented = bool(match[1])
    if field is None:
        return _Line(number, text, label, indented=indented)
    return _Line(
        number, text, label, field.trailer, field.name.partition(".")[0], indented=indented
    )


def _advise_on(lines: Sequence[_Line], missing: Collection[str]) -> list[Advice]:
    """Return advice for a paragraph that was meant to be trailers."""
    misspelled = [_misspelled(line) for line in lines if line.is_trailer and not line.is_spelled]
    if all(line.is_trailer for line in lines):
        return misspelled or [_too_early(line) for line in lines if line.field in missing]
    if sum(bool(line.key) for line in lines) < min(2, len(lines)):
        return []
    broken = [_broken(line) for line in lines if not line.is_trailer and _breaks(line, lines)]
    return sorted((*broken, *misspelled), key=lambda advice: advice.line)


def _breaks(line: _Line, lines: Sequence[_Line]) -> bool:
    """Tell whether a line keeps its paragraph from being trailers; a folded one does not."""
    return line is lines[0] or bool(line.key) or line.text[:1] not in (" ", "\t")


def _broken(line: _Line) -> Advice:
    if not line.key:
        sentence = "this line is no `Key: value`, so git takes none of the paragraph for trailers"
        return Advice(line.number, f"{sentence}; put an empty line between them")
    trouble = "white space in front of it" if line.indented else "a space in it"
    sentence = f"the key `{line.label}` has {trouble}, so git takes no such trailer"
    return Advice(line.number, f"{sentence}; write `{line.key}:`", _corrected(line))


def _misspelled(line: _Line) -> Advice:
    sentence = f"`{line.label}` is not known; did you mean `{line.key}`?"
    return Advice(line.number, sentence, _corrected(line))


def _too_early(line: _Line) -> Advice:
    sentence = "git reads trailers only from the last paragraph; move this one to the end"
    return Advice(line.number, sentence)


def _corrected(line: _Line) -> str:
    return f"{line.key}: {line.text.partition(':')[2].strip()}"
