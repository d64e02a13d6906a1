"""Turn the texts of files as they are and as they could be into a proposal to write them."""

from __future__ import annotations

from difflib import unified_diff
from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Iterator


class FileChange(Struct, frozen=True):
    """One file: its path from the top of the repository, its text (None: absent), the new text.

    Both texts hold the line ends, and the byte order mark, that the file has.
    """

    path: str
    old: str | None
    new: str
    executable: bool = False


class Proposal(Struct, frozen=True):
    """Files that are written together or not at all.

    `why` says what for, `then` what is left to do once they are written (empty: nothing).
    """

    why: str
    changes: tuple[FileChange, ...]
    then: str = ""

    @property
    def paths(self) -> str:
        """Return the paths for a sentence: `a and b`."""
        return " and ".join(change.path for change in self.changes)


def render_diff(change: FileChange) -> Iterator[str]:
    """Yield the lines of a unified diff, without their ends."""
    before = "/dev/null" if change.old is None else f"a/{change.path}"
    old, new = _lines(change.old or ""), _lines(change.new)
    yield from unified_diff(old, new, before, f"b/{change.path}", lineterm="")


def _lines(text: str) -> list[str]:
    r"""Return the lines; a last one without its end says so, as `diff` does."""
    if not text:
        return []
    lines = text.replace("\r\n", "\n").split("\n")
    if lines[-1]:
        return [*lines[:-1], f"{lines[-1]}\n\\ No newline at end of file"]
    return lines[:-1]
