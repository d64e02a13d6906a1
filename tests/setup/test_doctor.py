"""Advice on a set-up: the right one is left alone, and every hole in it is named with a cure."""

from __future__ import annotations

import re
from datetime import date
from functools import cache
from pathlib import Path

import pytest
from msgspec.structs import replace

from whygate.policy.config import CommitScope, Config, Drafts, PartialConfig, Preset
from whygate.policy.policy import Policy
from whygate.policy.presets import resolve_config
from whygate.schema.document import bundled_schema, load_user_schema
from whygate.schema.files import read_presets
from whygate.setup.advice import Advice, SourceFile
from whygate.setup.doctor import Facts, diagnose, list_topics
from whygate.setup.hooks import Hooks
from whygate.text.template import template_lines

TODAY = date(2026, 12, 1)
PATH = ".github/workflows/whygate.yml"
DOCS = Path(__file__).parents[2] / "docs"
HASH = "0" * 40
WORKFLOW = f"""\
name: whygate
on:
  pull_request:
    types: [opened, edited, synchronize, reopened, ready_for_review, labeled, unlabeled]
  merge_group:
permissions: {{}}
jobs:
  product-context:
    name: product-context
    runs-on: ubuntu-24.04
    permissions:
      contents: read
      pull-requests: read
    steps:
      - uses: whygate/whygate@{HASH} # v1.0.0
"""
TEMPLATE = """\
## Problem
<!-- what is wrong, and for whom -->
## Who it helps
## Outcome
## Measurement
- Metric:
- Baseline:
- Target:
- Evaluate by:
"""
OURS = Hooks(script="#!/bin/sh\n", is_ours=True)
PRE_COMMIT = """\
repos:
  - repo: https://example.org/whygate
    rev: v1
    hooks:
      - id: whygate
"""
TYPES_HEADING = "default_install_hook_types: [pre-commit, commit-msg]\n"


@cache
def config_of(preset: Preset = Preset.STANDARD) -> Config:
    return resolve_config(read_presets(), None, PartialConfig(preset=preset))


def facts_of(
    workflow: str | None = WORKFLOW,
    template: str | None = TEMPLATE,
    config: Config | None = None,
    *,
    hooks: Hooks | None = OURS,
    messages: tuple[str, ...] = (),
    is_action: bool = False,
) -> Facts:
    lines = template_lines(template or "")
    return Facts(
        policy=Policy(config=config or config_of(), schema=bundled_schema(), template=lines),
        today=TODAY,
        workflows=() if workflow is None else (SourceFile(PATH, workflow),),
        templates=() if template is None else (SourceFile("docs/t.md", template),),
        hooks=hooks,
        messages=messages,
        is_action=is_action,
    )


def only(facts: Facts) -> Advice:
    found = diagnose(facts)
    assert len(found) == 1, found
    return found[0]


def test_schema_that_lacks_what_is_needed_is_named() -> None:
    lone = '{"properties": {"problem": {"type": "string"}, "outcome": {"type": "string"}}}'
    facts = facts_of(template=None)
    policy = replace(facts.policy, schema=load_user_schema(lone, "team.json"))
    found = [a for a in diagnose(replace(facts, policy=policy)) if a.topic == "schema"]

    assert [(a.path, a.is_broken) for a in found] == [("team.json", False)]
    assert "nobody is asked for `audience`, `measurement`, `measurement.metric`" in found[0].message
    assert "`problem`" not in found[0].message


def test_right_set_up_is_left_alone() -> None:
    assert diagnose(facts_of()) == ()


# --- workflows -------------------------------------------------------------------------------


def recipes() -> list[str]:
    text = (DOCS / "action.md").read_text(encoding="utf-8")
    return re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)


@pytest.mark.parametrize("comment", [False, True], ids=["as it is", "with a comment"])
def test_recipe_of_the_documentation_is_left_alone(*, comment: bool) -> None:
    recipe = recipes()[0]
    if comment:
        recipe = recipe.replace("pull-requests: read", "pull-requests: write")
        recipe += "        with:\n          comment: true\n"
    assert diagnose(facts_of(recipe)) == ()


