"""Turn a policy into a GitHub issue form that asks its questions before any code is written."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from whygate.authoring.contract import due_example
from whygate.authoring.marked import Marks
from whygate.authoring.sheet import write_example
from whygate.authoring.template import USUAL_KIND, asked_names
from whygate.judge.case import slot_text
from whygate.model import Severity
from whygate.policy.exemptions import ExemptClass
from whygate.schema.fields import FieldKind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from whygate.policy.policy import Policy
    from whygate.schema.fields import Field

FORM_MARKS = Marks(
    "# whygate:template:begin (by `whygate template issue-form`; edit outside)",
    "# whygate:template:end",
)
_OTHER_SIGNS = re.compile(r"[^A-Za-z0-9_-]+")
_WIDTH = 96


def render_issue_form(policy: Policy, *, kind: str = USUAL_KIND) -> str:
    """Return the YAML of an issue form; empty when nothing is asked of the kind.

    GitHub writes each answer under a heading of its label, which is how the check reads it
    again: https://docs.github.com/en/communities/using-templates-to-encourage-useful-issues-
    and-pull-requests/syntax-for-githubs-form-schema. A needed field is required; what is only
    asked for may stay empty. The parts of a measurement are labelled lines of one text.
    """
    import yaml  # noqa: PLC0415  (12 ms; only who asks for a form pays)

    asked = asked_names(policy, kind)
    body = [e for f in policy.schema.fields for e in _elements(f, asked, policy, kind)]
    if not body:
        return ""
    form = {
        "name": f"Say why: {kind}",
        "description": "The problem, the outcome and the measure of success, before the code.",
        "body": body,
    }
    text = yaml.safe_dump(form, sort_keys=False, allow_unicode=True, width=_WIDTH)
    return FORM_MARKS.wrap(text)


def _elements(
    field: Field, asked: frozenset[str], policy: Policy, kind: str
) -> Iterator[dict[str, object]]:
    parts = [part for part in field.parts if part.name in asked]
    if field.name not in asked and not parts:
        return
    attributes: dict[str, object] = {
        "label": _fold(field.title),
        "description": _fold(" ".join((field.question, *_more(field, parts, policy, kind)))),
    }
    if field.kind is FieldKind.CHOICE:
        attributes["options"] = list(field.choices)
    elif parts:
        attributes["value"] = "\n".join(f"- {_fold(part.title)}: " for part in parts)
    elif field.example:
        attributes["placeholder"] = _fold(write_example(field, due=due_example(policy)))
    yield {
        "type": "dropdown" if field.kind is FieldKind.CHOICE else "textarea",
        "id": _OTHER_SIGNS.sub("-", field.name),
        "attributes": attributes,
        "validations": {"required": policy.needs(kind).get(field.name) is Severity.ERROR},
    }


def _more(field: Field, parts: list[Field], policy: Policy, kind: str) -> Iterator[str]:
    """Yield what to write: for each part its meaning and an example, and the honest way out."""
    if not parts:
        yield field.description
    for part in parts:
        example = write_example(part, due=due_example(policy))
        shown = "" if example.startswith("<") else f" ({example})"
        yield f"{part.title}: {slot_text(part)}{shown}."
    if field.name == "measurement" and (
        ExemptClass.NOT_MEASURABLE in policy.config.kind(kind).exemptions
    ):
        yield "Cannot be measured? Write instead: Not measurable because, and why."


def _fold(text: str) -> str:
    return " ".join(text.split())
