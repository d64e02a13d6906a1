"""The report of a fleet: text, JSON, CSV, and one page that opens offline; aggregates only."""

from __future__ import annotations

import csv
import io
from bisect import bisect_right
from collections import Counter
from typing import TYPE_CHECKING

from msgspec import Struct, field

from whygate.audit.coverage import Tally, show_share
from whygate.history.fleet.count import LEVELS, NO_GROUP
from whygate.reporters.coverage_json import round_share
from whygate.reporters.csv_ import disarm
from whygate.reporters.json_ import dump_json
from whygate.reporters.tables import Table, render_drawn_tables, render_plain_tables
from whygate.reporters.trend_chart import draw_trend
from whygate.text.clean import clean_line
from whygate.version import __version__

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from whygate.history.fleet.count import Failure, FleetFigures, Group
    from whygate.outcomes.scorecard import Score

REPORT_VERSION = 1
_LAST_MONTHS = 12
_MOST_GROUPS = 40  # lines of a table of text; JSON and CSV have all
# Rows of the page for each level: some 5 MB, which any browser opens in a second or two.
_MOST_ROWS = {"organisation": 1_000, "team": 2_000, "repository": 10_000, "area": 4_000}
_MOST_FAILURES = 1_000
_PLURAL = {"repository": "repositories"}
_COLUMNS = ("Changes", "Complete", "Plans", "Due", "Overdue", "Looked at", "Met")
Json = dict[str, object]


def render_fleet_text(found: FleetFigures, *, width: int | None, color: bool) -> str:
    """Return the report as text; for a terminal of `width` columns it is drawn."""
    tables = list(_tables(found))
    end = "\n".join([f"note: {clean_line(note)}" for note in found.notes])
    if width is None:
        return render_plain_tables(_facts(found), tables, end)
    return render_drawn_tables(_facts(found), tables, end, width=width, color=color)


def _facts(found: FleetFigures) -> tuple[tuple[str, str], ...]:
    total, score = found.total.tally, found.total.score
    return (
        ("repositories", say_repositories(found)),
        (
            "changes",
            f"{total.changes:,}; {_of(total.complete, total.asked)} of {total.asked:,} complete",
        ),
        ("plans", f"{score.plans:,}, {found.total.due:,} due, {score.overdue:,} overdue"),
        (
            "looked at",
            f"{_of(score.evaluated, score.passed)} of {score.passed:,} whose day has passed",
        ),
        ("met", f"{_of(score.met, score.decided)} of {score.decided:,} that were met or missed"),
        ("described", f"{found.described:,} by the text that the forge keeps"),
        ("metrics", f"{found.total.unreadable:,} plans name none that a catalogue can read"),
        ("today", found.today.isoformat()),
    )


def say_repositories(found: FleetFigures) -> str:
    """Return how many repositories were asked for, and what became of them."""
    done = found.asked - len(found.failures)
    return (
        f"{found.asked:,} asked = {done:,} done + {len(found.failures):,} failed "
        f"({found.read:,} read, {found.unchanged:,} as before)"
    )


def _of(part: int, whole: int) -> str:
    shown = show_share(part, whole)
    return f"{part:,} ({shown})" if shown else f"{part:,}"


def _tables(found: FleetFigures) -> Iterator[Table]:
    if found.failures:
        yield _failed(found.failures)
    for depth, level in enumerate(LEVELS, 1):
        groups = [group for group in found.groups if len(group.path) == depth]
        if not groups and found.groups:  # nobody asked for areas
            continue
        yield _group_table(level, groups)
    months = found.months[-_LAST_MONTHS:]
    rows = tuple(
        (m, f"{t.changes:,}", f"{t.asked:,}", f"{t.complete:,}", _rate(t)) for m, t in months
    )
    if rows:
        yield Table("By month", ("Month", "Changes", "Asked", "Complete", ""), rows)
    if found.due_by_month:
        due = tuple((m, *(f"{n:,}" for n in row)) for m, *row in found.due_by_month[-_LAST_MONTHS:])
        yield Table("Outcomes by the month they are due", ("Month", "Due", "Looked at", "Met"), due)
    if found.rules:
        rules = tuple(
            (r.rule, f"{r.changes:,}", f"{r.errors:,}", clean_line(r.example)) for r in found.rules
        )
        head = ("Rule", "Changes", "Errors", "Example")
        yield Table("What fails most", head, rows=rules, texts=frozenset({0, 3}))