def test_audit_of_the_documentation_judges_no_pull_request() -> None:
    assert only(facts_of(recipes()[1])).message == "no workflow judges pull requests"


TYPES = "    types: [opened, edited, synchronize, reopened, ready_for_review, labeled, unlabeled]\n"
USES = f"      - uses: whygate/whygate@{HASH} # v1.0.0\n"
NAME = "    name: product-context\n"
READS = "    permissions:\n      contents: read\n      pull-requests: read\n"
HEAD_CHECKOUT = f"""\
      - uses: actions/checkout@{HASH}
        with:
          ref: ${{{{ github.event.pull_request.head.sha }}}}
"""
FETCH = "      - run: git fetch origin refs/pull/1/head\n"
# what stands in the right workflow, what in its place, the line, broken?, words of the message
HOLES = [
    pytest.param(TYPES, "", 3, True, "`edited`", id="types-default"),
    pytest.param("edited, ", "", 4, True, "not start on `edited`", id="edited"),
    pytest.param("synchronize, ", "", 4, True, "`synchronize`", id="synchronize"),
    pytest.param(", labeled", "", 4, False, "start on `labeled`", id="labeled"),
    pytest.param("[opened, edited, synchronize", "[edited", 4, True, "`opened`", id="two"),
    pytest.param(TYPES, "    types: edited\n", 4, True, "`opened`", id="types-scalar"),
    pytest.param("  merge_group:\n", "", 3, False, "merge queue", id="merge-group"),
    pytest.param(TYPES, TYPES + "    paths: [src]\n", 5, True, "`paths`", id="paths"),
    pytest.param(TYPES, TYPES + "    paths-ignore: [x]\n", 5, True, "`paths-ignore`", id="ignore"),
    pytest.param(
        TYPES, TYPES + "    branches-ignore: [x]\n", 5, True, "`branches-ignore`", id="branches"
    ),
    pytest.param(NAME, NAME + "    if: github.actor != 'x'\n", 10, True, "skipped", id="job-if"),
    pytest.param(NAME, NAME + "    needs: [build]\n", 10, True, "`needs:`", id="needs"),
    pytest.param(USES, USES + "        if: success()\n", 16, True, "on the step", id="step-if"),
    pytest.param(
        NAME, NAME + "    continue-on-error: true\n", 10, True, "every pull", id="job-continues"
    ),
    pytest.param(
        USES, USES + "        continue-on-error: true\n", 16, True, "every pull", id="continues"
    ),
    pytest.param(
        NAME, NAME + "    strategy:\n      matrix: { a: [1] }\n", 11, True, "matrix", id="matrix"
    ),
    pytest.param(NAME, "    name: check ${{ 1 }}\n", 9, True, "from run to run", id="name-changes"),
    pytest.param(NAME, "    name: context\n", 9, False, "called `context`", id="other-name"),
    pytest.param(
        "  product-context:\n" + NAME, "  gate:\n", 8, False, "called `gate`", id="no-name"
    ),
    pytest.param("      pull-requests: read\n", "", 11, True, "`pull-requests`", id="no-pr"),
    pytest.param("      contents: read\n", "", 11, True, "`contents`", id="no-contents"),
    pytest.param("contents: read", "contents: write", 11, False, "may write", id="writes"),
    pytest.param(READS, "    permissions: write-all\n", 11, False, "everything", id="writes-all"),
    pytest.param("permissions: {}", "permissions: write-all", 6, False, "other job", id="top"),
    pytest.param("requests: read", "requests: write", 11, False, "may write", id="pr-write"),
    pytest.param(
        USES, USES + "        with: { comment: true }\n", 11, False, "`comment: true`", id="comment"
    ),
    pytest.param(f"@{HASH}", "@v1", 15, False, "full hash", id="unpinned"),
    pytest.param(
        "  pull_request:",
        "  workflow_call:\n  pull_request:",
        3,
        False,
        "reusable",
        id="reusable",
    ),
]


