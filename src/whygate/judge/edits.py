"""Mends that are certain: where the piece stands in the author's text, and what to write there."""

from __future__ import annotations

import re
from bisect import bisect_right
from functools import lru_cache
from itertools import accumulate
from typing import TYPE_CHECKING

from msgspec import Struct

from whygate.context.fill import is_filled
from whygate.model import Edit, Location, Origin, Severity
from whygate.text.labels import normalise_label

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from whygate.judge.case import Case
    from whygate.model import Part, Statement, Verdict

_BODY = Origin.DESCRIPTION
_LONE_RETURN = re.compile(r"\r(?!\n)")
_WORD = re.compile(r"[^\W_]+")
_MOST_ROUNDS = 8
_FURTHEST = 4_000  # characters from a label to a piece of its answer


def edit_in(case: Case, statement: Statement, old: str, new: str) -> Edit | None:
    """Return the edit of a piece of an answer, in any case; None where it is not found once."""
    part = _part_of(case, statement.location, statement.origin)
    if part is None or not old:
        return None
    text = source_of(part)
    begin = _offset(text, statement.location)
    first = statement.raw.partition("\n")[0]
    at = text.find(first, begin, begin + _FURTHEST) if first else -1
    if at < 0:
        return None
    behind = text[at : at + max(len(statement.raw), len(first))]
    if behind.lower().count(old.lower()) != 1 or len(behind.lower()) != len(behind):
        return None
    return _edit(text, part.path, at + behind.lower().find(old.lower()), len(old), new)


def edit_of_label(case: Case, place: Location, label: str, wanted: str) -> Edit | None:
    """Return the edit that spells a label as `wanted`, a normalised label or a key.

    Only the words that differ are written anew, each in the case it has; None where the words are
    not as many, or where the label stands in the line more than once. The header of a table
    stands above the place of a value.
    """
    part = next((p for p in case.change.parts if p.path == place.path), None)
    if part is None or not label:
        return None
    text = source_of(part)
    number = place.line
    lines = _table(text)[0]
    while lines[number - 1 : number] and label not in lines[number - 1]:
        number -= 1
        if number < 1 or "|" not in lines[number - 1]:
            return None
    line = "".join(lines[number - 1 : number])
    if line.count(label) != 1:
        # behind the label there may stand the same word: "Probem: a Probem is ..."
        if line.lstrip(" \t>#*_-+|`").startswith(label):
            column = line.find(label)
        else:
            return None
    else:
        column = line.find(label)
    changed = _respelled(label, wanted)
    if changed is None:
        return None
    start, end, new = changed
    begin = _offset(text, Location(place.path, number, column + 1 + start))
    return _edit(text, part.path, begin, end - start, new)


def edit_of_key(case: Case, place: Location, key: str, wanted: str) -> Edit | None:
    """Return the edit that writes another key of a machine block; None where it is not plain."""
    part = next((p for p in case.change.parts if p.path == place.path), None)
    if part is None:
        return None
    text = source_of(part)
    begin = _offset(text, Location(place.path, place.line))
    line = text[begin:].partition("\n")[0]
    found = list(re.finditer(rf"(?<![\w-]){re.escape(key)}(?=[\"']?[ \t]*:)", line))
    if len(found) != 1:
        return None
    return _edit(text, part.path, begin + found[0].start(), len(key), wanted)


def _respelled(label: str, wanted: str) -> tuple[int, int, str] | None:
    """Return the piece of a label that is spelled anew: where it begins, where it ends, the text.

    From the first word that differs to the last; what stands between the words stays.
    """
    own, words = list(_WORD.finditer(label)), _WORD.findall(wanted)
    while len(own) > len(words) and own[0][0].isdigit():  # "1. Probem"
        own = own[1:]
    if len(own) != len(words):
        return None
    pairs = zip(own, words, strict=True)
    changed = [(at, word) for at, word in pairs if normalise_label(at[0]) != word.casefold()]
    if not changed:
        return None
    start, end = changed[0][0].start(), changed[-1][0].end()
    new, at = "", start
    for found, word in changed:
        new += label[at : found.start()] + _in_case_of(found[0], word)
        at = found.end()
    return start, end, new


def _in_case_of(old: str, new: str) -> str:
    if len(old) > 1 and old.isupper():
        return new.upper()
    return new[:1].upper() + new[1:] if old[:1].isupper() else new


