"""One change with everything the rules look at, and what a rule finds in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cached_property
from typing import TYPE_CHECKING

from msgspec import Struct

from whygate.context.fill import Fill, fill_of, find_answers, is_filled
from whygate.model import (
    Location,
    Severity,
)
from whygate.policy.exemptions import ExemptClass
from whygate.schema.fields import MEASUREMENT, Field, FieldKind
from whygate.text.content import restates

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from whygate.catalogue.catalogue import Catalogue
    from whygate.model import (
        Change,
        Context,
        Edit,
        Exemption,
        Item,
        KindDecision,
        Remark,
        Severity,
        Statement,
    )
    from whygate.policy.exemptions import ParsedExemption
    from whygate.policy.policy import Policy
    from whygate.schema.validate import SchemaProblem
    from whygate.values.plans import Plan

# The one-line form of a measurement, which is split into its parts when it is read.
MEASUREMENT_SLOTS = "<what is counted> goes from <baseline> to <target> by <date>"


# Why the plan of another change (`#12`, a commit) does not hold: "" when it does, None where nobody
# can look it up.
LookUp = Callable[[str], "str | None"]


class Case(Struct, frozen=True, dict=True):
    """A change, what it says, what is asked of it, and the day it is judged on.

    `needs` maps dotted field names to the weight of their absence, exempted fields left out.
    `today` is the reference day of the change. `asked` is the exemption the author wrote,
    `exemption` the one that was granted. `plans` are the measurements with their values read.
    `look_up` finds the plans of other changes.

    What many rules look at is found once, when the first of them asks (hence `dict`).
    """

    change: Change
    policy: Policy
    context: Context
    kind: KindDecision
    today: date
    needs: Mapping[str, Severity]
    asked: ParsedExemption | None = None
    exemption: Exemption | None = None
    schema_problems: tuple[SchemaProblem, ...] = ()
    plans: tuple[tuple[Item, Plan], ...] = ()
    look_up: LookUp | None = None

    def find_field(self, name: str) -> Field:
        """Return the schema's field of a dotted name; raises KeyError when there is none."""
        found = self.policy.schema.field(name)
        if found is None:
            raise KeyError(name)
        return found

    def has_field(self, name: str) -> bool:
        """Tell whether the schema knows a field at all."""
        return self.policy.schema.field(name) is not None

    @cached_property
    def catalogue(self) -> Catalogue | None:
        """The metrics that a machine can read here, None without a catalogue.

        Raises ConfigError with every mistake of the catalogue.
        """
        if self.policy.metrics is None:
            return None
        from whygate.catalogue.file import parse_catalogue  # noqa: PLC0415  (most have none)

        return parse_catalogue(*self.policy.metrics)

    @property
    def has_reason(self) -> bool:
        """Tell whether the exemption that was asked for says why, and more than the title does.

        What is trivial may say no more than that.
        """
        asked = self.asked
        if asked is None or not asked.has_reason:
            return False
        is_free = asked.name not in (ExemptClass.TRIVIAL, ExemptClass.COVERED_BY)
        return not (is_free and restates(asked.reason, self.change.title))

    @property
    def start(self) -> Location:
        """Return the place to point at when something is missing: the first text's start."""
        path = self.change.parts[0].path if self.change.parts else self.change.identity
        return Location(path)

    def items(self, name: str) -> tuple[Item, ...]:
        """Return the entries of an items field."""
        return self.context.items.get(name, ())

    def stated(self, name: str) -> bool:
        """Tell whether the change has anything under a top-level field, be it empty."""
        context = self.context
        return name in context.fields or name in context.items or name in context.lists

    def filled(self, name: str) -> bool:
        """Tell whether a top-level field is answered."""
        return name in self._answered

    @cached_property
    def _answered(self) -> frozenset[str]:
        return frozenset(name for name, _ in find_answers(self.context))

    @cached_property
    def asked_statements(self) -> tuple[Statement, ...]:
        """The statements of needed fields, and of the needed parts of items fields."""
        return tuple(self._find_asked())

    @cached_property
    def unanswered(self) -> tuple[tuple[Statement, Fill], ...]:
        """The asked statements that are no answer, each with what it is instead."""
        asked = ((statement, fill_of(statement)) for statement in self.asked_statements)
        return tuple((statement, fill) for statement, fill in asked if fill is not Fill.FILLED)

    @cached_property
    def unfilled(self) -> tuple[tuple[Statement, Fill], ...]:
        """The needed statements without an answer, the weaker sources' ones included."""
        lost = (s for s in self.context.others if s.field in self.needs and not is_filled(s))
        return (*self.unanswered, *((statement, fill_of(statement)) for statement in lost))

    @property
    def asked_plans(self) -> tuple[tuple[Item, Plan], ...]:
        """The entries that are asked for and say something, with their values read."""
        return self.plans if MEASUREMENT in self.needs else ()

    @property
    def remarks(self) -> tuple[Remark, ...]:
        """What was noticed while the texts were read."""
        return self.context.remarks

    @property
    def lost(self) -> tuple[Statement, ...]:
        """The statements that lost against a stronger source."""
        return self.context.others

    @cached_property
    def prose_answers(self) -> tuple[Statement, ...]:
        """The needed answers that are text of the author's own."""
        asked = self.asked_statements
        return tuple(s for s in asked if self._is_prose(s.field) and is_filled(s))

    def _is_prose(self, name: str) -> bool:
        field = self.find_field(name)
        return field.kind is FieldKind.TEXT and not field.format and "." not in name

    def _find_asked(self) -> Iterator[Statement]:
        for name in self.needs:
            head, _, part = name.partition(".")
            if not part:
                yield from self._top_statements(head)
            else:
                for item in self.items(head):
                    if name in item.parts:
                        yield item.parts[name]
                    yield from item.lists.get(name, ())

    def _top_statements(self, name: str) -> Iterator[Statement]:
        if name in self.context.fields:
            yield self.context.fields[name]
        yield from self.context.lists.get(name, ())
        for item in self.context.items.get(name, ()):
            if item.prose is not None and not any(True for _ in item.statements()):
                yield item.prose

    def paste_line(self, name: str) -> str:
        """Return the one line that answers a field, with a slot where the answer goes."""
        found = self.find_field(name)
        slot = f"<{found.slot}>"
        if found.kind is FieldKind.ITEMS:
            slot = MEASUREMENT_SLOTS
        if not self.change.is_pull_request:
            return f"{found.trailer}: {slot}"
        if "." in name:
            return f"- {found.title}: {slot}"
        return f"**{found.title}:** {slot}"

    def question(self, name: str) -> str:
        """Return the question the schema asks for a field."""
        return self.find_field(name).question


class Problem(Struct, frozen=True):
    """What a rule found: a sentence, its place, the question to ask, a line to paste.

    `severity` is None where the rule's own applies; a rule about a field's absence takes the
    weight the policy gives the field instead. `edit` mends it, where that is certain.
    """

    message: str
    location: Location
    field: str = ""
    question: str = ""
    paste: str = ""
    severity: Severity | None = None
    edit: Edit | None = None


# What of a case a rule may look at alone.
TOPICS = ("unfilled", "prose_answers", "asked_plans", "asked", "remarks", "lost", "schema_problems")

# Of a Case for the rules of this layer; those of results look at what came of a change.
Check = Callable[..., Iterator[Problem]]


class Rule(Struct, frozen=True):
    """One entry of the catalogue; ids are never reused, names name the problem.

    `about` is what of a case the rule looks at, one of `TOPICS`: where there is none, it finds
    nothing and is not asked.
    """

    id: str
    name: str
    severity: Severity
    check: Check
    about: str = ""

    @property
    def documentation(self) -> str:
        """Return the rule's text: what it finds, why, and examples."""
        from inspect import cleandoc  # noqa: PLC0415  (6 ms, and no verdict needs it)

        return cleandoc(self.check.__doc__ or "")
