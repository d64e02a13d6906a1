from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from whygate.values.plans import Found, read_prose, split_hypothesis

TODAY = date(2026, 11, 23)


def parts(found: tuple[Found, ...]) -> dict[str, str]:
    return {part.part.removeprefix("measurement."): part.text for part in found}


SENTENCES = [
    (
        "Checkout completion of two-device sessions goes from 38 % to 45 % by 2027-02-15",
        {
            "metric": "Checkout completion of two-device sessions",
            "baseline": "38 %",
            "target": "45 %",
            "evaluate_by": "2027-02-15",
        },
    ),
    (
        "Sentry PAY-123 stays at 0 until +30d",
        {
            "metric": "Sentry PAY-123",
            "direction": "hold",
            "target": "0",
            "evaluate_by": "+30d",
        },
    ),
    (
        "p95 search latency drops below 300 ms (820 ms today) 14 days after release",
        {
            "metric": "p95 search latency",
            "target": "below 300 ms",
            "baseline": "820 ms",
            "evaluate_by": "14 days after release",
        },
    ),
    (
        "p95 search latency (today 820 ms) must not exceed 300 ms by +2w.",
        {
            "metric": "p95 search latency",
            "target": "<= 300 ms",
            "baseline": "820 ms",
            "evaluate_by": "+2w",
        },
    ),
    (
        "Support tickets about lost carts fall by 30 % until 2027-Q1",
        {
            "metric": "Support tickets about lost carts",
            "target": "-30 %",
            "evaluate_by": "2027-Q1",
        },
    ),
    (
        "Weekly active users grow by 200 per week until +3m",
        {"metric": "Weekly active users", "target": "+200 per week", "evaluate_by": "+3m"},
    ),
    (
        "We reduce support tickets by 30 % in 6 weeks",
        {"metric": "support tickets", "target": "-30 %", "evaluate_by": "in 6 weeks"},
    ),
    (
        "Cut checkout time from 5 min to 2 min by +30d",
        {
            "metric": "checkout time",
            "baseline": "5 min",
            "target": "2 min",
            "evaluate_by": "+30d",
        },
    ),
    (
        "We expect conversion to rise from 3 % (May 2026) to 4 % by 15 Feb 2027",
        {
            "metric": "conversion",
            "baseline": "3 %",
            "target": "4 %",
            "evaluate_by": "15 Feb 2027",
        },
    ),
    (
        "At least 45 % of shoppers finish checkout by 2027-02-15.",
        {
            "metric": "shoppers finish checkout",
            "target": "At least 45 %",
            "evaluate_by": "2027-02-15",
        },
    ),
    (
        "45 % of the shoppers finish checkout, by 2027-02-15.",
        {"metric": "shoppers finish checkout", "target": "45 %", "evaluate_by": "2027-02-15"},
    ),
    (
        "Fewer than 5 tickets a month about lost carts by +30d",
        {
            "metric": "tickets a month about lost carts",
            "target": "Fewer than 5 tickets a month",
            "evaluate_by": "+30d",
        },
    ),
    (
        "Today 38 % of sessions finish checkout; we want 45 % by 2027-02-15.",
        {
            "metric": "sessions finish checkout",
            "baseline": "38 %",
            "target": "45 %",
            "evaluate_by": "2027-02-15",
        },
    ),
    (
        "Today it is 38 %. Completion reaches 45 %. We look again on 2027-02-15.",
        {
            "metric": "Completion",
            "baseline": "38 %",
            "target": "45 %",
            "evaluate_by": "2027-02-15",
        },
    ),
    (
        "Conversion: 38 % -> 45 %, 30 days after merge",
        {
            "metric": "Conversion",
            "baseline": "38 %",
            "target": "45 %",
            "evaluate_by": "30 days after merge",
        },
    ),
    (
        "The share of people who reach checkout: 38 % → 45 %",
        {
            "metric": "The share of people who reach checkout",
            "baseline": "38 %",
            "target": "45 %",
        },
    ),
    (
        "Sign up conversion from 3 % to 5 %",
        {"metric": "Sign up conversion", "baseline": "3 %", "target": "5 %"},
    ),
    (
        "Error rate drops to zero within 30 days after release.",
        {"metric": "Error rate", "target": "zero", "evaluate_by": "30 days after release"},
    ),
    (
        "The number of retyped rows per accountant should be at most 3 by Q1 2027",
        {
            "metric": "The number of retyped rows per accountant",
            "target": "at most 3",
            "evaluate_by": "Q1 2027",
        },
    ),
    ("p95 cart load <= 300 ms", {"metric": "p95 cart load", "target": "<= 300 ms"}),
    ("Latency does not exceed 300 ms", {"metric": "Latency", "target": "<= 300 ms"}),
    ("Completion exceeds 45 %", {"metric": "Completion", "target": "> 45 %"}),
    (
        "Crash-free sessions remain above 99.5 % (measured since 2026-10-01)",
        {"metric": "Crash-free sessions", "direction": "hold", "target": "above 99.5 %"},
    ),
    (
        "Memory use halves to 2 GB, checked on 2027-01-10.",
        {"metric": "Memory use", "target": "2 GB", "evaluate_by": "2027-01-10"},
    ),
    (
        "CI time drops below 10 min by +30d",
        {"metric": "CI time", "target": "below 10 min", "evaluate_by": "+30d"},
    ),
    (
        "Support counts 140 tickets a month; we count again on 2027-02-15",
        {"metric": "Support counts", "evaluate_by": "2027-02-15"},
    ),
    (
        "Today 3 of 37 growers answer within ten minutes. By 2027-05-15 it should be 30 of 37.",
        {
            "metric": "growers answer",
            "baseline": "3 of 37",
            "target": "30 of 37",
            "evaluate_by": "2027-05-15",
        },
    ),
    (
        "Tickets fall from 140 to 98. By +30d the queue should be below 5 h.",
        {"metric": "Tickets", "baseline": "140", "target": "98", "evaluate_by": "+30d"},
    ),
    (
        "In a test with ten couriers the bells rung go from 3 bells to 1.",
        {
            "metric": "In a test with ten couriers the bells rung",
            "baseline": "3 bells",
            "target": "1",
        },
    ),
    (
        "Die Anrufe sinken von 40 auf 10 pro Woche bis 2027-02-15.",
        {
            "metric": "Die Anrufe",
            "baseline": "40",
            "target": "10 pro Woche",
            "evaluate_by": "2027-02-15",
        },
    ),
    (
        "Los avisos bajan de 20 % a 4 % hasta el 2027-04-30",
        {
            "metric": "Los avisos",
            "baseline": "20 %",
            "target": "4 %",
            "evaluate_by": "2027-04-30",
        },
    ),
    (
        "Les repas jetés passent de 96 à 20 par semaine d'ici le 2027-03-01",
        {
            "metric": "Les repas jetés",
            "baseline": "96",
            "target": "20 par semaine",
            "evaluate_by": "2027-03-01",
        },
    ),
    (
        "p95 drops below 300 ms (currently 820 ms) by 2027-02-15",
        {
            "metric": "p95",
            "target": "below 300 ms",
            "baseline": "820 ms",
            "evaluate_by": "2027-02-15",
        },
    ),
    (
        "Retyped addresses fall to 5 a day by 2027-02-15, down from 60 in November 2026.",
        {
            "metric": "Retyped addresses",
            "target": "5 a day",
            "baseline": "60",
            "evaluate_by": "2027-02-15",
        },
    ),
    (
        "Weekly exports grow from 12k to 15k by 2027-02-15",
        {
            "metric": "Weekly exports",
            "baseline": "12k",
            "target": "15k",
            "evaluate_by": "2027-02-15",
        },
    ),
    (
        "Time to first commit: 2 days -> half a day.",
        {"metric": "Time to first commit", "baseline": "2 days", "target": "half a day"},
    ),
    (
        "By 2027-02-15 retyped addresses fall from 60 to 5 a day",
        {
            "metric": "retyped addresses",
            "baseline": "60",
            "target": "5 a day",
            "evaluate_by": "2027-02-15",
        },
    ),
    (
        "Halve the retyped addresses by 2027-02-15 (60 a day today)",
        {
            "metric": "the retyped addresses",
            "baseline": "60 a day",
            "target": "Halve",
            "evaluate_by": "2027-02-15",
        },
    ),
    (
        "From 60 to 5 retyped addresses a day by 2027-02-15",
        {
            "metric": "retyped addresses a day",
            "baseline": "60",
            "target": "5 retyped addresses a day",
            "evaluate_by": "2027-02-15",
        },
    ),
    (
        "Parcels leave in 2 days instead of 5 days by 2027-02-15",
        {
            "metric": "Parcels leave",
            "baseline": "5 days",
            "target": "2 days",
            "evaluate_by": "2027-02-15",
        },
    ),
    (
        "8 of 10 testers find the export by 2027-02-15, 2 of 10 today",
        {
            "metric": "testers find the export",
            "baseline": "2 of 10",
            "target": "8 of 10",
            "evaluate_by": "2027-02-15",
        },
    ),
    (
        "Tickets drop from 60 to 5 a day by the end of January",
        {
            "metric": "Tickets",
            "baseline": "60",
            "target": "5 a day",
            "evaluate_by": "end of January",
        },
    ),
    (
        "Tickets drop from 60 to 5 a day, 4 weeks after GA.",
        {
            "metric": "Tickets",
            "baseline": "60",
            "target": "5 a day",
            "evaluate_by": "4 weeks after GA",
        },
    ),
    (
        "Retyped addresses: now 60 a day, goal 5 a day, deadline 2027-02-15",
        {
            "metric": "Retyped addresses",
            "baseline": "60 a day",
            "target": "5 a day",
            "evaluate_by": "2027-02-15",
        },
    ),
    (
        "Retyped addresses drop from forty to three a day by 2027-02",
        {
            "metric": "Retyped addresses",
            "baseline": "forty",
            "target": "three a day",
            "evaluate_by": "2027-02",
        },
    ),
    (
        "Build takes 1h 45m today, at most 1h 15m by Q1 2027",
        {
            "metric": "Build",
            "baseline": "1h 45m",
            "target": "at most 1h 15m",
            "evaluate_by": "Q1 2027",
        },
    ),
    (
        "Die neu getippten Adressen sinken von 60 auf 5 am Tag bis zum 15. Februar 2027.",
        {
            "metric": "Die neu getippten Adressen",
            "baseline": "60",
            "target": "5 am Tag",
            "evaluate_by": "15. Februar 2027",
        },
    ),
    (
        "Les adresses retapées passent de 60 à 5 par jour d'ici le 15 février 2027.",
        {
            "metric": "Les adresses retapées",
            "baseline": "60",
            "target": "5 par jour",
            "evaluate_by": "15 février 2027",
        },
    ),
    (
        "Las direcciones reescritas bajan de 60 a 5 al día antes del 15 de febrero de 2027.",
        {
            "metric": "Las direcciones reescritas",
            "baseline": "60",
            "target": "5 al día",
            "evaluate_by": "15 de febrero de 2027",
        },
    ),
    (
        "Os endereços redigitados caem de 60 para 5 por dia até 15 de fevereiro de 2027.",
        {
            "metric": "Os endereços redigitados",
            "baseline": "60",
            "target": "5 por dia",
            "evaluate_by": "15 de fevereiro de 2027",
        },
    ),
    (
        "재입력은 60건에서 5건으로 2027년 2월 15일까지",
        {
            "metric": "재입력",
            "baseline": "60건",
            "target": "5건",
            "evaluate_by": "2027년 2월 15일",
        },
    ),
    (
        "Nothing here.\n\n- Tickets fall from 140 to 98\n- by +30d",
        {"metric": "Tickets", "baseline": "140", "target": "98", "evaluate_by": "+30d"},
    ),
]


