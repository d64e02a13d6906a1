from __future__ import annotations

import pytest

from whygate.judge.rules import RULES, find_rule
from whygate.reporters.rule_help import Measured, describe_measured, read_measured


def test_figures_that_ship_are_of_rules_there_are() -> None:
    measured = read_measured()

    assert measured.documents >= 300
    assert set(measured.rules) <= {rule.id for rule in RULES}
    for hits, claimed, labelled in measured.rules.values():
        assert hits <= min(claimed, labelled)


@pytest.mark.parametrize(
    ("rules", "sentence"),
    [
        (
            {"WG103": (9, 10, 12)},
            "Measured on 40 labelled documents of our corpus: precision 9/10, recall 9/12.",
        ),
        ({"WG101": (9, 10, 12)}, ""),
    ],
    ids=["measured", "not-measured"],
)
def test_figures_are_told_in_a_sentence(
    rules: dict[str, tuple[int, int, int]], sentence: str
) -> None:
    rule = find_rule("WG103")

    assert rule is not None
    assert describe_measured(rule, Measured(40, rules)) == sentence
