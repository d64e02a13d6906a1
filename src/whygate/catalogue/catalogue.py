"""The metrics a team can ask a machine for: their names, their units, and where they are asked."""

from __future__ import annotations

import re
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from whygate.catalogue import CATALOGUE_PATH
from whygate.text.content import compare_key
from whygate.values.comparison import comparable, nouns_differ
from whygate.values.quantities import WINDOWS as _WINDOWS
from whygate.values.quantities import Dimension, Quantity, parse_quantity

if TYPE_CHECKING:
    from collections.abc import Mapping

# `Data source: metric:missing-row-tickets`, perhaps in backticks or with a remark behind it.
_REFERENCE = re.compile(r"[\s`\"'<(]{0,4}metric:\s{0,2}`?([^\s`\"'>),;]{1,100})", re.IGNORECASE)
# A word with a hyphen, as no sentence is written: `missing-row-tickets`.
_SHORT_NAME = re.compile(r"`?([a-z0-9]+(?:-[a-z0-9]+)+)`?")
_NEAR = 0.6  # how much a written name may resemble a known one before that one is offered
_NEARLY = 0.88  # how much before a sentence is taken for a title with a slip of the pen
_OFFERED = 3
_HASH_DIGITS = 16
_COUNTABLE = (Dimension.COUNT, Dimension.MONEY, Dimension.SIZE)
_HOURS = {"h": 1, "d": 24, "w": 168}


class Backend(Struct, frozen=True):
    """A system that answers. Secrets stand in the environment variables it names, never here.

    `path` is the pattern of a `files` backend, `timeout` the seconds one answer may take,
    `options` what a backend from another package asks for.
    """

    name: str
    type: str
    url: str = ""
    url_env: str = ""
    token_env: str = ""
    path: str = ""
    timeout: int = 30
    options: tuple[tuple[str, str], ...] = ()


class Metric(Struct, frozen=True):
    """One metric: its names, how it is asked, and what its number means.

    `hours` is the length of a window, `settle` how many hours rows may come late. `is_ratio`
    tells that the source says 0.45 for 45 %. `empty` is what no data means. `line` is where it
    stands in the catalogue.
    """

    slug: str
    title: str
    backend: Backend
    hours: int
    query: str = ""
    resource: str = ""
    params: tuple[tuple[str, str], ...] = ()
    value: str = ""
    aggregate: str = ""
    min_points: int = 1
    settle: int = 0
    unit: str = ""
    is_ratio: bool = False
    better: str = ""
    empty: str = "inconclusive"
    denominator: str = ""
    min_denominator: Decimal = Decimal(1)
    owner: str = ""
    link: str = ""
    line: int = 1

    @property
    def window(self) -> str:
        """Return the length of a window as it is written: `7d`."""
        return f"{self.hours}h" if self.hours % 24 else f"{self.hours // 24}d"

    def quantity(self, number: Decimal, like: Quantity | None = None) -> Quantity:
        """Return what a number of the source is, in the unit of this metric.

        Against a line that is a rate over time (`5 tickets a day`) a count becomes the same
        rate: 35 in seven days are 5 a day.
        """
        value = number * 100 if self.is_ratio else number
        unit = "%" if self.is_ratio else self.unit
        read = parse_quantity(f"1 {unit}") if unit else None
        found = read or Quantity("", Decimal(1), Decimal(1), "", Dimension.COUNT)
        found = replace(found, low=value, high=value, relative="", text="")
        if like is None or like.per not in _WINDOWS or found.per or not self._counts(found):
            return found
        days = _WINDOWS["day"] / _WINDOWS[like.per]
        rate = value * 24 / self.hours * days
        return replace(found, low=rate, high=rate, per=like.per)

    def differs_from(self, written: Quantity) -> bool:
        """Tell whether a number of a plan cannot be held against numbers of this metric."""
        own = self.quantity(Decimal(1), written)
        if written.per and not own.per and not written.is_bare_zero:  # `per user`, or `% a day`
            return True
        return not comparable(own, replace(written, relative=""))

    def names_another(self, written: Quantity) -> bool:
        """Tell whether a plan counts something else by its noun: orders instead of tickets."""
        return nouns_differ(self.quantity(Decimal(1)), written)

    @staticmethod
    def _counts(found: Quantity) -> bool:
        return found.dimension in _COUNTABLE


