"""A verdict to its state: what is asked of the kind is what counts."""

from __future__ import annotations

from datetime import date

import pytest
from tests.history.conftest import make_policy

from whygate.audit.record import asked_fields, read_state
from whygate.judge.check import check
from whygate.model import Author, Change, Origin, Part, Severity, Verdict
from whygate.policy.config import PartialConfig, PartialKindPolicy
from whygate.policy.policy import Policy

POLICY = make_policy()
TODAY = date(2026, 12, 1)

PROBLEM = "Problem: exports stop at row 100, so 40 accountants retype the rest\n"
OUTCOME = "Outcome: they close the month without retyping a single row\n"
PLAN = "Metric: retyped rows per accountant\nBaseline: 30\nTarget: 0\nEvaluate-By: +30d\n"
EXEMPT = "Product-Context: exempt not-measurable; fewer than ten firms use this export\n"


def judge(text: str, *, author: Author | None = None, policy: Policy = POLICY) -> Verdict:
    part = Part(Origin.MESSAGE, "0a1b2c", text)
    title = text.partition("\n")[0]
    change = Change("0a1b2c", title, (part,), day=TODAY, author=author or Author())
    return check(change, policy, TODAY)


@pytest.mark.parametrize(
    ("text", "state"),
    [
        (f"feat: all\n\n{PROBLEM}{OUTCOME}{PLAN}", ("complete", "")),
        (f"feat: some\n\n{PROBLEM}", ("partial", "")),
        (f"feat: no date\n\n{PROBLEM}{OUTCOME}Metric: rows\nTarget: 0\n", ("partial", "")),
        ("feat: none\n\nProblem: TBD\n", ("missing", "")),
        ("feat: blind\n", ("missing", "")),
        (f"feat: tiny\n\n{PROBLEM}{OUTCOME}{EXEMPT}", ("exempt", "not-measurable")),
        (f"refactor: why is enough\n\n{PROBLEM}", ("complete", "")),
        ("refactor: nothing\n", ("missing", "")),
        (f"refactor: more than asked\n\n{OUTCOME}", ("partial", "")),
        (f"fix: no measure\n\n{PROBLEM}", ("partial", "")),
        (f"docs: nobody asks\n\n{PROBLEM}", ("skipped", "docs")),
        ('Revert "feat: all"\n', ("skipped", "revert")),
        ("deps: bump\n", ("skipped", "deps")),
        ("Merge branch 'topic'\n", ("skipped", "merge")),
        ("fixup! feat: all\n", ("skipped", "fixup")),
    ],
    ids=lambda value: value.partition("\n")[0] if isinstance(value, str) else value[0],
)
def test_state_of(text: str, state: tuple[str, str]) -> None:
    assert read_state(judge(text), POLICY) == state


def test_state_of_a_verified_bot() -> None:
    bot = Author(login="dependabot[bot]", is_bot=True)

    assert read_state(judge("feat: x\n", author=bot), POLICY) == ("skipped", "bot")


def test_asked_fields_are_the_core_and_every_other_error() -> None:
    need = {"audience": Severity.ERROR, "tradeoffs": Severity.WARNING, "problem": Severity.INFO}
    layer = PartialConfig(kinds={"feature": PartialKindPolicy(need=need)})
    policy = Policy(config=POLICY.config.apply(layer), schema=POLICY.schema)

    assert asked_fields(POLICY, "feature") == {"problem", "outcome", "measurement"}
    assert asked_fields(policy, "feature") == {"audience", "outcome", "measurement"}
    assert asked_fields(POLICY, "refactor") == {"problem"}
    assert asked_fields(POLICY, "docs") == frozenset()
