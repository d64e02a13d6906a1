"""The exemptions an author may write, what each excuses, and how they are read."""

from __future__ import annotations

import re
from enum import StrEnum

from msgspec import Struct

from whygate.schema.fields import AUDIENCE, MEASUREMENT, OUTCOME
from whygate.text.content import content_words, count_words, is_placeholder
from whygate.text.patterns import later

_MIN_WORDS = 4
MAX_DEFERRED_DAYS = 14
_OWN_WORDS = 2
# What the classes are called, and what says that a reason is wanting.
_NO_REASON = (
    "exempt exempted exemption internal refactor refactoring cleanup user-facing user "
    "facing outcome effect impact measurable measured measure metric deferred until trivial "
    "covered reason given none needed required applicable add added later soon follow following "
    "explain explained see above below title description nothing no not"
)


class ExemptClass(StrEnum):
    """The honest reasons why a change carries no plan."""

    INTERNAL = "internal"
    NOT_MEASURABLE = "not-measurable"
    COVERED_BY = "covered-by"
    DEFERRED = "deferred"
    TRIVIAL = "trivial"


# What each class excuses; "*" is every field. The problem stays asked for, because even an
# internal or urgent change is made for a reason that the next reader needs.
EXCUSES: dict[ExemptClass, tuple[str, ...]] = {
    ExemptClass.INTERNAL: (AUDIENCE, OUTCOME, MEASUREMENT),
    ExemptClass.NOT_MEASURABLE: (MEASUREMENT,),
    ExemptClass.COVERED_BY: (AUDIENCE, OUTCOME, MEASUREMENT),
    ExemptClass.DEFERRED: (AUDIENCE, OUTCOME, MEASUREMENT),
    ExemptClass.TRIVIAL: ("*",),
}

EXAMPLES: dict[ExemptClass, str] = {
    ExemptClass.INTERNAL: (
        "Internal refactor: no user-facing outcome, because the public API is unchanged"
    ),
    ExemptClass.NOT_MEASURABLE: (
        "Not measurable because fewer than ten customers use it; we will ask three by 2027-03-01"
    ),
    ExemptClass.COVERED_BY: "Covered by bet cart-sync",
    ExemptClass.DEFERRED: "Deferred until 2027-01-10 because this stops an outage",
    ExemptClass.TRIVIAL: "Trivial: fixes a typo in the error text",
}

_CLASSES = "|".join(ExemptClass)
# `exempt internal; reason` - the written grammar. Every pattern is anchored and linear, and
# compiled only for a text that begins like an exemption.
_GRAMMAR = rf"exempt(?:ed|ion)?[ \t]*(?:[:,-][ \t]*)?({_CLASSES}|not measurable|covered by)\b(.*)"
_SENTENCES = (
    (
        ExemptClass.INTERNAL,
        (
            r"(?:purely )?internal"
            r"(?P<work> (?:refactor|refactoring|change|cleanup|clean-up|only))?[ \t]*:[ \t]*"
            r"(?P<claim>(?:[^.;\n]{0,80}?[,;] )?no user[- ]facing (?:outcome|change|effect|impact)"
            r"\b)?(?P<reason>.*)"
        ),
    ),
    (
        ExemptClass.NOT_MEASURABLE,
        r"(?:this is |it is )?not[ -]measurable\b(?P<reason>.*)",
    ),
    (
        ExemptClass.NOT_MEASURABLE,
        r"(?:this )?cannot be measured\b(?P<reason>.*)",
    ),
    (
        ExemptClass.NOT_MEASURABLE,
        r"n/?a\.?,?[ \t]+because\b(?P<reason>.*)",
    ),
    (
        ExemptClass.COVERED_BY,
        (
            r"covered[ -]by[ \t]+"
            r"(?P<reason>(?:the )?bet[ \t]+[`\"']?[a-z0-9-]{3,60}\b.*|[\w./-]*[#!]\d+.*"
            r"|(?:commit[ \t]+)?[`\"']?(?=[a-f]{0,64}\d)[0-9a-f]{7,64}\b.*)"
        ),
    ),
    (ExemptClass.DEFERRED, r"deferred[ \t]+until[ \t]+(?P<reason>.*)"),
    (
        ExemptClass.TRIVIAL,
        (
            r"trivial(?: (?:change|cleanup|copy|doc|docs|edit|fix|one-liner|rename|tweak|typo"
            r"|update|wording))?[ \t]*[:;](?P<reason>.*)"
        ),
    ),
)
_FLAGS = re.IGNORECASE | re.DOTALL
# One of these begins every text that a pattern above matches.
_STARTS = (
    *("exempt", "internal", "purely", "this", "it is", "not", "cannot", "n/a", "na"),
    *("covered", "deferred", "trivial"),
)
_LONGEST_START = 8
_LEAD = r"[\s;:,.()\u2013\u2014-]*(?:because\b|since\b|as\b)?[\s;:,]*"
_UNTIL = r"(?:until[ \t]+)?([^\s;,][^;,]{0,40}?)(?:[ \t]*[;,][ \t]*|[ \t]+because\b)(.*)"
_REFERENCE = (
    r"(?:the )?bet[ \t]+[`\"']?([a-z0-9-]{3,60})|([\w./-]*[#!]\d+)"
    r"|(?:commit[ \t]+)?[`\"']?\b((?=[a-f]{0,64}\d)[0-9a-f]{7,64})\b"
)
_COMMIT = later(r"(?=[a-f]{0,64}\d)[0-9a-f]{7,64}", re.ASCII)
_SLUG = r"[a-z0-9-]{3,60}\Z"


