"""Turn what is known of an outcome into the words that every report uses for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from whygate.audit.coverage import LEAST
from whygate.values.owners import parse_owner

if TYPE_CHECKING:
    from datetime import date

    from whygate.outcomes.outcome import Outcome
    from whygate.outcomes.scorecard import Scorecard

NOTHING_LEARNED = "nothing was written down"
NOBODY = "nobody"


def show_effect(effect: float | None) -> str:
    """Return how far beyond or short of the target a result is, "" when that cannot be told.

    The percentage is of the way from the baseline to the target.
    """
    if effect is None:
        return ""
    if effect < 0:
        return f"{round(-100 * effect)} % the wrong way"
    distance = round(100 * (effect - 1))
    if not distance:
        return "at the target"
    return f"{distance} % beyond" if distance > 0 else f"{-distance} % short"


def reason_given_up(outcome: Outcome) -> str:
    """Return why nobody measures any more."""
    result = outcome.result
    if result is None:
        return "reverted before anybody looked"
    return result.note or NOTHING_LEARNED


def show_per_met(card: Scorecard) -> str:
    """Return how many changes were shipped for each outcome met, "" under five outcomes."""
    rate = per_met(card)
    return "" if rate is None else f"{rate:.1f}"


def per_met(card: Scorecard) -> float | None:
    """Return how many changes were shipped for each outcome met, None under five outcomes."""
    met = card.total.met
    return card.shipped.changes / met if met >= LEAST else None


def show_owner(text: str) -> str:
    """Return who looks, without the address where a name is known."""
    owner = parse_owner(text)
    if owner is None:
        return NOBODY
    return owner.name or (f"@{owner.handle}" if owner.handle else owner.mail)


def show_wait(due: date, today: date) -> str:
    """Return how a day stands to today: `4 days late`, `today` or `in 1 day`."""
    days = (due - today).days
    if not days:
        return "today"
    count = f"{abs(days)} day{'s' if abs(days) != 1 else ''}"
    return f"in {count}" if days > 0 else f"{count} late"
