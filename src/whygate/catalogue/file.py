"""What `.whygate/metrics.yml` says, or every mistake in it at once, each with its line."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from difflib import get_close_matches
from functools import lru_cache
from typing import TYPE_CHECKING

from whygate.catalogue import CATALOGUE_LIMIT
from whygate.catalogue.catalogue import Backend, Catalogue, Metric, read_hours
from whygate.errors import ConfigError
from whygate.policy.config_file import (
    Mistake,
    as_instance,
    at,
    at_key,
    schema_mistakes,
    show,
    suggest,
)
from whygate.schema.files import METRICS, read_bundled
from whygate.text.content import compare_key
from whygate.text.yaml_tree import Mapping as Tree
from whygate.text.yaml_tree import Node, Scalar, YamlError, load_tree
from whygate.values.quantities import parse_quantity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from whygate.text.yaml_tree import Path

MOST_NODES = 100_000
BUILTIN = ("prometheus", "sql", "files", "http")
_LONGEST_WINDOW = 366 * 24  # hours
_ASKED = ("prometheus", "sql", "files")  # by a query
_SQL = ("sql", "files")
_OF_HTTP = ("resource", "params", "value", "aggregate", "min_points")
# What a query quotes or remarks, and the names it binds elsewhere: no `::` of a cast.
_PIECE = re.compile(
    r"'[^']*'|\"[^\"]*\"|--[^\n]*|/\*(?:[^*]|\*(?!/))*(?:\*/|\Z)|(?<![:\w\\]):([A-Za-z_]\w*)(?![:\w])"
)
_VARIABLE = re.compile(r"\$\{?([A-Za-z_]\w*)")
_ADDRESS = re.compile(r"([A-Za-z][A-Za-z0-9+.-]{0,40})://(?:([^/?#@]{0,300})@)?")
_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
PLACEHOLDERS = ("start", "end", "start_epoch", "end_epoch")


@lru_cache(maxsize=8)  # a history asks once a change
def parse_catalogue(path: str, text: str) -> Catalogue:
    """Return the catalogue of a file's text; raises ConfigError with every mistake of it."""
    tree, mistakes = _load(text)
    if tree is not None:
        mistakes += _Checker(tree).mistakes()
    if mistakes or not isinstance(tree, Tree):
        ordered = sorted(mistakes, key=lambda m: (m.line, m.column))
        raise ConfigError(
            path,
            tuple((m.line, m.sentence) for m in ordered) or ((1, "the catalogue is empty"),),
            hint="`whygate show schema metrics` prints every key with its meaning",
        )
    return _build(path, tree)


def find_bound(query: str) -> tuple[str, ...]:
    """Return the names that a query binds (`:start`), each once, in their order."""
    return tuple(dict.fromkeys(piece[1] for piece in _PIECE.finditer(query) if piece[1]))


def bind_with_dollars(query: str) -> str:
    """Return a query whose bound names are written as DuckDB reads them: `$start`."""
    return _PIECE.sub(lambda piece: f"${piece[1]}" if piece[1] else piece[0], query)


def quote_colons(query: str) -> str:
    r"""Return a query whose quoted colons bind nothing for SQLAlchemy either: `\\:`."""
    return _PIECE.sub(lambda p: p[0] if p[1] else p[0].replace(":", "\\:"), query)


def _load(text: str) -> tuple[Node | None, list[Mistake]]:
    try:
        return load_tree(text, max_nodes=MOST_NODES, max_bytes=CATALOGUE_LIMIT), []
    except YamlError as error:
        return error.root, [Mistake(p.line, p.column, (), p.message) for p in error.problems]


