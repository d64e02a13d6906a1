"""Who owns a file, by a CODEOWNERS text, in time that grows with the path and not with the rules.

The syntax is that of GitHub ("About code owners") and of GitLab's sections. Most rules are looked
up by the text they begin or end with; only patterns with wildcards in their midst are tried one by
one, and there may be so many of them.
"""

from __future__ import annotations

import re
from itertools import takewhile

from whygate.errors import InputError
from whygate.policy.globs import LONGEST_PATTERN, Pattern, compile_pattern

MOST_WILD = 5_000
_WILD = frozenset("*?[\\")
_SPLIT = re.compile(r"(?<!\\)[ \t]+")
_SECTION = re.compile(r"\^?\[[^\]]*\](?:\[[0-9]{1,4}\])?(.*)")

Owners = tuple[str, ...]


class CodeOwners:
    """The rules of a CODEOWNERS text; a line that cannot be read is passed over, as on GitHub.

    Raises InputError when more than MOST_WILD rules have wildcards in their midst.
    """

    def __init__(self, text: str) -> None:
        self._owners: list[Owners] = []
        # The number of the last rule of each form, by the text that it is looked up by.
        self._exact: dict[str, int] = {}  # a path, or a folder above it
        self._below: dict[str, int] = {}  # a folder above it only
        self._beside: dict[str, int] = {}  # the folder it lies in
        self._names: dict[str, int] = {}  # any name on the way
        self._folders: dict[str, int] = {}  # the name of any folder on the way
        self._endings: dict[str, int] = {}  # `*.md`
        self._all = -1
        self._wild: list[tuple[int, Pattern, bool]] = []
        default: Owners = ()
        for line in map(str.strip, text.splitlines()):
            if not line or line.startswith("#"):
                continue
            if line[0] in "[^" and (section := _SECTION.fullmatch(line)) is not None:
                default = _read_owners(section[1].split())
                continue
            words = _SPLIT.split(line) if "\\" in line else line.split()
            if self._add(words[0], len(self._owners)):
                self._owners.append(_read_owners(words[1:]) or default)
        self._wild.reverse()

    def of(self, path: str) -> Owners:
        """Return the owners of a path: those of the last rule that means it."""
        number = self._find(path)
        return self._owners[number] if number >= 0 else ()

    def _add(self, text: str, number: int) -> bool:
        """Enter one rule under what it is looked up by; return whether it can be read."""
        if text.startswith("!") or len(text) > LONGEST_PATTERN:
            return False
        body, is_folder = text.strip("/"), text.endswith("/")
        is_anchored = "/" in text.rstrip("/")
        if text in ("*", "**", "/**"):
            self._all = number
        elif body and _WILD.isdisjoint(body):
            if is_anchored:
                (self._below if is_folder else self._exact)[body] = number
            else:
                (self._folders if is_folder else self._names)[body] = number
        elif body.endswith("/**") and not is_folder and _WILD.isdisjoint(body[:-3]):
            self._below[body[:-3]] = number
        elif body.endswith("/*") and not is_folder and _WILD.isdisjoint(body[:-2]):
            self._beside[body[:-2]] = number
        elif body.startswith("*.") and _WILD.isdisjoint(body[1:]) and text == body:
            self._endings[body[1:]] = number
        elif (pattern := compile_pattern(text)) is not None:
            self._wild.append((number, pattern, text.endswith("/*")))
            if len(self._wild) > MOST_WILD:
                raise InputError(
                    f"CODEOWNERS has more than {MOST_WILD:,} patterns with wildcards in their "
                    "midst, too many to try on each path",
                    hint="name folders (`/src/cart/`) or endings (`*.md`) instead",
                )
        else:
            return False
        return True

    def _find(self, path: str) -> int:
        names = path.split("/")
        best = max(self._all, self._beside.get("/".join(names[:-1]), -1))
        place = ""
        for index, name in enumerate(names):
            is_file = index == len(names) - 1
            place = f"{place}/{name}" if index else name
            best = max(best, self._exact.get(place, -1), self._names.get(name, -1))
            if not is_file:
                best = max(best, self._below.get(place, -1), self._folders.get(name, -1))
            if "." in name and self._endings:
                best = max(best, self._by_ending(name))
        for number, pattern, is_direct in self._wild:
            if number <= best:
                break
            if pattern.matches(path, is_file=is_direct):
                return number
        return best

    def _by_ending(self, name: str) -> int:
        best, dot = -1, name.find(".")
        while dot >= 0:
            best = max(best, self._endings.get(name[dot:], -1))
            dot = name.find(".", dot + 1)
        return best


def _read_owners(words: list[str]) -> Owners:
    """Return what names somebody: `@user`, `@org/team`, an address; up to a comment."""
    said = takewhile(lambda word: word[0] != "#", words)
    return tuple(word for word in said if "@" in word)
