"""Whether two quantities compare, which way a target goes, and whether a result meets it."""

from __future__ import annotations

import re
from decimal import Context, Decimal

from msgspec.structs import replace

from whygate.values.quantities import (
    WINDOWS,
    Dimension,
    Quantity,
    plain_number,
    render_quantity,
)


def comparable(a: Quantity, b: Quantity) -> bool:
    """Tell whether two absolute quantities stand on one scale.

    Same dimension, same currency, same statistic and same denominator; time windows convert
    into each other, and a window or statistic named on one side only holds for both. A plain
    0 compares with anything. Relative quantities never do: resolve them first.
    """
    if a.relative or b.relative:
        return False
    return _is_zero_or_kin(a, b)


def _is_zero_or_kin(a: Quantity, b: Quantity) -> bool:
    if a.is_bare_zero or b.is_bare_zero:
        return True
    if a.dimension is not b.dimension or (a.dimension is Dimension.MONEY and a.unit != b.unit):
        return False
    if a.statistic and b.statistic and a.statistic != b.statistic:
        return False
    return a.per == b.per or not (a.per and b.per) or (a.per in WINDOWS and b.per in WINDOWS)


def nouns_differ(a: Quantity, b: Quantity) -> bool:
    """Tell whether both name what they count and the names share no word.

    Case and plurals do not matter: "lost cart tickets" and "Ticket" agree.
    """
    first, second = _stems(a.noun), _stems(b.noun)
    return bool(first and second) and first.isdisjoint(second)


_SINGULARS = {"people": "person", "children": "child", "men": "man", "women": "woman"}


def _stems(noun: str) -> set[str]:
    words = re.findall(r"[^\W\d_]+", noun.lower())
    return {_stem(word) for word in words} - {"the", "a", "of"}


def _stem(word: str) -> str:
    if word in _SINGULARS:
        return _SINGULARS[word]
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith(("sses", "shes", "ches", "xes")):
        return word[:-2]
    is_plural = len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is"))
    return word[:-1] if is_plural else word


def resolve_target(target: Quantity, baseline: Quantity | None) -> Quantity | None:
    """Return the target as an absolute quantity, or None when the baseline cannot tell it.

    `-30%` takes 30 % of the baseline away, also of a share; `+5 pp` adds points to a share;
    `+200/week` adds to the same kind of quantity; `2x` multiplies. When the baseline is below
    zero (a net promoter score of -12), a signed number of the same unit is the value itself,
    and so is a factor when the baseline is one (from 3.1x to <= 1x).
    """
    if not target.relative:
        return target
    if baseline is None or baseline.relative:
        return None
    if _is_below_zero_value(target, baseline) or _is_ratio(target, baseline):
        return replace(target, relative="")
    bounds = _multiplied(target, baseline) or _shifted(target, baseline)
    if bounds is None:
        return None
    low, high = (_rounded(bound) for bound in sorted(bounds))
    resolved = replace(baseline, comparator=target.comparator, low=low, high=high, text="")
    return replace(resolved, text=render_quantity(resolved))


def _is_below_zero_value(target: Quantity, baseline: Quantity) -> bool:
    is_same = target.unit == baseline.unit and target.relative == "change"
    return is_same and baseline.high < 0


def _is_ratio(target: Quantity, baseline: Quantity) -> bool:
    return target.relative == "factor" and baseline.dimension is Dimension.FACTOR


def _multiplied(target: Quantity, baseline: Quantity) -> tuple[Decimal, Decimal] | None:
    if target.relative == "factor":
        return (baseline.low * target.low, baseline.high * target.high)
    if target.dimension is not Dimension.SHARE:
        return None
    low, high = target.base
    return (baseline.low * (1 + low / 100), baseline.high * (1 + high / 100))


def _shifted(target: Quantity, baseline: Quantity) -> tuple[Decimal, Decimal] | None:
    is_points_of_share = (
        target.dimension is Dimension.POINTS and baseline.dimension is Dimension.SHARE
    )
    absolute = replace(target, relative="")
    if not is_points_of_share and not comparable(absolute, baseline):
        return None
    (low, high), (start, _) = _bases(absolute, baseline)
    scale = baseline.scale
    if start != baseline.low * scale:
        scale *= WINDOWS[baseline.per]
    return (baseline.low + low / scale, baseline.high + high / scale)


def _rounded(value: Decimal) -> Decimal:
    """Round what arithmetic made longer: six digits, and at least two after the point."""
    digits = max(6, value.adjusted() + 3)
    return Decimal(plain_number(Context(prec=digits).plus(value)))


def _bases(a: Quantity, b: Quantity) -> tuple[tuple[Decimal, Decimal], tuple[Decimal, Decimal]]:
    """Return both in base units; a window counts only when both name one."""
    if a.per and b.per:
        return a.base, b.base
    return replace(a, per="").base, replace(b, per="").base


