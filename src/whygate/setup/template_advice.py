"""Turn pull request templates into advice: what they do not ask, and whether they answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from whygate.judge.check import check
from whygate.model import Change, Origin, Part, Severity, Status
from whygate.schema.fields import Field, FieldKind
from whygate.setup.advice import Advice, SourceFile, broken, hint
from whygate.text.document import parse_document
from whygate.text.labels import normalise_label

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date

    from whygate.policy.policy import Policy

KIND = "feature"
USUAL_PATH = ".github/pull_request_template.md"

_TOPIC = "template"
_TITLE = "feat: a change that nobody has described"


def advise_templates(
    templates: Sequence[SourceFile], policy: Policy, today: date
) -> Iterator[Advice]:
    """Yield advice on the templates of a repository.

    A template that passes unedited is broken. When no template asks for everything a feature
    needs, the one that asks for most is named with the sections to add.
    """
    needed = needed_fields(policy)
    if not needed:
        return
    if not templates:
        message = f"there is no pull request template; save this as {USUAL_PATH}"
        yield hint(_TOPIC, message, _sections(needed, policy))
        return
    for template in templates:
        if _passes(template, policy, today):
            message = "left as it is, the template passes the check"
            cure = "put questions in comments, <!-- like this -->, and leave the answers empty"
            yield broken(_TOPIC, message, cure, template.path, 1)
    gaps = [(missing_fields(template, needed, policy), template) for template in templates]
    missing, template = min(gaps, key=lambda gap: len(gap[0]))
    if missing:
        names = ", ".join(field.title for field in missing)
        message = f"the template does not ask for what a {KIND} needs: {names}"
        yield hint(_TOPIC, message, _sections(missing, policy), template.path, 1)


def needed_fields(policy: Policy) -> tuple[Field, ...]:
    """Return the fields whose absence is at least warned about, in the schema's order."""
    needs = policy.needs(KIND) if KIND in policy.config.kinds else {}
    names = {name for name, weight in needs.items() if weight.rank >= Severity.WARNING.rank}
    return tuple(field for field in policy.schema.all_fields() if field.name in names)


def missing_fields(
    template: SourceFile, needed: Sequence[Field], policy: Policy
) -> tuple[Field, ...]:
    """Return the fields among `needed` that a template does not ask for."""
    asked = _asked(template.text, policy)
    return tuple(field for field in needed if field.name not in asked)


def _asked(text: str, policy: Policy) -> frozenset[str]:
    """Return the fields that have a section, a label in their section, or a word in its prompt."""
    words = policy.schema.vocabulary
    document = parse_document(text, words.labels, parts=words.parts)
    asked: set[str] = set()
    for section in document.sections:
        name = words.labels.get(section.key)
        if name is None:
            continue
        asked.add(name)
        prompt = f" {' '.join(map(normalise_label, section.raw.split()))} "
        inner = words.inner.get(name, {})
        asked.update(part for label, part in inner.items() if f" {label} " in prompt)
    return frozenset(asked)


def _passes(template: SourceFile, policy: Policy, today: date) -> bool:
    """Tell whether a feature described by the bare template is let through.

    Where the policy only warns, nothing ever fails; then warnings count.
    """
    part = Part(Origin.DESCRIPTION, template.path, template.text)
    verdict = check(Change(template.path, _TITLE, (part,)), _unlimited(policy), today)
    if verdict.status in (Status.SKIPPED, Status.EXEMPT):
        return True
    return all(f.severity.rank < Severity.WARNING.rank for f in verdict.findings)


def _unlimited(policy: Policy) -> Policy:
    return replace(policy, config=replace(policy.config, max_severity=Severity.ERROR))


def _sections(fields: Sequence[Field], policy: Policy) -> str:
    """Return the Markdown that asks for fields; parts stand below the field they belong to."""
    lines: list[str] = []
    open_head = ""
    for field in fields:
        head, _, part = field.name.partition(".")
        owner = policy.schema.field(head) if part else field
        if owner is not None and open_head != head:
            lines += [f"## {owner.title}"]
            lines += [f"<!-- {field.question} -->"] * (not part and field.kind is FieldKind.TEXT)
            open_head = head
        lines += [f"- {field.title}:"] if part else []
    return "\n".join(lines)