@pytest.mark.parametrize(("right", "wrong", "line", "is_broken", "words"), HOLES)
def test_hole_in_a_workflow_is_named(
    right: str, wrong: str, line: int, is_broken: bool, words: str
) -> None:
    assert right in WORKFLOW

    found = only(facts_of(WORKFLOW.replace(right, wrong, 1)))

    assert (found.path, found.line, found.is_broken) == (PATH, line, is_broken)
    assert words in found.message
    assert found.cure


FINE = [
    pytest.param(NAME, NAME + "    needs: x\n    if: ${{ always() }}\n", id="always"),
    pytest.param(USES, USES + "        continue-on-error: false\n", id="stops"),
    pytest.param(READS, "    permissions: read-all\n", id="read-all"),
    pytest.param("permissions: {}\n", "", id="job-permissions-only"),
    pytest.param(READS, "", id="token-of-its-own"),
    pytest.param(USES, USES + "      - uses: docker://alpine:3\n      - uses: ./x\n", id="local"),
    pytest.param(TYPES, TYPES + "    branches: [main]\n", id="branches"),
    pytest.param("whygate/whygate@", "somebody/WhyGate@", id="fork"),
    pytest.param("jobs:\n", "jobs:\n  odd: 1\n  empty: { steps: [1, {}] }\n", id="odd-jobs"),
]


@pytest.mark.parametrize(("right", "other"), FINE)
def test_harmless_variant_is_left_alone(right: str, other: str) -> None:
    text = WORKFLOW.replace(right, other, 1)
    if right == READS and not other:
        text += "        with: { token: x }\n"

    assert diagnose(facts_of(text)) == ()


@pytest.mark.parametrize(
    ("on", "cure"),
    [
        ("on: pull_request\n", ["on:", "  pull_request:", "  merge_group:"]),
        ("on: [push, pull_request]\n", ["on:", "  push:", "  pull_request:", "  merge_group:"]),
    ],
    ids=["string", "list"],
)
def test_cure_of_a_short_on_is_the_whole_of_it(on: str, cure: list[str]) -> None:
    text = on + WORKFLOW.partition("  merge_group:\n")[2]

    types, queue = diagnose(facts_of(text))

    assert [types.is_broken, queue.is_broken] == [True, False]
    assert [line for line in types.cure.split("\n") if "types" not in line] == cure
    healed = text.replace(on, types.cure + "\n")
    assert diagnose(facts_of(healed)) == ()


@pytest.mark.parametrize(
    ("event", "step", "count"),
    [
        ("pull_request_target", HEAD_CHECKOUT, 1),
        ("pull_request_target", FETCH, 1),
        ("pull_request_target", f"      - uses: actions/checkout@{HASH}\n", 0),
        ("pull_request", HEAD_CHECKOUT, 0),
    ],
    ids=["checkout", "fetch", "base", "no-rights"],
)
def test_head_of_a_stranger_is_not_checked_out(event: str, step: str, count: int) -> None:
    text = WORKFLOW.replace("pull_request:", f"{event}:").replace(USES, step + USES)

    found = diagnose(facts_of(text))

    assert [one.is_broken for one in found] == [True] * count
    assert all("stranger" in one.message and one.line == 15 for one in found)


@pytest.mark.parametrize(
    ("change", "missing"),
    [
        ({"drafts": Drafts.SKIP}, "ready_for_review, "),
        ({"exempt_labels": ("trivial",)}, ", unlabeled"),
    ],
    ids=["drafts", "labels"],
)
def test_type_that_the_configuration_needs_is_an_error(
    change: dict[str, object], missing: str
) -> None:
    config = replace(config_of(), **change)
    text = WORKFLOW.replace(missing, "")

    assert only(facts_of(text)).is_broken is False
    assert only(facts_of(text, config=config)).is_broken is True


def test_default_permissions_are_a_hint() -> None:
    text = WORKFLOW.replace(READS, "").replace("permissions: {}\n", "")

    found = only(facts_of(text))

    assert (found.is_broken, found.line) == (False, 7)
    assert found.cure == "permissions: { contents: read, pull-requests: read }"


