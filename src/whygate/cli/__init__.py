"""The command line: wiring, exit codes, and the only place that prints."""

from __future__ import annotations

# The module `typing` costs 8 ms to import, which a hook need not pay; type checkers know this name.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

# Objects a hook may make before Python looks for cycles among them: more than one message needs.
# Looking would be a sixth of the time that a commit waits.
_UNCOLLECTED = 200_000


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
    import sys  # noqa: PLC0415  (loaded already)

    args = sys.argv[1:] if argv is None else argv
    if list(args[:2]) != ["hook", "commit-msg"]:
        return _run_command(argv)
    if argv is not None:  # the process is somebody else's
        return _run_commit_msg(args)
    import gc  # noqa: PLC0415  (built in)

    gc.set_threshold(_UNCOLLECTED)
    status = _run_commit_msg(args)
    gc.freeze()  # what ends now need not be searched for cycles before
    return status


def _run_commit_msg(args: Sequence[str]) -> int:
    """Run the hook by the shortest way that certainly gives the same answer."""
    import os  # noqa: PLC0415  (loaded already)

    from whygate.hook.quick_pass import passes_quickly  # noqa: PLC0415  (only for that hook)

    if passes_quickly(args, os.environ):
        return 0
    from whygate.hook.plain_hook import is_plain, run_plain_hook  # noqa: PLC0415

    return run_plain_hook(args) if is_plain(args, os.environ) else _run_command(args)


def _run_command(argv: Sequence[str] | None) -> int:
    from whygate.cli.run import run  # noqa: PLC0415  (a hook may never need the commands)

    return run(argv)
