"""Keep the plans of what was merged, where no squash can lose them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from whygate.context.document import build_document
from whygate.forges.github.kept import append_lines, keep_notes
from whygate.git.notes import CONTEXT_REF
from whygate.model import Status
from whygate.outcomes.ledger import LEDGER_PATH, LINE_LIMIT, render_kept

if TYPE_CHECKING:
    from datetime import date

    from whygate.forges.github.api import Api
    from whygate.gate.gate import Outcome
    from whygate.gate.settings import Settings
    from whygate.model import Verdict
    from whygate.policy.policy import Policy

OFF, LEDGER = "off", "ledger"
_STEER = frozenset({"kind", "version"})  # they say nothing by themselves


def keep_plans(settings: Settings, api: Api, outcome: Outcome) -> str:
    """Write the contexts of an outcome's merged changes, and return the sentence about it.

    Empty means that there was nothing to keep. Raises ApiError when the token may not write.
    """
    lines = find_lines(outcome)
    if not lines:
        return ""
    api.restart()
    if settings.keep_plan == LEDGER:
        count = append_lines(api, settings.repository, LEDGER_PATH, lines)
        where = LEDGER_PATH
    else:
        count = keep_notes(api, settings.repository, CONTEXT_REF, lines)
        where = CONTEXT_REF
    known = f", {len(lines) - count} were kept before" if count < len(lines) else ""
    return f"kept the context of {count} merged changes in {where}{known}"


def find_lines(outcome: Outcome) -> dict[str, str]:
    """Return the line to keep by the full hash of the merge, for each change that says something.

    What a bot or a skipped kind says is not asked for, and not kept.
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
    if not set(document) - _STEER:
        return ""
    return render_kept(verdict.change.identity, sha, verdict.change.day or day, document)
