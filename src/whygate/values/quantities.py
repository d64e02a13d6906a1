"""A written number with its unit: read alone, found in prose, and written back."""

from __future__ import annotations

import re
from decimal import Decimal
from enum import StrEnum
from functools import cache
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from whygate.text.patterns import compile_pattern, later
from whygate.values.ascii import fold, lower
from whygate.values.dates import find_dates

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

# --- Units and windows, by every name they go by


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
MINUTE = Unit("min", Dimension.TIME, Decimal(60))
_UNIT_NAMES = (
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
    ("pp", "prozentpunkt prozentpunkte prozentpunkten"),
    ("ms", "Millisekunde Millisekunden millisecondes milisegundo milisegundos ミリ秒 毫秒 밀리초"),
    ("s", "Sek Sek. sekunde sekunden seconde secondes segundo segundos secondi seconden 秒 초"),
    ("min", "minuten minuto minutos minuti minuut 分 分間 分钟 分鐘 分鍾 분"),
    ("h", "std stunde stunden heure heures hora horas uur 時間 小时 小時 시간"),
    ("d", "tage tagen jour jours dia dias día días giorno giorni dagen 日間 天"),
    ("w", "woche wochen semaine semaines semana semanas settimana settimane weken 週間 周"),
    ("month", "monat monate monaten mois meses mesi maanden か月 ヶ月 カ月 个月 個月 개월"),
    ("year", "jahr jahre jahren année années años anos anni"),
)
_CODES = "AUD BRL CAD CHF CNY CZK DKK KRW MXN NOK NZD PLN SEK SGD ZAR"


def _spell() -> tuple[dict[str, Unit], dict[str, Unit]]:
    exact: dict[str, Unit] = {}
    for dimension, name, scale, words in _UNIT_NAMES:
        unit = Unit(name, dimension, Decimal(scale))
        exact.update(dict.fromkeys(words.split(" "), unit))
    for name, words in _FOREIGN:
        exact.update(dict.fromkeys(words.split(" "), exact[name]))
    for code in _CODES.split(" "):
        exact[code] = Unit(code, Dimension.MONEY, Decimal(1))
    loose = {word.lower(): unit for word, unit in exact.items() if len(word) > 1}
    return exact, loose


_EXACT, _LOOSE = _spell()


def find_unit(word: str) -> Unit | None:
    """Return the unit spelled `word` (one or two words), or None.

    One letter counts only in its own case (`B`, `s`), longer names in any case. `m` alone is
    no unit: it may mean minutes, months, metres or millions. A month is a twelfth of a year
    of 365.2425 days; `kb`, `Mb` and the like are read as bytes.
    """
    joined = word.replace(" ", "-")
    return _EXACT.get(joined) or _LOOSE.get(joined.lower())


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
    "quarter=quarter quarterly=quarter y=year yr=year year=year yearly=year annually=year "
    "tag=day täglich=day woche=week wöchentlich=week monat=month monatlich=month stunde=h "
    "jahr=year "
    "stündlich=h jour=day semaine=week mois=month heure=h an=year año=year ano=year día=day "
    "dia=day "
    "semana=week mes=month mês=month hora=h minuto=min segundo=s seconde=s minuten=min sekunde=s"
)
_WINDOW_OF = dict(pair.split("=") for pair in _WINDOW_WORDS.split(" "))


def find_window(word: str) -> str:
    """Return the key in `WINDOWS` for a written window such as `hr` or `weekly`, or ``."""
    return _WINDOW_OF.get(word.lower(), "")


# --- The value, and how it is read and written


class Quantity(Struct, frozen=True):
    """A number, or a range from `low` to `high`, of `unit`.

    `comparator` is one of `>= <= > < ~ =` or empty. `noun` is what a count counts, as written.
    `per` is a time window (a key of `WINDOWS`) or another denominator such as `user` or
    `1000 session`. `statistic` is p95, median, mean, max or min. `relative` is `change` for
    `-30%` and `+5 pp`, `factor` for `2x`, else empty. `text` is the quantity as written.
    """

    comparator: str
    low: Decimal
    high: Decimal
    unit: str
    dimension: Dimension
    noun: str = ""
    per: str = ""
    statistic: str = ""
    relative: str = ""
    text: str = ""

    @property
    def base(self) -> tuple[Decimal, Decimal]:
        """Return low and high in percent, points, seconds, bytes, currency or ones.

        A rate over a time window is given per year of 365.2425 days.
        """
        window = WINDOWS.get(self.per, Decimal(1))
        low, high = self._scaled
        return (low * window, high * window)

    @property
    def _scaled(self) -> tuple[Decimal, Decimal]:
        scale = self.scale
        return (self.low * scale, self.high * scale)

    @property
    def scale(self) -> Decimal:
        """Return how many base units one of its unit is."""
        unit = find_unit(self.unit)
        return unit.scale if unit else Decimal(1)

    @property
    def is_bare_zero(self) -> bool:
        """Tell whether it is a plain 0, which means none of whatever is counted."""
        return self.low == self.high == 0 and self.dimension is Dimension.COUNT and not self.noun


NOTHING = Quantity("", Decimal(0), Decimal(0), "", Dimension.COUNT, text="0")
_LONGEST = 400
_OUTER = " \t\r\n'\"`*_\u201c\u201d\u2018\u2019"
# The words of a factor, as far as one language has them; French and Spanish halve with a phrase.
_FACTORS = {
    "0.5": "half halve halved halves halving halbieren halbiert halbierung hälfte moitié mitad "
    "metade",
    "2": "double doubled doubles doubling twice verdoppeln verdoppelt doubler duplicar dobrar "
    "doble dobro",
    "3": "triple tripled triples tripling thrice verdreifachen tripler triplicar triplo",
    "4": "quadruple quadrupled quadruples quadrupling vervierfachen",
}
_FACTOR_OF = {word: f"{number}x" for number, words in _FACTORS.items() for word in words.split(" ")}
# "by half" and "a third less" take away, "to a third" and "half as many" leave.
_FRACTIONS = {
    "half": "0.5", "third": "0.33333333", "quarter": "0.25", "fifth": "0.2", "tenth": "0.1",
}  # fmt: skip
_REMARK = later(r" {0,3}(?:[.,;:!]{0,3}|[;(].*|, [^\d]*)")


