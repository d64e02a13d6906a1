"""The plans of a bet, which its changes share, and what moved in them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from whygate.context.extract import read_bet_context
from whygate.outcomes.outcome import Moved
from whygate.outcomes.promises import Carrier, Promise, read_aim, read_promises, read_value
from whygate.text.content import compare_key, token_overlap
from whygate.values.comparison import nouns_differ
from whygate.values.quantities import Quantity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from whygate.outcomes.directory import Told
    from whygate.schema.document import DocumentSchema
    from whygate.values.plans import Answer

# Two metrics are one, said shorter, when they share half of their words.
SAME_METRIC = 0.5
_FIELDS = (
    *("metric", "baseline", "target", "due_text", "source", "decision"),
    *("direction", "method"),
)
_LABELS = {"due_text": "evaluate_by"}


def read_bet_plans(
    slug: str, path: str, text: str, first: Told, schema: DocumentSchema
) -> tuple[Promise, ...]:
    """Return the plans of a bet's file; their distances count from its first change's merge."""
    context = read_bet_context(path, text, schema)
    carrier = Carrier(
        slug, first.sha, first.title, first.day, first.kind, first.author, (slug, first.identity)
    )
    plans = read_promises(context, carrier)
    return tuple(replace(plan, bet=slug) for plan in plans if not plan.exempt)


def share_plan(plan: Promise, slug: str, first: Told) -> Promise:
    """Return the plan of a bet's first change as the plan of the bet."""
    return replace(plan, identity=slug, bet=slug, names=(*plan.names, first.identity))


def is_same_plan(own: Promise, shared: Promise) -> bool:
    """Tell whether a change repeats the plan it shares, perhaps in fewer words."""
    if not own.metric:
        return True
    return token_overlap(own.metric, shared.metric) >= SAME_METRIC


def find_moved(then: Promise, now: Promise, where: str) -> Iterator[Moved]:
    """Yield what differs between a plan at the merge and later; another spelling is no change."""
    for name in _FIELDS:
        old, new = getattr(then, name), getattr(now, name)
        if new and compare_key(old) != compare_key(new) and not _same_value(then, now, name):
            yield Moved(_LABELS.get(name, name), old, new, where)
    if now.guardrails and then.guardrails != now.guardrails:
        yield Moved("guardrail", "; ".join(then.guardrails), "; ".join(now.guardrails), where)


def is_same_target(plan: Promise, cited: str) -> bool:
    """Tell whether a result cites the target of the plan, in whatever spelling."""
    if compare_key(plan.target) == compare_key(cited):
        return True
    return _same_value(plan, replace(plan, target=cited), "target")


def _same_value(then: Promise, now: Promise, name: str) -> bool:
    if name == "due_text":
        return then.due is not None and then.due == now.due
    if name not in ("target", "baseline"):
        return False
    old, new = _read(then, name), _read(now, name)
    if isinstance(old, Quantity) and isinstance(new, Quantity):
        return _bare(old) == _bare(new) and not nouns_differ(old, new)
    return old is not None and old == new


def _read(plan: Promise, name: str) -> Quantity | Answer | None:
    return read_aim(plan) if name == "target" else read_value(plan.baseline)


def _bare(quantity: Quantity) -> Quantity:
    """Return a quantity without the words it is written in."""
    return replace(quantity, text="", noun="")
