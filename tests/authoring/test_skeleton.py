"""The text to paste: it keeps what was found, fails unfilled, and passes once filled."""

from __future__ import annotations

import json
import re
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from whygate.authoring.skeleton import render_skeleton
from whygate.judge.check import check
from whygate.model import Change, Origin, Part, Severity, Status, Verdict
from whygate.policy.config import PartialConfig, Preset
from whygate.policy.policy import Policy
from whygate.policy.presets import resolve_config
from whygate.schema.document import bundled_schema, load_user_schema
from whygate.schema.files import read_presets

TODAY = date(2026, 12, 1)
POLICIES = {
    preset: Policy(
        config=resolve_config(read_presets(), None, PartialConfig(preset=preset)),
        schema=bundled_schema(),
    )
    for preset in (Preset.STANDARD, Preset.STRICT)
}
STANDARD = POLICIES[Preset.STANDARD]
ASKED = [
    pytest.param(policy, kind, id=f"{preset}-{kind}")
    for preset, policy in POLICIES.items()
    for kind in policy.config.kinds
    if policy.needs(kind)
]
SLOT = re.compile(r"<[^<>\n]+>")
ANSWERS = {
    "Problem": "exports stop at row 100, so 40 accountants retype the rest every month",
    "Who it helps": "accountants at firms with more than ten clients",
    "Audience": "accountants at firms with more than ten clients",
    "Outcome": "they close the month without retyping a single row",
    "Metric": "retyped rows per accountant, monthly",
    "Baseline": "30",
    "Target": "0",
    "Evaluate by": "+30d",
    "Evaluate-By": "+30d",
    "Data source": "https://bi.example.com/d/412",
    "Data-Source": "https://bi.example.com/d/412",
    "Guardrail": "p95 export time <= 2 s",
    "Decision": "keep at 10 rows or fewer, else roll back",
    "Decision-Rule": "keep at 10 rows or fewer, else roll back",
    "Risk": "the file may grow beyond ten megabytes",
    "Cost": "3 days of work",
}
TITLES = {"unknown": "Write every row"}


def judge(text: str, policy: Policy, *, kind: str = "", title: str = "") -> Verdict:
    """Judge a description when there is a title, else a message."""
    if title:
        part = Part(Origin.DESCRIPTION, "body.md", text)
    else:
        part = Part(Origin.MESSAGE, "MSG", text)
        title = text.partition("\n")[0]
    labels = () if kind in {"", "unknown"} else (kind,)
    return check(Change("change", title, (part,), labels=labels), policy, TODAY)


def title_of(kind: str, policy: Policy) -> str:
    types = (word for word, found in policy.config.kind_types.items() if found == kind)
    prefix = next(types, "")
    return f"{prefix}: write every row" if prefix else "Write every row"


def fill(skeleton: str) -> str:
    """Write an answer into every slot, found by the label or heading before it."""
    lines: list[str] = []
    for line in skeleton.split("\n"):
        label = re.match(r"(?:- )?([A-Z][A-Za-z -]+):", line)
        heading = lines[-1].removeprefix("## ") if lines else ""
        known = label[1] if label is not None else heading
        lines.append(SLOT.sub(lambda _, known=known: ANSWERS[known], line))  # type: ignore[misc]
    return "\n".join(lines)


def render_for(text: str, policy: Policy, **how: str) -> str:
    return render_skeleton(judge(text, policy, **how), policy)


# --- every kind ------------------------------------------------------------------------------


@pytest.mark.parametrize(("policy", "kind"), ASKED)
@pytest.mark.parametrize("form", ["description", "message"])
def test_unfilled_skeleton_answers_nothing(policy: Policy, kind: str, form: str) -> None:
    title = title_of(kind, policy)
    is_message = form == "message"
    skeleton = render_for(
        f"{title}\n" if is_message else "", policy, title="" if is_message else title
    )
    pasted = f"{title}\n\nSome words.\n\n{skeleton}\n" if is_message else skeleton

    verdict = judge(pasted, policy, title="" if is_message else title)

    needs = policy.needs(verdict.kind.name)
    asked = {name for name in needs if "." not in name or "measurement" in needs}
    found = {f.field for f in verdict.findings if f.rule == "WG112"}
    assert {name for name in asked if name != "measurement"} <= found
    fails = any(weight is Severity.ERROR for weight in needs.values())
    assert (verdict.status is Status.FAILED) is fails


