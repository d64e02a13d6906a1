"""The written forms: whatever was answered is read back from each of them, by git as well."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cmarkgfm  # type: ignore[import-untyped]
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from whygate.authoring.written import (
    TRAILER_WIDTH,
    Answers,
    code_span,
    example_answers,
    fold_trailer,
    write_block,
    write_example,
    write_sections,
    write_trailers,
)
from whygate.context.extract import extract_context
from whygate.context.fill import build_document
from whygate.model import Change, Origin, Part
from whygate.schema.document import bundled_schema
from whygate.schema.fields import FieldKind
from whygate.text.trailers import parse_trailers

if TYPE_CHECKING:
    from tests.conftest import Repo

    from whygate.model import Context

SCHEMA = bundled_schema()
METRIC = {
    "measurement.metric": ("retyped rows, monthly",),
    "measurement.baseline": ("30 rows",),
    "measurement.target": ("0 rows",),
    "measurement.evaluate_by": ("+30d",),
    "measurement.guardrail": ("p95 export <= 2 s", "no lost row"),
}
FULL = Answers(
    texts={
        "kind": ("feature",),
        "problem": ("exports stop at row 100, so 40 accountants retype the rest",),
        "exempt": ("exempt deferred; until 2026-12-10; this stops an outage at a customer",),
        "links": ("#1350", "https://example.com/design"),
    },
    items={"measurement": (METRIC, {**METRIC, "measurement.metric": ("tickets, weekly",)})},
)


def read(text: str, *, message: bool = False) -> Context:
    if message:
        part = Part(Origin.MESSAGE, "message", f"feat: write every row\n\n{text}\n")
    else:
        part = Part(Origin.DESCRIPTION, "body.md", text)
    return extract_context(Change("x", "feat: write every row", (part,)), SCHEMA)


def write(form: str, answers: Answers) -> Context:
    if form == "trailers":
        return read("\n".join(write_trailers(answers, SCHEMA)), message=True)
    return read((write_sections if form == "sections" else write_block)(answers, SCHEMA))


# --- every form says the same ----------------------------------------------------------------


def test_forms_say_the_same() -> None:
    documents = [
        build_document(write(form, FULL), SCHEMA) for form in ("sections", "trailers", "block")
    ]

    assert documents[0] == documents[1] == documents[2]
    assert documents[0]["links"] == ["#1350", "https://example.com/design"]
    assert documents[0]["exempt"] == {
        "class": "deferred",
        "reason": "this stops an outage at a customer",
    }
    assert len(documents[0]["measurement"]) == 2  # type: ignore[arg-type]
    assert SCHEMA.validate(documents[0]) == ()


@pytest.mark.parametrize("form", ["sections", "trailers", "block"])
def test_measurement_in_one_sentence_stays_one(form: str) -> None:
    sentence = "tickets about missing rows go from 9 to 1 a week by 2027-02-15"
    answers = Answers(items={"measurement": ({"measurement": (sentence,)},)})

    (item,) = write(form, answers).items["measurement"]

    assert item.prose is not None
    assert item.prose.text == sentence
    assert item.parts["measurement.evaluate_by"].text == "2027-02-15"


@pytest.mark.parametrize("form", ["sections", "trailers", "block"])
@pytest.mark.parametrize("reason", ["bet cart-sync", "#1234"])
def test_covered_by_names_its_plan_in_every_form(form: str, reason: str) -> None:
    context = write(form, Answers({"exempt": (f"exempt covered-by; {reason}",)}))

    assert context.fields["exempt"].text == f"exempt covered-by; {reason}"


def test_exemption_without_a_known_class_is_kept_as_text() -> None:
    assert "exempt: we did not feel like it" in write_block(
        Answers({"exempt": ("we did not feel like it",)}), SCHEMA
    )


def test_forms_of_an_empty_sheet_say_nothing() -> None:
    assert (write_sections(Answers(), SCHEMA), write_trailers(Answers(), SCHEMA)) == ("", ())
    assert write_block(Answers(), SCHEMA) == "```yaml product-context\nversion: 1\n```"


def test_example_of_every_field_is_read_as_that_field() -> None:
    names = [field.name for field in SCHEMA.fields if field.kind is not FieldKind.CONSTANT]
    answers = example_answers(SCHEMA.fields, names, due="+30d")

    assert set(build_document(write("block", answers), SCHEMA)) == set(names)
    assert set(build_document(write("sections", answers), SCHEMA)) == set(names)
    assert set(build_document(write("trailers", answers), SCHEMA)) == set(names)


def test_example_of_an_exemption_without_one_is_a_slot() -> None:
    field = SCHEMA.field("exempt")
    assert field is not None

    assert write_example(field, due="+1d").startswith("exempt internal; ")
    assert write_example(replace(field, example=""), due="+1d").startswith("<")


# --- what an answer holds cannot hide or end what stands around it ---------------------------

HOSTILE = [
    "<!-- never closed",
    "```\nnever closed",
    "~~~",
    "# Outcome\n\nA heading.",
    "## Problem",
    "Outcome\n=======",
    "**Outcome:** they are happy",
    "<details>",
    "- a\n- b\n\n      code",
    "`",
    "`` ` ``",
    "    indented",
    "> quoted\n\nand more",
    "a\n\nMetric: x\nTarget: y",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_prose_ends_in_its_section(text: str) -> None:
    answers = Answers(
        texts={"problem": (text,), "outcome": ("they close the month from one file",)},
        items={"measurement": (METRIC,)},
    )

    context = read(write_sections(answers, SCHEMA))

    assert context.fields["outcome"].text == "they close the month from one file"
    assert context.items["measurement"][0].parts["measurement.target"].text == "0 rows"
    assert set(context.fields) == {"problem", "outcome"}


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_part_of_a_measurement_stays_one_part(text: str) -> None:
    entry = {**METRIC, "measurement.metric": (text,)}
    answers = Answers(texts={"tradeoffs": ("one more write",)}, items={"measurement": (entry,)})

    context = read(write_sections(answers, SCHEMA))

    assert context.fields["tradeoffs"].text == "one more write"
    assert context.items["measurement"][0].parts["measurement.target"].text == "0 rows"


@given(st.text(max_size=80))
@settings(max_examples=60, deadline=None)
def test_any_prose_leaves_the_next_section_alone(text: str) -> None:
    answers = Answers({"problem": (text,), "rollout": ("behind a flag for two days",)})

    context = read(write_sections(answers, SCHEMA))

    assert context.fields["rollout"].text == "behind a flag for two days"


@given(st.text(max_size=80))
@settings(max_examples=60, deadline=None)
def test_any_prose_is_read_back_from_a_block(text: str) -> None:
    answers = Answers({"problem": (f"Rows {text}",), "rollout": ("behind a flag",)})

    context = read(write_block(answers, SCHEMA))

    assert context.fields["rollout"].text == "behind a flag"
    assert context.remarks == ()


@pytest.mark.parametrize("text", ["x", "`", "``", "a ` b", "` a", "two\nlines", "a ``` b"])
def test_code_span_holds_its_text(text: str) -> None:
    html = cmarkgfm.github_flavored_markdown_to_html(code_span(text))

    assert html == f"<p><code>{' '.join(text.split())}</code></p>\n"


# --- trailers --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "lines"),
    [
        pytest.param("short", ["Key: short"], id="short"),
        pytest.param("", ["Key:"], id="empty"),
        pytest.param("a\n\nb\tc", ["Key: a b c"], id="white space"),
        pytest.param(f"{'x' * 66}", [f"Key: {'x' * 66}"], id="71 columns"),
        pytest.param(f"{'x' * 60} {'y' * 5}", [f"Key: {'x' * 60} {'y' * 5}"], id="full line"),
        pytest.param(f"{'x' * 60} {'y' * 6}", [f"Key: {'x' * 60}", f"  {'y' * 6}"], id="folded"),
        pytest.param("y" * 90, [f"Key: {'y' * 90}"], id="one long word"),
        pytest.param(f"a {'y' * 90} b", ["Key: a", f"  {'y' * 90}", "  b"], id="a long word"),
    ],
)
def test_trailer_is_folded_between_words(value: str, lines: list[str]) -> None:
    assert fold_trailer("Key", value) == lines


WORDS = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1)
VALUES = st.lists(WORDS, min_size=1, max_size=30).map(" ".join)


@given(st.lists(VALUES, min_size=1, max_size=4))
@settings(max_examples=100, deadline=None)
def test_folded_trailers_are_read_back_by_our_parser(values: list[str]) -> None:
    lines = [line for value in values for line in fold_trailer("Problem", value)]
    message = "subject\n\n" + "\n".join(lines) + "\n"

    trailers = parse_trailers(message.encode()).trailers

    assert [trailer.value.decode() for trailer in trailers] == values
    assert all(len(line) < TRAILER_WIDTH for line in lines if len(line.split()) > 2)


@given(values=st.lists(VALUES, min_size=1, max_size=4))
@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_folded_trailers_are_read_back_by_git(repo: Repo, values: list[str]) -> None:
    lines = [line for value in values for line in fold_trailer("Problem", value)]
    message = "subject\n\n" + "\n".join(lines) + "\n"

    told = repo.git("interpret-trailers", "--parse", data=message.encode())

    assert told == "\n".join(f"Problem: {value}" for value in values)