def _rate(tally: Tally) -> str:
    return show_share(tally.complete, tally.asked)


def _failed(failures: Iterable[Failure]) -> Table:
    rows = tuple(
        (
            clean_line(f.name),
            clean_line(f.error) + (f" (figures of {f.since})" if f.since else ""),
            clean_line(f.hint),
        )
        for f in failures
    )
    head = ("Repository", "Why", "Cure")
    return Table("Could not be read", head, rows, frozenset({0, 1, 2}))


def _group_table(level: str, groups: list[Group]) -> Table:
    # Those with the most changes: this is no ranking of who does well.
    most = sorted(groups, key=lambda group: (-group.tally.changes, group.path))[:_MOST_GROUPS]
    rows = tuple((_name_whole(group), *_cells(group)) for group in most)
    left = len(groups) - len(most)
    more = f", the {_MOST_GROUPS} largest; {left:,} more in JSON and CSV" if left else ""
    return Table(f"By {level}{more}", (level.capitalize(), *_COLUMNS), rows)


def name_group(group: Group) -> str:
    """Return the name of a group."""
    return clean_line(group.path[-1]) or NO_GROUP


def _name_whole(group: Group) -> str:
    """Return the name of a group, of an area with its repository."""
    named = name_group(group)
    return f"{clean_line(group.path[-2])}: {named}" if len(group.path) == len(LEVELS) else named


def _cells(group: Group) -> tuple[str, ...]:
    tally, score = group.tally, group.score
    return (
        f"{tally.changes:,}",
        _of(tally.complete, tally.asked),
        f"{score.plans:,}",
        f"{group.due:,}",
        f"{score.overdue:,}",
        _of(score.evaluated, score.passed),
        _of(score.met, score.decided),
    )


def render_fleet_json(found: FleetFigures) -> str:
    """Return the report of fleet-report.schema.json version 1, ending in a newline."""
    return dump_json(
        {
            "version": REPORT_VERSION,
            "tool": {"name": "whygate", "version": __version__},
            "today": found.today.isoformat(),
            "repositories": {
                "asked": found.asked,
                "done": found.asked - len(found.failures),
                "failed": len(found.failures),
                "read": found.read,
                "unchanged": found.unchanged,
                "changes_read": found.fresh,
            },
            "described_by_forge": found.described,
            "total": _describe(found.total),
            "groups": [
                {
                    "level": LEVELS[len(g.path) - 1],
                    **dict(zip(LEVELS, g.path, strict=False)),
                    **({"page": g.page} if g.page else {}),
                    **_describe(g),
                }
                for g in found.groups
            ],
            "months": [{"month": month, **_tally(tally)} for month, tally in found.months],
            "due_by_month": [
                dict(zip(("month", "due", "looked_at", "met"), row, strict=True))
                for row in found.due_by_month
            ],
            "rules": [
                {"rule": r.rule, "changes": r.changes, "errors": r.errors, "example": r.example}
                for r in found.rules
            ],
            "failures": [
                {
                    "repository": f.name,
                    "place": f.place,
                    "error": f.error,
                    "cure": f.hint,
                    "figures_of": f.since or None,
                }
                for f in found.failures
            ],
            "notes": list(found.notes),
        }
    )


def _describe(group: Group) -> Json:
    return {
        "changes": _tally(group.tally),
        "plans": {
            **_score(group.score),
            "due": group.due,
            "without_readable_metric": group.unreadable,
            "evaluated_share": round_share(group.score.evaluated, group.score.passed),
            "met_share": round_share(group.score.met, group.score.decided),
        },
    }


