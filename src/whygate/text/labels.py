"""Turn a heading or a label as people write it into the words it is compared by."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from whygate.text.content import visible

_LONGEST = 400  # characters; longer lines are prose, and no label is compared beyond this

_COMMENT = r"(?s)<!--.*?-->"
# HTML tags (CommonMark 6.6), and not autolinks (6.5), which readers see.
_TAG = r"</?[A-Za-z](?![A-Za-z0-9+.-]{1,31}:)[^<>@]*>"
_IMAGE = r"!\[[^\[\]]*\]\([^()\s]*\)"
_LINK = r"\[([^\[\]]*)\]\([^()\s]*\)"
_SHORTCODE = r"(?<![\w:]):[A-Za-z0-9_+-]{1,40}:(?![\w:])"
_EMPHASIS = re.compile(r"[*`~]+|(?<![^\W_])_+|_+(?![^\W_])")
_KEYCAP = "[0-9#*]\ufe0f?\u20e3"
_NUMBERING = r"\(?\d{1,3}(?:\.\d{1,3}){0,3}(?:[.):\]]|\s+[-\u2013\u2014](?=\s))\s*(?=\D)"
_NEED = r"\s*[(\[](?:optional|required)[)\]]\s*[:?!]*\s*$"
_APOSTROPHES = dict.fromkeys(map(ord, "'\u2018\u2019\u02bc"))
_GAP = re.compile(r"[\W_]+")


def normalise_label(label: str) -> str:
    """Return the words of a label in the form in which labels are compared.

    `label` is one heading, bold label or key as written, of any length. Markdown emphasis,
    code marks, links, HTML comments and tags, emoji, `:shortcodes:`, numbering in front and
    "(optional)", "(required)", ":" and "?" behind fall away; compatibility forms and case are
    folded, apostrophes dropped, other punctuation becomes a space. Letters of different
    scripts stay different: a Greek Rho is no P. Returns "" when no word is left.
    """
    return _normalise(label[:_LONGEST])


def display_label(label: str) -> str:
    """Return a label as a reader sees it: no comments, tags, emphasis or closing colon."""
    return _display(label[:_LONGEST])


@lru_cache(maxsize=4096)
def _display(label: str) -> str:
    return " ".join(_without_markup(label).split()).rstrip(" :\uff1a")


@lru_cache(maxsize=4096)
def _normalise(label: str) -> str:
    if label.isascii() and label.replace(" ", "").isalpha():
        return " ".join(label.lower().split())
    text = _without_markup(label)
    if not text.isascii():
        text = _without_emoji(visible(re.sub(_KEYCAP, " ", text)))
    if ":" in text:
        text = re.sub(_SHORTCODE, " ", text)
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)
    text = text.casefold().strip()
    if text[:1].isdigit() or text[:1] == "(":
        text = re.sub(_NUMBERING, "", text, count=1)
    if "(" in text or "[" in text:
        text = re.sub(_NEED, "", text)
    return _words(text)


def _without_markup(label: str) -> str:
    text = label
    if "<" in text:
        text = re.sub(_TAG, "", re.sub(_COMMENT, " ", text))
    if "](" in text:
        text = re.sub(_LINK, r"\1", re.sub(_IMAGE, "", text))
    if "&" in text:
        from html import unescape  # noqa: PLC0415 - kept off the hot path of the hook

        text = unescape(text)
    return _EMPHASIS.sub("", text)


def _without_emoji(text: str) -> str:
    """Drop pictographs and skin tones (categories So, Sk) and enclosing marks (Me)."""
    return "".join(char for char in text if unicodedata.category(char) not in {"So", "Sk", "Me"})


def _words(text: str) -> str:
    """Return a text without apostrophes, and a space for every other run of signs."""
    if text.isascii():
        return _GAP.sub(" ", text.replace("'", "")).strip()
    kept = (
        char if char.isalnum() or unicodedata.category(char)[0] == "M" else " "
        for char in text.translate(_APOSTROPHES)
    )
    return " ".join("".join(kept).split())
