"""Turn a statement into what it amounts to: an answer, or one of the ways to give none."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from whygate.text.content import is_blank, is_placeholder
from whygate.text.sentences import own_words

if TYPE_CHECKING:
    from whygate.model import Statement

_LONGEST_STAND_IN = 200


class Fill(StrEnum):
    """What a reader finds where an answer should stand."""

    EMPTY = "empty"
    IMAGES = "images"
    CODE = "code"
    CHOICES = "choices"
    TEMPLATE = "template"
    PLACEHOLDER = "placeholder"
    FILLED = "filled"


def fill_of(statement: Statement) -> Fill:
    """Return what a statement amounts to; only `FILLED` is an answer."""
    prose = statement.prose
    if is_blank(prose.text):
        return _why_blank(statement)
    if is_placeholder(prose.text) or _refers_besides(prose.unlinked, prose.links):
        return Fill.PLACEHOLDER
    return Fill.FILLED


def is_filled(statement: Statement | None) -> bool:
    """Tell whether a statement answers at all."""
    return statement is not None and fill_of(statement) is Fill.FILLED


def _refers_besides(text: str, links: int) -> bool:
    """Tell whether a stand-in has only a reference beside it: `N/A`, and below it `Fixes #12`."""
    if len(text) > _LONGEST_STAND_IN:
        return False
    own = own_words(text, links)
    return own != text and is_placeholder(own)


def _why_blank(statement: Statement) -> Fill:
    prose = statement.prose
    if statement.is_template:
        return Fill.TEMPLATE
    if prose.unticked:
        return Fill.CHOICES
    if prose.images:
        return Fill.IMAGES
    if prose.fences:
        return Fill.CODE
    # Markdown takes the slot `<metric>` for a tag and shows nothing of it.
    is_slot = is_placeholder(statement.raw) and not is_blank(statement.raw)
    return Fill.PLACEHOLDER if prose.text or is_slot else Fill.EMPTY
