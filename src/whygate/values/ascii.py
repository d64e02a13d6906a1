"""Look-alike signs, digits and spaces as ASCII, one character for one."""

from __future__ import annotations

_TABLE: dict[int, int | str] = {
    **{code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)},
    **dict.fromkeys(range(0x2000, 0x200B), " "),
    **dict.fromkeys((0x09, 0x0A, 0x0B, 0x0C, 0x0D, 0x85, 0xA0), " "),
    **dict.fromkeys((0x2028, 0x2029, 0x202F, 0x205F, 0x3000), " "),
    **dict.fromkeys((0x2010, 0x2011, 0x2012, 0x2013, 0x2014, 0x2212), "-"),
    **dict.fromkeys((0x2018, 0x2019, 0x02BC), "'"),
    **dict.fromkeys((0x201C, 0x201D), '"'),
    **dict.fromkeys((0xB5, 0x3BC), "u"),
    0xD7: "x",
}


def fold(text: str) -> str:
    """Return `text` with full-width forms, dashes, spaces and the micro sign made ASCII.

    The length never changes, so an offset in the result is an offset in `text`. Digits of
    other scripts stay as they are, and no grammar here reads them as numbers.
    """
    if text.isascii() and text.isprintable():
        return text
    return text.translate(_TABLE)


def lower(text: str) -> str:
    """Return `text` in lower case and of the same length, so that offsets hold.

    The capital dotted I of Turkish alone grows when it is lowered; it stays as it is.
    """
    lowered = text.lower()
    if len(lowered) == len(text):
        return lowered
    return "".join(low if len(low := sign.lower()) == 1 else sign for sign in text)