class _Checker:
    """Holds a tree against the schema, and against what a schema cannot say."""

    def __init__(self, tree: Node) -> None:
        self.tree = tree
        self.types = {
            name.text: _text(backend, "type")
            for name, backend in _entries(tree, "backends")
            if isinstance(backend, Tree)
        }
        self.slugs = [name.text for name, _ in _entries(tree, "metrics")]

    def mistakes(self) -> Iterator[Mistake]:
        """Yield all mistakes; a place that breaks the schema has no second one."""
        if not isinstance(self.tree, Tree):
            yield at(self.tree, (), f"the catalogue must be a mapping, found {show(self.tree)}")
            return
        schema = json.loads(read_bundled(METRICS))
        broken = schema_mistakes(as_instance(self.tree, schema, schema), self.tree, schema)
        yield from broken
        places = {mistake.path for mistake in broken}
        yield from (m for m in self._meanings() if m.path not in places)

    def _meanings(self) -> Iterator[Mistake]:
        for name, backend in _entries(self.tree, "backends"):
            if isinstance(backend, Tree):
                yield from self._backend(("backends", name.text), backend)
        titles: dict[str, str] = {}
        for name, metric in _entries(self.tree, "metrics"):
            if isinstance(metric, Tree):
                path: Path = ("metrics", name.text)
                yield from self._metric(path, metric)
                yield from self._title(path, name.text, _text(metric, "title"), titles)

    def _backend(self, path: Path, backend: Tree) -> Iterator[Mistake]:
        kind = _text(backend, "type")
        near = get_close_matches(kind, BUILTIN, 1, 0.7) if kind not in BUILTIN else []
        if near:
            yield at(
                self.tree, (*path, "type"), f"no backend is a `{kind}`; did you mean `{near[0]}`?"
            )
        if ".." in _text(backend, "path").split("/"):
            sentence = "`path` must stay inside the repository"
            yield at(self.tree, (*path, "path"), sentence)
        url = _text(backend, "url")
        if not url:
            return
        address = _ADDRESS.match(url)
        is_web = address is not None and address[1].lower() in ("http", "https")
        if address is not None and ":" in (address[2] or ""):
            yield at(
                self.tree,
                (*path, "url"),
                "a password stands in `url`; keep the address in the environment and name the "
                "variable in `url_env`",
            )
        elif address is None or (kind in ("prometheus", "http") and not is_web):
            yield at(self.tree, (*path, "url"), f"`{url[:60]}` is no address of a {kind} backend")

    def _metric(self, path: Path, metric: Tree) -> Iterator[Mistake]:
        backend = _text(metric, "backend")
        if backend and backend not in self.types:
            hint = suggest(backend, list(self.types)) or f"; there are {_listed(self.types)}"
            yield at(self.tree, (*path, "backend"), f"no backend is called `{backend}`{hint}")
        kind = self.types.get(backend, "")
        yield from self._asked(path, metric, kind)
        yield from self._numbers(path, metric)
        yield from self._below(path, metric)

    def _asked(self, path: Path, metric: Tree, kind: str) -> Iterator[Mistake]:
        query = _text(metric, "query")
        if kind == "http":
            yield from self._asked_by_http(path, metric)
        elif kind in _ASKED:
            if not query:
                yield at(self.tree, path, f"a metric of a {kind} backend needs a `query`")
            for name in (name for name in _OF_HTTP if metric.get(name) is not None):
                sentence = f"`{name}` belongs to http, and not to {kind}"
                yield at_key(self.tree, (*path, name), sentence)
        if kind in _SQL and query:
            yield from self._bound(path, query)
        if kind == "prometheus":
            for name in (name for name in _VARIABLE.findall(query) if name != "window"):
                sentence = f"`${name}` is not known in a query; only `$window` is"
                yield at(self.tree, (*path, "query"), sentence)

    def _asked_by_http(self, path: Path, metric: Tree) -> Iterator[Mistake]:
        if not _text(metric, "value"):
            yield at(self.tree, path, "a metric of an http backend needs a `value`, a JSONPath")
        if metric.get("query") is not None:
            yield at_key(self.tree, (*path, "query"), "http has no `query`; write `params`")
        yield from self._placeholders(path, metric)

    def _bound(self, path: Path, query: str) -> Iterator[Mistake]:
        names = find_bound(query)
        for name in names:
            if name not in ("start", "end"):
                sentence = f"`:{name}` is not known in a query; `:start` and `:end` are"
                yield at(self.tree, (*path, "query"), sentence)
        if not names:
            yield at(
                self.tree,
                (*path, "query"),
                "the query binds neither `:start` nor `:end`, so every window would be the same",
            )

    def _placeholders(self, path: Path, metric: Tree) -> Iterator[Mistake]:
        params = metric.get("params")
        for key, value in params.entries if isinstance(params, Tree) else ():
            for name in _PLACEHOLDER.findall(value.text if isinstance(value, Scalar) else ""):
                if name not in PLACEHOLDERS:
                    known = ", ".join(f"`{{{known}}}`" for known in PLACEHOLDERS)
                    sentence = f"`{{{name[:40]}}}` is not known; known are {known}"
                    yield at(self.tree, (*path, "params", key.text), sentence)

    def _numbers(self, path: Path, metric: Tree) -> Iterator[Mistake]:
        unit, scale = _text(metric, "unit"), _text(metric, "scale")
        if unit and parse_quantity(f"1 {unit}") is None:
            sentence = f"`1 {unit}` cannot be read as a number with its unit"
            yield at(self.tree, (*path, "unit"), sentence)
        elif scale == "ratio" and unit not in ("", "%"):
            sentence = f"a ratio is shown in %, and `unit` says `{unit}`"
            yield at(self.tree, (*path, "unit"), sentence)
        if _hours(metric, "window") > _LONGEST_WINDOW:
            yield at(self.tree, (*path, "window"), "a window has at most 366 days")

    def _below(self, path: Path, metric: Tree) -> Iterator[Mistake]:
        name = _text(metric, "denominator")
        if not name:
            if metric.get("min_denominator") is not None:
                sentence = "`min_denominator` needs a `denominator`"
                yield at_key(self.tree, (*path, "min_denominator"), sentence)
            return
        place = (*path, "denominator")
        if name == path[1]:
            yield at(self.tree, place, "a metric cannot be its own denominator")
        elif name not in self.slugs:
            hint = suggest(name, self.slugs)
            yield at(self.tree, place, f"no metric is called `{name}`{hint}")
        else:
            below = next(m for key, m in _entries(self.tree, "metrics") if key.text == name)
            if isinstance(below, Tree) and _text(below, "denominator"):
                yield at(self.tree, place, f"`{name}` has a denominator of its own; name another")

    def _title(
        self, path: Path, slug: str, title: str, titles: dict[str, str]
    ) -> Iterator[Mistake]:
        key = compare_key(title)
        other = titles.setdefault(key, slug) if key else slug
        if title in self.slugs and title != slug:
            other = title
        if other != slug:
            yield at(
                self.tree,
                (*path, "title"),
                f"`{other}` has this title too; a plan could mean either",
            )


