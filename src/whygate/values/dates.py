"""A written date: a day, a distance from the merge, or why it is neither and what to write."""

from __future__ import annotations

import re
from datetime import date
from functools import cache
from typing import TYPE_CHECKING

from msgspec import Struct

from whygate.values.ascii import fold

if TYPE_CHECKING:
    from collections.abc import Callable

_WORDS = "one two three four five six seven eight nine ten eleven twelve"
COUNT_OF = {"a": 1, "an": 1} | {word: n for n, word in enumerate(_WORDS.split(" "), start=1)}
_ANCHORS = {
    "merge": "merge merging merged",
    "release": "release releasing released",
    "launch": "launch launching launched",
    "ship": "ship shipping shipped ships",
    "deploy": "deploy deploying deployed deployment",
    "rollout": "rollout roll-out",
}
ANCHOR_OF = {word: name for name, words in _ANCHORS.items() for word in words.split(" ")}

_ANCHOR = "|".join(sorted(ANCHOR_OF, key=len, reverse=True))
_COUNT = "[0-9]{1,9}|" + "|".join(sorted(COUNT_OF, key=len, reverse=True))
_UNIT = r"days?|d|wks?|weeks?|w|mos?|months?|m|quarters?|q|yrs?|years?|y"
_FILLER = r"(?:(?:the|this|our|it|we|is|has|been|change|pr) ){0,4}"
_MONTH = (
    r"jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?"
    r"|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?"
)
# The months of German, French, Spanish, Portuguese, Italian and Dutch, where they are not spelled
# as in English; abbreviations differ too much to be sure of.
_FOREIGN_MONTHS = (
    "januar janvier enero janeiro gennaio januari",
    "februar février fevrier febrero fevereiro febbraio februari",
    "märz maerz mars marzo março marco maart",
    "avril abril aprile",
    "mai mayo maio maggio mei",
    "juni juin junio junho giugno",
    "juli juillet julio julho luglio",
    "août aout agosto augustus",
    "septembre septiembre setiembre setembro settembre",
    "oktober octobre octubre outubro ottobre",
    "novembre noviembre novembro",
    "dezember décembre decembre diciembre dezembro dicembre",
)
FOREIGN_MONTH_OF = {
    name: number
    for number, names in enumerate(_FOREIGN_MONTHS, start=1)
    for name in names.split(" ")
}
_WEEKDAY = (
    r"mon(?:day)?|tue(?:sday)?|wed(?:nesday)?|thu(?:rsday)?|fri(?:day)?|sat(?:urday)?|sun(?:day)?"
)
_TH = r"(?:st|nd|rd|th)?"
_PERIOD = r"q[0-9]|h[0-9]|w[0-9]{1,2}"
_END_OF = r"(?:the )?end of (?:the )?"
_AFTER = r"(?: ?(?:after|from|of|following|past|post)[ -]"

