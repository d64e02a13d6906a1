from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from whygate.context.builder import Reading
from whygate.context.extract import merge_order, merge_readings
from whygate.model import Form, Item, Location, Origin, Part, Prose, Statement

if TYPE_CHECKING:
    from tests.context.conftest import Extract

BETS = {
    "rows": (
        ".whygate/bets/rows.yml",
        "problem: from the bet\noutcome: from the bet\n"
        "measurement: [{metric: lost rows, target: 5 rows, owner: '@bo'}]\n",
    )
}


def block(*lines: str) -> str:
    return "\n".join(("```yaml product-context", *lines, "```"))


def commit(name: str, text: str) -> Part:
    return Part(Origin.COMMIT, name, f"feat: x\n\n{text}")


# Every source of a change, the strongest first, as the reader must rank them.
SOURCES: list[tuple[str, Part | str, str]] = [
    ("note", Part(Origin.NOTE, "note", "problem: from the note\n"), "from the note"),
    ("block", block("problem: from the block"), "from the block"),
    ("trailer", "Problem: from the trailer\nRefs: #1\n", "from the trailer"),
    ("section", "## Problem\nfrom the section\n", "from the section"),
    ("block of a commit", commit("c9", block("problem: from its block")), "from its block"),
    (
        "trailer of a commit",
        commit("c8", "Problem: from its trailer\nRefs: #1\n"),
        "from its trailer",
    ),
    ("section of the newest", commit("c7", "## Problem\nfrom the newest\n"), "from the newest"),
    ("section of the oldest", commit("c6", "## Problem\nfrom the oldest\n"), "from the oldest"),
    ("bet", commit("c5", "Bet: rows\nRefs: #1\n"), "from the bet"),
]


def change(sources: tuple[tuple[str, Part | str, str], ...]) -> list[Part]:
    """Return the parts of a change: one description of all texts, then the others in order."""
    texts = [source for _, source, _ in sources if isinstance(source, str)]
    parts = [source for _, source, _ in sources if isinstance(source, Part)]
    # Sections run to the end of a text, trailers are its last paragraph.
    texts.sort(key=lambda text: (text.startswith("Problem:"), text.startswith("##")))
    description = Part(Origin.DESCRIPTION, "body.md", "\n\n".join(texts))
    notes = [part for part in parts if part.origin is Origin.NOTE]
    return [*notes, description, *(part for part in parts if part.origin is Origin.COMMIT)]


@pytest.mark.parametrize(
    ("strong", "weak"),
    list(itertools.combinations(SOURCES, 2)),
    ids=lambda source: source[0],
)
def test_stronger_source_wins(
    extract: Extract, strong: tuple[str, Part | str, str], weak: tuple[str, Part | str, str]
) -> None:
    context = extract(*change((strong, weak)), bets=BETS)

    assert context.fields["problem"].text == strong[2]
    assert [s.text for s in context.others if s.field == "problem"] == [weak[2]]


def test_all_sources_stand_in_order(extract: Extract) -> None:
    context = extract(*change(tuple(SOURCES)), bets=BETS)
    seen = [context.fields["problem"], *(s for s in context.others if s.field == "problem")]

    assert [s.text for s in seen] == [text for _, _, text in SOURCES]


@pytest.mark.parametrize("weak", SOURCES[1:], ids=lambda source: source[0])
@pytest.mark.parametrize("nothing", ["", "TBD", "N/A", "<!-- why? -->", "<why>", "- [ ] a bug"])
def test_source_that_says_nothing_hides_no_weaker_one(
    extract: Extract, weak: tuple[str, Part | str, str], nothing: str
) -> None:
    empty = Part(Origin.NOTE, "note", f"problem: '{nothing}'\n")
    context = extract(*change((("note", empty, ""), weak)), bets=BETS)

    assert context.fields["problem"].text == weak[2]
    assert [s.location.path for s in context.others if s.field == "problem"] == ["note"]


def test_fields_of_different_sources_complete_each_other(extract: Extract) -> None:
    context = extract(
        f"{block('problem: rows are lost')}\n\n## Outcome\nnone are\n\nAudience: all\nRefs: #1\n",
        commit("c1", "## Trade-offs\none more write\n"),
    )

    assert {s.field: s.form for s in context.statements()} == {
        "problem": Form.BLOCK,
        "outcome": Form.SECTION,
        "audience": Form.TRAILER,
        "tradeoffs": Form.SECTION,
        "links": Form.TRAILER,
    }


def test_bet_completes_the_parts_of_the_measurement(extract: Extract) -> None:
    context = extract("Bet: rows\nMetric: lost rows\nTarget: 3 rows\n", bets=BETS)
    (item,) = context.items["measurement"]

    assert {name.partition(".")[2]: s.text for name, s in item.parts.items()} == {
        "metric": "lost rows",
        "target": "3 rows",
        "owner": "@bo",
    }