@pytest.mark.parametrize(("text", "expected"), SENTENCES, ids=[row[0][:50] for row in SENTENCES])
def test_sentence_is_split(text: str, expected: dict[str, str]) -> None:
    assert parts(read_prose(text)) == expected


@pytest.mark.parametrize("text", [row[0] for row in SENTENCES], ids=lambda text: text[:50])
def test_parts_are_slices(text: str) -> None:
    for found in read_prose(text):
        is_told = found.part == "direction" or found.text[0] in "+-<>"

        assert is_told or text[found.start : found.end] == found.text
        assert text[found.start : found.end]


SILENT = [
    "Le café de 12 amis",
    "The tour de 40 km a 10th time",
    "",
    "We will monitor it",
    "We look again on 2027-02-15",
    "All 412 tests pass",
    "Unit tests cover 100 % of the new code, CI green",
    "Tested manually on 3 devices to 100 %",
    "Support counts 140 tickets a month",
    "Exports retry 3 times in 5 minutes.",
    "It grew by 5",
    "Not measurable because fewer than ten customers use it; we ask three by 2027-03-01",
    "Internal refactor: no user-facing outcome, latency stays at 5 ms until +30d",
    "Covered by #1234, which goes from 38 % to 45 %",
    "See #123 and v1.2.3",
]