_SPELLINGS = {
    "lead": (
        r"(?:(?:by|on|until|till|before|at|no later than|not later than) ){0,2}"
        rf"(?:(?:{_WEEKDAY})(?:, | )(?=[0-9a-z]))?"
    ),
    "iso": (
        r"(?P<year>[0-9]{4})-(?P<month>[0-9]{1,2})-(?P<day>[0-9]{1,2})"
        r"(?:[t ][0-9]{2}:[0-9]{2}[0-9:.z+ -]{0,20})?"
    ),
    "named": (
        rf"(?:(?P<day_after>[0-9]{{1,2}}){_TH}\.? (?:of )?(?P<month_after>{_MONTH})"
        rf"|(?P<month>{_MONTH})\.? (?P<day>[0-9]{{1,2}}){_TH})"
        r"\.?(?:,? (?P<year>[0-9]{4}|'?[0-9]{2}))?"
    ),
    "period": (
        rf"(?:{_END_OF})?(?:(?P<first>[0-9]{{4}})[- ]?(?P<early>{_PERIOD})"
        rf"|(?P<late>{_PERIOD})(?:[ /-]?(?P<last>[0-9]{{4}}))?)"
    ),
    "month": rf"(?:{_END_OF})?(?P<month>{_MONTH})\.?,?(?: (?P<year>[0-9]{{4}}))?",
    "distance": (
        rf"(?P<sign>\+ ?|in |within |after )?(?P<count>{_COUNT}) ?"
        rf"(?P<unit>{_UNIT}|h|hrs?|hours?|sprints?|(?:business|working) days?)"
        rf"(?P<after>{_AFTER}{_FILLER}(?P<anchor>{_ANCHOR}|now|today)))?"
    ),
    "foreign": (
        r"(?P<day>[0-9]{1,2})(?:\.|er|º|°)? (?:de |di )?(?P<month>[^\W\d_]{3,12})\.?"
        r"(?: de| del)? (?P<year>[0-9]{4})"
    ),
    "east_asian": (
        r"(?P<year>[0-9]{4}) ?[年년] ?(?P<month>[0-9]{1,2}) ?[月월]"
        r"(?: ?(?P<day>[0-9]{1,2}) ?[日号號일]|末|底| ?말)"
    ),
    "slashed": r"([0-9]{1,4})([/.-])([0-9]{1,2})\2([0-9]{1,4})",
    "compact": r"([0-9]{4})([0-9]{2})([0-9]{2})",
    "year": rf"(?P<end>{_END_OF})?(?P<year>[0-9]{{4}})",
    "vague": (
        rf"(?:(?:right |shortly |soon )?(?:after|post|at|on|upon|once|when)[ -]{_FILLER}"
        rf"(?P<anchor>{_ANCHOR})|(?:next |this )?(?P<weekday>{_WEEKDAY})"
        r"|(?P<near>tomorrow|yesterday|today|now|immediately)"
        rf"|(?:{_END_OF}|this |eo)(?P<end>week|month|quarter|year|w|m|q|y)"
        r"|(?:the )?(?:next|coming|following) (?P<next>week|month|quarter|year|sprint|release)"
        r"|.{0,40}(?<![a-z])(?:soon|later|asap|eventually|sometime|someday|few|couple|some"
        r"|sprint|when|once|ready|iteration)(?![a-z]).{0,60})"
    ),
}
_LONGEST = 200
_MOST_YEARS = 100
_OUTER = " \t\r\n'\"`*_.,;:!\u201c\u201d\u2018\u2019"
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DAYS_OF = {"d": 1, "w": 7}
_MONTHS_OF = {"m": 1, "y": 12}


def _prose() -> str:
    after = rf"(?:{_AFTER}{_FILLER}(?:{_ANCHOR}|now|today))(?!\w))"
    counts = "|".join(word for word, number in COUNT_OF.items() if number > 1)
    unit = rf"(?:{_UNIT})(?![\w'])"
    return (
        r"(?<![\w+./-])(?i:[0-9]{4}-[0-9]{2}-[0-9]{2}(?:t[0-9]{2}:[0-9:.]{2,12}z?)?"
        r"|[0-9]{4}-(?:q[1-4]|h[12]|w[0-9]{2})|(?:q[1-4]|h[12]) [0-9]{4}"
        rf"|[0-9]{{1,2}}{_TH}\.? (?:of )?(?:{_MONTH})\.?,? [0-9]{{4}}"
        rf"|(?:{_MONTH})\.? [0-9]{{1,2}}{_TH},? [0-9]{{4}}|(?:{_MONTH})\.? [0-9]{{4}}"
        rf"|\+ ?[0-9]{{1,9}} ?{unit}{after}?|(?:{_COUNT}) {unit}{after}"
        rf"|in (?:[0-9]{{1,9}}|{counts}) {unit})(?!\w|-\d)"
    )


@cache
def pattern(name: str) -> re.Pattern[str]:
    """Return the compiled pattern of that name for lower-cased, folded text.

    `prose` finds dates in a text of any case; the others match a whole value. Each is
    compiled when first asked for, because a hook rarely needs them all.
    """
    return re.compile(_prose() if name == "prose" else _SPELLINGS[name])


class Relative(Struct, frozen=True):
    """A distance of `amount` days (`d`), weeks (`w`), months (`m`) or years (`y`).

    `anchor` is the event it counts from as written (merge, release, ...), or empty.
    """

    amount: int
    unit: str
    anchor: str = ""


