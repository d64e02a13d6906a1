"""The message that git will record of the file an author wrote, each line with its place."""

from __future__ import annotations

import codecs
from enum import StrEnum

from msgspec import Struct

_SPACE = " \t\r"  # what git's isspace() knows, without the line feed
_CUT = "------------------------ >8 ------------------------"
_CANDIDATES = "#;@!$%^&|:"
_FIXUPS = ("fixup! ", "squash! ", "amend! ")
# Letters of a subject that is only a place to stop.
_UNFINISHED = frozenset(
    (
        *("wip", "wipcommit", "workinprogress", "tmp", "tmpcommit", "temp", "tempcommit", "draft"),
        *("temporary", "save", "saving", "savework", "savepoint", "checkpoint", "snapshot"),
        *("backup", "stash", "squash", "squashme", "fixup", "fixme", "amendme", "dropme", "todo"),
        *("unfinished", "notdone"),
    )
)
# What git, GitHub, Phabricator and Sapling put in front of what a revert takes back.
_REVERTS = ("Revert ", "Reapply ", "Back out ")
_REVERTED = "This reverts commit "
_MERGED_KINDS = ("branch", "branches", "tag", "tags", "commit", "commits")
_REQUEST_STARTS = ("Merge pull request #", "Auto merge of #")  # GitHub's, and bors'
_TITLE_BELOW = (*_REQUEST_STARTS, "Merged in ")
_SEE_REQUEST = "\nSee merge request "
_MERGE_STARTS = (
    *_REQUEST_STARTS,
    *(f"Merge {kind} '" for kind in _MERGED_KINDS),
    *(f"Merge remote-tracking {kind} '" for kind in ("branch", "branches")),
)
# Python codecs that change the meaning of plain text, or are slow, and that iconv has not.
_NOT_ENCODINGS = frozenset(
    ("idna", "punycode", "raw-unicode-escape", "unicode-escape", "undefined", "mbcs", "oem")
)


class Cleanup(StrEnum):
    """What git takes out of a message (`git commit --cleanup=<mode>`).

    `scissors` is `whitespace` after the cut; the `default` mode of git is `strip` when an
    editor was open and `whitespace` when not, so the caller names one of the two.
    """

    STRIP = "strip"
    WHITESPACE = "whitespace"
    VERBATIM = "verbatim"
    SCISSORS = "scissors"


class CleanMessage(Struct, frozen=True):
    """A message as git records it, and where it came from.

    `lines` holds for every line of `text` its line in the file, from 1. A line ends at a line
    feed, as git sees it: a lone carriage return stays inside its line. `removed` holds the
    comment lines above the scissors that were taken away: line in the file, text without end.
    """

    text: str
    lines: tuple[int, ...] = ()
    removed: tuple[tuple[int, str], ...] = ()


def decode(data: bytes, encoding: str | None = None) -> str:
    """Return the text of a message without a byte order mark; never raise.

    `encoding` is the commit's `encoding` header. As in git (i18n.commitEncoding), None means
    UTF-8 and so does an unknown name. Bytes that cannot be read become U+FFFD.
    """
    if encoding:
        text = _decode_as(data, encoding)
        if text is not None:
            return text.removeprefix("\ufeff")
    return data.decode("utf-8", "replace").removeprefix("\ufeff")


def clean_message(
    text: str, *, cleanup: Cleanup = Cleanup.STRIP, comment: str = "#"
) -> CleanMessage:
    """Return `text`, the content of a message file, as git would record it.

    The rules are those of `git commit --cleanup` and `git stripspace`. Text after a NUL is
    gone, as for every reader of commits. What follows the scissors line is cut in every mode,
    because a hook cannot see whether `--verbose` put a diff there; like git, only a line that
    ends in a bare line feed is a scissors line. `verbatim` keeps everything above it.
    `comment` may be longer than one character (core.commentString); when it is empty there
    are neither comments nor scissors.
    """
    text = _above_scissors(text.partition("\0")[0], comment)
    if cleanup is Cleanup.VERBATIM:
        count = text.count("\n") + (not text.endswith("\n") and text != "")
        return CleanMessage(text, tuple(range(1, count + 1)))
    return _strip_space(text, comment if cleanup is Cleanup.STRIP else "")