def parse_quantity(text: str, *, point: str = "") -> Quantity | None:
    """Return the quantity that the whole of `text` is, or None.

    Product rule: `[>= <= > < ~ =] number [unit] [per window]`, words for the comparators too.
    Tolerated around it: quotes and emphasis, a full stop, a remark in brackets or after a
    semicolon. `1,200`, `1 200` and `1'200` are twelve hundred, `1,5` one and a half, `1h 45m` 105
    minutes, `4 of 5` the share 80 %. Refused because they can mean two things are `5 m`, `30 %
    faster` and `1.200 tickets`, unless `point` says which sign (`.` or `,`) begins the fraction.
    """
    if len(text) > _LONGEST:
        return None
    written = text.strip(_OUTER)
    folded = unframe(fold(written))
    phrase = None
    if folded[:1].isalpha() or "percentile" in folded:  # most values begin with their number
        folded = pattern("named").sub(r"\1 ", folded, count=1)
        if (moved := pattern("moved").match(folded)) is not None:
            folded = ("-" if moved["down"] else "+") + folded[moved.end() :]
        phrase = _read_factor(folded) or _read_share(folded)
    phrase = phrase or read_phrase(folded, point=point)
    if phrase is None and folded[:1].isalpha():
        label = pattern("label_in_front").match(folded)
        if label is not None and label["label"].lower() not in LABEL_WORDS:
            phrase = read_phrase(folded[label.end() :], point=point)
            folded = folded[label.end() :]  # "NPS 30" is a number, "step 3" a name
    if phrase is None or not _REMARK.fullmatch(folded, phrase.end):
        return None
    if phrase.is_unclear and not point:
        return None
    return _build(phrase, written)


def read_both_ways(text: str) -> tuple[Quantity, Quantity] | None:
    """Return the two readings of an unclear `1.200 tickets`, the larger first; else None."""
    if parse_quantity(text) is not None:
        return None
    grouped, fraction = (parse_quantity(text, point=point) for point in (",", "."))
    if grouped is None or fraction is None or grouped.base == fraction.base:
        return None
    return grouped, fraction


def find_quantities(
    text: str, *, bare: bool = False, dates: tuple[tuple[int, int], ...] | None = None
) -> tuple[tuple[int, int, Quantity], ...]:
    """Return (start, end, quantity) for each quantity in prose, in order, never overlapping.

    A number counts with a unit, a window or a plural noun; with `bare` also alone. Issue
    numbers, versions, dates, times of day and numbered things ("step 3") never count. `dates`
    are the spans of the dates where they are known already.
    """
    folded = fold(text)
    if dates is None:
        dates = tuple((start, end) for start, end, _ in find_dates(text))
    found: list[tuple[int, int, Quantity]] = []
    position = at = 0
    while (following := next_phrase(folded, position, bare=bare)) is not None:
        position, phrase = following
        while at < len(dates) and dates[at][1] <= (phrase.start if phrase else position):
            at += 1
        if phrase is None or (phrase.is_bare and not bare):
            continue
        if at < len(dates) and dates[at][0] < phrase.end:
            # What follows a date is read anew: "in February 2027 fewer than 5".
            is_inside = dates[at][0] <= phrase.start
            position = dates[at][1] if is_inside else max(position, dates[at][1])
            continue
        quantity = _build(phrase, text[phrase.start : phrase.end])
        if quantity is not None:
            found.append((phrase.start, phrase.end, quantity))
    return tuple(found)


def _read_factor(text: str) -> Phrase | None:
    """Read a value that is a factor in words: `halve`, `by half`, `a third`, `half as many`."""
    match = pattern("factor").match(lower(text))
    if match is None:
        return None
    if match["word"]:
        factor = Decimal(_FACTOR_OF[match["word"]][:-1])
        return Phrase(0, match.end(), factor, factor, unit=FACTOR)
    part = Decimal(_FRACTIONS[match["part"]]) * (2 if match["two"] else 3 if match["three"] else 1)
    if match["less"] or match["by"]:
        share = part * 100
        sign = "+" if match["more"] else "-"
        return Phrase(0, match.end(), share, share, sign=sign, unit=PERCENT)
    return Phrase(0, match.end(), part, part, unit=FACTOR)


def _build(phrase: Phrase, text: str) -> Quantity | None:
    is_factor = phrase.unit.dimension is Dimension.FACTOR
    if is_factor and phrase.per:  # "3 times a day" is how often, not how many times as much
        phrase, is_factor = replace(phrase, unit=PLAIN), False
    if is_factor and phrase.sign:
        return None
    low, high = phrase.low, phrase.high
    if phrase.sign == "-":
        low, high = -high, -low
    is_change = bool(phrase.sign) and phrase.comparator != "="
    return Quantity(
        comparator=phrase.limit,
        low=low,
        high=high,
        unit=phrase.unit.name,
        dimension=phrase.unit.dimension,
        noun=phrase.noun,
        per=phrase.per,
        statistic=phrase.statistic,
        relative="factor" if is_factor else "change" if is_change else "",
        text=text,
    )


def render_quantity(quantity: Quantity) -> str:
    """Return the quantity in the form that `parse_quantity` reads: `p95 <= 300 ms`."""
    sign = "+" if quantity.relative == "change" and quantity.low >= 0 else ""
    number = sign + _clear_number(quantity.low)
    if quantity.high != quantity.low:
        link = " to " if quantity.low < 0 else "-"
        number += link + _clear_number(quantity.high)
    unit, noun = quantity.unit, quantity.noun
    if unit:
        number += unit if unit == "x" else f" {unit}"
        noun = f"of {noun}" if noun else ""
    per = f" per {quantity.per}" if quantity.per else ""
    tail = f"{per} {noun}" if unit else f" {noun}{per}"
    pieces = (quantity.statistic, quantity.comparator, f"{number}{tail}".strip(" "))
    return " ".join(piece for piece in pieces if piece).replace("  ", " ")


def _clear_number(value: Decimal) -> str:
    """Return a number that reads in one way only: `1.2340`, because `1.234` is two."""
    text = plain_number(value)
    return f"{text}0" if pattern("unclear").fullmatch(text.lstrip("-")) else text


def plain_number(value: Decimal) -> str:
    """Return a number without an exponent and without zeros behind it."""
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


