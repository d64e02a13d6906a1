"""One audited change as a flat record, and which state its verdict puts it in."""

from __future__ import annotations

from datetime import date  # noqa: TC003 - msgspec reads the types when the cache is read
from typing import TYPE_CHECKING

from msgspec import Struct

from whygate.context.fill import find_answers, is_filled
from whygate.judge.rules.exemption import has_complete_measurement
from whygate.model import Severity, Status
from whygate.outcomes.outcome import Moved  # noqa: TC001
from whygate.outcomes.promises import Promise  # noqa: TC001
from whygate.outcomes.result import Result  # noqa: TC001
from whygate.schema.fields import MEASUREMENT, OUTCOME, PROBLEM

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from whygate.model import Context, Item, Statement, Verdict
    from whygate.policy.policy import Policy
    from whygate.schema.document import DocumentSchema

# The fields of a complete answer, whatever their absence weighs; any other counts as an error.
CORE = (PROBLEM, OUTCOME, MEASUREMENT)
MISSING, BLIND = "missing", "blind"
_LONGEST_TEXT = 4_000
READ, EDITED = "read", "edited"


class Record(Struct, frozen=True, array_like=True):
    """A change of the history and what it says, small enough to keep thousands of.

    `state` is complete, partial, missing, exempt, skipped or blind: a request whose description
    nobody read, since it stands on the forge. `reason` says why a change is exempt (the class) or
    skipped (bot, merge, deps, ...). `answers` maps each answered field to the label it was read
    from, `forms` names the written forms, `rules` the (id, severity) of the findings. `area` is
    the owner or the path prefix, "" when paths were not read. `url` is empty when the forge is not
    known.
    `said` are its answers in the author's own words, as (title of the field, text), where a report
    shows them.
    `plans` are its measurements, `shares` the bet or the `#123` whose plan it shares, `results`
    what its message records of other changes, `reverts` the names of what it takes back.
    `origins` tell of each answer in which text it stands; `described` that the description was read
    from the forge, READ or EDITED after the merge; `moved` what was changed then of each plan.
    `waiver` says who let it pass, to what day and why. `by_agent` tells that a coding agent wrote
    it, or helped to, as far as its message or author says so.
    """

    identity: str
    sha: str
    title: str
    day: date | None
    author: str
    kind: str
    state: str
    reason: str = ""
    answers: tuple[tuple[str, str], ...] = ()
    forms: tuple[str, ...] = ()
    rules: tuple[tuple[str, str], ...] = ()
    area: str = ""
    url: str = ""
    plans: tuple[Promise, ...] = ()
    shares: str = ""
    results: tuple[Result, ...] = ()
    reverts: tuple[str, ...] = ()
    waiver: str = ""
    said: tuple[tuple[str, str], ...] = ()
    origins: tuple[str, ...] = ()
    described: str = ""
    moved: tuple[tuple[Moved, ...], ...] = ()
    by_agent: bool = False

    @property
    def is_blind(self) -> bool:
        """Tell whether its description is on the forge and was not read."""
        return self.state == BLIND


class Basis(Struct, frozen=True):
    """What an audit looked at: everything a reader needs to repeat it.

    `notes` lists what could not be read or was decided on the way, in whole sentences.
    """

    repository: str
    revisions: str
    branch: str
    head: str
    unit: str
    today: date
    timezone: str
    config: str
    preset: str
    schema: str
    templates: tuple[str, ...] = ()
    filters: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def read_state(verdict: Verdict, policy: Policy) -> tuple[str, str]:
    """Return the state of a change and its reason.

    `skipped`: nothing is asked, by policy or of its kind (docs, reverts); the reason is bot,
    fixup, or the kind. `exempt`: the reason is the class. `complete`: every field asked of the
    kind is answered, a measurement with metric, target and day; `partial`: some; `missing`:
    none.
    """
    exemption, kind = verdict.exemption, verdict.kind.name
    if verdict.status is Status.SKIPPED:
        named = exemption is not None and exemption.name != "kind"
        return "skipped", exemption.name if exemption is not None and named else kind
    asked = asked_fields(policy, kind)
    if not asked:
        return "skipped", kind
    if exemption is not None:
        return "exempt", exemption.name
    answered = {name for name, _ in find_answers(verdict.context)}
    if asked <= answered and _is_planned(verdict.context, asked):
        return "complete", ""
    return ("partial" if asked & answered or answered & set(CORE) else "missing"), ""


def asked_fields(policy: Policy, kind: str) -> frozenset[str]:
    """Return the fields a complete change of a kind answers.

    Those are problem, outcome and measurement where the policy asks for them at all, and every
    other field whose absence is an error.
    """
    return frozenset(
        name
        for name, weight in policy.needs(kind).items()
        if "." not in name
        and weight is not Severity.INFO
        and (weight is Severity.ERROR or name in CORE)
    )


def read_words(context: Context, schema: DocumentSchema) -> Iterator[tuple[str, str]]:
    """Yield (title of the field, text) for each answer, in the order of the schema.

    The parts of a plan are left out: its promise holds them.
    """
    for field in schema.fields:
        if field.name in context.fields:
            said: Iterable[Statement | None] = (context.fields[field.name],)
        elif field.name in context.items:
            said = (_prose(item) for item in context.items[field.name])
        else:
            said = context.lists.get(field.name, ())
        for statement in said:
            if field.name != "kind" and is_filled(statement) and statement is not None:
                yield field.title, statement.text[:_LONGEST_TEXT]


def _prose(item: Item) -> Statement | None:
    """Return the prose of an entry unless its parts hold what it says."""
    return None if any(map(is_filled, item.statements())) else item.prose


def _is_planned(context: Context, asked: frozenset[str]) -> bool:
    return MEASUREMENT not in asked or has_complete_measurement(context)
