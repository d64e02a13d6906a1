"""Whether another change of the history carries the plan that a change says it is covered by."""

from __future__ import annotations

from typing import TYPE_CHECKING

from whygate.context.extract import extract_context
from whygate.errors import InputError, UndecidedError
from whygate.git.log import Range, read_commits, read_log, to_commit
from whygate.history.outcomes import read_written
from whygate.history.recorder import with_kept
from whygate.judge.rules.exemption import has_complete_measurement
from whygate.outcomes.names import other_mark
from whygate.outcomes.promises import find_shared
from whygate.policy.exemptions import names_elsewhere
from whygate.text.commit import to_change

if TYPE_CHECKING:
    from collections.abc import Iterator

    from whygate.git.run import Git
    from whygate.git.tree import Tree
    from whygate.judge.case import LookUp
    from whygate.model import Change
    from whygate.policy.policy import Policy
    from whygate.text.commit import Commit

_SHORT = 12


def holds_plan(change: Change, policy: Policy) -> bool:
    """Tell whether a change says what will be measured, to what target and when, or names a bet."""
    context = extract_context(change, policy.schema, template=policy.template, bets=policy.bets)
    return has_complete_measurement(context) or find_shared(context) in (policy.bets or {})


def describe_missing(name: str, found: str) -> str:
    """Return in words that what a change points to carries no plan; `found` names it."""
    shown = f" ({found})" if found != name else ""
    return f"`{name}`{shown} has no plan of its own: no metric, target and day"


def look_in_history(
    git: Git, policy: Policy, tips: tuple[str, ...], tree: Tree | None, *, whole: bool = True
) -> LookUp:
    """Return what looks a plan up in the history of some revisions, and in ledger and notes.

    What is nowhere is no plan; without `whole` nobody knows, since a request that is open stands
    nowhere yet. Nor does anybody in a shallow clone.
    """

    def look_up(name: str) -> str | None:
        try:
            if names_elsewhere(name):
                return None
            written = read_written(git, tree)
            found = [c for tip in dict.fromkeys(tips) for c in _find(git, tip, name)]
            names = (name, other_mark(name))
            noted = [k.sha for k in written.kept.values() if k.change in names]
            known = {c.sha for c in found}
            found += read_commits(git, [s for s in noted if s not in known], first_parent=True)
        except (InputError, UndecidedError):  # cut off, or a note of what is not here
            return None
        for commit in found:
            if holds_plan(with_kept(to_change(commit), written.kept.get(commit.sha)), policy):
                return ""
        if found:
            return describe_missing(name, found[0].sha[:_SHORT])
        return f"there is no change `{name}` in the history" if whole else None

    return look_up


def _find(git: Git, tip: str, name: str) -> Iterator[Commit]:
    """Yield the commits behind a revision that bear a name: `#12`, or the start of a hash.

    Where none is called `#12`, `!12` is meant, and the other way round.
    """
    if other := other_mark(name):
        number = name[1:]
        # `(#12)`, `(pull request #12)`, `Merge pull request #12 from`, `See merge request a/b!12`
        azure = (f"^Merged PR {number}: ", f"^Merge pull request {number} from ")
        patterns = (f"[#!]{number}$", f"[#!]{number}[^0-9]", *azure)
        span = Range(None, git.resolve(tip))
        log = read_log(git, span, first_parent=False, grep=patterns)
        named = [(to_change(c).identity, c) for batch in log for c in map(to_commit, batch)]
        wanted = name if any(known == name for known, _ in named) else other
        yield from (commit for known, commit in named if known == wanted)
        return
    try:
        sha = git.resolve(name)
    except InputError:
        return
    if git.merge_base(sha, tip) == sha:
        yield from read_commits(git, [sha], first_parent=True)