# --- The patterns of its pieces; each is linear, with bounded repeats

_COMPARATORS = {
    ">=": (
        *("≥", ">=", "=>", "at least", "no less than", "no fewer than", "not less than"),
        *("al menos el", "al menos los", "al menos las", "pelo menos o", "pelo menos os"),
        *("no lower than", "not below", "not under", "min.", "min", "minimum", "a minimum of"),
        *("mindestens", "wenigstens", "au moins", "al menos", "como mínimo", "pelo menos"),
        "no mínimo",
    ),
    "<=": (
        *("≤", "<=", "=<", "at most", "no more than", "not more than", "up to", "within"),
        *("no longer than", "no higher than", "not over", "not above", "not exceeding", "max."),
        *("max", "maximum", "a maximum of", "capped at", "limited to", "höchstens", "maximal"),
        *("bis zu", "au plus", "au maximum", "como máximo", "a lo sumo", "no máximo", "máximo"),
    ),
    ">": (
        *(">", "more than", "greater than", "higher than", "over", "above", "longer than"),
        *("über", "mehr als", "plus de", "más de", "por encima de", "mais de", "acima de"),
    ),
    "<": (
        *("<", "less than", "fewer than", "lower than", "under", "below", "shorter than"),
        *("smaller than", "sub-", "unter", "weniger als", "moins de", "en dessous de", "sous"),
        *("menos de", "por debajo de", "abaixo de"),
    ),
    "~": (
        *("~", "≈", "about", "around", "approximately", "approx.", "approx", "roughly", "circa"),
        *("ca.", "etwa", "rund", "ungefähr", "environ", "cerca de", "aproximadamente"),
    ),
    "=": ("==", "=", "exactly"),
    "between": ("between", "zwischen", "entre"),
}
COMPARATOR_OF = {word: sign for sign, words in _COMPARATORS.items() for word in words}
STATISTIC_OF = {
    **dict.fromkeys(
        ("average", "avg", "mittel", "durchschnitt", "moyenne", "media", "média"), "mean"
    ),
    **dict.fromkeys(("médiane", "mediana"), "median"),
    "maximum": "max",
    "minimum": "min",
}
_SMALL_NUMBERS = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen "
    "sixteen seventeen eighteen nineteen"
)
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety"
NUMBER_WORDS = {
    **{word: number for number, word in enumerate(_SMALL_NUMBERS.split(" "))},
    **{
        word: number
        for number, word in enumerate(_TENS.split(" "), start=2)
        for number in (number * 10,)
    },
    **dict.fromkeys(("a dozen", "one dozen"), 12),
    **dict.fromkeys(("hundred", "a hundred", "one hundred"), 100),
    "half a dozen": 6,
    **dict.fromkeys(("zéro", "cero"), 0),
}
_VULGAR = {"½": "0.5", "¼": "0.25", "¾": "0.75", "⅓": "0.33333333", "⅔": "0.66666667"}
# A lower-case m is no scale: it may mean minutes or metres.
SCALES = {
    **dict.fromkeys(("k", "thousand", "tsd", "tausend", "mille", "mil"), 1000),
    **dict.fromkeys(("M", "mn", "mio", "million", "millionen", "millions", "millones"), 1_000_000),
    **dict.fromkeys(("bn", "billion", "mrd", "milliarden", "milliards"), 1_000_000_000),
    **dict.fromkeys(("千", "천"), 1000),
    **dict.fromkeys(("万", "萬", "만"), 10_000),
    **dict.fromkeys(("億", "亿", "억"), 100_000_000),
}
_STOP_WORDS = (
    "maybe perhaps probably possibly ish hopefully guess a about above after again all and any "
    "are as at be before below but by can compared could "
    "daily does down each every for from had has have hourly if in into instead is it may "
    "might monthly must not now of on only or our out over per quarterly shall should since so "
    "than that the their then these they this those through to today until till under up "
    "versus via was we weekly were when where which while who will with within without would "
    "yearly annually currently à less fewer lower smaller shorter more higher larger longer "
    "faster slower better worse quicker improvement jan feb mar apr jun jul aug sep sept oct "
    "nov dec january february march april june july august september october november december "
    "auf bis zu von hasta até para pro je"
)
STOP_WORDS = frozenset(_STOP_WORDS.split(" "))
# Words that name a thing by the number after them: "step 3 fails" counts nothing.
_LABEL_WORDS = (
    "appendix article bug case chapter figure file http https issue item java level line lines "
    "milestone node page part phase php pr pull python question release row rule ruby rust "
    "section sprint stage status step table task ticket v version day week year"
)
LABEL_WORDS = frozenset(_LABEL_WORDS.split(" "))
IRREGULAR_PLURALS = frozenset(("people", "children", "men", "women", "staff"))
_CLOCK_WORDS = "second|minute|hour|day|week|month|year"
_SIGN = r"(?P<sign>[+-] ?(?=[\d.$€£¥₹A-Z]))?"
_MONEY = r"(?:(?P<money>US\$|[$€£¥₹]|(?:USD|EUR|GBP|JPY|CHF|INR)(?= ?\d)) ?)?"
_DIGITS = (
    r"(?P<digits>[0-9]{1,3}(?:,[0-9]{3}){1,4}(?:\.[0-9]{1,9})?"
    r"|[0-9]{1,3}(?:\.[0-9]{3}){1,4},[0-9]{1,9}|[0-9]{1,3}(?:\.[0-9]{3}){2,4}"
    r"|[0-9]{1,3}(?:_[0-9]{3}){1,4}(?:\.[0-9]{1,9})?"
    r"|[0-9]{1,3}(?:'[0-9]{3}){1,4}(?:[.,][0-9]{1,9})?"
    r"|[0-9]{1,3}(?: [0-9]{3}){1,4}(?:[.,][0-9]{1,9})?"
    r"|[0-9]{1,3} (?:and )?(?:1/[234]|[23]/[34])(?![\w/])|[0-9]{0,3} ?[½¼¾⅓⅔]"
    r"|[0-9]{1,15}(?:[.,][0-9]{1,9})?"
    r"|(?ai:half an?|(?:a )?quarter of an?|(?:one|two|three|four|five|six) and a half|an?)(?= (?ai:"
    + _CLOCK_WORDS
    + r")s?(?!\w))"
    r"|\b(?ai:(?:"
    + "|".join(_TENS.split(" "))
    + r")-[a-z]{3,5}|"
    + "|".join(sorted(NUMBER_WORDS, key=len, reverse=True))
    + r")\b)(?!\d|[.,_']\d)"
)
_SCALE = (
    r"(?:(?P<scale>[kKM]|bn| ?[千천万萬만億亿억]| ?(?ai:thousand|millionen|millions|millones"
    r"|million|billion|milliarden|milliards|tausend|tsd|mille|mil|mn|mio"
    r"|mrd)\.?)(?![A-Za-z0-9_]))?(?P<open>\+(?![\w+]))?"
)
_UNIT = (
    r"(?: {0,3}(?P<unit>%[- ]?points?|%|‰|[$€£¥₹]|p\.p\.?|-fold|(?ai:percentage[- ]points?"
    r"|basis[- ]points?|per[- ]cent)|[A-Za-zÀ-ɏ]{1,14}(?![A-Za-z0-9_])"
    r"|ミリ秒|毫秒|밀리초|時間|小时|小時|시간|分間|分钟|分鐘|日間|週間|[かヶカ]月|[个個]月|개월|[秒초分분天周]))?"
)
_AMOUNT = _SIGN + _MONEY + _DIGITS + _SCALE + _UNIT
_STATISTIC = (
    r"(?P<statistic>[pP][0-9]{1,2}(?:\.[0-9]{1,3})?|[pP]999"
    r"|[0-9]{1,2}(?:\.[0-9]{1,3})?(?:st|nd|rd|th|\.)?[ -](?ai:percentile|perzentil)"
    r"|(?ai:median|mean|average|avg|mittel|durchschnitt|moyenne|médiane|mediana|media|média"
    r"|max(?:imum)?|min(?:imum)?))"
)
_WORD = r"[^\W\d_][\w'-]{0,40}"
_COUNTERS = "件個个名人回次台本枚通冊点円元票건명개회번대권장원"
_FRACTION = "|".join(_FRACTIONS)
_SPELLINGS = {
    "duration": (
        r"([0-9]{1,6}(?:\.[0-9]{1,3})?) ?([A-Za-zÀ-ɏ]{1,12})(?:,? and|,| und| et| y| e)? {0,2}"
        r"(?=[0-9]{1,6} ?[a-zA-Z])"
    ),
    "short": r"([0-9]{1,3})h([0-5][0-9])(?![\w.,])",
    "duration_end": r"([0-9]{1,6}(?:\.[0-9]{1,3})?) ?([A-Za-zÀ-ɏ]{1,12})(?![A-Za-z0-9_])",
    "clock": r"([0-9]{1,3}):([0-5][0-9])(?::([0-5][0-9]))? ?(h|hours?|hrs?|min|mins"
    r"|minutes?)(?!\w)",
    "ratio": (
        r" {0,2}(?:(?:out )?of (?:the |all )?|von (?:den )?|sur (?:les )?|de cada |de |/ ?)"
        r"([0-9]{1,9}(?:\.[0-9]{1,4})?|(?ai:"
        + _SMALL_NUMBERS.replace(" ", "|")
        + r"))(?!\w|[.,]\d)"
    ),
    "share": (
        r"(?:(?P<two>two[ -])|(?P<three>three[ -])|an? |the |one[ -])?(?P<part>"
        + _FRACTION
        + r")s?"
        r" of (?:the |all |our |their )?(?=[^\W\d])"
    ),
    "factor": (
        r"(?:(?:to |in |auf |zu |die |de |la |a la |pela |à |um |by |par ){0,2}(?P<word>"
        + "|".join(sorted((w for w in _FACTOR_OF if w not in _FRACTIONS), key=len, reverse=True))
        + r")(?: (?:as (?:many|much|long)|the (?:baseline|number|time)|it|so viele))?"
        r"|(?P<by>by )?(?:to )?(?:(?P<two>two[ -])|(?P<three>three[ -])|an? |the |one[ -])?"
        r"(?P<part>"
        + _FRACTION
        + r")s?(?P<less> (?:less|fewer|lower|shorter|(?P<more>more|higher|longer)))?"
        r"(?: as (?:many|much|long)| the (?:baseline|number|time))?)(?!\w| (?:of|an?)(?!\w))"
    ),
    "half": r" and a half(?!\w)",
    "one_in": (
        r" in (?:every )?([1-9][0-9]{0,3}|(?ai:"
        + "|".join(sorted(NUMBER_WORDS, key=len, reverse=True))
        + r"))(?!\w|[.,]\d| ?(?:%|(?ai:"
        + _CLOCK_WORDS
        + r")s?(?!\w)))"
    ),
    "label_in_front": (
        r"\A(?P<label>[A-Z]{2,6}|[A-Z]?[a-z]{2,15} score|[Ss]core)(?::| of| is| at)? {1,2}(?=[0-9])"
    ),
    "noun": rf"(?: {{1,3}}|(?=[^\x00-\x7f]))[\"']?({_WORD})[\"']?",
    "counter": rf" ?([{_COUNTERS}])",
    "slash": r" {0,2}/ {0,2}([^\W\d_][\w-]{0,30})",
    "window": (
        r" {1,3}(?i:a|an|each|every|am|im|in der|pro|je|par|al|por|ao|à la) "
        r"([A-Za-zÀ-ɏ]{1,8})(?!\w)"
    ),
    "adverb": (
        r" {1,3}((?i:hourly|daily|weekly|monthly|quarterly|yearly|annually|täglich|wöchentlich"
        r"|monatlich))(?!\w)"
    ),
    "per": (
        r" {1,3}(?ai:per) (?:([0-9]{1,3}(?:,[0-9]{3}){1,3}|[0-9]{1,9}) )?([^\W\d_][\w-]{0,30})"
        r"(?: ([^\W\d_][\w-]{0,30}))?"
    ),
    "change": r" {1,3}(?ai:(less|fewer|lower|smaller|shorter|down)|more|higher|larger|longer"
    r"|up)(?!\w)",
    "limit": (
        r" (?ai:or (?:(more|higher|above|over|greater)|less|fewer|lower|below|under|shorter)"
        r"|at most|max(?:imum)?|(at least))(?!\w)\.?|(\+)(?![\w+])"
    ),
    "statistic": rf" {{1,3}}\(?(?:(?:at|in|for|as) )?(?:the )?{_STATISTIC}(?!\w)\)?",
    "moved": r"(?ai:(?P<down>down|minus|reduced|lowered)|up|plus|raised) (?:by )?(?=[0-9])",
    "named": rf"\A({_STATISTIC})(?::| is| at) {{0,2}}(?=[^a-zA-Z]|[a-z]{{2,8}} [0-9])",
    "of": r" {1,3}of(?= )",
    "now": (
        r" {1,3}(?i:today|right now|now|currently|at present|at the moment|so far|heute|derzeit"
        r"|aujourd'hui|actuellement|actualmente|hoy|hoje|atualmente)(?!\w)"
    ),
    "rejected": r"[A-Za-z0-9_]|[:/-]\d|\.\d|\.[a-z]|-[A-Za-z]",
    "label": r"(?<!\w)([^\W\d_]{1,20})[ -]{1,2}$",
    "towards": (
        r"(?:(?<!\w)(?:to|from|under|below|within|than|at|of|is|are|most|least|takes"
        r"|reach(?:es)?)|->|→|=>|[:=<>])"
        r" {0,3}$"
    ),
    "unclear": r"[1-9][0-9]{0,2}\.[0-9]{3}",
}


