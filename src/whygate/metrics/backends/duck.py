"""DuckDB with everything shut but the tables it holds: no file, no network, no setting."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

from whygate.catalogue.file import bind_with_dollars, find_bound
from whygate.metrics.port import QueryError, SourceError, first_line, one_value
from whygate.version import how_to_add

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from decimal import Decimal
    from pathlib import Path

    from duckdb import DuckDBPyConnection

    from whygate.catalogue.catalogue import Metric
    from whygate.metrics.windows import Window

MEMORY = "1GB"
_CONFIG = {
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "allow_community_extensions": "false",
    "memory_limit": MEMORY,
    "threads": "2",
}


def connect(path: Path | None) -> DuckDBPyConnection:
    """Return a database in memory, or a file that is only read; SourceError when it cannot be."""
    try:
        import duckdb  # noqa: PLC0415  (only who asks needs it)
    except ImportError:
        hint = how_to_add("files")
        raise SourceError("duckdb is not installed", hint=hint) from None
    try:
        if path is None:
            return duckdb.connect(":memory:", config=dict(_CONFIG))
        return duckdb.connect(str(path), read_only=True, config=dict(_CONFIG))
    except duckdb.Error as error:
        raise SourceError(f"DuckDB cannot open it: {first_line(error)}") from None


def lock(connection: DuckDBPyConnection) -> None:
    """Shut a database: from here on it reads what it holds, and nothing can open it again.

    Its read-only mode still reads and copies files, so access to all of them is taken away, and
    then the right to change a setting.
    """
    connection.execute("SET TimeZone = 'UTC'")
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")


class Duck:
    """A locked database that answers one SELECT a window, each in a cursor of its own."""

    def __init__(self, connection: DuckDBPyConnection, timeout: int) -> None:
        self.connection = connection
        self.timeout = timeout

    def read(self, metric: Metric, windows: Sequence[Window]) -> list[Decimal | None]:
        """Return the number of each window."""
        return [self._read(metric.query, window) for window in windows]

    def close(self) -> None:
        """Let go of the database."""
        self.connection.close()

    def _read(self, query: str, window: Window) -> Decimal | None:
        import duckdb  # noqa: PLC0415  (loaded by `connect`)

        cursor = self.connection.cursor()
        try:
            with _limited(cursor, self.timeout):
                rows = cursor.execute(_wrap(cursor, query), _bind(query, window)).fetchmany(2)
        except duckdb.InterruptException:
            raise SourceError(f"the query took longer than {self.timeout} s") from None
        except duckdb.OutOfMemoryException:
            raise SourceError(f"the query needs more than {MEMORY} of memory") from None
        except duckdb.Error as error:
            raise QueryError(f"DuckDB refuses the query: {first_line(error)}") from None
        finally:
            cursor.close()
        return one_value(rows)


def _wrap(cursor: DuckDBPyConnection, query: str) -> str:
    """Return a query as part of a SELECT of two rows; QueryError for what is no single SELECT."""
    statements = cursor.extract_statements(bind_with_dollars(query))
    if len(statements) != 1:
        raise QueryError(f"the query holds {len(statements)} statements; one SELECT is needed")
    if statements[0].type.name != "SELECT":
        raise QueryError("the query is no SELECT")
    text = bind_with_dollars(query).strip().rstrip(";")
    return f"SELECT * FROM (\n{text}\n) AS whygate_answer LIMIT 2"  # noqa: S608 - the catalogue's


def _bind(query: str, window: Window) -> dict[str, object]:
    """Return what a query binds; times without a zone are UTC, as the session is."""
    values = {"start": window.start.replace(tzinfo=None), "end": window.end.replace(tzinfo=None)}
    return {name: values[name] for name in find_bound(query)}


@contextmanager
def _limited(cursor: DuckDBPyConnection, seconds: int) -> Iterator[None]:
    timer = threading.Timer(seconds, cursor.interrupt)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
