"""The templates that ask what a policy asks: of pull requests, commits and issues."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from msgspec import Struct

from whygate.authoring.contract import due_example
from whygate.authoring.written import write_example
from whygate.model import Severity
from whygate.policy.exemptions import ExemptClass
from whygate.schema.document import bundled_schema
from whygate.schema.fields import MEASUREMENT, Field, FieldKind

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from whygate.policy.policy import Policy
    from whygate.schema.fields import Field

USUAL_KIND = "feature"

# What says nothing of the change itself has no place among the questions.
_NO_QUESTION = (FieldKind.CONSTANT, FieldKind.EXEMPTION)
_UNMEASURED = "Cannot be measured? Write here instead: Not measurable because <the reason>."
_MOST_TYPES = 12
_OTHER_SIGNS = re.compile(r"[^A-Za-z0-9_-]+")
_WIDTH = 96


class Marks(Struct, frozen=True):
    """The lines in front of and behind a generated text, comments in the file's language."""

    begin: str
    end: str

    def wrap(self, body: str) -> str:
        """Return a text between the markers, ending in a newline."""
        return f"{self.begin}\n{body.strip()}\n{self.end}\n"

    def find(self, text: str) -> tuple[int, int] | None:
        """Return where the marked text starts and ends, markers included; None when incomplete.

        The opening marker is known by its words up to the first bracket, so that what explains
        it may change.
        """
        opening = self.begin.partition(" (")[0]
        start = text.find(opening)
        end = text.find(self.end, start + 1) if start >= 0 else -1
        if end < 0:
            return None
        stop = end + len(self.end)
        return start, stop + (text[stop : stop + 1] == "\n")


FORM_MARKS = Marks(
    "# whygate:template:begin (by `whygate template issue-form`; edit outside)",
    "# whygate:template:end",
)


def insert_marked(text: str, section: str, marks: Marks) -> str:
    """Return a text with `section`, markers included, for the one it has, else at its end.

    Everything around it stays as it is, line ends included.
    """
    crlf = "\r\n" in text
    written = section.replace("\n", "\r\n") if crlf else section
    if (found := marks.find(text)) is not None:
        start, stop = found
        has_end = text[stop - 1 : stop] == "\n"
        return text[:start] + (written if has_end else written.rstrip("\r\n")) + text[stop:]
    if not text.strip():
        return written
    end = "\r\n" if crlf else "\n"
    return f"{text.rstrip()}{end}{end}{written}"


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
    return part.slot + example


def _section(field: Field, asked: frozenset[str], classes: Sequence[str]) -> Iterator[str]:
    yield f"## {_fold(field.title)}"
    yield _comment(*_prompts(field, field.name in asked, classes))
    yield from render_parts([part for part in field.parts if part.name in asked])


def _prompts(field: Field, is_asked: bool, classes: Sequence[str]) -> Iterator[str]:
    """Yield the lines of a field's comment."""
    yield _ask(field) if is_asked else f"Optional. {_ask(field)}"
    if field.choices:
        yield f"One of: {', '.join(field.choices)}."
    if field.name == MEASUREMENT and ExemptClass.NOT_MEASURABLE in classes:
        yield _UNMEASURED


def _ask(field: Field) -> str:
    """Return what to write for a field; its question, where the schema says no more.

    One of both is enough under a heading of the field's name. The question alone on a line may
    read as the heading that some people make of it, so the description goes first.
    """
    return _fold(field.description or field.question)


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


def commit_marks(comment: str) -> Marks:
    """Return the markers of a commit template, comments that git drops (core.commentString)."""
    return Marks(
        f"{comment} whygate:template:begin (by `whygate template commit`; edit outside)",
        f"{comment} whygate:template:end",
    )


def render_commit_template(policy: Policy, *, comment: str = "#", kind: str = USUAL_KIND) -> str:
    """Return a file for `git config commit.template`; empty when nothing is asked of the kind.

    The first line is the subject's. Below stand the trailers with empty values, each under its
    question as a comment. git drops the comments, so that the trailers come together as the last
    paragraph, and does not commit a template that was left as it is (git-commit(1),
    `--template`).
    """
    asked = asked_names(policy, kind)
    fields = [f for f in policy.schema.fields if f.name.partition(".")[0] in _heads(asked)]
    if not fields:
        return ""
    lines = [_types(policy), "Answer behind the colons; what you leave empty is asked for later."]
    body = [f"{comment} {line}" for line in lines]
    for field in fields:
        body += _question(field, asked, policy, comment)
    body += [comment, f"{comment} The answers stay the last paragraph; a text goes above them."]
    return "\n\n" + commit_marks(comment).wrap("\n".join(body))


def _heads(names: frozenset[str]) -> frozenset[str]:
    return frozenset(name.partition(".")[0] for name in names)


def _types(policy: Policy) -> str:
    """Return the line about the subject: the types that name a kind."""
    config = policy.config
    kinds = [kind for kind in dict.fromkeys(config.kind_types.values()) if kind in config.kinds]
    first = {kind: next(t for t, k in config.kind_types.items() if k == kind) for kind in kinds}
    asked = [word for kind, word in first.items() if not config.kind(kind).skip][:_MOST_TYPES]
    return f"The first line names the kind of change: {', '.join(f'{t}:' for t in asked)} ..."


def _question(field: Field, asked: frozenset[str], policy: Policy, comment: str) -> Iterator[str]:
    yield comment
    yield f"{comment} {_ask(field)}"
    parts = [part for part in field.parts if part.name in asked]
    if field.kind is not FieldKind.ITEMS or not parts:
        yield from (f"{comment}   {line}" for line in _examples(field, policy))
        yield f"{field.trailer}: "
    for part in parts:
        yield f"{comment}   {_hint(part, policy)}"
        yield f"{part.trailer}: "


def _examples(field: Field, policy: Policy) -> Iterator[str]:
    """Yield the words to choose from, or an example where the schema has one."""
    if field.choices:
        yield f"One of: {', '.join(field.choices)}"
        return
    example = write_example(field, due=due_example(policy))
    if not example.startswith("<"):
        yield f"Such as: {_fold(example)}"


def _hint(field: Field, policy: Policy) -> str:
    """Return what to write into a part, with its examples."""
    shown = (f"{line[:1].lower()}{line[1:]}" for line in _examples(field, policy))
    return ", ".join((_fold(field.slot), *shown))


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
        "description": _fold(" ".join(_more(field, parts, policy, kind))),
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
    yield field.question if parts else _ask(field)
    for part in parts:
        example = write_example(part, due=due_example(policy))
        shown = "" if example.startswith("<") else f" ({example})"
        yield f"{part.title}: {part.slot}{shown}."
    if field.name == MEASUREMENT and (
        ExemptClass.NOT_MEASURABLE in policy.config.kind(kind).exemptions
    ):
        yield "Cannot be measured? Write instead: Not measurable because, and why."
