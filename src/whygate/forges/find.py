"""Which forge a job runs at, and how the jobs of one show findings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from whygate.forges.github.forge import GitHub
from whygate.forges.github.workflow import render_annotations

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from whygate.forges.port import Forge
    from whygate.model import Verdict


def find_forge(environ: Mapping[str, str], write: Callable[[str], None]) -> Forge:
    """Return the forge whose job this is; `write` takes what goes to the job's log."""
    return GitHub(environ, write)


def render_format(form: str, verdicts: Sequence[Verdict]) -> str:
    """Return the findings as the jobs of a forge show them; `form` is one of FORMATS."""
    renderers = {"github": render_annotations}
    return renderers[form](verdicts)
