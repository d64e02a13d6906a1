"""Keep the patterns that a commit had to compile, so that the next one need not.

They are half of what a commit waits for whose plan is judged. A pattern is found by its whole text
and counts for the very same Python only, so that a changed rule is compiled anew.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from msgspec import json

from whygate.hook import stored_policy
from whygate.text.patterns import compiled_anew, lend
from whygate.version import __version__
from whygate.world.kept import PATTERNS, place_in_cache, read_own, write_own

if TYPE_CHECKING:
    from collections.abc import Mapping

    from whygate.text.patterns import Program


def lend_patterns(environ: Mapping[str, str]) -> dict[str, Program]:
    """Lend the patterns that earlier commits compiled; return them, without what is odd."""
    path = _place(environ)
    try:
        found = json.decode(read_own(path) or b"null") if path is not None else None
    except (OSError, ValueError, RecursionError):
        return {}
    if not isinstance(found, dict) or found.get("key") != _key():
        return {}
    programs = found.get("programs")
    if not isinstance(programs, dict):
        return {}
    lend(programs)
    return programs


def keep_patterns(environ: Mapping[str, str], known: Mapping[str, Program]) -> None:
    """Keep the `known` patterns and those that this process compiled; no loss if it cannot."""
    path = _place(environ)
    new = compiled_anew() if path is not None else {}
    if path is None or not new:
        return
    try:
        write_own(path, json.encode({"key": _key(), "programs": {**known, **new}}))
    except (OSError, ValueError):
        return


def _place(environ: Mapping[str, str]) -> str | None:
    """Return where the patterns are; in a checkout of whygate itself nothing is kept."""
    return (
        place_in_cache(environ, PATTERNS, "\n".join(_key()))
        if stored_policy.is_installed()
        else None
    )


def _key() -> list[str]:
    """Return which Python compiled them: its version with its build, and for which whygate."""
    return [__version__, sys.version, sys.implementation.cache_tag or "", sys.byteorder]
