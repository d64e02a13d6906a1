"""Turn the words of a quantity into its pieces: comparator, number, unit, noun, window."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from whygate.values.quantity_patterns import (
    COMPARATOR_OF,
    IRREGULAR_PLURALS,
    LABEL_WORDS,
    NUMBER_WORDS,
    SCALES,
    STATISTIC_OF,
    STOP_WORDS,
    pattern,
)
from whygate.values.units import (
    FACTOR,
    PERCENT,
    PLAIN,
    Dimension,
    Unit,
    find_unit,
    find_window,
)

if TYPE_CHECKING:
    import re
    from collections.abc import Callable

_ENDS_OF_GROUP = frozenset(
    ("a", "an", "each", "every", "per", "daily", "weekly", "monthly", "today", "now", "or", "by")
)
_FLIPPED = {">=": "<=", ">": "<", "<=": ">=", "<": ">"}


class Phrase(Struct, frozen=True):
    """The pieces of one written quantity; `start` and `end` are offsets in the text read.

    `low` and `high` are numbers of `unit`, never negative; `sign` is `+` or `-` as written.
    `in_words` marks a comparator that weighs the size of a change ("at least 30 % less").
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

    @property
    def is_bare(self) -> bool:
        """Tell whether there is a number and nothing that says of what."""
        return self.unit is PLAIN and not self.noun and not self.per

    @property
    def limit(self) -> str:
        """Return the comparator as it holds for the value: `at least 30 % less` is `<=`."""
        flips = self.sign == "-" and self.in_words
        return _FLIPPED.get(self.comparator, self.comparator) if flips else self.comparator


def read_phrase(text: str, *, prose: bool = False) -> Phrase | None:
    """Return the quantity at the start of folded `text`, as far as it reaches, or None."""
    head = pattern("head").match(text)
    return None if head is None else _read(text, head, prose=prose)


def next_phrase(text: str, start: int) -> tuple[int, Phrase | None] | None:
    """Return the next number of prose from `start` on: where to go on, and its quantity.

    In prose a noun ends at its first plural, and a sign stands right before its number. The
    quantity is None for a version, a time of day, a label and the like; the whole result is
    None when no number is left.
    """
    head = pattern("head").search(text, start)
    if head is None:
        return None
    phrase = _read(text, head, prose=True)
    return (phrase.end if phrase else head.end("digits"), phrase)


def _read(text: str, head: re.Match[str], *, prose: bool) -> Phrase | None:
    phrase = _open(head, prose=prose)
    if phrase is None or (prose and phrase.unit is PLAIN and _is_label(text, phrase)):
        return None
    phrase = _with_ratio(text, phrase) or _with_range(text, phrase, head) or phrase
    phrase = _with_compound(text, phrase)
    if phrase.comparator == "between" or pattern("rejected").match(text, phrase.end):
        return None
    return _follow_prose(text, phrase) if prose else _follow_value(text, phrase)


def _open(head: re.Match[str], *, prose: bool) -> Phrase | None:
    unit = PLAIN if prose and _is_repeat(head) else _unit(head)
    if unit is None:
        return None
    low = _number(head["digits"]) * _scale(head)
    sign = head["sign"] or ""
    if prose and sign.endswith(" "):
        start = head.start("money" if head["money"] else "digits")
        return Phrase(start, _end(head, unit), low, low, unit=unit)
    written = (head["comparator"] or "").strip().lower()
    statistic = (head["statistic"] or "").lower()
    return Phrase(
        head.start(),
        _end(head, unit),
        low,
        low,
        comparator=">=" if head["open"] else COMPARATOR_OF.get(written, ""),
        in_words=written[:1].isalpha(),
        sign=sign.strip(),
        statistic=STATISTIC_OF.get(statistic, statistic),
        unit=unit,
    )


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


def _scale(match: re.Match[str]) -> int:
    word = (match["scale"] or "").strip()
    return SCALES.get(word) or SCALES.get(word.lower(), 1)


def _number(digits: str) -> Decimal:
    """Read `1,200` as twelve hundred and `1,5` as one and a half."""
    if digits[0].isalpha():
        return Decimal(NUMBER_WORDS.index(digits.lower()))
    plain = digits.replace("_", "").replace(" ", "")
    whole, comma, rest = plain.rpartition(",")
    is_decimal_comma = "." in whole or ("," not in whole and "." not in rest and len(rest) != 3)
    if comma and is_decimal_comma:
        return Decimal(whole.replace(".", "") + "." + rest)
    return Decimal(plain.replace(",", ""))


