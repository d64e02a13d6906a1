"""What the next commit will change, and whether it amends the last one."""

from __future__ import annotations

import os
import re
import time
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from whygate.git.message_file import CONFIG_KEYS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from whygate.git.run import Git

_DIFF = (
    *("diff", "--cached", "-z", "--no-color", "--no-ext-diff", "--no-textconv"),
    *("--no-renames", "--no-relative", "--ignore-submodules=none"),
)
_AUTHORED = r"@([0-9]{1,12}) [+-][0-9]{4}"
_SECONDS_OF_A_COMMIT = 5


class Staged(Struct, frozen=True):
    """What is about to be committed; `lines_changed` is None when it was not asked for."""

    paths: tuple[str, ...]
    lines_changed: int | None = None


class CommitFacts(Struct, frozen=True):
    """What git said of a commit: its paths, its settings by lower-case key, and what it is on.

    `head` is HEAD (empty: unborn; None: `known_head` asks) and, when the commit amends it, `base`
    what HEAD stands on.
    """

    head: str | None
    base: str
    amends: bool
    config: Mapping[str, str]
    paths: tuple[str, ...] = ()


def find_head(git: Git) -> str:
    """Return the full hash of HEAD, empty on an unborn branch."""
    found = git.run("rev-parse", "--verify", "--quiet", "HEAD^{commit}", ok=(0, 1))
    return found.decode("ascii").strip()


def read_staged(git: Git, *, base: str = "", lines: bool = False) -> Staged:
    """Return what the index changes against the commit `base` (empty: HEAD, born or not).

    git names the index of `git commit --all` and of `git commit <path>` in GIT_INDEX_FILE.
    """
    against = (base,) if base else ()
    form = "--numstat" if lines else "--name-only"
    found = git.run(*_DIFF, form, *against, "--").split(b"\0")[:-1]
    if not lines:
        return Staged(tuple(os.fsdecode(path) for path in found))
    rows = [row.split(b"\t", 2) for row in found]
    changed = count_lines((added, gone) for added, gone, _ in rows)
    return Staged(tuple(os.fsdecode(path) for _, _, path in rows), changed)


def count_lines(rows: Iterable[tuple[bytes, bytes]]) -> int | None:
    """Return the lines added and removed together; None with a binary file, which has `-`."""
    total = 0
    for row in rows:
        if b"-" in row:
            return None
        total += sum(map(int, row))
    return total


def find_amended(git: Git, environ: Mapping[str, str], *, head: str, now: float) -> str | None:
    """Return the hash (empty: none) that HEAD's commit stands on when a commit amends HEAD.

    No hook is told that. But git gives the author of the commit to its hooks (GIT_AUTHOR_DATE
    and others), and only an amending commit has the author and the second of HEAD. It cannot
    be known, and None is returned, when that second is as good as `now` (seconds since 1970):
    then HEAD may be a commit of the same script. The same holds when dates are not the
    clock's, which GIT_COMMITTER_DATE tells, and for `--reset-author`.
    """
    authored = _second_of_author(environ, now)
    if not head or authored is None:
        return None
    name, mail = (environ.get(f"GIT_AUTHOR_{part}", "") for part in ("NAME", "EMAIL"))
    form = "--format=%at%x00%an%x00%ae%x00%P"
    found = git.run("log", "-1", "--no-mailmap", "--no-show-signature", form, head, "--")
    of_head = found.decode("utf-8", "replace").rstrip("\n").split("\0")
    if of_head[:3] != [authored, name, mail]:
        return None
    return of_head[3].partition(" ")[0]


def _second_of_author(environ: Mapping[str, str], now: float) -> str | None:
    """Return the second of the commit's author, None where no commit that amends has it."""
    authored = re.fullmatch(_AUTHORED, environ.get("GIT_AUTHOR_DATE", ""))
    if authored is None or "GIT_COMMITTER_DATE" in environ:
        return None
    return authored[1] if now - int(authored[1]) >= _SECONDS_OF_A_COMMIT else None


def find_empty_tree(git: Git) -> str:
    """Return the hash of the tree without files, in the repository's own hash function."""
    return git.run("hash-object", "-t", "tree", "--stdin", input=b"").decode("ascii").strip()


def ask_git(git: Git, environ: Mapping[str, str]) -> CommitFacts:
    """Return what git knows of the commit that is being made, but for its paths."""
    return replace(find_facts(git, environ), config=git.config(CONFIG_KEYS))


def find_facts(git: Git, environ: Mapping[str, str]) -> CommitFacts:
    """Return what the commit that is being made stands on, without its paths and settings."""
    now = time.time()
    # Git is asked only where the commit may amend HEAD: most do not, and wait 3 ms less.
    head = find_head(git) if _second_of_author(environ, now) is not None else None
    amended = find_amended(git, environ, head=head or "", now=now)
    base = "" if amended is None else amended or find_empty_tree(git)
    return CommitFacts(head, base, amended is not None, {})


def known_head(git: Git, facts: CommitFacts) -> str:
    """Return HEAD as a commit's facts know it, else as git does (empty: unborn)."""
    return find_head(git) if facts.head is None else facts.head