def _tally(tally: Tally) -> Json:
    states = {name: getattr(tally, name) for name in Tally.__struct_fields__}
    asked = {"changes": tally.changes, "asked": tally.asked}
    return {**asked, **states, "complete_share": round_share(tally.complete, tally.asked)}


def _score(score: Score) -> Json:
    return {name: getattr(score, name) for name in (*score.__struct_fields__, "waiting")}


def render_fleet_csv(found: FleetFigures, *, raw: bool = False) -> str:
    """Return a row for each group of each level; `raw` leaves formulas as they are."""
    page = io.StringIO()
    writer = csv.writer(page, lineterminator="\n")
    names = (*Tally.__struct_fields__,)
    scores = tuple(_score(found.total.score))
    writer.writerow(
        ("level", *LEVELS, "changes", *names, *scores, "due", "without_readable_metric")
    )
    for group in found.groups:
        path = (*group.path, *[""] * (len(LEVELS) - len(group.path)))
        writer.writerow(
            (
                LEVELS[len(group.path) - 1],
                *(name if raw else disarm(name) for name in path),
                group.tally.changes,
                *(getattr(group.tally, name) for name in names),
                *_score(group.score).values(),
                group.due,
                group.unreadable,
            )
        )
    return page.getvalue()


class Branch(Struct):
    """A group with those of its `count` parts that the page shows."""

    name: str
    group: Group
    parts: list[Branch] = field(default_factory=list)
    count: int = 0


def render_fleet_html(found: FleetFigures) -> str:
    """Return one page that opens offline: aggregates, no script, nothing to load."""
    from whygate.reporters.html_ import make_environment  # noqa: PLC0415  (Jinja2 is slow)

    page = make_environment().get_template("fleet.html.j2")
    top = _grow(found)
    return page.render(
        found=found,
        failures=found.failures[:_MOST_FAILURES],
        cut=list(_cut(top, found.groups)),
        top=top,
        repositories=say_repositories(found),
        chart=draw_trend(found.months),
    ).lstrip()


def _grow(found: FleetFigures) -> Branch:
    """Return what holds the organisations, with their teams, repositories and areas."""
    top = Branch("", found.total)
    known: dict[tuple[str, ...], Branch] = {(): top}
    for group in found.groups:
        branch = known[group.path] = Branch(name_group(group), group)
        above = known.get(group.path[:-1], top)
        above.parts.append(branch)
        above.count += 1
    return top


def _cut(top: Branch, groups: Iterable[Group]) -> Iterator[str]:
    """Leave out the smallest parts of the largest groups, where a level is too much for a page.

    Yields what is to be said of that. The figures of the groups above count all of them.
    """
    counts = Counter(LEVELS[len(group.path) - 1] for group in groups)
    above = [top]
    for level, most in _MOST_ROWS.items():
        each = _share_out(most, [len(branch.parts) for branch in above])
        for branch in above:
            if branch.count > each:
                largest = sorted(branch.parts, key=lambda part: -part.group.tally.changes)[:each]
                branch.parts = sorted(largest, key=lambda part: part.group.path)
        above = [part for branch in above for part in branch.parts]
        if len(above) < counts[level]:
            named = _PLURAL.get(level, f"{level}s")
            yield f"{len(above):,} of {counts[level]:,} {named}"


def _share_out(most: int, sizes: Sequence[int]) -> int:
    """Return how many of each group fit, when there is room for `most` of all."""
    return bisect_right(range(1, most + 1), most, key=lambda n: sum(min(s, n) for s in sizes))


FLEET_FORMATS: dict[str, Callable[[FleetFigures], str]] = {
    "text": lambda found: render_fleet_text(found, width=None, color=False),
    "json": render_fleet_json,
    "csv": render_fleet_csv,
    "html": render_fleet_html,
}
