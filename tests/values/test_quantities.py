from __future__ import annotations

from datetime import date
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from whygate.values.comparison import (
    comparable,
    contradicts,
    derive_direction,
    explain_relative,
    is_met,
    nouns_differ,
    resolve_target,
)
from whygate.values.plans import parse_baseline, parse_target
from whygate.values.quantities import (
    WINDOWS,
    Dimension,
    Quantity,
    find_quantities,
    parse_quantity,
    read_both_ways,
    render_quantity,
)


def read(text: str) -> Quantity:
    quantity = parse_quantity(text)
    assert quantity is not None, text
    return quantity


def baseline(text: str) -> Quantity | None:
    return read(text) if text else None


NUMBERS = [
    ("1200", "1200"),
    ("1,200", "1200"),
    ("1,200,300.5", "1200300.5"),
    ("1_200", "1200"),
    ("1 200", "1200"),
    ("3.5", "3.5"),
    ("1.20", "1.20"),
    ("0.200", "0.2"),
    ("0,200", "0.2"),
    ("1.200.300", "1200300"),
    ("1'200", "1200"),
    ("1’200,5", "1200.5"),
    ("1,5", "1.5"),
    ("12,50", "12.50"),
    ("1.200,5", "1200.5"),
    ("12k", "12000"),
    ("12K", "12000"),
    ("1.2M", "1200000"),
    ("3bn", "3000000000"),
    ("2 million", "2000000"),
    ("5 thousand", "5000"),
    ("0", "0"),
    ("zero", "0"),
    ("twelve", "12"),
    ("１２", "12"),
    ("  7. ", "7"),
    ("`7`", "7"),
    ("**7**", "7"),
]


@pytest.mark.parametrize(("text", "value"), NUMBERS, ids=[row[0] for row in NUMBERS])
def test_number_is_read(text: str, value: str) -> None:
    quantity = read(text)

    assert (quantity.low, quantity.high) == (Decimal(value), Decimal(value))
    assert (quantity.dimension, quantity.unit, quantity.noun) == (Dimension.COUNT, "", "")


