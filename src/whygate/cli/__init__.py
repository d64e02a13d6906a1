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
    _load_lean()
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


def _load_lean() -> None:
    """Load msgspec and pathlib without the modules that they load and that no hook uses.

    msgspec takes from `typing_extensions`, where it is installed, what `typing` has since Python
    3.11. It loads `uuid`, which asks `platform` for the name of the system and nothing else, and
    up to Python 3.12 `pathlib` loads `urllib.parse` for `Path.as_uri` alone. A third of the time
    that such a commit waits went there. Whoever needs one of them later loads it as ever.
    """
    platform, parse = (type(sys)(name) for name in ("platform", "urllib.parse"))
    vars(platform)["system"] = lambda: os.uname().sysname
    vars(parse)["quote_from_bytes"] = _quote_from_bytes
    spared = {"typing_extensions": None, "platform": platform, "urllib.parse": parse}
    spared = {name: module for name, module in spared.items() if name not in sys.modules}
    sys.modules.update(spared)  # type: ignore[arg-type]  # import system: None is "no such module"
    try:
        import pathlib  # noqa: F401, PLC0415  (here and not before)

        import msgspec  # noqa: F401, PLC0415
    finally:
        for name in spared:
            del sys.modules[name]


def _quote_from_bytes(data: bytes) -> str:
    from urllib.parse import quote_from_bytes  # noqa: PLC0415  (as `Path.as_uri` asks for it)

    return quote_from_bytes(data)


def _run_command(argv: Sequence[str] | None) -> int:
    from whygate.cli.app import run  # noqa: PLC0415  (a hook may never need the commands)

    return run(argv)
