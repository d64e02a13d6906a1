"""Histories to outcomes: whose plan it is, what was recorded, what was taken back or moved."""

from __future__ import annotations

import json
from datetime import date
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace
from tests.history.conftest import make_policy
from tests.outcomes.conftest import PLAN, TODAY, History, make_result

from whygate.model import Severity
from whygate.outcomes.collect import collect_outcomes, find_first_changes
from whygate.outcomes.ledger import Kept
from whygate.outcomes.names import Revert, read_reverts
from whygate.policy.config import PartialConfig, RuleSetting

if TYPE_CHECKING:
    from collections.abc import Callable

    from whygate.outcomes.outcome import Outcome, Outcomes

    Read = Callable[..., History]

FEATURE = f"feat: write every row (#12)\n\n{PLAN}"
SHA = "0000001" + "0" * 33
BET = """\
version: 1
problem: carts are empty on the second device, which support hears 140 times a month
outcome: shoppers finish on the second device
measurement:
  - metric: completed checkouts of two-device sessions, weekly
    baseline: 38 %
    target: 45 %
    evaluate_by: +30d
    owner: "@lena"
  - metric: lost cart tickets a month
    baseline: 140
    target: 50
    evaluate_by: 2025-05-01
"""
METRIC = "completed checkouts of two-device sessions, weekly"
BETS = {"cart-sync": (".whygate/bets/cart-sync.yml", BET)}


def line(**values: object) -> str:
    return json.dumps({"v": 1, "for": "#12", "at": "2025-02-14", "state": "met"} | values) + "\n"


def states(found: Outcomes) -> list[tuple[str, int, str]]:
    return [(o.name, o.plan.index, str(o.state)) for o in found.outcomes]


def rules(outcome: Outcome) -> list[str]:
    return [finding.rule for finding in outcome.findings]


def test_plan_says_all_of_it(read_history: Read) -> None:
    plan = read_history([FEATURE]).one().plan

    assert (plan.identity, plan.sha, plan.title) == ("#12", SHA, "feat: write every row (#12)")
    assert (plan.merged, plan.kind, plan.index) == (date(2025, 1, 1), "feature", 1)
    assert (plan.baseline, plan.target, plan.direction) == ("9 tickets", "<= 1 ticket", "down")
    assert (plan.due, plan.due_text) == (date(2025, 2, 15), "2025-02-15")
    assert (plan.owner, plan.owner_named) == ("Ada <ada@example.org>", False)
    assert (plan.form, plan.label, plan.path, plan.line) == ("trailer", "Metric", SHA[:12], 5)


@pytest.mark.parametrize(
    ("message", "name"),
    [
        (FEATURE, "#12"),
        (f"feat: write every row\n\n{PLAN}", SHA[:12]),
        (f"feat: write every row\n\n{PLAN}Change-Id: I{'a1' * 20}\n", f"I{'a1' * 20}"),
        (f"Merge pull request #7 from a/b\n\nfeat: write every row\n\n{PLAN}", "#7"),
    ],
    ids=["squash", "hash", "gerrit", "merge"],
)
@pytest.mark.parametrize("by", ["name", "hash", "start"])
def test_result_finds_its_change(read_history: Read, message: str, name: str, by: str) -> None:
    wanted = {"name": name, "hash": SHA, "start": SHA[:7]}[by]
    outcome = read_history([message]).one(line(**{"for": wanted, "value": "1 ticket"}))

    assert outcome.name == name
    assert outcome.state == "met"


def test_result_of_nothing_is_unmatched(read_history: Read) -> None:
    ledger = line(**{"for": "#13"}) + line(metric=2) + line(**{"for": "cart-sync"})
    found = read_history([FEATURE]).collect(ledger)

    assert states(found) == [("#12", 1, "overdue")]
    assert [r.change for r in found.unmatched] == ["#13", "#12", "cart-sync"]


def test_result_by_trailer_of_a_later_commit(read_history: Read) -> None:
    message = "chore: look\n\nOutcome-For: #12\nOutcome-Result: missed; 3 tickets\n"
    outcome = read_history([FEATURE, "docs: other", message]).one()

    assert outcome.state == "missed"
    assert outcome.result is not None
    assert (outcome.result.source, outcome.result.at) == ("trailer", date(2025, 1, 3))


