"""Turn a team's own pull request templates into a schema that reads them."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

from msgspec import Struct

from whygate.schema.validate import DIALECT
from whygate.setup.label_fate import Decision, Fate, decide_fates
from whygate.setup.template_labels import list_labels
from whygate.text.labels import normalise_label
from whygate.text.prose import render_prose

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from whygate.schema.document import DocumentSchema
    from whygate.schema.fields import Field
    from whygate.setup.advice import SourceFile
    from whygate.setup.template_labels import TemplateLabel

SCHEMA_ID = "urn:team:product-context:1"
USUAL_PATH = ".whygate/schema.json"

_LONGEST_NAME = 40
_LONGEST_PROMPT = 300
_LEAST_WORDS = 3
_NO_NAME = re.compile(r"[^a-z0-9]+")
_SENTENCE = re.compile(r"[^.!?]+[.!?]?")
_SENTENCE_END = re.compile(r"(?<=[^\W\d])[.!?](?=\s)|。")
# Trailers that git, forges and projects already give a meaning.
_TRAILERS = (
    "signed-off-by co-authored-by reviewed-by tested-by acked-by reported-by cc fixes closes "
    "resolves change-id link see-also version breaking-change"
)
_TAKEN = frozenset(_TRAILERS.split(" "))


class Derivation(Struct, frozen=True):
    """What became of every label, and the JSON Schema made of it."""

    decisions: tuple[Decision, ...]
    schema: Mapping[str, object]

    def renames(self, names: Iterable[str]) -> bool:
        """Tell whether one of these fields has a heading that is read only with the schema."""
        return not set(self.fields(Fate.ALIAS)).isdisjoint(names)

    def fields(self, fate: Fate) -> tuple[str, ...]:
        """Return the fields that labels of one fate name, each once."""
        return tuple(dict.fromkeys(d.field for d in self.decisions if d.fate is fate))


def derive_schema(
    templates: Sequence[SourceFile],
    base: DocumentSchema,
    chosen: Mapping[str, str] | None = None,
) -> Derivation:
    """Return the schema under which a team's own headings are read, and why.

    `base` is the bundled schema, to which the new one refers, so that it gains what later
    versions know. `chosen` maps labels, as written, to fields. Of several headings for one
    field the first names it in messages and the others are read as well.
    """
    wanted = {normalise_label(label): name for label, name in (chosen or {}).items()}
    decisions: list[Decision] = []
    for template in templates:
        labels = list_labels(template.text, base.vocabulary, template.path)
        decisions += decide_fates(labels, base, wanted)
    named = tuple(_name_own(decisions, base))
    return Derivation(named, _schema(named, base))


def _name_own(decisions: Sequence[Decision], base: DocumentSchema) -> Iterator[Decision]:
    """Yield the decisions with a name for each own field; equal labels are one field."""
    names: dict[str, str] = {}
    for decision in decisions:
        label = decision.label
        if decision.fate is not Fate.OWN:
            yield decision
            continue
        if label.key not in names:
            names[label.key] = _new_name(label, {*base.by_name, *names.values()})
        yield Decision(label, Fate.OWN, names[label.key], decision.why)


def _new_name(label: TemplateLabel, taken: set[str]) -> str:
    plain = unicodedata.normalize("NFKD", label.key).encode("ascii", "ignore").decode()
    words = _NO_NAME.sub(" ", plain.lower()).split()
    name = ""
    for word in words:
        if name and len(name) + len(word) >= _LONGEST_NAME:
            break
        name = f"{name}_{word}" if name else word[:_LONGEST_NAME]
    if not re.search(r"[a-z]{3}", name):
        name = "section"
    taken_keys = {full.rpartition(".")[2] for full in taken}
    numbers = (f"{name}_{n}" for n in range(2, len(taken) + 3))
    return name if name not in taken_keys else next(n for n in numbers if n not in taken_keys)


def _schema(decisions: Sequence[Decision], base: DocumentSchema) -> Mapping[str, object]:
    properties: dict[str, object] = {}
    for name in dict.fromkeys(d.field for d in decisions if d.field):
        labels = [d.label for d in decisions if d.field == name]
        field = base.field(name)
        spec = _own(labels[0], name, base) if field is None else _renamed(field, labels)
        if spec:
            properties[name] = spec
    return {
        "$schema": DIALECT,
        "$id": SCHEMA_ID,
        "title": "Product context, in the words of our pull request template",
        "$ref": f"{base.source['$id']}#/$defs/document",
        "unevaluatedProperties": False,
        "properties": properties,
    }


def _renamed(field: Field, labels: Sequence[TemplateLabel]) -> dict[str, object]:
    """Return what differs from the base: the first heading as title, the others as aliases."""
    spec: dict[str, object] = {}
    known = {normalise_label(text) for text in (field.title, field.key, *field.aliases)}
    more = [label.text for label in labels if label.key not in known]
    titles = [label for label in labels if not label.is_plain]
    if titles and titles[0].key != normalise_label(field.title):
        spec["title"] = titles[0].text
        more = [field.title, *(text for text in more if text != titles[0].text)]
        if question := _question(titles[0]):
            spec["x-question"] = question
    if more:
        spec["x-more-aliases"] = list(dict.fromkeys(more))
    return spec


def _own(label: TemplateLabel, name: str, base: DocumentSchema) -> dict[str, object]:
    spec: dict[str, object] = {"title": label.text, "type": "string"}
    if description := _description(label):
        spec["description"] = description
    spec["x-question"] = _question(label) or f"{label.text}: what should a reader know?"
    trailer = name.replace("_", "-").title()
    if trailer.lower() in _TAKEN or trailer.lower() in base.vocabulary.trailers:
        trailer = f"Our-{trailer}"
    spec["x-trailer"] = trailer
    return spec


def _question(label: TemplateLabel) -> str:
    """Return the label when it asks, else the first question of the text below it, or ""."""
    if label.text.rstrip().endswith("?"):
        return label.text
    asked = (s.strip() for s in _SENTENCE.findall(_prompt(label)))
    return next((s for s in asked if s.endswith("?") and len(s.split()) >= _LEAST_WORDS), "")


def _description(label: TemplateLabel) -> str:
    prompt = _prompt(label)
    return prompt if len(prompt.split()) >= _LEAST_WORDS else ""


def _prompt(label: TemplateLabel) -> str:
    """Return the words that stand below a label, comments first, cut at the end of a sentence."""
    words = " ".join((render_prose(label.comments).text or label.prompt).split())
    if len(words) <= _LONGEST_PROMPT:
        return words
    kept = words[:_LONGEST_PROMPT]
    ends = [found.end() for found in _SENTENCE_END.finditer(kept)]
    return kept[: ends[-1]] if ends else kept.rpartition(" ")[0]
