"""Open the backends of a catalogue, and ask them: a few at once, the same question only once."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from typing import TYPE_CHECKING, cast

from whygate.catalogue.file import BUILTIN
from whygate.errors import WhygateError
from whygate.metrics.port import GROUP, TRIES, Number, QueryError, Source, SourceError, first_line
from whygate.metrics.reading import Reading, judge_number

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from whygate.catalogue.catalogue import Backend, Catalogue, Metric
    from whygate.metrics.port import Setting
    from whygate.metrics.windows import Window

AT_ONCE = 16  # questions in all
AT_ONE = 8  # of them to one backend
_WAIT = 0.5  # seconds before the second try, twice that before the third

# A question: the short name of a metric, and the windows it is asked for.
Key = tuple[str, "tuple[Window, ...]"]


class Sources:
    """The sources of one run. Each is opened when it is first asked, and closed at the end.

    `wait` is called with seconds between two tries. A question that was asked is remembered with
    its answer, so that no number is asked for twice.
    """

    def __init__(
        self,
        catalogue: Catalogue,
        setting: Setting,
        wait: Callable[[float], None] = time.sleep,
    ) -> None:
        self.catalogue = catalogue
        self.setting = setting
        self.wait = wait
        self.asked = 0
        self._lock = threading.Lock()
        self._doors: dict[str, _Door] = {}

    def __enter__(self) -> Sources:
        """Return itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close what was opened."""
        for door in self._doors.values():
            door.close()

    def read_all(
        self,
        questions: Iterable[tuple[Metric, tuple[Window, ...]]],
        told: Callable[[int, int], None] | None = None,
    ) -> dict[Key, tuple[Reading, ...]]:
        """Return the readings of every question, by metric and windows.

        Each is asked once however often it stands here, and so is the denominator that several
        share. A backend that fails stops no other. `told` hears how many are done.
        """
        asked: dict[Key, Metric] = {}
        for metric, windows in questions:
            asked[metric.slug, windows] = metric
            below = self.catalogue.metrics.get(metric.denominator)
            if below is not None:
                asked[below.slug, windows] = below
        numbers: dict[Key, _Numbers] = {}
        same: dict[tuple[str, str, tuple[Window, ...]], list[str]] = {}
        for (slug, windows), metric in asked.items():
            key = (metric.backend.name, self.catalogue.definition(metric), windows)
            same.setdefault(key, []).append(slug)
        with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="whygate-measure") as pool:
            jobs = {
                pool.submit(self._read, asked[slugs[0], windows], windows): (slugs, windows)
                for (_, _, windows), slugs in same.items()
            }
            for done, (job, (slugs, windows)) in enumerate(jobs.items(), 1):
                found = job.result()
                numbers |= {(slug, windows): found for slug in slugs}
                if told is not None:
                    told(done, len(jobs))
        return {key: self._judge(metric, key[1], numbers) for key, metric in asked.items()}

    def _judge(
        self,
        metric: Metric,
        windows: tuple[Window, ...],
        numbers: dict[Key, _Numbers],
    ) -> tuple[Reading, ...]:
        found = numbers[metric.slug, windows]
        if found.failure is not None:
            return (found.failure,) * len(windows)
        below = self.catalogue.metrics.get(metric.denominator)
        beneath = numbers[below.slug, windows] if below is not None else None
        if beneath is not None and beneath.failure is not None:
            return (beneath.failure,) * len(windows)
        lower: Sequence[Number] = beneath.values if beneath is not None else [None] * len(windows)
        return tuple(
            judge_number(metric, value, below, under)
            for value, under in zip(found.values, lower, strict=True)
        )

    def _read(self, metric: Metric, windows: tuple[Window, ...]) -> _Numbers:
        """Return what a source says; whatever goes wrong with it is said, and stops nothing."""
        name = metric.backend.name
        door = self._door(metric.backend)
        with door.limit:
            for attempt in range(1, TRIES + 1):
                try:
                    with self._lock:
                        self.asked += 1
                    return _Numbers(door.open().read(metric, windows))
                except QueryError as error:
                    return _Numbers([], Reading.wrong(f"{metric.slug}: {error.message}"))
                except SourceError as error:
                    if not error.passing or attempt == TRIES:
                        return _Numbers([], _unanswered(name, error))
                except WhygateError as error:
                    return _Numbers([], _unanswered(name, error))
                except Exception as error:  # a backend of another package may raise anything
                    said = f"{type(error).__name__}: {first_line(error, door.secrets)}"
                    return _Numbers([], Reading.unanswered(f"{name}: {said}"))
                self.wait(_WAIT * attempt)
        raise AssertionError  # the last try returns

    def _door(self, backend: Backend) -> _Door:
        with self._lock:
            if backend.name not in self._doors:
                self._doors[backend.name] = _Door(backend, self.setting)
            return self._doors[backend.name]


class _Numbers:
    """What a source said of each window, or why it said nothing."""

    def __init__(self, values: Sequence[Number], failure: Reading | None = None) -> None:
        self.values = values
        self.failure = failure


class _Door:
    """One backend, opened by whoever comes first; a failure to open it is kept."""

    def __init__(self, backend: Backend, setting: Setting) -> None:
        self.backend = backend
        self.setting = setting
        self.limit = threading.BoundedSemaphore(AT_ONE)
        names = (backend.url_env, backend.token_env)
        self.secrets = tuple(setting.environ.get(name, "") for name in names if name)
        self._lock = threading.Lock()
        self._source: Source | None = None
        self._error: WhygateError | None = None

    def open(self) -> Source:
        """Return the open source; raises what opening it raised."""
        with self._lock:
            if self._error is not None:
                raise self._error
            if self._source is None:
                try:
                    self._source = open_source(self.backend, self.setting)
                except WhygateError as error:
                    self._error = error
                    raise
            return self._source

    def close(self) -> None:
        """Close the source, if it was opened."""
        with self._lock:
            if self._source is not None:
                self._source.close()
                self._source = None


def open_source(backend: Backend, setting: Setting) -> Source:
    """Return an open backend; raises SourceError when it is not installed or cannot be opened."""
    if backend.type in BUILTIN:
        module = import_module(f"whygate.metrics.backends.{backend.type}")
        return cast("Source", module.open_backend(backend, setting))
    from importlib.metadata import entry_points  # noqa: PLC0415  (only for types of packages)

    found = next(iter(entry_points(group=GROUP, name=backend.type)), None)
    if found is None:
        raise SourceError(
            f"no installed package brings the backend `{backend.type}`",
            hint=f"a package brings one by an entry point of the group `{GROUP}`",
        )
    return cast("Source", found.load()(backend, setting))


def _unanswered(name: str, error: WhygateError) -> Reading:
    hint = f" ({error.hint})" if error.hint else ""
    return Reading.unanswered(f"{name}: {error.message}{hint}")