@pytest.mark.parametrize(("policy", "kind"), ASKED)
@pytest.mark.parametrize("form", ["description", "message"])
def test_filled_skeleton_has_no_finding_left(policy: Policy, kind: str, form: str) -> None:
    title = title_of(kind, policy)
    is_message = form == "message"
    skeleton = render_for(
        f"{title}\n" if is_message else "", policy, title="" if is_message else title
    )
    filled = fill(skeleton)
    pasted = f"{title}\n\nSome words.\n\n{filled}\n" if is_message else filled

    verdict = judge(pasted, policy, title="" if is_message else title)

    assert [f"{f.rule} {f.message}" for f in verdict.findings] == []
    assert verdict.kind.name == judge(title, policy).kind.name


# --- what was found --------------------------------------------------------------------------

PARTS = ["Metric", "Baseline", "Target", "Evaluate-By"]
TRAILERS = ["Problem", "Audience", "Outcome", *PARTS]
HEADINGS = {"Problem": "Problem", "Audience": "Who it helps", "Outcome": "Outcome"}
YAML_KEYS = {"Evaluate-By": "evaluate_by"}


def write_trailers(names: list[str]) -> str:
    return "\n".join(f"{name}: {ANSWERS[name]}" for name in names)


def write_sections(names: list[str]) -> str:
    lines = [f"## {HEADINGS[n]}\n{ANSWERS[n]}" for n in names if n in HEADINGS]
    entries = [f"- {n.replace('-By', ' by')}: {ANSWERS[n]}" for n in names if n in PARTS]
    return "\n".join([*lines, "## Measurement" if entries else "", *entries])


def write_block(names: list[str]) -> str:
    keys = {n: YAML_KEYS.get(n, n.lower()) for n in names}
    lines = [f"{keys[n]}: {json.dumps(ANSWERS[n])}" for n in names if n in HEADINGS]
    plan = {keys[n]: ANSWERS[n] for n in names if n in PARTS}
    lines += [f"measurement: [{json.dumps(plan)}]"] if plan else []
    return "\n".join(["```yaml product-context", "version: 1", *lines, "```"])


@settings(max_examples=150, deadline=None)
@given(
    names=st.lists(st.sampled_from(TRAILERS), unique=True).map(
        lambda n: sorted(n, key=TRAILERS.index)
    ),
    write=st.sampled_from([write_trailers, write_sections, write_block]),
    is_message=st.booleans(),
    is_appended=st.booleans(),
)
def test_skeleton_keeps_every_answer_and_passes_once_filled(
    names: list[str], write: object, is_message: bool, is_appended: bool
) -> None:
    assert callable(write)
    title = "feat(export): write every row"
    written = str(write(names))
    text = f"{title}\n\nThe writer kept a page.\n\n{written}\n" if is_message else written
    how = {} if is_message else {"title": title}

    skeleton = render_for(text, STANDARD, **how)
    filled = fill(skeleton)
    if is_appended and not set(PARTS) & set(names):  # a metric once more is a second metric
        pasted = f"{text.rstrip()}\n\n{filled}\n"
    else:
        pasted = f"{title}\n\n{filled}\n" if is_message else filled
    verdict = judge(pasted, STANDARD, **how)

    assert all(ANSWERS[name] in skeleton for name in names)
    assert len(SLOT.findall(skeleton)) == len(TRAILERS) - len(names)
    assert verdict.ok, [f"{f.rule} {f.message}" for f in verdict.findings]


