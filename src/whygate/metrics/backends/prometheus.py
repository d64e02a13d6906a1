"""Prometheus and what speaks its HTTP API: one expression, evaluated at the end of a window.

https://prometheus.io/docs/prometheus/latest/querying/api/ (instant and range queries)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from whygate.metrics.backends.web import Reply, Web, complain
from whygate.metrics.port import QueryError, SourceError, to_number

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from decimal import Decimal

    from whygate.catalogue.catalogue import Backend, Metric
    from whygate.metrics.port import Setting
    from whygate.metrics.windows import Window

_WRONG = (400, 422)


def open_backend(backend: Backend, setting: Setting) -> Prometheus:
    """Return the backend; raises SourceError when address or token is missing."""
    return Prometheus(Web(backend, setting))


class Prometheus:
    """Asks `query` for one window and `query_range` for several."""

    def __init__(self, web: Web) -> None:
        self.web = web

    def read(self, metric: Metric, windows: Sequence[Window]) -> list[Decimal | None]:
        """Return the value of the expression at the end of each window."""
        # The catalogue alone fills the query: PromQL has no bound parameters.
        query = metric.query.replace("${window}", metric.window).replace("$window", metric.window)
        common = [("query", query), ("timeout", f"{self.web.timeout}s")]
        if len(windows) == 1:
            params = [*common, ("time", _seconds(windows[0].end))]
            return [read_instant(self._ask("/api/v1/query", params))]
        step = int((windows[1].end - windows[0].end).total_seconds())
        params = [
            *common,
            ("start", _seconds(windows[0].end)),
            ("end", _seconds(windows[-1].end)),
            ("step", str(step)),
        ]
        found = _read_range(self._ask("/api/v1/query_range", params))
        return [found.get(int(window.end.timestamp())) for window in windows]

    def close(self) -> None:
        """Nothing is held open."""

    def _ask(self, resource: str, params: Sequence[tuple[str, str]]) -> dict[str, object]:
        reply = self.web.get(resource, params)
        if reply.status in _WRONG:
            raise QueryError(f"Prometheus refuses the query: {_error(reply)}")
        if reply.status != 200:
            raise complain(reply)
        answer = reply.json()
        if not isinstance(answer, dict) or answer.get("status") != "success":
            raise SourceError("the answer is none of Prometheus")
        _require_whole(answer)
        data = answer.get("data")
        if not isinstance(data, dict) or not isinstance(data.get("resultType"), str):
            raise SourceError("the answer is none of Prometheus")
        return data


def _require_whole(answer: dict[str, object]) -> None:
    """Raise SourceError for an answer that says that a part of the data is missing.

    Where a store does not answer, a warning says so (Prometheus, Thanos), or `isPartial`
    (VictoriaMetrics). What begins with `PromQL` is about the query and not about the data.
    https://prometheus.io/docs/prometheus/latest/querying/api/#format-overview
    """
    told = answer.get("warnings")
    warnings = told if isinstance(told, list) else [told] if told else []
    missing = [str(said) for said in warnings if not str(said).startswith("PromQL ")]
    if missing or answer.get("isPartial") is True:
        why = f": {' '.join(missing[0].split())[:200]}" if missing else ""
        raise SourceError(f"only a part of the data was read{why}", passing=True)


def read_instant(data: dict[str, object]) -> Decimal | None:
    """Return the number of the data of an instant query, None when it is empty.

    Raises QueryError for anything but one number, SourceError for what Prometheus never says.
    """
    kind, result = data.get("resultType"), data.get("result")
    if kind == "scalar":
        return _number(result)
    series = _one_series(kind, result, "vector")
    return _number(series.get("value")) if series is not None else None


def _read_range(data: dict[str, object]) -> dict[int, Decimal | None]:
    series = _one_series(data["resultType"], data.get("result"), "matrix")
    values = series.get("values") if series is not None else []
    if not isinstance(values, list):
        raise SourceError("the answer is none of Prometheus")
    return {_time(pair): _number(pair) for pair in values}


def _one_series(kind: object, result: object, wanted: str) -> dict[str, object] | None:
    """Return the only series of an answer, None when it is empty."""
    if kind in ("string", "matrix") and kind != wanted:
        raise QueryError(f"the query gives a {kind}; one number is needed")
    if kind != wanted or not isinstance(result, list):
        raise SourceError("the answer is none of Prometheus")
    if len(result) > 1:
        raise QueryError(f"the query gives {len(result)} series; sum them, or choose one")
    if result and not isinstance(result[0], dict):
        raise SourceError("the answer is none of Prometheus")
    return result[0] if result else None


def _number(pair: object) -> Decimal | None:
    if not isinstance(pair, list) or len(pair) != 2 or not isinstance(pair[1], str):
        raise SourceError("the answer is none of Prometheus")
    text = pair[1]
    return to_number({"+Inf": "Infinity", "-Inf": "-Infinity"}.get(text, text))


def _time(pair: object) -> int:
    try:
        return round(float(str(pair[0] if isinstance(pair, list) else pair)))
    except (ValueError, IndexError, OverflowError):
        raise SourceError("the answer is none of Prometheus") from None


def _error(reply: Reply) -> str:
    try:
        answer = reply.json()
    except SourceError:
        answer = None
    text = answer.get("error") if isinstance(answer, dict) else None
    return " ".join(str(text or f"HTTP {reply.status}").split())[:200]


def _seconds(moment: datetime) -> str:
    return str(int(moment.timestamp()))