@pytest.mark.parametrize("text", SILENT, ids=[row[:30] or "empty" for row in SILENT])
def test_prose_without_a_line_to_cross_is_empty(text: str) -> None:
    assert read_prose(text) == ()


HYPOTHESES = [
    (
        "We believe that saving carts for shoppers with two devices will result in fewer lost "
        "carts; we will know when checkout completion reaches 45 % by 2027-02-15.",
        {
            "audience": "shoppers with two devices",
            "outcome": "fewer lost carts",
            "metric": "checkout completion",
            "target": "45 %",
            "evaluate_by": "2027-02-15",
        },
    ),
    (
        "we believe caching\nfor large tenants\nwill result in faster search. We'll know when p95 "
        "latency drops below 300 ms (820 ms today) 14 days after release. Thanks.",
        {
            "audience": "large tenants",
            "outcome": "faster search",
            "metric": "p95 latency",
            "target": "below 300 ms",
            "baseline": "820 ms",
            "evaluate_by": "14 days after release",
        },
    ),
    (
        "WE BELIEVE a FAQ for people who look for help will lead to fewer calls. And we’ll know "
        "this is true if admins stop calling",
        {
            "audience": "people who look for help",
            "outcome": "fewer calls",
            "metric": "admins stop calling",
        },
    ),
    (
        "We believe this results in fewer calls, we will know when calls fall by 30 %",
        {"outcome": "fewer calls", "metric": "calls", "target": "-30 %"},
    ),
]


