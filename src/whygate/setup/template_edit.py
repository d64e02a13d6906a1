"""Turn a template into the same template that also asks for what the policy asks."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from msgspec.structs import replace

from whygate.authoring.template import render_parts, render_sections
from whygate.setup.template_advice import missing_fields, needed_fields
from whygate.setup.yaml_edit import insert_lines
from whygate.text.document import headings, parse_document
from whygate.text.labels import normalise_label
from whygate.text.marks import Style

if TYPE_CHECKING:
    from collections.abc import Sequence

    from whygate.policy.policy import Policy
    from whygate.schema.fields import Field
    from whygate.setup.advice import SourceFile

_HEADING = re.compile(r"^##(?= )", re.MULTILINE)
_USUAL_LEVEL = 2


def find_gaps(template: SourceFile, policy: Policy) -> tuple[Field, ...]:
    """Return the fields that the policy asks a feature for and the template does not."""
    return missing_fields(template, needed_fields(policy), policy)


def complete_template(template: SourceFile, policy: Policy) -> str | None:
    """Return a template with what it does not ask for, every other byte kept.

    Whole sections go to the end; a metric or a date that a section lacks goes to the end of that
    section. Headings are of the template's own level. None when what was added is not seen
    (an open comment or fence swallows it).
    """
    gaps = find_gaps(template, policy)
    heads = [field for field in gaps if "." not in field.name]
    names = {field.name for field in heads}
    text = template.text
    for name in dict.fromkeys(f.name.partition(".")[0] for f in gaps if "." in f.name):
        if name not in names:
            parts = [f for f in gaps if f.name.startswith(f"{name}.")]
            text = _add_parts(text, name, parts, policy)
    if heads:
        text = _append(text, render_sections(policy, heads))
    return None if find_gaps(replace(template, text=text), policy) else text


def _add_parts(text: str, name: str, parts: Sequence[Field], policy: Policy) -> str:
    """Return a text with labels at the end of the section of an items field."""
    words = policy.schema.vocabulary
    document = parse_document(text, words.labels, parts=words.parts)
    section = next((s for s in document.sections if words.labels.get(s.key) == name), None)
    if section is None:
        return text
    if section.raw:
        at = section.raw_line + section.raw.count("\n")
    else:
        at = section.line + (section.style is Style.SETEXT)
    return insert_lines(text, at, render_parts(parts))


def _append(text: str, sections: Sequence[str]) -> str:
    level = _level_of(text)
    added = "\n\n".join(_HEADING.sub("#" * level, section) for section in sections)
    end = "\r\n" if "\r\n" in text else "\n"
    body = text.rstrip("\r\n")
    gap = end * 2 if body.removeprefix("\ufeff").strip() else ""
    return f"{body}{gap}{added.replace(chr(10), end)}{end}"


def _level_of(text: str) -> int:
    """Return the level of most headings, of equal ones the higher."""
    levels = [heading.level for heading in headings(text) if normalise_label(heading.text)]
    return max(sorted(set(levels)), key=levels.count) if levels else _USUAL_LEVEL
