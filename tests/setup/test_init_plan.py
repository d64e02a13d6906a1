"""What is proposed for which inventory, and that nothing is proposed twice."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest
import yaml
from doc_blocks import read_blocks
from msgspec.structs import replace

from whygate.catalogue.catalogue import Backend
from whygate.policy.config import CommitScope, PartialConfig
from whygate.policy.policy import Policy
from whygate.policy.presets import resolve_config
from whygate.schema.document import bundled_schema
from whygate.schema.files import read_presets
from whygate.setup.advice import SourceFile
from whygate.setup.hooks import HUSKY, PRE_COMMIT
from whygate.setup.init import (
    RESULTS_LINE,
    Inventory,
    Scaffold,
    describe,
    find_manager,
    plan_scaffold,
)
from whygate.setup.pipelines import PIPELINES, advise_pipelines
from whygate.setup.proposal import FileChange, Proposal, render_diff
from whygate.setup.source import Source
from whygate.setup.workflows import (
    OTHER_PATH,
    OUTCOMES_PATH,
    USUAL_PATH,
    render_outcomes,
    render_workflow,
)
from whygate.version import HOME

GITLAB_TEMPLATE = ".gitlab/merge_request_templates/Default.md"
TEMPLATE = ".github/pull_request_template.md"
DOCS = Path(__file__).parents[2] / "docs"
HOOKS = "repos:\n  - repo: local\n    hooks: []\n"
OTHER_WORKFLOW = "name: x\non: push\njobs:\n  a:\n    runs-on: x\n    steps: []\n"


@cache
def policy(scope: CommitScope = CommitScope.BRANCH) -> Policy:
    config = resolve_config(read_presets(), PartialConfig(commit_scope=scope))
    return Policy(config, bundled_schema())


def inventory(**facts: object) -> Inventory:
    return replace(Inventory(policy=policy(), source=Source(HOME, "v1")), **facts)


def paths(scaffold: Scaffold) -> list[str]:
    return [proposal.paths for proposal in scaffold.proposals]


def apply(scaffold: Scaffold, before: Inventory) -> Inventory:
    """Return the inventory after everything that was proposed is written."""
    after = before
    for change in (change for p in scaffold.proposals for change in p.changes):
        file = SourceFile(change.path, change.new)
        if before.forge == "gitea" and change.path.endswith("/whygate.yml"):
            after = replace(after, jobs={**after.jobs, change.path: change.new})
        elif change.path.startswith(".github/workflows/"):
            after = replace(after, workflows=(*after.workflows, file))
        elif change.path in (".gitlab-ci.yml", *(p.path for p in PIPELINES.values())):
            after = replace(after, jobs={change.path: change.new})
        elif change.path == ".gitattributes":
            after = replace(after, attributes=change.new)
        elif change.path in (PRE_COMMIT, HUSKY) or change.path.startswith("lefthook"):
            others = tuple(f for f in after.hook_files if f.path != change.path)
            after = replace(after, hook_files=(*others, file))
        else:
            after = replace(after, templates=(file,))
    return after


GROUNDS: dict[str, dict[str, object]] = {
    "nothing": {},
    "template": {"templates": (SourceFile(TEMPLATE, "## Why\n"),)},
    "pre-commit": {"hook_files": (SourceFile(PRE_COMMIT, HOOKS),)},
    "lefthook": {"hook_files": (SourceFile("lefthook.yml", "pre-push:\n  jobs: []\n"),)},
    "husky": {"has_husky": True},
    "husky-hook": {"hook_files": (SourceFile(HUSKY, "npx lint\n"),)},
    "gitlab": {"forge": "gitlab"},
    "azure": {"forge": "azure"},
    "bitbucket": {"forge": "bitbucket"},
    "gerrit": {"forge": "gerrit"},
    "gitea": {"forge": "gitea"},
    "forgejo": {"forge": "gitea", "jobs": {".forgejo/workflows/test.yml": "on: push\n"}},
    "gitea-github": {"forge": "gitea", "jobs": {".github/workflows/test.yml": "on: push\n"}},
    "other-forge": {"forge": "git.example.org"},
    "enterprise": {"forge": "code.example.org", "has_github": True},
    "attributes": {"attributes": "*.png binary"},
    "attributes-crlf": {"attributes": "*.png binary\r\n"},
    "workflow": {"workflows": (SourceFile(USUAL_PATH, OTHER_WORKFLOW),)},
}


@pytest.mark.parametrize("name", GROUNDS)
def test_second_run_has_nothing_to_propose(name: str) -> None:
    before = inventory(**GROUNDS[name])
    first = plan_scaffold(before)
    assert first.proposals
    assert plan_scaffold(apply(first, before)).proposals == ()


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("nothing", [TEMPLATE, USUAL_PATH, ".gitattributes"]),
        ("template", [TEMPLATE, USUAL_PATH, ".gitattributes"]),
        ("pre-commit", [TEMPLATE, PRE_COMMIT, USUAL_PATH, ".gitattributes"]),
        ("lefthook", [TEMPLATE, "lefthook.yml", USUAL_PATH, ".gitattributes"]),
        ("husky", [TEMPLATE, HUSKY, USUAL_PATH, ".gitattributes"]),
        ("husky-hook", [TEMPLATE, HUSKY, USUAL_PATH, ".gitattributes"]),
        ("gitlab", [GITLAB_TEMPLATE, ".gitlab-ci.yml", ".gitattributes"]),
        (
            "azure",
            ["docs/pull_request_template.md", ".azure-pipelines/whygate.yml", ".gitattributes"],
        ),
        ("bitbucket", [TEMPLATE, "bitbucket-pipelines.yml", ".gitattributes"]),
        ("gerrit", [".gitattributes"]),
        ("gitea", [TEMPLATE, ".gitea/workflows/whygate.yml", ".gitattributes"]),
        ("forgejo", [TEMPLATE, ".forgejo/workflows/whygate.yml", ".gitattributes"]),
        ("gitea-github", [TEMPLATE, USUAL_PATH, ".gitattributes"]),
        ("other-forge", [TEMPLATE, ".gitattributes"]),
        ("enterprise", [TEMPLATE, USUAL_PATH, ".gitattributes"]),
        ("workflow", [TEMPLATE, OTHER_PATH, ".gitattributes"]),
    ],
)
def test_ground_gets_the_files_it_lacks(name: str, expected: list[str]) -> None:
    assert paths(plan_scaffold(inventory(**GROUNDS[name]))) == expected


@pytest.mark.parametrize(
    ("facts", "step"),
    [
        ({}, "whygate hook install"),
        ({"hook_files": (SourceFile(PRE_COMMIT, HOOKS),)}, "pre-commit install"),
        ({"hook_files": (SourceFile(".lefthook.yml", "a: b\n"),)}, "lefthook install"),
        ({"has_husky": True}, "npx husky"),
    ],
    ids=["none", "pre-commit", "lefthook", "husky"],
)
def test_first_step_installs_the_hook(facts: dict[str, object], step: str) -> None:
    assert plan_scaffold(inventory(**facts)).steps[0].startswith(f"`{step}`")


def test_commits_that_are_not_judged_need_no_hook() -> None:
    found = plan_scaffold(inventory(policy=policy(CommitScope.OFF), has_husky=True))
    assert HUSKY not in paths(found)
    assert not any("clone" in step for step in found.steps)


@pytest.mark.parametrize(
    ("facts", "note"),
    [
        ({"forge": "git.example.org"}, "the Action is for GitHub"),
        (
            {"forge": "gitea", "jobs": {".gitea/workflows/whygate.yml": "on: push\n"}},
            ".gitea/workflows/whygate.yml stays; add to it the lines of docs/gitea.md",
        ),
        (
            {"forge": "gitlab", "jobs": {".gitlab-ci.yml": "test:\n  script: make\n"}},
            "stays; add to its `include:` the item `- {remote: https://raw.githubusercontent.com/",
        ),
        (
            {"forge": "gitlab", "source": Source("https://git.example.org/why.git", "v1")},
            "GitLab can include nothing from https://git.example.org/why.git",
        ),
        (
            {"templates": (SourceFile(TEMPLATE, "<!-- open\n"),)},
            "has no place at its end for: Problem",
        ),
        ({"hook_files": (SourceFile(PRE_COMMIT, "repos: []\n"),)}, "has no plain place for a hook"),
        (
            {
                "workflows": (
                    SourceFile(USUAL_PATH, OTHER_WORKFLOW),
                    SourceFile(OTHER_PATH, OTHER_WORKFLOW),
                )
            },
            "do something else and stay",
        ),
    ],
    ids=["other", "gitea", "gitlab", "no copy", "template", "hook", "workflow"],
)
def test_what_cannot_be_written_is_said(facts: dict[str, object], note: str) -> None:
    assert note in plan_scaffold(inventory(**facts)).notes[0]


def test_job_of_gitlab_includes_the_component_once() -> None:
    first = plan_scaffold(inventory(forge="gitlab"))
    (text,) = (c.new for p in first.proposals for c in p.changes if c.path == ".gitlab-ci.yml")
    (item,) = yaml.safe_load(text)["include"]
    again = plan_scaffold(inventory(forge="gitlab", jobs={".gitlab-ci.yml": text}))

    assert item["remote"].endswith("/templates/whygate.yml")
    assert item["inputs"]["package"].startswith("git+https://")
    assert any("Pipelines must succeed" in step for step in first.steps)
    assert ".gitlab-ci.yml" not in paths(again)


@pytest.mark.parametrize("forge", PIPELINES)
def test_job_of_a_forge_is_the_one_of_its_page(forge: str) -> None:
    pipeline = PIPELINES[forge]
    found = plan_scaffold(inventory(forge=forge, source=Source(HOME, "0" * 40)))
    (text,) = (c.new for p in found.proposals for c in p.changes if c.path == pipeline.path)
    page = next(
        b.text for b in read_blocks(DOCS / Path(pipeline.page).name) if b.language == "yaml"
    )

    assert yaml.safe_load(text) == yaml.safe_load(page)
    assert pipeline.step in found.steps
    assert not list(advise_pipelines(forge, {pipeline.path: text}))


@pytest.mark.parametrize("forge", PIPELINES)
def test_job_of_a_forge_that_is_there_is_left_alone(forge: str) -> None:
    jobs = {"ci/other.yml": "script: whygate check --range origin/main..HEAD\n"}
    found = plan_scaffold(inventory(forge=forge, jobs=jobs))

    assert PIPELINES[forge].path not in paths(found)


@pytest.mark.parametrize("forge", PIPELINES)
def test_job_file_of_a_forge_that_does_something_else_stays(forge: str) -> None:
    pipeline = PIPELINES[forge]
    found = plan_scaffold(inventory(forge=forge, jobs={pipeline.path: "script: make\n"}))

    assert pipeline.path not in paths(found)
    assert found.notes[0] == f"{pipeline.path} stays; add to it the lines of {pipeline.page}"


def test_gate_that_is_there_is_left_alone() -> None:
    workflow = SourceFile(".github/workflows/ci.yml", render_workflow("whygate/whygate@v9"))
    found = plan_scaffold(inventory(workflows=(workflow,)))
    assert not any(path.startswith(".github/workflows") for path in paths(found))


def test_template_with_the_fewest_gaps_is_completed() -> None:
    bug = SourceFile(".github/PULL_REQUEST_TEMPLATE/bug.md", "## Steps\n")
    feature = SourceFile(".github/PULL_REQUEST_TEMPLATE/feature.md", "## Problem\n## Outcome\n")
    found = plan_scaffold(inventory(templates=(bug, feature)))
    assert paths(found)[0] == feature.path
    assert found.proposals[0].why.endswith("(Who it helps, Measurement)")


def test_policy_that_asks_nothing_gets_no_template() -> None:
    config = replace(policy().config, kinds={})
    found = plan_scaffold(inventory(policy=Policy(config, bundled_schema())))
    assert TEMPLATE not in paths(found)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (None, f"{RESULTS_LINE}\n"),
        ("", f"{RESULTS_LINE}\n"),
        ("*.png binary", f"*.png binary\n{RESULTS_LINE}\n"),
        ("*.png binary\r\n", f"*.png binary\r\n{RESULTS_LINE}\r\n"),
        (f"# {RESULTS_LINE}\n", f"# {RESULTS_LINE}\n{RESULTS_LINE}\n"),
    ],
    ids=["absent", "empty", "no-end", "crlf", "comment"],
)
def test_results_merge_by_union(old: str | None, new: str) -> None:
    change = plan_scaffold(inventory(attributes=old)).proposals[-1].changes[0]
    assert (change.old, change.new) == (old, new)


@pytest.mark.parametrize(
    "path",
    ["AGENTS.md", "CLAUDE.md", ".github/copilot-instructions.md", ".cursor/rules/whygate.mdc"],
)
@pytest.mark.parametrize("old", [None, "# Agents\n\nBe kind.\n", "# Agents\r\n"])
def test_agents_are_told_once_in_each_file(path: str, old: str | None) -> None:
    change = plan_scaffold(inventory(agents={path: old})).proposals[-1].changes[0]
    assert (change.path, change.old) == (path, old)
    assert change.new.startswith((old or "").rstrip())
    assert "whygate" in change.new
    again = plan_scaffold(inventory(agents={path: change.new}))
    assert path not in paths(again)


def test_rule_for_cursor_begins_with_what_cursor_reads() -> None:
    found = plan_scaffold(inventory(agents={".cursor/rules/whygate.mdc": None}))
    assert found.proposals[-1].changes[0].new.startswith("---\ndescription: ")


@pytest.mark.parametrize(
    "claude",
    ["# Agents\n", "@AGENTS.md\n", "# Claude\n\n @./AGENTS.md\n"],
    ids=["link", "included", "included with more"],
)
def test_file_that_shows_another_is_not_told_twice(claude: str) -> None:
    found = plan_scaffold(inventory(agents={"AGENTS.md": "# Agents\n", "CLAUDE.md": claude}))
    assert "AGENTS.md" in paths(found)
    assert "CLAUDE.md" not in paths(found)


@pytest.mark.parametrize("line", [RESULTS_LINE, "/.whygate/results.jsonl text merge=union -diff"])
def test_results_that_merge_by_union_stay(line: str) -> None:
    assert ".gitattributes" not in paths(plan_scaffold(inventory(attributes=f"{line}\n")))


PIN = "a" * 40
RAW = "https://raw.githubusercontent.com/whygate/whygate"
INCLUDE = f"""\
include:
  - local: other.yml
  - remote: {RAW}/{PIN}/templates/whygate.yml
    inputs:
      package: git+https://github.com/whygate/whygate@{PIN}