@pytest.mark.parametrize(
    ("run", "is_gate"),
    [
        ("whygate check --description body.md", True),
        ("uvx whygate@1.0 ci", True),
        ("pip install whygate && python -m whygate check x", True),
        ("|\n          # whygate check\n          pip install whygate", False),
        ("whygate rules", False),
        ("notwhygate check", False),
    ],
    ids=["check", "ci", "module", "comment", "rules", "other"],
)
def test_command_of_a_script_judges(run: str, is_gate: bool) -> None:
    text = WORKFLOW.replace(USES, f"      - run: {run}\n")

    found = [one.message for one in diagnose(facts_of(text))]

    assert found == ([] if is_gate else ["no workflow judges pull requests"])


def test_range_of_commits_needs_the_history_and_no_edits() -> None:
    script = "      - run: |\n          whygate check \\\n            --range a..b\n"
    checkout = f"      - uses: actions/checkout@{HASH}\n"
    text = WORKFLOW.replace(USES, checkout + script).replace(TYPES, "")

    found = only(facts_of(text))

    assert (found.is_broken, found.line) == (False, 14)
    assert found.cure == "with: { fetch-depth: 0 }"
    deep = text.replace(checkout, checkout + "        with: { fetch-depth: 0 }\n")
    assert diagnose(facts_of(deep)) == ()
    narrow = deep.replace("  pull_request:\n", "  pull_request:\n    types: [opened]\n")
    assert only(facts_of(narrow)).cure == "types: [opened, synchronize, reopened]"


def test_audit_on_a_shallow_checkout_is_a_hint() -> None:
    text = f"on: push\njobs:\n  a:\n    steps:\n      - uses: actions/checkout@{HASH}\n"
    text += "      - run: whygate audit --since 2026-01-01\n"

    found = diagnose(facts_of(text))

    assert [one.line for one in found] == [5, 0]
    assert "one commit only" in found[0].message


def test_action_at_the_top_counts_only_when_it_is_whygate() -> None:
    text = WORKFLOW.replace(f"whygate/whygate@{HASH}", "./")

    assert diagnose(facts_of(text, is_action=True)) == ()
    assert only(facts_of(text)).message == "no workflow judges pull requests"


@pytest.mark.parametrize(
    ("text", "is_broken", "words"),
    [
        ("on: [push\n# whygate", True, "GitHub cannot read this"),
        ("on: [push\n", False, "GitHub cannot read this"),
        ("a: &a 1\nb: *a\n# whygate", False, "could not be looked at"),
        (WORKFLOW + "permissions: {}\n", True, "stands twice"),
    ],
    ids=["ours", "another", "anchor", "twice"],
)
def test_workflow_that_is_no_plain_yaml_is_advice(text: str, is_broken: bool, words: str) -> None:
    found = diagnose(facts_of(text))[0]

    assert (found.path, found.is_broken) == (PATH, is_broken)
    assert words in found.message


@pytest.mark.parametrize("text", ["", "- a", "on: {}\njobs: []", "x"])
def test_workflow_of_another_shape_is_passed_over(text: str) -> None:
    assert only(facts_of(text)).message == "no workflow judges pull requests"


# --- hooks -----------------------------------------------------------------------------------


def managed(path: str, text: str, script: str = "", *, husky: bool = False) -> Hooks:
    return Hooks(script=script, is_husky=husky, configs=(SourceFile(path, text),))


LEFTHOOK = "commit-msg:\n  jobs:\n    - run: whygate hook commit-msg {1}\n"
HUSKY = 'whygate hook commit-msg "$@"\n'


