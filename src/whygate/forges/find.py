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
    """Return the forge whose job this is; `write` takes what goes to the job's log.

    Each runner sets a variable of its own. Without any of them it is GitHub's, which says what
    it lacks.
    """
    if environ.get("GITLAB_CI") == "true":
        from whygate.forges.gitlab.forge import GitLab  # noqa: PLC0415  (one forge a job)

        return GitLab(environ, write)
    if "true" in (environ.get("GITEA_ACTIONS"), environ.get("FORGEJO_ACTIONS")):
        from whygate.forges.gitea.forge import Gitea  # noqa: PLC0415  (one forge a job)

        return Gitea(environ, write)
    return GitHub(environ, write)


def render_format(form: str, verdicts: Sequence[Verdict]) -> str:
    """Return the findings as the jobs of a forge show them; `form` is one of FORMATS."""
    if form == "gitlab":
        from whygate.forges.gitlab.reports import render_code_quality  # noqa: PLC0415

        return render_code_quality(verdicts)
    return render_annotations(verdicts)
