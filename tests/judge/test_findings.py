from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from whygate.judge.near import edit_distance, near_label
from whygate.schema.document import bundled_schema

if TYPE_CHECKING:
    from tests.judge.conftest import Judge

    from whygate.model import Finding, Verdict

SECTIONS = {
    "Problem": "Exports stop at row 100, and support hears about it nine times a week.",
    "Who it helps": "Accountants with more than ten clients.",
    "Outcome": "They close the month from one file.",
}
PLAN = {
    "Metric": "tickets about lost rows, weekly",
    "Baseline": "9 tickets",
    "Target": "1 ticket",
    "Evaluate by": "+30d",
}


def write(plan: dict[str, str] | None = None, **sections: str) -> str:
    """Return a complete description; a value replaces a section or a part, "" takes it away."""
    named = {name.replace("_", " "): text for name, text in sections.items()}
    parts = {name: value for name, value in (PLAN | (plan or {})).items() if value}
    listed = "\n".join(f"- {name}: {value}" for name, value in parts.items())
    contents = SECTIONS | {"Measurement": listed} | named
    return "\n\n".join(f"## {name}\n{text}" for name, text in contents.items() if text) + "\n"


def found(verdict: Verdict) -> list[tuple[str, str]]:
    return [(finding.rule, str(finding.severity)) for finding in verdict.findings]


def find(verdict: Verdict, rule: str) -> Finding:
    return next(finding for finding in verdict.findings if finding.rule == rule)


def test_contradiction_names_both_places(judge: Judge) -> None:
    block = '```yaml product-context\nmeasurement: [{metric: lost rows tickets, target: "2"}]\n```'
    finding = find(judge(f"{block}\n\n{write()}"), "WG501")

    assert finding.field == "measurement.target"
    assert "in the block on line 2" in finding.message
    assert "in the section on line" in finding.message
    assert "the block is used" in finding.message


@pytest.mark.parametrize(
    ("trailer", "section"),
    [
        ("Target: 1 tickets", "1 ticket"),
        ("Target: 45%", "45 %"),
        ("Evaluate-By: 2026-12-23", "+30d"),
        ("Evaluate-By: 23 Dec 2026", "2026-12-23"),
        ("Metric-Owner: @Lena", "@lena (she asked)"),
        ("Direction: UP", "up"),
    ],
)
def test_same_value_in_other_words_contradicts_nothing(
    judge: Judge, trailer: str, section: str
) -> None:
    key = trailer.partition(":")[0].replace("-", " ").replace("Metric O", "O").capitalize()
    plan = {"Metric": PLAN["Metric"], key: section}
    text = write(plan, Measurement="") + "\n## Measurement\n"
    text += "".join(f"- {name}: {value}\n" for name, value in plan.items())
    verdict = judge(f"{text}\nMetric: {PLAN['Metric']}\n{trailer}\n")

    assert "WG501" not in {finding.rule for finding in verdict.findings}


def test_two_metrics_in_two_sources_contradict_nothing(judge: Judge) -> None:
    block = (
        "```yaml product-context\nmeasurement:\n"
        "  - {metric: lost rows, baseline: 9 rows, target: 3 rows, evaluate_by: +30d}\n"
        "  - {metric: calls to support, baseline: 8 calls, target: 1 call, evaluate_by: +30d}\n"
        "```\n"
    )
    plan = (
        "- Metric: lost rows\n- Baseline: 9 rows\n- Target: 3 rows\n- Evaluate by: +30d\n"
        "- Metric: calls to support\n- Baseline: 8 calls\n- Target: 1 call\n- Evaluate by: +30d\n"
    )
    verdict = judge(f"{block}\n{write(Measurement=plan)}")

    assert verdict.findings == ()
    assert len(verdict.context.items["measurement"]) == 2


def test_fourth_metric_contradicts_nothing(judge: Judge) -> None:
    items = "\n".join(
        f"  - {{metric: {name}, baseline: new, target: 3 rows, evaluate_by: +30d}}"
        for name in ("empty files", "slow exports", "angry calls")
    )
    block = f"```yaml product-context\nmeasurement:\n{items}\n```\n"

    assert judge(f"{block}\n{write()}").findings == ()


@pytest.mark.parametrize(("other", "rules"), [("Lena Berg", []), ("Bo Holm", ["WG501"])])
def test_owners_by_name_are_compared(judge: Judge, other: str, rules: list[str]) -> None:
    text = write({"Owner": "Lena Berg"})
    verdict = judge(f"{text}\nMetric: {PLAN['Metric']}\nMetric-Owner: {other}\n")

    assert [finding.rule for finding in verdict.findings] == rules


def test_fence_in_a_list_item_hides_nothing_else(judge: Judge) -> None:
    text = write(Problem="- Exports stop at row 100 for all:\n  ```\n  row 100\n\nThey lose money.")

    assert judge(text).findings == ()


def test_fence_to_the_end_of_the_text_is_named(judge: Judge) -> None:
    verdict = judge(write() + "\n```\nrow 100\n\n## Links\n#12\n")

    assert found(verdict) == [("WG304", "warning")]


