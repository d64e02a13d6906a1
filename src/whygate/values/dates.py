"""A written date: a day, a distance from the merge, or why it is neither and what to write."""

from __future__ import annotations

import re
from datetime import date
from functools import cache
from typing import TYPE_CHECKING

from msgspec import Struct

from whygate.text.patterns import compile_pattern
from whygate.values.ascii import fold, lower

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

_LONGEST = 200
_MOST_YEARS = 100
_OUTER = " \t\r\n'\"`*_.,;:!\u201c\u201d\u2018\u2019"

# --- The words of dates. English first, then German, French, Spanish, Portuguese, Italian and
# Dutch where they differ; an abbreviation is listed when all languages that use it agree.

_MONTH_NAMES = (
    "jan january januar janvier janv enero ene janeiro gennaio januari",
    "feb february februar février fevrier févr fevr fév febrero fevereiro fev febbraio februari",
    "mar march märz maerz mär mrz mars marzo março marco maart",
    "apr april avril avr abril abr aprile",
    "may mai mayo maio maggio mei",
    "jun june juni juin junio junho giugno",
    "jul july juli juillet juil julio julho luglio",
    "aug august août aout agosto ago augustus",
    "sep sept september septembre septiembre setiembre setembro settembre",
    "oct october oktober okt octobre octubre outubro ottobre",
    "nov november novembre noviembre novembro",
    "dec december dezember dez décembre decembre déc diciembre dic dezembro dicembre",
)
_MONTH_OF = {
    name: number for number, names in enumerate(_MONTH_NAMES, start=1) for name in names.split(" ")
}
_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_WEEKDAY = (
    r"(?:mon(?:day)?|tue(?:sday)?|wed(?:nesday)?|thu(?:rsday)?|fri(?:day)?|sat(?:urday)?"
    r"|sun(?:day)?)"
)
_COUNTS = "one two three four five six seven eight nine ten eleven twelve"
_COUNT_OF = {"a": 1, "an": 1} | {word: n for n, word in enumerate(_COUNTS.split(" "), start=1)}
_ORDINALS = {"first": 1, "second": 2, "third": 3, "fourth": 4}
_UNITS = {
    "d": "d day days tag tage tagen jour jours día días dia dias giorno giorni dagen",
    "w": "w wk wks week weeks woche wochen semaine semaines semana semanas settimane weken",
    "m": "m mo mos month months monat monate monaten mois mes meses mês mesi maanden",
    "q": "q quarter quarters quartal quartale quartalen trimestre trimestres",
    "y": "y yr yrs year years jahr jahre jahren année années año años ano anos",
    "h": "h hr hrs hour hours stunde stunden heure heures hora horas",
    "s": "sprint sprints",
    "b": "business working",
}
_UNIT_OF = {word: unit for unit, words in _UNITS.items() for word in words.split(" ")}
_ANCHORS = {
    "merge": "merge merging merged",
    "release": "release releasing released releases veröffentlichung publication lançamento",
    "launch": "launch launching launched launches lanzamiento lancement",
    "ship": "ship shipping shipped ships",
    "deploy": "deploy deploying deployed deployment despliegue déploiement",
    "rollout": "rollout roll-out",
}
_ANCHOR_OF = {word: name for name, words in _ANCHORS.items() for word in words.split(" ")}
# Words before a date that say when somebody looks, or where in a period the day lies.
LEAD = (
    r"(?:by|on|until|till|before|at|no later than|not later than|due|bis|zum|am|spätestens|vor"
    r"|d'ici|avant|jusqu'(?:au|à|en)|au|le|hasta|antes del|antes d[eo]|para|el|até)"
)
_WHERE = {
    "end": r"(?:the )?end(?: of)?|eo|ende|fin(?: de)?|(?:a )?finales de|(?:no |o )?(?:final|fim) "
    r"de",
    "start": r"(?:the )?(?:start|beginning) of|anfang|début|(?:a )?principios de|(?:no )?início de",
    "vague": r"(?:the )?(?:middle of|late|early|mid)|mitte|mi|mediados de|meados de",
}
_DAYS_OF = {"d": 1, "w": 7}
_MONTHS_OF = {"m": 1, "y": 12}

