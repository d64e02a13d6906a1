"""The commits that are a branch's own, and those that a push brings to a remote."""

from __future__ import annotations

import string
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from whygate.errors import InputError, UndecidedError
from whygate.git.log import Range, parse_range, read_commits
from whygate.git.run import SHALLOW_HINT
from whygate.model import Severity
from whygate.policy.kinds import decide_kind
from whygate.text.commit import to_change, union_change
from whygate.text.message import is_fixup, is_work_in_progress

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from typing import IO

    from whygate.git.run import Git
    from whygate.model import Change
    from whygate.policy.config import Config
    from whygate.text.commit import Commit

# A branch of more commits is not judged: what is read of it would count as all of it.
LIMIT = 5_000

_REMOTE = "refs/remotes/origin/"
_LOCAL = "refs/heads/"
_REVIEWS = "refs/for/"  # Gerrit: a push to refs/for/main asks for review
_REMOTES = "refs/remotes/"
_LINE_LIMIT = 65_536  # bytes; paths bound the names of refs far below
_HEX = frozenset("0123456789abcdef")
_NAME = frozenset(string.ascii_letters + string.digits + "-_./")  # a URL has more


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
    return () if base == head else read_all(git, Range(base, head), lines=lines)


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


def named_commits(git: Git, text: str, *, head: str) -> tuple[tuple[Commit, ...], str]:
    """Return the commits that somebody means, newest first, and the branch they are (or "").

    `text` is a range `A..B`, another branch (the commits since they parted), or empty: those
    since HEAD, whose hash is `head`, left the default branch. Raises InputError when there is no
    such branch or no commit, UndecidedError as `read_branch` and `parse_range`.
    """
    name = git.head_branch()
    commits: tuple[Commit, ...] | None
    if ".." in text:
        revisions = parse_range(git, text)
        commits = read_all(git, revisions)
        name = name if revisions.tip == head else ""
    elif text:
        tip = git.resolve("HEAD")
        commits = read_all(git, Range(find_base(git, tip, [git.resolve(text)]), tip))
    else:
        commits = read_branch(git, head=head, name=name)
        if commits is None:
            raise InputError(
                "there is no branch to read: this is the default branch, or none is known",
                hint="name what to compare with: --from main, or --from A..B",
            )
    if not commits:
        raise InputError("there is no commit to read", hint="commit first")
    return commits, name


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
    if is_fixup(change.title) or is_work_in_progress(change.title):
        return False
    kind = config.kind(decide_kind(change, None, config).name)
    return not kind.skip and Severity.ERROR in kind.need.values()


def _meet(git: Git, a: str, b: str) -> str:
    """Return the merge base of two full hashes or refs, empty when there is none."""
    return git.run("merge-base", a, b, ok=(0, 1)).decode("ascii").strip()


class Update(Struct, frozen=True):
    """One ref that is pushed: the new commit here, its ref there, and the commit it had there.

    `tip` is empty when the ref is deleted, `known` when it is new or not told.
    """

    tip: str
    remote_ref: str
    known: str = ""

    @property
    def branch(self) -> str:
        """Return the name of the branch at the remote, empty for a tag and other refs."""
        for prefix in (_LOCAL, _REVIEWS):
            if self.remote_ref.startswith(prefix):
                return self.remote_ref.removeprefix(prefix).partition("%")[0]
        return ""


class Remote(Struct, frozen=True):
    """Where is pushed to: the name of its default branch, and the refs here that hold it.

    `refs` are of this and other remotes; `local` is the branch here, for want of those.
    """

    default: str = ""
    refs: tuple[str, ...] = ()
    local: tuple[str, ...] = ()


def parse_updates(stream: IO[bytes]) -> Iterator[Update]:
    """Yield the updates git writes to the stdin of pre-push, one a line (githooks).

    Reads to the end, one line in memory at a time. Raises InputError for a line that has
    another form, UndecidedError for one that is too long to be read as a whole.
    """
    while raw := stream.readline(_LINE_LIMIT + 1):
        if len(raw) > _LINE_LIMIT:
            raise UndecidedError(f"a line on stdin is longer than {_LINE_LIMIT} bytes")
        line = raw.decode("utf-8", "replace").rstrip("\r\n")
        if not line.strip():
            continue
        # a local `HEAD~3` or `:/fix bug` may hold spaces; the other three never do
        fields = line.rsplit(" ", 3)
        if len(fields) != 4 or not (_is_hash(fields[1]) and _is_hash(fields[3])):
            raise InputError("stdin does not hold what git tells a pre-push hook")
        _, tip, remote_ref, known = fields
        yield Update(_hash(tip), remote_ref, _hash(known))


