"""Messages that say nothing a verdict could rest on, told apart without reading them.

Most messages of a history carry no field, no heading and no trailer of ours. All of them get
the same verdict as the next one of their kind, so none needs to be read a second time. The
answer is exact on one side only: True is never wrong, False may be.

This is a second, faster way to what a reading would find, and it stays because somebody who
audits a long history notices it: of git/git (81,966 commits) it leaves 838 to be read, and each
of the others takes 14 us instead of 212 (`python -m benchmarks.bench_audit --repository`). The
engine of the schema's patterns searches for the traces 21 times as fast as `re`.
"""

from __future__ import annotations

import re
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING

from whygate.outcomes.trailers import KEYS as RESULT_KEYS
from whygate.text.labels import (
    FENCES,
    allowed_slips,
    closest_label,
    may_hold_sections,
    normalise_label,
)
from whygate.text.message import decode

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from whygate.schema.document import DocumentSchema

    _Node = dict[str, "_Node"]

# What stands in front of a label on its line: marks of lists, quotes and emphasis, numbers.
_FRONT = r"\n[^A-Za-z\n<&:!\x80-\xff]*"
# What ends in front of the first letter all knowledge of what a reader sees there: tags, entities,
# shortcodes, images, other alphabets.
_ODD_FRONT = r"[<&:!\x80-\xff]"
# The same inside a label, where emphasis, escapes, control characters and a plural in brackets fall
# away too, and between two words of it.
_CONTROL = r"\x00-\x08\x0b\x0c\x0e-\x1f\x7f"
_ODD = rf"[<&*`~\[\]!\\\x80-\xff{_CONTROL}]|\([es{_CONTROL}]"
_ODD_GAP = r"[<&:\[\]!\x80-\xff]"
_GAP = r"[^A-Za-z0-9\n<&:\[\]!\x80-\xff]+"
# A label ends with its line, a colon, a dash, an arrow that closes a comment, or a word in
# brackets; one
# that is cut short may go on.
_CLOSE = (
    r"[^A-Za-z0-9\n<&\[\]!\x80-\xff]*"
    r"(?:\n|$|:|-->|[ \t]--?[ \t]|[<&\[\]!\x80-\xff]|\((?:optional|required))"
)
_END, _CUT = "end", "cut"
_ENDS = {_END: _CLOSE, _CUT: r"(?:[^A-Za-z0-9]|$)"}
_MOST_WORDS = 2
_LETTER = "[-0-9A-Za-z]"  # of a trailer's key
_SIGNATURE = "-by"
_NO_SIGNATURE = ("[-0-9A-XZ]", "[-0-9AC-Z]y", "[0-9A-Z]by")  # what else may end it, of any case
# Headings (CommonMark 4.2, 4.3), fences (4.5), strong emphasis (6.2), comments and declarations
# (6.6), links without words (6.3), and returns: the other patterns end a line at a feed alone.
_MARKUP = (
    r"\n {0,3}#{1,6}(?:[ \t\n]|$)",
    r"[^\n]\n {0,3}(?:=+|-+)[ \t]*(?:\n|$)",
    r"\n[^A-Za-z\n]*(?:```|~~~)",
    r"\n[^A-Za-z\n]*\*\*[^\n]*[^*_\s][^\n]*\*\*",
    r"\n[^A-Za-z\n]*__[^\n]*[^*_\s][^\n]*__",
    r"\n[^A-Za-z\n]*\]\(",
    r"<!",
    r"\r",
)
_HEADING = re.compile(rb"\n {0,3}#{1,6}[ \t]")  # CommonMark 4.2
_FENCES = tuple(fence.encode() for fence in FENCES)
_FENCE = re.compile(rb"(`{3,}|~{3,})([^`~\\&]*)\Z")
# What makes the content of a fence ours (`text/machine_block.py`), and what hides a fence: HTML.
_FOREIGN = re.compile(rb"(?i)product[-_]context|\n[ \t]*<")
_KEY = re.compile(rb"\n([-0-9A-Za-z]+)[ \t]*:")
# What may be a label with a slip in front of a colon, the wide one too (`whygate.text.slips`).
_LABEL = re.compile(
    rb"\n[ \t]{0,8}(?:[-*+][ \t]+|[0-9]{1,3}[.)][ \t]+)?(?:\[[xX]\][ \t]+)?"
    rb"([^\W\d_][^:<>()\n]{3,60})(?::|\xef\xbc\x9a)"
)
_MOST_KEYS = 4096
_LARGEST = 1 << 27  # bytes of a compiled pattern
_MEMORY = 1 << 26  # bytes that the engine may take to search with it


