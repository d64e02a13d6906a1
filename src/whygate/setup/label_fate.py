"""Turn the labels of a template into what becomes of each: a field, a name of one, nothing."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import TYPE_CHECKING

from msgspec import Struct

from whygate.schema.fields import FieldKind
from whygate.setup.heading_words import (
    CONTRARY,
    ELSEWHERE,
    EMPTY,
    MISCELLANY,
    NARRATION,
    REFERENCES,
    REFERRING,
    TICKED,
)
from whygate.text.labels import near_label, normalise_label

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from whygate.schema.document import DocumentSchema
    from whygate.schema.fields import Field
    from whygate.setup.template_labels import TemplateLabel


class Fate(StrEnum):
    """What becomes of a label."""

    KEPT = "kept"
    ALIAS = "alias"
    OWN = "own"
    LEFT = "left"


class Decision(Struct, frozen=True):
    """A label, what becomes of it, the field it names (empty: none), and why."""

    label: TemplateLabel
    fate: Fate
    field: str
    why: str


_ENDING = re.compile(r"(?:ing|ed|es|e|s|d)\Z")
_LONGEST = 8  # words that carry meaning; what has more is a sentence


def decide_fates(
    labels: Sequence[TemplateLabel],
    schema: DocumentSchema,
    chosen: Mapping[str, str] | None = None,
) -> tuple[Decision, ...]:
    """Return what becomes of every label of one template, in their order.

    A label that the schema knows stays that field; one that is spelled, worded or explained like
    a known one becomes another name of it; boxes, tests and what only tells the change are left
    alone; the rest becomes a field of its own. `chosen` maps normalised labels to the field that
    somebody wants them to be.
    """
    return tuple(_Decider(schema, chosen or {}, labels).decide())


class _Decider:
    def __init__(
        self, schema: DocumentSchema, chosen: Mapping[str, str], labels: Sequence[TemplateLabel]
    ) -> None:
        self._schema = schema
        self._chosen = chosen
        self._labels = labels
        self._names = _list_names(schema.fields)
        self._outer: list[Decision] = []
        self._named = {self._name_of(label) for label in labels}

    def decide(self) -> Iterator[Decision]:
        for at, label in enumerate(self._labels):
            while self._outer and self._outer[-1].label.level >= label.level:
                self._outer.pop()
            inner = self._labels[at + 1 : at + 2]
            holds_others = label.is_empty and any(next_.level > label.level for next_ in inner)
            decision = self._decide(label, holds_others=holds_others)
            self._outer.append(decision)
            yield decision

    def _decide(self, label: TemplateLabel, *, holds_others: bool) -> Decision:
        if (name := self._chosen.get(label.key)) is not None:
            return Decision(label, Fate.ALIAS, name, "it was chosen to be")
        if (name := self._schema.vocabulary.labels.get(label.key)) is not None:
            return Decision(label, Fate.KEPT, name, "its name is known")
        if why := _find_elsewhere(label):
            return Decision(label, Fate.LEFT, "", why)
        if label.has_boxes:
            return Decision(label, Fate.LEFT, "", "a list of boxes is ticked, not answered")
        if (found := self._find_alias(label)) is not None:
            return found
        if why := self._find_reason_to_leave(label, holds_others=holds_others):
            return Decision(label, Fate.LEFT, "", why)
        return Decision(label, Fate.OWN, "", "it asks for something of its own")

    def _find_alias(self, label: TemplateLabel) -> Decision | None:
        if (links := self._find_links(label)) is not None:
            return links
        for name, words in self._matches(label):
            return Decision(label, Fate.ALIAS, name, f"it holds `{words}`")
        name, spelling = near_label(label.key, self._schema.vocabulary.labels)
        if name:
            return Decision(label, Fate.ALIAS, name, f"it is spelled almost like `{spelling}`")
        return self._find_weak(label)

    def _find_links(self, label: TemplateLabel) -> Decision | None:
        """Return the fate of a heading such as `Which issue(s) does this fix?`."""
        field = self._schema.field("links")
        words = _content(label.key)
        if field is None or not REFERENCES.intersection(words):
            return None
        if not REFERRING.issuperset(words):
            return None
        return Decision(label, Fate.ALIAS, field.name, "it names issues and other pages")

    def _matches(self, label: TemplateLabel) -> Iterator[tuple[str, str]]:
        """Yield the fields whose names are in a heading, the longest name first."""
        words = _content(label.key)
        if not words or len(words) > _LONGEST or CONTRARY.intersection(label.key.split()):
            return
        stems = [_stem(word) for word in words]
        for known in self._names:
            is_outer = known.is_one_word and known.stems in ([stems[0]], [stems[-1]])
            if is_outer or (len(known.stems) > 1 and set(known.stems) <= set(stems)):
                yield known.field, known.key

    def _find_weak(self, label: TemplateLabel) -> Decision | None:
        """Return the fate of `Description` and the like: the prompt below it decides.

        The prompt counts only where no other label of the template asks for the same.
        """
        name = self._schema.vocabulary.weak.get(label.key, "")
        field = self._schema.field(name) if name else None
        if field is None or name in self._named:
            return None
        prompt = f" {normalise_label(label.comments)} {normalise_label(label.prompt)} "
        names = (known.key for known in self._names if known.field == name)
        asked = next((key for key in names if f" {key} " in prompt), "")
        if not asked:
            return None
        return Decision(label, Fate.ALIAS, name, f"the text below it asks for `{asked}`")

    def _name_of(self, label: TemplateLabel) -> str:
        """Return the field that a label names or holds the name of, else ""."""
        known = self._schema.vocabulary.labels.get(label.key, "")
        return known or next((name for name, _ in self._matches(label)), "")

    def _find_reason_to_leave(self, label: TemplateLabel, *, holds_others: bool) -> str:
        if why := _find_narration(label.key, self._schema.vocabulary.weak):
            return why
        outer = self._outer[-1] if self._outer else None
        if outer is not None and not outer.label.is_empty:
            return f"it stands inside `{outer.label.text}`"
        if holds_others:
            return "it only holds other headings"
        return "it is a line of its own and no heading" if label.is_plain else ""


class _Name(Struct, frozen=True):
    """One name of a field: its normalised form, and the stems of the words that count."""

    field: str
    key: str
    stems: list[str]
    is_one_word: bool


def _list_names(fields: Sequence[Field]) -> tuple[_Name, ...]:
    """Return the names of the fields that are answered in words, those of most words first."""
    names = [
        _Name(field.name, key, [_stem(word) for word in _content(key)], len(key.split()) == 1)
        for field in fields
        if field.kind in (FieldKind.TEXT, FieldKind.ITEMS) and not field.format
        for key in map(normalise_label, (field.title, field.key, *field.aliases))
    ]
    return tuple(sorted((n for n in names if n.stems), key=lambda name: -len(name.stems)))


def _content(key: str) -> list[str]:
    return [word for word in key.split() if word not in EMPTY]


def _stem(word: str) -> str:
    stem = _ENDING.sub("", word)
    return stem if len(stem) > 3 else word


def _find_elsewhere(label: TemplateLabel) -> str:
    words = frozenset(label.key.split())
    if {"check", "list"} <= words:
        return TICKED
    return next((why for marks, why in ELSEWHERE if marks & words), "")


def _find_narration(key: str, weak: Mapping[str, str]) -> str:
    """Return why a heading tells what was done, or nothing in particular; else ""."""
    words = _content(key)
    if key in weak or NARRATION.issuperset(words):
        return "it tells what was changed, not what for"
    if MISCELLANY.issuperset(words):
        return "it asks for nothing in particular"
    return ""
