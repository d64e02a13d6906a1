"""The command line: wiring, exit codes, and the only place that prints."""

from __future__ import annotations

# The module `typing` costs 8 ms to import, which a hook need not pay; type checkers know this name.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence


def main(argv: Sequence[str] | None = None) -> int:
    """Run whygate with `argv` (default: the process's arguments) and return the exit status.

    0 clean, exempt or warnings only; 1 findings of severity error; 2 usage, configuration or
    schema problem; 3 could not decide; 130 interrupted.
    """
    try:
        return _run(argv)
    except KeyboardInterrupt:  # while modules are loaded, or while the last words are written
        return 130


def _run(argv: Sequence[str] | None) -> int:
    import os  # noqa: PLC0415  (loaded already)
    import sys  # noqa: PLC0415

    args = sys.argv[1:] if argv is None else argv
    if list(args[:2]) == ["hook", "commit-msg"]:
        from whygate.cli.quick_pass import passes_quickly  # noqa: PLC0415  (only for that hook)

        if passes_quickly(args, os.environ):
            return 0
        from whygate.cli.plain_hook import is_plain, run_plain_hook  # noqa: PLC0415

        if is_plain(args, os.environ):
            return run_plain_hook(args)
    from whygate.cli.run import run  # noqa: PLC0415  (a hook may never need the commands)

    return run(argv)
