"""The Parquet files of a fleet: their columns, and how those of one repository are written.

DuckDB writes them from lines of JSON. A partition, the files of one repository, is made in another
place first and then moved to its own, so that no reader ever sees a part of it.
"""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from whygate.errors import UndecidedError
from whygate.version import how_to_add

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path
    from typing import BinaryIO

    from duckdb import DuckDBPyConnection

MAKING_DIRECTORY = "making"  # below the root: what is not whole yet
VERSION = 1  # of the columns; a partition of another one is made anew
TEXT, DAY, COUNT, FLAG = "VARCHAR", "DATE", "INTEGER", "BOOLEAN"
OPEN = "open"  # the state of a plan that waits for a result: the day of the reader says how


class Column(NamedTuple):
    """A column: its name, its type in SQL, and what it holds."""

    name: str
    type: str
    about: str


_REPOSITORY = Column("repository", TEXT, "the name in the fleet")
_SHA = Column("sha", TEXT, "the commit of the change")
_AREA = Column("area", TEXT, "CODEOWNERS or first directory, empty without --by-area")
TABLES: dict[str, tuple[Column, ...]] = {
    "changes": (
        _REPOSITORY,
        _SHA,
        Column("id", TEXT, "`#12`, or the short hash"),
        Column("day", DAY, "when it was committed, UTC; null where that cannot be read"),
        Column("kind", TEXT, "feature, fix, ..."),
        Column("state", TEXT, "complete, partial, missing, exempt, skipped or blind"),
        Column("reason", TEXT, "why it is exempt or skipped"),
        Column("title", TEXT, "its first line"),
        _AREA,
        Column("by_agent", FLAG, "a coding agent wrote it, or helped"),
        Column("described", TEXT, "`read` or `edited` where the forge's description was read"),
        Column("waiver", TEXT, "who let it pass, to what day and why"),
        Column("url", TEXT, "where the forge shows it"),
    ),
    "answers": (
        _REPOSITORY,
        _SHA,
        Column("field", TEXT, "problem, outcome, ..."),
        Column("label", TEXT, "the words it was read from"),
        Column("origin", TEXT, "the text it stands in"),
    ),
    "plans": (
        _REPOSITORY,
        Column("id", TEXT, "of the change or the bet; with `index` the key"),
        Column("index", COUNT, "of the measurement, from 1"),
        _SHA,
        Column("merged", DAY, "when its change was merged"),
        Column("kind", TEXT, "of the change"),
        _AREA,
        Column("title", TEXT, "of the change"),
        Column("metric", TEXT, "as written"),
        Column("baseline", TEXT, "as written"),
        Column("target", TEXT, "as written"),
        Column("due", DAY, "the day somebody looks, extensions counted in"),
        Column("grace", COUNT, "days after it until the plan is overdue"),
        Column("deferred", FLAG, "the plan itself is promised for `due`"),
        Column("waits", FLAG, "no day yet: it counts from a release"),
        Column("readable", FLAG, "the metric stands in the repository's catalogue"),
        Column("changes", COUNT, "that share the plan"),
        Column("state", TEXT, f"`{OPEN}`, none, met, missed, inconclusive, abandoned, ..."),
        Column("decided", DAY, "the day of the result that settled it"),
        Column("value", TEXT, "what was measured"),
        Column("reverted", FLAG, "the change was taken back before anybody looked"),
    ),
    "results": (
        _REPOSITORY,
        Column("id", TEXT, "of the plan, empty for a result that fits none"),
        Column("index", COUNT, "of the measurement"),
        Column("change", TEXT, "what it says it is about"),
        Column("state", TEXT, "met, missed, extended, ..."),
        Column("at", DAY, "when somebody looked"),
        Column("value", TEXT, "what was measured"),
        Column("evidence", TEXT, "where that can be seen"),
        Column("learned", TEXT, "the note"),
        Column("source", TEXT, "trailer, ledger or note"),
        Column("settles", FLAG, "it is the one that settled the plan"),
    ),
    "findings": (
        _REPOSITORY,
        _SHA,
        Column("rule", TEXT, "`whygate rules ID` tells of it"),
        Column("severity", TEXT, "error, warning or info: the gravest of the change"),
    ),
    "coverage": (
        _REPOSITORY,
        Column("month", DAY, "its first day; null without a date"),
        Column("kind", TEXT, "of the changes"),
        _AREA,
        Column("state", TEXT, "of the changes"),
        Column("reason", TEXT, "why they are exempt or skipped"),
        Column("by_agent", FLAG, "a coding agent wrote them, or helped"),
        Column("changes", "BIGINT", "how many there are"),
    ),
}
_COUNTED = """
  SELECT repository, CAST(date_trunc('month', day) AS DATE) AS month, kind, area, state, reason,
    by_agent, count(*) AS changes
  FROM read_parquet(?) GROUP BY ALL ORDER BY ALL
"""
_CURE_ELSE = "run it again; what is done already is kept"
_NO_ROOM = "make room, or name another --data directory; what is done already is kept"
_NO_RIGHT = "let the user of the run read the repository, and write to --data"
NO_MEMORY = "give the run more memory, or use fewer --jobs"
_NO_FILES = "raise the limit of open files (`ulimit -n`), or use fewer --jobs"
_NO_DISK = "look at the disk, or at the share that it is on; then run it again"
_CURES = {
    **dict.fromkeys((errno.ENOSPC, errno.EDQUOT, errno.EFBIG), _NO_ROOM),
    **dict.fromkeys((errno.EACCES, errno.EPERM, errno.EROFS), _NO_RIGHT),
    **dict.fromkeys((errno.EMFILE, errno.ENFILE), _NO_FILES),
    **dict.fromkeys((errno.EIO, errno.ESTALE, errno.ETIMEDOUT, errno.ENODEV), _NO_DISK),
    errno.ENOMEM: NO_MEMORY,
}
_MEMORY = "512MB"
_LONGEST = 4_000  # characters of a cell
_LINE = 1 << 20  # bytes of a line of JSON, far more than its cells can take
_OPTIONS = "FORMAT parquet, COMPRESSION zstd, KV_METADATA {{whygate_schema: '{version}'}}"
Cell = object
Row = tuple[Cell, ...]
_encode = msgspec.json.Encoder().encode


