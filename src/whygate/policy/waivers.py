"""The comment by which a maintainer lets a change pass: what it must say."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from whygate.model import Waiver
from whygate.policy.exemptions import say_what_lacks, says_reason
from whygate.values.dates import DateValue, parse_date, resolve

if TYPE_CHECKING:
    from datetime import date

COMMAND = "/whygate waive"
EXAMPLE = f"{COMMAND} until 2027-01-10: <why it may pass without an answer>"
_COMMAND = re.compile(rf"\s{{0,100}}{COMMAND}(?!\w)", re.IGNORECASE)
_TERMS = re.compile(
    r"[ \t]+until[ \t]+([^:;\n]{1,40}?)[ \t]*(?:[:;]|\bbecause\b)[ \t]*(\S[^\n]{0,500})?",
    re.IGNORECASE,
)


def is_command(text: str) -> bool:
    """Tell whether a comment begins as a waiver; one that quotes the command does not."""
    return _COMMAND.match(text) is not None


def read_waiver(text: str, by: str, written: date, *, max_days: int) -> Waiver | str:
    """Return the waiver that a comment gives, or in words why it gives none.

    `by` is who wrote it on the day `written`; distances such as `+14d` count from there. The day
    lies at most `max_days` behind that one, and the reason says something.
    """
    terms = _TERMS.match(text.lstrip()[len(COMMAND) :])
    if terms is None:
        return f"it does not read `{EXAMPLE}`"
    found = parse_date(terms[1], written)
    if not isinstance(found, DateValue) or found.waits_for_release:
        return f"`{terms[1]}` is no day"
    until = resolve(found, written)
    if (until - written).days > max_days:
        return f"{until} is more than {max_days} days after it was written"
    reason = (terms[2] or "").strip()
    if not says_reason(reason):
        return f"its reason {say_what_lacks(reason)}"
    return Waiver(by, until, reason)
