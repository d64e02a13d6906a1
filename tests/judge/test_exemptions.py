from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from whygate.model import Severity, Status
from whygate.policy.exemptions import ExemptClass, ParsedExemption, parse_exemption

if TYPE_CHECKING:
    from tests.judge.conftest import Facts, Judge, MakePolicy

PROBLEM = "## Problem\nExports stop at row 100, and support hears about it twice a week.\n\n"
WRITTEN = {
    "internal": "exempt internal; all golden files stay the same",
    "not-measurable": "exempt not-measurable; fewer than ten firms export at all",
    "covered-by": "Covered by bet export-rows",
    "deferred": "Deferred until 2026-11-30 because this stops an outage",
    "trivial": "Trivial: fixes a typo in the error text",
}
# What each kind may claim, row by row as the product model has it.
ALLOWED = {
    "feat": {"not-measurable", "covered-by", "deferred"},
    "experiment": {"covered-by"},
    "perf": {"covered-by", "not-measurable", "internal"},
    "fix": {"internal", "not-measurable", "covered-by", "deferred", "trivial"},
    "refactor": {"internal", "not-measurable", "covered-by", "trivial"},
    "chore": {"internal", "not-measurable", "covered-by", "trivial"},
    "ci": {"internal", "not-measurable", "covered-by", "trivial"},
    "test": {"internal", "not-measurable", "covered-by", "trivial"},
    "build": {"internal", "not-measurable", "covered-by", "trivial"},
    "style": {"internal", "not-measurable", "covered-by", "trivial"},
    "docs": {"internal", "not-measurable", "covered-by", "deferred", "trivial"},
    "revert": set[str](),
}


@pytest.mark.parametrize("name", WRITTEN)
@pytest.mark.parametrize("kind", ALLOWED)
def test_class_counts_only_where_the_kind_allows_it(judge: Judge, kind: str, name: str) -> None:
    title, text = f"{kind}: longer exports", f"{PROBLEM}## Product context\n{WRITTEN[name]}\n"
    verdict = judge(text, title, lines_changed=3)
    refused = [f.rule for f in verdict.findings if f.rule == "WG402"]

    if name in ALLOWED[kind]:
        assert refused == []
        assert verdict.status is (Status.OK if kind == "revert" else expected(kind, name))
    else:
        assert refused == ["WG402"]
        silent = judge(PROBLEM, title, lines_changed=3)
        assert verdict.status is silent.status


def expected(kind: str, name: str) -> Status:
    """A feature that cannot be measured still has an outcome; what stands elsewhere excuses it."""
    needs_outcome = kind in ("feat", "perf") and name == "not-measurable"
    return Status.FAILED if needs_outcome else Status.EXEMPT


@pytest.mark.parametrize(
    ("text", "name", "reason"),
    [
        (
            "Internal refactor: no user-facing outcome, because the golden files are unchanged",
            "internal",
            "the golden files are unchanged",
        ),
        (
            "Purely internal: no user facing change since all tests pass",
            "internal",
            "all tests pass",
        ),
        ("internal; the public API is unchanged", "internal", "the public API is unchanged"),
        ("internal; the API stays; so do the files", "internal", "the API stays; so do the files"),
        ("exempt internal: the public API is unchanged", "internal", "the public API is unchanged"),
        (
            "EXEMPT Internal: the API is unchanged\nall of it",
            "internal",
            "the API is unchanged\nall of it",
        ),
        ("Exempted (internal) x", None, ""),
        (
            "Not measurable because fewer than ten firms use it; we will ask three by 2027-03-01",
            "not-measurable",
            "fewer than ten firms use it; we will ask three by 2027-03-01",
        ),
        ("This cannot be measured: nobody counts calls", "not-measurable", "nobody counts calls"),
        ("Thi\u017f cannot be measured: nobody counts", "not-measurable", "nobody counts"),
        ("Not measurable. Because nobody counts calls", "not-measurable", "nobody counts calls"),
        ("N/A because nobody counts phone calls", "not-measurable", "nobody counts phone calls"),
        ("Trivial: fixes a typo", "trivial", "fixes a typo"),
        ("Trivial fix: the sign was wrong", "trivial", "the sign was wrong"),
        ("exempt trivial; a typo", "trivial", "a typo"),
        ("exempt", None, ""),
        ("n/a", None, ""),
    ],
)
def test_sentence_is_read(text: str, name: str | None, reason: str) -> None:
    assert parse_exemption(text) == ParsedExemption(
        ExemptClass(name) if name is not None else None, reason
    )


