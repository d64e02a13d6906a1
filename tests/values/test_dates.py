from __future__ import annotations

from calendar import monthrange
from datetime import date, timedelta

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from whygate.values.dates import (
    DateProblem,
    DateValue,
    Relative,
    find_dates,
    parse_date,
    resolve,
)

TODAY = date(2026, 11, 23)


def read(text: str, today: date = TODAY) -> DateValue:
    value = parse_date(text, today)
    assert isinstance(value, DateValue), value
    return value


FIXED = [
    ("2027-02-15", "2027-02-15"),
    ("2027-2-5", "2027-02-05"),
    ("2027-02-15T10:00Z", "2027-02-15"),
    ("2027-02-15 10:00:30 +0100", "2027-02-15"),
    ("２０２７-０２-１５", "2027-02-15"),
    ("2027‑02‑15", "2027-02-15"),
    ("2028-02-29", "2028-02-29"),
    ("9999-12-31", "9999-12-31"),
    ("0001-01-01", "0001-01-01"),
    ("15 Feb 2027", "2027-02-15"),
    ("15 February 2027", "2027-02-15"),
    ("15. Feb 2027", "2027-02-15"),
    ("15 FEB 2027", "2027-02-15"),
    ("15th of February 2027", "2027-02-15"),
    ("1st Mar 2027", "2027-03-01"),
    ("Feb 15, 2027", "2027-02-15"),
    ("February 15 2027", "2027-02-15"),
    ("Sept. 3rd, 2027", "2027-09-03"),
    ("may 1, 2027", "2027-05-01"),
    ("Mon, 15 Feb 2027", "2027-02-15"),
    ("Monday 2027-02-15", "2027-02-15"),
    ("2027-Q1", "2027-03-31"),
    ("Q1 2027", "2027-03-31"),
    ("2027 Q2", "2027-06-30"),
    ("Q4/2027", "2027-12-31"),
    ("2027-H1", "2027-06-30"),
    ("2027-W07", "2027-02-21"),
    ("2026-W53", "2027-01-03"),
    ("W7 2027", "2027-02-21"),
    ("Feb 2027", "2027-02-28"),
    ("February 2028", "2028-02-29"),
    ("end of Q1 2027", "2027-03-31"),
    ("the end of February 2027", "2027-02-28"),
    ("end of 2027", "2027-12-31"),
    ("by 2027-02-15", "2027-02-15"),
    ("no later than 15 Feb 2027", "2027-02-15"),
    ("by the end of Q1 2027", "2027-03-31"),
    ("2027-02-15 (after the sale)", "2027-02-15"),
    ("2027-02-15; after the sale", "2027-02-15"),
    ("  `2027-02-15`. ", "2027-02-15"),
    ("15  Feb  2027", "2027-02-15"),
    ("13/02/2027", "2027-02-13"),
    ("12/24/2026", "2026-12-24"),
    ("05/05/2027", "2027-05-05"),
    ("02.03.2027", "2027-03-02"),
    ("2027/02/15", "2027-02-15"),
    ("15. Februar 2027", "2027-02-15"),
    ("31 mars 2027", "2027-03-31"),
    ("1er août 2027", "2027-08-01"),
    ("15 de febrero de 2027", "2027-02-15"),
    ("28 DE FEVEREIRO DE 2027", "2027-02-28"),
    ("3 maggio 2027", "2027-05-03"),
    ("2027年2月15日", "2027-02-15"),
    ("2027 年 2 月末", "2027-02-28"),
    ("2027년 2월 15일", "2027-02-15"),
    ("2027-02", "2027-02-28"),
    ("02/2027", "2027-02-28"),
    ("by the end of January 2027", "2027-01-31"),
    ("start of February 2027", "2027-02-01"),
    ("in Q1 2027", "2027-03-31"),
    ("first quarter of 2027", "2027-03-31"),
    ("week 7 of 2027", "2027-02-21"),
    ("KW 7 2027", "2027-02-21"),
    ("15-Feb-2027", "2027-02-15"),
    ("15/Feb/2027", "2027-02-15"),
    ("15Feb2027", "2027-02-15"),
    ("Feb-15-2027", "2027-02-15"),
    ("2027-Feb-15", "2027-02-15"),
    ("the 15th of February 2027", "2027-02-15"),
    ("15. 02. 2027", "2027-02-15"),
    ("2027-02-15, then monthly", "2027-02-15"),
    ("2027-02-15 and then every month", "2027-02-15"),
    ("2027-02-15, again on 2027-05-15", "2027-02-15"),
    ("at the review on 2027-02-15", "2027-02-15"),
    ("bis zum 15. Februar 2027", "2027-02-15"),
    ("15. Feb. 2027", "2027-02-15"),
    ("Ende Februar 2027", "2027-02-28"),
    ("1. Quartal 2027", "2027-03-31"),
    ("d'ici le 15 février 2027", "2027-02-15"),
    ("15 févr. 2027", "2027-02-15"),
    ("fin janvier 2027", "2027-01-31"),
    ("T1 2027", "2027-03-31"),
    ("antes del 15 de febrero de 2027", "2027-02-15"),
    ("a finales de enero de 2027", "2027-01-31"),
    ("até 15 de fevereiro de 2027", "2027-02-15"),
    ("final de janeiro de 2027", "2027-01-31"),
    ("2027年2月", "2027-02-28"),
    ("2027年第1四半期", "2027-03-31"),
]


