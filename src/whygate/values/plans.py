"""What a plan says: its values from their words, and its parts from a sentence."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from whygate.values.ascii import fold
from whygate.values.comparison import derive_direction, resolve_target
from whygate.values.dates import DateProblem, DateValue, find_dates, parse_date
from whygate.values.owners import Owner, parse_owner
from whygate.values.quantities import Quantity, find_quantities, parse_quantity

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import date


_LONGEST = 8_000
_MOST_SENTENCES = 12
_WIDEST_PAIR = 40
_TRIM = " \t\r\n.,;:!?-([\"'`*"
_WORDED = ("metric", "audience", "outcome")
# The parts of a plan that have a value of their own, by the last step of their field names.
PLAN_PARTS = ("metric", "baseline", "target", "evaluate_by", "direction", "owner", "method")
_DIRECTIONS = ("up", "down", "hold")
_PARTS = ("metric", "baseline", "target", "direction", "evaluate_by")
_STAY = r"stays?|stayed|remains?|remained|keeps?|kept|holds?|held|continues?"
_DOWN = (
    r"falls?|drops?|decreases?|declines?|shrinks?|sinks?|reduces?|reduced|cuts?|lowers?|lowered"
    r"|(?:go|goes|is|are|come|comes) down"
)
_UP = r"rises?|grows?|increases?|increased|climbs?|gains?|raises?|raised|(?:go|goes|is|are) up"
_REACH = (
    r"go(?:es)?|reach(?:es)?|hits?|gets?|becomes?|moves?|improves?|changes?|exceeds?|passes"
    r"|is|are|be|was|were|has been|averages?|equals?|halves?|doubles?|exceed"
)
_MODAL = (
    r"(?:should|will|must|may|can|shall|would|needs? to|ha[sv]e? to|does|do|(?:expected )?to"
    r"|not|never)"
)
_SMALL = (
    r"(?:from|to|at|by|of|in|for|is|are|be|was|were|and|or|the|an?|up|down|back|under|over|below"
    r"|von|de|desde|da|van|above|than|within|about|no|only|today|now|currently|baseline|target|goal|[a-z]{2,16}ly"
    r"|->|→|=>|=|:|-|\()"
)
_Spans = dict[str, tuple[int, int, str]]
_SPELLINGS = {
    "sentence": r"[.!?]{1,3}(?=\s{1,5}[\"'(]?[A-Z])|\n[ \t]{0,3}\n|\n(?=[ \t]{0,3}[-*+] )",
    "verb": rf"(?<![\w-])(?:{_MODAL} ){{0,3}}(?:(?P<stay>{_STAY})|(?P<down>{_DOWN})"
    rf"|(?P<up>{_UP})|{_REACH})(?![\w-])",
    "small": rf"(?:^|(?<=[ (])){_SMALL}[ (]{{0,3}}$",
    "opening": r"[ (]*(?:and |then |that )?(?:(?:we|i|our team) (?:expect|hope|want|aim for|need"
    r"|measure|count|track|watch|will see|look at)(?: that| to see| to)?|success means(?: that)?"
    r"|today|now|currently|metric:|measure|count|track) ",
    "now_after": r" {0,3}[(]?(?:today|now|currently|at present|at the moment|so far|before)(?!\w)",
    "arrow_after": r" {0,3}(?:->|→|=>)",
    "now_before": r"(?<!\w)(?:(?:today|now|currently)(?: it)?(?: is| at| we have)?|current"
    r"|baseline(?: is| of)?|was|were"
    r"|instead of|vs\.?|versus|compared (?:to|with)|before|from)[ :(]{0,3}$",
    "to_before": r"(?:(?<!\w)(?:to|(?:is|are|be|gets?|stays?|remains?|kept|held|holds?) at"
    r"|reach(?:es)?|hits?|target(?: is| of)?|goal(?: is| of)?"
    r"|should be|will be|must be|becomes?|we want|stays?|remains?)|->|→|=>)[ :(]{0,3}$",
    "cap_before": r"(?<!\w)(?:not|never) (?:exceeds?|pass(?:es)?|be more than"
    r"|go (?:over|above)) {1,3}$",
    "pair_from": r"(?<!\w)(?:von|de|desde|da|van)[ ]{1,3}$",
    "pair_to": r"(?<!\w)(?:auf|a|à|para|hasta|naar)[ ]{1,3}$",
    "over_before": r"(?<!\w)(?:exceeds?|passes) {1,3}$",
    "by_before": r"(?<!\w)by[ ]{1,3}$",
    "past_date": r"(?<!\w)(?:since|from|as of|measured (?:in|on)|counted (?:in|on))[ (]{1,3}$",
    "of": r" {0,3}of (?:the |all )?",
    "tests": r"(?<!\w)(?:unit|integration|regression|e2e|end-to-end|smoke|snapshot|manual(?:ly)?"
    r"|all|new)? ?(?:tests?|tested|test suites?|test cases?|ci|specs?|test coverage|linters?"
    r"|qa|type checks?|green builds?)(?!\w)",
    "exempt": r"\W{0,5}(?:internal(?: refactor(?:ing)?)?\b.{0,20}:|not measurable|covered by"
    r"|deferred until|trivial\b|exempt\b|n/?a\b|no user-facing)",
    "believe": r"(?<!\w)(?:we|i) believe(?: that)?(?!\w)[:,]?",
    "result": r"(?<!\w)(?:(?:will|would|should) )?(?:results? in|leads? to)(?!\w)",
    "know": r"(?<!\w)(?:and )?we(?:'ll|'d| will| shall)(?: then)? know"
    r"(?: (?:this|that|it|we|so)(?: (?:is|was|are|were|works?|worked|succeeded|true|right))"
    r"{0,3})? (?:when|if|once|because)(?!\w)",
    "for": r"(?<!\w)for (?=\S)",
    "new": r"(?:brand )?new(?: (?:feature|metric|page|signal|event))?(?:$|[ ]?[;,:.(-].*)",
    "unknown": r"(?:unknown|not (?:yet )?(?:known|measured)|unmeasured)(?: yet)?(?![\w'])",
    "until": r" {0,3}[,:]? {0,3}(?:until|till|before|by) ",
    "answer": r"answer ?(?:[:=] ?| )(.{1,80})|(yes|no)(?:$|[;,(].*)",
}
_LONGEST_VALUE = 400
_OUTER = " \t\r\n'\"`*_.,;:-"


class UnknownUntil(Struct, frozen=True):
    """A baseline that nobody knows yet: found by `day` (None: no readable day), and `how`."""

    day: date | None
    how: str


class New(Struct, frozen=True):
    """A baseline that cannot exist: what is measured is new."""

    text: str = "new"


class Answer(Struct, frozen=True):
    """The answer that an observation is expected to give, in lower case."""

    expected: str


Baseline = Quantity | UnknownUntil | New
Target = Quantity | Answer


class Plan(Struct, frozen=True):
    """One measurement with its values read.

    A value is None when it is absent or cannot be read; `resolved` is the target with a
    relative one ("-30%") computed from the baseline; `due` a date or what is wrong with it.
    `direction` is "", up, down or hold.
    """

    metric: str = ""
    baseline: Baseline | None = None
    target: Target | None = None
    resolved: Quantity | None = None
    due: DateValue | DateProblem | None = None
    direction: str = ""
    owner: Owner | None = None
    method: str = "metric"

    @property
    def is_observation(self) -> bool:
        """Tell whether people, not numbers, give the answer."""
        return self.method in ("observation", "survey") or isinstance(self.target, Answer)

    @property
    def due_day(self) -> date | None:
        """Return the day of a due date that could be read."""
        return self.due.day if isinstance(self.due, DateValue) else None


def read_plan(texts: Mapping[str, str], today: date) -> Plan:
    """Return the plan of texts by the names of `PLAN_PARTS`; relative dates count from `today`."""
    return _read_plan(*(texts.get(part, "") for part in PLAN_PARTS), today=today)


@lru_cache(maxsize=512)  # a plan is read for the verdict, and again for what comes of it
def _read_plan(  # noqa: PLR0913, PLR0917 - one text for each of PLAN_PARTS, in that order
    metric: str,
    baseline: str,
    target: str,
    evaluate_by: str,
    direction: str,
    owner: str,
    method: str,
    *,
    today: date,
) -> Plan:
    start = parse_baseline(baseline, today) if baseline else None
    goal = parse_target(target) if target else None
    number = start if isinstance(start, Quantity) else None
    resolved = resolve_target(goal, number) if isinstance(goal, Quantity) else None
    way = direction.casefold()
    if way not in _DIRECTIONS:
        way = ""  # the schema says what is wrong with it
    if not way and isinstance(goal, Quantity) and resolved is not None:
        way = derive_direction(number, goal) or ""
    return Plan(
        metric=metric,
        baseline=start,
        target=goal,
        resolved=resolved,
        due=parse_date(evaluate_by, today) if evaluate_by else None,
        direction=way,
        owner=parse_owner(owner) if owner else None,
        method=method.casefold() or "metric",
    )


class Found(Struct, frozen=True):
    """A part of a plan found in prose: `text` and its place, `start` to `end`, in characters.

    `text` is the slice itself, but for what only a verb tells: `hold` as the `direction` of
    "stays at 0", and the sign in front of a target: `-30 %` for "falls by 30 %", `<= 300 ms`
    for "does not exceed 300 ms".
    """

    part: str
    text: str
    start: int
    end: int


class _Number(Struct, frozen=True):
    start: int
    end: int
    quantity: Quantity
    role: str
    sign: str = ""


@cache
def _pattern(name: str) -> re.Pattern[str]:
    flags = re.NOFLAG if name == "sentence" else re.IGNORECASE
    return re.compile(_SPELLINGS[name], flags)


def read_prose(text: str, today: date | None = None) -> tuple[Found, ...]:
    """Return the parts `metric baseline target direction evaluate_by` that prose names.

    Empty unless a sentence has a quantity together with a word that makes it a line to cross
    ("to", "below", "falls by", "stays at") or with a date. A sentence about tests or CI needs
    the date, or a number to come from, and an exemption ("Not measurable because ...") is no
    measurement. `today` is not needed to find a date; it is taken because dates are read with
    one elsewhere.
    """
    folded = fold(text[:_LONGEST])
    if _pattern("exempt").match(folded):
        return ()
    readings = [_read(folded, start, end, today) for start, end in _sentences(text[:_LONGEST])]
    chosen = next((reading for reading in readings if "target" in reading), None)
    chosen = chosen or next((r for r in readings if "metric" in r and "evaluate_by" in r), None)
    if chosen is None:
        return ()
    for reading in readings:
        chosen = (reading if "target" not in reading else _only_due(reading)) | chosen
    found = (_found(text, part, *chosen[part]) for part in _PARTS if part in chosen)
    return tuple(sorted(found, key=lambda part: part.start))


def split_hypothesis(text: str) -> tuple[Found, ...]:
    """Return the parts of "We believe ... for ... will result in ...; we will know when ...".

    The parts are `audience`, `outcome` and `measurement.metric`, `.target`, `.baseline`,
    `.direction`, `.evaluate_by` as far as they are there. Case and line breaks do not matter;
    the first "for" begins the audience. Empty when one of the three turns is missing.
    """
    folded = fold(text[:_LONGEST])
    believe = _pattern("believe").search(folded)
    result = _pattern("result").search(folded, believe.end()) if believe else None
    know = _pattern("know").search(folded, result.end()) if result else None
    if believe is None or result is None or know is None:
        return ()
    spans = {"outcome": (result.end(), know.start(), "")}
    audience = _pattern("for").search(folded, believe.end(), result.start())
    if audience is not None:
        spans["audience"] = (audience.end(), result.start(), "")
    end = _end_of_sentence(text, know.end(), len(folded))
    measured = _read(folded, know.end(), end, None) or {"metric": (know.end(), end, "")}
    spans |= {f"measurement.{part}": span for part, span in measured.items()}
    found = (_found(text, part, *span) for part, span in spans.items())
    return tuple(sorted((part for part in found if part.text), key=lambda part: part.start))


def _sentences(text: str) -> Iterator[tuple[int, int]]:
    start = 0
    for number, match in enumerate(_pattern("sentence").finditer(text)):
        if number == _MOST_SENTENCES:
            return
        yield start, match.start()
        start = match.end()
    yield start, len(text)


def _end_of_sentence(text: str, start: int, end: int) -> int:
    match = _pattern("sentence").search(text, start, end)
    return match.start() if match else end


def _found(text: str, part: str, start: int, end: int, told: str) -> Found:
    if part.rpartition(".")[2] in _WORDED:
        start, end = _trimmed(text, start, end)
    return Found(part, told or text[start:end], start, end)


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    while start < end and text[start] in _TRIM:
        start += 1
    while start < end and text[end - 1] in _TRIM:
        end -= 1
    return start, end


def _read(text: str, start: int, end: int, today: date | None) -> _Spans:
    """Return the spans of the parts in one sentence of folded text."""
    sentence = text[start:end]
    numbers = list(_numbers(sentence))
    due = _due(sentence, today)
    roles = {number.role for number in numbers}
    is_open = due is None and not {"baseline", "target"} <= roles
    if not numbers or (is_open and _pattern("tests").search(sentence)):
        return _moved({"evaluate_by": due} if due and not numbers else {}, start)
    spans: _Spans = {}
    baseline = next((n for n in numbers if n.role == "baseline"), None)
    lines = (n for n in numbers if n.role == "target" and not (baseline and _is_window(n)))
    target = next(lines, None) or _opening(sentence, numbers)
    if target is not None:
        told = f"{target.sign}{sentence[target.start : target.end]}" if target.sign else ""
        spans["target"] = (target.start, target.end, told)
        spans |= _direction(sentence, target)
    if baseline is not None:
        spans["baseline"] = (baseline.start, baseline.end, "")
    if due is not None:
        spans["evaluate_by"] = due
    first, last = _metric(sentence, numbers, due)
    if spans and sentence[first:last].strip(_TRIM):
        spans["metric"] = (first, last, "")
    return _moved(spans, start)


def _only_due(reading: _Spans) -> _Spans:
    """Return the date of a sentence that draws a line of its own: there is one day for both."""
    return {"evaluate_by": reading["evaluate_by"]} if "evaluate_by" in reading else {}


def _moved(spans: _Spans, offset: int) -> _Spans:
    return {part: (a + offset, b + offset, told) for part, (a, b, told) in spans.items()}


def _due(sentence: str, today: date | None) -> tuple[int, int, str] | None:
    """Return the last date that does not say when something was counted."""
    spans = [(start, end) for start, end, _ in find_dates(sentence, today)]
    ahead = [s for s in spans if not _ends_with("past_date", sentence, s[0])]
    return (*ahead[-1], "") if ahead else None


def _is_window(number: _Number) -> bool:
    """Tell whether "within ten minutes" says how soon something counts, beside a number."""
    return number.quantity.text.lower().startswith("within ")


def _ends_with(name: str, sentence: str, position: int) -> bool:
    return _pattern(name).search(sentence, max(0, position - 40), position) is not None


def _numbers(sentence: str) -> Iterator[_Number]:
    found = find_quantities(sentence, bare=True)
    for at, (start, end, quantity) in enumerate(found):
        role, sign = _role(sentence, start, end, quantity)
        if role in ("", "plain"):
            after = found[at + 1][0] if at + 1 < len(found) else 0
            before = found[at - 1][0] if at else 0
            if after and _is_pair(sentence, start, after):
                role = "baseline"
            elif before and _is_pair(sentence, before, start):
                role = "target"
        if role:
            yield _Number(start, end, quantity, role, sign)


def _is_pair(sentence: str, first: int, second: int) -> bool:
    """Tell whether two numbers stand as in `von 40 auf 10`, `de 31 à 5`, `de 20 % a 4 %`.

    Alone, each of the words means too many things in English; around two numbers they do not.
    """
    near = second - first <= _WIDEST_PAIR
    return (
        near
        and _ends_with("pair_from", sentence, first)
        and _ends_with("pair_to", sentence, second)
    )


def _role(sentence: str, start: int, end: int, quantity: Quantity) -> tuple[str, str]:
    if any(_pattern(name).match(sentence, end) for name in ("now_after", "arrow_after")):
        return "baseline", ""
    if _ends_with("now_before", sentence, start):
        return "baseline", ""
    is_bare = not (quantity.unit or quantity.noun or quantity.per)
    if quantity.comparator not in ("", "~") or (quantity.relative and not is_bare):
        return "target", ""
    if _ends_with("to_before", sentence, start):
        return "target", ""
    if _ends_with("cap_before", sentence, start):
        return "target", "<= "
    if _ends_with("over_before", sentence, start):
        return "target", "> "
    if _ends_with("by_before", sentence, start):
        verb = _last_verb(sentence, max(0, start - 80), start)
        sign = "" if verb is None else "-" if verb["down"] else "+" if verb["up"] else ""
        return ("target" if sign else ""), sign
    return ("" if is_bare else "plain"), ""


def _last_verb(sentence: str, start: int, end: int) -> re.Match[str] | None:
    verbs = list(_pattern("verb").finditer(sentence, start, end))
    return verbs[-1] if verbs else None


def _opening(sentence: str, numbers: list[_Number]) -> _Number | None:
    """Return the number that opens the sentence: "45 % of shoppers finish by ..."."""
    first = numbers[0]
    start = _start_of_claim(sentence, first.start)
    is_first = not sentence[start : first.start].strip(_TRIM)
    return first if first.role == "plain" and is_first else None


def _start_of_claim(sentence: str, limit: int) -> int:
    opening = _pattern("opening").match(sentence, 0, limit)
    return opening.end() if opening else 0


def _direction(sentence: str, target: _Number) -> _Spans:
    verb = _last_verb(sentence, max(0, target.start - 60), target.start)
    if verb is None or not verb["stay"] or _without_small(sentence, verb.end(), target.start):
        return {}
    return {"direction": (*verb.span("stay"), "hold")}


def _without_small(sentence: str, start: int, end: int) -> int:
    """Return the end of the words between `start` and `end` before the small ones; 0 for none."""
    while small := _pattern("small").search(sentence, max(start, end - 40), end):
        end = small.start()
    start, end = _trimmed(sentence, start, end)
    return end if end > start else 0


def _metric(
    sentence: str, numbers: list[_Number], due: tuple[int, int, str] | None
) -> tuple[int, int]:
    """Return the span of what is counted: before the verb, after it, or after the number."""
    first = min(numbers[0].start, due[0] if due else numbers[0].start)
    start = _start_of_claim(sentence, first)
    verb = _last_verb(sentence, start, first)
    if verb is not None and not _without_small(sentence, verb.end(), first):
        first = verb.start()
    elif verb is not None and _is_nobody(sentence[start : verb.start()]):
        start = verb.end()
    end = _without_small(sentence, start, first)
    return (start, end) if end else _counted(sentence, numbers, due)


def _is_nobody(subject: str) -> bool:
    return subject.strip(_TRIM).lower() in ("", "we", "i", "it", "this", "that", "this change")


def _counted(
    sentence: str, numbers: list[_Number], due: tuple[int, int, str] | None
) -> tuple[int, int]:
    """Return what stands after an opening number: "of shoppers finish checkout"."""
    number = numbers[0]
    start = number.end
    if number.quantity.noun:
        start = max(sentence.find(number.quantity.noun, number.start), number.start)
    stops = [other.start for other in numbers[1:]] + ([due[0]] if due else [])
    stops += [at for sign in ",;(" if (at := sentence.find(sign, number.end)) >= 0]
    limit = min([stop for stop in stops if stop >= start], default=len(sentence))
    of = _pattern("of").match(sentence, start, limit)
    start = of.end() if of else start
    return start, max(start, _without_small(sentence, start, limit))


def parse_baseline(text: str, today: date) -> Quantity | UnknownUntil | New | None:
    """Return what a baseline says, or None when it holds nothing to compare with.

    Read: a quantity (a sign is its own, not a change: `-12` is twelve below zero), also with
    words about where or when it was taken; `unknown until <date>; <how>`; `new`. A relative
    date counts from `today`.
    """
    written = text[:_LONGEST_VALUE].strip(_OUTER) if len(text) <= _LONGEST_VALUE else ""
    lower = fold(written).lower()
    if _pattern("new").match(lower):
        return New(written)
    if len(lower) == len(written) and (unknown := _pattern("unknown").match(lower)):
        return _unknown(written[unknown.end() :], today)
    quantity = parse_quantity(text) or _leading(text)
    return replace(quantity, relative="") if quantity is not None else None


def parse_target(text: str) -> Quantity | Answer | None:
    """Return what a target says, or None when it draws no line.

    Read: a quantity, absolute or relative; `answer: yes` (also `yes` and `no` alone); and a
    phrase that names the line, such as `from 38 % to 45 %` or `45 % by 2027-02-15`.
    """
    if len(text) > _LONGEST_VALUE:
        return None
    quantity = parse_quantity(text)
    if quantity is not None:
        return quantity
    answer = _pattern("answer").fullmatch(fold(text).lower().strip(_OUTER))
    if answer is not None:
        return Answer((answer[1] or answer[2]).strip(_OUTER))
    target = next((found.text for found in read_prose(text) if found.part == "target"), "")
    return parse_quantity(target)


def _unknown(rest: str, today: date) -> UnknownUntil:
    until = _pattern("until").match(fold(rest).lower())
    if until is None:
        return UnknownUntil(None, rest.strip(_OUTER))
    rest = rest[until.end() :]
    when, mark, how = rest.partition(";")
    if not mark and (dates := find_dates(rest)) and dates[0][0] == 0:
        when, how = rest[: dates[0][1]], rest[dates[0][1] :]
    value = parse_date(when, today)
    return UnknownUntil(value.day if isinstance(value, DateValue) else None, how.strip(_OUTER))


def _leading(text: str) -> Quantity | None:
    """Read `38 % in May 2026`: one quantity, then words without another."""
    found = find_quantities(text) if len(text) <= _LONGEST_VALUE else ()
    return found[0][2] if len(found) == 1 and not text[: found[0][0]].strip(_OUTER) else None
