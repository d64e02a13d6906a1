"""The text to paste after a failure: what was said is kept, what is missing is a slot."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from whygate.authoring.own_words import find_own_words, mark_unread, said_parts
from whygate.authoring.written import contains_itself, write_slot
from whygate.context.fill import is_answered, is_filled
from whygate.model import Context, Form, Item, Severity, Statement, Verdict
from whygate.schema.fields import EXEMPT, Field, FieldKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from whygate.policy.policy import Policy
    from whygate.schema.document import Vocabulary

# What decides which questions are asked stays with the answers.
_DECIDING = ("kind", EXEMPT)
# What is written anew whatever it weighs: a day that is none or is over (WG207, WG208), a value
# without a number (WG215), and a measurement that tells of tests (WG124).
_ANEW = frozenset({"WG124", "WG207", "WG208", "WG215"})
_SHORT = 4  # words; a longer text that was refused is shown to be mended


def render_skeleton(verdict: Verdict, policy: Policy) -> str:
    """Return Markdown sections for a pull request, trailers for a commit message.

    Slots are written `<...>`, and a sentence of the author's that looks like the answer
    `<check: ...>`; the check takes both for placeholders: where something is open that must be
    said, pasting alone never passes. A typed value that was refused (a day that is
    none) becomes a slot as well, asked for or not, and so does an answer with an error (one of two
    words): what is kept passes. What a granted exemption excuses is left out.
    Empty when nothing is asked.
    """
    needs = remaining_needs(verdict, policy)
    refused = {f.field for f in verdict.findings if f.severity is Severity.ERROR or f.rule in _ANEW}
    shown = [
        field
        for field in policy.schema.fields
        if _is_asked(field, needs)
        or _decides(field, verdict)
        or (field.is_typed and field.name in refused)
    ]
    if not any(_is_asked(field, needs) for field in shown):
        return ""
    open_fields = {f.name: f for f in shown if _is_open(f, verdict.context)}
    own = find_own_words(verdict, policy, open_fields)
    draft = _Draft(verdict.context, needs, frozenset(refused), own)
    if not verdict.change.is_pull_request:
        return "\n".join(line for field in shown for line in _trailers(field, draft))
    known = policy.schema.vocabulary
    return "\n\n".join("\n".join(_section(field, draft, known)) for field in shown)


class _Draft(Struct, frozen=True):
    """What the change says, what is asked of it, and the fields with errors."""

    context: Context
    needs: Mapping[str, Severity]
    refused: frozenset[str]
    own: Mapping[str, str]

    def slot(self, field: Field) -> str:
        """Return the slot of a field, with the author's own sentence where one looks like it."""
        text = self.own.get(field.name, "")
        if not text and field.kind is FieldKind.TEXT and field.name in self.refused:
            said = self.context.fields.get(field.name)
            text = _line(said) if said is not None and is_filled(said) else ""
            text = text if text.count(" ") >= _SHORT else ""
        return mark_unread(text) if text else write_slot(field)

    def kept(self, field: Field, statement: Statement | None) -> Statement | None:
        """Return a statement that answers, None for one to write anew."""
        if statement is None or not is_filled(statement):
            return None
        is_judged = field.is_typed or field.kind is FieldKind.TEXT
        return None if is_judged and field.name in self.refused else statement

    def lines(self, field: Field, statements: Iterable[Statement | None]) -> list[str]:
        """Return the answers among statements, each on one line."""
        return [_line(s) for s in statements if self.kept(field, s) and s is not None]

    def entries(self, field: Field) -> Iterator[tuple[Field, str]]:
        """Yield the parts of every entry: those found, and those asked for as slots.

        An entry of mere prose, or of no part that is asked for, is yielded as the field itself.
        """
        if field.name in self.own:
            yield from self._own_entry(field)
            return
        for item in self.context.items.get(field.name, ()) or (Item(),):
            found = list(self._parts(field, item))
            if not is_split(item) and not (found and field.name in self.refused):
                found[:0] = [(field, text) for text in self.lines(field, (item.prose,))]
            yield from found or [(field, self.slot(field))]

    def _own_entry(self, field: Field) -> Iterator[tuple[Field, str]]:
        """Yield the author's own sentence, and slots for the parts that it does not say."""
        said = said_parts(field, self.own[field.name])
        asked = [part for part in field.parts if part.name in self.needs]
        left = [part for part in asked if part.name not in said]
        yield (field if not left or len(left) == len(asked) else asked[0]), self.slot(field)
        yield from ((part, write_slot(part)) for part in left if part is not asked[0])

    def _parts(self, field: Field, item: Item) -> Iterator[tuple[Field, str]]:
        for part in field.parts:
            said = item.lists.get(part.name) or (item.parts.get(part.name),)
            slots = [write_slot(part)] if self._is_open(part, item) else []
            yield from ((part, text) for text in self.lines(part, said) or slots)

    def _is_open(self, part: Field, item: Item) -> bool:
        """Tell whether a part is to be written: asked for, or refused as it is in this entry."""
        return part.name in self.needs or (part.name in item.parts and part.name in self.refused)