# --- The patterns, of folded text in lower case; each is linear, with bounded repeats

_WORD = r"[^\W\d_]{1,14}"
_NTH = r"(?:st|nd|rd|th|er|re|º|ª|°|\.)?"
_GAP = r"[ ./-]{1,2}"
_OF = r"(?:of |the |de |del |do |di |des )?"
_PLACE = "(?:(?:" + "|".join(f"(?P<{name}>{words})" for name, words in _WHERE.items()) + ")[ -])?"
_IN = r"(?:(?:in|im|en|em|during|within) )?"
_YEAR = r"(?P<year>[0-9]{4})"
_COUNT = "(?P<count>[0-9]{1,9}|" + "|".join(sorted(_COUNT_OF, key=len, reverse=True)) + ")"
_ANCHOR = "|".join(sorted(_ANCHOR_OF, key=len, reverse=True))
_FILLER = (
    r"(?:(?:the|this|our|it|we|is|has|been|change|pr|dem|der|la|le|el|del|o|a|do|da|un|une) ){0,4}"
)
_AFTER = (
    r"(?:after|from|of|following|past|post|since|nach|après|después de|después|tras|após"
    r"|depois d[eoa])"
)
_SPELLINGS = {
    "lead": rf"(?:{LEAD} (?:the |zum |dem |den |el |le |o )?){{0,2}}(?:{_WEEKDAY}(?:, | "
    rf")(?=[0-9a-z]))?",
    "iso": (
        r"(?P<year>[0-9]{4})-(?P<month>[0-9]{1,2})-(?P<day>[0-9]{1,2})(?![0-9])"
        r"(?:[t ][0-9]{2}:[0-9]{2}(?:[0-9:.z]|[ +-]{1,2}(?=[0-9])){0,20})?"
    ),
    "iso_month": r"(?P<year>[0-9]{4})-(?P<month>[0-9]{2})(?![0-9-])",
    "named": (
        rf"(?:the )?(?P<day>[0-9]{{1,2}}){_NTH}(?:{_GAP})?{_OF}(?P<word>{_WORD})\.?"
        rf"(?:,?(?:{_GAP})?{_OF}(?P<year>[0-9]{{4}}|'?[0-9]{{2}})(?![0-9]))?"
    ),
    "month_first": (
        rf"(?P<word>{_WORD})\.?{_GAP}(?:the )?(?P<day>[0-9]{{1,2}}){_NTH}(?![0-9])"
        rf"(?:,?{_GAP}(?P<year>[0-9]{{4}}|'?[0-9]{{2}})(?![0-9]))?"
    ),
    "year_first": rf"{_YEAR}{_GAP}(?P<word>{_WORD})\.?{_GAP}(?P<day>[0-9]{{1,2}}){_NTH}",
    "month": rf"{_IN}{_PLACE}{_OF}(?P<word>{_WORD})\.?,?(?:{_GAP}{_OF}(?P<year>[0-9]{{4}}"
    rf"|'[0-9]{{2}}))?",
    "month_number": r"(?P<month>[0-9]{1,2})/(?P<year>[0-9]{4})",
    "period": (
        rf"{_IN}{_PLACE}{_OF}(?:(?P<first>[0-9]{{4}})[- /]?(?P<early>[qht][0-9]|(?:w|kw|cw) "
        rf"?[0-9]{{1,2}})"
        r"|(?P<late>[qht][0-9]|(?:w|kw|cw|week|calendar week|woche|semaine|semana) ?[0-9]{1,2})"
        rf"(?:[ /-]?{_OF}(?P<last>[0-9]{{4}}|'[0-9]{{2}}))?"
        rf"|(?:(?P<nth>[1-4])(?:\.|st|nd|rd|th|er|ème|e|º|ª|o)?"
        rf"|(?P<ordinal>{'|'.join(_ORDINALS)})) "
        r"(?P<kind>quarter|quartal|trimestre|half|halbjahr|semestre)"
        rf"(?: {_OF}(?P<whole>[0-9]{{4}}))?)(?![0-9])"
    ),
    "distance": (
        rf"(?P<sign>\+ ?|in |within |after |dans |en |em |nach )?{_COUNT} ?"
        rf"(?P<unit>{_WORD})(?P<working> days?)?"
        rf"(?P<later> (?:later|später|plus tard|más tarde|depois)(?!\w))?"
        rf"(?P<after>[ -]{_AFTER}[ -]{_FILLER}(?P<anchor>{_ANCHOR}|now|today|heute)(?!\w))?"
    ),
    "unseen": rf"(?:\+ ?|in |within )?{_COUNT} ?(?P<unit>{_WORD})[ -]{_AFTER}[ "
    rf"-](?P<event>.{{1,80}})",
    "east_asian": (
        r"(?P<year>[0-9]{4}) ?[年년] ?(?P<month>[0-9]{1,2}) ?[月월]"
        r"(?: ?(?P<day>[0-9]{1,2}) ?[日号號일]| ?(?:末|底|말))?"
    ),
    "east_asian_quarter": (
        r"(?P<year>[0-9]{4}) ?[年년] ?(?:第? ?)(?P<nth>[1-4一二三四]) ?(?:四半期|季度|분기)"
    ),
    "east_asian_distance": (
        r"(?P<count>[0-9]{1,9}) ?(?P<unit>日|天|일|週間|週|周|주|[かヶカ]月|[个個]月|개월|年|년)"
        r" ?(?:後|后|후|뒤)"
    ),
    "east_asian_after": (
        r"(?:(?P<release>上线|上線|发布|發布|部署|公開|リリース|デプロイ|출시|배포|릴리스)"
        r"|合并|合併|マージ|병합) ?(?:から|後|后|후|之后)(?:の|第)? ?(?P<count>[0-9]{1,9}) ?"
        r"(?P<unit>日|天|일|週間|週|周|주|[かヶカ]月|[个個]月|개월|年|년)(?:後|后|후|뒤|내|以内)?"
    ),
    "slashed": r"([0-9]{1,4})(?:([/.-])|\. )([0-9]{1,2})(?:\2|\. )([0-9]{1,4})(?![0-9])",
    "compact": r"([0-9]{4})([0-9]{2})([0-9]{2})",
    "whole_year": rf"{_PLACE}{_OF}{_YEAR}",
    "vague": (
        rf"(?:(?:right |shortly |soon )?(?:after|post|at|on|upon|once|when)[ -])?{_FILLER}"
        rf"(?:(?P<anchor>{_ANCHOR})|(?:next |this )?(?P<weekday>{_WEEKDAY})"
        r"|(?P<near>tomorrow|yesterday|today|now|immediately)"
        r"|(?:(?:the )?end of (?:the |this )?|this |eo)(?P<close>week|month|quarter|year|w|m|q|y)"
        r"|(?:the )?(?:end of )?(?:the )?(?:next|coming|following|every|each)"
        r" (?P<next>week|month|quarter|year|sprint|release)|(?P<rhythm>week|month|quarter|year)ly"
        rf"|every {_WEEKDAY}s?"
        r"|.{0,40}(?<![a-z])(?:soon|later|asap|eventually|sometime|someday|few|couple|some"
        r"|sprint|when|once|ready|iteration)(?![a-z]).{0,60})"
    ),
    # What comes after the first look: "2027-02-15, then monthly", "and again on 2027-05-15".
    "then": (
        r"(?:[,;]|,? (?:and|und|et|y|e))? ?(?:then|thereafter|afterwards|again|danach|dann|puis"
        r"|ensuite|luego|después|depois|(?:and )?(?:every|each|weekly|monthly|quarterly"
        r"|yearly))(?!\w).*"
    ),
    "led": rf"(?<!\w){LEAD} (?:the |zum |dem |den |el |le |o )?$",
    "doubt": (
        r"(?<!\w)(?:or|if|unless|maybe|perhaps|probably|earliest|later|not|never|no|at least|about"
        r"|around|roughly|circa|ca|oder|ou|o)(?!\w)|[?~±/]"
    ),
    "token": r"[0-9]+|[^\W\d_]+|\+",
}


