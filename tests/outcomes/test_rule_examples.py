"""The examples of the rules of results, as docs/rules.md shows them: trailers, events, a day."""

from __future__ import annotations

import inspect
from datetime import date
from typing import TYPE_CHECKING

import pytest

from whygate.model import Severity
from whygate.outcomes.edits import compare_ledgers
from whygate.outcomes.rules import LEDGER_RULES, OUTCOME_RULES

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.outcomes.conftest import History

    from whygate.outcomes.outcome import Outcome

BY_ID = {rule.id: rule for rule in OUTCOME_RULES}


def run_example(read_history: Callable[..., History], rule: str, name: str) -> Outcome:
    """Return the outcome of an example, whose change is #12 of 2025-01-01."""
    _, _, rest = BY_ID[rule].documentation.partition(f"\n{name}:\n")
    example = inspect.cleandoc("\n" + rest.partition("\n\nGood:\n")[0])
    day, _, body = example.partition("\n\n")
    plan, _, events = body.partition("\n\n")
    history = read_history([f"feat: write every row (#12)\n\n{plan}\n"])
    return history.one(events, today=date.fromisoformat(day.removeprefix("today: ")))


@pytest.mark.parametrize("rule", BY_ID)
def test_bad_example_breaks_its_rule(read_history: Callable[..., History], rule: str) -> None:
    outcome = run_example(read_history, rule, "Bad")

    assert rule in {finding.rule for finding in outcome.findings}


@pytest.mark.parametrize("rule", BY_ID)
def test_good_example_breaks_none(read_history: Callable[..., History], rule: str) -> None:
    outcome = run_example(read_history, rule, "Good")

    assert outcome.findings == ()
    assert outcome.plan.target == "<= 1 ticket"


@pytest.mark.parametrize("rule", BY_ID)
def test_finding_asks_and_shows_what_to_write(
    read_history: Callable[..., History], rule: str
) -> None:
    findings = run_example(read_history, rule, "Bad").findings
    finding = next(f for f in findings if f.rule == rule)

    assert finding.question.endswith("?")
    assert finding.paste
    assert finding.severity in (Severity.ERROR, Severity.WARNING)


def test_ledger_before_and_after_shows_what_is_rewritten() -> None:
    (rule,) = LEDGER_RULES
    _, _, rest = rule.documentation.partition("\nBad:\n")
    found = {}
    for name, example in zip(("Bad", "Good"), rest.split("\n\nGood:\n"), strict=True):
        before, after = inspect.cleandoc("\n" + example).split("\n\n")
        edit = compare_ledgers(f"{before}\n".encode(), f"{after}\n".encode())
        found[name] = [problem.message for problem in rule.check(edit)]

    assert found == {"Bad": ["line 1 of the ledger is changed or deleted"], "Good": []}
