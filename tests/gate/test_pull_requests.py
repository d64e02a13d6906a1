"""The action on pull requests: what it reads, how it judges, what it leaves behind."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.conftest import MakeRepo
    from tests.fake_github import FakeGitHub, Json
    from tests.gate.conftest import Machine, RunStep

SCHEMA = '{"$id": "urn:x", "$ref": "urn:whygate:product-context:1#/$defs/document"}'
CATALOGUE = """\
version: 1
backends: {prom: {type: prometheus, url_env: PROM_URL}}
metrics: {rows: {title: rows retyped, backend: prom, query: "sum(rows)", window: 7d}}
"""
HEAD = {"ref": "release/2", "sha": "c" * 40}
BAD_BODY = "## Test plan\nCI is green.\n"


def test_gate_passes_a_pull_request_that_says_everything(gate: RunStep, event: Json) -> None:
    step = gate("pull_request", event)

    assert (step.status, step.err, step.commands) == (0, "", [])
    assert step.outputs["verdict"] == "ok"
    assert (step.outputs["errors"], step.outputs["warnings"]) == ("0", "0")
    assert step.summary.startswith("## whygate: 1 complete\n")


def test_gate_fails_a_pull_request_that_says_nothing(
    gate: RunStep, github: FakeGitHub, event: Json
) -> None:
    github.add_pull(body=BAD_BODY)

    step = gate("pull_request", event)

    assert step.status == 1
    assert step.outputs["verdict"] == "failed"
    errors = [data for name, data in step.commands if name == "error"]
    assert len(errors) == int(step.outputs["errors"]) == 3
    assert any("How will you know that it worked?" in data for data in errors)
    assert "## Problem\n<who is hurt" in step.summary


def test_gate_writes_a_report_of_the_whole_verdict(
    gate: RunStep, github: FakeGitHub, event: Json
) -> None:
    github.add_pull(body=None)

    report = gate("pull_request", event).report

    assert report["version"] == 1
    assert isinstance(report["changes"], list)
    assert (report["changes"][0]["id"], report["changes"][0]["status"]) == ("#7", "failed")


def test_gate_leaves_the_environment_of_later_steps_alone(gate: RunStep, event: Json) -> None:
    step = gate("pull_request", event)

    assert step.environment == ""


@pytest.mark.parametrize("name", ["pull_request", "pull_request_target"])
def test_gate_judges_the_text_as_it_is_now(
    gate: RunStep, github: FakeGitHub, event: Json, name: str
) -> None:
    github.pulls[7]["body"] = ""

    step = gate(name, event)

    assert step.outputs["verdict"] == "failed"


@pytest.mark.parametrize(
    ("changes", "verdict"),
    [
        ({"labels": [{"name": "skip-why"}]}, "skipped"),
        ({"user": {"login": "dependabot[bot]", "type": "Bot"}}, "skipped"),
        ({"user": {"login": "dependabot[bot]", "type": "User"}}, "failed"),
        ({"user": {"login": "Dependabot[bot]", "type": "Bot"}}, "failed"),
        ({"user": None}, "failed"),
        ({"draft": True}, "skipped"),
        ({"head": {**HEAD, "repo": {"full_name": "octo-org/octo-repo"}}}, "skipped"),
        ({"head": {**HEAD, "repo": {"full_name": "eve/octo-repo"}}}, "failed"),
        ({"head": {**HEAD, "repo": None}}, "failed"),
        ({"title": "deps: bump"}, "failed"),
        ({"title": "docs: spell it right"}, "failed"),
        ({"title": 'Revert "feat: rows"', "body": "This reverts commit abc1234."}, "ok"),
    ],
    ids=lambda value: str(value)[:60],
)
def test_gate_exempts_as_the_policy_says(
    gate: RunStep, github: FakeGitHub, event: Json, changes: Json, verdict: str
) -> None:
    github.write(
        ".whygate.yml",
        "version: 1\ndrafts: skip\nexempt:\n  labels: [skip-why]\n  branches: ['release/**']\n"
        "  bots: ['dependabot[bot]']\n",
    )
    github.add_pull(7, **{"body": BAD_BODY} | changes)

    step = gate("pull_request", event)

    assert step.outputs["verdict"] == verdict


@pytest.mark.parametrize(
    ("title", "path", "verdict"),
    [
        ("deps: bump", "yarn.lock", "skipped"),
        ("docs: spell it right", "docs/export.md", "ok"),
        ("Fix a typo", "README.md", "ok"),
        ("Fix a typo", "src/export.py", "failed"),
        ("docs: spell it right", "README.md/export.py", "failed"),
        ("deps: bump", "yarn.lock/export.py", "failed"),
    ],
)
def test_gate_takes_a_kind_only_where_the_files_agree(
    gate: RunStep, github: FakeGitHub, event: Json, title: str, path: str, verdict: str
) -> None:
    github.add_pull(7, title=title, body="")
    github.files[7] = [github.file(path)]

    assert gate("pull_request", event).outputs["verdict"] == verdict


@pytest.mark.parametrize(
    ("changes", "word"),
    [({"merged_at": "2026-11-02T10:00:00Z"}, "merged"), ({}, "closed")],
    ids=["merged", "closed"],
)
def test_gate_holds_back_no_pull_request_that_is_done(
    gate: RunStep, github: FakeGitHub, event: Json, changes: Json, word: str
) -> None:
    github.add_pull(7, **{"body": "", "state": "closed"} | changes)

    step = gate("pull_request", event)

    assert (step.status, step.outputs["verdict"], step.outputs["report"]) == (0, "skipped", "")
    assert f"#7 is {word}" in step.summary
    assert step.commands == [("notice", f"#7 is {word}: there is nothing to hold back")]


def test_gate_reads_the_trailers_of_commits_newest_first(
    gate: RunStep, github: FakeGitHub, event: Json
) -> None:
    github.add_pull(body="", commits=2)
    plan = "Problem: forty accountants retype thirty rows\nOutcome: nobody retypes a row again\n"
    measure = "Metric: retyped rows\nBaseline: 30\nTarget: 0\nEvaluate-By: +30d\nAudience: people\n"
    github.commits[7] = [
        github.commit(f"Old\n\n{plan}{measure}", "1" * 40),
        github.commit("New\n\nAudience: auditors\nOutcome: nobody retypes any row\n", "2" * 40),
    ]

    step = gate("pull_request", event)

    assert step.outputs["verdict"] == "ok"
    document = step.report["changes"][0]["document"]  # type: ignore[index]
    assert document["outcome"] == "nobody retypes any row"


def test_gate_says_when_github_lists_not_all_commits(
    gate: RunStep, github: FakeGitHub, event: Json
) -> None:
    github.add_pull(commits=300)

    step = gate("pull_request", event)

    assert step.status == 0
    assert "the messages of 250 were read" in step.commands[0][1]
    assert sum("/commits" in path for path in github.paths()) == 3


def test_gate_lets_no_path_exempt_what_it_did_not_see(
    gate: RunStep, github: FakeGitHub, event: Json
) -> None:
    github.write(".whygate.yml", "version: 1\nexempt: {paths: ['vendor/**']}\n")
    github.add_pull(body="", changed_files=3001)
    github.files[7] = [github.file(f"vendor/{n}") for n in range(3000)]

    step = gate("pull_request", event)

    assert step.outputs["verdict"] == "failed"
    assert any("more files than GitHub lists" in data for _, data in step.commands)


def test_gate_counts_where_a_renamed_file_came_from(
    gate: RunStep, github: FakeGitHub, event: Json
) -> None:
    github.write(".whygate.yml", "version: 1\nexempt: {paths: ['vendor/**']}\n")
    github.add_pull(body="")
    github.files[7] = [github.file("vendor/a.py", previous_filename="src/a.py")]

    step = gate("pull_request", event)

    assert step.outputs["verdict"] == "failed"


def test_gate_only_warns_with_fail_on_never(gate: RunStep, github: FakeGitHub, event: Json) -> None:
    github.add_pull(body="")

    step = gate("pull_request", event, WHYGATE_FAIL_ON="never")

    assert (step.status, step.outputs["verdict"]) == (0, "failed")
    assert {name for name, _ in step.commands} == {"warning"}


def test_gate_judges_by_the_preset_of_the_workflow(
    gate: RunStep, github: FakeGitHub, event: Json
) -> None:
    github.add_pull(body="")

    step = gate("pull_request", event, WHYGATE_PRESET="adopt")

    assert (step.status, step.outputs["verdict"], step.outputs["errors"]) == (0, "ok", "0")


@pytest.mark.parametrize(
    ("name", "value"),
    [("WHYGATE_PRESET", "lax"), ("WHYGATE_FAIL_ON", "warning"), ("WHYGATE_COMMENT", "yes")],
)
def test_gate_refuses_an_input_it_does_not_know(
    gate: RunStep, event: Json, name: str, value: str
) -> None:
    step = gate("pull_request", event, **{name: value})

    assert (step.status, step.outputs["verdict"]) == (2, "undecided")
    assert f"not `{value}`" in step.commands[0][1]


# The configuration of the base branch


def test_gate_judges_by_the_tip_of_the_base_branch_and_names_it(
    gate: RunStep, github: FakeGitHub, event: Json
) -> None:
    github.write(".whygate.yml", "version: 1\npreset: adopt\n")
    tip = "f" * 40
    github.trees[tip] = {".whygate.yml": ("100644", b"version: 1\npreset: strict\n")}
    github.branches["main"] = tip
    github.add_pull(body="")

    step = gate("pull_request", event)

    assert (step.status, step.outputs["verdict"]) == (1, "failed")
    assert f"by .whygate.yml of the base commit {tip[:12]}" in step.summary
    assert step.report["base"] == tip


def test_gate_cannot_decide_without_the_tip_of_the_base_branch(
    gate: RunStep, github: FakeGitHub, event: Json
) -> None:
    github.branches.clear()

    step = gate("pull_request", event)

    assert (step.status, step.outputs["verdict"]) == (3, "undecided")


@pytest.mark.parametrize("what", ["commits", "files"])
def test_gate_cannot_decide_by_a_part_of_what_github_lists(
    gate: RunStep, github: FakeGitHub, event: Json, what: str
) -> None:
    github.add_pull(commits=3, changed_files=3)
    getattr(github, what)[7].pop()

    step = gate("pull_request", event)

    assert (step.status, step.outputs["verdict"]) == (3, "undecided")
    assert f"GitHub listed 2 of the 3 {what} of #7" in step.commands[0][1]


def test_gate_reads_the_configuration_of_the_base_commit(
    gate: RunStep, github: FakeGitHub, event: Json
) -> None:
    github.write(".whygate.yml", "version: 1\npreset: adopt\n")
    github.add_pull(body="")

    step = gate("pull_request", event)

    assert step.outputs["verdict"] == "ok"
    assert "by .whygate.yml of the base commit bbbbbbbbbbbb" in step.summary


def test_gate_says_that_the_base_commit_configures_nothing(gate: RunStep, event: Json) -> None:
    step = gate("pull_request", event)

    assert "preset standard, as the base commit bbbbbbbbbbbb configures none" in step.summary


@pytest.mark.parametrize(
    ("path", "config"),
    [
        (".whygate.yml", ""),
        (".github/PULL_REQUEST_TEMPLATE.md", ""),
        ("why/schema.json", "schema: why/schema.json\n"),
        (".whygate/bets/cart.yml", ""),
        ("docs/why.md", "template: docs/why.md\n"),
    ],
)
def test_gate_tells_that_a_change_of_the_policy_does_not_count_yet(
    gate: RunStep, github: FakeGitHub, event: Json, path: str, config: str
) -> None:
    if config:
        github.write(".whygate.yml", f"version: 1\n{config}")
        github.write(path, SCHEMA if path.endswith("json") else "## Why\n")
    github.files[7] = [github.file(path)]

    step = gate("pull_request", event)

    assert any(f"#7 changes {path}: it is judged by" in data for _, data in step.commands)


@pytest.mark.parametrize(
    ("path", "text", "said"),
    [
        (".whygate.yml", "version: 1\npreset: adopt\n", "are well formed: ok, 0 errors"),
        (".whygate.yml", "version: 1\npreset: strict\n", "are well formed: failed, "),
        (".whygate.yml", "version: 1\npresett: x\n", ".whygate.yml has 1 mistake; line 2: "),
        (".whygate.yml", "a: [", "cannot be used: .whygate.yml has "),
        (".whygate.yml", "version: 1\nschema: no.json\n", "there is no schema `no.json`"),
        (".whygate/bets/cart.yml", "- a list", "cannot be used: .whygate/bets/cart.yml has 1 "),
        (".whygate/bets/cart.yml", "version: 1\nproblem: x\n", "are well formed: failed, "),
        (".whygate/metrics.yml", "version: 1\nmetrics: 3\n", "used: .whygate/metrics.yml has "),
        (".whygate/metrics.yml", CATALOGUE, "are well formed: failed, "),
        ("why/schema.json", "{", "cannot be used: why/schema.json"),
        ("why/schema.json", '{"type": 3}', "cannot be used: "),
        ("why/schema.json", SCHEMA, "are well formed: failed, "),
    ],
    ids=[
        *("looser", "stricter", "wrong", "no YAML", "no schema", "bet", "good bet"),
        *("catalogue", "good catalogue", "no JSON", "schema", "good schema"),
    ],
)
def test_gate_tells_what_the_rules_of_a_request_would_say(
    gate: RunStep, github: FakeGitHub, event: Json, path: str, text: str, said: str
) -> None:
    github.add_pull(body=BAD_BODY)
    files = {path: ("100644", text.encode())}
    if path.endswith("schema.json"):
        github.write(".whygate.yml", "version: 1\nschema: why/schema.json\n")
        github.write(path, SCHEMA)
        files[".whygate.yml"] = ("100644", b"version: 1\nschema: why/schema.json\n")
    github.trees[github.head_sha] = files
    github.files[7] = [github.file(path)]

    step = gate("pull_request", event)

    assert (step.status, step.outputs["verdict"]) == (1, "failed")
    assert any(said in data for _, data in step.commands), step.commands


@pytest.mark.parametrize(
    ("base", "patch", "told"),
    [
        ("[tool.whygate]\nversion = 1\n", "@@", True),
        ("[project]\nname = 'x'\n", "+[tool.whygate]", True),
        ("[project]\nname = 'x'\n", "+version = 2", False),
    ],
    ids=["configured there", "adopted there", "unrelated"],
)
def test_gate_tells_of_pyproject_only_when_it_is_about_us(
    gate: RunStep, github: FakeGitHub, event: Json, base: str, patch: str, told: bool
) -> None:
    github.write("pyproject.toml", base)
    github.files[7] = [github.file("pyproject.toml", patch=patch)]

    step = gate("pull_request", event)

    assert any("changes pyproject.toml" in data for _, data in step.commands) is told


def test_gate_knows_the_template_of_the_base_commit(
    gate: RunStep, github: FakeGitHub, event: Json
) -> None:
    github.write(".github/pull_request_template.md", "## Problem\nTell us what hurts and whom.\n")
    github.add_pull(body="## Problem\nTell us what hurts and whom.\n")

    step = gate("pull_request", event)

    assert any("WG113" in finding for finding in [step.summary])


def test_gate_reads_bets_and_schema_of_the_base_commit(
    gate: RunStep, github: FakeGitHub, event: Json
) -> None:
    github.write(".whygate/bets/cart-sync.yml", "version: 1\nproblem: the cart is lost at night\n")
    github.add_pull(body="Part of: cart-sync\n\n**Bet:** cart-sync\n")

    step = gate("pull_request", event)

    assert "bets/cart-sync.yml:2 (bet)" in step.summary


@pytest.mark.parametrize("mode", ["120000", "160000"], ids=["link", "submodule"])
def test_gate_refuses_a_configuration_that_is_no_plain_file(
    gate: RunStep, github: FakeGitHub, event: Json, mode: str
) -> None:
    github.write(".whygate.yml", "/etc/passwd", mode=mode)

    step = gate("pull_request", event)

    assert (step.status, step.outputs["verdict"]) == (
        (2, "undecided") if mode[1] == "2" else (0, "ok")
    )


def test_gate_reports_every_mistake_of_the_configuration(
    gate: RunStep, github: FakeGitHub, event: Json
) -> None:
    github.write(".whygate.yml", "version: 1\npresett: adopt\ndrafts: maybe\n")

    step = gate("pull_request", event)

    assert (step.status, step.outputs["verdict"]) == (2, "undecided")
    assert "2: " in step.commands[0][1]
    assert "3: " in step.commands[0][1]


def test_gate_reads_a_checkout_that_holds_the_base_commit(
    gate: RunStep, github: FakeGitHub, make_repo: MakeRepo
) -> None:
    repo = make_repo()
    base = repo.commit("Begin\n", {".whygate.yml": "version: 1\npreset: adopt\n"})
    repo.commit("Loosen\n", {".whygate.yml": "version: 1\npreset: strict\n"})
    github.add_pull(body="")
    github.branches["main"] = base

    step = gate("pull_request", github.event(), GITHUB_WORKSPACE=str(repo.path))

    assert step.outputs["verdict"] == "ok"
    assert not any("git/trees" in path for path in github.paths())


def test_gate_prefers_the_api_to_a_checkout_without_the_base_commit(
    gate: RunStep, github: FakeGitHub, event: Json, make_repo: MakeRepo
) -> None:
    repo = make_repo()
    repo.commit("Begin\n", {".whygate.yml": "version: 1\npreset: strict\n"})
    github.write(".whygate.yml", "version: 1\npreset: adopt\n")
    github.add_pull(body="")

    step = gate("pull_request", event, GITHUB_WORKSPACE=str(repo.path))

    assert step.outputs["verdict"] == "ok"


def test_gate_reads_no_configuration_of_the_head(
    gate: RunStep, github: FakeGitHub, event: Json, machine: Machine
) -> None:
    (machine.directory / "workspace/.whygate.yml").write_text("version: 1\npreset: adopt\n")
    github.add_pull(body="")

    step = gate("pull_request", event)

    assert step.outputs["verdict"] == "failed"


# Without a token


def test_gate_falls_back_to_the_event_without_a_token_and_says_so(
    gate: RunStep, github: FakeGitHub, make_repo: MakeRepo
) -> None:
    repo = make_repo()
    repo.git("update-ref", "refs/remotes/origin/main", repo.commit("Begin\n"))

    variables = {"WHYGATE_TOKEN": "", "GITHUB_WORKSPACE": str(repo.path)}
    step = gate("pull_request", github.event(), **variables)

    assert (step.status, step.outputs["verdict"], github.asked) == (0, "ok", [])
    assert "there is no token" in step.commands[0][1]


def test_gate_cannot_decide_without_a_token_and_a_checkout(gate: RunStep, event: Json) -> None:
    step = gate("pull_request", event, WHYGATE_TOKEN="")

    assert (step.status, step.outputs["verdict"]) == (3, "undecided")
    assert "which commit is the tip of the base branch `main`" in step.commands[0][1]
    assert "fetch-depth: 0" in step.commands[0][1]