@cache
def _pattern(name: str) -> re.Pattern[str]:
    """Return the compiled pattern of that name; a hook rarely needs them all."""
    return compile_pattern(_SPELLINGS[name])


# --- The values


class Relative(Struct, frozen=True):
    """A distance of `amount` days (`d`), weeks (`w`), months (`m`) or years (`y`).

    `anchor` is the event it counts from as written (merge, release, ...), or empty.
    """

    amount: int
    unit: str
    anchor: str = ""


# The events that a merge is not; what was merged reaches people with them.
_RELEASES = ("release", "launch", "ship", "deploy", "rollout")


class DateValue(Struct, frozen=True):
    """A date as written; a `relative` one is a distance that waits for the merge.

    `day` is the day it means, for a relative date reckoned from the `today` it was read with
    (None without one); `resolve` gives the day for any other base.
    """

    text: str
    day: date | None = None
    relative: Relative | None = None

    @property
    def waits_for_release(self) -> bool:
        """Tell whether it counts from the day that people get the change, not from its merge."""
        return self.relative is not None and self.relative.anchor in _RELEASES


class DateProblem(Struct, frozen=True):
    """Why a text is no date, and what to write instead.

    `reason` is `ambiguous` (day and month may be swapped), `vague`, `no-start` (a distance from
    nothing), `unseen` (from an event that nobody can see), `year-missing`, `impossible` or
    `unknown`. `suggestion` can be
    pasted; of two readings it names both. `certain` is the piece, in lower case, that can only
    mean the suggestion: `60 days` is +60d, and `soon` is anything.
    """

    reason: str
    suggestion: str
    certain: str = ""


