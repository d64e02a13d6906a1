"""What a change does to the ledger: whether it adds lines that can be read, or rewrites any."""

from __future__ import annotations

import json
from itertools import islice
from typing import TYPE_CHECKING

from msgspec import Struct

from whygate.outcomes.ledger import LEDGER_PATH, Damage, read_event
from whygate.outcomes.result import Source
from whygate.schema.files import RESULTS, read_bundled
from whygate.schema.validate import compile_validator

if TYPE_CHECKING:
    from collections.abc import Iterator

_MOST = 10  # problems that are told


class LedgerProblem(Struct, frozen=True):
    """What is wrong with a line, and its number: in the new ledger, or in the one before."""

    line: int
    message: str


class LedgerEdit(Struct, frozen=True):
    """What a change does: how many lines it adds, whether all stand at the end, what is wrong."""

    added: int
    appends: bool
    problems: tuple[LedgerProblem, ...] = ()

    @property
    def is_plain(self) -> bool:
        """Tell whether it only appends valid lines, and at least one."""
        return self.appends and self.added > 0 and not self.problems


def compare_ledgers(old: bytes | None, new: bytes | None) -> LedgerEdit:
    """Return what lies between two states of a ledger; None is a ledger that is not there.

    Every line that was there must stay, byte for byte and in its order; a line that was added must
    be what the schema of results asks for. A merge by union may set lines between the old ones:
    that is no rewriting, but no appending either.
    """
    if new is None:
        gone = () if old is None else (LedgerProblem(1, "the ledger is deleted"),)
        return LedgerEdit(0, appends=False, problems=gone)
    before, after = (old or b"").split(b"\n"), new.split(b"\n")
    if not before[-1]:
        before.pop()
    if not after[-1]:
        after.pop()
    appends = after[: len(before)] == before
    added, lost = _match(before, after)
    problems = [*_lost(before, after, lost), *_invalid(added)]
    count = sum(1 for _, line in added if line.strip())
    return LedgerEdit(count, appends, tuple(islice(problems, _MOST)))


def _match(before: list[bytes], after: list[bytes]) -> tuple[list[tuple[int, bytes]], int | None]:
    """Return the numbered lines that are new, and the place of the first old one that is lost."""
    at = 0
    added: list[tuple[int, bytes]] = []
    for number, line in enumerate(after, 1):
        if at < len(before) and line == before[at]:
            at += 1
        else:
            added.append((number, line))
    if at == len(before):
        return added, None
    known = set(before)  # what was there already is lost or moved, and not added
    return [(number, line) for number, line in added if line not in known], at


def _lost(before: list[bytes], after: list[bytes], lost: int | None) -> Iterator[LedgerProblem]:
    if lost is None:
        return
    is_there = before[lost] in after
    what = "stands in another place" if is_there else "is changed or deleted"
    yield LedgerProblem(lost + 1, f"line {lost + 1} of the ledger {what}")


def _invalid(added: list[tuple[int, bytes]]) -> Iterator[LedgerProblem]:
    validate = compile_validator(json.loads(read_bundled(RESULTS)), {})
    for number, data in added:
        if not data.strip():
            continue
        text = data.decode("utf-8", "surrogateescape").strip(" \t\r")
        event = read_event(text, Source.LEDGER, LEDGER_PATH, number)
        if isinstance(event, Damage):
            yield LedgerProblem(number, f"line {number} cannot be read: {event.message}")
        elif problems := validate(json.loads(text)):
            yield LedgerProblem(number, f"line {number} is not valid: {problems[0].message}")
