from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from whygate.context.document import build_document
from whygate.model import Form, Origin, Part
from whygate.schema.document import bundled_schema, load_user_schema
from whygate.text.message import clean_message
from whygate.text.template import template_lines

if TYPE_CHECKING:
    from tests.context.conftest import AsDocument, Extract

    from whygate.model import Context

# The same three changes, written as sections, as trailers and as a machine block.
CART = {
    "problem": "phone carts are empty on the laptop; 140 tickets a month",
    "audience": "signed-in shoppers with two devices",
    "outcome": "they finish the purchase on the second device",
    "measurement": [
        {
            "metric": "checkout completion of two-device sessions, weekly",
            "baseline": "38 %",
            "target": "45 %",
            "evaluate_by": "2027-02-15",
            "source": "https://bi.example.com/d/412",
            "owner": "@lena",
            "guardrail": ["p95 cart load <= 300 ms"],
            "decision": "keep at >= 42 %; roll back if the guardrail breaks",
        }
    ],
    "tradeoffs": "one more write for each change of a cart",
}
CART_SECTIONS = """\
## Problem
phone carts are empty on the laptop; 140 tickets a month
## Who it helps
signed-in shoppers with two devices
## Outcome
they finish the purchase on the second device
## Measurement
- Metric: checkout completion of two-device sessions, weekly
- Baseline: 38 %
- Target: 45 %
- Evaluate by: 2027-02-15
- Data source: https://bi.example.com/d/412
- Owner: @lena
- Guardrail: p95 cart load <= 300 ms
- Decision: keep at >= 42 %; roll back if the guardrail breaks
## Trade-offs
one more write for each change of a cart
"""
CART_TRAILERS = """\
Carts were tied to the browser. They now follow the account.

Problem: phone carts are empty on the laptop; 140 tickets a month
Audience: signed-in shoppers with two devices
Outcome: they finish the purchase on the second device
Metric: checkout completion of two-device sessions, weekly
Baseline: 38 %
Target: 45 %
Evaluate-By: 2027-02-15
Data-Source: https://bi.example.com/d/412
Metric-Owner: @lena
Guardrail: p95 cart load <= 300 ms
Decision-Rule: keep at >= 42 %; roll back if the guardrail breaks
Trade-Off: one more write for each change of a cart
"""
CART_BLOCK = """\
```yaml product-context
version: 1
problem: >-
  phone carts are empty on the laptop;
  140 tickets a month
audience: signed-in shoppers with two devices
outcome: they finish the purchase on the second device

measurement:
  - metric: checkout completion of two-device sessions, weekly
    baseline: 38 %
    target: 45 %
    evaluate_by: 2027-02-15
    source: https://bi.example.com/d/412
    owner: "@lena"
    guardrail: [p95 cart load <= 300 ms]
    decision: keep at >= 42 %; roll back if the guardrail breaks

tradeoffs: one more write for each change of a cart
```
"""
SEARCH = {
    "kind": "perf",
    "problem": "large tenants wait on the same query 60 times",
    "outcome": "results appear before people retype the query",
    "measurement": [
        {
            "metric": "p95 search latency, tenants over 10k documents",
            "baseline": "820 ms",
            "target": "<= 300 ms",
            "evaluate_by": "+14d",
        }
    ],
}
SEARCH_SECTIONS = """\
**Kind:** perf
**Problem:** large tenants wait on the same query 60 times
**Outcome:** results appear before people retype the query
**Measurement**
- Metric: p95 search latency, tenants over 10k documents
- Baseline: 820 ms
- Target: <= 300 ms
- Evaluate by: +14d
"""
SEARCH_TRAILERS = """\
Change-Kind: perf
Problem: large tenants wait on the same query 60 times
Outcome: results appear before people retype the query
Metric: p95 search latency, tenants over 10k documents
Baseline: 820 ms
Target: <= 300 ms
Evaluate-By: +14d
"""
SEARCH_BLOCK = """\
```yaml
product_context:
  version: 1
  kind: perf
  problem: large tenants wait on the same query 60 times
  outcome: results appear before people retype the query
  measurement: [{metric: "p95 search latency, tenants over 10k documents",
    baseline: 820 ms, target: "<= 300 ms", evaluate_by: +14d}]
```
"""
PARSER = {
    "problem": "grammar changes force a re-read of 900 tokenizer lines",
    "exempt": {"class": "internal", "reason": "all 412 golden outputs are byte-identical"},
}
PARSER_SECTIONS = """\
## Problem
grammar changes force a re-read of 900 tokenizer lines
## Measurement
Internal refactor: no user-facing outcome, because all 412 golden outputs are byte-identical
"""
PARSER_TRAILERS = """\
Problem: grammar changes force a re-read of 900 tokenizer lines
Product-Context: exempt internal; all 412 golden outputs are byte-identical
"""
PARSER_BLOCK = """\
```yaml
product_context:
  problem: grammar changes force a re-read of 900 tokenizer lines
  exempt: {class: internal, reason: all 412 golden outputs are byte-identical}
```
"""
CHANGES = [
    pytest.param(text, document, id=f"{name} as {form}")
    for name, document, forms in (
        ("cart", CART, (CART_SECTIONS, CART_TRAILERS, CART_BLOCK)),
        ("search", SEARCH, (SEARCH_SECTIONS, SEARCH_TRAILERS, SEARCH_BLOCK)),
        ("parser", PARSER, (PARSER_SECTIONS, PARSER_TRAILERS, PARSER_BLOCK)),
    )
    for form, text in zip(("sections", "trailers", "block"), forms, strict=True)
]