@pytest.mark.parametrize(("text", "day"), FIXED, ids=[row[0] for row in FIXED])
def test_day_is_read(text: str, day: str) -> None:
    value = read(text)

    assert value.day == date.fromisoformat(day)
    assert value.relative is None
    assert resolve(value, date(2000, 1, 1)) == value.day


RELATIVE = [
    ("+30d", 30, "d", "", "2026-12-23"),
    ("+ 30 days", 30, "d", "", "2026-12-23"),
    ("+0d", 0, "d", "", "2026-11-23"),
    ("+6w", 6, "w", "", "2027-01-04"),
    ("+3m", 3, "m", "", "2027-02-23"),
    ("+1y", 1, "y", "", "2027-11-23"),
    ("+1 quarter", 3, "m", "", "2027-02-23"),
    ("+30D", 30, "d", "", "2026-12-23"),
    ("until +30d", 30, "d", "", "2026-12-23"),
    ("+30d (after the sale)", 30, "d", "", "2026-12-23"),
    ("+14d after release", 14, "d", "release", "2026-12-07"),
    ("30 days after merge", 30, "d", "merge", "2026-12-23"),
    ("30 days after the PR is merged", 30, "d", "merge", "2026-12-23"),
    ("14 days after release", 14, "d", "release", "2026-12-07"),
    ("two weeks after release", 2, "w", "release", "2026-12-07"),
    ("a month after launch", 1, "m", "launch", "2026-12-23"),
    ("2 weeks after it ships", 2, "w", "ship", "2026-12-07"),
    ("30 days post-launch", 30, "d", "launch", "2026-12-23"),
    ("within 30 days of deployment", 30, "d", "deploy", "2026-12-23"),
    ("three months after rollout", 3, "m", "rollout", "2027-02-23"),
    ("30 days from now", 30, "d", "", "2026-12-23"),
    ("in 6 weeks", 6, "w", "", "2027-01-04"),
    ("in a month", 1, "m", "", "2026-12-23"),
    ("after 30 days", 30, "d", "", "2026-12-23"),
    ("within 30 days", 30, "d", "", "2026-12-23"),
    ("+36600d", 36600, "d", "", "2127-02-07"),
    ("+30d, then weekly", 30, "d", "", "2026-12-23"),
    ("in 30 Tagen", 30, "d", "", "2026-12-23"),
    ("30 Tage nach dem Merge", 30, "d", "merge", "2026-12-23"),
    ("dans 2 semaines", 2, "w", "", "2026-12-07"),
    ("30 jours après la release", 30, "d", "release", "2026-12-23"),
    ("en 3 meses", 3, "m", "", "2027-02-23"),
    ("em 30 dias", 30, "d", "", "2026-12-23"),
    ("30日後", 30, "d", "", "2026-12-23"),
    ("2週間後", 2, "w", "", "2026-12-07"),
    ("3개월 후", 3, "m", "", "2027-02-23"),
    ("30天后", 30, "d", "", "2026-12-23"),
]


@pytest.mark.parametrize(
    ("text", "amount", "unit", "anchor", "day"), RELATIVE, ids=[row[0] for row in RELATIVE]
)
def test_distance_is_read(text: str, amount: int, unit: str, anchor: str, day: str) -> None:
    value = read(text)

    assert value.relative == Relative(amount, unit, anchor)
    assert value.day == resolve(value, TODAY) == date.fromisoformat(day)


