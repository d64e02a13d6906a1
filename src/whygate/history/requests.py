"""The requests of a forge as they were imported: kept in the store, found by commit or number."""

from __future__ import annotations

import os
import sqlite3
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from whygate.errors import InputError, UndecidedError
from whygate.forges.port import MergedRequest  # noqa: TC001 - msgspec reads the type
from whygate.forges.remotes import split_remote
from whygate.git.run import find_repository
from whygate.history.store import FILE_NAME, Row, Store, cache_directory, lock_path, write_rows

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from types import TracebackType

    from whygate.git.run import Git

T = TypeVar("T")
_SUM = 16
_CLEAR = "`whygate show store --clear` erases it, `whygate import` brings it again"


class Held(Struct, frozen=True, array_like=True):
    """A request as it was imported last; `before` is its text at the merge, where that differs.

    That is what an import before the edit saw, "" when none did.
    """

    request: MergedRequest
    before: str = ""


class Progress(Struct, frozen=True, array_like=True):
    """How far the requests of a repository were brought here, the ones updated last first.

    All that were updated between `floor` ("": since ever) and `newest` are held; `bottom` is the
    cursor there. A `walk` that was not finished ("new": from the newest on, "old": below the floor)
    goes on from `cursor` down to `stop`, and was begun when `top` was the newest. `fetched` is the
    time of the last page, `source` where from.
    """

    source: str = ""
    newest: str = ""
    floor: str = ""
    bottom: str = ""
    cursor: str = ""
    top: str = ""
    stop: str = ""
    walk: str = ""
    fetched: str = ""


_encode = msgspec.msgpack.Encoder().encode
_held = msgspec.msgpack.Decoder(Held)
_progress = msgspec.msgpack.Decoder(Progress)


def name_home(git: Git) -> str:
    """Return what requests are kept under: the repository that `origin` names, else its place.

    So two clones of one repository share them.
    """
    remote = git.origin()
    if (found := split_remote(remote)) is not None:
        return "/".join(found).lower()
    repository = find_repository(git.directory or Path())
    place = repository.common_dir if repository is not None else git.directory or Path()
    return f"file:{place.resolve()}"


class RequestStore(Store):
    """The requests of one repository, to be written by an import, which holds the store alone.

    Every method raises UndecidedError when the store cannot be used, with what to do.
    """

    def __init__(self, directory: Path, home: str) -> None:
        self.home = home
        self._lock: sqlite3.Connection | None = None
        super().__init__(directory, home)
        if self._connection is None:
            raise self._trouble()

    def __enter__(self) -> RequestStore:
        """Take the store for this import; another one is refused."""
        self._lock = sqlite3.connect(
            lock_path(self.path, self.home), timeout=0, isolation_level=None
        )
        try:
            self._lock.execute("BEGIN EXCLUSIVE")
        except sqlite3.Error:
            self._lock.close()
            self.close()
            raise UndecidedError(
                "another import of this repository is running",
                hint="wait for it; what it brings is for all clones of the repository",
            ) from None
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Let go of the store."""
        if self._lock is not None:
            self._lock.close()
        self.close()

    def progress(self) -> Progress:
        """Return how far an import came before."""
        query = "SELECT data FROM imports WHERE home = ?"
        row = self._do(lambda base: base.execute(query, (self.home,)).fetchone())
        packed = self.unseal("", row[0]) if row is not None else None
        return _progress.decode(packed) if packed is not None else Progress()

    def keep(self, requests: Sequence[MergedRequest], progress: Progress) -> int:
        """Keep requests and how far that is, wholly or not at all; return how many are new."""
        known = {held.request.number: held for held in self._known(requests)}
        rows: list[Row] = []
        commits: list[Row] = []
        for request in requests:
            held = _after(known.get(request.number), request)
            rows.append((self.home, request.number, self.seal(f"{request.number}", _encode(held))))
            commits += ((self.home, sha, request.number) for sha in request.commits)
        numbers: list[Row] = [(self.home, request.number) for request in requests]
        state: list[Row] = [(self.home, self.seal("", _encode(progress)))]
        queries: list[tuple[str, Sequence[Row]]] = [
            ("DELETE FROM request_commits WHERE home = ? AND number = ?", numbers),
            ("INSERT OR REPLACE INTO requests VALUES (?, ?, ?)", rows),
            ("INSERT OR REPLACE INTO request_commits VALUES (?, ?, ?)", commits),
            ("INSERT OR REPLACE INTO imports VALUES (?, ?)", state),
        ]
        self._do(lambda base: write_rows(base, queries))
        return len({request.number for request in requests} - known.keys())

    def count(self) -> int:
        """Return how many requests are held."""
        query = "SELECT count(*) FROM requests WHERE home = ?"
        (count,) = self._do(lambda base: base.execute(query, (self.home,)).fetchone())
        return int(count)

    def _known(self, requests: Iterable[MergedRequest]) -> list[Held]:
        query = "SELECT data FROM requests WHERE home = ? AND number = ?"
        found = []
        for request in requests:
            key = (self.home, request.number)
            row = self._do(lambda base, key=key: base.execute(query, key).fetchone())  # type: ignore[misc]
            packed = self.unseal(f"{request.number}", row[0]) if row is not None else None
            if packed is not None:
                found.append(_held.decode(packed))
        return found

    def _do(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Do something with the database; here a failure ends the run, and nothing is deleted."""
        if self._connection is None:
            raise self._trouble()
        try:
            return work(self._connection)
        except (sqlite3.Error, UnicodeDecodeError, msgspec.MsgspecError) as error:
            self._say(error)
            raise self._trouble() from None

    def _trouble(self) -> UndecidedError:
        reason = self.notes[-1] if self.notes else "the store is not open"
        return UndecidedError(
            f"{reason} (`{self.path}`)",
            hint="let WHYGATE_CACHE_DIR name a directory that is yours and that you may write to",
        )


