"""Turn the message of a revert into the names of what it takes back."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from whygate.outcomes.directory import Directory

_MOST = 20
_SHAS = re.compile(r"^This reverts commit ([0-9a-fA-F]{7,64})", re.MULTILINE)
# GitHub's own: the description of a revert, and the branch it proposes.
# https://docs.github.com/en/pull-requests/collaborating-with-pull-requests/incorporating-changes-from-a-pull-request/reverting-a-pull-request
_REQUEST = re.compile(r"^Reverts (?:[\w.-]{1,100}/[\w.-]{1,100})?#([0-9]{1,10})\b", re.MULTILINE)
_BRANCH = re.compile(r"Merge pull request #[0-9]{1,10} from [^\s/]{1,100}/revert-([0-9]{1,10})-")
_QUOTED = re.compile(r"(?:Revert|Reapply) \"(.{1,500})\"", re.DOTALL)
_NUMBER = re.compile(r"\(#([0-9]{1,10})\)\Z")


def read_reverts(title: str, message: str) -> tuple[str, ...]:
    """Return what a revert takes back: hashes, `#123`, or else the title as `"title`.

    `Reapply "x"` takes back the revert of x, as git names it (git-revert), so its title reads
    `"Revert "x"`. A title is named only when nothing more exact is.
    """
    exact = list(dict.fromkeys(_exact(title, message)))[:_MOST]
    if exact:
        return tuple(exact)
    match = _QUOTED.match(title)
    if match is None:
        return ()
    return (f'"Revert "{match[1]}"',) if title.startswith("Reapply") else (f'"{match[1]}',)


def _exact(title: str, message: str) -> Iterator[str]:
    for sha in _SHAS.findall(message):
        yield sha.lower()
    for number in _REQUEST.findall(message):
        yield f"#{number}"
    if branch := _BRANCH.match(message.lstrip()):
        yield f"#{branch[1]}"
    quoted = _QUOTED.match(title)
    # `Reapply "x (#12)"` names the change, and takes back another commit: its revert.
    if quoted and not title.startswith("Reapply") and (number := _NUMBER.search(quoted[1])):
        yield f"#{number[1]}"


class Revert(Struct, frozen=True):
    """A commit that takes others back: its hash and day, and the names `read_reverts` gives."""

    sha: str
    day: date | None
    names: tuple[str, ...]


def find_reverted(directory: Directory, reverts: Iterable[Revert]) -> frozenset[str]:
    """Return the hashes of the changes that stand reverted.

    `reverts` come in any order and are taken by day, those of one day in the order they have;
    a revert of a revert brings the change back.
    """
    reverted: set[str] = set()
    effects: dict[str, list[str]] = {}
    for revert in sorted(reverts, key=lambda r: r.day or date.min):
        touched: list[str] = []
        for name in revert.names:
            for target in _targets(directory, name, revert):
                touched += effects.get(target, [target])
        reverted.symmetric_difference_update(touched)
        effects[revert.sha] = touched
    return frozenset(reverted)


def _targets(directory: Directory, name: str, revert: Revert) -> list[str]:
    """Return the hashes a name means: all of a number, the newest older one of a title."""
    if not name.startswith('"'):
        found = [change.sha for change in directory.find(name)]
        return found or ([name] if not name.startswith("#") else [])
    titled = [change for change in directory.find_title(name[1:]) if change.sha != revert.sha]
    if revert.day is not None:
        titled = [c for c in titled if c.day is None or c.day <= revert.day]
    return [change.sha for change in titled[:1]]
