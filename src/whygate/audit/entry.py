"""One commit of a `git log` stream as git printed it, and the name a change goes by."""

from __future__ import annotations

import re
from datetime import date
from functools import lru_cache
from typing import NamedTuple

from whygate.text.message import split_subject

_SHORT = 12
_EPOCH = date(1970, 1, 1).toordinal()
_LAST_DAY = date.max.toordinal() - _EPOCH
_DAY = 86_400
_LONGEST_TIME = 12  # digits; more is far beyond the year 9999
_SQUASHED = re.compile(r"\(#([0-9]{1,10})\)$")
# GitHub's own merge, and bors' (https://bors.tech): the request's title is the next paragraph.
_MERGED = re.compile(r"(?:Merge pull request|Auto merge of) #([0-9]{1,10}) ")


class Entry(NamedTuple):
    """The bytes of a commit; `seconds` is the committer's Unix time, empty when malformed.

    `message` is UTF-8 already when git knows the encoding of the commit's header. `rows` are
    the lines of `--name-only` or `--numstat`, None when they were not asked for. `brought` are the
    commits that a merge brought in, as far as they are to be read with it.
    """

    sha: bytes
    parents: bytes
    author_name: bytes
    author_mail: bytes
    seconds: bytes
    encoding: bytes
    message: bytes
    rows: tuple[bytes, ...] | None = None
    brought: tuple[Entry, ...] = ()


def name_change(subject: str, body: str, sha: str) -> tuple[str, str]:
    """Return the identity and the title of a commit as a change.

    The identity is `#123` from the subject that GitHub writes for a squash (`... (#123)`) or a
    merge (`Merge pull request #123 from ...`), else the short hash. The title is the subject; a
    merge by GitHub or bors keeps the request's as second paragraph.
    """
    number = _SQUASHED.search(subject)
    title = subject
    if merged := _MERGED.match(subject):
        number = merged
        title = split_subject(body)[0] or subject
    return f"#{number[1]}" if number else sha[:_SHORT], title


def read_paths(entry: Entry) -> tuple[str, ...]:
    """Return the changed paths of an entry that was read with their names."""
    return tuple(row.decode("utf-8", "replace") for row in entry.rows or ())


def utc_day(seconds: bytes) -> date | None:
    """Return the day of a Unix time; git leaves it empty when the commit's date is malformed.

    Commits of one day share it.
    """
    if not seconds.isdigit() or len(seconds) > _LONGEST_TIME:
        return None
    return _day(int(seconds) // _DAY)


@lru_cache(maxsize=1024)
def _day(days: int) -> date | None:
    return date.fromordinal(_EPOCH + days) if days <= _LAST_DAY else None