KEPT = {
    "list": (
        "Rows are lost:\n\n- 40 accountants retype them\n- every single month",
        "Rows are lost:\n\n- 40 accountants retype them\n- every single month",
    ),
    "link": (
        "Rows are lost, see [the report](https://example.org/r) of May",
        "Rows are lost, see [the report](https://example.org/r) of May",
    ),
    "closed comment": (
        "Rows are lost <!-- ask Lena --> every month for all",
        "Rows are lost <!-- ask Lena --> every month for all",
    ),
    "closed fence": (
        "Rows are lost every month, as here:\n\n```\nrow 101\n```",
        "Rows are lost every month, as here:\n\n```\nrow 101\n```",
    ),
    "open comment": (
        "Rows are lost every month for all\n\n<!-- and then",
        "Rows are lost every month for all",
    ),
    "open fence": (
        "Rows are lost every month for all\n\n```\nand then",
        "Rows are lost every month for all",
    ),
    "open tag": (
        "Rows are lost every month for all\n\n<pre>\nand then",
        "Rows are lost every month for all and then",
    ),
}


@pytest.mark.parametrize(("written", "kept"), KEPT.values(), ids=KEPT)
def test_skeleton_keeps_an_answer_as_written_unless_it_hides_the_rest(
    written: str, kept: str
) -> None:
    skeleton = render_for(f"## Problem\n{written}\n", STANDARD, title="feat: write every row")

    assert skeleton.startswith(f"## Problem\n{kept}\n\n## Who it helps\n<")
    assert judge(fill(skeleton), STANDARD, title="feat: write every row").ok


def test_skeleton_of_a_block_does_not_turn_its_text_into_sections() -> None:
    problem = "Rows are lost every month\\n## Outcome\\nnot an outcome at all"
    block = f'```yaml product-context\nproblem: "{problem}"\n```\n'

    skeleton = render_for(block, STANDARD, title="feat: write every row")

    assert skeleton.count("## Outcome") == 1
    assert "## Problem\nRows are lost every month" in skeleton


def test_skeleton_folds_a_section_into_one_trailer() -> None:
    message = (
        "feat: write every row\n\nProblem\n-------\nRows are **lost**\n"
        "every month <!-- ask Lena -->\nfor all of them\n"
    )

    skeleton = render_for(message, STANDARD)

    assert skeleton.startswith("Problem: Rows are lost every month for all of them\nAudience: <")


def test_skeleton_keeps_an_address_as_written() -> None:
    message = (
        "feat: write every row\n\nMetric: retyped rows\nMetric-Owner: Lena <lena@example.org>\n"
    )

    assert "\nMetric-Owner: Lena <lena@example.org>" in render_for(message, STANDARD)


def test_skeleton_keeps_every_measurement_apart() -> None:
    text = "## Measurement\n- Metric: lost rows\n- Target: 0\n- Metric: tickets\n- Baseline: 9\n"

    skeleton = render_for(text, STANDARD, title="feat: write every row")

    plan = skeleton.partition("## Measurement\n")[2].split("\n")
    assert [line.partition(":")[0] for line in plan] == [
        *("- Metric", "- Baseline", "- Target", "- Evaluate by"),
        *("- Metric", "- Baseline", "- Target", "- Evaluate by"),
    ]
    assert (plan[0], plan[4]) == ("- Metric: lost rows", "- Metric: tickets")


@pytest.mark.parametrize(
    ("text", "title", "line"),
    [
        (
            "## Measurement\nWe will watch the dashboard.\n",
            "feat: x",
            "We will watch the dashboard.",
        ),
        (
            "feat: x\n\nProblem: TBD\nMeasurement: we will watch the dashboard\n",
            "",
            "Measurement: we will watch the dashboard",
        ),
        (
            "feat: x\n\nMetric-Owner: Lena\nMeasurement: we will watch the dashboard\n",
            "",
            "Measurement: we will watch the dashboard",
        ),
    ],
    ids=["section", "trailer", "trailer-and-part"],
)
def test_skeleton_keeps_the_prose_of_a_measurement(text: str, title: str, line: str) -> None:
    skeleton = render_for(text, STANDARD, title=title)

    assert line in skeleton.split("\n")
    assert judge(
        fill(skeleton) if title else f"feat: x\n\n{fill(skeleton)}", STANDARD, title=title
    ).ok


