"""Which paths and branches a pattern means: gitignore(5), in time that no pattern can blow up.

Patterns come from configurations and CODEOWNERS files, names from strangers. A pattern is cut at
its stars into pieces of fixed length, and the pieces are looked for from left to right, so the
work is at most the length of the pattern times that of the name.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Sequence

# A longer pattern matches nothing; the configuration refuses one, CODEOWNERS passes over its line.
LONGEST_PATTERN = 1_000
_WILD = frozenset("*?[\\")
_CLASSES = {
    "alnum": "0-9A-Za-z",
    "alpha": "A-Za-z",
    "blank": " \t",
    "cntrl": "\0-\x1f\x7f",
    "digit": "0-9",
    "graph": "!-~",
    "lower": "a-z",
    "print": " -~",
    "space": " \t-\r",
    "punct": "!-/:-@\\[-`{-~",
    "upper": "A-Z",
    "xdigit": "0-9A-Fa-f",
}


def matches_any(path: str, patterns: tuple[str, ...]) -> bool:
    """Tell whether patterns mean a path, as gitignore(5) reads them.

    The last pattern that fits decides; `!` takes back. A pattern that means a directory means
    everything below it.
    """
    return _decide(path, patterns, is_file=False)


def matches_file(path: str, patterns: tuple[str, ...]) -> bool:
    """Tell whether patterns mean this very file.

    As `matches_any`, but only a pattern that ends in `/` or `/**` means what is below a
    directory: a file in a directory called `x.md` is no `*.md`.
    """
    return _decide(path, patterns, is_file=True)


def _decide(path: str, patterns: tuple[str, ...], *, is_file: bool) -> bool:
    for pattern in reversed(_compile_all(patterns)):
        if pattern.matches(path, is_file=is_file):
            return not pattern.is_negative
    return False


class Pattern(Struct, frozen=True):
    """A pattern of gitignore(5), cut into the segments between its slashes.

    A segment is a text to equal, None for `**`, or a `Wildcard`. `is_floating` tells that it may
    begin in any directory, `is_folder` that it means a directory and not a file.
    """

    segments: tuple[str | Wildcard | None, ...]
    is_negative: bool = False
    is_floating: bool = False
    is_folder: bool = False

    def matches(self, path: str, *, is_file: bool = False) -> bool:
        """Tell whether the pattern means a path or, unless `is_file`, a directory above it."""
        names = path.split("/")
        wanted = self.segments
        if self.is_floating and len(wanted) == 1:
            segment = wanted[0]
            if self.is_folder:
                names = names[:-1]
            elif is_file:
                names = names[-1:]
            return any(_equals(segment, name) for name in names)
        if self.is_folder:
            names.pop()
        # `a/**` is all that is below `a`, and not `a` itself.
        if wanted[-1] is None:
            return bool(names) and _matches_segments(wanted, names[:-1])
        if self.is_folder or not is_file:
            wanted = (*wanted, None)
        return _matches_segments(wanted, names)


class Wildcard(Struct, frozen=True):
    """A segment with wildcards: the pieces between its stars, as patterns of fixed length."""

    pieces: tuple[re.Pattern[str], ...]
    lengths: tuple[int, ...]

    def matches(self, name: str) -> bool:
        """Tell whether the pieces stand in a name in their order, the outer ones at its ends."""
        first, last = self.pieces[0], self.pieces[-1]
        if first.match(name) is None:
            return False
        if len(self.pieces) == 1:
            return len(name) == self.lengths[0]
        start, end = self.lengths[0], len(name) - self.lengths[-1]
        if end < start or last.match(name, end) is None:
            return False
        for piece in self.pieces[1:-1]:
            found = piece.search(name, start, end)
            if found is None:
                return False
            start = found.end()
        return True


def compile_pattern(text: str) -> Pattern | None:
    """Return the pattern that one line means; None for a comment, an empty or a too long line."""
    line = text if text.endswith("\\ ") else text.rstrip(" \t\r\n")
    if not line or line.startswith("#") or len(line) > LONGEST_PATTERN:
        return None
    is_negative = line.startswith("!")
    line = line.removeprefix("!") if is_negative else line
    is_folder = line.endswith("/")
    body = line.rstrip("/") if is_folder else line
    is_anchored = "/" in body
    names = body.removeprefix("/").split("/")
    if not body or not any(names):
        return None
    segments: list[str | Wildcard | None] = []
    for name in names:
        segment = None if name == "**" else _compile_segment(name)
        if segment is not None or segments[-1:] != [None]:
            segments.append(segment)
    is_floating = not is_anchored and segments != [None]
    return Pattern(tuple(segments), is_negative, is_floating, is_folder)


@lru_cache(maxsize=256)
def _compile_all(patterns: tuple[str, ...]) -> tuple[Pattern, ...]:
    return tuple(filter(None, map(compile_pattern, patterns)))


def _equals(segment: str | Wildcard | None, name: str) -> bool:
    if isinstance(segment, str):
        return segment == name
    return segment is None or segment.matches(name)


def _matches_segments(wanted: Sequence[str | Wildcard | None], names: Sequence[str]) -> bool:
    """Tell whether segments mean a list of names; `**` stands for any number of them.

    Behind a mismatch only the last `**` is stretched: what an earlier one could reach, the last
    one reaches too.
    """
    at, since, resume = 0, -1, 0
    index = 0
    while index < len(names):
        if at < len(wanted) and wanted[at] is None:
            since, resume = at, index
            at += 1
        elif at < len(wanted) and _equals(wanted[at], names[index]):
            at += 1
            index += 1
        elif since >= 0:
            resume += 1
            at, index = since + 1, resume
        else:
            return False
    return all(segment is None for segment in wanted[at:])


def _compile_segment(name: str) -> str | Wildcard:
    """Return what one segment of a pattern must equal, or its pieces when it has wildcards."""
    if _WILD.isdisjoint(name):
        return name
    pieces: list[list[str]] = [[]]
    at = 0
    while at < len(name):
        if name[at] == "*":
            at += 1
            if pieces[-1] or len(pieces) == 1:
                pieces.append([])
            continue
        found = _read_sign(name, at)
        if found is None:  # a class that is never closed: git takes it to mean nothing
            return Wildcard((re.compile("(?!)"),), (0,))
        sign, at = found
        pieces[-1].append(sign)
    return Wildcard(tuple(re.compile("".join(piece)) for piece in pieces), tuple(map(len, pieces)))


def _read_sign(name: str, at: int) -> tuple[str, int] | None:
    """Return what stands for one character, as `re` writes it, and the place behind it."""
    if name[at] == "[":
        return _read_class(name, at + 1)
    if name[at] == "?":
        return "(?s:.)", at + 1
    if name[at] == "\\" and at + 1 < len(name):
        at += 1
    return re.escape(name[at]), at + 1


def _read_class(name: str, at: int) -> tuple[str, int] | None:
    """Return the class that begins at a place, as `re` writes it, and the place behind it."""
    negated = name[at : at + 1] in ("!", "^") and name[at : at + 1] != ""
    start = at = at + negated
    parts: list[str] = []
    while at < len(name) and (name[at] != "]" or at == start):
        if name.startswith("[:", at) and (end := name.find(":]", at + 2)) > 0:
            parts.append(_CLASSES.get(name[at + 2 : end], ""))
            at = end + 2
            continue
        low, at = _read_member(name, at)
        if name[at : at + 1] == "-" and name[at + 1 : at + 2] not in ("", "]"):
            high, at = _read_member(name, at + 1)
            if low <= high:
                parts.append(f"{re.escape(low)}-{re.escape(high)}")
        else:
            parts.append(re.escape(low))
    if at >= len(name):
        return None
    inner = "".join(parts)
    if not inner:
        return ("(?s:.)" if negated else "(?!)."), at + 1
    return f"[{'^' if negated else ''}{inner}]", at + 1


def _read_member(name: str, at: int) -> tuple[str, int]:
    if name[at] == "\\" and at + 1 < len(name):
        return name[at + 1], at + 2
    return name[at], at + 1
