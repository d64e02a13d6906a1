"""Debts: what was known is excused, what is new is not."""

from __future__ import annotations

import json
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from whygate.audit.coverage import Coverage, Tally
from whygate.audit.ratchet import (
    Debt,
    find_debts,
    find_new_debts,
    is_under,
    measure,
    parse_baseline,
    render_baseline,
)
from whygate.audit.record import Record
from whygate.errors import InputError


def record(sha: str, *rules: tuple[str, str], state: str = "missing", identity: str = "") -> Record:
    return Record(identity or sha[:12], sha, "a", None, "", "feature", state, rules=rules)


def test_debts_are_the_errors_of_judged_changes() -> None:
    history = [
        record("a", ("WG101", "error"), ("WG104", "warning")),
        record("b", ("WG101", "error"), state="skipped"),
    ]

    assert [debt for debt, _ in find_debts(history)] == [Debt("a", "WG101")]


@settings(max_examples=100, deadline=None)
@given(
    st.lists(
        st.builds(
            record,
            st.text("0123456789abcdef", min_size=40, max_size=40),
            st.tuples(st.sampled_from(["WG101", "WG102"]), st.sampled_from(["error", "warning"])),
        )
    )
)
def test_baseline_of_a_history_excuses_all_of_it(history: list[Record]) -> None:
    known = parse_baseline(render_baseline(history), "b.json")

    assert find_new_debts(history, known) == ()
    assert known == {debt for debt, _ in find_debts(history)}


def test_new_debt_is_a_new_change_or_a_new_rule() -> None:
    known = parse_baseline(render_baseline([record("a", ("WG101", "error"))]), "b.json")
    history = [
        record("a", ("WG101", "error"), ("WG102", "error")),
        record("b", ("WG101", "error")),
    ]

    assert [debt for debt, _ in find_new_debts(history, known)] == [
        Debt("a", "WG102"),
        Debt("b", "WG101"),
    ]


def test_debt_is_known_by_the_number_of_its_request_too() -> None:
    rewritten = record("new", ("WG101", "error"), identity="#7")

    assert find_new_debts([rewritten], frozenset({Debt("#7", "WG101")})) == ()


def test_baseline_is_sorted_json_with_one_debt_a_line() -> None:
    text = render_baseline([record("b", ("WG101", "error")), record("a", ("WG101", "error"))])

    assert text.splitlines()[3:5] == ['    ["a", "WG101"],', '    ["b", "WG101"]']
    assert json.loads(text) == {"version": 1, "debts": [["a", "WG101"], ["b", "WG101"]]}
    assert json.loads(render_baseline([])) == {"version": 1, "debts": []}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "is not JSON"),
        ("[" * 100_000, "is not JSON"),
        ("[]", "not a baseline of version 1"),
        ('{"version": 2, "debts": []}', "not a baseline of version 1"),
        ('{"version": 1}', "[change, rule]"),
        ('{"version": 1, "debts": [["a"]]}', "[change, rule]"),
        ('{"version": 1, "debts": [["a", 1]]}', "[change, rule]"),
        ('{"version": 1, "debts": {"a": "b"}}', "[change, rule]"),
    ],
)
def test_what_is_no_baseline_is_refused(text: str, words: str) -> None:
    with pytest.raises(InputError, match=r"`b\.json`") as error:
        parse_baseline(text, "b.json")

    assert words in error.value.message
    assert "--write-baseline" in error.value.hint


def test_measure_of_a_field_is_of_all_judged_and_of_the_whole_of_the_asked() -> None:
    total = Tally(complete=3, partial=1, missing=4, exempt=2, skipped=9)
    coverage = Coverage(total=total, fields=Counter(problem=6))

    assert measure(coverage) == (3, 8)
    assert measure(coverage, "problem") == (6, 10)
    assert measure(coverage, "outcome") == (0, 10)


@pytest.mark.parametrize(
    ("part", "whole", "under"), [(4, 5, False), (3, 5, True), (4, 4, None), (0, 0, None)]
)
def test_is_under_eighty(part: int, whole: int, under: bool | None) -> None:
    assert is_under(part, whole, 80) is under
