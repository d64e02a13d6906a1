"""Which forge a job runs at, how the jobs of one show findings, and who lists a group's work."""

from __future__ import annotations

from typing import TYPE_CHECKING

from whygate.forges.github.forge import GitHub
from whygate.forges.github.workflow import render_annotations
from whygate.forges.listing import GITHUB, GITLAB

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from whygate.forges.listing import Group, Listing
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


def name_forge(environ: Mapping[str, str]) -> str:
    """Return what the forge is called that the environment means, GitHub without a word of it."""
    is_gitlab = environ.get("GITLAB_CI") == "true" or bool(environ.get("CI_API_V4_URL"))
    return GITLAB if is_gitlab else GITHUB


def list_group(
    group: Group,
    environ: Mapping[str, str],
    *,
    archived: bool = False,
    forks: bool = False,
    say: Callable[[str], None] = lambda _: None,
) -> Listing:
    """Return the repositories of an organisation or group; each is named once.

    The forge's address is the environment's: GITHUB_API_URL, CI_API_V4_URL. `say` is told what is
    waited for. Raises UndecidedError, with a cure, unless all of them came.
    """
    if group.forge == GITLAB:
        from whygate.forges.gitlab.group import Projects  # noqa: PLC0415  (one forge a group)

        return Projects(environ, say=say).read(group, archived=archived, forks=forks)
    from whygate.forges.github.organisation import Organisation  # noqa: PLC0415
    from whygate.forges.github.questions import find_tokens  # noqa: PLC0415

    url = environ.get("GITHUB_API_URL", "").strip()
    asked = Organisation(find_tokens(environ), url=url, say=say)
    return asked.read(group, archived=archived, forks=forks)


def render_format(form: str, verdicts: Sequence[Verdict]) -> str:
    """Return the findings as the jobs of a forge show them; `form` is one of FORMATS."""
    if form == "gitlab":
        from whygate.forges.gitlab.reports import render_code_quality  # noqa: PLC0415

        return render_code_quality(verdicts)
    return render_annotations(verdicts)
