"""The area of a change: who owns most of its paths, or its first directory."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import TYPE_CHECKING

from whygate.policy.codeowners import CodeOwners

if TYPE_CHECKING:
    from collections.abc import Iterable


TOP = "(top)"
UNOWNED = "(no owner)"
_MOST_PATHS = 500  # of a change; a mass edit has no area of its own

FindArea = Callable[[tuple[str, ...]], str]


def area_finder(codeowners: str | None) -> FindArea:
    """Return what names the area of paths: by a CODEOWNERS text, or by the first directory.

    The area of a change is the one with the most of its paths; of equals the first by name. An
    area is "" without paths. Patterns and the order of rules are GitHub's ("About code owners":
    the last that matches counts); more than one owner of a rule are one area.
    """
    if codeowners is None:
        return lambda paths: _most(map(_first_directory, paths[:_MOST_PATHS]))
    owners = CodeOwners(codeowners)
    known: dict[str, str] = {}

    def find(paths: tuple[str, ...]) -> str:
        return _most(_owner(owners, known, path) for path in paths[:_MOST_PATHS])

    return find


def _most(areas: Iterable[str]) -> str:
    counts = Counter(areas)
    return min(counts, key=lambda area: (-counts[area], area), default="")


def _first_directory(path: str) -> str:
    first, slash, _ = path.partition("/")
    return first if slash else TOP


def _owner(owners: CodeOwners, known: dict[str, str], path: str) -> str:
    """Return the owners of a path; asking is slow, and histories come back to their paths."""
    area = known.get(path)
    if area is None:
        area = known[path] = " ".join(owners.of(path)) or UNOWNED
    return area