_Read = date | Relative | DateProblem | None


def parse_date(text: str, today: date) -> DateValue | DateProblem:
    """Return the date that the whole of `text` is, or why it is none; `today` helps to suggest.

    Read: `2027-02-15` (also with a time), `15 Feb 2027`, `Feb 15, 2027`, `15. Februar 2027`,
    `2027年2月15日`, `2027-Q1`, `Q1 2027`, `2027-W07` (its Sunday), `2027-02`, `Feb 2027` (periods
    mean their last day), `+30d`, `+6w`, `+3m`, `+1y`, `in 6 weeks`, `30 days after release`. A
    remark in brackets, after a semicolon or about later looks ("then monthly") is tolerated.
    Only ASCII and full-width digits count.
    """
    if len(text) > _LONGEST:
        return DateProblem("unknown", "+30d")
    written = text.strip(_OUTER)
    core = _core(written)
    for name, reader in _readers(core):
        match = _pattern(name).fullmatch(core)
        found = reader(match, today) if match else None
        if isinstance(found, DateProblem):
            return found
        if found is not None:
            return _value(written, found, today)
    then = _pattern("then").search(core) if core else None
    if then is not None and then.start():
        return parse_date(core[: then.start()], today)
    return _only_date(core, today)


def _readers(core: str) -> tuple[tuple[str, Callable[[re.Match[str], date], _Read]], ...]:
    """Return the readers that a text may be for; behind a plus there is a distance."""
    if not core:
        return ()
    return _DISTANCES if core[0] == "+" else _READERS


def _only_date(core: str, today: date) -> DateValue | DateProblem:
    """Read "at the review on 2027-02-15": one date among words that leave no doubt about it."""
    found = find_dates(core, today)
    if len(found) == 1:
        start, _, value = found[0]
        is_led = not start or _pattern("led").search(core, max(0, start - 40), start)
        if is_led and not _pattern("doubt").search(core):
            return value
    days = [day.isoformat() for _, _, value in found if (day := value.day) is not None]
    if len(days) > 1:
        return DateProblem("ambiguous", " or ".join(days[:2]))
    return DateProblem("unknown", "+30d")


def find_dates(text: str, today: date | None = None) -> tuple[tuple[int, int, DateValue], ...]:
    """Return (start, end, date) for each readable date in prose, in order.

    `in 6 weeks` and `30 days after release` count, `30 days` alone is a quantity. Without
    `today` a relative date has no `day` yet.
    """
    found: list[tuple[int, int, DateValue]] = []
    lowered = lower(fold(text))
    end = 0
    starts: Iterable[int] = _starts(lowered)
    if not lowered.isascii():  # words of East Asian languages have no beginning that shows
        events = _pattern("east_asian_after").finditer(lowered)
        starts = sorted({*starts, *(event.start() for event in events)})
    for start in starts:
        if start < end:
            continue
        read = _read_at(lowered, start, today or date.min)
        if read is None or isinstance(read[1], DateProblem):
            continue
        end = read[0]
        if today is None and isinstance(read[1], Relative):
            found.append((start, end, DateValue(text[start:end], None, read[1])))
        else:
            found.append((start, end, _value(text[start:end], read[1], today or date.min)))
    return tuple(found)