UNITS = [
    ("38 %", "%", "share", "38"),
    ("38%", "%", "share", "38"),
    ("38 percent", "%", "share", "38"),
    ("38 per cent", "%", "share", "38"),
    ("５ ％", "%", "share", "5"),
    ("3 ‰", "‰", "share", "0.3"),
    ("4 of 5", "%", "share", "80"),
    ("4 out of 5 customers", "%", "share", "80"),
    ("4.5/5", "%", "share", "90"),
    ("5 pp", "pp", "points", "5"),
    ("5 percentage points", "pp", "points", "5"),
    ("5 %-points", "pp", "points", "5"),
    ("25 basis points", "bp", "points", "0.25"),
    ("5 ns", "ns", "time", "0.000000005"),
    ("5 µs", "us", "time", "0.000005"),
    ("820 ms", "ms", "time", "0.82"),
    ("820ms", "ms", "time", "0.82"),
    ("3 s", "s", "time", "3"),
    ("3 seconds", "s", "time", "3"),
    ("20 min", "min", "time", "1200"),
    ("20 min.", "min", "time", "1200"),
    ("2 h", "h", "time", "7200"),
    ("2 h 30 min", "min", "time", "9000"),
    ("3 days", "d", "time", "259200"),
    ("2 weeks", "w", "time", "1209600"),
    ("1 month", "month", "time", "2629746"),
    ("5 B", "B", "size", "5"),
    ("12kB", "kB", "size", "12000"),
    ("5 MB", "MB", "size", "5000000"),
    ("1 GiB", "GiB", "size", "1073741824"),
    ("$1,200", "USD", "money", "1200"),
    ("US$5", "USD", "money", "5"),
    ("€1.2M", "EUR", "money", "1200000"),
    ("1.2M EUR", "EUR", "money", "1200000"),
    ("12k€", "EUR", "money", "12000"),
    ("GBP 5", "GBP", "money", "5"),
    ("7 SEK", "SEK", "money", "7"),
    ("2x", "x", "factor", "2"),
    ("2 times", "x", "factor", "2"),
    ("2-fold", "x", "factor", "2"),
    ("twice", "x", "factor", "2"),
    ("half", "x", "factor", "0.5"),
    ("halve", "x", "factor", "0.5"),
    ("doubled", "x", "factor", "2"),
    ("a quarter", "x", "factor", "0.25"),
    ("half as many", "x", "factor", "0.5"),
    ("verdoppeln", "x", "factor", "2"),
    ("1h 45m", "min", "time", "6300"),
    ("1h45m", "min", "time", "6300"),
    ("1h45", "min", "time", "6300"),
    ("1 h 45 min", "min", "time", "6300"),
    ("1:45 h", "min", "time", "6300"),
    ("1:45 min", "s", "time", "105"),
    ("1 hour and 15 minutes", "min", "time", "4500"),
    ("1m 30s", "s", "time", "90"),
    ("2 days 4 hours", "h", "time", "187200"),
    ("1h 45m 30s", "s", "time", "6330"),
    ("half a day", "d", "time", "43200"),
    ("half an hour", "h", "time", "1800"),
    ("an hour", "h", "time", "3600"),
    ("one and a half days", "d", "time", "129600"),
    ("1 1/2 days", "d", "time", "129600"),
    ("1½ h", "h", "time", "5400"),
    ("12 días", "d", "time", "1036800"),
    ("3時間", "h", "time", "10800"),
    ("8 of 10 testers", "%", "share", "80"),
    ("eight of ten testers", "%", "share", "80"),
    ("8 von 10 Testern", "%", "share", "80"),
    ("8 sur 10", "%", "share", "80"),
    ("8 de cada 10", "%", "share", "80"),
    ("half of the testers", "%", "share", "50"),
    ("three quarters of orders", "%", "share", "75"),
    ("5 Mio. EUR", "EUR", "money", "5000000"),
    ("3 times a day", "", "count", "1095.7275"),
]


@pytest.mark.parametrize(
    ("text", "unit", "dimension", "base"), UNITS, ids=[row[0] for row in UNITS]
)
def test_unit_is_read(text: str, unit: str, dimension: str, base: str) -> None:
    quantity = read(text)

    assert (quantity.unit, quantity.dimension) == (unit, dimension)
    assert quantity.base == (Decimal(base), Decimal(base))


COMPARATORS = [
    ("<= 300 ms", "<="),
    ("≤ 300 ms", "<="),
    (">=45 %", ">="),
    ("≥ 45 %", ">="),
    ("> 3", ">"),
    ("< 3", "<"),
    ("~ 20 min", "~"),
    ("≈20 min", "~"),
    ("= 5", "="),
    ("about 20 min", "~"),
    ("approx. 20 min", "~"),
    ("at least 45 %", ">="),
    ("At Least 45 %", ">="),
    ("no less than 45 %", ">="),
    ("45 % or more", ">="),
    ("100+ users", ">="),
    ("at most 3 errors", "<="),
    ("no more than 3 errors", "<="),
    ("up to 3 errors", "<="),
    ("within 2 h", "<="),
    ("3 or fewer", "<="),
    ("under 2 s", "<"),
    ("below 2 s", "<"),
    ("less than 2 s", "<"),
    ("fewer than 3 errors", "<"),
    ("over 9", ">"),
    ("above 9", ">"),
    ("more than 9", ">"),
    ("exactly 9", "="),
    ("no longer than 2 h", "<="),
    ("300 ms max", "<="),
    ("300 ms at most", "<="),
    ("p95 max 300 ms", "<="),
    ("capped at 5", "<="),
    ("sub-300 ms", "<"),
    ("no fewer than 5", ">="),
    ("höchstens 5 Minuten", "<="),
    ("mindestens 5", ">="),
    ("unter 300 ms", "<"),
    ("Über 5", ">"),
    ("au plus 5 jours", "<="),
    ("moins de 5", "<"),
    ("como máximo 5", "<="),
    ("menos de 5 días", "<"),
    ("no máximo 5 dias", "<="),
    ("mais de 5", ">"),
]


