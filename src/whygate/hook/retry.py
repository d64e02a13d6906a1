"""Turn a rejected commit into the command that takes it up again with its message."""

from __future__ import annotations

import posixpath
import re
import shlex

from msgspec import Struct

from whygate.text.message import Cleanup

_ABSOLUTE = re.compile(r"[/\\]|[A-Za-z]:[/\\]")
_CUT = " ------------------------ >8 ------------------------"
_MOST_PATHS = 20
# Behind the cut git explains it in two comment lines; the status follows there only when
# the cleanup itself is `scissors`.
_LINES_ABOUT_CUT = 3


class Rejected(Struct, frozen=True):
    """What is known of a rejected commit.

    `path` is the message file as git gave it, `prefix` the user's directory below the top
    (GIT_PREFIX), `directory` another one to run git in (empty: where the user is). `only` are
    the paths of a commit of some paths, `everything` stands for `--all`. `cleanup` is the
    option that keeps the message as it is, see `find_cleanup`.
    """

    path: str
    prefix: str = ""
    directory: str = ""
    amends: bool = False
    is_empty: bool = False
    everything: bool = False
    only: tuple[str, ...] = ()
    cleanup: str = ""


def retry_command(commit: Rejected) -> str:
    """Return the command, quoted for a POSIX shell, that opens the editor on the kept message."""
    path = commit.path
    if commit.prefix and not _ABSOLUTE.match(path):
        path = posixpath.relpath(path, commit.prefix)  # git counts --file from where the user is
    words = ["git", *(("-C", commit.directory) if commit.directory else ())]
    words += ["commit", "--edit", f"--file={path}"]
    words += ["--amend"] * commit.amends
    words += ["--all"] * commit.everything
    words += ["--allow-empty"] * commit.is_empty
    words += [commit.cleanup] * bool(commit.cleanup)
    if 0 < len(commit.only) <= _MOST_PATHS:
        # `:/`: from the top, wherever the user is (gitglossary, pathspec)
        words += ["--", *(f":/{name}" for name in commit.only)]
    return " ".join(_quote(word) for word in words)


def find_cleanup(text: str, *, comment: str, cleanup: Cleanup, is_edited: bool) -> str:
    """Return the option of `git commit` without which the retry would change the message.

    `text` is the whole message file, `cleanup` the configured mode. An editor makes git delete
    comment lines, which `--message` kept; and only `--verbose` or `--cleanup=scissors` makes it
    cut off the diff that the file still holds.
    """
    if cleanup is Cleanup.SCISSORS:
        return ""
    lines = text.split("\n")
    if comment + _CUT in lines:
        below = lines[lines.index(comment + _CUT) :][: _LINES_ABOUT_CUT + 1]
        has_status = len(below) > _LINES_ABOUT_CUT and below[-1].startswith(comment)
        return "--cleanup=scissors" if has_status else "--verbose"
    if not is_edited and cleanup is Cleanup.WHITESPACE:
        return "--cleanup=scissors" if any(line.startswith(comment) for line in lines) else ""
    return ""


def _quote(word: str) -> str:
    option, equals, value = word.partition("=")
    return f"{option}={shlex.quote(value)}" if equals and option == "--file" else shlex.quote(word)