class Written(msgspec.Struct, frozen=True):
    """A file of a partition: how many rows and bytes it has, and their BLAKE2 hash."""

    rows: int
    size: int
    digest: str


def open_duckdb(*, threads: int = 1, scratch: Path | None = None) -> DuckDBPyConnection:
    """Return a database in memory that loads nothing from anywhere.

    `scratch` is where it may put what does not fit. Raises UndecidedError without DuckDB.
    """
    try:
        import duckdb  # noqa: PLC0415  (only a fleet asks)
    except ImportError:
        raise UndecidedError(
            "duckdb is not installed, which writes and reads the files of a fleet",
            hint=how_to_add("fleet"),
        ) from None
    config: dict[str, str | bool | int | float | list[str]] = {
        "autoinstall_known_extensions": "false",
        "autoload_known_extensions": "false",
        "allow_community_extensions": "false",
        "memory_limit": _MEMORY,
        "threads": str(threads),
        "temp_directory": str(scratch) if scratch is not None else "",
    }
    return duckdb.connect(":memory:", config=config)


_lent = threading.local()


@contextmanager
def borrow_duckdb() -> Iterator[DuckDBPyConnection]:
    """Lend this thread's own database, which takes long to open; after an error it is a new one."""
    base = getattr(_lent, "base", None) or open_duckdb()
    _lent.base = None
    try:
        yield base
    except BaseException:
        base.close()
        raise
    _lent.base = base


