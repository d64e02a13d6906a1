"""Where output goes: a file, wholly or not at all, and a count on the terminal meanwhile."""

from __future__ import annotations

import os
import shutil
import stat
import sys
import tempfile
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

import click

from whygate.errors import InputError
from whygate.terminal.failure import wants_color

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import TextIO

    from whygate.audit.record import Record

_NEW_FILE = 0o666
_AT_ONCE = 1 << 18  # characters that are printed together


def write_file(path: Path, chunks: Iterable[str]) -> None:
    """Write text to `path` as `write_bytes` does, and raise what it raises."""
    write_bytes(path, (chunk.encode("utf-8", "backslashreplace") for chunk in chunks))


def write_bytes(path: Path, chunks: Iterable[bytes]) -> None:
    """Write data to `path` under another name first, so that no reader sees half of it.

    Raises InputError when `path` is a symbolic link, no plain file, or cannot be written: a
    link could lead the report over a file that is somebody else's.
    """
    try:
        mode = _mode_of(path)
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        part = Path(name)
        try:
            with os.fdopen(handle, "wb") as stream:
                stream.writelines(chunks)
            part.chmod(mode)
            part.replace(path)
        except BaseException:
            part.unlink(missing_ok=True)
            raise
    except OSError as error:
        hint = "" if path.parent.exists() else f"make the directory `{path.parent}` first"
        raise InputError(f"`{path}` cannot be written: {error.strerror}", hint=hint) from None


def write_new_file(path: Path, chunks: Iterable[str]) -> None:
    """Write text to `path` as `write_file` does, and make its directory when there is none."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"`{path.parent}` cannot be made: {error.strerror}") from None
    write_file(path, chunks)


def read_file(path: Path, limit: int) -> str:
    """Return the text of a plain file; raises InputError when it is none, absent or too large."""
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise InputError(f"`{path}` is not a plain file")
        with path.open("rb") as stream:
            data = stream.read(limit + 1)
    except OSError as error:
        raise InputError(f"`{path}` cannot be read: {error.strerror}") from None
    if len(data) > limit:
        raise InputError(f"`{path}` is larger than {limit} bytes")
    return data.decode("utf-8-sig", "replace")


def _mode_of(path: Path) -> int:
    """Return the permissions the file is to have: those it has, else what the umask leaves."""
    try:
        found = path.lstat().st_mode
    except FileNotFoundError:
        mask = os.umask(0)
        os.umask(mask)
        return _NEW_FILE & ~mask
    if stat.S_ISLNK(found):
        raise InputError(f"`{path}` is a symbolic link", hint="name the file it leads to")
    if not stat.S_ISREG(found):
        raise InputError(f"`{path}` is not a plain file")
    return stat.S_IMODE(found)


def put_out(path: Path | None, chunks: Iterable[str]) -> None:
    """Write a text to `path` as `write_file` does, or print it where there is none.

    A long one comes in small pieces, many of which are printed at a time.
    """
    if path is not None:
        write_file(path, chunks)
        return
    waiting: list[str] = []
    size = 0
    for chunk in chunks:
        waiting.append(chunk)
        size += len(chunk)
        if size > _AT_ONCE:
            click.echo("".join(waiting), nl=False)
            waiting, size = [], 0
    click.echo("".join(waiting), nl=False)


def show_progress(batches: Iterable[list[Record]], stream: TextIO) -> Iterator[list[Record]]:
    """Yield the batches, and count them on a terminal while that goes on."""
    if not stream.isatty():
        yield from batches
        return
    from rich.console import Console  # noqa: PLC0415  (slow, and only a terminal shows it)
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn  # noqa: PLC0415

    batches = iter(batches)
    first = next(batches, [])  # the reading starts its processes before the display its thread
    columns = (SpinnerColumn(), TextColumn("{task.completed:,.0f} changes"), TimeElapsedColumn())
    with Progress(*columns, console=Console(file=stream), transient=True) as progress:
        task = progress.add_task("audit", total=None)
        for batch in chain([first], batches):
            progress.advance(task, len(batch))
            yield batch


def use_color(option: bool | None) -> bool:
    """Tell whether to colour stdout: as asked, else as the terminal and the environment say."""
    return option if option is not None else wants_color(sys.stdout, os.environ)


def find_width(*, to_file: bool = False) -> int | None:
    """Return the columns to draw for, None where what is written goes to a file or a pipe.

    Where FORCE_COLOR is set a pipe counts as a terminal.
    """
    if to_file or sys.stdout is None:
        return None
    if not sys.stdout.isatty() and not use_color(None):
        return None
    return shutil.get_terminal_size().columns
