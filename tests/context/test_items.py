from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.context.conftest import AsDocument, Extract

    from whygate.model import Context


def statements(context: Context) -> dict[str, str]:
    return {statement.field: statement.text for statement in context.statements()}


def test_hypothesis_is_split_into_its_parts(extract: Extract) -> None:
    context = extract(
        "## Hypothesis\nWe believe longer exports for accountants will result in fewer retyped "
        "rows; we will know when retyped rows reaches 3 by 2027-02-15.\n"
    )
    found = statements(context)

    assert found["audience"] == "accountants"
    assert found["outcome"] == "fewer retyped rows"
    assert found["measurement.metric"] == "retyped rows"
    assert found["measurement.target"].startswith("3")
    assert found["measurement.evaluate_by"] == "2027-02-15"


def test_hypothesis_never_replaces_what_is_said(extract: Extract) -> None:
    context = extract(
        "## Outcome\nNobody retypes.\n## Hypothesis\nWe believe longer exports for accountants "
        "will result in fewer rows; we will know when retyped rows reaches 3.\n"
    )

    assert context.fields["outcome"].text == "Nobody retypes."


def test_parts_of_a_sentence_know_their_place(extract: Extract) -> None:
    context = extract(
        "Text.\n\n## Measurement\n\n  Lost rows go from 30 %\nto 3 % by 2027-02-15.\n"
    )
    places = {
        s.field.partition(".")[2]: (s.location.line, s.location.column)
        for s in context.statements()
    }

    assert places == {
        "metric": (5, 3),
        "baseline": (5, 21),
        "target": (6, 4),
        "evaluate_by": (6, 11),
    }


def test_parts_of_a_label_and_of_a_trailer_know_their_place(extract: Extract) -> None:
    sentence = "Lost rows go from 30 % to 3 % by 2027-02-15."
    label = extract(f"**Measurement:** {sentence}\n").items["measurement"][0]
    trailer = extract(f"Measurement: {sentence}\nRefs: #1\n").items["measurement"][0]

    assert label.parts["measurement.target"].location.column == 44
    assert trailer.parts["measurement.target"].location.column == 40


@pytest.mark.parametrize(
    "text",
    [
        "## Measurement\n" + "- Metric: rows\n" * 40,
        "## Measurement\nrows\n" * 40,
        "## Measurement\n| Metric | Target |\n|---|---|\n" + "| rows | 3 |\n" * 40,
        "```yaml product-context\nmeasurement: [" + "{metric: rows}, " * 40 + "]\n```\n",
    ],
    ids=["entries", "sections", "table", "block"],
)
def test_endless_items_are_cut(extract: Extract, text: str) -> None:
    context = extract(text)

    assert len(context.items["measurement"]) == 12
    assert context.remarks == ()


def test_endless_lists_are_cut(extract: Extract) -> None:
    links = extract("## Links\n" + "- #1\n" * 900).lists["links"]
    trailers = extract("Refs: #1\n" * 900).lists["links"]

    assert len(links) == len(trailers) == 200


def test_two_metrics_are_two_items(extract: Extract, as_document: AsDocument) -> None:
    two = "- Metric: rows\n- Target: 0\n- Guardrail: a <= 1\n- Metric: tickets\n- Target: 1\n"
    listed = as_document(extract(f"## Measurement\n{two}"))
    trailers = as_document(extract(two.replace("- ", "")))

    assert listed == trailers
    assert listed["measurement"] == [
        {"metric": "rows", "target": "0", "guardrail": ["a <= 1"]},
        {"metric": "tickets", "target": "1"},
    ]


def test_two_sections_are_two_items(extract: Extract, as_document: AsDocument) -> None:
    text = "## Measurement\nRows go from 9 to 3.\n## Success metrics\nCalls go from 8 to 2.\n"
    items = as_document(extract(text))["measurement"]

    assert isinstance(items, list)
    assert [item["target"] for item in items] == ["3", "2"]


def test_table_with_a_row_for_each_item(extract: Extract, as_document: AsDocument) -> None:
    text = (
        "## Measurement\n\n| Metric | Baseline | Target |\n| --- | --- | --- |\n"
        "| rows | 9 | 3 |\n| calls | 8 | 2 |\n"
    )

    assert as_document(extract(text))["measurement"] == [
        {"metric": "rows", "baseline": "9", "target": "3"},
        {"metric": "calls", "baseline": "8", "target": "2"},
    ]


def test_table_with_a_row_for_each_part(extract: Extract, as_document: AsDocument) -> None:
    text = "## Measurement\n\n| | |\n| --- | --- |\n| Metric | rows |\n| Target | 3 |\n"

    assert as_document(extract(text))["measurement"] == [{"metric": "rows", "target": "3"}]


@pytest.mark.parametrize(
    "text",
    [
        "## Measurement\n## Metric\nrows\n## Target\n3\n",
        "## Metric\nrows\n## Target\n3\n",
        "## Measurement\n### Metric\nrows\n### Target\n3\n",
        "## Measurement\n**Metric**\nrows\n\n**Target:** 3\n",
        "## Target\n3\n\n## Measurement\nMetric: rows\n",
    ],
)
def test_part_may_have_its_own_heading(
    extract: Extract, as_document: AsDocument, text: str
) -> None:
    assert as_document(extract(text))["measurement"] == [{"metric": "rows", "target": "3"}]