def detect_comment_char(text: str) -> str:
    """Return the comment character of a message file written under core.commentChar=auto.

    git takes the first of `#;@!$%^&|:` that starts no line of the message, then writes its
    instructions with it. So the answer is read from those instructions, in this order:

    1. the last lines of the file, blank ones aside: two or more in a row that are one and the
       same candidate followed by nothing, a space or a tab ("# On branch main", "#");
    2. else (`--verbose`: the file ends in a diff) the last scissors line of a candidate;
    3. else there are no instructions, and `#` is what git starts from.
    """
    lines = [line.removesuffix("\r") for line in text.rstrip(_SPACE + "\n").split("\n")]
    if len(lines) > 1:
        marks = {_instruction_mark(line) for line in lines[-2:]}
        if len(marks) == 1 and (mark := marks.pop()):
            return mark
    for line in reversed(lines):
        if line[:1] in _CANDIDATES and line[1:] == " " + _CUT:
            return line[0]
    return _CANDIDATES[0]


def split_subject(text: str) -> tuple[str, str]:
    """Return the subject and the body of a message, as `%s` and `%b` of `git log` do.

    The subject is the first paragraph, its lines joined by a space. The body is the rest
    after the blank lines; it is a suffix of `text`, so its offset is `len(text) - len(body)`.
    """
    offset = _skip_blank_lines(text, 0)
    title: list[str] = []
    while offset < len(text):
        end = text.find("\n", offset) + 1 or len(text)
        line = text[offset:end].rstrip(_SPACE + "\n")
        offset = end
        if not line:
            break
        title.append(line)
    return " ".join(title), text[_skip_blank_lines(text, offset) :]


def merged_title_line(text: str) -> int:
    """Return the line, from 1, on which a merge names the request it merges; 0 without one.

    GitHub, bors, Bitbucket and GitLab write its title below a subject of their own, as a paragraph
    of one line.
    """
    is_gitlabs = text.startswith("Merge branch '") and _SEE_REQUEST in text
    if not is_gitlabs and not text.startswith(_TITLE_BELOW):
        return 0
    body = split_subject(text)[1]
    following = body.partition("\n")[2].partition("\n")[0]
    if not body or following.strip(_SPACE):
        return 0
    return text.count("\n", 0, len(text) - len(body)) + 1


def is_fixup(subject: str) -> bool:
    """Tell whether `git rebase --autosquash` would fold this commit into another one."""
    return subject.startswith(_FIXUPS)


def is_work_in_progress(subject: str) -> bool:
    """Tell whether a subject says only that the work is not done: `WIP`, `[wip] 2`, `tmp`, `...`.

    Such a commit is a place to stop, and nobody merges it as it is.
    """
    words = "".join(filter(str.isalpha, subject)).lower()
    return words in _UNFINISHED if words else not any(map(str.isalnum, subject))


def is_merge_subject(subject: str) -> bool:
    """Tell whether `subject` is one that a tool writes for a merge, not a person's words.

    Known are git's own (`git fmt-merge-msg`: quoted names, `HEAD`, or a URL), GitHub's,
    Bitbucket's and bors'.
    """
    if subject.startswith(_MERGE_STARTS):
        return True
    if subject.startswith("Merged in "):
        return " (pull request #" in subject
    verb, _, rest = subject.partition(" ")
    source = rest.partition(" ")[0]
    return verb == "Merge" and (source == "HEAD" or "://" in source)


