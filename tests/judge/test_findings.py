from __future__ import annotations

import json
from datetime import date
from itertools import product
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.judge.conftest import PLAN, find, found, write

from whygate.judge.check import check
from whygate.model import Change, Origin, Part
from whygate.schema.document import bundled_schema, load_user_schema
from whygate.schema.files import DOCUMENT, read_bundled
from whygate.text.labels import closest_label, edit_distance

if TYPE_CHECKING:
    from tests.judge.conftest import Judge, MakePolicy


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
        ("Baseline: 38%", "38 %"),
        ("Evaluate-By: Some day", "some day"),
        ("Metric-Owner: @Lena", "@lena (she asked)"),
        ("Metric-Owner: Lena Berg <lena@example.org>", "Lena@example.org"),
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
    assert closest_label(key, bundled_schema().vocabulary.labels)[1] == near


@pytest.mark.parametrize(
    ("key", "known", "near"),
    [
        ("rsik", ["risk"], "risk"),
        ("rsk", ["risk"], ""),
        ("risx", ["risk", "rise"], "risk"),
        ("rizz", ["risk"], ""),
        ("measuer", ["measure"], "measure"),
        ("maesuer", ["measure"], ""),
        ("maesuers", ["measures"], "measures"),
        ("maesuerz", ["measures"], ""),
        ("baselin", ["baseline"], "baseline"),
        ("baselni", ["baseline"], ""),
        ("outcomes", ["outcomes"], ""),
        ("goals", ["goal"], ""),
    ],
)
def test_near_miss_has_as_many_slips_as_its_length_allows(
    key: str, known: list[str], near: str
) -> None:
    labels = {label: f"field of {label}" for label in known}

    assert closest_label(key, labels) == ((f"field of {near}", near) if near else ("", ""))


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


@pytest.mark.parametrize(
    ("need", "severity"),
    [
        ("measurement.target: info", "info"),
        ("measurement: warning", "error"),
        ("measurement: warning, measurement.target: 'off'", "warning"),
        ("measurement: error, measurement.target: 'off'", "error"),
    ],
)
def test_wrong_part_weighs_what_its_absence_or_else_that_of_the_plan_weighs(
    judge: Judge, make_policy: MakePolicy, need: str, severity: str
) -> None:
    policy = make_policy(f"kinds: {{feature: {{need: {{{need}}}}}}}\n")

    assert ("WG205", severity) in found(judge(write({"Target": "300 ms"}), policy=policy))


def test_two_things_counted_are_a_warning(judge: Judge) -> None:
    assert found(judge(write({"Target": "4 users"}))) == [("WG205", "warning")]


def test_unknown_direction_is_no_contradiction(judge: Judge) -> None:
    rules = {rule for rule, _ in found(judge(write({"Direction": "less"}), "feat: rows"))}

    assert "WG309" in rules
    assert "WG206" not in rules


@pytest.mark.parametrize(
    ("first", "second", "rule"),
    [
        ({"Method": "survey", "Baseline": ""}, {"Baseline": ""}, "WG202"),
        ({"Target": ""}, {"Target": "300 ms"}, "WG205"),
        ({"Target": ""}, {"Direction": "up"}, "WG206"),
        ({"Target": "answer: yes"}, {"Direction": "up"}, "WG206"),
        ({"Method": "survey", "Baseline": ""}, {"Target": "far fewer"}, "WG215"),
        ({}, {"Target": "far fewer"}, "WG215"),
        ({"Target": ""}, {"Baseline": "38 %", "Target": "-30%"}, "WG218"),
        ({"Owner": ""}, {"Owner": "the team"}, "WG211"),
        ({"Evaluate by": ""}, {"Evaluate by": "soon"}, "WG207"),
    ],
    ids=str,
)
def test_second_plan_is_judged_whatever_the_first_says(
    judge: Judge, first: dict[str, str], second: dict[str, str], rule: str
) -> None:
    plans = (PLAN | first, PLAN | {"Metric": "calls about lost rows, weekly"} | second)
    lines = [f"- {name}: {value}" for plan in plans for name, value in plan.items() if value]
    verdict = judge(write(Measurement="\n".join(lines)))
    start = verdict.context.items["measurement"][1].parts["measurement.metric"].location.line

    assert [f.rule for f in verdict.findings if f.location.line >= start] == [rule]


