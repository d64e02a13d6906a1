"""Databases by SQLAlchemy, read-only as each engine can be: one SELECT, one number."""

from __future__ import annotations

import sqlite3
import time
from pathlib import Path
from typing import TYPE_CHECKING

from whygate.catalogue.file import find_bound, quote_colons
from whygate.metrics.backends.duck import Duck, connect, lock
from whygate.metrics.port import (
    QueryError,
    SourceError,
    find_address,
    first_line,
    one_value,
)
from whygate.version import how_to_add

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from decimal import Decimal

    from sqlalchemy import URL, Connection, Engine

    from whygate.catalogue.catalogue import Backend, Metric
    from whygate.metrics.port import Setting, Source
    from whygate.metrics.windows import Window

_POOL = 8
_STEPS = 20_000  # of SQLite's machine between two looks at the clock
_LONGEST_VALUE = 1_000_000  # bytes of one value of SQLite
# https://www.postgresql.org/docs/current/catalog-pg-type.html: the numbers, by their type's id
_POSTGRES_NUMBERS = frozenset((20, 21, 23, 700, 701, 1700))
_SQLITE_ALLOWED = frozenset(
    (
        *(sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_FUNCTION),
        *(sqlite3.SQLITE_RECURSIVE, sqlite3.SQLITE_TRANSACTION),
    )
)
_WRAPPED = ("postgresql", "sqlite")


def open_backend(backend: Backend, setting: Setting) -> Source:
    """Return the backend; raises SourceError when address, library or driver is missing."""
    try:
        from sqlalchemy import make_url  # noqa: PLC0415  (only who asks needs it)
        from sqlalchemy.exc import ArgumentError, NoSuchModuleError  # noqa: PLC0415
    except ImportError:
        hint = how_to_add("sql")
        raise SourceError("SQLAlchemy is not installed", hint=hint) from None
    address = find_address(backend, setting)
    try:
        url = make_url(address)
        dialect = url.get_backend_name()
        if dialect == "duckdb":
            return _open_duck(url, backend, setting)
        engine = _make_engine(url, backend, setting)
    except (ArgumentError, NoSuchModuleError, ValueError):
        where = backend.url_env or "`url`"
        raise SourceError(f"{where} holds no address that SQLAlchemy knows") from None
    except ImportError as error:
        hint = "install the driver of the database beside whygate"
        raise SourceError(f"a driver is missing: {first_line(error)}", hint=hint) from None
    return Sql(engine, backend.timeout, (address, url.password or ""))


class Sql:
    """Asks one SELECT a window, all on one connection, and never commits."""

    def __init__(self, engine: Engine, timeout: int, secrets: Sequence[str]) -> None:
        self.engine = engine
        self.timeout = timeout
        self.secrets = tuple(str(secret) for secret in secrets)

    def read(self, metric: Metric, windows: Sequence[Window]) -> list[Decimal | None]:
        """Return the number of each window; raises as the port says."""
        from sqlalchemy.exc import DBAPIError, SQLAlchemyError  # noqa: PLC0415

        try:
            with self.engine.connect() as connection:
                try:
                    return [self._read(connection, metric.query, window) for window in windows]
                finally:
                    connection.rollback()
        except DBAPIError as error:
            raise self._explain(error) from None
        except SQLAlchemyError as error:
            said = first_line(error, self.secrets)
            raise QueryError(f"the query cannot be asked: {said}") from None

    def close(self) -> None:
        """Close every connection."""
        self.engine.dispose()

    def _read(self, connection: Connection, query: str, window: Window) -> Decimal | None:
        from sqlalchemy import text  # noqa: PLC0415

        dialect = connection.dialect.name
        asked = quote_colons(_wrap(query) if dialect in _WRAPPED else query)
        values = {"start": window.start, "end": window.end}
        bound = {name: _to_engine(values[name], dialect) for name in find_bound(query)}
        if dialect == "sqlite":
            self._limit_time(connection)
        if dialect == "postgresql":
            # What the columns are is known before anything is computed or sent.
            described = connection.execute(text(asked.replace("LIMIT 2", "LIMIT 0")), bound)
            _require_number(described.cursor.description if described.cursor else None)
            described.close()
        streamed = connection.execution_options(stream_results=True, max_row_buffer=2)
        with streamed.execute(text(asked), bound) as result:
            if not result.returns_rows:
                raise QueryError("the query gives no rows; one SELECT is needed")
            return one_value([tuple(row) for row in result.fetchmany(2)])

    def _limit_time(self, connection: Connection) -> None:
        """Let SQLite look at the clock from time to time; it has no time limit of its own."""
        deadline = time.monotonic() + self.timeout
        driver = connection.connection.driver_connection
        assert isinstance(driver, sqlite3.Connection)  # noqa: S101 - asked by its dialect
        driver.set_progress_handler(lambda: time.monotonic() > deadline, _STEPS)

    def _explain(self, error: object) -> QueryError | SourceError:
        """Return what an error of a driver means, by what the driver calls it."""
        from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError  # noqa: PLC0415

        assert isinstance(error, DBAPIError)  # noqa: S101 - caught as one
        cause = error.orig
        said = first_line(cause or error, self.secrets)
        state = getattr(cause, "sqlstate", None)
        if state == "57014" or said == "interrupted":  # query_canceled: statement_timeout
            return SourceError(f"the query took longer than {self.timeout} s")
        is_wrong = isinstance(cause, sqlite3.Error) and not _is_absent(said)
        if state or is_wrong or not isinstance(error, (OperationalError, InterfaceError)):
            return QueryError(f"the database refuses the query: {said}")
        return SourceError(f"the database cannot be reached: {said}", passing=True)


