"""Where a section begins and ends, in every layout that people write labels in."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from whygate.context.fill import is_filled
from whygate.model import Origin, Part

if TYPE_CHECKING:
    from tests.context.conftest import Extract

    from whygate.model import Context

WHY = "Rows are lost when the page turns, twice a week."
THEN = "Nobody retypes a row again."
HOW = "Keep the rows in a cache."


def answers(context: Context) -> dict[str, str]:
    return {name: s.text for name, s in context.fields.items() if is_filled(s)}


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(
            f"Motivation:\n\n{WHY}\n\nModifications:\n\n{HOW}\n\nResult:\n\n{THEN}", id="netty"
        ),
        pytest.param(
            f"Motivation:\n{WHY}\n\nModification:\n- {HOW}\n\nResult:\n- {THEN}", id="list"
        ),
        pytest.param(
            f"  Motivation:\n\n  {WHY}\n\n  Modifications:\n\n  - {HOW}\n\n  Result:\n\n  - {THEN}",
            id="indented as a whole",
        ),
        pytest.param(
            f"**Motivation**\n{WHY}\n\n**Modifications**\n{HOW}\n\n**Result**\n{THEN}", id="bold"
        ),
        pytest.param(
            f"## Motivation:\n{WHY}\n## Modifications:\n{HOW}\n## Result:\n{THEN}", id="headings"
        ),
        pytest.param(f"Problem: {WHY}\nSolution: {HOW}\nOutcome: {THEN}", id="lines"),
        pytest.param(
            f"**Problem**: {WHY}\n**Solution**: {HOW}\n**Outcome**: {THEN}", id="colon outside"
        ),
        pytest.param(
            f"**Problem:** {WHY}\n\n**Fix:** {HOW}\n\n**Outcome:** {THEN}", id="colon inside"
        ),
        pytest.param(
            f"**Problem**\n{WHY}\n**Approach**\n{HOW}\n**Outcome**\n{THEN}", id="bold alone"
        ),
        pytest.param(
            f"**Problem** \u2014 {WHY}\n\n**How** - {HOW}\n\n**Outcome** \u2013 {THEN}", id="dashes"
        ),
        pytest.param(f"Problem - {WHY}\n\nOutcome \u2014 {THEN}", id="plain dashes"),
        pytest.param(
            f"Motivation\n\n{WHY}\n\nModifications\n\n- {HOW}\n\nResult\n\n{THEN}", id="no colons"
        ),
        pytest.param(
            f"Motivation:\n\n{WHY}\n\nModificatons:\n\n- {HOW}\n\nResult:\n\n{THEN}",
            id="slip between",
        ),
        pytest.param(
            f"- **Problem:** {WHY}\n- **Solution:** {HOW}\n- **Outcome:** {THEN}", id="items"
        ),
        pytest.param(f"1. Problem: {WHY}\n2. Solution: {HOW}\n3. Outcome: {THEN}", id="numbered"),
        pytest.param(
            f"* Problem: {WHY}\n\n* Testing: {HOW}\n\n* Outcome: {THEN}", id="loose items"
        ),
        pytest.param(f"- [x] Problem: {WHY}\n- [x] Outcome: {THEN}", id="ticked items"),
        pytest.param(
            f"## Problem: {WHY}\n## Solution: {HOW}\n## Outcome: {THEN}", id="in the heading"
        ),
        pytest.param(f"## Problem - {WHY}\n\n## Outcome \u2014 {THEN}", id="behind a dash in it"),
        pytest.param(
            f"## Problem (what hurts)\n{WHY}\n## Outcome [for whom]\n{THEN}", id="remarks"
        ),
        pytest.param(f"## Problem (required):\n{WHY}\n## Outcome (optional)\n{THEN}", id="needs"),
    ],
)
def test_each_label_has_its_own_text(text: str, extract: Extract) -> None:
    found = answers(extract(f"{text}\n"))

    assert found["problem"] == WHY
    assert found["outcome"] == THEN


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        pytest.param(f"Motivation:\n\nModifications:\n\n{HOW}", None, id="next label follows"),
        pytest.param(f"Motivation:\n\nResult:\n\n{HOW}", None, id="weak label follows"),
        pytest.param(f"**Problem:**\n\n**Solution:**\n{HOW}", None, id="bold label follows"),
        pytest.param(
            f"Why:\n\n{WHY}\n\nFor example:\n\nx", f"{WHY}\nFor example:\nx", id="lead-in"
        ),
        pytest.param(
            f"## Problem\n{WHY}\n\nSteps:\n\n1. x", f"{WHY}\nSteps:\nx", id="below a heading"
        ),
        pytest.param(
            f"## Problem\n\n- Users: {WHY}", f"Users: {WHY}", id="labelled list of a heading"
        ),
        pytest.param(
            f"Problem:\n\nUsers: {WHY}", f"Users: {WHY}", id="unknown label before any text"
        ),
        pytest.param(
            "**Why?**\nGoal: x is done", "Goal: x is done", id="label right below a heading"
        ),
        pytest.param(f"* why: {WHY}\n* docs: y", None, id="list of subjects"),
        pytest.param(f"> Problem: {WHY}", None, id="quotation"),
        pytest.param("Reason:\n\nOther Notes:\n\nAffected Trees:", None, id="a form of labels"),
        pytest.param(f"Reason:\n{WHY}\n\nBUG=b:12\nTEST=boots", WHY, id="fields of ChromiumOS"),
        pytest.param(f"- **`reason`** - {WHY}", None, id="name of a parameter"),
        pytest.param(f"`Reason`: {WHY}", WHY, id="label as code"),
    ],
)
def test_problem_ends_where_a_reader_ends_it(
    text: str, problem: str | None, extract: Extract
) -> None:
    part = Part(Origin.DESCRIPTION, "body.md", f"{text}\n")

    assert answers(extract(part)).get("problem") == problem


@pytest.mark.parametrize(
    ("text", "offered"),
    [
        pytest.param(f"**Description:** {WHY}", "problem", id="bold"),
        pytest.param(f"Context:\n\n{WHY}", "problem", id="plain"),
        pytest.param(f"Summary: {WHY}", "problem", id="with its text"),
        pytest.param(f"Background\n\n{WHY}", "problem", id="alone on its line"),
        pytest.param(f"## Hintergrund\n{WHY}", "problem", id="German"),
        pytest.param(f"**Context/Summary:**\n{WHY}", "problem", id="two weak words"),
        pytest.param(f"## Pain point(s)\n{WHY}", "problem", id="one or more"),
        pytest.param(f"**Why now?**\n\n{WHY}", "problem", id="why now"),
        pytest.param(f"### Use cases\n{WHY}", "problem", id="use cases"),
        pytest.param(f"Business value:\n\n{THEN}", "outcome", id="business value"),
        pytest.param(f"## Problems of the old table\n{WHY}", "problem", id="a word within"),
        pytest.param(f"**Key benefits**\n\n{THEN}", "outcome", id="a word within bold"),
        pytest.param(
            f"## Does this PR introduce _any_ user-facing change?\n{THEN}",
            "outcome",
            id="release note",
        ),
        pytest.param(f"Result:\n\n{THEN}", "outcome", id="result of something else"),
        pytest.param(
            "Summary:\nx y z\n\nTest Plan: run it\n\nReviewers: a", "problem", id="Phabricator"
        ),
    ],
)
def test_weak_label_is_offered_in_every_layout(text: str, offered: str, extract: Extract) -> None:
    context = extract(f"{text}\n")

    assert not answers(context)
    assert offered in {r.field for r in context.remarks if r.kind == "weak-section"}


@pytest.mark.parametrize(
    ("label", "field"),
    [
        *(
            (label, "problem")
            for label in (
                *("Rationale for this change", "Motivation & Context", "Motivation and Context"),
                *("Context / Motivation", "Motivation, rationale", "Background & motivation"),
                *("Why is this change needed?", "Why are these changes necessary?"),
                *("Reason for this change", "Reasons for the changes", "The motivations"),
                *("Which problem is this PR solving?", "What problem does this MR solve?"),
                *("What does this MR do and why?", "What does this PR do, and why?", "Why this PR"),
                *(
                    "Purpose of this pull request",
                    "Problem Statements",
                    "Why do we need this change?",
                ),
            )
        ),
        ("How will we know it worked?", "measurement"),
        ("How will you know that this worked?", "measurement"),
        ("How do we measure the success?", "measurement"),
        ("Benefits of this change", "outcome"),
        ("Intended Outcomes", "outcome"),
        ("Who does this change help?", "audience"),
    ],
)
def test_heading_is_read_by_what_it_asks(label: str, field: str, extract: Extract) -> None:
    context = extract(f"## {label}\nRetyped rows fall from 60 to 5 a day by 2027-02-15.\n")

    assert field in context.fields or field in context.items


@pytest.mark.parametrize(
    "label",
    [
        *(
            "Changes",
            "What changed",
            "Type",
            "Outcom",
            "Why it is hard",
            "Reason codes",
            "Test plan",
        ),
        *("Problems with the old parser", "Goal post", "Motivational quotes", "Notes on why"),
        *(
            "Public changes",
            "Why a new parser",
            "Measured impact",
            "Non-goals",
            "Background, summary",
        ),
        *("Purpose", "Public", "Ergebnis", "结果", "対象", "But"),
    ],
)
def test_heading_that_asks_something_else_is_not_read(label: str, extract: Extract) -> None:
    assert not answers(extract(f"## {label}\n{WHY}\n"))


@pytest.mark.parametrize(
    ("problem", "audience", "outcome", "measurement", "parts"),
    [
        ("Problem", "Zielgruppe", "Ziel", "Messung", ("Kennzahl", "Ausgangswert", "Zielwert")),
        ("Warum?", "Für wen?", "Nutzen", "Erfolgskriterien", ("Metrik", "Heute", "Soll")),
        (
            "Problème",
            "Public visé",
            "Objectif",
            "Mesure du succès",
            ("Indicateur", "Avant", "Cible"),
        ),
        (
            "Pourquoi ?",
            "Pour qui ?",
            "Résultat attendu",
            "Mesure",
            ("Métrique", "Actuel", "Objectif"),
        ),
        (
            "Problema",
            "Público objetivo",
            "Resultado esperado",
            "Medición",
            ("Métrica", "Hoy", "Meta"),
        ),
        (
            "¿Por qué?",
            "¿Para quién?",
            "Objetivo",
            "Métricas de éxito",
            ("Indicador", "Antes", "Meta"),
        ),
        ("Motivação", "Público-alvo", "Benefícios", "Medição", ("Métrica", "Hoje", "Meta")),
        ("问题", "目标用户", "预期结果", "如何衡量", ("指标", "当前值", "目标值")),
        ("動機", "受眾", "目標", "成功指标", ("指標", "基線", "目標值")),
        ("課題", "対象ユーザー", "期待される効果", "効果測定", ("指標", "現状", "目標値")),
        ("문제", "대상 사용자", "기대 효과", "성공 지표", ("지표", "현재", "목표")),
    ],
)
def test_labels_of_other_languages(
    problem: str,
    audience: str,
    outcome: str,
    measurement: str,
    parts: tuple[str, str, str],
    extract: Extract,
) -> None:
    metric, baseline, target = parts
    context = extract(
        f"## {problem}\na\n\n**{audience}**\nb\n\n## {outcome}:\nc\n\n## {measurement}\n"
        f"- {metric}: rows\n- {baseline}: 60\n- {target}\uff1a5\n"
    )

    fields = {name: statement.text for name, statement in context.fields.items()}
    assert fields == {"problem": "a", "audience": "b", "outcome": "c"}
    assert [s.text for s in context.items["measurement"][0].statements()] == ["rows", "60", "5"]


@pytest.mark.parametrize(
    ("text", "measured"),
    [
        pytest.param("Hypothesis: the printer is still warming up.", False, id="cause"),
        pytest.param(
            "## Hypothesis\nA race between two readers loses the row.", False, id="heading"
        ),
        pytest.param("Hypothesis: retyped rows fall from 60 to 5 by 2027-02-15.", True, id="plan"),
        pytest.param("## Hypothesis\n- Metric: rows\n- Target: 5", True, id="parts"),
    ],
)
def test_hypothesis_about_a_cause_is_no_measurement(
    text: str, measured: bool, extract: Extract
) -> None:
    assert bool(extract(f"{text}\n").items) == measured


def test_trailers_of_a_plan_have_the_labels_of_its_list(extract: Extract) -> None:
    text = (
        "fix: x\n\nProblem: rows are lost\nMetric: retyped rows\nKPI: y\nToday: 60\nTarget: 5\n"
        "Check-On: 2027-02-15\nOwner: Lena <lena@x.io>\n"
    )

    context = extract(Part(Origin.MESSAGE, "m", text))

    first = context.items["measurement"][0]
    assert {n.partition(".")[2]: s.text for n, s in first.parts.items()} == {
        "metric": "retyped rows"
    }
    second = context.items["measurement"][1]
    assert {n.partition(".")[2]: s.text for n, s in second.parts.items()} == {
        "metric": "y",
        "baseline": "60",
        "target": "5",
        "evaluate_by": "2027-02-15",
        "owner": "Lena <lena@x.io>",
    }