def _after(known: Held | None, request: MergedRequest) -> Held:
    """Return what to hold of a request that may be known; the text at its merge is not lost."""
    if known is None:
        return Held(request)
    is_other = known.request.body != request.body
    if not request.edited and request.mark == known.request.mark and request.merged:
        # GitLab does not tell of edits: one that two imports saw was made after the merge.
        edited = request.updated if is_other else known.request.edited
        request = replace(request, edited=edited)
    if not (is_other and request.is_edited_later):
        return Held(request, known.before)
    return Held(request, known.before or known.request.body)


class Descriptions:
    """The imported requests of one repository, for whoever reads its history.

    They are read one by one when they are asked for. A copy in another process opens the store
    itself. `notes` say why they cannot be used; `key` changes whenever one of them does.
    """

    def __init__(self, path: Path, home: str) -> None:
        self.notes: list[str] = []
        self.key = ""
        self._path = path
        self._home = home
        self._store: Store | None = None
        self._process = 0
        self._marks: dict[int, str] = {}
        self._seals: dict[int, bytes] = {}
        self._commits: dict[str, int] = {}
        self._heads: dict[str, int] = {}
        self._last: tuple[int, Held | None] = (0, None)
        self._read_index()

    def __getstate__(self) -> dict[str, object]:
        """Return what a copy in another process needs."""
        return {**self.__dict__, "_store": None, "_process": 0, "_last": (0, None)}

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self._marks)

    def __contains__(self, change: tuple[str, str]) -> bool:
        """Tell whether there is one for a commit (full hash, identity)."""
        return self._number_of(*change) is not None

    def find(self, sha: str, identity: str) -> Held | None:
        """Return the request that a commit merged: by the commit, else by the number it names.

        Else it is the one that was fast-forwarded to it.
        """
        number = self._number_of(sha, identity)
        if number is None:
            return None
        if self._last[0] != number:  # whoever looks at a commit asks more than once
            self._last = number, self._read(number)
        return self._last[1]

    def witness(self, sha: str, identity: str) -> str:
        """Return what names the request of a commit as it is held now, "" without one."""
        number = self._number_of(sha, identity)
        return self._seals[number].hex() if number is not None else ""

    def _read(self, number: int) -> Held | None:
        store = self._open()
        query = "SELECT data FROM requests WHERE home = ? AND number = ?"
        row = store.attempt(lambda base: base.execute(query, (self._home, number)).fetchone(), None)
        packed = store.unseal(f"{number}", row[0]) if row is not None else None
        return _held.decode(packed) if packed is not None else None

    def _number_of(self, sha: str, identity: str) -> int | None:
        number = self._commits.get(sha)
        if number is not None:
            return number
        named = identity[1:]
        if named.isdigit() and len(named) <= _MOST_DIGITS:
            number = int(named)
            if self._marks.get(number) == identity[0]:
                return number
        return self._heads.get(sha)

    def _open(self) -> Store:
        if self._store is None or self._process != os.getpid():
            self._store = Store(self._path.parent, self._home)
            self._process = os.getpid()
        return self._store

    def _read_index(self) -> None:
        store = self._open()
        digest = blake2b(digest_size=_SUM)
        query = "SELECT number, data FROM requests WHERE home = ? ORDER BY number"
        unread = 0

        def read(base: sqlite3.Connection) -> None:
            nonlocal unread
            for number, data in base.execute(query, (self._home,)):
                packed = store.unseal(f"{number}", data)
                if packed is None:
                    unread += 1
                    continue
                digest.update(data[:_SUM])
                self._seals[number] = data[:_SUM]
                request = _held.decode(packed).request
                self._marks[number] = request.mark
                if request.head:  # of several the first: `main` is merged to `stable` later
                    self._heads.setdefault(request.head, number)
            commits = "SELECT sha, number FROM request_commits WHERE home = ?"
            found = base.execute(commits, (self._home,))
            self._commits = {sha: number for sha, number in found if number in self._marks}

        store.attempt(read, None)
        self.notes += store.notes
        if unread:
            self.notes.append(f"{unread} imported requests are damaged; {_CLEAR}")
        self.key = digest.hexdigest() if self._marks else ""


_MOST_DIGITS = 10


def open_descriptions(git: Git) -> Descriptions | None:
    """Return the imported requests of a repository, None when nothing was ever kept here."""
    try:
        path = cache_directory(git.environ) / FILE_NAME
    except InputError:
        return None
    if not path.exists():
        return None
    found = Descriptions(path, name_home(git))
    return found if len(found) or found.notes else None


def describe_store(path: Path) -> list[tuple[str, str, int, str]]:
    """Return (repository, source, requests, time of the last page) for each that was imported."""
    if not path.exists():
        return []
    base = sqlite3.connect(path, timeout=0)
    try:
        counts = dict(base.execute("SELECT home, count(*) FROM requests GROUP BY home").fetchall())
        rows = []
        for home, data in base.execute("SELECT home, data FROM imports ORDER BY home"):
            progress = _progress.decode(data[_SUM:])
            rows.append((home, progress.source, int(counts.get(home, 0)), progress.fetched))
    except (sqlite3.Error, UnicodeDecodeError, msgspec.MsgspecError):
        return []
    finally:
        base.close()
    return rows
