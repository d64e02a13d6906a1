"""Turn the branch a commit is made on into its commits, and into the change they make up."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from whygate.errors import UndecidedError
from whygate.git.git import SHALLOW_HINT
from whygate.git.history import read_commits
from whygate.git.log import Range
from whygate.model import Severity
from whygate.policy.kinds import decide_kind
from whygate.text.commit import to_change, union_change
from whygate.text.message import is_fixup

if TYPE_CHECKING:
    from collections.abc import Sequence

    from whygate.git.git import Git
    from whygate.model import Change
    from whygate.policy.config import Config
    from whygate.text.commit import Commit

# A branch of more commits is not judged: what is read of it would count as all of it.
LIMIT = 5_000

_REMOTE = "refs/remotes/origin/"
_LOCAL = "refs/heads/"


def read_branch(
    git: Git, *, head: str, name: str, lines: bool = False
) -> tuple[Commit, ...] | None:
    """Return the commits since HEAD left the default branch, newest first, with their paths.

    `head` is the hash of HEAD (empty: unborn), `name` its branch (empty: detached). None means
    that there is no branch to take together: HEAD is unborn or on the default branch, or no
    default branch is known. Raises UndecidedError when a shallow clone hides where they parted,
    or as `read_all`.
    """
    default, refs = find_default_refs(git) if head else ("", ())
    if not default or name == default:
        return None
    base = find_base(git, head, refs)
    return read_all(git, Range(base, head), lines=lines)


def read_all(git: Git, revisions: Range, *, lines: bool = False) -> tuple[Commit, ...]:
    """Return all commits of a range, newest first, with their paths.

    Raises UndecidedError when there are more than LIMIT: a part says nothing of the whole.
    """
    commits = tuple(
        read_commits(git, revisions, first_parent=False, limit=LIMIT + 1, paths=True, lines=lines)
    )
    if len(commits) > LIMIT:
        raise UndecidedError(
            f"the branch has more than {LIMIT:,} commits of its own, too many to judge together",
            hint="`commits: {scope: each}` in .whygate.yml judges each commit by itself",
        )
    return commits


def find_default_refs(git: Git) -> tuple[str, tuple[str, ...]]:
    """Return the name of the default branch and all refs that hold it, both empty if none.

    Every remote's and the local one: a fork is often behind `upstream`, and the local branch
    ahead of its remote. What is in any of them is no other branch's own.
    """
    default = git.default_ref()
    if not default:
        return "", ()
    name = default.removeprefix(_REMOTE).removeprefix(_LOCAL)
    patterns = (default, _LOCAL + name, f"refs/remotes/*/{name}")
    listed = git.run("for-each-ref", "--format=%(refname)", *patterns)
    return name, tuple(listed.decode("utf-8", "replace").split("\n")[:-1])


def find_base(git: Git, tip: str, refs: Sequence[str]) -> str | None:
    """Return the newest commit in which `tip` meets one of `refs`, None when they never met.

    `tip` is a full hash, `refs` are full names or hashes. Raises UndecidedError in a shallow
    clone without a common commit.
    """
    found: str | None = None
    for ref in refs:
        base = _meet(git, tip, ref)
        if base and (found is None or _meet(git, found, base) == found):
            found = base
    if found is None and git.is_shallow():
        raise UndecidedError(
            "this shallow clone does not show where the branch left the default branch",
            hint=SHALLOW_HINT,
        )
    return found


def branch_change(
    commits: Sequence[Commit],
    config: Config,
    *,
    pending: Change | None = None,
    identity: str = "",
    branch: str = "",
) -> Change:
    """Return the commits of a branch, newest first, as one change; `pending` is being written.

    The branch is of the kind of its oldest commit of which anything is required, because a
    branch that begins with `chore: prepare` and goes on with `feat: ...` is a feature. Without
    such a commit the oldest decides. Raises InputError when there is no commit at all.
    """
    union = union_change(commits, pending=pending, identity=identity, branch=branch)
    known = [to_change(commit) for commit in reversed(commits)]
    if pending is not None:
        known.append(pending)
    owing = (c for c in known if _owes(replace(c, branch=union.branch), config))
    first = next(owing, None)
    return union if first is None else replace(union, title=first.title)


def _owes(change: Change, config: Config) -> bool:
    if is_fixup(change.title):
        return False
    kind = config.kind(decide_kind(change, None, config).name)
    return not kind.skip and Severity.ERROR in kind.need.values()


def _meet(git: Git, a: str, b: str) -> str:
    """Return the merge base of two full hashes or refs, empty when there is none."""
    return git.run("merge-base", a, b, ok=(0, 1)).decode("ascii").strip()
