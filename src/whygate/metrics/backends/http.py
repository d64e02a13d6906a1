"""Any service that answers JSON: a JSONPath leads to the number, or to the points of the window."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING

from whygate.metrics.backends.web import Web, complain
from whygate.metrics.port import Gap, Number, QueryError, SourceError, to_number
from whygate.version import how_to_add

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from jsonpath_ng import JSONPath

    from whygate.catalogue.catalogue import Backend, Metric
    from whygate.metrics.port import Setting
    from whygate.metrics.windows import Window

_PAIR = 2
_MILLISECONDS = 10**11  # an epoch above it counts milliseconds: the year 5138 in seconds
_WRONG = (400, 422)
_TIME_KEYS = ("time", "timestamp", "at", "date", "day", "ts", "t", "x")
_VALUE_KEYS = ("value", "count", "total", "v", "y")


def open_backend(backend: Backend, setting: Setting) -> Http:
    """Return the backend; raises SourceError when address, token or library is missing."""
    try:
        import jsonpath_ng  # noqa: F401, PLC0415  (only who asks needs it)
    except ImportError:
        raise SourceError("jsonpath-ng is not installed", hint=how_to_add("http")) from None
    return Http(Web(backend, setting))


class Http:
    """Asks one GET a window."""

    def __init__(self, web: Web) -> None:
        self.web = web

    def read(self, metric: Metric, windows: Sequence[Window]) -> list[Number]:
        """Return the number of each window, its points folded as the catalogue says."""
        return [self._read(metric, window) for window in windows]

    def close(self) -> None:
        """Nothing is held open."""

    def _read(self, metric: Metric, window: Window) -> Number:
        names = _placeholders(window)
        params = [(key, _fill(value, names)) for key, value in metric.params]
        reply = self.web.get(metric.resource, params)
        if reply.status in _WRONG:
            raise QueryError(f"it refuses the request (HTTP {reply.status})")
        if reply.status != 200:
            raise complain(reply)
        found = [match.value for match in _path(metric.value).find(reply.json())]
        return fold_values(found, metric, window)


def fold_values(found: Sequence[object], metric: Metric, window: Window) -> Number:
    """Return the one number of what a path leads to.

    A number is itself. Pairs of a time and a number are points: those of the window are folded
    by `aggregate`, and too few of them are a gap. Raises QueryError for several numbers without
    times, and for points without a way to fold them.
    """
    if len(found) == 1 and not isinstance(found[0], (list, dict)):
        return to_number(found[0])
    pairs = list(_pairs(found))
    if not pairs:
        return None
    pairs.sort(key=lambda pair: pair[0])  # `last` is the newest, in whichever order they came
    numbers = [n for moment, n in pairs if window.start <= moment < window.end and n is not None]
    if not metric.aggregate:
        raise QueryError(
            "the answer is a series; say how its points become one number, such as `aggregate: sum`"
        )
    if len(numbers) < max(1, metric.min_points):
        if not numbers:
            return None
        return Gap(f"the window has {len(numbers)} of at least {metric.min_points} points")
    return _fold(numbers, metric.aggregate)


def _fold(numbers: Sequence[Decimal], how: str) -> Decimal:
    total = sum(numbers, Decimal(0))
    folded = {"sum": total, "mean": total / len(numbers), "last": numbers[-1]}
    if how in folded:
        return folded[how]
    return min(numbers) if how == "min" else max(numbers)


def _pairs(found: Sequence[object]) -> Iterator[tuple[datetime, Decimal | None]]:
    only = found[0] if len(found) == 1 else None
    every = only if isinstance(only, list) and not _is_pair(only) else found
    for entry in every:
        moment, value = _split(entry)
        yield moment, to_number(value)


def _is_pair(entry: list[object]) -> bool:
    return len(entry) == _PAIR and not isinstance(entry[0], (list, dict))


def _split(entry: object) -> tuple[datetime, object]:
    if isinstance(entry, list) and _is_pair(entry):
        return _moment(entry[0]), entry[1]
    if isinstance(entry, dict):
        time = next((entry[key] for key in _TIME_KEYS if key in entry), None)
        value = next((entry[key] for key in _VALUE_KEYS if key in entry), None)
        if time is not None:
            return _moment(time), value
    raise QueryError("`value` leads to several numbers without a time; one is needed, or pairs")


def _moment(value: object) -> datetime:
    try:
        if isinstance(value, str) and not value.replace(".", "").isdigit():
            found = datetime.fromisoformat(value)
            return found.replace(tzinfo=UTC) if found.tzinfo is None else found
        seconds = Decimal(str(value))
        return datetime.fromtimestamp(
            float(seconds / 1000 if abs(seconds) > _MILLISECONDS else seconds), UTC
        )
    except (ValueError, ArithmeticError, OSError):
        raise QueryError(f"{str(value)[:40]!r} is no time of a point") from None


def _placeholders(window: Window) -> dict[str, str]:
    start, end = window.start, window.end
    return {
        "start": start.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "end": end.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "start_epoch": str(int(start.timestamp())),
        "end_epoch": str(int(end.timestamp())),
    }


def _fill(text: str, names: dict[str, str]) -> str:
    for name, value in names.items():
        text = text.replace(f"{{{name}}}", value)
    return text


@lru_cache(maxsize=256)
def _path(text: str) -> JSONPath:
    from jsonpath_ng.ext.parser import parse  # noqa: PLC0415  (as above)

    try:
        return parse(text)
    except Exception as error:  # the parser raises whatever its parts raise
        raise QueryError(f"`{text[:60]}` is no JSONPath") from error
