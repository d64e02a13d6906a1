"""What the answer of a source means: a value, nothing that can be said, or a wrong question."""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING

from msgspec import Struct

from whygate.metrics.port import Gap, Number
from whygate.values.quantities import Quantity, render_quantity

if TYPE_CHECKING:
    from whygate.catalogue.catalogue import Metric

_DIGITS = 6
_MOST_TENS = 30  # powers of ten; nothing that is counted or timed comes near


class ReadingState(StrEnum):
    """Whether a window has a number."""

    VALUE = "value"
    INCONCLUSIVE = "inconclusive"
    ERROR = "error"


class Reading(Struct, frozen=True):
    """What a metric was in a window.

    `number` stands only beside a value; `reason` says why there is none. `answered` tells an
    answer that says nothing (no rows, too few) from no answer (the source is down, or the query
    is wrong): the first one settles a plan as inconclusive, the second one is asked again.
    """

    state: ReadingState
    number: Decimal | None = None
    reason: str = ""
    answered: bool = True

    @classmethod
    def nothing(cls, reason: str) -> Reading:
        """Return the reading of an answer that says nothing."""
        return cls(ReadingState.INCONCLUSIVE, reason=reason)

    @classmethod
    def unanswered(cls, reason: str) -> Reading:
        """Return the reading of a source that gave no answer."""
        return cls(ReadingState.INCONCLUSIVE, reason=reason, answered=False)

    @classmethod
    def wrong(cls, reason: str) -> Reading:
        """Return the reading of a wrong question."""
        return cls(ReadingState.ERROR, reason=reason, answered=False)


def judge_number(
    metric: Metric,
    number: Number,
    below: Metric | None = None,
    under: Number = None,
) -> Reading:
    """Return what a number means; None is no data. `under` is what the denominator counts.

    A denominator without data is 0: quiet is not fixed.
    """
    if isinstance(number, Gap):
        return Reading.nothing(number.reason)
    if odd := _odd(number):
        return Reading.nothing(odd)
    if below is not None:
        gap = under.reason if isinstance(under, Gap) else _odd(under)
        if isinstance(under, Gap) or gap:
            return Reading.nothing(f"its denominator {below.slug}: {gap}")
        least, found = metric.min_denominator, under if under is not None else Decimal(0)
        if found < least:
            needed = f"and at least {plain(least)} is needed"
            return Reading.nothing(f"{below.slug} is {plain(found)} in this window, {needed}")
    if number is not None:
        return Reading(ReadingState.VALUE, number)
    if metric.empty == "zero":
        return Reading(ReadingState.VALUE, Decimal(0))
    if metric.empty == "error":
        said = "the source has no data, and the catalogue expects some"
        return Reading.wrong(f"{metric.slug}: {said}")
    return Reading.nothing("the source has no data for this window")


def show_value(metric: Metric, number: Decimal, like: Quantity | None = None) -> str:
    """Return a number with its unit, as a plan writes it: `46 %`, `3 tickets`."""
    quantity = metric.quantity(number, like)
    rounded = _round(quantity.low)
    shown = Quantity(
        "",
        rounded,
        rounded,
        quantity.unit,
        quantity.dimension,
        noun=quantity.noun,
        per=quantity.per,
        statistic=quantity.statistic,
    )
    return render_quantity(shown)


def plain(number: Decimal) -> str:
    """Return a number without exponent, to six digits."""
    text = format(_round(number), "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def _round(number: Decimal) -> Decimal:
    """Return a number with six digits, and all of those before the point."""
    if not number:
        return Decimal(0)
    digits = _DIGITS - 1 - number.adjusted()
    return round(number, digits) if digits > 0 else number.to_integral_value()


def _odd(number: Decimal | None) -> str:
    """Return why a number is none that anybody measures, "" for every other and for none."""
    if not number:
        return ""
    if number.is_nan():
        return "the source says NaN, which is no number"
    if number.is_infinite():
        return f"the source says {'minus ' * (number < 0)}infinity, which is no number"
    if abs(number.adjusted()) > _MOST_TENS:
        return f"the source says {number:.3e}, which nobody can have measured"
    return ""
