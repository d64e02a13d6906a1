from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest
from tests.judge.conftest import PLAN, find, found, write

from whygate.judge.check import build_case, check
from whygate.model import Change, Form, Origin, Part, Severity, Status

if TYPE_CHECKING:
    from tests.judge.conftest import Facts, Judge, MakePolicy


WEAK_HEADINGS = ("Context", "Background", "Overview")


def test_complete_feature_passes_without_a_finding(judge: Judge) -> None:
    verdict = judge(write())

    assert verdict.status is Status.OK
    assert verdict.ok
    assert verdict.findings == verdict.suppressed == ()
    assert verdict.change.title == "feat(export): longer reports"


def test_empty_feature_fails_for_all_that_is_asked(judge: Judge) -> None:
    verdict = judge("")

    assert verdict.status is Status.FAILED
    assert not verdict.ok
    assert found(verdict) == [
        ("WG101", "error"),
        ("WG102", "error"),
        ("WG103", "error"),
        ("WG104", "warning"),
    ]


def test_finding_asks_before_it_shows(judge: Judge) -> None:
    finding = find(judge(write(Problem="")), "WG101")

    assert finding.name == "problem-missing"
    assert finding.message == "no labelled answer for Problem"
    assert finding.question == "What problem does this solve, and who has it?"
    assert finding.paste.startswith("**Problem:** <")
    assert (finding.location.path, finding.location.line) == ("body.md", 1)


def test_message_is_shown_a_trailer_to_paste(judge: Judge) -> None:
    verdict = judge("feat: rows\n", message=True)

    assert find(verdict, "WG101").paste.startswith("Problem: <")
    assert find(verdict, "WG103").paste.startswith("Measurement: <what is counted> goes from")


@pytest.mark.parametrize(
    ("title", "rules"),
    [
        ("feat: x", ["WG201", "WG202", "WG203", "WG204"]),
        ("experiment: x", ["WG201", "WG202", "WG203", "WG204", "WG214", "WG214"]),
        ("perf: x", ["WG201", "WG202", "WG203", "WG204"]),
        ("fix: x", ["WG201", "WG203", "WG204"]),
        ("refactor: x", []),
        ("docs: x", []),
        ("x", ["WG201", "WG202", "WG203", "WG204"]),
    ],
)
def test_begun_plan_needs_the_parts_of_its_kind(judge: Judge, title: str, rules: list[str]) -> None:
    verdict = judge(write(Measurement="We will ask them all."), title)

    assert sorted(f.rule for f in verdict.findings) == rules


@pytest.mark.parametrize(
    ("plan", "rules"),
    [
        ({"Baseline": "38 %", "Target": "45 %"}, []),
        ({"Baseline": "38 %", "Target": "+5 pp"}, []),
        ({"Baseline": "new", "Target": "20 tickets"}, []),
        ({"Baseline": "unknown until +14d; counted by hand"}, []),
        ({"Baseline": "unknown"}, ["WG202"]),
        ({"Baseline": "Unknown."}, ["WG202"]),
        ({"Baseline": "not known yet"}, ["WG202"]),
        ({"Baseline": "unknown; nobody has counted"}, ["WG202"]),
        ({"Baseline": "unknown", "Target": "-30%"}, ["WG202", "WG205"]),
        ({"Baseline": "TBD"}, ["WG112"]),
        ({"Baseline": ""}, ["WG202"]),
        ({"Baseline": "", "Target": "-30%"}, ["WG202", "WG205"]),
        ({"Baseline": "a lot"}, ["WG215"]),
        ({"Baseline": "9 tickets", "Target": "4 users"}, ["WG205"]),
        ({"Baseline": "9 tickets", "Target": "300 ms"}, ["WG205"]),
        ({"Target": "9 tickets"}, ["WG206"]),
        ({"Target": "9 tickets", "Direction": "hold"}, []),
        ({"Target": "12 tickets", "Direction": "down"}, ["WG206"]),
        ({"Target": "+30%", "Direction": "down"}, ["WG206"]),
        ({"Baseline": "new", "Target": "-30%", "Direction": "up"}, ["WG205", "WG206"]),
        ({"Target": "TBD"}, ["WG112"]),
        ({"Target": "far fewer"}, ["WG215"]),
        ({"Target": "answer: yes"}, []),
        ({"Target": "answer: yes", "Baseline": ""}, []),
        ({"Method": "survey", "Baseline": ""}, []),
        ({"Method": "observation", "Metric": "", "Baseline": ""}, []),
        ({"Evaluate by": "soon"}, ["WG207"]),
        ({"Evaluate by": "02/03/2027"}, ["WG207"]),
        ({"Evaluate by": "2027-02-30"}, ["WG207"]),
        ({"Evaluate by": "2026-11-22"}, ["WG208"]),
        ({"Evaluate by": "2026-11-23"}, []),
        ({"Evaluate by": "2027-05-22"}, []),
        ({"Evaluate by": "2027-05-23"}, ["WG209"]),
        ({"Evaluate by": "<date>"}, ["WG112"]),
        ({"Owner": "@lena"}, []),
        ({"Owner": "we"}, ["WG211"]),
        ({"Owner": "dependabot[bot]"}, ["WG211"]),
        ({"Owner": "2027"}, ["WG211"]),
        ({"Owner": "<!-- who? -->"}, []),
        ({"Metric": "N/A"}, ["WG401"]),
    ],
    ids=str,
)
def test_plan_is_held_against_arithmetic_and_calendar(
    judge: Judge, plan: dict[str, str], rules: list[str]
) -> None:
    verdict = judge(write(plan))

    assert sorted(finding.rule for finding in verdict.findings) == rules


