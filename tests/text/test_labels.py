"""Labels compare by their words, whatever stands around them."""

from __future__ import annotations

import pytest

from whygate.text.labels import display_label, normalise_label


@pytest.mark.parametrize(
    ("label", "expected"),
    [
        pytest.param("", "", id="empty"),
        pytest.param("Problem", "problem", id="plain"),
        pytest.param("  PROBLEM  ", "problem", id="case and space"),
        pytest.param("**Why?**", "why", id="bold"),
        pytest.param("__Why__", "why", id="bold underscores"),
        pytest.param("***Why***", "why", id="bold italics"),
        pytest.param("**_Why_**", "why", id="italics in bold"),
        pytest.param("_Problem_", "problem", id="italics"),
        pytest.param("`evaluate_by`", "evaluate by", id="code, underscore inside a word"),
        pytest.param("~~Problem~~", "problem", id="struck out"),
        pytest.param("Problem <!-- required -->", "problem", id="comment"),
        pytest.param("<!-- a --> Problem <!-- b -->", "problem", id="two comments"),
        pytest.param("Problem <!-- why", "problem why", id="comment that is none"),
        pytest.param('Problem <a name="x"></a>', "problem", id="tag"),
        pytest.param("[Problem](#problem)", "problem", id="link"),
        pytest.param("![logo](x.png) Problem", "problem", id="image"),
        pytest.param("Q&amp;A", "q a", id="entity"),
        pytest.param("\U0001f680 Problem", "problem", id="emoji"),
        pytest.param("\U0001f469\u200d\U0001f4bb Problem", "problem", id="joined emoji"),
        pytest.param("\U0001f44d\U0001f3fd Problem", "problem", id="skin tone"),
        pytest.param("\u2728\ufe0f Problem", "problem", id="variation selector"),
        pytest.param("1\ufe0f\u20e3 Problem", "problem", id="keycap"),
        pytest.param(":rocket: Problem", "problem", id="shortcode"),
        pytest.param("Problem :+1:", "problem", id="shortcode behind"),
        pytest.param("Time 12:30:15", "time 12 30 15", id="no shortcode in a time"),
        pytest.param("1. Problem", "problem", id="numbered"),
        pytest.param("2) Problem", "problem", id="numbered with a bracket"),
        pytest.param("3 - Problem", "problem", id="numbered with a dash"),
        pytest.param("1.2. Problem", "problem", id="numbered twice"),
        pytest.param(":memo: 4. **Problem**", "problem", id="number behind a sign"),
        pytest.param("3-way merge", "3 way merge", id="number that is a word"),
        pytest.param("1.5x faster", "1 5x faster", id="decimal"),
        pytest.param("2024", "2024", id="only a number"),
        pytest.param("1. Problem 2. b", "problem 2 b", id="number inside"),
        pytest.param("Problem [required]", "problem", id="required in square brackets"),
        pytest.param("Problem\u20dd", "problem", id="enclosing mark"),
        pytest.param("Problem:", "problem", id="colon"),
        pytest.param("Why?!", "why", id="question and exclamation mark"),
        pytest.param("\u76ee\u6a19\uff1a", "\u76ee\u6a19", id="full-width colon"),
        pytest.param("Problem (optional)", "problem", id="optional"),
        pytest.param("Pain point(s)", "pain point", id="one or more"),
        pytest.param("Class(es) (required)", "class", id="one or more, required"),
        pytest.param("Problem *(Required)*:", "problem", id="required, in italics"),
        pytest.param("Problem: (required)", "problem", id="required behind a colon"),
        pytest.param("Problem (for users)", "problem for users", id="other brackets stay"),
        pytest.param("Who's affected", "whos affected", id="apostrophe"),
        pytest.param("How we\u2019ll know", "how well know", id="curly apostrophe"),
        pytest.param("Trade-offs", "trade offs", id="hyphen"),
        pytest.param(
            "What this PR does / why we need it", "what this pr does why we need it", id="/"
        ),
        pytest.param("Pro\u200bblem", "problem", id="invisible filler"),
        pytest.param("Problem\u00a0statement", "problem statement", id="no-break space"),
        pytest.param("\uff30\uff52\uff4f\uff42\uff4c\uff45\uff4d", "problem", id="full width"),
        pytest.param("STRASSE", "strasse", id="upper case sharp s"),
        pytest.param("stra\u00dfe", "strasse", id="sharp s"),
        pytest.param("Proble\u0301m", "probl\u00e9m", id="combining accent"),
        pytest.param(
            "\u0909\u0926\u094d\u0926\u0947\u0936\u094d\u092f", None, id="Hindi marks stay"
        ),
        pytest.param("-----", "", id="only punctuation"),
        pytest.param("\U0001f680", "", id="only an emoji"),
    ],
)
def test_normalise_label(label: str, expected: str | None) -> None:
    assert normalise_label(label) == (label if expected is None else expected)


@pytest.mark.parametrize(
    "fake",
    [
        pytest.param("\u03a1roblem", id="Greek Rho"),
        pytest.param("Pr\u043eblem", id="Cyrillic o"),
        pytest.param("Prob1em", id="one for l"),
    ],
)
def test_normalise_label_look_alike_stays_different(fake: str) -> None:
    assert normalise_label(fake) != "problem"


def test_normalise_label_long_text_is_cut() -> None:
    assert len(normalise_label("word " * 20_000)) <= 400


@pytest.mark.parametrize(
    ("label", "expected"),
    [
        pytest.param("**Why?**", "Why?", id="emphasis goes, question stays"),
        pytest.param("Problem <!-- x --> :", "Problem", id="comment and colon go"),
        pytest.param(":rocket: Problem", ":rocket: Problem", id="signs stay"),
        pytest.param("snake_case", "snake_case", id="underscore stays"),
        pytest.param("OS X", "OS X", id="last letter stays"),
    ],
)
def test_display_label(label: str, expected: str) -> None:
    assert display_label(label) == expected
