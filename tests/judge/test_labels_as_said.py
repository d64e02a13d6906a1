"""Labels in the words that people choose: each read as its field, in every layout and language."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from whygate.context.fill import find_answers

if TYPE_CHECKING:
    from tests.judge.conftest import Judge

TITLE = "feat(depot): book a ramp"
TEXTS = {
    "problem": "Dispatchers phone the depot eleven times a day to learn which ramp is free.",
    "audience": "Dispatchers of the night shift, about forty people.",
    "outcome": "Dispatchers see a free ramp without a phone call.",
    "measurement": "Phone calls about ramps fall from 11 to 2 a day by 2027-02-15.",
    "tradeoffs": "One more table to keep in the database.",
    "alternatives": "A fax machine at every ramp, which costs more.",
}
LABELS = {
    "problem": (
        "What is the problem?",
        "What's the motivation for this feature?",
        "Problem to solve",
        "Problem we are solving",
        "Why are we doing this?",
        "Why do we want this?",
        "What problem does this MR address?",
        "User problem",
        "Reasons for the changes",
        "Welches Problem löst das?",
        "Grund der Änderung",
        "Quel problème cette PR résout-elle ?",
        "Motivo del cambio",
        "Qual problema isso resolve?",
        "为什么要做这个改动",
        "なぜ変更するか",
        "왜 이 작업이 필요한가요?",
    ),
    "audience": (
        "Target audience",
        "Target users",
        "Who benefits from it?",
        "Who is affected?",
        "Who'll use this?",
        "Users affected",
        "Wem nützt das?",
        "Bénéficiaires",
        "¿Quién lo necesita?",
        "Quem precisa disso?",
        "谁会用到",
        "想定ユーザー",
        "대상 고객",
    ),
    "outcome": (
        "Intended effect",
        "Desired result",
        "User benefits",
        "Benefits for users",
        "What will users be able to do?",
        "What are the goals of this PR?",
        "Angestrebtes Ergebnis",
        "Résultat souhaité",
        "Efecto esperado",
        "Resultado desejado",
        "期望成果",
        "期待効果",
        "예상 효과",
    ),
    "measurement": (
        "How will success be measured?",
        "How do you plan to measure success?",
        "How will we measure that?",
        "How do we know if it is successful?",
        "Measurement of success",
        "Success criteria & metrics",
        "Definition of success",
        "Wie wird der Erfolg gemessen?",
        "Comment savoir si ça marche ?",
        "¿Cómo sabremos si funcionó?",
        "Como mediremos o sucesso?",
        "如何判断成功",
        "成功をどう測るか",
        "어떻게 측정할 것인가",
    ),
    "tradeoffs": ("Risks and trade-offs", "Known drawbacks"),
    "alternatives": ("Other options considered", "What alternatives did you consider?"),
}
ASKED = ("problem", "audience", "outcome", "measurement")
LAYOUTS = {
    "heading": "## {}\n\n{}\n",
    "setext": "{}\n----\n{}\n",
    "bold": "**{}**\n\n{}\n",
    "colon inside": "**{}:** {}\n",
    "colon outside": "**{}**: {}\n",
    "dash": "**{}** — {}\n",
    "item": "- **{}**: {}\n",
}
CASES = [
    pytest.param(field, label, layout, id=f"{label} ({layout})")
    for field, labels in LABELS.items()
    for label in labels
    for layout in LAYOUTS
]


@pytest.mark.parametrize(("field", "label", "layout"), CASES)
def test_label_is_read_as_its_field(judge: Judge, field: str, label: str, layout: str) -> None:
    verdict = judge(LAYOUTS[layout].format(label, TEXTS[field]), title=TITLE)
    assert [name for name, _ in find_answers(verdict.context)] == [field]


@pytest.mark.parametrize(
    ("label", "field"),
    [
        ("What issue does this PR fix?", "problem"),
        ("Expected results", "outcome"),
        ("Customer impact", "outcome"),
        ("How do we know it works?", "measurement"),
    ],
)
def test_label_that_may_mean_more_is_offered_and_not_read(
    judge: Judge, label: str, field: str
) -> None:
    verdict = judge(f"## {label}\n\nSome words about the ramp and its gate.\n", title=TITLE)
    assert not list(find_answers(verdict.context))
    offered = [found.message for found in verdict.findings if found.field == field]
    assert any(f"`{label}`" in message for message in offered)


@pytest.mark.parametrize("label", ["Metrics", "KPIs", "Success metric", "KPI", "Test plan"])
def test_heading_that_may_measure_is_read_where_a_whole_plan_stands(
    judge: Judge, label: str
) -> None:
    verdict = judge(f"## {label}\n\n{TEXTS['measurement']}\n", title=TITLE)
    assert [name for name, _ in find_answers(verdict.context)] == ["measurement"]
    without_a_day = judge(f"## {label}\n\nPhone calls fall from 11 to 2 a day.\n", title=TITLE)
    assert not list(find_answers(without_a_day.context))


@pytest.mark.parametrize("mark", ["", "**"])
@pytest.mark.parametrize("header", ["| Field | Answer |", "| | |"])
@pytest.mark.parametrize("above", ["", "## Details\n\n", "Some words first.\n\n"])
def test_rows_of_a_table_are_answers(judge: Judge, header: str, above: str, mark: str) -> None:
    labels = ("Problem", "Audience", "Outcome", "Measurement")
    rows = "".join(
        f"| {mark}{label}{mark} | {TEXTS[name]} |\n"
        for label, name in zip(labels, ASKED, strict=True)
    )
    said = dict(find_answers(judge(f"{above}{header}\n| --- | --- |\n{rows}", TITLE).context))
    assert {name: said[name].text for name in said} == {name: TEXTS[name] for name in ASKED}


def test_table_that_names_one_field_is_about_something_else(judge: Judge) -> None:
    table = "| Check | Result |\n| --- | --- |\n| Reason | a slow disk |\n| Host | ci-3 |\n"
    assert not list(find_answers(judge(table, TITLE).context))
