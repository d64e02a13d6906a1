"""Commits that must be read in full, shared out among processes."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections import deque
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context, parent_process
from typing import TYPE_CHECKING

from whygate.errors import WhygateError
from whygate.history.recorder import Recorder

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import date
    from types import TracebackType

    from whygate.audit.record import Record
    from whygate.git.log import LoggedCommit
    from whygate.history.requests import Descriptions
    from whygate.model import Change
    from whygate.outcomes.ledger import Kept
    from whygate.policy.policy import Policy

# So many are read here before others are started that are no copies: they take 0.3 s to be ready.
_PATIENCE = 400
_AHEAD = 3  # readings that another process is given at a time, so that it is never without
_YIELDING = 10  # of 19 steps below the usual priority (nice(2))


class ReadingPool:
    """Reads commits by one policy, with `jobs` processes of which this is one.

    The others begin with the oldest commits that wait; this one, which has other work to do, helps
    with the newest when it needs a result that is not there. Where no process can be started, or
    one dies, everything is read here: slower, and the same.
    """

    def __init__(  # noqa: PLR0913 - what a reading depends on
        self,
        policy: Policy,
        today: date,
        to_change: Callable[[LoggedCommit], Change],
        *,
        jobs: int,
        kept: Mapping[str, Kept] | None = None,
        keeps_words: bool = False,
        descriptions: Descriptions | None = None,
    ) -> None:
        self._settings = (policy, today, to_change, kept, keeps_words, descriptions)
        self._recorder = _make_recorder(*self._settings)
        self._jobs = jobs
        self._read = 0
        self._executor: ProcessPoolExecutor | None = None
        self._waiting: deque[Pending] = deque()
        self._sent: list[Pending] = []

    def __enter__(self) -> ReadingPool:
        """Start the other processes at once where that is cheap: as copies of this one."""
        if self._jobs > 1 and sys.platform == "linux" and threading.active_count() == 1:
            self._start("fork")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._executor is not None:
            # Read as far as asked, or a sentence is to be said: at its end Python wakes what still
            # runs, and prints a traceback where that closes meanwhile (3.11). Ctrl-C does not wait.
            is_over = error is None or isinstance(error, (GeneratorExit, WhygateError))
            self._executor.shutdown(wait=is_over, cancel_futures=True)

    @property
    def is_alone(self) -> bool:
        """Tell whether no other process reads (any more)."""
        return self._executor is None or self._jobs == 1

    def submit(self, entries: Sequence[LoggedCommit]) -> Pending:
        """Begin to read commits; `Pending.result` gives their records, without areas."""
        self._read += len(entries)
        if self._executor is None and self._jobs > 1 and self._read > _PATIENCE:
            self._start("spawn")  # a thread watches git by now, and a copy of it could hang
        pending = Pending(self, entries)
        self._waiting.append(pending)
        self._feed()
        return pending

    def read(self, entries: Sequence[LoggedCommit]) -> list[Record]:
        """Return the records of commits, read in this process."""
        return [self._recorder.read(entry) for entry in entries]

    def help_out(self) -> bool:
        """Read the newest commits that were given to no process; tell whether there were any."""
        self._feed()
        if not self._waiting:
            return False
        self._waiting.pop().read()
        return True

    def _start(self, method: str) -> None:
        try:
            self._executor = ProcessPoolExecutor(
                self._jobs - 1, get_context(method), initializer=_prepare, initargs=self._settings
            )
        except (OSError, ImportError, RuntimeError):  # no processes on this system
            self._jobs = 1
        self._send(())  # starts all copies before any thread

    def _feed(self) -> None:
        """Give the other processes the oldest commits, a few more than they read just now.

        What is given away cannot be taken back: a future that is cancelled when a process dies
        ends the executor's own thread.
        """
        self._sent = [pending for pending in self._sent if not pending.is_ready]
        while self._waiting and len(self._sent) < _AHEAD * (self._jobs - 1):
            future = self._send(self._waiting[0].entries)
            if future is None:
                break
            pending = self._waiting.popleft()
            pending.future = future
            self._sent.append(pending)
        if self.is_alone:
            self._waiting.clear()

    def _send(self, entries: Sequence[LoggedCommit]) -> Future[list[Record]] | None:
        """Return what another process will answer, None where none can be asked (any more)."""
        if self._executor is None or self._jobs == 1:
            return None
        try:
            return self._executor.submit(_read_all, tuple(entries))
        except (OSError, ImportError, RuntimeError):  # one cannot be started, or has died
            self._jobs = 1
            return None


class Pending:
    """Commits that are to be read; `future` is what the process answers that they were given to."""

    def __init__(self, pool: ReadingPool, entries: Sequence[LoggedCommit]) -> None:
        self.entries = entries
        self.future: Future[list[Record]] | None = None
        self._pool = pool
        self._records: list[Record] | None = None

    @property
    def is_ready(self) -> bool:
        """Tell whether nobody else has to finish first."""
        if self._records is not None:
            return True
        return self.future.done() if self.future is not None else self._pool.is_alone

    def read(self) -> list[Record]:
        """Return the records, read here and now."""
        self._records = self._pool.read(self.entries)
        return self._records

    def result(self) -> list[Record]:
        """Return the records in the order of the commits."""
        while not self.is_ready and self._pool.help_out():
            pass
        if self._records is not None:
            return self._records
        if self.future is None:
            return self.read()
        try:
            return self.future.result()
        except BrokenProcessPool:
            return self.read()


_recorders: list[Recorder] = []


def _make_recorder(
    policy: Policy,
    today: date,
    to_change: Callable[[LoggedCommit], Change],
    kept: Mapping[str, Kept] | None = None,
    keeps_words: bool = False,
    descriptions: Descriptions | None = None,
) -> Recorder:
    return Recorder(
        policy, today, to_change, kept=kept, keeps_words=keeps_words, descriptions=descriptions
    )


def _prepare(*settings: object) -> None:
    """Make a reading process ready; an interrupt is for its parent to handle.

    It lets git go first, which everybody waits for, and ends when its parent is killed.
    """
    threading.Thread(target=_end_with_parent, daemon=True).start()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if hasattr(os, "nice"):  # not on Windows
        os.nice(_YIELDING)
    _recorders[:] = [_make_recorder(*settings)]  # type: ignore[arg-type]


def _end_with_parent() -> None:
    if (parent := parent_process()) is not None:
        parent.join()
        os._exit(1)


def _read_all(entries: Sequence[LoggedCommit]) -> list[Record]:
    return [_recorders[0].read(entry) for entry in entries]
