"""What the sections and labels of a text say, field by field, and what only looks like one."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from msgspec.structs import replace

from whygate.context.builder import GIT_COMMENT, MOST_ENTRIES, ReadingBuilder
from whygate.schema.fields import Field, FieldKind
from whygate.text.content import is_placeholder
from whygate.text.labels import FENCES, meaning, normalise_label, word_within
from whygate.text.marks import Style
from whygate.text.placeholders import denies
from whygate.text.prose import Passage, join_prose
from whygate.values.plans import may_be_due, read_prose, split_hypothesis

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Mapping, Sequence

    from whygate.model import Prose, Statement
    from whygate.schema.document import DocumentSchema
    from whygate.text.document import Document, Entry, Fence, Hidden, Section
    from whygate.text.machine_block import MachineBlock

_SLUG = re.compile(r"[a-z0-9-]{3,60}")
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_BLANK_LINE = re.compile(r"\n[ \t]*\n")
_BULLET = re.compile(r"[ \t]*(?:[-*+]|\d{1,3}[.)])[ \t]+(?:\[[ xX]\][ \t]+)?")
_SUB_HEADING = re.compile(r"^ {0,3}#{2,6} \S", re.MULTILINE)
# What may be about something else: a hypothesis about a cause, a measure that was taken.
_CAUSES = frozenset(("hypothesis", "measure"))
# Labels that say too little inside a longer heading: "Why v8", "Default value".
_COMMON = frozenset(("why", "because", "value"))
_LEAST_PARTS = 3
_MOST_REFERENCES = 20
_PLAN_PARTS = 2
_LEAST_ROWS = 2
_WHOLE_PLAN = frozenset(("target", "evaluate_by"))
_HEADINGS = (Style.ATX, Style.SETEXT, Style.BOLD)


def read_sections(
    builder: ReadingBuilder, document: Document, blocks: Iterable[MachineBlock]
) -> None:
    """Add what the sections of a document say, and note what looks like a section but is not.

    `blocks` are the machine blocks of the same text.
    """
    labels, fields = builder.schema.vocabulary.labels, builder.schema.by_name
    headings = frozenset(s.key for s in document.sections if s.style in _HEADINGS)
    keys = frozenset(section.key for section in document.sections)
    lists = _reference_labels(builder.schema)
    parts = _part_headings(builder.schema, headings)
    for at, section in enumerate(document.sections):
        name = labels.get(section.key) or _paired(builder.schema, section.key, keys)
        if name is not None:
            field, whole = fields[name], section
            if field.kind is FieldKind.TEXT and section.style in _HEADINGS:
                below = document.sections[at + 1 : at + _MOST_REFERENCES]
                whole = _with_references(_with_line_below(section, below), below, lists)
            _READERS[field.kind](builder, field, whole)
        elif section.key in parts:
            builder.add(_statement(builder, parts[section.key], section))
        elif not _read_plan(builder, section):
            _note_unknown(builder, section)
    if "|" in builder.part.text:
        _read_table_of_answers(builder, document)
    _read_loose_parts(builder, document)
    _note_hidden(builder, document, blocks)
    _note_removed(builder)


def _with_line_below(section: Section, following: Sequence[Section]) -> Section:
    """Return a section that would be empty with the label line right below its heading.

    `**Why?**` and on the next line `Goal: drivers need no keyboard` answers both.
    """
    other = following[0] if following else None
    if other is None or section.raw or section.style not in _HEADINGS:
        return section
    if other.style is not Style.LABEL or other.line != section.line + 1:
        return section
    return _joined(section, other)


def _paired(schema: DocumentSchema, key: str, others: frozenset[str]) -> str | None:
    """Return the field of a label that counts beside certain others: `Result` of netty's form."""
    name, companions = schema.vocabulary.paired.get(key, (None, frozenset()))
    return None if companions.isdisjoint(others) else name


def _with_references(
    section: Section, following: Iterable[Section], lists: Container[str]
) -> Section:
    """Return a section with the `Fixes: #1` lines under its heading, which stand in it as well."""
    joined = section
    for other in following:
        is_below = other.style not in _HEADINGS or other.level > section.level
        if other.key not in lists or not is_below:
            break
        joined = _joined(joined, other)
    return joined


