from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from whygate.context.fill import build_document
from whygate.schema.document import bundled_schema, load_user_schema
from whygate.text.yaml_tree import load_tree

if TYPE_CHECKING:
    from tests.context.conftest import AsDocument, Extract

    from whygate.model import Context


def statements(context: Context) -> dict[str, str]:
    return {statement.field: statement.text for statement in context.statements()}


@pytest.mark.parametrize(
    ("text", "remarks"),
    [
        ("## Summary\nRows.\n", [("weak-section", "problem", "Summary")]),
        ("## Summary\n", [("unknown-section", "problem", "Summary")]),
        ("## Probelm\nRows.\n", [("unknown-section", "", "Probelm")]),
        ("## Known problems\nRows.\n", [("unknown-section", "", "Known problems")]),
        ("## Summary\nN/A\n", [("unknown-section", "problem", "Summary")]),
        ("## User-facing changes\nNo.\n", [("unknown-section", "outcome", "User-facing changes")]),
        ("Refs: #1\nProbelm: x\n", [("unknown-trailer", "", "Probelm")]),
        ("## Measurement\n- Metirc: x\n", [("unknown-entry", "measurement", "Metirc")]),
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


@pytest.mark.parametrize("keys", [2, 200])
def test_block_is_read_no_oftener_for_its_many_keys(
    keys: int, extract: Extract, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every key of it looks like a hidden label."""
    reads: list[str] = []

    def count(text: str, **options: Any) -> object:
        reads.append(text)
        return load_tree(text, **options)

    monkeypatch.setattr("whygate.text.machine_block.load_tree", count)
    extract("```yaml product-context\n" + "Problem: a\n" * keys + "```\n")

    assert len(reads) == 1
