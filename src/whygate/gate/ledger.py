"""A request that touches the ledger: one that only appends results is not asked why."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from whygate.errors import InputError
from whygate.history.outcomes import LEDGER_LIMIT
from whygate.model import Exemption, Severity, Status
from whygate.outcomes.edits import LedgerEdit, LedgerProblem, compare_ledgers
from whygate.outcomes.ledger import LEDGER_PATH
from whygate.outcomes.rules import judge_edit

if TYPE_CHECKING:
    from whygate.forges.port import Details, Forge, MergeRequest
    from whygate.policy.policy import Policy
    from whygate.reporters.text import Shown


def find_edit(
    forge: Forge, request: MergeRequest, details: Details, tip: str
) -> tuple[LedgerEdit | None, bool]:
    """Return what a request does to the ledger (None: nothing), and whether that is all it does.

    Held against each other are the blobs at its head and at the commit where it parts from the
    base, whose tip `tip` is: what others have added since then is not taken away by it. Raises
    ForgeError when the forge does not tell.
    """
    files = details.files
    touched = None if files is None else {path for file in files for path in file.paths}
    if touched is not None and LEDGER_PATH not in touched:
        return None, False
    fork = forge.find_fork(tip, request.head_sha)
    old = forge.files_at(fork).read_bytes(LEDGER_PATH, limit=LEDGER_LIMIT)
    try:
        new = forge.files_at(request.head_sha).read_bytes(LEDGER_PATH, limit=LEDGER_LIMIT)
    except InputError as error:  # a link, a directory, or too large
        return LedgerEdit(0, appends=False, problems=(LedgerProblem(1, error.message),)), False
    if new == old:
        return None, False
    return compare_ledgers(old, new), touched == {LEDGER_PATH}


def with_edit(shown: Shown, edit: LedgerEdit, policy: Policy, *, is_all: bool) -> Shown:
    """Return a verdict with what a request does to the ledger taken into account."""
    verdict = shown.verdict
    if edit.is_plain and is_all:
        lines = f"{edit.added} valid line{'s' if edit.added != 1 else ''}"
        exemption = Exemption("ledger", f"it only appends {lines} to {LEDGER_PATH}")
        skipped = replace(
            verdict, status=Status.SKIPPED, findings=(), suppressed=(), exemption=exemption
        )
        return replace(shown, verdict=skipped, skeleton="")
    found = judge_edit(edit, policy, verdict.kind.name)
    if not found:
        return shown
    failed = any(finding.severity is Severity.ERROR for finding in found)
    status = Status.FAILED if failed else verdict.status
    return replace(
        shown, verdict=replace(verdict, status=status, findings=(*verdict.findings, *found))
    )
