"""Turn a text and the template it was written on into what its author added."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from whygate.text.content import visible
from whygate.text.labels import first_words
from whygate.text.markup import split_lines

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

# What stands in front of a line's words: quotes, list markers, numbers, heading signs, a box.
_MARKER = re.compile(r"[ \t]*(?:>|[-*+](?=[ \t]|$)|\d{1,9}[.)](?=[ \t]|$)|#{1,6}(?=[ \t]|$))")
_HEADING = re.compile(r"[ \t]*#{1,6}[ \t]")
_TASK_BOX = re.compile(r"[ \t]*\[([ xX])\](?=[ \t]|$)")
_STRUCTURE = re.compile(r"[ \t>]*(?:`{3}|~{3})")
_FIRST_WORD = re.compile(r"[ \t>*+#-]*([A-Za-z]+)(?:[ ,.:;!?]|\Z)")
_GAP = re.compile(r"[\W_]+")


def template_lines(template: str) -> frozenset[str]:
    """Return the folded lines and paragraphs of a template, to be computed once.

    Lines inside HTML comments are among them: a prompt is one, whether commented out or not.
    """
    lines = split_lines(template)
    folded = {_fold(line) for line in lines}
    folded.update(_fold_all(lines[start:end]) for start, end in _units(lines))
    return frozenset(folded - {""})


def remaining_lines(markdown: str, lines: frozenset[str]) -> str:
    r"""Return a Markdown text without the lines of a template; \n ends the lines left.

    `lines` is what `template_lines` gave. Lines compare by their words, so other list markers,
    emphasis or punctuation do not save a line; a ticked box does, and so does every word the
    author added to it. A paragraph that was only wrapped differently is recognised, too. Lines
    that open or close a fence or a comment stay, so that what they enclose keeps its meaning.
    """
    source = split_lines(markdown)
    foreign = find_template_lines(source, lines)
    return "\n".join(line for at, line in enumerate(source) if at not in foreign)


def find_template_lines(source: Sequence[str], lines: frozenset[str]) -> frozenset[int]:
    """Return which lines of a text, from 0, `remaining_lines` takes out of it."""
    firsts = first_words(lines)
    if not any(_may_be_known(line, firsts) for line in source):
        return frozenset()
    found: set[int] = set()
    for start, end in _units(source):
        if end - start > 1 and _fold_all(source[start:end]) in lines:
            known: Iterable[int] = range(start, end)
        else:
            known = (at for at in range(start, end) if _fold(source[at]) in lines)
        found.update(at for at in known if not _is_structure(source[at]))
    return frozenset(found)


def _may_be_known(line: str, firsts: frozenset[str]) -> bool:
    """Tell whether a line may begin as one of a template; False is never wrong."""
    first = _FIRST_WORD.match(line)
    return first[1].lower() in firsts if first is not None else line != ""


def _units(lines: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Yield the ranges of lines that belong together: a heading, a list item, a paragraph."""
    start = 0
    for number in range(1, len(lines)):
        line, before = lines[number], lines[number - 1]
        ends = not before.strip(" \t") or _HEADING.match(before)
        if ends or not line.strip(" \t") or _MARKER.match(line):
            yield start, number
            start = number
    yield start, len(lines)


def _is_structure(line: str) -> bool:
    return ("<!--" in line) != ("-->" in line) or bool(_STRUCTURE.match(line))


def _fold_all(lines: Sequence[str]) -> str:
    return _fold(" ".join(lines))


def _fold(line: str) -> str:
    """Return the words of a line in the form in which lines are compared."""
    position = 0
    while found := _MARKER.match(line, position):
        position = found.end()
    box = _TASK_BOX.match(line, position)
    prefix = f"[{box[1].lower()}] " if box else ""
    words = _GAP.sub(" ", visible(line[box.end() if box else position :]).casefold()).strip()
    return prefix + words if words else ""