def _ends_in_word(comparator: str) -> bool:
    return comparator[0].isalpha() and not comparator.endswith("-")


def _opening() -> str:
    words = sorted(COMPARATOR_OF, key=len, reverse=True)
    signs = "|".join(re.escape(word) for word in words if not _ends_in_word(word))
    names = "|".join(re.escape(word) for word in words if _ends_in_word(word))
    return (
        rf"(?:{_STATISTIC}\.? {{1,3}}(?:of )?)?"
        rf"(?P<comparator>(?:{signs}|(?i:{names})(?![^\W_])) {{0,3}})?"
    )


@cache
def pattern(name: str) -> re.Pattern[str]:
    """Return the compiled pattern of that name; compiled when first asked for.

    `head` opens a quantity (statistic, comparator, number, unit), `range` is its second half,
    the others are the pieces that may follow.
    """
    if name == "head":
        return compile_pattern(r"(?<![A-Za-z0-9_À-ɏ#.,/@&'-])(?<!\d:)" + _opening() + _AMOUNT)
    if name == "range":
        return compile_pattern(
            r" {0,3}(?P<link>-|to\b|bis\b|and\b|und\b|et\b|y\b|e\b|\.\.\.?|…) {0,3}" + _AMOUNT
        )
    return compile_pattern(_SPELLINGS[name])