@pytest.mark.parametrize(("text", "sign"), COMPARATORS, ids=[row[0] for row in COMPARATORS])
def test_comparator_is_read(text: str, sign: str) -> None:
    assert read(text).comparator == sign


RANGES = [
    ("40-45 %", "40", "45", "%"),
    ("40 – 45 %", "40", "45", "%"),
    ("40 to 45 %", "40", "45", "%"),
    ("40 % to 45 %", "40", "45", "%"),
    ("between 40 and 45 %", "40", "45", "%"),
    ("10-12k", "10000", "12000", ""),
    ("300...400 ms", "300", "400", "ms"),
    ("$5-$10", "5", "10", "USD"),
    ("-30 to -20 %", "-30", "-20", "%"),
    ("5 bis 10 %", "5", "10", "%"),
    ("zwischen 5 und 10 %", "5", "10", "%"),
    ("entre 5 et 10 %", "5", "10", "%"),
]


@pytest.mark.parametrize(("text", "low", "high", "unit"), RANGES, ids=[row[0] for row in RANGES])
def test_range_is_read(text: str, low: str, high: str, unit: str) -> None:
    quantity = read(text)

    assert (quantity.low, quantity.high, quantity.unit) == (Decimal(low), Decimal(high), unit)


DETAILS = [
    ("5 retyped addresses a day", "retyped addresses", "day", ""),
    ("5 am Tag", "", "day", ""),
    ("5 pro Woche", "", "week", ""),
    ("5 par jour", "", "day", ""),
    ("5 al día", "", "day", ""),
    ("5 por dia", "", "day", ""),
    ("forty mails a week", "mails", "week", ""),
    ("95th percentile 300 ms", "", "", "p95"),
    ("300 ms at the 95th percentile", "", "", "p95"),
    ("p95: 820 ms", "", "", "p95"),
    ("140 tickets a month", "tickets", "month", ""),
    ('140 "lost cart" tickets a month', "lost cart tickets", "month", ""),
    ("140件/月", "件", "月", ""),
    ("200/week", "", "week", ""),
    ("200 per week", "", "week", ""),
    ("3 errors weekly", "errors", "week", ""),
    ("3 logins each day", "logins", "day", ""),
    ("5 MB/s", "", "s", ""),
    ("3 per user", "", "user", ""),
    ("3 emails per active users", "emails", "active user", ""),
    ("3 errors per 1,000 sessions", "errors", "1000 session", ""),
    ("8 glasses per glass", "glasses", "glass", ""),
    ("2 replies per query", "replies", "query", ""),
    ("2 replies per queries", "replies", "query", ""),
    ("p95 820 ms", "", "", "p95"),
    ("P99.9 820 ms", "", "", "p99.9"),
    ("median 3 days", "", "", "median"),
    ("average of 3 days", "", "", "mean"),
    ("max. 5", "", "", "max"),
    ("300 ms at p95", "", "", "p95"),
    ("300 ms (p95)", "", "", "p95"),
    ("38 % of two-device sessions", "two-device sessions", "", ""),
    ("5 % of users per week", "users", "week", ""),
    ("45 % conversion", "conversion", "", ""),
    ("820 ms today", "", "", ""),
    ("38 % (May 2026, dashboard 412)", "", "", ""),
    ("38 %; measured in May", "", "", ""),
    ("38 %, measured in May", "", "", ""),
]


@pytest.mark.parametrize(
    ("text", "noun", "per", "statistic"), DETAILS, ids=[row[0] for row in DETAILS]
)
def test_words_around_number_are_kept(text: str, noun: str, per: str, statistic: str) -> None:
    quantity = read(text)

    assert (quantity.noun, quantity.per, quantity.statistic) == (noun, per, statistic)
    assert quantity.text == text