def _build(path: str, tree: Tree) -> Catalogue:
    backends = {
        name.text: _backend(name.text, backend)
        for name, backend in _entries(tree, "backends")
        if isinstance(backend, Tree)
    }
    metrics = {
        name.text: _metric(name, metric, backends)
        for name, metric in _entries(tree, "metrics")
        if isinstance(metric, Tree)
    }
    return Catalogue(path, metrics)


def _backend(name: str, backend: Tree) -> Backend:
    texts = {key: _text(backend, key) for key in ("type", "url", "url_env", "token_env", "path")}
    timeout = _text(backend, "timeout")
    options = _pairs(backend.get("options"))
    return Backend(name, timeout=int(timeout) if timeout else 30, options=options, **texts)


def _metric(name: Scalar, metric: Tree, backends: dict[str, Backend]) -> Metric:
    least, points = _text(metric, "min_denominator"), _text(metric, "min_points")
    names = ("title", "query", "resource", "value", "aggregate", "unit", "better", "denominator")
    return Metric(
        slug=name.text,
        backend=backends[_text(metric, "backend")],
        hours=_hours(metric, "window"),
        params=_pairs(metric.get("params")),
        min_points=int(points) if points else 1,
        settle=_hours(metric, "settle"),
        is_ratio=_text(metric, "scale") == "ratio",
        empty=_text(metric, "empty") or "inconclusive",
        min_denominator=Decimal(least) if least else Decimal(1),
        owner=_text(metric, "owner"),
        link=_text(metric, "link"),
        line=name.line,
        **{key: _text(metric, key) for key in names},
    )


def _hours(metric: Tree, key: str) -> int:
    text = _text(metric, key)
    return read_hours(text) if re.fullmatch(r"[1-9][0-9]{0,2}[hdw]", text) else 0


def _entries(tree: Node | None, key: str) -> tuple[tuple[Scalar, Node], ...]:
    node = tree.get(key) if isinstance(tree, Tree) else None
    return node.entries if isinstance(node, Tree) else ()


def _text(node: Tree, key: str) -> str:
    value = node.get(key)
    return value.text.strip() if isinstance(value, Scalar) else ""


def _pairs(node: Node | None) -> tuple[tuple[str, str], ...]:
    entries = node.entries if isinstance(node, Tree) else ()
    return tuple((k.text, v.text) for k, v in entries if isinstance(v, Scalar))


def _listed(names: dict[str, str]) -> str:
    return ", ".join(f"`{name}`" for name in names) or "none"