def find_date_problem(text: str, start: int, today: date) -> tuple[int, DateProblem] | None:
    """Return where what stands at `start` of prose ends, and why it is no date though like one.

    "15 February" has no year, and 02/03/2027 is two days. None for anything else.
    """
    ahead = lower(fold(text[start : start + _LONGEST]))
    read = _read_at(ahead, 0, today) if ahead else None
    return (start + read[0], read[1]) if read and isinstance(read[1], DateProblem) else None


def resolve(value: DateValue, base: date) -> date:
    """Return the day of `value`; a distance counts from `base`, the merge day or today.

    Months clip to the last day (31 January + 1 month is 28 February); nothing goes past the
    last day of the calendar.
    """
    if value.relative is not None:
        return _counted(value.relative, base)
    return value.day or base


def _value(written: str, found: date | Relative, today: date) -> DateValue:
    if isinstance(found, Relative):
        return DateValue(written, _counted(found, today), found)
    return DateValue(written, found)


def _counted(distance: Relative, base: date) -> date:
    if distance.unit in _DAYS_OF:
        return _later(base, distance.amount * _DAYS_OF[distance.unit])
    months = base.month - 1 + distance.amount * _MONTHS_OF[distance.unit]
    year, month = base.year + months // 12, months % 12 + 1
    return date.max if year > date.max.year else _clipped(year, month, base.day)


def _core(written: str) -> str:
    core = fold(written).lower()
    core = core.partition(";")[0].rstrip(" ")
    if core.endswith(")"):
        core = core.partition("(")[0]
    if core[:1].isalpha():
        core = _pattern("lead").sub("", core, count=1)
    return " ".join(word for word in core.strip(_OUTER).split(" ") if word)


# --- Prose: where a date may begin, and which of the patterns are sure enough there


@cache
def _opening_words() -> frozenset[str]:
    places = " ".join(_WHERE.values()).replace("|", " ")
    first = {re.sub(r"[^\w]", "", word) for word in places.split(" ")} - {"de", "no", "o", "a", ""}
    own = ["in", "q", "h", "w", "kw", "cw", "t", "week", "the", "dans", "en", "em", "calendar"]
    return frozenset((*_MONTH_OF, *_COUNT_OF, *_ORDINALS, *first, *own))


def _starts(text: str) -> Iterator[int]:
    words = _opening_words()
    for token in _pattern("token").finditer(text):
        start = token.start()
        before = text[start - 1] if start else " "
        if before in "+./-_" or (before.isascii() and before.isalnum()):
            continue
        if not token[0][0].isalpha() or token[0] in words:
            yield start


def _read_at(
    text: str, start: int, today: date
) -> tuple[int, date | Relative | DateProblem] | None:
    """Return the longest date that prose holds from `start` on, or the problem of a near one."""
    problem: tuple[int, DateProblem] | None = None
    for name in _in_prose(text, start):
        match = _pattern(name).match(text, start)
        if match is None or not _ends_well(text, match.end(), name):
            continue
        found = _READER_OF[name](match, today)
        if isinstance(found, DateProblem):
            problem = problem or (match.end(), found)
        elif found is not None and _is_sure(name, match):
            return match.end(), found
    return problem


def _in_prose(text: str, start: int) -> tuple[str, ...]:
    if not text[start].isdigit():
        if not text[start].isascii():
            return ("east_asian_after", "month_first", "period", "month", "whole_year", "distance")
        return ("month_first", "period", "month", "whole_year", "distance")
    count = len(_pattern("token").match(text, start)[0])  # type: ignore[index]
    if count == 4:
        return ("iso", "iso_month", *_EAST_ASIAN, "year_first", "period", "slashed")
    if count > 2:
        return ("distance", "east_asian_distance")
    return ("named", "period", "slashed", "distance", "east_asian_distance")


