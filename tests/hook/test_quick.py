"""What is accepted at once is what the check lets pass, never more."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from whygate.hook.quick import Plan, accepts, compile_plan
from whygate.judge.check import check
from whygate.model import Change, Origin, Part, Severity
from whygate.policy.config import CommitScope, RuleSetting
from whygate.policy.policy import Policy
from whygate.policy.presets import resolve_config
from whygate.schema.document import bundled_schema, load_user_schema
from whygate.schema.files import read_presets
from whygate.text.message import Cleanup, clean_message, split_subject
from whygate.text.template import template_lines

if TYPE_CHECKING:
    from whygate.model import Verdict

TODAY = date(2026, 11, 23)
PROMPTS = "Describe the problem you are solving here."
POLICY = Policy(
    config=resolve_config(read_presets()),
    schema=bundled_schema(),
    template=template_lines(PROMPTS),
    bets={},
)
COMPILED = compile_plan(POLICY)
assert COMPILED is not None
PLAN: Plan = COMPILED

PASSING = """\
feat(export): write every row of a client's year

The exporter stopped after one page of the query. It now follows the
cursor to the end.

Problem: the export stops at row 100, so accountants retype the rest
Audience: accountants at firms with more than ten clients
Outcome: they close the month from the export without retyping a row
Metric: support tickets about missing rows
Baseline: 9 tickets
Target: <= 1 ticket
Evaluate-By: +30d
Signed-off-by: Lena <lena@example.com>
"""
INSTRUCTIONS = """
# Please enter the commit message for your changes. Lines starting
# with '#' will be ignored, and an empty message aborts the commit.
#
"""
SCISSORS = "# ------------------------ >8 ------------------------\n"


WORDING = {"WG121", "WG122", "WG124"}


def judge(message: str, policy: Policy = POLICY, *, cleanup: Cleanup = Cleanup.STRIP) -> bool:
    return check_message(message, policy, cleanup=cleanup).ok


def check_message(
    message: str, policy: Policy = POLICY, *, cleanup: Cleanup = Cleanup.STRIP
) -> Verdict:
    clean = clean_message(message, cleanup=cleanup)
    part = Part(Origin.MESSAGE, "COMMIT_EDITMSG", clean.text, clean.lines, clean.removed)
    change = Change("COMMIT_EDITMSG", split_subject(clean.text)[0], (part,))
    return check(change, policy, TODAY)


def quick(message: str, *, is_edited: bool = True) -> bool:
    data = message.encode("utf-8", "surrogatepass")
    return accepts(data, PLAN, today=TODAY.isoformat(), is_edited=is_edited)


@pytest.mark.parametrize(
    "message",
    [
        pytest.param(PASSING, id="full plan"),
        pytest.param(PASSING + INSTRUCTIONS, id="with git's instructions"),
        pytest.param(PASSING + SCISSORS + "diff --git a/x b/x\n+Problem: n/a\n", id="with a diff"),
        pytest.param("chore: bump the year\n\nSigned-off-by: A <a@x>\n", id="nothing is asked"),
        pytest.param("docs: fix a typo\n", id="only a subject"),
        pytest.param("docs(readme): fix a typo (#12)\n", id="a number"),
        pytest.param("docs: fix\n\nThe old text named a tool\nthat is gone.\n", id="a body"),
        pytest.param("ci: x\n\n- run `make` once,\n  not twice\n\nCloses #12\n", id="a list"),
        pytest.param("deps: raise x\n", id="not judged at all"),
        pytest.param("Merge branch 'main' into cart\n\n# Conflicts:\n#\tcart.py\n", id="a merge"),
        pytest.param("fixup! feat(export): write every row\n", id="a fixup"),
        pytest.param(
            "fix(cart)!: keep the cart\n\nProblem: phone carts are empty on the laptop\n",
            id="a fix with a problem",
        ),
        pytest.param(PASSING.replace("+30d", "2027-02-15"), id="a day"),
        pytest.param(PASSING.replace("9 tickets", "new"), id="a new metric"),
        pytest.param(PASSING.replace("<= 1 ticket", "> 12 tickets"), id="growth"),
        pytest.param(PASSING.replace("<= 1 ticket", "12 tickets"), id="another number"),
        pytest.param(PASSING.replace("<= 1 ticket", "1 ticket"), id="a lower number"),
        pytest.param(PASSING.replace("9 tickets", "9.5 tickets"), id="a decimal"),
        pytest.param(
            PASSING.replace("9 tickets", "9").replace("1 ticket", "1"), id="numbers without a unit"
        ),
        pytest.param(
            PASSING.replace("9 tickets", "9 MB").replace("1 ticket", "1 MB"),
            id="a unit in capitals",
        ),
        pytest.param(PASSING.replace("client's year", "client: all"), id="a colon in the subject"),
        pytest.param(PASSING.replace("row 100, so", "row 100: so"), id="a colon in a value"),
        pytest.param(
            PASSING.replace("Problem:", "Reviewed-by: Bo\nProblem:"), id="a trailer first"
        ),
    ],
)
def test_plain_message_is_accepted_at_once(message: str) -> None:
    assert quick(message)
    assert judge(message)


@pytest.mark.parametrize(
    "message",
    [
        pytest.param(PASSING.replace("feat(export)", "improve"), id="no conventional type"),
        pytest.param(PASSING.replace("feat(export)", "chore(deps)"), id="a dependency update"),
        pytest.param(PASSING.replace("feat(export)", "feat(export"), id="an open bracket"),
        pytest.param(PASSING.replace("Problem: the", "Problem: <the"), id="a slot"),
        pytest.param(PASSING.replace("Target: <= 1 ticket", "Target: <= 9 tickets"), id="no step"),
        pytest.param(PASSING.replace("Target: <= 1 ticket", "Target: 3 s"), id="other units"),
        pytest.param(PASSING.replace("+30d", "+0d"), id="no days"),
        pytest.param(PASSING.replace("+30d", "2026-11-30"), id="a day soon"),
        pytest.param(PASSING.replace("+30d", "2027-02-31"), id="no such day"),
        pytest.param(PASSING.replace("+30d", "soon"), id="no day"),
        pytest.param(PASSING.replace("The exporter", "Why: the exporter"), id="a label"),
        pytest.param(PASSING.replace("cursor to the end.", "Because"), id="a bare label"),
        pytest.param(PASSING.replace("cursor to the end.", "Why (optional)"), id="optional label"),
        pytest.param(PASSING.replace("Audience:", "Problem:"), id="a field twice"),
        pytest.param(PASSING.replace("Audience:", "Bet:"), id="a field it does not know"),
        pytest.param(PASSING.replace("Audience:", "Aud ience:"), id="a key with a space"),
        pytest.param(PASSING.replace("Audience: ", "Audience:"), id="no space"),
        pytest.param(PASSING.replace("accountants at", "caf\u00e9s at"), id="not ASCII"),
        pytest.param(PASSING.replace("rows\n", "rows\n# kept?\n"), id="a comment among trailers"),
        pytest.param(PASSING.replace("Problem: the", "Problem: TBD, the"), id="placeholder first"),
        pytest.param(PASSING.split("\n", maxsplit=1)[0], id="only a subject"),
        pytest.param("chore: release 2.1.0\n", id="a release"),
        pytest.param("Merge pull request #12 from a/b\n\nfeat: x\n", id="a merged request"),
        pytest.param(
            "Merge branch 'a'\n\nThis reverts commit 1234567.\n", id="a merge that reverts"
        ),
        pytest.param("docs: x\n\n- - -\n", id="a rule"),
        pytest.param("docs: x\n\n[Problem]\n", id="a link"),
        pytest.param("docs: x\n\n- Problem\n", id="a label in a list"),
        pytest.param("docs: x\n\n```\nProblem\n```\n", id="a fence"),
        pytest.param("docs: x\n\nMeasurement\n---\n", id="an underlined heading"),
        pytest.param("docs: x\n\nMeasurement: none\n", id="a label that says nothing"),
        pytest.param(PASSING.replace("feat(export): ", "feat(export) "), id="no colon"),
        pytest.param(PASSING.replace("feat(export): write", "feat(a)b): write"), id="two brackets"),
        pytest.param(PASSING.replace("+30d", "next week, perhaps"), id="a week"),
        pytest.param(PASSING.replace("<= 1 ticket", "fewer tickets"), id="no number"),
        pytest.param(PASSING.replace("9 tickets", "about 9 tickets"), id="a vague number"),
        pytest.param(PASSING.replace("9 tickets", ">= 9 tickets"), id="a baseline that compares"),
        pytest.param(PASSING.replace("9 tickets", "1.2.3 tickets"), id="a version"),
        pytest.param(PASSING.replace("ticket\nEv", "points\nEv"), id="points"),
        pytest.param(PASSING.replace("that", "xx").replace("Outcome: they", "Outcome: 9"), id="9"),
        pytest.param(
            PASSING.replace(
                ": they close the month from the export without retyping a row", ": ab ab ab"
            ),
            id="repetition",
        ),
        pytest.param(PASSING.replace("Problem: the", "Problem: see https://x.org, the"), id="URL"),
        pytest.param(PASSING.replace("\n\nThe", "\nThe"), id="a subject of two lines"),
        pytest.param(PASSING.replace("Problem: the", "Problem: SHOP-12 the"), id="a key"),
        pytest.param(PASSING.replace("Problem: the", "Problem: move the"), id="a change"),
        pytest.param(
            PASSING.replace("they close the month from", "the new page is live in"), id="an output"
        ),
        pytest.param(PASSING.replace("at row 100", "at issue 100"), id="an issue"),
        pytest.param("x" * 20_000, id="very long"),
        pytest.param(
            PASSING.replace("The exporter", "(The exporter"), id="a line that begins oddly"
        ),
        pytest.param(PASSING.replace("\nOutcome", "\n Outcome"), id="an indented trailer"),
        pytest.param(PASSING + "# kept?\nmore prose\n", id="prose below a comment"),
        pytest.param(
            PASSING.replace(" write every row of a client's year", ""),
            id="nothing behind the colon",
        ),
        pytest.param(
            PASSING.replace("cursor to the end.", "This reverts commit 1234567."), id="a revert"
        ),
        pytest.param(
            PASSING.replace("cursor to the end.", "one two three four five (six"), id="a bracket"
        ),
        pytest.param(PASSING.replace("cursor to the end.", "1. Because"), id="a numbered label"),
        pytest.param(
            PASSING.replace("accountants at firms with more than ten clients", "to be decided"),
            id="a stand-in of several words",
        ),
        pytest.param(PASSING.replace("Problem: the", "Problem: see www.x.org, the"), id="a host"),
        pytest.param(PASSING.replace("Audience: a", "Audience: (a"), id="a value in brackets"),
        pytest.param(PASSING.replace("Problem: the", "Problem: Internal: the"), id="an exemption"),
        pytest.param(
            PASSING.replace("Problem: the", "Problem: To be decided, as the"), id="stand-in first"
        ),
        pytest.param(
            PASSING.replace("they close", "they see that it is live, and close"), id="a delivery"
        ),
        pytest.param(
            PASSING.replace("the export without", "the just-shipped export without"), id="a hyphen"
        ),
        pytest.param(PASSING.replace("+30d", "+1000d"), id="years of days"),
        pytest.param(PASSING.replace("+30d", "2027-02-015"), id="a day of three digits"),
        pytest.param(PASSING.replace("+30d", "2026-11-27"), id="a day of this week"),
        pytest.param(
            PASSING.replace("Baseline: 9 tickets\n", "").replace("<= 1 ticket", "far fewer"),
            id="no baseline and no number",
        ),
        pytest.param(PASSING.replace("<= 1 ticket", "<= 12 tickets"), id="at most more"),
        pytest.param(PASSING.replace("<= 1 ticket", ">= 5 tickets"), id="at least less"),
        pytest.param(PASSING.replace("<= 1 ticket", "> 9 tickets"), id="more than now"),
        pytest.param(PASSING.replace("<= 1 ticket", "9 tickets"), id="as many as now"),
        pytest.param(PASSING.replace("9 tickets", ".5 tickets"), id="no digit before the point"),
        pytest.param(
            PASSING.replace("9 tickets", "9 points").replace("1 ticket", "1 points"),
            id="all points",
        ),
        pytest.param(
            PASSING.replace("9 tickets", "9 row-ids").replace("1 ticket", "1 row-ids"),
            id="a unit with a hyphen",
        ),
        pytest.param(
            PASSING.replace("9 tickets", "9 pcs").replace("1 ticket", "1 pcs"), id="a short unit"
        ),
        pytest.param(PASSING.replace("Problem: the", "Problem: not the"), id="like an exemption"),
        pytest.param(
            PASSING.replace(
                "the export stops at row 100, so accountants retype the rest",
                "Describe the problem you are solving here.",
            ),
            id="the template's prompt",
        ),
    ],
)
def test_other_message_takes_the_long_way(message: str) -> None:
    assert not quick(message)


def test_comments_are_content_when_no_editor_was_open() -> None:
    assert not quick(PASSING + INSTRUCTIONS, is_edited=False)
    assert quick(PASSING, is_edited=False)


WORDS = st.sampled_from(
    [
        "the",
        "export",
        "stops",
        "at",
        "row",
        "100",
        "TBD",
        "n/a",
        "none",
        "because",
        "why",
        "Problem",
        "accountants",
        "retype",
        "it",
        "internal",
        "todo",
        "-",
        "#",
        "1.",
        "x",
        "xx",
        "test",
        "see",
        "title",
        "Fixes",
        "#12",
        "<x>",
        "**",
        "9",
        "tickets",
        "%",
        "ms",
        "+30d",
        "soon",
        "2027-02-15",
        "not",
        "new",
        "refactor:",
        "covered",
        "by",
        "bet",
        "deferred",
        "until",
        "trivial:",
        "and,",
        "rows;",
        "0",
        "<=",
        "5",
        ">=",
        "3.5",
        "s",
        "min",
        "SHOP-12",
        "move",
        "this",
        "adds",
        "shipped",
        "page",
        "is",
        "live",
        "unit",
        "tests",
        "pass",
        "issue",
        "TBD.",
        "1234abc",
    ]
)
VALUES = st.lists(WORDS, max_size=9).map(" ".join)
LINES = st.one_of(
    VALUES,
    st.sampled_from(PASSING.split("\n")),
    st.builds(
        "{}: {}".format,
        st.sampled_from(
            [
                "Problem",
                "Outcome",
                "Audience",
                "Metric",
                "Baseline",
                "Target",
                "Evaluate-By",
                "Measurement",
                "Bet",
                "Owner",
                "Signed-off-by",
                "Change-Kind",
                "Product-Context",
                "Trade-Off",
                "Direction",
                "Why",
                "Note",
            ]
        ),
        VALUES,
    ),
)


@st.composite
def messages(draw: st.DrawFn) -> str:
    lines = PASSING.split("\n")
    for _ in range(draw(st.integers(0, 4))):
        at = draw(st.integers(0, len(lines) - 1))
        what = draw(st.sampled_from(["replace", "insert", "delete", "value"]))
        if what == "replace":
            lines[at] = draw(LINES)
        elif what == "insert":
            lines.insert(at, draw(st.one_of(LINES, st.just(""))))
        elif what == "delete" and len(lines) > 1:
            del lines[at]
        elif ":" in lines[at]:
            lines[at] = lines[at].partition(":")[0] + ": " + draw(VALUES)
    kind = draw(st.sampled_from(["feat", "fix", "perf", "docs", "chore", "experiment", "revert"]))
    lines = lines[: draw(st.integers(1, len(lines)))]
    marks = st.sampled_from(["", "", "", "- ", "* ", "  ", "# ", "> "])
    lines[1:] = [draw(marks) + line if line else line for line in lines[1:]]
    return "\n".join(lines).replace("feat(", f"{kind}(", 1)


@settings(max_examples=300, deadline=None)
@given(message=messages(), is_edited=st.booleans())
@example(message=PASSING.replace("9 tickets", "9"), is_edited=True)
def test_accepted_message_always_passes_the_check(message: str, is_edited: bool) -> None:
    cleanup = Cleanup.STRIP if is_edited else Cleanup.WHITESPACE

    is_quick = quick(message, is_edited=is_edited)
    verdict = check_message(message, cleanup=cleanup)

    assert verdict.ok or not is_quick
    assert WORDING.isdisjoint(f.rule for f in verdict.findings) or not is_quick


def test_plan_holds_what_each_kind_must_answer_and_how_it_is_judged() -> None:
    plan = compile_plan(POLICY)
    assert plan is not None
    numbers = ["measurement.baseline", "measurement.target", "measurement.evaluate_by"]
    full = ["problem", "outcome", "measurement.metric"]
    kinds, formats, trailers = plan["kinds"], plan["formats"], plan["trailers"]
    assert isinstance(kinds, dict)
    assert isinstance(formats, dict)
    assert isinstance(trailers, dict)

    assert {kind: needs["required"] for kind, needs in kinds.items()} == {
        "feature": [*full, *numbers[1:]],
        "perf": [*full, *numbers],
        "fix": ["problem"],
        **{kind: [] for kind in ("refactor", "test", "ci", "chore", "docs", "revert")},
        **{kind: [] for kind in ("style", "build", "deps", "release", "i18n")},
    }
    assert {name: form for name, form in formats.items() if form != 0} == {
        "problem": 5,
        "audience": 1,
        "outcome": 4,
        **dict(zip(numbers, ("baseline", "target", "date"), strict=True)),
    }
    assert {key for key, name in trailers.items() if name == 0} == {
        *("change-kind", "measurement", "product-context", "bet", "refs"),
        *("direction", "metric-owner", "guardrail", "method", "measure"),
    }


@pytest.mark.parametrize("preset", ["adopt", "standard"])
def test_preset_compiles(preset: str) -> None:
    from whygate.policy.config import PartialConfig, Preset  # noqa: PLC0415

    config = resolve_config(read_presets(), PartialConfig(preset=Preset(preset)))

    assert compile_plan(replace(POLICY, config=config)) is not None


def test_policy_that_raises_a_rule_has_no_plan() -> None:
    config = replace(POLICY.config, rules={"WG115": RuleSetting(Severity.ERROR)})

    assert compile_plan(replace(POLICY, config=config)) is None


def test_policy_that_judges_no_message_has_no_plan() -> None:
    config = replace(POLICY.config, commit_scope=CommitScope.OFF)

    assert compile_plan(replace(POLICY, config=config)) is None


def team_schema(risk: str) -> str:
    return f"""{{"$id": "urn:example:team", "$ref": "urn:whygate:product-context:1#/$defs/document",
      "required": ["risk"], "unevaluatedProperties": false, "properties": {{"risk": {risk}}}}}"""


def test_plan_asks_for_a_field_of_the_teams_own() -> None:
    schema = load_user_schema(team_schema('{"type": "string", "x-min-words": 2}'), "team.json")
    policy = Policy(config=POLICY.config, schema=schema)
    plan = compile_plan(policy)
    assert plan is not None
    answered = PASSING.replace("Audience:", "Risk: invoices could double\nAudience:")

    def ask(message: str) -> bool:
        return accepts(message.encode(), plan, today="2026-11-23", is_edited=True)

    assert (ask(PASSING), judge(PASSING, policy)) == (False, False)
    assert (ask(answered), judge(answered, policy)) == (True, True)


def test_plan_leaves_a_constrained_field_to_the_check() -> None:
    schema = load_user_schema(team_schema('{"type": "string", "maxLength": 3}'), "team.json")
    plan = compile_plan(Policy(config=POLICY.config, schema=schema))
    assert plan is not None
    message = PASSING.replace("Audience:", "Risk: invoices could double\nAudience:")

    assert not accepts(message.encode(), plan, today="2026-11-23", is_edited=True)


def test_day_is_far_enough_across_the_year() -> None:
    message = PASSING.replace("+30d", "2027-01-20")

    def ask(today: str) -> bool:
        return accepts(message.encode(), PLAN, today=today, is_edited=True)

    assert (ask("2026-12-10"), ask("2026-12-22")) == (True, False)


@pytest.mark.parametrize("form", ["risk", None, [1]])
def test_form_that_is_not_known_accepts_nothing(form: object) -> None:
    formats = dict.fromkeys(("problem", "outcome", "audience"), form)

    assert not accepts(
        PASSING.encode(), {**PLAN, "formats": formats}, today="2026-11-23", is_edited=True
    )


@pytest.mark.parametrize("kinds", [{"feature": 1}, {"feature": {"required": 1}}, {}])
def test_kind_that_is_damaged_accepts_nothing(kinds: object) -> None:
    assert not accepts(
        PASSING.encode(), {**PLAN, "kinds": kinds}, today="2026-11-23", is_edited=True
    )


@pytest.mark.parametrize("damage", ["types", "kinds", "trailers", "formats"])
def test_damaged_plan_accepts_nothing(damage: str) -> None:
    assert not accepts(PASSING.encode(), {**PLAN, damage: 1}, today="2026-11-23", is_edited=True)