# --- From the words to the pieces: comparator, number, unit, noun, window

_ENDS_OF_GROUP = frozenset(
    ("a", "an", "each", "every", "per", "daily", "weekly", "monthly", "today", "now", "or", "by")
)
_ANDS = ("and", "und", "et", "y", "e")
_FLIPPED = {">=": "<=", ">": "<", "<=": ">=", "<": ">"}


class Phrase(Struct, frozen=True):
    """The pieces of one written quantity; `start` and `end` are offsets in the text read.

    `low` and `high` are numbers of `unit`, never negative; `sign` is `+` or `-` as written.
    `in_words` marks a comparator that weighs the size of a change ("at least 30 % less"), and
    `is_unclear` a number of which nobody knows where its fraction begins (`1.200`).
    """

    start: int
    end: int
    low: Decimal
    high: Decimal
    comparator: str = ""
    in_words: bool = False
    sign: str = ""
    statistic: str = ""
    unit: Unit = PLAIN
    noun: str = ""
    per: str = ""
    is_unclear: bool = False

    @property
    def is_bare(self) -> bool:
        """Tell whether there is a number and nothing that says of what."""
        return self.unit is PLAIN and not self.noun and not self.per

    @property
    def limit(self) -> str:
        """Return the comparator as it holds for the value: `at least 30 % less` is `<=`."""
        flips = self.sign == "-" and self.in_words
        return _FLIPPED.get(self.comparator, self.comparator) if flips else self.comparator


def read_phrase(text: str, *, point: str = "") -> Phrase | None:
    """Return the quantity at the start of folded `text`, as far as it reaches, or None."""
    head = pattern("head").match(text)
    return _read(text, head, prose=False, point=point) if head is not None else None


def next_phrase(text: str, start: int, *, bare: bool) -> tuple[int, Phrase | None] | None:
    """Return the next number of prose from `start` on: where to go on, and its quantity.

    In prose a noun ends at its first plural, and a sign stands right before its number. The
    quantity is None for a version, a time of day, a label and the like; the whole result is
    None when no number is left.
    """
    head = pattern("head").search(text, start)
    if head is None:
        return None
    phrase = _read(text, head, prose=True, bare=bare)
    return (phrase.end if phrase else head.end("digits"), phrase)


def _read(
    text: str, head: re.Match[str], *, prose: bool, bare: bool = False, point: str = ""
) -> Phrase | None:
    phrase = _open(text, head, prose=prose, point=point)
    if phrase is None or (prose and phrase.unit is PLAIN and _is_label(text, phrase)):
        return None
    if phrase.unit.dimension is Dimension.TIME and (
        half := pattern("half").match(text, phrase.end)
    ):
        more = phrase.low + Decimal("0.5")  # "an hour and a half"
        phrase = replace(phrase, end=half.end(), low=more, high=more)
    if phrase.end == len(text) and not prose:
        return phrase if phrase.comparator != "between" else None
    phrase = _with_ratio(text, phrase) or _with_range(text, phrase, head, point) or phrase
    if phrase.comparator == "between" or pattern("rejected").match(text, phrase.end):
        return None
    return _follow_prose(text, phrase, head, bare=bare) if prose else _follow_value(text, phrase)


def _read_share(text: str) -> Phrase | None:
    """Read `half of the testers` and `two thirds of orders` as a share."""
    match = pattern("share").match(lower(text))
    if match is None:
        return None
    part = Decimal(_FRACTIONS[match["part"]]) * (2 if match["two"] else 3 if match["three"] else 1)
    share = part * 100
    phrase = Phrase(0, match.end("part"), share, share, unit=PERCENT)
    if text[phrase.end : phrase.end + 1] == "s":
        phrase = replace(phrase, end=phrase.end + 1)
    return _follow_value(text, phrase)