RELATIVES = [
    ("-30%", "change", "-30", ""),
    ("−30 %", "change", "-30", ""),
    ("- 30 %", "change", "-30", ""),
    ("+5 pp", "change", "5", ""),
    ("+ 5 pp", "change", "5", ""),
    ("+200/week", "change", "200", ""),
    ("30 % less", "change", "-30", ""),
    ("30 % fewer tickets", "change", "-30", ""),
    ("100 more users", "change", "100", ""),
    ("at least 30 % less", "change", "-30", "<="),
    ("at most -5 %", "change", "-5", ">="),
    (">= -5 %", "change", "-5", ">="),
    ("2x", "factor", "2", ""),
    ("= -5", "", "-5", "="),
    ("5 pp", "", "5", ""),
    ("by half", "change", "-50", ""),
    ("a quarter less", "change", "-25", ""),
    ("down 30 %", "change", "-30", ""),
    ("minus 30 %", "change", "-30", ""),
    ("30 % down", "change", "-30", ""),
    ("up 5 pp", "change", "5", ""),
]


@pytest.mark.parametrize(
    ("text", "relative", "low", "comparator"), RELATIVES, ids=[row[0] for row in RELATIVES]
)
def test_relative_is_read(text: str, relative: str, low: str, comparator: str) -> None:
    quantity = read(text)

    assert (quantity.relative, quantity.low) == (relative, Decimal(low))
    assert quantity.comparator == comparator


REFUSED = [
    "", " ", "%", "-", "soon", "a bit faster", "5 m", "5m", "5 °C", "12 M", "30 % faster",
    "2x faster", "20 % better", "between 40 %", "between 40 and", "45-40 %", "1,20,000", "1_2",
    "1.2.3", "v2", "v1.2", "#12", "12:30", "2027-02-15", "2027-02", "15 Feb 2027", "02/03/2027",
    "1024x768", "0x1F", "3rd", "PAY-123", "3 of 0", "5 of 3", "$5 EUR", "+2x", "-2x",
    "300 ms and 5 %", "45 % by Friday", "5 one two three four", "1 2", "1e5", "٣ %",
    "5 to $6 EUR",
    "p95 5 ms at p99",
    "5 ms per the request",
    "5 % of per user",
    "5 tickets, 6 users", "40 to -45 %", "x" * 500, "1" * 500, "12345678901234567",
]  # fmt: skip


@pytest.mark.parametrize("text", REFUSED, ids=[row[:20] or "empty" for row in REFUSED])
def test_quantity_is_refused(text: str) -> None:
    assert parse_quantity(text) is None


UNCLEAR = [
    ("1.200 tickets", "1200 tickets", "1.2 tickets"),
    ("12.345 ms", "12345 ms", "12.345 ms"),
    ("1.200 %", "1200 %", "1.2 %"),
    ("€1.200", "1200 EUR", "1.2 EUR"),
    ("<= 1.500 ms", "<= 1500 ms", "<= 1.5 ms"),
]


@pytest.mark.parametrize(("text", "grouped", "fraction"), UNCLEAR, ids=[row[0] for row in UNCLEAR])
def test_number_of_two_readings_is_never_guessed(text: str, grouped: str, fraction: str) -> None:
    both = read_both_ways(text)

    assert parse_quantity(text) is None
    assert both is not None
    assert [quantity.base for quantity in both] == [
        read_point(grouped, ",").base,
        read_point(fraction, ".").base,
    ]


def read_point(text: str, point: str) -> Quantity:
    quantity = parse_quantity(text, point=point)
    assert quantity is not None, text
    return quantity


@pytest.mark.parametrize(
    "text", ["99.950 %", "1.250x", "0.125 s", "1.2345 s", "1.200,50 EUR", "1.200.300", "1,200"]
)
def test_number_of_one_reading_is_not_asked_about(text: str) -> None:
    assert read_both_ways(text) is None
    assert parse_quantity(text) is not None


