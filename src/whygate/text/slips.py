"""Labels with a slip of the pen, wherever they stand: `Probem: rows are lost`, `| Outcom | ... |`.

What has no label that anybody knows is no section and no trailer, so this looks at the lines
themselves: a heading, a bold label, a label in front of a colon, an item of a list, a key; in a
description also a cell of a table, and a label alone on its line with text below.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from whygate.text.patterns import later

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_LEAST = 6  # letters of one that is no heading: shorter words resemble too many others
_MOST_LINES = 2_000
_HEAD = 72  # characters of a line in which its label ends
_LONGEST_BARE = 48
# One of these stands in the head of each line that begins with a label.
_SIGN = later(r"[:\uff1a|*_#]")
# A heading; in bold; in front of a colon, where the lookahead spares trying shorter labels.
_LABEL = later(
    r"[ ]{0,3}#{1,6}[ \t]+(?P<heading>[^#\n]{1,80})"
    r"|[ \t]{0,8}(?:(?:[-*+]|\d{1,3}[.)])[ \t]+)?(?:"
    r"(?:\*\*|__)(?P<bold>[^*_\n]{1,80})(?:\*\*|__)"
    r"|(?:\[[xX]\][ \t]+)?(?=(?P<plain>[^\W\d_][^:\uff1a|<>()\n]{3,50}))(?P=plain)"
    r"[:\uff1a](?=[\s*_]|$))"
)
_CELL = later(r"\|[ \t*_]*(?P<label>[^\W\d_][^|:\n*_]{3,50})[ \t*_:]*(?=\|)")
_BARE = later(r"(?P<label>[^\W\d_][\w' -]{3,40})[ \t]*\r?$")


class Slip(NamedTuple):
    """A label that is nearly one: its field, how it is spelled, and its line, from 1."""

    field: str
    label: str
    wanted: str
    line: int
    column: int


def find_slips(
    text: str,
    near: Callable[[str], tuple[str, str]],
    *,
    is_message: bool = False,
) -> Iterator[Slip]:
    """Yield the labels of a text that somebody knows but for a slip, in their order.

    `near` returns the field and the spelling that a label resembles, or two empty strings. In a
    commit message (`is_message`) a word alone on its line is a word, and a bar no table. Whether a
    line is hidden, as in code, is for others to say.
    """
    before = ""
    may_stand_alone = not is_message
    lines = text.split("\n")[: _MOST_LINES + 2]
    for number, line in enumerate(lines[:_MOST_LINES], 1):
        is_first = may_stand_alone and 0 < len(line) <= _LONGEST_BARE and not before.strip()
        is_first = is_first and _has_text(lines, number)
        before = line
        if not (is_first or _SIGN.search(line, 0, _HEAD)):
            continue
        found = _LABEL.match(line)
        if found is not None:
            how = found.lastgroup or ""
            label = found[how].rstrip(" \t:\uff1a?\r*_")
            labels = [(label, found.start(how) + 1, _LEAST if how == "plain" else 1)]
        else:
            labels = _find_unmarked(line, is_first=is_first) if may_stand_alone else []
        for label, column, least in labels:
            name, wanted = near(label) if len(label) >= least else ("", "")
            if name:
                yield Slip(name, label, wanted, number, column)


def _has_text(lines: list[str], number: int) -> bool:
    """Tell whether text follows below a line, directly or after a blank one."""
    return any(line.strip() for line in lines[number : number + 2])


def _find_unmarked(line: str, *, is_first: bool) -> list[tuple[str, int, int]]:
    """Return the cells of a table, or a label alone on its line, each with its column from 1."""
    if "|" in line:
        cells = _CELL.finditer(line[:2_000])
        return [(cell["label"].strip(), cell.start("label") + 1, _LEAST) for cell in cells]
    found = _BARE.match(line) if is_first else None
    return [(found["label"].strip(), 1, _LEAST)] if found is not None else []


def hidden_lines(text: str) -> frozenset[int]:
    """Return the lines of a text, from 1, that no reader takes for the author's own words."""
    from whygate.text.document import Page  # noqa: PLC0415 - 3 ms to load, and rarely asked for
    from whygate.text.marks import Vocabulary  # noqa: PLC0415

    return Page.of(text, Vocabulary(frozenset()), frozenset()).hidden_lines()
