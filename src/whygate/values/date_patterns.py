"""Turn the ways a date is written into patterns; each is linear, with bounded repeats."""

from __future__ import annotations

import re
from functools import cache

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
