"""Which forge a job runs at."""

from __future__ import annotations

from typing import TYPE_CHECKING

from whygate.forges.github.forge import GitHub

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from whygate.forges.port import Forge


def find_forge(environ: Mapping[str, str], write: Callable[[str], None]) -> Forge:
    """Return the forge whose job this is; `write` takes what goes to the job's log."""
    return GitHub(environ, write)