def test_skeleton_does_not_repeat_prose_that_was_split() -> None:
    text = "## Measurement\nRetyped rows go from 30 to 0 by 2027-01-15.\n"

    skeleton = render_for(text, STANDARD, title="feat: write every row")

    assert "go from" not in skeleton
    assert "- Baseline: 30\n- Target: 0\n- Evaluate by: 2027-01-15" in skeleton


FAILING = {
    "nothing": "",
    "prose": "The export stops at row 100, and support gets 30 calls a week.\n",
    "short outcome": "## Outcome\nBetter UX.\n",
    "one word": "## Problem\nConsistency\n",
    "question of a form": "## Problem\nWhat problem does this solve?\n",
    "link under a weak label": "## What issue does this PR fix?\nFixes #12\n",
    "placeholder": "**Problem**: TBD\n**Outcome**: N/A\n",
    "tests": "## Measurement\nUnit tests added, CI is green.\n",
    "no number": "## Measurement\n- Metric: retyped rows\n- Target: fewer\n",
    "other unit": "## Measurement\n- Metric: rows\n- Baseline: 30 s\n- Target: 3 apples\n"
    "- Evaluate by: +30d\n",
    "no day": "## Measurement\n- Metric: retyped rows\n- Baseline: 30\n- Target: 3\n"
    "- Evaluate by: soon\n",
    "day is over": "## Measurement\nRetyped rows fall from 30 to 3 by 2025-01-15.\n",
    "same number": "## Measurement\nRetyped rows go from 30 to 30 by 2027-01-15.\n",
    "unclear number": "## Measurement\n- Metric: retyped rows\n- Baseline: 1.200 rows\n"
    "- Target: 300 rows\n- Evaluate by: +30d\n",
    "boxes": "## Measurement\nHow do we know?\n- [ ] dashboard\n- [ ] survey\n",
    "list of slots": "## Measurement\n- Metric: <what is counted>\n- Target: 3\n",
    "quotation": "## Problem\n> rows are lost\n",
    "no reason": "## Problem\nN/A, refactoring only\n",
    "slip": "## Probem\nExports stop at row 100, so 40 accountants retype the rest.\n",
    "half filled": "## Problem\nExports stop at row 100, so 40 accountants retype.\n\n"
    "## Outcome\n<what people will do>\n",
}


@pytest.mark.parametrize("body", FAILING.values(), ids=FAILING)
@pytest.mark.parametrize("form", ["description", "message"])
def test_failing_change_passes_once_what_is_printed_is_pasted_and_filled(
    body: str, form: str
) -> None:
    title = "feat: write every row"
    how = {"title": title} if form == "description" else {}
    text = body if how else f"{title}\n\n{body}"
    before = judge(text, STANDARD, **how)
    pasted = fill(render_skeleton(before, STANDARD))

    assert not before.ok
    after = judge(pasted if how else f"{title}\n\n{pasted}", STANDARD, **how)
    assert [found.rule for found in after.findings if found.severity is not Severity.INFO] == []


def test_skeleton_asks_again_for_a_day_that_is_none() -> None:
    skeleton = render_for("## Measurement\n- Evaluate by: someday\n", STANDARD, title="feat: x")

    assert "someday" not in skeleton
    assert "- Evaluate by: <" in skeleton


# --- kind and exemption ----------------------------------------------------------------------


