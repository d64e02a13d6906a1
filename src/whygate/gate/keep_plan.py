"""Keep the plans of what was merged, where no squash can lose them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from whygate.context.fill import build_document
from whygate.gate.settings import LEDGER
from whygate.git.notes import CONTEXT_REF
from whygate.model import Status
from whygate.outcomes.ledger import LEDGER_PATH, LINE_LIMIT, render_kept

if TYPE_CHECKING:
    from datetime import date

    from whygate.forges.port import Forge
    from whygate.gate.gate import Outcome
    from whygate.model import Verdict
    from whygate.policy.policy import Policy

_STEER = frozenset({"kind", "version"})  # they say nothing by themselves


def keep_plans(forge: Forge, outcome: Outcome, *, where: str) -> str:
    """Write the contexts of an outcome's merged changes, and return the sentence about it.

    `where` is NOTE or LEDGER. Empty means that there was nothing to keep. Raises ForgeError when
    the token may not write, UndecidedError when what is there could be lost.
    """
    lines = find_lines(outcome)
    if not lines:
        return ""
    if where == LEDGER:
        place, count = LEDGER_PATH, forge.append_lines(LEDGER_PATH, lines)
    else:
        place, count = CONTEXT_REF, forge.keep_notes(CONTEXT_REF, lines)
    known = f", {len(lines) - count} were kept before" if count < len(lines) else ""
    return f"kept the context of {count} merged changes in {place}{known}"


def find_lines(outcome: Outcome) -> dict[str, str]:
    """Return the line to keep by the full hash of the merge, for each change that says something.

    What a bot or a skipped kind says is not asked for, and not kept. A waiver is, with or without
    a word of the author's.
    """
    if outcome.policy is None or outcome.day is None:
        return {}
    verdicts = [entry.verdict for entry in outcome.shown]
    found = {
        sha: line
        for sha, verdict in zip(outcome.merges, verdicts, strict=False)
        if sha and (line := _line(verdict, sha, outcome.policy, outcome.day))
    }
    return {sha: line for sha, line in found.items() if len(line) <= LINE_LIMIT}


def _line(verdict: Verdict, sha: str, policy: Policy, day: date) -> str:
    if verdict.status is Status.SKIPPED:
        return ""
    document = build_document(verdict.context, policy.schema)
    if not set(document) - _STEER and verdict.waiver is None:
        return ""
    at = verdict.change.day or day
    return render_kept(verdict.change.identity, sha, at, document, waiver=verdict.waiver)
