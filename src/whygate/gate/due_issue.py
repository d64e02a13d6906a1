"""Keep the issue about what is due, when a schedule asks for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from whygate.errors import UndecidedError
from whygate.forges.port import IssueText
from whygate.git.run import SHALLOW_HINT, find_repository
from whygate.git.tree import CommitTree
from whygate.history.outcomes import read_history
from whygate.history.target import AuditOptions
from whygate.reporters.due import DueList, IssuePage, list_due, render_due_issue
from whygate.world.world import World, load_policy, preset_options, read_today

if TYPE_CHECKING:
    from pathlib import Path

    from whygate.forges.port import Forge, Published
    from whygate.gate.settings import Settings

MARKER = "<!-- whygate:due -->"
_CHECKOUT_HINT = (
    "let the job have the whole history: `actions/checkout` with `fetch-depth: 0` before this "
    'step, or `GIT_DEPTH: "0"` on GitLab'
)
_NOTE = "Nothing is overdue or due today. This issue is opened again when something is."


class DueNow(Struct, frozen=True):
    """What is due, and the issue that says so."""

    due: DueList
    page: IssuePage


def find_due_now(settings: Settings, workspace: Path | None) -> DueNow:
    """Return what is overdue and due in the commit that is checked out.

    Configuration and ledger are those of that commit, which a schedule takes from the default
    branch; what an earlier step did to the files does not count. Raises UndecidedError without
    a checkout, or when its history is cut off.
    """
    world = _find_checkout(workspace)
    policy = load_policy(world, options=preset_options(settings.preset))
    today = read_today(None, policy.config)
    history = read_history(world, policy, today, AuditOptions(cache=False))
    due = list_due(
        history.outcomes,
        today=today,
        within=0,
        damages=history.damages,
        notes=history.remarks,
    )
    return DueNow(due, render_due_issue(due, mention=settings.mention_owners))


def publish_due(forge: Forge, now: DueNow) -> Published:
    """Bring the issue up to date; raises ForgeError, which says what to grant."""
    wanted = IssueText(now.page.title, now.page.text, done=not now.due.items, note=_NOTE)
    return forge.keep_issue(marker=MARKER, wanted=wanted)


def describe_published(now: DueNow, published: Published) -> str:
    """Return in one sentence what is due and what was done about it."""
    count = len(now.due.items)
    what = f"{count} outcome{'s' if count != 1 else ''} to look at"
    if not published.number:
        return f"{what}: no issue is needed"
    return f"{what}: issue #{published.number} was {published.action}"


def _find_checkout(workspace: Path | None) -> World:
    repository = None
    if workspace is not None and workspace.is_dir():
        repository = find_repository(workspace)
    if workspace is None or repository is None or repository.worktree != workspace.absolute():
        message = "what is due is read from the history, and there is no checkout"
        raise UndecidedError(message, hint=_CHECKOUT_HINT)
    world = World(workspace, repository)
    if world.git.is_shallow():
        raise UndecidedError("this clone is shallow: its history is cut off", hint=SHALLOW_HINT)
    return World(workspace, repository, CommitTree(world.git, world.git.resolve("HEAD")))