def content_pattern(labels: Iterable[str], keys: Iterable[str]) -> str:
    """Return the pattern of what a message must hold to say anything.

    `labels` are normalised, `keys` are lower case. The first line of a message is its subject,
    where neither counts.
    """
    places = (*_MARKUP, _label_pattern(labels), *_key_patterns(keys))
    return f"(?i)(?:{'|'.join(places)})"


def _label_pattern(labels: Iterable[str]) -> str:
    """Return a pattern for lines that begin with a label, or with what may read as one.

    The labels are laid out as a tree of letters, so that a line that leaves the tree is done.
    """
    root: _Node = {}
    for label in filter(_spelt, labels):  # what begins with another alphabet is odd in front
        words = _spelt(label).split(" ")
        node = root
        for letter in " ".join(words[:_MOST_WORDS]):
            node = node.setdefault(letter, {})
        node[_CUT if len(words) > _MOST_WORDS else _END] = {}
    return _FRONT + _render(root, _ODD_FRONT)


def _spelt(label: str) -> str:
    """Return a label from its first letter to its first that is not of ASCII."""
    plain = re.match(r"[ -~]*", label)
    return (plain[0] if plain else "").lstrip("0123456789 ")


def _render(node: _Node, odd: str = _ODD) -> str:
    branches = [odd]
    for letter, below in node.items():
        if letter in _ENDS:
            branches.append(_ENDS[letter])
        elif letter == " ":
            branches.append(_GAP + _render(below, _ODD_GAP))
        else:
            branches.append("'*" + re.escape(letter) + _render(below))
    return f"(?:{'|'.join(branches)})"


def _key_patterns(keys: Iterable[str]) -> Iterator[str]:
    """Yield patterns for the keys of our trailers and for those that resemble them.

    Those have the same first letter and nearly the same length (`whygate.text.labels`). What ends
    in `-by` (`Acked-by`), as most trailers of others do, resembles none that ends far from it.
    """
    for first, least, most, is_signed in sorted({_shape(key) for key in keys}):
        ends = [rf"{_LETTER}{{{least},{most}}}"]
        if not is_signed and least >= len(_SIGNATURE):
            ends = [
                rf"{_LETTER}{{{least - after},{most - after}}}{end}"
                for after, end in enumerate(_NO_SIGNATURE, 1)
            ]
        yield rf"\n{re.escape(first)}(?:{'|'.join(ends)})[ \t]*:"


def _shape(key: str) -> tuple[str, int, int, bool]:
    """Return the first letter of a key, the least and the most that may follow, and a sign.

    It tells whether what resembles the key may end in `-by`: three letters that stand nowhere
    near its end are as many slips, and two are allowed.
    """
    slips = allowed_slips(len(key))
    is_signed = not set(_SIGNATURE).isdisjoint(key[-len(_SIGNATURE) - slips :])
    return key[0], max(len(key) - 1 - slips, 0), len(key) - 1 + slips, is_signed