class Catalogue(Struct, frozen=True, dict=True):
    """All metrics by their short names, in the order of the file."""

    path: str = CATALOGUE_PATH
    metrics: Mapping[str, Metric] = {}

    def find(self, name: str) -> Metric | None:
        """Return the metric of a short name or an exact title, None for another text.

        Case and white space of a title do not matter.
        """
        short = name.strip(" \t\r\n`")
        return self.metrics.get(short) or self._titles.get(compare_key(name))

    def suggest(self, name: str) -> tuple[str, ...]:
        """Return up to three short names that resemble a text, the nearest first."""
        from difflib import get_close_matches  # noqa: PLC0415  (only for a name nobody knows)

        wanted = name.strip(" `").casefold()[:300]
        near = get_close_matches(wanted, list(self._spoken), n=_OFFERED, cutoff=_NEAR)
        return tuple(dict.fromkeys(self._spoken[word] for word in near))

    def nearly(self, text: str) -> bool:
        """Tell whether a text is a title with a slip of the pen."""
        from difflib import get_close_matches  # noqa: PLC0415  (only for a name nobody knows)

        wanted = text.casefold()[:300]
        titles = [metric.title.casefold() for metric in self.metrics.values()]
        return bool(get_close_matches(wanted, titles, n=1, cutoff=_NEARLY))

    def definition(self, metric: Metric) -> str:
        """Return what names the definition of a metric: a hash of all that decides its number.

        Titles, owners and links may change; another query, window, unit or denominator is
        another number.
        """
        return _hash(self._decisive(metric))

    def _decisive(self, metric: Metric) -> list[object]:
        backend = metric.backend
        below = self.metrics.get(metric.denominator)
        return [
            *(backend.type, backend.path, *backend.options),
            *(metric.query, metric.resource, *metric.params, metric.value, metric.aggregate),
            *(metric.min_points, metric.hours, metric.unit, metric.is_ratio, metric.empty),
            *(self._decisive(below) if below is not None else (),),
            str(metric.min_denominator) if below is not None else "",
        ]

    @cached_property
    def _titles(self) -> dict[str, Metric]:
        return {compare_key(metric.title): metric for metric in self.metrics.values()}

    @cached_property
    def _spoken(self) -> dict[str, str]:
        names = {metric.title.casefold(): slug for slug, metric in self.metrics.items()}
        return names | {slug: slug for slug in self.metrics}


class Named(Struct, frozen=True):
    """The metric a plan names: as written (`name`), by which part, and what it is if known."""

    name: str
    part: str
    metric: Metric | None


def find_named(catalogue: Catalogue | None, metric: str, source: str) -> Named | None:
    """Return the metric that a plan names by its metric or its data source, None if it names none.

    A reference (`metric:NAME`) names one whatever it says; a metric does so when it is known,
    when it has the form of a short name, or when it is nearly a title.
    """
    known = catalogue or Catalogue()
    for part, text in (("source", source), ("metric", metric)):
        if (reference := _REFERENCE.match(text)) is not None:
            name = reference[1].rstrip(".")
            return Named(name, part, known.find(name))
    if catalogue is None or not metric:
        return None
    found = known.find(metric)
    if found is not None:
        return Named(metric.strip(" `"), "metric", found)
    short = _SHORT_NAME.fullmatch(metric.strip())
    if short is not None or known.nearly(metric):
        return Named(short[1] if short is not None else metric, "metric", None)
    return None


def looks_named(metric: str, source: str) -> bool:
    """Tell whether a plan means a metric of some catalogue: by a reference, or by a short name."""
    named = find_named(None, metric, source) is not None
    return named or _SHORT_NAME.fullmatch(metric.strip()) is not None


def read_hours(text: str) -> int:
    """Return the hours of a time as the catalogue writes it: `24h`, `7d`, `4w`."""
    return int(text[:-1]) * _HOURS[text[-1]]


def _hash(values: list[object]) -> str:
    import json  # noqa: PLC0415  (no hook asks)
    from hashlib import sha256  # noqa: PLC0415

    text = json.dumps(values, ensure_ascii=False, separators=(",", ":"))
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:_HASH_DIGITS]
