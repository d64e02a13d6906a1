"""Show what could be written, ask, and write it; nothing of the user's is lost on the way."""

from __future__ import annotations

import os
import sys
from difflib import unified_diff
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING

import click
from msgspec import Struct

from whygate.errors import InputError
from whygate.terminal.output import write_file
from whygate.text.clean import clean_line

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_RUNNABLE = 0o111


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


class Consent(Enum):
    """Who decides whether a proposal is written."""

    NOBODY = "only show it"
    EVERYTHING = "write it"
    ASKED = "ask for each"


def find_consent(*, dry_run: bool, yes: bool, proposals: Sequence[Proposal]) -> Consent:
    """Return who decides; raises InputError when somebody must be asked and nobody is there."""
    if dry_run:
        return Consent.NOBODY
    if yes:
        return Consent.EVERYTHING
    if proposals and not has_terminal():
        paths = ", ".join(proposal.paths for proposal in proposals)
        raise InputError(
            f"nobody can be asked here, because stdin is no terminal; nothing was written: {paths}",
            hint="`--yes` writes what `--dry-run` shows",
        )
    return Consent.ASKED


def has_terminal() -> bool:
    """Tell whether somebody can answer a question."""
    return sys.stdin is not None and sys.stdin.isatty()


def settle(root: Path, proposals: Sequence[Proposal], consent: Consent) -> tuple[Proposal, ...]:
    """Show every proposal, write those that are agreed to, and return these.

    Raises InputError before anything is written when a file leads out of the repository or has
    no place there, and later when one is not any more what it was when the proposal was made.
    """
    for proposal in proposals:
        for change in proposal.changes:
            _require_place(find_target(root, change.path), change.path)
    written: list[Proposal] = []
    for proposal in proposals:
        click.echo(f"\n{clean_line(proposal.why)}")
        for change in proposal.changes:
            for line in "\n".join(render_diff(change)).split("\n"):
                click.echo(clean_line(line))
        if consent is Consent.NOBODY:
            continue
        if consent is Consent.EVERYTHING or click.confirm(f"write {proposal.paths}?"):
            for change in proposal.changes:
                _write(root, change)
            click.echo(f"wrote {clean_line(proposal.paths)}")
            written.append(proposal)
    return tuple(written)


def find_target(root: Path, path: str) -> Path:
    """Return the file that a path means, links inside the repository followed.

    Raises InputError when it leads out of the repository or into git's own directory.
    """
    top = Path(os.path.realpath(root))
    real = Path(os.path.realpath(root / path))
    steps = real.relative_to(top).parts if real.is_relative_to(top) else (".git",)
    if ".git" in (step.lower() for step in steps):
        raise InputError(
            f"`{path}` leads out of the repository", hint="put a file in the place of the link"
        )
    return real


def _require_place(target: Path, path: str) -> None:
    """Refuse a file that cannot be written: its directory is none, or belongs to others."""
    place = next(parent for parent in target.parents if os.path.lexists(parent))
    if not place.is_dir():
        raise InputError(f"`{path}` cannot be written: `{place}` is no directory")
    if not os.access(place, os.W_OK):
        raise InputError(f"`{path}` cannot be written: `{place}` may not be changed by you")


def _write(root: Path, change: FileChange) -> None:
    target = find_target(root, change.path)
    if _read(target) != change.old:
        raise InputError(f"`{change.path}` was changed in the meantime", hint="run it again")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"`{change.path}` cannot be written: {error.strerror}") from None
    write_file(target, [change.new])
    if change.executable:
        target.chmod(target.stat().st_mode | _RUNNABLE)


def _read(target: Path) -> str | None:
    try:
        return target.read_bytes().decode("utf-8", "replace")
    except FileNotFoundError:
        return None
    except OSError as error:
        raise InputError(f"`{target.name}` cannot be read: {error.strerror}") from None
