"""Answers in the wrong words: only warned about, and only where they are certainly that."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.judge.conftest import Judge, MakePolicy

    from whygate.model import Verdict

WORDING = {"WG121", "WG122", "WG123", "WG124", "WG125"}


def found(verdict: Verdict) -> list[tuple[str, str, str]]:
    return [(f.rule, str(f.severity), f.field) for f in verdict.findings if f.rule in WORDING]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "## Problem\nMove the message to the shared library.\n",
            [("WG121", "warning", "problem")],
        ),
        (
            "## Problem\nAdds an endpoint to the exporter.\n\nCloses #12.\n",
            [("WG121", "warning", "problem")],
        ),
        (
            "## Problem\nWe should add a retry to the client.\n",
            [("WG121", "warning", "problem")],
        ),
        ("## Problem\nWe store a copy of the cart in the browser.\n", []),
        ("## Problem\nIntroduced in 4.2: carts are emptied on logout.\n", []),
        ("## Outcome\nThe new page is live.\n", [("WG122", "warning", "outcome")]),
        ("## Outcome\nThe intake form supports bar codes.\n", [("WG122", "warning", "outcome")]),
        ("## Outcome\nThe library is upgraded to version 5.\n", [("WG122", "warning", "outcome")]),
        ("## Outcome\nAdds an export button.\n", [("WG122", "warning", "outcome")]),
        (
            "## Outcome\nThe user experience is greatly improved.\n",
            [("WG123", "info", "outcome")],
        ),
        ("## Outcome\nIt will be easier to use.\n", [("WG123", "info", "outcome")]),
        ("## Outcome\nThe invoice is easier to read.\n", []),
        ("## Measurement\nUnit tests added.\n", [("WG124", "warning", "measurement")]),
        ("## Measurement\nTested locally\n", [("WG124", "warning", "measurement")]),
        (
            "## Outcome\nA better and more robust user experience.\n",
            [("WG123", "info", "outcome")],
        ),
        (
            "## Measurement\nUnit tests and a manual run in staging.\n",
            [("WG124", "warning", "measurement")],
        ),
        (
            "## Measurement\n- Metric: all the unit tests pass\n",
            [("WG124", "warning", "measurement.metric")],
        ),
        ("## Measurement\n- Metric: all the tests pass\n- Target: 12 tests\n", []),
        ("## Measurement\n- Metric: all the tests pass\n- Evaluate by: +30d\n", []),
        ("## Measurement\n\n", []),
        ("## Measurement\nTBD\n", []),
        ("## Measurement\n- Metric: TBD\n- Owner: @lena\n", []),
        (
            "## Problem\nRows columns files pages titles owners labels tickets firms lost.\n"
            "## Outcome\nRows columns files pages titles owners labels tickets firms kept.\n",
            [("WG125", "warning", "outcome")],
        ),
        (
            "## Problem\nRows columns files pages titles owners labels tickets lost.\n"
            "## Outcome\nRows columns files pages titles owners labels tickets kept.\n",
            [],
        ),
        (
            "## Problem\nRows of the exporter are retyped by accountants.\n"
            "## Outcome\nRows of the exporter are retyped by accountants!\n",
            [("WG125", "warning", "outcome")],
        ),
    ],
)
def test_answer_to_another_question_is_warned_about(
    judge: Judge, text: str, expected: list[tuple[str, str, str]]
) -> None:
    assert found(judge(text)) == expected


@pytest.mark.parametrize("kind", ["refactor", "chore", "ci", "docs"])
def test_kind_without_an_outcome_may_say_what_it_does(judge: Judge, kind: str) -> None:
    text = "## Problem\nMove the message to the shared library.\n"

    assert found(judge(text, f"{kind}: tidy the exporter")) == []


def test_answer_is_judged_once(judge: Judge) -> None:
    verdict = judge("## Problem\nAdd the page of settings.\n", "feat: add the page of settings")

    assert [f.rule for f in verdict.findings if f.field == "problem"] == ["WG115"]


@pytest.mark.parametrize(
    "text",
    [
        "Support der neuen Berichte in der Bibliothek.",
        "Ajoute une page dans le menu des rapports.",
        "\u6dfb\u52a0\u4e00\u4e2a\u65b0\u7684\u5bfc\u51fa\u9875\u9762\u5230\u8bbe\u7f6e\u91cc",
        "\u8a2d\u5b9a\u306b\u51fa\u529b\u306e\u30da\u30fc\u30b8\u3092\u8ffd\u52a0\u3059\u308b",
        "A\u00f1ade una p\u00e1gina de exportaci\u00f3n a los ajustes.",
    ],
)
@pytest.mark.parametrize("field", ["Problem", "Outcome"])
def test_other_languages_are_not_judged_by_english_words(
    judge: Judge, text: str, field: str
) -> None:
    assert found(judge(f"## {field}\n{text}\n")) == []


@pytest.mark.parametrize(
    ("need", "rules"),
    [
        ("", ["WG121"]),
        ("outcome: 'off'", ["WG121"]),
        ("measurement: 'off'", ["WG121"]),
        ("outcome: 'off', measurement: 'off'", []),
    ],
)
def test_kind_that_promises_something_says_more_than_what_it_does(
    judge: Judge, make_policy: MakePolicy, need: str, rules: list[str]
) -> None:
    policy = make_policy(f"kinds: {{feature: {{need: {{{need}}}}}}}\n")
    verdict = judge("## Problem\nMove the message to the shared library.\n", policy=policy)

    assert [rule for rule, *_ in found(verdict)] == rules