class DateValue(Struct, frozen=True):
    """A date as written; a `relative` one is a distance that waits for the merge.

    `day` is the day it means, for a relative date reckoned from the `today` it was read with
    (None without one); `resolve` gives the day for any other base.
    """

    text: str
    day: date | None = None
    relative: Relative | None = None


class DateProblem(Struct, frozen=True):
    """Why a text is no date, and what to write instead.

    `reason` is `ambiguous` (day and month may be swapped), `vague`, `year-missing`,
    `impossible` or `unknown`. `suggestion` can be pasted; of two readings it names both.
    """

    reason: str
    suggestion: str


def parse_date(text: str, today: date) -> DateValue | DateProblem:
    """Return the date that the whole of `text` is, or why it is none; `today` helps to suggest.

    Read: `2027-02-15` (also with a time), `15 Feb 2027`, `Feb 15, 2027`, `2027-Q1`, `Q1 2027`,
    `2027-W07` (its Sunday), `Feb 2027` (periods mean their last day), `+30d`, `+6w`, `+3m`,
    `+1y`, `in 6 weeks`, `30 days after release`. A remark in brackets or after a semicolon is
    tolerated. Only ASCII and full-width digits count.
    """
    return _parse(text, today) if len(text) <= _LONGEST else DateProblem("unknown", "+30d")


def _parse(text: str, today: date) -> DateValue | DateProblem:
    written = text.strip(_OUTER)
    core = _core(written)
    for reader in _READERS if core else ():
        found = reader(core, today)
        if isinstance(found, DateProblem):
            return found
        if isinstance(found, Relative):
            return DateValue(written, _counted(found, today), found)
        if found is not None:
            return DateValue(written, found)
    return DateProblem("unknown", "+30d")


def resolve(value: DateValue, base: date) -> date:
    """Return the day of `value`; a distance counts from `base`, the merge day or today.

    Months clip to the last day (31 January + 1 month is 28 February); nothing goes past the
    last day of the calendar.
    """
    if value.relative is not None:
        return _counted(value.relative, base)
    return value.day or base


def _counted(distance: Relative, base: date) -> date:
    if distance.unit in _DAYS_OF:
        return _later(base, distance.amount * _DAYS_OF[distance.unit])
    months = base.month - 1 + distance.amount * _MONTHS_OF[distance.unit]
    year, month = base.year + months // 12, months % 12 + 1
    return date.max if year > date.max.year else _clipped(year, month, base.day)


def find_dates(text: str, today: date | None = None) -> tuple[tuple[int, int, DateValue], ...]:
    """Return (start, end, date) for each readable date in prose, in order.

    `in 6 weeks` and `30 days after release` count, `30 days` alone is a quantity. Without
    `today` a relative date has no `day` yet.
    """
    found = []
    for match in pattern("prose").finditer(fold(text)):
        value = parse_date(text[match.start() : match.end()], today or date.min)
        if isinstance(value, DateValue):
            if today is None and value.relative is not None:
                value = DateValue(value.text, None, value.relative)
            found.append((match.start(), match.end(), value))
    return tuple(found)


def _core(written: str) -> str:
    core = fold(written).lower()
    core = core.partition(";")[0].rstrip(" ")
    if core.endswith(")"):
        core = core.partition("(")[0]
    core = pattern("lead").sub("", core, count=1)
    return " ".join(word for word in core.strip(_OUTER).split(" ") if word)


def _later(day: date, days: int) -> date:
    return date.fromordinal(min(day.toordinal() + days, date.max.toordinal()))


def _clipped(year: int, month: int, day: int) -> date:
    return date(year, month, min(day, _days_in(year, month)))


def _days_in(year: int, month: int) -> int:
    """Count a month's days; `calendar` knows too, and costs five milliseconds to import."""
    if month == 12:
        return 31
    return date(year, month + 1, 1).toordinal() - date(year, month, 1).toordinal()


_Found = date | Relative | DateProblem | None


def _read_iso(core: str, _today: date) -> _Found:
    match = pattern("iso").fullmatch(core)
    return match and _day(int(match["year"]), int(match["month"]), int(match["day"]))


def _day(year: int, month: int, day: int) -> date | DateProblem:
    try:
        return date(year, month, day)
    except ValueError:
        return DateProblem("impossible", _nearest(year, month, day))


