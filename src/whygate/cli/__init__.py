"""The command line: wiring, exit codes, and the only place that prints."""

from __future__ import annotations

import gc
import os
import sys

# The module `typing` costs 8 ms to import, which a hook need not pay; type checkers know this name.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

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
    args = sys.argv[1:] if argv is None else argv
    if list(args[:2]) != ["hook", "commit-msg"]:
        return _run_command(argv)
    if argv is not None:  # the process is somebody else's
        return _run_commit_msg(args)
    gc.set_threshold(_UNCOLLECTED)
    status = _run_commit_msg(args)
    gc.freeze()  # what ends now need not be searched for cycles before
    return status


def _run_commit_msg(args: Sequence[str]) -> int:
    """Run the hook: at once where a message plainly passes, without click where git calls it."""
    # Each is loaded only by a commit that gets so far: the commands cost most.
    from whygate.hook.quick import passes_quickly  # noqa: PLC0415

    if passes_quickly(args, os.environ):
        return 0
    if not _is_plain(args, os.environ):
        return _run_command(args)
    _spare_typing_extensions()
    from whygate.terminal.failure import run_guarded  # noqa: PLC0415

    return run_guarded(lambda: _judge_message(args[2]), args)


def _is_plain(args: Sequence[str], environ: Mapping[str, str]) -> bool:
    """Tell whether a command line is `hook commit-msg FILE` and nothing else."""
    if list(args[:2]) != ["hook", "commit-msg"] or len(args) != 3:
        return False
    if not args[2] or args[2].startswith("-"):
        return False
    # The parser reads this variable, and it refuses what no operating system passes on.
    return "WHYGATE_VERBOSE" not in environ and args[2].isprintable()


def _judge_message(path: str) -> int:
    from whygate.hook.commit import judge_message  # noqa: PLC0415  (when guarded)

    return judge_message(path)


def _spare_typing_extensions() -> None:
    """Load msgspec without `typing_extensions`, which loads `inspect` and `ast`.

    msgspec takes from it, where it is installed, what `typing` has since Python 3.11: a quarter
    of the time that such a commit waits. Whoever needs it later loads it as ever.
    """
    name = "typing_extensions"
    if name in sys.modules:
        return
    sys.modules[name] = None  # type: ignore[assignment]  # import system: "no such module"
    try:
        import msgspec  # noqa: F401, PLC0415  (here and not before)
    finally:
        del sys.modules[name]


def _run_command(argv: Sequence[str] | None) -> int:
    from whygate.cli.app import run  # noqa: PLC0415  (a hook may never need the commands)

    return run(argv)
