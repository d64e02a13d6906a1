"""The page of an audit: one HTML file that opens offline and trusts nothing it shows."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

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
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from jinja2 import Environment

    from whygate.audit.coverage import Coverage
    from whygate.audit.record import Basis, Record
    from whygate.outcomes.outcome import Outcome
    from whygate.outcomes.scorecard import Scorecard
    from whygate.reporters.due import DueList

_TEMPLATES = Path(__file__).parent / "templates"
_ROWS_WITHOUT_SCRIPT = 100
_MOST_WAITING = 100  # lines of the list of what is due
_MOST_RESULTS = 40  # outcomes that the page draws; the table has all
_FIRST_RESULTS = 4
_MOST_TOLD = 40
# Answers are cut where the rows would take more characters: so many each, and in all at least.
_ROOM_EACH, _ROOM_AT_LEAST = 570, 400_000
_CUTS = (4_000, 2_000, 1_000, 600, 400, 300, 200, 140, 110, 90, 70)
_LONGEST_ANCHOR = 60
_NO_ANCHOR = re.compile(r"[^A-Za-z0-9._-]+")
Looked = tuple["Scorecard", "DueList"]
Plan = tuple[str, ...]
# The columns of a row of the table of changes, in the order the page's script knows them.
Row = tuple[Any, ...]


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
    base = _find_base([url for record in records if (url := safe_link(record.url))])
    rows, titles, cut = _make_rows(records, card, anchors, base)
    template = make_environment().get_template("audit.html.j2")
    page = template.render(
        basis=basis,
        basis_lines=[line for line in basis_lines(basis) if line[0] != "note"],
        addresses={record.identity: safe_link(record.url) for record in reversed(records)},
        anchors=anchors,
        named={r.identity: anchors[r.sha] for r in reversed(records)},
        base=base,
        rows=rows[:_ROWS_WITHOUT_SCRIPT],
        row_count=len(rows),
        data=_embed({"fields": titles, "base": base, "rows": rows}),
        cut=cut,
        cards=make_cards(coverage.total, coverage.months, basis.today, card, due),
        lead=say_coverage(coverage.total),
        card=card,
        due=due,
        **_outcome_parts(card, due),
        **_counts(coverage),
    )
    return page.lstrip()  # the template begins with macros, which leave empty lines


def _find_base(addresses: Sequence[str]) -> str:
    """Return with what all addresses begin, up to a slash."""
    if not addresses:
        return ""
    first, last = min(addresses), max(addresses)
    same = next(
        (n for n, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), len(first)
    )
    return first[: first.rfind("/", 0, same) + 1]


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


def make_environment() -> Environment:
    """Return what our pages are made with: autoescape, our style, and its hash."""
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
    records: Sequence[Record], card: Scorecard | None, anchors: Mapping[str, str], base: str
) -> tuple[list[Row], list[str], int]:
    """Return the rows of the table, the titles their answers point at, and where these are cut."""
    titles = list(dict.fromkeys(title for record in records for title, _ in record.said))
    numbers = {title: n for n, title in enumerate(titles)}
    planned = _find_plans(card)
    rows = [
        (
            *_row(record, base),
            anchors[record.sha],
            [(numbers[title], clean(text)) for title, text in record.said],
            planned.get(record.sha, []),
        )
        for record in records
    ]
    cut = _choose_cut(rows)
    longest = max((len(text) for row in rows for _, text in row[-2]), default=0)
    if longest <= cut:
        return rows, list(map(clean, titles)), 0
    shortened = [
        (
            *row[:-2],
            [(number, _cut(text, cut)) for number, text in row[-2]],
            [tuple(_cut(text, cut) for text in plan) for plan in row[-1]],
        )
        for row in rows
    ]
    return shortened, list(map(clean, titles)), cut


def _choose_cut(rows: Sequence[Row]) -> int:
    """Return the longest cut of the answers with which the rows find room."""
    room = max(_ROOM_AT_LEAST, _ROOM_EACH * len(rows))
    texts = [text for *_, said, plans in rows for text in _texts(said, plans)]
    sizes = [(len(text), len(json.dumps(text))) for text in texts]
    rest = sum(len(json.dumps(row[:-2])) + 8 for row in rows)
    for cut in _CUTS:
        size = rest + sum(most if length <= cut else most * cut // length for length, most in sizes)
        if size + 3 * len(sizes) <= room:
            return cut
    return _CUTS[-1]


def _texts(said: Iterable[tuple[int, str]], plans: Iterable[Plan]) -> Iterator[str]:
    yield from (text for _, text in said)
    yield from (text for plan in plans for text in plan)


def _find_plans(card: Scorecard | None) -> dict[str, list[Plan]]:
    """Return the plans of each change, by its hash."""
    planned: dict[str, list[Plan]] = {}
    if card is None:
        return planned
    ends = (*card.hits, *card.misses)
    effects = {(e.outcome.plan.sha, e.outcome.plan.index): e.effect for e in ends}
    drawn = {(o.plan.sha, o.plan.index) for o in _newest_results(card)[:_MOST_RESULTS]}
    for outcome in card.outcomes:
        key = outcome.plan.sha, outcome.plan.index
        plan = _plan(outcome, effects.get(key), is_drawn=key in drawn)
        for sha in {outcome.plan.sha, *(change.sha for change in outcome.changes)}:
            planned.setdefault(sha, []).append(plan)
    return planned


def _plan(outcome: Outcome, effect: float | None, *, is_drawn: bool) -> Plan:
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
        f"p-{plan.sha[:12]}-{plan.index}" if is_drawn else "",
        *(
            (
                result.at.isoformat(),
                result.value,
                show_effect(effect),
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
    while found and not found[-1]:
        found = found[:-1]
    return tuple(map(clean, found))


def _cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else f"{text[: longest - 1].rstrip()}…"


def _row(record: Record, base: str) -> Row:
    answers = dict.fromkeys(name for name, _ in record.answers if not record.said)
    return (
        clean(record.identity),
        clean(record.sha),
        safe_link(record.url).removeprefix(base),
        record.day.isoformat() if record.day is not None else "",
        clean(record.title),
        clean(record.kind),
        clean(record.state),
        clean(record.reason),
        tuple(dict.fromkeys(clean(rule) for rule, _ in record.rules)),
        clean(", ".join(answers)),
        clean(record.area),
    )