@pytest.mark.parametrize(
    ("hooks", "runner"),
    [
        (OURS, "whygate's own script"),
        (managed(".pre-commit-config.yaml", PRE_COMMIT, "exec pre-commit hook-impl"), "pre-commit"),
        (managed(".pre-commit-config.yaml", PRE_COMMIT, "exec prek hook-impl"), "pre-commit"),
        (managed("lefthook.yml", LEFTHOOK, "call lefthook run"), "lefthook"),
        (managed(".husky/commit-msg", HUSKY, '. "$0/h"', husky=True), "husky"),
        (Hooks(script=HUSKY), "a script of your own"),
    ],
    ids=["ours", "pre-commit", "prek", "lefthook", "husky", "own"],
)
def test_runner_of_the_hook_is_named(hooks: Hooks, runner: str) -> None:
    facts = facts_of(hooks=hooks)

    assert diagnose(facts) == ()
    assert f"hooks (commit-msg: {runner})" in list_topics(facts)


@pytest.mark.parametrize(
    ("hooks", "cure"),
    [
        (Hooks(), "whygate hook install"),
        (Hooks(script="exit 0\n# whygate hook commit-msg"), "whygate hook install"),
        (Hooks(script="x", is_ours=True, is_runnable=False), "chmod +x"),
        (managed(".pre-commit-config.yaml", PRE_COMMIT), "pre-commit install -t commit-msg"),
        (managed(".pre-commit-config.yaml", "a: ["), "- id: whygate"),
        (managed(".pre-commit-config.yaml", PRE_COMMIT + "a: *b\n"), "install -t commit-msg"),
        (managed("lefthook.yml", LEFTHOOK, "other"), "lefthook install"),
        (managed(".lefthook.toml", ""), "run: whygate hook commit-msg {1}"),
        (managed(".husky/commit-msg", HUSKY, HUSKY.replace("whygate", "x")), "npx husky"),
        (managed(".husky/commit-msg", "x", "x", husky=True), 'whygate hook commit-msg "$@"'),
    ],
    ids=[
        *("none", "comment", "not-executable", "types", "no-id", "anchors"),
        *("lefthook", "lefthook-empty", "husky", "husky-empty"),
    ],
)
def test_missing_hook_is_a_hint_with_the_command(hooks: Hooks, cure: str) -> None:
    found = only(facts_of(hooks=hooks))

    assert (found.topic, found.is_broken) == ("hook", False)
    assert cure in found.cure


def test_hook_configuration_of_mere_spaces_takes_no_time() -> None:
    hooks = managed(".pre-commit-config.yaml", " " * 250_000 + "x")

    assert only(facts_of(hooks=hooks)).topic == "hook"


def test_hook_types_of_pre_commit_leave_one_command() -> None:
    hooks = managed(".pre-commit-config.yaml", TYPES_HEADING + PRE_COMMIT)

    assert only(facts_of(hooks=hooks)).cure == "pre-commit install"


def test_hook_is_not_asked_for_where_commits_are_not_judged() -> None:
    config = replace(config_of(), commit_scope=CommitScope.OFF)

    assert diagnose(facts_of(config=config, hooks=Hooks())) == ()
    assert diagnose(facts_of(hooks=None)) == ()


# --- templates -------------------------------------------------------------------------------


def test_template_that_is_missing_is_written_out_and_then_right() -> None:
    found = only(facts_of(template=None))

    assert found.is_broken is False
    assert diagnose(facts_of(template=found.cure + "\n")) == ()


@pytest.mark.parametrize(
    ("template", "missing"),
    [
        (TEMPLATE.replace("## Outcome\n", ""), "Outcome"),
        (TEMPLATE.replace("- Target:\n", ""), "Target"),
        (TEMPLATE.partition("- Metric")[0], "Metric, Baseline, Target, Evaluate by"),
        ("Say what you did.\n", "Problem, Who it helps, Outcome, Measurement, Metric, Baseline"),
        ("## Testing\n- Metric:\n", "Problem"),
    ],
    ids=["outcome", "part", "parts", "nothing", "unknown-section"],
)
def test_template_that_forgets_a_field_is_cured_by_what_is_pasted(
    template: str, missing: str
) -> None:
    found = only(facts_of(template=template))

    assert (found.path, found.is_broken) == ("docs/t.md", False)
    assert missing in found.message
    assert only_if_any(facts_of(template=f"{template}\n{found.cure}\n")) == ""


