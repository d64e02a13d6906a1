"""What a plan says: its values from their words, and its parts from a sentence."""

from __future__ import annotations

import re
from bisect import bisect
from datetime import date
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from whygate.text.patterns import compile_pattern
from whygate.values.ascii import fold
from whygate.values.comparison import derive_direction, resolve_target
from whygate.values.dates import (
    LEAD,
    DateProblem,
    DateValue,
    find_date_problem,
    find_dates,
    parse_date,
)
from whygate.values.east_asian import is_east_asian, read_sentence
from whygate.values.owners import Owner, parse_owner
from whygate.values.quantities import (
    NOTHING,
    Dimension,
    Quantity,
    find_quantities,
    parse_quantity,
    read_both_ways,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

_LONGEST = 4_000
_LONGEST_VALUE = 400
_MOST_SENTENCES = 12
_MOST_NUMBERS = 60  # of one sentence; what has more is a list, and no plan
_WIDEST_PAIR = 40
_WIDEST_LINK = 12
_TRIM = " \t\r\n.,;:!?-([\"'`*"
_OUTER = " \t\r\n'\"`*_.,;:-"
_WORDED = ("metric", "audience", "outcome")
# The parts of a plan that have a value of their own, by the last step of their field names.
PLAN_PARTS = ("metric", "baseline", "target", "evaluate_by", "direction", "owner", "method")
_MORE = "more"
_ZERO = "zero"
_DIRECTIONS = ("up", "down", "hold")
_PARTS = ("metric", "baseline", "target", "direction", "evaluate_by")

# --- The values


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


class Unclear(Struct, frozen=True):
    """A number that two readers read differently: `1.200` is twelve hundred, or one and a fifth.

    `readings` are the two ways to write it so that only one is left.
    """

    text: str
    readings: tuple[str, str]


Baseline = Quantity | UnknownUntil | New | Unclear
Target = Quantity | Answer | Unclear


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
    return _read_plan(tuple(texts.get(part, "") for part in PLAN_PARTS), today)


@lru_cache(maxsize=512)  # a plan is read for the verdict, for the report, and when it comes due
def _read_plan(texts: tuple[str, ...], today: date) -> Plan:
    metric, baseline, target, evaluate_by, direction, owner, method = texts
    start = parse_baseline(baseline, today) if baseline else None
    goal = parse_target(target) if target else None
    if isinstance(start, Unclear) or isinstance(goal, Unclear):
        point = _fraction_sign(metric, baseline, target)
        start = parse_baseline(baseline, today, point=point) if baseline else None
        goal = parse_target(target, point=point) if target else None
    number = start if isinstance(start, Quantity) else None
    if isinstance(goal, Quantity):
        goal = _share_or_factor(goal, number)
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


def _fraction_sign(*texts: str) -> str:
    """Return the sign before the fraction in the clear numbers of a plan; empty if none tells."""
    signs = {
        sign
        for sign, name in ((".", "point"), (",", "comma"))
        for text in texts
        if _pattern(name).search(fold(text[:_LONGEST_VALUE]))
    }
    return signs.pop() if len(signs) == 1 else ""


def _share_or_factor(goal: Quantity, start: Quantity | None) -> Target:
    """Return a target; from 38 % to "half" it may mean 50 %, or 19 %."""
    is_share = start is not None and start.dimension is Dimension.SHARE
    if not is_share or goal.relative != "factor" or not goal.text[-1:].isalpha():
        return goal
    if goal.low >= 1 or _pattern("verb_factor").match(fold(goal.text).lower()):
        return goal
    share = (goal.low * 100).quantize(1)
    return Unclear(goal.text, (f"{share} %", f"{goal.low.quantize(goal.low.__class__('0.01'))}x"))


def parse_baseline(text: str, today: date, *, point: str = "") -> Baseline | None:
    """Return what a baseline says, or None when it holds nothing to compare with.

    Read: a quantity (a sign is its own, not a change: `-12` is twelve below zero), also with
    words about where or when it was taken; `unknown until <date>; <how>`; `new`. A relative
    date counts from `today`. `point` is the sign that begins a fraction, where it is known.
    """
    written = text[:_LONGEST_VALUE].strip(_OUTER) if len(text) <= _LONGEST_VALUE else ""
    lowered = fold(written).lower()
    if _pattern("new").match(lowered):
        return New(written)
    if len(lowered) == len(written) and (unknown := _pattern("unknown").match(lowered)):
        return _unknown(written[unknown.end() :], today)
    quantity = parse_quantity(text, point=point) or _leading(text, point)
    if quantity is not None:
        return replace(quantity, relative="")
    if not point and (unclear := _unclear(text)):
        return unclear
    return _from_sentence(text, "baseline", point)


def parse_target(text: str, *, point: str = "") -> Target | None:
    """Return what a target says, or None when it draws no line.

    Read: a quantity, absolute or relative; `answer: yes` (also `yes` and `no` alone); and a
    phrase that names the line, such as `from 38 % to 45 %` or `45 % by 2027-02-15`. The `max` of
    `max. 300 ms` is a limit here. `point` is the sign that begins a fraction, where it is known.
    """
    if len(text) > _LONGEST_VALUE:
        return None
    quantity = parse_quantity(text, point=point)
    if quantity is not None:
        return _limit(quantity)
    answer = _pattern("answer").fullmatch(fold(text).lower().strip(_OUTER))
    if answer is not None:
        return Answer((answer[1] or answer[2]).strip(_OUTER))
    if not point and (unclear := _unclear(text)):
        return unclear
    quantity = _leading(text, point)
    return _limit(quantity) if quantity is not None else _from_sentence(text, "target", point)


def _from_sentence(text: str, part: str, point: str) -> Quantity | Unclear | None:
    """Return the value that a phrase gives to a part, such as the target of `from 38 % to 45 %`."""
    if len(text) > _LONGEST_VALUE:
        return None
    found = _as_found(text, _in_value(part, fold(text)))
    piece = next((found.text for found in found if found.part == part), "")
    if not piece or piece == text:
        return None
    quantity = parse_quantity(piece, point=point)
    if quantity is not None:
        return _limit(quantity) if part == "target" else quantity
    return _unclear(piece)


def _limit(quantity: Quantity) -> Quantity:
    """Return a target whose `max` or `min` is the limit it sets, and no statistic."""
    sign = {"max": "<=", "min": ">="}.get(quantity.statistic, "")
    if not sign or quantity.comparator not in ("", "~"):
        return quantity
    return replace(quantity, comparator=sign, statistic="")


def _unclear(text: str) -> Unclear | None:
    both = read_both_ways(text)
    if both is None:
        return None
    written = fold(text.strip(_OUTER))
    number = _pattern("grouped").search(written)
    if number is None:
        return None
    whole = number[1] + number[2]
    fraction = f"{number[1]}.{number[2].rstrip('0') or '0'}"
    readings = (written.replace(number[0], whole), written.replace(number[0], fraction))
    return Unclear(text, readings)


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


def _leading(text: str, point: str) -> Quantity | None:
    """Read `38 % in May 2026`: one quantity, then words without another and without a doubt."""
    folded = fold(text[:_LONGEST_VALUE])
    if (
        len(text) > _LONGEST_VALUE
        or _pattern("doubt").search(folded)
        or _pattern("denied").search(folded)
    ):
        return None
    found = find_quantities(text)
    if len(found) != 1 or text[: found[0][0]].strip(_OUTER):
        return None
    if not _pattern("goes_on").match(folded, found[0][1]):
        return None
    if _pattern("led_date").search(folded, found[0][1]):
        return None
    quantity = parse_quantity(found[0][2].text, point=point)
    return quantity and replace(quantity, text=text.strip(_OUTER))


# --- The parts of a sentence


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


_Spans = dict[str, tuple[int, int, str]]

_STAY = r"stays?|stayed|remains?|remained|keeps?|kept|holds?|held|continues?|bleib(?:t|en)"
_DOWN = (
    r"falls?|drops?|decreases?|declines?|shrinks?|sinks?|reduces?|reduced|cuts?|lowers?"
    r"|lowered|shortens?|brings? down|(?:go|goes|is|are|come|comes) down|sinken|sinkt|fallen|fällt"
    r"|verringer[nt]|diminuent|diminue|baissent|baisse|tombent|tombe|réduire|bajan?|caen|cae"
    r"|disminuye"
    r"|disminuyen|reducir|reducen?|caem|cai|diminuem|diminui|reduzir|reduz"
)
_UP = (
    r"rises?|grows?|increases?|increased|climbs?|gains?|raises?|raised"
    r"|(?:go|goes|is|are) up|steigen|steigt|wachsen|wächst|augmentent|augmente|montent|monte"
    r"|suben?|aumentan?|aumentam|sobem|sobe|crecen?|crescem|cresce"
)
_REACH = (
    r"go(?:es)?|reach(?:es)?|hits?|gets?|becomes?|moves?|improves?|changes?|exceeds?|passes"
    r"|is|are|be|was|were|has been|averages?|equals?|exceed|takes?"
    r"|passent|passe|passer|pasan?|passam|passa|erreich(?:t|en)|dauert|gehen|geht"
)
_FACTOR = (
    r"halve[sd]?|halving|doubled?|doubles|doubling|tripled?|triples|tripling|quadruple[sd]?"
    r"|halbier(?:en|t)|verdoppel[nt]|verdreifachen|doubler|tripler|duplicar|dobrar|triplicar"
)
_MODAL = (
    r"(?:should|will|must|may|can|shall|would|needs? to|ha[sv]e? to|does|do|(?:expected )?to"
    r"|not|never|sollen|soll|sollte|werden|wird|muss|doit|doivent|devrait|deben?|devem?|deverá)"
)
_SMALL = (
    r"(?:from|to|at|by|of|in|for|is|are|be|was|were|and|or|the|an?|up|down|back|under|over|below"
    r"|von|zum|bis|auf|am|de|desde|da|van|le|d'ici|hasta|el|até|para|above|than|within|about|no"
    r"|only"
    r"|on|after|should|will|must|shall"
    r"|today|now|currently|baseline|target|goal|max|median|mean|soll|sollen"
    r"|wird|werden|muss|doit|doivent"
    r"|debe|deben|deve|devem|[a-z]{2,16}ly|->|→|=>|=|:|-|\()"
)
_SPELLINGS = {
    "sentence": r"[.!?]{1,3}(?=\s{1,5}[\"'(]?[A-ZÀ-Þ])(?<!\d\.)|。|(?<=:)[ \t]{0,3}\n"
    r"|\n[ \t]{0,3}\n|\n(?=[ \t]{0,3}[-*+] )",
    "verb": rf"(?<![\w-])(?:{_MODAL} ){{0,3}}(?:(?P<stay>{_STAY})|(?P<down>{_DOWN})"
    rf"|(?P<up>{_UP})|(?P<factor>{_FACTOR})|{_REACH})(?![\w-])",
    "foreign": r"(?<!\w)(?:sink\w*|fall(?:en)?|fällt|verringer\w*|steig\w*|wachs\w*|wächst"
    r"|diminu\w*"
    r"|baiss\w*|tomb\w*|rédui\w*|augment\w*|pass(?:e|ent|er|am|a)|baja\w*|cae\w*|disminu\w*"
    r"|reduc\w*"
    r"|sub(?:e|en|ir)|aument\w*|pasa\w*|cai\w*|reduz\w*|sob(?:e|em)|cresc\w*|crec\w*)(?!\w)",
    "small": rf"(?:^|(?<=[ (])){_SMALL}[ (]{{0,3}}$",
    "opening": r"[ (]*(?:and |then |that )?(?:(?:we|i|our team) (?:will )?(?:expect"
    r"|hope|want|aim for|need|measure|count|track|watch|check|look at|had|have|see|saw|get"
    r"|got|counted)(?: that| to see| to)?|there (?:were|are)"
    r"|success means(?: that)?|(?:success|goal|target|aim|ziel|erfolg|objectif|objetivo|meta):"
    r"|today|now|currently|metric:|kpi:|measure|count|track) ",
    "now_after": r" {0,3}[(]?(?:today|right now|now|currently|at present|at the moment|so far"
    r"|before(?! \w{1,12} ?\d)|heute|derzeit|aktuell|jetzt|bisher|aujourd'hui|actuellement"
    r"|actualmente|hoy|ahora|hoje|atualmente|last (?:week|month|quarter|year))(?!\w)"
    r"(?! {0,2}(?:it |is |at |of |we have |:|=|p\d\d |about |around |~){0,3} "
    r"{0,2}[<>~≤≥]?[$€£]?\d)",
    "then_due": r",? (?:in|on|by|until|till|before|bis|bis zum|d'ici|avant|antes del?|hasta|até)"
    r"(?: the| el| le| o)? (?=\d|q[1-4]|end |[^\W\d_]{3,10}\.? \d)",
    "instead": r"[, (]{0,3}(?:instead of|rather than|vs\.?|versus|compared (?:to|with)|down from"
    r"|up from"
    r"|from|statt|au lieu de|en lugar de|em vez de)[ :]{1,3}",
    "arrow_after": r" {0,3}(?:->|→|=>|⇒|➜|から|より|에서)",
    "goal_after": r"(?:に|へ|まで|으로|로)(?!\d)",
    "dated_after": r",?[ (]{1,3}(?:in|as of|on|since|measured in|counted in|from|im|en|em|\()? ?$",
    "now_before": r"(?<!\w)(?:(?:today|now|currently)(?:'s)?(?: it)?(?: is| at| we have)?|current"
    r"|right now|at present|baseline(?: is| of| was)?|was|were|rather than|as against|against"
    r"|instead of|vs\.?|versus|compared (?:to|with)|before|from|(?:we|they"
    r"|there) (?:had|were|saw|counted"
    r"|got)|previously|used to be|derzeit|heute(?: sind es| ist es)?|aktuell|jetzt|bisher"
    r"|statt|gegenüber|ausgehend von|actuellement|aujourd'hui(?: c'est)?|au lieu de|contre"
    r"|actualmente|hoy(?: (?:son|es|hay|hubo))?|ahora(?: son)?"
    r"|en lugar de|frente a|atualmente|hoje(?: (?:são|é|há))?|agora|em vez de|up from|down from)"
    r"[ :(=]{0,3}(?:at |of |about |around |roughly |~)?$|(?:从|從|由|現在|目前|현재) ?$",
    "to_before": r"(?:(?<!\w)(?:to|(?:is|are|be|gets?|stays?|remains?|kept|held|holds?) at"
    r"|reach(?:es)?|hits?|success(?: is)?|target(?: is| of)?|goal(?: is| of)?|aim(?: is| of)?"
    r"|should be|will be|must be|becomes?|we want|stays?|remains?|ziel(?:wert)?|objectif|objetivo"
    r"|meta)|->|→|=>|⇒|➜|降到|降至|减少到|減少到|增加到|升到)[ :(=]{0,3}"
    r"(?:about |around |only |just )?$",
    "cap_before": r"(?<!\w)(?:not|never) (?:exceeds?|pass(?:es)?|be more than"
    r"|go (?:over|above)) {1,3}$",
    "pair_from": r"(?<!\w)(?:von|de|desde|da|van)[ ]{1,3}(?:~ ?|ca\. |etwa |environ )?$",
    "pair_to": r"(?<!\w)(?:auf|a|à|para|hasta|até|naar|zu)[ ]{1,3}(?:~ ?|ca\. |etwa |environ )?$",
    "double_arrow": r"(\d[^=<>\n]{0,20})=>",
    "between": r"(?<!\w)(?:between|from|range of|zwischen|entre|within)[ ]{1,3}$",
    "the": r" {1,3}(?:(?:the|our|these|those|today's|die|les|las|los|as|os) {1,3})?",
    "was_before": r"(?<!\w)(?:was|were|before|previously|used to be|war|waren|era|eram|eran)"
    r"[ :]{1,3}$",
    "now_is_goal": r"(?<!\w)(?:now|today|afterwards|then|jetzt|heute|ahora|agora)[ :]{1,3}$",
    "nothing": r"(?:->|→|⇒|(?<!\w)(?:to|auf|à|a|para)) ?(none|nothing|nil|null|nobody|keine?|rien"
    r"|nada)(?!\w)",
    "moved_before": r"(?<!\w)(?:(?P<down>down|lower|less|fewer|minus)|(?P<up>up|higher|more|plus))"
    r"(?: by)? {1,3}$",
    "over_before": r"(?<!\w)(?:exceeds?|passes) {1,3}$",
    "by_before": r"(?<!\w)(?:by|um|en un|en|em)[ ]{1,3}$",
    "past_date": r"(?<!\w)(?:since|from|as of|measured (?:in|on)|counted (?:in|on)|seit|depuis"
    r"|desde)"
    r"[ (]{1,3}(?:the )?$",
    "onwards": r" on(?:wards?)?(?! [\w\d])",
    "is_now": r"(?<!\w)(?:today|now|currently|at present|at the moment|so far|heute|derzeit|aktuell"
    r"|bisher|aujourd'hui|actuellement|actualmente|hoy|hoje|atualmente)(?!\w)",
    "clause": r"[;,(](?!\d)",
    "no_more": r"\A(?:no|zero|keine?|aucune?|ning[uú]na?|nenhuma?) (?:more |further )?"
    r"(?!m[áaíi][xsn]|more |less |fewer |later |longer |higher |lower |one )(?=[^\W\d])",
    "some_of": r"(?<!\w)(?:half|(?:a|one) (?:third|quarter|fifth|tenth)|two thirds|three quarters)"
    r" of (?:the |all |our |their )?[^\W\d_]{2,20}(?!\w)",
    "led": rf"(?<!\w){LEAD}:? (?:the |zum |dem |den |el |le |o )?$",
    "led_after": r" ?(?:まで|迄|까지|之前|前|以前)",
    "led_date": rf"(?i:(?<!\w)(?:{LEAD}) )(?=.{{0,20}}\d)",
    "lead": rf"(?<!\w)(?:{LEAD}) (?:the |el |le |o )?",
    "may_lead": rf"(?<!\w){LEAD}:? ",
    "near_date": r"(?<![\w-])(?:\d{1,9}|an?|one|two|three|four|six) (?:days?|weeks?|months?"
    r"|quarters?)"
    r" (?:after|from|post|following) [^,.;()]{1,40}$",
    "of": r" {0,3}of (?:the |all )?",
    "tests": r"(?<!\w)(?:unit|integration|regression|e2e|end-to-end|smoke|snapshot|manual(?:ly)?"
    r"|all|new)? ?(?:tests?|tested|test suites?|test cases?|ci|specs?|test coverage|linters?"
    r"|qa|type checks?|green builds?)(?!\w)",
    "exempt": r"\W{0,5}(?:internal(?: refactor(?:ing)?)?\b.{0,20}:|not measurable|covered by"
    r"|deferred until|trivial\b|exempt\b|n/?a\b|no user-facing)",
    "label": r"(?:^|[\n;|])[ \t]*(?:[-*+] )?(?P<label>[*_]{0,2}[^\W\d_][^\n:;"
    r"|]{0,40}?):(?![^\s*_])",
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
    "doubt": r"(?<!\w)(?:or(?! (?:less|fewer|more|lower|higher|better|under|above|below))|maybe"
    r"|perhaps"
    r"|probably|possibly|ish|hopefully|guess|tbd|ideally|i think|if|unless|oder|ou)(?!\w)|\?",
    "fraction": r"(?<!\w)(?:de moitié|par deux|(?:a|à) la (?:mitad|moitié)|pela metade"
    r"|(?:auf|um) die hälfte)(?!\w)"
    r"|(?<!\w)by (?:an? |one )?(?:half|third|quarter|fifth|tenth)(?!\w)(?! of)",
    # What may stand behind a value: "38 % in May", but not "30 % faster" and "5 ± 1".
    "goes_on": r" {0,3}(?:$|[,;:()|\n]|[-\u2013\u2014] |->|→|=>|⇒|➜|から|より|에서|に|へ|まで"
    rf"|으로|로|(?:{LEAD}|from|instead|rather|down|up|in|for|per|of(?! \d)|with|without|across"
    r"|within|as|after|before|than|today|right now|now|currently|so far|last|this|each|every|vs"
    r"|versus|compared|against|during|among|when|where|while|measured|counted|daily|weekly|monthly"
    r"|to|is|are|was|were|und|et|y|e|im|am|pro|par|por|sur|von|de|auf|a|à|para|heute|derzeit"
    r"|aktuell|jetzt|bisher|statt|aujourd'hui|actuellement|au lieu|hoy|hoje)(?!\w))",
    "denied": r"(?<!\w)(?:but|not|never|then)(?!\w)",
    "point": r"(?<![\d.,])(?:\d{1,9}\.(?:\d{1,2}|\d{4,9})|0\.\d{3}"
    r"|\d{1,3}(?:,\d{3}){1,4}(?:\.\d{1,9})?)"
    r"(?![\d.,]\d|\d)",
    "comma": r"(?<![\d.,])(?:\d{1,9},(?:\d{1,2}|\d{4,9})|0,\d{3}|\d{1,3}(?:\.\d{3}){2,4}"
    r"|\d{1,3}(?:\.\d{3}){1,4},\d{1,9})"
    r"(?![\d.,]\d|\d)",
    "grouped": r"(?<!\d)([1-9]\d{0,2})\.(\d{3})(?!\d)",
    "verb_factor": r"(?:halv|halbier|by |cut )",
}


@cache
def _pattern(name: str) -> re.Pattern[str]:
    flags = re.NOFLAG if name == "sentence" else re.IGNORECASE
    return compile_pattern(_SPELLINGS[name], flags)


def read_prose(text: str) -> tuple[Found, ...]:
    """Return the parts `metric baseline target direction evaluate_by` that prose names.

    Empty unless a sentence has a quantity together with a word that makes it a line to cross
    ("to", "below", "falls by", "stays at") or with a date. A sentence about tests or CI needs
    the date, or a number to come from, and an exemption ("Not measurable because ...") is no
    measurement.
    """
    folded = _pattern("double_arrow").sub(r"\1->", fold(text[:_LONGEST]))
    if _pattern("exempt").match(folded):
        return ()
    readings = [_read(folded, start, end) for start, end in _sentences(text[:_LONGEST])]
    chosen = next((reading for reading in readings if "target" in reading), None)
    chosen = chosen or next((r for r in readings if "metric" in r and "evaluate_by" in r), None)
    if chosen is None:
        return ()
    for reading in readings:
        chosen = (reading if "target" not in reading else _only_due(reading)) | chosen
    return _as_found(text, {part: chosen[part] for part in _PARTS if part in chosen})


def may_be_due(text: str) -> bool:
    """Tell whether `read_prose` may find a day in prose; False is never wrong, and soon said."""
    folded = fold(text[:_LONGEST])
    sentences = (folded[start:end] for start, end in _sentences(folded))
    return not folded.isascii() or any(find_dates(s) or _near_due(s, []) for s in sentences)


def split_labels(text: str) -> tuple[tuple[str, str], ...]:
    """Return (label, value) of the values that stand in one text, each behind its label.

    They begin on a line, or behind a semicolon or a bar: `rows; Baseline: 30; Target: 0`. The
    text before the first label comes first, behind an empty one.
    """
    marks = list(_pattern("label").finditer(text[:_LONGEST]))
    if not marks:
        return (("", text),)
    pieces = [("", text[: marks[0].start()].strip(_TRIM))]
    ends = [mark.start() for mark in marks[1:]] + [len(text)]
    for mark, end in zip(marks, ends, strict=True):
        pieces.append((mark["label"].strip("*_ "), text[mark.end() : end].strip(" \t\n;|*")))
    return tuple(pieces)


def read_part(part: str, text: str, known: Collection[str] = ()) -> tuple[Found, ...]:
    """Return the parts that stand in the text of one: `metric`, `baseline` or `target`.

    Its own is among them when others stand beside it: in `5 a day by 2027-02-15` a target and a
    day, in `retyped addresses go from 60 to 5 a day` all but the day. Empty when the text is all
    of the part itself. Of a metric only a whole plan counts: "orders above 5 EUR" is no target,
    and beside a target that is `known` by its own label it may be a name with numbers in it.
    """
    if len(text) > _LONGEST_VALUE:
        return ()
    if part == "metric":
        return _in_metric(text, known)
    if part not in ("baseline", "target"):
        return ()
    quantity = parse_quantity(text)
    if quantity is not None:
        return () if "metric" in known else _noun(part, text, quantity)
    spans = _in_value(part, fold(text))
    has_others = bool({"baseline", "target", "evaluate_by"} & spans.keys() - {part})
    return _as_found(text, spans) if has_others else ()


def _in_value(part: str, folded: str) -> _Spans:
    """Return the parts in a value; none where words behind it may change what it means."""
    spans = _read(folded, 0, len(folded), alone=part)
    if part not in spans or _pattern("doubt").search(folded):
        return {}
    return spans if _pattern("goes_on").match(folded, spans[part][1]) else {}


def _noun(part: str, text: str, quantity: Quantity) -> tuple[Found, ...]:
    """Return what a target counts, where nothing else says it: `5 retyped addresses a day`.

    One word ("5 tickets") does not say which.
    """
    start = text.find(quantity.noun) if " " in quantity.noun else -1
    if start < 0 or part != "target":
        return ()
    end = _trimmed(text, start, len(text))[1]
    return (Found(part, text, 0, len(text)), Found("metric", text[start:end], start, end))


def _in_metric(text: str, known: Collection[str]) -> tuple[Found, ...]:
    found = () if "target" in known else read_prose(text)
    names = {piece.part for piece in found}
    is_plan = "target" in names and ("baseline" in names or "evaluate_by" in names)
    if is_plan and "metric" in names:
        return found
    folded = fold(text)
    if _pattern("may_lead").search(folded) is None:
        return ()
    due = _due(folded, find_dates(folded), [])
    if due is None or not _ends_with("led", folded, due[0]):
        return ()
    end = _without_small(folded, 0, due[0])
    return _as_found(text, {"metric": (0, end, ""), "evaluate_by": due}) if end else ()


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
    measured = _read(folded, know.end(), end) or {"metric": (know.end(), end, "")}
    spans |= {f"measurement.{part}": span for part, span in measured.items()}
    return _as_found(text, spans)


def _as_found(text: str, spans: _Spans) -> tuple[Found, ...]:
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


def _read(text: str, start: int, end: int, *, alone: str = "") -> _Spans:
    """Return the spans of the parts in one sentence of folded text.

    `alone` is the part whose value the text is by its label: its first plain number counts.
    """
    sentence = text[start:end]
    if not alone and is_east_asian(sentence) and (found := read_sentence(sentence)):
        return _moved(found, start)
    dates = find_dates(sentence)
    numbers = _numbers(sentence, dates, alone)
    due = _due(sentence, dates, numbers)
    roles = {number.role for number in numbers}
    is_open = due is None and not {"baseline", "target"} <= roles
    if not numbers or (is_open and not alone and _pattern("tests").search(sentence)):
        return _moved({"evaluate_by": due} if due and not numbers else {}, start)
    spans: _Spans = {}
    baseline = next((n for n in numbers if n.role == "baseline"), None)
    target = _target(sentence, numbers, baseline)
    if target is not None:
        told = f"{target.sign}{sentence[target.start : target.end]}" if target.sign else ""
        if target.sign == _ZERO:
            told = "0"
        if target.sign == _MORE:
            told = f"{sentence[target.start : target.end].removeprefix('by ')} more"
        spans["target"] = (target.start, target.end, told)
        spans |= _direction(sentence, target)
    if baseline is not None:
        spans["baseline"] = (baseline.start, baseline.end, _shared_unit(sentence, baseline, target))
    if due is not None:
        spans["evaluate_by"] = due
    first, last = _metric(sentence, numbers, due)
    if spans and not _is_nobody(sentence[first:last]) and (not alone or _is_noun(numbers, first)):
        spans["metric"] = (first, last, "")
    return _moved(spans, start)


def _shared_unit(sentence: str, baseline: _Number, target: _Number | None) -> str:
    """Return `38 %` for the baseline of "from 38 to 45 %": its unit stands behind both."""
    start = baseline.quantity
    is_bare = not (start.unit or start.noun or start.per)
    if target is None or not is_bare or target.quantity.relative or not target.quantity.unit:
        return ""
    if target.sign in ("-", "+"):  # "by 90 % from 60"
        return ""
    is_next = 0 < target.start - baseline.end < _WIDEST_LINK
    if target.end <= baseline.start:  # "3 days instead of 9"
        is_next = _pattern("instead").fullmatch(sentence, target.end, baseline.start) is not None
    written = f"{sentence[baseline.start : baseline.end]} {target.quantity.unit}"
    return written if is_next else ""


def _target(sentence: str, numbers: list[_Number], baseline: _Number | None) -> _Number | None:
    """Return the number that is the line to cross; a word such as "halve" is weaker than one."""
    lines = [n for n in numbers if n.role == "target" and not (baseline and _is_window(n))]
    written = [n for n in lines if n.quantity.relative != "factor" or n.quantity.text[-1:] == "x"]
    return next(iter(written or lines), None) or _opening(sentence, numbers)


def _only_due(reading: _Spans) -> _Spans:
    """Return the date of a sentence that draws a line of its own: there is one day for both."""
    return {"evaluate_by": reading["evaluate_by"]} if "evaluate_by" in reading else {}


def _moved(spans: _Spans, offset: int) -> _Spans:
    return {part: (a + offset, b + offset, told) for part, (a, b, told) in spans.items()}


# --- The day of a sentence


def _fixed_dates(
    sentence: str, dates: tuple[tuple[int, int, DateValue], ...]
) -> tuple[tuple[int, int], ...]:
    """Return the spans of dates that are no quantity: "in 2 days" may say how long it takes."""
    is_told = any(_is_led(sentence, start, end) for start, end, _ in dates)
    return tuple(
        (start, end)
        for start, end, value in dates
        if value.relative is None
        or value.relative.anchor
        or not is_told
        or sentence[start] == "+"
        or _is_led(sentence, start, end)
    )


def _is_led(sentence: str, start: int, end: int) -> bool:
    is_after = _pattern("led_after").match(sentence, end) is not None
    return is_after or _ends_with("led", sentence, start)


def _due(
    sentence: str, dates: tuple[tuple[int, int, DateValue], ...], numbers: list[_Number]
) -> tuple[int, int, str] | None:
    """Return the date on which somebody looks, else what was meant as one.

    That is the last one behind "by" or the like, else the last distance, else the last date that
    does not say when something was counted ("down from 60 in November 2026").
    """
    counted = [number.end for number in numbers if number.role == "baseline"]
    ranked: list[tuple[int, int, int]] = []
    for start, end, value in dates:
        is_since = _ends_with("past_date", sentence, start)
        if is_since and not _pattern("onwards").match(sentence, end):
            continue
        is_led = _is_led(sentence, start, end)
        is_told = not is_led or len(dates) > 1
        if is_told and _says_when_counted(sentence, start, counted):
            continue
        rank = 2 if is_led else 1 if value.relative is not None else 0
        ranked.append((rank, start, end))
    if ranked:
        _, start, end = max(ranked)
        return start, end, ""
    return _near_due(sentence, numbers)


def _says_when_counted(sentence: str, start: int, counted: list[int]) -> bool:
    """Tell whether a date stands right behind the number of today: `60 in November 2026`."""
    before = bisect(counted, start)
    if not before:
        return False
    return _pattern("dated_after").fullmatch(sentence, counted[before - 1], start) is not None


def _near_due(sentence: str, numbers: list[_Number]) -> tuple[int, int, str] | None:
    """Return what stands where a day should: `by the end of January`, `4 weeks after GA`."""
    for lead in _pattern("lead").finditer(sentence):
        near = find_date_problem(sentence, lead.end(), date(2000, 1, 1))
        if near is None:
            continue
        written = sentence[lead.end() : near[0]]
        is_month = near[1].reason == "vague" and any(map(str.isdigit, written))
        if is_month or near[1].reason in ("year-missing", "ambiguous", "impossible"):
            return lead.end(), near[0], ""
    last = max((number.end for number in numbers if number.role != "plain"), default=0)
    near_end = len(sentence.rstrip(_TRIM))
    found = _pattern("near_date").search(sentence, last, near_end)
    return (*found.span(), "") if found is not None else None


# --- The numbers of a sentence, and what each of them is


def _is_window(number: _Number) -> bool:
    """Tell whether "within ten minutes" says how soon something counts, beside a number."""
    return number.quantity.text.lower().startswith("within ")


def _ends_with(name: str, sentence: str, position: int) -> bool:
    return _pattern(name).search(sentence, max(0, position - 40), position) is not None


def _numbers(
    sentence: str, days: tuple[tuple[int, int, DateValue], ...], alone: str
) -> list[_Number]:
    dates = _fixed_dates(sentence, days)
    found = [*_moves(sentence, find_quantities(sentence, bare=True, dates=dates))]
    found = sorted([*found, *_factors(sentence, found)], key=lambda number: number[0])
    is_foreign = bool(found) and _pattern("foreign").search(sentence) is not None
    roles: list[_Number] = []
    for at, (start, end, quantity) in enumerate(found[:_MOST_NUMBERS]):
        role, sign = _role(sentence, start, end, quantity)
        if role in ("", "plain"):
            after = found[at + 1][0] if at + 1 < len(found) else 0
            before = found[at - 1][0] if at else 0
            role = _foreign_role(sentence, (before, start, after), is_foreign=is_foreign) or role
        roles.append(_Number(start, end, quantity, role, sign))
    none = _pattern("no_more").match(sentence) if days and not alone else None
    if none is not None and all(number.role != "target" for number in roles):
        roles.insert(0, _Number(0, none.end(), NOTHING, "target", _ZERO))
    roles = sorted([*roles, *_nothing(sentence)], key=lambda number: number.start)
    roles = _dated(sentence, roles, days)
    if days and not alone and len(roles) > 1:
        roles = _told_now(sentence, roles)
    return [number for number in _related(sentence, roles, alone) if number.role]


def _told_now(sentence: str, roles: list[_Number]) -> list[_Number]:
    """Return numbers, the one beside "now" in its clause as the baseline, another share as target.

    "3 of 10 shops print today; 9 of 10 by May", "every store (60 of 60), 12 of 60 do so now".
    """
    if any(number.role == "baseline" for number in roles):
        return roles
    nows = [found.start() for found in _pattern("is_now").finditer(sentence)]
    ends = [0, *(found.start() for found in _pattern("clause").finditer(sentence)), len(sentence)]
    clauses = [bisect(ends, number.start) for number in roles]
    beside = {bisect(ends, now) for now in nows}
    for at, number in enumerate(roles):
        if number.role not in ("", "plain") or clauses[at] not in beside:
            continue
        if clauses.count(clauses[at]) > 1:
            continue
        found = [*roles[:at], replace(number, role="baseline"), *roles[at + 1 :]]
        rest = [n for n in range(len(roles)) if n != at]
        shares = [n for n in rest if roles[n].quantity.dimension is Dimension.SHARE]
        is_share = number.quantity.dimension is Dimension.SHARE
        if is_share and len(shares) == 1 and found[shares[0]].role in ("", "plain"):
            found[shares[0]] = replace(found[shares[0]], role="target")
        return found
    return roles


def _moves(
    sentence: str, found: tuple[tuple[int, int, Quantity], ...]
) -> Iterator[tuple[int, int, Quantity]]:
    """Yield quantities, `38 % to 50 %` as the two it is: a range has its unit once."""
    for start, end, quantity in found:
        head, to, tail = sentence[start:end].partition(" to ")
        first = parse_quantity(head) if to and not quantity.comparator else None
        second = parse_quantity(tail) if first is not None and first.unit else None
        if first is None or second is None or _ends_with("between", sentence, start):
            yield start, end, quantity
        else:
            yield start, start + len(head), first
            yield end - len(tail), end, second


def _nothing(sentence: str) -> Iterator[_Number]:
    """Yield the words that say a target of zero: "140 carts a month -> none"."""
    for found in _pattern("nothing").finditer(sentence):
        yield _Number(found.start(1), found.end(1), NOTHING, "target", _ZERO)


def _dated(
    sentence: str, roles: list[_Number], dates: tuple[tuple[int, int, DateValue], ...]
) -> list[_Number]:
    """Return numbers, those of an earlier day as the baseline: "60 in Q4 2026, 5 in Q1 2027"."""
    days = [(start, value.day) for start, _, value in dates if value.day is not None]
    if len({day for _, day in days}) < 2:
        return roles
    last = max(day for _, day in days)
    for at, number in enumerate(roles):
        if number.role not in ("", "plain"):
            continue
        day = next((d for s, d in days if _says_when_counted(sentence, s, [number.end])), last)
        if day < last:
            roles[at] = replace(number, role="baseline")
    return roles


def _pair(sentence: str, one: _Number, other: _Number) -> tuple[str, str]:
    """Return the roles of two numbers that stand next to each other."""
    between = sentence[one.end : other.start]
    is_open = one.role in ("", "plain")
    if is_open and other.role == "baseline" and _pattern("instead").fullmatch(between):
        return "target", "baseline"
    is_same = one.quantity.dimension is other.quantity.dimension
    is_same = is_same and one.quantity.noun == other.quantity.noun
    if is_open and is_same and other.role == "target" and between == " to ":
        return "baseline", "target"
    if one.role == other.role == "baseline" and (
        _ends_with("was_before", sentence, one.start)
        and _ends_with("now_is_goal", sentence, other.start)
    ):
        return "baseline", "target"
    is_halved = one.quantity.relative == "factor" and one.quantity.text[-1:].isalpha()
    is_open = other.role in ("", "plain") and not other.quantity.relative
    if is_halved and is_open and _pattern("the").fullmatch(between):  # "halve the 60 tickets"
        return one.role, "baseline"
    return one.role, other.role


def _related(sentence: str, roles: list[_Number], alone: str) -> list[_Number]:
    """Return the numbers with the roles that only their neighbours, or their label, tell."""
    for at in range(len(roles) - 1):
        one, other = roles[at : at + 2]
        first, second = _pair(sentence, one, other)
        roles[at : at + 2] = [replace(one, role=first), replace(other, role=second)]
    if {number.role for number in roles} & {"baseline", "target"} == {"baseline"}:
        for at, number in enumerate(roles):
            is_open = number.role in ("", "plain")
            if is_open and _pattern("then_due").match(sentence, number.end):
                roles[at] = replace(number, role="target")
    if alone and all(number.role != alone for number in roles):
        opens = next((i for i, number in enumerate(roles) if number.role in ("", "plain")), None)
        if opens is not None and not sentence[: roles[opens].start].strip(_TRIM):
            roles[opens] = replace(roles[opens], role=alone)
    return roles


def _factors(
    sentence: str, found: list[tuple[int, int, Quantity]]
) -> Iterator[tuple[int, int, Quantity]]:
    """Yield the words that are a target by themselves: "halve the addresses", "by a third"."""
    taken = {start for start, _, _ in found}
    for part in _pattern("some_of").finditer(sentence):
        quantity = parse_quantity(part[0])
        if quantity is not None and quantity.dimension is Dimension.SHARE:
            yield part.start(), part.end(), quantity
    for part in _pattern("fraction").finditer(sentence):
        quantity = parse_quantity(part[0])
        if quantity is not None:
            yield part.start(), part.end(), quantity
    for verb in _pattern("verb").finditer(sentence):
        if verb["factor"] and verb.start("factor") not in taken:
            quantity = parse_quantity(verb["factor"])
            if quantity is not None:
                yield verb.start("factor"), verb.end("factor"), quantity


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
        is_fraction = quantity.relative == "change" and quantity.text.startswith("by ")
        verb = _last_verb(sentence, max(0, start - 80), start) if is_fraction else None
        return "target", _MORE if verb is not None and verb["up"] else ""
    for name, sign in (("to_before", ""), ("cap_before", "<= "), ("over_before", "> ")):
        if _ends_with(name, sentence, start):
            return "target", sign
    if quantity.statistic in ("max", "min") or _pattern("goal_after").match(sentence, end):
        return "target", ""
    moved = _pattern("moved_before").search(sentence, max(0, start - 12), start)
    if moved is not None and quantity.dimension in (Dimension.SHARE, Dimension.POINTS):
        return "target", "-" if moved["down"] else "+"
    if _ends_with("by_before", sentence, start):
        verb = _last_verb(sentence, max(0, start - 80), start)
        sign = "" if verb is None else "-" if verb["down"] else "+" if verb["up"] else ""
        return ("target" if sign else ""), sign
    return ("" if is_bare else "plain"), ""


def _foreign_role(sentence: str, places: tuple[int, int, int], *, is_foreign: bool) -> str:
    """Return what `von 40 auf 10`, `de 31 à 5` and, behind a verb of theirs, `auf 5` say.

    `places` are where the number before begins, the number itself, and the one after (0: none).
    """
    before, start, after = places
    if after and _is_pair(sentence, start, after):
        return "baseline"
    if before and _is_pair(sentence, before, start):
        return "target"
    if is_foreign and _ends_with("pair_to", sentence, start):
        return "target"
    return "baseline" if is_foreign and _ends_with("pair_from", sentence, start) else ""


def _last_verb(sentence: str, start: int, end: int) -> re.Match[str] | None:
    verbs = list(_pattern("verb").finditer(sentence, start, end))
    return verbs[-1] if verbs else None


def _opening(sentence: str, numbers: list[_Number]) -> _Number | None:
    """Return the number that opens the sentence: "45 % of shoppers finish by ..."."""
    first = numbers[0]
    if is_east_asian(sentence):  # a verb stands at the end, and any number may come first
        return None
    start = _start_of_claim(sentence, first.start)
    is_first = not sentence[start : first.start].strip(_TRIM)
    return first if first.role == "plain" and is_first else None


# --- What is counted


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
    first = numbers[0].start
    begin = 0
    if due is not None and due[0] < first:
        if _without_small(sentence, 0, due[0]):
            first = due[0]
        else:  # "By 2027-02-15 retyped addresses fall ..."
            begin = due[1]
    start = max(begin, _start_of_claim(sentence, first))
    verb = _last_verb(sentence, start, first)
    if verb is not None and not _without_small(sentence, verb.end(), first):
        first = verb.start()
    elif verb is not None and _is_nobody(sentence[start : verb.start()]):
        start = verb.end()
    end = _without_small(sentence, start, first)
    return (start, end) if end else _counted(sentence, numbers, due)


def _is_nobody(subject: str) -> bool:
    return subject.strip(_TRIM).lower() in ("", "we", "i", "it", "this", "that", "this change")


def _is_noun(numbers: list[_Number], start: int) -> bool:
    """Tell whether what is counted stands behind its number: "5 retyped addresses a day"."""
    return any(n.quantity.noun and n.start < start for n in numbers)


def _counted(
    sentence: str, numbers: list[_Number], due: tuple[int, int, str] | None
) -> tuple[int, int]:
    """Return what stands after an opening number: "of shoppers finish checkout"."""
    number = next((n for n in numbers if n.quantity.noun), numbers[0])
    start = number.end
    if number.quantity.noun:
        start = max(sentence.find(number.quantity.noun, number.start), number.start)
    stops = [other.start for other in numbers if other.start > number.start]
    stops += [due[0]] if due else []
    stops += [at for sign in ",;(" if (at := sentence.find(sign, number.end)) >= 0]
    limit = min([stop for stop in stops if stop >= start], default=len(sentence))
    of = _pattern("of").match(sentence, start, limit)
    start = of.end() if of else start
    return start, max(start, _without_small(sentence, start, limit))
