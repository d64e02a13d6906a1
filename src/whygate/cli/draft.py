"""Keep the answers of an interview in the git directory, so that nothing is lost on the way."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct, field

from whygate.authoring.sheet import Entry, Sheet
from whygate.errors import InputError
from whygate.terminal.output import read_file, write_file

if TYPE_CHECKING:
    from pathlib import Path

    from whygate.authoring.interview import Interview

DRAFT_NAME = "whygate-draft.json"
_LIMIT = 1 << 20
_VERSION = 1


class Draft(Struct, frozen=True):
    """What an interview has so far, as it is stored."""

    version: int = _VERSION
    title: str = ""
    texts: dict[str, tuple[str, ...]] = field(default_factory=dict)
    items: dict[str, tuple[Entry, ...]] = field(default_factory=dict)
    left_open: frozenset[str] = frozenset()

    @property
    def sheet(self) -> Sheet:
        """Return the answers."""
        return Sheet(self.texts, self.items)

    @property
    def answered(self) -> tuple[str, ...]:
        """Return the names of the fields that have an answer."""
        return (*self.texts, *self.items)


def save_draft(path: Path, interview: Interview) -> None:
    """Store an interview, whole or not at all; raises InputError when that cannot be done."""
    draft = Draft(
        title=interview.title,
        texts=dict(interview.sheet.texts),
        items=dict(interview.sheet.items),
        left_open=interview.left_open,
    )
    write_file(path, [msgspec.json.format(msgspec.json.encode(draft)).decode()])


def load_draft(path: Path) -> Draft | None:
    """Return the stored draft; None when there is none or it cannot be read any more."""
    try:
        draft = msgspec.json.decode(read_file(path, _LIMIT), type=Draft)
    except (InputError, msgspec.MsgspecError, UnicodeError):
        return None
    return draft if draft.version == _VERSION and (draft.title or draft.answered) else None
