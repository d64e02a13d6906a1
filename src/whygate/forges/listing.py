"""The repositories of a whole organisation or group: what is asked, and what comes back."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from msgspec import Struct

from whygate.forges.port import ForgeError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

GITHUB, GITLAB = "github", "gitlab"
PAGES = 1_000  # of a hundred; behind them nobody says that all came
_GROUP = re.compile(r"(github|gitlab|forge):(?!//)([^\s:]+)\Z")
_ORGANISATION = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9_-]{0,99})\Z")
_PATH = re.compile(r"[A-Za-z0-9_][\w.-]{0,254}(?:/[A-Za-z0-9_][\w.-]{0,254}){0,20}\Z", re.ASCII)
_ADDRESS = re.compile(r"https?://[\w.-]+(?::[0-9]{1,5})?(?:/[\w.~-]+)+\Z", re.ASCII)


class Group(Struct, frozen=True):
    """An organisation of GitHub, or a group of GitLab by its whole path."""

    forge: str
    name: str


class Listed(Struct, frozen=True):
    """A repository of a group: its whole name, the address of a clone, and whose it is.

    `team` is "" where the forge does not say.
    """

    name: str
    address: str
    organisation: str
    team: str = ""
    is_archived: bool = False
    is_fork: bool = False


class Listing(Struct, frozen=True):
    """The repositories of a group, and what is to be said of them."""

    repositories: tuple[Listed, ...]
    notes: tuple[str, ...] = ()


def parse_group(text: str, *, here: str) -> Group | None:
    """Return the group that a text means, None for any other text.

    It is written `github:NAME`, `gitlab:GROUP/SUBGROUP`, or `forge:NAME` for the forge `here`;
    `forge:org/NAME` is the same. What ends in `.git` is the address of a clone.
    """
    match = _GROUP.match(text)
    if match is None or match[2].endswith(".git"):
        return None
    forge, name = match[1], match[2].rstrip("/")
    if forge == "forge":
        forge, name = here, name.removeprefix("org/")
    fits = _ORGANISATION if forge == GITHUB else _PATH
    return Group(forge, name) if fits.match(name) else None


def looks_like_group(text: str) -> bool:
    """Tell whether a text begins as a group does, so that another form of it is a mistake."""
    return bool(_GROUP.match(text)) and not text.endswith(".git")


def require_address(address: str, forge: str) -> str:
    """Return the address of a clone that a forge told; raises ForgeError unless git may have it."""
    if not _ADDRESS.match(address):
        raise ForgeError(f"{forge} told of a repository at `{address[:200]}`, which is no address")
    return address


def leave_out(
    found: Iterable[Listed], group: Group, *, archived: bool, forks: bool
) -> tuple[tuple[Listed, ...], list[str]]:
    """Return what is wanted, each once and in the order of the names, and what was left out."""
    once = {listed.name.lower(): listed for listed in found}
    kept = []
    left = {"archived": 0, "forks": 0}
    for _, listed in sorted(once.items()):
        if listed.is_archived and not archived:
            left["archived"] += 1
        elif listed.is_fork and not forks:
            left["forks"] += 1
        else:
            kept.append(listed)
    return tuple(kept), list(_tell(left, f"{group.forge}:{group.name}"))


def _tell(left: dict[str, int], name: str) -> Iterator[str]:
    told = [f"{why}: {count}" for why, count in left.items() if count]
    if told:
        yield f"{name}: left out {', '.join(told)}"
