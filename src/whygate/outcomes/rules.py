"""Which findings an outcome deserves (WG6xx), and the catalogue of all rules."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from whygate.judge.case import Problem, Rule
from whygate.judge.check import weigh
from whygate.judge.rules import RULES
from whygate.model import Location, Severity
from whygate.outcomes.ledger import LEDGER_PATH
from whygate.outcomes.promises import differs
from whygate.outcomes.result import Result, ResultState
from whygate.outcomes.state import OutcomeState, Standing
from whygate.schema.fields import MEASUREMENT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from whygate.model import Finding
    from whygate.outcomes.edits import LedgerEdit
    from whygate.outcomes.outcome import Moved
    from whygate.outcomes.promises import Promise
    from whygate.policy.policy import Policy

_SHOWN = 60


class OutcomeCase(Struct, frozen=True):
    """What the rules of this family look at: a plan, where it stands, and what was moved.

    `baseline` is what a source said of the window before the merge, empty when nobody asked it.
    """

    plan: Promise
    standing: Standing
    moved: tuple[Moved, ...]
    today: date
    baseline: str = ""


def judge_outcome(case: OutcomeCase, policy: Policy) -> tuple[Finding, ...]:
    """Return what the rules find, weighed by the policy; what it turns off is left out."""
    found = (
        weigh(policy, rule, problem, kind=case.plan.kind, paths=None)
        for rule in OUTCOME_RULES
        for problem in rule.check(case)
    )
    return tuple(finding for finding in found if finding.severity is not Severity.OFF)


def record_command(plan: Promise) -> str:
    """Return the one command that records a result of a plan, with slots to fill in.

    Of a plan that was only promised that is the one which takes the promise back.
    """
    metric = f" --metric {plan.index}" if plan.index > 1 else ""
    # A shell takes `#12` for a comment, and `!12` for a line of its history.
    name = f"'{plan.identity}'" if plan.identity.startswith(("#", "!")) else plan.identity
    if plan.is_deferral:
        return f'whygate record {name} abandoned --note "<why there will be no plan>"'
    return f'whygate record {name}{metric} --value "<what you measured>" --evidence "<link>"'


def result_overdue(case: OutcomeCase) -> Iterator[Problem]:
    """The day to look has passed, the grace with it, and nobody has said what came out.

    Why: a measurement that nobody makes is worth nothing, and the next plan is written on a
    guess. Any result counts, also `missed` and `inconclusive`; `extended` moves the day.

    Bad:
        today: 2027-03-01

        Metric: support tickets about missing rows, weekly
        Baseline: 9 tickets
        Target: <= 1 ticket
        Evaluate-By: 2027-02-15

    Good:
        today: 2027-03-01

        Metric: support tickets about missing rows, weekly
        Baseline: 9 tickets
        Target: <= 1 ticket
        Evaluate-By: 2027-02-15

        {"v": 1, "for": "#12", "at": "2027-02-15", "state": "missed", "value": "3 tickets"}
    """
    plan, standing = case.plan, case.standing
    if standing.state is not OutcomeState.OVERDUE:
        return
    if plan.is_deferral:
        message = f"{plan.identity} promised its plan for {standing.due}, {_late(standing)} ago"
        question = "Which problem did it solve, and how will you know that it did?"
    else:
        message = f"{plan.identity} was to be looked at on {standing.due}, {_late(standing)} ago"
        question = f"What is it now: {_shown(plan.metric)}?" if plan.metric else "What came out?"
    paste = record_command(plan)
    yield Problem(message, Location(plan.path, plan.line), MEASUREMENT, question, paste)


def result_without_evidence(case: OutcomeCase) -> Iterator[Problem]:
    """A result is claimed with neither a number nor a link.

    Why: "met" alone cannot be repeated or doubted. One number, or one link to where it can be
    seen, is enough; an inconclusive result says what stood in the way.

    Bad:
        today: 2027-03-01

        Metric: support tickets about missing rows, weekly
        Baseline: 9 tickets
        Target: <= 1 ticket
        Evaluate-By: 2027-02-15

        {"v": 1, "for": "#12", "at": "2027-02-15", "state": "met"}

    Good:
        today: 2027-03-01

        Metric: support tickets about missing rows, weekly
        Baseline: 9 tickets
        Target: <= 1 ticket
        Evaluate-By: 2027-02-15

        {"v": 1, "for": "#12", "at": "2027-02-15", "state": "met", "value": "1 ticket"}
    """
    result = case.standing.result
    if result is None or result.state is ResultState.ABANDONED:
        return
    if result.state is ResultState.INCONCLUSIVE:
        if not result.note:
            message = f"the result of {case.plan.identity} is inconclusive, and nothing says why"
            question = "What stood in the way of an answer?"
            yield Problem(message, _place(result), MEASUREMENT, question, '"note": "<why>"')
    elif not result.value and not result.evidence:
        message = f"{case.plan.identity} is said to be {result.state}, with no number and no link"
        question = "What was measured, and where can it be seen?"
        paste = '"value": "<what you measured>", "evidence": "<link>"'
        yield Problem(message, _place(result), MEASUREMENT, question, paste)


def result_contradicts_target(case: OutcomeCase) -> Iterator[Problem]:
    """The result says met and the number says missed, or the other way round.

    Why: the number decides, so every report shows what it says. Correct the word, or the
    number. Who has a reason to disagree with the number records it (`--force`), and it is shown.

    Bad:
        today: 2027-03-01

        Metric: support tickets about missing rows, weekly
        Baseline: 9 tickets
        Target: <= 1 ticket
        Evaluate-By: 2027-02-15

        {"v": 1, "for": "#12", "at": "2027-02-15", "state": "met", "value": "3 tickets"}

    Good:
        today: 2027-03-01

        Metric: support tickets about missing rows, weekly
        Baseline: 9 tickets
        Target: <= 1 ticket
        Evaluate-By: 2027-02-15

        {"v": 1, "for": "#12", "at": "2027-02-15", "state": "missed", "value": "3 tickets"}
    """
    result = case.standing.result
    if result is None or not case.standing.contradicts:
        return
    said, other = str(result.state), "missed" if result.state is ResultState.MET else "met"
    message = (
        f"{case.plan.identity} is said to be {said}, and {_shown(result.value)} against the "
        f"target {_shown(case.plan.target)} is {other}"
    )
    severity = None
    if result.forced:
        message, severity = f"{message}; recorded because: {_shown(result.forced)}", Severity.INFO
    question = "Which of the two is wrong, the word or the number?"
    yield Problem(message, _place(result), MEASUREMENT, question, f'"state": "{other}"', severity)


def goalposts_moved(case: OutcomeCase) -> Iterator[Problem]:
    """The plan was changed after the change was merged.

    Why: a target that moves towards the result is always met. The plan at the merge is the one
    that counts; a new day is recorded as an extension, and a new target is a new bet.

    Bad:
        today: 2027-03-01

        Metric: support tickets about missing rows, weekly
        Baseline: 9 tickets
        Target: <= 1 ticket
        Evaluate-By: 2027-02-15

        {"v": 1, "for": "#12", "at": "2027-02-15", "state": "missed", "value": "3 tickets", "target": "<= 4 tickets"}

    Good:
        today: 2027-03-01

        Metric: support tickets about missing rows, weekly
        Baseline: 9 tickets
        Target: <= 1 ticket
        Evaluate-By: 2027-02-15

        {"v": 1, "for": "#12", "at": "2027-02-15", "state": "missed", "value": "3 tickets", "target": "<= 1 ticket"}
    """  # noqa: E501 - an event is one line
    for moved in case.moved:
        where = f" in {moved.where}" if moved.where else ""
        message = (
            f"the {moved.field} of {case.plan.identity} was `{_shown(moved.then)}` when it was "
            f"merged, and is `{_shown(moved.now)}`{where}; the first counts"
        )
        question = "Is this another plan, with another name?"
        paste = f"{moved.field}: {moved.then}" if moved.then else ""
        yield Problem(message, Location(case.plan.path, case.plan.line), "", question, paste)


def baseline_differs(case: OutcomeCase) -> Iterator[Problem]:
    """The baseline of the plan is another number than the source had before the merge.

    Why: an effect is the distance from the baseline. `whygate measure --baseline` asks the source;
    up to a tenth is no difference.

    Bad:
        today: 2027-01-20

        Metric: missing-row-tickets
        Baseline: 9 tickets
        Target: <= 1 ticket
        Evaluate-By: 2027-02-15

        {"v": 1, "for": "#12", "at": "2024-12-31", "state": "baseline", "value": "12 tickets", "by": "whygate"}

    Good:
        today: 2027-01-20

        Metric: missing-row-tickets
        Baseline: 9 tickets
        Target: <= 1 ticket
        Evaluate-By: 2027-02-15

        {"v": 1, "for": "#12", "at": "2024-12-31", "state": "baseline", "value": "9 tickets", "by": "whygate"}
    """  # noqa: E501 - an event is one line
    plan = case.plan
    if not case.baseline or not differs(plan.baseline, case.baseline):
        return
    message = (
        f"the plan of {plan.identity} says {_shown(plan.baseline)}, and the source said "
        f"{_shown(case.baseline)} before the merge"
    )
    question = "Which of the two does the target count from?"
    paste = f"Baseline: {case.baseline}"
    yield Problem(message, Location(plan.path, plan.line), MEASUREMENT, question, paste)


def ledger_rewritten(edit: LedgerEdit) -> Iterator[Problem]:
    """A request changes, moves or deletes lines of the ledger, or adds one that cannot be read.

    Why: a result that is edited is a result that nobody saw. The ledger is only added to: `whygate
    record --correct` writes the line that takes the place of a wrong one, and both are shown. A
    request that only appends valid lines is not asked why.

    Bad:
        {"v": 1, "for": "#12", "at": "2027-02-15", "state": "missed", "value": "3 tickets"}

        {"v": 1, "for": "#12", "at": "2027-02-15", "state": "met", "value": "1 ticket"}

    Good:
        {"v": 1, "for": "#12", "at": "2027-02-15", "state": "missed", "value": "3 tickets"}

        {"v": 1, "for": "#12", "at": "2027-02-15", "state": "missed", "value": "3 tickets"}
        {"v": 1, "for": "#14", "at": "2027-02-16", "state": "met", "value": "1 ticket"}
    """
    for problem in edit.problems:
        place = Location(LEDGER_PATH, problem.line)
        question = "Which line did you mean to add?"
        paste = "whygate record <CHANGE> <STATE> --correct"
        yield Problem(problem.message, place, "", question, paste)


def judge_edit(edit: LedgerEdit, policy: Policy, kind: str) -> tuple[Finding, ...]:
    """Return what the rules find in what a change does to the ledger, weighed by the policy."""
    found = (
        weigh(policy, rule, problem, kind=kind, paths=None)
        for rule in LEDGER_RULES
        for problem in rule.check(edit)
    )
    return tuple(finding for finding in found if finding.severity is not Severity.OFF)


def _late(standing: Standing) -> str:
    return f"{standing.days_late} day{'s' if standing.days_late != 1 else ''}"


def _place(result: Result) -> Location:
    return Location(result.path, result.line)


def _shown(text: str) -> str:
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"


OUTCOME_RULES: tuple[Rule, ...] = (
    Rule("WG601", "result-overdue", Severity.WARNING, result_overdue),
    Rule("WG602", "result-without-evidence", Severity.WARNING, result_without_evidence),
    Rule("WG603", "result-contradicts-target", Severity.ERROR, result_contradicts_target),
    Rule("WG604", "goalposts-moved", Severity.WARNING, goalposts_moved),
    Rule("WG605", "baseline-differs", Severity.WARNING, baseline_differs),
)

LEDGER_RULES: tuple[Rule, ...] = (
    Rule("WG606", "ledger-rewritten", Severity.ERROR, ledger_rewritten),
)

# Those that judge a change, then those that judge what came of it, then what is written of it.
ALL_RULES: tuple[Rule, ...] = (*RULES, *OUTCOME_RULES, *LEDGER_RULES)
