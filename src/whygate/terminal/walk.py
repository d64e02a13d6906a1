"""Walk through what is due: show each plan and what is known of it, and ask what came out."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from msgspec import Struct

from whygate.outcomes.state import OutcomeState
from whygate.terminal.failure import write_error
from whygate.terminal.interview import read_line
from whygate.text.clean import clean_line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from whygate.outcomes.outcome import Outcome

KEYS = "a value; or i inconclusive, a abandoned, e extend, Enter skip, q quit"
_STATES = {"i": "inconclusive", "a": "abandoned", "e": "extended"}
_ORDER = (OutcomeState.OVERDUE, OutcomeState.DUE)


class Said(Struct, frozen=True):
    """What somebody said of one plan; `state` is empty where the value decides."""

    outcome: Outcome
    state: str = ""
    value: str = ""
    note: str = ""
    until: str = ""
    evidence: str = ""


def find_open(outcomes: Iterable[Outcome]) -> list[Outcome]:
    """Return the plans to walk through: the overdue ones, then those that are due."""
    found = [outcome for outcome in outcomes if outcome.state in _ORDER]
    return sorted(found, key=lambda outcome: (_ORDER.index(outcome.state), outcome.due or date.max))


def walk(
    outcomes: Sequence[Outcome],
    record: Callable[[Said], str],
    draw: Callable[[Sequence[Decimal | None]], str],
) -> int:
    """Ask for each outcome, and give what was said to `record`; return how many were recorded.

    `record` returns why nothing was recorded, empty when it was; then the plan is asked again.
    `draw` makes a line of bars of numbers. Everything is said on stderr.
    """
    count = 0
    for place, outcome in enumerate(outcomes, 1):
        _show(outcome, place, len(outcomes), draw)
        while True:
            _say(f"  {KEYS}")
            answer = read_line().strip()
            if answer.lower() == "q":
                return count
            if not answer:
                break
            if not (reason := record(_ask(outcome, answer))):
                count += 1
                break
            _say(f"  not recorded: {reason}")
    return count


def _ask(outcome: Outcome, answer: str) -> Said:
    """Return what is said of a plan, after the first answer."""
    key = answer.lower()
    state = _STATES.get(key, "")
    until = _question("until when? (+30d, 2027-02-15)") if state == "extended" else ""
    note = _question("what was learned?" if not state else "why?")
    evidence = "" if state else _question("where can the number be seen? (a link, or Enter)")
    value = "" if state else answer
    return Said(outcome, state=state, value=value, note=note, until=until, evidence=evidence)


def _question(text: str) -> str:
    _say(f"  {text}")
    return read_line().strip()


def _show(
    outcome: Outcome,
    place: int,
    of: int,
    draw: Callable[[Sequence[Decimal | None]], str],
) -> None:
    plan = outcome.plan
    _say("")
    _say(f"[{place}/{of}] {outcome.name} {plan.title}")
    steps = " to ".join(text for text in (plan.baseline, plan.target) if text)
    promised = "the plan that was promised at the merge" if plan.is_deferral else plan.metric
    _say(f"  {promised}: {steps}" if steps else f"  {promised}")
    late = f", {outcome.days_late} days late" if outcome.days_late else ""
    _say(f"  {outcome.due}{late}; {plan.owner or 'no owner'}")
    if plan.source:
        _say(f"  data: {plan.source}")
    for guardrail in plan.guardrails:
        _say(f"  guardrail: {guardrail}")
    for result in outcome.results:
        value = f", {result.value}" if result.value else ""
        _say(f"  {result.at} {result.state}{value}{': ' + result.note if result.note else ''}")
        if numbers := _numbers(result.series):
            _say(f"  {draw(numbers)}")


def _numbers(series: Sequence[tuple[str, str]]) -> list[Decimal | None]:
    found: list[Decimal | None] = []
    for _, number in series:
        try:
            found.append(Decimal(number))
        except ArithmeticError:
            found.append(None)
    return found


def _say(text: str) -> None:
    write_error(clean_line(text))
