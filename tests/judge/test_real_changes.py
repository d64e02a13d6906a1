"""What reading verdicts on public histories taught, each case in our own words."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.judge.conftest import Judge

    from whygate.model import Verdict

PROBLEM = "## Problem\nExports stop at row 100, so accountants retype the rest by hand.\n"


def rules(verdict: Verdict) -> dict[str, str]:
    return {finding.rule: str(finding.severity) for finding in verdict.findings}


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("- Support listing the rows of a client by the exact\nvalue.\n", id="stop"),
        pytest.param("- Reject an export that holds the (default\nvalue).\n", id="bracket"),
        pytest.param("1. It panics with an `Err`\nvalue:\nNoRows\n", id="colon"),
        pytest.param("- The rows carry the new tag in\nmetrics.\n", id="measurement"),
        pytest.param("- For the new\n[rollout](https://x.example/rollout)\n", id="link"),
    ],
)
def test_last_word_of_a_wrapped_item_is_no_label(judge: Judge, text: str) -> None:
    context = judge(f"feat: export\n\n{PROBLEM}\n## What changed?\n{text}", message=True).context

    assert set(context.fields) == {"problem"}
    assert context.items == {}


def test_capital_label_below_an_item_is_one(judge: Judge) -> None:
    context = judge("- add the export (#12)\nBecause\n\nRows are retyped by hand.\n").context

    assert context.fields["problem"].text == "Rows are retyped by hand."


@pytest.mark.parametrize("label", ["Fixes", "fixes", "Related issue", "**Fixes**"])
def test_reference_under_a_heading_stands_in_it(judge: Judge, label: str) -> None:
    verdict = judge(f"## Problem\n{label}: #4287\n\n## Outcome\nThey retype nothing any more.\n")

    assert rules(verdict).get("WG116") == "warning"
    assert "WG111" not in rules(verdict)
    assert [entry.text for entry in verdict.context.lists["links"]] == ["#4287"]


def test_prose_below_a_reference_is_kept(judge: Judge) -> None:
    text = "## Problem\n\nFixes: #4287\n\nTwo paths of one name were mixed up in the lock file.\n"
    problem = judge(text).context.fields["problem"]

    assert problem.text.endswith("Two paths of one name were mixed up in the lock file.")


@pytest.mark.parametrize("heading", ["Solution", "Testing", "Changelog", "Migration Guide"])
def test_deeper_heading_of_another_topic_ends_the_problem(judge: Judge, heading: str) -> None:
    verdict = judge(f"# Objective\n\nFixes #24607\n\n## {heading}\n\nIt is a map of rows now.\n")

    assert verdict.context.fields["problem"].text == "Fixes #24607"
    assert "WG116" in rules(verdict)


def test_deeper_heading_of_its_own_belongs_to_the_problem(judge: Judge) -> None:
    verdict = judge("# Objective\n\nRows are lost.\n\n## How often\n\nNine times a week.\n")

    assert verdict.context.fields["problem"].text == "Rows are lost.\nNine times a week."


@pytest.mark.parametrize(("heading", "rule"), [("What type of PR is this?", False), ("Kind", True)])
def test_kind_in_the_words_of_a_template_is_no_mistake(
    judge: Judge, heading: str, *, rule: bool
) -> None:
    verdict = judge(f"## {heading}\n/kind improvement\n{PROBLEM}", "refactor: rename the parts")

    assert ("WG309" in rules(verdict)) is rule
    assert verdict.kind.name == "refactor"


@pytest.mark.parametrize(
    ("title", "kind"),
    [
        ("[#422] feat(export): write every row", "feature"),
        ("[MINOR] fix: keep the order", "fix"),
        ("[SHOP-12] [core] perf(x)!: look once", "perf"),
        ("[docs] how to export", "docs"),
        ("[#880](tests): compile without git", "unknown"),
        ("[a:b] chore(deps): bump x", "deps"),
    ],
)
def test_type_behind_brackets_is_the_kind(judge: Judge, title: str, kind: str) -> None:
    assert judge(PROBLEM, title).kind.name == kind


@pytest.mark.parametrize(
    ("text", "rule", "severity"),
    [
        pytest.param("N/A\nFix: #4964", "WG112", "error", id="stand-in beside a reference"),
        pytest.param("It's a bug\nFix: #10338", "WG114", "warning", id="three words"),
        pytest.param("Flaky. Follow up to #6621.", "WG114", "error", id="one word"),
        pytest.param("Follow up to #12 and #34", "WG116", "warning", id="follow-up"),
        pytest.param("This is a continuation of #12", "WG116", "warning", id="continuation"),
        pytest.param("**Before:**\n```\nx\n```\n**After:**\n```\ny\n```", "WG114", "warning",
                     id="code with two words"),
    ],
)  # fmt: skip
def test_reference_adds_no_words(judge: Judge, text: str, rule: str, severity: str) -> None:
    assert rules(judge(f"## Problem\n{text}\n")).get(rule) == severity


def test_title_repeated_beside_a_reference_is_repeated(judge: Judge) -> None:
    verdict = judge("## Problem\nCloses #8516.\nWait one second for the export.\n",
                    "[MINOR] fix(export): wait one second for the export")  # fmt: skip

    assert "WG115" in rules(verdict)


@pytest.mark.parametrize(
    "heading",
    [
        "Why are these changes needed?",
        "What does this PR try to solve?",
        "Objectives",
        "Objective / Solution",
        "Problem description",
        "Problem/Motivation",
    ],
)
def test_common_wording_of_the_problem_is_read(judge: Judge, heading: str) -> None:
    verdict = judge(PROBLEM.replace("Problem", heading))

    assert rules(verdict).keys().isdisjoint({"WG101", "WG301"})


def test_fence_that_takes_only_code_with_it_is_no_finding(judge: Judge) -> None:
    assert "WG304" not in rules(judge(f"{PROBLEM}\n## Links\n```bash\n# all of them\nmake test\n"))


def test_number_of_a_command_is_no_target(judge: Judge) -> None:
    text = "## Measurement\nSet the nice level with `renice -n -5 -p 12` and ran the benchmark.\n"

    assert "measurement.target" not in judge(text).context.items["measurement"][0].parts


def test_list_of_new_counters_is_no_measurement(judge: Judge) -> None:
    verdict = judge(f"{PROBLEM}\n## Metrics\n- `active_threads`\n- `queue_size`: rows waiting\n")
    missing = next(f for f in verdict.findings if f.rule == "WG103")

    assert missing.message.endswith("(`Metrics` exists: rename it to Measurement if it says so, "
                                    "or add Measurement)")  # fmt: skip


def test_plan_under_metrics_is_a_measurement(judge: Judge) -> None:
    plan = "## Metrics\n- Metric: lost rows, weekly\n- Baseline: 9 rows\n- Target: 1 row\n"

    assert judge(plan).context.items["measurement"][0].parts["measurement.target"].text == "1 row"


def test_word_in_folded_code_is_no_hidden_heading(judge: Judge) -> None:
    text = f"{PROBLEM}\n<details>\n<summary>Example</summary>\n\nvalue: 12\n\n</details>\n"

    assert "WG303" not in rules(judge(text))


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ("This reverts commit 4f1c2d3e5a6b.", True),
        ("Reverts shop/export#12", True),
        ("This reverts commit 4f1c2d3e5a6b.\n\nExports ran out of memory.", False),
        ("Reverts shop/export#12\n\n## Why?\nExports ran out of memory.", False),
    ],
)
@pytest.mark.parametrize("is_message", [True, False])
def test_revert_is_asked_for_its_reason(
    judge: Judge, body: str, *, found: bool, is_message: bool
) -> None:
    title = 'Revert "feat(export): write every row"'
    text = f"{title}\n\n{body}\n" if is_message else f"{body}\n"

    assert rules(judge(text, title, message=is_message)) == ({"WG503": "warning"} if found else {})


def test_answer_that_is_an_image_is_none(judge: Judge) -> None:
    verdict = judge("## Problem\n<img width='40' src='https://x.example/a.png'>\n")

    assert rules(verdict)["WG117"] == "error"
    assert rules(verdict).keys().isdisjoint({"WG101", "WG111", "WG116"})


def test_part_of_a_link_stands_in_the_problem(judge: Judge) -> None:
    text = "## Problem\nPart of\n<https://x.example/i/7>\n\nTables cannot be given in one line.\n"
    context = judge(text).context

    assert context.fields["problem"].text.endswith("Tables cannot be given in one line.")
    assert "bet" not in context.fields


def test_bold_label_of_another_topic_ends_the_problem(judge: Judge) -> None:
    text = "**Why?**\nRows are lost.\n<!-- How? -->\n**How did you test it?**\nN/A\n"

    assert judge(text).context.fields["problem"].text == "Rows are lost."


def test_benchmark_below_testing_is_no_plan(judge: Judge) -> None:
    table = "| Metric | Before | After |\n| --- | --- | --- |\n| p99 | 17 ms | 7 ms |\n"

    assert judge(f"{PROBLEM}\n## Testing\n{table}").context.items == {}


def test_kind_in_the_words_of_a_label_is_known(judge: Judge) -> None:
    verdict = judge(f"## What type of PR is this?\n/kind documentation\n\n{PROBLEM}", "Fix typo")

    assert verdict.kind.name == "docs"


def test_stand_in_is_shown_on_one_line(judge: Judge) -> None:
    finding = next(f for f in judge("## Problem\nN/A\n\nFix: #4\n").findings if f.rule == "WG112")

    assert finding.message == "Problem says only `N/A Fix: #4`"