PROSE = [
    ('Support counts 140 "lost cart" tickets a month.', ['140 "lost cart" tickets a month']),
    ("p95 is 820 ms and customers complained", ["820 ms"]),
    ("up to 60 times per request", ["up to 60 times per request"]),
    ("adds 3 % more database load", ["3 % more"]),
    ("it costs $1,200/month or 5 EUR", ["$1,200/month", "5 EUR"]),
    ("from 38 % to 45 % in total", ["38 %", "45 %"]),
    ("takes 5-10 ms, at most 12 ms", ["5-10 ms", "at most 12 ms"]),
    ("(820 ms today) and <= 300 ms later", ["820 ms", "<= 300 ms"]),
    ("re-read of 900 lines", ["900 lines"]),
    ("list - 140 tickets a month", ["140 tickets a month"]),
    ("cost - $5 each", ["$5"]),
    ("down -30% again", ["-30%"]),
    ("2x slower", ["2x"]),
    ("5 people wait", ["5 people"]),
    ("38%的用户", ["38%"]),
    ("one user each day", []),
    ("two devices, three customers", []),
    ("zero tickets", ["zero tickets"]),
    ("3 of 5 customers agree", ["3 of 5"]),
    ("see #123 and PAY-456 and v1.2.3", []),
    ("on 2027-02-15 at 12:30, within 30 days after release, +30d", []),
    ("in 6 weeks, 15 Feb 2027", []),
    ("step 3 fails, Bug 12 crashes, step 2 of 5", []),
    ("in 2026 users left", []),
    ("1024x768 and 0x1F and 3rd", []),
    ("just 7", []),
    ("7 this is users", []),
    ("7 of them", []),
    ("between 7 users", []),
    ("7 big red old cars", []),
    ("from 12k tickets to 15k tickets", ["12k tickets", "15k tickets"]),
    ("takes 1h 45m, should be half a day", ["1h 45m", "half a day"]),
    ("60件から5件に減る", ["60件", "5件"]),
    ("an hour a day", []),
    ("3 to 5 $6 EUR", []),
    ("-5x and $5 EUR", []),
    ("zero tickets per the week", ["zero tickets"]),
    ("", []),
]


@pytest.mark.parametrize(("text", "found"), PROSE, ids=[row[0] or "empty" for row in PROSE])
def test_quantities_are_found_in_prose(text: str, found: list[str]) -> None:
    assert [text[start:end] for start, end, _ in find_quantities(text)] == found


def test_bare_numbers_are_found_only_on_demand() -> None:
    text = "stays at 0, then at 7 by 2027-02-15"

    assert find_quantities(text) == ()
    assert [text[a:b] for a, b, _ in find_quantities(text, bare=True)] == ["0", "7"]


COMPARISONS = [
    ("38 %", "45 %", True),
    ("38 %", "300 ms", False),
    ("820 ms", "0.3 s", True),
    ("5 MB", "5 MiB", True),
    ("$5", "5 USD", True),
    ("$5", "5 EUR", False),
    ("140 tickets a month", "100 tickets", True),
    ("140 tickets a month", "20 tickets a week", True),
    ("3 per user", "3 per week", False),
    ("3 per user", "2 per user", True),
    ("p95 820 ms", "p95 300 ms", True),
    ("p95 820 ms", "300 ms", True),
    ("p95 820 ms", "median 300 ms", False),
    ("38 %", "0", True),
    ("0", "38 %", True),
    ("38 %", "0 tickets", False),
    ("38 %", "45", False),
    ("38 %", "5 pp", False),
    ("38 %", "-30%", False),
    ("2x", "38 %", False),
]


@pytest.mark.parametrize(
    ("one", "other", "same"), COMPARISONS, ids=[f"{a} and {b}" for a, b, _ in COMPARISONS]
)
def test_comparable(one: str, other: str, same: bool) -> None:
    assert comparable(read(one), read(other)) is same


