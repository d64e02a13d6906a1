"""Lines of results.jsonl to results: what is read, what is kept, what is reported."""

from __future__ import annotations

import json
from datetime import date

import jsonschema_rs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from tests.outcomes.conftest import make_result

from whygate.outcomes.ledger import (
    Damage,
    Kept,
    parse_ledger,
    read_event,
    render_event,
    render_kept,
)
from whygate.outcomes.result import Result, ResultState, Source
from whygate.schema.files import RESULTS, read_bundled

GOOD = '{"v":1,"for":"#12","at":"2025-02-14","state":"met","value":"1 ticket"}'
SCHEMA = jsonschema_rs.Draft202012Validator(json.loads(read_bundled(RESULTS)))


def read(text: str) -> object:
    return read_event(text, Source.LEDGER, "results.jsonl", 1)


def test_whole_event_is_read() -> None:
    text = """{"v":1,"for":"#4211","sha":"abcdef0","at":"2027-02-14","state":"met","metric":2,
        "value":"46 %","target":"45 %","evidence":"https://bi/412","by":"@lena","note":"it held",
        "guardrails":["290 ms"],"team":{"name":"cart"},"forced":""}"""

    assert read(text) == Result(
        "#4211",
        date(2027, 2, 14),
        ResultState.MET,
        sha="abcdef0",
        metric=2,
        value="46 %",
        target="45 %",
        evidence="https://bi/412",
        by="@lena",
        note="it held",
        guardrails=("290 ms",),
        extra=(("team", '{"name": "cart"}'),),
        path="results.jsonl",
    )


def test_unknown_keys_survive_being_written_again() -> None:
    result = read(GOOD[:-1] + ',"team":["a",{"b":null}],"w":1.5}')

    assert isinstance(result, Result)
    assert json.loads(render_event(result))["team"] == ["a", {"b": None}]
    assert json.loads(render_event(result))["w"] == 1.5


DAMAGED = [
    ("cut", '{"v":1,"for":"#1', "not JSON"),
    ("list", "[1]", "no object"),
    ("deep", "[" * 60_000, "not JSON"),
    ("no version", '{"for":"#1","at":"2025-01-01","state":"met"}', "lacks"),
    ("newer", '{"v":2,"for":"#1","at":"2025-01-01","state":"met"}', "version 2 is not known"),
    ("true is no version", '{"v":true,"for":"#1","at":"2025-01-01","state":"met"}', "version true"),
    ("no change", '{"v":1,"at":"2025-01-01","state":"met"}', "lacks `for`"),
    ("empty change", '{"v":1,"for":" ","at":"2025-01-01","state":"met"}', "`for` is empty"),
    ("number as change", '{"v":1,"for":12,"at":"2025-01-01","state":"met"}', "`for` is not text"),
    ("no state", '{"v":1,"for":"#1","at":"2025-01-01"}', "lacks `state`"),
    ("other state", '{"v":1,"for":"#1","at":"2025-01-01","state":"won"}', "not one of met"),
    ("no day", '{"v":1,"for":"#1","state":"met"}', "lacks `at`"),
    ("other day", '{"v":1,"for":"#1","at":"14.2.2025","state":"met"}', "not a day"),
    ("compact day", '{"v":1,"for":"#1","at":"20250214","state":"met"}', "not a day"),
    ("day with a stub", '{"v":1,"for":"#1","at":"2025-02-14T","state":"met"}', "not a day"),
    ("no 30 February", '{"v":1,"for":"#1","at":"2025-02-30","state":"met"}', "not a day"),
    ("metric as text", '{"v":1,"for":"#1","at":"2025-01-01","state":"met","metric":"1"}', "number"),
    ("metric 100", '{"v":1,"for":"#1","at":"2025-01-01","state":"met","metric":100}', "number"),
    ("metric true", '{"v":1,"for":"#1","at":"2025-01-01","state":"met","metric":true}', "number"),
    ("no new day", '{"v":1,"for":"#1","at":"2025-01-01","state":"extended"}', "new day"),
    ("sha", '{"v":1,"for":"#1","at":"2025-01-01","state":"met","sha":"HEAD"}', "commit hash"),
    ("one guardrail", '{"v":1,"for":"#1","at":"2025-01-01","state":"met","guardrails":"x"}', "list"),  # noqa: E501
    ("context", '{"v":1,"for":"#1","sha":"abcdef0","at":"2025-01-01","context":[]}', "no object"),
    ("context, no sha", '{"v":1,"for":"#1","at":"2025-01-01","context":{}}', "commit hash"),
    ("long", '{"v":1,"for":"#1","note":"' + "x" * 70_000 + '"}', "longer than"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "said"), [c[1:] for c in DAMAGED], ids=[c[0] for c in DAMAGED])