class PartitionWriter:
    """Writes the rows of one repository; `close` makes Parquet of them.

    `directory` is a new one, in the file system of the place that the partition is moved to.
    """

    def __init__(self, directory: Path) -> None:
        self.rows = dict.fromkeys(TABLES, 0)
        self._directory = directory
        shutil.rmtree(directory, ignore_errors=True)
        directory.mkdir(parents=True)
        self._files: dict[str, BinaryIO] = {
            name: (directory / f"{name}.json").open("wb") for name in TABLES if name != "coverage"
        }

    def add(self, table: str, rows: Iterable[Row]) -> None:
        """Write rows, whose cells stand in the order of the columns."""
        names = [column.name for column in TABLES[table]]
        lines = [_line(dict(zip(names, row, strict=True))) for row in rows]
        self._files[table].write(b"".join(lines))
        self.rows[table] += len(lines)

    def discard(self) -> None:
        """Close and remove everything."""
        for file in self._files.values():
            try:
                file.close()
            except OSError:  # the disk is full, which is told already
                continue
        shutil.rmtree(self._directory, ignore_errors=True)

    def close(self) -> dict[str, Written]:
        """Make the Parquet files and return what each of them holds.

        Raises UndecidedError when a file holds another number of rows than were written.
        """
        for file in self._files.values():
            file.close()
        with borrow_duckdb() as base:
            for table in self._files:
                self._convert(base, table)
            _copy(base, _COUNTED, [str(self._path("changes"))], self._path("coverage"))
            counted = base.execute(
                "SELECT coalesce(sum(changes), 0) FROM read_parquet(?)",
                [str(self._path("coverage"))],
            ).fetchone()
            found = {table: count_rows(base, self._path(table)) for table in TABLES}
        self.rows["coverage"] = found["coverage"]
        if found != self.rows or counted != (self.rows["changes"],):
            raise UndecidedError(
                f"the files hold other rows than were read: {found} and {self.rows}",
                hint="this is a bug in whygate or in DuckDB; please report it",
            )
        return {table: describe_file(self._path(table), found[table]) for table in TABLES}

    def _path(self, table: str) -> Path:
        return self._directory / f"{table}.parquet"

    def _convert(self, base: DuckDBPyConnection, table: str) -> None:
        lines = self._directory / f"{table}.json"
        columns = ", ".join(f"\"{c.name}\": '{c.type}'" for c in TABLES[table])
        query = (
            f"SELECT * FROM read_json(?, format = 'newline_delimited', columns = {{{columns}}},"  # noqa: S608 - our own names
            f" maximum_object_size = {_LINE})"
        )
        _copy(base, query, [str(lines)], self._path(table))
        lines.unlink()


def count_rows(base: DuckDBPyConnection, path: Path) -> int:
    """Return how many rows a file holds, by its own footer."""
    found = base.execute("SELECT count(*) FROM read_parquet(?)", [str(path)]).fetchone()
    assert found is not None  # noqa: S101 - an aggregate has one row
    return int(found[0])


def _copy(base: DuckDBPyConnection, query: str, values: Sequence[object], target: Path) -> None:
    options = _OPTIONS.format(version=VERSION)
    named = str(target).replace("'", "''")
    base.execute(f"COPY ({query}) TO '{named}' ({options})", values)


def describe_file(path: Path, rows: int) -> Written:
    """Return what the manifest keeps of a file."""
    size, digest = _measure(path)
    return Written(rows, size, digest)


def is_sound(directory: Path, files: Mapping[str, Written]) -> bool:
    """Tell whether a partition is here, whole, and as it was written."""
    if set(files) != set(TABLES):
        return False
    try:
        return all(
            (directory / f"{table}.parquet").stat().st_size == known.size
            and _measure(directory / f"{table}.parquet") == (known.size, known.digest)
            for table, known in files.items()
        )
    except OSError:
        return False


def _measure(path: Path) -> tuple[int, str]:
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "blake2b").hexdigest()[:32]
        return file.tell(), digest


