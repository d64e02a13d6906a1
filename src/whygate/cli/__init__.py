"""The command line: wiring, exit codes, and the only place that prints."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


def main(argv: Sequence[str] | None = None) -> int:
    """Run whygate with `argv` (default: the process's arguments) and return the exit status.

    0 clean, exempt or warnings only; 1 findings of severity error; 2 usage, configuration or
    schema problem; 3 could not decide; 130 interrupted.
    """
    try:
        from whygate.cli.run import run  # noqa: PLC0415  (a hook may never need the commands)

        return run(argv)
    except KeyboardInterrupt:  # while modules are loaded, or while the last words are written
        return 130