def test_of_two_changes_with_one_number_the_hash_tells(read_history: Read) -> None:
    history = read_history([FEATURE, FEATURE.replace("rows", "lines")])
    found = history.collect(line(sha="0000002", value="1 ticket"))

    assert {o.plan.sha[:7]: str(o.state) for o in found.outcomes} == {
        "0000001": "overdue",
        "0000002": "met",
    }


def test_without_a_hash_the_first_of_two_is_meant(read_history: Read) -> None:
    found = read_history([FEATURE, FEATURE]).collect(line())

    assert [o.plan.sha[:7] for o in found.outcomes if o.state == "met"] == ["0000001"]


def test_change_without_a_plan_has_no_outcome(read_history: Read) -> None:
    messages = [
        "feat: nothing",
        "docs: more\n\nText.\n",
        "fix: x\n\nProduct-Context: exempt internal; nobody outside of the team sees it\n",
        "feat: y\n\n## Measurement\nWe will keep an eye on it.\n",
    ]

    assert read_history(messages).collect().outcomes == ()


def test_day_that_counts_from_the_merge(read_history: Read) -> None:
    history = read_history(["docs: x", FEATURE.replace("2025-02-15", "+6w")])

    assert history.one().due == date(2025, 2, 13)


def test_deferred_plan_is_a_promise(read_history: Read) -> None:
    message = (
        "fix: stop the outage (#5)\n\nProblem: nobody can log in since the last release\n"
        "Product-Context: exempt deferred; until 2025-01-10 because this stops an outage\n"
    )
    outcome = read_history([message]).one()

    assert outcome.plan.is_deferral
    assert (outcome.state, outcome.due, rules(outcome)) == ("overdue", date(2025, 1, 10), ["WG601"])
    assert "promised its plan" in outcome.findings[0].message


def test_three_metrics_are_three_outcomes(read_history: Read) -> None:
    message = (
        "feat: x (#12)\n\n```yaml product-context\nversion: 1\nmeasurement:\n"
        "  - {metric: retyped rows, baseline: 30, target: 0, evaluate_by: 2025-02-01}\n"
        "  - {metric: support tickets, baseline: 9, target: 1, evaluate_by: 2025-03-01}\n```\n"
    )
    ledger = line(value="0") + line(metric=2, value="4", state="missed")
    found = read_history([message]).collect(ledger)

    assert states(found) == [("#12", 1, "met"), ("#12", 2, "missed")]


def test_abandoned_change_abandons_all_of_its_metrics(read_history: Read) -> None:
    message = (
        "feat: x (#12)\n\n```yaml product-context\nversion: 1\nmeasurement:\n"
        "  - {metric: retyped rows, baseline: 30, target: 0, evaluate_by: 2025-02-01}\n"
        "  - {metric: support tickets, baseline: 9, target: 1, evaluate_by: 2025-03-01}\n```\n"
    )
    found = read_history([message]).collect(line(state="abandoned", note="sunset"))

    assert [state for _, _, state in states(found)] == ["abandoned", "abandoned"]


# -- bets

FIRST = "feat(cart): keep it\n\nProblem: carts are empty on the laptop\nBet: cart-sync\n"


def test_bet_is_one_outcome_for_each_metric_with_all_of_its_changes(read_history: Read) -> None:
    covered = "fix: y\n\nProduct-Context: exempt covered-by; bet cart-sync\n"
    found = read_history([FIRST, "feat: z\n\nBet: cart-sync\n", covered], BETS).collect()

    assert states(found) == [("cart-sync", 1, "overdue"), ("cart-sync", 2, "overdue")]
    assert [change.sha[:7] for change in found.outcomes[0].changes] == [
        *("0000003", "0000002", "0000001"),
    ]
    assert found.outcomes[0].due == date(2025, 1, 31)
    assert found.outcomes[0].plan.owner == "@lena"
    assert found.outcomes[0].plan.form == "bet"


@pytest.mark.parametrize("name", ["cart-sync", "0000001", "0000002"])
def test_result_of_a_bet_by_its_name_or_any_of_its_changes(read_history: Read, name: str) -> None:
    history = read_history([FIRST, "feat: z\n\nBet: cart-sync\n"], BETS)
    found = history.collect(line(**{"for": name, "value": "46 %"}))

    assert states(found)[0] == ("cart-sync", 1, "met")


