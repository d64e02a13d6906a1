"""Turn a written baseline or target into a quantity, an answer, or a promise to find out."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from whygate.values.ascii import fold
from whygate.values.dates import DateValue, find_dates, parse_date
from whygate.values.quantities import Quantity, find_quantities, parse_quantity
from whygate.values.sentence import read_prose

if TYPE_CHECKING:
    from datetime import date

_LONGEST = 400
_OUTER = " \t\r\n'\"`*_.,;:-"
_SPELLINGS = {
    "new": r"(?:brand )?new(?: (?:feature|metric|page|signal|event))?(?:$|[ ]?[;,:.(-].*)",
    "unknown": r"(?:unknown|not (?:yet )?(?:known|measured)|unmeasured)(?: yet)?(?![\w'])",
    "until": r" {0,3}[,:]? {0,3}(?:until|till|before|by) ",
    "answer": r"answer ?(?:[:=] ?| )(.{1,80})|(yes|no)(?:$|[;,(].*)",
}


class UnknownUntil(Struct, frozen=True):
    """A baseline that nobody knows yet: found by `day` (None: no readable day), and `how`."""

    day: date | None
    how: str


class New(Struct, frozen=True):
    """A baseline that cannot exist: what is measured is new."""

    text: str = "new"


class Answer(Struct, frozen=True):
    """The answer that an observation is expected to give, in lower case."""

    expected: str


@cache
def _pattern(name: str) -> re.Pattern[str]:
    return re.compile(_SPELLINGS[name])


def parse_baseline(text: str, today: date) -> Quantity | UnknownUntil | New | None:
    """Return what a baseline says, or None when it holds nothing to compare with.

    Read: a quantity (a sign is its own, not a change: `-12` is twelve below zero), also with
    words about where or when it was taken; `unknown until <date>; <how>`; `new`. A relative
    date counts from `today`.
    """
    written = text[:_LONGEST].strip(_OUTER) if len(text) <= _LONGEST else ""
    lower = fold(written).lower()
    if _pattern("new").match(lower):
        return New(written)
    if len(lower) == len(written) and (unknown := _pattern("unknown").match(lower)):
        return _unknown(written[unknown.end() :], today)
    quantity = parse_quantity(text) or _leading(text)
    return replace(quantity, relative="") if quantity is not None else None


@lru_cache(maxsize=64)  # a plan is read for the verdict, and again for what comes of it
def parse_target(text: str) -> Quantity | Answer | None:
    """Return what a target says, or None when it draws no line.

    Read: a quantity, absolute or relative; `answer: yes` (also `yes` and `no` alone); and a
    phrase that names the line, such as `from 38 % to 45 %` or `45 % by 2027-02-15`.
    """
    if len(text) > _LONGEST:
        return None
    quantity = parse_quantity(text)
    if quantity is not None:
        return quantity
    answer = _pattern("answer").fullmatch(fold(text).lower().strip(_OUTER))
    if answer is not None:
        return Answer((answer[1] or answer[2]).strip(_OUTER))
    target = next((found.text for found in read_prose(text) if found.part == "target"), "")
    return parse_quantity(target)


def _unknown(rest: str, today: date) -> UnknownUntil:
    until = _pattern("until").match(fold(rest).lower())
    if until is None:
        return UnknownUntil(None, rest.strip(_OUTER))
    rest = rest[until.end() :]
    when, mark, how = rest.partition(";")
    if not mark and (dates := find_dates(rest)) and dates[0][0] == 0:
        when, how = rest[: dates[0][1]], rest[dates[0][1] :]
    value = parse_date(when, today)
    return UnknownUntil(value.day if isinstance(value, DateValue) else None, how.strip(_OUTER))


def _leading(text: str) -> Quantity | None:
    """Read `38 % in May 2026`: one quantity, then words without another."""
    found = find_quantities(text) if len(text) <= _LONGEST else ()
    return found[0][2] if len(found) == 1 and not text[: found[0][0]].strip(_OUTER) else None
