"""The message or description to judge, read from a file or from stdin."""

from __future__ import annotations

import stat
from typing import TYPE_CHECKING

from whygate.errors import InputError
from whygate.model import Change, Origin, Part
from whygate.text.commit import MESSAGE_LIMIT
from whygate.text.message import (
    Cleanup,
    clean_message,
    decode,
    detect_comment_char,
    split_subject,
)

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

DESCRIPTION_LIMIT = 65_536  # characters; GitHub accepts no more
NO_EDITOR = ":"  # how git tells its hooks that none was open (githooks)
CONFIG_KEYS = ("commit.cleanup", "core.commentChar", "core.commentString", "i18n.commitEncoding")

_STDIN = "<stdin>"
_AUTO = "auto"
_SAMPLE = 8_192
_WIDE_MARKS = (b"\xff\xfe", b"\xfe\xff")
_CONTROLS = bytes(code for code in (*range(32), 127) if code not in b"\t\n\r")


def cleanup_for(config: Mapping[str, str], environ: Mapping[str, str]) -> tuple[Cleanup, str]:
    """Return how git will clean the message, and its comment string (`auto`: see the file).

    `config` holds the values of CONFIG_KEYS by lower-case key, in the order they were set.
    commit.cleanup says how; its default depends on whether an editor was open, and git sets
    GIT_EDITOR to `:` for its hooks when none was (githooks, git-commit `--cleanup`). The later
    of core.commentChar and core.commentString counts. A `--cleanup` option cannot be seen.
    """
    edited = environ.get("GIT_EDITOR", "") != NO_EDITOR
    mode = config.get("commit.cleanup", "default")
    if mode == "scissors" and not edited:
        mode = "whitespace"
    if mode not in tuple(Cleanup):
        mode = "strip" if edited else "whitespace"
    comment = "#"
    for key, value in config.items():
        if key in ("core.commentchar", "core.commentstring") and value:
            comment = value
    return Cleanup(mode), comment


def read_message(  # noqa: PLR0913
    path: Path | None,
    data: bytes | None = None,
    *,
    cleanup: Cleanup = Cleanup.STRIP,
    comment: str = "#",
    encoding: str | None = None,
    limit: int = MESSAGE_LIMIT,
    label: str = "",
) -> Change:
    """Return the message in the file `path`, or in `data` (stdin) when `path` is None.

    `cleanup` and `comment` come from `cleanup_for`, `encoding` is i18n.commitEncoding, `label` the
    path that findings show (the default is the path itself). At most
    `limit` bytes are judged; more is an error, except below the scissors line, where
    `git commit --verbose` puts a diff of any size. Raises InputError when there is no such
    file, when it is no regular file, no text, or too large.
    """
    label = label or _label(path)
    found = _content(path, data, limit + 1)
    _require_text(found, label)
    text = decode(found[:limit], encoding)
    if comment == _AUTO:
        comment = detect_comment_char(text)
    if len(found) > limit and not _has_scissors(text, comment):
        raise InputError(
            f"`{label}` is larger than {limit} bytes, too large for a message",
            hint="keep the answers in the message, and move the rest into a file or an issue",
        )
    clean = clean_message(text, cleanup=cleanup, comment=comment)
    part = Part(Origin.MESSAGE, label, clean.text, clean.lines, clean.removed, text)
    return Change(identity=label, title=split_subject(clean.text)[0], parts=(part,))


def read_description(
    path: Path | None, data: bytes | None = None, *, title: str, label: str = ""
) -> Change:
    """Return the description in the file `path`, or in `data` when `path` is None.

    `label` is the path that findings show; the default is the path itself. Raises InputError
    as `read_message` does, and for more than 65,536 characters.
    """
    label = label or _label(path)
    found = _content(path, data, 4 * DESCRIPTION_LIMIT + 1)
    _require_text(found, label)
    text = decode(found).replace(
        "\0", "\ufffd"
    )  # https://spec.commonmark.org/0.31.2/#insecure-characters
    if len(text) > DESCRIPTION_LIMIT or len(found) > 4 * DESCRIPTION_LIMIT:
        raise InputError(
            f"`{label}` is longer than {DESCRIPTION_LIMIT} characters, too long for a description",
            hint="forges take no more either; shorten it, or link to what is long",
        )
    return Change(identity=label, title=title, parts=(Part(Origin.DESCRIPTION, label, text),))


def _label(path: Path | None) -> str:
    return _STDIN if path is None else path.as_posix()


def _content(path: Path | None, data: bytes | None, limit: int) -> bytes:
    """Return at most `limit` bytes of what is to be read."""
    if path is None:
        return (data or b"")[:limit]
    try:
        if not stat.S_ISREG(path.stat().st_mode):  # a pipe or a device could wait for ever
            kind = "directory" if path.is_dir() else "pipe or device"
            raise InputError(f"`{path}` is a {kind}, not a file", hint="`-` reads stdin")
        with path.open("rb") as stream:
            return stream.read(limit)
    except FileNotFoundError:
        raise InputError(
            f"there is no file `{path}`", hint="correct the path; `-` reads stdin"
        ) from None
    except (OSError, ValueError) as err:
        reason = err.strerror if isinstance(err, OSError) else err
        raise InputError(f"`{path}` cannot be read: {reason}") from err


def _require_text(data: bytes, label: str) -> None:
    """Refuse what no author wrote: UTF-16, and data with many control bytes at its start."""
    if data.startswith(_WIDE_MARKS):
        raise InputError(f"`{label}` is UTF-16, not UTF-8", hint="save it as UTF-8")
    sample = data[:_SAMPLE]
    controls = len(sample) - len(sample.translate(None, _CONTROLS))
    if controls > 8 and controls * 20 > len(sample):
        raise InputError(f"`{label}` is not text", hint="name a text file in UTF-8")


def _has_scissors(text: str, comment: str) -> bool:
    whole = clean_message(text, cleanup=Cleanup.VERBATIM, comment=comment).text
    return "\0" not in text and len(whole) < len(text)
