"""Turn words into a pattern that matches one of them, whatever its case, in few steps."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_Node = dict[str, "_Node"]
_END = ""


def any_word(words: Iterable[str]) -> bytes:
    """Return a pattern for bytes that matches any of some words of ASCII letters and digits.

    The words are laid out as a tree, so that a text is compared letter by letter with all of
    them at once; a list of alternatives is tried one after the other. Longer words come first.
    """
    root: _Node = {}
    for word in sorted(words):
        node = root
        for letter in word.lower():
            node = node.setdefault(letter, {})
        node[_END] = {}
    return _render(root)


def _render(node: _Node) -> bytes:
    branches = [_letter(letter) + _render(below) for letter, below in node.items() if letter]
    if not branches:
        return b""
    whole = b"(?:%s)" % b"|".join(branches)
    return whole + b"?" if _END in node else whole


def _letter(letter: str) -> bytes:
    lower, upper = letter.encode("ascii"), letter.upper().encode("ascii")
    return re.escape(lower) if lower == upper else b"[%s%s]" % (lower, upper)