def message(text: str) -> Part:
    return Part(Origin.MESSAGE, "msg", text)


def statements(context: Context) -> dict[str, str]:
    return {statement.field: statement.text for statement in context.statements()}


@pytest.mark.parametrize("newline", ["\n", "\r\n"], ids=["lf", "crlf"])
@pytest.mark.parametrize(("text", "document"), CHANGES)
def test_three_forms_say_the_same_in_a_description(
    extract: Extract, as_document: AsDocument, text: str, document: object, newline: str
) -> None:
    assert as_document(extract(text.replace("\n", newline))) == document


@pytest.mark.parametrize(("text", "document"), CHANGES)
def test_three_forms_say_the_same_in_a_message(
    extract: Extract, as_document: AsDocument, text: str, document: object
) -> None:
    assert as_document(extract(message(f"feat: x\n\n{text}"))) == document


def test_three_forms_agree_with_each_other(extract: Extract) -> None:
    context = extract(f"{CART_BLOCK}\n{CART_SECTIONS}\n{CART_TRAILERS.partition(chr(10) * 2)[2]}")

    assert {s.form for s in context.statements()} == {Form.BLOCK}
    assert context.remarks == ()


@pytest.mark.parametrize(
    "text",
    [
        "```\nProblem: a b c d e\n\nOutcome: f g h i\nMetric: x\n\n```\n",
        "~~~text\n\nProblem: a b c d e\nOutcome: f g h i\n\n~~~\n",
        "<!--\n\nProblem: a b c d e\nOutcome: f g h i\n\n-->\n",
        "<!--\n\nProblem: a b c d e\nOutcome: f g h i\n",
        "```\n\nProblem: a b c d e\nOutcome: f g h i\n",
        "<details><summary>bot</summary>\n\nProblem: a b c d e\nOutcome: f g h i\n\n</details>\n",
        "    Problem: a b c d e\n    Outcome: f g h i\n",
    ],
)
def test_hidden_trailers_are_not_read_in_a_description(extract: Extract, text: str) -> None:
    assert statements(extract(f"Thanks!\n\n{text}")) == {}


@pytest.mark.parametrize(
    "text",
    [
        "```\n\nProblem: a b c d e\nOutcome: f g h i\n\n```\n",
        "<!--\n\nProblem: a b c d e\nOutcome: f g h i\n\n-->\n",
    ],
)
def test_hidden_paragraph_is_not_read_in_a_message(extract: Extract, text: str) -> None:
    assert statements(extract(message(f"feat: x\n\n{text}\nThanks!\n"))) == {}