@pytest.mark.parametrize(
    ("text", "plan"),
    [
        ("Covered by bet cart-sync", "cart-sync"),
        ("Covered by the bet `cart-sync`", "cart-sync"),
        ("Covered by #1234", "#1234"),
        ("Covered by !1234", "!1234"),
        ("Covered by shop/web!12, see there", "shop/web!12"),
        ("covered-by acme/shop#1234, see there", "acme/shop#1234"),
        ("exempt covered-by; cart-sync", "cart-sync"),
        ("exempt covered by bet cart-sync; same plan", "cart-sync"),
        ("Covered by Bet cart-sync", "cart-sync"),
        ("covered by; cart-sync", "cart-sync"),
        ("exempt covered-by; cart-sync; same plan; same day", "cart-sync"),
        ("exempt covered-by; cart-sync or so", ""),
        ("exempt covered-by; The Cart", ""),
    ],
)
def test_plan_that_covers_is_read(text: str, plan: str) -> None:
    parsed = parse_exemption(text)

    assert parsed is not None
    assert parsed.name is ExemptClass.COVERED_BY
    assert parsed.plan == plan
    assert parsed.has_reason is bool(plan)


@pytest.mark.parametrize(
    ("text", "until", "reason"),
    [
        ("Deferred until 2027-01-10 because this stops it", "2027-01-10", "this stops it"),
        ("Deferred until 10 Jan 2027; this stops it", "10 Jan 2027", "this stops it"),
        ("exempt deferred; until 2027-01-10, an outage", "2027-01-10", "an outage"),
        ("exempt deferred; 2027-01-10; an outage", "2027-01-10", "an outage"),
        ("Deferred until 2027-01-10", "2027-01-10", ""),
        ("Deferred until 2027-01-10 Because this stops it", "2027-01-10", "this stops it"),
        ("exempt deferred; until next week", "next week", ""),
        ("exempt deferred", "", ""),
    ],
)
def test_deferral_is_read(text: str, until: str, reason: str) -> None:
    parsed = parse_exemption(text)

    assert parsed == ParsedExemption(ExemptClass.DEFERRED, reason, until)


@pytest.mark.parametrize("text", ["", "Accountants need longer exports", "Covered by tests"])
def test_other_text_asks_for_no_exemption(text: str) -> None:
    assert parse_exemption(text) is None


HONEST = [
    ("Who it helps", "Internal users: 40 people of the support desk, every day"),
    ("Who it helps", "Internal: the 40 people of the support desk, every day"),
    ("Who it helps", "Internal only: the 40 people of the support desk"),
    ("Problem", "Internal: support opens nine tickets a week about lost rows"),
    ("Problem", "Internal refactor: five fixes in the last month broke the exporter again"),
    ("Problem", "Not measurable today: nobody knows how many exports fail, and support guesses"),
    ("Problem", "Covered by #12 only in part: exports over 100 rows still lose data"),
    ("Problem", "Deferred until 2027 by the vendor, the old format breaks nine exports a week"),
    ("Problem", "Trivial queries: they take nine seconds, and support hears about it daily"),
    ("Outcome", "Internal: on-call engineers no longer restart the exporter at night"),
    ("Trade-offs", "Not measurable because the export is rare, so we rely on support"),
    ("Rollout", "Deferred until 2027-01-10 because of the freeze in December"),
    ("Alternatives", "N/A because the exporter has only one writer to change"),
    ("Why not", "Trivial: doing nothing costs nine tickets a week and a bad name"),
]


