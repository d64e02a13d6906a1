"""Turn untrusted text into text that is safe to print on a terminal or in a CI log."""

from __future__ import annotations

import re
from functools import cache

# C0 except tab and newline, DEL, C1, soft hyphen, line and paragraph separators, bidirectional
# controls and isolates (UAX #9), zero-width and other invisible format characters, tag
# characters, halves of surrogate pairs.
_UNSAFE = (
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff"
    "\ufff9-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e007f\ud800-\udfff]"
)
# A CI runner obeys `::name ...` at the start of a line and `##[name]` anywhere in the output.
# https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands
_COMMAND = r"(?m)^([^\S\n]*:):|##(?=\[)"


def clean(text: str) -> str:
    """Return text with everything a terminal would obey written out, such as `<U+001B>`.

    What a CI runner would take for a command is broken by a space. Newlines and tabs stay; use
    `clean_line` where one line is expected.
    """
    if not _is_plain(text):
        text = _compiled(_UNSAFE).sub(_visible, text)
    if "::" not in text and "##[" not in text:
        return text
    return _compiled(_COMMAND).sub(_broken, text)


def clean_line(text: str) -> str:
    """Return text as one safe line: newlines and tabs become single spaces."""
    return clean(text.replace("\r\n", " ").replace("\n", " ").replace("\t", " "))


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    """Compile what most texts do not need: a hook starts anew for each of them."""
    return re.compile(pattern)


def _is_plain(text: str) -> bool:
    """Tell whether a text is printable ASCII, with newlines and tabs."""
    return text.isascii() and text.replace("\n", "").replace("\t", "").isprintable()


def _visible(match: re.Match[str]) -> str:
    return f"<U+{ord(match.group()):04X}>"


def _broken(match: re.Match[str]) -> str:
    return f"{match[1]} :" if match[1] else "## "
