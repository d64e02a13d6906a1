"""The commits that are a branch's own, and those that a push brings to a remote."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from whygate.errors import InputError, UndecidedError
from whygate.git.log import parse_range, read_commits
from whygate.git.run import DEFAULT_BRANCHES, LOCAL, REMOTES
from whygate.git.staged import find_head
from whygate.policy.kinds import decide_kind
from whygate.text.commit import to_change, union_change
from whygate.text.message import is_fixup, is_work_in_progress

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from typing import IO

    from whygate.git.run import Git
    from whygate.model import Change
    from whygate.policy.config import Config
    from whygate.text.commit import Commit

# A branch of more commits is not judged: what is read of it would count as all of it.
LIMIT = 5_000

_REVIEWS = "refs/for/"  # Gerrit: a push to refs/for/main asks for review
# Branches that others are cut from and merged into, besides those of `Git.default_ref`.
_INTEGRATION = (*DEFAULT_BRANCHES, "development")
_GIT_FLOW = ("gitflow.branch.master", "gitflow.branch.develop")
_LINE_LIMIT = 65_536  # bytes; paths bound the names of refs far below
_HEX = frozenset("0123456789abcdef")
# How the reflog of a branch begins the line of a commit that was made on it.
_MADE_HERE = ("commit:", "commit (", "cherry-pick:", "revert:", "am:")
_TAKEN_OVER = "cherry-pick: fast-forward"


class Bases(Struct, frozen=True):
    """The branches of a repository, and which of them others are cut from.

    `names` are those (`main`, `develop`), empty when none is known. `branches` are all local and
    remote ones by full ref, with their commits.
    """

    names: frozenset[str]
    branches: Mapping[str, str]

    def of_bases(self, name: str, upstream: str) -> list[str]:
        """Return the commits of those that a branch can be cut from; it follows `upstream`."""
        return [
            sha
            for ref, sha in self.branches.items()
            if (short := _short(ref)) != name and (short in self.names or ref == upstream)
        ]

    def of_others(self, name: str) -> list[str]:
        """Return the commits of all branches but `name`, here and at every remote."""
        return [sha for ref, sha in self.branches.items() if _short(ref) != name]


def find_bases(git: Git, configured: Sequence[str] = ()) -> Bases:
    """Return the branches, and which of them others are cut from.

    Those are the `configured` ones (`commits.base`). Without any: what the HEAD of a remote
    points to, and those of init.defaultBranch, main, master, trunk, develop, development and
    git-flow's own that exist.
    """
    form = "--format=%(objectname) %(refname) %(symref)"
    listed = git.run("for-each-ref", form, LOCAL, REMOTES).decode("utf-8", "surrogateescape")
    rows = [row.split(" ", 2) for row in listed.split("\n")[:-1]]
    branches = {ref: sha for sha, ref, target in rows if not target}
    if configured:
        known = {_without_remote(name, branches) for name in configured}
        names = {_short(ref) for ref in branches} & known
        return Bases(frozenset(names), branches)
    heads = {_short(target) for _, ref, target in rows if target and ref.endswith("/HEAD")}
    own = git.config(("init.defaultBranch", *_GIT_FLOW)).values()
    names = {_short(ref) for ref in branches} & {*heads, *own, *_INTEGRATION}
    return Bases(frozenset(names), branches)


def read_branch(
    git: Git, *, head: str | None, name: str, lines: bool = False, base: Sequence[str] = ()
) -> tuple[Commit, ...] | None:
    """Return the commits of the branch that HEAD is on, newest first, with their paths.

    `head` is the hash of HEAD (empty: unborn, None: not asked yet), `name` its branch (empty:
    detached), `base` the branches it can be cut from as configured. None means that there is no
    branch to take together: HEAD is unborn or on one of those, or none is known. Raises
    UndecidedError when a shallow clone hides where they parted, or as `read_all`.
    """
    bases = find_bases(git, base) if head != "" else None
    if bases is None or not bases.names or name in bases.names:
        return None
    if head is None and not (head := bases.branches.get(f"{LOCAL}{name}") or find_head(git)):
        return None
    return read_all(git, find_own(git, head, name, bases), lines=lines)


def find_own(git: Git, tip: str, name: str, bases: Bases) -> list[str]:
    """Return the hashes of the commits that are a branch's own, newest first.

    That is what no other branch holds, so that a stacked branch has nothing of the one it is
    cut from. A commit that another branch holds as well is its own when the reflog says that it
    was committed on it: then the other one was cut from this. At most LIMIT + 1 are returned.
    """
    above = _beyond(git, tip, bases.of_bases(name, _upstream(git, name)))
    own = set(_beyond(git, tip, bases.of_others(name))) if above else set()
    if len(own) < len(above):
        own |= _made_on(git, name)
    return [sha for sha in above if sha in own]


def named_commits(
    git: Git, text: str, *, head: str, base: Sequence[str] = ()
) -> tuple[tuple[Commit, ...], str]:
    """Return the commits that somebody means, newest first, and the branch they are (or "").

    `text` is a range `A..B`, another branch (the commits that it does not hold), or empty: those
    that are the current branch's own, where `head` and `base` are as in `read_branch`. Raises
    InputError when there is no such branch or no commit, UndecidedError as `read_branch` and
    `parse_range`.
    """
    name = git.head_branch()
    commits: tuple[Commit, ...] | None
    if ".." in text:
        revisions = parse_range(git, text)
        known = (revisions.base,) if revisions.base else ()
        commits = read_all(git, _beyond(git, revisions.tip, known))
        name = name if revisions.tip == head else ""
    elif text:
        commits = read_all(git, _beyond(git, git.resolve("HEAD"), (git.resolve(text),)))
    else:
        commits = read_branch(git, head=head, name=name, base=base)
        if commits is None:
            raise InputError(
                "there is no branch to read: this is the default branch, or none is known",
                hint="name what to compare with: --from main, or --from A..B",
            )
    if not commits:
        raise InputError("there is no commit to read", hint="commit first")
    return commits, name


def read_all(git: Git, hashes: Sequence[str], *, lines: bool = False) -> tuple[Commit, ...]:
    """Return all listed commits with their paths.

    Raises UndecidedError when there are more than LIMIT: a part says nothing of the whole.
    """
    if len(hashes) > LIMIT:
        raise UndecidedError(
            f"the branch has more than {LIMIT:,} commits of its own, too many to judge together",
            hint="name the branch it was cut from: `commits: {base: develop}` in .whygate.yml; or "
            "judge each commit by itself: `commits: {scope: each}`",
        )
    return tuple(read_commits(git, hashes, first_parent=True, paths=True, lines=lines))


def read_between(git: Git, start: str, tip: str, *, lines: bool = False) -> tuple[Commit, ...]:
    """Return the commits of the range `start..tip`, newest first, with their paths.

    Raises as `parse_range` and `read_all`.
    """
    revisions = parse_range(git, f"{start}..{tip}")
    known = (revisions.base,) if revisions.base else ()
    return read_all(git, _beyond(git, revisions.tip, known), lines=lines)


def _beyond(git: Git, tip: str, known: Iterable[str]) -> list[str]:
    """Return the commits behind `tip` that none of the `known` ones holds, newest first."""
    held = set(known)
    if tip in held:  # a branch that begins here
        return []
    revisions = "".join(f"{line}\n" for line in (tip, *(f"^{sha}" for sha in held)))
    options = ("--topo-order", f"--max-count={LIMIT + 1}", "--stdin")
    return git.run("rev-list", *options, input=revisions.encode()).decode("ascii").split()


def _made_on(git: Git, name: str) -> set[str]:
    """Return the commits that were made on a branch, as far as its reflog goes back.

    Where a branch begins (`branch: Created from`), is reset or rebased to says nothing of that.
    """
    if not name:
        return set()
    form = "--format=%H %gs"
    told = git.run("log", "--walk-reflogs", form, f"{LOCAL}{name}", "--", ok=(0, 128))
    rows = (row.partition(" ") for row in told.decode("utf-8", "replace").split("\n"))
    return {sha for sha, _, what in rows if what.startswith(_MADE_HERE) and what != _TAKEN_OVER}


def _upstream(git: Git, name: str) -> str:
    """Return the ref that a branch follows, empty where that is a copy of the branch itself.

    `git switch --create x origin/develop` makes a branch follow the one it is cut from. With
    push.default=upstream it may be where the branch is pushed to under another name.
    """
    merge, remote = f"branch.{name}.merge", f"branch.{name}.remote"
    set_here = git.config(("push.default", merge, remote))
    followed = set_here.get(merge, "").removeprefix(LOCAL)
    if followed in ("", name) or set_here.get("push.default") in ("upstream", "tracking"):
        return ""
    where = set_here.get(remote, ".")
    return f"{LOCAL}{followed}" if where == "." else f"{REMOTES}{where}/{followed}"


def _short(ref: str) -> str:
    """Return the name of a branch, at a remote without the name of that."""
    if ref.startswith(REMOTES):
        return ref.removeprefix(REMOTES).partition("/")[2]
    return ref.removeprefix(LOCAL)


def _without_remote(name: str, branches: Mapping[str, str]) -> str:
    """Return a configured name as that of a branch: `origin/develop` may mean one of a remote."""
    name = name.removeprefix(LOCAL).removeprefix(REMOTES)
    return _short(REMOTES + name) if REMOTES + name in branches else name


def branch_change(
    commits: Sequence[Commit],
    config: Config,
    *,
    pending: Change | None = None,
    identity: str = "",
    branch: str = "",
    believe: bool = False,
) -> Change:
    """Return the commits of a branch, newest first, as one change; `pending` is being written.

    The branch is of the kind of its oldest commit of which most is asked, because a branch that
    begins with `chore: prepare` and goes on with `feat: ...` is a feature; each commit's own
    paths tell what it is, unless `believe` says to take its word. Raises InputError when there is
    no commit at all.
    """
    union = union_change(commits, pending=pending, identity=identity, branch=branch)
    known = [to_change(commit) for commit in reversed(commits)]
    if pending is not None:
        known.append(pending)
    first = max(
        known, key=lambda c: _demand(replace(c, branch=union.branch), config, believe=believe)
    )
    return replace(union, title=first.title)


def _demand(change: Change, config: Config, *, believe: bool) -> tuple[int, bool]:
    """Return how much is asked of a commit, and whether it names a kind itself.

    3 stands for something required, 2 for something, 1 for nothing, and 0 for a commit that will be
    folded into another or only says that the work goes on.
    """
    if is_fixup(change.title) or is_work_in_progress(change.title):
        return 0, False
    decided = decide_kind(change, None, config, believe=believe)
    kind, is_named = config.kind(decided.name), decided.source not in ("default", "paths")
    if kind.skip:
        return 1, is_named
    return max((weight.rank for weight in kind.need.values()), default=1) or 1, is_named


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
        for prefix in (LOCAL, _REVIEWS):
            if self.remote_ref.startswith(prefix):
                return self.remote_ref.removeprefix(prefix).partition("%")[0]
        return ""


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
    remote_ref = remote if remote.startswith("refs/") else LOCAL + remote
    return Update(tip, remote_ref, environ.get("PRE_COMMIT_FROM_REF", ""))


def read_environ_range(environ: Mapping[str, str]) -> tuple[str, str] | None:
    """Return the commits from which and to which `pre-commit run` was told to look, None if none.

    `--from-ref` and `--to-ref` say nothing of a branch or a remote.
    """
    start, tip = (environ.get(f"PRE_COMMIT_{end}_REF", "") for end in ("FROM", "TO"))
    return (start, tip) if start and tip else None


def read_new(git: Git, update: Update, *, lines: bool) -> tuple[Commit, ...]:
    """Return the first-parent commits that no remote is known to have, newest first.

    What another remote has is published already, as when a fork catches up. Raises
    UndecidedError when a shallow clone would show old commits as new ones, and when there are
    more than LIMIT of them.
    """
    tip = git.resolve(update.tip)
    known = (git.resolve(update.known),) if _is_here(git, update.known) else ()
    options = ("--first-parent", f"--max-count={LIMIT + 1}")
    hashes = git.run("rev-list", *options, tip, "--not", *known, "--remotes")
    new = hashes.decode("ascii").split()
    if len(new) > LIMIT:
        raise UndecidedError(
            f"`{update.remote_ref}` brings more than {LIMIT:,} new commits, too many to judge here",
            hint="`whygate audit` judges a whole history; `git push --no-verify` skips the hook",
        )
    return tuple(read_commits(git, new, first_parent=True, paths=True, lines=lines))


def read_pushed_branch(
    git: Git, update: Update, bases: Bases, *, lines: bool
) -> tuple[Commit, ...]:
    """Return all commits that are a pushed branch's own, newest first.

    All, because a branch carries its context together: what was pushed before still counts.
    Raises UndecidedError when a shallow clone hides where the branch began, or as `read_all`.
    """
    tip = git.resolve(update.tip)
    here = [ref for ref, sha in bases.branches.items() if sha == tip and ref.startswith(LOCAL)]
    name = update.branch
    if LOCAL + name not in bases.branches and len(here) == 1:
        name = _short(here[0])  # pushed under another name
    return read_all(git, find_own(git, tip, name, bases), lines=lines)


def _is_here(git: Git, rev: str) -> bool:
    """Tell whether a commit is in this repository; the remote may be ahead."""
    if not rev:
        return False
    return bool(git.run("rev-parse", "--verify", "--quiet", f"{rev}^{{commit}}", ok=(0, 1, 128)))


def _is_hash(text: str) -> bool:
    return len(text) in (40, 64) and _HEX.issuperset(text)


def _hash(text: str) -> str:
    return text if text.strip("0") else ""