def _joined(section: Section, other: Section) -> Section:
    """Return a section with the text of another one below it, its label in front."""
    return replace(
        section,
        raw=f"{section.raw}\n\n{other.label}: {other.raw}".lstrip("\n"),
        raw_lines=(*section.lines, 0, *other.lines) if section.raw else other.lines,
        passage=_join(section.passage, other.label, other.passage),
    )


@lru_cache(maxsize=16)
def _reference_labels(schema: DocumentSchema) -> frozenset[str]:
    fields = schema.by_name
    return frozenset(
        label for label, name in schema.vocabulary.labels.items() if _is_reference(fields[name])
    )


def _is_reference(field: Field) -> bool:
    """Tell a field whose label often stands in prose: `Fixes: #1`, and `Part of` before a link."""
    return field.kind is FieldKind.LIST or field.format == "slug"


def _join(passage: Passage, label: str, other: Passage) -> Passage:
    """Return a passage with another one behind it, which stands behind its label."""
    pieces = [*passage.pieces, *other.pieces]
    return Passage(pieces, join_prose((passage.prose, _labelled(label, other.prose))))


def _labelled(label: str, prose: Prose) -> Prose:
    return replace(
        prose, text=f"{label}: {prose.text}".strip(), unlinked=f"{label}: {prose.unlinked}".strip()
    )


def _read_text(builder: ReadingBuilder, field: Field, section: Section) -> None:
    builder.add(_statement(builder, field.name, section))


def _read_slug(builder: ReadingBuilder, field: Field, section: Section) -> None:
    """Read `Bet: ...` as it stands, but `Part of: ...` only when it names a slug.

    "Part of #1234", "Part of the new editor" and a link mean something else.
    """
    is_own = section.key in (normalise_label(field.title), normalise_label(field.key))
    if is_own or _SLUG.fullmatch(section.prose.text):
        _read_text(builder, field, section)


def _read_field(builder: ReadingBuilder, field: Field, section: Section) -> None:
    (_read_slug if field.format == "slug" else _read_text)(builder, field, section)


def _read_list(builder: ReadingBuilder, field: Field, section: Section) -> None:
    """Read one entry a line; behind a label (`Fixes: #1`) only the lines of its paragraph."""
    raw = _COMMENT.sub(lambda found: "\n" * found[0].count("\n"), section.raw)
    if section.style not in _HEADINGS:
        raw = _BLANK_LINE.split(raw, maxsplit=1)[0]
    known = section.passage.by_line()
    for offset, line in enumerate(raw.split("\n", MOST_ENTRIES)[:MOST_ENTRIES]):
        entry = _BULLET.sub("", line).strip()
        if not entry or entry.startswith(FENCES):
            continue
        column = (section.raw_column if offset == 0 else 1) + line.find(entry)
        number = section.raw_line + offset
        piece = known.get(number - 1)
        passage = None
        if piece is not None:  # without the box in front of it
            begin = max(piece.start, piece.end - len(entry))
            passage = Passage([piece._replace(start=begin)])
        builder.add(
            builder.statement(field.name, entry, number, column, section.label, passage, (number,))
        )


def _read_items(builder: ReadingBuilder, field: Field, section: Section) -> None:
    names = builder.schema.vocabulary.within[field.name]
    if section.key in _CAUSES and not _measures(section, names):
        return
    builder.begin_section(field.name, section.raw_line, section.raw_column)
    builder.add(_statement(builder, field.name, section))
    known = [(names[e.key], e) for e in section.entries if e.key in names]
    group = 0
    for name, entry in known:
        if entry.group != group and group and not builder.new_item(field.name):
            break
        group = entry.group
        _add_entry(builder, name, entry)
    for entry in section.entries:
        if entry.key not in names:
            builder.remark("unknown-entry", entry.line, field=field.name, label=entry.label)


def _measures(section: Section, names: Mapping[str, str]) -> bool:
    """Tell a hypothesis about what will be counted from one about a cause."""
    text = section.prose.text
    if any(entry.key in names for entry in section.entries):
        return True
    return not text or bool(split_hypothesis(text) or read_prose(text))


