"""Plans as people say them: read alike wherever they stand, asked about where they are unclear."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from whygate.context.fill import read_item
from whygate.values.dates import DateValue
from whygate.values.plans import Unclear
from whygate.values.quantities import Quantity, render_quantity

if TYPE_CHECKING:
    from tests.judge.conftest import Judge

    from whygate.model import Verdict
    from whygate.values.plans import Plan

HEAD = """\
## Problem
Shop staff retype sixty addresses a day into the label tool by hand.

## Outcome
Shop staff print labels without typing.

"""
BODY = "feat: print labels\n\nProblem: shop staff retype sixty addresses a day by hand\n"
# A sentence in each place where a plan may stand; `{}` is the sentence.
FORMS = {
    "section": HEAD + "## Measurement\n{}\n",
    "label": HEAD + "**Measurement:** {}\n",
    "part": HEAD + "## Measurement\n- Metric: {}\n",
    "other label": HEAD + "## Success metrics\n- KPI: {}\n",
    "cell": HEAD + "## Measurement\n| Metric |\n| --- |\n| {} |\n",
    "break": HEAD + "## Measurement\nWe look at this:<br>{}\n",
    "trailer": BODY + "Measurement: {}\n",
    "metric trailer": BODY + "Metric: {}\n",
    "block": HEAD + '```yaml product-context\nmeasurement: "{}"\n```\n',
    "metric of a block": HEAD + '```yaml product-context\nmeasurement: [{{metric: "{}"}}]\n```\n',
}
# The parts of a plan, each behind a label of its own.
PARTS = {
    "list": HEAD + "## Measurement\n- Metric: {0}\n- Baseline: {1}\n- Target: {2}\n"
    "- Evaluate by: {3}\n",
    "table": HEAD + "## Measurement\n| Metric | Baseline | Target | Evaluate by |\n"
    "| --- | --- | --- | --- |\n| {0} | {1} | {2} | {3} |\n",
    "side": HEAD + "## Measurement\n| what | value |\n| --- | --- |\n| Metric | {0} |\n"
    "| Baseline | {1} |\n| Target | {2} |\n| Evaluate by | {3} |\n",
    "other words": HEAD + "## Measurement\n| KPI | Now | Goal | Deadline |\n"
    "| --- | --- | --- | --- |\n| {0} | {1} | {2} | {3} |\n",
    "before and after": HEAD + "## Measurement\n| Metric | Before | After | Check on |\n"
    "| --- | --- | --- | --- |\n| {0} | {1} | {2} | {3} |\n",
    "from and to": HEAD + "## Measurement\n| Metric | From | To | When |\n"
    "| --- | --- | --- | --- |\n| {0} | {1} | {2} | {3} |\n",
    "breaks": HEAD + "## Measurement\n- Metric: {0}<br>Baseline: {1}<br>Target: {2}"
    "<br>Evaluate by: {3}\n",
    "trailers": BODY + "Metric: {0}\nBaseline: {1}\nTarget: {2}\nEvaluate-By: {3}\n",
    "block": HEAD + '```yaml product-context\nmeasurement:\n  - metric: "{0}"\n'
    '    baseline: "{1}"\n    target: "{2}"\n    evaluate_by: "{3}"\n```\n',
}
RULES = re.compile("WG2")
TODAY = date(2026, 11, 23)  # the day that the judge of these tests judges on


def judged(judge: Judge, text: str) -> Verdict:
    is_message = text.startswith("feat:")
    return judge(text, title="feat: print labels", message=is_message)


def plan_of(verdict: Verdict, today: date) -> Plan:
    items = verdict.context.items["measurement"]
    assert len(items) == 1
    return read_item(items[0], today)


def shown(plan: Plan) -> tuple[str, str, str, str]:
    """Return metric, baseline, target and day of a plan in words."""
    day = plan.due.day.isoformat() if isinstance(plan.due, DateValue) and plan.due.day else ""
    return (plan.metric, _value(plan.baseline), _value(plan.target), day)


def _value(value: object) -> str:
    if isinstance(value, Unclear):
        return " or ".join(value.readings)
    return render_quantity(value) if isinstance(value, Quantity) else ""


SENTENCES = [
    (
        "3 of 10 shops print today; 9 of 10 by Q1 2027",
        ("shops print", "30 %", "90 %", "2027-03-31"),
    ),
    (
        "Half of the shops use it by 2027-03-31, up from one in ten.",
        ("the shops use it", "10 %", "50 % of the shops", "2027-03-31"),
    ),
    (
        "Every store (60 of 60) prints itself by 2027-02-28; 12 of 60 do so now.",
        ("Every store", "20 %", "100 %", "2027-02-28"),
    ),
    (
        "Retyped addresses fall from 1,250 a month to 300 or fewer by 2027-02-28",
        ("Retyped addresses", "1250 per month", "<= 300", "2027-02-28"),
    ),
    (
        "In February 2027 fewer than 5 retyped addresses a day, compared to 60 in November 2026.",
        ("retyped addresses a day", "60", "< 5 retyped addresses per day", "2027-02-28"),
    ),
    (
        "Retyped addresses shrink by 90 % from 60 by end of Q1 2027",
        ("Retyped addresses", "60", "-90 %", "2027-03-31"),
    ),
    (
        "We will count the failed prints: 30 a week now, fewer than 5 a week from 2027-03-01 on.",
        ("the failed prints", "30 per week", "< 5 per week", "2027-03-01"),
    ),
    (
        "No failed prints after 2027-02-01, 31 a month now",
        ("failed prints", "31 per month", "0", "2027-02-01"),
    ),
    (
        "Die Nachdrucke sinken von 42 auf höchstens 10 pro Woche bis Ende Februar 2027.",
        ("Die Nachdrucke", "42", "<= 10 per week", "2027-02-28"),
    ),
    (
        "As reimpressões caem de 42 para no máximo 10 por semana até 28 de fevereiro de 2027.",
        ("As reimpressões", "42", "<= 10 per week", "2027-02-28"),
    ),
    (
        "retyped addresses go from 60 to 5 a day by 2027-02-15",
        ("retyped addresses", "60", "5 per day", "2027-02-15"),
    ),
    (
        "p95 drops below 300 ms (currently 820 ms) by 2027-02-15",
        ("p95", "820 ms", "< 300 ms", "2027-02-15"),
    ),
    (
        "Retyped addresses fall to 5 a day by 2027-02-15, down from 60 in November 2026.",
        ("Retyped addresses", "60", "5 per day", "2027-02-15"),
    ),
    (
        "Weekly exports grow from 12k to 15k by 2027-02-15",
        ("Weekly exports", "12000", "15000", "2027-02-15"),
    ),
    (
        "Time to first commit: 2 days -> half a day by 2027-02.",
        ("Time to first commit", "2 d", "0.5 d", "2027-02-28"),
    ),
    (
        "Build takes 1h 45m today, at most 1h 15m by Q1 2027",
        ("Build", "105 min", "<= 75 min", "2027-03-31"),
    ),
    (
        "8 of 10 testers find the export by 15-Feb-2027, 2 of 10 today",
        ("testers find the export", "20 %", "80 %", "2027-02-15"),
    ),
    (
        "Halve the retyped addresses by the end of January 2027 (60 a day today)",
        ("the retyped addresses", "60 per day", "0.5x", "2027-01-31"),
    ),
    (
        "By 2027-02-15 retyped addresses fall from 60 to 5 a day",
        ("retyped addresses", "60", "5 per day", "2027-02-15"),
    ),
    (
        "Retyped addresses should be no more than 5 a day by 2027-02-15, 60 a day now",
        ("Retyped addresses", "60 per day", "<= 5 per day", "2027-02-15"),
    ),
    (
        "Label printing takes 40 s instead of 3 min by 2027-02-15",
        ("Label printing", "3 min", "40 s", "2027-02-15"),
    ),
    (
        "Lost parcels: now 60 a week, goal 5 a week, deadline 2027-02-15",
        ("Lost parcels", "60 per week", "5 per week", "2027-02-15"),
    ),
    ("Error rate: 5 % now, 1 % by 2027-02-15", ("Error rate", "5 %", "1 %", "2027-02-15")),
    (
        "Lost parcels: 60 a week today, 5 by the end of March 2027",
        ("Lost parcels", "60 per week", "5", "2027-03-31"),
    ),
    (
        "Complaints fall by a third (90 a month today) within 60 days after release",
        ("Complaints", "90 per month", "-33.333333 %", "2027-01-22"),
    ),
    (
        "Orders without a call rise from 1.200,50 to 1.450,50 EUR by 2027-02-15",
        ("Orders without a call", "1200.5 EUR", "1450.5 EUR", "2027-02-15"),
    ),
    (
        "Weekly orders grow from 1 200 to 1'500 by 2027-W07",
        ("Weekly orders", "1200", "1500", "2027-02-21"),
    ),
    (
        "Die neu getippten Adressen sinken von 60 auf 5 am Tag bis zum 15. Februar 2027.",
        ("Die neu getippten Adressen", "60", "5 per day", "2027-02-15"),
    ),
    (
        "Die Ladezeit soll von 8 Sekunden auf höchstens 2 Sekunden fallen bis Ende Februar 2027",
        ("Die Ladezeit", "8 s", "<= 2 s", "2027-02-28"),
    ),
    (
        "Les adresses retapées passent de 60 à 5 par jour d'ici le 15 février 2027.",
        ("Les adresses retapées", "60", "5 per day", "2027-02-15"),
    ),
    (
        "Le temps de chargement baisse de 8 secondes à 2 secondes avant fin janvier 2027",
        ("Le temps de chargement", "8 s", "2 s", "2027-01-31"),
    ),
    (
        "Las direcciones reescritas bajan de 60 a 5 al día antes del 15 de febrero de 2027.",
        ("Las direcciones reescritas", "60", "5 per day", "2027-02-15"),
    ),
    (
        "Los pedidos sin llamada suben de 1.200,5 a 1.500,5 hasta el 15 de febrero de 2027",
        ("Los pedidos sin llamada", "1200.5", "1500.5", "2027-02-15"),
    ),
    (
        "Os endereços redigitados caem de 60 para 5 por dia até 15 de fevereiro de 2027.",
        ("Os endereços redigitados", "60", "5 per day", "2027-02-15"),
    ),
    (
        "O tempo de espera cai de 8 minutos para 2 minutos até o final de janeiro de 2027",
        ("O tempo de espera", "8 min", "2 min", "2027-01-31"),
    ),
]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(("text", "expected"), SENTENCES, ids=[row[0][:40] for row in SENTENCES])
def test_sentence_is_read_alike_in_every_form(
    judge: Judge, form: str, text: str, expected: tuple[str, str, str, str]
) -> None:
    verdict = judged(judge, FORMS[form].format(text))

    assert shown(plan_of(verdict, TODAY)) == expected
    assert [f.message for f in verdict.findings if RULES.match(f.rule)] == []


VALUES = [
    ("an hour and a half", "two and a half minutes", "+30d", ("1.5 h", "2.5 min", "2026-12-23")),
    ("38 %", "45%+", "+30d", ("38 %", ">= 45 %", "2026-12-23")),
    ("NPS 30", "NPS of 40", "+30d", ("30", "40", "2026-12-23")),
    ("Lighthouse score: 62", "90 or more", "+30d", ("62", ">= 90", "2026-12-23")),
    ("1 in 20", "one in four", "+30d", ("5 %", "25 %", "2026-12-23")),
    ("1h 45m", "1h 15m", "+30d", ("105 min", "75 min", "2026-12-23")),
    ("2 days", "half a day", "+30d", ("2 d", "0.5 d", "2026-12-23")),
    ("3 h", "an hour", "+4w", ("3 h", "1 h", "2026-12-21")),
    ("1½ h", "1m 30s", "2027-02", ("1.5 h", "90 s", "2027-02-28")),
    (
        "2 of 10 testers", "8 of 10 testers", "Q1 2027",
        ("20 % of testers", "80 % of testers", "2027-03-31"),
    ),
    ("two of ten", "eight of ten", "Q1 2027", ("20 %", "80 %", "2027-03-31")),
    ("p95 820 ms", "max. 300 ms", "15-Feb-2027", ("p95 820 ms", "<= 300 ms", "2027-02-15")),
    ("p95: 820 ms", "p95: 300 ms", "+30d", ("p95 820 ms", "p95 300 ms", "2026-12-23")),
    ("820 ms", "300 ms max", "+30d", ("820 ms", "<= 300 ms", "2026-12-23")),
    ("820 ms", "no more than 300 ms", "+30d", ("820 ms", "<= 300 ms", "2026-12-23")),
    ("820 ms", "under 300 ms", "+30d", ("820 ms", "< 300 ms", "2026-12-23")),
    ("60", "5 by 2027-02-15", "", ("60", "5", "2027-02-15")),
    ("60 a day", "5 a day until 15 Feb 2027", "", ("60 per day", "5 per day", "2027-02-15")),
    ("60", "zero", "+30d", ("60", "0", "2026-12-23")),
    ("60", "halve", "+30d", ("60", "0.5x", "2026-12-23")),
    ("60", "by half", "+30d", ("60", "-50 %", "2026-12-23")),
    ("60", "a third less", "+30d", ("60", "-33.333333 %", "2026-12-23")),
    ("60", "double", "+30d", ("60", "2x", "2026-12-23")),
    ("60 to 70", "5-10", "+30d", ("60-70", "5-10", "2026-12-23")),
    ("1,200 tickets", "300 tickets", "+30d", ("1200 tickets", "300 tickets", "2026-12-23")),
    ("1'200", "1 000", "+30d", ("1200", "1000", "2026-12-23")),
    ("1.200,50 EUR", "900,00 EUR", "+30d", ("1200.5 EUR", "900 EUR", "2026-12-23")),
    ("12k", "15k", "2027-02-15, then monthly", ("12000", "15000", "2027-02-15")),
    ("forty mails a week", "5 a week", "+30d", ("40 mails per week", "5 per week", "2026-12-23")),
    ("60 in November 2026", "5", "+30d", ("60", "5", "2026-12-23")),
    ("60 a day (counted by hand)", "5", "+30d", ("60 per day", "5", "2026-12-23")),
    ("60 pro Tag", "höchstens 5 am Tag", "15. Februar 2027",
     ("60 per day", "<= 5 per day", "2027-02-15")),
    ("8 secondes", "moins de 2 secondes", "15 février 2027", ("8 s", "< 2 s", "2027-02-15")),
    ("60 al día", "menos de 5 al día", "15 de febrero de 2027",
     ("60 per day", "< 5 per day", "2027-02-15")),
    ("60 por dia", "no máximo 5 por dia", "15 de fevereiro de 2027",
     ("60 per day", "<= 5 per day", "2027-02-15")),
    ("60件", "5件以下", "2027年2月15日", ("60 件", "<= 5 件", "2027-02-15")),
    ("60건", "5건", "2027년 2월 15일", ("60 건", "5 건", "2027-02-15")),
    ("60", "5", "2027年2月末", ("60", "5", "2027-02-28")),
]  # fmt: skip


@pytest.mark.parametrize("form", PARTS)
@pytest.mark.parametrize(
    ("baseline", "target", "day", "expected"), VALUES, ids=[" ".join(row[:3]) for row in VALUES]
)
def test_values_are_read_alike_in_every_form(
    judge: Judge,
    form: str,
    baseline: str,
    target: str,
    day: str,
    expected: tuple[str, str, str],
) -> None:
    text = PARTS[form].format("addresses typed twice", baseline, target, day)
    if not day:
        text = re.sub(r"(<br>Evaluate by:|\n- Evaluate by:|\nEvaluate-By:) \n", "\n", text)
        text = text.replace('\n    evaluate_by: ""', "").replace("\n| Evaluate by |  |", "")
    verdict = judged(judge, text)

    assert shown(plan_of(verdict, TODAY)) == ("addresses typed twice", *expected)
    assert [f.message for f in verdict.findings if f.rule in ("WG204", "WG207", "WG208")] == []


def test_what_is_counted_may_stand_in_the_target_alone(judge: Judge) -> None:
    text = "## Measurement\n- Baseline: 60\n- Target: 5 retyped addresses a day\n"
    verdict = judged(judge, f"{HEAD}{text}- Evaluate by: 2027-02-15\n")

    assert plan_of(verdict, TODAY).metric == "retyped addresses a day"


ASKED = [
    # (baseline, target, day): the rule that asks or refuses
    ("1.200 tickets", "300 tickets", "+30d", "WG215"),
    ("300 tickets", "1.200 tickets", "+30d", "WG215"),
    ("12.345 ms", "300 ms", "+30d", "WG215"),
    ("20 %", "half", "+30d", "WG215"),
    ("20 %", "a third", "+30d", "WG215"),
    ("60", "5 or 10", "+30d", "WG215"),
    ("60", "5?", "+30d", "WG215"),
    ("60", "maybe 5", "+30d", "WG215"),
    ("60", "5 m", "+30d", "WG215"),
    ("60", "a bit less", "+30d", "WG215"),
    ("60", "30 % faster", "+30d", "WG215"),
    ("60", "2x faster", "+30d", "WG215"),
    ("60", "1:45", "+30d", "WG215"),
    ("60", "1,20,000", "+30d", "WG215"),
    ("60", "1e5", "+30d", "WG215"),
    ("60", "5 ± 1", "+30d", "WG215"),
    ("60", "v2", "+30d", "WG215"),
    ("60", "#12", "+30d", "WG215"),
    ("60", "$5 EUR", "+30d", "WG215"),
    ("60", "5 of 3", "+30d", "WG215"),
    ("60", "45-40 %", "+30d", "WG215"),
    ("60", "300 ms and 5 %", "+30d", "WG215"),
    ("around half, 38 %", "45 %", "+30d", "WG215"),
    ("38 % or 40 %", "45 %", "+30d", "WG215"),
    ("60 maybe", "5", "+30d", "WG215"),
    ("high", "5", "+30d", "WG215"),
    ("38 %", "300 ms", "+30d", "WG205"),
    ("$5", "5 EUR", "+30d", "WG205"),
    ("p95 820 ms", "median 300 ms", "+30d", "WG205"),
    ("new", "-30%", "+30d", "WG205"),
    ("new", "halve", "+30d", "WG205"),
    ("105 min", "1h 45m", "+30d", "WG206"),
    ("60", "60", "+30d", "WG206"),
    ("250 ms", "max. 300 ms", "+30d", "WG206"),
    ("60", "5", "02/03/2027", "WG207"),
    ("60", "5", "4 weeks after GA", "WG207"),
    ("60", "5", "60 days", "WG207"),
    ("60", "5", "Q1", "WG207"),
    ("60", "5", "15 February", "WG207"),
    ("60", "5", "15 Feb 27", "WG207"),
    ("60", "5", "Feb '27", "WG207"),
    ("60", "5", "2027-02-30", "WG207"),
    ("60", "5", "2027-13", "WG207"),
    ("60", "5", "2027", "WG207"),
    ("60", "5", "early February 2027", "WG207"),
    ("60", "5", "2027-02-15 or 2027-03-01", "WG207"),
    ("60", "5", "2027-02-15 or later", "WG207"),
    ("60", "5", "not before 2027-02-15", "WG207"),
    ("60", "5", "monthly", "WG207"),
    ("60", "5", "next sprint", "WG207"),
    ("60", "5", "soon", "WG207"),
    ("60", "5", "Q1 FY2027", "WG207"),
    ("60", "5 by the end of January", "", "WG207"),
    ("60", "5", "2020-02", "WG208"),
    ("60", "5", "2020-02-15, then monthly", "WG208"),
    ("60", "5", "2030-Q1", "WG209"),
]


@pytest.mark.parametrize("form", ["list", "table", "trailers", "block"])
@pytest.mark.parametrize(
    ("baseline", "target", "day", "rule"), ASKED, ids=[" ".join(row[:3]) for row in ASKED]
)
def test_what_is_unclear_is_never_accepted(
    judge: Judge, form: str, baseline: str, target: str, day: str, rule: str
) -> None:
    text = PARTS[form].format("addresses typed twice", baseline, target, day)
    if not day:
        text = re.sub(r"(\n- Evaluate by:|\nEvaluate-By:) \n", "\n", text)
        text = text.replace('\n    evaluate_by: ""', "")
    found = {finding.rule for finding in judged(judge, text).findings}

    assert rule in found


ASKED_SENTENCES = [
    ("Retyped addresses fall from 60 to 5 a day by the end of January", "WG207"),
    ("Retyped addresses fall from 60 to 5 a day by 15 February", "WG207"),
    ("Retyped addresses fall from 60 to 5 a day by 02/03/2027", "WG207"),
    ("Retyped addresses fall from 60 to 5 a day, 4 weeks after GA", "WG207"),
    ("Retyped addresses fall from 60 to 5 a day by Q1", "WG207"),
    ("Retyped addresses fall from 60 to 5 a day by 2020-02-15", "WG208"),
    ("Weekly orders grow from 1.200 to 1.500 by 2027-02-15", "WG215"),
    ("Retyped addresses fall by 2027-02-15", "WG203"),
    ("We had 60 retyped addresses a day in November 2026", "WG203"),
]


@pytest.mark.parametrize(
    ("text", "rule"), ASKED_SENTENCES, ids=[row[0][-40:] for row in ASKED_SENTENCES]
)
@pytest.mark.parametrize("form", ["section", "part", "trailer", "block"])
def test_unclear_sentence_is_asked_about_in_every_form(
    judge: Judge, form: str, text: str, rule: str
) -> None:
    found = {finding.rule for finding in judged(judge, FORMS[form].format(text)).findings}

    assert rule in found


def test_two_readings_are_named(judge: Judge) -> None:
    text = PARTS["list"].format("tickets about labels", "1.200 tickets", "300 tickets", "+30d")
    message = next(f.message for f in judged(judge, text).findings if f.rule == "WG215")

    assert message == (
        "`1.200 tickets` may mean two numbers; write `1200 tickets` or `1.2 tickets`"
    )


@pytest.mark.parametrize(
    ("baseline", "target", "expected"),
    [
        ("1.200", "0.5", "1.2"),
        ("1.200 EUR", "900,50 EUR", "1200 EUR"),
        ("1.200", "1,200,300", "1.2"),
        ("1.200", "1.200.300", "1200"),
    ],
)
def test_clear_number_beside_it_settles_an_unclear_one(
    judge: Judge, baseline: str, target: str, expected: str
) -> None:
    text = PARTS["list"].format("sums", baseline, target, "+30d")

    assert shown(plan_of(judged(judge, text), TODAY))[1] == expected


def test_computed_value_is_named(judge: Judge) -> None:
    text = PARTS["list"].format("answers in time", "820 ms", "-30%", "+30d\n- Direction: up")
    message = next(f.message for f in judged(judge, text).findings if f.rule == "WG206")

    assert "-30% of 820 ms = 574 ms" in message


NUMBER = st.integers(1, 999_999).map(str)
UNIT = st.sampled_from(["", " ms", " %", " minutes", " tickets a day", " per week"])
DAY = st.sampled_from(
    ["2027-02-15", "15 Feb 2027", "15-Feb-2027", "2027-Q1", "2027-02", "15. Februar 2027", "+30d"]
)
TURNS = st.sampled_from(
    [
        "late parcels go from {a}{u} to {b}{u} by {d}",
        "late parcels fall to {b}{u} by {d}, down from {a}{u}",
        "late parcels: {a}{u} -> {b}{u} by {d}",
        "late parcels stay below {b}{u} (currently {a}{u}) by {d}",
        "late parcels: now {a}{u}, goal {b}{u}, by {d}",
        "By {d} late parcels drop from {a}{u} to {b}{u}",
        "late parcels are {b}{u} instead of {a}{u} by {d}",
    ]
)


@given(TURNS, NUMBER, NUMBER, UNIT, DAY)
@settings(max_examples=60, deadline=None)
def test_forms_agree(judge: Judge, turn: str, one: str, other: str, unit: str, day: str) -> None:
    sentence = turn.format(a=one, b=other, u=unit, d=day)
    found = {}
    for form in ("section", "part", "cell", "trailer", "block"):
        verdict = judged(judge, FORMS[form].format(sentence))
        found[form] = shown(plan_of(verdict, TODAY))

    assert len(set(found.values())) == 1, found
    assert all(found["section"])
