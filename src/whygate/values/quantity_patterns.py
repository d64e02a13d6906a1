"""Turn the ways a quantity is written into patterns; each is linear, with bounded repeats."""

from __future__ import annotations

import re
from functools import cache

_COMPARATORS = {
    ">=": ("≥", ">=", "=>", "at least", "no less than", "no fewer than", "not less than"),
    "<=": ("≤", "<=", "=<", "at most", "no more than", "not more than", "up to", "within"),
    ">": (">", "more than", "greater than", "higher than", "over", "above"),
    "<": ("<", "less than", "fewer than", "lower than", "under", "below"),
    "~": ("~", "≈", "about", "around", "approximately", "approx.", "approx", "roughly", "circa"),
    "=": ("==", "=", "exactly"),
    "between": ("between",),
}
COMPARATOR_OF = {word: sign for sign, words in _COMPARATORS.items() for word in words}
STATISTIC_OF = {"average": "mean", "avg": "mean", "maximum": "max", "minimum": "min"}
_NUMBER_WORDS = "zero one two three four five six seven eight nine ten eleven twelve"
NUMBER_WORDS = tuple(_NUMBER_WORDS.split(" "))
# A lower-case m is no scale: it may mean minutes or metres.
SCALES = {
    **dict.fromkeys(("k", "thousand"), 1000),
    **dict.fromkeys(("M", "mn", "mio", "million"), 1_000_000),
    **dict.fromkeys(("bn", "billion"), 1_000_000_000),
}
_STOP_WORDS = (
    "a about above after again all and any are as at be before below but by can compared could "
    "daily does down each every for from had has have hourly if in into instead is it may "
    "might monthly must not now of on only or our out over per quarterly shall should since so "
    "than that the their then these they this those through to today until till under up "
    "versus via was we weekly were when where which while who will with within without would "
    "yearly annually currently à less fewer lower smaller shorter more higher larger longer "
    "faster slower better worse quicker improvement jan feb mar apr jun jul aug sep sept oct "
    "nov dec january february march april june july august september october november december"
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

_SIGN = r"(?P<sign>[+-] ?(?=[\d.$€£¥₹A-Z]))?"
_MONEY = r"(?:(?P<money>US\$|[$€£¥₹]|(?:USD|EUR|GBP|JPY|CHF|INR)(?= ?\d)) ?)?"
_DIGITS = (
    r"(?P<digits>[0-9]{1,3}(?:,[0-9]{3}){1,4}(?:\.[0-9]{1,9})?"
    r"|[0-9]{1,3}(?:\.[0-9]{3}){1,4},[0-9]{1,9}"
    r"|[0-9]{1,3}(?:_[0-9]{3}){1,4}(?:\.[0-9]{1,9})?"
    r"|[0-9]{1,3}(?: [0-9]{3}){1,4}(?:[.,][0-9]{1,9})?"
    r"|[0-9]{1,15}(?:[.,][0-9]{1,9})?"
    r"|\b(?ai:" + "|".join(NUMBER_WORDS) + r")\b)(?!\d|[.,_]\d)"
)
_SCALE = (
    r"(?:(?P<scale>[kKM]|bn| ?(?ai:thousand|million|billion|mn|mio))(?!\w))?(?P<open>\+(?![\w+]))?"
)
_UNIT = (
    r"(?: {0,3}(?P<unit>%[- ]?points?|%|‰|[$€£¥₹]|p\.p\.?|-fold|(?ai:percentage[- ]points?"
    r"|basis[- ]points?|per[- ]cent)|[A-Za-z]{1,12})(?![A-Za-z0-9_]))?"
)
_AMOUNT = _SIGN + _MONEY + _DIGITS + _SCALE + _UNIT
_STATISTIC = (
    r"(?P<statistic>[pP][0-9]{1,2}(?:\.[0-9]{1,3})?|[pP]999"
    r"|(?ai:median|mean|average|avg|max(?:imum)?|min(?:imum)?))"
)
_WORD = r"[^\W\d_][\w'-]{0,40}"
_SPELLINGS = {
    "compound": r" {0,2}([0-9]{1,6}) ?([A-Za-z]{1,8})(?!\w)",
    "ratio": r" {0,2}(?:(?:out )?of (?:the )?|/ ?)([0-9]{1,9}(?:\.[0-9]{1,4})?)(?!\w|[.,]\d)",
    "noun": rf"(?: {{1,3}}|(?=[^\x00-\x7f]))[\"']?({_WORD})[\"']?",
    "slash": r" {0,2}/ {0,2}([^\W\d_][\w-]{0,30})",
    "window": r" {1,3}(?ai:a|an|each|every) ([A-Za-z]{1,8})(?!\w)",
    "adverb": r" {1,3}((?ai:hourly|daily|weekly|monthly|quarterly|yearly|annually))(?!\w)",
    "per": (
        r" {1,3}(?ai:per) (?:([0-9]{1,3}(?:,[0-9]{3}){1,3}|[0-9]{1,9}) )?([^\W\d_][\w-]{0,30})"
        r"(?: ([^\W\d_][\w-]{0,30}))?"
    ),
    "change": r" {1,3}(?ai:(less|fewer|lower|smaller|shorter)|more|higher|larger|longer)(?!\w)",
    "limit": r" (?ai:or (?:(more|higher|above|over|greater)|less|fewer|lower|below|under))(?!\w)",
    "statistic": rf" {{1,3}}\(?(?:(?:at|in|for|as) )?(?:the )?{_STATISTIC}(?!\w)\)?",
    "of": r" {1,3}of(?= )",
    "now": r" {1,3}(?ai:today|now|currently|at present|at the moment|so far)(?!\w)",
    "rejected": r"[A-Za-z0-9_]|[:/-]\d|\.\d|\.[a-z]|-[A-Za-z]",
    "label": r"(?<!\w)([^\W\d_]{1,20})[ -]{1,2}$",
}


def _opening() -> str:
    words = sorted(COMPARATOR_OF, key=len, reverse=True)
    signs = "|".join(re.escape(word) for word in words if not word[0].isalpha())
    names = "|".join(re.escape(word) for word in words if word[0].isalpha())
    return (
        rf"(?:{_STATISTIC}\.? {{1,3}}(?:of )?)?"
        rf"(?P<comparator>(?:{signs}|(?ai:{names})(?!\w)) {{0,3}})?"
    )


@cache
def pattern(name: str) -> re.Pattern[str]:
    """Return the compiled pattern of that name; compiled when first asked for.

    `head` opens a quantity (statistic, comparator, number, unit), `range` is its second half,
    the others are the pieces that may follow.
    """
    if name == "head":
        return re.compile(r"(?<![\w#.,/@&'-])(?<!\d:)" + _opening() + _AMOUNT)
    if name == "range":
        return re.compile(r" {0,3}(?P<link>-|to\b|and\b|\.\.\.?|…) {0,3}" + _AMOUNT)
    return re.compile(_SPELLINGS[name])
