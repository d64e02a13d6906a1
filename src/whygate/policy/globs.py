"""Match paths, branches and logins against patterns."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec


def matches_any(path: str, patterns: tuple[str, ...]) -> bool:
    """Tell whether a path matches one of the patterns, read as in gitignore(5)."""
    return bool(patterns) and _spec(patterns).match_file(path)


@lru_cache(maxsize=64)
def _spec(patterns: tuple[str, ...]) -> GitIgnoreSpec:
    from pathspec import GitIgnoreSpec  # noqa: PLC0415  (45 ms; only where patterns are set)

    return GitIgnoreSpec.from_lines(patterns)
