"""Family 10x: a needed answer is not there at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from whygate.judge.case import Problem
from whygate.schema.fields import AUDIENCE, MEASUREMENT, OUTCOME, PROBLEM

if TYPE_CHECKING:
    from collections.abc import Iterator

    from whygate.judge.case import Case

_OWN_RULE = frozenset({PROBLEM, OUTCOME, MEASUREMENT, AUDIENCE})


def problem_missing(case: Case) -> Iterator[Problem]:
    """Nothing says which problem the change solves.

    Why: a change without a problem cannot be judged, only admired. The next reader needs to
    know who was hurt, how often, and how anyone knows.

    Bad:
        ## Problem
        (no such section)

    Good:
        ## Problem
        Accountants retype 30 exported rows a month, because the export stops at row 100.
    """
    yield from _missing(case, PROBLEM)


def outcome_missing(case: Case) -> Iterator[Problem]:
    """Nothing says what will be different for people once the change works.

    Why: an output is what we ship, an outcome is what people do differently because of it.
    Only the outcome tells whether the output was worth it.

    Bad:
        ## Outcome
        (no such section)

    Good:
        ## Outcome
        Accountants close the month without retyping a single row.
    """
    yield from _missing(case, OUTCOME)


def measurement_missing(case: Case) -> Iterator[Problem]:
    """Nothing says how anyone will know that it worked.

    Why: what is not measured is not learned from. A test plan shows that the code works; a
    measurement shows that it helps.

    Bad:
        ## Measurement
        (no such section)

        ## Test plan
        Unit tests and a manual run in staging.

    Good:
        ## Measurement
        - Metric: retyped rows per accountant, monthly
        - Baseline: 30
        - Target: 0
        - Evaluate by: +30d
    """
    yield from _missing(case, MEASUREMENT)


def audience_missing(case: Case) -> Iterator[Problem]:
    """Nothing says whom the change helps.

    Why: "users" is nobody. A named group, with its size, tells how much the change matters and
    whom to ask afterwards. Silent when the problem or outcome names a persona of the
    configuration (`personas`).

    Bad:
        ## Who it helps
        (no such section)

    Good:
        ## Who it helps
        Accountants at firms with more than ten clients, about 400 people.
    """
    if not _names_persona(case):
        yield from _missing(case, AUDIENCE)


def field_missing(case: Case) -> Iterator[Problem]:
    """A field that the schema or the configuration asks for is not there.

    Why: a team that adds a field to its schema (a risk, a cost) wants it answered as much as
    the fields that whygate ships with.

    Bad:
        kinds: {feature: {need: {tradeoffs: error}}}

        ## Trade-offs
        (no such section)

    Good:
        kinds: {feature: {need: {tradeoffs: error}}}

        ## Trade-offs
        One more write for each export; 3 % more database load is accepted.
    """
    for name in case.needs:
        if "." not in name and name not in _OWN_RULE:
            yield from _missing(case, name)
    for problem in case.schema_problems:
        named = ".".join([*(str(s) for s in problem.path), problem.member])
        if problem.keyword == "required" and named not in case.needs:
            yield Problem(f"the schema asks for `{named}`", case.start, field=named)


def _missing(case: Case, name: str) -> Iterator[Problem]:
    if name not in case.needs or not case.has_field(name) or case.stated(name):
        return
    if name == MEASUREMENT and case.asked is not None and case.exemption is None:
        return
    severity = case.needs[name]
    field = case.find_field(name)
    yield Problem(
        f"no labelled answer for {field.title}{_weak_candidates(case, name)}",
        case.start,
        field=name,
        question=field.question,
        paste=case.paste_line(name),
        severity=severity,
    )


def _weak_candidates(case: Case, name: str) -> str:
    """Name the headings that may hold the answer under a word that means too many things."""
    weak = [r for r in case.context.remarks if r.kind == "weak-section" and r.field == name]
    if not weak:
        return ""
    title = case.find_field(name).title
    found = tuple(dict.fromkeys(f"`{r.label}`" for r in weak[:2]))
    labels, is_one = " and ".join(found), len(found) == 1
    if name == MEASUREMENT and any(_is_about_tests(remark.label) for remark in weak[:2]):
        return f" ({labels} {'shows' if is_one else 'show'} that the code works, not that it helps)"
    if is_one:
        return f" ({labels} exists: rename it to {title} if it says so, or add {title})"
    return f" ({labels} exist: rename the one that says it to {title}, or add {title})"


def _is_about_tests(label: str) -> bool:
    return "test" in label.casefold() or label.casefold().startswith(("verif", "valid"))


def _names_persona(case: Case) -> bool:
    said = [s.text.casefold() for n in (PROBLEM, OUTCOME) if (s := case.context.fields.get(n))]
    personas = [p.casefold() for p in case.policy.config.personas]
    return any(persona in text for persona in personas for text in said)