@pytest.mark.parametrize(("heading", "text"), HONEST, ids=[text for _, text in HONEST])
def test_honest_prose_is_no_exemption(judge: Judge, heading: str, text: str) -> None:
    verdict = judge(f"## {heading}\n{text}\n", "feat: longer exports")

    assert "exempt" not in verdict.context.fields
    assert [s.text for s in verdict.context.fields.values()] == [text]


@pytest.mark.parametrize(
    ("heading", "text"),
    [
        ("Measurement", "Internal refactor: the public API and the golden files are unchanged"),
        ("Measurement", "Not measurable because fewer than ten firms use it"),
        ("Measurement", "N/A because fewer than ten firms use it"),
        ("Measurement", "Covered by #12"),
        ("Outcome", "Internal: no user-facing outcome, because the golden files are unchanged"),
        ("Outcome", "exempt internal; the golden files are unchanged"),
        ("Who it helps", "Covered by bet export-rows"),
        ("Problem", "Trivial: fixes a typo in the error text"),
        ("Problem", "exempt trivial; fixes a typo in the error text"),
    ],
)
def test_exemption_may_stand_in_the_field_it_excuses(judge: Judge, heading: str, text: str) -> None:
    verdict = judge(f"## {heading}\n{text}\n", "fix: longer exports", lines_changed=2)

    assert verdict.context.fields["exempt"].text == text
    assert verdict.exemption is not None
    assert "WG101" in {f.rule for f in verdict.findings} or heading == "Problem"


def test_same_exemption_in_two_fields_is_no_double(judge: Judge) -> None:
    text = "Internal: no user-facing outcome, because the golden files are unchanged"
    verdict = judge(
        f"{PROBLEM}## Outcome\n{text}\n\n## Measurement\n{text}\n", "perf: longer exports"
    )

    assert verdict.status is Status.EXEMPT
    assert verdict.findings == ()


@pytest.mark.parametrize(
    ("until", "rules"),
    [
        ("2026-11-23", []),
        ("2026-12-07", []),
        ("+14d", []),
        ("2026-12-08", ["WG401"]),
        ("2026-11-22", ["WG401"]),
        ("soon", ["WG401"]),
        ("02/03/2027", ["WG401"]),
    ],
)
def test_deferral_is_short_and_ahead(judge: Judge, until: str, rules: list[str]) -> None:
    text = f"{PROBLEM}## Measurement\nDeferred until {until} because this stops an outage\n"
    verdict = judge(text, "feat: longer exports")

    assert [f.rule for f in verdict.findings] == rules
    assert verdict.status is (Status.FAILED if rules else Status.EXEMPT)


def test_deferral_without_a_day_is_refused(judge: Judge) -> None:
    text = f"{PROBLEM}## Product context\nexempt deferred\n"
    verdict = judge(text, "feat: longer exports")

    assert "WG401" in {f.rule for f in verdict.findings if f.severity is Severity.ERROR}


@pytest.mark.parametrize("kind", ["refactor", "chore", "test", "docs", "revert"])
@pytest.mark.parametrize("name", [*WRITTEN, "far"])
def test_honest_exemption_never_costs_more_than_silence(judge: Judge, kind: str, name: str) -> None:
    text = WRITTEN.get(name, "Deferred until 2028-01-10 because this stops an outage")
    honest = judge(f"## Measurement\n{text}\n", f"{kind}: longer exports")
    silent = judge("", f"{kind}: longer exports")

    assert silent.ok
    assert honest.ok


@pytest.mark.parametrize(
    ("lines", "status"),
    [(None, Status.FAILED), (0, Status.EXEMPT), (20, Status.EXEMPT), (21, Status.FAILED)],
)
def test_trivial_is_small(judge: Judge, lines: int | None, status: Status) -> None:
    text = "Trivial: fixes a typo in the error text"
    verdict = judge(f"## Product context\n{text}\n", "fix: a typo", lines_changed=lines)

    assert verdict.status is status


