"""Add one line to the git note of a commit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from whygate.loop.ledger import locked_file

if TYPE_CHECKING:
    from pathlib import Path

    from whygate.git.run import Git

_LOCK_NAME = "whygate-notes.lock"


def append_note(git: Git, common_dir: Path, ref: str, sha: str, line: str) -> None:
    """Add one line to the note of a commit; what it holds already stays as it is.

    Two runs of whygate take turns; `notes.mergeStrategy = cat_sort_uniq` merges what two clones
    wrote (git-notes). Raises UndecidedError when git fails, InputError when the lock cannot be
    taken.
    """
    with locked_file(common_dir / _LOCK_NAME):
        blob = git.run("notes", f"--ref={ref}", "list", sha, ok=(0, 1)).decode("ascii").strip()
        old = git.run("cat-file", "blob", blob) if blob else b""
        if old and not old.endswith(b"\n"):
            old += b"\n"
        data = old + line.encode("utf-8") + b"\n"
        new = git.run("hash-object", "-w", "--stdin", input=data).decode("ascii").strip()
        git.run("notes", f"--ref={ref}", "add", "-f", "-C", new, sha)
