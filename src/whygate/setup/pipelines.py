"""The job that judges requests on Azure DevOps, Bitbucket, Gitea, and what keeps one from it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from msgspec import Struct

from whygate.setup.advice import Advice, broken
from whygate.setup.forge import AZURE, BITBUCKET, GITEA

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from whygate.setup.source import Source

_CALLS = re.compile(r"\bwhygate ci\b")
_COMMENT = re.compile(r"^[ \t]*#[^\n]*", re.MULTILINE)


class Pipeline(Struct, frozen=True):
    """A job of a forge: the file it stands in, its text, and what else somebody has to do.

    A run of it needs `must` in the file, or `broken` says what is wrong.
    """

    path: str
    text: str
    step: str
    must: str
    broken: str
    cure: str
    page: str


# Nothing of the request is checked out, and -I loads no module from where the job runs.
_AZURE = """\
# Judges pull requests (docs/azure.md); a build validation policy of the target branch starts it.
trigger: none
pool:
  vmImage: ubuntu-24.04
jobs:
  - job: whygate
    timeoutInMinutes: "10"
    steps:
      - checkout: none
      - bash: |
          set -e
          python3 -I -m venv "$AGENT_TEMPDIRECTORY/whygate"
          "$AGENT_TEMPDIRECTORY/whygate/bin/python" -I -m pip install --quiet "$WHYGATE_PACKAGE"
          "$AGENT_TEMPDIRECTORY/whygate/bin/python" -I -m whygate ci
        displayName: whygate
        env:
          WHYGATE_PACKAGE: {package}
          SYSTEM_ACCESSTOKEN: $(System.AccessToken)
"""

_BITBUCKET = """\
# Judges pull requests (docs/bitbucket.md).
pipelines:
  pull-requests:
    "**":
      - step:
          name: whygate
          image: python:3.13
          max-time: 10
          clone:
            enabled: false
          script:
            - python3 -I -m venv /tmp/whygate
            - /tmp/whygate/bin/python -I -m pip install --quiet "{package}"
            - /tmp/whygate/bin/python -I -m whygate ci
"""

_GITEA = """\
# Judges pull requests (docs/gitea.md).
name: whygate
on:
  pull_request:
    types: [opened, edited, synchronize, reopened, labeled, unlabeled]
permissions: {{}}
concurrency:
  group: whygate-${{{{ github.event.pull_request.number }}}}
  cancel-in-progress: true
jobs:
  product-context:
    name: product-context
    runs-on: docker
    timeout-minutes: 5
    permissions:
      contents: read # the configuration of the base
      pull-requests: read # the text as it is now
      statuses: write # the verdict
    steps:
      - uses: {action}
"""
# Of these only one is read: Forgejo's own, Gitea's, else GitHub's.
_GITEA_HOMES = (".forgejo/workflows/", ".gitea/workflows/", ".github/workflows/")

PIPELINES: Mapping[str, Pipeline] = {
    AZURE: Pipeline(
        ".azure-pipelines/whygate.yml",
        _AZURE,
        "make a pipeline of .azure-pipelines/whygate.yml, and add two policies to the target "
        "branch: a required build validation by it, and the required status "
        "`whygate/product-context` (docs/azure.md)",
        "SYSTEM_ACCESSTOKEN",
        "the step that runs `whygate ci` gets no token: it ends without a verdict",
        "env: { SYSTEM_ACCESSTOKEN: $(System.AccessToken) }",
        "docs/azure.md",
    ),
    BITBUCKET: Pipeline(
        "bitbucket-pipelines.yml",
        _BITBUCKET,
        "keep a repository access token as the secured variable WHYGATE_TOKEN, require a "
        "successful build in the merge checks, and copy the template into Repository settings > "
        "Default description, since Bitbucket reads no file (docs/bitbucket.md)",
        "pull-requests",
        "no pipeline of pull requests runs `whygate ci`: it judges nothing",
        "put the step below `pipelines: pull-requests:` (docs/bitbucket.md)",
        "docs/bitbucket.md",
    ),
    GITEA: Pipeline(
        ".gitea/workflows/whygate.yml",
        _GITEA,
        "require the status `whygate` in the protection of the target branch, once it was set "
        "(docs/gitea.md)",
        "",  # the action says itself what it lacks
        "",
        "",
        "docs/gitea.md",
    ),
}


def find_path(forge: str, jobs: Collection[str]) -> str:
    """Return where the job of a forge goes; `jobs` are the paths of the CI files that are there."""
    usual = PIPELINES[forge].path
    if forge != GITEA:
        return usual
    homes = (home for home in _GITEA_HOMES if any(path.startswith(home) for path in jobs))
    return next(homes, _GITEA_HOMES[1]) + usual.rpartition("/")[2]


def render_pipeline(pipeline: Pipeline, source: Source) -> str:
    """Return the text of a job that runs a release of whygate."""
    action = f"{source.url}@{source.rev}"
    return pipeline.text.format(package=f"git+{action}", action=action)


def advise_pipelines(forge: str, jobs: Mapping[str, str]) -> Iterator[Advice]:
    """Yield what keeps a job that runs `whygate ci` from a verdict; `jobs` are texts by path."""
    pipeline = PIPELINES.get(forge)
    if pipeline is None:
        return
    for path, text in jobs.items():
        told = _COMMENT.sub("", text)
        found = _CALLS.search(told)
        if found is not None and pipeline.must not in told:
            line = told.count("\n", 0, found.start()) + 1
            yield broken("workflow", pipeline.broken, pipeline.cure, path, line)