NOUNS = [
    ("5 tickets", "3 users", True),
    ("5 tickets", "1 Ticket", False),
    ("5 lost cart tickets", "3 tickets", False),
    ("5 queries", "1 query", False),
    ("5 boxes", "1 box", False),
    ("5 tickets", "3", False),
    ("5 status", "3 status", False),
    ("5 children", "1 child", False),
    ("5 people", "1 person", False),
]


@pytest.mark.parametrize(
    ("one", "other", "differ"), NOUNS, ids=[f"{a} and {b}" for a, b, _ in NOUNS]
)
def test_nouns_differ(one: str, other: str, differ: bool) -> None:
    assert nouns_differ(read(one), read(other)) is differ


TARGETS = [
    ("45 %", "38 %", "45 %"),
    ("45 %", "", "45 %"),
    ("-30%", "38 %", "26.6 %"),
    ("-30%", "820 ms", "574 ms"),
    ("-30%", "140 tickets a month", "98 tickets per month"),
    ("-30%", "40-50 %", "28-35 %"),
    ("at least 30 % less", "100", "<= 70"),
    ("+5 pp", "38 %", "43 %"),
    ("-50 bp", "38 %", "37.5 %"),
    ("+5 pp", "820 ms", None),
    ("2x", "820 ms", "1640 ms"),
    ("half", "3 errors", "1.5 errors"),
    ("-200 ms", "1.2 s", "1 s"),
    ("+200/week", "1,000/week", "1200 per week"),
    ("+1/day", "7/week", "14 per week"),
    ("+1", "7/week", "8 per week"),
    ("+5", "140 tickets", "145 tickets"),
    ("+5", "38 %", None),
    ("-30%", "", None),
    ("-30%", "2x", None),
    ("-10%", "3,333,333 users", "2999999.7 users"),
    ("+5", "= -12", "+5"),
    ("-5 pp", "= -12", None),
]


@pytest.mark.parametrize(
    ("target", "start", "text"), TARGETS, ids=[f"{t} of {b or 'none'}" for t, b, _ in TARGETS]
)
def test_target_is_resolved(target: str, start: str, text: str | None) -> None:
    resolved = resolve_target(read(target), baseline(start))

    assert (resolved and resolved.text) == text
    assert resolved is None or not resolved.relative


def test_percent_of_percent_is_explained() -> None:
    explained = explain_relative(read("-30%"), read("38 %"))

    assert explained == "-30% of 38 % = 26.6 %; write `-30 pp` if you meant points"


@pytest.mark.parametrize(
    ("target", "start"), [("45 %", "38 %"), ("-30%", "820 ms"), ("+5 pp", "38 %"), ("2x", "38 %")]
)
def test_nothing_to_explain(target: str, start: str) -> None:
    assert explain_relative(read(target), read(start)) == ""


DIRECTIONS = [
    ("38 %", "45 %", "up"),
    ("45 %", "38 %", "down"),
    ("820 ms", "<= 300 ms", "down"),
    ("820 ms", ">= 300 ms", "up"),
    ("", "<= 300 ms", "down"),
    ("", "> 5", "up"),
    ("", "45 %", None),
    ("", "-30%", "down"),
    ("", "+5 pp", "up"),
    ("", "2x", "up"),
    ("", "0.5x", "down"),
    ("", "1x", None),
    ("38 %", "-30%", "down"),
    ("38 %", "2x", "up"),
    ("38 %", "38 %", None),
    ("0", "0", None),
    ("42 %", "40-45 %", "hold"),
    ("38 %", "40-45 %", "up"),
    ("50 %", "40-45 %", "down"),
    ("38 %", "300 ms", None),
    ("1 s", "300 ms", "down"),
    ("140/month", "140 a week", "up"),
]