def test_damaged_line_is_named_and_the_others_are_read(text: str, said: str) -> None:
    ledger = parse_ledger(f"{GOOD}\n{text}\n{GOOD.replace('#12', '#13')}\n")

    assert [result.change for result in ledger.results] == ["#12", "#13"]
    assert [damage.line for damage in ledger.damages] == [2]
    assert said in ledger.damages[0].message


def test_kept_context_is_read() -> None:
    text = render_kept("#12", "a" * 40, date(2025, 1, 1), {"problem": "it is slow\u2028for all"})
    found = read(text)

    assert isinstance(found, Kept)
    assert json.loads(found.text) == {"problem": "it is slow\u2028for all"}
    assert "\u2028" not in text


@pytest.mark.parametrize(
    "text",
    [
        f"\ufeff{GOOD}\r\n\r\n  {GOOD}\n",
        GOOD,
        f"\n\n{GOOD}\n{GOOD}",
    ],
    ids=["mark and returns", "no end", "twice"],
)
def test_line_counts_once_whatever_surrounds_it(text: str) -> None:
    ledger = parse_ledger(text)

    assert len(ledger.results) == 1
    assert ledger.damages == ()


def test_conflict_is_reported_once_and_both_sides_are_read() -> None:
    other = GOOD.replace("#12", "#13")
    text = f"<<<<<<< HEAD\n{GOOD}\n||||||| base\n=======\n{other}\n>>>>>>> topic\n"
    ledger = parse_ledger(text)

    assert [result.change for result in ledger.results] == ["#12", "#13"]
    assert [(d.line, "conflict" in d.message) for d in ledger.damages] == [(1, True)]
    assert "merge=union" in ledger.damages[0].hint


@pytest.mark.parametrize("at", ["2025-02-14", "2025-02-14T23:59:59+02:00"])
def test_time_behind_a_day_is_tolerated(at: str) -> None:
    found = read(GOOD.replace("2025-02-14", at))

    assert isinstance(found, Result)
    assert found.at == date(2025, 2, 14)


TEXTS = st.text(max_size=30).map(str.strip)
RESULTS_ = st.builds(
    Result,
    change=TEXTS.filter(bool),
    at=st.dates(),
    state=st.sampled_from([s for s in ResultState if s is not ResultState.EXTENDED]),
    sha=st.sampled_from(["", "abcdef0", "0" * 64]),
    metric=st.integers(0, 99),
    value=TEXTS,
    target=TEXTS,
    evidence=TEXTS,
    by=TEXTS,
    note=TEXTS,
    forced=TEXTS,
    until=st.none() | st.dates(),
    guardrails=st.lists(TEXTS, max_size=3).map(tuple),
    path=st.just("results.jsonl"),
)


@settings(max_examples=200, deadline=None)
@given(RESULTS_)
def test_rendered_event_is_one_line_that_reads_the_same_and_keeps_the_schema(
    result: Result,
) -> None:
    line = render_event(result)

    assert len(line.splitlines()) == 1
    assert read(line) == result
    assert SCHEMA.is_valid(json.loads(line))


def test_half_a_surrogate_pair_can_be_written() -> None:
    line = render_event(make_result("met", note="\ud83d"))

    assert json.loads(line.encode("utf-8"))["note"] == "\ud83d"


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=200) | st.binary(max_size=200).map(lambda b: b.decode("utf-8", "replace")))
def test_any_text_is_read_without_a_crash(text: str) -> None:
    ledger = parse_ledger(text)

    assert ledger.results == ()


@pytest.mark.parametrize(("text", "said"), [c[1:] for c in DAMAGED], ids=[c[0] for c in DAMAGED])
def test_schema_refuses_what_cannot_be_read(text: str, said: str) -> None:
    assert said
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return
    if len(text) < 65_536 and "-02-30" not in text:  # JSON Schema's `format` only annotates
        assert not SCHEMA.is_valid(value)
        assert isinstance(read(text), Damage)


def test_schema_knows_an_extension_and_a_kept_context() -> None:
    extended = make_result("extended", until=date(2025, 3, 1), note="holidays")
    kept = render_kept("#12", "a" * 40, date(2025, 1, 1), {"problem": "x"})

    assert SCHEMA.is_valid(json.loads(render_event(extended)))
    assert SCHEMA.is_valid(json.loads(kept))
    assert SCHEMA.is_valid(json.loads(render_event(replace(extended, extra=(("team", "1"),)))))
