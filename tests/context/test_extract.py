from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from whygate.model import Form, Origin, Part
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


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"], ids=["lf", "crlf", "cr"])
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


def test_lone_return_ends_no_line_of_a_message(extract: Extract) -> None:
    text = (
        "feat: a\rb\n\n## Outcome\nnobody waits\rany more\n\nProblem: the page\ris slow\nBet: a-b\n"
    )
    found = extract(message(text))
    said = {s.field: (s.text, s.location.line, s.form) for s in found.statements()}

    assert said == {
        "outcome": ("nobody waits any more", 3, Form.SECTION),
        "problem": ("the page is slow", 6, Form.TRAILER),
        "bet": ("a-b", 7, Form.TRAILER),
    }


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


@pytest.mark.parametrize("key", ["Problem", "Trade-offs", "Drawbacks"])
@pytest.mark.parametrize("subject", ["Merge pull request #7 from a/b", "Auto merge of #7 - b, r=c"])
def test_title_of_a_merged_request_is_never_an_answer(
    extract: Extract, subject: str, key: str
) -> None:
    title = f"{key}: rows are lost in the export"
    described = extract(message(f"{subject}\n\n{title}\n\nOutcome: none are lost\n"))

    assert statements(extract(message(f"{subject}\n\n{title}\n"))) == {}
    assert statements(extract(message(f"{subject}\n\n{title}"))) == {}
    assert statements(described) == {"outcome": "none are lost"}
    assert [s.location.line for s in described.statements()] == [5]


def test_merge_may_have_trailers_and_no_title(extract: Extract) -> None:
    said = "Problem: rows are lost in the export\nOutcome: none are\n"

    assert statements(extract(message(f"Merge pull request #7 from a/b\n\n{said}"))) == {
        "problem": "rows are lost in the export",
        "outcome": "none are",
    }
    assert len(statements(extract(message(f"Merge branch 'b'\n\n{said}")))) == 2


def test_whole_description_may_be_trailers(extract: Extract) -> None:
    context = extract("Problem: rows are lost\nOutcome: none are\n")

    assert [(s.form, s.location.line) for s in context.statements()] == [
        (Form.TRAILER, 1),
        (Form.TRAILER, 2),
    ]


def test_template_lines_are_set_aside(extract: Extract) -> None:
    template = template_lines("## Problem\nWho is hurt?\n")
    untouched = extract("## Problem\nWho is hurt?\n", template=template).fields["problem"]
    edited = extract("## Problem\nWho is hurt?\nBakers.\n", template=template).fields["problem"]

    assert (untouched.is_template, untouched.text) == (True, "")
    assert (edited.is_template, edited.text) == (False, "Bakers.")
    assert edited.raw == "Who is hurt?\nBakers."
