"""Many questions at once: each asked once, and no failure stops another."""

from __future__ import annotations

from decimal import Decimal
from importlib.metadata import EntryPoint, EntryPoints
from typing import TYPE_CHECKING

import pytest
from tests.metrics.conftest import DAY

from whygate.catalogue.file import parse_catalogue
from whygate.metrics import sources as sources_module
from whygate.metrics.port import Setting
from whygate.metrics.sources import Sources
from whygate.metrics.windows import window_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from tests.metrics.conftest import Server

    from whygate.catalogue.catalogue import Backend, Metric
    from whygate.metrics.windows import Window

WEEK = window_of(DAY, 168)
CATALOGUE = """\
version: 1
backends:
  good: {type: prometheus, url_env: GOOD}
  bad: {type: prometheus, url_env: BAD}
  odd: {type: abacus, options: {beads: "7"}}
metrics:
  one-a: {title: one, backend: good, query: up, window: 7d}
  one-b: {title: the same, backend: good, query: up, window: 7d}
  over: {title: over one, backend: good, query: down, window: 7d, denominator: one-a, min_denominator: 5}
  quiet: {title: over much, backend: good, query: down, window: 7d, denominator: one-a, min_denominator: 50}
  lost: {title: lost, backend: bad, query: up, window: 7d}
  under: {title: under lost, backend: good, query: up, window: 7d, denominator: lost}
  beads: {title: beads, backend: odd, window: 7d}
"""  # noqa: E501 - a metric is one line
UP = b'{"status": "success", "data": {"resultType": "scalar", "result": [0, "7"]}}'


class Abacus:
    """A backend of another package."""

    def __init__(self, beads: int) -> None:
        self.beads = beads
        self.closed = False

    def read(self, metric: Metric, windows: Sequence[Window]) -> list[Decimal]:
        if self.beads < 0:
            raise ZeroDivisionError(f"no beads in {metric.slug}")
        return [Decimal(self.beads)] * len(windows)

    def close(self) -> None:
        self.closed = True


def open_abacus(backend: Backend, _: Setting) -> Abacus:
    return Abacus(int(dict(backend.options)["beads"]))


def install(monkeypatch: pytest.MonkeyPatch) -> None:
    found = EntryPoint("abacus", f"{__name__}:open_abacus", "whygate.backends")
    monkeypatch.setattr(EntryPoint, "load", lambda _: open_abacus)
    listed = EntryPoints([found])
    monkeypatch.setattr("importlib.metadata.entry_points", listed.select)


def test_every_question_is_answered_once_and_apart(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(monkeypatch)
    server.answers["/api/v1/query"] = (200, {}, UP)
    catalogue = parse_catalogue("metrics.yml", CATALOGUE)
    environ = {"GOOD": server.address, "BAD": "http://127.0.0.1:1"}
    told: list[tuple[int, int]] = []

    with Sources(catalogue, Setting(environ, tmp_path), lambda _: None) as sources:
        questions = [(metric, (WEEK,)) for metric in catalogue.metrics.values()] * 3
        found = sources.read_all(questions, lambda done, of: told.append((done, of)))

    states = {slug: readings[0].state for (slug, _), readings in found.items()}
    assert states == {
        "one-a": "value",
        "one-b": "value",
        "over": "value",
        "quiet": "inconclusive",
        "lost": "inconclusive",
        "under": "inconclusive",
        "beads": "value",
    }
    assert (
        found["quiet", (WEEK,)][0].reason == "one-a is 7 in this window, and at least 50 is needed"
    )
    assert found["under", (WEEK,)][0].answered is False
    assert found["beads", (WEEK,)][0].number == 7
    asked = sorted(call.params["query"] for call in server.calls)
    assert asked == ["down", "down", "up", "up"]
    assert told[-1] == (len(told), len(told))


def test_backend_of_no_package_is_said(tmp_path: Path) -> None:
    catalogue = parse_catalogue("metrics.yml", CATALOGUE)

    with Sources(catalogue, Setting({}, tmp_path)) as sources:
        found = sources.read_all([(catalogue.metrics["beads"], (WEEK,))])

    assert "no installed package brings the backend `abacus`" in found["beads", (WEEK,)][0].reason


def test_error_of_another_package_is_a_state(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(monkeypatch)
    catalogue = parse_catalogue("metrics.yml", CATALOGUE.replace('beads: "7"', 'beads: "-1"'))

    with Sources(catalogue, Setting({}, tmp_path)) as sources:
        found = sources.read_all([(catalogue.metrics["beads"], (WEEK,))])

    reading = found["beads", (WEEK,)][0]
    assert reading.reason == "odd: ZeroDivisionError: no beads in beads"
    assert reading.answered is False


@pytest.mark.parametrize(
    ("kind", "module", "extra"),
    [("sql", "sqlalchemy", "sql"), ("files", "duckdb", "files"), ("http", "jsonpath_ng", "http")],
)
def test_library_that_is_missing_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str, module: str, extra: str
) -> None:
    monkeypatch.setitem(__import__("sys").modules, module, None)
    (tmp_path / "a.csv").write_text("day\n2026-11-15\n")
    backend = {
        "sql": "{type: sql, url: 'sqlite:///a.db'}",
        "files": "{type: files, path: a.csv}",
        "http": "{type: http, url: 'http://127.0.0.1:1'}",
    }[kind]
    asked = "value: $.a" if kind == "http" else "query: 'select :end'"
    metric = f"{{title: t, backend: b, window: 7d, {asked}}}"
    text = f"version: 1\nbackends: {{b: {backend}}}\nmetrics: {{m-m: {metric}}}\n"
    catalogue = parse_catalogue("metrics.yml", text)

    with Sources(catalogue, Setting({}, tmp_path)) as sources:
        found = sources.read_all([(catalogue.metrics["m-m"], (WEEK,))])

    assert f"pip install 'whygate[{extra}]" in found["m-m", (WEEK,)][0].reason


def test_nothing_heavy_is_loaded_before_it_is_asked() -> None:
    heavy = {"sqlalchemy", "duckdb", "psycopg", "jsonpath_ng"}
    names = {name.partition(".")[0] for name in vars(sources_module)}

    assert not heavy & names
