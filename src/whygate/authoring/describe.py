"""What the commits of a branch say, with a slot for each answer that is needed and missing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from whygate.authoring.skeleton import is_split, remaining_needs
from whygate.authoring.written import Answers, Entry, code_span, write_slot
from whygate.context.fill import is_answered, is_filled
from whygate.model import Item, Origin, Severity
from whygate.schema.fields import FieldKind
from whygate.text.content import token_overlap

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from whygate.model import Context, Statement, Verdict
    from whygate.policy.policy import Policy
    from whygate.schema.fields import Field

# As much as two texts share when one repeats the other.
_SAME = 0.9
_MOST_COMMITS = 50


class Description(Struct, frozen=True):
    """What a change says, and the fields (or parts) of which it has only a slot."""

    answers: Answers
    missing: tuple[Field, ...]


def describe_change(verdict: Verdict, policy: Policy, *, joint: str = "\n\n") -> Description:
    """Return everything a change says, and a slot for each answer that is needed and missing.

    Nothing is made up. Different prose that several commits give to one field is kept, the
    oldest first, with `joint` between. What an exemption excuses is not asked for, and what a
    bet answers is left to the bet.
    """
    needs = remaining_needs(verdict, policy)
    asked = {name for name, weight in needs.items() if weight.rank >= Severity.WARNING.rank}
    texts: dict[str, tuple[str, ...]] = {}
    items: dict[str, tuple[Entry, ...]] = {}
    missing: list[Field] = []
    for field in policy.schema.fields:
        if field.kind is FieldKind.CONSTANT:
            continue
        if field.kind is FieldKind.ITEMS:
            entries = _entries(field, verdict.context, asked)
            if entries:
                items[field.name] = entries
                missing += _open_parts(field, entries)
            continue
        said = _say(field, verdict.context, joint)
        if not said and field.name in asked and not _is_inherited(field, verdict.context):
            said = (write_slot(field),)
            missing.append(field)
        if said:
            texts[field.name] = said
    return Description(Answers(texts, items), tuple(missing))


def list_commits(commits: Sequence[tuple[str, str]]) -> str:
    """Return a Markdown list of (hash, subject), the oldest first.

    A subject stands in a code span, where it mentions nobody, closes nothing and hides nothing.
    """
    lines = [f"- {code_span(subject)} ({sha})" for sha, subject in commits[-_MOST_COMMITS:]]
    if (more := len(commits) - len(lines)) > 0:
        lines.insert(0, f"- {more} older commit{'s' if more > 1 else ''}")
    return "\n".join(lines)


def _say(field: Field, context: Context, joint: str) -> tuple[str, ...]:
    if field.kind is FieldKind.LIST:
        return tuple(_raw(s) for s in context.lists.get(field.name, ()) if _is_own(s))
    winner = context.fields.get(field.name)
    if winner is None or not _is_own(winner):
        return ()
    if field.is_typed or field.kind is not FieldKind.TEXT:
        return (_raw(winner),)
    others = [s for s in context.others if s.field == field.name and _is_own(s)]
    texts = [_raw(s) for s in reversed(_distinct((winner, *others)))]
    if not joint.isspace():  # one sentence follows the other on one line
        texts = [*(text.rstrip(" .;") for text in texts[:-1]), texts[-1]]
    return (joint.join(texts),)


def _is_own(statement: Statement | None) -> bool:
    """Tell whether a commit answers, not the bet that it names."""
    return statement is not None and is_filled(statement) and statement.origin is not Origin.BET


def _is_inherited(field: Field, context: Context) -> bool:
    found = (context.fields.get(field.name), *context.lists.get(field.name, ()))
    return any(is_filled(s) for s in found)


def _distinct(statements: Iterable[Statement]) -> list[Statement]:
    kept: list[Statement] = []
    for statement in statements:
        if all(token_overlap(statement.text, known.text) < _SAME for known in kept):
            kept.append(statement)
    return kept


def _entries(field: Field, context: Context, asked: set[str]) -> tuple[Entry, ...]:
    wanted = [part.name for part in field.parts if part.name in asked]
    known = context.items.get(field.name, ())
    found = [item for item in known if any(map(_is_own, _all(item)))]
    entries = [_entry(field, item, wanted, is_first=n == 0) for n, item in enumerate(found)]
    if not any(is_answered(item) for item in known) and field.name in asked:
        blank: Entry = {p.name: (write_slot(p),) for p in field.parts if p.name in wanted}
        entries = [blank or {field.name: (write_slot(field),)}]
    return tuple(entries)


def _entry(field: Field, item: Item, wanted: Sequence[str], *, is_first: bool) -> Entry:
    entry: Entry = {}
    if _is_own(item.prose) and not is_split(item):
        entry[field.name] = tuple(_raw(s) for s in (item.prose,) if s is not None)
    for number, part in enumerate(field.parts):
        said = item.lists.get(part.name) or (item.parts.get(part.name),)
        texts = tuple(_raw(s) for s in said if s is not None and _is_own(s))
        # the first part tells two entries apart
        needed = (part.name in wanted and not any(map(is_filled, said))) or (
            number == 0 and not is_first
        )
        if texts or needed:
            entry[part.name] = texts or (write_slot(part),)
    return entry


def _all(item: Item) -> Iterator[Statement | None]:
    yield item.prose
    yield from item.statements()


def _open_parts(field: Field, entries: Iterable[Mapping[str, tuple[str, ...]]]) -> Iterator[Field]:
    """Yield the parts, or the field itself, of which some entry has only a slot."""
    open_names = {n for e in entries for n, texts in e.items() for t in texts if _is_slot(t)}
    yield from (part for part in (field, *field.parts) if part.name in open_names)


def _is_slot(text: str) -> bool:
    return text.startswith("<") and text.endswith(">")


def _raw(statement: Statement) -> str:
    return statement.raw.strip()
