"""The counts of a history: every change is in exactly one place of every sum."""

from __future__ import annotations

from datetime import date

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from whygate.audit.coverage import (
    NO_AREA,
    UNKNOWN_MONTH,
    Counted,
    Counting,
    RuleCount,
    Tally,
    count_coverage,
    share,
    show_share,
)
from whygate.audit.record import Record

STATES = ["complete", "partial", "missing", "exempt", "skipped", "blind"]
REASONS = {"exempt": ["internal", "trivial"], "skipped": ["bot", "merge", "docs"]}


def record(
    state: str = "missing",
    reason: str = "",
    *,
    kind: str = "feature",
    day: date | None = date(2026, 1, 31),
    rules: tuple[tuple[str, str], ...] = (),
    **more: object,
) -> Record:
    return Record(
        identity=str(more.pop("identity", "#1")),
        sha="0" * 40,
        title=str(more.pop("title", "a")),
        day=day,
        author=str(more.pop("author", "Ada <a@b>")),
        kind=kind,
        state=state,
        reason=reason,
        rules=rules,
        **more,  # type: ignore[arg-type]
    )


@st.composite
def records(draw: st.DrawFn) -> Record:
    state = draw(st.sampled_from(STATES))
    fields = st.sampled_from(["problem", "outcome", "kind", "risk"])
    answers = draw(st.dictionaries(fields, st.sampled_from(["Why", "Problem"]), max_size=3))
    rules = st.tuples(
        st.sampled_from(["WG101", "WG102"]), st.sampled_from(["error", "warning", "info"])
    )
    return record(
        state,
        draw(st.sampled_from(REASONS.get(state, [""]))),
        kind=draw(st.sampled_from(["feature", "fix"])),
        day=draw(st.sampled_from([None, date(2026, 1, 1), date(2026, 2, 1)])),
        rules=tuple(sorted(draw(st.sets(rules, max_size=3)))),
        answers=tuple(answers.items()),
        forms=tuple(sorted(draw(st.sets(st.sampled_from(["trailer", "section"]))))),
        area=draw(st.sampled_from(["", "src", "docs"])),
        identity=f"#{draw(st.integers(1, 9))}",
    )


@settings(max_examples=200, deadline=None)
@given(st.lists(records(), max_size=20))
def test_counts_add_up(history: list[Record]) -> None:
    coverage = count_coverage(history, adopted=date(2026, 1, 15), by_area=True, by_author=True)
    total = coverage.total

    assert total.changes == len(history) == total.judged + coverage.skipped.total() + total.blind
    assert total.exempt == coverage.exempt.total()
    assert total.judged == total.asked + total.exempt
    for groups in (coverage.months, coverage.kinds, coverage.areas, coverage.phases):
        for name in (*STATES, "changes"):
            assert sum(getattr(t, name) for t in groups.values()) == getattr(total, name)
    assert all(n <= total.judged for n in (*coverage.fields.values(), *coverage.forms.values()))
    assert coverage.labels.total() == coverage.fields.total()
    assert all(0 <= rule.errors <= rule.changes <= total.judged for rule in coverage.rules.values())


@settings(max_examples=50, deadline=None)
@given(st.lists(records(), max_size=12), st.randoms())
def test_counts_do_not_depend_on_the_order(history: list[Record], random: object) -> None:
    shuffled = list(history)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    one, other = count_coverage(history), count_coverage(shuffled)

    assert (one.total, one.months, one.fields) == (other.total, other.months, other.fields)
    assert {r: c.changes for r, c in one.rules.items()} == {
        r: c.changes for r, c in other.rules.items()
    }


@settings(max_examples=50, deadline=None)
@given(st.lists(records(), max_size=12), st.lists(records(), max_size=12))
def test_counting_goes_on_from_what_was_counted(newer: list[Record], older: list[Record]) -> None:
    adopted = date(2026, 1, 15)
    first, second = Counting(), Counting(adopted=adopted)
    first.add(newer)
    second.resume(msgspec.json.decode(msgspec.json.encode(first.counted()), type=Counted))
    second.add(older)

    assert first.counted().is_dated == all(r.day is not None for r in newer)
    assert second.finish() == count_coverage([*newer, *older], adopted=adopted)


def test_groups_that_nobody_asked_for_are_empty() -> None:
    coverage = count_coverage([record(area="src")])

    assert (coverage.areas, coverage.authors, coverage.phases) == ({}, {}, {})


def test_groups_by_area_author_and_adoption() -> None:
    history = [
        record(day=date(2026, 3, 1), area="src"),
        record("complete", day=date(2026, 2, 1), author="Bo <b@c>"),
        record(day=None),
    ]
    coverage = count_coverage(history, adopted=date(2026, 2, 1), by_area=True, by_author=True)

    assert coverage.areas == {"src": Tally(missing=1), NO_AREA: Tally(complete=1, missing=1)}
    assert coverage.authors == {"Ada <a@b>": Tally(missing=2), "Bo <b@c>": Tally(complete=1)}
    assert coverage.phases["since"] == Tally(complete=1, missing=1)
    assert coverage.phases[UNKNOWN_MONTH] == Tally(missing=1)


def test_newest_change_is_the_example_of_a_rule() -> None:
    rules = (("WG101", "error"), ("WG210", "info"))
    history = [
        record("skipped", "bot", rules=rules, identity="#3"),
        record(rules=rules, identity="#2", title="new"),
        record(rules=(("WG101", "warning"),), identity="#1"),
    ]

    assert count_coverage(history).rules == {"WG101": RuleCount("WG101", 2, 1, "#2", "new")}


def test_only_exempt_features_are_listed() -> None:
    history = [
        record("exempt", "internal", identity="#2", title="b"),
        record("exempt", "internal", kind="fix"),
        record("missing"),
        record("exempt", "trivial", identity="#1", title="a"),
    ]

    assert count_coverage(history).exempt_features == [
        ("#2", "b", "internal"),
        ("#1", "a", "trivial"),
    ]


@pytest.mark.parametrize(
    ("part", "whole", "rate", "shown"),
    [
        (1, 4, None, ""),
        (0, 0, None, ""),
        (1, 5, 20.0, "20.0 %"),
        (5, 5, 100.0, "100.0 %"),
        (0, 5, 0.0, "0.0 %"),
        (1, 10_000, 0.01, "under 0.1 %"),
        (9_999, 10_000, 99.99, "over 99.9 %"),
    ],
)
def test_share(part: int, whole: int, rate: float | None, shown: str) -> None:
    assert share(part, whole) == rate
    assert show_share(part, whole) == shown


def test_agents_and_people_are_told_apart_once_an_agent_wrote() -> None:
    people = [record("complete"), record("missing")]
    both = count_coverage([*people, record("missing", by_agent=True)])

    assert count_coverage(people).writers == {}
    assert {name: (t.complete, t.missing) for name, t in both.writers.items()} == {
        "person": (1, 1),
        "agent": (0, 1),
    }
