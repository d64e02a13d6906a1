"""What an author added to the template that a description was begun from."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from whygate.text.content import visible
from whygate.text.markup import split_lines
from whygate.text.patterns import later

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

# What stands in front of a line's words: quotes, list markers, numbers, heading signs, a box.
_MARKER = later(r"[ \t]*(?:>|[-*+](?=[ \t]|$)|\d{1,9}[.)](?=[ \t]|$)|#{1,6}(?=[ \t]|$))")
_HEADING = re.compile(r"[ \t]*#{1,6}[ \t]")
_TASK_BOX = later(r"[ \t]*\[([ xX])\](?=[ \t]|$)")
_BOXED = later(r"[^\w\[]*\[[ xX]\]")
_STRUCTURE = later(r"[ \t>]*(?:`{3}|~{3})")
_FIRST_WORDS = later(r"[^\w\[]*(?!\d{1,9}[.)])([A-Za-z0-9]+)(?:[\W_]+([A-Za-z0-9]+))?")
_WORD = re.compile(r"[^\W_]+")
_GAP = re.compile(r"[\W_]+")
_FEW = 2  # lines
_LEAST_WORDS, _MOST_WORDS = 5, 60


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


def find_template_lines(
    source: Sequence[str], lines: frozenset[str], *, nearly: bool = False
) -> frozenset[int]:
    """Return which lines of a text, from 0, `remaining_lines` takes out of it.

    With `nearly`, a prompt to which a word was added is one still, where little else is left.
    """
    firsts = _beginnings(lines)
    found: set[int] = set()
    begins = [_may_be_known(line, firsts) for line in source]
    for start, end in _units(source) if any(begins) else ():
        if end - start > 1 and begins[start] and _fold_all(source[start:end]) in lines:
            known: Iterable[int] = range(start, end)
        else:
            known = (at for at in range(start, end) if begins[at] and _fold(source[at]) in lines)
        found.update(at for at in known if not _is_structure(source[at]))
    if not nearly:
        return frozenset(found)
    left = [at for at, line in enumerate(source) if at not in found and line.strip(" \t")]
    if len(left) <= _FEW and not any(_is_structure(source[at]) for at in left):
        found.update(at for at in left if _is_nearly_known(source[at], lines))
    return frozenset(found)


def _is_nearly_known(line: str, lines: frozenset[str]) -> bool:
    """Tell whether a line has the words of a template's line, but for one of them."""
    words = frozenset(_WORD.findall(line.casefold()))
    if not _LEAST_WORDS <= len(words) <= _MOST_WORDS or _BOXED.match(line):
        return False
    by_word = _by_longest_word(lines)
    return any(
        abs(len(line) - len(words)) <= 1 and len(words - line) <= 1 and len(line - words) <= 1
        for word in words & by_word.keys()
        for line in by_word[word]
    )


@lru_cache(maxsize=8)
def _by_longest_word(lines: frozenset[str]) -> dict[str, list[frozenset[str]]]:
    """Return the lines of a template by the two longest of their words."""
    found: dict[str, list[frozenset[str]]] = {}
    for line in lines:
        words = frozenset(line.split())
        if len(words) >= _LEAST_WORDS:
            for word in sorted(words, key=lambda word: (-len(word), word))[:2]:
                found.setdefault(word, []).append(words)
    return found


@lru_cache(maxsize=8)
def _beginnings(lines: frozenset[str]) -> frozenset[str]:
    """Return the first word of each line, and the first two."""
    return frozenset(" ".join(line.split(" ", 2)[:most]) for line in lines for most in (1, 2))


def _may_be_known(line: str, beginnings: frozenset[str]) -> bool:
    """Tell whether a line may begin as one of a template; False is never wrong."""
    first = _FIRST_WORDS.match(line) if line.isascii() else None
    if first is None:  # a number, a box, a link
        return line != ""
    words = f"{first[1]} {first[2]}" if first[2] else first[1]
    return words.lower() in beginnings


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
    box = _TASK_BOX.match(line, position) if "[" in line else None
    prefix = f"[{box[1].lower()}] " if box else ""
    words = _GAP.sub(" ", visible(line[box.end() if box else position :]).casefold()).strip()
    return prefix + words if words else ""