PROBLEMS = [
    ("02/03/2027", "ambiguous", "2027-02-03 or 2027-03-02"),
    ("2/3/27", "ambiguous", "2027-02-03 or 2027-03-02"),
    ("02-03-2027", "ambiguous", "2027-02-03 or 2027-03-02"),
    ("15 Feb 27", "ambiguous", "2027-02-15"),
    ("Feb 15 '27", "ambiguous", "2027-02-15"),
    ("13/02/27", "unknown", "2027-02-13"),
    ("31.04.2027", "impossible", "2027-04-30"),
    ("30. Februar 2027", "impossible", "2027-02-28"),
    ("2027年13月1日", "impossible", "2027-01-13"),
    ("20270215", "unknown", "2027-02-15"),
    ("31/31/2027", "impossible", "+30d"),
    ("20279999", "impossible", "+30d"),
    ("2027-02-30", "impossible", "2027-02-28"),
    ("2027-02-00", "impossible", "2027-02-01"),
    ("30 Feb 2027", "impossible", "2027-02-28"),
    ("2027-13-01", "impossible", "2027-01-13"),
    ("2027-00-10", "impossible", "+30d"),
    ("2027-99-99", "impossible", "+30d"),
    ("0000-01-01", "impossible", "+30d"),
    ("Feb 0000", "impossible", "+30d"),
    ("2027-Q5", "impossible", "2027-Q4"),
    ("Q0 2027", "impossible", "2027-Q1"),
    ("Q7", "impossible", "2026-Q4"),
    ("2027-W54", "impossible", "2027-W52"),
    ("2027-W00", "impossible", "2027-W01"),
    ("9999-W53", "impossible", "9999-W51"),
    ("+999999999d", "impossible", "+1y"),
    ("+9999m", "impossible", "+1y"),
    ("+101y", "impossible", "+1y"),
    ("15 Feb", "year-missing", "2027-02-15"),
    ("December 24", "year-missing", "2026-12-24"),
    ("Q1", "year-missing", "2027-Q1"),
    ("Q4", "year-missing", "2026-Q4"),
    ("H2", "year-missing", "2026-H2"),
    ("W07", "year-missing", "2027-W07"),
    ("by the end of Q1", "year-missing", "2027-Q1"),
    ("February", "year-missing", "2027-02-28"),
    ("2027", "vague", "2027-12-31"),
    ("30 days", "no-start", "+30d"),
    ("30d", "no-start", "+30d"),
    ("+48h", "vague", "+2d"),
    ("2 sprints", "vague", "+28d"),
    ("10 business days after release", "vague", "+14d"),
    ("9999 sprints", "vague", "+365d"),
    ("next sprint", "vague", "+14d"),
    ("next release", "vague", "+30d"),
    ("next week", "vague", "+7d"),
    ("the next month", "vague", "+1m"),
    ("next quarter", "vague", "+3m"),
    ("tomorrow", "vague", "2026-11-24"),
    ("today", "vague", "2026-11-23"),
    ("friday", "vague", "2026-11-27"),
    ("next monday", "vague", "2026-11-30"),
    ("end of year", "vague", "2026-12-31"),
    ("EOQ", "vague", "2026-12-31"),
    ("end of the month", "vague", "2026-11-30"),
    ("this week", "vague", "2026-11-29"),
    ("soon", "vague", "+30d"),
    ("as soon as possible", "vague", "+30d"),
    ("in a few weeks", "vague", "+30d"),
    ("when ready", "vague", "+30d"),
    ("after launch", "vague", "30 days after launch"),
    ("shortly after the release", "vague", "30 days after release"),
    ("once merged", "vague", "30 days after merge"),
    ("", "unknown", "+30d"),
    ("(soon)", "unknown", "+30d"),
    ("1", "unknown", "+30d"),
    ("TBD", "unknown", "+30d"),
    ("٢٠٢٧-٠٢-١٥", "unknown", "+30d"),
    ("2027-02-15 or later", "vague", "+30d"),
    ("4 weeks after GA", "unseen", "+4w"),
    ("60 days", "no-start", "+60d"),
    ("two months after the beta", "unseen", "+2m"),
    ("30 days after release 2.3", "unseen", "30 days after release"),
    ("two weeks later", "no-start", "+2w"),
    ("9999 weeks after GA", "impossible", "+1y"),
    ("2027-13", "impossible", "2027-12"),
    ("2027-02-15 or 2027-03-01", "ambiguous", "2027-02-15 or 2027-03-01"),
    ("2027-02-15 to 2027-02-28", "ambiguous", "2027-02-15 or 2027-02-28"),
    ("Feb '27", "ambiguous", "2027-02"),
    ("Q1'27", "ambiguous", "2027-Q1"),
    ("mid-January 2027", "vague", "2027-01-16"),
    ("early February 2027", "vague", "2027-02-01"),
    ("late Q1 2027", "vague", "2027-03-31"),
    ("monthly", "vague", "+1m"),
    ("every Monday", "vague", "+30d"),
    ("end of next quarter", "vague", "+3m"),
    ("not before 2027-02-15", "unknown", "+30d"),
    ("Q1 FY2027", "unknown", "+30d"),
    ("15 février", "year-missing", "2027-02-15"),
    ("2027-02-15" * 30, "unknown", "+30d"),
]