def _open(text: str, head: re.Match[str], *, prose: bool, point: str) -> Phrase | None:
    is_alone = head.end("digits") == len(text)
    timed = None if is_alone else _read_duration(text, head.start("digits"))
    unit = PLAIN if prose and _is_repeat(head) else _unit(head)
    if timed is not None:
        end, low, unit = timed
    elif unit is None:
        return None
    else:
        end, low = _end(head, unit), _number(head["digits"]) * _scale_of(head)
    sign = head["sign"] or ""
    is_unclear = timed is None and _is_unclear(head["digits"], unit, low)
    if is_unclear and point == ",":
        low = _number(head["digits"], point) * _scale_of(head)
    if prose and sign.endswith(" "):
        start = head.start("money" if head["money"] else "digits")
        return Phrase(start, end, low, low, unit=unit, is_unclear=is_unclear)
    written = (head["comparator"] or "").strip().lower()
    return Phrase(
        head.start(),
        end,
        low,
        low,
        comparator=">=" if head["open"] and not timed else COMPARATOR_OF.get(written, ""),
        in_words=written[:1].isalpha(),
        sign=sign.strip(),
        statistic=_statistic(head["statistic"]),
        unit=unit,
        is_unclear=is_unclear,
    )


def _statistic(written: str | None) -> str:
    """Return `p95` for `95th percentile`, `mean` for `avg`."""
    word = (written or "").lower()
    if word.endswith(("percentile", "perzentil")):
        return "p" + re.split("[a-z .-]", word, maxsplit=1)[0]
    return STATISTIC_OF.get(word, word)


def _is_unclear(digits: str, unit: Unit, value: Decimal) -> bool:
    """Tell whether the point may group thousands: `1.200 tickets`, but not 99.950 % or 1.250x."""
    if pattern("unclear").fullmatch(digits) is None:
        return False
    is_share = unit.dimension in (Dimension.SHARE, Dimension.POINTS, Dimension.FACTOR)
    return not (
        is_share
        and (unit.dimension is Dimension.FACTOR or 10 <= value <= 100 or 10_000 <= value <= 100_000)
    )


def _read_duration(text: str, start: int) -> tuple[int, Decimal, Unit] | None:
    """Read `1h 45m`, `2 days 4 hours`, `1h45` and `1:45 h`, in the smallest unit named."""
    short = pattern("short").match(text, start)
    if short is not None:
        return short.end(), Decimal(short[1]) * 60 + Decimal(short[2]), MINUTE
    clock = pattern("clock").match(text, start)
    if clock is not None:
        big, small = ("h", "min") if clock[4].startswith("h") else ("min", "s")
        unit = find_unit(big if clock[3] else small) if not clock[3] else find_unit("s")
        if unit is None:
            return None
        total = Decimal(clock[1]) * 60 + Decimal(clock[2])
        return clock.end(), total * 60 + Decimal(clock[3]) if clock[3] else total, unit
    pieces: list[tuple[Decimal, str]] = []
    at = start
    while len(pieces) < 5 and (piece := pattern("duration").match(text, at)) is not None:
        pieces.append((Decimal(piece[1]), piece[2]))
        at = piece.end()
    last = pattern("duration_end").match(text, at) if pieces else None
    if last is None:
        return None
    pieces.append((Decimal(last[1]), last[2]))
    return _add_up(pieces, last.end())


def _add_up(pieces: list[tuple[Decimal, str]], end: int) -> tuple[int, Decimal, Unit] | None:
    """Add pieces of time, the largest first; beside hours or seconds `m` is a minute."""
    units = [find_unit("min" if word == "m" else word) for _, word in pieces]
    total = Decimal(0)
    unit: Unit | None = None
    for (amount, _), found in zip(pieces, units, strict=True):
        if found is None or found.dimension is not Dimension.TIME:
            return None
        if unit is not None and found.scale >= unit.scale:
            return None
        unit = found
        total += amount * found.scale
    return (end, total / unit.scale, unit) if unit is not None else None


def _unit(match: re.Match[str]) -> Unit | None:
    """Return the unit of an amount; None when two contradict each other (`$5 EUR`)."""
    written = find_unit(match["unit"]) if match["unit"] else None
    if not match["money"]:
        return written or PLAIN
    money = find_unit(match["money"])
    return money if written in (None, money) else None


def _is_repeat(match: re.Match[str]) -> bool:
    """Tell whether "60 times" tells, in prose, how often something happens."""
    return (match["unit"] or "").lower() == "times"


def _end(match: re.Match[str], unit: Unit) -> int:
    if unit is not PLAIN and match["unit"] and find_unit(match["unit"]):
        return match.end("unit")
    return max(match.end("open"), match.end("scale"), match.end("digits"))


def _scale_of(match: re.Match[str]) -> int:
    word = (match["scale"] or "").strip(" .")
    return (SCALES.get(word) or SCALES[word.lower()]) if word else 1


def _number(digits: str, point: str = "") -> Decimal:
    """Read `1,200` as twelve hundred and `1,5` as one and a half, unless `point` says otherwise."""
    if digits[-1] in _VULGAR:
        return Decimal(digits[:-1].strip() or 0) + Decimal(_VULGAR[digits[-1]])
    if digits[0].isalpha():
        return _number_of_words(digits.lower())
    if "/" in digits:
        whole, _, part = digits.replace(" and ", " ").partition(" ")
        above, _, below = part.partition("/")
        return Decimal(whole) + round(Decimal(above) / Decimal(below), 8)
    plain = digits.replace("_", "").replace(" ", "").replace("'", "")
    if plain.count(".") > 1 or (point == "," and pattern("unclear").fullmatch(plain)):
        return Decimal(plain.replace(".", "").replace(",", "."))
    whole, comma, rest = plain.rpartition(",")
    is_short = "," not in whole and "." not in rest and (len(rest) != 3 or whole.strip("0") == "")
    if comma and ("." in whole or is_short):
        return Decimal(whole.replace(".", "") + "." + rest)
    return Decimal(plain.replace(",", ""))


