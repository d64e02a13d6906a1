"""Run the sessions of a page: what its commands print is written under them."""

from __future__ import annotations

import contextlib
import io
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import threading
from concurrent.futures import Executor, ThreadPoolExecutor
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING

from doc_blocks import ROOT, Block, find_blocks
from example_repository import TODAY, git_environ, import_example, make_example

from whygate.cli import main as whygate

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

NAMES = ("shop", "empty")
STREAMS = {path.name: path for path in (ROOT / "examples").glob("*.fast-import")}
SHOWN_HOME = "/home/lena"
SECONDS = 120
_ONCE = threading.Lock()
_FENCE = re.compile(r"^`{3,}", re.MULTILINE)
_END = "\x1e"
_STATUS = "$ echo $?"
# The session's `whygate`: the checkout's, on the day of the documentation.
_PROGRAM = f"""\
#!{sys.executable}
import datetime, sys
sys.path.insert(0, {str(ROOT / "src")!r})
from unittest import mock
from whygate.cli import main
day = datetime.datetime({TODAY.year}, {TODAY.month}, {TODAY.day})
with mock.patch("whygate.world.clock._read_clock", lambda zone: day):
    status = main()
sys.exit(status)
"""


class SessionError(Exception):
    """A session cannot be run, or a command of it fails and the page does not show that."""


def run_sessions(text: str, page: str) -> str:
    """Return the text of a page with the output of its sessions as it is now.

    Raises SessionError for a session in no known repository, and for a command that fails where
    no `$ echo $?` follows: then the page would show a failure as if nothing were wrong.
    """
    with ThreadPoolExecutor(1) as pool:
        return start_sessions(text, page, pool)()


def start_sessions(text: str, page: str, pool: Executor) -> Callable[[], str]:
    """Begin what `run_sessions` does and return what waits for its end.

    Only processes run in the pool: a Markdown parser belongs to one thread (mdurl's does).
    """
    blocks = list(find_blocks(text, page))
    shown: list[tuple[Block, Callable[[], str]]] = []
    for index, block in enumerate(blocks):
        if block.way == "run":
            shown.append((block, partial(str, _run_here(block))))
        elif block.way == "session":
            shown.append((block, pool.submit(_run_there, block, blocks[:index]).result))
    return partial(_put, text, shown)


def _put(text: str, shown: Sequence[tuple[Block, Callable[[], str]]]) -> str:
    """Return a text with what its sessions printed in their places."""
    lines = text.split("\n")
    for block, wait in reversed(shown):
        if lines[block.line - 1].startswith(" "):
            raise SessionError(f"{block.place}: a session cannot stand inside of a list")
        output = wait().rstrip("\n")
        fence = "`" * max([3, *(len(run) + 1 for run in _FENCE.findall(output))])
        body = [f"{fence}{block.language}", *output.split("\n"), fence]
        lines[block.line - 1 : block.line + block.text.count("\n") + 1] = body
    return "\n".join(lines)


def _run_here(block: Block) -> str:
    """Run one command of whygate at the top of the checkout."""
    output = io.StringIO()
    streams = contextlib.redirect_stdout(output), contextlib.redirect_stderr(output)
    with streams[0], streams[1], contextlib.chdir(ROOT):
        status = whygate(shlex.split(block.told)[1:])
    return f"$ {block.told}\n{output.getvalue()}{_STATUS}\n{status}\n"


def _run_there(block: Block, above: Sequence[Block]) -> str:
    """Run the commands of a session in a repository of its own."""
    name, _, setup = block.told.partition(";")
    if name not in (*NAMES, *STREAMS):
        known = ", ".join((*NAMES, *STREAMS))
        raise SessionError(f"{block.place}: there is no repository {name}, only {known}")
    commands = list(_read_commands(block.text))
    with tempfile.TemporaryDirectory(prefix="whygate-docs-") as scratch:
        home = Path(scratch).resolve()
        environ = _make_home(home)
        directory = home / "shop"
        if name == "shop":
            with _ONCE:
                example = _example()
            shutil.copytree(example, directory, symlinks=True)
        elif name in STREAMS:
            import_example(directory, STREAMS[name], environ)
        else:
            directory.mkdir()
        for file in (b for b in above if b.way == "file"):
            write_file(directory, file)
        results = _run_shell([setup.strip(), *commands], directory, environ)
    if len(results) != len(commands) + 1:
        raise SessionError(f"{block.place}: the shell gives up: {results}")
    shown = []
    for index, (command, (output, status)) in enumerate(zip(commands, results[1:], strict=True)):
        if status and commands[index + 1 : index + 2] != ["echo $?"]:
            raise SessionError(f"{block.place}: `{command}` ends with {status}\n{output}")
        written = command.replace("\n", "\n> ").replace("\n> \n", "\n>\n")
        shown.append(f"$ {written}")
        seen = output.replace(str(home), SHOWN_HOME).rstrip("\n")
        shown += [line.rstrip() for line in seen.split("\n")] if seen else []
    return "\n".join(shown)


def write_file(directory: Path, block: Block) -> Path:
    """Write a `file:` block below a directory and return its path; scripts can be run."""
    path = directory / block.told
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(block.text, encoding="utf-8")
    if block.text.startswith("#!"):
        path.chmod(0o755)
    return path


def _read_commands(text: str) -> Iterator[str]:
    """Yield the commands of a session; lines with `> ` go on with one."""
    command: list[str] = []
    for line in (*text.split("\n"), "$ "):
        if line.startswith("$ "):
            if command:
                yield "\n".join(command)
            command = [line[2:]]
            goes_on = True
        elif goes_on and (line == ">" or line.startswith("> ")):
            command.append(line[2:])
        else:
            goes_on = False


def _run_shell(
    commands: Sequence[str], directory: Path, environ: Mapping[str, str]
) -> list[tuple[str, int]]:
    """Return what each command prints, in one shell, and its exit status."""
    ends = f'__status=$?; printf \'{_END}%s{_END}\' "$__status"; (exit "$__status")'
    script = "\n".join(f"{command or ':'}\n{ends}" for command in commands)
    done = subprocess.run(  # noqa: S603 - our own pages
        ("bash", "-c", script),  # noqa: S607 - wherever it stands
        cwd=directory,
        env=environ,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
        timeout=SECONDS,
    )
    parts = re.split(f"{_END}(\\d+){_END}", done.stdout.decode("utf-8", "replace"))
    return list(zip(parts[0::2], map(int, parts[1::2]), strict=False))


def _make_home(home: Path) -> dict[str, str]:
    """Make a user's home with `whygate` on its path; return the environment."""
    program = home / "bin" / "whygate"
    program.parent.mkdir(parents=True)
    program.write_text(_PROGRAM, encoding="utf-8")
    program.chmod(0o755)
    environ = git_environ(home)
    return {
        **environ,
        "PATH": f"{program.parent}:{environ['PATH']}",
        "GIT_EDITOR": "true",
    }


@cache
def _example() -> Path:
    """Return the example repository, made once for a run."""
    home = Path(_scratch().name)
    make_example(home / "shop", git_environ(home))
    return home / "shop"


@cache
def _scratch() -> tempfile.TemporaryDirectory[str]:
    """Return a directory that goes when Python does."""
    return tempfile.TemporaryDirectory(prefix="whygate-docs-example-")