@pytest.mark.parametrize(
    ("text", "reason", "suggestion"), PROBLEMS, ids=[row[0][:40] or "empty" for row in PROBLEMS]
)
def test_date_is_refused_with_a_suggestion(text: str, reason: str, suggestion: str) -> None:
    problem = parse_date(text, TODAY)

    assert isinstance(problem, DateProblem)
    assert (problem.reason, problem.suggestion) == (reason, suggestion)


@pytest.mark.parametrize(
    ("text", "certain"),
    [
        ("60 days", "60 days"),
        ("Two Weeks (we hope)", "two weeks"),
        ("20270215", "20270215"),
        ("4 weeks after GA", ""),
        ("two weeks later", ""),
        ("soon", ""),
        ("02/03/2027", ""),
    ],
)
def test_only_a_day_of_one_reading_is_certain(text: str, certain: str) -> None:
    problem = parse_date(text, TODAY)

    assert isinstance(problem, DateProblem)
    assert problem.certain == certain


@pytest.mark.parametrize("text", [row[0] for row in PROBLEMS if " or " not in row[2]])
def test_suggestion_can_be_pasted(text: str) -> None:
    problem = parse_date(text, TODAY)

    assert isinstance(problem, DateProblem)
    assert isinstance(parse_date(problem.suggestion, TODAY), DateValue)


CLIPPED = [
    ("+1m", "2027-01-31", "2027-02-28"),
    ("+1m", "2028-01-31", "2028-02-29"),
    ("+13m", "2027-01-31", "2028-02-29"),
    ("+1y", "2028-02-29", "2029-02-28"),
    ("+1m", "2027-12-31", "2028-01-31"),
    ("+100y", "9999-01-01", "9999-12-31"),
    ("+30d", "9999-12-31", "9999-12-31"),
]


@pytest.mark.parametrize(("text", "base", "day"), CLIPPED, ids=[f"{r[1]}{r[0]}" for r in CLIPPED])
def test_distance_is_clipped(text: str, base: str, day: str) -> None:
    assert resolve(read(text), date.fromisoformat(base)) == date.fromisoformat(day)


@pytest.mark.parametrize("text", ["Q1", "Feb", "31 Jan", "W01", "tomorrow", "eow", "sunday"])
def test_suggestion_at_the_end_of_the_calendar(text: str) -> None:
    problem = parse_date(text, date.max)

    assert isinstance(problem, DateProblem)
    assert problem.suggestion.startswith("9999-")


PROSE = [
    ("stays at 0 until +30d", ["+30d"]),
    ("by 2027-02-15, or 15 Feb 2027.", ["2027-02-15", "15 Feb 2027"]),
    ("drops 14 days after release", ["14 days after release"]),
    ("within 30 days after the release", ["30 days after the release"]),
    ("two weeks after it ships", ["two weeks after it ships"]),
    ("in 6 weeks or in two months", ["in 6 weeks", "in two months"]),
    ("until 2027-Q1 / Q2 2027 / 2027-W07", ["2027-Q1", "Q2 2027", "2027-W07"]),
    ("Feb 15, 2027; February 2027", ["Feb 15, 2027", "February 2027"]),
    ("at 2027-02-15T10:00Z sharp", ["2027-02-15T10:00Z"]),
    ("30 days of retention in a day", []),
    ("2027-02-30 and 12027-02-15 and 2027-02-155", []),
    ("+30dx, x+30d, +999999999d", []),
    ("soon, Q1, 02/03/2027", []),
    ("by 2027-02, or 15-Feb-2027.", ["2027-02", "15-Feb-2027"]),
    ("lines 1000-10 of 2000 rows", []),
    ("bis zum 15. Februar 2027.", ["15. Februar 2027"]),
    ("d'ici fin janvier 2027", ["fin janvier 2027"]),
    ("期限は2027年2月15日までに", ["2027年2月15日"]),
    ("2027년 2월 15일까지", ["2027년 2월 15일"]),
    ("", []),
]


