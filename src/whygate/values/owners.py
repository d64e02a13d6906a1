"""Who looks at a result: a handle, a mail address or a name."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from msgspec import Struct

from whygate.text.content import is_owner_placeholder
from whygate.text.patterns import compile_pattern

if TYPE_CHECKING:
    import re

_LONGEST = 400
_SPELLINGS = {
    "handle": (r"(?<![\w@.])@([A-Za-z0-9][\w.-]{0,63}(?:/[A-Za-z0-9][\w.-]{0,63}){0,3})(\[bot\])?"),
    "mail": (
        r"(?<![^\s<(,;:])([^\s<>()@,;:\"]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,8})"
        r"(?![\w@-])"
    ),
    "bot": r"(?ai:\[bot\]|\w[-_]bot$)",
}
_NOBODY = frozenset(
    ("anybody", "anyone", "everybody", "everyone", "nobody", "somebody", "someone", "whoever")
)
_DEAD_BOXES = frozenset(("noreply", "no-reply", "donotreply", "do-not-reply"))


class Owner(Struct, frozen=True):
    """Who looks at the result; at least one of `handle` (without @), `mail` and `name` is set."""

    text: str
    handle: str = ""
    mail: str = ""
    name: str = ""
    is_bot: bool = False


@cache
def _pattern(name: str) -> re.Pattern[str]:
    return compile_pattern(_SPELLINGS[name])


def parse_owner(text: str) -> Owner | None:
    """Return the (first) owner named in `text`, or None for nobody: empty, "team", "TBD".

    "Whoever has the shift" is nobody either. Read: `@handle`, `@org/team`, `mail@example.com`,
    `Name <mail>`, and a plain name. Bots (`x[bot]`, `x-bot`) and mailboxes that nobody reads are
    returned with `is_bot`.
    """
    written = text.strip(" \t\r\n.,;`*")
    if not written or len(written) > _LONGEST:
        return None
    if (mail := _pattern("mail").search(written)) is not None:
        return _by_mail(written, mail)
    if (handle := _pattern("handle").search(written)) is not None:
        return _by_handle(written, handle)
    return _by_name(written)


def _by_mail(written: str, mail: re.Match[str]) -> Owner:
    name = _clean(written[: mail.start()])
    box = mail[1].partition("@")[0].lower()
    is_bot = box in _DEAD_BOXES or _is_bot(name) or _is_bot(box)
    return Owner(written, mail=mail[1], name=name, is_bot=is_bot)


def _by_handle(written: str, match: re.Match[str]) -> Owner | None:
    handle = match[1].rstrip(".-")
    if "/" not in handle and is_owner_placeholder(handle):
        return None
    name = _clean(written[: match.start()])
    return Owner(written, handle=handle, name=name, is_bot=bool(match[2]) or _is_bot(handle))


def _by_name(written: str) -> Owner | None:
    name = _clean(written)
    if is_owner_placeholder(written) or name.split(" ")[0].lower() in _NOBODY:
        return None
    if not any(character.isalpha() for character in name):
        return None
    return Owner(written, name=name, is_bot=_is_bot(name))


def _clean(name: str) -> str:
    return name.strip(" \t\r\n<>(),;:\"'-")


def _is_bot(name: str) -> bool:
    return _pattern("bot").search(name) is not None