def _is_absent(said: str) -> bool:
    return said.startswith(("unable to open", "database is locked", "disk I/O"))


def _wrap(query: str) -> str:
    """Return a query as a part of a SELECT, in which no other statement can stand."""
    return f"SELECT * FROM (\n{query.strip().rstrip(';')}\n) AS whygate_answer LIMIT 2"  # noqa: S608


def _require_number(description: Sequence[Sequence[object]] | None) -> None:
    """Require one column that holds numbers, as PostgreSQL describes it."""
    columns = description or ()
    if len(columns) != 1:
        raise QueryError(f"the query gives {len(columns)} columns; one number is needed")
    if columns[0][1] not in _POSTGRES_NUMBERS:
        raise QueryError("the query gives no number; cast it, such as `::numeric`")


def _to_engine(moment: datetime, dialect: str) -> object:
    """Return a time as an engine compares it.

    SQLite compares times as text, so midnight is written as its day: it stands before every time
    of that day, and a bare day equals it.
    """
    if dialect != "sqlite":
        return moment if dialect == "postgresql" else moment.replace(tzinfo=None)
    is_midnight = not (moment.hour or moment.minute or moment.second)
    return moment.strftime("%Y-%m-%d" if is_midnight else "%Y-%m-%d %H:%M:%S")


def _make_engine(url: URL, backend: Backend, setting: Setting) -> Engine:
    from sqlalchemy import create_engine  # noqa: PLC0415

    dialect = url.get_backend_name()
    if dialect == "sqlite":
        return _sqlite_engine(url, backend, setting)
    options: dict[str, object] = {}
    if dialect == "postgresql":
        if url.drivername == "postgresql":
            url = url.set(drivername="postgresql+psycopg")
        limits = f"-c statement_timeout={backend.timeout * 1000} -c timezone=UTC"
        options = {
            "options": f"-c default_transaction_read_only=on {limits}",
            "connect_timeout": min(backend.timeout, 10),
            "application_name": "whygate",
        }
    engine = create_engine(url, pool_size=_POOL, max_overflow=0, connect_args=options)
    if dialect == "postgresql":
        engine = engine.execution_options(postgresql_readonly=True)
    return engine


def _sqlite_engine(url: URL, backend: Backend, setting: Setting) -> Engine:
    """Return an engine on a file that SQLite opens to read, and asks before each action."""
    from sqlalchemy import create_engine  # noqa: PLC0415
    from sqlalchemy.pool import NullPool  # noqa: PLC0415

    path = _path_of(url, setting)

    def open_file() -> sqlite3.Connection:
        connection = sqlite3.connect(
            f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=backend.timeout
        )
        connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _LONGEST_VALUE)
        connection.set_authorizer(_may_do)
        return connection

    return create_engine("sqlite://", creator=open_file, poolclass=NullPool)


def _may_do(action: int, first: str | None, second: str | None, *_: object) -> int:
    """Tell SQLite whether something may be done: read, and what SQLAlchemy asks on connecting."""
    asks = (action, first, second) == (sqlite3.SQLITE_PRAGMA, "read_uncommitted", None)
    return sqlite3.SQLITE_OK if asks or action in _SQLITE_ALLOWED else sqlite3.SQLITE_DENY


def _path_of(url: URL, setting: Setting) -> Path:
    """Return the file of an address; a relative one counts from the top of the repository."""
    name = url.database or ""
    if not name or name == ":memory:" or name.startswith("file:"):
        raise SourceError("the address names no file of a database")
    path = (setting.root or Path()) / name
    if not path.is_file():
        raise SourceError(f"there is no database `{name}`")
    return path


def _open_duck(url: URL, backend: Backend, setting: Setting) -> Duck:
    connection = connect(_path_of(url, setting))
    lock(connection)
    return Duck(connection, backend.timeout)
