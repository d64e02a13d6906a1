"""Turn the hashes of some changes into the areas they touch."""

from __future__ import annotations

from typing import TYPE_CHECKING

from whygate.git.entry import read_paths
from whygate.git.log import NAMES, read_entries

if TYPE_CHECKING:
    from collections.abc import Sequence

    from whygate.audit.areas import FindArea
    from whygate.git.git import Git

_AT_ONCE = 5_000  # hashes on one command line, which is far from its limit


def read_areas(git: Git, shas: Sequence[str], find_area: FindArea) -> dict[str, str]:
    """Return the area of each change by its hash, with one git process for thousands of them.

    The paths of all changes of a history are slow to read; those of the few that have a plan
    are not. Raises UndecidedError when git fails.
    """
    return {
        entry.sha.decode("ascii"): find_area(read_paths(entry))
        for start in range(0, len(shas), _AT_ONCE)
        for batch in read_entries(
            git, shas[start : start + _AT_ONCE], first_parent=False, rows=NAMES
        )
        for entry in batch
    }
