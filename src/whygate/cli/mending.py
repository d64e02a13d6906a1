"""Mend a file as `check --fix` does: nothing but the pieces that were found changes."""

from __future__ import annotations

import codecs
import difflib
import io
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click
from msgspec import Struct

from whygate.errors import InputError
from whygate.judge.check import check
from whygate.judge.edits import Mended, mend
from whygate.terminal.output import write_bytes
from whygate.text.clean import clean_line
from whygate.text.message import decode

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date

    from whygate.model import Change
    from whygate.policy.policy import Policy

    Reader = Callable[[Path | None, bytes | None, str], Change]

STDIN = "-"
_LIMIT = 1_100_000


class Found(Struct, frozen=True):
    """A text with its mends: `path` is its file (None: stdin), `mark` its byte order mark."""

    path: Path | None
    label: str
    text: str
    mark: bytes
    mended: Mended

    def diff(self) -> str:
        """Return what the mends change, as a unified diff; nothing when there is none."""
        mark = self.mark.decode()
        before, after = _lines(mark + self.text), _lines(mark + self.mended.text)
        lines = difflib.unified_diff(before, after, self.label, self.label)
        return "".join(line if line.endswith("\n") else f"{line}\n{_NO_END}\n" for line in lines)

    def write(self) -> str:
        """Write the mended text to its file, or to stdout; return the line that says so.

        Raises InputError when the file cannot be written.
        """
        data = self.mark + self.mended.text.encode("utf-8")
        count = len(self.mended.edits)
        if self.path is None:
            click.echo(data, nl=False)
        elif count:
            write_bytes(self.path, (data,))
        done = "\n".join(
            f"{clean_line(self.label)}:{e.location.line}: "
            f"{clean_line(e.old)} -> {clean_line(e.new)}"
            for e in self.mended.edits
        )
        return f"{done}\nmended {count} place{'' if count == 1 else 's'}\n" if count else ""


_NO_END = "\\ No newline at end of file"


def _lines(text: str) -> list[str]:
    """Return the lines of a text with their ends; only a line feed ends one in a diff."""
    return io.StringIO(text, newline="\n").readlines()


def mend_input(name: str, read: Reader, policy: Policy, day: date) -> Found:
    """Return the text of a file, or of stdin for `-`, with its mends.

    `read` makes a change of a file, or of bytes under a label. Raises InputError when the text
    cannot be read, or is not UTF-8: what cannot be read cannot be written back.
    """
    path = None if name == STDIN else Path(name)
    if path is not None:
        label = read(path, None, "").identity
        data = path.read_bytes()
    else:
        if sys.stdin is None:
            raise InputError("there is nothing to read: stdin is closed")
        data, label = sys.stdin.buffer.read(_LIMIT), "<stdin>"
    mark = codecs.BOM_UTF8 if data.startswith(codecs.BOM_UTF8) else b""
    text = decode(data)
    if mark + text.encode("utf-8", "replace") != data:
        raise InputError(
            f"`{label}` is not UTF-8, so nothing is mended", hint="save it as UTF-8 first"
        )
    judge = lambda written: check(read(None, written.encode(), label), policy, day)  # noqa: E731
    return Found(path, label, text, mark, mend(text, judge))
