"""Which forge a repository is on, and where that forge looks for jobs and templates."""

from __future__ import annotations

import re
from contextlib import suppress
from typing import TYPE_CHECKING

from msgspec import Struct

from whygate.errors import InputError

if TYPE_CHECKING:
    from whygate.git.run import Git
    from whygate.git.tree import Tree
    from whygate.setup.source import Source

GITHUB = "github"
GITLAB = "gitlab"
AZURE = "azure"
BITBUCKET = "bitbucket"
GERRIT = "gerrit"
GITEA = "gitea"
GITLAB_JOBS = ".gitlab-ci.yml"
GATE, OUTCOMES = "whygate", "outcomes"  # GitLab's components in `templates/`
_GITHUB_TEMPLATE = ".github/pull_request_template.md"
# `scheme://user@host:port/path`, or git's `user@host:path` (git-clone, "GIT URLS").
_HOST = re.compile(
    r"(?:[a-z+]{2,12}://(?:[^@/\s]*@)?|[^@/\s:]+@)([A-Za-z0-9.-]{1,253})(?=(:29418/|[:/]))"
)
_GERRIT_PORT = ":29418/"
_REVIEW = ".gitreview"  # https://docs.opendev.org/opendev/git-review/latest/installation.html


class Forge(Struct, frozen=True):
    """What a kind of forge calls a request, and where it looks for CI jobs and templates.

    `template` is empty where there are no descriptions: each commit is a change of its own.
    """

    name: str
    request: str
    jobs: tuple[str, ...]
    template: str
    squash: str


# https://docs.gitlab.com/user/project/merge_requests/commit_templates/ and the pages of each
# forge on pipelines and templates.
_FORGES = {
    GITHUB: Forge(
        "GitHub",
        "pull requests",
        (),
        _GITHUB_TEMPLATE,
        "Settings > General > Pull Requests > Allow squash merging > "
        'Default commit message: "Pull request title and description"',
    ),
    GITLAB: Forge(
        "GitLab",
        "merge requests",
        (GITLAB_JOBS,),
        ".gitlab/merge_request_templates/Default.md",
        "Settings > Merge requests > Squash commit message template: "
        "%{title}, an empty line, %{description}",
    ),
    BITBUCKET: Forge(
        "Bitbucket",
        "pull requests",
        ("bitbucket-pipelines.yml",),
        _GITHUB_TEMPLATE,
        "let the message of a squash keep the description",
    ),
    AZURE: Forge(
        "Azure DevOps",
        "pull requests",
        ("azure-pipelines.yml", ".azure-pipelines.yml", ".azure-pipelines"),
        "docs/pull_request_template.md",
        "let the message of a squash keep the description",
    ),
    GERRIT: Forge(
        "Gerrit",
        "changes",
        ("Jenkinsfile", ".zuul.yaml", "zuul.yaml", ".zuul.d", "zuul.d"),
        "",
        "",
    ),
    GITEA: Forge(
        "Gitea",
        "pull requests",
        (".gitea/workflows", ".forgejo/workflows", ".github/workflows"),
        _GITHUB_TEMPLATE,
        "let the message of a squash keep the description",
    ),
}
_NAMES = {
    "github": GITHUB,
    "gitlab": GITLAB,
    "bitbucket": BITBUCKET,
    "dev.azure.com": AZURE,
    "visualstudio.com": AZURE,
    "gitea": GITEA,
    "forgejo": GITEA,
    "codeberg": GITEA,
    "gerrit": GERRIT,
    "googlesource.com": GERRIT,
}
_OTHER_JOBS = ("Jenkinsfile", ".woodpecker.yml", ".drone.yml", ".circleci/config.yml")


def read_forge(git: Git, tree: Tree) -> str:
    """Return the forge of `origin`, else of the first remote, as `find_forge` names it.

    A host that nobody knows is Gerrit's where there is a file of git-review.
    """
    names = git.run("remote").decode("utf-8", "replace").split()
    key = f"remote.{'origin' if 'origin' in names or not names else names[0]}.url"
    forge = find_forge(git.config((key,)).get(key.lower(), ""))
    return GERRIT if forge not in _FORGES and _REVIEW in tree.list_files("") else forge


def find_forge(remote: str) -> str:
    """Return `github`, `gitlab` and so on, another host's name, or "" for none and a directory."""
    found = _HOST.match(remote)
    if found is None:
        return ""
    if found[2] == _GERRIT_PORT:
        return GERRIT
    host = found[1].lower()
    return next((forge for part, forge in _NAMES.items() if part in host), host)


def describe_forge(forge: str) -> Forge:
    """Return what is known of a forge; a host that nobody knows may use any of the CI files."""
    if forge in _FORGES:
        return _FORGES[forge]
    every = tuple(path for known in _FORGES.values() for path in known.jobs)
    squash = "let the message of a squash keep the description"
    return Forge(forge, "requests", (*every, *_OTHER_JOBS), _GITHUB_TEMPLATE, squash)


def find_include(source: Source, template: str) -> tuple[str, str]:
    """Return what GitLab's `include: remote:` takes and its input `package`, empty for none.

    `template` is the name of a file in `templates/`: GATE, OUTCOMES.
    https://docs.gitlab.com/ci/yaml/#includeremote: a file that anybody may read.
    """
    if not source.action:
        return "", ""
    home = f"https://raw.githubusercontent.com/{source.action}/{source.rev}"
    return f"{home}/templates/{template}.yml", f"git+{source.url}@{source.rev}"


def is_known(forge: str) -> bool:
    """Tell whether it is clear where a forge looks for its files."""
    return forge in _FORGES


def uses_github(forge: str, *, has_github: bool) -> bool:
    """Tell whether GitHub's files make sense here; without a remote they are supposed to.

    `has_github` tells of a `.github` directory, which decides on a host that nobody knows.
    """
    return forge in ("", GITHUB) or (forge not in _FORGES and has_github)


def read_jobs(tree: Tree, forge: str, *, limit: int) -> dict[str, str]:
    """Return the texts of the CI files of a forge by their paths."""
    found: dict[str, str] = {}
    for path in describe_forge(forge).jobs:
        inner = [f"{path}/{name}" for name in tree.list_files(path)]
        for file in inner or [path]:
            with suppress(InputError):  # a directory, or nothing that a forge would read
                if (data := tree.read_bytes(file, limit=limit)) is not None:
                    found[file] = data.decode("utf-8", "replace")
    return found