class ParsedExemption(Struct, frozen=True):
    """An exemption as written: its class, the reason, and the date or plan it names.

    `name` is None when the text asks for an exemption without naming a known class.
    `until` is the date text of a deferral, `plan` the bet slug, the commit or the number (`#12`,
    GitLab's `!12`) it is covered by.
    """

    name: ExemptClass | None
    reason: str
    until: str = ""
    plan: str = ""

    @property
    def has_reason(self) -> bool:
        """Tell whether the reason says something: four words, two of them its own."""
        if self.name is ExemptClass.COVERED_BY and self.plan:
            return True
        return says_reason(self.reason)


def says_reason(text: str) -> bool:
    """Tell whether a text is a reason: four words, two that carry meaning, and no placeholder.

    Words of the classes themselves carry none: "this is not measurable" is no reason for it.
    """
    if count_words(text) < _MIN_WORDS or is_placeholder(text):
        return False
    return len(content_words(text) - content_words(_NO_REASON)) >= _OWN_WORDS


def say_what_lacks(reason: str) -> str:
    """Say what a text lacks that is no reason: words at all, or words that carry meaning."""
    if count_words(reason) < _MIN_WORDS or is_placeholder(reason):
        return f"has fewer than {_MIN_WORDS} words of its own"
    return "does not say what changes, or why"


def names_change(plan: str) -> bool:
    """Tell whether a plan is that of another change (`#12`, `!12`, a commit) and may be no bet."""
    return "#" in plan or "!" in plan or _COMMIT.fullmatch(plan) is not None


def names_elsewhere(plan: str) -> bool:
    """Tell whether a plan is that of a change of another repository: `octo/repo#12`."""
    return bool(plan) and plan[0] not in "#!" and ("#" in plan or "!" in plan)


def parse_exemption(text: str, *, field: str = "") -> ParsedExemption | None:
    """Return the exemption a text asks for, or None when it asks for none.

    `field` names the field the text was written as an answer to ("" for the exemption's own).
    There only the written grammar counts, and the plain sentences that excuse this very field
    and cannot be its answer: "Internal: the forty people of the support desk" names an audience.
    """
    text = text.strip()
    if _may_ask(text) and (asked := _match(text, field)) is not None:
        return asked
    if field:
        return None
    first, _, rest = text.partition(";")
    bare = first.strip().lower().replace(" ", "-")
    if bare in set(ExemptClass):
        return _complete(ExemptClass(bare), rest)
    if is_placeholder(text) or text.lower().startswith("exempt"):
        return ParsedExemption(None, "")
    return None


def _may_ask(text: str) -> bool:
    """Tell whether a text may match a pattern; beyond ASCII, letters fold in ways of their own."""
    start = text[:_LONGEST_START]
    return not start.isascii() or start.lower().startswith(_STARTS)


def _match(text: str, field: str) -> ParsedExemption | None:
    """Return the exemption that is written by the grammar or in one of the plain sentences."""
    if (found := re.match(_GRAMMAR, text, _FLAGS)) is not None:
        name = ExemptClass(found.group(1).lower().replace(" ", "-"))
        return _complete(name, found.group(2))
    for name, pattern in _SENTENCES:
        match = re.match(pattern, text, _FLAGS)
        if match is not None and (not field or _excuses(name, match, field)):
            return _complete(name, match["reason"])
    return None


def _excuses(name: ExemptClass, match: re.Match[str], field: str) -> bool:
    """Tell whether a sentence that stands as the answer to a field excuses that field."""
    if name is ExemptClass.TRIVIAL:
        return True
    if name is ExemptClass.INTERNAL:
        in_plan = field == MEASUREMENT and match["work"] is not None
        return in_plan or match["claim"] is not None
    return field in EXCUSES[ExemptClass.INTERNAL]


def _complete(name: ExemptClass, rest: str) -> ParsedExemption:
    lead = re.match(_LEAD, rest, re.IGNORECASE)
    reason = rest[lead.end() :].strip() if lead is not None else rest.strip()
    until = plan = ""
    if name is ExemptClass.DEFERRED:
        until, reason = _split_until(reason)
    if name is ExemptClass.COVERED_BY:
        plan = _plan(reason)
    return ParsedExemption(name, reason, until, plan)


def _split_until(reason: str) -> tuple[str, str]:
    match = re.match(_UNTIL, reason, _FLAGS)
    if match is None:
        return reason.removeprefix("until ").strip(), ""
    return match.group(1).strip(), match.group(2).strip()


def _plan(reason: str) -> str:
    match = re.search(_REFERENCE, reason, re.IGNORECASE)
    if match is not None:
        return match.group(1) or match.group(2) or match.group(3).lower()
    first = reason.split(";", maxsplit=1)[0].strip()
    return first if re.match(_SLUG, first) else ""