@pytest.mark.parametrize(
    ("text", "bets", "severity"),
    [
        ("Covered by bet export-rows", {"export-rows": ("b.yml", "version: 1\n")}, None),
        ("Covered by bet no-such-bet", {"export-rows": ("b.yml", "version: 1\n")}, Severity.ERROR),
        ("Covered by bet no-such-bet", {}, Severity.ERROR),
        ("Covered by bet no-such-bet", None, Severity.INFO),
        ("Covered by #12", {}, Severity.INFO),
    ],
)
def test_plan_elsewhere_is_looked_up(
    judge: Judge,
    make_policy: MakePolicy,
    text: str,
    bets: dict[str, tuple[str, str]] | None,
    severity: Severity | None,
) -> None:
    verdict = judge(
        f"{PROBLEM}## Measurement\n{text}\n", "feat: longer exports", policy=make_policy(bets=bets)
    )

    assert [f.severity for f in verdict.findings if f.rule == "WG405"] == [severity] * bool(
        severity
    )
    assert (verdict.exemption is None) is (severity is Severity.ERROR)


def test_granted_exemption_says_what_it_excuses_and_where_it_stands(judge: Judge) -> None:
    text = f"{PROBLEM}## Product context\n{WRITTEN['not-measurable']}\n"
    exemption = judge(text, "fix: longer exports").exemption

    assert exemption is not None
    assert exemption.name == "not-measurable"
    assert exemption.reason == "fewer than ten firms export at all"
    assert exemption.location is not None
    assert exemption.location.line == 4
    assert exemption.excuses == ("measurement",)


def test_exemption_excuses_the_parts_of_what_it_excuses(judge: Judge) -> None:
    plan = "## Measurement\n- Metric: TBD\n- Owner: @lena\n"
    text = f"{PROBLEM}{plan}\n## Product context\n{WRITTEN['not-measurable']}\n"

    assert judge(text, "fix: longer exports").findings == ()


def test_exemption_without_a_reason_excuses_nothing(judge: Judge) -> None:
    text = f"{PROBLEM}## Product context\nexempt internal; refactoring\n"

    assert [f.rule for f in judge(text, "perf: rows").findings] == ["WG102", "WG401"]


def test_change_that_is_too_large_to_be_trivial_is_excused_from_nothing(
    judge: Judge, make_policy: MakePolicy
) -> None:
    policy = make_policy("max_severity: warning\n")
    text = f"## Product context\n{WRITTEN['trivial']}\n"
    verdict = judge(text, "fix: a typo", policy=policy, lines_changed=21)

    assert verdict.status is Status.OK
    assert verdict.exemption is None


@pytest.mark.parametrize(
    "text", ["Covered by bet no-such-bet", "Deferred until 2027-06-01 because this stops an outage"]
)
def test_refused_exemption_excuses_nothing_where_all_is_a_warning(
    judge: Judge, make_policy: MakePolicy, text: str
) -> None:
    policy = make_policy("max_severity: warning\n")
    verdict = judge(f"{PROBLEM}## Measurement\n{text}\n", "feat: longer exports", policy=policy)

    assert verdict.status is Status.OK
    assert verdict.exemption is None


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("exempt internal; refactoring", "has fewer than 4 words"),
        ("exempt internal", "has fewer than 4 words"),
        ("exempt covered-by; The Cart", "names no plan"),
        ("n/a", "names no class"),
        ("none", "names no class"),
        ("exempt special; it is a long story", "names no class"),
    ],
)
def test_bare_exemption_is_refused(judge: Judge, text: str, message: str) -> None:
    verdict = judge(f"{PROBLEM}## Product context\n{text}\n", "fix: longer exports")

    assert verdict.status is Status.FAILED
    assert [f.rule for f in verdict.findings if message in f.message] == ["WG401"]
    assert "WG103" not in {f.rule for f in verdict.findings}


@pytest.mark.parametrize("text", ["N/A", "none", "Not applicable.", "- [x] n/a", "not measurable"])
def test_not_applicable_is_never_an_exemption(judge: Judge, text: str) -> None:
    verdict = judge(f"{PROBLEM}## Measurement\n{text}\n", "feat: longer exports")

    assert verdict.exemption is None
    assert "WG401" in {f.rule for f in verdict.findings if f.severity is Severity.ERROR}