def test_trailers_beside_hidden_ones_are_read(extract: Extract) -> None:
    text = "```\n\nProblem: no\nOutcome: no\n\n```\n\nProblem: a b c d e\nOutcome: f g h i\n"

    assert statements(extract(text)) == {"problem": "a b c d e", "outcome": "f g h i"}
    assert statements(extract(message(f"x\n\n{text}\nBye!"))) == {
        "problem": "a b c d e",
        "outcome": "f g h i",
    }


def test_last_paragraph_of_a_description_with_other_labels_is_prose(extract: Extract) -> None:
    context = extract("## Outcome\n\nResult: fewer rows are typed twice\nNote: by firms only\n")

    assert statements(context) == {
        "outcome": "Result: fewer rows are typed twice\nNote: by firms only"
    }


def test_last_paragraph_of_a_message_with_other_labels_is_prose(extract: Extract) -> None:
    context = extract(message("feat: x\n\n## Outcome\nResult: fewer rows are typed twice\n"))

    assert statements(context) == {"outcome": "Result: fewer rows are typed twice"}


@pytest.mark.parametrize("origin", [Origin.DESCRIPTION, Origin.MESSAGE])
def test_heading_above_the_last_lines_is_kept(extract: Extract, origin: Origin) -> None:
    text = "Text.\n\n## Target\n3\n\n## Measurement\nMetric: rows\nBaseline: 9\n"
    context = extract(Part(origin, "x", text))

    assert statements(context) == {
        "measurement.metric": "rows",
        "measurement.baseline": "9",
        "measurement.target": "3",
    }
    assert context.remarks == ()


def test_sign_off_of_a_description_is_no_prose(extract: Extract) -> None:
    context = extract("## Outcome\n\nSigned-off-by: Lena <lena@example.org>\n")

    assert statements(context) == {"outcome": ""}


def test_statements_know_their_place_in_a_description(extract: Extract) -> None:
    context = extract(
        "\n## Problem\n\nrows are lost\n\n**Outcome:** none are\n\n"
        "## Measurement\n\n- Metric: rows\n- **Target:** 0\n\nRefs: #1\nBaseline: 9\n"
    )
    places = {
        s.field: (s.location.line, s.location.column, s.label, s.form) for s in context.statements()
    }

    assert places == {
        "problem": (2, 1, "Problem", Form.SECTION),
        "outcome": (6, 1, "Outcome", Form.SECTION),
        "measurement.metric": (10, 3, "Metric", Form.SECTION),
        "measurement.target": (11, 3, "Target", Form.SECTION),
        "measurement.baseline": (14, 11, "Baseline", Form.TRAILER),
        "links": (13, 7, "Refs", Form.TRAILER),
    }


def test_statements_of_a_block_know_their_place(extract: Extract) -> None:
    text = (
        "Hello\n\n- a list\n  ```yaml product-context\n  problem: rows are lost\n  links: ['#1']\n"
    )
    text += "  measurement:\n    - metric: rows\n      guardrail: [a <= 1, b <= 2]\n  ```\n"
    places = [
        (s.field, s.location.line, s.location.column, s.label) for s in extract(text).statements()
    ]

    assert places == [
        ("problem", 5, 12, "problem"),
        ("links", 6, 11, "links"),
        ("measurement.metric", 8, 15, "metric"),
        ("measurement.guardrail", 9, 19, "guardrail"),
        ("measurement.guardrail", 9, 27, "guardrail"),
    ]


def test_statements_know_their_line_in_a_message_that_git_cleaned(extract: Extract) -> None:
    written = (
        "\n\n# Please write\nfeat: x\n\n\n\n## Outcome\n# gone\n**Problem:** rows are lost\n\n"
    )
    written += "\n# more\nRefs: #1\nTarget: 3\n# On branch main\n"
    clean = clean_message(written)
    part = Part(Origin.MESSAGE, "msg", clean.text, clean.lines, clean.removed)
    context = extract(part)

    assert {s.field: s.location.line for s in context.statements()} == {
        "problem": 10,
        "links": 14,
        "measurement.target": 15,
    }
    assert [(r.kind, r.location.line, r.field, r.label) for r in context.remarks] == [
        ("hidden", 8, "outcome", "Outcome")
    ]