@pytest.mark.parametrize(("text", "expected"), HYPOTHESES, ids=["full", "lines", "words", "bare"])
def test_hypothesis_is_split(text: str, expected: dict[str, str]) -> None:
    assert parts(split_hypothesis(text)) == expected


def test_hypothesis_parts_have_full_names() -> None:
    found = split_hypothesis(HYPOTHESES[0][0])

    assert [part.part for part in found] == [
        "audience",
        "outcome",
        "measurement.metric",
        "measurement.target",
        "measurement.evaluate_by",
    ]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "We believe x for y.",
        "We believe x for y will result in z.",
        "x for y will result in z; we will know when a reaches 5 %",
        "We believe x; we will know when a reaches 5 %",
    ],
)
def test_half_a_hypothesis_is_none(text: str) -> None:
    assert split_hypothesis(text) == ()


VOCABULARY = (
    "we believe for will result in know when tests from to by stays at below 38 % 45 ms today "
    "-> . ; ( ) , +30d 2027-02-15 falls reaches users is up 0 \n\n - not exceed"
)
WORDS = st.sampled_from(VOCABULARY.split(" "))
HOSTILE = st.one_of(
    st.lists(WORDS, max_size=60).map(" ".join),
    st.text(st.one_of(st.sampled_from("0123 %.;()'ſK"), st.characters()), max_size=5000),
)


@given(HOSTILE)
@settings(max_examples=300, deadline=None)
def test_no_text_makes_it_fail(text: str) -> None:
    for found in (*read_prose(text), *split_hypothesis(text)):
        assert 0 <= found.start <= found.end <= len(text)


