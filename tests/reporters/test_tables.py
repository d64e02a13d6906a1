"""A coverage as tables: every rate beside what it is a part of, and none of a handful."""

from __future__ import annotations

import unicodedata
from collections import Counter
from datetime import date
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from rich.cells import cell_len
from tests.outcomes.conftest import make_outcome, make_result
from tests.reporters.conftest import ANY_HISTORY, make_basis, make_record, small_history

from whygate.audit.coverage import Coverage, Tally, count_coverage
from whygate.outcomes.outcome import Moved, Outcomes
from whygate.outcomes.scorecard import Shipped, keep_score
from whygate.reporters.coverage import (
    MOST_MONTHS,
    basis_lines,
    coverage_tables,
    field_labels,
    field_order,
    order_phases,
    rank,
    rank_groups,
)
from whygate.reporters.due import list_due
from whygate.reporters.outcome_tables import outcome_tables
from whygate.reporters.tables import Table, render_drawn_tables, render_plain_tables

if TYPE_CHECKING:
    from collections.abc import Iterator

    from whygate.audit.record import Record
    from whygate.outcomes.result import Result


def tables_of(coverage: Coverage) -> dict[str, Table]:
    return {table.title: table for table in coverage_tables(coverage)}


def grouped(history: list[Record]) -> Coverage:
    return count_coverage(history, adopted=make_record().day, by_area=True, by_author=True)


def column(table: Table, name: str) -> list[str]:
    at = table.head.index(name)
    return [row[at] for row in table.rows]


def test_denominators_lead_from_all_to_those_who_had_to_answer() -> None:
    assert tables_of(grouped(small_history()))["Changes"].rows == (
        ("all", "10"),
        ("not asked: merge of branches", "2"),
        ("not asked: bot (by the author's name, unverified)", "1"),
        ("blind: the description is on the forge", "1"),
        ("judged", "6"),
        ("exempt: internal", "1"),
        ("had to answer", "5"),
    )


def test_states_are_of_the_asked_and_exemptions_of_the_judged() -> None:
    assert tables_of(grouped(small_history()))["Coverage"].rows == (
        ("complete", "2", "5", "40.0 %"),
        ("partial", "1", "5", "20.0 %"),
        ("missing", "2", "5", "40.0 %"),
        ("exempt", "1", "6", "16.7 %"),
    )


def test_tables_of_a_history_come_in_order() -> None:
    assert list(tables_of(grouped(small_history()))) == [
        *("Changes", "Coverage", "Fields", "Read from", "By month", "By kind", "By area"),
        *("By author", "Adoption", "What fails most", "Exempt features"),
    ]


def test_tables_that_nobody_asked_for_or_are_empty_are_left_out() -> None:
    assert list(tables_of(count_coverage([make_record()]))) == [
        *("Changes", "Coverage", "Fields", "Read from", "By month", "By kind"),
    ]


def test_only_denominators_come_when_nothing_was_judged() -> None:
    coverage = count_coverage([make_record(1, "skipped", reason="docs")])

    assert list(tables_of(coverage)) == ["Changes"]
    assert list(tables_of(Coverage())) == ["Changes"]


def test_what_fails_most_names_rule_errors_and_an_example() -> None:
    history = [*small_history(), make_record(rules=(("WG999", "error"),), title="x" * 90)]

    assert tables_of(grouped(history))["What fails most"].rows == (
        ("WG103", "measurement-missing", "2", "2", "7", "28.6 %", "#8 change 8"),
        ("WG104", "audience-missing", "1", "0", "7", "14.3 %", "#6 a|b <i>"),
        ("WG999", "", "1", "1", "7", "14.3 %", f"#1 {'x' * 71}\u2026"),
    )


def test_only_the_ten_rules_that_fail_most_are_shown() -> None:
    rules = tuple((f"WG{n}", "error") for n in range(901, 915))

    assert len(tables_of(grouped([make_record(rules=rules)]))["What fails most"].rows) == 10


def test_only_the_last_months_are_shown_and_the_title_says_so() -> None:
    months = {f"{2020 + n // 12}-{n % 12 + 1:02}": Tally(missing=1) for n in range(30)}
    table = tables_of(Coverage(total=Tally(missing=30), months=months))[
        "By month (the last 24 of 30)"
    ]

    assert column(table, "month") == sorted(months)[-MOST_MONTHS:]


