"""What speaks against recording a result, and what to know before it is written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from whygate.outcomes.ledger import name_result, split_corrected
from whygate.outcomes.promises import reaches, read_aim
from whygate.outcomes.result import Result, ResultState, in_order
from whygate.outcomes.state import MOST_EXTENSIONS
from whygate.values.quantities import Quantity, render_quantity

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from whygate.outcomes.outcome import Outcome

_CLAIMS = (ResultState.MET, ResultState.MISSED)


class Review(Struct, frozen=True):
    """What is said of a result: `objections` refuse it, unless a reason is given; `remarks` do not.

    `is_known` tells that the very same result is recorded already.
    """

    objections: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
    is_known: bool = False


def review_result(result: Result, outcomes: Sequence[Outcome]) -> Review:
    """Return the review of a result of a change that has some outcomes."""
    if not outcomes:
        return Review((f"{result.change} carries no plan that this could be the result of",))
    concerned = [outcome for outcome in outcomes if result.concerns(outcome.plan.index)]
    known = [told for outcome in concerned for told in outcome.results]
    wrong = [told for told in known if result.corrects == name_result(told)]
    return Review(
        objections=tuple(o for outcome in concerned for o in _objections(result, outcome)),
        remarks=tuple(dict.fromkeys(_remarks(result, concerned))),
        is_known=any(_is_same(result, told) for told in known if told not in wrong),
    )


def _objections(result: Result, outcome: Outcome) -> Iterator[str]:
    plan = outcome.plan
    reached = reaches(plan, result.value) if result.state in _CLAIMS else None
    if reached is not None and reached != (result.state is ResultState.MET):
        word = "reaches" if reached else "does not reach"
        yield f"{result.value} {word} the target {plan.target}, so it is not {result.state}"
    count = len(outcome.standing.extended)
    if result.state is ResultState.EXTENDED and count >= MOST_EXTENSIONS:
        yield f"{plan.identity} was extended {count} times; decide, or abandon it"


def _remarks(result: Result, outcomes: Sequence[Outcome]) -> Iterator[str]:
    if result.state in _CLAIMS and not (result.value or result.evidence):
        yield "no number and no link: nobody can repeat it; --value and --evidence say them"
    for outcome in outcomes:
        yield from _value_remarks(result, outcome)
        counted, corrected = split_corrected((*outcome.results, result))
        yield from map(str, (c for c in corrected if c.right is result))
        newest = in_order(counted)[-1]
        if newest is not result:
            yield f"the result `{newest.state}` of {newest.at} is newer and still decides"
        elif outcome.result is not None and not corrected:
            old = outcome.result
            yield f"it takes the place of `{old.state}` of {old.at} ({old.path}:{old.line})"


def _value_remarks(result: Result, outcome: Outcome) -> Iterator[str]:
    if result.state not in _CLAIMS or not result.value:
        return
    target = read_aim(outcome.plan)
    if isinstance(target, Quantity) and reaches(outcome.plan, result.value) is None:
        shown = render_quantity(target)
        yield f"`{result.value}` cannot be compared with the target {shown}: write its unit"


def _is_same(one: Result, other: Result) -> bool:
    names = ("at", "state", "metric", "value", "evidence", "note", "until", "guardrails", "forced")
    return all(getattr(one, name) == getattr(other, name) for name in names)
