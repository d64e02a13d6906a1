"""PostgreSQL, SQLite, DuckDB and files: one number, and nothing else that a query could do."""

from __future__ import annotations

import json
import sqlite3
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
import psycopg
import pytest
from tests.metrics.conftest import DAY

from whygate.metrics.windows import span_of, window_of

if TYPE_CHECKING:
    from decimal import Decimal

    from tests.metrics.conftest import Ask

    from whygate.metrics.reading import Reading

WEEK = window_of(DAY, 168)
SQL = "{type: sql, url_env: DB, timeout: 2}"
COUNT = "select count(*) from tickets where opened_at >= :start and opened_at < :end"
SECRET = "hunter2"


def metric(query: str, more: str = "") -> str:
    return f"{{title: t, backend: b, window: 7d, query: {json.dumps(query)}{more}}}"


@pytest.fixture(params=["postgresql", "sqlite", "duckdb"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Give the address of a database whose tickets fell from 3 a day to 1 on 2026-11-01."""
    if request.param == "postgresql":
        return str(request.getfixturevalue("postgres"))
    days = [DAY - timedelta(days=n) for n in range(70)]
    rows = [
        ("rows", f"{day} 0{hour}:00:00", 1.5 * hour)
        for day in days
        for hour in range(3 if day.isoformat() < "2026-11-01" else 1)
    ]
    path = tmp_path / "shop.db"
    if request.param == "sqlite":
        with sqlite3.connect(path) as lite:
            lite.execute("create table tickets (topic text, opened_at text, minutes float)")
            lite.executemany("insert into tickets values (?, ?, ?)", rows)
        lite.close()
    else:
        duck = duckdb.connect(str(path))
        duck.execute("create table tickets (topic text, opened_at timestamp, minutes float)")
        duck.executemany("insert into tickets values (?, ?, ?)", rows)
        duck.close()
    return f"{request.param}:///shop.db"


def value_of(readings: tuple[Reading, ...]) -> Decimal:
    (reading,) = readings
    assert reading.state == "value", reading.reason
    assert reading.number is not None
    return reading.number


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        (COUNT, 7),
        (f"{COUNT};", 7),
        (f"{COUNT} -- of one week", 7),
        (f"with t as ({COUNT}) select * from t", 7),
        ("select count(*) from tickets where opened_at < :end", 7 * 1 + 8 * 1 + 55 * 3),
    ],
    ids=["count", "semicolon", "comment", "with", "end only"],
)
def test_query_gives_the_number_of_the_window(
    ask: Ask, database: str, query: str, expected: int
) -> None:
    assert value_of(ask(SQL, metric(query), WEEK, DB=database)) == expected


def test_windows_are_read_one_after_another(ask: Ask, database: str) -> None:
    readings = ask(SQL, metric(COUNT), *span_of(DAY, 168, None).windows[-4:], DB=database)

    assert [reading.number for reading in readings] == [21, 19, 7, 7]


def test_bounds_are_bound_and_not_pasted(ask: Ask, database: str) -> None:
    query = "select count(*) from tickets where topic = ':start' or opened_at < :start"

    assert value_of(ask(SQL, metric(query), WEEK, DB=database)) > 7


NO_NUMBER = {
    "null": ("select avg(minutes) from tickets where opened_at > :end", "inconclusive", "no data"),
    "no row": ("select minutes from tickets where opened_at > :end", "inconclusive", "no data"),
    "rows": ("select minutes from tickets where opened_at < :end", "error", "more than one row"),
    "columns": ("select count(*), 1 from tickets where opened_at < :end", "error", "2 columns"),
    "text": ("select min(topic) from tickets where opened_at < :end", "error", "no number"),
    "syntax": ("selec :end", "error", "refuses the query"),
    "no table": ("select count(*) from orders where at2 < :end", "error", "refuses the query"),
}


@pytest.mark.parametrize("name", NO_NUMBER)
def test_query_without_one_number_is_a_clear_state(ask: Ask, database: str, name: str) -> None:
    query, state, reason = NO_NUMBER[name]

    (reading,) = ask(SQL, metric(query), WEEK, DB=database)

    if name == "syntax" and reading.reason.endswith("one SELECT is needed"):
        reason = "one SELECT is needed"
    assert (reading.state, reason in reading.reason) == (state, True), reading.reason


WRITES = {
    "delete": "delete from tickets where opened_at < :end",
    "delete and return": "delete from tickets where opened_at < :end returning 1",
    "writable with": (
        "with gone as (delete from tickets where opened_at < :end returning 1) "
        "select count(*) from gone"
    ),
    "two statements": f"{COUNT}; drop table tickets",
    "closing the wrapper": f"{COUNT}) as a; drop table tickets; --",
    "table": "create table t2 as select :end as a",
    "insert": "insert into tickets values ('x', :end, 1)",
    "setting": "set transaction read write; delete from tickets where opened_at < :end",
}


@pytest.mark.parametrize("name", WRITES)
def test_query_that_writes_is_refused(ask: Ask, database: str, name: str) -> None:
    before = value_of(ask(SQL, metric(COUNT), WEEK, DB=database))

    reading = ask.unchecked(SQL, WRITES[name], WEEK, DB=database)

    assert reading.state == "error", reading
    assert value_of(ask(SQL, metric(COUNT), WEEK, DB=database)) == before


SLOW = {
    "postgresql": "select count(*) from pg_sleep(60) where now() > :start",
    "sqlite": (
        "with recursive n(i) as (select 1 union all select i + 1 from n) "
        "select count(*) from n where i > :start"
    ),
    "duckdb": "select count(*) from range(100000000000) t(i) where i % 7 = 3 and now() > :start",
}


def test_slow_query_is_ended(ask: Ask, database: str) -> None:
    backend = "{type: sql, url_env: DB, timeout: 1}"
    query = SLOW[database.partition(":")[0]]

    (reading,) = ask(backend, metric(query), WEEK, DB=database)

    assert reading.answered is False
    assert "took longer than 1 s" in reading.reason


# --- what each engine could do besides


POSTGRES_HARM = {
    "sequence": "select nextval('harm') from tickets where opened_at > :start limit 1",
    "setting": "select set_config('transaction_read_only', 'off', false)::int where now() > :start",
    "large": "select length(repeat('x', 900000000))::int where now() < :start",
}


@pytest.mark.parametrize("name", POSTGRES_HARM)
def test_postgresql_changes_nothing(ask: Ask, postgres: str, name: str) -> None:
    with psycopg.connect(postgres) as connection:
        connection.execute("create sequence if not exists harm")

    (reading,) = ask(SQL, metric(POSTGRES_HARM[name]), WEEK, DB=postgres)

    assert reading.state != "value"


def test_large_value_of_postgresql_is_never_sent(ask: Ask, postgres: str) -> None:
    query = "select repeat('x', 500000000) where now() > :start"

    (reading,) = ask(SQL, metric(query), WEEK, DB=postgres)

    assert reading.state != "value"
    assert reading.answered is False


def test_password_of_a_database_is_never_shown(ask: Ask) -> None:
    address = f"postgresql://shop:{SECRET}@127.0.0.1:1/postgres"

    (reading,) = ask(SQL, metric(COUNT), WEEK, DB=address)

    assert (reading.state, reading.answered) == ("inconclusive", False)
    assert "cannot be reached" in reading.reason
    assert SECRET not in reading.reason
    assert ask.waited == [0.5, 1.0]


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        ("sqlite:///absent.db", "no database `absent.db`"),
        ("sqlite://", "names no file"),
        ("duckdb:///absent.db", "no database `absent.db`"),
        ("nosuchengine://h/d", "no address that SQLAlchemy knows"),
        ("not an address", "no address that SQLAlchemy knows"),
        ("mssql+pyodbc://h/d", "a driver is missing"),
    ],
)
def test_address_that_leads_nowhere_is_said(ask: Ask, address: str, reason: str) -> None:
    (reading,) = ask(SQL, metric(COUNT), WEEK, DB=address)

    assert (reading.answered, reason in reading.reason) == (False, True), reading.reason


def test_address_that_is_not_set_is_named(ask: Ask) -> None:
    (reading,) = ask(SQL, metric(COUNT), WEEK)

    assert "DB is not set" in reading.reason


def test_file_that_is_no_database_is_said(ask: Ask) -> None:
    (ask.root / "x.db").write_text("no database, but long enough to be looked at" * 50)

    for address in ("sqlite:///x.db", "duckdb:///x.db"):
        (reading,) = ask(SQL, metric(COUNT), WEEK, DB=address)
        assert reading.state != "value"
        assert reading.answered is False


SQLITE_HARM = {
    "attach": "attach 'other.db' as o",
    "pragma": "pragma query_only = 0",
    "pragma function": "select count(*) from pragma_table_info('tickets') where :start > ''",
    "extension": "select load_extension('x') where :start > ''",
    "large": "select length(zeroblob(900000000)) where :start > ''",
}


@pytest.mark.parametrize("name", SQLITE_HARM)
def test_sqlite_reads_and_nothing_else(ask: Ask, name: str) -> None:
    with sqlite3.connect(ask.root / "shop.db") as lite:
        lite.execute("create table tickets (opened_at text)")
    lite.close()
    reading = ask.unchecked(SQL, SQLITE_HARM[name], WEEK, DB="sqlite:///shop.db")

    assert reading.state == "error"
    assert not (ask.root / "other.db").exists()


# --- files


ROWS = "".join(f"{DAY - timedelta(days=n)},rows\n" for n in range(30))


@pytest.fixture(params=["csv", "parquet", "json", "ndjson"])
def files(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Give the pattern of two files with one ticket a day."""
    ending = str(request.param)
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "rows.txt").write_text(f"day,topic\n{ROWS}")
    whole = f"read_csv('{folder / 'rows.txt'}', header = true)"
    form = {"csv": "csv, header", "ndjson": "json", "json": "json, array true"}.get(ending, ending)
    with duckdb.connect() as duck:
        for number, half in enumerate(("day < '2026-11-01'", "day >= '2026-11-01'")):
            target = folder / f"tickets-{number}.{ending}"
            duck.execute(f"copy (from {whole} where {half}) to '{target}' (format {form})")
    return f"data/*.{ending}"


BY_DAY = "select count(*) from b where day >= :start and day < :end"


def test_files_are_one_table_by_the_name_of_the_backend(ask: Ask, files: str) -> None:
    backend = f"{{type: files, path: '{files}'}}"

    assert value_of(ask(backend, metric(BY_DAY), WEEK)) == 7


FILES_HARM = {
    "other file": "select count(*) from read_text('/etc/hostname') where :start < now()",
    "copy": "copy b to '/tmp/whygate-harm.csv'",
    "attach": "attach '/tmp/whygate-harm.db'",
    "setting": "set enable_external_access = true",
    "extension": "install httpfs",
    "two statements": f"{BY_DAY}; drop table b",
    "drop": "drop table b",
    "pragma": "pragma database_list",
    "glob": "select count(*) from glob('/etc/*') where :start < now()",
    "web": "select count(*) from read_csv('http://127.0.0.1:1/x.csv') where :start < now()",
}


@pytest.mark.parametrize("name", FILES_HARM)
def test_files_are_read_and_nothing_else(ask: Ask, name: str) -> None:
    (ask.root / "a.csv").write_text(f"day,topic\n{ROWS}")
    reading = ask.unchecked("{type: files, path: a.csv}", FILES_HARM[name], WEEK)

    assert reading.state == "error", reading
    assert not Path("/tmp/whygate-harm.csv").exists()


def test_file_outside_of_the_repository_is_not_read(
    ask: Ask, tmp_path_factory: pytest.TempPathFactory
) -> None:
    outside = tmp_path_factory.mktemp("outside") / "a.csv"
    outside.write_text(f"day,topic\n{ROWS}")
    (ask.root / "a.csv").symlink_to(outside)

    (reading,) = ask("{type: files, path: '*.csv'}", metric(BY_DAY), WEEK)

    assert "leads out of the repository" in reading.reason


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("b.csv", "day\n", "no file fits `a.csv`"),
        ("a.csv", '"unclosed\n1,2,3\n', ""),
    ],
    ids=["absent", "broken"],
)
def test_file_that_cannot_be_read_is_said(ask: Ask, name: str, content: str, reason: str) -> None:
    (ask.root / name).write_text(content)

    (reading,) = ask("{type: files, path: a.csv}", metric(BY_DAY), WEEK)

    assert reading.state != "value"
    assert reason in reading.reason
    assert str(ask.root.resolve()) not in reading.reason