@pytest.mark.parametrize(("title", "severity"), [("feat: x", "warning"), ("perf: x", "error")])
def test_unknown_baseline_weighs_as_much_as_none(judge: Judge, title: str, severity: str) -> None:
    for baseline in ("unknown", ""):
        verdict = judge(write({"Baseline": baseline}), title)

        assert ("WG202", severity) in found(verdict)


def test_relative_target_is_explained_by_what_it_computes_to(judge: Judge) -> None:
    plan = {"Baseline": "38 %", "Target": "-30%", "Direction": "up"}
    finding = find(judge(write(plan)), "WG206")

    assert "26.6" in finding.message


def test_day_of_the_change_is_the_reference_day(judge: Judge, make_policy: MakePolicy) -> None:
    text = write({"Evaluate by": "2020-02-01"})
    day = date(2020, 1, 1)

    assert judge(text, day=day).findings == ()
    assert found(judge(text)) == [("WG208", "error")]
    assert found(judge(text, day=day, policy=make_policy("dates: {max_days: 30}\n"))) == [
        ("WG209", "warning")
    ]


CONFIGS: list[tuple[str, str, Facts, str, str]] = [
    ("the rule's own", "", {}, "WG104", "warning"),
    ("adopt", "preset: adopt\n", {}, "WG101", "warning"),
    ("strict", "preset: strict\n", {}, "WG104", "error"),
    ("rule by id", "rules: {WG101: info}\n", {}, "WG101", "info"),
    ("rule by family", "rules: {WG10: info}\n", {}, "WG104", "info"),
    ("rule by name", "rules: {audience-missing: error}\n", {}, "WG104", "error"),
    ("exact before family", "rules: {WG1: info, WG101: warning}\n", {}, "WG101", "warning"),
    ("need of the kind", "kinds: {feature: {need: {problem: info}}}\n", {}, "WG101", "info"),
    (
        "rule before need",
        "kinds: {feature: {need: {problem: info}}}\nrules: {WG101: warning}\n",
        {},
        "WG101",
        "warning",
    ),
    (
        "override before rule",
        "rules: {WG101: warning}\noverrides: [{rules: [WG101], severity: info}]\n",
        {},
        "WG101",
        "info",
    ),
    (
        "first override that fits",
        "overrides:\n  - {kinds: [fix], severity: info}\n  - {rules: [WG10], severity: warning}\n"
        "  - {kinds: [feature], severity: info}\n",
        {},
        "WG101",
        "warning",
    ),
    (
        "override by kind",
        "overrides: [{kinds: [fix], severity: info}]\n",
        {},
        "WG101",
        "error",
    ),
    (
        "override by this kind",
        "overrides: [{kinds: [feature], severity: info}]\n",
        {},
        "WG101",
        "info",
    ),
    (
        "override by paths",
        "overrides: [{paths: [lab/**], severity: info}]\n",
        {"paths": ("lab/a.py", "lab/b/c.py")},
        "WG101",
        "info",
    ),
    (
        "override by some paths",
        "overrides: [{paths: [lab/**], severity: info}]\n",
        {"paths": ("lab/a.py", "src/a.py")},
        "WG101",
        "error",
    ),
    (
        "override by unknown paths",
        "overrides: [{paths: [lab/**], severity: info}]\n",
        {},
        "WG101",
        "error",
    ),
    ("cap", "max_severity: warning\n", {}, "WG101", "warning"),
    ("cap over rule", "max_severity: info\nrules: {WG104: error}\n", {}, "WG104", "info"),
    ("cap below what it is", "max_severity: error\n", {}, "WG104", "warning"),
]