def test_subject_is_never_a_section(extract: Extract) -> None:
    subject = "Problem: rows are lost in\nthe export of reports"

    assert statements(extract(message(f"{subject}\n\nText.\n"))) == {}
    assert statements(extract(f"{subject}\n\nText.\n")) == {
        "problem": "rows are lost in the export of reports\nText."
    }


def test_whole_description_may_be_trailers(extract: Extract) -> None:
    context = extract("Problem: rows are lost\nOutcome: none are\n")

    assert [(s.form, s.location.line) for s in context.statements()] == [
        (Form.TRAILER, 1),
        (Form.TRAILER, 2),
    ]


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
    assert trailer.parts["measurement.target"].location.column == 14


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


def test_template_lines_are_set_aside(extract: Extract) -> None:
    template = template_lines("## Problem\nWho is hurt?\n")
    untouched = extract("## Problem\nWho is hurt?\n", template=template).fields["problem"]
    edited = extract("## Problem\nWho is hurt?\nBakers.\n", template=template).fields["problem"]

    assert (untouched.is_template, untouched.text) == (True, "")
    assert (edited.is_template, edited.text) == (False, "Bakers.")
    assert edited.raw == "Who is hurt?\nBakers."


@pytest.mark.parametrize(
    ("text", "remarks"),
    [
        ("## Summary\nRows.\n", [("weak-section", "problem", "Summary")]),
        ("## Summary\n", [("unknown-section", "problem", "Summary")]),
        ("## Probelm\nRows.\n", [("unknown-section", "", "Probelm")]),
        ("Refs: #1\nProbelm: x\n", [("unknown-trailer", "", "Probelm")]),
        ("## Measurement\n- Metrik: x\n", [("unknown-entry", "measurement", "Metrik")]),
        ("<!-- ## Problem -->\n", [("hidden", "problem", "Problem")]),
        ("> ## Problem\n> rows\n", [("hidden", "problem", "Problem")]),
        ("```\n## Kind\n", [("hidden", "kind", "Kind"), ("unclosed", "", "")]),
        ("- a\n  ```\n  b\n\nc\n", []),
        ("<!--\n", [("unclosed", "", "")]),
        ("```yaml product-context\nprobelm: x\n```\n", [("block-unknown-key", "", "probelm")]),
        ("```yaml product-context\nversion: 2\n```\n", [("block-invalid", "", "")]),
        ("## Bet\na-b-c\n## Bet\nd-e-f\n", [("duplicate", "bet", "Bet")]),
        ("Problem: a\nProblem: b\n", [("duplicate", "problem", "Problem")]),
        ("## Problem\na\n## Why?\nb\n", []),
        ("## Kind\nfix\n## Type of change\nfeature\n", [("duplicate", "kind", "Type of change")]),
        (
            "## Measurement\n- Target: 1\n- Target: 2\n",
            [("duplicate", "measurement.target", "Target")],
        ),
        ("## Kind\nTBD\n## Kind\nfix\n", [("duplicate", "kind", "Kind")]),
        ("## Problem\n## Problem\nrows\n", []),
    ],
)
def test_remark_is_made(extract: Extract, text: str, remarks: list[tuple[str, str, str]]) -> None:
    found = [(r.kind, r.field, r.label) for r in extract(text).remarks]

    assert found == remarks


def test_filled_typed_value_wins_over_a_placeholder_above_it(extract: Extract) -> None:
    assert extract("## Kind\nTBD\n## Kind\nfix\n").fields["kind"].text == "fix"
    assert extract("## Kind\nfix\n## Kind\nfeature\n").fields["kind"].text == "fix"


BLOCKS = [
    ("version: x", "`version` is x; only 1 is known"),
    ("version: [1]", "`version` is a structure; only 1 is known"),
    ("problem: {a: b}", "`problem` must be text"),
    ("links: [{a: b}]", "an entry of `links` must be text"),
    ("measurement: [[a]]", "an entry of `measurement` must be a mapping"),
    ("measurement: [{metric: {a: b}}]", "`metric` must be text"),
    ("exempt: [a]", "`exempt` must be a class and a reason"),
    ("exempt: {class: internal, reason: [a]}", "`reason` must be text"),
    ("- a", "the block must be `key: value` lines, such as `problem: ...`"),
]