def read_environ_update(environ: Mapping[str, str]) -> Update | None:
    """Return the update that the pre-commit framework tells in the environment, None if none.

    It has read stdin itself. When a whole new history is pushed it names only the branch.
    https://pre-commit.com/#pre-push
    """
    tip = environ.get("PRE_COMMIT_TO_REF") or environ.get("PRE_COMMIT_LOCAL_BRANCH")
    remote = environ.get("PRE_COMMIT_REMOTE_BRANCH", "")
    if not tip or not remote:
        return None
    remote_ref = remote if remote.startswith("refs/") else _LOCAL + remote
    return Update(tip, remote_ref, environ.get("PRE_COMMIT_FROM_REF", ""))


def find_remote(git: Git, name: str) -> Remote:
    """Return what is known here of the default branch of a remote (a name or a URL).

    That is what the remote's HEAD pointed to when it was cloned, else the default branch of
    origin or of this repository, which a URL or a remote never fetched will share.
    """
    default, refs = find_default_refs(git)
    own = _find_own(git, name)
    if own:
        default = own.removeprefix(f"{_REMOTES}{name}/")
    tracked = tuple(ref for ref in refs if ref.startswith(_REMOTES))
    refs = tuple(dict.fromkeys((*((own,) if own else ()), *tracked)))
    return Remote(default, refs, (_LOCAL + default,) if default and not refs else ())


def read_new(git: Git, update: Update, remote: Remote, *, lines: bool) -> tuple[Commit, ...]:
    """Return the first-parent commits that no remote is known to have, newest first.

    What another remote has is published already, as when a fork catches up. Raises
    UndecidedError when a shallow clone would show old commits as new ones, and when there are
    more than LIMIT of them.
    """
    tip = git.resolve(update.tip)
    known = (git.resolve(update.known),) if _is_here(git, update.known) else ()
    refs = (*known, *remote.refs)
    if git.is_shallow():
        find_base(git, tip, refs)
    options = ("--first-parent", f"--max-count={LIMIT + 1}")
    hashes = git.run("rev-list", *options, tip, "--not", *refs, "--remotes")
    new = hashes.decode("ascii").split()
    if len(new) > LIMIT:
        raise UndecidedError(
            f"`{update.remote_ref}` brings more than {LIMIT:,} new commits, too many to judge here",
            hint="`whygate audit` judges a whole history; `git push --no-verify` skips the hook",
        )
    return tuple(read_commits(git, new, first_parent=True, paths=True, lines=lines))


def read_pushed_branch(
    git: Git, update: Update, remote: Remote, *, lines: bool
) -> tuple[Commit, ...]:
    """Return all commits of a branch since it left the remote's default branch, newest first.

    All, because a branch carries its context together: what was pushed before still counts.
    Raises UndecidedError when a shallow clone hides where the branch began, or as `read_all`.
    """
    tip = git.resolve(update.tip)
    revisions = Range(find_base(git, tip, remote.refs or remote.local), tip)
    return read_all(git, revisions, lines=lines)


def _find_own(git: Git, name: str) -> str:
    """Return the ref that a remote's HEAD points to, empty when the remote is not known."""
    if not name or name.startswith(("-", ".", "/")) or not _NAME.issuperset(name):
        return ""
    target = git.run("symbolic-ref", "--quiet", f"{_REMOTES}{name}/HEAD", ok=(0, 1))
    return target.decode("utf-8", "replace").strip()


def _is_here(git: Git, rev: str) -> bool:
    """Tell whether a commit is in this repository; the remote may be ahead."""
    if not rev:
        return False
    return bool(git.run("rev-parse", "--verify", "--quiet", f"{rev}^{{commit}}", ok=(0, 1, 128)))


def _is_hash(text: str) -> bool:
    return len(text) in (40, 64) and _HEX.issuperset(text)


def _hash(text: str) -> str:
    return text if text.strip("0") else ""