@pytest.mark.parametrize(
    ("config", "facts", "rule", "severity"),
    [pytest.param(*row, id=about) for about, *row in CONFIGS],
)
def test_finding_weighs_what_the_policy_says(
    judge: Judge, make_policy: MakePolicy, config: str, facts: Facts, rule: str, severity: str
) -> None:
    verdict = judge("", policy=make_policy(config), **facts)

    assert find(verdict, rule).severity == severity
    assert verdict.ok is all(f.severity is not Severity.ERROR for f in verdict.findings)


@pytest.mark.parametrize(("kind", "rules"), [("Bugfix", ["WG103"]), ("Repair", ["WG309"])])
def test_declared_kind_may_be_written_as_people_do(
    judge: Judge, kind: str, rules: list[str]
) -> None:
    verdict = judge(f"{write(Measurement='')}\nChange-Kind: {kind}\nRefs: #12\n", "docs: rows")

    assert [f.rule for f in verdict.findings] == rules


def test_suppressed_finding_keeps_its_reason(judge: Judge, make_policy: MakePolicy) -> None:
    config = "rules: {WG101: {severity: 'off', reason: our tracker holds it}}\n"
    verdict = judge(write(Problem=""), policy=make_policy(config))

    assert verdict.status is Status.OK
    assert verdict.findings == ()
    assert [(f.rule, f.reason) for f in verdict.suppressed] == [("WG101", "our tracker holds it")]


def test_field_that_is_not_needed_is_not_judged(judge: Judge, make_policy: MakePolicy) -> None:
    policy = make_policy("kinds: {feature: {need: {problem: 'off'}}}\n")

    assert judge(write(Problem="TBD"), policy=policy).findings == ()


def test_findings_come_by_weight_then_place(judge: Judge) -> None:
    verdict = judge(write({"Evaluate by": "soon"}, Problem="TBD", Outcome="Faster exports."))

    assert found(verdict) == [("WG112", "error"), ("WG114", "error"), ("WG207", "error")]
    assert [f.location.line for f in verdict.findings] == sorted(
        f.location.line for f in verdict.findings
    )


@pytest.mark.parametrize(
    ("problem", "rule", "severity"),
    [
        ("Speed.", "WG114", "error"),
        ("Exports are slow.", "WG114", "warning"),
        ("Exports are slow for everybody.", "", ""),
        ("See https://example.org/1", "WG116", "warning"),
        ("Exports: see https://example.org/1", "WG114", "error"),
        ("Longer reports in the export.", "WG115", "warning"),
        ("![rows](a.png)", "WG117", "error"),
        ("```\nrow 100\n```", "WG111", "error"),
        ("- [ ] Bug\n- [ ] Wish", "WG118", "error"),
        ("Siehe Titel", "WG112", "error"),
        ("N/A", "WG112", "error"),
    ],
)
def test_answer_is_held_against_what_a_reader_sees(
    judge: Judge, problem: str, rule: str, severity: str
) -> None:
    verdict = judge(write(Problem=problem))

    assert found(verdict) == ([(rule, severity)] if rule else [])