_EAST_ASIAN = ("east_asian_quarter", "east_asian")


def _ends_well(text: str, end: int, name: str) -> bool:
    after = text[end : end + 2]
    if not after or name.startswith("east_asian"):
        return True
    if after[0] == "_" or (after[0].isalnum() and (after[0].isascii() or text[end - 1].isalpha())):
        return False
    return not (after[0] in "-/" and after[1:].isdigit())


def _is_sure(name: str, match: re.Match[str]) -> bool:
    """Tell a month from the lines 2000-10, and a distance from a quantity.

    `+30d`, `in 6 weeks`, `30 days after release` are distances, `30 days` is a quantity.
    """
    if name == "iso_month":
        return "2015" < match["year"] < "2200"
    if name != "distance":
        return True
    if match["after"]:
        return True
    sign = (match["sign"] or "").strip()
    if sign in ("in", "dans", "en", "em"):
        return match["count"] not in ("a", "an")
    return sign == "+" and not match["later"]


# --- The readers, one a pattern: a day, a distance, a problem, or None for something else


def _later(day: date, days: int) -> date:
    return date.fromordinal(min(day.toordinal() + days, date.max.toordinal()))


def _clipped(year: int, month: int, day: int) -> date:
    return date(year, month, min(day, _days_in(year, month)))


def _days_in(year: int, month: int) -> int:
    """Count a month's days; `calendar` knows too, and costs five milliseconds to import."""
    if month == 12:
        return 31
    return date(year, month + 1, 1).toordinal() - date(year, month, 1).toordinal()


def _read_iso(match: re.Match[str], _today: date) -> _Read:
    return _day(int(match["year"]), int(match["month"]), int(match["day"]))


def _read_iso_month(match: re.Match[str], _today: date) -> _Read:
    """Read `2027-02` as the last day of the month; `2027-13` is none."""
    return _last_day(int(match["year"]), "m", int(match["month"]))


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


def _read_named(match: re.Match[str], today: date) -> _Read:
    month = _MONTH_OF.get(match["word"])
    if month is None:
        return None
    day, year = int(match["day"]), (match["year"] or "").lstrip("'")
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


def _read_period(match: re.Match[str], today: date) -> _Read:
    written = match["early"] or match["late"]
    year = match["first"] or match["last"] or match["whole"]
    if written:
        kind = "w" if written[0] in "kcsw" else "q" if written[0] == "t" else written[0]
        number = int("".join(sign for sign in written if sign.isdigit()))
    else:
        kind = "q" if match["kind"][0] in "qt" else "h"
        number = int(match["nth"] or _ORDINALS[match["ordinal"]])
    shown = f"{kind.upper()}{number:02}" if kind == "w" else f"{kind.upper()}{number}"
    if year is not None and year[0] == "'":
        return DateProblem("ambiguous", f"20{year[1:]}-{shown}")
    if year is not None:
        return _placed(match, int(year), kind, number)
    problem = _last_day(today.year, kind, number)
    if isinstance(problem, DateProblem):
        return problem
    coming = today.year if problem >= today else min(today.year + 1, date.max.year)
    return DateProblem("year-missing", f"{coming}-{shown}")


