"""The one place that makes a stranger's text safe: for a terminal, a CI log, and Markdown."""

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
# A CI runner obeys `::name ...` at the start of a line, and anywhere in the output `##[name]`
# (GitHub, Azure), `##vso[name]` (Azure) and `##teamcity[name]`.
# https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands
# https://learn.microsoft.com/en-us/azure/devops/pipelines/scripts/logging-commands
_COMMAND = r"(?m)^([^\S\n]*:):|##(?=[A-Za-z]{0,20}\[)"


def clean(text: str) -> str:
    """Return text with everything a terminal would obey written out, such as `<U+001B>`.

    What a CI runner would take for a command is broken by a space. Newlines and tabs stay; use
    `clean_line` where one line is expected.
    """
    if not _is_plain(text):
        text = _compiled(_UNSAFE).sub(_visible, text)
    if "::" not in text and "##" not in text:
        return text
    return _compiled(_COMMAND).sub(_broken, text)


def clean_line(text: str) -> str:
    """Return text as one safe line: newlines and tabs become single spaces."""
    return clean(text.replace("\r\n", " ").replace("\n", " ").replace("\t", " "))


def code(text: str, longest: int = 500, *, cell: bool = False) -> str:
    """Return a text as a code span on one line (CommonMark 6.1), in a table without its bars."""
    line = clean_line(text).strip()
    if len(line) > longest:
        line = line[: longest - 3].rstrip() + "..."
    if not line:
        return "(empty)"
    if cell:  # a bar ends a cell even in code, and a backslash before it has two readings
        line = line.replace("|", "¦")
    marks = "`" * (_longest_run(line) + 1)
    pad = " " if line.startswith("`") or line.endswith("`") else ""
    return f"{marks}{pad}{line}{pad}{marks}"


def fence(text: str, info: str = "") -> str:
    """Return a fenced code block whose fence is longer than any run of backticks inside."""
    inside = clean(text.replace("\r\n", "\n").replace("\r", "\n"))
    marks = "`" * max(3, _longest_run(inside) + 1)
    return f"{marks}{info}\n{inside}\n{marks}"


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


def _longest_run(text: str) -> int:
    return max((len(run) for run in _compiled("`+").findall(text)), default=0)
