"""Which forge a job runs at or a clone comes from, who lists a group, how findings are shown."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from whygate.errors import InputError, UndecidedError
from whygate.forges.github.forge import GitHub
from whygate.forges.github.workflow import render_annotations
from whygate.forges.listing import GITHUB, GITLAB
from whygate.forges.remotes import find_gitlabs, find_project, split_remote

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from whygate.forges.listing import Group, Listing
    from whygate.forges.port import Files, Forge, MergedRequests
    from whygate.model import Verdict
    from whygate.policy.extends import Address

# What holds the tokens that `find_merged` and `list_group` ask with; see their classes.
TOKENS = ("WHYGATE_TOKEN", "GH_TOKEN", "GITHUB_TOKEN", "GITLAB_TOKEN")


def find_forge(environ: Mapping[str, str], write: Callable[[str], None]) -> Forge:
    """Return the forge whose job this is; `write` takes what goes to the job's log.

    Each runner sets a variable of its own; any of them may judge a change of Gerrit's, which has
    none. Without any of them it is GitHub's, which says what it lacks.
    """
    if environ.get("GERRIT_CHANGE_NUMBER"):
        from whygate.forges.gerrit.forge import Gerrit  # noqa: PLC0415  (one forge a job)

        return Gerrit(environ, write)
    if environ.get("GITLAB_CI") == "true":
        from whygate.forges.gitlab.forge import GitLab  # noqa: PLC0415  (one forge a job)

        return GitLab(environ, write)
    if "true" in (environ.get("GITEA_ACTIONS"), environ.get("FORGEJO_ACTIONS")):
        from whygate.forges.gitea.forge import Gitea  # noqa: PLC0415  (one forge a job)

        return Gitea(environ, write)
    if environ.get("TF_BUILD", "").lower() == "true":
        from whygate.forges.azure.forge import Azure  # noqa: PLC0415  (one forge a job)

        return Azure(environ, write)
    if environ.get("BITBUCKET_BUILD_NUMBER"):
        from whygate.forges.bitbucket.forge import Bitbucket  # noqa: PLC0415  (one forge a job)

        return Bitbucket(environ, write)
    return GitHub(environ, write)


def find_home(remote: str, environ: Mapping[str, str]) -> Forge:
    """Return the forge whose job this is, else the one that the remote of a clone names.

    Only a server that a setting names is asked (`find_gitlabs`), GitHub without a word of another.
    """
    is_told = environ.get("GITLAB_CI") == "true" or environ.get("GITHUB_REPOSITORY")
    server = find_gitlabs(environ).get((split_remote(remote) or ("", ""))[0])
    known = dict(environ)
    if server is not None and not is_told:
        place = {"CI_API_V4_URL": server.api, "CI_PROJECT_PATH": find_project(remote, server)}
        known |= {"GITLAB_CI": "true", **place}
    elif not is_told and (found := split_remote(remote)) and found[0] == "github.com":
        known["GITHUB_REPOSITORY"] = found[1]
    return find_forge(known, lambda _: None)


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

    url = environ.get("GITHUB_API_URL", "").strip()
    asked = Organisation(Organisation.require_tokens(environ), url=url, say=say)
    return asked.read(group, archived=archived, forks=forks)


class Login(NamedTuple):
    """What a server is told by git: its scheme and host, who asks, and the token."""

    origin: str
    user: str
    token: str


def find_login(forge: str, environ: Mapping[str, str]) -> Login | None:
    """Return how git reads what `list_group` listed of a forge, None where no token is set.

    It is the token that the list was asked with, for the server that it was asked of.
    https://docs.github.com/en/get-started/git-basics/about-remote-repositories
    https://docs.gitlab.com/user/profile/personal_access_tokens/#clone-repository-using-personal-access-token
    """
    if forge == GITLAB:
        from whygate.forges.gitlab.group import Projects  # noqa: PLC0415  (one forge a group)

        *_, server = find_gitlabs(environ).values()
        tokens, api, user = Projects.find_tokens(environ), server.api, "oauth2"
    else:
        from whygate.forges.github.api import API_URL  # noqa: PLC0415
        from whygate.forges.github.organisation import Organisation  # noqa: PLC0415

        api = environ.get("GITHUB_API_URL", "").strip() or API_URL
        tokens, user = Organisation.find_tokens(environ), "x-access-token"
    scheme, _, rest = api.partition("://")
    host, _, below = rest.partition("/")
    if not below:  # api.github.com, api.NAME.ghe.com; else HOST/api/v3
        host = host.removeprefix("api.")
    return Login(f"{scheme}://{host}".lower(), user, tokens[0]) if tokens and host else None


def find_merged(
    remote: str,
    environ: Mapping[str, str],
    *,
    issues: bool,
    say: Callable[[str], None],
    project: str = "",
) -> MergedRequests:
    """Return the merged requests of the project that a remote names.

    A `project` is the name of another one at the same forge, at GitHub where that is none, or an
    address. With `issues` those that a request closes come too; `say` is told what is waited for.
    The tokens are those of `environ`. Raises UndecidedError for a remote at another forge or
    without a token, InputError for a name that the forge does not have.
    """
    if split_remote(project) is not None:
        remote, project = project, ""
    host, path = split_remote(remote) or ("", "")
    if (server := find_gitlabs(environ).get(host)) is not None:
        from whygate.forges.gitlab import merged as gitlab  # noqa: PLC0415  (one forge an import)

        name = project or find_project(remote, server)
        return gitlab.open_merged(name, environ, url=server.api, issues=issues, say=say)
    from whygate.forges.github import merged as github  # noqa: PLC0415  (one forge an import)

    own = split_remote(environ.get("GITHUB_SERVER_URL", "").rstrip("/") + "/x")
    if not project and host not in ("github.com", own[0] if own is not None else "github.com"):
        where = f"`origin` is at {host}" if host else "there is no remote `origin` on a forge"
        known = ", which no setting calls a GitHub or a GitLab" if host else ""
        raise UndecidedError(
            f"{where}{known}",
            hint="GITLAB_HOST names the address of your GitLab; `--project` names a project by "
            "its address, or OWNER/NAME on GitHub; or import a file: `whygate import --help`",
        )
    return github.open_merged(project or path, environ, issues=issues, say=say)


def render_format(form: str, verdicts: Sequence[Verdict]) -> str:
    """Return the findings as the jobs of a forge show them; `form` is one of FORMATS."""
    if form == "gitlab":
        from whygate.forges.gitlab.forge import render_code_quality  # noqa: PLC0415

        return render_code_quality(verdicts)
    if form == "azure":
        from whygate.forges.azure.forge import render_issues  # noqa: PLC0415

        return render_issues(verdicts)
    return render_annotations(verdicts)


def open_pinned(address: Address, environ: Mapping[str, str]) -> tuple[Files, str]:
    """Return the files of the commit that an address names, and where git clones them from.

    Raises InputError for a forge that is not known, or a repository that it cannot have.
    """
    if address.forge == "github":
        from whygate.forges.github.repository import open_pinned  # noqa: PLC0415
    elif address.forge == "gitlab":
        from whygate.forges.gitlab.repository import open_pinned  # noqa: PLC0415
    elif address.forge == "gitea":
        from whygate.forges.gitea.forge import open_pinned  # noqa: PLC0415
    elif address.forge == "bitbucket":
        from whygate.forges.bitbucket.forge import open_pinned  # noqa: PLC0415
    elif address.forge == "azure":
        from whygate.forges.azure.forge import open_pinned  # noqa: PLC0415
    elif address.forge == "gerrit":
        from whygate.forges.gerrit.forge import open_pinned  # noqa: PLC0415
    else:
        known = "`github`, `gitlab`, `gitea` (Forgejo's as well), `bitbucket`, `azure`, `gerrit`"
        raise InputError(f"`{address.forge}:` is no forge that is read; known are {known}")
    return open_pinned(address, environ)
