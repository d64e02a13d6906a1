"""The one local store, an SQLite file of the user: records of earlier runs, and what was imported.

The records are a cache: never wrong, at worst empty. The requests of a forge (see requests.py)
lie in the same file, behind the same care.
"""

from __future__ import annotations

import json
import os
import sqlite3
import stat
import sys
import unicodedata
from collections.abc import Sequence
from functools import cache
from hashlib import blake2b, sha256
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import msgspec
from msgspec.structs import replace

import whygate
from whygate.audit.coverage import Counted  # noqa: TC001 - msgspec reads the type
from whygate.audit.record import Record
from whygate.errors import InputError
from whygate.version import __version__

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from whygate.policy.policy import Policy

FILE_NAME = "store.sqlite3"
CACHE_VARIABLE = "WHYGATE_CACHE_DIR"
_LOCKS = "import-{}.lock.sqlite3"  # what an import of one repository holds
VERSION = 1  # of the tables; a store of an older one is begun again
_BUSY_SECONDS = 2.0
_LARGEST = 1 << 30  # bytes of the file; of a larger one the records are forgotten
_SIDECARS = ("-wal", "-shm", "-journal")
_WRITABLE_BY_OTHERS = stat.S_IWGRP | stat.S_IWOTH
_MOST_WALKS = 72  # what was counted of one, and which was the last, are kept as others
_COUNTS, _LAST = ":counts", "last:"
_MOST_VARIABLES = 500
_CHUNK = 4096  # records of a walk that are packed together
_TABLES = """
CREATE TABLE IF NOT EXISTS verdicts (
  policy TEXT NOT NULL, sha TEXT NOT NULL, data BLOB NOT NULL, PRIMARY KEY (policy, sha)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS walks (
  walk TEXT NOT NULL, part INTEGER NOT NULL, parts INTEGER NOT NULL, data BLOB NOT NULL,
  PRIMARY KEY (walk, part)
);
CREATE TABLE IF NOT EXISTS walk_order (walk TEXT PRIMARY KEY, number INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS requests (
  home TEXT NOT NULL, number INTEGER NOT NULL, data BLOB NOT NULL, PRIMARY KEY (home, number)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS request_commits (
  home TEXT NOT NULL, sha TEXT NOT NULL, number INTEGER NOT NULL, PRIMARY KEY (home, sha, number)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS imports (home TEXT PRIMARY KEY, data BLOB NOT NULL);
"""
_RECORDS = ("verdicts", "walks", "walk_order")
_REMEMBER = """
INSERT OR REPLACE INTO walk_order VALUES (?, (SELECT coalesce(max(number), 0) + 1 FROM walk_order))
"""
_FORGET = """
DELETE FROM walk_order WHERE walk NOT IN
  (SELECT walk FROM walk_order ORDER BY number DESC LIMIT ?)
"""
# SQLite quotes damaged names in its messages, which Python then cannot decode.
_DAMAGE = (sqlite3.Error, UnicodeDecodeError)
_SUM = 16  # bytes in front of the packed rows: what they and their key add up to

T = TypeVar("T")
Row = tuple[str | int | bytes, ...]
_FORMAT = "3"  # of a record; another one makes all keys new
# What decides a verdict besides our own code; looked up, not imported: some of them are slow.
_LIBRARIES = ("pyromark", "jsonschema_rs", "yaml")


class KnownCounts(msgspec.Struct, frozen=True, array_like=True):
    """What a report without single changes needs of a walk.

    `told` are those of its records that tell of outcomes.
    """

    counted: Counted
    told: list[Record]


class LastWalk(msgspec.Struct, frozen=True, array_like=True):
    """The walk of a repository that was kept last, and what its records rested on besides.

    `walk` names it; `witnesses` holds, by hash, what names the kept context and the imported
    description of a commit that had any.
    """

    walk: str
    witnesses: dict[str, str]


_Part = Sequence[Record] | KnownCounts | LastWalk
_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(list[Record])
_last_decoder = msgspec.msgpack.Decoder(LastWalk)
_counts_decoder = msgspec.msgpack.Decoder(KnownCounts)


class NewerStoreError(Exception):
    """The file was made by a whygate that knows more than this one."""


class OlderStoreError(Exception):
    """The tables of the file are those of an earlier version."""


