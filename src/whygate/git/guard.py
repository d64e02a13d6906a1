"""End the processes we started when we are killed ourselves, and cannot do it any more.

A shell of its own waits at a pipe that only this process can write to. It is told of each process
group that begins and ends; once the pipe is closed, by whatever death, it kills those left. Only
the kernel of Linux could do that without a helper (prctl, PR_SET_PDEATHSIG), and only for a process
that asks for it before it becomes git.
"""

from __future__ import annotations

import os

_SHELL = "/bin/sh"
_SCRIPT = """\
left=" "
while read -r what; do
  case $what in
    +*) left="$left${what#+} " ;;
    -*)
      done=${what#-}
      case $left in *" $done "*) left="${left%% $done *} ${left#* $done }" ;; esac
      ;;
  esac
done
for group in $left; do kill -s KILL -- "-$group" 2>/dev/null; done
"""
_pipes: dict[int, int] = {}  # by process: a copy of this one has its own
_guarded: set[int] = set()


def guard(group: int) -> None:
    """Have a process group killed if this process ends before `release` is called.

    Does nothing where there is no POSIX shell.
    """
    _guarded.add(group)
    _tell(f"+{group}\n")


def release(group: int) -> None:
    """Say that a process group has ended, if it was guarded; its number may soon be another's."""
    if group in _guarded:
        _guarded.discard(group)
        _tell(f"-{group}\n")


def _tell(line: str) -> None:
    pipe = _pipes.get(os.getpid())
    if pipe is None:
        pipe = _pipes[os.getpid()] = _start()
    if pipe >= 0:
        try:
            os.write(pipe, line.encode())
        except OSError:  # the shell was killed: there is no guard, and no harm
            _pipes[os.getpid()] = -1


def _start() -> int:
    """Start the shell and return the pipe to it, -1 when there is none."""
    if not hasattr(os, "posix_spawn") or not os.access(_SHELL, os.X_OK):
        return -1
    out, pipe = os.pipe()
    try:
        os.set_blocking(pipe, False)
        os.posix_spawn(
            _SHELL,
            [_SHELL, "-c", _SCRIPT],
            {},
            file_actions=[
                (os.POSIX_SPAWN_DUP2, out, 0),
                (os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0),
                (os.POSIX_SPAWN_OPEN, 2, os.devnull, os.O_WRONLY, 0),
            ],
            setpgroup=0,  # what ends us need not end it
        )
    except OSError:
        os.close(pipe)
        return -1
    finally:
        os.close(out)
    return pipe


def _forget() -> None:
    """Close the pipes of the process that this one is a copy of: it would seem alive for ever."""
    for pipe in _pipes.values():
        if pipe >= 0:
            os.close(pipe)
    _pipes.clear()
    _guarded.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)
