"""Turn the frame that East Asian languages put round a number into the signs that are read."""

from __future__ import annotations

import re
from functools import cache

_BEFORE = (
    r"(?:(?:約|约|およそ|大约|大約|약"
    r"|毎?週|毎?月|毎?日|每?周|每[周週月天日年]|[周週月日年]に?|매?[주월일]) ?){1,2}"
)
_LIMITS = {
    "<=": ("以下", "以内", "以內", "之内", "이하", "이내"),
    ">=": ("以上", "이상"),
    "<": ("未満", "未满", "未滿", "미만"),
    ">": ("超", "超え", "초과"),
}
_SIGN_OF = {word: sign for sign, words in _LIMITS.items() for word in words}
_AFTER = rf"(.*?) {{0,2}}({'|'.join(sorted(_SIGN_OF, key=len, reverse=True))})\Z"


@cache
def _pattern(name: str) -> re.Pattern[str]:
    return re.compile({"before": rf"{_BEFORE}(?=\d)", "after": _AFTER}[name])


def unframe(text: str) -> str:
    """Return a short value without its window or "about" in front, and its limit as a sign.

    `週12件` becomes `12件`, `5件以下` becomes `<= 5件`, `약 30건` becomes `30건`. A text without
    such a frame is returned as it is.
    """
    if text.isascii():
        return text
    front = _pattern("before").match(text)
    inner = text[front.end() :] if front else text
    behind = _pattern("after").fullmatch(inner)
    if behind is not None and behind[1][:1].isdigit():
        return f"{_SIGN_OF[behind[2]]} {behind[1]}"
    return inner
