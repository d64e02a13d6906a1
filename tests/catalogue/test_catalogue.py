"""The metric catalogue: every mistake at once, names that resolve, units that compare."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema_rs import Draft202012Validator, RegexOptions

from whygate.catalogue import CATALOGUE_PATH
from whygate.catalogue.catalogue import Catalogue, find_named
from whygate.catalogue.file import bind_with_dollars, find_bound, parse_catalogue, quote_colons
from whygate.errors import ConfigError
from whygate.schema.files import METRICS, read_bundled
from whygate.values.quantities import Quantity, parse_quantity, render_quantity

CATALOGUE = """\
version: 1
backends:
  prom: {type: prometheus, url_env: PROM_URL, token_env: PROM_TOKEN}
  warehouse: {type: sql, url_env: WAREHOUSE_URL}
  exports: {type: files, path: data/*.parquet}
  stats: {type: http, url: "https://stats.example.com/api"}
metrics:
  exports-weekly:
    title: exports, weekly
    backend: exports
    query: "select count(*) from exports where at >= :start and at < :end"
    window: 7d
  missing-row-tickets:
    title: support tickets about missing rows, weekly
    backend: warehouse
    query: "select count(*) from tickets where at >= :start and at < :end"
    window: 7d
    settle: 2d
    unit: tickets
    better: down
    denominator: exports-weekly
    min_denominator: 100
    owner: "@support"
  error-share:
    title: share of requests that fail
    backend: prom
    query: "sum(increase(errors[$window])) / sum(increase(requests[$window]))"
    window: 4w
    scale: ratio
  signups:
    title: sign-ups, daily
    backend: stats
    resource: /series
    params: {from: "{start}", to: "{end_epoch}"}
    value: "$.points[*]"
    aggregate: sum
    min_points: 3
    window: 24h
"""


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return parse_catalogue(CATALOGUE_PATH, CATALOGUE)


def parts(**changes: object) -> str:
    """Return a catalogue of one backend and one metric, both changed; None takes a key away."""
    backend: dict[str, object] = {"type": "sql", "url_env": "DB_URL"}
    metric: dict[str, object] = {
        "title": "rows",
        "backend": "db",
        "query": "select :start, :end",
        "window": "7d",
    }
    for key, value in changes.items():
        where, name = (backend, key[3:]) if key.startswith("db_") else (metric, key)
        where[name] = value
        if value is None:
            del where[name]
    whole = {"version": 1, "backends": {"db": backend}, "metrics": {"rows-cut": metric}}
    return yaml.safe_dump(whole, sort_keys=False)


def mistakes_of(text: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        parse_catalogue(CATALOGUE_PATH, text)
    return [sentence for _, sentence in caught.value.problems]


def test_catalogue_holds_every_metric_with_its_backend(catalogue: Catalogue) -> None:
    metric = catalogue.metrics["missing-row-tickets"]

    assert list(catalogue.metrics) == [
        "exports-weekly",
        "missing-row-tickets",
        "error-share",
        "signups",
    ]
    assert (metric.backend.name, metric.backend.url_env) == ("warehouse", "WAREHOUSE_URL")
    assert (metric.hours, metric.window, metric.settle) == (168, "7d", 48)
    assert (metric.denominator, metric.min_denominator) == ("exports-weekly", Decimal(100))
    assert (metric.line, metric.owner) == (13, "@support")
    assert catalogue.metrics["error-share"].window == "28d"
    assert catalogue.metrics["signups"].params == (("from", "{start}"), ("to", "{end_epoch}"))


def require_sentences(text: str) -> None:
    """Require that a text is a catalogue, or has mistakes that are said."""
    said = True
    try:
        parse_catalogue(CATALOGUE_PATH, text)
    except ConfigError as error:
        said = all(line > 0 and sentence for line, sentence in error.problems)
        said = said and bool(error.problems)
    assert said


WRONG = {
    "version": ("version: 2\nbackends: {a: {type: files, path: a.csv}}\nmetrics: {}", "`version`"),
    "empty": ("", "the catalogue is empty"),
    "list": ("- a", "the catalogue must be a mapping, found a list"),
    "not YAML": ("a: [", "YAML"),
    "no metrics": (
        "version: 1\nbackends: {a: {type: files, path: a.csv}}",
        "lacks the key `metrics`",
    ),
    "unknown key": (parts(querry="x"), "did you mean `query`?"),
    "type": (parts(db_type="prometeus"), "did you mean `prometheus`?"),
    "no address": (parts(db_url_env=None), "needs `url` or `url_env`"),
    "foreign key": (parts(db_path="a.csv"), "the key `path` in `backends.db`"),
    "token of sql": (parts(db_token_env="T"), "the key `token_env` in `backends.db`"),
    "password": (parts(db_url="postgresql://u:secret@h/d"), "a password stands in `url`"),
    "not the web": (
        parts(db_type="http", db_url="file:///etc/passwd", query=None, value="$.a"),
        "no address",
    ),
    "outside": (
        parts(db_type="files", db_url_env=None, db_path="../a.csv"),
        "inside the repository",
    ),
    "absolute": (
        parts(db_type="files", db_url_env=None, db_path="/etc/a.csv"),
        "a path inside the rep",
    ),
    "no such backend": (parts(backend="dbx"), "did you mean `db`?"),
    "no query": (parts(query=None), "a metric of a sql backend needs a `query`"),
    "nothing bound": (parts(query="select 1"), "binds neither `:start` nor `:end`"),
    "odd bound": (parts(query="select :since"), "`:since` is not known"),
    "http key": (parts(value="$.a"), "`value` belongs to http"),
    "http query": (parts(db_type="http", value="$.a"), "http has no `query`"),
    "http value": (parts(db_type="http", query=None), "needs a `value`"),
    "placeholder": (
        parts(db_type="http", query=None, value="$.a", params={"a": "{begin}"}),
        "`{begin}` is not known",
    ),
    "variable": (parts(db_type="prometheus", query="rate(x[$__range])"), "`$__range` is not known"),
    "window": (parts(window="a week"), "must be a time such as"),
    "long window": (parts(window="900d"), "at most 366 days"),
    "unit": (parts(unit="5 6"), "cannot be read as a number with its unit"),
    "ratio": (parts(unit="ms", scale="ratio"), "a ratio is shown in %"),
    "own denominator": (parts(denominator="rows-cut"), "its own denominator"),
    "no denominator": (parts(denominator="row-cut"), "did you mean `rows-cut`?"),
    "lonely least": (parts(min_denominator=3), "needs a `denominator`"),
    "below zero": (parts(denominator="rows-cut", min_denominator=-3), "must be at least 0"),
    "link": (parts(link="javascript:alert(1)"), "must be a link"),
    "resource": (
        parts(db_type="http", query=None, value="$.a", resource="@evil.example.com"),
        "must be a path such as",
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_mistake_is_said_in_one_sentence(name: str) -> None:
    text, expected = WRONG[name]

    assert [s for s in mistakes_of(text) if expected in s], mistakes_of(text)


def test_all_mistakes_come_at_once_in_the_order_of_their_lines() -> None:
    text = parts(backend="dbx", window="7 days", unit="5 6") + "owner: me\n"

    with pytest.raises(ConfigError) as caught:
        parse_catalogue(CATALOGUE_PATH, text)

    lines = [line for line, _ in caught.value.problems]
    assert lines == sorted(lines)
    assert len(lines) == 4


def test_title_that_two_metrics_share_is_a_mistake() -> None:
    text = CATALOGUE.replace("sign-ups, daily", "Exports,  Weekly")

    assert mistakes_of(text) == ["`exports-weekly` has this title too; a plan could mean either"]


def test_denominator_of_a_denominator_is_a_mistake() -> None:
    text = CATALOGUE.replace(
        "    window: 24h\n", "    window: 24h\n    denominator: missing-row-tickets\n"
    )

    assert mistakes_of(text) == ["`missing-row-tickets` has a denominator of its own; name another"]


@pytest.mark.parametrize("name", ["no address", "foreign key", "token of sql", "link", "window"])
def test_published_schema_refuses_it_as_well(name: str) -> None:
    schema = json.loads(read_bundled(METRICS))
    validator = Draft202012Validator(schema, pattern_options=RegexOptions())

    assert validator.is_valid(yaml.safe_load(CATALOGUE))
    assert not validator.is_valid(yaml.safe_load(WRONG[name][0]))


NAMED = {
    "short name": ("missing-row-tickets", "", "missing-row-tickets", "metric"),
    "in backticks": ("`missing-row-tickets`", "", "missing-row-tickets", "metric"),
    "title": ("Support tickets about missing  rows, weekly", "", "missing-row-tickets", "metric"),
    "source": ("rows", "metric:error-share", "error-share", "source"),
    "source with remark": ("rows", "metric: error-share, on the board", "error-share", "source"),
    "metric with prefix": ("metric:error-share", "", "error-share", "metric"),
    "source before metric": ("signups-daily", "metric:error-share", "error-share", "source"),
    "unknown source": ("rows", "metric:errors", None, "source"),
    "unknown short name": ("missing-rows", "", None, "metric"),
    "slip in a title": ("support tickets about missing row, weekly", "", None, "metric"),
}


@pytest.mark.parametrize("name", NAMED)
def test_plan_names_a_metric(catalogue: Catalogue, name: str) -> None:
    metric, source, slug, part = NAMED[name]

    named = find_named(catalogue, metric, source)

    assert named is not None
    assert (named.metric.slug if named.metric else None, named.part) == (slug, part)


@pytest.mark.parametrize(
    "metric", ["", "hours at the desk", "p95 latency", "tickets about rows", "see metric:x", "rows"]
)
def test_plan_in_words_of_its_own_names_none(catalogue: Catalogue, metric: str) -> None:
    assert find_named(catalogue, metric, "the book on the shelf") is None


def test_reference_counts_without_a_catalogue() -> None:
    named = find_named(None, "rows", "metric:rows-cut")

    assert named is not None
    assert (named.name, named.metric) == ("rows-cut", None)
    assert find_named(None, "rows-cut", "") is None


def test_near_names_are_offered_nearest_first(catalogue: Catalogue) -> None:
    assert catalogue.suggest("missing-rows-ticket")[0] == "missing-row-tickets"
    assert catalogue.suggest("exports weekly")[0] == "exports-weekly"
    assert catalogue.suggest("weather in Oslo") == ()


READ = {
    "count": ("missing-row-tickets", "35", "", "35 tickets"),
    "ratio": ("error-share", "0.45", "", "45 %"),
    "plain": ("exports-weekly", "35", "9", "35"),
    "rate": ("missing-row-tickets", "35", "5 tickets a day", "5 tickets per day"),
    "rate of a month": ("exports-weekly", "7", "30 per month", "30.436875 per month"),
    "share is no rate": ("error-share", "0.45", "5 a day", "45 %"),
}


@pytest.mark.parametrize("name", READ)
def test_number_of_a_source_is_read_in_its_unit(catalogue: Catalogue, name: str) -> None:
    slug, number, like, expected = READ[name]

    found = catalogue.metrics[slug].quantity(Decimal(number), parse_quantity(like))

    assert render_quantity(found) == expected


HELD = {
    "same": ("missing-row-tickets", "<= 1 ticket", False),
    "bare": ("missing-row-tickets", "9", False),
    "zero": ("error-share", "0", False),
    "rate": ("missing-row-tickets", "5 a day", False),
    "per user": ("missing-row-tickets", "5 tickets per user", True),
    "share a day": ("error-share", "5 % a day", True),
    "share": ("missing-row-tickets", "5 %", True),
    "time": ("missing-row-tickets", "300 ms", True),
    "count of a share": ("error-share", "5 tickets", True),
    "share of a share": ("error-share", "5 %", False),
}


@pytest.mark.parametrize("name", HELD)
def test_unit_of_a_plan_is_held_against_the_metric(catalogue: Catalogue, name: str) -> None:
    slug, written, differs = HELD[name]
    quantity = parse_quantity(written)

    assert isinstance(quantity, Quantity)
    assert catalogue.metrics[slug].differs_from(quantity) is differs


@pytest.mark.parametrize(
    ("old", "new", "same"),
    [
        ("title: exports, weekly", "title: all exports, weekly", True),
        ('owner: "@support"', 'owner: "@lena"', True),
        ("settle: 2d", "settle: 3d", True),
        ("count(*) from tickets", "sum(1) from tickets", False),
        ("count(*) from exports", "sum(1) from exports", False),
        ("min_denominator: 100", "min_denominator: 10", False),
        ("unit: tickets", "unit: calls", False),
    ],
    ids=["title", "owner", "settle", "query", "denominator", "least", "unit"],
)
def test_definition_changes_with_what_decides_the_number(
    catalogue: Catalogue, old: str, new: str, same: bool
) -> None:
    assert old in CATALOGUE
    other = parse_catalogue(CATALOGUE_PATH, CATALOGUE.replace(old, new))
    then, now = (c.definition(c.metrics["missing-row-tickets"]) for c in (catalogue, other))

    assert (then == now) is same


def test_bound_names_are_found_as_the_engines_find_them() -> None:
    query = """select a::text, ':no', ":no" -- :no
        from t /* :no */ where at >= :start and at < :end and b = '12:30'"""

    assert find_bound(query) == ("start", "end")
    assert quote_colons("a = ':no' and b = :start") == "a = '\\:no' and b = :start"
    assert bind_with_dollars("at >= :start and c::int = 1") == "at >= $start and c::int = 1"


@settings(deadline=None)
@given(st.text(max_size=300))
def test_any_text_is_a_catalogue_or_has_mistakes(text: str) -> None:
    require_sentences(text)


SHAPES = st.recursive(
    st.one_of(st.text(max_size=8), st.integers(), st.booleans(), st.none()),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.sampled_from(["backends", "metrics", "type", "query", "params", "window", "a"]),
            inner,
            max_size=4,
        ),
    ),
    max_leaves=12,
)


@settings(deadline=None)
@given(SHAPES, SHAPES)
def test_any_shape_is_a_catalogue_or_has_mistakes(backends: object, metrics: object) -> None:
    text = yaml.safe_dump({"version": 1, "backends": backends, "metrics": metrics})
    require_sentences(text)