class Store:
    """An open store; whatever fails is told once in `notes` and leaves it unused.

    That is a locked database, one that cannot be written, that another user owns, or that a newer
    whygate made. One that is damaged, or of an older version, is begun again. Two runs may use it
    at once. `secret` ties what is packed to what it belongs to.
    """

    name = "store"

    def __init__(self, directory: Path | None, secret: str) -> None:
        self.path = (directory or Path()) / FILE_NAME
        self.notes: list[str] = []
        self._secret = secret
        self._connection = self._open() if directory is not None else None
        if directory is None:
            self.notes.append(
                f"the {self.name} is not used: there is no home directory to keep it in"
            )

    def close(self) -> None:
        """Let go of the database; nothing is found or kept from here on."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _open(self) -> sqlite3.Connection | None:
        try:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            complaint = _distrust(self.path)
            if complaint:
                self.notes.append(f"the {self.name} is not used: {complaint}")
                return None
            return self._connect()
        except sqlite3.OperationalError as error:
            self._say(error)
        except OlderStoreError:
            return self._begin_again("of an older version")
        except NewerStoreError:
            self.notes.append(f"the {self.name} is not used: a newer whygate made it")
        except _DAMAGE:
            return self._begin_again("damaged")
        except OSError as error:
            self._say(error)
        return None

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(
            self.path, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False
        )
        try:
            if not _is_ready(connection):
                raise OlderStoreError
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = NORMAL")
            if self.path.stat().st_size > _LARGEST:
                _forget_records(connection)
        except (NewerStoreError, OlderStoreError, *_DAMAGE):
            connection.close()
            raise
        return connection

    def _begin_again(self, why: str) -> sqlite3.Connection | None:
        self.notes.append(f"the {self.name} was {why} and is begun again")
        try:
            remove_cache(self.path)
            return self._connect()
        except (OSError, NewerStoreError, OlderStoreError, *_DAMAGE) as error:
            self._say(error)
        return None

    def attempt(self, work: Callable[[sqlite3.Connection], T], otherwise: T) -> T:
        """Do something with the database; return `otherwise` when that fails."""
        if self._connection is None:
            return otherwise
        try:
            return work(self._connection)
        except sqlite3.OperationalError as error:
            self._say(error)
            self.close()
        except _DAMAGE:
            self.close()
            self._connection = self._begin_again("damaged")
        return otherwise

    def _say(self, error: Exception) -> None:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        self.notes.append(f"the {self.name} is not used: {reason}")

    def seal(self, key: str, data: bytes) -> bytes:
        """Return data with what it and its key add up to."""
        return self._sum(key, data) + data

    def unseal(self, key: str, stored: object) -> memoryview | None:
        """Return the packed rows of a blob, None when a bit of it or of its key has changed."""
        if not isinstance(stored, bytes):
            return None
        packed = memoryview(stored)[_SUM:]
        return packed if stored[:_SUM] == self._sum(key, packed) else None

    def _sum(self, key: str, data: bytes | memoryview) -> bytes:
        secret = blake2b(f"{self._secret}:{key}".encode()).digest()  # ties the rows to their place
        return blake2b(data, digest_size=_SUM, key=secret).digest()


class RecordCache(Store):
    """The records of earlier runs under one policy key; never wrong, at worst empty.

    With `most_walks` no more are kept; a store that is for one repository keeps its last walk,
    and not each record once more (`keeps_each`). `fresh` counts the changes that were walked
    through because no walk that was kept has them.
    """

    name = "cache"

    def __init__(
        self,
        directory: Path | None,
        secret: str,
        *,
        most_walks: int = _MOST_WALKS,
        keeps_each: bool = True,
    ) -> None:
        self._most_walks = most_walks
        self._keeps_each = keeps_each
        self.fresh = 0
        super().__init__(directory, secret)

    def find_records(self, shas: Sequence[str]) -> dict[str, Record]:
        """Return the records known of commits, by hash."""
        nothing: dict[str, Record] = {}
        if not self._keeps_each:
            return nothing
        return self.attempt(lambda base: dict(self._select(base, shas)), nothing)

    def keep_records(self, records: Sequence[Record]) -> None:
        """Remember the records of commits; their verdicts must not depend on the day."""
        if not self._keeps_each:
            return
        rows: list[Row] = [(self._secret, r.sha, self._pack(r.sha, [r])) for r in records]
        query = "INSERT OR REPLACE INTO verdicts VALUES (?, ?, ?)"
        self.attempt(lambda base: write_rows(base, [(query, rows)]), None)

    def find_walk(self, walk: str) -> Iterator[list[Record]] | None:
        """Return the records of a whole walk, many at a time, None when it is not known."""
        parts = self.find_parts(walk)
        return map(unpack, parts) if parts else None

    def keep_walk(self, walk: str, records: Sequence[Record]) -> None:
        """Remember the records of a whole walk and forget the oldest walks."""
        starts = range(0, len(records), _CHUNK)
        self._keep_parts(walk, [records[start : start + _CHUNK] for start in starts])

    def find_last(self, name: str) -> LastWalk | None:
        """Return the walk that was kept last under the name of a repository."""
        parts = self.find_parts(_LAST + name)
        return _last_decoder.decode(parts[0]) if parts else None

    def keep_last(self, name: str, last: LastWalk) -> None:
        """Remember which walk of a repository was kept last."""
        self._keep_parts(_LAST + name, [last])

    def find_counts(self, walk: str) -> KnownCounts | None:
        """Return what was counted of a whole walk, None when it is not known."""
        parts = self.find_parts(walk + _COUNTS)
        return _counts_decoder.decode(parts[0]) if parts else None

    def keep_counts(self, walk: str, counts: KnownCounts) -> None:
        """Remember what was counted of a whole walk."""
        self._keep_parts(walk + _COUNTS, [counts])

    def find_parts(self, walk: str) -> list[memoryview]:
        """Return all packed parts that were kept under a name, none when one is not sound."""
        key = f"{self._secret}:{walk}"
        nothing: tuple[object, ...] = ()
        parts = self.attempt(lambda base: _read_parts(base, key), nothing)
        chunks = [self.unseal(f"{key}:{number}", data) for number, data in enumerate(parts)]
        whole = [chunk for chunk in chunks if chunk is not None]
        return whole if len(whole) == len(chunks) else []

    def _keep_parts(self, walk: str, parts: Sequence[_Part]) -> None:
        key = f"{self._secret}:{walk}"
        rows: list[Row] = [
            (key, number, len(parts), self._pack(f"{key}:{number}", part))
            for number, part in enumerate(parts)
        ]
        self.attempt(lambda base: _write_walk(base, key, rows, self._most_walks), None)

    def _select(
        self, base: sqlite3.Connection, shas: Sequence[str]
    ) -> Iterator[tuple[str, Record]]:
        for start in range(0, len(shas), _MOST_VARIABLES):
            some = shas[start : start + _MOST_VARIABLES]
            marks = ",".join("?" * len(some))
            query = f"SELECT sha, data FROM verdicts WHERE policy = ? AND sha IN ({marks})"  # noqa: S608 - only marks
            for sha, data in base.execute(query, (self._secret, *some)):
                packed = self.unseal(sha, data)
                if packed is not None:
                    yield sha, _decoder.decode(packed)[0]

    def _pack(self, key: str, known: _Part) -> bytes:
        return self.seal(key, _encoder.encode(known))


def unpack(part: memoryview) -> list[Record]:
    """Return the records of a part of a walk."""
    return _decoder.decode(part)


def _is_ready(connection: sqlite3.Connection) -> bool:
    """Make the tables in an empty database; tell whether they are of this version.

    Raises NewerStoreError when they are of a later one.
    """
    version = _version(connection)
    if version == VERSION:
        return True
    if version > VERSION:
        raise NewerStoreError
    connection.execute("BEGIN IMMEDIATE")
    try:
        is_empty = connection.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone() is None
        if is_empty:
            for query in filter(str.strip, _TABLES.split(";")):
                connection.execute(query)
            connection.execute(f"PRAGMA user_version = {VERSION:d}")
        is_ready = is_empty or _version(connection) == VERSION  # another run made them meanwhile
    except _DAMAGE:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")
    return is_ready


def _version(connection: sqlite3.Connection) -> int:
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    return int(version)


def _forget_records(connection: sqlite3.Connection) -> None:
    """Empty the cache and give its room back; what was imported stays."""
    for table in _RECORDS:
        connection.execute(f"DELETE FROM {table}")  # noqa: S608 - our own names
    connection.execute("VACUUM")


def cache_directory(environ: Mapping[str, str]) -> Path:
    """Return where records are kept: WHYGATE_CACHE_DIR, else the user's cache directory.

    In a directory that others may write to, such as one for all jobs of a machine, it is a
    directory of the user's own: what somebody else lays beside a database SQLite reads as part
    of it. Raises InputError for a user without a home directory, as in some containers.
    """
    named = environ.get(CACHE_VARIABLE, "")
    if named:
        place = Path(os.path.expanduser(named))  # noqa: PTH111 - never raises for an unknown home
        return place / f"whygate-{os.getuid()}" if _is_shared(place) else place
    from platformdirs import user_cache_path  # noqa: PLC0415  (only an audit asks)

    try:
        return user_cache_path("whygate", appauthor=False)
    except RuntimeError:
        raise InputError(
            "there is no home directory to keep the cache in",
            hint="name a directory in WHYGATE_CACHE_DIR",
        ) from None


def remove_cache(path: Path) -> int:
    """Delete the database at `path` and what SQLite puts beside it; return the bytes freed."""
    freed = 0
    files = [path, *(path.with_name(f"{path.name}{end}") for end in _SIDECARS)]
    for file in (*files, *path.parent.glob(_LOCKS.format("*"))):
        if file.is_symlink() or file.is_file():
            freed += file.lstat().st_size
            file.unlink(missing_ok=True)
    return freed


def lock_path(path: Path, home: str) -> Path:
    """Return the file that an import of a repository holds, beside the database at `path`."""
    return path.with_name(_LOCKS.format(blake2b(home.encode(), digest_size=8).hexdigest()))


def measure_cache(path: Path) -> int:
    """Return the bytes the database takes, 0 when there is none."""
    names = (path.name, f"{path.name}-wal")
    files = (path.with_name(name) for name in names)
    return sum(file.lstat().st_size for file in files if file.is_file())


def written_at(path: Path) -> str:
    """Return when the database was written last (UTC, ISO 8601), "" when there is none."""
    from datetime import UTC, datetime  # noqa: PLC0415 - only for people

    files = (path, path.with_name(f"{path.name}-wal"))
    times = [file.stat().st_mtime for file in files if file.is_file()]
    return datetime.fromtimestamp(max(times), UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if times else ""


def _is_shared(directory: Path) -> bool:
    """Tell whether others than the user may write to a directory."""
    if not hasattr(os, "getuid"):
        return False
    try:
        found = directory.stat()
    except OSError:
        return False
    return found.st_uid != os.getuid() or bool(found.st_mode & _WRITABLE_BY_OTHERS)


def _distrust(path: Path) -> str:
    """Return why a database is not to be used, "" when it may.

    It, what SQLite puts beside it, and their directory must be the user's own.
    """
    if path.parent.is_symlink():
        return f"`{path.parent}` is a symbolic link"
    for file in (path, *(path.with_name(f"{path.name}{end}") for end in _SIDECARS)):
        try:
            found = file.lstat()
        except FileNotFoundError:
            continue
        if not stat.S_ISREG(found.st_mode):
            return f"`{file}` is not a plain file"
        if hasattr(os, "getuid") and found.st_uid != os.getuid():
            return f"`{file}` belongs to another user"
    if _is_shared(path.parent):
        return f"others may write to `{path.parent}`"
    return ""


def _read_parts(base: sqlite3.Connection, key: str) -> tuple[object, ...]:
    query = "SELECT parts, data FROM walks WHERE walk = ? ORDER BY part"
    rows = base.execute(query, (key,)).fetchall()
    whole = all(parts == len(rows) for parts, _ in rows)
    return tuple(data for _, data in rows) if whole else ()


def _write_walk(base: sqlite3.Connection, key: str, rows: Sequence[Row], most: int) -> None:
    write_rows(
        base,
        [
            ("DELETE FROM walks WHERE walk = ?", [(key,)]),
            ("INSERT INTO walks VALUES (?, ?, ?, ?)", rows),
            (_REMEMBER, [(key,)]),
            (_FORGET, [(most,)]),
            ("DELETE FROM walks WHERE walk NOT IN (SELECT walk FROM walk_order)", [()]),
        ],
    )


def write_rows(base: sqlite3.Connection, queries: Sequence[tuple[str, Sequence[Row]]]) -> None:
    """Run queries, each with all of its rows, wholly or not at all."""
    base.execute("BEGIN IMMEDIATE")
    try:
        for query, rows in queries:
            base.executemany(query, rows)
        base.execute("COMMIT")
    except _DAMAGE:
        base.execute("ROLLBACK")
        raise


def policy_key(policy: Policy, *, code: str = "") -> str:
    """Return a hexadecimal key that two policies share only when they judge alike.

    `code` stands for the program itself, which in a checkout changes without its version. The
    reference day is no part of it: a commit brings its own.
    """
    parts = (
        _FORMAT,
        __version__,
        code,
        sys.version,
        unicodedata.unidata_version,
        repr(replace(policy.config, layers=())),
        policy.schema.name,
        json.dumps(policy.schema.source),
        json.dumps(policy.schema.bundled, sort_keys=True),
        json.dumps(sorted(policy.template)),
        json.dumps(sorted((policy.bets or {}).items())),
        str(policy.bets is None),
        json.dumps(policy.metrics),
    )
    digest = sha256()
    for part in parts:
        data = part.encode("utf-8", "surrogatepass")
        digest.update(b"%d:" % len(data) + data)
    return digest.hexdigest()


@cache
def code_key_once() -> str:
    """Return the same as `code_key`; its files are looked at once in a process."""
    return code_key()


def code_key() -> str:
    """Return a hexadecimal key of the names, sizes and times of whygate's files.

    In a checkout the version stays while the code changes; a cache must notice.
    """
    package = Path(whygate.__file__).parent
    files = sorted(package.rglob("*.py"))
    specs = (find_spec(name) for name in _LIBRARIES)
    files += [Path(spec.origin) for spec in specs if spec is not None and spec.origin]
    digest = sha256()
    for file in files:
        found = file.stat()
        digest.update(f"{file} {found.st_size} {found.st_mtime_ns}\n".encode())
    return digest.hexdigest()