@pytest.mark.parametrize(
    ("plan", "rule", "message"),
    [
        (
            {"Baseline": "unknown"},
            "WG202",
            "the baseline is unknown without a date; say until when, and how it will be found",
        ),
        (
            {"Baseline": "new", "Target": "-30%"},
            "WG205",
            "`-30%` is relative, and the baseline is no number to compute from",
        ),
        (
            {"Baseline": "", "Target": "-30%"},
            "WG205",
            "`-30%` is relative, and the baseline is no number to compute from",
        ),
        ({"Target": "4 users"}, "WG205", "the baseline counts tickets, the target users"),
        (
            {"Target": "9 tickets"},
            "WG206",
            "the target 9 tickets is where the baseline 9 tickets already is; "
            "write `Direction: hold` if it must only not move",
        ),
        ({"Direction": "up"}, "WG206", "from 9 tickets to 1 ticket does not go up"),
        (
            {"Baseline": "new", "Target": "-30%", "Direction": "up"},
            "WG206",
            "the target -30% does not go up",
        ),
        (
            {"Baseline": "38 %", "Target": "-30%", "Direction": "up"},
            "WG206",
            "from 38 % to -30% does not go up "
            "(-30% of 38 % = 26.6 %; write `-30 pp` if you meant points)",
        ),
        (
            {"Evaluate by": "02/03/2027"},
            "WG207",
            "`02/03/2027` is read as two different days; write 2027-02-03 or 2027-03-02",
        ),
        ({"Evaluate by": "3 May"}, "WG207", "`3 May` is a day of no year; write 2027-05-03"),
        (
            {"Evaluate by": "2027-02-30"},
            "WG207",
            "`2027-02-30` is not in the calendar; write 2027-02-28",
        ),
        (
            {"Evaluate by": "in spring"},
            "WG207",
            "`in spring` is not a date that can be read; write +30d (30 days after the merge)",
        ),
        ({"Owner": "dependabot[bot]"}, "WG211", "`dependabot[bot]` is a bot, and bots do not look"),
        ({"Owner": "2027"}, "WG211", "`2027` cannot be reached"),
    ],
    ids=str,
)
def test_wrong_part_is_named_in_these_words(
    judge: Judge, plan: dict[str, str], rule: str, message: str
) -> None:
    assert find(judge(write(plan)), rule).message == message


@pytest.mark.parametrize(
    ("text", "near"),
    [
        (write(Problem="") + "\n## Something\nrows\n\n## Probelm\nrows\n", ["Probelm"]),
        (
            write(Problem="", Outcome="") + "\n## Probelm\nrows\n\n## Outcom\nfiles\n",
            ["Probelm", "Outcom"],
        ),
        (write(Problem="") + "\n## Probelm\nrows\n\n## Probelm\nfiles\n", ["Probelm"] * 2),
        (write() + "\n## Probelm\nrows\n", []),
        (write() + "\n## Epci\nexport-rows\n", []),
        (write({"Targt": "2 tickets"}), []),
    ],
    ids=["after another", "two", "twice", "answered", "not needed", "part is answered"],
)
def test_near_miss_is_named_where_its_field_is_wanted(
    judge: Judge, text: str, near: list[str]
) -> None:
    messages = [f.message for f in judge(text).findings if f.rule == "WG301"]

    assert [message.split("`")[1] for message in messages] == near


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            write() + "\n## Bet\nexport-rows\n\n## Bet\nexport-files\n",
            "Bet stands here and on line 16; the first one is used",
        ),
        (
            write({"Target": "1 ticket\n- Target: 2 tickets"}),
            "Target stands here and on line 13; the first one is used",
        ),
        (
            write({"Decision": "keep at 4 tickets\n- Decision: keep at 3 tickets"}),
            "Decision stands here and on line 15; the first one is used",
        ),
        (
            write() + "\n## Problem\nSupport loses an hour a day over it.\n",
            "Problem stands here and on line 1; both are read",
        ),
    ],
    ids=["value", "value of a plan", "text of a plan", "prose"],
)
def test_second_answer_is_told_which_counts(judge: Judge, text: str, message: str) -> None:
    assert [(f.rule, f.message) for f in judge(text).findings] == [("WG302", message)]


@pytest.mark.parametrize(
    ("hidden", "where"),
    [
        ("<!-- ## Problem -->", "inside an HTML comment"),
        ("```\n## Problem\nrows\n```", "inside a code block"),
        ("> ## Problem\n> rows", "inside a quotation"),
        ("<details>\n\n## Problem\nrows\n</details>", "inside a <details> element"),
    ],
)
def test_hidden_heading_is_told_where_it_stands(judge: Judge, hidden: str, where: str) -> None:
    verdict = judge(write(Problem="") + f"\n## Notes\n{hidden}\n")

    assert find(verdict, "WG303").message == f"`Problem` stands {where}"


