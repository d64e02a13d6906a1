"""The job that judges requests on forges besides GitHub, and what keeps one from it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from msgspec import Struct

from whygate.setup.advice import Advice, broken, hint
from whygate.setup.forge import AZURE, BITBUCKET, GATE, GITEA, GITLAB
from whygate.text.yaml_tree import Mapping as YamlMapping
from whygate.text.yaml_tree import Scalar, YamlError, load_tree
from whygate.text.yaml_tree import Sequence as YamlSequence

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from whygate.setup.source import Source
    from whygate.text.yaml_tree import Node

_CALLS = re.compile(r"\bwhygate ci\b")
_COMMENT = re.compile(r"^[ \t]*#[^\n]*", re.MULTILINE)
_HASH = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
# `.../whygate/REV/templates/whygate.yml`, `.../whygate@REV`
_REMOTE = re.compile(r"/([^/\s]{1,200})/templates/[\w-]{1,60}\.yml\Z")
_VERSION = re.compile(r"@([^@\s]{1,200})\Z")
# Keys of a job of GitLab that keep it out of a pipeline: https://docs.gitlab.com/ci/yaml/
_SKIPPING = ("rules", "only", "except", "when")


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
    if forge == GITLAB:
        for path, text in jobs.items():
            yield from _advise_gitlab(path, text)
    pipeline = PIPELINES.get(forge)
    if pipeline is None:
        return
    for path, text in jobs.items():
        told = _COMMENT.sub("", text)
        found = _CALLS.search(told)
        if found is not None and pipeline.must not in told:
            line = told.count("\n", 0, found.start()) + 1
            yield broken("workflow", pipeline.broken, pipeline.cure, path, line)


def _advise_gitlab(path: str, text: str) -> Iterator[Advice]:
    """Yield what can change without anybody here, and what lets requests pass by."""
    try:
        root = load_tree(text)
    except YamlError as error:  # anchors, and tags of GitLab's own
        if GATE in text:
            message = "what lets requests pass by the job was not looked for: " + error.message
            cure = "look for `allow_failure`, `rules` and `when` of the job `whygate` yourself"
            yield hint("workflow", message, cure, path, error.problem.line)
        return
    if not isinstance(root, YamlMapping):
        return
    included = root.get("include")
    items = included.items if isinstance(included, YamlSequence) else (included,)
    for item in items:
        yield from _advise_include(path, item)
    job = root.get(GATE)
    if isinstance(job, YamlMapping):
        yield from _advise_override(path, job)


def _advise_include(path: str, item: Node | None) -> Iterator[Advice]:
    """Yield what of an include of ours is not pinned."""
    fields = item.entries if isinstance(item, YamlMapping) else ()
    named = {key.text: value for key, value in fields}
    remote, component = named.get("remote"), named.get("component")
    inputs = named.get("inputs")
    package = inputs.get("package") if isinstance(inputs, YamlMapping) else None
    pins = ((remote, _REMOTE), (component, _VERSION), (package, _VERSION))
    for node, version in pins:
        if not isinstance(node, Scalar) or "whygate" not in node.text:
            continue
        found = version.search(node.text)
        if found is None or not _HASH.fullmatch(found[1]):
            what = found[1] if found is not None else node.text
            message = f"`{what}` can change without you: pin it to the full hash of a commit"
            yield hint("workflow", message, "docs/gitlab.md shows the lines", path, node.line)


def _advise_override(path: str, job: YamlMapping) -> Iterator[Advice]:
    """Yield the keys of our job that take back what the included one does."""
    for key, value in job.entries:
        if key.text == "allow_failure" and not (
            isinstance(value, Scalar) and value.text == "false"
        ):
            cure = "remove it; the input `fail_on: never` says openly that the job only reports"
            message = "`allow_failure` lets every merge request pass"
            yield broken("workflow", message, cure, path, key.line)
        elif key.text in _SKIPPING:
            message = f"`{key.text}:` on the job is a way round it: a pipeline without it is green"
            cure = f"remove `{key.text}:`; exempt bots, labels, branches and drafts in .whygate.yml"
            yield broken("workflow", message, cure, path, key.line)
