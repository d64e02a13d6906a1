"""`whygate doctor`: what it prints, what it ends with, and that nothing stops it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.cli.conftest import Run
    from tests.conftest import MakeRepo, Repo

WORKFLOW = """\
on:
  pull_request:
    types: [opened, edited, synchronize, reopened, ready_for_review, labeled, unlabeled]
  merge_group:
permissions: {}
jobs:
  product-context:
    name: product-context
    permissions: { contents: read, pull-requests: read }
    steps:
      - uses: whygate/whygate@0123456789012345678901234567890123456789
"""
TEMPLATE = """\
## Problem
## Who it helps
## Outcome
## Measurement
- Metric:
- Baseline:
- Target:
- Evaluate by:
"""


@pytest.fixture
def healthy(repo: Repo, run: Run) -> Repo:
    """Give a repository in which everything is as it should be."""
    repo.write(".github/workflows/whygate.yml", WORKFLOW)
    repo.write(".github/pull_request_template.md", TEMPLATE)
    assert run("hook", "install", "-C", str(repo.path)).status == 0
    return repo


def doctor(run: Run, repo: Repo) -> tuple[int, list[str]]:
    result = run("doctor", "-C", str(repo.path))
    assert result.err == ""
    return result.status, result.out.removesuffix("\n").split("\n")


def test_healthy_repository_needs_nothing(run: Run, healthy: Repo) -> None:
    assert doctor(run, healthy) == (
        0,
        [
            "looked at: configuration, 1 workflow, hooks (commit-msg: whygate's own script), "
            "template, 1 commit",
            "nothing to change",
        ],
    )


def test_new_repository_gets_hints_only(run: Run, empty_repo: Repo) -> None:
    status, lines = doctor(run, empty_repo)

    assert status == 0
    assert lines[0] == "looked at: configuration, 0 workflows, hooks, 0 templates, 0 commits"
    assert lines[1] == ".github/workflows: workflow: hint: no workflow judges pull requests"
    assert lines[2] == "    whygate init"
    assert lines[-1] == "0 errors, 3 hints"


def test_hole_in_a_workflow_fails_with_its_place_and_cure(run: Run, healthy: Repo) -> None:
    healthy.write(".github/workflows/whygate.yml", WORKFLOW.replace("edited, ", ""))

    status, lines = doctor(run, healthy)

    assert status == 1
    assert lines[1].startswith(".github/workflows/whygate.yml:3: workflow: error: `pull_request`")
    assert lines[2].startswith("    types: [opened, edited, ")
    assert lines[-1] == "1 error, 0 hints"


@pytest.mark.parametrize(
    ("files", "places"),
    [
        (
            {".whygate.yml": "version: 1\npreset: lax\ntimezon: x\n"},
            [".whygate.yml:2: configuration", ".whygate.yml:3: configuration"],
        ),
        ({".whygate.yaml": ""}, [".whygate.yaml:1: configuration"]),
        ({".whygate.yml": b"\xff"}, ["configuration: error: `.whygate.yml` is not UTF-8"]),
        ({".whygate.yml": "version: 1\nschema: s.json\n"}, ["s.json: schema"]),
        (
            {".whygate.yml": "version: 1\nschema: s.json\n", "s.json": "{"},
            ["s.json: schema"],
        ),
        ({".whygate.yml": "version: 1\ntemplate: t.md\n"}, [".whygate.yml:1: template"]),
        (
            {".whygate/bets/A.yml": "", ".whygate/bets/B.yml": ""},
            [".whygate/bets:1: bet", ".whygate/bets:1: bet"],
        ),
        ({".whygate/bets/fast.yml": "a: ["}, [".whygate/bets/fast.yml:"]),
    ],
    ids=["config", "name", "bytes", "schema", "schema-json", "template", "bets", "bet"],
)
def test_what_cannot_be_loaded_is_listed(
    run: Run, healthy: Repo, files: dict[str, str | bytes], places: list[str]
) -> None:
    for name, content in files.items():
        healthy.write(name, content)

    status, lines = doctor(run, healthy)

    errors = [line for line in lines if ": error: " in line]
    assert status == 1
    assert len(errors) == len(places)
    assert all(line.startswith(place) for line, place in zip(errors, places, strict=True))


def test_everything_wrong_is_told_at_once(run: Run, healthy: Repo) -> None:
    healthy.write(".whygate.yml", "version: 9\n")
    healthy.write(".whygate/bets/A.yml", "")
    healthy.write(".github/workflows/whygate.yml", "on: [whygate")

    status, lines = doctor(run, healthy)

    assert status == 1
    assert lines[-1] == "3 errors, 0 hints"


def test_what_is_printed_cannot_command_a_terminal_or_a_runner(run: Run, healthy: Repo) -> None:
    name = "a\x1b[31m ##[error]"
    healthy.write(
        ".github/workflows/whygate.yml",
        WORKFLOW.replace("name: product-context", f'name: "{name}"'.replace("\x1b", "\\e")),
    )

    _, lines = doctor(run, healthy)

    assert "called `a<U+001B>[31m ## [error]`" in lines[1]


def test_report_is_versioned_json(run: Run, healthy: Repo) -> None:
    healthy.write(".github/workflows/whygate.yml", WORKFLOW.replace("  merge_group:\n", ""))

    result = run("doctor", "-C", str(healthy.path), "--format", "json")

    report = json.loads(result.out)
    assert (result.status, report["version"], report["errors"], report["hints"]) == (0, 1, 0, 1)
    assert report["looked_at"][1] == "1 workflow"
    assert report["advice"][0] | {"message": ""} == {
        "severity": "info",
        "topic": "workflow",
        "path": ".github/workflows/whygate.yml",
        "line": 2,
        "message": "",
        "cure": "merge_group:",
    }


def test_bare_repository_is_read_from_its_last_commit(
    run: Run, healthy: Repo, make_repo: MakeRepo
) -> None:
    healthy.commit("Add the set-up\n")
    bare = make_repo("bare.git", "--bare")
    healthy.git("push", "--quiet", str(bare.path), "main")

    assert doctor(run, bare) == (
        0,
        ["looked at: configuration, 1 workflow, template, 2 commits", "nothing to change"],
    )


def test_empty_bare_repository_is_no_failure(run: Run, make_repo: MakeRepo) -> None:
    status, lines = doctor(run, make_repo("bare.git", "--bare"))

    assert status == 0
    assert lines[-1] == "0 errors, 2 hints"


def test_git_that_is_gone_leaves_it_undecided(
    run: Run, healthy: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(healthy.path))

    assert run("doctor", "-C", str(healthy.path)).status == 3


# --- by forge --------------------------------------------------------------------------------

RANGE = "whygate check --range origin/main..HEAD"


@pytest.mark.parametrize(
    ("url", "looked", "advice"),
    [
        (
            "https://gitlab.com/acme/shop.git",
            "GitLab (no CI file)",
            ".gitlab-ci.yml: workflow: hint: no CI job judges merge requests",
        ),
        (
            "git@bitbucket.org:acme/shop.git",
            "Bitbucket (no CI file)",
            "bitbucket-pipelines.yml: workflow: hint: no CI job judges pull requests",
        ),
        (
            "https://dev.azure.com/acme/shop/_git/shop",
            "Azure DevOps (no CI file)",
            "azure-pipelines.yml: workflow: hint: no CI job judges pull requests",
        ),
        (
            "https://codeberg.org/acme/shop.git",
            "Gitea (no CI file)",
            ".gitea/workflows: workflow: hint: no CI job judges pull requests",
        ),
        (
            "ssh://ada@review.example.org:29418/shop/till",
            "Gerrit (no CI file)",
            "Jenkinsfile: workflow: hint: no CI job judges changes",
        ),
        (
            "https://gerrit.example.org/a/shop/till",
            "Gerrit (no CI file)",
            "Jenkinsfile: workflow: hint: no CI job judges changes",
        ),
        (
            "ssh://git@code.example.org/shop",
            "code.example.org (no CI file)",
            "workflow: hint: no CI job judges requests",
        ),
        (
            "git@github.com:acme/shop.git",
            "0 workflows",
            ".github/workflows: workflow: hint: no workflow judges pull requests",
        ),
    ],
    ids=["gitlab", "bitbucket", "azure", "codeberg", "port", "gerrit", "unknown", "github"],
)
def test_advice_names_the_files_of_the_forge(
    run: Run, repo: Repo, url: str, looked: str, advice: str
) -> None:
    repo.git("remote", "add", "origin", url)

    status, lines = doctor(run, repo)

    assert status == 0
    assert looked in lines[0]
    assert [line for line in lines if "workflow: hint" in line] == [advice]
    assert ("github" in url) == any(".github/workflows" in line for line in lines)


def test_gerrit_is_known_by_the_file_of_git_review(run: Run, repo: Repo) -> None:
    repo.git("remote", "add", "origin", "https://review.example.org/shop/till")
    repo.write(".gitreview", "[gerrit]\nhost=review.example.org\n")

    _, lines = doctor(run, repo)
    repo.write(".whygate.yml", "version: 1\ncommits: {scope: each}\n")
    _, later = doctor(run, repo)

    assert "Gerrit (no CI file)" in lines[0]
    assert not any("template" in line for line in lines[1:])
    scope = "at Gerrit each commit is a change, and the hooks ask a branch as one"
    assert [any(scope in line for line in found) for found in (lines, later)] == [True, False]


def test_template_of_gitlab_is_proposed_where_gitlab_looks(run: Run, repo: Repo) -> None:
    repo.git("remote", "add", "origin", "https://gitlab.com/acme/shop.git")

    _, lines = doctor(run, repo)

    assert not any(".github" in line for line in lines)
    assert any(".gitlab/merge_request_templates/Default.md" in line for line in lines)


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("https://gitlab.com/acme/shop.git", ".gitlab-ci.yml"),
        ("https://dev.azure.com/acme/shop/_git/shop", ".azure-pipelines/why.yml"),
        ("git@bitbucket.org:acme/shop.git", "bitbucket-pipelines.yml"),
        ("https://codeberg.org/acme/shop.git", ".forgejo/workflows/why.yml"),
        ("ssh://git@code.example.org/shop", "Jenkinsfile"),
    ],
)
def test_job_of_another_forge_that_calls_whygate_is_a_gate(
    run: Run, repo: Repo, url: str, path: str
) -> None:
    repo.git("remote", "add", "origin", url)
    repo.write(path, f"script: {RANGE}\n")

    _, lines = doctor(run, repo)

    assert path in lines[0]
    assert not any("workflow: hint" in line for line in lines)


NEVER = {
    "bitbucket": (
        "git@bitbucket.org:acme/shop.git",
        "bitbucket-pipelines.yml",
        "pipelines:\n  pull-requests:\n    '**':\n      - step: {script: [whygate ci]}\n",
        "pipelines:\n  default:\n    - step: {script: [whygate ci]}\n",
        "bitbucket-pipelines.yml:3: workflow: error: no pipeline of pull requests runs",
    ),
    "azure": (
        "https://dev.azure.com/acme/shop/_git/shop",
        "azure-pipelines.yml",
        "- bash: whygate ci\n  env: { SYSTEM_ACCESSTOKEN: $(System.AccessToken) }\n",
        "# SYSTEM_ACCESSTOKEN\n- bash: whygate ci\n",
        "azure-pipelines.yml:2: workflow: error: the step that runs `whygate ci` gets no token",
    ),
}


@pytest.mark.parametrize("forge", NEVER)
def test_job_of_a_forge_that_can_never_judge_is_an_error(run: Run, repo: Repo, forge: str) -> None:
    url, path, good, bad, said = NEVER[forge]
    repo.git("remote", "add", "origin", url)
    repo.write(path, good)
    status, _ = doctor(run, repo)
    repo.write(path, bad)
    again, lines = doctor(run, repo)

    assert (status, again) == (0, 1)
    assert any(line.startswith(said) for line in lines)


@pytest.mark.parametrize(
    ("url", "is_told"),
    [
        ("https://gitlab.com/acme/shop.git", True),
        ("git@bitbucket.org:acme/shop.git", True),
        ("https://dev.azure.com/acme/shop/_git/shop", False),
    ],
    ids=["gitlab", "bitbucket", "azure"],
)
def test_drafts_that_pass_are_named_where_nobody_looks_again(
    run: Run, repo: Repo, url: str, is_told: bool
) -> None:
    repo.git("remote", "add", "origin", url)
    repo.write(".whygate.yml", "version: 1\ndrafts: skip\n")

    _, lines = doctor(run, repo)

    assert any("a draft that was let pass stays green" in line for line in lines) == is_told
