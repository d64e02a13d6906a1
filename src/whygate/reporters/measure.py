"""What a machine measured, for people, programs and requests: text, JSON, Markdown, a picture."""

from __future__ import annotations

from textwrap import wrap
from typing import TYPE_CHECKING

from whygate.metrics.agenda import resolve_query
from whygate.metrics.reading import plain, show_value
from whygate.outcomes.promises import read_aim
from whygate.outcomes.result import ResultState
from whygate.reporters.json_ import dump_json
from whygate.reporters.series_chart import Series, mark_of, render_sparkline, render_svg
from whygate.text.clean import clean_line, code
from whygate.values.quantities import Quantity
from whygate.version import HOME, __version__

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date
    from decimal import Decimal

    from whygate.metrics.agenda import Agenda, Measured, Question, Skipped

REPORT_VERSION = 1
_SHOWN = 70
_CELL = 80
_WIDTH = 80
_INDENT = "    "
_MOST_ROWS = 60  # of a table: a request holds 65,536 characters
_WORDS = {
    ResultState.MET: "met",
    ResultState.MISSED: "missed",
    ResultState.INCONCLUSIVE: "inconclusive",
}


def render_plain(agenda: Agenda, measured: Sequence[Measured], *, wide: bool = False) -> str:
    """Return what was measured for a terminal; with `wide` every window is a line."""
    lines = [line for one in measured for line in _describe(one, wide=wide)]
    lines += [line for skipped in agenda.skipped for line in _skip(skipped)]
    return "".join(f"{clean_line(line)}\n" for line in lines) or "nothing to measure\n"


def render_dry(agenda: Agenda) -> str:
    """Return what would be asked, with the window filled in."""
    lines: list[str] = []
    for question in agenda.questions:
        lines += [
            _head(question),
            f"  would ask {question.metric.backend.name} ({question.metric.backend.type}) for "
            f"{question.metric.slug}, {question.window}",
            *_query_lines(question),
            f"  target {question.plan.target or 'none'}; definition {question.definition}",
        ]
        lines += [f"  and guardrail {limit.text}: {limit.metric.slug}" for limit in question.limits]
    lines += [line for skipped in agenda.skipped for line in _skip(skipped)]
    return "".join(f"{clean_line(line)}\n" for line in lines) or "nothing to measure\n"


def render_baselines(agenda: Agenda, measured: Sequence[Measured]) -> str:
    """Return what the sources said of the windows before the merges, beside what plans say."""
    lines: list[str] = []
    for one in measured:
        question = one.question
        said = one.value or f"no number: {_reason(one)}"
        lines += [
            _head(question),
            f"  {question.metric.slug}, {question.window}: {said}",
            f"  the plan says {question.plan.baseline or 'nothing'}",
        ]
    lines += [line for skipped in agenda.skipped for line in _skip(skipped)]
    return "".join(f"{clean_line(line)}\n" for line in lines) or "no baseline to measure\n"


def render_measure_json(agenda: Agenda, measured: Sequence[Measured], today: date) -> str:
    """Return the report as JSON: `measured`, and what was `skipped`."""
    return dump_json(
        {
            "version": REPORT_VERSION,
            "tool": {"name": "whygate", "version": __version__},
            "today": today.isoformat(),
            "measured": [_to_json(one) for one in measured],
            "skipped": [
                {
                    **_plan_json(skipped.outcome.plan.identity, skipped.outcome.plan.index),
                    "reason": skipped.reason,
                    "failed": skipped.failed,
                }
                for skipped in agenda.skipped
            ],
        }
    )


def render_measure_markdown(agenda: Agenda, measured: Sequence[Measured]) -> str:
    """Return a table for a request or an issue: before and after, with a line of bars for each.

    Every word of a history stands in code, where Markdown, references and mentions are inert.
    """
    lines = [
        "| change | metric | before | window | value | target | result |",
        "| --- | --- | --- | --- | --- | --- | --- |",
        *map(_table_row, measured[:_MOST_ROWS]),
    ]
    if not measured:
        lines = ["Nothing was measured."]
    if len(measured) > _MOST_ROWS:
        lines += ["", f"{len(measured) - _MOST_ROWS} more are in the lines themselves."]
    left = [f"- {code(s.outcome.plan.identity)}: {code(s.reason)}" for s in agenda.skipped]
    if left:
        lines += ["", "Not measured:", "", *left[:_MOST_ROWS]]
        lines += [f"- and {len(left) - _MOST_ROWS} more"] if len(left) > _MOST_ROWS else []
    return "\n".join(lines) + "\n"


def render_proposal(agenda: Agenda, measured: Sequence[Measured], today: date) -> str:
    """Return what the request with the results says: a table, and what merging it does."""
    return (
        f"On {today} the [metric catalogue]({HOME}/blob/main/docs/metrics.md) was asked for what "
        "was promised. Merging this writes each result into the ledger; what a person records "
        "for the same day counts before it. No other file is changed.\n\n"
        f"{render_measure_markdown(agenda, measured)}"
    )


def _table_row(measured: Measured) -> str:
    question = measured.question
    cells = (
        f"{code(question.plan.identity, _CELL, cell=True)} "
        f"{code(question.plan.title, _CELL, cell=True)}",
        code(question.metric.title, _CELL, cell=True),
        code(_before(measured), _CELL, cell=True),
        str(question.window),
        f"{code(measured.value or '-', _CELL, cell=True)} {_bars(measured)}".strip(),
        code(question.plan.target or "-", _CELL, cell=True),
        code(_result(measured), 2 * _CELL, cell=True),
    )
    return "| " + " | ".join(cells) + " |"


