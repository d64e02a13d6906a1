"""What git knows of a result: who records it, the merge it is about, and a commit that holds it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from whygate.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from whygate.git.run import Git


def find_person(git: Git) -> str:
    """Return the author that git would name for a commit, as `Name <mail>`; empty if nobody."""
    told = git.run("var", "GIT_AUTHOR_IDENT", ok=(0, 128)).decode("utf-8", "replace")
    name, mark, _ = told.partition("> ")
    return f"{name}>" if mark else ""


def find_merge(git: Git, text: str, tip: str) -> str:
    """Return the first-parent commit that brought in the commit a text names, empty when none.

    Raises InputError or UndecidedError as `Git.resolve` does for a name that is none.
    """
    try:
        sha = git.resolve(text)
    except InputError:
        return ""
    chain = git.run("rev-list", "--first-parent", tip).decode("ascii").split()
    if sha in chain:
        return sha
    later = set(git.run("rev-list", "--ancestry-path", f"{sha}..{tip}").decode("ascii").split())
    return next((commit for commit in reversed(chain) if commit in later), "")


def commit_result(git: Git, subject: str, trailers: Sequence[str]) -> str:
    """Make an empty commit on HEAD with trailers as its last paragraph, and return its hash.

    What is staged stays staged. It is signed when `commit.gpgSign` asks for that. Raises
    InputError without a commit to build on, or when the repository's own configuration names the
    program to sign with; UndecidedError when git fails or HEAD has moved.
    """
    head = git.resolve("HEAD")
    sign = git.config(("commit.gpgSign",)).get("commit.gpgsign", "").lower()
    options = ("-S",) if sign in ("true", "yes", "on", "1") else ()
    if options:
        _require_own_signer(git)
    message = "\n".join((subject, "", *trailers, "")).encode("utf-8")
    made = git.run("commit-tree", *options, "-p", head, f"{head}^{{tree}}", input=message)
    sha = made.decode("ascii").strip()
    git.run("update-ref", "-m", f"commit: {subject}", "HEAD", sha, head)
    return sha


def _require_own_signer(git: Git) -> None:
    """Refuse to run a program that the repository chose: a clone's .git may be anybody's.

    `gpg.program`, `gpg.<format>.program` and `gpg.ssh.defaultKeyCommand` are commands
    (git-config); those of the user and of the system are trusted.
    """
    told = git.run(
        "config", "--show-scope", "-z", "--get-regexp", r"^gpg\..*(program|command)$", ok=(0, 1)
    )
    pieces = told.decode("utf-8", "replace").split("\0")
    for scope, setting in zip(pieces[::2], pieces[1::2], strict=False):
        if scope in ("local", "worktree"):
            name = setting.partition("\n")[0]
            raise InputError(
                f"this repository's configuration names a program to sign with (`{name}`), "
                "and no program of a repository is run",
                hint=f"set `{name}` in your own configuration (`git config --global`), or print "
                "the trailers and commit by hand",
            )
