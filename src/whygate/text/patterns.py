"""Regular expressions that are compiled when one is first used: a commit waits for each of them."""

from __future__ import annotations

import re
from typing import Any, AnyStr, cast

_METHODS = ("match", "fullmatch", "search", "sub", "subn", "split", "findall", "finditer")


def later(written: AnyStr, flags: int = 0) -> re.Pattern[AnyStr]:
    """Return what `re.compile` returns, compiled at its first use.

    It is for what few commits need; any other pattern is a little faster when compiled at once.
    """
    return cast("re.Pattern[AnyStr]", _Later(written, flags))


class _Later:
    def __init__(self, written: Any, flags: int) -> None:
        self._written = written
        self._flags = flags

    def __getattr__(self, name: str) -> Any:
        """Compile, and keep the methods, so that Python finds them here from now on."""
        compiled = re.compile(self._written, self._flags)
        for method in _METHODS:
            setattr(self, method, getattr(compiled, method))
        return getattr(compiled, name)
