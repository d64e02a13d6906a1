"""Trailers of a commit to results, and back."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from tests.outcomes.conftest import make_result

from whygate.outcomes.result import Result, ResultState, Source
from whygate.outcomes.trailers import find_complaints, read_results, render_trailers

DAY = date(2025, 3, 1)
HEAD = "chore: record what came of it\n\n"


def read(trailers: str, day: date | None = DAY) -> tuple[Result, ...]:
    return read_results(f"{HEAD}{trailers}\n".encode(), "abc", day)


def complaints(trailers: str, day: date | None = DAY) -> list[str]:
    return [sentence for _, sentence in find_complaints(f"{HEAD}{trailers}\n".encode(), day)]


def test_whole_result_is_read() -> None:
    found = read(
        "Outcome-For: #4211\n"
        "Outcome-Result: met; 46 % (target 45 %) on 2025-02-14\n"
        "Outcome-Guardrail: 290 ms\n"
        "Outcome-Guardrail: kept\n"
        "Outcome-Evidence: https://bi.example.com/412\n"
        "Outcome-Note: it held on weekends too\n"
        "Outcome-By: @lena\n"
        "Signed-off-by: Ada <ada@example.org>"
    )

    assert found == (
        Result(
            "#4211",
            date(2025, 2, 14),
            ResultState.MET,
            value="46 %",
            target="45 %",
            evidence="https://bi.example.com/412",
            note="it held on weekends too",
            by="@lena",
            guardrails=("290 ms", "kept"),
            source=Source.TRAILER,
            path="abc",
            line=3,
        ),
    )


@pytest.mark.parametrize(
    ("said", "state", "value", "target", "at"),
    [
        ("met", "met", "", "", "2025-03-01"),
        ("Missed; 41 %", "missed", "41 %", "", "2025-03-01"),
        ("met on 2025-02-14", "met", "", "", "2025-02-14"),
        ("met; 46 % on 2025-02-14", "met", "46 %", "", "2025-02-14"),
        ("met; 46 % (looker 412)", "met", "46 % (looker 412)", "", "2025-03-01"),
        ("inconclusive ; too few", "inconclusive", "too few", "", "2025-03-01"),
        ("abandoned", "abandoned", "", "", "2025-03-01"),
        ("met; 46 % on 2025-02-30", "met", "46 % on 2025-02-30", "", "2025-03-01"),
    ],
)
def test_result_line_is_taken_apart(
    said: str, state: str, value: str, target: str, at: str
) -> None:
    (found,) = read(f"Outcome-For: #12\nOutcome-Result: {said}")

    assert (found.state, found.value, found.target) == (state, value, target)
    assert found.at == date.fromisoformat(at)


@pytest.mark.parametrize(
    "said", ["extended; until 2025-04-01", "Extended; to 2025-04-01 on 2025-03-01"]
)
def test_extension_names_its_day(said: str) -> None:
    (found,) = read(f"Outcome-For: cart-sync\nOutcome-Result: {said}")

    assert (found.state, found.until, found.value) == ("extended", date(2025, 4, 1), "")


def test_several_results_in_one_commit() -> None:
    found = read(
        "Outcome-For: #1\nOutcome-Result: met\nOutcome-Note: one\n"
        "outcome-for: #2; metric 2\nOUTCOME-RESULT: missed; 3"
    )

    assert [(r.change, r.metric, r.note, r.line) for r in found] == [
        ("#1", 0, "one", 3),
        ("#2", 2, "", 6),
    ]


def test_trailers_in_the_middle_of_a_squash_are_read() -> None:
    found = read_results(
        b"feat: all of it (#9)\n\n* record\n\nOutcome-For: #1\nOutcome-Result: met\n\nand more\n",
        "abc",
        DAY,
    )

    assert [r.change for r in found] == ["#1"]


@pytest.mark.parametrize(
    ("trailers", "said"),
    [
        ("Outcome-For: #1", "is written as"),
        ("Outcome-Result: met", "is written as"),
        ("Outcome-For: #1\nOutcome-Result: won; 46 %", "begins with none of"),
        ("Outcome-For:\nOutcome-Result: met", "begins with none of"),
        ("Outcome-For: #1\nOutcome-Result: extended", "names no new day"),
    ],
)
def test_result_that_cannot_be_read_is_left_out_and_named(trailers: str, said: str) -> None:
    assert read(trailers) == ()
    (complaint,) = complaints(trailers)
    assert said in complaint


def test_result_without_any_day_is_left_out_and_named() -> None:
    trailers = "Outcome-For: #1\nOutcome-Result: met"

    assert read(trailers, None) == ()
    assert "names no day" in complaints(trailers, None)[0]
    assert complaints(trailers) == []


def test_prose_is_no_result() -> None:
    message = b"docs: say it\n\nOutcome-For: #1 is a trailer.\nOutcome-Result: met\nis another.\n"

    assert read_results(message, "abc", DAY) == ()
    assert find_complaints(b"docs: say it\n", DAY) == ()


LINE = (
    st.text("abc XYZ12%<>=/:.-", min_size=1, max_size=20)
    .map(lambda t: " ".join(t.split()))
    .filter(bool)
)


@settings(max_examples=200, deadline=None)
@given(
    st.sampled_from([s for s in ResultState if s is not ResultState.EXTENDED]),
    LINE,
    st.integers(2, 99) | st.just(0),
    st.lists(LINE, max_size=2),
)
def test_rendered_trailers_read_the_same(
    state: ResultState, text: str, metric: int, guardrails: list[str]
) -> None:
    result = make_result(
        state,
        value=f"46 % {text}",
        target=text,
        evidence=text,
        note=text,
        by=text,
        forced=text,
        metric=metric,
        guardrails=tuple(guardrails),
    )
    message = HEAD + "\n".join(render_trailers(result)) + "\n"
    (found,) = read_results(message.encode(), "", None)

    assert replace(found, line=1, source=result.source) == result


def test_text_of_several_lines_becomes_one() -> None:
    lines = render_trailers(make_result("missed", value="", note="first\n\nOutcome-For: #13"))

    assert lines[-1] == "Outcome-Note: first Outcome-For: #13"
    assert lines[1] == "Outcome-Result: missed on 2025-02-14"


def test_extension_is_rendered_with_its_day() -> None:
    result = make_result("extended", until=date(2025, 4, 1), note="holidays")
    (found,) = read("\n".join(render_trailers(result)))

    assert (found.until, found.at, found.note) == (result.until, result.at, "holidays")


def test_target_with_brackets_is_not_rendered_into_brackets() -> None:
    line = render_trailers(make_result("met", value="46 %", target="45 % (weekly)"))[1]

    assert line == "Outcome-Result: met; 46 % on 2025-02-14"


PIECES = st.sampled_from(
    [
        *(b"Outcome-For: ", b"Outcome-Result: ", b"#1", b"met", b"extended; until ", b"+30d"),
        *(b"; ", b"metric 2", b" on 2025-02-14", b"(target 5)", b"\n", b"\n\n", b" ", b"\xff"),
        *(b"\r", b"\0", b"Outcome-Guardrail: broken", b"9999-99-99", b"Outcome-"),
    ]
)


@settings(max_examples=300, deadline=None)
@given(st.lists(PIECES | st.binary(max_size=4), max_size=14).map(b"".join), st.none() | st.dates())
def test_any_message_is_read_without_a_crash(data: bytes, day: date | None) -> None:
    message = HEAD.encode() + data
    results, told = read_results(message, "abc", day), find_complaints(message, day)

    assert all(result.change and result.source is Source.TRAILER for result in results)
    assert all(line > 0 and sentence for line, sentence in told)
    assert all((r.until is None) == (r.state is not ResultState.EXTENDED) for r in results)


@pytest.mark.parametrize("piece", ["on 2025-02-14 ", "(target ", "; metric 2", "until ", " " * 50])
def test_long_hostile_result_is_read_in_no_time(piece: str) -> None:
    found = read(f"Outcome-For: #1{piece * 5_000}\nOutcome-Result: met; {piece * 5_000}")

    assert all(len(result.change) <= 2_000 and len(result.value) <= 2_000 for result in found)