def _with_ratio(text: str, phrase: Phrase) -> Phrase | None:
    """Read `4 of 5` and `4.5/5` as a share."""
    ratio = pattern("ratio").match(text, phrase.end) if phrase.unit is PLAIN else None
    whole = Decimal(ratio[1]) if ratio else Decimal(0)
    if ratio is None or whole < phrase.low or not whole:
        return None
    share = phrase.low * 100 / whole
    return replace(phrase, end=ratio.end(), low=share, high=share, unit=PERCENT)


def _with_range(text: str, phrase: Phrase, head: re.Match[str]) -> Phrase | None:
    """Read the second half of `40-45 %`; after "from" the word "to" opens no range."""
    second = pattern("range").match(text, phrase.end)
    if second is None or not _links(text, phrase, second):
        return None
    unit = _unit(second)
    if unit is None or (phrase.unit is not PLAIN and unit not in (PLAIN, phrase.unit)):
        return None
    is_shared = not head["scale"] and phrase.unit is PLAIN
    low = phrase.low * _scale(second) if is_shared else phrase.low
    high = _number(second["digits"]) * _scale(second)
    if low > high and phrase.sign == "-":
        low, high = high, low
    if low >= high:
        return None
    comparator = "" if phrase.comparator == "between" else phrase.comparator
    end = _end(second, unit)
    unit = phrase.unit if unit is PLAIN else unit
    return replace(phrase, end=end, low=low, high=high, unit=unit, comparator=comparator)


def _links(text: str, phrase: Phrase, second: re.Match[str]) -> bool:
    link, sign = second["link"], (second["sign"] or "").strip()
    if sign and (sign != phrase.sign or link == "-"):
        return False
    if link == "and" or phrase.comparator == "between":
        return link == "and" and phrase.comparator == "between"
    return link != "to" or not text[: phrase.start].rstrip(" ").lower().endswith("from")


def _with_compound(text: str, phrase: Phrase) -> Phrase:
    """Add the smaller part of `1 h 30 min`, in the smaller unit."""
    second = pattern("compound").match(text, phrase.end)
    if second is None or phrase.unit.dimension is not Dimension.TIME or phrase.low != phrase.high:
        return phrase
    unit = find_unit(second[2])
    if unit is None or unit.dimension is not Dimension.TIME or unit.scale >= phrase.unit.scale:
        return phrase
    total = phrase.low * phrase.unit.scale / unit.scale + Decimal(second[1])
    return replace(phrase, end=second.end(), low=total, high=total, unit=unit)


def _follow_prose(text: str, phrase: Phrase) -> Phrase | None:
    is_word = text[phrase.end - 1].isalpha() and phrase.unit is PLAIN
    phrase = _with_change(text, phrase) or phrase
    if phrase.unit is PLAIN and not _is_year(text, phrase):
        phrase = _with_plural(text, phrase) or phrase
    followed = _with_window(text, phrase) or phrase
    says_little = is_word and phrase.low and not followed.per
    return None if says_little else followed


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
    if match is None or phrase.sign or phrase.unit is FACTOR:
        return None
    return replace(phrase, end=match.end(), sign="-" if match[1] else "+", in_words=True)


def _with_limit(text: str, phrase: Phrase) -> Phrase | None:
    match = pattern("limit").match(text, phrase.end)
    if match is None or phrase.comparator:
        return None
    return replace(phrase, end=match.end(), comparator=">=" if match[1] else "<=")


def _with_statistic(text: str, phrase: Phrase) -> Phrase | None:
    match = pattern("statistic").match(text, phrase.end)
    if match is None or phrase.statistic:
        return None
    name = match["statistic"].lower()
    return replace(phrase, end=match.end(), statistic=STATISTIC_OF.get(name, name))


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
    if phrase.noun or phrase.unit is FACTOR:
        return None
    end = phrase.end
    for _ in range(3):
        word = pattern("noun").match(text, end)
        if word is None or not _is_noun(word[1]):
            break
        end = word.end()
    return replace(phrase, end=end, noun=_noun(text, phrase.end, end)) if end > phrase.end else None