@pytest.mark.parametrize(
    ("hidden", "rules"),
    [
        ("```\n## Problem\nrows\n```", ["WG303"]),
        ("```\n## problem\nrows\n```", ["WG303"]),
        ("```\nProblem: rows\n```", ["WG303"]),
        ('```json\n"reason": 1\n```', []),
        ("```yaml\n- reason: 1\n```", []),
        ("```yaml\nreason: 1\n```", []),
        ("> - Reason", []),
        ("> ## Problem\n> rows", ["WG303"]),
        ("<!-- ## Problem -->", ["WG303"]),
        ("<!-- **Problem** -->", ["WG303"]),
    ],
)
def test_hidden_heading_is_named_when_data_is_not(
    judge: Judge, hidden: str, rules: list[str]
) -> None:
    verdict = judge(write(Problem="") + f"\n## Notes\n{hidden}\n")

    assert [f.rule for f in verdict.findings if f.rule != "WG101"] == rules


@pytest.mark.parametrize(
    ("second", "rules"),
    [("## Problem", ["WG302"]), ("**Problem:**", ["WG302"]), ("### Motivation", [])],
)
def test_prose_under_two_names_is_one_answer(judge: Judge, second: str, rules: list[str]) -> None:
    verdict = judge(write() + f"\n{second}\nSupport loses an hour a day over it.\n")

    assert [finding.rule for finding in verdict.findings] == rules
    assert verdict.context.fields["problem"].text.endswith("an hour a day over it.")


@pytest.mark.parametrize(
    ("text", "slug"),
    [
        ("Part of: cart-sync", "cart-sync"),
        ("Part of #12", ""),
        ("Part of: #12", ""),
        ("Part of: https://example.org/12", ""),
        ("## Part of\n\n* https://example.org/12\n* https://example.org/13", ""),
        ("Part of: the new editor", ""),
        ("Epic: SHOP-12", ""),
        ("Bet: cart-sync", "cart-sync"),
        ("## Bet\nCart Sync!", "Cart Sync!"),
    ],
)
def test_bet_is_a_slug_unless_it_is_called_a_bet(judge: Judge, text: str, slug: str) -> None:
    bet = judge(f"{write()}\n{text}\n").context.fields.get("bet")

    assert (bet.text if bet else "") == slug


@pytest.mark.parametrize(
    ("key", "near"),
    [
        ("messurement", "measurement"),
        ("probelm", "problem"),
        ("outcom", "outcome"),
        ("motiviation", "motivation"),
        ("becuase", "because"),
        ("content", ""),
        ("rational", ""),
        ("xproblem", ""),
        ("why", ""),
        ("problem", ""),
        ("completely different", ""),
    ],
)
def test_near_miss_is_one_slip_away(key: str, near: str) -> None:
    assert near_label(key, bundled_schema().vocabulary.labels)[1] == near


@pytest.mark.parametrize(
    ("one", "other", "distance"),
    [("", "", 0), ("a", "", 1), ("ab", "ba", 1), ("abc", "ca", 3), ("kitten", "sitting", 3)],
)
def test_edit_distance_counts_swaps_as_one(one: str, other: str, distance: int) -> None:
    assert edit_distance(one, other, most=9) == edit_distance(other, one, most=9) == distance


@given(st.text("abc", max_size=9), st.text("abc", max_size=9), st.integers(0, 9))
def test_edit_distance_stops_only_above_the_limit(one: str, other: str, most: int) -> None:
    assert edit_distance(one, other, most=most) == min(plain_distance(one, other), most + 1)


def plain_distance(a: str, b: str) -> int:
    """The optimal string alignment distance, written as its definition."""
    if not a or not b:
        return len(a) + len(b)
    table = [[i + j if 0 in {i, j} else 0 for j in range(len(b) + 1)] for i in range(len(a) + 1)]
    for i, j in product(range(1, len(a) + 1), range(1, len(b) + 1)):
        swapped = i > 1 and j > 1 and a[i - 1] == b[j - 2] and a[i - 2] == b[j - 1]
        table[i][j] = min(
            table[i - 1][j] + 1,
            table[i][j - 1] + 1,
            table[i - 1][j - 1] + (a[i - 1] != b[j - 1]),
            *([table[i - 2][j - 2] + 1] if swapped else []),
        )
    return table[-1][-1]


def test_near_miss_in_a_message_and_in_a_plan_is_named(judge: Judge) -> None:
    message = judge(
        "feat: rows\n\nMore rows.\n\nProbelm: rows are lost\nOutcome: none are\n", message=True
    )
    plan = judge(write({"Target": "", "Targt": "1 ticket"}))

    assert find(message, "WG301").field == "problem"
    assert find(plan, "WG301").message == "`Targt` is not known; did you mean `target`?"


@pytest.mark.parametrize(
    ("plan", "rule"),
    [
        ({"Evaluate by": "02/03/2027"}, "WG207"),
        ({"Evaluate by": "2020-01-31"}, "WG208"),
        ({"Target": "300 ms"}, "WG205"),
        ({"Target": "-30%", "Baseline": "new"}, "WG205"),
        ({"Target": "9 tickets"}, "WG206"),
    ],
)
def test_wrong_part_weighs_no_more_than_a_missing_one(
    judge: Judge, plan: dict[str, str], rule: str
) -> None:
    """A fix is warned when it gives no plan, so it is not refused for one that is not right."""
    body = write(plan)

    assert (rule, "warning") in found(judge(body, "fix: rows"))
    assert (rule, "error") in found(judge(body, "feat: rows"))


def test_unknown_direction_is_no_contradiction(judge: Judge) -> None:
    rules = {rule for rule, _ in found(judge(write({"Direction": "less"}), "feat: rows"))}

    assert "WG309" in rules
    assert "WG206" not in rules
