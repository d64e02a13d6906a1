"""Family 12x: there is an answer, in words that answer another question."""

from __future__ import annotations

from functools import cache
from itertools import combinations
from typing import TYPE_CHECKING

from whygate.context.fill import is_filled
from whygate.judge.rules.emptiness import is_judged_already, own_text
from whygate.judge.rules.measurement import find_text, problem_at
from whygate.schema.fields import MEASUREMENT, OUTCOME, PROBLEM
from whygate.text.content import content_words, token_overlap

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import ModuleType

    from whygate.judge.case import Case, Problem
    from whygate.model import Statement

_SAME = 0.9
_FEWEST = 4  # content words that a copy must have; short answers are alike by chance


def problem_states_solution(case: Case) -> Iterator[Problem]:
    """The problem says what is done, and neither to whom it matters nor why.

    Why: a solution in the place of the problem hides every other solution. English only; any
    word that hints at a reason (fails, slow, because, users ...) satisfies it.

    Measured: 364 of 20,026 problem sections of seven public histories. Of 109 read, 102 state
    only the change; the seven are left alone now.

    Bad:
        ## Problem
        Move the message of the exporter to the shared library.

    Good:
        ## Problem
        Each exporter repeats the message, and two of the five are wrong.
    """
    if OUTCOME in case.needs or MEASUREMENT in case.needs:
        message = "says what is done, and not what is wrong without it"
        yield from _english(case, PROBLEM, "states_change", message)


def outcome_states_output(case: Case) -> Iterator[Problem]:
    """The outcome says that something is built or shipped, and no difference it makes.

    Why: the outcome is what people do differently once it is there. English only; any word that
    tells a difference (fewer, without, can ...) satisfies it.

    Measured: none of the 17 outcomes in 48,228 public changes is flagged, rightly.

    Bad:
        ## Outcome
        The new export page is live.

    Good:
        ## Outcome
        New accountants finish their first export in one visit.
    """
    message = "says what is delivered, and not what is different for people then"
    yield from _english(case, OUTCOME, "states_delivery", message)


def outcome_vague(case: Case) -> Iterator[Problem]:
    """The outcome is praise only.

    Why: "better" can come neither true nor false. Better for whom, and how would they notice?
    English only; a number or any other word satisfies it.

    Measured: 32 of 21,998 problem sections of seven public histories, all rightly.

    Bad:
        ## Outcome
        A better and more robust user experience.

    Good:
        ## Outcome
        Fewer people retype the query after a typing mistake.
    """
    message = "is praise that can come neither true nor false"
    yield from _english(case, OUTCOME, "is_vague", message)


def tests_as_measurement(case: Case) -> Iterator[Problem]:
    """The measurement tells how the code was tested.

    Why: tests show that it works, not that it helps. English only; a number, a window or people
    satisfy it.

    Measured: no measurement of 48,228 public changes is flagged, and 44 % of 5,428 sections that
    tell how a change was tested.

    Bad:
        ## Measurement
        Unit tests added, CI is green.

    Good:
        ## Measurement
        - Metric: support tickets about failed exports, weekly
        - Baseline: 9 tickets
        - Target: 1 ticket
        - Evaluate by: +30d
    """
    for item, _plan in case.asked_plans:
        statement = find_text(item)
        if statement is not None and _says(statement, "describes_tests"):
            shown = case.find_field(statement.field).title
            yield problem_at(
                case, statement, f"{shown} tells how the code was tested, and not whether it helps"
            )


def copied_text(case: Case) -> Iterator[Problem]:
    """Two fields say the same.

    Why: what hurts and what will be different are two answers. 90 % of the words of the longer
    text must be the same, and four of them carry meaning.

    Bad:
        ## Problem
        Accountants retype the rows that the export leaves out.

        ## Outcome
        The accountants retype the rows that the export leaves out!

    Good:
        ## Problem
        Accountants retype the rows that the export leaves out.

        ## Outcome
        They close the month from one file.
    """
    if len(case.prose_answers) < 2:
        return
    answers = [s for s in case.prose_answers if len(content_words(own_text(s))) >= _FEWEST]
    for first, second in combinations(answers, 2):
        if token_overlap(own_text(first), own_text(second)) >= _SAME:
            titles = [case.find_field(s.field).title for s in (first, second)]
            yield problem_at(case, second, f"{titles[1]} says the same as {titles[0]}")


def _english(case: Case, name: str, test: str, message: str) -> Iterator[Problem]:
    """Yield the problem of an English answer that passes a test of `whygate.text.wording`."""
    for statement in case.prose_answers:
        if statement.field != name or (name == PROBLEM and is_judged_already(case, statement)):
            continue
        if _says(statement, test):
            shown = case.find_field(name).title
            yield problem_at(case, statement, f"{shown} {message}")


def _says(statement: Statement, test: str) -> bool:
    if not is_filled(statement):
        return False
    wording = _words()
    tells: Callable[[str], bool] = getattr(wording, test)
    text = own_text(statement)
    # Praise has its words to show that it is English, be they only two: "Better performance.", and
    # so have tests: "Unit tests added."
    is_told = test == "is_vague" or (test == "describes_tests" and wording.names_tests_only(text))
    return tells(text) and (is_told or wording.is_english(text))


@cache
def _words() -> ModuleType:
    """Load the words, which a hook that finds nothing to judge does not need."""
    from whygate.text import wording  # noqa: PLC0415

    return wording