@pytest.mark.parametrize(
    ("personas", "rules"),
    [("[accountants, on-call engineers]", []), ("[nurses]", ["WG104"]), ("[]", ["WG104"])],
)
def test_persona_in_the_problem_answers_whom_it_helps(
    judge: Judge, make_policy: MakePolicy, personas: str, rules: list[str]
) -> None:
    text = write(Problem="Accountants lose the rows behind row 100 daily.", Who_it_helps="")
    verdict = judge(text, policy=make_policy(f"personas: {personas}\n"))

    assert [finding.rule for finding in verdict.findings] == rules


def test_persona_in_the_outcome_answers_whom_it_helps(
    judge: Judge, make_policy: MakePolicy
) -> None:
    text = write(Outcome="Accountants close the month from one file.", Who_it_helps="")

    assert judge(text, policy=make_policy("personas: [accountants]\n")).findings == ()


def test_empty_section_beside_an_answer_is_a_warning(judge: Judge) -> None:
    text = write(Problem="TBD") + "\nProblem: exports stop at row 100 for everybody\nRefs: #12\n"
    verdict = judge(text)

    assert found(verdict) == [("WG112", "warning")]


def test_weak_heading_is_named_where_a_field_is_missing(judge: Judge) -> None:
    text = "## Summary\nExports of any length.\n\n## Test plan\nUnit tests.\n\n" + write(
        Problem="", Measurement=""
    )
    verdict = judge(text)

    assert "`Summary` exists: rename it to Problem" in find(verdict, "WG101").message
    assert "shows that the code works" in find(verdict, "WG103").message


def test_two_weak_headings_are_named_at_most(judge: Judge) -> None:
    weak = "".join(f"## {name}\nExports of any length.\n\n" for name in WEAK_HEADINGS)
    message = find(judge(weak + write(Problem="")), "WG101").message

    assert message == (
        "no labelled answer for Problem (`Context` and `Background` exist: "
        "rename the one that says it to Problem, or add Problem)"
    )


@pytest.mark.parametrize(
    ("headings", "message"),
    [
        (("Verification",), "`Verification` shows that the code works, not that it helps"),
        (
            ("Validation", "How did you test it?"),
            "`Validation` and `How did you test it?` show that the code works, not that it helps",
        ),
        (
            ("Benchmarks",),
            "`Benchmarks` exists: rename it to Measurement if it says so, or add Measurement",
        ),
        (
            ("Metrics", "Tests"),
            "`Metrics` and `Tests` show that the code works, not that it helps",
        ),
        (
            ("Metrics", "Metrics", "Tests"),
            "`Metrics` exists: rename it to Measurement if it says so, or add Measurement",
        ),
    ],
)
def test_weak_heading_of_a_measurement_is_told_from_a_test_plan(
    judge: Judge, headings: tuple[str, ...], message: str
) -> None:
    weak = "".join(f"## {name}\nBy hand, once.\n\n" for name in headings)
    finding = find(judge(weak + write(Measurement="")), "WG103")

    assert finding.message == f"no labelled answer for Measurement ({message})"


def test_part_that_every_entry_lacks_is_named_once(judge: Judge) -> None:
    rows = ("rows retyped", "tickets", "minutes a month", "exports")
    table = "| Metric | Baseline |\n| --- | --- |\n" + "\n".join(f"| {row} | 9 |" for row in rows)
    text = write(Measurement=table)
    findings = [f for f in judge(text).findings if f.rule in ("WG203", "WG204", "WG309")]
    first, last = (text[: text.index(w)].count("\n") + 1 for w in ("## Meas", "| exports"))

    assert [(f.rule, f.location.line, f.message) for f in findings if f.rule != "WG204"] == [
        (
            "WG203",
            first,
            "the measurement does not say which number means success (nor do the 3 other entries)",
        ),
        ("WG309", last, "Measurement has more than 3 entries"),
    ]
    assert [f.location.line for f in findings if f.rule == "WG204"] == [first]


def test_entry_too_many_may_be_one_that_only_excuses(judge: Judge) -> None:
    section = "\n\n## Measurement\n- Metric: rows\n- Target: 1\n- Evaluate by: +30d"
    excuse = "\n\n## Measurement\nexempt internal; nobody outside of the team sees any of it\n"
    verdict = judge(write(Measurement="") + 4 * section + excuse)

    assert find(verdict, "WG309").location.line == 1