def only_if_any(facts: Facts) -> str:
    return " ".join(one.message for one in diagnose(facts))


def test_prompt_in_a_comment_asks_for_the_parts() -> None:
    prompt = "<!-- metric, baseline, target, and a date to evaluate by -->\n"

    assert diagnose(facts_of(template=TEMPLATE.partition("- Metric")[0] + prompt)) == ()


def test_one_of_several_templates_is_enough() -> None:
    facts = facts_of()
    two = (SourceFile("a.md", "## Problem\n"), *facts.templates)

    assert diagnose(replace(facts, templates=two)) == ()
    assert "2 templates" in list_topics(replace(facts, templates=two))


def test_template_is_judged_where_the_policy_only_warns() -> None:
    assert diagnose(facts_of(config=config_of(Preset.ADOPT))) == ()


def test_template_that_passes_is_broken() -> None:
    # with no line set aside as the template's, its example is an answer
    example = """\
## Problem
exports stop at row 100, so 40 accountants retype the rest every month
## Who it helps
accountants at firms with more than ten clients
## Outcome
they close the month without retyping a single row
## Measurement
- Metric: retyped rows per accountant, monthly
- Baseline: 30
- Target: 0
- Evaluate by: 2027-02-15
"""
    facts = facts_of(template=example)
    loose = replace(facts, policy=replace(facts.policy, template=frozenset()))

    assert diagnose(facts) == ()
    assert only(loose).is_broken
    assert "left as it is" in only(loose).message


def test_template_that_skips_the_check_is_broken() -> None:
    config = config_of()
    kinds = {**config.kinds, "docs": replace(config.kinds["docs"], skip=True)}
    facts = facts_of(template=TEMPLATE + "## Kind\ndocs\n", config=replace(config, kinds=kinds))
    loose = replace(facts, policy=replace(facts.policy, template=frozenset()))

    assert only(loose).is_broken


def test_templates_are_left_alone_where_a_feature_needs_nothing() -> None:
    config = replace(config_of(), kinds={})

    assert diagnose(facts_of(template=None, config=config)) == ()


# --- bets and squashed commits ---------------------------------------------------------------


def test_bet_that_is_no_yaml_is_broken() -> None:
    facts = facts_of()
    bets = {"fast": (".whygate/bets/fast.yml", "a: [\n"), "fine": ("b.yml", "problem: x\n")}

    found = only(replace(facts, policy=replace(facts.policy, bets=bets)))

    assert (found.topic, found.path, found.is_broken) == ("bet", ".whygate/bets/fast.yml", True)


BARE = "feat: a title (#12)"
FULL = "feat: a title (#12)\n\nProblem: said here\n"
CREDITED = "feat: a title (#12)\n\nCo-authored-by: Ada <ada@example.org>\n"


@pytest.mark.parametrize(
    ("messages", "hints"),
    [
        ((BARE,) * 10, 1),
        ((CREDITED,) * 10, 1),
        ((BARE,) * 6 + (FULL,) * 4, 0),
        ((BARE,) * 7 + (FULL,) * 3, 1),
        (("feat: pushed",) * 10, 0),
        ((BARE,) * 4, 0),
    ],
    ids=["all", "credited", "sixty", "seventy", "no-number", "few"],
)
def test_squash_that_drops_descriptions_is_a_hint(messages: tuple[str, ...], hints: int) -> None:
    found = diagnose(facts_of(messages=messages))

    assert [one.topic for one in found] == ["squash"] * hints


def test_what_is_broken_comes_first() -> None:
    text = WORKFLOW.replace("edited, ", "")

    found = diagnose(facts_of(text, hooks=Hooks(), template=None))

    assert [one.is_broken for one in found] == [True, False, False]
    assert list_topics(facts_of()) == (
        "configuration",
        "1 workflow",
        "hooks (commit-msg: whygate's own script)",
        "template",
        "0 commits",
    )