def explain_relative(target: Quantity, baseline: Quantity) -> str:
    """Return how a `%` change of a `%` baseline is read, or an empty text for anything else."""
    is_doubtful = target.relative == "change" and target.dimension is baseline.dimension
    resolved = resolve_target(target, baseline)
    if resolved is None or not is_doubtful or target.dimension is not Dimension.SHARE:
        return ""
    change = replace(target, comparator="", statistic="", noun="", per="")
    points = render_quantity(replace(change, unit="pp"))
    written = render_quantity(change).replace(" %", "%")
    plain = render_quantity(replace(baseline, comparator="", noun=""))
    result = render_quantity(replace(resolved, comparator="", noun=""))
    return f"{written} of {plain} = {result}; write `{points}` if you meant points"


_LIMITS = {"<=": "down", "<": "down", ">=": "up", ">": "up"}


def explain_computed(target: Quantity, baseline: Quantity) -> str:
    """Return what a relative target comes to, `-30% of 820 ms = 574 ms`; empty for an absolute."""
    resolved = resolve_target(target, baseline) if target.relative else None
    if resolved is None:
        return ""
    link = "of" if target.relative == "factor" or target.dimension is Dimension.SHARE else "from"
    return f"{target.text} {link} {baseline.text} = {render_quantity(resolved)}"


def derive_direction(baseline: Quantity | None, target: Quantity) -> str | None:
    """Return `up`, `down` or `hold` for a target without a written direction, else None.

    The comparator decides, then the numbers, then the sign of a change without a baseline.
    `hold` is a range around the baseline; an equal number tells nothing, because it may be a
    mistake. Whether the numbers agree is for `contradicts` to say.
    """
    if target.comparator in _LIMITS:
        return _LIMITS[target.comparator]
    movement = _movement(baseline, target)
    if movement is None:
        return _leaning(target)
    return movement or ("hold" if target.low != target.high else None)


def contradicts(direction: str, baseline: Quantity | None, target: Quantity) -> bool:
    """Tell whether the arithmetic denies a direction: `up`, `down`, `hold`, or empty for none.

    A target that equals the baseline, or a limit that the baseline keeps already (`<= 300 ms`
    from 250 ms), suits `hold` alone. Without a comparable baseline the comparator and the
    sign of a change are all there is to deny `up` and `down`.
    """
    movement = _movement(baseline, target)
    if movement is None:
        leaning = _leaning(target)
        return bool(direction and leaning) and direction not in ("hold", leaning)
    if direction in ("", "hold"):
        return bool(movement) == (direction == "hold")
    return movement != direction


def _movement(baseline: Quantity | None, target: Quantity) -> str | None:
    """Return `up`, `down`, or an empty text when the target is reached; None if unknown."""
    resolved = resolve_target(target, baseline)
    if baseline is None or resolved is None or not comparable(resolved, baseline):
        return None
    (low, high), (start, end) = _bases(resolved, baseline)
    limit = resolved.comparator
    if limit in _LIMITS:
        is_kept = _keeps(end, limit, high) if limit[0] == "<" else _keeps(start, limit, low)
        return "" if is_kept else _LIMITS[limit]
    if low > end:
        return "up"
    return "down" if high < start else ""


def _leaning(target: Quantity) -> str | None:
    middle = {"change": Decimal(0), "factor": Decimal(1)}.get(target.relative)
    if middle is not None and target.low != middle:
        return "up" if target.low > middle else "down"
    return _LIMITS.get(target.comparator)


def _keeps(value: Decimal, comparator: str, bound: Decimal) -> bool:
    if value == bound:
        return "=" in comparator
    return (value < bound) == comparator.startswith("<")


def is_met(value: Quantity, target: Quantity, direction: str | None) -> bool | None:
    """Tell whether a result reaches an absolute target; None when that cannot be told.

    A comparator decides alone. Otherwise `up` and `down` mean at least and at most, a range
    is met at its near bound, and `hold` means inside the range (within a tenth for `~`).
    Without comparator and direction only an exact hit is known to be met.
    """
    if not comparable(value, target):
        return None
    (least, most), (low, high) = _bases(value, target)
    comparator = target.comparator if target.comparator in _LIMITS else ""
    comparator = comparator or {"up": ">=", "down": "<="}.get(direction or "", "")
    if comparator.startswith("<"):
        return _keeps(most, comparator, high)
    if comparator:
        return _keeps(least, comparator, low)
    margin = abs(low) / 10 if target.comparator == "~" else Decimal(0)
    is_inside = low - margin <= least and most <= high + margin
    return is_inside or (False if direction == "hold" or target.comparator == "=" else None)
