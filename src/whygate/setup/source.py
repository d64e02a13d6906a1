"""Where this whygate came from: the repository and the release that other tools are to fetch."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from msgspec import Struct

from whygate.version import HOME, __version__, read_record, without_password

if TYPE_CHECKING:
    from collections.abc import Callable

_ON_GITHUB = re.compile(
    r"(?:https://github\.com/|ssh://git@github\.com/|git@github\.com:)"
    r"([\w.-]{1,100}/[\w.-]{1,100}?)(?:\.git)?/?\Z",
    re.ASCII,
)


class Source(Struct, frozen=True):
    """A git repository and a tag or commit of it; `is_guess`: neither was named nor recorded."""

    url: str
    rev: str
    is_guess: bool = False

    @property
    def action(self) -> str:
        """Return `owner/name` for `uses:` in a GitHub workflow, "" for another host."""
        found = _ON_GITHUB.match(self.url)
        return found[1] if found is not None else ""

    @property
    def schemas(self) -> str:
        """Return the address below which the schemas of this very commit can be read, "" if none.

        GitHub serves the files of a public repository there. A release that was only guessed may
        not exist, so that nothing is named.
        """
        if not self.action or self.is_guess:
            return ""
        return f"https://raw.githubusercontent.com/{self.action}/{self.rev}/schemas"


def find_source(url: str | None, rev: str | None, read: Callable[[], str] = read_record) -> Source:
    """Return the source to name: as asked, else what was installed, else the usual release.

    What an address holds of a password is left out: the result is written into files.
    """
    recorded = _parse_record(read())
    if url is not None and (recorded is None or recorded.url != url):
        return Source(without_password(url), rev or f"v{__version__}", is_guess=rev is None)
    if recorded is not None:
        return Source(recorded.url, rev or recorded.rev)
    return Source(HOME, rev or f"v{__version__}", is_guess=rev is None)


def _parse_record(text: str) -> Source | None:
    """Return the repository and commit of an installation from git, None for any other."""
    try:
        record = json.loads(text)
        vcs = record["vcs_info"]
        if vcs["vcs"] != "git":
            return None
        return Source(without_password(str(record["url"])), str(vcs["commit_id"]))
    except (ValueError, KeyError, TypeError):
        return None
