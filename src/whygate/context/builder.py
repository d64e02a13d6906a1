"""Collect what one written form of one text says, statement by statement."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct, field
from msgspec.structs import replace

from whygate.context.fill import UNREAD, is_filled
from whygate.model import Form, Item, Location, Part, Remark, Statement
from whygate.policy.exemptions import parse_exemption
from whygate.schema.fields import AUDIENCE, EXEMPT, MEASUREMENT, OUTCOME, PROBLEM, Field, FieldKind
from whygate.text.labels import normalise_label
from whygate.text.patterns import later
from whygate.text.prose import join_prose, plain_prose, render_prose
from whygate.text.template import find_template_lines
from whygate.values.plans import (
    Found,
    read_part,
    read_prose,
    split_hypothesis,
    split_labels,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from whygate.schema.document import DocumentSchema
    from whygate.text.prose import Passage

GIT_COMMENT = "git-comment"

# A plan has one to three metrics. What goes far beyond is an attack on the reader's time: it is
# left out, and the schema's own bound is broken by what was kept.
MOST_ITEMS = 12
MOST_ENTRIES = 200

# To Markdown `<lena@example.org>` is a link without its brackets (CommonMark 6.5); of an owner's
# name and mail (RFC 5322, 3.4) the whole is kept.
_MAILBOX = later(r"[^<>\n*_`\[\]]{0,100}<[^\s<>@]{1,64}@[^\s<>@]{1,255}>")
_BEGINNING = later(r"\A(\s{0,3}(?:\d{1,9}(?=[.)]\s)|(?=>)))([.)>])")

# The fields in whose place an exemption may stand; elsewhere the same words are an answer
# ("Rollout: deferred until May").
_EXCUSABLE = frozenset({PROBLEM, AUDIENCE, OUTCOME, MEASUREMENT, "measurement.metric"})


class Reading(Struct, frozen=True):
    """What one form (block, trailers or sections) of one part says."""

    part: Part
    form: Form
    singles: tuple[Statement, ...] = ()
    lists: Mapping[str, tuple[Statement, ...]] = field(default_factory=dict)
    items: Mapping[str, tuple[Item, ...]] = field(default_factory=dict)
    remarks: tuple[Remark, ...] = ()


class _OpenItem(Struct):
    """An entry while it is read; `begins` is the line and column at which its prose begins."""

    parts: dict[str, Statement] = field(default_factory=dict)
    lists: dict[str, list[Statement]] = field(default_factory=dict)
    prose: Statement | None = None
    begins: tuple[int, int] | None = None

    def close(self) -> Item:
        lists = {name: tuple(entries) for name, entries in self.lists.items()}
        return Item(parts=self.parts, lists=lists, prose=self.prose)


class ReadingBuilder:
    """Gather statements in reading order and close them into a Reading."""

    def __init__(
        self, schema: DocumentSchema, part: Part, form: Form, template: frozenset[str]
    ) -> None:
        self.schema = schema
        self.part = part
        self.form = form
        self.template = template
        self._fields = schema.by_name
        self._singles: dict[str, list[Statement]] = {}
        self._lists: dict[str, list[Statement]] = {}
        self._items: dict[str, list[_OpenItem]] = {}
        self._remarks: list[Remark] = []

    def location(self, line: int, column: int = 1) -> Location:
        """Return the place in the file of a line of the part's text."""
        return Location(self.part.path, self.part.line_in_file(line), column)

    def remark(
        self, kind: str, line: int, *, field: str = "", label: str = "", detail: str = ""
    ) -> None:
        """Note something that a rule may judge; a git comment's line is already the file's."""
        place = Location(self.part.path, line) if detail == GIT_COMMENT else self.location(line)
        self._remarks.append(Remark(kind, place, field, label, detail))

    @property
    def remarks(self) -> int:
        """Return how many remarks there are so far."""
        return len(self._remarks)

    def statement(  # noqa: PLR0913, PLR0917 - a statement is these seven things
        self,
        name: str,
        raw: str,
        line: int,
        column: int,
        label: str,
        passage: Passage | None = None,
        lines: Sequence[int] = (),
    ) -> Statement:
        """Return a statement with the template's own lines set aside.

        `passage` is what a reader sees of `raw` in its place, and `lines` where each of its lines
        stands, unless it stands for itself.
        """
        written = raw.split("\n")
        foreign: frozenset[int] = frozenset()
        if self.template:  # "38 %" may well be the word that was added to the prompt of a number
            nearly = "." not in name
            foreign = find_template_lines(written, self.template, nearly=nearly)
        is_template = bool(foreign) and not any(
            line.strip() for at, line in enumerate(written) if at not in foreign
        )
        if self._fields[name].format == "owner" and _MAILBOX.fullmatch(raw.strip()):
            prose = plain_prose(raw.strip())
        elif passage is None:
            own = (line for at, line in enumerate(written) if at not in foreign)
            prose = render_prose(_as_one_line("\n".join(own)))
        elif foreign:
            prose = passage.without({lines[at] - 1 for at in foreign})
        else:
            prose = passage.prose
        return Statement(
            field=name,
            raw=raw,
            prose=prose,
            location=self.location(line, column),
            form=self.form,
            origin=self.part.origin,
            label=label,
            is_template=is_template,
        )

    def add(self, statement: Statement) -> None:
        """Add a statement where its field belongs; an exemption sentence excuses instead."""
        found = self._fields[statement.field]
        head = statement.field.partition(".")[0]
        if found.kind is not FieldKind.EXEMPTION and self._excuses(statement, found):
            statement = replace(statement, field=EXEMPT)
            head = EXEMPT
        if "." in statement.field:
            self._add_part(head, found, statement)
        elif self._fields[head].kind is FieldKind.LIST:
            _append(self._lists.setdefault(head, []), statement)
        elif self._fields[head].kind is FieldKind.ITEMS:
            self._open(head).prose = statement
        else:
            self._add_single(statement)

    def has_items(self, name: str) -> bool:
        """Tell whether anything was read into an items field."""
        return name in self._items

    def new_item(self, name: str) -> bool:
        """Start the next entry of an items field; tell whether there was room for it."""
        entries = self._items.setdefault(name, [])
        if len(entries) < MOST_ITEMS:
            entries.append(_OpenItem())
            return True
        return False

    def begin_section(self, name: str, line: int, column: int) -> None:
        """Start a section of an items field whose text begins at a place.

        It completes the open entry as long as that has no prose of its own.
        """
        if self._open(name).prose is not None:
            self.new_item(name)
        self._open(name).begins = (line, column)

    def build(self) -> Reading:
        """Return everything gathered; measurement prose is split into its parts."""
        for name, entries in self._items.items():
            for entry in entries:
                self._complete(name, entry)
        items = {
            name: tuple(entry.close() for entry in entries) for name, entries in self._items.items()
        }
        return Reading(
            part=self.part,
            form=self.form,
            singles=tuple(self._close_single(found) for found in self._singles.values()),
            lists={name: tuple(entries) for name, entries in self._lists.items()},
            items=items,
            remarks=tuple(self._remarks),
        )

    def _excuses(self, statement: Statement, found: Field) -> bool:
        if EXEMPT not in self._fields or found.name not in _EXCUSABLE:
            return False
        head = found.name.partition(".")[0]
        return parse_exemption(statement.text, field=head) is not None

    def _complete(self, name: str, entry: _OpenItem) -> None:
        """Read what stands in the prose of an entry, or in one of its parts beside its own.

        One grammar for all: a section, the value behind a label, a cell, a trailer or a string of
        a block may hold `retyped rows go from 30 to 0 by 2027-02-15`, or parts joined by `<br>`.
        What has a label of its own is stronger than what is found in another part.
        """
        if entry.prose is not None and UNREAD in entry.prose.raw:
            return
        if entry.prose is not None and not entry.parts:
            self._read_labels(name, entry, entry.prose)
            if not entry.parts:
                text = entry.prose.text
                self._place(name, entry, entry.prose, split_hypothesis(text) or read_prose(text))
        for key in ("metric", "target", "baseline"):
            statement = entry.parts.get(f"{name}.{key}")
            if statement is None or statement.is_template or UNREAD in statement.raw:
                continue
            self._read_labels(name, entry, statement)
            statement = entry.parts[f"{name}.{key}"]
            found = read_part(
                key, statement.text, known={part.rpartition(".")[2] for part in entry.parts}
            )
            own = next((piece for piece in found if piece.part == key), None)
            if own is not None:
                entry.parts[f"{name}.{key}"] = self._piece(
                    statement, own.text, statement.field, entry
                )
                self._place(name, entry, statement, found)

    def _read_labels(self, name: str, entry: _OpenItem, statement: Statement) -> None:
        """Read `rows<br>Baseline: 30<br>Target: 0`: labels that stand inside of a value."""
        labels = self.schema.vocabulary.within.get(name, {})
        pieces = split_labels(statement.text)
        known = [(labels.get(normalise_label(label), ""), text) for label, text in pieces]
        if not any(part for part, _ in known):
            return
        first, own = known[0]
        if not first and statement.field in entry.parts and own:
            entry.parts[statement.field] = self._piece(statement, own, statement.field, entry)
        for part, text in known:
            if part and text and self._fields[part].kind is not FieldKind.LIST:
                entry.parts.setdefault(part, self._piece(statement, text, part, entry))

    def _place(
        self, name: str, entry: _OpenItem, source: Statement, pieces: tuple[Found, ...]
    ) -> None:
        """Add the pieces of a statement to the parts that are not there yet."""
        for found in pieces:
            part = found.part if "." in found.part else f"{name}.{found.part}"
            target = found.part if found.part in self._fields else part
            if target not in self._fields:
                continue
            statement = self._piece(source, found.text, target, entry)
            if "." in target:
                entry.parts.setdefault(target, statement)
            else:
                self._singles.setdefault(target, [statement])

    def _piece(self, source: Statement, text: str, field: str, entry: _OpenItem) -> Statement:
        return replace(
            source,
            field=field,
            raw=text,
            prose=plain_prose(text),
            location=self._place_of(text, entry, source),
        )

    def _place_of(self, text: str, entry: _OpenItem, source: Statement) -> Location:
        """Return where a piece of an entry's prose stands; its start when it was wrapped."""
        offset = source.raw.find(text)
        if offset < 0:
            return source.location
        before = source.raw[:offset]
        if entry.begins is None or source is not entry.prose:
            place = source.location
            return place if "\n" in before else replace(place, column=place.column + offset)
        line, column = entry.begins
        if "\n" in before:
            column = 1
        return self.location(line + before.count("\n"), column + len(before.rpartition("\n")[2]))

    def _open(self, name: str) -> _OpenItem:
        entries = self._items.setdefault(name, [])
        if not entries:
            entries.append(_OpenItem())
        return entries[-1]

    def _add_part(self, head: str, found: Field, statement: Statement) -> None:
        entry = self._open(head)
        if found.kind is FieldKind.LIST:
            _append(entry.lists.setdefault(found.name, []), statement)
            return
        if found.name in entry.parts:
            primary = self._fields[head].parts[0].name
            if found.name != primary:
                self._duplicate(entry.parts[found.name], statement)
                return
            if not self.new_item(head):
                return
            entry = self._open(head)
        entry.parts[found.name] = statement

    def _add_single(self, statement: Statement) -> None:
        found = self._singles.setdefault(statement.field, [])
        if found:
            self._duplicate(found[0], statement)
        found.append(statement)

    def _duplicate(self, first: Statement, second: Statement) -> None:
        """Note that a field stands twice; prose under two headings is one answer in two parts."""
        is_typed = self._fields[first.field].is_typed
        if not is_typed and normalise_label(first.label) != normalise_label(second.label):
            return
        if first.text and second.text:
            detail = str(first.location.line)
            remark = Remark("duplicate", second.location, second.field, second.label, detail)
            self._remarks.append(remark)

    def _close_single(self, found: list[Statement]) -> Statement:
        """Return the one statement of a field: prose is joined, of values the first counts."""
        filled = [statement for statement in found if is_filled(statement)]
        if not filled:
            return next((statement for statement in found if statement.text), found[0])
        first = filled[0]
        field = self._fields[first.field]
        if len(filled) == 1 or field.is_typed or field.kind is FieldKind.EXEMPTION:
            return first
        raw = "\n\n".join(statement.raw.rstrip() for statement in filled)
        return replace(first, raw=raw, prose=join_prose(s.prose for s in filled))


def _as_one_line(value: str) -> str:
    """Return a value of one line so that it begins no block of Markdown.

    `31. Januar 2027` stays a date and is no list item, `> 12 tickets` a bound and no quotation.
    """
    return _BEGINNING.sub(r"\1\\\2", value) if "\n" not in value else value


def _append(entries: list[Statement], statement: Statement) -> None:
    if len(entries) < MOST_ENTRIES:
        entries.append(statement)
