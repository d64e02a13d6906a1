"""Turn a text into one bit: whether reading it as Markdown can find anything at all.

Most commit messages are a subject and prose. To know that, no Markdown parser is needed: a
section begins with a heading, a bold label or a known label, and every one of these leaves a
trace in its line. The answer is exact on one side only: False is never wrong, True may be.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from whygate.text.labels import normalise_label
from whygate.text.layout import split_lines

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

_LONGEST = 160  # characters of a line in which a label is looked for
FENCES = ("```", "~~~")  # CommonMark 4.5
_SIGNS = (*FENCES, "<!")  # comments and declarations (6.6) as well
# ATX headings (4.2), and underlines of setext headings (4.3).
_HEADING = re.compile(r"^ {0,3}(?:#{1,6}(?:[ \t]|$)|(?:=+|-+)[ \t]*$)", re.MULTILINE)
# The first word of a line, where nothing that falls away or joins words stands next to it.
_FIRST_WORD = re.compile(
    r"[^\w<&*`~\[':(]*([A-Za-z][A-Za-z0-9]*)(?![A-Za-z0-9*`~<&'!]|_(?![A-Za-z0-9]))"
)


def may_hold_sections(
    text: str, labels: frozenset[str], *, skip_lines: Collection[int] = ()
) -> bool:
    """Tell whether `parse_document` may find a section, a fence, or something hidden or open.

    `labels` are the normalised labels that open a section; `skip_lines` are the lines, from 1,
    that are read as blank. Where this is False, `parse_document` finds nothing but a preamble.
    Linear in the length of the text.
    """
    lines = split_lines(text)
    kept = [line for at, line in enumerate(lines, 1) if line and at not in skip_lines]
    if not kept:
        return False
    plain = "\n".join(kept)
    if any(sign in plain for sign in _SIGNS) or _HEADING.search(plain):
        return True
    if ("**" in plain or "__" in plain) and any(map(_may_be_bold, kept)):
        return True
    return any(_may_be_label(line, labels) for line in kept)


def may_begin_label(line: str, labels: frozenset[str]) -> bool:
    """Tell whether a line may begin with one of some normalised labels; False is never wrong."""
    first = _FIRST_WORD.match(line) if line.isascii() else None
    return first is None or first[1].lower() in first_words(labels)


def is_label(line: str, labels: frozenset[str]) -> bool:
    """Tell whether a whole line is one of some normalised labels."""
    return may_begin_label(line, labels) and normalise_label(line) in labels


@lru_cache(maxsize=16)
def first_words(lines: frozenset[str]) -> frozenset[str]:
    """Return the words up to the first space with which lines begin."""
    return frozenset(line.partition(" ")[0] for line in lines)


def _may_be_bold(line: str) -> bool:
    """Tell whether a line may hold strong emphasis (CommonMark 6.2) that can be a label."""
    return _encloses_words(line, "**") or (
        line.lstrip().startswith("__") and _encloses_words(line, "__")
    )


def _encloses_words(line: str, mark: str) -> bool:
    inner = line.partition(mark)[2].rpartition(mark)[0]
    return inner.strip(" \t*_") != ""


def _may_be_label(line: str, labels: frozenset[str]) -> bool:
    """Tell whether a line, or what stands before its colon, is a known label.

    Quotes and heading signs in front are tried with and without: a label that is quoted or
    code is reported as hidden.
    """
    if not may_begin_label(line, labels):
        return False
    return any(normalise_label(form) in labels for form in _forms(line))


def _forms(line: str) -> Iterator[str]:
    """Yield the texts of a line that can be its label, each at most once."""
    fronts = (line.strip(), line.lstrip(" \t>"), line.lstrip(" \t>#"))
    for front in dict.fromkeys(front[:_LONGEST] for front in fronts):
        whole = front.partition("-->")[0]
        head = whole.replace("\uff1a", ":").partition(":")[0]
        yield from dict.fromkeys((front, whole, head))