def test_part_that_one_of_two_entries_lacks_is_named_there(judge: Judge) -> None:
    other = {"Metric": "tickets a week", "Baseline": "9", "Evaluate by": "+30d"}
    listed = "\n".join(f"- {name}: {text}" for plan in (PLAN, other) for name, text in plan.items())
    both = listed.replace("- Target: 1 ticket\n", "")
    one, none = judge(write(Measurement=listed)), judge(write(Measurement=both))

    assert find(one, "WG203").message == "the measurement does not say which number means success"
    assert find(none, "WG203").message.endswith(" (nor does the other entry)")
    assert find(one, "WG203").location.line - find(none, "WG203").location.line == 5


def test_part_that_two_of_three_entries_lack_is_named_twice(judge: Judge) -> None:
    table = "| Metric | Target |\n|---|---|\n| rows | |\n| tickets | 1 |\n| minutes | |\n"
    found = [f.message for f in judge(write(Measurement=table)).findings if f.rule == "WG203"]

    assert found == ["the measurement does not say which number means success"] * 2


def test_owner_of_a_second_plan_is_looked_at(judge: Judge) -> None:
    plans = (PLAN, PLAN | {"Metric": "tickets per week", "Owner": "2027"})
    listed = "\n".join(f"- {name}: {value}" for plan in plans for name, value in plan.items())
    verdict = judge(write(Measurement=listed))

    assert "cannot be reached" in find(verdict, "WG211").message


def test_needed_list_is_asked_for(judge: Judge, make_policy: MakePolicy) -> None:
    policy = make_policy("kinds: {feature: {need: {links: error}}}\n")

    assert found(judge(write(), policy=policy)) == [("WG105", "error")]
    assert found(judge(write(Links="n/a"), policy=policy)) == [("WG112", "error")]
    assert found(judge(write(Links="#12"), policy=policy)) == []
    assert found(judge(write(Links="#12") + "\n<!-- ## Links -->\n", policy=policy)) == []


def test_case_knows_its_fields(judge: Judge, make_policy: MakePolicy) -> None:
    verdict, policy = judge(write()), make_policy()
    case = build_case(verdict.change, policy, verdict.context, verdict.kind, date(2026, 11, 23))

    assert case.find_field("problem").title == "Problem"
    assert not case.has_field("nothing")
    with pytest.raises(KeyError, match="nothing"):
        case.find_field("nothing")


def test_bet_completes_what_the_change_leaves_out(judge: Judge) -> None:
    verdict = judge("Bet: export-rows\nRefs: #12\n")

    assert verdict.findings == ()
    assert verdict.context.fields["problem"].form is Form.BET


def test_missing_answer_is_shown_in_the_first_text(make_policy: MakePolicy) -> None:
    parts = (Part(Origin.DESCRIPTION, "body.md", ""), Part(Origin.COMMIT, "abc1234", "feat: rows"))
    verdict = check(Change("#1", "feat: rows", parts), make_policy(), date(2026, 11, 23))

    assert [f.location.path for f in verdict.findings] == ["body.md"] * 4


@pytest.mark.parametrize(
    "measurement",
    [
        "- Metric: https://example.org/d/1\n- Baseline: 9 tickets\n- Target: 1 ticket\n"
        "- Evaluate by: +30d\n",
        "TBD\n\n- Metric: tickets, weekly\n- Baseline: 9 tickets\n- Target: 1 ticket\n"
        "- Evaluate by: +30d\n",
    ],
    ids=["metric behind a link", "stand-in above the plan"],
)
def test_complete_plan_needs_no_prose(judge: Judge, measurement: str) -> None:
    assert judge(write(Measurement=measurement)).findings == ()


def test_change_without_a_text_is_judged(make_policy: MakePolicy) -> None:
    verdict = check(Change("#1", "feat: rows", parts=()), make_policy(), date(2026, 11, 23))

    assert [f.location.path for f in verdict.findings] == ["#1"] * 4