def test_waved_away_field_is_named_with_its_words(judge: Judge) -> None:
    verdict = judge(f"{PROBLEM}## Measurement\nN/A\n", "feat: longer exports")

    assert "Measurement says `N/A` without a reason" in {f.message for f in verdict.findings}


def test_unknown_class_is_told_the_classes_there_are(judge: Judge) -> None:
    verdict = judge(f"{PROBLEM}## Product context\nexempt special; a long story\n", "fix: rows")

    message = next(f.message for f in verdict.findings if f.rule == "WG401")
    assert message == f"the exemption names no class; there are {', '.join(WRITTEN)}"


def test_text_that_asks_for_no_exemption_is_none(judge: Judge) -> None:
    text = f"{PROBLEM}## Product context\nAccountants need longer exports\n"
    verdict = judge(text, "fix: longer exports")

    assert verdict.exemption is None
    assert [(f.rule, f.severity) for f in verdict.findings] == [("WG103", Severity.WARNING)]


@pytest.mark.parametrize(
    ("kind", "heading", "rules"),
    [
        ("perf", "Problem", ["WG112"]),
        ("perf", "Outcome", ["WG401"]),
        ("feat", "Problem", ["WG112"]),
        ("feat", "Outcome", ["WG112"]),
        ("feat", "Who it helps", ["WG112"]),
    ],
)
def test_not_applicable_asks_for_an_exemption_where_there_may_be_one(
    judge: Judge, kind: str, heading: str, rules: list[str]
) -> None:
    verdict = judge(f"## {heading}\nN/A\n", f"{kind}: longer exports")

    assert [f.rule for f in verdict.findings if f.rule in ("WG112", "WG401")] == rules


@pytest.mark.parametrize(("kind", "severity"), [("feat", "error"), ("fix", "warning")])
def test_waved_away_field_weighs_what_its_absence_weighs(
    judge: Judge, kind: str, severity: str
) -> None:
    verdict = judge(f"{PROBLEM}## Measurement\nN/A\n", f"{kind}: longer exports")

    assert {str(f.severity) for f in verdict.findings if f.rule == "WG401"} == {severity}


def test_deferral_to_no_day_says_so(judge: Judge) -> None:
    text = f"{PROBLEM}## Measurement\nDeferred until soon because this stops an outage\n"
    verdict = judge(text, "feat: longer exports")

    assert ["`soon` is no day" in f.message for f in verdict.findings] == [True]


@pytest.mark.parametrize(
    ("bets", "message"),
    [
        ({}, "the bet `no-such-bet` does not exist; there is no bet yet"),
        (
            {"export-rows": ("b.yml", "version: 1\n")},
            "the bet `no-such-bet` does not exist; there are export-rows",
        ),
    ],
)
def test_bet_that_is_not_there_is_told_those_that_are(
    judge: Judge, make_policy: MakePolicy, bets: dict[str, tuple[str, str]], message: str
) -> None:
    text = f"{PROBLEM}\nBet: no-such-bet\n"
    verdict = judge(text, "feat: longer exports", policy=make_policy(bets=bets))

    assert [f.message for f in verdict.findings if f.rule == "WG405"] == [message]


FACTS: Facts = {"paths": ("src/ui/table.ts", "src/core/rows.ts")}


@pytest.mark.parametrize(
    ("config", "rules"),
    [("product_paths: [src/ui/**]\n", ["WG403"]), ("product_paths: [src/web/**]\n", []), ("", [])],
)
def test_internal_change_of_what_users_see_is_doubted(
    judge: Judge, make_policy: MakePolicy, config: str, rules: list[str]
) -> None:
    text = f"{PROBLEM}## Product context\n{WRITTEN['internal']}\n"
    verdict = judge(text, "refactor: rows", policy=make_policy(config), **FACTS)

    assert [f.rule for f in verdict.findings] == rules


