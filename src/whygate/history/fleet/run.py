"""One run over a fleet: who may run, what was known, who reads what, and what is to be told.

The manifest, one JSON line a repository, says what stands in the shared directory. A line is added
when a repository is done, so that a run that is killed goes on where it was.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import sqlite3
from collections import deque
from concurrent.futures import (
    FIRST_COMPLETED,
    Executor,
    ProcessPoolExecutor,
    ThreadPoolExecutor,
    wait,
)
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from datetime import UTC, datetime
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from whygate.errors import UndecidedError
from whygate.forges.find import TOKENS
from whygate.history.fleet.source import Member  # noqa: TC001 - msgspec reads the type
from whygate.history.fleet.tables import (
    FLAG,
    MAKING_DIRECTORY,
    TEXT,
    VERSION,
    Column,
    Written,
    clean_cell,
    compact,
    describe_file,
    explain_trouble,
    is_of_duckdb,
    is_sound,
    move_into_place,
    open_duckdb,
    write_rows,
)
from whygate.history.fleet.work import (
    CLONES,
    DATA,
    FAILED,
    RECORDS,
    UNCHANGED,
    Known,
    Render,
    Report,
    Task,
    audit_member,
    look_for_news,
    name_page,
    prepare_worker,
)
from whygate.history.store import code_key_once
from whygate.version import __version__, how_to_add

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from concurrent.futures import Future
    from datetime import date

    from whygate.history.fleet.source import Fleet

MANIFEST, LOCK, ALL = "manifest.jsonl", "lock.sqlite3", "all"
REPOSITORIES = (
    Column("repository", TEXT, "the name in the fleet"),
    Column("organisation", TEXT, "the group above the team"),
    Column("team", TEXT, "from the list, a mapping file, the forge, or CODEOWNERS"),
    Column("place", TEXT, "path or address"),
    Column("branch", TEXT, "that was read"),
    Column("head", TEXT, "its commit"),
    Column("failed", FLAG, "the last run could not read it; the figures are older"),
    Column("read_at", TEXT, "when, UTC"),
)
_ASKED_AT_ONCE = 8
_KEY = "key"  # of the compacted tables: what they were made of


class Row(Struct, frozen=True):
    """A line of the manifest: a repository, and the report of its last reading that worked.

    `failure` is what the last run said when it did not; then `report` is an older one, or None.
    """

    version: int
    member: Member
    report: Report | None
    failure: Report | None
    at: str


class Options(Struct, frozen=True):
    """How each repository is read; see `whygate audit`.

    With `imports` what is new of the requests of its forge is brought here first; with `pages` its
    own page, as `render` makes it, is written to that directory.
    """

    today: date | None = None
    preset: str | None = None
    config: Path | None = None
    by_area: bool = False
    imports: bool = False
    pages: Path | None = None
    render: Render | None = None


class Ran(Struct, frozen=True):
    """What a run did: asked = done + failed; of the done some were as before.

    `fresh` counts the changes that were read in it, all others were known.
    `rows` has each repository that was asked for; `notes` say what was decided on the way.
    """

    rows: tuple[Row, ...]
    read: int
    unchanged: int
    fresh: int = 0
    notes: tuple[str, ...] = ()

    @property
    def failed(self) -> list[Row]:
        """Return those that could not be read."""
        return [row for row in self.rows if row.failure is not None]


class Engine(Protocol):
    """Where tasks run: an executor of the standard library, and what it is worth.

    `ahead` is how many tasks it is given at a time. Where a dead worker ends the executor, `open`
    is called again.
    """

    ahead: int

    def open(self) -> Executor:
        """Return an executor that takes tasks."""
        ...


class Processes:
    """Workers in processes of this machine."""

    def __init__(self, jobs: int) -> None:
        self.jobs = jobs
        self.ahead = jobs + 1  # one waits, so that no worker does

    def open(self) -> Executor:
        """Start processes; each is new, since a copy of this one could hold its locks."""
        return ProcessPoolExecutor(self.jobs, get_context("spawn"), initializer=prepare_worker)


class Dask:
    """Workers of a dask cluster that runs already; they share the directory with us.

    Raises UndecidedError when there is no dask, no scheduler, or another whygate on a worker.
    """

    ahead = 1_000

    def __init__(self, scheduler: str, root: Path) -> None:
        try:
            from distributed import Client  # noqa: PLC0415  (only who asks needs it)
        except ImportError:
            hint = how_to_add("fleet")
            raise UndecidedError("dask.distributed is not installed", hint=hint) from None
        try:
            client: Any = Client(scheduler, timeout=10, set_as_default=False)  # type: ignore[no-untyped-call]
            self._client = client
        except (OSError, ValueError, TimeoutError) as error:
            raise UndecidedError(
                f"no dask scheduler answers at `{scheduler}`: {type(error).__name__}",
                hint="`dask scheduler` prints its address, such as tcp://10.0.0.1:8786",
            ) from None
        self._require_same(root)

    def open(self) -> Executor:
        """Return the cluster as an executor; dask gives a task of a dead worker to another."""
        executor: Executor = self._client.get_executor(pure=False, retries=0)
        return executor

    def close(self) -> None:
        """Let go of the cluster, which goes on."""
        self._client.close()

    def _require_same(self, root: Path) -> None:
        probe = root / ".probe"
        probe.write_text(__version__, encoding="utf-8")
        try:
            told = self._client.run(look_from_worker, str(probe))
        except Exception as error:  # whatever a worker without whygate says
            self._client.close()
            sentence = str(error).partition("\n")[0][:200]
            raise UndecidedError(
                f"a worker of the cluster cannot run whygate: {type(error).__name__}: {sentence}",
                hint=f"install whygate[fleet]=={__version__} on every worker",
            ) from None
        finally:
            probe.unlink(missing_ok=True)
        wrong = {where: said for where, said in told.items() if said != __version__}
        if wrong or not told:
            self._client.close()
            named = ", ".join(f"{where}: {said}" for where, said in sorted(wrong.items())[:3])
            raise UndecidedError(
                f"workers that cannot take part: {named or 'there are none'}",
                hint=f"each needs whygate {__version__} and the directory `{root}`",
            )


def look_from_worker(probe: str) -> str:
    """Return the version of whygate on a worker, or why it cannot see the shared directory."""
    try:
        same = Path(probe).read_text(encoding="utf-8") == __version__
    except OSError as error:
        return f"{error.strerror}: {Path(probe).parent}"
    return __version__ if same else f"whygate {__version__}"


class Quiet:
    """Is told of nothing."""

    def __call__(self, done: int, asked: int) -> None:
        """Take note of how far it is."""


def run_fleet(
    fleet: Fleet,
    root: Path,
    engine: Engine,
    options: Options,
    tell: Callable[[int, int], None] = Quiet(),  # noqa: B008 - it holds nothing
) -> Ran:
    """Bring the files of a fleet up to date, and return what was done; one run at a time.

    Raises UndecidedError when another run holds the directory, or when it cannot be written.
    """
    open_duckdb().close()  # said at once when it is missing
    try:
        root.mkdir(parents=True, exist_ok=True)
        with alone(root):
            return _Run(fleet, root.absolute(), engine, options, tell).run()
    except Exception as error:
        if not isinstance(error, OSError) and not is_of_duckdb(error):
            raise
        told = explain_trouble(error)
        raise UndecidedError(f"`{root}`: {told.message}", hint=told.hint) from None


@contextmanager
def alone(root: Path) -> Iterator[None]:
    """Hold the directory; a lock of SQLite ends with its process, however that dies."""
    base = sqlite3.connect(root / LOCK, timeout=0, isolation_level=None)
    try:
        try:
            base.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError as error:
            if "locked" not in str(error):
                raise UndecidedError(f"`{root / LOCK}` cannot be used: {error}") from None
            raise UndecidedError(
                f"another run is at work in `{root}`",
                hint="wait for it, or name another directory with --data",
            ) from None
        yield
    finally:
        base.close()


class _Run:
    def __init__(
        self,
        fleet: Fleet,
        root: Path,
        engine: Engine,
        options: Options,
        tell: Callable[[int, int], None],
    ) -> None:
        self._fleet = fleet
        self._root = root
        self._engine = engine
        self._options = options
        self._tell = tell
        self._notes = list(fleet.notes)
        self._rows: dict[str, Row] = {}

    def run(self) -> Ran:
        shutil.rmtree(self._root / MAKING_DIRECTORY, ignore_errors=True)  # of a run that was killed
        known = read_manifest(self._root)
        self._forget(known)
        # What was known is written again before anything is added: a line may have been cut.
        write_manifest(self._root, known.values())
        tasks = [self._task(member, known.get(member.key)) for member in self._fleet.members]
        members = {member.key: member for member in self._fleet.members}
        read = unchanged = fresh = 0
        with (self._root / MANIFEST).open("ab") as manifest:
            for count, report in enumerate(self._work(tasks), 1):
                row = self._settle(members[report.key], report, known.get(report.key))
                row, line = _encode(row)
                self._rows[report.key] = row
                read += report.state not in (UNCHANGED, FAILED)
                unchanged += report.state == UNCHANGED
                fresh += report.fresh
                manifest.write(line)
                manifest.flush()
                self._tell(count, len(tasks))
        rows = tuple(self._rows[task.member.key] for task in tasks)
        write_manifest(self._root, rows)
        self._compact(rows)
        return Ran(rows, read, unchanged, fresh, tuple(self._notes))

    def _work(self, tasks: Iterable[Task]) -> Iterator[Report]:
        """Yield the report of each task: first of those without news, then of those that are read.

        Asking is waiting: it is done here, many at a time, and no worker is started for it.
        """
        waiting = [task for task in tasks if task.known is None]
        known = [task for task in tasks if task.known is not None]
        pool = ThreadPoolExecutor(_ASKED_AT_ONCE)
        try:
            for task, report in zip(known, pool.map(look_for_news, known), strict=True):
                if report is None:
                    waiting.append(task)
                else:
                    yield report
        finally:
            pool.shutdown(cancel_futures=True)
        if waiting:
            yield from run_tasks(self._engine, waiting)

    def _forget(self, known: dict[str, Row]) -> None:
        """Remove what is not asked for any more, so that whoever reads the files counts none."""
        wanted = {member.key for member in self._fleet.members}
        gone = [key for key in known if key not in wanted]
        left = [known.pop(key).member.name for key in gone]
        if (pages := self._options.pages) is not None:
            for key in gone:
                (pages / name_page(key)).unlink(missing_ok=True)
        for top in (DATA, CLONES, RECORDS):
            for place in (self._root / top).glob("*"):
                if place.name.removesuffix(".git") not in wanted:
                    shutil.rmtree(place, ignore_errors=True)
        if left:
            named = ", ".join(left[:5]) + (f" and {len(left) - 5} more" if len(left) > 5 else "")
            self._notes.append(f"no longer in the list, and removed: {named}")

    def _task(self, member: Member, row: Row | None) -> Task:
        options = self._options
        config = options.config.absolute() if options.config is not None else None
        text = config.read_bytes() if config is not None else b""
        parts = (
            *(__version__, code_key_once(), str(options.preset), str(options.by_area)),
            hashlib.sha256(text).hexdigest(),
            *(member.name, _name_import(os.environ) if options.imports else ""),
            str(options.pages is not None),
        )
        return Task(
            member,
            str(self._root),
            hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:32],
            options.today,
            options.preset,
            str(config) if config is not None else None,
            options.by_area,
            options.imports,
            str(options.pages.absolute()) if options.pages is not None else "",
            options.render if options.pages is not None else None,
            _known(row.report) if row is not None and row.report is not None else None,
        )

    def _settle(self, member: Member, report: Report, before: Row | None) -> Row:
        """Return the line of a repository; one that fails now keeps what it said before."""
        now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        member = replace(member, place=member.shown)  # a password is not kept
        earlier = before.report if before is not None else None
        if report.state == FAILED:
            place = self._root / DATA / member.key
            if before is not None and earlier is not None and is_sound(place, earlier.files):
                return replace(before, member=member, failure=report)
            shutil.rmtree(place, ignore_errors=True)
            return Row(VERSION, member, None, report, now)
        if report.state == UNCHANGED and before is not None and earlier is not None:
            return replace(before, member=member, failure=None)
        return Row(VERSION, member, report, None, now)

    def _compact(self, rows: Iterable[Row]) -> None:
        """Make the tables of all repositories, unless they are of these very partitions."""
        whole = [row for row in rows if row.report is not None]
        listed = [sorted(row.report.files.items()) for row in whole if row.report is not None]
        described = [_describe(row) for row in whole]
        key = hashlib.sha256(repr((VERSION, listed, described)).encode()).hexdigest()
        place = self._root / ALL
        if _is_whole(place, key):
            return
        made = self._root / MAKING_DIRECTORY / ALL
        scratch = made.with_name("scratch")
        with open_duckdb(threads=2, scratch=scratch) as base:
            base.execute("SET preserve_insertion_order = false")  # else millions of rows are held
            compact(base, [self._root / DATA / row.member.key for row in whole], made)
            write_rows(base, REPOSITORIES, described, made / "repositories.parquet")
        files = {path.name: describe_file(path, 0) for path in made.iterdir() if path.is_file()}
        (made / _KEY).write_bytes(msgspec.json.encode(_Compacted(key, files)))
        move_into_place(made, place)


def _encode(row: Row) -> tuple[Row, bytes]:
    """Return a line of the manifest, and what it says: an error may quote what is no UTF-8."""
    try:
        return row, msgspec.json.encode(row) + b"\n"
    except UnicodeEncodeError:
        plain = msgspec.convert(_make_plain(msgspec.to_builtins(row)), Row)
        return plain, msgspec.json.encode(plain) + b"\n"


def _make_plain(value: Any) -> Any:
    if isinstance(value, str):
        return clean_cell(value)
    if isinstance(value, dict):
        return {name: _make_plain(held) for name, held in value.items()}
    return [_make_plain(held) for held in value] if isinstance(value, (list, tuple)) else value


def _known(report: Report) -> Known:
    return Known(report.fingerprint, report.files, report.imported, report.goes_on)


def _name_import(environ: Mapping[str, str]) -> str:
    """Return what tells whether a forge can be asked: with another token it is worth a try."""
    return " ".join(["import", *(name for name in TOKENS if environ.get(name))])


class _Compacted(Struct, frozen=True):
    """What the compacted tables were made of, and what each was when it was written."""

    key: str
    files: dict[str, Written]


def _is_whole(place: Path, key: str) -> bool:
    """Tell whether the compacted tables are of these partitions, and as they were written."""
    try:
        told = msgspec.json.decode((place / _KEY).read_bytes(), type=_Compacted)
        return told.key == key and all(
            describe_file(place / name, 0) == written for name, written in told.files.items()
        )
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError):
        return False


def _describe(row: Row) -> tuple[object, ...]:
    report, member = row.report, row.member
    assert report is not None  # noqa: S101 - only those that were read
    return (
        *(member.name, member.organisation, member.team or report.team, member.shown),
        *(report.branch, report.head, row.failure is not None, row.at),
    )


def read_manifest(root: Path) -> dict[str, Row]:
    """Return the last line of each repository by its key; what cannot be read is not known.

    A line that was cut, or is of another version, only means that a repository is read again.
    """
    try:
        lines = (root / MANIFEST).read_bytes().splitlines()
    except FileNotFoundError:
        return {}
    decode = msgspec.json.Decoder(Row).decode
    rows: dict[str, Row] = {}
    for line in lines:
        try:
            row = decode(line)
        except (msgspec.MsgspecError, UnicodeDecodeError):
            continue
        if row.version == VERSION:
            rows[row.member.key] = row
    return rows


def write_manifest(root: Path, rows: Iterable[Row]) -> None:
    """Write the manifest anew, wholly or not at all; passwords in addresses are left out."""
    part = root / f".{MANIFEST}.part"
    part.write_bytes(b"".join(msgspec.json.encode(row) + b"\n" for row in rows))
    part.replace(root / MANIFEST)


def run_tasks(engine: Engine, tasks: Iterable[Task]) -> Iterator[Report]:
    """Yield the report of each task, whichever is ready first; each task has exactly one.

    When a worker dies, what it and its neighbours had is given out again, one at a time: so the
    one that kills workers is found, and the others are not blamed for it.
    """
    waiting, suspects = deque(tasks), deque[Task]()
    running: dict[Future[Report], Task] = {}
    executor = engine.open()
    try:
        while waiting or suspects or running:
            is_alone = bool(suspects)
            is_broken = False
            while not is_broken and _has_room(engine, running, suspects, waiting):
                queue = suspects or waiting
                try:
                    running[executor.submit(audit_member, queue[0])] = queue[0]
                    queue.popleft()
                except BrokenProcessPool:  # a worker died while it had nothing to do
                    is_broken = True
            died: list[Task] = []
            for future in wait(running, return_when=FIRST_COMPLETED).done if running else ():
                task = running.pop(future)
                try:
                    report = future.result()
                except BrokenProcessPool:
                    died.append(task)
                    continue
                except Exception as error:  # a dask worker that was killed, or a lost scheduler
                    report = _died(task, type(error).__name__)
                yield report
            if died or is_broken:
                died += running.values()
                running.clear()
                executor.shutdown(wait=False)
                executor = engine.open()
                if is_alone and len(died) == 1:
                    yield _died(died[0], "killed")
                else:
                    suspects += died
    finally:
        for future in running:  # dask's executor cannot do it by itself
            future.cancel()
        executor.shutdown(wait=True)


def _has_room(
    engine: Engine, running: dict[Future[Report], Task], suspects: deque[Task], waiting: deque[Task]
) -> bool:
    """Tell whether a task may be given out; a suspect runs with no other beside it."""
    if suspects:
        return not running
    return bool(waiting) and len(running) < engine.ahead


def _died(task: Task, how: str) -> Report:
    return Report(
        task.member.key,
        FAILED,
        error=f"the worker that read it died ({how}), twice where that could be tried",
        hint="often memory: use fewer --jobs, and look at the system's log; then run it again",
    )