def _before(measured: Measured) -> str:
    """Return what the source said of the window before the merge, else what the plan says."""
    question = measured.question
    at = question.span.merged
    number = measured.readings[at].number if at is not None else None
    if number is None:
        return question.plan.baseline or "-"
    aim = read_aim(question.plan)
    return show_value(question.metric, number, aim if isinstance(aim, Quantity) else None)


def render_measure_svg(measured: Measured) -> str:
    """Return the chart of one plan: before and after, its merge, its day, and its target."""
    return render_svg(to_series(measured))


def to_series(measured: Measured) -> Series:
    """Return what the chart of a plan shows, in the unit of its metric."""
    question = measured.question
    metric, plan = question.metric, question.plan
    points = tuple(
        (window.last_day, _shown(measured, reading.number)) for window, reading in measured.points
    )
    days = [day for day, _ in points]
    aim = read_aim(plan)
    target = aim.low if isinstance(aim, Quantity) and not metric.differs_from(aim) else None
    return Series(
        title=f"{plan.identity}: {metric.title}",
        points=points,
        unit=_unit(measured),
        target=target,
        marks=(
            *mark_of("merged", plan.merged, days),
            *mark_of("released", plan.released, days),
            *mark_of("looked at", question.outcome.due, days),
        ),
    )


def _shown(measured: Measured, number: Decimal | None) -> Decimal | None:
    """Return a number of the source as the plan counts it: a share in percent, a rate as one."""
    if number is None:
        return None
    aim = read_aim(measured.question.plan)
    like = aim if isinstance(aim, Quantity) else None
    return measured.question.metric.quantity(number, like).low


def _unit(measured: Measured) -> str:
    metric = measured.question.metric
    aim = read_aim(measured.question.plan)
    per = aim.per if isinstance(aim, Quantity) else ""
    unit = "%" if metric.is_ratio else metric.unit
    return f"{unit} per {per}".strip() if per and not metric.is_ratio else unit


def _describe(measured: Measured, *, wide: bool) -> Iterator[str]:
    question = measured.question
    yield _head(question)
    value = measured.value or "no number"
    target = f", target {question.plan.target}" if question.plan.target else ""
    yield f"  {question.metric.slug}, {question.window}: {value}{target}: {_result(measured)}"
    if bars := _bars(measured):
        yield f"  {bars}"
    if measured.chance is not None:
        count, of = measured.chance
        yield f"  before the merge it moved this far in {count} of {of} windows"
    for place, text in enumerate(measured.limits):
        if text:
            yield f"  guardrail {question.plan.guardrails[place]}: {text}"
    if wide:
        for window, reading in measured.points:
            shown = _shown(measured, reading.number)
            unit = f" {_unit(measured)}" if _unit(measured) else ""
            said = f"{plain(shown)}{unit}" if shown is not None else reading.reason
            yield f"    {window}  {said}"
    yield f"  asked {question.metric.backend.name}:"
    yield from _query_lines(question)


def _head(question: Question) -> str:
    plan = question.plan
    return f"{plan.identity} {plan.title[:_SHOWN]}"


def _skip(skipped: Skipped) -> Iterator[str]:
    plan = skipped.outcome.plan
    yield f"{plan.identity} {plan.title[:_SHOWN]}"
    yield f"  not measured: {skipped.reason}"


def _result(measured: Measured) -> str:
    if measured.state is None:
        return f"not read: {measured.reason}"
    word = _WORDS[measured.state]
    return f"{word}: {measured.reason}" if measured.reason else word


def _reason(measured: Measured) -> str:
    return measured.readings[-1].reason or measured.reason


def _bars(measured: Measured) -> str:
    numbers = [reading.number for _, reading in measured.points]
    return (
        render_sparkline(numbers)
        if len(numbers) > 1 and any(n is not None for n in numbers)
        else ""
    )


def _query_lines(question: Question) -> Iterator[str]:
    """Yield what a source is asked, as narrow as a terminal; a long word is not broken."""
    for line in resolve_query(question).split("\n"):
        yield from wrap(
            line,
            _WIDTH,
            initial_indent=_INDENT,
            subsequent_indent=_INDENT,
            break_long_words=False,
            break_on_hyphens=False,
        )


def _plan_json(identity: str, index: int) -> dict[str, object]:
    return {"change": identity, "index": index}


def _to_json(measured: Measured) -> dict[str, object]:
    question = measured.question
    last = measured.readings[-1]
    return {
        **_plan_json(question.plan.identity, question.plan.index),
        "metric": question.metric.slug,
        "backend": question.metric.backend.name,
        "window": str(question.window),
        "query": resolve_query(question),
        "definition": question.definition,
        "definition_at_merge": question.then,
        "reading": str(last.state),
        "value": measured.value,
        "baseline": question.plan.baseline,
        "target": question.plan.target,
        "result": str(measured.state) if measured.state is not None else None,
        "reason": measured.reason or last.reason,
        "guardrails": list(measured.limits),
        "chance": list(measured.chance) if measured.chance is not None else None,
        "unit": _unit(measured),
        "series": [
            {
                "window": str(window),
                "value": plain(shown)
                if (shown := _shown(measured, reading.number)) is not None
                else None,
                "reason": reading.reason,
            }
            for window, reading in measured.points
        ],
    }