def test_bet_without_a_file_takes_the_plan_of_its_first_change(read_history: Read) -> None:
    history = read_history([f"{FEATURE}Bet: export-rows\n", "feat: z\n\nBet: export-rows\n"])
    found = history.collect(line(**{"for": "export-rows", "value": "0"}))

    assert states(found) == [("export-rows", 1, "met")]
    assert [c.identity for c in found.outcomes[0].changes] == ["0000002" + "0" * 5, "#12"]


def test_other_plan_of_a_bets_change_is_its_own(read_history: Read) -> None:
    history = read_history([FIRST, f"{FEATURE}Bet: cart-sync\n"], BETS)

    assert [(o.name, o.plan.metric[:7]) for o in history.collect().outcomes] == [
        ("cart-sync", "complet"),
        ("#12", "support"),
        ("cart-sync", "lost ca"),
    ]


def test_later_change_that_promises_another_target_is_shown(read_history: Read) -> None:
    later = FEATURE.replace("#12", "#13").replace("<= 1 ticket", "<= 4 tickets")
    history = read_history([f"{FEATURE}Bet: export-rows\n", f"{later}Bet: export-rows\n"])
    outcome = history.one()

    assert [(m.field, m.then, m.now) for m in outcome.moved] == [
        ("target", "<= 1 ticket", "<= 4 tickets")
    ]
    assert "WG604" in rules(outcome)


def test_ticket_under_epic_is_no_bet(read_history: Read) -> None:
    messages = [f"{FEATURE}Bet: PROJ-12\n", FEATURE.replace("#12", "#13") + "Bet: PROJ-12\n"]

    assert states(read_history(messages).collect()) == [
        ("#12", 1, "overdue"),
        ("#13", 1, "overdue"),
    ]


def test_bet_nobody_describes_has_no_outcome(read_history: Read) -> None:
    assert read_history([FIRST]).collect().outcomes == ()


def test_change_covered_by_a_request_joins_it(read_history: Read) -> None:
    covered = "fix: y (#14)\n\nProduct-Context: exempt covered-by; #12\n"
    revert = f"Revert z\n\nThis reverts commit {SHA}.\n"
    outcome = read_history([FEATURE, covered]).one()

    assert [change.identity for change in outcome.changes] == ["#14", "#12"]
    assert read_history([FEATURE, covered, revert]).one().state == "abandoned"


@pytest.mark.parametrize(
    ("old", "new", "moved"),
    [
        ("target: 45 %", "target: 40 %", [("target", "45 %", "40 %")]),
        ("target: 45 %", 'target: "45.0%"', []),
        ("evaluate_by: +30d", "evaluate_by: +60d", [("evaluate_by", "+30d", "+60d")]),
        ("evaluate_by: +30d", "evaluate_by: 2025-01-31", []),
        ("baseline: 38 %", "baseline: 30 %", [("baseline", "38 %", "30 %")]),
        ("checkouts of two-device sessions", "c", [("metric", METRIC, "completed c, weekly")]),
        ('owner: "@lena"', 'owner: "@jo"', []),
        ('owner: "@lena"', "guardrail: [p95 <= 300 ms]", [("guardrail", "", "p95 <= 300 ms")]),
    ],
)  # fmt: skip
def test_bet_that_was_edited_after_the_merge_shows_old_and_new(
    read_history: Read, old: str, new: str, moved: list[tuple[str, str, str]]
) -> None:
    path = BETS["cart-sync"][0]
    history = read_history([FIRST], {"cart-sync": (path, BET.replace(old, new))})
    outcome = history.collect(then=BETS).outcomes[0]

    assert [(m.field, m.then, m.now) for m in outcome.moved] == moved
    assert ("WG604" in rules(outcome)) == bool(moved)
    assert outcome.plan.target == "45 %"
    assert outcome.due == date(2025, 1, 31)


def test_day_that_an_extension_explains_was_not_moved_in_secret(read_history: Read) -> None:
    edited = BET.replace("+30d", "2025-07-01")
    history = read_history([FIRST], {"cart-sync": (BETS["cart-sync"][0], edited)})
    ledger = line(**{"for": "cart-sync", "state": "extended", "until": "2025-07-01", "metric": 1})
    outcome = next(o for o in history.collect(ledger, then=BETS).outcomes if o.plan.index == 1)

    assert (outcome.state, outcome.moved) == ("planned", ())