def test_heading_that_git_deletes_is_shown_as_it_would_stay(make_policy: MakePolicy) -> None:
    text = "feat: rows\n\nRows are lost.\n"
    part = Part(Origin.MESSAGE, "msg", text, removed=((3, "# Problem"),))
    verdict = check(Change("msg", "feat: rows", parts=(part,)), make_policy(), date(2026, 11, 23))

    assert find(verdict, "WG303").message == (
        "`Problem` stands on a line that git deletes as a comment; write `**Problem**` instead"
    )


def test_open_fence_and_unknown_key_offer_nothing_to_guess(judge: Judge) -> None:
    fence = find(judge(write() + "\n```\nrow 100\n\n## Links\n#12\n"), "WG304")
    key = find(judge(f"```yaml product-context\nrows: 100\n```\n\n{write()}"), "WG306")

    assert fence.message == "the fence opened here is never closed and hides the rest of the text"
    assert fence.paste == ""
    assert key.message == "the schema has no key `rows`"


def test_value_outside_the_schema_is_named_with_its_line_to_paste(judge: Judge) -> None:
    finding = find(judge(write({"Direction": "less"})), "WG309")

    assert finding.field == "measurement.direction"
    assert finding.message == "Direction is not one of up, down, hold"
    assert finding.location.line == 15
    assert finding.paste.startswith("- Direction: <")


LONG = "far fewer of the tickets that accountants write about rows that they lost to the export"


@pytest.mark.parametrize(
    ("text", "rule", "shown"),
    [
        (write({"Target": LONG}), "WG215", LONG[:60]),
        (write({"Evaluate by": LONG}), "WG207", LONG[:60]),
        (write({"Owner": f"{'a-long-name-' * 4}[bot]"}), "WG211", ("a-long-name-" * 4)[:40]),
        (write({"Owner": "2027" * 12}), "WG211", "2027" * 10),
        (write({"Owner": "the team " * 5}), "WG211", ("the team " * 5)[:40]),
        (write(Problem=f"N/A {'- ' * 40}"), "WG112", f"N/A {'- ' * 18}"),
        (write(Problem="**TBD**"), "WG112", "TBD"),
        (write(Problem="<who is hurt>"), "WG112", "<who is hurt>"),
    ],
)
def test_answer_is_shown_as_it_is_read_and_by_its_beginning(
    judge: Judge, text: str, rule: str, shown: str
) -> None:
    assert find(judge(text), rule).message.split("`")[1] == shown


def test_long_values_that_contradict_are_shown_by_their_beginnings(judge: Judge) -> None:
    long, other = f"3 tickets {LONG}", f"1 ticket {LONG}"
    block = (
        "```yaml product-context\nmeasurement: "
        f"[{{metric: '{PLAN['Metric']}', target: {long}}}]\n```\n\n"
    )
    message = find(judge(block + write({"Target": other})), "WG501").message

    assert message.split("`")[1::2] == [long[:40], other[:40]]


def test_value_that_agrees_hides_none_that_does_not(judge: Judge) -> None:
    trailers = f"Metric: {PLAN['Metric']}\nTarget: 1 ticket\nEvaluate-By: +60d\n"
    finding = find(judge(f"{write()}\n{trailers}"), "WG501")

    assert finding.field == "measurement.evaluate_by"


def test_bet_with_a_problem_says_why_a_change_is_taken_back(
    judge: Judge, make_policy: MakePolicy
) -> None:
    bets = {"rows": ("rows.yml", "version: 1\nproblem: accountants retype the rows\n")}
    verdict = judge("Bet: rows\n", "revert: rows", policy=make_policy(bets=bets))

    assert verdict.findings == ()


def test_stand_in_of_the_stronger_place_contradicts_nothing(judge: Judge) -> None:
    block = (
        "```yaml product-context\nmeasurement: "
        f"[{{metric: '{PLAN['Metric']}', target: TBD}}]\n```\n\n"
    )

    assert found(judge(block + write())) == [("WG112", "error")]


@pytest.mark.parametrize(("kind", "rules"), [("docs", []), ("feat", ["WG112"])])
def test_stand_in_of_the_weaker_place_is_named_where_it_is_needed(
    judge: Judge, kind: str, rules: list[str]
) -> None:
    text = write(Problem="TBD") + "\nProblem: rows are lost by everybody\nRefs: #12\n"

    assert [f.rule for f in judge(text, f"{kind}: rows").findings] == rules