def _number_of_words(words: str) -> Decimal:
    if words in NUMBER_WORDS:
        return Decimal(NUMBER_WORDS[words])
    if words.startswith("half a"):
        return Decimal("0.5")
    if "quarter" in words:
        return Decimal("0.25")
    if words.endswith(" and a half"):
        return NUMBER_WORDS[words.partition(" ")[0]] + Decimal("0.5")
    ten, _, one = words.partition("-")
    return Decimal(NUMBER_WORDS.get(ten, 1) + NUMBER_WORDS.get(one, 0))


def _with_ratio(text: str, phrase: Phrase) -> Phrase | None:
    """Read `4 of 5`, `4.5/5` and `one in ten` as a share."""
    ratio = pattern("ratio").match(text, phrase.end) if phrase.unit is PLAIN else None
    if ratio is None and phrase.unit is PLAIN and phrase.low == 1:  # "one in ten"
        ratio = pattern("one_in").match(text, phrase.end)
    whole = Decimal(0)
    if ratio is not None:
        whole = Decimal(NUMBER_WORDS.get(ratio[1].lower(), ratio[1]))
    if ratio is None or whole < phrase.low or not whole:
        return None
    share = phrase.low * 100 / whole
    return replace(phrase, end=ratio.end(), low=share, high=share, unit=PERCENT)


def _with_range(text: str, phrase: Phrase, head: re.Match[str], point: str) -> Phrase | None:
    """Read the second half of `40-45 %`; after "from" the word "to" opens no range."""
    second = pattern("range").match(text, phrase.end)
    if second is None or not _links(text, phrase, second):
        return None
    unit = _unit(second)
    if unit is None or (phrase.unit is not PLAIN and unit not in (PLAIN, phrase.unit)):
        return None
    is_shared = not head["scale"] and phrase.unit is PLAIN
    low = phrase.low * _scale_of(second) if is_shared else phrase.low
    high = _number(second["digits"], point) * _scale_of(second)
    if low > high and phrase.sign == "-":
        low, high = high, low
    if low >= high:
        return None
    comparator = "" if phrase.comparator == "between" else phrase.comparator
    end = _end(second, unit)
    unit = phrase.unit if unit is PLAIN else unit
    return replace(
        phrase,
        end=end,
        low=low,
        high=high,
        unit=unit,
        comparator=comparator,
        is_unclear=not point and _are_unclear(head["digits"], second["digits"], unit, low, high),
    )


def _are_unclear(first: str, second: str, unit: Unit, low: Decimal, high: Decimal) -> bool:
    """Tell whether a range is unclear: one of its ends is, and the other does not settle it."""
    unclear = [_is_unclear(first, unit, low), _is_unclear(second, unit, high)]
    others = [d for d, is_not in ((first, unclear[0]), (second, unclear[1])) if not is_not]
    return any(unclear) and not any("." in other for other in others)


def _links(text: str, phrase: Phrase, second: re.Match[str]) -> bool:
    link, sign = second["link"], (second["sign"] or "").strip()
    if sign and (sign != phrase.sign or link == "-"):
        return False
    if link in _ANDS or phrase.comparator == "between":
        return link in _ANDS and phrase.comparator == "between"
    if link not in ("to", "bis"):
        return True
    before = text[max(0, phrase.start - 8) : phrase.start].rstrip(" ").lower()
    return not before.endswith(("from", "von"))


def _follow_prose(text: str, phrase: Phrase, head: re.Match[str], *, bare: bool) -> Phrase | None:
    is_word = head["digits"][0].isalpha() and phrase.unit is PLAIN
    if head["digits"][:2] in ("a ", "an", "a") and not _is_towards(text, head):
        return None
    phrase = _with_change(text, phrase) or phrase
    followed = _with_window(text, phrase)
    if followed is None and phrase.unit is PLAIN:
        named = _with_counter(text, phrase) or _with_plural(text, phrase)
        # "in 1900 tickets were paper", but "1900 tickets a day"
        if named and (not _is_year(text, phrase) or _with_window(text, named)):
            phrase = named
    followed = followed or _with_window(text, phrase) or phrase
    if (limited := _with_limit(text, followed)) is not None:
        followed = _with_window(text, limited) or limited
    says_little = is_word and phrase.low and not followed.per
    return None if says_little and not (bare and _is_towards(text, head)) else followed


def _is_towards(text: str, head: re.Match[str]) -> bool:
    """Tell whether a number in words stands behind "to", "from" and the like."""
    if head["comparator"]:
        return True
    return pattern("towards").search(text, max(0, head.start() - 20), head.start()) is not None


def _with_counter(text: str, phrase: Phrase) -> Phrase | None:
    """Read the word that Chinese, Japanese and Korean count a thing with: `60件から5件に`."""
    match = pattern("counter").match(text, phrase.end)
    return replace(phrase, end=match.end(), noun=match[1]) if match else None


def _is_label(text: str, phrase: Phrase) -> bool:
    label = pattern("label").search(text, max(0, phrase.start - 24), phrase.start)
    return label is not None and label[1].lower() in LABEL_WORDS


def _is_year(text: str, phrase: Phrase) -> bool:
    return 1900 <= phrase.low < 2100 and text[phrase.start : phrase.end].isdigit()


def _with_plural(text: str, phrase: Phrase) -> Phrase | None:
    end, words = phrase.end, 0
    while words < 3:
        noun = pattern("noun").match(text, end)
        if noun is None or noun[1].lower() in STOP_WORDS:
            return None
        end, words = noun.end(), words + 1
        if _is_plural(noun[1]):
            return replace(phrase, end=end, noun=_noun(text, phrase.end, end))
    return None


def _is_plural(word: str) -> bool:
    if not word.isascii() or word.lower() in IRREGULAR_PLURALS:
        return True
    return len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is"))


def _is_noun(word: str) -> bool:
    is_letter = len(word) == 1 and word.isascii()
    return not is_letter and word.lower() not in STOP_WORDS


def _noun(text: str, start: int, end: int) -> str:
    return text[start:end].strip(" ").replace('"', "").strip("'")


