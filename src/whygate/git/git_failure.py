"""Turn what git wrote to stderr into one clear sentence and the next step."""

from __future__ import annotations

import re

from whygate.errors import UndecidedError

# git's messages in the C locale; each row: what it says, our sentence, our hint.
_KNOWN = (
    (
        r"(?:dubious ownership in repository at|unsafe repository \()\s*'([^'\n]*)'",
        "git refuses to read `{0}` because the directory belongs to another user",
        "if you trust it, run `git config --global --add safe.directory {quoted}`",
    ),
    (
        r"unknown repository extensions? found:?\s*([^\s']*)",
        "this git is too old for the repository, which uses the extension `{0}`",
        "upgrade git",
    ),
    (
        r"[Ee]xpected git repo version <= (\d+)",
        "this git is too old for the repository: it reads formats up to {0}",
        "upgrade git",
    ),
    (
        r"not a git repository|cannot change to '|must be run in a work tree",
        "there is no git repository here that could be read",
        "run it inside a repository, or name one",
    ),
    (
        r"promisor|lazy fetching|transport '[^'\n]*' not allowed|missing blob object",
        "the repository is a partial clone and an object that is needed is not in it",
        "fetch it with git first, or use a clone without `--filter`",
    ),
    (
        r"[Aa]uthor identity unknown|[Cc]ommitter identity unknown|unable to auto-detect email",
        "git does not know who you are",
        'run `git config user.name "You"` and `git config user.email you@example.org`',
    ),
    (
        r"bad config (?:line|variable|value|numeric)[^\n]*",
        "git cannot read its configuration: {match}",
        "correct that file",
    ),
)
_PREFIXES = ("fatal: ", "error: ")
_LONGEST = 200


def explain_failure(verb: str, stderr: bytes) -> UndecidedError:
    """Return the error for a git command `verb` (`log`) that ended with words on stderr.

    The words may quote what strangers wrote: only one line of them is kept, in printable form.
    """
    import shlex  # noqa: PLC0415  (git seldom fails)

    words = stderr.decode("utf-8", "replace")
    for pattern, say, hint in _KNOWN:
        if match := re.search(pattern, words):
            groups = [_printable(group or "") for group in match.groups()]
            quoted = shlex.quote(groups[0]) if groups else ""
            seen = _printable(match[0])
            return UndecidedError(
                say.format(*groups, match=seen), hint=hint.format(*groups, quoted=quoted)
            )
    return UndecidedError(f"`git {verb}` failed: {_first_complaint(words)}")


def _first_complaint(words: str) -> str:
    lines = [line for line in words.split("\n") if line.strip()]
    for line in lines:
        if line.startswith(_PREFIXES):
            return _printable(line.partition(": ")[2])
    return _printable(lines[-1]) if lines else "it gave no reason"


def _printable(text: str) -> str:
    """Return `text` on one line of bounded length, unprintable characters shown as `?`."""
    kept = "".join(mark if mark.isprintable() else "?" for mark in text[:_LONGEST])
    return kept.strip()