def test_bet_whose_file_is_gone_keeps_its_plan(read_history: Read) -> None:
    found = read_history([FIRST], {}).collect(then=BETS)

    assert len(found.outcomes) == 2
    assert found.outcomes[0].moved == ()


def test_first_changes_of_bets(read_history: Read) -> None:
    covered = "fix: y\n\nProduct-Context: exempt covered-by; #12\n"
    history = read_history([FIRST, "feat: z\n\nBet: cart-sync\n", covered])

    assert {k: v.sha[:7] for k, v in find_first_changes(history.records).items()} == {
        "cart-sync": "0000001"
    }


# -- reverts


@pytest.mark.parametrize(
    "message",
    [
        f"Revert it\n\nThis reverts commit {SHA}.\n",
        f"Revert it\n\nThis reverts commit {SHA[:7]}.\n",
        'Revert "feat: write every row (#12)" (#15)\n',
        'Revert "feat: write every row (#12)"\n',
        'Revert "feat: write every row" (#15)\n\nReverts acme/shop#12\n',
        'Revert "feat: write every row" (#15)\n\nReverts #12\n',
        'Merge pull request #15 from acme/revert-12-rows\n\nRevert "feat: write every row"\n',
        'Revert "feat: write every row" (#15)\n',
    ],
)
def test_revert_abandons_the_plan(read_history: Read, message: str) -> None:
    assert read_history([FEATURE, message]).one().state == "abandoned"
    assert read_history(["docs: x", FEATURE, "fix: y"]).one().state == "overdue"


@pytest.mark.parametrize(
    "message",
    [
        'Revert "feat: write every row"\n\nThis reverts merge request !12\n',
        'Revert "feat: write every row"\n\nThis reverts merge request acme/shop!12\n',
        'Revert "feat: write every row (!12)" (!15)\n',
        'Revert "feat: write every row" (!15)\n',
    ],
)
def test_revert_of_a_merge_request_abandons_the_plan(read_history: Read, message: str) -> None:
    feature = FEATURE.replace("(#12)", "(!12)")

    assert read_history([feature, message]).one().state == "abandoned"
    if "12" in message:
        assert read_history([feature, message.replace("12", "13")]).one().state == "overdue"


SQUASHED = 'Revert "feat: write every row (#12)" (#15)'
REVERT, AGAIN, THIRD = (
    f"Revert it\n\nThis reverts commit {sha}." for sha in (SHA, "0000002", "0000003")
)


@pytest.mark.parametrize(
    ("messages", "state"),
    [
        ([SQUASHED, f'Revert "{SQUASHED}" (#16)'], "overdue"),
        ([SQUASHED, 'Reapply "feat: write every row (#12)"'], "overdue"),
        ([REVERT, AGAIN], "overdue"),
        ([REVERT, AGAIN, THIRD], "abandoned"),
        (["Revert it\n\nThis reverts commit 9999999."], "overdue"),
        (['Revert "feat: something else" (#15)'], "overdue"),
        (["Revert (#12) by hand"], "overdue"),
    ],
    ids=["revert twice", "reapply", "by hash", "and again", "unknown hash", "title", "no revert"],
)
def test_revert_of_a_revert_brings_it_back(
    read_history: Read, messages: list[str], state: str
) -> None:
    assert read_history([FEATURE, *messages]).one().state == state


def test_result_before_the_revert_stands(read_history: Read) -> None:
    history = read_history([FEATURE, f"Revert it\n\nThis reverts commit {SHA}.\n"])

    assert history.one(line(value="1 ticket")).state == "met"


def test_bet_is_abandoned_when_all_of_it_is_reverted(read_history: Read) -> None:
    second = "feat: z\n\nBet: cart-sync\n"
    reverts = [f"Revert\n\nThis reverts commit {n}.\n" for n in ("0000001", "0000002")]

    one = read_history([FIRST, second, reverts[0]], BETS).collect().outcomes[0]
    both = read_history([FIRST, second, *reverts], BETS).collect().outcomes[0]

    assert (one.state, both.state) == ("overdue", "abandoned")


def test_revert_that_is_no_record_counts_too(read_history: Read) -> None:
    found = read_history([FEATURE]).collect(reverts=(Revert("f" * 40, TODAY, (SHA,)),))

    assert states(found) == [("#12", 1, "abandoned")]