@pytest.mark.parametrize("slug", ["none-such", "TBD", ""])
def test_unknown_bet_adds_nothing(extract: Extract, slug: str) -> None:
    context = extract(f"Bet: {slug}\nRefs: #1\n", bets=BETS)

    assert "problem" not in context.fields


def test_bet_that_is_broken_is_named(extract: Extract) -> None:
    context = extract("Bet: rows\nRefs: #1\n", bets={"rows": ("rows.yml", "problem: [open\n")})

    assert [(r.kind, r.location.path) for r in context.remarks] == [("block-invalid", "rows.yml")]


def test_first_list_counts_whole(extract: Extract) -> None:
    context = extract(f"{block('links: [a, b]')}\n\nRefs: #1\n")

    assert [s.text for s in context.lists["links"]] == ["a", "b"]


MEASUREMENTS = [
    pytest.param(
        "measurement: [{metric: lost rows, target: 3 rows}]",
        "- Metric: rows that are lost\n- Target: 4 rows\n",
        [("lost rows", "3 rows")],
        id="same metric in other words",
    ),
    pytest.param(
        "measurement: [{metric: lost rows, target: 3 rows}]",
        "- Metric: calls to support\n- Target: 4 calls\n",
        [("lost rows", "3 rows"), ("calls to support", "4 calls")],
        id="another metric",
    ),
    pytest.param(
        "measurement: [{target: 3 rows}]",
        "- Metric: lost rows\n- Target: 4 rows\n",
        [("lost rows", "3 rows")],
        id="no metric in the stronger",
    ),
    pytest.param(
        "measurement: [{metric: lost rows, target: 3 rows}, {metric: calls, target: 1 call}]",
        "- Metric: calls\n- Baseline: 9 calls\n- Metric: lost rows\n- Baseline: 8 rows\n",
        [("lost rows", "3 rows"), ("calls", "1 call")],
        id="another order",
    ),
    pytest.param(
        "measurement: [{metric: aa, target: 3}, {metric: bb, target: 1}, {metric: cc, target: 1}]",
        "- Metric: dd\n- Target: 9\n",
        [("aa", "3"), ("bb", "1"), ("cc", "1")],
        id="more than three",
    ),
]


@pytest.mark.parametrize(("yaml", "listed", "items"), MEASUREMENTS)
def test_measurements_of_two_sources_are_matched_by_metric(
    extract: Extract, yaml: str, listed: str, items: list[tuple[str, str]]
) -> None:
    context = extract(f"{block(yaml)}\n\n## Measurement\n{listed}")
    found = [
        (item.parts["measurement.metric"].text, item.parts["measurement.target"].text)
        for item in context.items["measurement"]
    ]

    assert found == items


def test_prose_of_a_measurement_is_kept_when_the_stronger_has_none(extract: Extract) -> None:
    context = extract(
        f"{block('measurement: [{target: 3 rows}]')}\n\n## Measurement\nWe ask all.\n"
    )
    (item,) = context.items["measurement"]

    assert item.prose is not None
    assert item.prose.text == "We ask all."


def test_lists_of_a_measurement_count_whole(extract: Extract) -> None:
    yaml = "measurement: [{metric: rows, guardrail: [a <= 1, b <= 2]}]"
    context = extract(f"{block(yaml)}\n\nMetric: rows\nGuardrail: c <= 3\n")
    (item,) = context.items["measurement"]

    assert [s.text for s in item.lists["measurement.guardrail"]] == ["a <= 1", "b <= 2"]


def statement(text: str, form: Form, origin: Origin) -> Statement:
    return Statement("problem", text, Prose(text), Location("x"), form, origin)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from([Origin.DESCRIPTION, Origin.COMMIT, Origin.NOTE, Origin.BET]),
            st.sampled_from([Form.BLOCK, Form.TRAILER, Form.SECTION]),
            st.sampled_from(["rows are lost", "money is lost", "TBD", ""]),
        ),
        max_size=6,
    )
)
def test_merging_loses_and_invents_nothing(drawn: list[tuple[Origin, Form, str]]) -> None:
    readings = [
        Reading(Part(origin, str(at), ""), form, (statement(text, form, origin),))
        for at, (origin, form, text) in enumerate(drawn)
    ]
    context = merge_readings(merge_order(readings), {})
    kept = [*context.statements(), *context.others]

    assert sorted(s.text for s in kept) == sorted(text for _, _, text in drawn)
    assert len(context.fields) == min(len(drawn), 1)
    if any("lost" in text for _, _, text in drawn):
        assert "lost" in context.fields["problem"].text


def test_items_are_matched_by_place_when_a_metric_is_missing() -> None:
    part = Part(Origin.DESCRIPTION, "x", "")
    strong = Reading(part, Form.BLOCK, items={"measurement": (Item(), Item())})
    weak = Reading(part, Form.SECTION, items={"measurement": (Item(), Item(), Item())})

    assert len(merge_readings([strong, weak], {}).items["measurement"]) == 3
