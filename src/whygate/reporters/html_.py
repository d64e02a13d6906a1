"""The page of an audit: one HTML file that opens offline and trusts nothing it shows."""

from __future__ import annotations

import base64
import hashlib
import json
from pathlib import Path
from typing import TYPE_CHECKING

from whygate.audit.coverage import show_share
from whygate.judge.rules import RULES
from whygate.outcomes.promises import read_aim, read_value
from whygate.reporters.coverage import (
    REASONS,
    basis_lines,
    field_labels,
    field_order,
    order_months,
    order_phases,
    rank,
    rank_groups,
)
from whygate.reporters.due import (
    NOTHING_LEARNED,
    reason_given_up,
    show_effect,
    show_owner,
    show_per_met,
    show_wait,
    when,
)
from whygate.reporters.links import safe_link
from whygate.reporters.rule_help import read_rule_help
from whygate.reporters.series_chart import Series, mark_of, read_points, render_svg
from whygate.reporters.trend_chart import STATES, draw_trend
from whygate.text.clean import clean
from whygate.values.comparison import comparable
from whygate.values.quantities import Quantity
from whygate.version import __version__

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jinja2 import Environment

    from whygate.audit.coverage import Coverage
    from whygate.audit.record import Basis, Record
    from whygate.outcomes.outcome import Outcome
    from whygate.outcomes.scorecard import Scorecard
    from whygate.reporters.due import DueList

_TEMPLATES = Path(__file__).parent / "templates"
_ROWS_WITHOUT_SCRIPT = 200
_FEWEST_POINTS = 2
Looked = tuple["Scorecard", "DueList"]
# The columns of a row of the table of changes, in the order the page's script knows them.
Row = tuple[str, str, str, str, str, str, str, str, tuple[str, ...], str, str]


def render_html(
    basis: Basis, coverage: Coverage, records: Sequence[Record], outcomes: Looked | None = None
) -> str:
    """Return the page of an audit: the same bytes for the same input, and nothing to load.

    Text of the history reaches the page through Jinja2's autoescape or as JSON without `<`,
    `>` and `&`; the Content-Security-Policy allows the page's own style and script by their
    hashes and nothing else. `coverage` counts the records, which stand in the order the table
    shows at first. `outcomes` are the scorecard and what waits for a result, None when there is
    no plan.
    """
    rows = [_row(record) for record in records]
    template = _environment().get_template("audit.html.j2")
    page = template.render(
        basis=basis,
        basis_lines=[line for line in basis_lines(basis) if line[0] != "note"],
        addresses={record.identity: safe_link(record.url) for record in records},
        rows=rows[:_ROWS_WITHOUT_SCRIPT],
        row_count=len(rows),
        data=_embed(rows),
        card=outcomes[0] if outcomes is not None else None,
        due=outcomes[1] if outcomes is not None else None,
        **_counts(coverage),
    )
    return page.lstrip()  # the template begins with macros, which leave empty lines


def _counts(coverage: Coverage) -> dict[str, object]:
    months = order_months(coverage.months)
    names = field_order(coverage)
    ranked = rank({rule: count.changes for rule, count in coverage.rules.items()})
    return {
        "coverage": coverage,
        "months": months,
        "chart": draw_trend(months),
        "fields": [(name, coverage.fields[name], field_labels(coverage, name)) for name in names],
        "rule_counts": [coverage.rules[rule] for rule, _ in ranked],
        "rules": {rule.id: read_rule_help(rule) for rule in RULES if rule.id in coverage.rules},
    }


def _environment() -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined  # noqa: PLC0415 - slow
    from markupsafe import Markup  # noqa: PLC0415

    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        finalize=_show,
    )
    for name in ("css", "js"):
        text = (_TEMPLATES / f"audit.{name}").read_text(encoding="utf-8")
        environment.globals[name] = Markup(text)  # noqa: S704 - our own file
        environment.globals[f"{name}_hash"] = _hash(text)
    environment.globals |= {
        "rate": show_share,
        "rank": rank,
        "rank_groups": rank_groups,
        "order_phases": order_phases,
        "states": STATES,
        "reasons": REASONS,
        "safe_link": safe_link,
        "nothing_learned": NOTHING_LEARNED,
        "reason_given_up": reason_given_up,
        "show_effect": show_effect,
        "show_owner": show_owner,
        "show_per_met": show_per_met,
        "show_wait": show_wait,
        "when": when,
        "outcome_chart": _draw_outcome,
        "version": __version__,
    }
    return environment


def _draw_outcome(outcome: Outcome) -> str:
    """Return the picture of what a machine measured before and after, empty without one."""
    from markupsafe import Markup  # noqa: PLC0415 - only for pages

    result, plan = outcome.result, outcome.plan
    points = read_points(result.series) if result is not None else ()
    if result is None or len(points) < _FEWEST_POINTS:
        return ""
    days = [day for day, _ in points]
    aim, value = read_aim(plan), read_value(result.value)
    is_line = isinstance(aim, Quantity) and value is not None and comparable(value, aim)
    series = Series(
        title=f"{outcome.name}: {plan.metric}",
        points=points,
        unit=(value.unit or value.noun) if value is not None else "",
        target=aim.low if isinstance(aim, Quantity) and is_line else None,
        marks=(*mark_of("merged", plan.merged, days), *mark_of("looked at", outcome.due, days)),
    )
    picture = render_svg(series, f"measured-{plan.sha[:12]}-{plan.index}")
    return Markup(picture)  # noqa: S704 - every text in it is escaped


def _show(value: object) -> object:
    """Return what a template prints: plain text without anything that hides or reorders."""
    return clean(value) if type(value) is str else value


def _hash(text: str) -> str:
    """Return the source expression of CSP 2, section 4.2.5, for the text of an element."""
    digest = hashlib.sha256(text.encode()).digest()
    return f"sha256-{base64.b64encode(digest).decode()}"


def _embed(rows: Sequence[Row]) -> object:
    """Return rows as JSON that no HTML parser can leave: no `<`, `>`, `&`, only ASCII."""
    from markupsafe import Markup  # noqa: PLC0415 - only for pages

    text = json.dumps(rows, ensure_ascii=True, separators=(",", ":"))
    for character in "<>&":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return Markup(text)  # noqa: S704 - escaped in the lines above


def _row(record: Record) -> Row:
    answers = dict.fromkeys(name for name, _ in record.answers)
    return (
        clean(record.identity),
        clean(record.sha),
        safe_link(record.url),
        record.day.isoformat() if record.day is not None else "",
        clean(record.title),
        clean(record.kind),
        clean(record.state),
        clean(record.reason),
        tuple(dict.fromkeys(clean(rule) for rule, _ in record.rules)),
        clean(", ".join(answers)),
        clean(record.area),
    )
