"""What a merged change promised to measure, and whether what was measured keeps it."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from whygate.context.fill import find_part, is_answered, is_filled, read_item
from whygate.policy.exemptions import ExemptClass, parse_exemption
from whygate.schema.fields import EXEMPT, MEASUREMENT
from whygate.values.comparison import comparable, is_met
from whygate.values.dates import DateValue, parse_date, resolve
from whygate.values.plans import Answer, parse_baseline, read_plan
from whygate.values.quantities import Quantity, find_quantities

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from whygate.model import Change, Context, Item, Statement
    from whygate.values.plans import Plan

_LONGEST = 500  # characters kept of one answer; an audit holds thousands of them
_MOST_GUARDRAILS = 5
_SLUG = re.compile(r"[a-z0-9-]{3,60}")
# https://gerrit-review.googlesource.com/Documentation/user-changeid.html
_CHANGE_ID = re.compile(r"^Change-Id: (I[0-9a-f]{40})[ \t]*$", re.MULTILINE)
BROKEN, KEPT = "broken", "kept"
_WORD = re.compile(r"[^\W_]+")


class Promise(Struct, frozen=True):
    """One measurement of one change: what was promised, and when somebody looks.

    `identity` is the first that exists of bet, `#123`, Gerrit `Change-Id` and short hash;
    `names` are the others a result may use. `index` counts the measurements of a change from 1.
    `baseline`, `target` and `due_text` are as written; `due` is the day that means, counted from
    `merged` where it is a distance (None: there is none, or it cannot be read). `owner` is the
    author unless another one is named (`owner_named`). `exempt` is the class of a change that
    carries no plan: `deferred` has a `due` day, the one the plan is promised for. `form`,
    `label`, `path` and `line` tell where the plan was read. A plan that `waits` counts from the
    release of its change: it has no `due` day until there is a `release` (the tag and its day), on
    the day `released`. `by_agent` tells that a coding agent wrote the change, or helped to.
    """

    identity: str
    sha: str
    title: str
    merged: date | None
    kind: str
    index: int = 1
    metric: str = ""
    baseline: str = ""
    target: str = ""
    direction: str = ""
    due: date | None = None
    due_text: str = ""
    owner: str = ""
    owner_named: bool = False
    source: str = ""
    guardrails: tuple[str, ...] = ()
    decision: str = ""
    method: str = "metric"
    bet: str = ""
    exempt: str = ""
    names: tuple[str, ...] = ()
    form: str = ""
    label: str = ""
    path: str = ""
    line: int = 1
    waits: bool = False
    release: str = ""
    released: date | None = None
    by_agent: bool = False

    @property
    def is_deferral(self) -> bool:
        """Tell whether this is no plan yet but the promise of one."""
        return self.exempt == ExemptClass.DEFERRED


class Carrier(Struct, frozen=True):
    """The change a plan belongs to, as far as every one of its plans shares it."""

    identity: str
    sha: str
    title: str
    merged: date | None
    kind: str
    author: str = ""
    names: tuple[str, ...] = ()


def read_promises(context: Context, carrier: Carrier) -> tuple[Promise, ...]:
    """Return the plans of a change, in the order of its measurements.

    A measurement counts that names what is counted, a target or a day. A change whose plan is
    deferred gives the promise of it instead. Distances count from the day of the merge.
    """
    items = [item for item in context.items.get(MEASUREMENT, ()) if is_answered(item)]
    bet = find_shared(context)
    plans = tuple(
        plan
        for index, item in enumerate(items, 1)
        if (plan := _read_item(item, index, carrier, bet)) is not None
    )
    return plans or tuple(_read_deferral(context, carrier, bet))


def find_shared(context: Context) -> str:
    """Return the bet, or the `#123`, whose plan a change shares; empty when it has its own.

    What is no slug is no bet: many write the number of a ticket under `Epic`.
    """
    statement = context.fields.get("bet")
    if statement is not None and _SLUG.fullmatch(statement.text) and is_filled(statement):
        return statement.text
    written = context.fields.get(EXEMPT)
    asked = parse_exemption(written.text) if written is not None else None
    return asked.plan if asked is not None and asked.name is ExemptClass.COVERED_BY else ""


def find_change_id(change: Change) -> str:
    """Return the Gerrit `Change-Id` of a change's message, empty without one."""
    found = (_CHANGE_ID.findall(part.text) for part in change.parts[:1])
    return next((ids[-1] for ids in found if ids), "")


def _read_item(item: Item, index: int, carrier: Carrier, bet: str) -> Promise | None:
    values = read_item(item, carrier.merged or date.min)
    metric, target = _text(item, "metric"), _text(item, "target")
    due_text = _text(item, "evaluate_by")
    if not (metric or target or due_text):
        return None
    owner = values.owner
    place = _place(item)
    waits = isinstance(values.due, DateValue) and values.due.waits_for_release
    return Promise(
        identity=carrier.identity,
        sha=carrier.sha,
        title=carrier.title,
        merged=carrier.merged,
        kind=carrier.kind,
        index=index,
        metric=metric or (item.prose.text[:_LONGEST] if item.prose is not None else ""),
        baseline=_text(item, "baseline"),
        target=target,
        direction=values.direction,
        due=None if waits else _due_day(values, carrier.merged),
        due_text=due_text,
        owner=owner.text if owner is not None else carrier.author,
        owner_named=owner is not None,
        source=_text(item, "source"),
        guardrails=tuple(_list(item, "guardrail")),
        decision=_text(item, "decision"),
        method=values.method,
        bet=bet,
        names=carrier.names,
        form=str(place.form) if place is not None else "",
        label=place.label if place is not None else "",
        path=place.location.path if place is not None else "",
        line=place.location.line if place is not None else 1,
        waits=waits,
    )


