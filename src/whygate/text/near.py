"""Find the known label that an unknown one was meant to be."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

# Real words that are one or two letters from a label and mean something else.
_OTHER_WORDS = frozenset(
    {"content", "contents", "contexts", "mitigation", "objective-c", "rational", "reasons", "goals"}
    | {"rational", "current", "test", "tests", "benefit", "solution", "problems", "risk", "links"}
    | {"bit", "let", "set", "best", "beta", "net", "kinds", "refs", "mind", "find", "wind"}
)
_LONG = 8
_SHORT = 4


def near_label(label: str, known: Mapping[str, str]) -> tuple[str, str]:
    """Return the (field, spelling) an unknown label resembles, or two empty strings.

    One letter added, lost, changed or swapped with its neighbour (two from eight letters on),
    and the same first letter.
    """
    if label in _OTHER_WORDS or len(label) < _SHORT:
        return "", ""
    best: tuple[int, str, str] | None = None
    first, length = label[0], len(label)
    for spelling, name in known.items():
        if spelling[:1] != first:
            continue
        allowed = allowed_slips(min(length, len(spelling)))
        if abs(len(spelling) - length) > allowed:
            continue
        distance = edit_distance(label, spelling, most=allowed)
        if 0 < distance <= allowed and (best is None or distance < best[0]):
            best = (distance, name, spelling)
    return (best[1], best[2]) if best is not None else ("", "")


def allowed_slips(length: int) -> int:
    """Return how many slips still make a label resemble one, the shorter of `length` letters."""
    return 2 if length >= _LONG else 1


def edit_distance(a: str, b: str, *, most: int) -> int:
    """Return the optimal string alignment distance (Damerau-Levenshtein, no repeated edits).

    A distance above `most` comes out as `most + 1`: only the diagonal band that can stay below is
    worked out, and the first row that lies above it ends the work.
    """
    far = most + 1
    before: list[int] = []
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        older, before, row = before, row, [i] + [far] * len(b)
        for j in range(max(1, i - most), min(len(b), i + most) + 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (x != b[j - 1]))
            if i > 1 and j > 1 and x == b[j - 2] and a[i - 2] == b[j - 1]:
                cost = min(cost, older[j - 2] + 1)
            row[j] = cost
        if min(row) > most:
            return far
    return min(row[-1], far)
