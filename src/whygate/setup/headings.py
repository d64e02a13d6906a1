"""Which headings of a team's own template answer a question, and the aliases that have them read.

A template is taken apart into its labels, each with what it says below it; words decide what a
label asks for; what becomes of each is told with the reason.
"""

from __future__ import annotations

import re
from enum import StrEnum
from typing import TYPE_CHECKING

from msgspec import Struct

from whygate.schema.fields import FieldKind
from whygate.text.document import Section, headings, parse_document
from whygate.text.labels import closest_label, normalise_label
from whygate.text.marks import Style
from whygate.text.markup import split_lines
from whygate.text.prose import scan_comments

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from whygate.schema.document import DocumentSchema, Vocabulary
    from whygate.schema.fields import Field
    from whygate.setup.advice import SourceFile
    from whygate.text.document import Document, Entry

# --- what a template says ---------------------------------------------------------------------

MOST_LABELS = 200

# A bold label, with at most a sign such as an emoji in front of it.
_BOLD = re.compile(r"[^\w*|>+-]{0,8}(?:\*\*|__)")
_LABEL = re.compile(r"[^\W\d_][^:|]{0,60}:[ \t]*\Z")
_SHORTCODE = re.compile(r"(?<![\w:]):[A-Za-z0-9_+-]{1,40}:(?![\w:])")
_COMMENT_SIGNS = re.compile(r"\A<!-+|-+!?>\Z")


class TemplateLabel(Struct, frozen=True):
    """A heading, bold label or label line of a template.

    `level` is 1 to 6 for headings and 7 for labels, `line` counts from 1. `comments` is the
    text of the HTML comments below it, `prompt` what a reader sees there. `has_boxes` tells
    that there are boxes to tick, `is_empty` that nothing is there, `is_plain` that the label is
    neither a heading nor bold.
    """

    text: str
    key: str
    level: int
    line: int
    path: str = ""
    comments: str = ""
    prompt: str = ""
    has_boxes: bool = False
    is_empty: bool = False
    is_plain: bool = False


def list_labels(text: str, words: Vocabulary, path: str = "") -> tuple[TemplateLabel, ...]:
    """Return the labels of a template in their order, whether the vocabulary knows them or not.

    What stands in a comment, a quote, a fence, a list item or a table is no label of the
    template. A plain line such as `Ticket:` counts when nothing follows the colon, or when the
    vocabulary knows it. Nobody fills in more than `MOST_LABELS`; the others are passed over.
    """
    lines = split_lines(text)
    known = {*words.labels, *(normalise_label(h.text) for h in headings(text))} - {""}
    first = parse_document(text, known, parts=words.parts)
    known.update(e.key for e in _entries(first) if _is_label(lines[e.line - 1]))
    document = parse_document(text, known, parts=words.parts)
    sections = [section for section in document.sections if section.key]
    return tuple(_label(section, path) for section in sections[:MOST_LABELS])


def _entries(document: Document) -> Iterator[Entry]:
    yield from document.entries
    for section in document.sections:
        yield from section.entries


def _is_label(line: str) -> bool:
    return bool(_BOLD.match(line) or _LABEL.match(line))


def _label(section: Section, path: str) -> TemplateLabel:
    comments = tuple(_comments(section.raw))
    prose = section.prose
    return TemplateLabel(
        text=_SHORTCODE.sub("", section.label).strip(),
        key=section.key,
        level=section.level,
        line=section.line,
        path=path,
        comments=" ".join(comments),
        prompt=prose.text,
        has_boxes=bool(prose.unticked or prose.ticked),
        is_empty=not section.raw.strip(),
        is_plain=section.style in (Style.LABEL, Style.BARE),
    )


def _comments(raw: str) -> Iterator[str]:
    for piece in scan_comments(raw):
        if piece.markup == "comment":
            text = " ".join(_COMMENT_SIGNS.sub("", piece.text).split())
            if text:
                yield text


# --- what a label asks for, by its words ------------------------------------------------------


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Words that carry no meaning of their own in a heading.
_EMPTY = _words(
    "a about all an and any applicable are as at be been being brief briefly by can could "
    "describe did do does doing explain for from had has have how i if in is it its list made "
    "me my needed of on or our please pr pull request s short should such that the their them "
    "there these they this those to us was we were what when which will with would you your"
)
# With one of them in it, a heading asks for something else than its other words say.
_CONTRARY = _words(
    "breaking checklist docs documentation migration no non not release review reviewer reviewers "
    "screenshot screenshots test tested testing tests without"
)
_TICKED = "a list to tick off is no answer"
# What a heading asks for by its words, and why that is no answer to a question of ours.
_ELSEWHERE: tuple[tuple[frozenset[str], str], ...] = (
    (
        _words(
            "qa reproduce test tested testing tests tophat tophatting validated validation "
            "verification verified verify"
        ),
        "tests show that the code works, not that it helps",
    ),
    (_words("checklist checklists tasks todo todos"), _TICKED),
    (
        _words(
            "demo demos image images preview recording recordings screencast screencasts "
            "screenshot screenshots showcase video videos"
        ),
        "pictures are shown and not read",
    ),
    (_words("review reviewer reviewers reviewing"), "it speaks to the reviewer"),
    (_words("delete submitting"), "it says how to use the template"),
)
# Headings made of nothing but these tell what was done, and not what for.
_NARRATION = _words(
    "approach change changed changes code description detail details explanation feature files "
    "fix implementation important main overview proposal proposed scope solution summary "
    "technical type update updates work"
)
_MISCELLANY = _words(
    "additional anything comment comments context discussion else extra further info information "
    "misc miscellaneous note notes other point points remark remarks special"
)
# Headings made of nothing but the second, with one of the first, name issues and pages.
_REFERENCES = _words("also issue issues jira link links reference references see ticket tickets")
_REFERRING = _REFERENCES | _words(
    "close closed closes external fix fixed fixes fixing github linked number related resolve "
    "resolved resolves"
)


