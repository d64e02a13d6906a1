"""Family 5xx: two places of one change say different things."""

from __future__ import annotations

from typing import TYPE_CHECKING

from whygate.context.fill import is_filled
from whygate.judge.case import Problem
from whygate.model import Origin
from whygate.policy.exemptions import EXAMPLES, ExemptClass
from whygate.schema.fields import MEASUREMENT, PROBLEM
from whygate.text.message import split_subject
from whygate.values.dates import DateValue, parse_date
from whygate.values.owners import parse_owner
from whygate.values.quantities import Quantity, parse_quantity

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from whygate.judge.case import Case
    from whygate.model import Part, Statement


def contradictory_fields(case: Case) -> Iterator[Problem]:
    """Two places give different values for the same field.

    Why: the one who measures later will find only one of them. The stronger place wins (block,
    then trailers, then sections, then commits); make them equal. Different prose is fine.

    Bad:
        ## Measurement
        - Metric: share of exports that are complete
        - Baseline: 38 %
        - Target: 50 %
        - Evaluate by: +30d

        ```yaml product-context
        version: 1
        measurement: [{metric: share of exports that are complete, target: 45 %}]
        ```

    Good:
        ## Measurement
        - Metric: share of exports that are complete
        - Baseline: 38 %
        - Target: 45 %
        - Evaluate by: +30d

        ```yaml product-context
        version: 1
        measurement: [{metric: share of exports that are complete, target: 45 %}]
        ```
    """
    stated: dict[str, list[Statement]] = {}
    for statement in case.context.statements():
        if is_filled(statement):
            stated.setdefault(statement.field, []).append(statement)
    for loser in case.context.others:
        winners = stated.get(loser.field)
        field = case.policy.schema.field(loser.field)
        if not winners or field is None or not field.is_typed or not is_filled(loser):
            continue
        # With several metrics it is enough that one of them agrees: a loser names no metric.
        if any(_same(field.format, winner, loser, case.today) for winner in winners):
            continue
        winner = winners[0]
        yield Problem(
            f"{field.title} is `{winner.text[:40]}` {_place(winner)} and `{loser.text[:40]}` "
            f"{_place(loser)}; the {winner.form} is used",
            loser.location,
            field=loser.field,
            question=field.question,
        )


def revert_without_reason(case: Case) -> Iterator[Problem]:
    """A revert that does not say why.

    Why: the next one who has the same idea will look here. Three words are enough, anywhere and in
    any language; what git and GitHub write does not count.

    Measured: 103 of 239 reverts of seven public histories; 30 read, all rightly.

    Bad:
        title: Revert "feat(export): write every row"

        ## Problem
        (no such section)

        ## Who it helps
        (no such section)

        ## Outcome
        (no such section)

        ## Measurement
        (no such section)

        This reverts commit 4f1c2d3e5a6b7c8d9e0f.

    Good:
        title: Revert "feat(export): write every row"

        ## Problem
        (no such section)

        ## Who it helps
        (no such section)

        ## Outcome
        (no such section)

        ## Measurement
        (no such section)

        This reverts commit 4f1c2d3e5a6b7c8d9e0f.

        Exports of more than a million rows ran out of memory.
    """
    if case.kind.name != "revert" or case.filled(PROBLEM):
        return
    from whygate.text.reverts import says_why  # noqa: PLC0415  (reverts are rare)

    if any(says_why(_body(part)) for part in case.change.parts if part.origin is not Origin.ISSUE):
        return
    yield Problem(
        "nothing says why it is taken back",
        case.start,
        question="What went wrong, and how did you notice?",
        paste="Reverted because <what went wrong>",
    )


def kind_contradicts_paths(case: Case) -> Iterator[Problem]:
    """The kind that the author names does not fit the files that change.

    Why: a change called `docs` or `deps` is not asked, so its word alone is not enough. Where it
    changes the product, it is asked as a change that names no kind. A `refactor` or `chore` may
    change the product: it says that nobody will notice, and why.

    Bad:
        title: refactor: split the exporter from the writer
        paths: src/export/writer.py

        ## Measurement
        (no such section)

    Good:
        title: refactor: split the exporter from the writer
        paths: src/export/writer.py

        ## Measurement
        Internal refactor: no user-facing outcome, because the public API is unchanged
    """
    kind = case.kind
    if not kind.claimed:
        return
    if kind.claimed != kind.name:
        message = kind.note or f"{kind.claimed} is not taken: `{kind.doubt}` belongs to the product"
        yield Problem(
            f"{message}; asked as {kind.name}",
            case.start,
            question="What kind of change is it for those who use the product?",
            paste="fix: <what is repaired>" if case.change.is_pull_request else "Change-Kind: fix",
        )
    elif case.exemption is None and not case.filled(MEASUREMENT):
        yield Problem(
            f"a change of kind {kind.name} changes `{kind.doubt}`, which belongs to the product",
            case.start,
            question="Will anybody outside notice? If not, why not?",
            paste=EXAMPLES[ExemptClass.INTERNAL],
        )


def _body(part: Part) -> str:
    is_message = part.origin in (Origin.MESSAGE, Origin.COMMIT)
    return split_subject(part.text)[1] if is_message else part.text


def _place(statement: Statement) -> str:
    return f"in the {statement.form} on line {statement.location.line}"


def _same(kind: str, one: Statement, other: Statement, today: date) -> bool:
    """Tell whether two texts mean the same value of a format."""
    a, b = _value(kind, one.text, today), _value(kind, other.text, today)
    return a == b


def _value(kind: str, text: str, today: date) -> object:
    if kind == "date":
        parsed = parse_date(text, today)
        return parsed.day if isinstance(parsed, DateValue) else text.casefold()
    if kind in ("baseline", "target"):
        quantity = parse_quantity(text)
        if isinstance(quantity, Quantity):
            return (quantity.comparator, quantity.base, quantity.dimension, quantity.relative)
    if kind == "owner" and (owner := parse_owner(text)) is not None:
        return (owner.handle or owner.mail or owner.name).casefold()
    return " ".join(text.casefold().split())
