"""Turn the name of a unit or a time window into its dimension and scale."""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Mapping


class Dimension(StrEnum):
    """What a number counts; a rate is a quantity of one of these with a window (`per`)."""

    SHARE = "share"
    POINTS = "points"
    TIME = "time"
    SIZE = "size"
    MONEY = "money"
    FACTOR = "factor"
    COUNT = "count"


class Unit(Struct, frozen=True):
    """A unit; `scale` turns one of it into the base unit of its dimension.

    Base units: percent, percentage points, seconds, bytes, one of the currency, 1 and 1.
    """

    name: str
    dimension: Dimension
    scale: Decimal


PLAIN = Unit("", Dimension.COUNT, Decimal(1))
PERCENT = Unit("%", Dimension.SHARE, Decimal(1))
FACTOR = Unit("x", Dimension.FACTOR, Decimal(1))

_SPELLINGS = (
    (Dimension.SHARE, "%", "1", "% percent per-cent pct"),
    (Dimension.SHARE, "‰", "0.1", "‰ permille"),
    (Dimension.POINTS, "pp", "1", "pp ppt ppts p.p p.p. %-point %-points %point %points"),
    (Dimension.POINTS, "pp", "1", "percentage-point percentage-points"),
    (Dimension.POINTS, "bp", "0.01", "bp bps basis-point basis-points"),
    (Dimension.TIME, "ns", "0.000000001", "ns nanosecond nanoseconds"),
    (Dimension.TIME, "us", "0.000001", "us usec microsecond microseconds"),
    (Dimension.TIME, "ms", "0.001", "ms msec msecs millisecond milliseconds"),
    (Dimension.TIME, "s", "1", "s sec secs second seconds"),
    (Dimension.TIME, "min", "60", "min mins minute minutes"),
    (Dimension.TIME, "h", "3600", "h hr hrs hour hours"),
    (Dimension.TIME, "d", "86400", "d day days"),
    (Dimension.TIME, "w", "604800", "w wk wks week weeks"),
    (Dimension.TIME, "month", "2629746", "mo month months"),
    (Dimension.TIME, "year", "31556952", "y yr yrs year years"),
    (Dimension.SIZE, "B", "1", "B byte bytes"),
    (Dimension.SIZE, "kB", "1000", "kB kilobyte kilobytes"),
    (Dimension.SIZE, "MB", "1000000", "MB megabyte megabytes"),
    (Dimension.SIZE, "GB", "1000000000", "GB gigabyte gigabytes"),
    (Dimension.SIZE, "TB", "1000000000000", "TB terabyte terabytes"),
    (Dimension.SIZE, "KiB", "1024", "KiB kibibyte kibibytes"),
    (Dimension.SIZE, "MiB", "1048576", "MiB mebibyte mebibytes"),
    (Dimension.SIZE, "GiB", "1073741824", "GiB gibibyte gibibytes"),
    (Dimension.SIZE, "TiB", "1099511627776", "TiB tebibyte tebibytes"),
    (Dimension.MONEY, "USD", "1", "$ US$ USD dollar dollars"),
    (Dimension.MONEY, "EUR", "1", "€ EUR euro euros"),
    (Dimension.MONEY, "GBP", "1", "£ GBP"),
    (Dimension.MONEY, "JPY", "1", "¥ JPY yen"),
    (Dimension.MONEY, "INR", "1", "₹ INR rupees"),
    (Dimension.FACTOR, "x", "1", "x times fold -fold"),
)
# The same units in German, French, Spanish, Portuguese, Italian and Dutch; words that mean
# something else in English ("tag", "an", "ore") are left out.
_FOREIGN = (
    ("%", "prozent procent"),
    ("s", "Sek Sek. sekunde sekunden secondes segundo segundos secondi seconden"),
    ("min", "minuten minuto minutos minuti minuut"),
    ("h", "std stunde stunden heure heures hora horas uur"),
    ("d", "tage tagen jour jours dia dias día días giorno giorni dagen"),
    ("w", "woche wochen semaine semaines semana semanas settimana settimane weken"),
    ("month", "monat monate monaten mois meses mesi maanden"),
    ("year", "jahr jahre jahren années años anos anni"),
)
_CODES = "AUD BRL CAD CHF CNY CZK DKK KRW MXN NOK NZD PLN SEK SGD ZAR"

# How often a window fits into a year of 365.2425 days: exact, so that 7/week equals 1/day.
WINDOWS: Mapping[str, Decimal] = {
    "s": Decimal(31556952),
    "min": Decimal("525949.2"),
    "h": Decimal("8765.82"),
    "day": Decimal("365.2425"),
    "week": Decimal("52.1775"),
    "month": Decimal(12),
    "quarter": Decimal(4),
    "year": Decimal(1),
}
_WINDOW_WORDS = (
    "s=s sec=s second=s min=min minute=min h=h hr=h hour=h hourly=h d=day day=day daily=day "
    "w=week wk=week week=week weekly=week mo=month month=month monthly=month "
    "quarter=quarter quarterly=quarter y=year yr=year year=year yearly=year annually=year"
)


def _spell() -> tuple[dict[str, Unit], dict[str, Unit]]:
    exact: dict[str, Unit] = {}
    for dimension, name, scale, words in _SPELLINGS:
        unit = Unit(name, dimension, Decimal(scale))
        exact.update(dict.fromkeys(words.split(" "), unit))
    for name, words in _FOREIGN:
        exact.update(dict.fromkeys(words.split(" "), exact[name]))
    for code in _CODES.split(" "):
        exact[code] = Unit(code, Dimension.MONEY, Decimal(1))
    loose = {word.lower(): unit for word, unit in exact.items() if len(word) > 1}
    return exact, loose


_EXACT, _LOOSE = _spell()
_WINDOW_OF = dict(pair.split("=") for pair in _WINDOW_WORDS.split(" "))


def find_unit(word: str) -> Unit | None:
    """Return the unit spelled `word` (one or two words), or None.

    One letter counts only in its own case (`B`, `s`), longer names in any case. `m` alone is
    no unit: it may mean minutes, months, metres or millions. A month is a twelfth of a year
    of 365.2425 days; `kb`, `Mb` and the like are read as bytes.
    """
    joined = word.replace(" ", "-")
    return _EXACT.get(joined) or _LOOSE.get(joined.lower())


def find_window(word: str) -> str:
    """Return the key in `WINDOWS` for a written window such as `hr` or `weekly`, or ``."""
    return _WINDOW_OF.get(word.lower(), "")
