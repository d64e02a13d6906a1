"""The page of an audit: one HTML file that opens offline and trusts nothing it shows."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING

from whygate.audit.coverage import show_share
from whygate.judge.rules import RULES
from whygate.outcomes.scorecard import measure_effect
from whygate.reporters.cards import make_cards
from whygate.reporters.coverage import (
    REASONS,
    basis_lines,
    field_labels,
    field_order,
    name_origins,
    order_months,
    order_phases,
    rank,
    rank_groups,
    say_coverage,
)
from whygate.reporters.due import (
    NOTHING_LEARNED,
    group_by_owner,
    reason_given_up,
    show_effect,
    show_owner,
    show_per_met,
    show_wait,
    when,
)
from whygate.reporters.links import safe_link
from whygate.reporters.rule_help import read_rule_help
from whygate.reporters.timeline import SmallChart, draw_small, draw_timeline, find_series, look_of
from whygate.reporters.trend_chart import STATES, draw_trend
from whygate.text.clean import clean
from whygate.text.message import without_number
from whygate.version import __version__

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from jinja2 import Environment

    from whygate.audit.coverage import Coverage
    from whygate.audit.record import Basis, Record
    from whygate.outcomes.outcome import Outcome
    from whygate.outcomes.scorecard import Scorecard
    from whygate.reporters.due import DueList

_TEMPLATES = Path(__file__).parent / "templates"
_ROWS_WITHOUT_SCRIPT = 100
_MOST_WAITING = 200  # lines of the list of what is due
_MOST_RESULTS = 60  # outcomes that the page draws; the table has all
_FIRST_RESULTS = 6
_MOST_TOLD = 40
# Answers are cut where a page would grow beyond so many characters for each change, and the start.
_ROOM_EACH, _ROOM_AT_LEAST = 420, 400_000
_CUTS = (4_000, 2_000, 1_000, 600, 400, 300, 200, 140, 100)
_LONGEST_ANCHOR = 60
_NO_ANCHOR = re.compile(r"[^A-Za-z0-9._-]+")
Looked = tuple["Scorecard", "DueList"]
Plan = tuple[str, ...]
# The columns of a row of the table of changes, in the order the page's script knows them.
Row = tuple[object, ...]


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
    card, due = outcomes if outcomes is not None else (None, None)
    anchors = _name_anchors(records)
    rows, titles, cut = _make_rows(records, card, anchors)
    template = _environment().get_template("audit.html.j2")
    page = template.render(
        basis=basis,
        basis_lines=[line for line in basis_lines(basis) if line[0] != "note"],
        addresses={record.identity: safe_link(record.url) for record in reversed(records)},
        anchors=anchors,
        named={r.identity: anchors[r.sha] for r in reversed(records)},
        rows=rows[:_ROWS_WITHOUT_SCRIPT],
        row_count=len(rows),
        data=_embed({"fields": titles, "rows": rows}),
        cut=cut,
        cards=make_cards(coverage.total, coverage.months, basis.today, card, due),
        lead=say_coverage(coverage.total),
        card=card,
        due=due,
        **_outcome_parts(card, due),
        **_counts(coverage),
    )
    return page.lstrip()  # the template begins with macros, which leave empty lines


def _name_anchors(records: Sequence[Record]) -> dict[str, str]:
    """Return the part of the address that opens each change, by its hash: `c-12`, `c-1a2b3c4`."""
    taken: dict[str, int] = {}
    anchors = {}
    for record in records:
        name = _NO_ANCHOR.sub("-", record.identity.lstrip("#!"))[:_LONGEST_ANCHOR] or "x"
        taken[name] = taken.get(name, 0) + 1
        number = f"_{taken[name]}" if taken[name] > 1 else ""
        anchors[record.sha] = f"c-{name}{number}"
    return anchors


def _outcome_parts(card: Scorecard | None, due: DueList | None) -> dict[str, object]:
    """Return what the page shows of outcomes: the timeline, the results, and who is to look."""
    if card is None or due is None:
        return {"timeline": None, "results": (), "owners": {}}
    results = _newest_results(card)
    return {
        "timeline": draw_timeline(card.outcomes, card.today),
        "results": results[:_MOST_RESULTS],
        "results_in_all": len(results),
        "first_results": _FIRST_RESULTS,
        "owners": group_by_owner(due.items[:_MOST_WAITING]),
        "not_listed": max(0, len(due.items) - _MOST_WAITING),
        "most_told": _MOST_TOLD,
    }


def _newest_results(card: Scorecard) -> list[Outcome]:
    """Return the outcomes that somebody settled, the newest first."""
    found = [o for o in card.outcomes if o.result is not None and not o.plan.exempt]
    return sorted(found, key=_newest_first)


def _newest_first(outcome: Outcome) -> tuple[int, str, int]:
    newest = -outcome.result.at.toordinal() if outcome.result is not None else 0
    return newest, outcome.name, outcome.plan.index


def _counts(coverage: Coverage) -> dict[str, object]:
    months = order_months(coverage.months)
    names = field_order(coverage)
    ranked = rank({rule: count.changes for rule, count in coverage.rules.items()})
    return {
        "coverage": coverage,
        "origins": name_origins(coverage),
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
        "draw_outcome": _draw_outcome,
        "look_of": look_of,
        "title_of": _title_of,
        "measure_effect": measure_effect,
        "version": __version__,
    }
    return environment


def _title_of(outcome: Outcome) -> str:
    return without_number(outcome.plan.title, outcome.name)


def _draw_outcome(outcome: Outcome) -> SmallChart | None:
    series = find_series(outcome)
    return draw_small(series) if series is not None else None


def _show(value: object) -> object:
    """Return what a template prints: plain text without anything that hides or reorders."""
    return clean(value) if type(value) is str else value


def _hash(text: str) -> str:
    """Return the source expression of CSP 2, section 4.2.5, for the text of an element."""
    digest = hashlib.sha256(text.encode()).digest()
    return f"sha256-{base64.b64encode(digest).decode()}"


def _embed(data: object) -> object:
    """Return values as JSON that no HTML parser can leave: no `<`, `>`, `&`, only ASCII."""
    from markupsafe import Markup  # noqa: PLC0415 - only for pages

    text = json.dumps(data, ensure_ascii=True, separators=(",", ":"))
    for character in "<>&":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return Markup(text)  # noqa: S704 - escaped in the lines above


def _make_rows(
    records: Sequence[Record], card: Scorecard | None, anchors: Mapping[str, str]
) -> tuple[list[Row], list[str], int]:
    """Return the rows of the table, the titles their answers point at, and where these are cut."""
    titles = list(dict.fromkeys(title for record in records for title, _ in record.said))
    numbers = {title: n for n, title in enumerate(titles)}
    planned: dict[str, list[Outcome]] = {}
    for outcome in card.outcomes if card is not None else ():
        for sha in {outcome.plan.sha, *(change.sha for change in outcome.changes)}:
            planned.setdefault(sha, []).append(outcome)
    room = max(_ROOM_AT_LEAST, _ROOM_EACH * len(records))
    for cut in _CUTS:
        told = [
            (
                [(numbers[title], _cut(text, cut)) for title, text in record.said],
                [_plan(outcome, cut) for outcome in planned.get(record.sha, ())],
            )
            for record in records
        ]
        if cut == _CUTS[-1] or sum(len(json.dumps(one)) for one in told) <= room:
            break
    rows = [
        (*_row(record), anchors[record.sha], said, plans)
        for record, (said, plans) in zip(records, told, strict=True)
    ]
    longest = max((len(text) for r in records for _, text in r.said), default=0)
    return rows, list(map(clean, titles)), cut if longest > cut else 0


def _plan(outcome: Outcome, cut: int) -> Plan:
    """Return a plan and what came of it, in the order the page's script knows."""
    plan, result, standing = outcome.plan, outcome.result, outcome.standing
    wait = f"{plan.due_text}: {plan.release or 'no release yet'}" if plan.waits else ""
    found = (
        str(outcome.state),
        plan.metric,
        plan.baseline,
        plan.target,
        outcome.due.isoformat() if outcome.due is not None else "",
        wait,
        show_owner(plan.owner),
        safe_link(plan.source) or plan.source,
        "; ".join(plan.guardrails),
        plan.decision,
        f"p-{plan.sha[:12]}-{plan.index}",
        *(
            (
                result.at.isoformat(),
                result.value,
                show_effect(measure_effect(plan, result.value)),
                show_owner(result.by) if result.by else "",
                safe_link(result.evidence) or result.evidence,
                result.note,
                standing.broken,
                result.forced,
            )
            if result is not None
            else ()
        ),
    )
    return tuple(_cut(text, cut) for text in found)


def _cut(text: str, longest: int) -> str:
    shown = clean(text)
    return shown if len(shown) <= longest else f"{shown[: longest - 1].rstrip()}…"


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
