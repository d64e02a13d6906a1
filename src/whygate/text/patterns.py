"""Regular expressions, compiled when one is first used or taken from an earlier process.

Python compiles a pattern anew in each process, the large ones in 1 to 8 ms, and a commit waits for
each. So a process may `lend` what one before it has compiled, and `compiled_anew` tells what is
worth keeping. The `re` module has no public way to do that: what is kept is what its compiler gives
to `_sre.compile`, and only where a pattern made of it equals the one that `re.compile` returns.
"""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING, Any, AnyStr, cast

if TYPE_CHECKING:
    from collections.abc import Mapping

# The flags, the number of groups, the groups that have a name, and the code as hexadecimal digits.
Program = list[Any]

_METHODS = ("match", "fullmatch", "search", "sub", "subn", "split", "findall", "finditer")
_lent: dict[str, Program] = {}
_anew: dict[str, tuple[str, int]] = {}


def later(written: AnyStr, flags: int = 0) -> re.Pattern[AnyStr]:
    """Return what `re.compile` returns, compiled at its first use.

    It is for what few commits need, and for what a process may be lent; any other pattern is a
    little faster when compiled at once.
    """
    return cast("re.Pattern[AnyStr]", _Later(written, flags))


def compile_pattern(written: AnyStr, flags: int = 0) -> re.Pattern[AnyStr]:
    """Return what `re.compile` returns, from what this process was lent if it is there."""
    if isinstance(written, bytes):
        return re.compile(written, flags)
    name = f"{int(flags)}:{written}"
    if name in _lent:
        try:
            return _restore(written, _lent[name])
        except (AttributeError, LookupError, OverflowError, RuntimeError, TypeError, ValueError):
            del _lent[name]  # another process kept nonsense
    _anew[name] = (written, int(flags))
    return re.compile(written, flags)


def lend(programs: Mapping[str, Program]) -> None:
    """Use what `compiled_anew` told an earlier process with the same Python."""
    _lent.update(programs)


def compiled_anew() -> dict[str, Program]:
    """Return what this process had to compile itself, for `lend` of a later one; then forget it."""
    found = {name: _dissect(*asked) for name, asked in _anew.items()}
    _anew.clear()
    return {name: program for name, program in found.items() if program is not None}


def _dissect(written: str, flags: int) -> Program | None:
    """Return the program of a pattern, None where a pattern made of it would be another one."""
    from importlib import import_module  # noqa: PLC0415  (few processes keep anything)

    try:
        parser, compiler = import_module("re._parser"), import_module("re._compiler")
        parsed = parser.parse(written, flags)
        code = b"".join(word.to_bytes(4, sys.byteorder) for word in compiler._code(parsed, flags))  # noqa: SLF001
        state = parsed.state
        program = [flags | state.flags, state.groups - 1, dict(state.groupdict), code.hex()]
        made, wanted = _restore(written, program), re.compile(written, flags)
    except (ImportError, AttributeError, RuntimeError, ValueError, TypeError, OverflowError):
        return None  # another Python than those we know
    is_same = made == wanted and (made.groups, made.groupindex) == (
        wanted.groups,
        wanted.groupindex,
    )
    return program if is_same else None


def _restore(written: str, program: Program) -> re.Pattern[str]:
    import _sre  # type: ignore[import-not-found]  # noqa: PLC0415  (the one place that needs it)

    flags, groups, names, code = program
    named: list[str | None] = [None] * (groups + 1)
    for name, at in names.items():
        named[at] = name
    words = memoryview(bytes.fromhex(code)).cast("I").tolist()
    made: re.Pattern[str] = _sre.compile(written, flags, words, groups, names, tuple(named))
    return made


class _Later:
    def __init__(self, written: Any, flags: int) -> None:
        self._written = written
        self._flags = flags

    def __getattr__(self, name: str) -> Any:
        """Compile, and keep the methods, so that Python finds them here from now on."""
        compiled = compile_pattern(self._written, self._flags)
        for method in _METHODS:
            setattr(self, method, getattr(compiled, method))
        return getattr(compiled, name)