class Glance:
    """Tells silent messages by the vocabulary of one schema."""

    def __init__(self, schema: DocumentSchema) -> None:
        self._vocabulary = schema.vocabulary
        self._labels = frozenset(schema.vocabulary.labels) | frozenset(schema.vocabulary.weak)
        self._harmless: dict[bytes, bool] = {}
        self._slips: dict[bytes, bool] = {}

    @cached_property
    def _has_trace(self) -> Callable[[str], bool]:
        keys = (*self._vocabulary.trailers, *RESULT_KEYS)
        return compile_search(content_pattern(self._labels, keys))

    def says_nothing(self, message: bytes) -> bool:
        """Tell whether reading the message can only find trailers that resemble none of ours.

        True means: no statement, no section, nothing hidden, broken or left open. Linear in
        the length of the message.
        """
        if self._has_trace(message.decode("latin-1")) and not self._reads_silent(message):
            return False
        return not any(map(self._resembles, _LABEL.findall(message)))

    def _reads_silent(self, message: bytes) -> bool:
        """Tell the same of a message that holds a trace, by a closer look at its lines."""
        if _HEADING.search(message):
            return False
        if not all(map(self._is_harmless, _KEY.findall(message))):
            return False
        if b"\r" in message or b"<!" in message:
            return not may_hold_sections(decode(message), self._labels)
        lines = message.split(b"\n")[1:]
        if any(fence in message for fence in _FENCES):
            if _FOREIGN.search(message) or not _are_plain_fences(lines):
                return False
            lines = [line.lstrip(b"`~") if line.startswith(_FENCES) else line for line in lines]
        traces = [line for line in lines if self._may_say(line)]
        return not may_hold_sections(decode(b"\n".join(traces)), self._labels)

    def _may_say(self, line: bytes) -> bool:
        """Tell whether a line holds a trace, below whatever text."""
        return bool(line) and self._has_trace("-\n" + line.decode("latin-1"))

    def _resembles(self, label: bytes) -> bool:
        """Tell whether a label in front of a colon is one of ours but for a slip."""
        found = self._slips.get(label)
        if found is None:
            key = normalise_label(label.decode("utf-8", "replace"))
            known = self._vocabulary.everywhere
            found = key not in known and bool(closest_label(key, known)[0])
            if len(self._slips) < _MOST_KEYS:
                self._slips[label] = found
        return found

    def _is_harmless(self, key: bytes) -> bool:
        known = self._harmless.get(key)
        if known is None:
            name = key.decode("ascii").lower()
            known = (
                name not in self._vocabulary.trailers
                and name not in RESULT_KEYS
                and not closest_label(name, self._vocabulary.trailers)[0]
            )
            if len(self._harmless) < _MOST_KEYS:
                self._harmless[key] = known
        return known


def _are_plain_fences(lines: Sequence[bytes]) -> bool:
    """Tell whether the fences in the lines below a subject are plain and closed.

    That is, each line that begins with one opens or closes a code block (CommonMark 4.5), and
    none is part of the subject's paragraph, where it would be text.
    """
    opened = b""
    was_blank = False
    for line in lines:
        was_blank = was_blank or not line.strip()
        if not line.startswith(_FENCES):
            continue
        fence = _FENCE.match(line)
        if fence is None or not was_blank:
            return False
        mark, info = fence.groups()
        if not opened:
            opened = mark
        elif mark.startswith(opened) and not info.strip():
            opened = b""
        else:
            return False
    return not opened


@lru_cache(maxsize=2)  # repositories of a fleet mostly share one policy; each takes megabytes
def compile_search(pattern: str) -> Callable[[str], bool]:
    """Return a function that tells whether a text holds what a regular expression describes.

    The engine is that of the schema's `pattern` keyword: linear in the length of the text, and
    several times as fast as `re` on a large pattern. It has no look-around, no back references
    and no possessive quantifiers; case is ignored after `(?i)`. Raises ValueError for a pattern
    that it cannot read or that is too large.
    """
    import jsonschema_rs  # noqa: PLC0415  (26 ms; only when a history is read)

    validator = jsonschema_rs.Draft202012Validator(
        {"pattern": pattern},
        pattern_options=jsonschema_rs.RegexOptions(size_limit=_LARGEST, dfa_size_limit=_MEMORY),
    )
    return validator.is_valid