def _add_entry(builder: ReadingBuilder, name: str, entry: Entry) -> None:
    place = entry.line, entry.column
    builder.add(builder.statement(name, entry.raw, *place, entry.label, entry.passage, entry.lines))


def _statement(builder: ReadingBuilder, name: str, section: Section) -> Statement:
    place = section.line, section.column
    return builder.statement(
        name, section.raw, *place, section.label, section.passage, section.lines
    )


def _part_headings(schema: DocumentSchema, headings: frozenset[str]) -> Mapping[str, str]:
    """Return the labels that are read as a part's own heading of a text, with their fields.

    So is `## Target` beside `## Measurement`. A part's name alone ("Target") means many things, so
    it counts only when the field has a section too, or when two parts have headings.
    """
    vocabulary = schema.vocabulary
    found: dict[str, str] = {}
    fields = {vocabulary.labels.get(key) for key in headings}
    for head, names in vocabulary.inner.items():
        parts = {names[key] for key in headings.intersection(names)}
        if len(parts) > 1 or head in fields:
            found = {**names, **found}
    return found


def _read_plan(builder: ReadingBuilder, section: Section) -> bool:
    """Read a heading that may mean the measurement, such as "Metrics", when a plan stands below.

    In public histories most such sections list counters that were added; two labelled parts
    ("Metric", "Target") tell a plan, and so does a sentence with a number to reach and a day.
    """
    vocabulary = builder.schema.vocabulary
    name = vocabulary.weak.get(section.key) or _named_by_part(builder.schema, section)
    inner = vocabulary.inner.get(name)
    if not inner:
        return False
    parts = {inner[entry.key] for entry in section.entries if entry.key in inner}
    is_list = len(parts) >= _PLAN_PARTS and any(part.endswith(".target") for part in parts)
    if not is_list:
        text = section.prose.text
        said = {found.part for found in read_prose(text)} if may_be_due(text) else set()
        if _WHOLE_PLAN - said:
            return False
    _read_items(builder, builder.schema.by_name[name], section)
    return True


def _named_by_part(schema: DocumentSchema, section: Section) -> str:
    """Return the field whose first part a heading names: `## Success metric`."""
    if section.style not in _HEADINGS:
        return ""
    for head, names in schema.vocabulary.inner.items():
        if names and names.get(section.key) == next(iter(names.values())):
            return head
    return ""


def _read_table_of_answers(builder: ReadingBuilder, document: Document) -> None:
    """Read a table of two columns with a field at the head of its rows: `| Problem | ... |`.

    One such row may be about anything; two fields tell such a table. What has a section of its own
    is left to it.
    """
    labels, fields = builder.schema.vocabulary.labels, builder.schema.by_name
    named = {labels.get(section.key) for section in document.sections}
    others = (s.entries for s in document.sections if s.key not in labels)
    found = [
        (fields[name], entry)
        for entries in (document.entries, *others)
        for entry in entries
        if entry.group == 0 and (name := labels.get(entry.key)) is not None and name not in named
    ]
    answers = [pair for pair in found if pair[0].kind in (FieldKind.TEXT, FieldKind.ITEMS)]
    if len({field.name for field, _ in answers}) < _LEAST_ROWS:
        return
    for field, entry in answers:
        if field.kind is FieldKind.ITEMS:
            builder.begin_section(field.name, entry.line, entry.column)
        _add_entry(builder, field.name, entry)


def _read_loose_parts(builder: ReadingBuilder, document: Document) -> None:
    """Read `Metric: ...`, `Baseline: ...`, `Target: ...` that stand under no measurement heading.

    One such label means many things ("Target: x86"), so they count only where the text has no
    section for them, and names the metric and at least two more.
    """
    vocabulary = builder.schema.vocabulary
    named = {vocabulary.labels.get(section.key) for section in document.sections}
    for head, names in vocabulary.inner.items():
        if not names or builder.has_items(head) or head in named:
            continue
        groups = (document.entries, *(section.entries for section in document.sections))
        found = [(names[e.key], e) for entries in groups for e in entries if e.key in names]
        stated = {name for name, _ in found}
        primary = next(iter(names.values()))
        if primary in stated and len(stated) >= _LEAST_PARTS:
            for name, entry in found:
                _add_entry(builder, name, entry)