def test_part_heading_alone_means_something_else(extract: Extract) -> None:
    assert statements(extract("## Target\nAndroid 15\n## Where\nIn the shop\n## Notes\nx")) != {}
    assert statements(extract("## Target\nAndroid 15\n")) == {}
    assert statements(extract("Target: Android 15\n\nThanks!\n")) == {}


def test_guardrails_are_a_list(extract: Extract) -> None:
    context = extract("## Measurement\n- Metric: rows\n- Guardrail: a <= 1\n- Guardrail: b <= 2\n")
    item = context.items["measurement"][0]

    assert [s.text for s in item.lists["measurement.guardrail"]] == ["a <= 1", "b <= 2"]


@pytest.mark.parametrize(
    ("text", "links"),
    [
        ("Refs: #12\nRefs: #13\n", ["#12", "#13"]),
        ("## Links\n- #12\n- https://example.org/a\n", ["#12", "https://example.org/a"]),
        ("## Links\n#12\n\n#13\n", ["#12", "#13"]),
        ("## Links\n<!-- issues\nand pages -->\n* #12\n", ["#12"]),
        ("## Links\n<!-- paste them here\n#11\n", []),
        ("## Links\n1. #12\n2. [design](https://example.org/d)\n", ["#12", "design"]),
        ("## Links\n- [x] #12\n", ["#12"]),
        ("## Links\n```\n```\n", []),
        ("Fixes: #12\n\nThe export lost rows.\n", ["#12"]),
        ("**Fixes:** #12\n\nThe export lost rows.\n", ["#12", "The export lost rows."]),
        ("```yaml product-context\nlinks: ['#12', '#13']\n```\n", ["#12", "#13"]),
        ("```yaml product-context\nlinks: '#12'\n```\n", ["#12"]),
    ],
)
def test_links_are_a_list(extract: Extract, text: str, links: list[str]) -> None:
    context = extract(text)

    assert [s.text for s in context.lists.get("links", ())] == links


def test_link_knows_its_place(extract: Extract) -> None:
    context = extract("Fixes: #12\n\n## Links\n\n- #13\n* [ ] #14\n")

    assert [(s.location.line, s.location.column) for s in context.lists["links"]] == [
        (1, 8),
        (5, 3),
        (6, 7),
    ]


LOOSE = "metric: blocked queues\nbaseline: 9 queues\ntarget: 1 queue\nevaluate by: 2027-02-28\n"


def test_parts_without_a_measurement_heading_are_read(extract: Extract) -> None:
    found = statements(extract(f"problem: one page blocks the whole queue\n{LOOSE}"))

    assert found["measurement.metric"] == "blocked queues"
    assert found["measurement.target"] == "1 queue"
    assert found["measurement.evaluate_by"] == "2027-02-28"


@pytest.mark.parametrize(
    "text",
    [
        "**Why:** it is slow\n\n- Target: x86\n- Before: 3\n- Source: the log\n",
        "**Why:** it is slow\n\n- Metric: builds\n- Target: x86\n",
        f"## Measurement\n- Metric: rows\n\n## Why\n{LOOSE}",
    ],
    ids=["no-metric", "two-parts", "beside-a-measurement"],
)
def test_labels_that_may_mean_anything_are_left_alone(extract: Extract, text: str) -> None:
    assert "measurement.target" not in statements(extract(text))


@pytest.mark.parametrize(
    "text",
    [
        "It is slow.\n\nMetric: rows\nTarget: > 12 tickets\n",
        "## Measurement\n- Metric: rows\n- Target: > 12 tickets\n",
        "## Measurement\n**Metric:** rows\n**Target:** > 12 tickets\n",
        "## Measurement\n| Metric | Target |\n| --- | --- |\n| rows | > 12 tickets |\n",
    ],
    ids=["trailer", "list", "bold", "table"],
)
def test_bound_is_no_quotation(extract: Extract, text: str) -> None:
    assert statements(extract(text))["measurement.target"] == "> 12 tickets"


def test_number_with_a_full_stop_opens_no_list(extract: Extract) -> None:
    context = extract("## Measurement\n- Metric: rows\n- Evaluate by: 31. Januar 2027\n")

    assert statements(context)["measurement.evaluate_by"] == "31. Januar 2027"


@pytest.mark.parametrize(
    "text",
    [
        "Metric: rows\nMetric-Owner: Lena <lena@x.io>\n",
        "## Measurement\n- Metric: rows\n- Owner: Lena <lena@x.io>\n",
        "## Measurement\n| Metric | Owner |\n| --- | --- |\n| rows | Lena <lena@x.io> |\n",
        '```yaml product-context\nmeasurement: [{metric: rows, owner: "Lena <lena@x.io>"}]\n```\n',
    ],
    ids=["trailers", "list", "table", "block"],
)
def test_owner_with_a_mail_is_kept_whole(extract: Extract, text: str) -> None:
    item = extract(text).items["measurement"][0]

    assert item.parts["measurement.owner"].text == "Lena <lena@x.io>"