def is_revert(subject: str, body: str) -> bool:
    """Tell whether a message is one that `git revert` or a forge writes.

    That is a subject `Revert "..."`, or `Reapply "..."` for the revert of a revert, the same with
    the number of a request (`Revert #12`, `Revert D1234567`), `Back out "..."`, or a body line
    that starts with `This reverts commit <sha>`. In a squashed list of commits, and below a
    subject of another type (`fix: ...`), that line is about one of the commits only.
    """
    if any(subject.startswith(v) and _names_reverted(subject[len(v) :]) for v in _REVERTS):
        return True
    if _REVERTED not in body or _is_list(subject, body):
        return False
    if _has_type(subject) and "revert" not in subject.lower():
        return False
    return any(_names_reverted_commit(line) for line in body.split("\n"))


def without_number(title: str, identity: str) -> str:
    """Return a title without the `(#12)` that GitHub adds, for a list that names `#12` anyway."""
    return title.removesuffix(f" ({identity})")


def _names_reverted(rest: str) -> bool:
    """Tell whether a title in quotation marks begins here, or `#12`, `!12`, or `D1234567`."""
    if rest.startswith('"'):
        return '"' in rest[1:]
    word = rest.split(" ", 1)[0].rstrip(":,.")
    return word[1:].isdecimal() and (word[0] in "#!" or (word[0] == "D" and len(word) > 4))


def _has_type(subject: str) -> bool:
    """Tell whether a subject begins with a type of Conventional Commits 1.0: `fix(export): `."""
    head, colon, _ = subject.partition(": ")
    name = head.removesuffix("!").partition("(")[0]
    return bool(colon) and name.isalpha() and name.islower()


def _is_list(subject: str, body: str) -> bool:
    """Tell whether a body, with or without its subject, begins as GitHub lists the commits."""
    lines = (line for line in body.split("\n") if line.strip() and line.strip() != subject)
    return next(lines, "").startswith("* ")


def _decode_as(data: bytes, encoding: str) -> str | None:
    """Return None when `encoding` names nothing that a text may be written in."""
    try:
        if codecs.lookup(encoding).name.replace("_", "-") in _NOT_ENCODINGS:
            return None
        text = data.decode(encoding, "replace")
    except (LookupError, ValueError):
        return None
    # UTF-7 and the like can spell half a surrogate pair, which no output could write.
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _above_scissors(text: str, comment: str) -> str:
    line = f"{comment} {_CUT}\n"
    if not comment or line not in text:
        return text
    if text.startswith(line):
        return ""
    cut = text.find("\n" + line)
    return text if cut < 0 else text[: cut + 1]


def _strip_space(text: str, comment: str) -> CleanMessage:
    kept: list[str] = []
    numbers: list[int] = []
    removed: list[tuple[int, str]] = []
    blank = 0
    for number, raw in enumerate(text.split("\n"), 1):
        if comment and raw.startswith(comment):
            removed.append((number, raw.removesuffix("\r")))
            continue
        line = raw.rstrip(_SPACE)
        if not line:
            blank = blank or number
            continue
        if blank and kept:
            kept.append("")
            numbers.append(blank)
        blank = 0
        kept.append(line)
        numbers.append(number)
    if kept:
        kept.append("")
    return CleanMessage("\n".join(kept), tuple(numbers), tuple(removed))


def _instruction_mark(line: str) -> str:
    mark, rest = line[:1], line[1:2]
    return mark if mark and mark in _CANDIDATES and rest in ("", " ", "\t") else ""


def _skip_blank_lines(text: str, offset: int) -> int:
    rest = text[offset:]
    first = len(rest) - len(rest.lstrip(_SPACE + "\n"))
    if first == len(rest):
        return len(text)
    return offset + rest.rfind("\n", 0, first) + 1


def _names_reverted_commit(line: str) -> bool:
    if not line.startswith(_REVERTED):
        return False
    words = line[len(_REVERTED) :].split(" ", 1)
    sha = words[0].rstrip(".,;\r\t")
    return 7 <= len(sha) <= 64 and not sha.strip("0123456789abcdefABCDEF")