def remaining_needs(verdict: Verdict, policy: Policy) -> Mapping[str, Severity]:
    """Return what is asked of a change, without what a granted exemption excuses."""
    needs = policy.needs(verdict.kind.name)
    excused = verdict.exemption.excuses if verdict.exemption is not None else ()
    if "*" in excused:
        return {}
    return {name: w for name, w in needs.items() if name.partition(".")[0] not in excused}


def _is_open(field: Field, context: Context) -> bool:
    """Tell whether nothing answers a field."""
    if field.kind is FieldKind.ITEMS:
        return not any(map(is_answered, context.items.get(field.name, ())))
    return not is_filled(context.fields.get(field.name))


def _is_asked(field: Field, needs: Mapping[str, Severity]) -> bool:
    return field.name in needs and needs[field.name].rank >= Severity.WARNING.rank


def _decides(field: Field, verdict: Verdict) -> bool:
    """Tell whether a field says the kind, or the exemption that was granted."""
    if field.name not in _DECIDING or not is_filled(verdict.context.fields.get(field.name)):
        return False
    return field.name != EXEMPT or verdict.exemption is not None


def _section(field: Field, draft: _Draft, known: Vocabulary) -> Iterator[str]:
    yield f"## {field.title}"
    if field.kind is FieldKind.ITEMS:
        for part, text in draft.entries(field):
            yield text if part is field else f"- {part.title}: {text}"
    elif field.kind is FieldKind.LIST:
        found = draft.lines(field, draft.context.lists.get(field.name, ()))
        yield from (f"- {text}" for text in found or [draft.slot(field)])
    else:
        statement = draft.kept(field, draft.context.fields.get(field.name))
        yield draft.slot(field) if statement is None else _markdown(field, statement, known)


def _trailers(field: Field, draft: _Draft) -> Iterator[str]:
    if field.kind is FieldKind.ITEMS:
        yield from (f"{part.trailer}: {text}" for part, text in draft.entries(field))
        return
    context = draft.context
    said = context.lists.get(field.name) or (context.fields.get(field.name),)
    yield from (
        f"{field.trailer}: {text}" for text in draft.lines(field, said) or [draft.slot(field)]
    )


def is_split(item: Item) -> bool:
    """Tell whether the parts of an entry hold what its prose says."""
    prose, parts = item.prose, [s for s in item.statements() if is_filled(s)]
    if prose is None or prose.form is not Form.TRAILER:
        return bool(parts)
    return any(part.text in prose.text for part in parts)


def _markdown(field: Field, statement: Statement, known: Vocabulary) -> str:
    """Return an answer as it was written, unless that would hide or end what stands around it."""
    raw = statement.raw.strip()
    return raw if contains_itself(field.title, raw, known) else _line(statement)


def _line(statement: Statement) -> str:
    """Return an answer on one line: a trailer as written, else its visible text."""
    written = statement.raw if statement.form is Form.TRAILER else statement.text
    return " ".join(written.split())
