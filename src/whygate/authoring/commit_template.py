"""Turn a policy into the commit template that asks its questions in comments git drops."""

from __future__ import annotations

from typing import TYPE_CHECKING

from whygate.authoring.contract import due_example
from whygate.authoring.marked import Marks
from whygate.authoring.sheet import write_example
from whygate.authoring.template import USUAL_KIND, asked_names
from whygate.judge.case import slot_text
from whygate.schema.fields import FieldKind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from whygate.policy.policy import Policy
    from whygate.schema.fields import Field

_MOST_TYPES = 12


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
    # The question shares its line: alone it would read as a heading that git deletes (WG303).
    yield comment
    yield f"{comment} {_fold(' '.join(dict.fromkeys((field.question, field.description))))}"
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
    return ", ".join((_fold(slot_text(field)), *shown))


def _fold(text: str) -> str:
    return " ".join(text.split())
