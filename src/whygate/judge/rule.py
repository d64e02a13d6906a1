"""A rule: its name, its usual severity, and the function that finds problems in a case."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from whygate.model import Location, Severity


class Problem(Struct, frozen=True):
    """What a rule found: a sentence, its place, the question to ask, a line to paste.

    `severity` is None where the rule's own applies; a rule about a field's absence takes the
    weight the policy gives the field instead.
    """

    message: str
    location: Location
    field: str = ""
    question: str = ""
    paste: str = ""
    severity: Severity | None = None


# Of a Case for the rules of this layer; those of results look at what came of a change.
Check = Callable[..., Iterator[Problem]]


class Rule(Struct, frozen=True):
    """One entry of the catalogue; ids are never reused, names name the problem."""

    id: str
    name: str
    severity: Severity
    check: Check

    @property
    def documentation(self) -> str:
        """Return the rule's text: what it finds, why, and examples."""
        from inspect import cleandoc  # noqa: PLC0415  (6 ms, and no verdict needs it)

        return cleandoc(self.check.__doc__ or "")