def test_every_answer_is_compared_with_the_title_but_whom_it_helps(judge: Judge) -> None:
    text = write(Who_it_helps="Longer reports.", Outcome="Longer reports in the export.")

    assert [(f.rule, f.field) for f in judge(text).findings if f.rule == "WG115"] == [
        ("WG115", "outcome")
    ]


def test_answer_after_an_empty_one_can_be_too_long(judge: Judge) -> None:
    text = write(Problem="TBD", Who_it_helps=f"Accountants {'w ' * 60}")

    assert found(judge(text)) == [("WG112", "error"), ("WG119", "info")]


@pytest.mark.parametrize(
    ("problem", "rules"),
    [
        ("Add a new page.", ["WG114"]),
        ("Move the message to settings.", ["WG121"]),
        ("Fixes https://example.org/1", ["WG116"]),
        ("[Rows](https://example.org/1) are lost. See [it](https://example.org/2).", ["WG114"]),
    ],
)
def test_one_finding_is_enough_for_an_answer(judge: Judge, problem: str, rules: list[str]) -> None:
    assert [f.rule for f in judge(write(Problem=problem)).findings] == rules


@pytest.mark.parametrize(
    ("text", "message", "rules"),
    [
        ("revert: every row of the export\n\nThis reverts commit 4f1c2d3e.\n", True, ["WG503"]),
        (
            "every row of the export is back\n\nThis reverts commit 4f1c2d3e.\n\n"
            "Change-Kind: revert\n",
            True,
            ["WG503"],
        ),
        ("Exports of a million rows ran out of memory.\n\nThis reverts #12.\n", False, []),
    ],
    ids=["subject of a message", "any other subject", "first line of a description"],
)
def test_reason_of_a_revert_stands_in_the_body(
    judge: Judge, text: str, message: bool, rules: list[str]
) -> None:
    verdict = judge(text, "" if message else "revert: every row", message=message)

    assert [f.rule for f in verdict.findings] == rules


@pytest.mark.parametrize(
    ("changes", "findings"),
    [
        ({"required": ["bet"]}, [("WG105", "bet", "no labelled answer for Bet", "**Bet:** <")]),
        ({"not": {}}, [("WG309", "", "the document ", "")]),
        (
            {"required": ["bet"], "not": {}},
            [
                ("WG105", "bet", "no labelled answer for Bet", "**Bet:** <"),
                ("WG309", "", "the doc", ""),
            ],
        ),
    ],
    ids=["required", "the whole", "both"],
)
def test_schema_of_a_team_is_held_against_the_whole_document(
    judge: Judge,
    make_policy: MakePolicy,
    changes: dict[str, object],
    findings: list[tuple[str, str, str, str]],
) -> None:
    source = json.loads(read_bundled(DOCUMENT)) | {"$id": "urn:example:own"} | changes
    policy = make_policy(schema=load_user_schema(json.dumps(source), "own.json"))
    verdict = judge(write(), policy=policy)

    assert [(f.rule, f.field) for f in verdict.findings] == [row[:2] for row in findings]
    for finding, (_, _, message, paste) in zip(verdict.findings, findings, strict=True):
        assert finding.message.startswith(message)
        assert finding.paste.startswith(paste)
        assert bool(finding.paste) is bool(paste)


def test_wrong_value_is_named_beside_a_missing_one(judge: Judge, make_policy: MakePolicy) -> None:
    source = json.loads(read_bundled(DOCUMENT)) | {"$id": "urn:example:own", "required": ["bet"]}
    policy = make_policy(schema=load_user_schema(json.dumps(source), "own.json"))
    verdict = judge(write({"Direction": "less"}), policy=policy)

    assert [(f.rule, f.field) for f in verdict.findings] == [
        ("WG105", "bet"),
        ("WG309", "measurement.direction"),
    ]


def test_schema_without_exemptions_still_refuses_a_bare_not_applicable(
    judge: Judge, make_policy: MakePolicy
) -> None:
    source = json.loads(read_bundled(DOCUMENT)) | {"$id": "urn:example:own"}
    del source["$defs"]["document"]["properties"]["exempt"]
    policy = make_policy(schema=load_user_schema(json.dumps(source), "own.json"))
    verdict = judge(write(Measurement="N/A"), policy=policy)

    assert [(f.rule, f.question) for f in verdict.findings] == [("WG401", "")]


def test_slot_that_was_left_is_named_as_it_stands(judge: Judge) -> None:
    text = "## Problem\nForty firms type <who is hurt, when, how much>\n"
    messages = [f.message for f in judge(text, title="fix: x").findings if f.rule == "WG112"]

    assert messages == ["Problem still holds the slot `<who is hurt, when, how much>`"]