def _nearest(year: int, month: int, day: int) -> str:
    """Return the last day of a month that is too short, or the day with its parts swapped."""
    if not 1 <= year <= date.max.year:
        return "+30d"
    if 1 <= month <= 12:
        return _clipped(year, month, day).isoformat() if day else f"{year:04}-{month:02}-01"
    if 1 <= day <= 12 and 1 <= month <= _days_in(year, day):
        return date(year, day, month).isoformat()
    return "+30d"


def _read_named(core: str, today: date) -> _Found:
    match = pattern("named").fullmatch(core)
    if match is None:
        return None
    month = _MONTHS.index((match["month_after"] or match["month"])[:3]) + 1
    day, year = int(match["day_after"] or match["day"]), (match["year"] or "").lstrip("'")
    if len(year) == 4:
        return _day(int(year), month, day)
    if year:
        return DateProblem("ambiguous", _nearest(2000 + int(year), month, day))
    return DateProblem("year-missing", _coming(today, month, day))


def _coming(today: date, month: int, day: int) -> str:
    """Return the next such day as an ISO date, this year or later."""
    this = _clipped(today.year, month, max(day, 1))
    year = today.year if this >= today else min(today.year + 1, date.max.year)
    return _clipped(year, month, max(day, 1)).isoformat()


def _read_period(core: str, today: date) -> _Found:
    match = pattern("period").fullmatch(core)
    if match is None:
        return None
    period, year = match["early"] or match["late"], match["first"] or match["last"]
    if year is not None:
        return _last_day(int(year), period[0], int(period[1:]))
    problem = _last_day(today.year, period[0], int(period[1:]))
    if isinstance(problem, DateProblem):
        return problem
    coming = today.year if problem >= today else min(today.year + 1, date.max.year)
    number = f"{int(period[1:]):02}" if period[0] == "w" else period[1:]
    return DateProblem("year-missing", f"{coming}-{period[0].upper()}{number}")