def with_release(plan: Promise, tag: str, day: date) -> Promise:
    """Return a plan that waits for a release, and the day it means since the release came."""
    found = parse_date(plan.due_text, day)
    due = resolve(found, day) if isinstance(found, DateValue) else None
    return replace(plan, due=due, release=f"{tag} of {day}", released=day)


def _read_deferral(context: Context, carrier: Carrier, bet: str) -> Iterator[Promise]:
    written = context.fields.get(EXEMPT)
    asked = parse_exemption(written.text) if written is not None else None
    if written is None or asked is None or asked.name is not ExemptClass.DEFERRED:
        return
    until = parse_date(asked.until, carrier.merged or date.min) if asked.until else None
    yield Promise(
        identity=carrier.identity,
        sha=carrier.sha,
        title=carrier.title,
        merged=carrier.merged,
        kind=carrier.kind,
        due=_day(until, carrier.merged) if isinstance(until, DateValue) else None,
        due_text=asked.until,
        owner=carrier.author,
        bet=bet,
        exempt=str(asked.name),
        names=carrier.names,
        form=str(written.form),
        label=written.label,
        path=written.location.path,
        line=written.location.line,
    )


def _due_day(values: Plan, merged: date | None) -> date | None:
    return _day(values.due, merged) if isinstance(values.due, DateValue) else None


def _day(value: DateValue, merged: date | None) -> date | None:
    """Return the day of a date; a distance has none when the day of the merge is not known."""
    return None if value.relative is not None and merged is None else value.day


def _place(item: Item) -> Statement | None:
    return find_part(item, "metric") or next(item.statements(), None) or item.prose


def _text(item: Item, key: str) -> str:
    statement = find_part(item, key)
    if statement is None or not is_filled(statement):
        return ""
    return statement.text[:_LONGEST]


def _list(item: Item, key: str) -> Iterator[str]:
    found = next((e for name, e in item.lists.items() if name.endswith(f".{key}")), ())
    for statement in found[:_MOST_GUARDRAILS]:
        if is_filled(statement):
            yield statement.text[:_LONGEST]


def read_aim(plan: Promise) -> Quantity | Answer | None:
    """Return the line a result must cross, a relative target reckoned from its baseline.

    None when none can be read.
    """
    values = _values(plan)
    return values.target if isinstance(values.target, Answer) else values.resolved


def _values(plan: Promise) -> Plan:
    texts = {"baseline": plan.baseline, "target": plan.target, "direction": plan.direction}
    return read_plan(texts, date.min)


def read_value(text: str) -> Quantity | None:
    """Return the quantity that was measured; words around it are fine, a second number is not."""
    found = parse_baseline(text, date.min) if text else None
    return found if isinstance(found, Quantity) else None


def reaches(plan: Promise, value: str) -> bool | None:
    """Tell whether what was measured reaches the target; None when that cannot be told."""
    aim = read_aim(plan)
    if isinstance(aim, Answer):
        return _answers(value, aim.expected)
    measured = read_value(value)
    if measured is None or aim is None:
        return None
    return is_met(measured, aim, plan.direction or None)


def differs(written: str, measured: str) -> bool:
    """Tell whether two numbers of one thing are further apart than a tenth of the larger one.

    False where either is no number, or the two cannot be compared.
    """
    first, second = read_value(written), read_value(measured)
    if first is None or second is None or not comparable(first, second):
        return False
    if not (first.per and second.per):
        first, second = replace(first, per=""), replace(second, per="")
    (low, high), (least, most) = first.base, second.base
    distance = max(low - most, least - high, Decimal(0))
    return distance * 10 > max(abs(low), abs(high), abs(least), abs(most))


def breaks_guardrail(plan: Promise, measured: Sequence[str]) -> str:
    """Return the first guardrail that what was measured for it breaks, empty when none does.

    `measured` stands in the order of the guardrails; `broken` and `kept` are answers too.
    """
    return next(_broken(plan.guardrails, measured), "")


def _broken(guardrails: Sequence[str], measured: Sequence[str]) -> Iterator[str]:
    for number, value in enumerate(measured):
        guardrail = guardrails[number] if number < len(guardrails) else value
        word = value.strip().lower()
        if word == BROKEN or (word != KEPT and _keeps_limit(guardrail, value) is False):
            yield guardrail


def _keeps_limit(guardrail: str, value: str) -> bool | None:
    found = [quantity for _, _, quantity in find_quantities(guardrail, bare=True)]
    limit = next((q for q in found if q.comparator), found[-1] if found else None)
    measured = read_value(value)
    return is_met(measured, limit, None) if measured is not None and limit is not None else None


def _answers(value: str, expected: str) -> bool | None:
    """Compare the first word of an answer: `yes, all three` says yes."""
    said, wanted = _WORD.findall(value.casefold()), _WORD.findall(expected.casefold())
    if not said or not wanted:
        return None
    if wanted[0] in ("yes", "no") and said[0] not in ("yes", "no"):
        return None
    return said[: len(wanted)] == wanted