@pytest.mark.parametrize(("text", "found"), PROSE, ids=[row[0] or "empty" for row in PROSE])
def test_dates_are_found_in_prose(text: str, found: list[str]) -> None:
    assert [text[start:end] for start, end, _ in find_dates(text, TODAY)] == found


def test_relative_date_without_today_has_no_day() -> None:
    values = [value for _, _, value in find_dates("+30d or 2027-02-15")]

    assert [value.day for value in values] == [None, date(2027, 2, 15)]


DAYS = st.dates(date(1, 1, 1), date(9999, 12, 31))


@given(DAYS, DAYS)
@settings(max_examples=200, deadline=None)
def test_written_day_reads_back(day: date, today: date) -> None:
    written = [
        day.isoformat(),
        f"{day.day} {day:%b} {day.year:04}",
        f"{day:%B} {day.day}, {day.year:04}",
    ]

    assert {read(text, today).day for text in written} == {day}


@given(st.integers(0, 1200), st.integers(0, 1200), DAYS)
@settings(max_examples=200, deadline=None)
def test_months_add_up(one: int, two: int, base: date) -> None:
    first = base.replace(day=1)
    together = resolve(DateValue("", relative=Relative(one + two, "m")), first)
    in_steps = resolve(
        DateValue("", relative=Relative(two, "m")),
        resolve(DateValue("", relative=Relative(one, "m")), first),
    )

    assert together in {in_steps, date.max}


@given(st.integers(0, 36000), st.integers(0, 1200), DAYS)
@settings(max_examples=200, deadline=None)
def test_distance_never_goes_back(days: int, months: int, base: date) -> None:
    by_days = resolve(read(f"+{days}d"), base)
    by_months = resolve(read(f"+{months}m"), base)

    assert by_days == date.max or by_days - base == timedelta(days=days)
    assert base <= by_months
    assert by_months == date.max or by_months.day == min(
        base.day, monthrange(by_months.year, by_months.month)[1]
    )


HOSTILE = st.text(
    st.one_of(st.sampled_from("0123456789+-/.: QqWwdmyFebJan()\n\u00a0ſK½٣"), st.characters()),
    max_size=5000,
)


@given(HOSTILE, DAYS)
@example("+9999999999999d", date.max)
@example("in ſix weeks", TODAY)
@example("+1y 5 dayſ after release", TODAY)
@settings(max_examples=200, deadline=None)
def test_no_text_makes_it_fail(text: str, today: date) -> None:
    for piece in (text, text[:12], text[:40]):
        parse_date(piece, today)

    assert all(text[start:end] == value.text for start, end, value in find_dates(text, today))


@given(st.from_regex(r"[0-9]{1,4}[-/. ][0-9QWH]{1,3}([-/. ][0-9]{1,4})?", fullmatch=True), DAYS)
@settings(max_examples=300, deadline=None)
def test_no_number_makes_it_fail(text: str, today: date) -> None:
    value = parse_date(text, today)

    assert isinstance(value, DateProblem) or value.day == resolve(value, today)


@pytest.mark.parametrize(
    "pattern",
    [
        "1",
        " ",
        "+",
        "jan 1 ",
        "in 6 weeks ",
        "2027-",
        "a after ",
        "the end of ",
        "w 7",
        "2027年",
        "by ",
    ],
)
def test_hostile_repetition_is_read_to_its_end(pattern: str) -> None:
    text = pattern * (65_536 // len(pattern))
    places = [place for start, end, _ in find_dates(text, TODAY) for place in (start, end)]
    parse_date(text, TODAY)

    assert places == sorted(places)
    assert all(place <= len(text) for place in places)