@pytest.mark.parametrize(
    ("start", "target", "direction"), DIRECTIONS, ids=[f"{b} to {t}" for b, t, _ in DIRECTIONS]
)
def test_direction_is_derived(start: str, target: str, direction: str | None) -> None:
    assert derive_direction(baseline(start), read(target)) == direction


CONTRADICTIONS = [
    ("up", "38 %", "45 %", False),
    ("up", "45 %", "38 %", True),
    ("down", "38 %", "45 %", True),
    ("down", "45 %", "38 %", False),
    ("up", "45 %", "45 %", True),
    ("", "45 %", "45 %", True),
    ("hold", "45 %", "45 %", False),
    ("hold", "45 %", "50 %", True),
    ("", "38 %", "45 %", False),
    ("down", "820 ms", "<= 300 ms", False),
    ("up", "820 ms", "<= 300 ms", True),
    ("down", "250 ms", "<= 300 ms", True),
    ("hold", "250 ms", "<= 300 ms", False),
    ("up", "820 ms", ">= 300 ms", True),
    ("down", "300 ms", "< 300 ms", False),
    ("down", "300 ms", "<= 300 ms", True),
    ("up", "45 %", ">= 45 %", True),
    ("up", "45 %", "> 45 %", False),
    ("up", "", "<= 300 ms", True),
    ("down", "", "<= 300 ms", False),
    ("hold", "", "<= 300 ms", False),
    ("", "", "<= 300 ms", False),
    ("up", "", "-30%", True),
    ("up", "", "45 %", False),
    ("up", "38 %", "300 ms", False),
    ("down", "38 %", "-30%", False),
]


@pytest.mark.parametrize(
    ("direction", "start", "target", "denied"),
    CONTRADICTIONS,
    ids=[f"{d} {b} to {t}" for d, b, t, _ in CONTRADICTIONS],
)
def test_contradiction(direction: str, start: str, target: str, denied: bool) -> None:
    assert contradicts(direction, baseline(start), read(target)) is denied


RESULTS = [
    ("46 %", "45 %", "up", True),
    ("45 %", "45 %", "up", True),
    ("41 %", "45 %", "up", False),
    ("290 ms", "<= 300 ms", "down", True),
    ("300 ms", "< 300 ms", "down", False),
    ("0.2 s", "<= 300 ms", None, True),
    ("46 %", ">= 45 %", "down", True),
    ("38 %", "45 %", "down", True),
    ("41 %", "40-45 %", "up", True),
    ("39 %", "40-45 %", "up", False),
    ("44 %", "40-45 %", "down", True),
    ("46 %", "40-45 %", "down", False),
    ("43 %", "40-45 %", None, True),
    ("46 %", "40-45 %", None, None),
    ("46 %", "40-45 %", "hold", False),
    ("0", "0", "hold", True),
    ("1", "0", "hold", False),
    ("21 min", "~ 20 min", "hold", True),
    ("23 min", "~ 20 min", "hold", False),
    ("46 %", "45 %", None, None),
    ("46 %", "= 45 %", None, False),
    ("46 %", "300 ms", "up", None),
    ("46 %", "-30%", "up", None),
    ("3 tickets", "0", "down", False),
    ("20 tickets a week", "<= 140 a month", None, True),
]


@pytest.mark.parametrize(
    ("value", "target", "direction", "met"),
    RESULTS,
    ids=[f"{v} for {t} {d}" for v, t, d, _ in RESULTS],
)
def test_result_is_met(value: str, target: str, direction: str | None, met: bool | None) -> None:
    assert is_met(read(value), read(target), direction) is met


COMPARATOR = st.sampled_from(["", ">=", "<=", ">", "<", "~", "="])
VALUE = st.decimals(min_value=0, max_value=10**12, places=4).map(abs)
UNIT = st.sampled_from(["%", "pp", "ms", "s", "min", "h", "d", "kB", "GiB", "USD", "EUR", "x", ""])
NOUN = st.sampled_from(["", "tickets", "lost cart tickets", "Besucher", "件"])
STATISTIC = st.sampled_from(["", "p95", "median"])
PER = st.sampled_from(["", *WINDOWS, "user", "1000 session"])


