"""Turn the bytes of a message into one bit: whether it says nothing a verdict could rest on.

Most messages of a history carry no field, no heading and no trailer of ours. All of them get
the same verdict as the next one of their kind, so none needs to be read a second time. The
answer is exact on one side only: True is never wrong, False may be.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from whygate.audit.word_pattern import any_word
from whygate.judge.near import near_label
from whygate.outcomes.trailers import KEYS as RESULT_KEYS
from whygate.text.candidates import may_hold_sections
from whygate.text.labels import normalise_label
from whygate.text.message import decode

if TYPE_CHECKING:
    from collections.abc import Iterable

    from whygate.schema.document import DocumentSchema

_ANY_KEY = rb"[-0-9A-Za-z]++[ \t]*+:"
_KEY = re.compile(rb"([-0-9A-Za-z]++)[ \t]*+:")
# The keys most messages have; a table of them spares a look at each.
_USUAL_KEYS = (
    *("signed-off-by", "acked-by", "reviewed-by", "helped-by", "reported-by", "tested-by"),
    *("suggested-by", "co-authored-by", "mentored-by", "noticed-by", "cc", "http", "https"),
    *("link", "note", "bug", "closes", "see", "change-id", "reviewed-on", "conflicts"),
)
# A line that is no heading (CommonMark 4.2) and, below some text, underlines none (4.3).
_NO_HEADING = (
    rb"(?! {0,3}#{1,6}(?:[ \t\n]|\Z))"
    rb"(?:(?<=\n\n)|(?! {0,3}(?:=++|-++)[ \t]*+(?:\n|\Z)))"
)
# Of a line: what falls away before its first word, and a number in front of it. The bounds keep
# the words in that part of a long line in which labels are looked for.
# No bold text and no fence is among it, and no bracket of a link.
_MARK = rb"(?:[^A-Za-z0-9_<&:\[\n\x80-\xff*`~]|\*(?!\*)|`(?!``)|~(?!~~))"
_BEFORE = rb"[ \t]*+(?:%s{1,30}+)?+(?:\[[0-9]{1,3}\](?!\()[ \t]{0,4}+)?+" % _MARK
_NO_WORD = rb"%s*+(?:\n|\Z)" % _MARK
_NUMBER = rb"(?:[0-9][0-9.)\] \t-]{0,20}+)?+"
_NO_NUMBERING = rb"[0-9]{4}"
# A word that no markup takes apart or joins to the next one; quotes and code marks fall away.
_WORD = (
    rb"[A-Za-z][A-Za-z0-9]*+(?:(?![<&*`~'_\[!\x80-\xff])"
    rb"|(?=[*`~'](?![A-Za-z0-9*`~_<&'\[!\x80-\xff])|_[A-Za-z0-9]))"
)
_CONTRACTION = rb"[A-Za-z]++'(?:s|t|re|ve|ll|d|m)(?![A-Za-z0-9_*`~<&'\[!\x80-\xff])"
_CONTRACTED = ("s", "t", "re", "ve", "ll", "d", "m")
_END = rb"(?![A-Za-z0-9])"
_MOST_KEYS = 4096


class SilenceTest:
    """Tells silent messages by the vocabulary of one schema."""

    def __init__(self, schema: DocumentSchema) -> None:
        self._labels = frozenset(schema.vocabulary.labels)
        self._vocabulary = schema.vocabulary
        self._harmless: dict[bytes, bool] = {}
        self._far: dict[str, bool] = {}
        words = _harmless_words(self._labels)
        usual = [key for key in _USUAL_KEYS if self._is_harmless(key.encode())]
        line = rb"(?:(?!%s)|(?=%s[ \t]*+:))%s" % (_ANY_KEY, any_word(usual), words)
        harmless = rb"\n|%s(?:%s|%s)" % (_NO_HEADING, line, _NO_WORD)
        self._suspicious = re.compile(rb"\n(?!%s)([^\n]*+)" % harmless)
        self._words = re.compile(words)

    def is_silent(self, message: bytes) -> bool:
        """Tell whether reading the message can only find trailers that resemble none of ours.

        True means: no statement, no section, nothing hidden, broken or left open. Linear in
        the length of the message.
        """
        # A comment or a declaration may begin anywhere; a lone return ends a line for Markdown
        # and not for git.
        if b"\r" in message or (b"!" in message and b"<!" in message):
            return self._reads_silent(message)
        # The first line is the subject, or blank.
        lines = self._suspicious.findall(message)
        return not lines or self._are_silent(lines)

    def is_harmless(self, key: str) -> bool:
        """Tell whether a trailer key is none of ours and resembles none."""
        return self._is_harmless(key.encode("ascii", "replace"))

    def is_far(self, label: str) -> bool:
        """Tell whether a heading resembles no label of ours."""
        known = self._far.get(label)
        if known is None:
            known = not near_label(normalise_label(label), self._vocabulary.labels)[0]
            if len(self._far) < _MOST_KEYS:
                self._far[label] = known
        return known

    def _are_silent(self, lines: list[bytes]) -> bool:
        """Tell whether lines that may be more than prose are none of it after all."""
        rest = []
        for line in lines:
            key = _KEY.match(line)
            if key is not None and not self._is_harmless(key[1]):
                return False
            if key is None or not self._words.match(line):
                rest.append(line)
        return not rest or not may_hold_sections(decode(b"\n".join(rest)), self._labels)

    def _reads_silent(self, message: bytes) -> bool:
        keys = (_KEY.match(line) for line in message.split(b"\n")[1:])
        if not all(self._is_harmless(key[1]) for key in keys if key is not None):
            return False
        return not may_hold_sections(decode(message), self._labels)

    def _is_harmless(self, key: bytes) -> bool:
        known = self._harmless.get(key)
        if known is None:
            name = key.decode("ascii").lower()
            known = (
                name not in self._vocabulary.trailers
                and name not in RESULT_KEYS
                and not near_label(name, self._vocabulary.trailers)[0]
            )
            if len(self._harmless) < _MOST_KEYS:
                self._harmless[key] = known
        return known


def _harmless_words(labels: frozenset[str]) -> bytes:
    """Return a pattern for the start of a line that is no label, whatever follows.

    That is a first word that starts no label, or one that does and a second word that no label
    has in that place, and so on (see `whygate.text.labels`).
    """
    depths: list[set[str]] = []
    for label in labels:
        for depth, word in enumerate(label.split(" ")):
            if depth == len(depths):
                depths.append(set())
            depths[depth].add(word)
    words = b""
    for known in reversed(depths):
        deeper = rb"|%s[ \t]{1,4}+[`\"']?+%s" % (_one_of(known), words) if words else b""
        words = rb"(?:%s%s%s)" % (_none_of(known), _WORD, deeper)
    first = depths[0] if depths else set()
    words = rb"%s|%s%s" % (words, _without_contracted(first), _CONTRACTION)
    if any(word[:1].isdecimal() for word in first):
        return rb"%s(?:%s)" % (_BEFORE, words)
    return rb"%s(?:%s(?:\n|\Z|%s)|%s)" % (_BEFORE, _NUMBER, words, _NO_NUMBERING)


def _without_contracted(words: Iterable[str]) -> bytes:
    """Return a pattern that refuses the words that read as a label without their apostrophe."""
    refused = [
        f"{word[: -len(end)]}'{end}" for word in words for end in _CONTRACTED if word.endswith(end)
    ]
    return _none_of(refused)


def _one_of(words: Iterable[str]) -> bytes:
    """Return a pattern for one of the words an ASCII text can hold; `(?!)` for none."""
    known = [word for word in words if word.isascii()]
    return any_word(known) + _END if known else b"(?!)"


def _none_of(words: Iterable[str]) -> bytes:
    return b"(?!%s)" % _one_of(words)