@pytest.mark.parametrize(("yaml", "sentence"), BLOCKS, ids=[yaml for yaml, _ in BLOCKS])
def test_wrong_shape_in_a_block_is_named(extract: Extract, yaml: str, sentence: str) -> None:
    context = extract(f"Hi\n\n```yaml product-context\n{yaml}\n```\n")
    (remark,) = context.remarks

    assert (remark.kind, remark.detail, remark.location.line) == ("block-invalid", sentence, 4)


def test_block_takes_lists_and_scalars_where_they_make_sense(
    extract: Extract, as_document: AsDocument
) -> None:
    context = extract(
        "```yaml product-context\nproblem: [rows are lost, and money]\n"
        "measurement: rows go from 9 to 3 by 2027-02-15\n"
        "exempt: exempt internal; nobody sees it at all\n```\n"
    )
    document = as_document(context)

    assert document["problem"] == "rows are lost and money"
    assert document["exempt"] == {"class": "internal", "reason": "nobody sees it at all"}
    assert context.items["measurement"][0].parts["measurement.target"].text == "3"


def test_unknown_keys_deep_in_a_block_are_named(extract: Extract) -> None:
    context = extract(
        "```yaml product-context\nexempt: {clas: internal}\nmeasurement: [{targt: 3}]\n"
        "zzz: 1\n```\n"
    )
    found = [(r.label, r.detail) for r in context.remarks if r.kind == "block-unknown-key"]

    assert found == [("clas", "class"), ("targt", "target"), ("zzz", "")]


def test_document_leaves_out_what_is_empty(extract: Extract, as_document: AsDocument) -> None:
    context = extract(
        "## Kind\nFEATURE\n## Problem\nTBD\n## Links\nn/a\n## Product context\nn/a\n"
        "## Measurement\n- Metric: TBD\n- Method: Survey\n- Guardrail: none\n"
    )

    assert as_document(context) == {"kind": "feature", "measurement": [{"method": "survey"}]}
    assert build_document(context, bundled_schema(), kind="fix")["kind"] == "fix"


USER_SCHEMA = """{
  "$id": "https://team.example/context",
  "allOf": [{"$ref": "urn:whygate:product-context:1#/$defs/document"}],
  "required": ["risk"],
  "properties": {
    "risk": {"title": "Risk", "type": "string", "x-aliases": ["What can go wrong?"]},
    "reviewers": {"type": "array", "items": {"type": "string"}}
  }
}"""


@pytest.mark.parametrize(
    "text",
    [
        "## Risk\nThe file gets long\n",
        "## What can go wrong?\nThe file gets long\n",
        "**What can go wrong:** The file gets long\n",
        "Risk: The file gets long\nProblem: none\n",
        "```yaml product-context\nrisk: The file gets long\n```\n",
    ],
)
def test_field_of_a_team_is_read_in_every_form(extract: Extract, text: str) -> None:
    schema = load_user_schema(USER_SCHEMA, "schema.json")
    context = extract(text, schema=schema)

    assert context.fields["risk"].text == "The file gets long"
    assert build_document(context, schema)["risk"] == "The file gets long"


def test_list_of_a_team_is_read(extract: Extract) -> None:
    schema = load_user_schema(USER_SCHEMA, "schema.json")
    context = extract("## Reviewers\n- Lena\n- Bo\n", schema=schema)

    assert [s.text for s in context.lists["reviewers"]] == ["Lena", "Bo"]


def test_sentence_fills_only_the_parts_a_schema_has(extract: Extract) -> None:
    part = '{"type": "array", "items": {"properties": {"metric": {}, "target": {}}}}'
    schema = load_user_schema(f'{{"properties": {{"measurement": {part}}}}}', "s.json")
    context = extract("## Measurement\nLost rows go from 9 to 3 by 2027-02-15.\n", schema=schema)

    assert statements(context) == {"measurement.metric": "Lost rows", "measurement.target": "3"}


def test_schema_without_an_exemption_knows_none(extract: Extract) -> None:
    schema = load_user_schema('{"properties": {"problem": {"type": "string"}}}', "s.json")
    context = extract("## Problem\nTrivial: fixes a typo in the text\n", schema=schema)

    assert context.fields["problem"].text == "Trivial: fixes a typo in the text"