"""


@pytest.mark.parametrize(
    ("text", "found"),
    [
        pytest.param(INCLUDE, [], id="pinned"),
        pytest.param(INCLUDE.replace(f"/{PIN}/", "/v1/"), [(3, "`v1` can change")], id="remote"),
        pytest.param(INCLUDE.replace(f"@{PIN}", "@main"), [(5, "`main` can")], id="package"),
        pytest.param(
            "include: {component: $CI_SERVER_FQDN/tools/whygate/whygate@~latest}\n",
            [(1, "`~latest` can change")],
            id="component",
        ),
        pytest.param(
            f"include:\n  - component: $CI_SERVER_FQDN/tools/whygate/whygate@{PIN}\n",
            [],
            id="pinned component",
        ),
        pytest.param(
            f"{INCLUDE}whygate:\n  allow_failure: true\n",
            [(7, "`allow_failure` lets every")],
            id="may fail",
        ),
        pytest.param(f"{INCLUDE}whygate:\n  allow_failure: false\n", [], id="may not fail"),
        pytest.param(
            f"{INCLUDE}whygate:\n  tags: [x]\n  rules: [{{if: $A}}]\n  when: manual\n",
            [(8, "`rules:` on the job"), (9, "`when:` on the job")],
            id="skipped",
        ),
        pytest.param("a: !reference [.b, c]\n", [], id="a tag of GitLab's"),
        pytest.param(
            f"{INCLUDE}a: &a {{b: c}}\n",
            [(6, "what lets requests pass by the job was not looked for, which can")],
            id="an anchor",
        ),
        pytest.param("- a\n", [], id="no mapping"),
        pytest.param("include:\n  - whygate.yml\n  - [x]\n", [], id="other items"),
        pytest.param("whygate: x\n", [], id="no job"),
    ],
)
def test_job_of_gitlab_that_can_be_walked_round_is_told(
    text: str, found: list[tuple[int, str]]
) -> None:
    told = list(advise_pipelines("gitlab", {".gitlab-ci.yml": text}))

    assert [one.line for one in told] == [line for line, _ in found]
    for one, (_, start) in zip(told, found, strict=True):
        assert one.message.startswith(start.partition(", which")[0])
        assert one.is_broken == ("can" not in start)
        assert one.cure


def test_job_that_init_includes_on_gitlab_is_no_trouble() -> None:
    found = plan_scaffold(
        inventory(forge="gitlab", backends=(PROM,), source=Source(HOME, "c" * 40))
    )
    (text,) = (c.new for p in found.proposals for c in p.changes if c.path == ".gitlab-ci.yml")

    assert not list(advise_pipelines("gitlab", {".gitlab-ci.yml": text}))


def test_scheduled_job_of_gitlab_is_included_where_there_are_metrics() -> None:
    facts = {"forge": "gitlab", "backends": (PROM, FILES)}
    first = plan_scaffold(inventory(**facts))
    (text,) = (c.new for p in first.proposals for c in p.changes if c.path == ".gitlab-ci.yml")
    names = [item["remote"].rpartition("/")[2] for item in yaml.safe_load(text)["include"]]
    (step,) = [step for step in first.steps if "pipeline schedule" in step]
    gate = {".gitlab-ci.yml": "include: [{remote: 'https://x/templates/whygate.yml'}]\n"}
    later = plan_scaffold(inventory(**facts, jobs=gate))
    again = plan_scaffold(inventory(**facts, jobs={".gitlab-ci.yml": text}))

    assert names == ["whygate.yml", "outcomes.yml"]
    assert "PROM_URL, PROM_TOKEN, WHYGATE_TOKEN (scope `api`)" in step
    assert [note.partition("templates/")[2].partition(".yml")[0] for note in later.notes] == [
        "outcomes"
    ]
    assert not any(".gitlab-ci.yml" in note for note in again.notes)
    assert ".gitlab-ci.yml" not in paths(again)


PROM = Backend("prom", "prometheus", url_env="PROM_URL", token_env="PROM_TOKEN")
WAREHOUSE = Backend("warehouse", "sql", url_env="WAREHOUSE_URL")
FILES = Backend("exports", "files", path="data/*.csv")
SCHEDULED = SourceFile("a.yml", "on: schedule\njobs: {a: {steps: [run: whygate measure --due]}}\n")


@pytest.mark.parametrize(
    ("facts", "is_made"),
    [
        ({"backends": (PROM, WAREHOUSE)}, True),
        ({"backends": (FILES,)}, True),
        ({}, False),
        ({"backends": (PROM,), "forge": "gitlab"}, False),
        ({"backends": (PROM,), "workflows": (SCHEDULED,)}, False),
        ({"backends": (PROM,), "source": Source("https://git.example.org/w", "v1")}, False),
    ],
    ids=["secrets", "files", "no catalogue", "other forge", "is there", "other home"],
)
def test_scheduled_workflow_is_proposed_where_it_can_run(
    facts: dict[str, object], *, is_made: bool
) -> None:
    assert (OUTCOMES_PATH in paths(plan_scaffold(inventory(**facts)))) is is_made


def test_scheduled_workflow_holds_the_secrets_alone() -> None:
    facts = inventory(backends=(PROM, WAREHOUSE, FILES), source=Source(HOME, "c" * 40))
    (made,) = [p for p in plan_scaffold(facts).proposals if p.paths == OUTCOMES_PATH]
    (change,) = made.changes
    described = yaml.safe_load(change.new)
    (job,) = described["jobs"].values()

    assert set(described[True]) == {"schedule", "workflow_dispatch"}  # YAML 1.1 reads `on` as yes
    assert described["permissions"] == {}
    assert job["permissions"] == {"contents": "write", "pull-requests": "write"}
    assert [set(step) & {"env"} for step in job["steps"]] == [set(), set(), set(), {"env"}]
    secrets = ("PROM_URL", "PROM_TOKEN", "WAREHOUSE_URL")
    assert job["steps"][-1]["env"] == {
        "PYTHONPATH": ".whygate-program/src",
        "WHYGATE_TOKEN": "${{ github.token }}",
        **{name: f"${{{{ secrets.{name} }}}}" for name in secrets},
    }
    assert all("${{" not in step.get("run", "") for step in job["steps"])
    pins = [step["uses"] for step in job["steps"] if "uses" in step]
    assert all(re.fullmatch(r"actions/checkout@[0-9a-f]{40}", pin) for pin in pins)
    assert job["steps"][1]["with"]["ref"] == "c" * 40
    assert "PROM_URL, PROM_TOKEN, WAREHOUSE_URL into an environment `metrics`" in made.then


def test_workflow_without_secrets_names_none() -> None:
    (job,) = yaml.safe_load(render_outcomes("o/w", "v1", ()))["jobs"].values()

    assert set(job["steps"][-1]["env"]) == {"PYTHONPATH", "WHYGATE_TOKEN"}


def test_workflow_is_the_one_of_the_documentation() -> None:
    recipe = re.findall(r"```yaml\n(.*?)```", (DOCS / "action.md").read_text(), re.DOTALL)[0]
    uses = re.search(r"uses: (.*)", recipe)
    assert uses is not None
    assert render_workflow(uses[1]) == recipe


def test_release_that_is_a_hash_need_not_be_pinned() -> None:
    pinned, tagged = (
        plan_scaffold(inventory(source=Source(HOME, "a" * 40))),
        plan_scaffold(inventory()),
    )
    assert [proposal.then for proposal in pinned.proposals] == ["", "", ""]
    assert tagged.proposals[1].then.startswith("pin the action to the hash")


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        (
            {},
            [
                "no remote on a forge",
                "no templates",
                "no hook manager",
                "no workflows in .github/workflows",
            ],
        ),
        (
            {
                "forge": "github",
                "templates": (SourceFile(TEMPLATE, ""),),
                "has_husky": True,
                "workflows": (SourceFile("a.yml", ""),),
            },
            ["GitHub", "1 template", "hooks by husky", "1 workflow"],
        ),
        ({"forge": "git.example.org"}, ["git.example.org"]),
    ],
)
def test_what_was_found_is_told(facts: dict[str, object], words: list[str]) -> None:
    assert list(describe(inventory(**facts)))[: len(words)] == words


def test_first_manager_that_is_known_counts() -> None:
    files = (SourceFile("lefthook.yml", ""), SourceFile(PRE_COMMIT, ""))
    assert find_manager(inventory(hook_files=files, has_husky=True)) == "pre-commit"


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (None, "a\n", ["--- /dev/null", "+++ b/f", "@@ -0,0 +1 @@", "+a"]),
        ("a\n", "a\nb\n", ["--- a/f", "+++ b/f", "@@ -1 +1,2 @@", " a", "+b"]),
        (
            "a",
            "a\nb\n",
            ["--- a/f", "+++ b/f", "@@ -1 +1,2 @@", "-a\n\\ No newline at end of file", "+a", "+b"],
        ),
        ("a\r\n", "a\r\nb\r\n", ["--- a/f", "+++ b/f", "@@ -1 +1,2 @@", " a", "+b"]),
    ],
    ids=["new", "more", "no-end", "crlf"],
)
def test_diff_is_unified(old: str | None, new: str, expected: list[str]) -> None:
    assert list(render_diff(FileChange("f", old, new))) == expected


def test_files_of_one_proposal_are_named_together() -> None:
    changes = (FileChange("a", None, "x"), FileChange("b", None, "y"))
    assert Proposal("why", changes).paths == "a and b"
