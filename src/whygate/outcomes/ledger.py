"""Turn the text of `.whygate/results.jsonl` into results, kept contexts and damaged lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from whygate.outcomes.event import Damage, Kept, read_event
from whygate.outcomes.result import Result, Source

if TYPE_CHECKING:
    from collections.abc import Iterable

LEDGER_PATH = ".whygate/results.jsonl"
# Two branches that append merge without a conflict (gitattributes, "merge", "union").
ATTRIBUTES_LINE = f"/{LEDGER_PATH} merge=union"
# What git writes around the two sides of a conflict (git-merge, "How conflicts are presented").
_CONFLICT = ("<<<<<<<", "|||||||", "=======", ">>>>>>>")
_CONFLICT_HINT = (
    f"keep the lines of both sides and delete the marks; `{ATTRIBUTES_LINE}` in .gitattributes"
    " spares you the next one"
)


class Ledger(Struct, frozen=True):
    """What a file of events says, in its order; `damages` are the lines that were set aside."""

    results: tuple[Result, ...] = ()
    kept: tuple[Kept, ...] = ()
    damages: tuple[Damage, ...] = ()


def parse_ledger(text: str, path: str = LEDGER_PATH, source: Source = Source.LEDGER) -> Ledger:
    """Return what each line says; a damaged one is reported and the others are read.

    Lines end at a line feed, with or without a return before it. The same line twice counts
    once: a union merge may repeat it. Both sides of a merge conflict are read, and the conflict
    is reported where it begins.
    """
    return read_lines(enumerate(text.removeprefix("\ufeff").split("\n"), 1), path, source)


def read_lines(lines: Iterable[tuple[int, str]], path: str, source: Source) -> Ledger:
    """Return what numbered lines say."""
    results: list[Result] = []
    kept: list[Kept] = []
    damages: list[Damage] = []
    seen: set[str] = set()
    for number, raw in lines:
        line = raw.strip(" \t\r")
        if not line or line in seen:
            continue
        if line.startswith(_CONFLICT):
            damages += _conflict(line, path, number)
            continue
        seen.add(line)
        event = read_event(line, source, path, number)
        if isinstance(event, Damage):
            damages.append(event)
        elif isinstance(event, Kept):
            kept.append(event)
        else:
            results.append(event)
    return Ledger(tuple(results), tuple(kept), tuple(damages))


def _conflict(line: str, path: str, number: int) -> Iterable[Damage]:
    if line.startswith(_CONFLICT[0]):
        message = "a merge conflict begins here that nobody has resolved"
        yield Damage(path, number, message, _CONFLICT_HINT)
