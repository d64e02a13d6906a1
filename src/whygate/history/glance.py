"""Turn the bytes of a message into one bit: whether it says nothing a verdict could rest on.

Most messages of a history carry no field, no heading and no trailer of ours. All of them get
the same verdict as the next one of their kind, so none needs to be read a second time. The
answer is exact on one side only: True is never wrong, False may be.
"""

from __future__ import annotations

import re
from functools import cached_property
from typing import TYPE_CHECKING

from whygate.history.trace_pattern import trace_pattern
from whygate.outcomes.trailers import KEYS as RESULT_KEYS
from whygate.schema.search import compile_search
from whygate.text.candidates import FENCES, may_hold_sections
from whygate.text.labels import normalise_label
from whygate.text.message import decode
from whygate.text.near import near_label

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from whygate.schema.document import DocumentSchema

_HEADING = re.compile(rb"\n {0,3}#{1,6}[ \t]")  # CommonMark 4.2
_FENCES = tuple(fence.encode() for fence in FENCES)
_FENCE = re.compile(rb"(`{3,}|~{3,})([^`~\\&]*)\Z")
# What makes the content of a fence ours (`text/machine_block.py`), and what hides a fence: HTML.
_FOREIGN = re.compile(rb"(?i)product[-_]context|\n[ \t]*<")
_KEY = re.compile(rb"\n([-0-9A-Za-z]+)[ \t]*:")
_MOST_KEYS = 4096


class SilenceTest:
    """Tells silent messages by the vocabulary of one schema."""

    def __init__(self, schema: DocumentSchema) -> None:
        self._vocabulary = schema.vocabulary
        self._labels = frozenset(schema.vocabulary.labels)
        self._harmless: dict[bytes, bool] = {}
        self._far: dict[str, bool] = {}

    @cached_property
    def _has_trace(self) -> Callable[[str], bool]:
        keys = (*self._vocabulary.trailers, *RESULT_KEYS)
        return compile_search(trace_pattern(self._labels, keys))

    def is_silent(self, message: bytes) -> bool:
        """Tell whether reading the message can only find trailers that resemble none of ours.

        True means: no statement, no section, nothing hidden, broken or left open. Linear in
        the length of the message.
        """
        return not self._has_trace(message.decode("latin-1")) or self._reads_silent(message)

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