def move_into_place(made: Path, place: Path) -> None:
    """Put a directory that is whole into its place; what stood there goes first to the side."""
    place.parent.mkdir(parents=True, exist_ok=True)
    aside = made.with_name(f"{made.name}.old")
    shutil.rmtree(aside, ignore_errors=True)
    if place.exists():
        place.replace(aside)
    made.replace(place)
    shutil.rmtree(aside, ignore_errors=True)


def write_whole(path: Path, chunks: Iterable[str]) -> None:
    """Write a text file, wholly or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with part.open("w", encoding="utf-8", errors="replace", newline="\n") as file:
            file.writelines(chunks)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def compact(base: DuckDBPyConnection, partitions: Sequence[Path], directory: Path) -> None:
    """Write one file a table with the rows of all partitions, in a new directory."""
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir(parents=True)
    for table, columns in TABLES.items():
        paths = [str(place / f"{table}.parquet") for place in partitions]
        if paths:
            query = "SELECT * FROM read_parquet(?)"
            _copy(base, query, [paths], directory / f"{table}.parquet")
        else:
            nothing = ", ".join(f'NULL::{c.type} AS "{c.name}"' for c in columns)
            _copy(base, f"SELECT {nothing} WHERE false", [], directory / f"{table}.parquet")


def write_rows(
    base: DuckDBPyConnection, columns: Sequence[Column], rows: Iterable[Row], target: Path
) -> None:
    """Write a small table, such as that of the repositories."""
    lines = target.with_suffix(".json")
    names = [column.name for column in columns]
    lines.write_bytes(b"".join(_line(dict(zip(names, row, strict=True))) for row in rows))
    types = ", ".join(f"\"{c.name}\": '{c.type}'" for c in columns)
    query = f"SELECT * FROM read_json(?, format = 'newline_delimited', columns = {{{types}}})"  # noqa: S608
    _copy(base, query, [str(lines)], target)
    lines.unlink()


def _line(row: dict[str, Cell]) -> bytes:
    """Return a row as a line of JSON; what is no text of UTF-8 becomes `?`."""
    for name, cell in row.items():
        if type(cell) is str:
            row[name] = clean_cell(cell)
    return _encode(row) + b"\n"


def clean_cell(text: str) -> str:
    """Return a text that every reader of the files can hold: no NUL, no half characters."""
    cut = text[:_LONGEST]
    if cut.isascii():
        return cut.replace("\0", "?") if "\0" in cut else cut
    return cut.encode("utf-8", "replace").decode("utf-8").replace("\0", "?")


def describe_tables(tables: Mapping[str, Sequence[Column]]) -> Iterator[str]:
    """Yield the columns as CREATE TABLE statements, as the documentation shows them."""
    for name, columns in tables.items():
        yield f"CREATE TABLE {name} ("
        for number, column in enumerate(columns):
            comma = "," if number < len(columns) - 1 else ""
            named = f'"{column.name}"' if column.name in ("index", "at") else column.name
            yield f"  {named} {column.type}{comma}  -- {column.about}"
        yield ");"


def is_of_duckdb(error: Exception) -> bool:
    """Tell whether DuckDB raised an error, which is imported where it is used alone."""
    return type(error).__module__.partition(".")[0] in ("duckdb", "_duckdb")


def explain_trouble(error: Exception) -> UndecidedError:
    """Return what hindered a file of the run or of a repository, and the cure of that kind.

    `error` is an OSError or one of DuckDB's, which has the system's words in its text.
    """
    said = str(error).partition("\n")[0]
    number = getattr(error, "errno", None) or next(
        (n for n in _CURES if os.strerror(n) in said),
        errno.ENOMEM if "Out of Memory" in said else 0,
    )
    reason = os.strerror(number) if number else said
    named = getattr(error, "filename", None)
    where = f"`{os.fsdecode(named)}` cannot be used" if named else "its files cannot be used"
    return UndecidedError(f"{where}: {reason}", hint=_CURES.get(number, _CURE_ELSE))