def _placed(match: re.Match[str], year: int, kind: str, number: int) -> _Read:
    """Return the day of a period that a word points to: its last one, unless it says the first."""
    last = _last_day(year, kind, number)
    if isinstance(last, DateProblem) or not (match["start"] or match["vague"]):
        return last
    if kind == "w":
        first = _later(last, -6)
    else:
        months = {"m": 1, "q": 3, "h": 6, "y": 12}[kind]
        first = date(year, last.month - months + 1, 1)
    if match["start"]:
        return first
    middle = _later(first, (last - first).days // 2)
    word = match["vague"]
    near = last if "late" in word else first if "early" in word else middle
    return DateProblem("vague", near.isoformat())


def _last_day(year: int, kind: str, number: int) -> date | DateProblem:
    if year < 1:
        return DateProblem("impossible", "+30d")
    if kind == "w":
        return _sunday(year, number)
    most = {"m": 12, "q": 4, "h": 2, "y": 1}[kind]
    if not 1 <= number <= most:
        kept = min(max(number, 1), most)
        near = f"{year:04}-{kept:02}" if kind == "m" else f"{year:04}-{kind.upper()}{kept}"
        return DateProblem("impossible", near)
    return _clipped(year, number * 12 // most, 31)


def _sunday(year: int, week: int) -> date | DateProblem:
    try:
        return date.fromisocalendar(year, week, 7)
    except ValueError:
        # The last Sunday of the calendar is 9999-12-26; elsewhere 28 December is in the last week.
        last = date(year, 12, 26 if year == date.max.year else 28).isocalendar().week
        return DateProblem("impossible", f"{year:04}-W{min(max(week, 1), last):02}")


def _read_month(match: re.Match[str], today: date) -> _Read:
    month = _MONTH_OF.get(match["word"])
    if month is None:
        return None
    if match["year"] is None:
        return DateProblem("year-missing", _coming(today, month, 31))
    if match["year"][0] == "'":
        return DateProblem("ambiguous", f"20{match['year'][1:]}-{month:02}")
    return _placed(match, int(match["year"]), "m", month)


def _read_distance(match: re.Match[str], _today: date) -> _Read:
    unit = _UNIT_OF.get(match["unit"])
    if unit is None or (unit == "b") != bool(match["working"]):
        return None
    amount = int(match["count"]) if match["count"].isdigit() else _COUNT_OF[match["count"]]
    if unit in "hsb":
        return DateProblem("vague", _about(amount, unit))
    exact = Relative(amount * 3, "m") if unit == "q" else Relative(amount, unit)
    if _years(exact) > _MOST_YEARS:
        return DateProblem("impossible", "+1y")
    if not match["sign"] and not match["after"]:
        certain = "" if match["later"] else match[0]
        return DateProblem("no-start", f"+{exact.amount}{exact.unit}", certain)
    return Relative(exact.amount, exact.unit, _ANCHOR_OF.get(match["anchor"] or "", ""))


def _read_unseen(match: re.Match[str], _today: date) -> _Read:
    """Suggest `+4w` for `4 weeks after GA`, or the event among those that can be seen."""
    unit = _UNIT_OF.get(match["unit"], "")
    if not unit or unit in "hsb":
        return None
    amount = int(match["count"]) if match["count"].isdigit() else _COUNT_OF[match["count"]]
    exact = Relative(amount * 3, "m") if unit == "q" else Relative(amount, unit)
    if _years(exact) > _MOST_YEARS:
        return DateProblem("impossible", "+1y")
    words = re.findall(r"[^\W\d_]+", match["event"])
    anchor = next((_ANCHOR_OF[word] for word in words if word in _ANCHOR_OF), "")
    name = {"d": "days", "w": "weeks", "m": "months", "y": "years"}[exact.unit]
    known = f"{exact.amount} {name} after {anchor}"
    return DateProblem("unseen", known if anchor else f"+{exact.amount}{exact.unit}")


def _about(amount: int, unit: str) -> str:
    """Return a distance in days for hours, sprints of two weeks and working days."""
    days = {"h": -(-amount // 24), "s": amount * 14}.get(unit, -(-amount * 7 // 5))
    return f"+{max(1, min(days, 365))}d"


def _years(distance: Relative) -> int:
    return distance.amount // {"d": 366, "w": 53, "m": 12, "y": 1}[distance.unit]


def _read_east_asian(match: re.Match[str], _today: date) -> _Read:
    """Read `2027年2月15日`, `2027년 2월 15일`, and a month or its end (`2027年2月末`)."""
    year, month = int(match["year"]), int(match["month"])
    return _day(year, month, int(match["day"])) if match["day"] else _last_day(year, "m", month)


def _read_east_asian_quarter(match: re.Match[str], _today: date) -> _Read:
    return _last_day(int(match["year"]), "q", "1234一二三四".index(match["nth"]) % 4 + 1)


def _read_east_asian_distance(match: re.Match[str], _today: date) -> _Read:
    word = match["unit"]
    unit = (
        "d" if word in "日天일" else "w" if word[0] in "週周주" else "y" if word in "年년" else "m"
    )
    exact = Relative(int(match["count"]), unit)
    return DateProblem("impossible", "+1y") if _years(exact) > _MOST_YEARS else exact


def _read_east_asian_after(match: re.Match[str], today: date) -> _Read:
    """Read `リリース後30日` as days from the release, `合并后30天` as days from the merge."""
    found = _read_east_asian_distance(match, today)
    if not isinstance(found, Relative):
        return found
    return Relative(found.amount, found.unit, "release" if match["release"] else "merge")


def _read_slashed(match: re.Match[str], _today: date) -> _Read:
    """Read a date of three numbers when it can be one day only; 02/03/2027 is two."""
    first, middle, last = int(match[1]), int(match[3]), int(match[4])
    if len(match[1]) == 4:
        days = [_day(first, middle, last)]
    else:
        year = last + 2000 if len(match[4]) <= 2 else last
        days = [_day(year, middle, first)]
        if match[2] not in (".", None) and first != middle:
            days.append(_day(year, first, middle))
    sound = sorted(day.isoformat() for day in days if isinstance(day, date))
    if len(sound) == 1 and max(len(match[1]), len(match[4])) == 4:
        return date.fromisoformat(sound[0])
    if sound:
        return DateProblem("ambiguous" if len(sound) > 1 else "unknown", " or ".join(sound))
    return days[0]


def _read_compact(match: re.Match[str], _today: date) -> _Read:
    day = _day(int(match[1]), int(match[2]), int(match[3]))
    if not isinstance(day, date):
        return day
    return DateProblem("unknown", day.isoformat(), match[0])


def _read_year(match: re.Match[str], _today: date) -> _Read:
    day = _placed(match, int(match["year"]), "y", 1)
    if match["end"] or match["start"] or not isinstance(day, date):
        return day
    return DateProblem("vague", day.isoformat())


def _read_vague(match: re.Match[str], today: date) -> _Read:
    """Give a day or a distance for words that name a time without saying when."""
    if match["anchor"]:
        return DateProblem("vague", f"30 days after {_ANCHOR_OF[match['anchor']]}")
    if match["weekday"]:
        ahead = (_WEEKDAYS.index(match["weekday"][:3]) - today.weekday() - 1) % 7 + 1
        return DateProblem("vague", _later(today, ahead).isoformat())
    if match["near"]:
        near = {"tomorrow": 1, "yesterday": 1}.get(match["near"], 0)
        return DateProblem("vague", _later(today, near).isoformat())
    if match["close"]:
        return DateProblem("vague", _end_of(today, match["close"]).isoformat())
    distance = {"week": "+7d", "month": "+1m", "quarter": "+3m", "year": "+1y", "sprint": "+14d"}
    return DateProblem("vague", distance.get(match["next"] or match["rhythm"] or "", "+30d"))


def _end_of(today: date, period: str) -> date:
    """Return the last day of the running week, month, quarter or year."""
    kind = period[0]
    if kind == "w":
        return _later(today, 6 - today.weekday())
    month = {"m": today.month, "q": (today.month + 2) // 3 * 3}.get(kind, 12)
    return _clipped(today.year, month, 31)


_READERS: tuple[tuple[str, Callable[[re.Match[str], date], _Read]], ...] = (
    ("iso", _read_iso),
    ("iso_month", _read_iso_month),
    ("named", _read_named),
    ("month_first", _read_named),
    ("year_first", _read_named),
    ("month_number", _read_iso_month),
    ("period", _read_period),
    ("month", _read_month),
    ("distance", _read_distance),
    ("east_asian", _read_east_asian),
    ("east_asian_quarter", _read_east_asian_quarter),
    ("east_asian_distance", _read_east_asian_distance),
    ("east_asian_after", _read_east_asian_after),
    ("slashed", _read_slashed),
    ("compact", _read_compact),
    ("whole_year", _read_year),
    ("unseen", _read_unseen),
    ("vague", _read_vague),
)
_READER_OF = dict(_READERS)
_DISTANCES = tuple((name, _READER_OF[name]) for name in ("distance", "unseen", "vague"))