def _follow_value(text: str, phrase: Phrase) -> Phrase | None:
    """Read what may follow a quantity that stands alone; each piece at most once."""
    steps: list[Callable[[str, Phrase], Phrase | None]] = [
        _with_window,
        _with_change,
        _with_limit,
        _with_statistic,
        _with_now,
        _with_of,
        _with_noun,
    ]
    step = 0
    while step < len(steps):
        following = steps[step](text, phrase)
        if following is None:
            step += 1
        else:
            phrase = following
            del steps[step]
            step = 0
    return phrase


def _with_window(text: str, phrase: Phrase) -> Phrase | None:
    if phrase.per:
        return None
    if match := pattern("slash").match(text, phrase.end):
        return replace(phrase, end=match.end(), per=_window(match[1]))
    for name in ("window", "adverb"):
        match = pattern(name).match(text, phrase.end)
        if match and find_window(match[1]):
            return replace(phrase, end=match.end(), per=find_window(match[1]))
    return _with_per(text, phrase)


def _with_per(text: str, phrase: Phrase) -> Phrase | None:
    match = pattern("per").match(text, phrase.end)
    if match is None or match[2].lower() in STOP_WORDS:
        return None
    words, end = _window(match[2]), match.end(2)
    if match[3] and match[3].lower() not in STOP_WORDS and not find_window(match[2]):
        words, end = f"{match[2].lower()} {_singular(match[3])}", match.end()
    count = (match[1] or "").replace(",", "")
    return replace(phrase, end=end, per=f"{count} {words}".strip(" "))


def _window(word: str) -> str:
    return find_window(word) or _singular(word)


def _singular(word: str) -> str:
    lower = word.lower()
    if lower.endswith("ies") and len(lower) > 4:
        return lower[:-3] + "y"
    return lower[:-1] if _is_plural(lower) and lower.endswith("s") else lower


def _with_change(text: str, phrase: Phrase) -> Phrase | None:
    match = pattern("change").match(text, phrase.end)
    if match is None or phrase.sign or phrase.unit.dimension is Dimension.FACTOR:
        return None
    return replace(phrase, end=match.end(), sign="-" if match[1] else "+", in_words=True)


def _with_limit(text: str, phrase: Phrase) -> Phrase | None:
    match = pattern("limit").match(text, phrase.end)
    if match is None or phrase.comparator:
        return None
    return replace(phrase, end=match.end(), comparator=">=" if any(match.groups()) else "<=")


def _with_statistic(text: str, phrase: Phrase) -> Phrase | None:
    match = pattern("statistic").match(text, phrase.end)
    if match is None or phrase.statistic:
        return None
    return replace(phrase, end=match.end(), statistic=_statistic(match["statistic"]))


def _with_now(text: str, phrase: Phrase) -> Phrase | None:
    match = pattern("now").match(text, phrase.end)
    return replace(phrase, end=match.end()) if match else None


def _with_of(text: str, phrase: Phrase) -> Phrase | None:
    match = pattern("of").match(text, phrase.end)
    if match is None or phrase.unit is PLAIN or phrase.noun:
        return None
    end = match.end()
    for _ in range(6):
        word = pattern("noun").match(text, end)
        if word is None or word[1].lower() in _ENDS_OF_GROUP:
            break
        end = word.end()
    return (
        replace(phrase, end=end, noun=_noun(text, match.end(), end)) if end > match.end() else None
    )


def _with_noun(text: str, phrase: Phrase) -> Phrase | None:
    if phrase.noun or phrase.unit.dimension is Dimension.FACTOR:
        return None
    end = phrase.end
    for _ in range(3):
        word = pattern("noun").match(text, end)
        if word is None or not _is_noun(word[1]):
            break
        end = word.end()
    return replace(phrase, end=end, noun=_noun(text, phrase.end, end)) if end > phrase.end else None


# --- The frame that East Asian languages put round a number

_BEFORE = (
    r"(?:(?:約|约|およそ|大约|大約|약"
    r"|毎?週|毎?月|毎?日|每?周|每[周週月天日年人]|[周週月日年]に?|[1一]日(?:に|あたり|当たり)?"
    r"|매?[주월일](?:당|간|에)?|하루(?:에)?|一天|平均|평균) ?){1,2}"
)
_LIMIT_BEFORE = {
    "<=": ("不超过", "不超過", "不多于", "不高于", "最多", "至多", "最大", "최대"),
    ">=": ("至少", "不少于", "不低于", "最低", "最少", "少なくとも", "최소"),
    "<": ("少于", "低于", "小于", "不到", "不足"),
    ">": ("超过", "超過", "多于", "高于", "大于"),
}
_SIGN_BEFORE = {word: sign for sign, words in _LIMIT_BEFORE.items() for word in words}
_EAST_ASIAN_LIMITS = {
    "<=": ("以下", "以内", "以內", "之内", "이하", "이내"),
    ">=": ("以上", "이상"),
    "<": ("未満", "未满", "未滿", "미만"),
    ">": ("超", "超え", "초과"),
}
_SIGN_OF = {word: sign for sign, words in _EAST_ASIAN_LIMITS.items() for word in words}
_AFTER = rf"(.*?) {{0,2}}({'|'.join(sorted(_SIGN_OF, key=len, reverse=True))})\Z"


@cache
def _pattern(name: str) -> re.Pattern[str]:
    limits = "|".join(sorted(_SIGN_BEFORE, key=len, reverse=True))
    spelled = {
        "before": rf"{_BEFORE}(?=\d)",
        "after": _AFTER,
        "limit": rf"({limits})(?:为|為|は|:)? {{0,2}}(?=\d|{_BEFORE}\d)",
    }
    return compile_pattern(spelled[name])


def unframe(text: str) -> str:
    """Return a short value without its window or "about" in front, and its limit as a sign.

    `週12件` becomes `12件`, `5件以下` and `最多5个` become `<= 5件` and `<= 5个`, `약 30건` becomes
    `30건`. A text without such a frame is returned as it is.
    """
    if text.isascii():
        return text
    limit = _pattern("limit").match(text)
    if limit is not None:
        return f"{_SIGN_BEFORE[limit[1]]} {unframe(text[limit.end() :])}"
    front = _pattern("before").match(text)
    inner = text[front.end() :] if front else text
    behind = _pattern("after").fullmatch(inner)
    if behind is not None and behind[1][:1].isdigit():
        return f"{_SIGN_OF[behind[2]]} {behind[1]}"
    return inner
