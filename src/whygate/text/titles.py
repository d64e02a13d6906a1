"""What people put in front of the type of a title, and the type that stands behind it.

`feat: x` is written in many ways: behind an emoji, a ticket, `[#12]` or `WIP:`, with a space before
the colon, with the wide colon of Chinese keyboards. All of it is set aside here, and only here.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

from msgspec import Struct

from whygate.text.patterns import later

if TYPE_CHECKING:
    from collections.abc import Container, Iterator

# Characters of a title that are looked at; a type stands in the first few.
_LONGEST = 300
# Steps over decorations; a title of nothing else is no title.
_MOST_STEPS = 24

_COLONS = dict.fromkeys(map(ord, "\u2236\ua789\u02d0\u0589"), ":")
_CLOSING = {
    "[": "]",
    "(": ")",
    "{": "}",
    "<": ">",
    "\u00ab": "\u00bb",
    "\u300a": "\u300b",
    "\u3010": "\u3011",
    "\u300c": "\u300d",
    "\u300e": "\u300f",
    "\u3014": "\u3015",
}
_LONGEST_BRACKET = 60
_DASHES = "-\u2013\u2014"

# Every pattern is matched at one place, has no nested quantifier and bounded repeats.
_SHORTCODE = re.compile(r":[A-Za-z0-9_+-]{1,40}:")
# `PAY-12`, `AB#12`, `US1234`, `12`, `1.2.x`, `v2.0`
_TICKET = later(
    r"(?:[A-Za-z][A-Za-z0-9_]{0,15}-[0-9]{1,9}|[A-Za-z]{1,10}#[0-9]{1,9}|[A-Z]{1,4}[0-9]{2,9}"
    r"|v?[0-9]{1,12}(?:\.[0-9x]{1,9}){0,4})(?![A-Za-z0-9])"
)
# Words about the state of a change, not about what it is.
_MARKER = later(
    r"(?:wip|work in progress|draft|dnm|do[ -]not[ -]merge|don'?t[ -]merge|hold|on hold|rfc|poc"
    r"|backport(?:ed)?|cherry[ -]?pick(?:ed)?|fixup!|squash!|amend!|part|step|re)(?![A-Za-z0-9-])",
    re.IGNORECASE,
)
_MARKER_STARTS = frozenset((
    *("wip", "work", "draft", "dnm", "do", "dont", "hold", "on", "rfc", "poc", "part", "step"),
    *("re", "backport", "backported", "cherry", "cherrypick", "cherrypicked"),
    *("fixup", "squash", "amend"),
))  # fmt: skip
_NAME = r"[A-Za-z][A-Za-z0-9-]{0,30}"
_EMPHASIS = r"[*_`~\"' ]{0,4}"
_SCOPE = r"(?:[(\[{]([^()\[\]{}]{0,80})[)\]}])?"
# Conventional Commits 1.0, `type(scope)!: description`, and the ways people bend it.
_TYPE = later(
    rf"({_NAME}(?: ?[,/&+|] ?{_NAME}){{0,4}})"
    rf"{_EMPHASIS}!?{_EMPHASIS}{_SCOPE}{_EMPHASIS}!?{_EMPHASIS}"
)
# A component in front of it: `rows: fix: x`.
_COMPONENT = later(r"[A-Za-z0-9_./@-]{1,60}(?:\([^()]{0,60}\))?: {1,3}")
_SPLIT = re.compile(r" ?[,/&+|] ?")


class TitleType(Struct, frozen=True):
    """A type as a title shows it.

    `words` are its names in lower case, more than one in `feat, fix: x`; `scope` is what stands
    in the brackets behind them, `rest` what follows. `form` tells how surely it is a type:
    "colon" for `feat: x`, "loose" for `feat - x`, "bracket" for `[Bug] x`. "path" is no type but
    the names between slashes, which may be those of a branch (`fix/cart: x`) or of a part of the
    product (`security/tpm: x`).
    """

    words: tuple[str, ...]
    form: str
    scope: str = ""
    rest: str = ""


def find_types(title: str, known: Container[str]) -> Iterator[TitleType]:
    """Yield what may be the type of a title, the surest first; `known` holds the type names."""
    text = fold_title(title)
    brackets: list[str] = []
    loose: list[TitleType] = []
    at = 0
    for _ in range(_MOST_STEPS):
        at = _skip_signs(text, at)
        found = _read_type(text, at, known)
        if found is not None and found.form == "colon":
            yield found
            return
        if found is not None:
            loose.append(found)
            if found.form == "path":  # a slash before the colon: nothing in it is decoration
                break
        end = _skip_decoration(text, at)
        if end == at:
            break
        if text[at] in _CLOSING:
            brackets.append(" ".join(text[at + 1 : end - 1].split()).lower())
        at = end
    component = _COMPONENT.match(text, at)
    if component is not None:
        found = _read_type(text, _skip_signs(text, component.end()), known)
        if found is not None and found.form == "colon":
            yield found
            return
    yield from loose
    yield from (TitleType((name,), "bracket", rest=text[at:]) for name in brackets if name in known)


def undecorate(title: str) -> str:
    """Return a title from its first word on that is no decoration, with folded signs."""
    text = fold_title(title)
    at = 0
    for _ in range(_MOST_STEPS):
        at = _skip_signs(text, at, keep='"')
        end = _skip_decoration(text, at)
        if end == at:
            break
        at = end
    return text[at:]


def is_plain_word(word: str, known: Container[str]) -> bool:
    """Tell whether a title that begins with this word shows no type; False is never wrong."""
    if not (word.isascii() and word.isalpha()):
        return False
    lowered = word.lower()
    return lowered not in known and lowered not in _MARKER_STARTS


def fold_title(title: str) -> str:
    """Return the beginning of a title in plain signs: no emoji, nothing invisible, one colon.

    Compatibility forms are folded (Unicode NFKC), so the wide colon and wide letters are the
    usual ones. Letters of different scripts stay different.
    """
    text = title[:_LONGEST]
    if text.isascii():
        return text
    text = unicodedata.normalize("NFKC", text).translate(_COLONS)[:_LONGEST]
    return "".join(map(_plain, text))


def _plain(char: str) -> str:
    """Return a space for a pictograph or an odd space, nothing for what nobody sees."""
    if char.isascii():
        return char
    category = unicodedata.category(char)
    if category in ("Cf", "Mn", "Me"):
        return ""
    return " " if category in ("So", "Sk", "Zs", "Cc", "Co", "Cs", "Cn") else char


def _skip_signs(text: str, at: int, *, keep: str = "") -> int:
    """Return the place of the next letter, digit, bracket or shortcode."""
    while at < len(text):
        char = text[at]
        if char.isalnum() or char in _CLOSING or char in keep:
            return at
        if char == ":" and _SHORTCODE.match(text, at) is not None:
            return at
        at += 1
    return at


def _skip_decoration(text: str, at: int) -> int:
    """Return the place behind the one decoration that begins here, the same place without one."""
    if at >= len(text):
        return at
    if (closing := _CLOSING.get(text[at])) is not None:
        end = text.find(closing, at + 1, at + _LONGEST_BRACKET + 2)
        return end + 1 if end > 0 else at + 1
    for pattern in (_SHORTCODE, _TICKET, _MARKER):
        if (match := pattern.match(text, at)) is not None:
            return match.end()
    return at


def _read_type(text: str, at: int, known: Container[str]) -> TitleType | None:
    match = _TYPE.match(text, at)
    if match is None:
        return None
    words = tuple(word.lower() for word in _SPLIT.split(match[1]))
    if not any(word in known for word in words):
        return None
    end = match.end()
    following = text[end : end + 2]
    rest = text[end + 1 :]
    if "/" in match[1] and not all(word in known for word in words):
        return TitleType(words, "path", match[2] or "", rest)
    if following[:1] == ":":
        return TitleType(words, "colon", match[2] or "", rest)
    if words[0] not in known:  # `Oops, fix -x`: without a colon only the first word can be one
        return None
    is_scoped = match[2] is not None and text[match.end(1) : match.end(1) + 1] == "("
    is_dashed = following[:1] in tuple(_DASHES) and text[end - 1 : end] == " "
    is_path = "/" in match[1]
    if is_scoped or is_dashed or is_path:
        return TitleType(words[:1], "loose", match[2] or "", rest)
    return None