@pytest.mark.parametrize(
    "pattern",
    [
        "1",
        " ",
        "' 5'",
        "to 5 ",
        "is ",
        "we believe ",
        "(",
        ". A",
        "for ",
        "- \n",
        "5 -> ",
        "von 5 auf ",
        "by feb ",
        "; a: ",
    ],
)
def test_hostile_repetition_is_read_to_its_end(pattern: str) -> None:
    text = pattern * (65_536 // len(pattern))
    found = (*read_prose(text), *split_hypothesis(text))

    assert all(0 <= part.start <= part.end <= len(text) for part in found)


EAST_ASIAN_SENTENCES = [
    (
        "手入力の行を60件から5件に減らす（2027-02-15まで）",
        ("手入力の行", "60件", "5件", "2027-02-15"),
    ),
    (
        "2027年2月15日までに、手入力の行を1日60件から5件に減らす。",
        ("手入力の行", "1日60件", "5件", "2027年2月15日"),
    ),
    (
        "読み込み時間を820msから300ms以下にする。2027年3月末までに確認。",
        ("読み込み時間", "820ms", "300ms以下", "2027年3月末"),
    ),
    (
        "問い合わせは現在週60件、2027年2月15日までに週5件以下。",
        ("問い合わせ", "週60件", "週5件以下", "2027年2月15日"),
    ),
    ("30日後に、失敗率が2%未満になっていること（現在8%）", ("失敗率", "8%", "2%未満", "30日後")),
    (
        "到2027年2月15日，手工录入的行数从每天60行降到5行。",
        ("手工录入的行数", "每天60行", "5行", "2027年2月15日"),
    ),
    ("目前每周60个工单，2027年3月底前降至5个。", ("工单", "每周60个", "5个", "2027年3月底")),
    ("导出完整率从38%提高到50%，上线后30天检查。", ("导出完整率", "38%", "50%", "上线后30天")),
    (
        "2027년 2월 15일까지 재입력 행을 하루 60건에서 5건으로 줄인다.",
        ("재입력 행", "하루 60건", "5건", "2027년 2월 15일"),
    ),
    (
        "현재 주당 60건인 문의를 2027년 3월 말까지 5건 이하로 줄인다.",
        ("문의", "주당 60건", "5건 이하", "2027년 3월 말"),
    ),
]


@pytest.mark.parametrize(
    ("text", "said"), EAST_ASIAN_SENTENCES, ids=[row[0][:12] for row in EAST_ASIAN_SENTENCES]
)
def test_whole_sentence_without_spaces_holds_a_plan(
    text: str, said: tuple[str, str, str, str]
) -> None:
    keys = ("metric", "baseline", "target", "evaluate_by")
    assert parts(read_prose(text)) == dict(zip(keys, said, strict=True))


@pytest.mark.parametrize(
    "text",
    [
        "行を60件処理した。",
        "从第3行开始读取，共5列。",
        "3개 모듈에서 5개 파일을 고쳤다.",
        "2027年2月15日に公開する。",
    ],
)
def test_sentence_without_spaces_and_without_a_line_is_no_plan(text: str) -> None:
    assert "target" not in parts(read_prose(text))


SAID_IN_MANY_WAYS = [
    ("Complete exports: 38 % to 50 % by 2027-02-15", ("38 %", "50 %", "2027-02-15")),
    ("Was 820 ms, now 300 ms at p95, checked on 2027-02-15", ("820 ms", "300 ms", "2027-02-15")),
    ("Complaints: 60 in Q4 2026, 5 in Q1 2027", ("60", "5", "Q1 2027")),
    ("The goal is 95 % whole on 2027-02-15 (62 % on 2026-11-20)", ("62 %", "95 %", "2027-02-15")),
    ("Lost carts: 140 a month -> none by 2027-02-15", ("140 a month", "0", "2027-02-15")),
    ("Rows 60/day => 5/day, measured by 2027-02-15", ("60/day", "5/day", "2027-02-15")),
    ("Tickets down 30 % by 2027-02-15, from 90 a week", ("90 a week", "-30 %", "2027-02-15")),
    ("Hoy son 60; como máximo 5 tickets para el 15/02/2027", ("60", "máximo 5", "15/02/2027")),
    ("Los tickets bajan a la mitad antes del 15/02/2027", ("", "a la mitad", "15/02/2027")),
    ("No máximo 5 chamados até 15/02/2027, hoje são 60", ("60", "máximo 5", "15/02/2027")),
]


@pytest.mark.parametrize(("text", "said"), SAID_IN_MANY_WAYS, ids=[r[0] for r in SAID_IN_MANY_WAYS])
def test_plan_is_read_however_it_is_said(text: str, said: tuple[str, str, str]) -> None:
    found = parts(read_prose(text))
    assert found.get("baseline", "") == said[0]
    assert said[1].lower() in found["target"].lower()
    assert found["evaluate_by"].endswith(said[2])


def test_range_and_unlike_numbers_are_no_move() -> None:
    assert "baseline" not in parts(read_prose("We see 20 to 25 tickets a week by 2027-02-15"))
    assert "baseline" not in parts(read_prose("Seen on 3 devices to 100 % by 2027-02-15"))