@st.composite
def quantities(draw: st.DrawFn) -> Quantity:
    unit = draw(UNIT)
    start = read(f"1 {unit}" if unit else "1")
    low, high = sorted((draw(VALUE), draw(VALUE)))
    return replace(
        start,
        comparator=draw(COMPARATOR),
        low=low,
        high=high,
        noun="" if unit == "x" else draw(NOUN),
        per="" if unit == "x" else draw(PER),
        statistic=draw(STATISTIC),
    )


@given(quantities())
@settings(max_examples=300, deadline=None)
def test_rendered_quantity_reads_back(quantity: Quantity) -> None:
    again = read(render_quantity(quantity))

    assert again.base == quantity.base
    assert render_quantity(again) == render_quantity(quantity)
    assert (again.noun, again.per, again.comparator) == (
        quantity.noun,
        quantity.per,
        quantity.comparator,
    )


@given(VALUE, st.integers(-99, 400).filter(bool), st.sampled_from(["%", "ms", "kB", ""]))
@settings(max_examples=200, deadline=None)
def test_relative_target_moves_by_its_sign(value: Decimal, change: int, unit: str) -> None:
    start = read(f"{value + 1:f} {unit}")
    target = read(f"{change:+} %")
    resolved = resolve_target(target, start)

    assert resolved is not None
    assert (resolved.low > start.low) == (change > 0)
    assert resolved.unit == start.unit
    assert derive_direction(start, target) == ("up" if change > 0 else "down")
    assert not contradicts("up" if change > 0 else "down", start, target)


HOSTILE = st.text(
    st.one_of(st.sampled_from("0123456789 .,-+<>=~%$€/:'\"(xkM\n\u00a0ſK½٣"), st.characters()),
    max_size=5000,
)


@given(HOSTILE)
@example("ſix users")
@example("ſeven")
@example("5 Kb 5 ſ")
@settings(max_examples=200, deadline=None)
def test_no_text_makes_it_fail(text: str) -> None:
    parse_quantity(text[:300])
    found = find_quantities(text, bare=True)

    assert all(0 <= start < end <= len(text) for start, end, _ in found)
    assert all(one[1] <= two[0] for one, two in pairwise(found))
    assert all(text[start:end] == quantity.text for start, end, quantity in found)


PATTERNS = [
    "1",
    " ",
    "+-",
    "1,000,",
    "1 ",
    "at least ",
    "5 % - ",
    "5 to ",
    "5 per ",
    "' 5'",
    "p95 ",
    "1h ",
    "1.200 ",
    "half a ",
    "twenty-",
    "8 of 10 ",
    "von 5 auf ",
]


@pytest.mark.parametrize("pattern", PATTERNS)
def test_hostile_repetition_is_read_to_its_end(pattern: str) -> None:
    text = pattern * (65_536 // len(pattern))
    places = [place for start, end, _ in find_quantities(text, bare=True) for place in (start, end)]
    parse_quantity(text)

    assert places == sorted(places)
    assert all(place <= len(text) for place in places)


@pytest.mark.parametrize(
    ("baseline", "target", "expected"),
    [
        pytest.param("3.1x", "<= 1x", False, id="a ratio that falls"),
        pytest.param("0.9x", "<= 1x", True, id="a ratio that is kept already"),
        pytest.param("3.1 s", "0.5x", False, id="half of a time"),
    ],
)
def test_factor_is_the_value_itself_when_the_baseline_is_one(
    baseline: str, target: str, expected: bool
) -> None:
    start, aim = parse_baseline(baseline, date(2026, 11, 23)), parse_target(target)
    assert isinstance(start, Quantity)
    assert isinstance(aim, Quantity)

    assert contradicts(derive_direction(start, aim) or "", start, aim) is expected
