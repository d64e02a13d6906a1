"""The figures of a fleet: queries of DuckDB over its files, for a report of any form."""

from __future__ import annotations

import re
from datetime import date  # noqa: TC003 - msgspec reads the types
from pathlib import Path  # noqa: TC003
from typing import TYPE_CHECKING

from msgspec import Struct, field

from whygate.audit.coverage import RuleCount, Tally
from whygate.history.fleet.run import ALL
from whygate.history.fleet.tables import OPEN, open_duckdb
from whygate.outcomes.scorecard import Score
from whygate.outcomes.state import SOON

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from duckdb import DuckDBPyConnection

    from whygate.history.fleet.run import Ran

LEVELS = ("organisation", "team", "repository", "area")
_WHOLE = 3  # levels down to a repository; areas are known where paths were read
NO_GROUP = "(none)"
_MOST_RULES = 15
_QUOTED = re.compile("`[^`]*`")  # what differs in notes of one kind
_STATES = Tally.__struct_fields__
_TABLES = ("repositories", "changes", "answers", "plans", "results", "findings", "coverage")
# The state of a plan on a day; the same as outcomes/state.py, from what does not depend on it.
_STANDING = f"""
CREATE VIEW standing AS SELECT *,
  CASE
    WHEN state <> '{OPEN}' THEN state
    WHEN due IS NULL THEN 'waiting for a release'
    WHEN today() - due > CASE WHEN deferred THEN 0 ELSE grace END THEN 'overdue'
    WHEN NOT deferred AND today() >= due - {SOON} THEN 'due'
    ELSE 'planned'
  END AS standing,
  coalesce(due < today(), false) AND NOT reverted AS passed,
  decided IS NOT NULL AS looked
FROM plans
"""  # noqa: S608 - our own words
_GROUPS = """
SELECT r.organisation, r.team, r.repository, t.area,
  grouping(r.organisation, r.team, r.repository, t.area), {sums}
FROM repositories r JOIN {table} t ON t.repository = r.repository
GROUP BY ROLLUP (r.organisation, r.team, r.repository, t.area)
"""
_TALLY = ", ".join(f"coalesce(sum(changes) FILTER (state = '{s}'), 0) AS {s}" for s in _STATES)
_SCORE = {
    "plans": "true",
    "passed": "passed",
    "evaluated": "passed AND looked",
    "early": "looked AND NOT passed AND due IS NOT NULL",
    "met": "standing IN ('met', 'met, guardrail broken')",
    "broken": "standing = 'met, guardrail broken'",
    "missed": "standing = 'missed'",
    "inconclusive": "standing = 'inconclusive'",
    "abandoned": "standing = 'abandoned' AND looked",
    "reverted": "reverted",
    "undated": "standing = 'none'",
    "overdue": "standing = 'overdue'",
}
_PLANS = {**_SCORE, "due": "standing = 'due'", "unreadable": "NOT readable AND NOT deferred"}
_RULES = """
SELECT rule, count(*) AS changes, count(*) FILTER (severity = 'error') AS errors,
  max((repository, sha)) AS example
FROM findings WHERE severity <> 'info' GROUP BY rule ORDER BY changes DESC, rule LIMIT ?
"""
_EXAMPLE = "SELECT id, title FROM changes WHERE repository = ? AND sha = ?"


class Group(Struct):
    """An organisation, a team, a repository or an area: its changes, and what came of its plans.

    The name of the group is the last of `path`. `due` are plans whose day is near, `unreadable`
    those whose metric no catalogue can read. `page` leads to a page of its own, "" without one.
    """

    path: tuple[str, ...]
    tally: Tally = field(default_factory=Tally)
    score: Score = field(default_factory=Score)
    due: int = 0
    unreadable: int = 0
    page: str = ""


class Failure(Struct, frozen=True):
    """A repository that could not be read, why, and its cure.

    `since` tells of when its figures are, "" when there are none.
    """

    name: str
    place: str
    error: str
    hint: str
    since: str = ""


class FleetFigures(Struct, frozen=True):
    """All that a report of a fleet shows; every number is a count, none is of a person.

    `asked` is how many repositories were, `fresh` how many changes were read and not known from an
    earlier run, `described` of how many the forge's description was read, `groups` stand with each
    before its parts.
    """

    today: date
    asked: int
    read: int
    unchanged: int
    fresh: int
    described: int
    total: Group
    groups: tuple[Group, ...]
    months: tuple[tuple[str, Tally], ...]
    due_by_month: tuple[tuple[str, int, int, int], ...]
    rules: tuple[RuleCount, ...]
    failures: tuple[Failure, ...]
    notes: tuple[str, ...]


def open_tables(root: Path, today: date) -> DuckDBPyConnection:
    """Return a database with a view for each table of a fleet, and `standing`, plans on a day."""
    base = open_duckdb(threads=2)
    for table in _TABLES:
        named = str(root / ALL / f"{table}.parquet").replace("'", "''")
        base.execute(f"CREATE VIEW {table} AS FROM read_parquet('{named}')")
    base.execute(f"CREATE MACRO today() AS DATE '{today.isoformat()}'")
    base.execute(_STANDING)
    return base