def test_labels_of_a_field_are_ranked_and_cut() -> None:
    labels = ["Why", "Why", "a", "b", "c", "d", "e"]
    history = [make_record(answers=(("problem", label),)) for label in labels]
    coverage = count_coverage(history)

    assert field_labels(coverage, "problem")[:2] == (("Why", 2), ("a", 1))
    assert column(tables_of(coverage)["Fields"], "read under")[0] == "Why 2, a 1, b 1, c 1, 2 more"


def test_field_that_steers_the_judgement_is_no_answer() -> None:
    answers = (("kind", "Kind"), ("exempt", "Exempt"), ("risk", "Risk"), ("links", "Refs"))
    coverage = count_coverage([make_record(answers=answers)])

    assert field_order(coverage) == (
        *("problem", "audience", "outcome", "measurement"),
        *("links", "risk"),
    )


def test_ranks_are_by_count_and_then_by_name() -> None:
    groups = {"a": Tally(skipped=9), "c": Tally(missing=1), "b": Tally(complete=1), "d": Tally()}

    assert rank({"b": 1, "a": 1, "c": 2}) == (("c", 2), ("a", 1), ("b", 1))
    assert [name for name, _ in rank_groups(groups)] == ["b", "c", "a", "d"]


def test_phases_come_in_time_and_unknown_last() -> None:
    phases = {"unknown": Tally(), "since": Tally(), "before": Tally()}

    assert [name for name, _ in order_phases(phases)] == ["before", "since", "unknown"]


def test_basis_names_only_what_is_known() -> None:
    assert dict(basis_lines(make_basis(repository=""))) == {
        "range": "v1..main",
        "head": "0123456789abcdef0123456789abcdef01234567",
        "unit": "first-parent changes",
        "today": "2026-03-09 (UTC)",
        "configuration": ".whygate.yml, preset adopt",
        "schema": "product-context 1",
    }


def test_basis_names_filters_templates_and_every_note() -> None:
    known = make_basis(
        branch="ma\x1bin",
        templates=("a.md", "b.md"),
        filters=("since x", "kind fix"),
        notes=("n", "m"),
    )
    lines = list(basis_lines(known))

    assert ("branch", "ma<U+001B>in") in lines
    assert ("template", "a.md, b.md") in lines
    assert ("only", "since x, kind fix") in lines
    assert lines[-2:] == [("note", "n"), ("note", "m")]


@settings(max_examples=100, deadline=None)
@given(ANY_HISTORY)
def test_counts_add_up_and_no_rate_is_of_under_five(history: list[Record]) -> None:
    coverage = grouped(history)
    for table in coverage_tables(coverage):
        assert {len(row) for row in table.rows} <= {len(table.head)}
        if table.title.startswith(("By ", "Adoption")):
            assert sum(map(int, column(table, "changes"))) == len(history)
            parts = ("complete", "partial", "missing")
            asked = [sum(map(int, n)) for n in zip(*(column(table, p) for p in parts), strict=True)]
            shares = column(table, "complete of asked")
        elif "share" in table.head:
            asked, shares = [*map(int, column(table, "of"))], column(table, "share")
        else:
            continue
        assert [share == "-" for share in shares] == [whole < 5 for whole in asked]


@settings(max_examples=100, deadline=None)
@given(ANY_HISTORY)
def test_cells_are_safe_to_print(history: list[Record]) -> None:
    cells = [c for t in coverage_tables(grouped(history)) for row in t.rows for c in row]

    assert not [cell for cell in cells if not cell.isprintable()]
    assert not [cell for cell in cells if cell.startswith("::") or "##[" in cell]


@pytest.mark.parametrize("size", [72, 73])
def test_title_is_cut_at_its_longest(size: int) -> None:
    history = [make_record(1, "exempt", reason="internal", title="x" * size)]
    title = tables_of(count_coverage(history))["Exempt features"].rows[0][1]

    assert len(title) == 72
    assert title.endswith("\u2026") == (size > 72)


def test_change_without_an_author_is_counted_too() -> None:
    history = [make_record(author=""), make_record()]
    table = tables_of(count_coverage(history, by_author=True))["By author"]

    assert column(table, "author") == ["Ada <ada@example.org>", "no author"]


# --- in 80 columns ---------------------------------------------------------------------------


def columns(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(mark) in "WF" else 1 for mark in text)