def test_skeleton_asks_again_for_an_optional_value_that_is_none() -> None:
    plan = "\n".join(f"- {part.replace('-By', ' by')}: {ANSWERS[part]}" for part in PARTS)
    text = (
        f"## Problem\n{ANSWERS['Problem']}\n## Who it helps\n{ANSWERS['Audience']}\n"
        f"## Outcome\n{ANSWERS['Outcome']}\n## Bet\nNot a slug!\n"
        f"## Measurement\n{plan}\n- Method: looking at it\n"
    )
    skeleton = render_skeleton(judge(text, STANDARD, title="feat: x"), STANDARD)

    assert "\n- Method: <" in skeleton
    assert "\n## Bet\n<" in skeleton


@pytest.mark.parametrize("is_message", [True, False], ids=["message", "description"])
def test_skeleton_keeps_the_declared_kind(is_message: bool) -> None:
    text = "Write every row\n\nChange-Kind: feature\n" if is_message else "## Kind\nfeature\n"
    how = {} if is_message else {"title": "Write every row"}

    skeleton = render_for(text, STANDARD, **how)
    filled = fill(skeleton)
    verdict = judge(f"Write every row\n\n{filled}\n" if is_message else filled, STANDARD, **how)

    assert skeleton.startswith("Change-Kind: feature\n" if is_message else "## Kind\nfeature\n")
    assert (verdict.kind.name, verdict.ok) == ("feature", True)


@pytest.mark.parametrize("is_message", [True, False], ids=["message", "description"])
def test_skeleton_keeps_a_granted_exemption_and_asks_for_the_rest(is_message: bool) -> None:
    exemption = "exempt not-measurable; fewer than ten firms use this export"
    title = "feat: write every row"
    text = (
        f"{title}\n\nProduct-Context: {exemption}\n"
        if is_message
        else f"## Product context\n{exemption}\n"
    )
    how = {} if is_message else {"title": title}

    skeleton = render_for(text, STANDARD, **how)
    filled = fill(skeleton)
    verdict = judge(f"{title}\n\n{filled}\n" if is_message else filled, STANDARD, **how)

    assert exemption in skeleton
    assert "Metric" not in skeleton
    assert verdict.status is Status.EXEMPT


def test_skeleton_drops_an_exemption_that_is_not_allowed() -> None:
    text = "Product-Context: exempt internal; the public API is byte-identical\n"

    skeleton = render_for(text, STANDARD, title="feat: write every row")

    assert "exempt internal" not in skeleton
    assert judge(fill(skeleton), STANDARD, title="feat: write every row").ok


@pytest.mark.parametrize(
    "text",
    ["docs: say how\n", "deps: bump a library\n"],
    ids=["nothing", "skipped"],
)
def test_skeleton_is_empty_when_nothing_is_asked(text: str) -> None:
    assert render_for(text, STANDARD) == ""


# --- the schema of a team --------------------------------------------------------------------

OWN = {
    "$ref": "urn:whygate:product-context:1#/$defs/document",
    "properties": {
        "risk": {"type": "string", "title": "Risk", "description": "What may\n break. Really"},
        "tickets": {"type": "array", "items": {"type": "string"}, "title": "Tickets"},
        "costs": {
            "type": "array",
            "title": "Costs",
            "items": {
                "type": "object",
                "properties": {"cost": {"type": "string", "title": "Cost"}},
            },
        },
    },
    "required": ["risk", "tickets", "costs"],
}


def test_skeleton_asks_for_the_fields_of_a_team() -> None:
    policy = Policy(config=STANDARD.config, schema=load_user_schema(json.dumps(OWN), "own.json"))
    sections = render_for("## Tickets\nA-1\n- A-2\n", policy, title="docs: say how")
    trailers = render_for("docs: say how\n\nWords.\n\nTickets: A-1\nTickets: A-2\n", policy)

    assert sections == (
        "## Risk\n<what may break>\n\n## Tickets\n- A-1\n- A-2\n\n## Costs\n<what is the costs?>"
    )
    assert (
        trailers
        == "Risk: <what may break>\nTickets: A-1\nTickets: A-2\nCosts: <what is the costs?>"
    )
    assert not judge(sections, policy, title="docs: say how").ok