def count_fleet(
    root: Path, ran: Ran, today: date, find_page: Callable[[str], str] = lambda _: ""
) -> FleetFigures:
    """Return the figures of a fleet on a day.

    `find_page` tells by the key of a repository where its own page is, "" for none.
    """
    with open_tables(root, today) as base:
        groups = _read_groups(base)
        for row in ran.rows:  # one without a change has its line as well
            if row.report is not None:
                team = row.member.team or row.report.team
                path = (row.member.organisation, team, row.member.name)
                for length in range(1, _WHOLE + 1):
                    groups.setdefault(path[:length], Group(path[:length]))
                groups[path].page = find_page(row.member.key)
        total = groups.pop((), Group(()))
        return FleetFigures(
            today=today,
            asked=len(ran.rows),
            read=ran.read,
            unchanged=ran.unchanged,
            fresh=ran.fresh,
            described=_count_described(base),
            total=total,
            groups=tuple(groups[path] for path in sorted(groups)),
            months=tuple(_read_months(base)),
            due_by_month=tuple(_read_due(base)),
            rules=tuple(_read_rules(base)),
            failures=tuple(_failures(ran)),
            notes=tuple(_notes(ran)),
        )


def _count_described(base: DuckDBPyConnection) -> int:
    found = base.execute("SELECT count(*) FROM changes WHERE described <> ''").fetchone()
    assert found is not None  # noqa: S101 - an aggregate has one row
    return int(found[0])


def _read_groups(base: DuckDBPyConnection) -> dict[tuple[str, ...], Group]:
    groups: dict[tuple[str, ...], Group] = {}
    for path, values in _rolled(base, "coverage", _TALLY):
        groups.setdefault(path, Group(path)).tally = Tally(*values)
    sums = ", ".join(f"count(*) FILTER ({when}) AS {name}" for name, when in _PLANS.items())
    for path, values in _rolled(base, "standing", sums):
        told = dict(zip(_PLANS, values, strict=True))
        group = groups.setdefault(path, Group(path))
        group.due, group.unreadable = told.pop("due"), told.pop("unreadable")
        group.score = Score(**told)
    named = {path[:_WHOLE] for path in groups if path[_WHOLE:] not in ((), ("",))}
    return {p: group for p, group in groups.items() if p[:_WHOLE] in named or len(p) <= _WHOLE}


def _rolled(
    base: DuckDBPyConnection, table: str, sums: str
) -> Iterator[tuple[tuple[str, ...], tuple[int, ...]]]:
    """Yield the path of each group of each level, and its sums."""
    for row in base.execute(_GROUPS.format(table=table, sums=sums)).fetchall():
        parts, rolled, sums_of = row[: len(LEVELS)], row[len(LEVELS)], row[len(LEVELS) + 1 :]
        length = len(LEVELS) - int(rolled).bit_length()  # a bit for each column that is rolled up
        yield parts[:length], tuple(map(int, sums_of))


def _read_months(base: DuckDBPyConnection) -> Iterator[tuple[str, Tally]]:
    query = f"SELECT month, {_TALLY} FROM coverage GROUP BY month ORDER BY month NULLS FIRST"  # noqa: S608
    for month, *values in base.execute(query).fetchall():
        yield month.isoformat()[:7] if month is not None else "unknown", Tally(*map(int, values))


def _read_due(base: DuckDBPyConnection) -> Iterator[tuple[str, int, int, int]]:
    """Yield (month, plans due in it, looked at, met) for plans with a day, the oldest first."""
    query = """
      SELECT strftime(due, '%Y-%m') AS month, count(*), count(*) FILTER (looked),
        count(*) FILTER (standing IN ('met', 'met, guardrail broken'))
      FROM standing WHERE due IS NOT NULL AND NOT reverted GROUP BY month ORDER BY month
    """
    yield from base.execute(query).fetchall()


def _read_rules(base: DuckDBPyConnection) -> Iterator[RuleCount]:
    for rule, changes, errors, (repository, sha) in base.execute(_RULES, [_MOST_RULES]).fetchall():
        found = base.execute(_EXAMPLE, [repository, sha]).fetchone()
        identity, title = found if found is not None else (sha, "")
        yield RuleCount(rule, changes, errors, f"{repository} {identity}", title)


def _failures(ran: Ran) -> Iterator[Failure]:
    for row in ran.failed:
        failure, since = row.failure, row.at if row.report is not None else ""
        assert failure is not None  # noqa: S101 - that is what `failed` are
        yield Failure(row.member.name, row.member.place, failure.error, failure.hint, since)


def _notes(ran: Ran) -> Iterator[str]:
    yield from ran.notes
    told: dict[str, list[tuple[str, str]]] = {}
    for row in ran.rows:
        for note in row.report.notes if row.report is not None else ():
            told.setdefault(_QUOTED.sub("", note), []).append((row.member.name, note))
    alike = sorted(told.values(), key=lambda notes: (-len(notes), notes[0][1]))
    for notes in alike[:_MOST_RULES]:
        name, note = notes[0]
        if len(notes) == 1:
            yield f"{name}: {note}"
        elif all(other == note for _, other in notes):
            yield f"{len(notes)} repositories: {note}"
        else:
            yield f"{len(notes)} repositories, such as {name}: {note}"
    if len(alike) > _MOST_RULES:
        yield f"{len(alike) - _MOST_RULES} more notes stand in the manifest"