def _last_day(year: int, kind: str, number: int) -> date | DateProblem:
    if year < 1:
        return DateProblem("impossible", "+30d")
    if kind == "w":
        return _sunday(year, number)
    most = {"m": 12, "q": 4, "h": 2}[kind]
    if not 1 <= number <= most:
        return DateProblem("impossible", f"{year:04}-{kind.upper()}{min(max(number, 1), most)}")
    return _clipped(year, number * 12 // most, 31)


def _sunday(year: int, week: int) -> date | DateProblem:
    try:
        return date.fromisocalendar(year, week, 7)
    except ValueError:
        # The last Sunday of the calendar is 9999-12-26; elsewhere 28 December is in the last week.
        last = date(year, 12, 26 if year == date.max.year else 28).isocalendar().week
        return DateProblem("impossible", f"{year:04}-W{min(max(week, 1), last):02}")


def _read_month(core: str, today: date) -> _Found:
    match = pattern("month").fullmatch(core)
    if match is None:
        return None
    month = _MONTHS.index(match["month"][:3]) + 1
    if match["year"] is None:
        return DateProblem("year-missing", _coming(today, month, 31))
    return _last_day(int(match["year"]), "m", month)


def _read_distance(core: str, _today: date) -> _Found:
    match = pattern("distance").fullmatch(core)
    if match is None:
        return None
    word = match["unit"]
    amount = int(match["count"]) if match["count"].isdigit() else COUNT_OF[match["count"]]
    exact = _in_units(amount, word)
    if exact is None:
        return DateProblem("vague", _about(amount, word))
    if not match["sign"] and not match["anchor"]:
        return DateProblem("vague", f"+{exact.amount}{exact.unit}")
    if _years(exact) > _MOST_YEARS:
        return DateProblem("impossible", "+1y")
    anchor = ANCHOR_OF.get(match["anchor"] or "", "")
    return Relative(exact.amount, exact.unit, anchor)


def _in_units(amount: int, word: str) -> Relative | None:
    """Return the distance in days, weeks, months or years; None for hours, sprints and such."""
    if word[0] == "q":
        return Relative(amount * 3, "m")
    return Relative(amount, word[0]) if word[0] in "dwmy" else None


def _about(amount: int, word: str) -> str:
    """Return a distance in days for hours, sprints of two weeks and working days."""
    days = {"h": -(-amount // 24), "s": amount * 14}.get(word[0], -(-amount * 7 // 5))
    return f"+{max(1, min(days, 365))}d"


def _years(distance: Relative) -> int:
    return distance.amount // {"d": 366, "w": 53, "m": 12, "y": 1}[distance.unit]


def _read_foreign(core: str, _today: date) -> _Found:
    """Read `15. Februar 2027`, `15 de febrero de 2027` and `1er mars 2027`."""
    match = pattern("foreign").fullmatch(core)
    month = FOREIGN_MONTH_OF.get(match["month"]) if match else None
    return _day(int(match["year"]), month, int(match["day"])) if match and month else None


def _read_east_asian(core: str, _today: date) -> _Found:
    """Read `2027年2月15日`, `2027년 2월 15일`, and the end of a month (`2027年2月末`)."""
    match = pattern("east_asian").fullmatch(core)
    if match is None:
        return None
    year, month = int(match["year"]), int(match["month"])
    return _day(year, month, int(match["day"])) if match["day"] else _last_day(year, "m", month)


def _read_slashed(core: str, _today: date) -> _Found:
    """Read a date of three numbers when it can be one day only; 02/03/2027 is two."""
    match = pattern("slashed").fullmatch(core)
    if match is None:
        return None
    first, middle, last = int(match[1]), int(match[3]), int(match[4])
    if len(match[1]) == 4:
        days = [_day(first, middle, last)]
    else:
        year = last + 2000 if len(match[4]) <= 2 else last
        days = [_day(year, middle, first)]
        if match[2] != "." and first != middle:
            days.append(_day(year, first, middle))
    sound = sorted(day.isoformat() for day in days if isinstance(day, date))
    if len(sound) == 1 and max(len(match[1]), len(match[4])) == 4:
        return date.fromisoformat(sound[0])
    if sound:
        return DateProblem("ambiguous" if len(sound) > 1 else "unknown", " or ".join(sound))
    return days[0]


def _read_compact(core: str, _today: date) -> _Found:
    match = pattern("compact").fullmatch(core)
    day = _day(int(match[1]), int(match[2]), int(match[3])) if match else None
    return DateProblem("unknown", day.isoformat()) if isinstance(day, date) else day


def _read_year(core: str, _today: date) -> _Found:
    match = pattern("year").fullmatch(core)
    if match is None:
        return None
    day = _last_day(int(match["year"]), "m", 12)
    if match["end"] or isinstance(day, DateProblem):
        return day
    return DateProblem("vague", day.isoformat())


def _read_vague(core: str, today: date) -> _Found:
    """Give a day or a distance for words that name a time without saying when."""
    match = pattern("vague").fullmatch(core)
    if match is None:
        return None
    if match["anchor"]:
        return DateProblem("vague", f"30 days after {ANCHOR_OF[match['anchor']]}")
    if match["weekday"]:
        ahead = (_WEEKDAYS.index(match["weekday"][:3]) - today.weekday() - 1) % 7 + 1
        return DateProblem("vague", _later(today, ahead).isoformat())
    if match["near"]:
        near = {"tomorrow": 1, "yesterday": 1}.get(match["near"], 0)
        return DateProblem("vague", _later(today, near).isoformat())
    if match["end"]:
        return DateProblem("vague", _end_of(today, match["end"]).isoformat())
    distance = {"week": "+7d", "month": "+1m", "quarter": "+3m", "year": "+1y", "sprint": "+14d"}
    return DateProblem("vague", distance.get(match["next"] or "", "+30d"))


def _end_of(today: date, period: str) -> date:
    """Return the last day of the running week, month, quarter or year."""
    kind = period[0]
    if kind == "w":
        return _later(today, 6 - today.weekday())
    month = {"m": today.month, "q": (today.month + 2) // 3 * 3}.get(kind, 12)
    return _clipped(today.year, month, 31)


_READERS: tuple[Callable[[str, date], _Found], ...] = (
    _read_iso,
    _read_named,
    _read_period,
    _read_month,
    _read_distance,
    _read_foreign,
    _read_east_asian,
    _read_slashed,
    _read_compact,
    _read_year,
    _read_vague,
)