@pytest.mark.parametrize(
    ("title", "body", "names"),
    [
        ("Revert", "", ()),
        ('Revert "x"', "", ('"x',)),
        ('Reapply "x"', "", ('"Revert "x"',)),
        ('Revert "x (#1)"', "\nThis reverts commit abcdef0, reversing\n", ("abcdef0", "#1")),
        ("x", "This reverts commit ABCDEF0.", ("abcdef0",)),
        ("x", "This reverts merge request a/b-c/d!7", ("!7",)),
    ],
)
def test_names_of_what_is_reverted(title: str, body: str, names: tuple[str, ...]) -> None:
    assert read_reverts(title, f"{title}\n{body}") == names


# -- contexts that were kept


def test_kept_context_gives_the_plan_that_a_squash_lost(read_history: Read) -> None:
    document = {
        "problem": "the export stops at row 100, so people retype the rest",
        "measurement": [
            {"metric": "tickets", "baseline": "9", "target": "1", "evaluate_by": "+30d"}
        ],
    }
    kept = Kept("#12", SHA, json.dumps(document), "refs/notes/product-context")
    history = read_history(["feat: write every row (#12)"], kept=lambda sha: {sha: kept})
    outcome = history.one()

    assert (outcome.plan.form, outcome.plan.target) == ("note", "1")
    assert outcome.due == date(2025, 1, 31)
    assert history.records[0].forms == ("note",)
    assert "problem" in dict(history.records[0].answers)


def test_kept_context_is_stronger_than_the_message(read_history: Read) -> None:
    kept = Kept("#12", SHA, '{"measurement": [{"target": "2 tickets"}]}', "notes")
    history = read_history([FEATURE], kept=lambda sha: {sha: kept})

    assert history.one().plan.target == "2 tickets"


# -- rules


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({}, ["WG602"]),
        ({"value": "1 ticket"}, []),
        ({"evidence": "https://bi"}, []),
        ({"state": "inconclusive"}, ["WG602"]),
        ({"state": "inconclusive", "note": "too few visits"}, []),
        ({"state": "abandoned"}, []),
        ({"value": "3 tickets"}, ["WG603"]),
        ({"value": "1 ticket", "target": "<= 1 tickets"}, []),
        ({"value": "1 ticket", "target": "<= 4 tickets"}, ["WG604"]),
        ({"value": "3 tickets", "target": "<= 4 tickets"}, ["WG603", "WG604"]),
    ],
)
def test_rules_of_a_result(
    read_history: Read, values: dict[str, object], expected: list[str]
) -> None:
    assert rules(read_history([FEATURE]).one(line(**values))) == expected


def test_forced_contradiction_is_information_with_its_reason(read_history: Read) -> None:
    outcome = read_history([FEATURE]).one(line(value="3 tickets", forced="two were tests"))

    assert [(f.rule, str(f.severity)) for f in outcome.findings] == [("WG603", "info")]
    assert "two were tests" in outcome.findings[0].message
    assert outcome.remarks == ("recorded against the number, because: two were tests",)


def test_extensions_that_no_longer_count_are_said(read_history: Read) -> None:
    days = ("2025-03-01", "2025-04-01", "2025-09-01")
    ledger = "".join(line(state="extended", until=day, at=day) for day in days)
    outcome = read_history([FEATURE]).one(ledger)

    assert outcome.remarks == ("extended 3 times; only the first 2 moved the day",)


def test_overdue_finding_gives_the_command(read_history: Read) -> None:
    finding = read_history([FEATURE]).one().findings[0]

    assert finding.rule == "WG601"
    assert "106 days ago" in finding.message
    assert finding.paste.startswith("whygate record '#12' --value ")


def test_rule_that_is_off_finds_nothing(read_history: Read) -> None:
    off, error = RuleSetting(Severity.OFF, "no"), RuleSetting(Severity.ERROR)
    policy = make_policy()
    layer = PartialConfig(rules={"WG601": off, "WG6": error})
    policy = replace(policy, config=policy.config.apply(layer))
    records = read_history([FEATURE]).records

    assert collect_outcomes(records, policy, TODAY).outcomes[0].findings == ()


def test_result_is_told_once_although_two_carriers_say_the_same(read_history: Read) -> None:
    outcome = read_history([FEATURE]).one(line() + line())

    assert len(outcome.results) == 1
    assert make_result("met").concerns(1)
