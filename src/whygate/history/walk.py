"""Which changes of a history to read, what counts as one, and how many processes may read."""

from __future__ import annotations

import os
from enum import StrEnum

from msgspec import Struct

from whygate.git.log import Range  # noqa: TC001 - msgspec reads the type

_MOST_JOBS = 16


class Unit(StrEnum):
    """What counts as one change of a history."""

    FIRST_PARENT = "first-parent changes"
    MERGED = "first-parent changes with the commits they merged"
    COMMITS = "commits"


class Walk(Struct, frozen=True):
    """Which changes of a history to read: `within` are paths, `limit` the most of them."""

    span: Range
    unit: Unit = Unit.FIRST_PARENT
    within: tuple[str, ...] = ()
    limit: int | None = None


def default_jobs() -> int:
    """Return the number of processors this process may use."""
    try:
        count = len(os.sched_getaffinity(0))
    except AttributeError:  # not on macOS and Windows
        count = os.cpu_count() or 1
    return min(count, _MOST_JOBS)
