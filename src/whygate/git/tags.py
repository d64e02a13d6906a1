"""With which release a commit reached people: the first tag whose history contains it."""

from __future__ import annotations

import re
from datetime import date  # noqa: TC003 - a field of a struct
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from msgspec import Struct

from whygate.text.commit import utc_day

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from whygate.git.run import Git

_AT_ONCE = 1_000  # hashes, or names of tags, on one command line
_PREFIX = "refs/tags/"
# `1.2.0`, `v3`, `release-2024.05`, `cart@1.2`; no `nightly`, and no candidate of a release.
_NAME = r"(?:[A-Za-z@][\w./@-]{0,80}[-_/@])?"
_VERSION = re.compile(rf"{_NAME}(?:[vV]\.?)?[0-9]{{1,8}}(?:\.[0-9]{{1,8}}){{1,3}}")
_MAJOR = re.compile(rf"{_NAME}[vV][0-9]{{1,8}}")
_FORM = "%(refname)%00%(creatordate:unix)"
# https://git-scm.com/docs/git-name-rev: `tags/v1.2.0~3^2`, or `v1.2.0^0` where it is the tag's own
_STEPS = re.compile(r"[~^].*")


class Release(Struct, frozen=True):
    """A tag that is a release, and its day: the tagger's, or the commit's of a lightweight one."""

    tag: str
    day: date


def is_release(tag: str, patterns: Sequence[str] = ()) -> bool:
    """Tell whether a tag names a release: as configured, or by default as a version does.

    A name that begins with `v` and a digit is one; so is one that ends in a version.
    """
    if patterns:
        return any(fnmatchcase(tag, pattern) for pattern in patterns)
    return re.match(r"v[0-9]", tag) is not None or bool(
        _VERSION.fullmatch(tag) or _MAJOR.fullmatch(tag)
    )


def find_releases(
    git: Git, shas: Sequence[str], patterns: Sequence[str] = ()
) -> dict[str, Release]:
    """Return the first release that contains each commit; one that none contains has no entry.

    Contained is what the history of the tag reaches, whatever the days say; of several tags the
    one with the oldest day counts (git-name-rev). Raises UndecidedError when git fails.
    """
    wanted = list(dict.fromkeys(sha for sha in shas if sha))
    known = _list_tags(git) if wanted else {}
    releases = {tag: release for tag, release in known.items() if is_release(tag, patterns)}
    if not releases:
        return {}
    # `--refs` alone would name by any tag; all of them need not be named one by one.
    refs = [] if len(releases) == len(known) else [f"--refs={_PREFIX}{tag}" for tag in releases]
    found: dict[str, Release] = {}
    for start in range(0, max(1, len(refs)), _AT_ONCE):
        for first in range(0, len(wanted), _AT_ONCE):
            some = wanted[first : first + _AT_ONCE]
            told = git.run("name-rev", "--tags", *refs[start : start + _AT_ONCE], *some)
            for line in told.decode("utf-8", "surrogateescape").splitlines():
                sha, _, name = line.partition(" ")
                tag = _STEPS.sub("", name.removeprefix("tags/"))
                release = releases.get(tag)
                if release is not None and (sha not in found or release.day < found[sha].day):
                    found[sha] = release
    return found


def find_first_holding(git: Git, shas: Sequence[str], tips: Sequence[str]) -> dict[str, str]:
    """Return for each commit the first of some tips whose history contains it.

    A tip that this clone lacks is passed over. Raises UndecidedError when git fails.
    """
    left, seen = set(shas), list[str]()
    found: dict[str, str] = {}
    for tip in _known(git, dict.fromkeys(tips)):
        if not left:
            break
        asked = "".join((f"{tip}\n", *(f"^{other}\n" for other in seen)))
        told = git.run("rev-list", "--stdin", input=asked.encode("ascii")).decode("ascii")
        held = left.intersection(told.split())
        found |= dict.fromkeys(held, tip)
        left -= held
        seen.append(tip)
    return found


def _known(git: Git, shas: Iterable[str]) -> list[str]:
    """Return those hashes that name commits of this clone, in their order."""
    wanted = list(shas)
    asked = "".join(f"{sha}\n" for sha in wanted).encode("ascii")
    told = git.run("cat-file", "--batch-check=%(objecttype)", input=asked).decode("ascii")
    kinds = told.splitlines()
    return [sha for sha, kind in zip(wanted, kinds, strict=True) if kind == "commit"]


def _list_tags(git: Git) -> dict[str, Release]:
    listed = git.run("for-each-ref", f"--format={_FORM}", _PREFIX)
    tags: dict[str, Release] = {}
    for line in listed.split(b"\n"):
        name, _, seconds = line.partition(b"\0")
        day = utc_day(seconds)
        if day is not None:
            tag = name.decode("utf-8", "surrogateescape").removeprefix(_PREFIX)
            tags[tag] = Release(tag, day)
    return tags