@pytest.mark.parametrize(
    "table",
    [
        Table("words", ("rule", "such as"), (("WG101", "a b " * 60),), frozenset({0, 1})),
        Table(
            "wide",
            ("rule", "n", "such as"),
            (("WG101", "3", "端末をまたぐ購入" * 9),),
            frozenset({0, 2}),
        ),
        Table("long word", ("rule", "such as"), (("WG101", "x" * 200),), frozenset({0, 1})),
        Table(
            "numbers",
            ("month", *("complete of asked",) * 8),
            (("2026-11", *("100.0 %",) * 8),),
        ),
        Table(
            "author",
            ("author", *("changes that were asked",) * 8),
            (("Lena Longname <lena.longname@mail.example.org>", *("12",) * 8),),
        ),
    ],
    ids=lambda table: table.title,
)
def test_table_fits_and_loses_no_word(table: Table) -> None:
    text = render_plain_tables((), [table])
    lines = text.split("\n")

    assert max(map(columns, lines)) <= 80
    shown = Counter(text)
    for cell in (*table.head, *table.rows[0]):
        assert all(shown[mark] >= count for mark, count in Counter(cell.replace(" ", "")).items())


def test_wide_table_breaks_no_word_while_another_column_can_be_folded() -> None:
    head = ("rule", "name", "changes", "errors", "of", "share", "such as")
    title = "da0d7def85b4 refactor(hook): let no two modules import each other in a circle"
    row = ("WG401", "exempt-without-reason", "100", "100", "303", "26.7 %", title)
    table = Table("What fails most", head, (row,), frozenset({0, 1, 6}))

    lines = render_plain_tables((), [table]).split("\n")

    assert max(map(columns, lines)) <= 80
    assert set(" ".join(row).split()) <= set(" ".join(lines).split())


def test_wide_letters_keep_the_columns_aligned() -> None:
    rows = (("買い物", "3", "a"), ("shop", "12", "b"), ("e\u0301te\u0301", "7", "c"))
    lines = render_plain_tables((), [Table("t", ("area", "n", "x"), rows, frozenset({0, 2}))])

    shown = lines.split("\n")[2:6]
    places = [cell_len(line[: line.rindex(mark)]) for line, mark in zip(shown, "xabc", strict=True)]
    assert len(set(places)) == 1


def test_table_that_fits_is_not_touched() -> None:
    text = render_plain_tables((), [Table("t", ("a b", "c"), (("x", "1"),))])

    assert text == "\nt\na b  c\nx    1\n"


WIDE = "端末をまたぐ購入を続ける " * 9


def wide_tables() -> Iterator[Table]:
    """Yield every table of an audit and of a scorecard, full of long and wide words."""
    history = [
        make_record(
            number,
            state,
            title=WIDE,
            author=f"{WIDE[:30]} <lena.longname@mail.example.org>",
            kind="experiment",
            reason="not-measurable",
            answers=((f"problem{number}", WIDE), ("measurement", "Metric " * 12)),
            forms=("section",),
            rules=(("WG103", "error"),),
            area=WIDE[:40],
            waiver=WIDE,
        )
        for number, state in enumerate(("complete", "partial", "missing", "exempt") * 3)
    ]
    adopted = date(2026, 2, 1)
    coverage = count_coverage(history, adopted=adopted, by_area=True, by_author=True)
    yield from coverage_tables(coverage)
    told = {
        "title": WIDE,
        "metric": WIDE,
        "target": "<= 1 support ticket about missing rows",
        "baseline": "9 support tickets about missing rows",
        "owner": WIDE[:30],
        "kind": "experiment",
        "guardrails": (WIDE,),
    }
    results: tuple[list[Result], ...] = (
        [make_result("met", value="0 support tickets about missing rows", note=WIDE)],
        [make_result("missed", value="11 support tickets", note=WIDE, guardrails=("broken",))],
        [make_result("inconclusive", note=WIDE)],
        [make_result("abandoned", note=WIDE)],
        [],
    )
    moved = (Moved("target", WIDE, WIDE, ".whygate/bets/a-long-name-of-a-bet.yml"),)
    made = [
        make_outcome(n, found, area=WIDE[:40], moved=moved, **told)  # type: ignore[arg-type]
        for n, found in enumerate(results, 1)
    ]
    outcomes = Outcomes(tuple(made))
    today = date(2026, 12, 1)
    shipped = Shipped(9, ((WIDE[:20], WIDE, "internal"),))
    card = keep_score(outcomes, today, shipped, by_owner=True)
    yield from outcome_tables(card, list_due(outcomes, today=today, within=14))


@pytest.mark.parametrize("drawn", [False, True], ids=["plain", "terminal"])
def test_every_table_is_within_80_columns(*, drawn: bool) -> None:
    tables = list(wide_tables())
    text = (
        render_drawn_tables((), tables, width=80, color=False)
        if drawn
        else render_plain_tables((), tables)
    )

    assert len(tables) >= 16
    assert max(map(cell_len, text.split("\n"))) <= 80
    assert "\x1b" not in text
