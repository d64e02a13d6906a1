"""The coverage of a history: its tables, and how a terminal and Markdown show them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from whygate.audit.coverage import BEFORE, SINCE, Coverage, Tally, share, show_share
from whygate.judge.rules import find_rule
from whygate.reporters.tables import (
    Table,
    clip,
    render_drawn_tables,
    render_markdown_tables,
    render_plain_tables,
)
from whygate.schema.fields import AUDIENCE, EXEMPT, MEASUREMENT, OUTCOME, PROBLEM
from whygate.text.clean import clean_line
from whygate.text.message import without_number

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from whygate.audit.coverage import Coverage
    from whygate.audit.record import Basis

CORE_FIELDS = (PROBLEM, AUDIENCE, OUTCOME, MEASUREMENT)
NO_CONTENT = frozenset({"kind", EXEMPT})  # they steer the judgement and answer no question
_STATES = ("complete", "partial", "missing")
MOST_MONTHS = 24
BY_MONTH = "By month"
_TOP = 10
_LABELS = 4
_LONGEST_TITLE = 72
_GROUP_HEAD = (
    *("changes", "judged", "complete", "partial", "missing", "exempt", "blind", "not asked"),
    "complete of asked",
)
REASONS = {"bot": "bot (by the author's name, unverified)", "merge": "merge of branches"}
ORIGINS = {
    "description": "description on the forge",
    "message": "message of the commit",
    "commit": "messages of its commits",
    "note": "note kept at the merge",
    "issue": "linked issue",
}
BLIND_ROW = "blind: the description is on the forge"
_BARS = "\u2581\u2582\u2583\u2584\u2585\u2586\u2587\u2588"
_MOST_BARS = 48
_TITLE = "Product context of the history"


def coverage_tables(coverage: Coverage) -> Iterator[Table]:
    """Yield what a coverage says, every rate with what it is a part of; empty tables left out."""
    yield _denominators(coverage)
    if not coverage.judged:
        return
    yield _states(coverage)
    yield _fields(coverage)
    yield _simple("Read from", "form", coverage.forms, coverage.judged)
    if coverage.described:
        origins = name_origins(coverage)
        yield _simple("Read in", "text", origins, coverage.judged)
    for title, name, group in (
        (*_month_title(coverage), order_months(coverage.months)[-MOST_MONTHS:]),
        ("By kind", "kind", rank_groups(coverage.kinds)),
        ("By area", "area", rank_groups(coverage.areas)),
        ("By author", "author", rank_groups(coverage.authors)),
        ("By agents and people", "written by", rank_groups(coverage.writers)),
        ("Adoption", "changes made", order_phases(coverage.phases)),
    ):
        if group:
            yield _group(title, name, group)
    if coverage.rules:
        yield _rules(coverage)
    if coverage.exempt_features:
        rows = tuple(
            (clean_line(identity), clip(title, _LONGEST_TITLE), reason)
            for identity, title, reason in coverage.exempt_features
        )
        yield Table("Exempt features", ("change", "title", "class"), rows, frozenset({0, 1, 2}))
    if coverage.waived:
        yield waived_table(coverage.waived)


def waived_table(waived: Sequence[tuple[str, str, str]]) -> Table:
    """Return who let which change pass, to what day, and why."""
    rows = tuple(
        (clean_line(i), clip(title, _LONGEST_TITLE), clean_line(said)) for i, title, said in waived
    )
    return Table(
        "Waived", ("change", "title", "by whom, until when, why"), rows, frozenset({0, 1, 2})
    )


def basis_lines(basis: Basis) -> Iterator[tuple[str, str]]:
    """Yield what an audit looked at as (name, value), one for each thing that is known."""
    rows = (
        ("repository", basis.repository),
        ("range", basis.revisions),
        ("branch", basis.branch),
        ("head", basis.head),
        ("unit", basis.unit),
        ("today", f"{basis.today.isoformat()} ({basis.timezone})"),
        ("configuration", f"{basis.config}, preset {basis.preset}"),
        ("schema", basis.schema),
        ("template", ", ".join(basis.templates)),
        ("only", ", ".join(basis.filters)),
    )
    for name, value in rows:
        if value:
            yield name, clean_line(value)
    for note in basis.notes:
        yield "note", clean_line(note)


def say_coverage(total: Tally) -> str:
    """Return in one sentence how many changes say why, which holds for none and for all of them."""
    unread = f"the descriptions of {total.blind:,} requests are on the forge, and nobody read them"
    if total.blind == 1:
        unread = "the description of 1 request is on the forge, and nobody read it"
    if not total.judged:
        nothing = f"Nothing could be read: {unread}." if total.blind else ""
        return nothing or "There is no change to judge in this range."
    told = _say_asked(total)
    if total.exempt and total.asked:
        told += f"; {total.exempt:,} more {_give(total.exempt)} a reason why not"
    return f"{told}; {unread}." if total.blind else f"{told}."


def _say_asked(total: Tally) -> str:
    asked, counts = total.asked, (total.complete, total.partial, total.missing)
    if not asked:
        whole = "The only change" if total.exempt == 1 else f"All {total.exempt:,} changes"
        return f"{whole} to judge {_give(total.exempt)} a reason why nothing is to be answered"
    whole = f"{asked:,} changes had to answer" if asked != 1 else "One change had to answer"
    says = ("says why in full", "answers a part", "answers nothing")
    say = ("say why in full", "answer a part", "answer nothing")
    if asked in counts:
        n = counts.index(asked)
        return f"{whole}, and {f'all {say[n]}' if asked != 1 else f'it {says[n]}'}"
    told = [f"{n:,} {(says if n == 1 else say)[i]}" for i, n in enumerate(counts) if n]
    return f"{whole}: {', '.join(told[:-1])} and {told[-1]}"


def _give(count: int) -> str:
    return "gives" if count == 1 else "give"


def field_order(coverage: Coverage) -> tuple[str, ...]:
    """Return the fields to show: the core ones, then every other that somebody answered."""
    others = sorted(set(coverage.fields) - set(CORE_FIELDS) - NO_CONTENT)
    return (*CORE_FIELDS, *others)


def name_origins(coverage: Coverage) -> dict[str, int]:
    """Return in how many changes answers were read from which text, by its name for people."""
    return {ORIGINS.get(name, name): count for name, count in coverage.origins.items()}


def field_labels(coverage: Coverage, name: str) -> tuple[tuple[str, int], ...]:
    """Return the labels a field was read from, the most used first."""
    found = [(label, n) for (field, label), n in coverage.labels.items() if field == name]
    return tuple(sorted(found, key=lambda entry: (-entry[1], entry[0])))


def rank(counts: Mapping[str, int]) -> tuple[tuple[str, int], ...]:
    """Return counts with the greatest first, equal ones by name."""
    return tuple(sorted(counts.items(), key=lambda entry: (-entry[1], entry[0])))


def rank_groups(groups: Mapping[str, Tally]) -> tuple[tuple[str, Tally], ...]:
    """Return groups with the most judged changes first."""
    return tuple(sorted(groups.items(), key=lambda g: (-g[1].judged, -g[1].changes, g[0])))


def order_months(months: Mapping[str, Tally]) -> tuple[tuple[str, Tally], ...]:
    """Return months in their order; the unknown one, whose name is a word, comes last."""
    return tuple(sorted(months.items()))


def order_phases(phases: Mapping[str, Tally]) -> tuple[tuple[str, Tally], ...]:
    """Return the time before the adoption, since it, and unknown."""
    order = (BEFORE, SINCE)
    return tuple(sorted(phases.items(), key=lambda p: order.index(p[0]) if p[0] in order else 9))


def _month_title(coverage: Coverage) -> tuple[str, str]:
    count = len(coverage.months)
    left = f" (the last {MOST_MONTHS} of {count})" if count > MOST_MONTHS else ""
    return f"{BY_MONTH}{left}", "month"


def _denominators(coverage: Coverage) -> Table:
    total = coverage.total
    skipped = [(f"not asked: {REASONS.get(r, r)}", n) for r, n in rank(coverage.skipped)]
    exempt = [(f"exempt: {name}", n) for name, n in rank(coverage.exempt)]
    rows = (
        ("all", total.changes),
        *skipped,
        *([(BLIND_ROW, total.blind)] * bool(total.blind)),
        ("judged", total.judged),
        *exempt,
        ("had to answer", total.asked),
    )
    shown = tuple((clean_line(name), str(count)) for name, count in rows)
    return Table("Changes", ("", "changes"), shown)


def _states(coverage: Coverage) -> Table:
    total = coverage.total
    counts = {state: getattr(total, state) for state in _STATES}
    rows = tuple(_rate_row(state, count, total.asked) for state, count in counts.items())
    exempt = _rate_row("exempt", total.exempt, total.judged)
    return Table("Coverage", ("state", "changes", "of", "share"), (*rows, exempt))


def _fields(coverage: Coverage) -> Table:
    rows = []
    for name in field_order(coverage):
        labels = field_labels(coverage, name)
        named = [f"{clip(label, _LONGEST_TITLE)} {n}" for label, n in labels[:_LABELS]]
        if len(labels) > _LABELS:
            named.append(f"{len(labels) - _LABELS} more")
        rows.append((*_rate_row(name, coverage.fields[name], coverage.judged), ", ".join(named)))
    head = ("field", "changes", "of", "share", "read under")
    return Table("Fields", head, tuple(rows), frozenset({0, 4}))


def _simple(title: str, name: str, counts: Mapping[str, int], whole: int) -> Table:
    rows = tuple(_rate_row(key, count, whole) for key, count in rank(counts))
    return Table(title, (name, "changes", "of", "share"), rows)


def _group(title: str, name: str, groups: Iterable[tuple[str, Tally]]) -> Table:
    rows = tuple(_tally_row(key, tally) for key, tally in groups)
    return Table(title, (name, *_GROUP_HEAD), rows)


def _tally_row(name: str, tally: Tally) -> tuple[str, ...]:
    counts = (tally.changes, tally.judged, tally.complete, tally.partial, tally.missing)
    rest = (tally.exempt, tally.blind, tally.skipped)
    share = show_share(tally.complete, tally.asked) or "-"
    return (clean_line(name), *map(str, (*counts, *rest)), share)


def _rules(coverage: Coverage) -> Table:
    ranked = rank({rule: count.changes for rule, count in coverage.rules.items()})[:_TOP]
    rows = []
    for rule, changes in ranked:
        count, known = coverage.rules[rule], find_rule(rule)
        name = known.name if known is not None else ""
        title = clip(without_number(count.title, count.example), _LONGEST_TITLE)
        example = f"{clean_line(count.example)} {title}"
        rate = show_share(changes, coverage.judged) or "-"
        row = (rule, name, str(changes), str(count.errors), str(coverage.judged), rate, example)
        rows.append(row)
    head = ("rule", "name", "changes", "errors", "of", "share", "such as")
    return Table("What fails most", head, tuple(rows), frozenset({0, 1, 6}))


def _rate_row(name: str, part: int, whole: int) -> tuple[str, ...]:
    return clean_line(name), str(part), str(whole), show_share(part, whole) or "-"


def render_text(basis: Basis, coverage: Coverage, more: Sequence[Table] = ()) -> str:
    """Return the counts as aligned columns: no colour, no width, the same everywhere.

    `more` are tables to stand behind those of the coverage.
    """
    end = "" if coverage.judged else _nothing(coverage)
    tables = (*coverage_tables(coverage), *more)
    return render_plain_tables(tuple(basis_lines(basis)), tables, end)


def render_rich(
    basis: Basis, coverage: Coverage, more: Sequence[Table] = (), *, width: int, color: bool
) -> str:
    """Return the counts as drawn tables and a trend, for a terminal of `width` columns."""
    tables = (*coverage_tables(coverage), *more)
    by_month = (table.title for table in tables if table.title.startswith(BY_MONTH))
    below = dict.fromkeys(by_month, render_trend(coverage))
    facts = tuple(basis_lines(basis))
    return render_drawn_tables(facts, tables, below=below, width=width, color=color)


def render_markdown(basis: Basis, coverage: Coverage, more: Sequence[Table] = ()) -> str:
    """Return the counts as GitHub tables, every word of the history made harmless."""
    end = "" if coverage.judged else f"{_nothing(coverage).capitalize()}."
    tables = (*coverage_tables(coverage), *more)
    return render_markdown_tables(_TITLE, tuple(basis_lines(basis)), tables, end)


def _nothing(coverage: Coverage) -> str:
    return "nothing could be read" if coverage.blind else "nothing to judge"


def render_trend(coverage: Coverage) -> str:
    """Return one bar a month for the share of complete changes, a gap under five of them."""
    bars = [_bar(t.complete, t.asked) for _, t in order_months(coverage.months)][-_MOST_BARS:]
    return f"complete, month by month: {''.join(bars)}"


def _bar(part: int, whole: int) -> str:
    rate = share(part, whole)
    return " " if rate is None else _BARS[min(int(rate * len(_BARS) / 100), len(_BARS) - 1)]
