"""Name what reading a Markdown text gives: sections, entries, fences, and what is hidden."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Literal

from msgspec import Struct

if TYPE_CHECKING:
    from whygate.model import Prose
    from whygate.text.prose import Passage

LABEL_LEVEL = 7  # the level of bold labels, label lines and bare labels; headings have 1 to 6


class Style(StrEnum):
    """How the label of a section is written."""

    ATX = "atx"
    SETEXT = "setext"
    BOLD = "bold"
    LABEL = "label"
    BARE = "bare"


class Entry(Struct, frozen=True):
    """A labelled value inside a section, such as `- Metric: x` or a cell of a table.

    `label` is the label as a reader sees it, `key` its normalised form, `raw` the Markdown of
    the value and `passage` the same to be rendered. `line` and `column` (from 1) point at the
    label, in a table row at the value's cell. `group` numbers the rows of tables that hold one
    item per row, from 1; else 0.
    """

    label: str
    key: str
    raw: str
    passage: Passage
    line: int
    column: int
    group: int = 0

    @property
    def prose(self) -> Prose:
        """Return the value as a reader sees it."""
        return self.passage.prose


class Section(Struct, frozen=True):
    """A part of a text under a heading or a label.

    `level` is 1-6 for headings and 7 for every other label. `line` and `column` point at the
    label, `raw` is the Markdown of the body and `raw_line`, `raw_column` its place; an empty
    body has the place of the label. `passage` is the body to be rendered. All positions count
    from 1, columns in characters.
    """

    label: str
    key: str
    level: int
    style: Style
    line: int
    column: int
    raw: str
    raw_line: int
    raw_column: int
    passage: Passage
    entries: tuple[Entry, ...] = ()

    @property
    def prose(self) -> Prose:
        """Return the body as a reader sees it."""
        return self.passage.prose


class Fence(Struct, frozen=True):
    """A fenced code block (CommonMark 4.5): `line` and `column` are the place of its content.

    The opening fence is the line before; an empty fence at the end has its content behind
    the last line. `closed` is False when no closing fence is written.
    """

    info: str
    text: str
    line: int
    column: int
    closed: bool


class Hidden(Struct, frozen=True):
    """A known label that makes no section, because it is commented out, quoted or code."""

    label: str
    key: str
    line: int
    where: Literal["comment", "fence", "quote", "details"]


class Unclosed(Struct, frozen=True):
    """A fence or an HTML comment that nothing closes; `line` is the line of its opener."""

    kind: Literal["fence", "comment"]
    line: int


class Heading(Struct, frozen=True):
    """One heading of CommonMark, at any depth: its level 1-6, visible text and line."""

    level: int
    text: str
    line: int


class Document(Struct, frozen=True):
    """A Markdown text as it is read.

    `opening` is what stands before the first section and `entries` the labelled values in it.
    """

    sections: tuple[Section, ...]
    fences: tuple[Fence, ...]
    hidden: tuple[Hidden, ...]
    unclosed: tuple[Unclosed, ...]
    opening: Passage
    line_count: int
    entries: tuple[Entry, ...] = ()

    @property
    def preamble(self) -> Prose:
        """Return the prose before the first section."""
        return self.opening.prose