def _note_unknown(builder: ReadingBuilder, section: Section) -> None:
    weak = builder.schema.vocabulary.weak.get(section.key, "")
    if not weak and section.style in _HEADINGS:
        words = _telling_words(builder.schema)
        weak = words.get(word_within(section.key, words), "")
    may_answer = bool(weak) and section.passage.shows_text and not _says_none(section.prose.text)
    kind = "weak-section" if may_answer else "unknown-section"
    builder.remark(kind, section.line, field=weak, label=section.label)


@lru_cache(maxsize=16)
def _telling_words(schema: DocumentSchema) -> Mapping[str, str]:
    """Return the words that tell in a longer heading what it may hold, with their fields."""
    return {
        meaning(label): field.name
        for field in schema.fields
        if field.kind in (FieldKind.TEXT, FieldKind.ITEMS) and not field.format
        for label in map(normalise_label, (field.title, *field.aliases))
        if " " not in label and label not in _COMMON
    }


def _says_none(text: str) -> bool:
    return is_placeholder(text) or denies(text) or text.strip(" .").casefold() in ("no", "yes")


def _note_hidden(
    builder: ReadingBuilder, document: Document, blocks: Iterable[MachineBlock]
) -> None:
    labels = builder.schema.vocabulary.labels
    # The keys of a machine block are judged as keys.
    keys = {line for block in blocks for line in range(block.line, block.last + 1)}
    for hidden in document.hidden:
        if hidden.where == "fence" and hidden.line in keys:
            continue
        if hidden.key in labels and _is_heading_like(hidden):
            builder.remark(
                "hidden",
                hidden.line,
                field=labels[hidden.key],
                label=hidden.label,
                detail=hidden.where,
            )
    fences = {fence.line: fence for fence in document.fences}
    last = max((hidden.line for hidden in document.hidden if hidden.where == "fence"), default=0)
    for unclosed in document.unclosed:
        fence = fences.get(unclosed.line + 1)
        is_long = fence is not None and _swallows(fence, document.line_count, last)
        if unclosed.kind == "comment" or is_long:
            builder.remark("unclosed", unclosed.line, detail=unclosed.kind)


def _is_heading_like(hidden: Hidden) -> bool:
    """Tell a heading in hidden text from data such as `"reason": 1` or `- value: x`."""
    if hidden.source.lstrip(" \t>").removeprefix("<!--").lstrip(" \t").startswith(("#", "**")):
        return True
    if hidden.where == "fence":
        return hidden.label[:1].isupper()
    return hidden.label[:1].isalnum() and not (
        hidden.where == "details" and hidden.label[:1].islower()
    )


def _swallows(fence: Fence, lines: int, last: int) -> bool:
    """Tell whether an open fence takes a heading with it, and not just the code at the end.

    `lines` is how many the text has, and `last` the last one with a label that a fence hides. In a
    list item a fence ends with the item (CommonMark 5.2). A single `#` begins a comment in many
    languages.
    """
    if fence.line + fence.text.count("\n") <= lines:
        return False
    return last >= fence.line or _SUB_HEADING.search(fence.text) is not None


def _note_removed(builder: ReadingBuilder) -> None:
    """Note the headings that git takes for comments when a message is edited.

    A label with a slot behind its colon, and the question above it, were put there as comments.
    """
    labels = builder.schema.vocabulary.labels
    texts = {line: text.lstrip("#").strip() for line, text in builder.part.removed}
    ours = {line for line, text in texts.items() if text.partition(": ")[2].startswith("<")}
    for line, label in texts.items():
        name = labels.get(normalise_label(label))
        if name is not None and not {line, line + 1} & ours:
            builder.remark("hidden", line, field=name, label=label, detail=GIT_COMMENT)


_READERS = {
    FieldKind.TEXT: _read_field,
    FieldKind.CHOICE: _read_text,
    FieldKind.LIST: _read_list,
    FieldKind.ITEMS: _read_items,
    FieldKind.EXEMPTION: _read_text,
}
