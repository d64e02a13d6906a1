"""Turn labels and trailer keys into one pattern for the traces they leave in a message.

The pattern finds too much rather than too little: whatever can be read as a heading, a label or
a trailer of ours matches it. It is written for an engine without look-around (see
`whygate.schema.search`) and for texts whose characters are the bytes of a message.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from whygate.text.near import allowed_slips

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    _Node = dict[str, "_Node"]

# What stands in front of a label on its line: marks of lists, quotes and emphasis, numbers.
_FRONT = r"\n[^A-Za-z\n<&:!\x80-\xff]*"
# What ends in front of the first letter all knowledge of what a reader sees there: tags, entities,
# shortcodes, images, other alphabets.
_ODD_FRONT = r"[<&:!\x80-\xff]"
# The same inside a label, where emphasis and escapes fall away too, and between two words of it.
_ODD = r"[<&*`~\[\]!\\\x80-\xff]"
_ODD_GAP = r"[<&:\[\]!\x80-\xff]"
_GAP = r"[^A-Za-z0-9\n<&:\[\]!\x80-\xff]+"
# A label ends with its line, a colon, an arrow that closes a comment, or a word in brackets; one
# that is cut short may go on.
_CLOSE = r"[^A-Za-z0-9\n<&\[\]!\x80-\xff]*(?:\n|$|:|-->|[<&\[\]!\x80-\xff]|\((?:optional|required))"
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


def trace_pattern(labels: Iterable[str], keys: Iterable[str]) -> str:
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
    for label in labels:
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

    Those have the same first letter and nearly the same length (`whygate.text.near`). What ends
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
