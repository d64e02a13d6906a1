"""Bring what was measured before people: one branch, one request to merge, lines of the ledger."""

from __future__ import annotations

from typing import TYPE_CHECKING

from whygate.forges.port import Proposed
from whygate.loop.record import require_valid
from whygate.outcomes.ledger import LEDGER_PATH, read_event, render_event
from whygate.outcomes.result import BY_MACHINE, Result, ResultState, Source

if TYPE_CHECKING:
    from collections.abc import Sequence

    from whygate.forges.port import Forge, Published

BRANCH = "whygate/outcomes"
TITLE = "chore: record what was measured"
MESSAGE = f"""\
{TITLE}

Problem: these plans were due, and nobody had looked
"""


def propose_results(forge: Forge, results: Sequence[Result], text: str) -> Published:
    """Propose lines for the ledger in our one request, and return what became of it.

    `text` is what the request says. Raises InputError for a line that no reader would take,
    UndecidedError when the forge refuses.
    """
    for result in results:
        require_valid(result)
    lines = [render_event(result) for result in results]
    return forge.propose(
        Proposed(
            branch=BRANCH,
            path=LEDGER_PATH,
            title=TITLE,
            text=text,
            message=MESSAGE,
            compose=lambda old, brought: compose_ledger(old, brought, lines),
        )
    )


def compose_ledger(old: bytes, brought: bytes | None, lines: Sequence[str]) -> bytes:
    """Return a ledger with lines behind all that it holds.

    What an open request brings already stays in it, in its order, also where a source does not
    answer today; a line about the same plan and day takes the place of the one that a machine
    measured before. A line that is in the ledger is not added again.
    """
    known = set(old.splitlines())
    before = [line for line in (brought or b"").splitlines() if line.strip()]
    added = {_key(line): line for line in before if line not in known}
    added |= {_key(line): line for line in (text.encode() for text in lines)}
    new = [line for line in added.values() if line not in known]
    start = b"\n" if old and new and not old.endswith(b"\n") else b""
    return old + start + b"".join(line + b"\n" for line in new)


def _key(line: bytes) -> object:
    """Return what a line that a machine measured is about; any other line stands for itself."""
    event = read_event(line.decode("utf-8", "replace"), Source.LEDGER, LEDGER_PATH, 1)
    if not isinstance(event, Result) or event.by != BY_MACHINE:
        return line
    is_baseline = event.state is ResultState.BASELINE
    return event.change, event.sha, event.metric, event.at, is_baseline