@pytest.mark.parametrize(
    ("text", "kind", "rule", "message"),
    [
        (
            "exempt internal; all golden files stay the same",
            "revert",
            "WG402",
            "a change of kind revert (decided by title) cannot be internal",
        ),
        (
            "exempt internal; refactoring",
            "fix",
            "WG401",
            "the reason for `internal` has fewer than 4 words of its own",
        ),
        (
            "exempt not-measurable; this is not measurable change",
            "fix",
            "WG401",
            "the reason for `not-measurable` does not say what changes, or why",
        ),
        (
            "exempt deferred",
            "fix",
            "WG401",
            "the reason for `deferred` has fewer than 4 words of its own",
        ),
        (
            "exempt covered-by; The Cart",
            "fix",
            "WG401",
            "`covered-by` names no plan: write `Covered by bet <slug>` or `Covered by #<number>`",
        ),
        (
            "exempt deferred; this stops an outage",
            "fix",
            "WG401",
            "a deferral needs a day, and `this stops an outage` is no day",
        ),
        (
            "Deferred until soon because this stops an outage",
            "fix",
            "WG401",
            "a deferral needs a day, and `soon` is no day",
        ),
        (
            "Deferred until 2026-12-08 because this stops an outage",
            "fix",
            "WG401",
            "a plan can wait 14 days, and 2026-12-08 is 15 days away",
        ),
        (
            "Deferred until 2026-11-22 because this stops an outage",
            "fix",
            "WG401",
            "the deferral ran out on 2026-11-22, before the day of this change",
        ),
        (
            "Trivial: fixes a typo in the error text",
            "fix",
            "WG402",
            "`trivial` is for at most 20 changed lines, and this changes 21",
        ),
        ("Covered by #12", "fix", "WG405", "the plan `#12` was not looked up here"),
        (
            "Covered by bet no-such-bet",
            "fix",
            "WG405",
            "the bet `no-such-bet` does not exist; there are bet-a, bet-b, bet-c, bet-d, bet-e",
        ),
    ],
)
def test_doubtful_exemption_is_named_in_these_words(
    judge: Judge, make_policy: MakePolicy, text: str, kind: str, rule: str, message: str
) -> None:
    bets = {f"bet-{letter}": (f"{letter}.yml", "version: 1\n") for letter in "fcadbe"}
    verdict = judge(
        f"{PROBLEM}## Product context\n{text}\n",
        f"{kind}: longer exports",
        policy=make_policy(bets=bets),
        lines_changed=21,
    )

    assert [f.message for f in verdict.findings if f.rule == rule] == [message]


def test_plan_that_is_not_named_is_missed_once(judge: Judge) -> None:
    verdict = judge(
        f"{PROBLEM}## Product context\nexempt covered-by; The Cart\n", "fix: longer exports"
    )

    assert [f.rule for f in verdict.findings if f.rule.startswith("WG4")] == ["WG401"]


def test_kind_without_an_exemption_is_offered_none(judge: Judge) -> None:
    text = f"{PROBLEM}## Product context\n{WRITTEN['internal']}\n"
    verdict = judge(text, "revert: longer exports")

    assert [f.paste for f in verdict.findings if f.rule == "WG402"] == [""]


def test_plan_beside_text_that_asks_for_no_exemption_is_just_a_plan(judge: Judge) -> None:
    plan = "- Metric: tickets, weekly\n- Target: 1 ticket\n- Evaluate by: +30d\n"
    other = "## Product context\nAccountants need longer exports\n"
    verdict = judge(f"{PROBLEM}## Measurement\n{plan}\n{other}", "fix: longer exports")

    assert verdict.findings == ()


def test_stand_in_for_a_bet_is_not_looked_up(judge: Judge) -> None:
    verdict = judge(f"{PROBLEM}Bet: TBD\nRefs: #12\n", "docs: longer exports")

    assert verdict.findings == ()


def test_short_fair_reason_counts(judge: Judge) -> None:
    text = PROBLEM + "## Product context\nexempt internal; only the imports change\n"

    assert judge(text, "refactor: let no modules import each other").status is Status.EXEMPT