def source_of(part: Part) -> str:
    """Return the text of the file a part was read from, its lines ending where readers see it."""
    return _with_one_line_end(part.source or part.text, "\n" if part.origin is _BODY else " ")


@lru_cache(maxsize=8)
def _with_one_line_end(text: str, end: str) -> str:
    return _LONE_RETURN.sub(end, text) if "\r" in text else text


@lru_cache(maxsize=8)
def _table(text: str) -> tuple[tuple[str, ...], tuple[int, ...]]:
    """Return the lines of a text and where each of them begins, found once for all its edits."""
    lines = text.split("\n")
    starts = tuple(accumulate((len(line) + 1 for line in lines), initial=0))
    return tuple(lines), starts[:-1]


def sure_edits(edits: Iterable[Edit]) -> tuple[Edit, ...]:
    """Return edits by their place, without those that touch one before them."""
    kept: list[Edit] = []
    for edit in sorted(set(edits), key=lambda e: (e.start, e.end, e.new)):
        if not kept or edit.start >= kept[-1].end:
            kept.append(edit)
    return tuple(kept)


def apply_edits(text: str, edits: Iterable[Edit]) -> str:
    """Return a text with edits made, all other characters as they were.

    An edit whose piece does not stand in its place, or that touches another, is left out.
    """
    pieces: list[str] = []
    at = 0
    for edit in sure_edits(edits):
        if text[edit.start : edit.end] == edit.old:
            pieces += (text[at : edit.start], edit.new)
            at = edit.end
    return "".join((*pieces, text[at:]))


class Mended(Struct, frozen=True):
    """A text after its mends, the edits that made it, and the verdicts before and after."""

    text: str
    edits: tuple[Edit, ...]
    before: Verdict
    after: Verdict


def mend(text: str, judge: Callable[[str], Verdict]) -> Mended:
    """Return a text with every certain mend made; `judge` returns the verdict on a text.

    A label that is spelled rightly shows what stands under it, where there may be more to mend, so
    it goes on until nothing is left. An edit that would take an answer away, or that would put a
    field at fault that was not, is not made.
    """
    first = verdict = judge(text)
    made: list[Edit] = []
    for _ in range(_MOST_ROUNDS):
        edits = sure_edits(f.edit for f in verdict.findings if f.edit is not None)
        step = _all_or_one(text, edits, verdict, judge)
        if step is None:
            break
        text, verdict, done = step
        made += done
    return Mended(text, tuple(made), first, verdict)


def _all_or_one(
    text: str, edits: tuple[Edit, ...], verdict: Verdict, judge: Callable[[str], Verdict]
) -> tuple[str, Verdict, tuple[Edit, ...]] | None:
    """Return what becomes of a text by all of some edits, or else by the first that helps."""
    groups = (edits, *((edit,) for edit in edits)) if len(edits) > 1 else (edits,)
    for group in groups:
        mended = apply_edits(text, group)
        if mended == text:
            continue
        after = judge(mended)
        if _is_no_worse(verdict, after):
            return mended, after, group
    return None


def _is_no_worse(before: Verdict, after: Verdict) -> bool:
    return _at_fault(after) <= _at_fault(before) and _answered(before) <= _answered(after)


def _at_fault(verdict: Verdict) -> set[str]:
    errors = (f for f in verdict.findings if f.severity is Severity.ERROR)
    return {f.field.partition(".")[0] or f.rule for f in errors}


def _answered(verdict: Verdict) -> set[str]:
    return {statement.field for statement in verdict.context.statements() if is_filled(statement)}


def _part_of(case: Case, place: Location, origin: Origin) -> Part | None:
    parts = (p for p in case.change.parts if p.path == place.path and p.origin is origin)
    return next(parts, None)


def _offset(text: str, place: Location) -> int:
    """Return where a place stands in a text, in characters from 0."""
    starts = _table(text)[1]
    if place.line > len(starts):
        return len(text)
    return min(starts[place.line - 1] + place.column - 1, len(text))


def _edit(text: str, path: str, start: int, length: int, new: str) -> Edit:
    starts = _table(text)[1]
    line = bisect_right(starts, start)
    place = Location(path, line, start - starts[line - 1] + 1)
    return Edit(place, start, start + length, text[start : start + length], new)
