"""Turn a policy into the pull request template that asks for what the policy asks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from whygate.judge.case import slot_text
from whygate.model import Severity
from whygate.policy.exemptions import ExemptClass
from whygate.schema.document import bundled_schema
from whygate.schema.fields import Field, FieldKind

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from whygate.policy.policy import Policy

USUAL_KIND = "feature"

# What says nothing of the change itself has no place among the questions.
_NO_QUESTION = (FieldKind.CONSTANT, FieldKind.EXEMPTION)
_UNMEASURED = "Cannot be measured? Write here instead: Not measurable because <the reason>."


def render_pr_template(policy: Policy, *, kind: str = USUAL_KIND) -> str:
    """Return Markdown with a section for every field that a kind of change is asked for.

    Questions stand in HTML comments and answers are left empty, so that the template by itself
    answers nothing and fails the check it is made for. The fields a team added to the schema
    have a section, asked for or not; the other optional ones are named in a closing comment.
    Empty when nothing is asked.
    """
    wanted = template_fields(policy, kind=kind)
    if not wanted:
        return ""
    heads = {field.name for field in wanted}
    others = [f for f in policy.schema.fields if f.name not in heads and _is_offered(f)]
    closing = [_closing(others)] if others else []
    return "\n\n".join([*render_sections(policy, wanted, kind=kind), *closing]) + "\n"


def template_fields(policy: Policy, *, kind: str = USUAL_KIND) -> tuple[Field, ...]:
    """Return the top-level fields with a section of their own, in the schema's order."""
    asked = {name.partition(".")[0] for name in asked_names(policy, kind)}
    if not asked:
        return ()
    usual = {field.name for field in bundled_schema().fields}
    return tuple(
        field
        for field in policy.schema.fields
        if field.kind not in _NO_QUESTION and (field.name in asked or field.name not in usual)
    )


def asked_names(policy: Policy, kind: str) -> frozenset[str]:
    """Return the dotted names of the fields whose absence is at least warned about."""
    needs = policy.needs(kind)
    return frozenset(name for name, s in needs.items() if s.rank >= Severity.WARNING.rank)


def render_sections(
    policy: Policy, fields: Sequence[Field], *, kind: str = USUAL_KIND
) -> tuple[str, ...]:
    """Return the section of each top-level field: heading, question, and empty parts."""
    asked = asked_names(policy, kind)
    classes = policy.config.kind(kind).exemptions
    return tuple("\n".join(_section(field, asked, classes)) for field in fields)


def render_parts(parts: Sequence[Field]) -> tuple[str, ...]:
    """Return one line for each part of a field: its label, and what to write as a comment."""
    return tuple(f"- {_fold(part.title)}: {_comment(_slot(part))}" for part in parts)


def _slot(part: Field) -> str:
    example = f", such as {part.example}" if part.format and part.example else ""
    return slot_text(part) + example


def _section(field: Field, asked: frozenset[str], classes: Sequence[str]) -> Iterator[str]:
    yield f"## {_fold(field.title)}"
    yield _comment(*_prompts(field, field.name in asked, classes))
    yield from render_parts([part for part in field.parts if part.name in asked])


def _prompts(field: Field, is_asked: bool, classes: Sequence[str]) -> Iterator[str]:
    """Yield the lines of a field's comment.

    The question shares its line with the description: alone on a line it would read as the
    heading that some people make of it, hidden in a comment.
    """
    question = field.question if is_asked else f"{field.question} (optional)"
    yield " ".join(dict.fromkeys((question, field.description)))
    if field.choices:
        yield f"One of: {', '.join(field.choices)}."
    if field.name == "measurement" and ExemptClass.NOT_MEASURABLE in classes:
        yield _UNMEASURED


def _closing(fields: Sequence[Field]) -> str:
    """Return the comment that offers the fields nobody is asked for."""
    offers = (f"## {_fold(field.title)} ({_fold(field.question)})" for field in fields)
    return _comment("Where it helps, add:", *offers)


def _is_offered(field: Field) -> bool:
    return field.kind in (FieldKind.TEXT, FieldKind.LIST) and not field.format


def _comment(*lines: str) -> str:
    """Return lines as one comment, which no word in them ends (HTML standard, 13.1.6)."""
    text = "\n     ".join(_fold(line) for line in lines)
    while "--" in text:
        text = text.replace("--", "- -")
    return f"<!-- {text} -->"


def _fold(text: str) -> str:
    return " ".join(text.split())