# --- what becomes of each ---------------------------------------------------------------------


class Fate(StrEnum):
    """What becomes of a label."""

    KEPT = "kept"
    ALIAS = "alias"
    LEFT = "left"


class Decision(Struct, frozen=True):
    """A label, what becomes of it, the field it names (empty: none), and why."""

    label: TemplateLabel
    fate: Fate
    field: str
    why: str


_ENDING = re.compile(r"(?:ing|ed|es|e|s|d)\Z")
_LONGEST = 8  # words that carry meaning; what has more is a sentence


def decide_labels(templates: Sequence[SourceFile], schema: DocumentSchema) -> tuple[Decision, ...]:
    """Return what becomes of every label of a team's templates, in their order.

    A label that the schema knows stays that field; one that is spelled, worded or explained like
    a known one becomes another name of it; the rest is left alone.
    """
    decisions: list[Decision] = []
    for template in templates:
        labels = list_labels(template.text, schema.vocabulary, template.path)
        decisions += _Decider(schema, labels).decide()
    return tuple(decisions)


def choose_aliases(
    decisions: Sequence[Decision], schema: DocumentSchema
) -> dict[str, tuple[str, ...]]:
    """Return the labels to read as each field, for the fields that have a new one.

    The first heading of a field comes first, because it names the field from then on; where only
    lines such as `Ticket:` are new, the field keeps the title it has.
    """
    aliases: dict[str, tuple[str, ...]] = {}
    for name in dict.fromkeys(d.field for d in decisions if d.fate is Fate.ALIAS):
        labels = [d.label for d in decisions if d.field == name]
        heads = [label.text for label in labels if not label.is_plain]
        plain = [label.text for label in labels if label.is_plain]
        field = schema.field(name)
        title = [field.title] if field is not None and not heads else []
        aliases[name] = tuple(dict.fromkeys((*title, *heads, *plain)))
    return aliases


def explain_decisions(decisions: Sequence[Decision]) -> Iterator[str]:
    """Yield a line for every heading: what becomes of it, and why."""
    for decision in decisions:
        label = decision.label
        words = _FATES[decision.fate].format(field=f"`{decision.field}`")
        yield f"{label.path}:{label.line}: `{label.text}` {words}: {decision.why}"


_FATES = {
    Fate.KEPT: "stays {field}",
    Fate.ALIAS: "becomes another name of {field}",
    Fate.LEFT: "is left alone",
}


class _Decider:
    def __init__(self, schema: DocumentSchema, labels: Sequence[TemplateLabel]) -> None:
        self._schema = schema
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
        if (name := self._schema.vocabulary.labels.get(label.key)) is not None:
            return Decision(label, Fate.KEPT, name, "its name is known")
        if why := _find_elsewhere(label):
            return Decision(label, Fate.LEFT, "", why)
        if label.has_boxes:
            return Decision(label, Fate.LEFT, "", "a list of boxes is ticked, not answered")
        if (found := self._find_alias(label)) is not None:
            return found
        why = self._find_reason_to_leave(label, holds_others=holds_others)
        return Decision(label, Fate.LEFT, "", why or "it asks for something of its own")

    def _find_alias(self, label: TemplateLabel) -> Decision | None:
        if (links := self._find_links(label)) is not None:
            return links
        for name, words in self._matches(label):
            return Decision(label, Fate.ALIAS, name, f"it holds `{words}`")
        name, spelling = closest_label(label.key, self._schema.vocabulary.labels)
        if name:
            return Decision(label, Fate.ALIAS, name, f"it is spelled almost like `{spelling}`")
        return self._find_weak(label)

    def _find_links(self, label: TemplateLabel) -> Decision | None:
        """Return the fate of a heading such as `Which issue(s) does this fix?`."""
        field = self._schema.field("links")
        words = _content(label.key)
        if field is None or not _REFERENCES.intersection(words):
            return None
        if not _REFERRING.issuperset(words):
            return None
        return Decision(label, Fate.ALIAS, field.name, "it names issues and other pages")

    def _matches(self, label: TemplateLabel) -> Iterator[tuple[str, str]]:
        """Yield the fields whose names are in a heading, the longest name first."""
        words = _content(label.key)
        if not words or len(words) > _LONGEST or _CONTRARY.intersection(label.key.split()):
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
    return [word for word in key.split() if word not in _EMPTY]


def _stem(word: str) -> str:
    stem = _ENDING.sub("", word)
    return stem if len(stem) > 3 else word


def _find_elsewhere(label: TemplateLabel) -> str:
    words = frozenset(label.key.split())
    if {"check", "list"} <= words:
        return _TICKED
    return next((why for marks, why in _ELSEWHERE if marks & words), "")


def _find_narration(key: str, weak: Mapping[str, str]) -> str:
    """Return why a heading tells what was done, or nothing in particular; else ""."""
    words = _content(key)
    if key in weak or _NARRATION.issuperset(words):
        return "it tells what was changed, not what for"
    if _MISCELLANY.issuperset(words):
        return "it asks for nothing in particular"
    return ""
